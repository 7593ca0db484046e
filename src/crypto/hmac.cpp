#define OPENSSL_SUPPRESS_DEPRECATED  // see hash.cpp
#include "crypto/hmac.hpp"

#include "base/check.hpp"
#include "crypto/hmac_impl.hpp"

namespace ebb::crypto {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The value of a digit of either alphabet; -1 for other characters.
int base64_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;
  if (c == '_' || c == '/') return 63;
  return -1;
}

}  // namespace

struct HmacSha256::State : HmacState {
  using HmacState::HmacState;
};

HmacSha256::HmacSha256(std::span<const std::uint8_t> key)
    : state_(key.size() > HmacState::kBlock ? std::make_unique<State>(sha256(key)) : std::make_unique<State>(key)) {}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

Digest32 HmacSha256::sign(std::initializer_list<std::string_view> parts) const {
  State work(*state_);
  for (const std::string_view part : parts) work.add(part.data(), part.size());
  Digest32 digest;
  work.finish(digest);
  return digest;
}

void wipe(std::span<std::uint8_t> secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

char* write_base64url(char* out, std::span<const std::uint8_t> bytes) {
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group = static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    for (int shift = 18; shift >= 0; shift -= 6) *out++ = kAlphabet[group >> shift & 63];
  }
  const std::size_t left = bytes.size() - i;
  if (left == 0) return out;
  const std::uint32_t group = static_cast<std::uint32_t>(bytes[i] << 16 | (left == 2 ? bytes[i + 1] << 8 : 0));
  *out++ = kAlphabet[group >> 18];
  *out++ = kAlphabet[group >> 12 & 63];
  *out++ = left == 2 ? kAlphabet[group >> 6 & 63] : '=';
  *out++ = '=';
  return out;
}

std::string base64url(std::span<const std::uint8_t> bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  write_base64url(text.data(), bytes);
  return text;
}

Expected<std::vector<std::uint8_t>> parse_base64(std::string_view text) {
  const auto refuse = [] {
    return fail("bad_base64", "the text is not base64", "base64 and base64url are read, with or without padding");
  };
  const std::size_t padded = text.size();
  while (padded - text.size() < 2 && text.ends_with('=')) text.remove_suffix(1);
  if (padded != text.size() && padded % 4 != 0) return refuse();
  if (text.size() % 4 == 1) return refuse();
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) return refuse();
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  return bytes;
}

}  // namespace ebb::crypto
