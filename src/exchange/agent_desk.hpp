// What the agents share: sending orders in YES terms through one of their accounts, and the state of one market's crowd.
// Private to the agents.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "exchange/agents.hpp"

namespace ebb::exchange {

/// A maker's order that was resting when last looked at.
struct Rung {
  Price yes_price;
  model::OrderId id;
};

/// One market as the crowd sees it. Prices in dollars are doubles: they steer the agents and never touch money.
struct Pit {
  Pit(model::MarketIndex m, const Random& r) : market(m), random(r) {}

  model::MarketIndex market;
  Random random;
  Price unit;  ///< the first tick: jumps are counted in it
  double rate = 1.0;  ///< flow relative to the average busy market of the demo
  double fair = 0.5;  ///< V
  double anchor = 0.5;  ///< where V started
  double pressure = 0.0;  ///< P at `pressure_at`
  Timestamp pressure_at;
  double margin = 0.15;  ///< makers' distance from the centre, in ticks
  Timestamp end = kNever;
  bool requote_pending = false;
  std::array<std::vector<Rung>, 2> rungs;  ///< by Direction
};

/// The accounts of a crowd and their order entry.
class AgentDesk {
 public:
  enum Role : std::size_t { maker, noise, taker, informed };

  AgentDesk(Exchange& exchange, const AgentConfig& config);

  /// A post-only order in YES terms, in one of the two tokens. False if it was refused.
  bool post(Exchange& exchange, Pit& pit, Role role, Direction direction, Price yes_price, Shares size,
            model::OrderId& id);
  /// A FAK in the given direction up to a YES limit, about `size` shares. False if nothing matched.
  bool take(Exchange& exchange, Pit& pit, Role role, Direction direction, Price yes_limit, Shares size);
  void cancel(Exchange& exchange, Role role, const model::OrderId& id);
  [[nodiscard]] bool is_live(const Exchange& exchange, Role role, const model::OrderId& id) const;

  AgentStats stats;

 private:
  model::OrderId next_id();
  Random ids_;
  std::array<AccountIndex, 4> accounts_;
};

/// Heavy-tailed sizes on the lot: lognormal with this median, at least five shares.
[[nodiscard]] Shares draw_size(Random& random, double median_shares, double sigma, std::int64_t max_shares);

/// The makers' ladder of one market.
class LadderKeeper {
 public:
  explicit LadderKeeper(int levels) : levels_(levels) {}
  /// Fills the whole ladder around the centre.
  void open(Exchange& exchange, AgentDesk& desk, Pit& pit, double centre) const;
  /// A few steps towards the ladder that the centre asks for: cancels what has become too dear, takes what stands on
  /// the wrong side, renews the touch. False if there was more to do than one pass may.
  bool requote(Exchange& exchange, AgentDesk& desk, Pit& pit, double centre) const;

 private:
  struct Targets {
    std::array<Price, 2> touch;  ///< by Direction, YES terms
    Price tick;
  };
  [[nodiscard]] static Targets targets(const Exchange& exchange, const Pit& pit, double centre);
  int withdraw(Exchange& exchange, AgentDesk& desk, Pit& pit, const Targets& t, int budget) const;
  void take_mispriced(Exchange& exchange, AgentDesk& desk, Pit& pit, const Targets& t) const;
  int renew(Exchange& exchange, AgentDesk& desk, Pit& pit, const Targets& t, int first, int last, int budget) const;

  int levels_;
};

}  // namespace ebb::exchange
