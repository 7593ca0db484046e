// CHECK: an assertion that stays on in every build. For bugs of ours, never for bad input.
#pragma once

namespace ebb {

/// Prints what failed and where to stderr, then aborts. Called by CHECK only.
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace ebb

#define CHECK(condition)                                   \
  do {                                                     \
    if (!(condition)) [[unlikely]] {                       \
      ::ebb::check_failed(#condition, __FILE__, __LINE__); \
    }                                                      \
  } while (false)
