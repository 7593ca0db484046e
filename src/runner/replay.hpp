// Feeds recorded inputs through the engine again, and compares every command with what was done.
//
// Each segment of an input log is replayed from its own checkpoint. Where the segment before it went on into it, its
// checkpoint is compared, byte for byte, with the state that the replay arrived at.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "engine/engine.hpp"
#include "runner/input_recorder.hpp"

namespace ebb::runner {

struct ReplayProgress {
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_total = 0;
  std::uint64_t inputs = 0;
};

struct ReplayOptions {
  std::filesystem::path directory;  ///< a data directory, or its input/
  std::optional<std::uint32_t> segment;  ///< start here, and go on to the end of its run
  bool all_runs = false;  ///< every run of the directory, not only the last one
  std::optional<Timestamp> until;  ///< stop there, with the engine as it was
  std::function<bool(const ReplayProgress&)> progress;  ///< false interrupts; may be empty
};

/// Where the replay first went another way.
struct ReplayDifference {
  std::uint32_t segment = 0;
  std::uint64_t input = 0;  ///< of its run, from 1
  Timestamp at;
  std::string what;  ///< "another command", "no command", "a command too many", "another state"
  std::string expected;  ///< as it stands in the log; empty for none
  std::string actual;
  std::vector<std::string> before;  ///< the inputs and commands before it, oldest first
};

enum class SegmentOutcome : std::uint8_t { continued, finished, gap, truncated, damaged, stopped, differs };
[[nodiscard]] std::string_view to_text(SegmentOutcome outcome);

struct SegmentReplay {
  InputHeader header;
  std::uint64_t bytes = 0;
  std::uint64_t checkpoint_bytes = 0;
  std::uint64_t inputs = 0;
  std::uint64_t commands = 0;
  Timestamp first;
  Timestamp last;
  SegmentOutcome outcome = SegmentOutcome::finished;
  std::optional<bool> state_agrees;  ///< with the end of the segment before; none: there was nothing to compare
};

struct ReplayResult {
  std::vector<SegmentReplay> segments;
  std::uint64_t inputs = 0;
  std::uint64_t market_frames = 0;
  std::uint64_t user_frames = 0;
  std::uint64_t answers = 0;  ///< to orders, cancels, questions; books, trades, readings
  std::uint64_t operator_requests = 0;
  std::uint64_t timers = 0;
  std::uint64_t other_inputs = 0;
  std::uint64_t commands = 0;  ///< compared
  std::uint64_t states = 0;  ///< compared
  std::uint64_t differences = 0;  ///< segments that went another way, and states
  std::optional<ReplayDifference> first_difference;
  std::string commands_sha256;  ///< of the last run replayed, before its orderly stop: that of its summary
  bool interrupted = false;
  std::vector<Error> errors;  ///< what ended a segment early; the rest counts
  std::shared_ptr<engine::CommandSink> sink;  ///< of the engine: its commands go nowhere
  /// The engine at the end, or at `until`.
  std::unique_ptr<engine::Engine> engine;
  bool reached_until = false;

  [[nodiscard]] bool identical() const { return differences == 0; }
};

/// Errors: `input_log.not_one`, `input_log.unreadable`, `input_log.format`, `input_log.segment` (there is no such one),
/// `input_log.empty` (no segment has a whole checkpoint), `checkpoint.*` of the first one.
[[nodiscard]] Expected<ReplayResult> replay(const ReplayOptions& options);

}  // namespace ebb::runner
