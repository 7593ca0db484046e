// The 32-byte words and digests of EIP-712 typed data. Which fields an order has is known to `polymarket` alone.
//
//   const auto type = eip712_type_hash("Mail(uint256 id,address to)");
//   const auto hash = keccak256 of type, word(id), word(to) one after the other;
//   const auto digest = eip712_digest(domain_separator, hash);
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/expected.hpp"
#include "crypto/hash.hpp"

namespace ebb::crypto {

using Word = std::array<std::uint8_t, 32>;     ///< big-endian, as the EVM encodes every atomic value
using Address = std::array<std::uint8_t, 20>;  ///< of an account or contract

[[nodiscard]] Word word_from_uint64(std::uint64_t value);
/// Two's complement over all 256 bits.
[[nodiscard]] Word word_from_int64(std::int64_t value);
[[nodiscard]] Word word_from_address(const Address& address);
/// A uint256 in decimal digits, as token ids are written; leading zeros are allowed. Fails with `bad_uint256` on
/// anything but digits, on no digits, and from 2^256 on. Cold.
[[nodiscard]] Expected<Word> word_from_decimal(std::string_view text);
/// "0x" and 64 hex digits of either case (bytes32). Fails with `bad_hex`.
[[nodiscard]] Expected<Word> word_from_hex(std::string_view text);
/// "0x" and 40 hex digits of either case; the checksum of mixed case is not verified. Fails with `bad_hex`.
[[nodiscard]] Expected<Address> parse_address(std::string_view text);

/// Keccak-256 of a type's description, e.g. "Person(string name,address wallet)".
[[nodiscard]] Word eip712_type_hash(std::string_view type);
/// Separator of a domain with name, version, chainId and verifyingContract: the one form the venue uses.
[[nodiscard]] Word eip712_domain(std::string_view name, std::string_view version, std::uint64_t chain_id,
                                 const Address& contract);
/// What is signed: keccak256(0x19 0x01 || domain || struct_hash).
[[nodiscard]] Word eip712_digest(const Word& domain, const Word& struct_hash);

}  // namespace ebb::crypto
