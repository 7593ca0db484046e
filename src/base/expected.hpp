// Errors as values. `Expected<T>` for everything that the outside world can cause; CHECK for bugs.
//
//   Expected<Price> parse(std::string_view);
//   Expected<void> f() { TRY(price, parse("0.48")); use(price); return {}; }
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace ebb {

/// What went wrong, in words for the operator. `code` is stable (scripts match on it);
/// `message` says what and where; `hint` says how to mend it (may be empty).
struct Error {
  std::string code;
  std::string message;
  std::string hint;
};

template <class T>
using Expected = std::expected<T, Error>;

/// Shorthand for `return fail("code", "message", "hint");`.
inline std::unexpected<Error> fail(std::string code, std::string message, std::string hint = {}) {
  return std::unexpected(Error{std::move(code), std::move(message), std::move(hint)});
}

}  // namespace ebb

#define EBB_CONCAT_INNER(a, b) a##b
#define EBB_CONCAT(a, b) EBB_CONCAT_INNER(a, b)
/// Evaluates `expression`; returns its error from the enclosing function, or binds its value.
#define TRY(name, expression)                                              \
  auto EBB_CONCAT(try_, __LINE__) = (expression);                          \
  if (!EBB_CONCAT(try_, __LINE__)) [[unlikely]]                            \
    return std::unexpected(std::move(EBB_CONCAT(try_, __LINE__)).error()); \
  auto name = std::move(*EBB_CONCAT(try_, __LINE__))
/// The same for an Expected<void>.
#define TRY_VOID(expression)                                 \
  do {                                                       \
    auto try_result = (expression);                          \
    if (!try_result) [[unlikely]]                            \
      return std::unexpected(std::move(try_result).error()); \
  } while (false)
