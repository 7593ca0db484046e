// The demo: embedded exchange with market agents, and the trader on a paper account, on one simulated clock.
//
//   DemoRun run({.seed = 1});
//   run.advance_to(run.start() + seconds(60));
//   RunSummary summary = run.finish();      // orderly stop, quiescence, outside checker
//
// The same configuration gives the same commands, whatever the pace at which it is advanced.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "engine/engine.hpp"
#include "runner/input_recorder.hpp"
#include "runner/summary.hpp"
#include "store/input_log_writer.hpp"

namespace ebb::runner {

struct DemoConfig {
  std::uint64_t seed = 1;
  std::uint32_t markets = 20;              ///< two tokens each
  bool martingale = false;                 ///< the control: no mean reversion (rules 9)
  std::uint64_t emit_order = 0;            ///< seed that permutes the order of messages; 0 = the default order
  bool operator_exit = true;               ///< the script lets the operator leave one token in the middle of the run
  Duration pre_roll = seconds(120);
  const std::atomic<bool>* stop = nullptr;  ///< ends the pre-roll early: then market time begins at once; may be null
  /// Sees every market frame as it reaches the trader (recording); may be empty.
  std::function<void(Timestamp, std::string_view)> on_market_frame;
  engine::EngineConfig engine;  ///< seed, tier and starting cash are set by the run
  std::function<const strategy::Params*(const std::string& token_id)> own_params;  ///< may be empty, may return nullptr
  store::InputLogWriter* input_log = nullptr;  ///< everything the trader consumes goes here; may be null
  RunIdentity identity;  ///< of the input log
};

class DemoRun {
 public:
  explicit DemoRun(DemoConfig config);
  ~DemoRun();
  DemoRun(const DemoRun&) = delete;
  DemoRun& operator=(const DemoRun&) = delete;

  /// The first instant of market time after the pre-roll.
  [[nodiscard]] Timestamp start() const;
  [[nodiscard]] Timestamp now() const;
  /// Simulates until `until`.
  void advance_to(Timestamp until);
  /// What the operator asks for, now.
  void operate(const model::OperatorRequest& request);
  /// Digest of the commands now (before an orderly stop).
  [[nodiscard]] std::string commands_sha256() const;
  /// Orderly stop, up to two simulated minutes for everything to become terminal and settle, then the checker's verdict.
  [[nodiscard]] RunSummary finish();

  [[nodiscard]] const engine::Engine& engine() const;
  [[nodiscard]] engine::Engine& engine();
  [[nodiscard]] LatencySummary latency() const;
  [[nodiscard]] std::uint64_t market_events() const;
  [[nodiscard]] std::uint64_t violations() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::runner
