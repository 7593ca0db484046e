// Names of the enumerations, and the canonical text of a command.
#include <fmt/format.h>

#include "base/decimal.hpp"
#include "model/command.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"
#include "model/record.hpp"

namespace ebb::model {
namespace {

template <std::size_t N, class Enum>
std::string_view name_of(const std::string_view (&names)[N], Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? names[index] : std::string_view("?");
}

struct LineWriter {
  std::int64_t at;
  std::string operator()(const PlaceOrder& c) const {
    return fmt::format("{} place {} t{} {} {} {} {} {}@{} {}/{} salt={} exp={} drop={}\n", at, to_text(c.id),
                       c.token.value(), to_text(c.side), to_text(c.type),
                       c.crossing == Crossing::post_only ? "post_only" : "may_cross", to_text(c.purpose),
                       to_text(c.size), to_text(c.price), c.maker_amount, c.taker_amount, c.salt, c.expiration.ns(),
                       c.drop_after.ns());
  }
  std::string operator()(const CancelOrder& c) const {
    return fmt::format("{} cancel {} t{} {}\n", at, to_text(c.id), c.token.value(), to_text(c.reason));
  }
  std::string operator()(const RequestBook& c) const {
    return fmt::format("{} request_book t{} {}\n", at, c.token.value(), static_cast<int>(c.reason));
  }
  std::string operator()(const QueryOrder& c) const { return fmt::format("{} query {}\n", at, to_text(c.id)); }
  std::string operator()(const SweepTrades& c) const { return fmt::format("{} sweep {}\n", at, c.since.ns()); }
  std::string operator()(const RefreshBalance& c) const {
    return fmt::format("{} refresh_balance t{}\n", at, c.token.value());
  }
  std::string operator()(const RequestPosition& c) const {
    return fmt::format("{} request_position t{}\n", at, c.token.value());
  }
  std::string operator()(const Alert&) const { return {}; }
};

}  // namespace

std::string_view to_text(MarketEventKind kind) {
  static constexpr std::string_view kNames[] = {"book",         "price_change", "last_trade_price", "tick_size_change",
                                                "best_bid_ask", "new_market",   "market_resolved"};
  return name_of(kNames, kind);
}

std::string_view to_text(OrderState state) {
  static constexpr std::string_view kNames[] = {"INTENT", "SENT",     "LIVE",     "PARTIAL", "UNKNOWN",
                                                "FILLED", "CANCELED", "REJECTED", "EXPIRED"};
  return name_of(kNames, state);
}

std::string_view to_text(OrderPurpose purpose) {
  static constexpr std::string_view kNames[] = {"DIP_BUY",   "REQUOTE_BUY", "TAKE_PROFIT", "REQUOTE_SELL",
                                                "STEP_DOWN", "REARM",       "EXIT"};
  return name_of(kNames, purpose);
}

std::string_view to_text(CancelReason reason) {
  static constexpr std::string_view kNames[] = {
      "REQUOTE",   "SIGNAL_GONE", "BUY_TTL",      "PULLED",     "UNTRUSTED", "STALE",         "TICK_CHANGE",
      "EXIT",      "RISK",        "MARKET_END",   "SELL_ONLY",  "STOPPED",   "POSITION_GONE", "SHORTAGE",
      "TRUNCATED", "STEP_DOWN",   "IDLE_TIMEOUT", "QUOTE_GONE", "OPERATOR",  "DUPLICATE",     "RESTARTED"};
  return name_of(kNames, reason);
}

std::string_view to_text(RejectKind kind) {
  static constexpr std::string_view kNames[] = {
      "NONE",         "NOT_ENOUGH_BALANCE", "POST_ONLY_CROSSES",  "TICK_SIZE",
      "MINIMUM_SIZE", "MARKETABLE_MINIMUM", "DUPLICATE",          "MARKET_CLOSED",
      "NO_MATCH",     "FOK_KILLED",         "POST_ONLY_MODE",     "CANCEL_ONLY_MODE",
      "RESTARTING",   "RATE_LIMITED",       "INVALID_EXPIRATION", "SELF_TRADE",
      "BANNED",       "VERSION_MISMATCH",   "NOT_SENT",           "OTHER"};
  return name_of(kNames, kind);
}

std::string_view to_text(TradeStatus status) {
  static constexpr std::string_view kNames[] = {"MATCHED", "RETRYING", "MINED", "CONFIRMED", "FAILED"};
  return name_of(kNames, status);
}

std::string_view to_text(PositionClass c) {
  static constexpr std::string_view kNames[] = {"ZERO", "DUST", "ACTIONABLE"};
  return name_of(kNames, c);
}

std::string_view to_text(AlertKind kind) {
  static constexpr std::string_view kNames[] = {
      "REPEATED_REFUSAL", "HOLDING_WITHOUT_SELL", "MANUAL_INTERVENTION", "UNEXPLAINED_MATCH", "SETTLEMENT_FAILED",
      "POOL_EXHAUSTED",   "BOOK_UNTRUSTED",       "DAILY_LOSS",          "KILL_SWITCH",       "UNKNOWN_COST",
      "ORDER_OVERDUE",    "RESTART_INCOMPLETE",   "DIFFERENCE"};
  return name_of(kNames, kind);
}

std::string_view to_text(OrderStep step) {
  static constexpr std::string_view kNames[] = {"SENT",    "ACCEPTED",   "REFUSED",          "OUTCOME_UNKNOWN",
                                                "CLAIMED", "FILLED",     "CANCEL_REQUESTED", "ENDED",
                                                "CLOSED",  "UNEXPLAINED"};
  return name_of(kNames, step);
}

std::string_view to_text(LedgerChange change) {
  static constexpr std::string_view kNames[] = {"DEPOSITED",   "ADOPTED",  "COST_LEARNED",
                                                "WRITTEN_OFF", "REDEEMED", "TRUED_UP"};
  return name_of(kNames, change);
}

std::string_view to_text(DifferenceKind kind) {
  static constexpr std::string_view kNames[] = {"ORDER", "FILL", "POSITION", "CASH"};
  return name_of(kNames, kind);
}

std::string canonical_line(const Command& command, Timestamp time) {
  return std::visit(LineWriter{time.ns()}, command);
}

}  // namespace ebb::model
