// The crowd of the simulation: moves prices for next to nothing. Most of its steps come and go behind the touch; now and then
// the fair price jumps and comes back, and somebody takes what rests. It does not know who the trader is.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "exchange/exchange.hpp"

namespace ebb::simulation {

struct MoverConfig {
  std::uint64_t seed = 1;
  Timestamp start;
  double steps_per_second = 50.0;  ///< over all markets; most steps are one price_change, two events
  double take_share = 0.01;  ///< of the steps
  Duration between_jumps = seconds(12);  ///< in one market, on average
  std::int32_t unit_ticks = 1;  ///< distance of two rungs; the spread is twice as wide
};

class Mover final : public exchange::Participant {
 public:
  /// Every market must exist already. Fills their books at once.
  Mover(exchange::Exchange& exchange, const MoverConfig& config);

  [[nodiscard]] Timestamp next_time() const override { return next_; }
  void act(exchange::Exchange& exchange, Timestamp now) override;

 private:
  static constexpr int kDepth = 5;
  /// An order of ours, `away` units behind the fair price.
  struct Rung {
    model::OrderId id;
    Price price;
    bool placed = false;
  };
  struct Pit {
    model::MarketIndex market;
    Price unit;  ///< distance of two rungs
    std::int32_t fair = 50;  ///< of YES, in units
    std::int32_t away = 0;  ///< how far the last jump took it from where it returns to
    bool returns = true;
    Timestamp next_move;
    std::array<std::array<Rung, kDepth>, 2> rungs;  ///< by Direction; [i] stands i + 1 units from the fair price
  };

  void step(exchange::Exchange& exchange, Timestamp now);
  void toggle(exchange::Exchange& exchange, Pit& pit);
  void move(exchange::Exchange& exchange, Pit& pit, Timestamp now);
  void follow(exchange::Exchange& exchange, Pit& pit);
  void take(exchange::Exchange& exchange, Pit& pit);
  void place(exchange::Exchange& exchange, Pit& pit, exchange::Direction side, int level);
  void cancel(exchange::Exchange& exchange, Rung& rung);
  [[nodiscard]] Price target(const Pit& pit, exchange::Direction side, int level) const;
  bool send(exchange::Exchange& exchange, const Pit& pit, exchange::AccountIndex account, exchange::Direction side,
            model::OrderType type, Price yes_price, Shares size, model::OrderId& id);

  MoverConfig config_;
  Random random_;
  Timestamp next_;
  exchange::AccountIndex maker_, taker_;
  std::vector<Pit> pits_;
  std::uint64_t serial_ = 1;
};

}  // namespace ebb::simulation
