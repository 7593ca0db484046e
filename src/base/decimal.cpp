#include "base/decimal.hpp"

#include <array>
#include <cstring>
#include <limits>

namespace ebb {
namespace {

struct Digits {
  std::int64_t value = 0;
  int dropped_first = -1;  // first digit beyond `decimals`, -1 if none
  bool dropped_nonzero = false;
};

std::optional<Digits> read_digits(std::string_view text, int decimals) {
  if (text.empty() || text.size() > 64) return std::nullopt;
  Digits out;
  bool seen_point = false;
  bool seen_digit = false;
  int fraction = 0;
  constexpr std::int64_t kLimit = std::numeric_limits<std::int64_t>::max();
  for (const char c : text) {
    if (c == '.') {
      if (seen_point) return std::nullopt;
      seen_point = true;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    seen_digit = true;
    const int digit = c - '0';
    if (seen_point && fraction == decimals) {
      if (out.dropped_first < 0) out.dropped_first = digit;
      out.dropped_nonzero |= digit != 0;
      continue;
    }
    if (out.value > (kLimit - digit) / 10) return std::nullopt;
    out.value = out.value * 10 + digit;
    if (seen_point) ++fraction;
  }
  if (!seen_digit) return std::nullopt;
  for (; fraction < decimals; ++fraction) {
    if (out.value > kLimit / 10) return std::nullopt;
    out.value *= 10;
  }
  return out;
}

constexpr int kPriceDecimals = 4;

char* write_any(char* out, std::int64_t raw, int decimals) {
  std::uint64_t magnitude = static_cast<std::uint64_t>(raw);
  if (raw < 0) {
    *out++ = '-';
    magnitude = 0 - magnitude;
  }
  char digits[24];
  int count = 0;
  int point = decimals;
  while (point > 0 && magnitude % 10 == 0) {  // canonical: no trailing zeros after the point
    magnitude /= 10;
    --point;
  }
  do {
    digits[count++] = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
    if (count == point && point > 0) {
      digits[count++] = '.';
      if (magnitude == 0) digits[count++] = '0';
    }
  } while (magnitude != 0 || count < point);
  while (count > 0) *out++ = digits[--count];
  return out;
}

/// Every price there is: most numbers of the venue's texts.
class PriceTexts {
 public:
  PriceTexts() {
    for (std::int64_t raw = 0; raw <= kPriceScale; ++raw) {
      Text& text = texts_[static_cast<std::size_t>(raw)];
      text.size = static_cast<std::uint8_t>(write_any(text.chars.data(), raw, kPriceDecimals) - text.chars.data());
    }
  }
  /// Not while other globals are made before this one.
  [[nodiscard]] bool ready() const { return texts_[0].size > 0; }
  char* write(char* out, std::int64_t raw) const {
    const Text& text = texts_[static_cast<std::size_t>(raw)];
    std::memcpy(out, text.chars.data(), text.chars.size());
    return out + text.size;
  }

 private:
  struct Text {
    std::array<char, 7> chars{};  // "0.1234"
    std::uint8_t size = 0;
  };
  std::array<Text, kPriceScale + 1> texts_;
};
const PriceTexts kPriceTexts;

template <class Quantity>
std::string scaled_text(Quantity quantity, int decimals) {
  char buffer[32];
  return {buffer, write_scaled(buffer, quantity.raw(), decimals)};
}

}  // namespace

std::optional<std::int64_t> parse_scaled(std::string_view text, int decimals) {
  const auto digits = read_digits(text, decimals);
  if (!digits || digits->dropped_nonzero) return std::nullopt;
  return digits->value;
}

std::optional<std::int64_t> parse_scaled_rounded(std::string_view text, int decimals) {
  const auto digits = read_digits(text, decimals);
  if (!digits) return std::nullopt;
  if (digits->dropped_first < 5) return digits->value;
  if (digits->value == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  return digits->value + 1;
}

std::optional<Price> parse_price(std::string_view text) {
  const auto raw = parse_scaled(text, 4);
  if (!raw || *raw > kPriceScale) return std::nullopt;
  return Price(static_cast<std::int32_t>(*raw));
}

std::optional<Shares> parse_shares(std::string_view text) {
  const auto raw = parse_scaled(text, 6);
  if (!raw || *raw > kMaxShares.raw()) return std::nullopt;
  return Shares(*raw);
}

std::optional<Usdc> parse_usdc(std::string_view text) {
  const auto raw = parse_scaled(text, 6);
  if (!raw) return std::nullopt;
  return Usdc(*raw);
}

char* write_scaled(char* out, std::int64_t raw, int decimals) {
  if (decimals == kPriceDecimals && raw >= 0 && raw <= kPriceScale && kPriceTexts.ready())
    return kPriceTexts.write(out, raw);
  return write_any(out, raw, decimals);
}

std::string to_text(Price price) { return scaled_text(price, 4); }
std::string to_text(Shares shares) { return scaled_text(shares, 6); }

std::string to_text(Usdc usdc) {
  std::string text = scaled_text(usdc, 6);
  const auto point = text.find('.');
  if (point == std::string::npos) return text + ".00";
  if (text.size() - point == 2) text += '0';
  return text;
}

}  // namespace ebb
