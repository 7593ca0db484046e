// Backtest: the same engine over recorded market data, against the paper venue (rules 8), as fast as it goes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "engine/config.hpp"
#include "exchange/paper_types.hpp"
#include "runner/summary.hpp"

namespace ebb::runner {

struct BacktestConfig {
  std::vector<std::string> captures;
  std::optional<Timestamp> from;
  std::optional<Timestamp> to;
  std::vector<std::string> tokens;         ///< trade only these; empty = all
  exchange::PaperConfig paper;
  bool check = true;                       ///< let the outside checker watch; false leaves its verdict empty
  engine::EngineConfig engine;             ///< own_orders_in_book is switched off
  std::function<const strategy::Params*(const std::string& token_id)> own_params;  ///< may be empty
};

struct BacktestProgress {
  std::uint64_t bytes_done = 0;            ///< of the files as stored
  std::uint64_t bytes_total = 0;
  std::uint64_t frames = 0;
  Timestamp at;                            ///< recorded time
};

/// Runs to the end of the captures, or until `stop` is set (then the summary says interrupted). A damaged capture gives
/// the partial result with its error in `errors`. Errors (nothing was run): those of store::Capture::open.
[[nodiscard]] Expected<RunSummary> backtest(const BacktestConfig& config,
                                            const std::function<void(const BacktestProgress&)>& progress,
                                            const std::atomic<bool>& stop);

}  // namespace ebb::runner
