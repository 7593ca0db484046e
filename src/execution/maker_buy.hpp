// Maker BUY (predecessor 7 under rules 2 and 3): one goal, at most one live order, post-only at the touch.
//
// A pure state machine: step() looks at the market and at its order and says what to do next; the on_* calls tell it what
// became of that. It ends with a Result; every way out cancels its order first.
#pragma once

#include <cstdint>
#include <optional>

#include "base/archived.hpp"
#include "execution/action.hpp"
#include "execution/backoff.hpp"
#include "execution/order.hpp"
#include "model/market_data.hpp"

namespace ebb::execution {

struct BuyRules {
  Price tick{100};
  Shares min_order{5'000'000};
  Price cap{9500};  ///< no BUY when the bid is at or above it; never a price above it
  std::int32_t max_chase_ticks = 1;  ///< above the reference bid; -1 = up to the cap
  Duration ttl = minutes(10);  ///< 0 = none
  Duration signal_grace = seconds(5);
  bool pull = true;
  bool limit_spread = true;
  std::int32_t max_spread_ticks = 3;
  std::int64_t max_spread_ratio = 50'000;  ///< millionths of the mid
  RequoteRules requote;
  Duration no_bid_timeout = seconds(600);
  Duration untrusted_grace = seconds(2);  ///< rules 1.4
};

class MakerBuy {
 public:
  /// Whether the routine lives only as long as the dip that started it.
  enum class Follow : std::uint8_t { signal, request };

  /// `goal` on the lot, at least the minimum size (the caller raised or refused it, rules 2.3). `reference`: the bid at the
  /// signal.
  void start(Timestamp now, Shares goal, Price reference, Follow follow);
  /// After a restart: later routines count on from here, so that no order of an earlier one is taken for theirs.
  void continue_from(std::uint32_t cycle) { cycle_ = cycle > cycle_ ? cycle : cycle_; }

  /// `order`: the routine's newest order, terminal or not; nullptr before the first. `forbidden`: why no BUY may live any more
  /// (sell-only, stop, exit, ...).
  [[nodiscard]] Action step(const MarketState& market, const model::Quote& net, const BuyRules& rules,
                            bool signal_holds, std::optional<model::CancelReason> forbidden, const Order* order);

  void on_placed(Timestamp now, const model::Quote& net);
  /// The order is terminal; `true_shortage`: a balance refusal that cannot be settlement lag (rules 4.1).
  void on_closed(Timestamp now, const Order& order, bool true_shortage, const MarketState& market,
                 const BuyRules& rules);
  /// The risk gate refused the placement: the routine ends, the refusal is counted by the gate.
  void finish(Result result) {
    active_ = false;
    last_result_ = result;
  }

  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] Shares goal() const { return goal_; }
  [[nodiscard]] Shares bought() const { return bought_; }
  [[nodiscard]] Price reference() const { return reference_; }
  [[nodiscard]] Timestamp started() const { return started_; }
  [[nodiscard]] Result last_result() const { return last_result_; }
  [[nodiscard]] std::uint32_t cycle() const { return cycle_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  [[nodiscard]] Action step_working(const MarketState& market, const model::Quote& net, const BuyRules& rules,
                                    std::optional<model::CancelReason> forbidden, const Order& order);
  [[nodiscard]] Action step_without_order(const MarketState& market, const model::Quote& net, const BuyRules& rules,
                                          std::optional<model::CancelReason> forbidden);
  [[nodiscard]] std::optional<model::CancelReason> reason_to_leave(const MarketState& market, const model::Quote& net,
                                                                   const BuyRules& rules, const Order& order) const;
  [[nodiscard]] bool signal_gone(Timestamp now, const BuyRules& rules) const;
  [[nodiscard]] bool expired(Timestamp now, const BuyRules& rules) const;
  [[nodiscard]] Price price_limit(const BuyRules& rules) const;
  void shrink(Timestamp now, const BuyRules& rules);

  bool active_ = false;
  Follow follow_ = Follow::signal;
  Result ending_ = Result::none;  // the order is being canceled for good; how the routine will end
  Result last_result_ = Result::none;
  Shares goal_;
  Shares bought_;  // fills of closed orders
  Price reference_{0};
  Price ask_at_placement_{0};
  Timestamp started_;
  Timestamp signal_lost_;  // unset while the signal holds
  Timestamp no_bid_since_;
  Timestamp placed_at_;
  Timestamp not_before_;
  std::uint64_t rejected_version_ = 0;
  std::uint32_t cycle_ = 0;
  std::uint8_t post_only_rejects_ = 0;
  std::uint8_t halvings_ = 0;
  bool want_balance_ = false;
  bool want_book_ = false;
  Backoff settlement_backoff_{milliseconds(500), seconds(30)};
};

}  // namespace ebb::execution
