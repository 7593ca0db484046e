// The demo writes its input log; the replay of it finds every command again, from each segment on.
#include "runner/replay.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "runner/demo.hpp"
#include "store/input_log_reader.hpp"

namespace ebb::runner {
namespace {

/// A directory that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-replay-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Recorded {
  std::string commands_sha256;
  std::uint64_t commands = 0;
};

store::InputLogConfig log_config(const std::filesystem::path& folder, std::uint64_t segment_bytes) {
  store::InputLogConfig config;
  config.directory = folder;
  config.segment_bytes = segment_bytes;
  config.when_full = store::WhenFull::wait;
  return config;
}

Recorded record_demo(const std::filesystem::path& folder, Duration length, std::uint64_t segment_bytes,
                     std::uint64_t seed = 3) {
  auto log = store::InputLogWriter::open(log_config(folder, segment_bytes));
  EXPECT_TRUE(log.has_value());
  DemoConfig config;
  config.seed = seed;
  config.markets = 6;
  config.engine.forced_tier = "demo";
  config.input_log = log->get();
  config.identity = {"demo", "0", "test", from_ms(1'767'225'600'000 + static_cast<std::int64_t>(seed))};
  DemoRun run(std::move(config));
  run.advance_to(run.start() + length);
  const RunSummary summary = run.finish();
  EXPECT_TRUE(summary.errors.empty());
  EXPECT_GT(summary.fills, 0U);
  return {summary.commands_sha256, summary.commands};
}

ReplayResult replayed(const ReplayOptions& options) {
  auto result = replay(options);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
  return result ? std::move(*result) : ReplayResult{};
}

std::string explained(const ReplayResult& result) {
  if (!result.first_difference) return {};
  const ReplayDifference& d = *result.first_difference;
  std::string text = d.what + "\nexpected " + d.expected + "\nactual   " + d.actual + "\n";
  for (const std::string& line : d.before) text += line + "\n";
  return text;
}

TEST(Replay, FindsEveryCommandOfADemoFromEverySegmentOn) {
  const Folder folder;
  const Recorded recorded = record_demo(folder.path(), seconds(120), 60'000);
  const ReplayResult whole = replayed({.directory = folder.path()});
  EXPECT_TRUE(whole.identical()) << explained(whole);
  EXPECT_TRUE(whole.errors.empty());
  EXPECT_EQ(whole.commands_sha256, recorded.commands_sha256);
  EXPECT_GT(whole.commands, recorded.commands);  // alerts and the stop's cancels
  EXPECT_GT(whole.market_frames, 1000U);
  EXPECT_GT(whole.answers, 20U);
  EXPECT_GT(whole.timers, 50U);
  ASSERT_GT(whole.segments.size(), 3U);
  EXPECT_EQ(whole.states, whole.segments.size() - 1);
  EXPECT_EQ(whole.segments.back().outcome, SegmentOutcome::finished);

  std::uint64_t commands = whole.commands;
  for (const SegmentReplay& segment : whole.segments) {
    const ReplayResult part = replayed({.directory = folder.path(), .segment = segment.header.segment});
    EXPECT_TRUE(part.identical()) << explained(part);
    EXPECT_EQ(part.commands, commands);
    commands -= segment.commands;
  }
}

TEST(Replay, TakesTheLastRunOrAll) {
  const Folder folder;
  const Recorded first = record_demo(folder.path(), seconds(40), 1'000'000, 3);
  const Recorded second = record_demo(folder.path(), seconds(40), 1'000'000, 4);
  const ReplayResult last = replayed({.directory = folder.path()});
  EXPECT_EQ(last.commands_sha256, second.commands_sha256);
  EXPECT_EQ(last.segments.size(), 1U);
  const ReplayResult all = replayed({.directory = folder.path(), .all_runs = true});
  EXPECT_EQ(all.segments.size(), 2U);
  EXPECT_TRUE(all.identical()) << explained(all);
  EXPECT_EQ(replayed({.directory = folder.path(), .segment = 1}).commands_sha256, first.commands_sha256);
}

TEST(Replay, StopsWhereItIsTold) {
  const Folder folder;
  (void)record_demo(folder.path(), seconds(60), 1'000'000);
  const ReplayResult whole = replayed({.directory = folder.path()});
  const Timestamp until = whole.segments.front().first + seconds(75);
  const ReplayResult part = replayed({.directory = folder.path(), .until = until});
  EXPECT_TRUE(part.identical()) << explained(part);
  EXPECT_TRUE(part.reached_until);
  EXPECT_EQ(part.engine->now(), until);
  EXPECT_LT(part.inputs, whole.inputs);
  EXPECT_GT(part.inputs, whole.inputs / 4);
}

TEST(Replay, OfATruncatedSegmentGivesWhatThereIs) {
  const Folder folder;
  (void)record_demo(folder.path(), seconds(60), 10'000'000);
  const std::filesystem::path segment = folder.path() / store::segment_name(1);
  const auto size = std::filesystem::file_size(segment);
  const ReplayResult whole = replayed({.directory = folder.path()});
  std::filesystem::resize_file(segment, size * 2 / 3);
  const ReplayResult part = replayed({.directory = folder.path()});
  EXPECT_TRUE(part.identical()) << explained(part);
  ASSERT_EQ(part.errors.size(), 1U);
  EXPECT_EQ(part.errors[0].code, "input_log.truncated");
  EXPECT_EQ(part.segments.back().outcome, SegmentOutcome::truncated);
  EXPECT_LT(part.inputs, whole.inputs);
  EXPECT_GT(part.inputs, whole.inputs / 3);
}

/// Writes the log anew, with each record as `change` leaves it; false drops the record.
void rewrite(const std::filesystem::path& from, const std::filesystem::path& to,
             const std::function<bool(std::size_t, store::RecordKind, std::string&)>& change) {
  auto reader = store::SegmentReader::open(from);
  ASSERT_TRUE(reader.has_value());
  auto log = store::InputLogWriter::open(log_config(to, std::uint64_t{1} << 30));
  ASSERT_TRUE(log.has_value());
  std::string head;
  std::size_t index = 0;
  for (;; ++index) {
    auto record = reader->next();
    ASSERT_TRUE(record.has_value());
    if (!*record || (*record)->kind == store::RecordKind::end) break;
    std::string payload((*record)->payload);
    if (!change(index, (*record)->kind, payload)) continue;
    if (index < 2) {
      store::append_record(head, (*record)->kind, (*record)->time, payload);
      if (index == 1) (*log)->begin_segment((*record)->time, head);
    } else {
      ASSERT_TRUE((*log)->append((*record)->kind, (*record)->time, payload));
    }
  }
  ASSERT_TRUE((*log)->finish(from_ms(1'767'225'600'000)).has_value());
}

TEST(Replay, ShowsTheFirstDifferenceWithItsSurroundings) {
  const Folder folder;
  (void)record_demo(folder.path(), seconds(60), 10'000'000);
  const std::filesystem::path original = folder.path() / store::segment_name(1);

  const Folder changed;
  int commands = 0;
  rewrite(original, changed.path(), [&](std::size_t, store::RecordKind kind, std::string& payload) {
    if (kind == store::RecordKind::command && ++commands == 30) payload.back() = static_cast<char>(payload.back() ^ 1);
    return true;
  });
  const ReplayResult other = replayed({.directory = changed.path()});
  EXPECT_EQ(other.differences, 1U);
  EXPECT_EQ(other.commands, 30U);
  ASSERT_TRUE(other.first_difference.has_value());
  EXPECT_EQ(other.first_difference->what, "another command");
  EXPECT_NE(other.first_difference->expected, "");
  EXPECT_NE(other.first_difference->actual, "");
  EXPECT_GT(other.first_difference->before.size(), 10U);

  const Folder missing;
  commands = 0;
  rewrite(original, missing.path(), [&](std::size_t, store::RecordKind kind, std::string&) {
    return kind != store::RecordKind::command || ++commands != 30;
  });
  EXPECT_GT(replayed({.directory = missing.path()}).differences, 0U);

  const Folder lost_input;
  rewrite(original, lost_input.path(), [&](std::size_t index, store::RecordKind kind, std::string&) {
    return kind != store::RecordKind::event || index < 2000 || index > 2100;
  });
  EXPECT_GT(replayed({.directory = lost_input.path()}).differences, 0U);
}

/// An engine of its own, fed by hand.
class Idle : public engine::CommandSink {
 public:
  void on_command(const model::Command&, Timestamp) override {}
};

// What did not fit is named by a gap; a new segment begins with the state as it is then, and the replay crosses the gap.
TEST(Replay, CrossesAGap) {
  const Folder folder;
  store::InputLogConfig config = log_config(folder.path(), 1'000'000);
  config.when_full = store::WhenFull::gap;
  config.chunk_bytes = 1024;
  config.chunks = 2;
  auto log = store::InputLogWriter::open(config);
  ASSERT_TRUE(log.has_value());
  const Timestamp start = from_ms(1'767'225'600'000);
  Idle sink;
  engine::Engine engine({}, sink, start);
  InputRecorder recorder(**log, engine, {"test", "0", "test", start});
  ASSERT_TRUE(recorder.recording());
  engine.on_market_frame(start + seconds(1), model::ConnectionIndex(0), "PONG");
  engine.on_market_frame(start + seconds(2), model::ConnectionIndex(0), std::string(5000, ' '));
  EXPECT_FALSE(recorder.recording());
  engine.on_market_frame(start + seconds(3), model::ConnectionIndex(0), "[]");
  while (!(*log)->can_begin()) {}
  engine.on_market_frame(start + seconds(5), model::ConnectionIndex(0), "PONG");
  EXPECT_TRUE(recorder.recording());
  ASSERT_TRUE(recorder.finish().has_value());

  const ReplayResult result = replayed({.directory = folder.path()});
  EXPECT_TRUE(result.identical()) << explained(result);
  ASSERT_EQ(result.segments.size(), 2U);
  EXPECT_EQ(result.segments[0].outcome, SegmentOutcome::gap);
  EXPECT_TRUE(result.segments[1].header.after_gap);
  EXPECT_EQ(result.segments[1].outcome, SegmentOutcome::finished);
  EXPECT_FALSE(result.segments[1].state_agrees.has_value()) << "what was lost cannot be compared";
  EXPECT_EQ(result.engine->decoder_stats().frames, 4U) << "the state knows of the frames that the log lost";
}

TEST(Replay, RefusesWhatIsNoInputLog) {
  const Folder folder;
  const auto code = [&] {
    const auto result = replay({.directory = folder.path()});
    return result ? std::string("replayed") : result.error().code;
  };
  EXPECT_EQ(code(), "input_log.not_one");
  std::ofstream(folder.path() / "000001.log") << "no segment at all, but a text of some length";
  EXPECT_EQ(code(), "input_log.not_one");
  std::ofstream(folder.path() / "000001.log") << "EBBINPUT";
  EXPECT_EQ(code(), "input_log.truncated");
  const auto missing = replay({.directory = folder.path(), .segment = 7});
  EXPECT_FALSE(missing.has_value());
}

}  // namespace
}  // namespace ebb::runner
