// Writes an engine's inputs and commands into an input log, each segment beginning with a checkpoint.
//
//   TRY(log, store::InputLogWriter::open(config));
//   InputRecorder recorder(*log, engine, identity);   // from now on everything is recorded
//   ...
//   recorder.finish();
//
// On the engine's thread. What was lost (the disk was too slow or full) is named by a gap record; recording goes on with a
// new checkpoint as soon as it can, and until then recording() is false: no new order should leave.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "engine/engine.hpp"
#include "engine/input.hpp"
#include "store/input_log_writer.hpp"

namespace ebb::runner {

/// Who writes a log. A directory may hold several runs.
struct RunIdentity {
  std::string command;  ///< "demo", "run"
  std::string version;  ///< "0.1.0"
  std::string commit;
  Timestamp started;  ///< wall time: tells runs apart
};

/// The first record of each segment.
struct InputHeader {
  RunIdentity run;
  std::uint32_t segment = 0;
  std::uint32_t segment_of_run = 0;  ///< from 0
  bool after_gap = false;  ///< what lies between the segment before and this one was lost
  std::uint64_t inputs_before = 0;  ///< of this run
  std::uint64_t commands_before = 0;
  std::uint64_t config_digest = 0;  ///< of the engine's configuration
};

class InputRecorder : public engine::InputObserver {
 public:
  /// Begins the first segment and observes the engine until it goes. Both must outlive it.
  InputRecorder(store::InputLogWriter& log, engine::Engine& engine, RunIdentity run);
  ~InputRecorder() override;
  InputRecorder(const InputRecorder&) = delete;
  InputRecorder& operator=(const InputRecorder&) = delete;

  /// Whether everything since the last checkpoint is in the log.
  [[nodiscard]] bool recording() const { return log_.recording(); }
  /// Ends the log in order. Errors: those of InputLogWriter::finish.
  Expected<void> finish();
  /// Between two inputs: a gap is over as soon as the log can take a checkpoint again, also when nothing happens.
  void recover(Timestamp now);

  // engine::InputObserver
  void on_market_frame(Timestamp time, model::ConnectionIndex connection, std::string_view text) override;
  void on_event(Timestamp time, const model::EventBody& body) override;
  void on_call(Timestamp time, const engine::Call& call) override;
  void on_command(const model::Command& command, Timestamp time) override;

 private:
  bool ready(Timestamp time);
  void begin(Timestamp time);

  store::InputLogWriter& log_;
  engine::Engine& engine_;
  InputHeader header_;
  std::string scratch_;
  std::uint64_t inputs_ = 0;
  std::uint64_t commands_ = 0;
  Timestamp lost_at_;
  bool finished_ = false;
};

/// Reads the payload of a header record. Error `input_log.damaged`.
[[nodiscard]] Expected<InputHeader> read_header(std::string_view payload);

}  // namespace ebb::runner
