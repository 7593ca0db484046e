// A trader on a real clock from start to summary: what `run` and `demo --wire` share.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "app/commands.hpp"
#include "app/config.hpp"
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
  std::optional<std::uint64_t> seed;   ///< of an exchange of our own
  double settlement_scale = 1.0;       ///< of that exchange
  std::optional<std::filesystem::path> directory;  ///< of the run's files; the input log stands in it
  InputLogSettings input_log;
};

/// Looks at the finished run, before it is summed up.
using AfterTrading = std::function<void(const engine::Engine&, runner::RunSummary&)>;

/// Trades until the duration is over, a signal, or the operator's wish; stops in order; returns the result. `config.observer`
/// and `listener` are set here. Progress goes to stderr. Errors: those of Trader::start.
[[nodiscard]] Expected<runner::RunSummary> trade(gateway::TraderConfig config, const TradingRun& run,
                                                 const AfterTrading& after = {});

}  // namespace ebb::app
