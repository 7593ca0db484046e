// Signed orders: signatures of the four types, both market-version selectors, and the body of POST /order
// (protocol 5.2 to 5.6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "crypto/secp256k1.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"
#include "model/order.hpp"
#include "polymarket/order_digest.hpp"

namespace ebb::polymarket {

/// What the id of a position says: v2 exactly when bits 40 to 103 are zero (protocol 5.2).
[[nodiscard]] model::ProtocolVersion version_of_token(const crypto::Word& token_id);
/// The contract that settles the market's orders. Fails with `order.version_conflict` when the market's version and the
/// form of its token id disagree: then nothing may be signed. A small id that names no V2 module says nothing.
[[nodiscard]] Expected<ExchangeContract> select_exchange(model::ProtocolVersion version, bool neg_risk,
                                                         const crypto::Word& token_id);

/// Puts signatures under orders. There is one way to do so; simulations bring a cheaper one that only their venue takes.
class OrderSignatures {
 public:
  virtual ~OrderSignatures() = default;
  /// Appends "0x" and the hex signature to `out`. `digest` is the order's id, computed by whoever decided.
  virtual void sign(ExchangeContract contract, const OrderFields& order, const model::OrderId& digest,
                    std::string& out) const = 0;
};

/// Signs orders with one key on one chain; caches domains and type hashes. One thread at a time.
class OrderSigner final : public OrderSignatures {
 public:
  OrderSigner(crypto::PrivateKey key, std::uint64_t chain_id);
  [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }
  [[nodiscard]] const OrderDigester& digester() const { return digester_; }
  /// 65 bytes for types 0 to 2 (they sign just the digest), the ERC-7739 blob of 317 bytes for type 3.
  void sign(ExchangeContract contract, const OrderFields& order, const model::OrderId& digest,
            std::string& out) const override;

 private:
  crypto::PrivateKey key_;
  OrderDigester digester_;
};

/// What a type 3 signature covers (ERC-7739): the order's struct hash `contents` wrapped for the deposit wallet, under the
/// exchange's domain.
[[nodiscard]] crypto::Word wallet_digest(const OrderDigester& digester, ExchangeContract contract,
                                         const crypto::Address& wallet, const crypto::Word& contents);

/// Whether `signature` (hex) is a valid one for the order: types 0 to 2 by `order.signer`, type 3 by `owner`, the key that
/// controls the wallet. Types 0 and 3 also need maker = signer (protocol 5.3). Used by the exchange server. Error:
/// `order.invalid_signature` with the venue's words `invalid signature`.
[[nodiscard]] Expected<void> verify_order_signature(const OrderDigester& digester, ExchangeContract contract,
                                                    const OrderFields& order, std::string_view signature,
                                                    const crypto::Address& owner);

/// What the body holds beside the signed fields.
struct OrderEnvelope {
  std::string_view token_id;  ///< decimal text
  std::string_view maker;  ///< checksum addresses, made once
  std::string_view signer;
  std::int64_t expiration = 0;  ///< unix seconds; 0 unless GTD
  std::string_view signature;  ///< hex
  std::string_view owner;  ///< API key
  model::OrderType type = model::OrderType::gtc;
  bool post_only = false;
};
/// Appends the JSON of one order in the client's key order (protocol 5.6). No allocation beyond the growth of `out`.
void append_order_body(const OrderFields& order, const OrderEnvelope& envelope, std::string& out);

}  // namespace ebb::polymarket
