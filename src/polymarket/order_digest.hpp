// The EIP-712 digest of an order: its id, known before it is sent (protocol 5.1 to 5.3).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "crypto/eip712.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"

namespace ebb::polymarket {

/// Which contract settles an order (protocol 5.2).
enum class ExchangeContract : std::uint8_t { standard, neg_risk, v3 };

/// Gamma v2 markets settle on V3, neg risk or not; the others by their neg-risk flag.
[[nodiscard]] constexpr ExchangeContract exchange_of(model::ProtocolVersion version, bool neg_risk) {
  if (version == model::ProtocolVersion::v2) return ExchangeContract::v3;
  return neg_risk ? ExchangeContract::neg_risk : ExchangeContract::standard;
}
[[nodiscard]] inline ExchangeContract exchange_of(const model::MarketSpec& market) {
  return exchange_of(market.version, market.neg_risk);
}

inline constexpr std::uint64_t kPolygon = 137;
inline constexpr std::uint64_t kAmoy = 80002;

/// Address of the contract on `chain_id` (only V3 differs between the two chains).
[[nodiscard]] crypto::Address exchange_address(ExchangeContract contract, std::uint64_t chain_id);

/// Protocol 5.3.
enum class SignatureType : std::uint8_t { eoa, poly_proxy, poly_gnosis_safe, poly_1271 };

/// The signed fields. `expiration` is not among them.
struct OrderFields {
  std::uint64_t salt = 0;            ///< at most 2^53 - 1: it travels as a JSON number
  crypto::Address maker{};           ///< whose funds
  crypto::Address signer{};          ///< who signs
  crypto::Word token_id{};           ///< crypto::word_from_decimal of the token id, encoded once per token
  std::int64_t maker_amount = 0;     ///< millionths, not negative
  std::int64_t taker_amount = 0;
  model::Side side = model::Side::buy;
  SignatureType signature_type = SignatureType::eoa;
  std::int64_t timestamp_ms = 0;
  crypto::Word metadata{};
  crypto::Word builder{};
};

/// The order's fields as EIP-712 spells them (protocol 5.1); type 3 signatures contain it.
inline constexpr std::string_view kOrderType =
    "Order(uint256 salt,address maker,address signer,uint256 tokenId,uint256 makerAmount,uint256 takerAmount,"
    "uint8 side,uint8 signatureType,uint256 timestamp,bytes32 metadata,bytes32 builder)";
/// Type hash of the order and the hash of its fields under it.
[[nodiscard]] crypto::Word order_type_hash();
[[nodiscard]] crypto::Word order_struct_hash(const OrderFields& order);

/// Digests for the three contracts of one chain. About 1.5 us each; allocates nothing.
class OrderDigester {
 public:
  explicit OrderDigester(std::uint64_t chain_id = kPolygon);
  [[nodiscard]] model::OrderId digest(ExchangeContract contract, const OrderFields& order) const;
  [[nodiscard]] std::uint64_t chain_id() const { return chain_id_; }
  /// Domain separator, for signatures that contain it (type 3).
  [[nodiscard]] const crypto::Word& domain(ExchangeContract contract) const {
    return domains_[static_cast<std::size_t>(contract)];
  }

 private:
  std::uint64_t chain_id_;
  std::array<crypto::Word, 3> domains_;
};

}  // namespace ebb::polymarket
