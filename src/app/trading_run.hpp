// A trader on a real clock from start to summary: what `run` and `demo --wire` share.
#pragma once

#include <optional>
#include <string>

#include "app/commands.hpp"
#include "base/expected.hpp"
#include "gateway/trader.hpp"
#include "runner/summary.hpp"

namespace ebb::app {

struct TradingRun {
  std::string command;                 ///< "run", "demo"
  std::string title;                   ///< "ebb run, paper"
  std::string venue;                   ///< "paper", "live", "embedded"
  std::string note;                    ///< what is assumed, in one sentence
  std::optional<Duration> duration;    ///< none: until stopped
  bool live_view = false;              ///< draw the terminal view where there is a terminal
};

/// Trades until the duration is over, a signal, or the operator's wish; stops in order; returns the result. `config.observer`
/// and `listener` are set here. Progress goes to stderr. Errors: those of Trader::start.
[[nodiscard]] Expected<runner::RunSummary> trade(gateway::TraderConfig config, const TradingRun& run);

}  // namespace ebb::app
