// Kills a program that writes a journal, at every crash point and at random moments, and checks what a restart finds: all that
// was promised, nothing that was not written, and of each group everything or nothing.
//
// The child (this program with --child) writes a stream of records that its seed decides, and says on its standard output what
// it was promised: "I n" = the intent of record n may leave, "F n" = everything up to record n is durable.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "power_cut.hpp"
#include "store/journal_fixture.hpp"
#include "store/journal_reference.hpp"
#include "store/journal_stream.hpp"
#include "store/journal_writer.hpp"

namespace ebb::store::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kFlushEvery = 25;

// --- The child ----------------------------------------------------------------------------------------------------------

void promise(char kind, int n) {
  const std::string line = fmt::format("{} {}\n", kind, n);
  if (write(STDOUT_FILENO, line.data(), line.size()) != static_cast<ssize_t>(line.size())) std::_Exit(4);
}

int child_main(char** arguments) {
  const fs::path directory = arguments[0];
  if (const char* durable = std::getenv("EBB_DURABLE")) follow_syncs(directory, durable);
  const auto seed = static_cast<std::uint64_t>(std::atoll(arguments[1]));
  const int from = std::atoi(arguments[2]);
  const int count = std::atoi(arguments[3]);
  const Durability durability = std::strcmp(arguments[4], "power") == 0 ? Durability::power : Durability::process;
  const char* boot = std::getenv("EBB_BOOT");
  auto journal = Journal::open({.directory = directory,
                                .now = at(from),
                                .durability = durability,
                                .intent_capacity = 32,
                                .boot_id = boot == nullptr ? "" : boot});
  if (!journal) {
    std::fprintf(stderr, "%s: %s\n", journal.error().code.c_str(), journal.error().message.c_str());
    return 3;
  }
  if (!journal->db().recover(kAccount) || !journal->db().begin_run(run_start(at(from)))) return 3;
  for (int m = 0; m < 3; ++m) {
    if (!journal->db().add_market(market(m))) return 3;
  }
  promise('F', from);
  JournalWriter writer(*journal, {.interval = nanoseconds(200'000)});
  for (int n = from + 1; n <= from + count; ++n) {
    const model::Record record = stream_record(seed, n);
    if (const auto* intent = std::get_if<model::IntentRecord>(&record.body)) {
      while (!journal->intents().append(*intent, token_text(intent->order.token.value()))) std::this_thread::yield();
      promise('I', n);
    }
    while (!writer.record(record)) std::this_thread::yield();
    if (n % kFlushEvery != 0) continue;
    if (!writer.flush(seconds(60))) return 3;
    promise('F', n);
  }
  return writer.stop(seconds(60)) ? 0 : 3;
}

// --- The parent ---------------------------------------------------------------------------------------------------------

struct Outcome {
  bool killed = false;
  int status = 0;
  int durable = -1;  ///< the last "F"; -1 = not even the run
  std::vector<int> intents;  ///< every "I"
};

struct ChildRun {
  std::string crash_at;  ///< EBB_CRASH_AT; empty = none
  int count = 400;
  int kill_after_us = -1;  ///< -1 = never
  const char* durability = "process";
  fs::path durable = {};  ///< where what was synced is followed; empty = not at all
};

void read_promises(int pipe, Outcome& outcome) {
  std::string text;
  char buffer[4096];
  for (ssize_t size = 0; (size = read(pipe, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(size));
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) return;
    const int n = std::atoi(text.c_str() + at + 2);
    if (text[at] == 'F') {
      outcome.durable = n;
    } else {
      outcome.intents.push_back(n);
    }
    at = end + 1;
  }
}

Outcome run_child(const fs::path& directory, std::uint64_t seed, int from, const ChildRun& run) {
  int pipes[2];
  EXPECT_EQ(pipe(pipes), 0);
  if (!run.durable.empty()) power_on(directory, run.durable);
  const std::string seed_text = std::to_string(seed), from_text = std::to_string(from),
                    count = std::to_string(run.count);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipes[1], STDOUT_FILENO);
    close(pipes[0]);
    close(pipes[1]);
    if (!run.crash_at.empty()) setenv("EBB_CRASH_AT", run.crash_at.c_str(), 1);
    if (!run.durable.empty()) {
      setenv("EBB_DURABLE", run.durable.c_str(), 1);
      setenv("EBB_BOOT", from_text.c_str(), 1);  // each life on a machine that was started anew
    }
    execl("/proc/self/exe", "journal_crash_test", "--child", directory.c_str(), seed_text.c_str(), from_text.c_str(),
          count.c_str(), run.durability, nullptr);
    std::_Exit(5);
  }
  close(pipes[1]);
  if (run.kill_after_us >= 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(run.kill_after_us));
    kill(child, SIGKILL);
  }
  Outcome outcome;
  read_promises(pipes[0], outcome);
  close(pipes[0]);
  int status = 0;
  waitpid(child, &status, 0);
  outcome.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

/// A recovery without what the order of copying may change: intents that the log brought stand where they came.
std::string comparable(const model::Recovery& recovery) {
  std::vector<std::string> orders;
  std::string rest;
  const std::string text = describe(recovery);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    const std::string line = text.substr(at, end - at + 1);
    if (line.starts_with("order ")) {
      orders.push_back(line);
    } else {
      rest += line;
    }
    at = end + 1;
  }
  std::ranges::sort(orders);
  for (const std::string& order : orders) rest += order;
  return rest;
}

/// The first lines in which two texts differ.
std::string difference(const std::string& found, const std::string& expected) {
  std::istringstream left(found), right(expected);
  while (true) {
    std::string a = "(end)", b = "(end)";
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right) return "";
    if (a != b || more_left != more_right) return fmt::format("found    {}\nexpected {}", a, b);
  }
}

/// One journal over many crashes, with what it must hold.
class Crasher {
 public:
  explicit Crasher(std::uint64_t seed) : seed_(seed), reference_(stream_tokens()) {}

  /// Runs the child, lets it die, and checks what is left. Returns whether it was killed.
  bool crash(const ChildRun& run) {
    const int from = next_;
    next_ = from + run.count + 1;
    const Outcome outcome = run_child(directory_.path() / "data", seed_, from, run);
    EXPECT_TRUE(outcome.killed || outcome.status == 0) << run.crash_at;
    if (!run.durable.empty()) cut_power(directory_.path() / "data", run.durable);
    check(outcome, from, run);
    return outcome.killed;
  }
  Crasher(const Crasher&) = delete;
  Crasher& operator=(const Crasher&) = delete;
  [[nodiscard]] fs::path durable() const { return directory_.path() / "durable"; }
  [[nodiscard]] fs::path data() const { return directory_.path() / "data"; }
  void prepare() const { fs::create_directory(directory_.path() / "data"); }

 private:
  void check(const Outcome& outcome, int from, const ChildRun& run) {
    // A copy is opened: the next child shall find what this one left.
    const fs::path copy = directory_.path() / "copy";
    fs::remove_all(copy);
    fs::copy(directory_.path() / "data", copy);
    auto journal = Journal::open(
        {.directory = copy, .now = at(from), .boot_id = run.durable.empty() ? "" : fmt::format("after {}", from)});
    ASSERT_TRUE(journal) << run.crash_at << ": " << journal.error().code << " " << journal.error().message;
    EXPECT_FALSE(journal->lost_something());
    EXPECT_EQ(journal->intents().pending(), 0U);
    const model::Recovery found = value(journal->db().recover(kAccount));
    const int last = found.last_record.is_set() ? static_cast<int>((found.last_record - kStart).raw() / 1'000'000) : -1;
    ASSERT_GE(last, outcome.durable) << run.crash_at << ": less than what was promised";
    if (last >= from) {
      reference_.begin_run(at(from));
      for (int n = from + 1; n <= last; ++n) reference_.add(stream_record(seed_, n));
    }
    const int durable = std::max(last, from);
    for (const int n : outcome.intents) {
      if (n > durable) add_stored(n);
    }
    // One intent more may be kept: its append was complete, but had not returned.
    const int extra = next_intent(outcome.intents.empty() ? from : outcome.intents.back());
    if (extra > durable && holds_intent(copy, extra)) add_stored(extra);
    EXPECT_EQ(difference(comparable(found), comparable(fold())), "") << run.crash_at;
  }

  [[nodiscard]] bool holds_intent(const fs::path& directory, int n) const {
    const model::OrderId id = std::get<model::IntentRecord>(stream_record(seed_, n).body).order.id;
    SQLite::Database db((directory / "journal.db").string());
    SQLite::Statement query(db, "SELECT 1 FROM orders WHERE order_id = ? AND signed_at = ?");
    query.bind(1, to_text(id));
    query.bind(2, at(n).ns());
    return query.executeStep();
  }
  [[nodiscard]] model::Recovery fold() const { return reference_.fold(Retention{}.recent_fills); }
  void add_stored(int n) { reference_.add_stored(std::get<model::IntentRecord>(stream_record(seed_, n).body)); }
  [[nodiscard]] int next_intent(int n) const {
    do ++n;
    while (!std::holds_alternative<model::IntentRecord>(stream_record(seed_, n).body));
    return n;
  }

  std::uint64_t seed_;
  TemporaryDirectory directory_;
  ReferenceJournal reference_;
  int next_ = 0;
};

constexpr const char* kPoints[] = {"journal.before_begin", "journal.before_record",  "journal.before_commit",
                                   "journal.after_commit", "journal.before_release", "journal.after_release",
                                   "intent.before_append", "intent.mid_append",      "intent.before_sync",
                                   "intent.after_append"};

class CrashPoints : public ::testing::TestWithParam<const char*> {};

TEST_P(CrashPoints, NothingPromisedIsLostAtAnyOfThem) {
  std::uint64_t seed = 1;
  for (const char* point : kPoints) {
    Crasher crasher(seed++);
    crasher.prepare();
    int killed = 0;
    for (const int pass : {1, 3, 8, 15}) {  // 16 flushes are as many commits at least
      killed += crasher.crash({.crash_at = fmt::format("{}:{}", point, pass), .durability = GetParam()}) ? 1 : 0;
    }
    EXPECT_EQ(killed, 4) << point;
    EXPECT_FALSE(crasher.crash({.durability = GetParam()}));
  }
}
INSTANTIATE_TEST_SUITE_P(Durability, CrashPoints, ::testing::Values("process", "power"),
                         [](const auto& test) { return std::string(test.param); });

// The very first start, cut off at each of its steps, and cut off again.
TEST(JournalCrash, AFirstStartIsFinishedByTheNextOne) {
  for (const char* point :
       {"journal.create_schema", "journal.create_rename", "journal.created", "intent.create_rename"}) {
    Crasher crasher(77);
    crasher.prepare();
    EXPECT_TRUE(crasher.crash({.crash_at = fmt::format("{}:1", point)})) << point;
    EXPECT_TRUE(crasher.crash({.crash_at = "journal.before_commit:1"})) << point;
    EXPECT_FALSE(crasher.crash({})) << point;
  }
}

// Crashes upon crashes, also while the next start copies what the last one left.
TEST(JournalCrash, CrashesDuringRecoveryLoseNothing) {
  Crasher crasher(99);
  crasher.prepare();
  for (int round = 0; round < 4; ++round) {
    crasher.crash({.crash_at = "intent.after_append:9"});
    for (const char* point :
         {"journal.before_begin:1", "journal.before_commit:1", "journal.after_commit:1", "journal.before_release:1"}) {
      crasher.crash({.crash_at = point});
    }
  }
  EXPECT_FALSE(crasher.crash({}));
}

// kill -9 whenever: in the middle of SQLite's own writes, of a copy, of a checkpoint.
TEST(JournalCrash, NothingPromisedIsLostAtRandomMoments) {
  Random random(2026);
  Crasher crasher(5);
  crasher.prepare();
  int killed = 0;
  for (int round = 0; round < 30; ++round) {
    killed += crasher.crash({.count = 1'000'000, .kill_after_us = static_cast<int>(random.below(60'000))}) ? 1 : 0;
  }
  EXPECT_EQ(killed, 30);
}

// The power goes with the process: only what was synced is left, and with `power` nothing that was promised is missing.
TEST(PowerCut, LosesNothingThatWasPromisedWithDurabilityPower) {
  if (!can_follow_syncs()) GTEST_SKIP() << "the sanitizer replaces the calls that are followed";
  std::uint64_t seed = 500;
  for (const char* point : kPoints) {
    Crasher crasher(seed++);
    crasher.prepare();
    for (const int pass : {1, 3, 8, 15}) {
      EXPECT_TRUE(crasher.crash(
          {.crash_at = fmt::format("{}:{}", point, pass), .durability = "power", .durable = crasher.durable()}));
    }
    EXPECT_FALSE(crasher.crash({.durability = "power", .durable = crasher.durable()}));
  }
  Random random(11);
  Crasher crasher(7);
  crasher.prepare();
  for (int round = 0; round < 15; ++round) {
    EXPECT_TRUE(crasher.crash({.count = 1'000'000,
                               .kill_after_us = static_cast<int>(random.below(120'000)),
                               .durability = "power",
                               .durable = crasher.durable()}));
  }
}

// With `process` the newest may be gone. The next start says so, or has everything; it never begins from nothing without a word.
TEST(PowerCut, IsNoticedWithDurabilityProcess) {
  if (!can_follow_syncs()) GTEST_SKIP() << "the sanitizer replaces the calls that are followed";
  int noticed = 0;
  for (std::uint64_t seed = 600; seed < 610; ++seed) {
    TemporaryDirectory directory;
    const fs::path data = directory.path() / "data", durable = directory.path() / "durable";
    fs::create_directory(data);
    const Outcome outcome =
        run_child(data, seed, 0, {.crash_at = "journal.after_commit:12", .durability = "process", .durable = durable});
    ASSERT_TRUE(outcome.killed);
    ASSERT_GE(outcome.durable, kFlushEvery);
    cut_power(data, durable);
    auto journal = Journal::open({.directory = data, .now = at(1'000), .boot_id = "another"});
    if (!journal) {
      EXPECT_TRUE(journal.error().code.starts_with("journal.") || journal.error().code.starts_with("intent_log."))
          << journal.error().code;
      EXPECT_NE(journal.error().hint, "");
      ++noticed;
      continue;
    }
    const model::Recovery found = value(journal->db().recover(kAccount));
    const int last = found.last_record.is_set() ? static_cast<int>((found.last_record - kStart).raw() / 1'000'000) : -1;
    if (last < outcome.durable) {
      EXPECT_TRUE(journal->lost_something()) << "only " << last << " of " << outcome.durable << ", without a word";
      ++noticed;
    }
  }
  EXPECT_GT(noticed, 0) << "this test's power failures lose nothing: what does it follow?";
}

}  // namespace
}  // namespace ebb::store::testing

int main(int argc, char** argv) {
  if (argc >= 7 && std::strcmp(argv[1], "--child") == 0) return ebb::store::testing::child_main(argv + 2);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
