// Digests. Thin over OpenSSL (SHA-1, SHA-256) and Crypto++ (Keccak-256, which OpenSSL 3.0 lacks).
// Nothing here allocates, except to_hex; every function may be called from every thread.
#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ebb::crypto {

using Sha1Digest = std::array<std::uint8_t, 20>;
using Digest32 = std::array<std::uint8_t, 32>;

/// The bytes of a text, as the functions below take them.
[[nodiscard]] inline std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The venue's book hash is this over the book's text (protocol 2.4).
[[nodiscard]] Sha1Digest sha1(std::span<const std::uint8_t> data);
[[nodiscard]] Digest32 sha256(std::span<const std::uint8_t> data);
/// Ethereum's Keccak-256 (the original padding, not SHA3-256).
[[nodiscard]] Digest32 keccak256(std::span<const std::uint8_t> data);

/// SHA-1 over data that comes in pieces: saves a caller from joining them.
class Sha1 {
 public:
  Sha1();
  void update(std::span<const std::uint8_t> data);
  void update(std::string_view text) { update(bytes_of(text)); }
  /// The digest of everything since construction or the last finish(); starts anew.
  [[nodiscard]] Sha1Digest finish();

 private:
  SHA_CTX context_;
};

/// SHA-256 over data that comes in pieces, such as the stream of commands.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::uint8_t> data);
  void update(std::string_view text) { update(bytes_of(text)); }
  /// The digest of everything since construction or the last finish(); starts anew.
  [[nodiscard]] Digest32 finish();
  /// The digest so far; more may follow.
  [[nodiscard]] Digest32 peek() const;

 private:
  SHA256_CTX context_;
};

/// Lower-case hex without a prefix.
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);

}  // namespace ebb::crypto
