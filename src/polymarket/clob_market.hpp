// What the CLOB itself says of a market (protocol 1.3): the compact object of /clob-markets and /markets-by-token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "model/market.hpp"

namespace ebb::polymarket {

[[nodiscard]] HttpRequest clob_market_request(std::string_view condition_id);
[[nodiscard]] HttpRequest market_by_token_request(std::string_view token_id);

/// `/clob-markets/{condition}`. `spec` has what the object tells: condition, tokens (YES first), tick, minimum, neg risk,
/// fees; it knows no end.
struct ClobMarket {
  model::MarketSpec spec;
  bool accepting_orders = false;  ///< `ao`; omitted when false
  std::int32_t seconds_delay = 0;  ///< `sd`
  bool taker_delay = false;  ///< `itode`: marketable orders are held for 250 ms (protocol 6.1)
  bool clear_book_on_start = false;  ///< `cbos`
  std::optional<model::ProtocolVersion> version;  ///< `v`, undocumented; nullopt = not told or unknown
};
/// Errors: `clob.status`, `clob.not_json`, `clob.market` (which field).
[[nodiscard]] Expected<ClobMarket> read_clob_market(const HttpResponse& response);

/// `/markets-by-token/{id}`. The primary token is not YES: it is the numerically smaller id (protocol 1.3).
struct MarketByToken {
  std::string condition_id;  ///< padded to 64 digits
  std::string primary;
  std::string secondary;
};
[[nodiscard]] Expected<MarketByToken> read_market_by_token(const HttpResponse& response);

}  // namespace ebb::polymarket
