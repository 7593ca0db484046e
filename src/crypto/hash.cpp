// OpenSSL's low-level digests are deprecated in favour of EVP, but EVP allocates its state anew at every start, which
// costs a short text half as much again; these live on the stack.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/hash.hpp"

#include <cryptopp/keccak.h>

#include "base/check.hpp"
#include "crypto/hex.hpp"

namespace ebb::crypto {

Sha1::Sha1() { CHECK(SHA1_Init(&context_) == 1); }

void Sha1::update(std::span<const std::uint8_t> data) { CHECK(SHA1_Update(&context_, data.data(), data.size()) == 1); }

Sha1Digest Sha1::finish() {
  Sha1Digest digest;
  CHECK(SHA1_Final(digest.data(), &context_) == 1 && SHA1_Init(&context_) == 1);
  return digest;
}

Sha256::Sha256() { CHECK(SHA256_Init(&context_) == 1); }

void Sha256::update(std::span<const std::uint8_t> data) {
  CHECK(SHA256_Update(&context_, data.data(), data.size()) == 1);
}

Digest32 Sha256::finish() {
  const Digest32 digest = peek();
  CHECK(SHA256_Init(&context_) == 1);
  return digest;
}

Digest32 Sha256::peek() const {
  SHA256_CTX copy = context_;
  Digest32 digest;
  CHECK(SHA256_Final(digest.data(), &copy) == 1);
  return digest;
}

Sha1Digest sha1(std::span<const std::uint8_t> data) {
  Sha1 hash;
  hash.update(data);
  return hash.finish();
}

Digest32 sha256(std::span<const std::uint8_t> data) {
  Sha256 hash;
  hash.update(data);
  return hash.finish();
}

Digest32 keccak256(std::span<const std::uint8_t> data) {
  Digest32 digest;
  CryptoPP::Keccak_256 keccak;
  keccak.Update(data.data(), data.size());
  keccak.Final(digest.data());
  return digest;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text(2 * bytes.size(), '0');
  write_hex(text.data(), bytes);
  return text;
}

}  // namespace ebb::crypto
