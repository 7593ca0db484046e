// What goes into and comes out of an exchange, embedded or paper. Markets are the ones of the exchange's own
// MarketTable; whoever connects an engine maps token ids.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/order.hpp"

namespace ebb::exchange {

using AccountIndex = Id<struct AccountTag>;

struct OrderRequest {
  model::OrderId id;
  AccountIndex account;
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  model::OrderType type = model::OrderType::gtc;
  model::Crossing crossing = model::Crossing::post_only;
  Price price;
  Shares size;                    ///< shares; for a FAK/FOK BUY by budget see maker_amount
  std::int64_t maker_amount = 0;  ///< signed amounts, millionths (protocol 5.5); fills round by them
  std::int64_t taker_amount = 0;
  Timestamp expiration;           ///< GTD only
};

/// The answer to a placement as the venue would give it over REST (protocol 6.2).
struct PlaceResult {
  model::OrderId id;
  int http_status = 200;
  bool success = false;
  std::string error;              ///< the venue's words; empty when accepted
  model::PlaceOutcome outcome = model::PlaceOutcome::rejected;
  std::int64_t making_micros = 0; ///< filled amounts when matched
  std::int64_t taking_micros = 0;
  std::vector<std::string> trade_ids;
  std::int64_t free_micros = -1;  ///< with "not enough balance": balance - active - matched; -1 otherwise
};

struct CancelResult {
  model::OrderId id;
  bool canceled = false;
  std::string reason;             ///< why not (protocol 6.3)
};

/// What the venue says of one order asked by id.
struct OrderStatus {
  model::OrderId id;
  model::VenueOrderStatus status = model::VenueOrderStatus::not_found;
  Shares size_matched;
  Shares original_size;
};

enum class Channel : std::uint8_t { market, user };

/// Events of the market channel (protocol 2.3).
enum class MarketEventKind : std::uint8_t {
  book,
  price_change,  ///< both tokens of the market in one message: two events
  last_trade_price,
  tick_size_change,
  best_bid_ask,
  new_market,
  market_resolved  ///< both tokens: two events
};
[[nodiscard]] std::string_view to_text(MarketEventKind kind);
/// How many events (one message and asset each) such a message is.
[[nodiscard]] constexpr int event_count(MarketEventKind kind) {
  return kind == MarketEventKind::price_change || kind == MarketEventKind::market_resolved ? 2 : 1;
}

/// A WebSocket text frame that leaves the exchange, in order of sending.
struct Outgoing {
  Channel channel = Channel::market;
  AccountIndex account;           ///< user channel only: whose connection
  model::MarketIndex market;      ///< whose subscribers; on the user channel the market of the order
  model::TokenIndex token;        ///< market channel: the one asset it is about; none() = both
  MarketEventKind kind = MarketEventKind::book;  ///< market channel only
  std::uint64_t sequence = 0;
  Timestamp at;
  std::string text;
};

}  // namespace ebb::exchange
