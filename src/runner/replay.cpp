#include "runner/replay.hpp"

#include <deque>
#include <utility>

#include "engine/checkpoint.hpp"
#include "engine/input_record.hpp"
#include "runner/command_log.hpp"
#include "store/input_log.hpp"
#include "store/input_log_reader.hpp"

namespace ebb::runner {
namespace {

using store::InputRecord;
using store::RecordKind;

constexpr std::size_t kSurroundings = 20;
constexpr std::uint64_t kProgressEvery = 4096;  // inputs

/// What the engine commands while it is fed, until the log says what it should have been.
class Commands : public engine::CommandSink {
 public:
  struct Given {
    std::string bytes;
    model::Command command;
    Timestamp at;
  };
  void on_command(const model::Command& command, Timestamp now) override {
    Given given{{}, command, now};
    engine::write_command(given.bytes, command);
    waiting.push_back(std::move(given));
  }
  std::deque<Given> waiting;
};

/// The last inputs and commands, as bytes: they become text only when something goes wrong.
class Surroundings {
 public:
  void add(const InputRecord& record) {
    if (kept_.size() == kSurroundings) kept_.pop_front();
    kept_.push_back({record.kind, record.time, std::string(record.payload)});
  }
  [[nodiscard]] std::vector<std::string> lines(const engine::Engine& engine) const {
    std::vector<std::string> lines;
    for (const Kept& kept : kept_) lines.push_back(std::to_string(kept.time.ns()) + "  " + text(kept, engine));
    return lines;
  }

 private:
  struct Kept {
    RecordKind kind;
    Timestamp time;
    std::string payload;
  };
  static std::string text(const Kept& kept, const engine::Engine& engine) {
    if (kept.kind == RecordKind::event) {
      engine::ReadEvent event;
      if (engine::read_event(kept.payload, engine, event)) return engine::input_text(event.body);
    } else if (kept.kind == RecordKind::call) {
      if (const auto call = engine::read_call(kept.payload, engine)) return engine::input_text(*call);
    } else if (const auto command = engine::read_command(kept.payload)) {
      return "  -> " + engine::command_text(*command, kept.time);
    }
    return "(cannot be read)";
  }
  std::deque<Kept> kept_;
};

struct Segment {
  store::SegmentFile file;
  InputHeader header;
};

class Replayer {
 public:
  explicit Replayer(const ReplayOptions& options) : options_(options), commands_(std::make_shared<Commands>()) {}

  Expected<ReplayResult> run() {
    TRY(segments, choose());
    for (const Segment& segment : segments) bytes_total_ += segment.file.bytes;
    for (const Segment& segment : segments) {
      TRY_VOID(replay_segment(segment));
      bytes_before_ += segment.file.bytes;
      if (result_.reached_until || result_.interrupted) break;
    }
    if (result_.engine == nullptr) {
      if (!result_.errors.empty()) return std::unexpected(result_.errors.front());
      return fail("input_log.empty", "no segment holds anything to start from");
    }
    result_.commands_sha256 = digest_.hex();
    result_.sink = commands_;
    return std::move(result_);
  }

 private:
  // --- which segments

  Expected<std::vector<Segment>> choose() {
    TRY(files, list());
    std::vector<Segment> segments;
    std::optional<Error> first_error;
    for (store::SegmentFile& file : files) {
      auto header = header_of(file);
      if (header) {
        segments.push_back({std::move(file), std::move(*header)});
      } else if (header.error().code == "input_log.truncated") {
        result_.errors.push_back(header.error());  // the process died while the segment began
      } else if (!first_error) {
        first_error = header.error();
      }
    }
    if (segments.empty()) {
      if (first_error) return std::unexpected(*first_error);
      if (!result_.errors.empty()) return std::unexpected(result_.errors.front());
      return fail("input_log.empty", "no segment holds anything to start from");
    }
    if (first_error) result_.errors.push_back(*first_error);
    return of_the_run(std::move(segments));
  }

  Expected<std::vector<store::SegmentFile>> list() const {
    auto nested = store::list_segments(options_.directory / "input");
    return nested ? std::move(nested) : store::list_segments(options_.directory);
  }

  static Expected<InputHeader> header_of(const store::SegmentFile& file) {
    TRY(reader, store::SegmentReader::open(file.path));
    TRY(record, reader.next());
    if (!record || record->kind != RecordKind::header)
      return fail("input_log.damaged", file.path.string() + " does not begin with a header");
    return read_header(record->payload);
  }

  Expected<std::vector<Segment>> of_the_run(std::vector<Segment> segments) const {
    Timestamp run = segments.back().header.run.started;
    if (options_.segment) {
      std::erase_if(segments, [&](const Segment& s) { return s.file.number < *options_.segment; });
      if (segments.empty() || segments.front().file.number != *options_.segment) {
        return fail("input_log.segment", "there is no segment " + store::segment_name(*options_.segment),
                    "the oldest ones are removed; see what there is with ls");
      }
      run = segments.front().header.run.started;
    }
    if (!options_.all_runs) std::erase_if(segments, [&](const Segment& s) { return s.header.run.started != run; });
    return segments;
  }

  // --- one segment

  Expected<void> replay_segment(const Segment& segment) {
    TRY(reader, store::SegmentReader::open(segment.file.path));
    current_ = {.header = segment.header, .bytes = segment.file.bytes};
    if (segment.header.run.started != run_) {
      run_ = segment.header.run.started;
      digest_ = {};
      went_on_ = false;
    }
    surroundings_ = {};
    ended_ = false;
    differs_ = false;
    (void)reader.next();  // the header
    TRY_VOID(start(reader));
    while (!ended_ && !differs_ && result_.engine != nullptr) {
      auto record = reader.next();
      if (!record) {
        end_early(std::move(record).error());
      } else if (!*record) {
        ended_ = true;
      } else if (auto taken = take(**record); !taken) {
        end_early(std::move(taken).error());
      }
      if (++steps_ % kProgressEvery == 0 && !report(reader.position())) break;
    }
    if (!differs_) check_nothing_waits(result_.engine ? result_.engine->now() : Timestamp());
    went_on_ = current_.outcome == SegmentOutcome::continued;
    result_.segments.push_back(std::move(current_));
    return {};
  }

  // The engine of the segment's checkpoint, compared with the one that is there if it should be the same.
  Expected<void> start(store::SegmentReader& reader) {
    auto record = reader.next();
    if (!record || !*record || (*record)->kind != RecordKind::checkpoint) {
      result_.engine.reset();
      end_early(record ? Error{"input_log.damaged", "a segment without a checkpoint", ""} : record.error());
      return {};
    }
    const std::string_view bytes = (*record)->payload;
    current_.checkpoint_bytes = bytes.size();
    current_.first = current_.last = (*record)->time;
    const bool comparable = went_on_ && !current_.header.after_gap && result_.engine != nullptr;
    if (comparable) compare_state(bytes);
    auto engine = engine::load_checkpoint(bytes, *commands_);
    if (!engine) {
      if (result_.segments.empty() && !options_.all_runs) return std::unexpected(with_build(engine.error()));
      result_.engine.reset();
      end_early(with_build(engine.error()));
      return {};
    }
    commands_->waiting.clear();
    result_.engine = std::move(*engine);
    return {};
  }

  [[nodiscard]] Error with_build(Error error) const {
    const RunIdentity& run = current_.header.run;
    error.hint = "the log was written by ebb " + run.version + ", commit " + run.commit + ": replay it with that build";
    return error;
  }

  void compare_state(std::string_view expected) {
    std::string state;
    engine::save_checkpoint(*result_.engine, state);
    ++result_.states;
    current_.state_agrees = state == expected;
    if (*current_.state_agrees) return;
    ++result_.differences;
    note(current_.first, "another state", std::to_string(expected.size()) + " bytes",
         std::to_string(state.size()) + " bytes");
  }

  void end_early(Error error) {
    current_.outcome = error.code == "input_log.truncated" ? SegmentOutcome::truncated : SegmentOutcome::damaged;
    result_.errors.push_back(std::move(error));
    ended_ = true;
  }

  bool report(std::uint64_t position) {
    if (!options_.progress) return true;
    result_.interrupted = !options_.progress({bytes_before_ + position, bytes_total_, result_.inputs});
    if (result_.interrupted) current_.outcome = SegmentOutcome::stopped;
    return !result_.interrupted;
  }

  // --- one record

  Expected<void> take(const InputRecord& record) {
    engine::Engine& engine = *result_.engine;
    if (record.kind == RecordKind::command) return take_command(record);
    if (!check_nothing_waits(record.time)) return {};
    if (options_.until && record.time > *options_.until) {
      stop_at(*options_.until);
      return {};
    }
    switch (record.kind) {
      case RecordKind::event: {
        TRY_VOID(engine::read_event(record.payload, engine, event_));
        count(event_.body);
        surroundings_.add(record);
        engine.on_event({record.time, event_.body});
        break;
      }
      case RecordKind::call: {
        TRY(call, engine::read_call(record.payload, engine));
        std::holds_alternative<engine::Advance>(call) ? ++result_.timers : ++result_.other_inputs;
        surroundings_.add(record);
        engine::apply(engine, record.time, call);
        break;
      }
      case RecordKind::gap: end(SegmentOutcome::gap, record); return {};
      case RecordKind::end:
        // The engine's time may be later than its last input: timers that found nothing to do are no input.
        engine.advance(record.time);
        end(record.payload == std::string_view("\0", 1) ? SegmentOutcome::continued : SegmentOutcome::finished, record);
        return {};
      default: return fail("input_log.damaged", "a record where none belongs");
    }
    ++result_.inputs;
    ++current_.inputs;
    current_.last = record.time;
    return {};
  }

  void end(SegmentOutcome outcome, const InputRecord& record) {
    current_.outcome = outcome;
    current_.last = record.time;
    ended_ = true;
  }

  void stop_at(Timestamp until) {
    result_.engine->advance(until);
    commands_->waiting.clear();  // the log tells of them behind the input that we do not take
    result_.reached_until = true;
    current_.outcome = SegmentOutcome::stopped;
    ended_ = true;
  }

  Expected<void> take_command(const InputRecord& record) {
    ++result_.commands;
    ++current_.commands;
    std::deque<Commands::Given>& waiting = commands_->waiting;
    const bool same = !waiting.empty() && waiting.front().bytes == record.payload && waiting.front().at == record.time;
    if (!same) {
      TRY(expected, engine::read_command(record.payload));
      differ(record.time, waiting.empty() ? "no command" : "another command",
             engine::command_text(expected, record.time),
             waiting.empty() ? "" : engine::command_text(waiting.front().command, waiting.front().at));
      return {};
    }
    if (!result_.engine->stopping()) digest_.add(waiting.front().command, record.time);
    surroundings_.add(record);
    waiting.pop_front();
    return {};
  }

  // Before the next input: what the engine commanded beyond what the log knows.
  bool check_nothing_waits(Timestamp at) {
    if (commands_->waiting.empty()) return true;
    // A log that breaks off has lost its last commands, not the engine.
    if (current_.outcome == SegmentOutcome::truncated || current_.outcome == SegmentOutcome::damaged) return true;
    const Commands::Given& given = commands_->waiting.front();
    differ(at, "a command too many", "", engine::command_text(given.command, given.at));
    return false;
  }

  void differ(Timestamp at, std::string what, std::string expected, std::string actual) {
    differs_ = true;
    current_.outcome = SegmentOutcome::differs;
    ++result_.differences;
    note(at, std::move(what), std::move(expected), std::move(actual));
    commands_->waiting.clear();
  }

  void note(Timestamp at, std::string what, std::string expected, std::string actual) {
    if (result_.first_difference) return;
    result_.first_difference = ReplayDifference{.segment = current_.header.segment,
                                                .input = current_.header.inputs_before + current_.inputs,
                                                .at = at,
                                                .what = std::move(what),
                                                .expected = std::move(expected),
                                                .actual = std::move(actual),
                                                .before = surroundings_.lines(*result_.engine)};
  }

  void count(const model::EventBody& body) {
    if (std::holds_alternative<model::MarketFrame>(body)) {
      ++result_.market_frames;
    } else if (std::holds_alternative<model::UserFrame>(body)) {
      ++result_.user_frames;
    } else if (std::holds_alternative<model::OperatorRequest>(body) ||
               std::holds_alternative<model::BuyRequest>(body)) {
      ++result_.operator_requests;
    } else if (is_answer(body)) {
      ++result_.answers;
    } else {
      ++result_.other_inputs;
    }
  }

  static bool is_answer(const model::EventBody& body) {
    return std::holds_alternative<model::PlaceAnswer>(body) || std::holds_alternative<model::CancelAnswer>(body) ||
           std::holds_alternative<model::OrderStatusAnswer>(body) || std::holds_alternative<model::BookAnswer>(body) ||
           std::holds_alternative<model::TradesAnswer>(body) || std::holds_alternative<model::PositionReading>(body) ||
           std::holds_alternative<model::BalanceReading>(body) || std::holds_alternative<model::PayoutReading>(body);
  }

  const ReplayOptions& options_;
  std::shared_ptr<Commands> commands_;
  ReplayResult result_;
  SegmentReplay current_;
  CommandDigest digest_;
  Surroundings surroundings_;
  engine::ReadEvent event_;
  Timestamp run_;
  bool went_on_ = false;
  bool ended_ = false;
  bool differs_ = false;
  std::uint64_t steps_ = 0;
  std::uint64_t bytes_before_ = 0;
  std::uint64_t bytes_total_ = 0;
};

}  // namespace

std::string_view to_text(SegmentOutcome outcome) {
  static constexpr std::string_view kNames[] = {"continued", "finished", "gap",    "truncated",
                                                "damaged",   "stopped",  "differs"};
  return kNames[static_cast<int>(outcome)];
}

Expected<ReplayResult> replay(const ReplayOptions& options) { return Replayer(options).run(); }

}  // namespace ebb::runner
