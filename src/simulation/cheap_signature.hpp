// Signatures that cost nothing, for seeds in which the real ones are not what is tried: the venue takes them only where it was
// built with check_cheap_signature. They still cover the digest, so an order that differs from what was signed is refused.
#pragma once

#include <string>
#include <string_view>

#include "polymarket/order_signing.hpp"

namespace ebb::simulation {

class CheapSignatures final : public polymarket::OrderSignatures {
 public:
  void sign(polymarket::ExchangeContract contract, const polymarket::OrderFields& order, const model::OrderId& digest,
            std::string& out) const override;
};

/// An exchange::SignatureCheck.
[[nodiscard]] bool check_cheap_signature(const polymarket::OrderDigester& digester,
                                         polymarket::ExchangeContract contract, const polymarket::OrderFields& order,
                                         std::string_view signature, const crypto::Address& owner);

}  // namespace ebb::simulation
