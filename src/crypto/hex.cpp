#include "crypto/hex.hpp"

#include <array>
#include <cstring>

namespace ebb::crypto {
namespace {

struct Pairs {
  char text[256][2];
};
constexpr Pairs make_pairs() {
  constexpr char digits[] = "0123456789abcdef";
  Pairs pairs{};
  for (int i = 0; i < 256; ++i) {
    pairs.text[i][0] = digits[i >> 4];
    pairs.text[i][1] = digits[i & 15];
  }
  return pairs;
}
constexpr Pairs kPairs = make_pairs();

constexpr std::uint8_t kNoDigit = 0xFF;
constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint8_t i = 0; i < 10; ++i) values[static_cast<std::size_t>('0' + i)] = i;
  for (std::uint8_t i = 0; i < 6; ++i) {
    values[static_cast<std::size_t>('a' + i)] = static_cast<std::uint8_t>(10 + i);
    values[static_cast<std::size_t>('A' + i)] = static_cast<std::uint8_t>(10 + i);
  }
  return values;
}
constexpr auto kValues = make_values();

}  // namespace

char* write_hex(char* out, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    std::memcpy(out, kPairs.text[byte], 2);
    out += 2;
  }
  return out;
}

bool read_hex(std::string_view digits, std::span<std::uint8_t> out) {
  if (digits.size() != 2 * out.size()) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t high = kValues[static_cast<std::uint8_t>(digits[2 * i])];
    const std::uint8_t low = kValues[static_cast<std::uint8_t>(digits[2 * i + 1])];
    if (high == kNoDigit || low == kNoDigit) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace ebb::crypto
