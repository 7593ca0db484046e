// What a routine (maker buy, maker sell, exit) wants done next. One action a step; the engine carries it out through
// the risk gate and tells the routine how it went.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/order.hpp"

namespace ebb::execution {

/// How a routine ended. Every end has one.
enum class Result : std::uint8_t {
  none,
  filled,
  filled_truncated,
  skipped_too_small,
  stopped,
  price_timeout,
  signal_gone,
  ttl_expired,
  pulled,
  shortage,
  rejected,
  position_gone,
  parked_idle,
  failed,
  market_ended,
  refused,
  flat,
  manual
};
[[nodiscard]] std::string_view to_text(Result result);

/// Why a routine waits without an order. Shown by `explain` and counted (rules 4.4).
enum class Waiting : std::uint8_t {
  none,
  order_working,
  cancel_pending,
  outcome_unknown,
  untrusted,
  stale,
  soft_stale,
  quote_not_sane,
  no_quote,
  no_bid,
  above_cap,
  below_band,
  spread_too_wide,
  cooldown,
  requote_interval,
  newer_book,
  venue_mode,
  settling,
  below_floor,
  dust,
  unknown_cost,
  buying,
  shortage_retry,
  exit_waits_book,
  awaiting_resolution,
  parked,
  gate_refused,
  unexplained,
  position_unknown,
  manual,
  restarting
};
[[nodiscard]] std::string_view to_text(Waiting waiting);

struct Action {
  enum class Kind : std::uint8_t { none, place, cancel, finish, refresh_balance, request_position, request_book };
  Kind kind = Kind::none;
  Waiting waiting = Waiting::none;                                  ///< with none: why
  Price price;                                                      ///< place
  Shares size;                                                      ///< place
  model::OrderPurpose purpose = model::OrderPurpose::dip_buy;       ///< place
  model::CancelReason cancel = model::CancelReason::requote;        ///< cancel
  Result result = Result::none;                                     ///< finish
  Timestamp recheck;  ///< unset, or when to step again without an event

  static Action wait(Waiting why, Timestamp recheck = {}) { return {.waiting = why, .recheck = recheck}; }
  static Action place(Price price, Shares size, model::OrderPurpose purpose) {
    return {.kind = Kind::place, .price = price, .size = size, .purpose = purpose};
  }
  static Action cancel_order(model::CancelReason why) { return {.kind = Kind::cancel, .cancel = why}; }
  static Action finish(Result result) { return {.kind = Kind::finish, .result = result}; }
  static Action of(Kind kind, Waiting why, Timestamp recheck) {
    return {.kind = kind, .waiting = why, .recheck = recheck};
  }
};

/// What every routine is told of the market at a step.
struct MarketState {
  Timestamp now;
  bool trusted = false;
  Timestamp untrusted_since;
  bool fresh = false;  ///< link fresh (rules 1.3)
  bool stale = false;  ///< link STALE; neither fresh nor stale = soft-stale
  bool sane = false;  ///< quote sanity
  bool post_only_allowed = true;  ///< the venue takes post-only orders (rules 5.1)
  bool crossing_allowed = true;  ///< the venue takes orders that may cross
  bool reprice_allowed = true;  ///< no re-price cancels in restart, cancel-only and disabled modes
  std::uint64_t book_version = 0;  ///< rises with every change of the token's quote
};

/// How often and how far a working order follows the touch (rules 2.5).
struct RequoteRules {
  std::int32_t min_ticks = 1;
  Duration interval = milliseconds(1500);
};

}  // namespace ebb::execution
