#define OPENSSL_SUPPRESS_DEPRECATED  // see hash.cpp
#include "crypto/rfc6979.hpp"

#include <array>

#include "crypto/hmac_impl.hpp"

namespace ebb::crypto {
namespace {

using Bytes32 = std::array<std::uint8_t, 32>;

/// K and V of section 3.2, step by step.
struct Generator {
  Bytes32 k{};
  Bytes32 v;

  Generator() { v.fill(1); }
  ~Generator() {
    OPENSSL_cleanse(k.data(), k.size());
    OPENSSL_cleanse(v.data(), v.size());
  }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// K = HMAC_K(V || separator || seed), V = HMAC_K(V).
  void mix(std::uint8_t separator, std::span<const std::uint8_t> first, std::span<const std::uint8_t> second) {
    HmacState hmac(k);
    hmac.add(v.data(), v.size());
    hmac.add(&separator, 1);
    hmac.add(first.data(), first.size());
    hmac.add(second.data(), second.size());
    hmac.finish(k);
    next();
  }
  void next() {
    HmacState hmac(k);
    hmac.add(v.data(), v.size());
    hmac.finish(v);
  }
};

}  // namespace

void rfc6979_nonce(std::span<std::uint8_t, 32> nonce, std::span<const std::uint8_t, 32> digest,
                   std::span<const std::uint8_t, 32> key, unsigned attempt) {
  Generator generator;
  generator.mix(0, key, digest);
  generator.mix(1, key, digest);
  generator.next();
  for (unsigned i = 0; i < attempt; ++i) {
    generator.mix(0, {}, {});
    generator.next();
  }
  std::ranges::copy(generator.v, nonce.begin());
}

}  // namespace ebb::crypto
