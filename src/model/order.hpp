// Orders, fills and what the venue says of them (protocol sections 3 and 6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"

namespace ebb::model {

/// Order life (architecture, "The engine in words of the field"). UNKNOWN is resolved by asking, never by guessing.
enum class OrderState : std::uint8_t { intent, sent, live, partial, unknown, filled, canceled, rejected, expired };
[[nodiscard]] constexpr bool is_terminal(OrderState state) { return state >= OrderState::filled; }
[[nodiscard]] std::string_view to_text(OrderState state);

/// Why an order is placed. Only the whitelisted reasons (rules 4.5) may cross the spread.
enum class OrderPurpose : std::uint8_t { dip_buy, requote_buy, take_profit, requote_sell, step_down, rearm, exit };
[[nodiscard]] std::string_view to_text(OrderPurpose purpose);

/// Why an order is canceled.
enum class CancelReason : std::uint8_t {
  requote,
  signal_gone,
  buy_ttl,
  pulled,
  untrusted,
  stale,
  tick_change,
  exit,
  risk,
  market_end,
  sell_only,
  stopped,
  position_gone,
  shortage,
  truncated,
  step_down,
  idle_timeout,
  quote_gone,
  operator_request,
  duplicate,
  restarted  ///< from before a restart, and no routine goes on with it
};
[[nodiscard]] std::string_view to_text(CancelReason reason);

/// Why the exchange or the link refused an order, as the engine needs to know it (error catalogue: protocol 6.3).
enum class RejectKind : std::uint8_t {
  none,
  not_enough_balance,
  post_only_crosses,
  tick_size,
  minimum_size,
  marketable_minimum,
  duplicate,
  market_closed,
  no_match,
  fok_killed,
  post_only_mode,
  cancel_only_mode,
  restarting,
  rate_limited,
  invalid_expiration,
  self_trade,
  banned,
  version_mismatch,
  not_sent,  ///< it did not leave in time, or was not allowed to: certainly no effect
  other
};
[[nodiscard]] std::string_view to_text(RejectKind kind);

/// What an answer to a placement says.
enum class PlaceOutcome : std::uint8_t { live, matched, delayed, unmatched, rejected, unknown };

/// What an answer to a cancel says about one order.
enum class CancelOutcome : std::uint8_t { canceled, already_done, not_found, unknown };

/// What the venue says an order is, when asked by id (protocol 1.4 `/data/order/{id}`).
enum class VenueOrderStatus : std::uint8_t { live, matched, canceled, not_found, unknown };

enum class UserOrderType : std::uint8_t { placement, update, cancellation };

/// An order event of the user channel (protocol 3), resolved to our indices.
struct UserOrder {
  OrderId id;
  TokenIndex token;
  UserOrderType type = UserOrderType::placement;
  Side side = Side::buy;
  Price price;
  Shares original_size;
  Shares size_matched;
  bool canceled = false;  ///< status says CANCELED / INVALID, whatever the type
  bool invalid = false;   ///< it says INVALID: our cash no longer covered the order (rules 7.2)
  Timestamp time;         ///< the venue's
};

/// MATCHED -> MINED -> CONFIRMED, or MATCHED -> RETRYING -> FAILED (reverses the fill).
enum class TradeStatus : std::uint8_t { matched, retrying, mined, confirmed, failed };
[[nodiscard]] std::string_view to_text(TradeStatus status);

/// Our leg of a trade (protocol 3: as maker, our entry of maker_orders; as taker, the top level).
/// Dedupe key: (trade, order).
struct UserTrade {
  TradeId trade;
  OrderId order;
  TokenIndex token;
  Side side = Side::buy;
  Price price;
  Shares size;
  TradeStatus status = TradeStatus::matched;
  bool maker = true;
  Timestamp time;         ///< the venue's match time
};

/// Classifier of a position (rules; predecessor section 0): size < min_order_size is DUST, >= is ACTIONABLE.
enum class PositionClass : std::uint8_t { zero, dust, actionable };
[[nodiscard]] std::string_view to_text(PositionClass c);
[[nodiscard]] constexpr PositionClass classify_position(Shares size, Shares min_order_size) {
  if (size.raw() <= 0) return PositionClass::zero;
  return size < min_order_size ? PositionClass::dust : PositionClass::actionable;
}

}  // namespace ebb::model
