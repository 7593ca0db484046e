#include "polymarket/order_digest.hpp"

#include <algorithm>
#include <string_view>

#include "base/check.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::string_view kDomainName = "Polymarket CTF Exchange";

std::string_view address_text(ExchangeContract contract, std::uint64_t chain_id) {
  switch (contract) {
    case ExchangeContract::standard: return "0xE111180000d2663C0091e4f400237545B87B996B";
    case ExchangeContract::neg_risk: return "0xe2222d279d744050d28e00520010520000310F59";
    case ExchangeContract::v3: break;
  }
  return chain_id == kAmoy ? "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D"
                           : "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa";
}

crypto::Word amount_word(std::int64_t value) {
  CHECK(value >= 0);
  return crypto::word_from_uint64(static_cast<std::uint64_t>(value));
}

}  // namespace

crypto::Address exchange_address(ExchangeContract contract, std::uint64_t chain_id) {
  const auto address = crypto::parse_address(address_text(contract, chain_id));
  CHECK(address.has_value());
  return *address;
}

crypto::Word order_type_hash() {
  static const crypto::Word kHash = crypto::eip712_type_hash(kOrderType);
  return kHash;
}

crypto::Word order_struct_hash(const OrderFields& order) {
  const std::array<crypto::Word, 12> words = {
      order_type_hash(),
      crypto::word_from_uint64(order.salt),
      crypto::word_from_address(order.maker),
      crypto::word_from_address(order.signer),
      order.token_id,
      amount_word(order.maker_amount),
      amount_word(order.taker_amount),
      crypto::word_from_uint64(order.side == model::Side::buy ? 0 : 1),
      crypto::word_from_uint64(static_cast<std::uint64_t>(order.signature_type)),
      amount_word(order.timestamp_ms),
      order.metadata,
      order.builder,
  };
  return crypto::keccak256({words.front().data(), words.size() * sizeof(crypto::Word)});
}

OrderDigester::OrderDigester(std::uint64_t chain_id) : chain_id_(chain_id) {
  for (const auto contract : {ExchangeContract::standard, ExchangeContract::neg_risk, ExchangeContract::v3}) {
    const std::string_view version = contract == ExchangeContract::v3 ? "3" : "2";
    domains_[static_cast<std::size_t>(contract)] =
        crypto::eip712_domain(kDomainName, version, chain_id, exchange_address(contract, chain_id));
  }
}

model::OrderId OrderDigester::digest(ExchangeContract contract, const OrderFields& order) const {
  const crypto::Word digest = crypto::eip712_digest(domain(contract), order_struct_hash(order));
  model::OrderId id;
  std::copy(digest.begin(), digest.end(), id.bytes.begin());
  return id;
}

}  // namespace ebb::polymarket
