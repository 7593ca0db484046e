// The deterministic nonce of ECDSA (RFC 6979) with the processor's SHA-256 instructions.
#pragma once

#include <cstdint>
#include <span>

namespace ebb::crypto {

/// Bit for bit what libsecp256k1's own nonce function yields for a 32-byte key and digest without extra data, in a quarter of
/// its time: OpenSSL's SHA-256 uses the instructions that the library's portable code does not. `attempt` counts the nonces
/// that the curve refused before (practically always 0).
void rfc6979_nonce(std::span<std::uint8_t, 32> nonce, std::span<const std::uint8_t, 32> digest,
                   std::span<const std::uint8_t, 32> key, unsigned attempt);

}  // namespace ebb::crypto
