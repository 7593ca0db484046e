// The risk gate: the single door through which orders leave. It owns the reservations of open orders and the limits.
//
// Exposure is what can be lost. Open, UNKNOWN and cancel-pending orders count at full remaining size; sold shares leave
// the exposure only when MINED (rules 3.3). The gate is told about every order's birth, fills and end, and asks the
// positions through `PositionSource`. Lowered limits never cancel anything by themselves: they stop new BUYs.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

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

enum class Refusal : std::uint8_t {
  none, per_order_limit, token_limit, market_limit, event_limit, total_limit, open_orders_limit, order_rate,
  daily_loss, self_cross, kill_switch, paused, cash, other_token_active, second_buy, sell_exceeds_free
};
inline constexpr int kRefusals = 16;
[[nodiscard]] std::string_view to_text(Refusal refusal);

/// What the gate needs to know of a position, by token.
struct Exposure {
  Usdc cost;        ///< cost of the matched position plus of sold shares that are not MINED yet
  Shares size;      ///< matched
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

class Gate {
 public:
  Gate(const model::MarketTable& markets, const PositionSource& positions, Limits limits);
  void grow();
  void set_limits(const Limits& limits) { limits_ = limits; }

  /// Decides and counts; does not reserve. Exits and SELLs are never refused for exposure; SELLs are refused above the
  /// free shares, against our own BUY of the same token, or where a BUY of the sibling at 1 - p crosses them.
  [[nodiscard]] Refusal check(const Request& request, Timestamp now);
  /// The order is on its way: reserve it.
  void opened(const Request& request, Timestamp now);
  /// Its remainder fell (a fill, or the venue said so).
  void reduced(const model::OrderId& id, Shares remaining);
  /// It is terminal: free what is left.
  void closed(const model::OrderId& id);

  void kill(Timestamp now);       ///< kill switch: no order but exits until reset_kill
  void reset_kill();
  void pause(bool paused) { paused_ = paused; }
  /// Told after every change of total PnL. From a loss of `daily_loss` in one UTC day on, only exits and SELLs leave.
  void on_total_pnl(Usdc total, Timestamp now);
  [[nodiscard]] bool daily_loss_hit() const { return daily_loss_hit_; }
  [[nodiscard]] bool killed() const { return killed_; }
  [[nodiscard]] bool paused() const { return paused_; }

  [[nodiscard]] Usdc open_buys(model::TokenIndex token) const;
  [[nodiscard]] Shares open_sells(model::TokenIndex token) const;
  [[nodiscard]] Usdc open_buys_total() const { return open_buys_total_; }
  [[nodiscard]] std::uint32_t open_orders() const { return open_orders_; }
  /// Worst loss over both outcomes with every open BUY filled where that hurts.
  [[nodiscard]] Usdc market_worst_loss(model::MarketIndex market) const;
  [[nodiscard]] Usdc total_worst_loss() const;
  [[nodiscard]] const std::array<std::uint64_t, kRefusals>& refusals() const { return refusals_; }
  [[nodiscard]] const Limits& limits() const { return limits_; }

 private:
  const model::MarketTable* markets_;
  const PositionSource* positions_;
  Limits limits_;
  std::array<std::uint64_t, kRefusals> refusals_{};
  Usdc open_buys_total_;
  std::uint32_t open_orders_ = 0;
  bool killed_ = false;
  bool paused_ = false;
  bool daily_loss_hit_ = false;
  // the implementation adds: open orders by id, sums by token, the rate window, incremental worst losses by market, event
  // and in total (check() must not walk all markets), the day's first total PnL
};

}  // namespace ebb::risk
