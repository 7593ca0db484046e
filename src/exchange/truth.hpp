// The exchange's own record of what truly happened on the recorded accounts, for the outside checker: append-only, in the
// order of happening. Nothing in the exchange reads it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "exchange/messages.hpp"
#include "model/ids.hpp"
#include "model/order.hpp"

namespace ebb::exchange {

enum class TruthOrderKind : std::uint8_t {
  accepted,  ///< passed every check; `size_matched` is what matched at once
  refused,  ///< never existed for anyone else; `text` is the answer
  filled,  ///< some of it matched as a maker
  canceled,  ///< by its owner, by self-trade prevention, as dust, or the rest of a FAK
  expired,  ///< GTD
  invalid,  ///< cash or shares no longer cover it
  resolved,  ///< the market resolved
  cancel_refused  ///< a cancel that found nothing to cancel
};
[[nodiscard]] std::string_view to_text(TruthOrderKind kind);

struct TruthOrder {
  Timestamp at;
  model::OrderId id;
  AccountIndex account;
  model::TokenIndex token;
  TruthOrderKind kind = TruthOrderKind::accepted;
  model::Side side = model::Side::buy;
  model::OrderType type = model::OrderType::gtc;
  model::Crossing crossing = model::Crossing::post_only;
  Price price;
  Shares size;
  Shares size_matched;  ///< after the event
  bool live = false;  ///< whether it stands on the book after the event
  std::string text;  ///< the venue's words for a refusal, the reason of a cancel
};

/// One leg of one trade, of a recorded account.
struct TruthFill {
  Timestamp at;
  model::TradeId trade;
  model::OrderId order;
  AccountIndex account;
  AccountIndex counterparty;  ///< the taker for a maker's leg; none() for a taker's leg (several makers)
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  Price price;
  Shares size;
  Usdc cash;  ///< paid (BUY) or received (SELL), fee apart
  Usdc fee;
  bool maker = true;
};

struct TruthTradeStatus {
  Timestamp at;
  model::TradeId trade;
  model::TradeStatus status = model::TradeStatus::matched;
};

/// A change of an account's settled cash or shares; `token` none() = cash.
enum class TruthBalanceCause : std::uint8_t { deposit, withdrawal, split, trade, payout };
struct TruthBalance {
  Timestamp at;
  AccountIndex account;
  model::TokenIndex token;
  TruthBalanceCause cause = TruthBalanceCause::trade;
  std::int64_t change_micros = 0;
  std::int64_t after_micros = 0;
};

struct TruthResolution {
  Timestamp at;
  model::MarketIndex market;
  std::int64_t yes_payout_micros = 0;  ///< per share: 0, 500000 or 1000000
};

struct Truth {
  std::vector<TruthOrder> orders;
  std::vector<TruthFill> fills;
  std::vector<TruthTradeStatus> trade_statuses;  ///< of trades with a recorded leg
  std::vector<TruthBalance> balances;
  std::vector<TruthResolution> resolutions;
};

}  // namespace ebb::exchange
