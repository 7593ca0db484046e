// Exit (rules 4.5): cancel every order of the condition, wait until they are terminal, then sell what is left with FAK orders
// on a bounded price ladder. Also flatten, the kill switch and the market's end.
#pragma once

#include <array>
#include <cstdint>

#include "base/archived.hpp"
#include "execution/action.hpp"
#include "execution/order.hpp"
#include "model/market_data.hpp"

namespace ebb::execution {

/// Why a position is left at any price the ladder allows. Only these may cross the spread (whitelist).
enum class ExitReason : std::uint8_t { none, operator_exit, flatten, kill_switch, market_end, copy_sell, resumed };
[[nodiscard]] std::string_view to_text(ExitReason reason);

struct ExitRules {
  Price tick{100};
  Shares min_order{5'000'000};
  Duration bound = minutes(5);  ///< then MANUAL
  int max_tries = 12;
  Duration pause = milliseconds(500);  ///< between two FAK orders
  Timestamp market_end = kNever;  ///< nothing is sent from here on
};

/// What the engine knows about the token at a step.
struct ExitHolding {
  Shares matched;
  Shares sellable;  ///< settled minus working SELLs
  Shares unsettled_buys;
  Shares unsettled_sells;  ///< SELLs of the exit that may still FAIL
  bool orders_open = false;  ///< any order of the condition that is not terminal, the exit's own FAK excluded
  bool worth_selling = true;  ///< proceeds at the bid exceed the fee
};

class Exit {
 public:
  /// Factors of the bid in thousandths; the last rung is one tick.
  static constexpr std::array<int, 4> kLadder{1000, 997, 992, 985};

  void start(Timestamp now, ExitReason reason);
  [[nodiscard]] Action step(const MarketState& market, const model::Quote& net, const ExitRules& rules,
                            const ExitHolding& holding, const Order* order);
  void on_placed(Timestamp now);
  void on_closed(Timestamp now, const Order& order, const ExitRules& rules);
  void finish(Result result) {
    active_ = false;
    result_ = result;
  }

  [[nodiscard]] bool active() const { return active_; }
  [[nodiscard]] ExitReason reason() const { return reason_; }
  [[nodiscard]] Timestamp started() const { return started_; }
  [[nodiscard]] Result result() const { return result_; }
  [[nodiscard]] int tries() const { return tries_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  [[nodiscard]] Price rung_price(Price bid, Price tick) const;

  bool active_ = false;
  ExitReason reason_ = ExitReason::none;
  Result result_ = Result::none;
  Timestamp started_;
  Timestamp not_before_;
  int rung_ = 0;
  int tries_ = 0;
};

}  // namespace ebb::execution
