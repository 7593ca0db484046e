#include "polymarket/json_number.hpp"

#include <charconv>

namespace ebb::polymarket {
namespace {

constexpr std::size_t kMostDigits = 40;
constexpr int kLargestExponent = 60;

/// Digits without the point; `point` counts those before it.
struct Digits {
  char text[kMostDigits];
  int size = 0;
  int point = 0;
  [[nodiscard]] int at(int i) const { return i >= 0 && i < size ? text[i] - '0' : 0; }
};

bool read_digits(std::string_view& text, Digits& digits) {
  bool any = false;
  bool after_point = false;
  while (!text.empty()) {
    const char c = text.front();
    if (c == '.' && !after_point) {
      after_point = true;
    } else if (c >= '0' && c <= '9') {
      if (static_cast<std::size_t>(digits.size) == kMostDigits) return false;
      digits.text[digits.size++] = c;
      digits.point += after_point ? 0 : 1;
      any = true;
    } else {
      break;
    }
    text.remove_prefix(1);
  }
  return any;
}

bool read_exponent(std::string_view text, int& exponent) {
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  return error == std::errc() && end == text.data() + text.size() && exponent <= kLargestExponent &&
         exponent >= -kLargestExponent;
}

}  // namespace

std::optional<std::int64_t> parse_number_scaled(std::string_view text, int decimals) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  Digits digits;
  int exponent = 0;
  if (!read_digits(text, digits) || !read_exponent(text, exponent)) return std::nullopt;
  const int keep = digits.point + exponent + decimals;  // so many digits stand before the new point
  __int128 value = 0;
  for (int i = 0; i < keep; ++i) {
    value = value * 10 + digits.at(i);
    if (value > INT64_MAX) return std::nullopt;
  }
  if (keep >= 0 && digits.at(keep) >= 5) ++value;
  if (value > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(negative ? -value : value);
}

}  // namespace ebb::polymarket
