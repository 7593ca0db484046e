#include "crypto/hash.hpp"

#include <cryptopp/keccak.h>
#include <openssl/evp.h>

#include "base/check.hpp"

namespace ebb::crypto {
namespace {

/// An algorithm fetched once. The implicit fetch of EVP_sha1() and its kin at every start costs more than a short text.
const EVP_MD* fetched(const char* name) {
  EVP_MD* const algorithm = EVP_MD_fetch(nullptr, name, nullptr);  // lives as long as the process
  CHECK(algorithm != nullptr);
  return algorithm;
}
const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const algorithm = fetched("SHA1");
  return algorithm;
}
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = fetched("SHA256");
  return algorithm;
}

using Context = std::unique_ptr<void, detail::ContextDeleter>;

EVP_MD_CTX* raw(const Context& context) { return static_cast<EVP_MD_CTX*>(context.get()); }

Context make_context(const EVP_MD* algorithm) {
  Context context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestInit_ex(raw(context), algorithm, nullptr) == 1);
  return context;
}

template <class Digest>
Digest finish_and_restart(EVP_MD_CTX* context) {
  Digest digest;
  unsigned size = 0;
  CHECK(EVP_DigestFinal_ex(context, digest.data(), &size) == 1 && size == digest.size());
  CHECK(EVP_DigestInit_ex(context, nullptr, nullptr) == 1);  // the same algorithm: keeps its memory
  return digest;
}

template <class Digest>
Digest digest_of(const Context& context, std::span<const std::uint8_t> data) {
  CHECK(EVP_DigestUpdate(raw(context), data.data(), data.size()) == 1);
  return finish_and_restart<Digest>(raw(context));
}

}  // namespace

void detail::ContextDeleter::operator()(void* context) const { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

Sha1Digest sha1(std::span<const std::uint8_t> data) {
  thread_local const Context context = make_context(sha1_algorithm());
  return digest_of<Sha1Digest>(context, data);
}

Digest32 sha256(std::span<const std::uint8_t> data) {
  thread_local const Context context = make_context(sha256_algorithm());
  return digest_of<Digest32>(context, data);
}

Digest32 keccak256(std::span<const std::uint8_t> data) {
  Digest32 digest;
  CryptoPP::Keccak_256 keccak;
  keccak.Update(data.data(), data.size());
  keccak.Final(digest.data());
  return digest;
}

Sha256::Sha256() : context_(make_context(sha256_algorithm())) {}

void Sha256::update(std::span<const std::uint8_t> data) {
  CHECK(EVP_DigestUpdate(raw(context_), data.data(), data.size()) == 1);
}

Digest32 Sha256::finish() { return finish_and_restart<Digest32>(raw(context_)); }

Digest32 Sha256::peek() const {
  const Context copy(EVP_MD_CTX_new());
  CHECK(copy != nullptr && EVP_MD_CTX_copy_ex(raw(copy), raw(context_)) == 1);
  return finish_and_restart<Digest32>(raw(copy));
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xF];
  }
  return text;
}

}  // namespace ebb::crypto
