// What goes into and comes out of an exchange, embedded or paper. Markets are the ones of the exchange's own
// MarketTable; whoever connects an engine maps token ids.
#pragma once

#include <cstdint>
#include <string>
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

/// A WebSocket text frame that leaves the exchange, in order of sending.
struct Outgoing {
  Channel channel = Channel::market;
  AccountIndex account;           ///< user channel only: whose connection
  model::MarketIndex market;      ///< market channel: whose subscribers
  std::uint64_t sequence = 0;
  Timestamp at;
  std::string text;
};

}  // namespace ebb::exchange
