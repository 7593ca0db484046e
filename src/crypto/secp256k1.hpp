// Signatures over 32-byte digests with a secp256k1 key: deterministic (RFC 6979), low s, recoverable. Thin over
// libsecp256k1. A key leaves this module only as a signature or an address.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "crypto/eip712.hpp"

namespace ebb::crypto {

/// r (32 bytes), s (32 bytes), v (27 or 28): the form that the venue reads.
using Signature = std::array<std::uint8_t, 65>;

/// A private key and its context. Movable, not copyable; the key's bytes are wiped when it dies. sign() may be called
/// from one thread at a time.
class PrivateKey {
 public:
  /// 64 hex digits with or without "0x". Fails with `bad_private_key`; the message never contains the text.
  [[nodiscard]] static Expected<PrivateKey> parse(std::string_view hex);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  /// The account that the key controls.
  [[nodiscard]] const Address& address() const;
  /// About 27 us; allocates nothing.
  [[nodiscard]] Signature sign(const Word& digest) const;

 private:
  struct State;
  explicit PrivateKey(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whose key made the signature; nullopt when it is not a valid low-s signature of anybody.
[[nodiscard]] std::optional<Address> recover(const Word& digest, const Signature& signature);

/// "0x" and 130 lower-case hex digits.
[[nodiscard]] std::string to_text(const Signature& signature);
/// The reverse; `bad_hex` on anything else.
[[nodiscard]] Expected<Signature> parse_signature(std::string_view text);
/// "0x" and 40 hex digits with the checksum of EIP-55 in their case.
[[nodiscard]] std::string checksum_text(const Address& address);

}  // namespace ebb::crypto
