// The seeded crowd of the demo: market makers, noise, impatient sweepers and informed traders, each through ordinary
// accounts and ordinary orders. They see the book and nothing of who stands in it.
//
// A market has a fair value V and a pressure P; makers quote around V + P. News moves V for good. An impatient sweep moves
// P, which decays with a half-life: this is the dip that recovers, and it is ASSUMED, not measured (docs/demo-calibration.md,
// rules 9). With `martingale` there is no pressure and no noise taker: V is a martingale, makers quote around it with a
// delay, and takers only hit prices that V has passed, so nobody who rests an order has an edge.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "exchange/demo_markets.hpp"
#include "exchange/exchange.hpp"

namespace ebb::exchange {

enum class AgentModel : std::uint8_t { reverting, martingale };
/// "reverting" or "martingale" (`--agents NAME`).
[[nodiscard]] std::optional<AgentModel> parse_agent_model(std::string_view name);
[[nodiscard]] std::string_view to_text(AgentModel model);

struct AgentConfig {
  std::uint64_t seed = 1;
  AgentModel model = AgentModel::reverting;
  Timestamp start;
  double events_per_market_second = 5.0;  ///< market-channel events a second and market, on average over all markets
  double busy_markets = 0.3;  ///< this share of the markets ...
  double busy_flow = 0.7;  ///< ... takes this share of the flow (rules 9)
  Duration half_life = seconds(5);  ///< of the pressure
  double permanent_share = 0.25;  ///< of the jumps: they never return
  int levels = 25;  ///< of the makers' ladders, each side
};

/// What the crowd did.
struct AgentStats {
  std::uint64_t jumps = 0;
  std::uint64_t permanent_jumps = 0;
  std::uint64_t takers = 0;
  std::uint64_t orders = 0;
  std::uint64_t cancels = 0;
  std::uint64_t refused = 0;
};

/// One crowd over all markets that the exchange has when it starts.
class Agents final : public Participant {
 public:
  /// Opens the accounts (cash and pairs in every market) and schedules the resolution of every market with an exact end:
  /// the outcome is drawn with probability V when the end comes.
  Agents(Exchange& exchange, const AgentConfig& config);
  ~Agents() override;

  [[nodiscard]] Timestamp next_time() const override;
  void act(Exchange& exchange, Timestamp now) override;
  [[nodiscard]] const AgentStats& stats() const;
  /// Makers' centre V + P and fair value V of a market, in dollars (for tests and calibration).
  [[nodiscard]] double centre(model::MarketIndex market, Timestamp now) const;
  [[nodiscard]] double fair(model::MarketIndex market) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Adds the demo's markets and its crowd to a fresh exchange. The crowd belongs to the exchange.
Agents& populate(Exchange& exchange, const DemoMarketsConfig& markets, const AgentConfig& agents);

}  // namespace ebb::exchange
