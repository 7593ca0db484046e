// The state of a keyed HMAC-SHA256 as a plain value. For the sources of `crypto` only, which
// define OPENSSL_SUPPRESS_DEPRECATED first (the reason is in hash.cpp).
#pragma once

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "base/check.hpp"
#include "crypto/hash.hpp"

namespace ebb::crypto {

/// Wiped when it dies. A message: add() to a copy, then finish() it.
struct HmacState {
  static constexpr std::size_t kBlock = 64;  // bytes of a block of SHA-256

  /// A key of at most one block.
  explicit HmacState(std::span<const std::uint8_t> key) {
    std::array<std::uint8_t, kBlock> block{};
    std::ranges::copy(key, block.begin());
    for (auto& byte : block) byte ^= 0x36;
    CHECK(SHA256_Init(&inner) == 1 && SHA256_Update(&inner, block.data(), kBlock) == 1);
    for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
    CHECK(SHA256_Init(&outer) == 1 && SHA256_Update(&outer, block.data(), kBlock) == 1);
    OPENSSL_cleanse(block.data(), block.size());
  }
  HmacState(const HmacState&) = default;
  HmacState& operator=(const HmacState&) = default;
  ~HmacState() { OPENSSL_cleanse(this, sizeof *this); }

  void add(const void* data, std::size_t size) { CHECK(SHA256_Update(&inner, data, size) == 1); }
  void finish(std::span<std::uint8_t, 32> out) {
    CHECK(SHA256_Final(out.data(), &inner) == 1);
    CHECK(SHA256_Update(&outer, out.data(), out.size()) == 1);
    CHECK(SHA256_Final(out.data(), &outer) == 1);
  }

  SHA256_CTX inner;  // has read the key xor 0x36
  SHA256_CTX outer;  // has read the key xor 0x5c
};

}  // namespace ebb::crypto
