// `ebb exchange` from its options to exit code and output: what it refuses. That it serves is tested in gateway.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "gateway/exchange_host.hpp"

namespace ebb::app {
namespace {

using testing::HasSubstr;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

class ExchangeCommand : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb_exchange_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string put(const std::string& name, const std::string& text) const {
    std::ofstream(directory_ / name, std::ios::binary) << text;
    return (directory_ / name).string();
  }
  static Outcome run(const std::vector<std::string>& arguments) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.code = run_command_line(arguments);
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
  }

  std::filesystem::path directory_;
};

TEST_F(ExchangeCommand, ListsItsFaults) {
  const Outcome outcome = run({"exchange", "--list-faults"});
  EXPECT_EQ(outcome.code, kExitDone);
  for (const char* name : {"disconnect", "freeze", "ghost_book", "resolve", "clock_skew"}) {
    EXPECT_THAT(outcome.out, HasSubstr(name));
  }
}

TEST_F(ExchangeCommand, ABadFaultScriptIsNamedWithItsLine) {
  const std::string file = put("storm.txt", "seed 1\n# calm\nat 3 melt\n");
  const Outcome outcome = run({"exchange", "--port", "0", "--fault", file});
  EXPECT_EQ(outcome.code, kExitBadUsage);
  EXPECT_THAT(outcome.err, HasSubstr(file + " line 3: there is no fault \"melt\""));
  EXPECT_TRUE(outcome.out.empty());
  const Outcome none = run({"exchange", "--port", "0", "--fault", (directory_ / "none").string(), "--json"});
  EXPECT_EQ(none.code, kExitBadUsage);
  EXPECT_EQ(nlohmann::json::parse(none.out)["errors"][0]["code"], "faults.unreadable");
}

TEST_F(ExchangeCommand, SharesMustNameATokenAndANumber) {
  const Outcome unknown = run({"exchange", "--port", "0", "--shares", "12345=7"});
  EXPECT_EQ(unknown.code, kExitBadUsage);
  EXPECT_THAT(unknown.err, HasSubstr("no market has the token 12345"));
  for (const char* text : {"12345", "12345=", "=7", "12345=-7", "12345=0"}) {
    const Outcome outcome = run({"exchange", "--port", "0", "--shares", text});
    EXPECT_EQ(outcome.code, kExitBadUsage) << text;
    EXPECT_THAT(outcome.err, HasSubstr("is not TOKEN=N")) << text;
  }
  const auto parsed = parse_shares_option("77=12.5");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->token_id, "77");
  EXPECT_EQ(parsed->size, Shares(12'500'000));
}

TEST_F(ExchangeCommand, APortInUseIsNamed) {
  net::Loop loop;
  gateway::ExchangeHostConfig config;
  config.venue.markets = 1;
  const auto host = gateway::ExchangeHost::start(loop, config);
  ASSERT_TRUE(host.has_value());
  const std::string port = std::to_string((*host)->port());
  const Outcome outcome = run({"exchange", "--port", port});
  EXPECT_EQ(outcome.code, kExitFailed);
  EXPECT_THAT(outcome.err, HasSubstr(port));
  EXPECT_TRUE(outcome.out.empty());
}

TEST_F(ExchangeCommand, OptionsOutOfRangeAreBadUsage) {
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{{"--port", "70000"},
                                                                                      {"--markets", "0"},
                                                                                      {"--rate", "-1"},
                                                                                      {"--rate", "nan"},
                                                                                      {"--deposit", "-5"},
                                                                                      {"--self-trade", "maybe"},
                                                                                      {"--cash-gate", "open"}}) {
    EXPECT_EQ(run({"exchange", option, value}).code, kExitBadUsage) << option << " " << value;
  }
}

}  // namespace
}  // namespace ebb::app
