// The risk gate: the single door through which orders leave. It owns the reservations of open orders and the limits.
//
// Exposure is what can be lost. Open, UNKNOWN and cancel-pending orders count at full remaining size; sold shares leave
// the exposure only when MINED (rules 3.3). The gate is told about every order's birth, fills and end, and asks the
// positions through `PositionSource`. Lowered limits never cancel anything by themselves: they stop new BUYs.
//
// All sums (token, market, event, total) are kept incrementally: check() looks at two tokens and a handful of orders,
// however many markets there are. It re-reads the positions of the request's own market; the sums over the OTHER
// markets follow `position_changed`, which must be called after every change of a position.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/archived.hpp"
#include "base/flat_map.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/market.hpp"
#include "model/order.hpp"

namespace ebb::risk {

/// Dollars of what can be lost; the defaults are the `default` tier's (rules 6).
struct Limits {
  Usdc per_order = dollars(10);
  Usdc per_token = dollars(15);
  Usdc per_market = dollars(25);
  Usdc per_event = dollars(50);
  Usdc total = dollars(200);
  std::uint32_t open_orders = 100;
  std::uint32_t orders_per_second = 10;
  Usdc daily_loss = dollars(20);
  bool stop_on_daily_loss = true;
  bool one_active_token_per_condition = true;  ///< rules 3.3
};

/// The limits of the `fast` tier (rules 6): $10 a token, an order as in `default`, the others half. One gate has one set
/// of limits, so these are for runs in which `fast` is the tier of every token.
[[nodiscard]] Limits fast_limits();

enum class Refusal : std::uint8_t {
  none,
  per_order_limit,
  token_limit,
  market_limit,
  event_limit,
  total_limit,
  open_orders_limit,
  order_rate,
  daily_loss,
  self_cross,
  kill_switch,
  paused,
  cash,
  other_token_active,
  second_buy,
  sell_exceeds_free
};
inline constexpr int kRefusals = 16;
[[nodiscard]] std::string_view to_text(Refusal refusal);

/// What the gate needs to know of a position, by token.
struct Exposure {
  Usdc cost;  ///< cost of the matched position plus of sold shares that are not MINED yet
  Shares size;  ///< matched
  Shares sellable;  ///< settled (before open SELL orders)
};
class PositionSource {
 public:
  virtual ~PositionSource() = default;
  [[nodiscard]] virtual Exposure exposure(model::TokenIndex token) const = 0;
  [[nodiscard]] virtual Usdc cash() const = 0;
};

/// An order that wants to leave.
struct Request {
  model::OrderId id;
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  Price price;
  Shares size;
  bool crossing = false;  ///< exit FAK: exempt from order-count, rate and daily-loss limits; never from free shares
};

/// Whether two orders of ours could trade with each other (rules 3.3): directly (BUY p against SELL p' <= p of the same
/// token), by mint (BUY YES p and BUY NO q with p + q >= 1) or by merge (SELL YES p and SELL NO q with p + q <= 1).
[[nodiscard]] constexpr bool would_trade(bool same_token, model::Side side, Price price, model::Side other_side,
                                         Price other_price) {
  if (same_token) {
    if (side == other_side) return false;
    return side == model::Side::buy ? price >= other_price : price <= other_price;
  }
  if (side != other_side) return false;
  return side == model::Side::buy ? price + other_price >= kPriceOne : price + other_price <= kPriceOne;
}

class Gate {
 public:
  Gate(const model::MarketTable& markets, const PositionSource& positions, Limits limits);
  /// Makes room for markets and tokens registered so far (call after some were added).
  void grow();
  void set_limits(const Limits& limits);

  /// Decides and counts; does not reserve. Exits and SELLs are never refused for exposure; SELLs are refused above the
  /// free shares, against our own BUY of the same token, or where a SELL of the sibling at 1 - p or less would merge
  /// with them. `paused` stops BUYs, the kill switch everything but exits. The first reason in the order of
  /// kill switch, pause, daily loss, self-cross, second buy, sibling, free shares, rate, open orders, exposure, cash.
  [[nodiscard]] Refusal check(const Request& request, Timestamp now);
  /// The order is on its way: reserve it. It counts in the order rate, exits too.
  void opened(const Request& request, Timestamp now);
  /// Its remainder fell (a fill, or the venue said so). It never grows; an unknown id is ignored.
  void reduced(const model::OrderId& id, Shares remaining);
  /// It is terminal: free what is left. An unknown id is ignored.
  void closed(const model::OrderId& id);
  /// The position of this token changed (a fill, a status, a reversal, an adoption, a redemption): refresh the sums.
  void position_changed(model::TokenIndex token);

  void kill(Timestamp now);  ///< kill switch: no order but exits until reset_kill
  void reset_kill();
  void pause(bool paused) { paused_ = paused; }
  /// Told after every change of total PnL. From a loss of `daily_loss` in one UTC day on, only exits and SELLs leave.
  /// The loss is counted from the day's first report.
  void on_total_pnl(Usdc total, Timestamp now);
  [[nodiscard]] bool daily_loss_hit() const { return daily_loss_hit_; }
  [[nodiscard]] bool day_known() const { return day_known_; }
  [[nodiscard]] std::int64_t day() const { return day_; }
  /// Total PnL at the day's first report.
  [[nodiscard]] Usdc day_start_pnl() const { return day_start_pnl_; }
  /// After a restart: the day that began at `began` goes on, if it is still the same day.
  void resume_day(Timestamp began, Usdc start_pnl, bool hit);
  /// The largest loss of any UTC day so far, at any moment of it; never below 0.
  [[nodiscard]] Usdc worst_daily_loss() const { return worst_daily_loss_; }
  [[nodiscard]] bool killed() const { return killed_; }
  [[nodiscard]] Timestamp killed_at() const { return killed_at_; }
  [[nodiscard]] bool paused() const { return paused_; }

  [[nodiscard]] Usdc open_buys(model::TokenIndex token) const { return tokens_[token.value()].open_buys; }
  [[nodiscard]] Shares open_sells(model::TokenIndex token) const { return tokens_[token.value()].open_sells; }
  [[nodiscard]] Usdc open_buys_total() const { return open_buys_total_; }
  [[nodiscard]] std::uint32_t open_orders() const { return open_orders_; }
  /// Worst loss over both outcomes with every open BUY filled where that hurts; never below 0.
  [[nodiscard]] Usdc market_worst_loss(model::MarketIndex market) const { return market_worst_[market.value()]; }
  /// Sums over the markets of an event and over all: no market's gain pays for another's loss.
  [[nodiscard]] Usdc event_worst_loss(model::EventGroupIndex group) const { return event_worst_[group.value()]; }
  [[nodiscard]] Usdc total_worst_loss() const { return total_worst_; }
  [[nodiscard]] const std::array<std::uint64_t, kRefusals>& refusals() const { return refusals_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// An open order in the pool; orders of one token are linked.
  struct Open {
    model::TokenIndex token;
    model::Side side = model::Side::buy;
    bool crossing = false;
    Price price;
    Shares remaining;
    Usdc fee;  ///< what a crossing BUY may pay beside its price
    std::uint32_t next = kNone;
  };
  struct TokenState {
    Usdc cost;
    Shares size;
    Usdc open_buys;
    Shares open_sells;
    std::uint32_t first_open = kNone;
  };

  [[nodiscard]] Refusal decide(const Request& request, Timestamp now);
  [[nodiscard]] Refusal check_sell(const Request& request) const;
  [[nodiscard]] Refusal check_pace(Timestamp now) const;
  [[nodiscard]] Refusal check_exposure(const Request& request) const;
  [[nodiscard]] bool self_cross(const Request& request) const;
  [[nodiscard]] bool has_open_buy(model::TokenIndex token) const;
  [[nodiscard]] bool is_active(model::TokenIndex token) const;
  /// Worst loss of a market if `extra` dollars of BUYs of `token` were open in addition.
  [[nodiscard]] Usdc worst_with(model::MarketIndex market, model::TokenIndex token, Usdc extra) const;
  [[nodiscard]] Usdc fee_of(model::TokenIndex token, bool crossing, Price price, Shares size) const;
  void refresh_market(model::MarketIndex market);
  /// Sets what an order reserves and keeps every sum in step.
  void reserve(Open& order, Shares remaining);
  [[nodiscard]] std::uint32_t allocate();

  const model::MarketTable* markets_;
  const PositionSource* positions_;
  Limits limits_;
  std::array<std::uint64_t, kRefusals> refusals_{};
  Usdc open_buys_total_;
  Usdc open_fees_total_;  ///< what crossing BUYs may pay beside their price
  std::uint32_t open_orders_ = 0;
  bool killed_ = false;
  bool paused_ = false;
  bool daily_loss_hit_ = false;
  bool day_known_ = false;
  Timestamp killed_at_;
  std::int64_t day_ = 0;
  Usdc day_start_pnl_;
  Usdc worst_daily_loss_;

  std::vector<TokenState> tokens_;
  std::vector<Usdc> market_worst_;
  std::vector<Usdc> event_worst_;
  Usdc total_worst_;
  std::vector<Open> pool_;
  std::uint32_t free_ = kNone;
  FlatMap<model::OrderId, std::uint32_t, std::hash<model::OrderId>> open_by_id_;
  std::vector<Timestamp> recent_;  ///< ring of the last `orders_per_second` departures; its slot `oldest_` is next
  std::size_t oldest_ = 0;
};

}  // namespace ebb::risk
