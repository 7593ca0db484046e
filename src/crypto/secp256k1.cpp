#include "crypto/secp256k1.hpp"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include <algorithm>
#include <span>

#include "base/check.hpp"
#include "crypto/hex.hpp"
#include "crypto/rfc6979.hpp"

namespace ebb::crypto {
namespace {

constexpr std::uint8_t kRecoveryBase = 27;  // v of a signature whose recovery id is 0

/// The account of a public key: the last 20 bytes of the hash of its 64 bytes.
Address address_of(const secp256k1_context* context, const secp256k1_pubkey& key) {
  std::array<std::uint8_t, 65> bytes;
  std::size_t size = bytes.size();
  CHECK(secp256k1_ec_pubkey_serialize(context, bytes.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED) == 1);
  const Digest32 hash = keccak256({bytes.data() + 1, bytes.size() - 1});
  Address address;
  std::copy(hash.end() - static_cast<std::ptrdiff_t>(address.size()), hash.end(), address.begin());
  return address;
}

// Extra data is not used, and the library calls with none.
int deterministic_nonce(unsigned char* nonce, const unsigned char* digest, const unsigned char* key,
                        const unsigned char* /*algorithm*/, void* /*data*/, unsigned attempt) {
  rfc6979_nonce(std::span<std::uint8_t, 32>(nonce, 32), std::span<const std::uint8_t, 32>(digest, 32),
                std::span<const std::uint8_t, 32>(key, 32), attempt);
  return 1;
}

}  // namespace

struct PrivateKey::State {
  State() : context(secp256k1_context_create(SECP256K1_CONTEXT_NONE)) {
    CHECK(context != nullptr);
    // Blinds the secret scalar against side channels; it leaves the signatures as they are.
    std::array<std::uint8_t, 32> seed;
    CHECK(RAND_bytes(seed.data(), static_cast<int>(seed.size())) == 1);
    CHECK(secp256k1_context_randomize(context, seed.data()) == 1);
    OPENSSL_cleanse(seed.data(), seed.size());
  }
  ~State() {
    OPENSSL_cleanse(key.data(), key.size());
    secp256k1_context_destroy(context);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  secp256k1_context* context;
  std::array<std::uint8_t, 32> key{};
  Address address{};
};

PrivateKey::PrivateKey(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

Expected<PrivateKey> PrivateKey::parse(std::string_view hex) {
  auto state = std::make_unique<State>();
  if (hex.starts_with("0x") || hex.starts_with("0X")) hex.remove_prefix(2);
  secp256k1_pubkey public_key;
  // The curve refuses 0 and what is not below its order.
  if (!read_hex(hex, state->key) || secp256k1_ec_pubkey_create(state->context, &public_key, state->key.data()) != 1) {
    return fail("bad_private_key", "the private key is not 64 hex digits of a number that the curve allows",
                "export it from the wallet again; 0x in front is optional");
  }
  state->address = address_of(state->context, public_key);
  return PrivateKey(std::move(state));
}

const Address& PrivateKey::address() const { return state_->address; }

Signature PrivateKey::sign(const Word& digest) const {
  secp256k1_ecdsa_recoverable_signature made;
  // The library always answers with the lower s.
  CHECK(secp256k1_ecdsa_sign_recoverable(state_->context, &made, digest.data(), state_->key.data(), deterministic_nonce,
                                         nullptr) == 1);
  Signature signature;
  int recovery = 0;
  CHECK(secp256k1_ecdsa_recoverable_signature_serialize_compact(state_->context, signature.data(), &recovery, &made) ==
        1);
  signature[64] = static_cast<std::uint8_t>(kRecoveryBase + recovery);
  return signature;
}

std::optional<Address> recover(const Word& digest, const Signature& signature) {
  const secp256k1_context* context = secp256k1_context_static;
  const std::uint8_t v = signature[64];
  if (v != kRecoveryBase && v != kRecoveryBase + 1) return std::nullopt;
  secp256k1_ecdsa_recoverable_signature read;
  if (secp256k1_ecdsa_recoverable_signature_parse_compact(context, &read, signature.data(), v - kRecoveryBase) != 1)
    return std::nullopt;
  secp256k1_ecdsa_signature plain;
  CHECK(secp256k1_ecdsa_recoverable_signature_convert(context, &plain, &read) == 1);
  const bool is_high = secp256k1_ecdsa_signature_normalize(context, nullptr, &plain) == 1;
  secp256k1_pubkey key;
  if (is_high || secp256k1_ecdsa_recover(context, &key, &read, digest.data()) != 1) return std::nullopt;
  return address_of(context, key);
}

std::string to_text(const Signature& signature) { return "0x" + to_hex(signature); }

Expected<Signature> parse_signature(std::string_view text) {
  Signature signature;
  if (!text.starts_with("0x") || !read_hex(text.substr(2), signature))
    return fail("bad_hex", "a signature is 0x and 130 hex digits; this text has " + std::to_string(text.size()) +
                               " characters or others than those");
  return signature;
}

std::string checksum_text(const Address& address) {
  std::string text = to_hex(address);
  const Digest32 hash = keccak256(bytes_of(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 0xF;
    if (nibble >= 8 && text[i] >= 'a') text[i] = static_cast<char>(text[i] - 'a' + 'A');
  }
  return "0x" + text;
}

}  // namespace ebb::crypto
