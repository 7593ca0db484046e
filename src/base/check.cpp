#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace ebb {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "ebb: internal error: CHECK(%s) failed at %s:%d\n", condition, file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace ebb
