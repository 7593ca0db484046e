// One seed: the venue, the network, a trader (and the next one after a crash), the outside checker, and one clock.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checker/words.hpp"
#include "simulation/scenario.hpp"
#include "simulation/script.hpp"
#include "simulation/sim_trader.hpp"

namespace ebb::simulation {

struct SeedResult {
  std::uint64_t seed = 0;
  Duration simulated;
  TraderCounts counts;
  std::uint64_t restarts = 0;
  std::map<std::string, std::uint64_t> faults;  ///< that took place, by name
  std::uint64_t checks = 0;
  std::vector<checker::Violation> violations;
  std::uint64_t violation_count = 0;
  /// Of all commands, of every frame and truth record of the exchange: the same seed gives the same.
  std::string digest;
};

/// Runs a scenario with its faults to the end.
/// `explain`: at each new violation the trader's own words go to stderr; `trace`: and all that its journal is told.
enum class Telling : std::uint8_t { verdict, explain, trace };
[[nodiscard]] SeedResult run_world(const Scenario& scenario, const Script& script, Telling telling = Telling::verdict);
/// Start of every simulation.
inline constexpr Timestamp kBeginning = from_ms(1'790'000'000'000);

}  // namespace ebb::simulation
