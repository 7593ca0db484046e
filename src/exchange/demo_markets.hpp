// The markets of the demo: invented questions with ids of real length, drawn from a seed.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "model/market.hpp"

namespace ebb::exchange {

struct DemoMarketsConfig {
  std::uint64_t seed = 1;
  int markets = 20;
  Timestamp start;                            ///< start of every market's life
  /// Life of the markets that end during the demo; they are the first of the busy ones (market 0, 1, ...). The others
  /// end a week after the start.
  std::vector<Duration> short_lives = {seconds(150), seconds(165)};
};

/// `markets` specs. About one in four has tick 0.001, the others 0.01; fees by category (protocol 6.8).
[[nodiscard]] std::vector<model::MarketSpec> demo_markets(const DemoMarketsConfig& config);

}  // namespace ebb::exchange
