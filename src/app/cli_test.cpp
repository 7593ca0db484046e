#include "app/cli.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "app/exit_code.hpp"

namespace ebb::app {
namespace {

using testing::HasSubstr;

/// What one command line led to.
struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
  std::optional<DemoOptions> demo;
  std::optional<RunOptions> trader;
  std::optional<RecordOptions> record;
  std::optional<DoctorOptions> doctor;
  std::optional<KeysOptions> keys;
  std::optional<BacktestOptions> backtest;
  std::optional<InspectOptions> inspect;
  std::optional<ReplayCommandOptions> replay;
  std::optional<ExplainOptions> explain;
  std::optional<ConfigOptions> check;
  std::optional<BenchOptions> bench;
  [[nodiscard]] bool reached_a_command() const {
    return demo || trader || record || doctor || keys || backtest || inspect || replay || explain || check || bench;
  }
};

Outcome run(std::vector<std::string> arguments) {
  Outcome outcome;
  const auto keep = [](auto& place) {
    return [&place](const auto& options) {
      place = options;
      return kExitDone;
    };
  };
  Handlers handlers;
  handlers.demo = keep(outcome.demo);
  handlers.run = keep(outcome.trader);
  handlers.record = keep(outcome.record);
  handlers.doctor = keep(outcome.doctor);
  handlers.keys_derive = keep(outcome.keys);
  handlers.backtest = keep(outcome.backtest);
  handlers.inspect = keep(outcome.inspect);
  handlers.replay = keep(outcome.replay);
  handlers.explain = keep(outcome.explain);
  handlers.config_check = keep(outcome.check);
  handlers.bench = keep(outcome.bench);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  outcome.exit_code = run_command_line(std::move(arguments), handlers);
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(Cli, DemoWithItsDefaults) {
  const Outcome outcome = run({"demo"});
  ASSERT_TRUE(outcome.demo);
  EXPECT_FALSE(outcome.demo->duration);
  EXPECT_EQ(outcome.demo->speed, 1.0);
  EXPECT_EQ(outcome.demo->agents, "default");
  EXPECT_FALSE(outcome.demo->headless);
}

TEST(Cli, DemoWithEverything) {
  const Outcome outcome =
      run({"demo",      "--seconds", "60",       "--markets",  "30",           "--seed", "18446744073709551615",
           "--speed",   "0",         "--agents", "martingale", "--emit-order", "3",      "--headless",
           "--verbose", "--json",    "--config", "a.toml",     "--data-dir",   "/d"});
  ASSERT_TRUE(outcome.demo) << outcome.err;
  EXPECT_EQ(outcome.demo->duration, seconds(60));
  EXPECT_EQ(outcome.demo->markets, 30u);
  EXPECT_EQ(outcome.demo->seed, 18'446'744'073'709'551'615ULL);
  EXPECT_EQ(outcome.demo->speed, 0.0);
  EXPECT_EQ(outcome.demo->agents, "martingale");
  EXPECT_EQ(outcome.demo->emit_order, 3u);
  EXPECT_TRUE(outcome.demo->headless && outcome.demo->verbose && outcome.demo->common.json);
  EXPECT_EQ(outcome.demo->common.config_file, "a.toml");
  EXPECT_EQ(outcome.demo->common.data_dir, "/d");
}

TEST(Cli, BacktestWithEverything) {
  const Outcome outcome =
      run({"backtest", "a.zst", "b.csv", "--from", "2026-04-14", "--to", "1776153600", "--tokens", "t.txt", "--tier",
           "fast", "--cash", "250.5", "--limits", "--queue", "prorata", "--evaluate-every", "30s"});
  ASSERT_TRUE(outcome.backtest) << outcome.err;
  EXPECT_EQ(outcome.backtest->captures, (std::vector<std::string>{"a.zst", "b.csv"}));
  EXPECT_EQ(outcome.backtest->to, Timestamp(1'776'153'600'000'000'000));
  EXPECT_EQ(outcome.backtest->tier, "fast");
  EXPECT_EQ(outcome.backtest->cash, Usdc(250'500'000));
  EXPECT_TRUE(outcome.backtest->limits);
  EXPECT_EQ(outcome.backtest->queue, QueueModel::prorata);
  EXPECT_EQ(outcome.backtest->evaluate_every, seconds(30));
}

TEST(Cli, BacktestDefaults) {
  const Outcome outcome = run({"backtest", "a.zst"});
  ASSERT_TRUE(outcome.backtest);
  EXPECT_EQ(outcome.backtest->cash, dollars(10'000));
  EXPECT_EQ(outcome.backtest->queue, QueueModel::strict);
  EXPECT_EQ(outcome.backtest->evaluate_every, Duration(0));
}

TEST(Cli, TheTraderIsOnPaperUnlessToldOtherwise) {
  const Outcome paper = run({"run"});
  ASSERT_TRUE(paper.trader) << paper.err;
  EXPECT_EQ(paper.trader->venue, RunVenue::paper);
  EXPECT_FALSE(paper.trader->yes_live);
  const Outcome live = run({"run", "--venue", "live", "--yes-live", "--tokens", "t.txt", "--seconds", "120", "--json"});
  ASSERT_TRUE(live.trader) << live.err;
  EXPECT_EQ(live.trader->venue, RunVenue::live);
  EXPECT_TRUE(live.trader->yes_live && live.trader->common.json);
  EXPECT_EQ(live.trader->tokens_file, "t.txt");
  EXPECT_EQ(live.trader->duration, seconds(120));
  EXPECT_EQ(run({"run", "--venue", "embedded"}).trader->venue, RunVenue::embedded);
}

TEST(Cli, OtherCommands) {
  EXPECT_EQ(run({"record", "--tokens", "t.txt", "--out", "d"}).record->out, "d");
  EXPECT_TRUE(run({"doctor"}).doctor && run({"keys", "derive"}).keys);
  EXPECT_TRUE(run({"demo", "--wire", "--port", "8080"}).demo->wire);
  EXPECT_EQ(run({"inspect", "x", "y"}).inspect->captures.size(), 2u);
  EXPECT_EQ(run({"explain", "7132"}).explain->token, "7132");
  EXPECT_EQ(run({"config", "check", "e.toml"}).check->file, "e.toml");
  EXPECT_EQ(run({"bench", "decode", "--json"}).bench->names, std::vector<std::string>{"decode"});
}

class BadUsage : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(BadUsage, ExitsWithTwoAndSaysWhy) {
  const Outcome outcome = run(GetParam());
  EXPECT_EQ(outcome.exit_code, kExitBadUsage);
  EXPECT_FALSE(outcome.reached_a_command());
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("ebb: "));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadUsage,
    testing::Values(
        std::vector<std::string>{}, std::vector<std::string>{"dance"}, std::vector<std::string>{"demo", "--bogus"},
        std::vector<std::string>{"demo", "--seconds", "soon"}, std::vector<std::string>{"demo", "--seconds", "-5"},
        std::vector<std::string>{"demo", "--seed", "x"}, std::vector<std::string>{"demo", "--seed", "-1"},
        std::vector<std::string>{"demo", "--markets", "0"}, std::vector<std::string>{"demo", "--markets", "-1"},
        std::vector<std::string>{"demo", "--speed", "-1"}, std::vector<std::string>{"demo", "--speed", "nan"},
        std::vector<std::string>{"demo", "--speed", "inf"}, std::vector<std::string>{"demo", "--agents", "friendly"},
        std::vector<std::string>{"demo", "--port", "8080"}, std::vector<std::string>{"demo", "--wire", "--speed", "2"},
        std::vector<std::string>{"demo", "--wire", "--agents", "martingale"},
        std::vector<std::string>{"demo", "--wire", "--port", "70000"},
        std::vector<std::string>{"run", "--venue", "moon"}, std::vector<std::string>{"record", "--tokens", "f"},
        std::vector<std::string>{"record", "--out", "d"}, std::vector<std::string>{"keys"},
        std::vector<std::string>{"demo", "extra"}, std::vector<std::string>{"backtest"},
        std::vector<std::string>{"backtest", "a", "--cash", "-1"},
        std::vector<std::string>{"backtest", "a", "--queue", "short"},
        std::vector<std::string>{"backtest", "a", "--from", "2026-04-15", "--to", "2026-04-14"},
        std::vector<std::string>{"inspect"}, std::vector<std::string>{"explain"}, std::vector<std::string>{"config"},
        std::vector<std::string>{"config", "burn"}));

class Later : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(Later, SaysSoAndExitsWithTwo) {
  const Outcome outcome = run(GetParam());
  EXPECT_EQ(outcome.exit_code, kExitBadUsage);
  EXPECT_FALSE(outcome.reached_a_command());
  EXPECT_THAT(outcome.err, HasSubstr("comes with a later version"));
}

INSTANTIATE_TEST_SUITE_P(All, Later,
                         testing::Values(std::vector<std::string>{"status"}, std::vector<std::string>{"tokens"},
                                         std::vector<std::string>{"orders"}, std::vector<std::string>{"positions"},
                                         std::vector<std::string>{"fills"}, std::vector<std::string>{"pause"},
                                         std::vector<std::string>{"resume"}, std::vector<std::string>{"exit", "77"},
                                         std::vector<std::string>{"flatten", "--yes"},
                                         std::vector<std::string>{"cancel-all"},
                                         std::vector<std::string>{"report", "--since", "1h"},
                                         std::vector<std::string>{"import", "d"},
                                         std::vector<std::string>{"backtest", "a", "--report", "r.html"}));

TEST(Cli, ReplayTakesADirectoryAndAMoment) {
  const Outcome outcome = run({"replay", "dir", "--until", "2026-01-01T00:00:01.5Z", "--segment", "7", "--all-runs"});
  ASSERT_TRUE(outcome.replay.has_value());
  EXPECT_EQ(outcome.replay->directory, "dir");
  EXPECT_EQ(outcome.replay->until, from_ms(1'767'225'601'500));
  EXPECT_EQ(outcome.replay->segment, 7U);
  EXPECT_TRUE(outcome.replay->all_runs);
  EXPECT_EQ(run({"replay", "dir", "--until", "1767225601"}).replay->until, from_ms(1'767'225'601'000));
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"replay"}, std::vector<std::string>{"replay", "dir", "--until", "noon"},
        std::vector<std::string>{"replay", "dir", "--segment", "0"}}) {
    EXPECT_EQ(run(bad).exit_code, kExitBadUsage);
  }
}

TEST(Cli, ErrorsAreOneJsonDocumentWithJson) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"demo", "--bogus", "--json"},
        std::vector<std::string>{"run", "--venue", "moon", "--json"}, std::vector<std::string>{"--json"}}) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, kExitBadUsage);
    EXPECT_THAT(outcome.out, testing::StartsWith("{\"version\":"));
    EXPECT_THAT(outcome.out, HasSubstr("\"ok\":false"));
    EXPECT_THAT(outcome.out, testing::EndsWith("}\n"));
  }
}

TEST(Cli, VersionNamesTheBuild) {
  const Outcome outcome = run({"--version"});
  EXPECT_EQ(outcome.exit_code, kExitDone);
  EXPECT_THAT(outcome.out, testing::MatchesRegex("ebb [0-9.]+ \\(commit .*, .*\\+\\+ .*, preset .*\\)\n"));
}

TEST(Cli, EveryCommandHasHelpWithAnExample) {
  for (const char* name : {"demo",   "run",     "backtest",   "record",    "replay", "exchange", "inspect", "doctor",
                           "status", "tokens",  "orders",     "positions", "fills",  "explain",  "pause",   "resume",
                           "exit",   "flatten", "cancel-all", "report",    "keys",   "config",   "import",  "bench"}) {
    const Outcome outcome = run({name, "--help"});
    EXPECT_EQ(outcome.exit_code, kExitDone) << name;
    EXPECT_THAT(outcome.out, HasSubstr(std::string("Example:\n  ebb ") + name)) << name;
    EXPECT_THAT(run({"--help"}).out, HasSubstr(name));
  }
  EXPECT_THAT(run({"config", "default", "--help"}).out, HasSubstr("Example:"));
}

}  // namespace
}  // namespace ebb::app
