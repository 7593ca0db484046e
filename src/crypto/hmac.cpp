// OpenSSL's EVP interface would allocate and look the algorithm up again for each message (see hash.cpp).
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hmac.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

#include "base/check.hpp"

namespace ebb::crypto {
namespace {

constexpr std::size_t kBlock = 64;  // bytes of a block of SHA-256
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

struct HmacSha256::State {
  ~State() { OPENSSL_cleanse(this, sizeof *this); }
  SHA256_CTX inner;  // has read the key xor 0x36
  SHA256_CTX outer;  // has read the key xor 0x5c
};

HmacSha256::HmacSha256(std::span<const std::uint8_t> key) : state_(std::make_unique<State>()) {
  std::array<std::uint8_t, kBlock> block{};
  if (key.size() > kBlock) {
    const Digest32 shorter = sha256(key);
    std::ranges::copy(shorter, block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  for (auto& byte : block) byte ^= 0x36;
  CHECK(SHA256_Init(&state_->inner) == 1 && SHA256_Update(&state_->inner, block.data(), kBlock) == 1);
  for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
  CHECK(SHA256_Init(&state_->outer) == 1 && SHA256_Update(&state_->outer, block.data(), kBlock) == 1);
  OPENSSL_cleanse(block.data(), block.size());
}

HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;
HmacSha256::~HmacSha256() = default;

Digest32 HmacSha256::sign(std::initializer_list<std::string_view> parts) const {
  State work(*state_);
  for (const std::string_view part : parts) CHECK(SHA256_Update(&work.inner, part.data(), part.size()) == 1);
  Digest32 digest;
  CHECK(SHA256_Final(digest.data(), &work.inner) == 1);
  CHECK(SHA256_Update(&work.outer, digest.data(), digest.size()) == 1);
  CHECK(SHA256_Final(digest.data(), &work.outer) == 1);
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
