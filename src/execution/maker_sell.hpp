// Maker SELL (predecessor 8 under rules 2 and 4): sells a position as a maker, never below its profit floor.
//
// Conservative: no order while the ask is below the floor. Aggressive: rests at the floor when the ask is there or below
// (floor lock), and steps down towards the floor when nothing fills. Only fills reset the idle timer; when it runs out the
// order rests at the floor and the token is parked, it is never left without an order (rules 4.4).
// The floor and its tick are frozen when the routine starts (rules 4.3).
#pragma once

#include <cstdint>
#include <optional>

#include "base/archived.hpp"
#include "execution/action.hpp"
#include "execution/backoff.hpp"
#include "execution/order.hpp"
#include "model/market_data.hpp"

namespace ebb::execution {

struct SellRules {
  Price tick{100};  ///< the market's current tick
  Shares min_order{5'000'000};
  bool aggressive = true;
  Price step{100};  ///< aggressive step-down; 0 turns stepping off
  Duration step_timeout = seconds(300);
  Duration idle_timeout = hours(4);  ///< 0 = off
  RequoteRules requote{1, milliseconds(3000)};
};

/// What the ledger says, for one step.
struct Holding {
  Shares matched;  ///< position by matches
  Shares sellable;  ///< settled minus every working SELL of the token, this routine's included
  Shares unsettled;  ///< bought, not settled yet
  bool cost_known = true;
  bool buying = false;  ///< the token's buy routine is still at work
};

class MakerSell {
 public:
  /// `floor`: lowest price without a whitelisted reason, on the tick, frozen from now on; so is `tick`, in which the rules
  /// count how far the touch must move (rules 4.3).
  void start(Timestamp now, Price floor, Price tick);
  /// After a restart: goes on with the floor of before, and with its order if one is left (`order` null = none).
  void resume(Timestamp now, Price floor, Price tick, std::uint32_t cycle, bool parked, const Order* order);
  /// The position grew by a later BUY: cost and floor changed with it.
  void raise_floor(Price floor) { floor_ = floor > floor_ ? floor : floor_; }

  [[nodiscard]] Action step(const MarketState& market, const model::Quote& net, const SellRules& rules,
                            const Holding& holding, std::optional<model::CancelReason> forbidden, const Order* order);

  void on_placed(Timestamp now, const model::PlaceOrder& order);
  void on_fill(Timestamp now);
  void on_closed(Timestamp now, const Order& order, bool true_shortage, const MarketState& market,
                 const SellRules& rules);
  /// What the venue says we hold, asked after a shortage; `known` false for an error.
  void on_holding_reading(Timestamp now, bool known, Shares size);
  void finish(Result result) {
    active_ = false;
    last_result_ = result;
  }

  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] Price floor() const { return floor_; }
  [[nodiscard]] bool parked() const { return parked_; }
  [[nodiscard]] bool floor_locked() const { return floor_locked_; }
  [[nodiscard]] Timestamp started() const { return started_; }
  [[nodiscard]] Timestamp last_fill() const { return last_fill_; }
  [[nodiscard]] Shares sold() const { return sold_; }
  [[nodiscard]] Result last_result() const { return last_result_; }
  [[nodiscard]] std::uint32_t cycle() const { return cycle_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  [[nodiscard]] Action step_working(const MarketState& market, const model::Quote& net, const SellRules& rules,
                                    const Holding& holding, std::optional<model::CancelReason> forbidden,
                                    const Order& order);
  [[nodiscard]] Action step_without_order(const MarketState& market, const model::Quote& net, const SellRules& rules,
                                          const Holding& holding, std::optional<model::CancelReason> forbidden);
  [[nodiscard]] Price target_price(const MarketState& market, const model::Quote& net, const SellRules& rules) const;
  [[nodiscard]] Price floor_on(Price tick) const { return ceil_to_tick(floor_, tick); }
  [[nodiscard]] bool idle(Timestamp now, const SellRules& rules) const;
  void on_shortage(Timestamp now);

  bool active_ = false;
  bool parked_ = false;
  bool floor_locked_ = false;
  Result last_result_ = Result::none;
  Result ending_ = Result::none;
  Price floor_{0};
  Price tick_at_start_{100};
  Price override_price_{0};  // the next placement's price after a step-down; 0 = none
  Shares sold_;
  Shares cap_ = kMaxShares;  // shrink lock: never offer more than this until a fill
  Timestamp started_;
  Timestamp last_fill_;  // or the start
  Timestamp step_since_;  // placement or newest fill
  Timestamp placed_at_;
  Timestamp not_before_;
  Timestamp read_at_;  // the position is asked for, or was, at this time
  std::uint64_t rejected_version_ = 0;
  std::uint32_t cycle_ = 0;
  std::uint8_t post_only_rejects_ = 0;
  std::uint8_t shortages_ = 0;
  std::uint8_t unknown_readings_ = 0;
  bool want_balance_ = false;
  bool want_position_ = false;
  bool want_book_ = false;
  bool waits_for_reading_ = false;
  Backoff settlement_backoff_{milliseconds(500), seconds(30)};
  Backoff reading_backoff_{seconds(10), seconds(60)};
};

}  // namespace ebb::execution
