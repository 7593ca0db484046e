#include "app/explain_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/sample_run.hpp"

namespace ebb::app {
namespace {

using testing::HasSubstr;

/// A directory of its own for each test.
class ExplainFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb_explain_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void put(const std::string& text) const { std::ofstream(directory_ / "explain.json") << text; }
  [[nodiscard]] std::string error_of(std::string_view token) const {
    const auto found = read_explained(directory_, token);
    return found ? "" : found.error().code;
  }

  std::filesystem::path directory_;
};

TEST_F(ExplainFile, TellsWhatTheRunLeft) {
  ASSERT_TRUE(write_explain(directory_, sample_run()).has_value());
  const auto token = read_explained(directory_, sample_run().tokens[0].token_id);
  ASSERT_TRUE(token.has_value()) << token.error().message;
  EXPECT_EQ(token->run, "demo, seed 7");
  EXPECT_EQ(token->phase, "SELLING");
  EXPECT_EQ(token->guards, std::vector<std::string>{"cooling down"});
  EXPECT_EQ(token->bid, "0.48");
  EXPECT_DOUBLE_EQ(token->drop_now, 0.03);
  EXPECT_DOUBLE_EQ(token->drop_ticks_now, 1.5);
  EXPECT_EQ(token->drop_ticks_needed, 2);
  EXPECT_EQ(token->average_cost, "0.47");
  EXPECT_EQ(token->market_worst_loss, "4.70");
  ASSERT_EQ(token->orders.size(), 1u);
  EXPECT_EQ(token->orders[0].price, "0.49");
  ASSERT_EQ(token->decisions.size(), 2u);
  EXPECT_EQ(token->decisions[1].at, "2026-04-14T08:00:01.500Z");
  EXPECT_EQ(token->decisions[1].reason, "TAKE_PROFIT");
  EXPECT_EQ(nlohmann::json::parse(token->json).at("token_id"), sample_run().tokens[0].token_id);
}

TEST_F(ExplainFile, TheWordsHoldWhatATraderAsks) {
  ASSERT_TRUE(write_explain(directory_, sample_run()).has_value());
  const std::string text = explain_text(*read_explained(directory_, "713"), Colour::off);
  EXPECT_EQ(text.find("SELLING: ORDER_WORKING"), 0u) << text;
  for (const char* part :
       {"Will the tide turn? - Yes", "tier demo", "bid 0.48 x 100, ask 0.49 x 50",
        "3.00 % (1.5 ticks) below the high 0.5", "needs 2.00 % and 2 ticks", "refused: COOLDOWN (4 repeats)",
        "cooling down", "10 shares (ACTIONABLE) at 0.47", "not sold below 0.48",
        "worst loss 4.70 in this market, 9.40 in all", "SELL 8 at 0.49, 1 filled, LIVE, 3.0 s old", "TAKE_PROFIT"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

TEST_F(ExplainFile, FindsByPrefixOnlyWhenItIsUnique) {
  runner::RunSummary run = sample_run();
  run.tokens.push_back(sample_token(3, "71"));
  ASSERT_TRUE(write_explain(directory_, run).has_value());
  EXPECT_EQ(read_explained(directory_, "5")->token_id, run.tokens[1].token_id);
  EXPECT_EQ(read_explained(directory_, "71")->token_id, "71") << "the whole id wins over longer ones";
  EXPECT_EQ(error_of("7"), "explain.ambiguous");
  EXPECT_EQ(error_of("99"), "explain.unknown");
}

TEST_F(ExplainFile, SaysWhenThereIsNoRun) {
  const auto token = read_explained(directory_, "7");
  ASSERT_FALSE(token.has_value());
  EXPECT_EQ(token.error().code, "explain.no_run");
  EXPECT_THAT(token.error().hint, HasSubstr("./ebb demo"));
}

TEST_F(ExplainFile, SaysWhenTheFileIsDamaged) {
  const std::string whole = explain_document(sample_run());
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("[]"), std::string("7"), std::string("{\"format\":1}"),
        std::string("{\"format\":2,\"tokens\":[]}"), whole.substr(0, whole.size() / 2),
        std::string("{\"format\":1,\"tokens\":[{}]}"), std::string("{\"format\":1,\"tokens\":[7]}"),
        std::string("{\"format\":1,\"tokens\":[{\"token_id\":\"71\"}]}")}) {
    put(text);
    EXPECT_EQ(error_of("71"), "explain.damaged") << text.substr(0, 40);
  }
}

TEST_F(ExplainFile, ReplacesTheOldFileInOneStep) {
  put("old");
  ASSERT_TRUE(write_explain(directory_, sample_run()).has_value());
  EXPECT_EQ(error_of("713"), "");
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(directory_)) ++files;
  EXPECT_EQ(files, 1u) << "no temporary file is left";
}

TEST_F(ExplainFile, AnUnwritableDirectoryIsAnError) {
  const auto written = write_explain(directory_ / "absent", sample_run());
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code, "data_dir.unwritable");
}

TEST_F(ExplainFile, TheCommandPrintsTheTokenAsJson) {
  ASSERT_TRUE(write_explain(directory_, sample_run()).has_value());
  ExplainOptions options;
  options.common.data_dir = directory_.string();
  options.common.json = true;
  options.token = "521";
  testing::internal::CaptureStdout();
  EXPECT_EQ(run_explain(options), kExitDone);
  const auto document = nlohmann::json::parse(testing::internal::GetCapturedStdout());
  EXPECT_EQ(document.at("ok"), true);
  EXPECT_EQ(document.at("token").at("phase"), "SELLING");
  EXPECT_EQ(document.at("token").at("decisions").size(), 2u);

  options.token = "99";
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_explain(options), kExitBadUsage);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("no token of the last run begins with"));
  EXPECT_EQ(nlohmann::json::parse(testing::internal::GetCapturedStdout()).at("errors")[0].at("code"),
            "explain.unknown");
}

}  // namespace
}  // namespace ebb::app
