// The commands demo, backtest and explain from their options to exit code and output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/run_end.hpp"
#include "app/sample_run.hpp"

namespace ebb::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kToken = "104472376509976988766346716475120511145011517755906344501669377783651998139803";

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
  [[nodiscard]] json document() const { return json::parse(out); }
};

template <class Run>
Outcome captured(Run run) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.code = run();
  outcome.out = testing::internal::GetCapturedStdout();
  outcome.err = testing::internal::GetCapturedStderr();
  return outcome;
}

class Commands : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb_commands_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return (directory_ / name).string();
  }
  [[nodiscard]] CommonOptions common() const { return {.data_dir = (directory_ / "data").string(), .json = true}; }

  /// A recording of `frames` books of one token, a second apart.
  static std::string recording(int frames) {
    std::string text;
    for (int i = 0; i < frames; ++i) {
      const int cents = 50 + i % 3;
      json book = {{"event_type", "book"},
                   {"market", "0x" + std::string(64, 'a')},
                   {"asset_id", kToken},
                   {"timestamp", std::to_string(1'776'153'600'000 + i * 1000)},
                   {"hash", ""}};
      book["bids"] = json::array({{{"price", "0." + std::to_string(cents)}, {"size", "100"}}});
      book["asks"] = json::array({{{"price", "0." + std::to_string(cents + 2)}, {"size", "100"}}});
      text += json{{"recv_ts", 1'776'153'600 + i}, {"slug", "a-market"}, {"raw", book.dump()}}.dump() + "\n";
    }
    return text;
  }
  [[nodiscard]] BacktestOptions backtest_of(const std::string& capture) const {
    BacktestOptions options;
    options.common = common();
    options.captures = {capture};
    return options;
  }

  std::filesystem::path directory_;
};

DemoOptions short_demo(const CommonOptions& common) {
  DemoOptions options;
  options.common = common;
  options.duration = seconds(5);
  options.markets = 4;
  options.speed = 0.0;
  options.headless = true;
  return options;
}

TEST_F(Commands, ADemoPrintsItsResultAndCanBeExplained) {
  const Outcome demo = captured([&] { return run_demo(short_demo(common())); });
  EXPECT_EQ(demo.code, kExitDone) << demo.err;
  const json result = demo.document();
  EXPECT_EQ(result["ok"], true);
  EXPECT_EQ(result["tokens"], 8);
  EXPECT_EQ(result["market_seconds"], 5.0);
  EXPECT_EQ(result["evaluations"]["skipped"], 0);
  EXPECT_EQ(result["tokens_detail"][0]["tier"], "demo");

  ExplainOptions explain;
  explain.common = common();
  explain.token = result["tokens_detail"][0]["token_id"];
  const Outcome explained = captured([&] { return run_explain(explain); });
  EXPECT_EQ(explained.code, kExitDone) << explained.err;
  EXPECT_EQ(explained.document()["token"]["token_id"], explain.token);
  EXPECT_EQ(explained.document()["run"], "demo, seed 1");
}

TEST_F(Commands, PaceDoesNotChangeTheCommands) {
  DemoOptions options = short_demo(common());
  options.seed = 3;
  options.markets = 20;
  options.duration = seconds(20);
  const json unpaced = captured([&] { return run_demo(options); }).document();
  options.speed = 50.0;
  const json paced = captured([&] { return run_demo(options); }).document();
  EXPECT_GT(unpaced["commands"], 0);
  EXPECT_EQ(unpaced["commands_sha256"], paced["commands_sha256"]);
  EXPECT_EQ(unpaced["pnl"], paced["pnl"]);
  options.seed = 4;
  EXPECT_NE(captured([&] { return run_demo(options); }).document()["commands_sha256"], paced["commands_sha256"]);
}

TEST_F(Commands, ADataDirectoryThatWasAskedForMustBeWritable) {
  DemoOptions options = short_demo(common());
  options.common.data_dir = put("file", "not a directory");
  const Outcome demo = captured([&] { return run_demo(options); });
  EXPECT_EQ(demo.code, kExitBadUsage);
  EXPECT_EQ(demo.document()["errors"][0]["code"], "data_dir.unwritable");
  EXPECT_FALSE(demo.document().contains("pnl")) << "it did not run";
}

TEST_F(Commands, TheUsualDataDirectoryIsOnlyWarnedAbout) {
  const char* old = std::getenv("XDG_STATE_HOME");
  const std::string before = old == nullptr ? "" : old;
  setenv("XDG_STATE_HOME", put("file", "not a directory").c_str(), 1);
  DemoOptions options = short_demo(common());
  options.common.data_dir.clear();
  const Outcome demo = captured([&] { return run_demo(options); });
  old == nullptr ? unsetenv("XDG_STATE_HOME") : setenv("XDG_STATE_HOME", before.c_str(), 1);
  EXPECT_EQ(demo.code, kExitDone);
  EXPECT_THAT(demo.err, HasSubstr("cannot be written"));
  EXPECT_EQ(demo.document()["ok"], true);
}

TEST_F(Commands, ABadConfigurationStopsTheDemo) {
  DemoOptions options = short_demo(common());
  options.common.config_file = put("ebb.toml", "[feed]\nno_such_key = 1\n");
  const Outcome demo = captured([&] { return run_demo(options); });
  EXPECT_EQ(demo.code, kExitBadUsage);
  EXPECT_THAT(demo.err, HasSubstr("ebb.toml:2:1"));
}

TEST_F(Commands, ACoreThatIsNotThereIsRefused) {
  DemoOptions demo = short_demo(common());
  demo.wire = true;
  demo.common.config_file = put("ebb.toml", "[execution]\ngateway_core = 1023\n");
  const Outcome of_demo = captured([&] { return run_demo(demo); });
  EXPECT_EQ(of_demo.code, kExitBadUsage);
  EXPECT_THAT(of_demo.err, HasSubstr("gateway_core = 1023"));
  RunOptions run;
  run.common = demo.common;
  run.venue = RunVenue::embedded;
  EXPECT_EQ(captured([&] { return run_run(run); }).code, kExitBadUsage);
}

TEST_F(Commands, ABacktestReadsItsCapture) {
  const Outcome run = captured([&] { return run_backtest(backtest_of(put("frames.jsonl", recording(60)))); });
  EXPECT_EQ(run.code, kExitDone) << run.err;
  const json result = run.document();
  EXPECT_EQ(result["command"], "backtest");
  EXPECT_EQ(result["events"]["by_type"]["book"], 60);
  EXPECT_EQ(result["tokens"], 1);
  EXPECT_EQ(result["evaluations"]["skipped"], 0);
  EXPECT_EQ(result["tokens_detail"][0]["tier"], "default");
  EXPECT_GT(result["tokens_detail"][0]["window_points"], 0) << "its books are trusted and its link alive";
  EXPECT_TRUE(result.contains("fills_by_model"));
}

TEST_F(Commands, ABacktestTakesItsOptions) {
  BacktestOptions options = backtest_of(put("frames.jsonl", recording(60)));
  options.tier = "fast";
  options.cash = dollars(123);
  options.from = from_ms(1'776'153'610'000);
  options.to = from_ms(1'776'153'620'000);
  options.tokens_file = put("tokens", std::string(kToken) + " # the only one\n");
  const json result = captured([&] { return run_backtest(options); }).document();
  EXPECT_EQ(result["tokens_detail"][0]["tier"], "fast");
  EXPECT_EQ(result["account"]["cash"], "123.00");
  EXPECT_EQ(result["events"]["total"], 11);
}

TEST_F(Commands, ATruncatedCaptureGivesItsPartAndExitCode1) {
  const std::string text = recording(2000);
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  const Outcome run =
      captured([&] { return run_backtest(backtest_of(put("frames.jsonl.zst", packed.substr(0, packed.size() - 9)))); });
  EXPECT_EQ(run.code, kExitFailed);
  const json result = run.document();
  EXPECT_EQ(result["ok"], false);
  EXPECT_EQ(result["errors"][0]["code"], "capture.truncated");
  EXPECT_TRUE(result.contains("pnl")) << "the partial result is printed";
}

TEST_F(Commands, ABacktestSaysWhatItCouldNotRead) {
  std::string text = recording(40);
  text.insert(text.find('\n') + 1, "{\"recv_ts\":1776153600,\"raw\":\"{bro\nnonsense\n");
  const json result = captured([&] { return run_backtest(backtest_of(put("frames.jsonl", text))); }).document();
  EXPECT_EQ(result["lines"], 42);
  EXPECT_EQ(result["events"]["frames"], 40);
  EXPECT_EQ(result["skipped"]["total"], 2);
  EXPECT_EQ(result["skipped"]["by_reason"]["invalid_json"], 2);
}

TEST_F(Commands, FramesWithoutAReceiveTimeKeepTheirOwn) {
  std::string array;
  std::istringstream lines(recording(40));
  for (std::string line; std::getline(lines, line);) {
    array += (array.empty() ? "[" : ",") + json::parse(line)["raw"].get<std::string>();
  }
  BacktestOptions options = backtest_of(put("frames.json", array + "]"));
  EXPECT_EQ(captured([&] { return run_backtest(options); }).document()["market_seconds"], 39.0);
  options.from = from_ms(1'776'153'610'000);
  EXPECT_EQ(captured([&] { return run_backtest(options); }).document()["events"]["frames"], 30);
}

TEST_F(Commands, ADemosMoneyAddsUp) {
  DemoOptions options = short_demo(common());
  options.duration = seconds(60);
  options.markets = 20;
  const auto micros = [](const json& money) { return std::llround(std::stod(money.get<std::string>()) * 1e6); };
  for (const std::uint64_t seed : {19u, 20u}) {  // 20 ends between two fills of one order
    options.seed = seed;
    const json result = captured([&] { return run_demo(options); }).document();
    long long marked = 0;
    for (const json& position : result["positions"]) marked += micros(position["mark"]);
    EXPECT_EQ(micros(result["account"]["cash"]) + marked, 10'000'000'000 + micros(result["pnl"]["total"])) << seed;
  }
}

TEST_F(Commands, WhatIsNoCaptureIsExitCode2) {
  for (const std::string& capture :
       {put("text", "hello world\n"), put("empty", ""), (directory_ / "absent").string()}) {
    const Outcome run = captured([&] { return run_backtest(backtest_of(capture)); });
    EXPECT_EQ(run.code, kExitBadUsage) << capture;
    EXPECT_FALSE(run.document()["errors"].empty());
  }
}

TEST_F(Commands, ABacktestRefusesBadLists) {
  BacktestOptions options = backtest_of(put("frames.jsonl", recording(5)));
  options.tokens_file = put("bad", "abc\n");
  Outcome run = captured([&] { return run_backtest(options); });
  EXPECT_EQ(run.code, kExitBadUsage);
  EXPECT_EQ(run.document()["errors"][0]["code"], "tokens.invalid");

  options.tokens_file = put("unknown", "12345\n");
  run = captured([&] { return run_backtest(options); });
  EXPECT_EQ(run.code, kExitBadUsage) << "none of them is there";
  EXPECT_EQ(run.document()["errors"][0]["code"], "tokens.unknown");

  options.tokens_file = put("some", std::string(kToken) + "\n12345\n");
  run = captured([&] { return run_backtest(options); });
  EXPECT_EQ(run.code, kExitFailed) << "the others were traded";
  EXPECT_EQ(run.document()["errors"][0]["code"], "tokens.unknown");
  EXPECT_EQ(run.document()["tokens"], 1);

  options.tokens_file.clear();
  options.tier = "none";
  EXPECT_EQ(captured([&] { return run_backtest(options); }).code, kExitBadUsage);
}

TEST_F(Commands, ATokensOwnSectionHoldsInABacktest) {
  BacktestOptions options = backtest_of(put("frames.jsonl", recording(60)));
  options.tier = "predecessor";  // signals at a drop of 0.1 %
  const json traded = captured([&] { return run_backtest(options); }).document();
  EXPECT_GT(traded["signals"]["total"], 0);
  options.common.config_file = put("ebb.toml", "[tokens.\"" + std::string(kToken) + "\"]\ntrade = false\n");
  EXPECT_EQ(captured([&] { return run_backtest(options); }).document()["signals"]["total"], 0);
}

TEST(RunExitCode, ViolationsFirstThenTheSignalThenErrors) {
  runner::RunSummary run = sample_run();
  EXPECT_EQ(run_exit_code(run, Stopped::no), kExitDone);
  EXPECT_EQ(run_exit_code(run, Stopped::by_signal), kExitStopped);
  run.errors.push_back({"capture.truncated", "", ""});
  EXPECT_EQ(run_exit_code(run, Stopped::no), kExitFailed);
  EXPECT_EQ(run_exit_code(run, Stopped::by_signal), kExitStopped);
  run.invariants_violated = 1;
  EXPECT_EQ(run_exit_code(run, Stopped::by_signal), kExitFailed);
}

}  // namespace
}  // namespace ebb::app
