#include "app/summary_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/sample_run.hpp"

namespace ebb::app {
namespace {

using nlohmann::json;

json parsed(const runner::RunSummary& run, Detail detail = Detail::brief) {
  return json::parse(summary_json(run, detail));
}

TEST(SummaryJson, HasEveryFieldOfTheContractWithItsType) {
  const json j = parsed(sample_run());
  for (const char* text : {"version", "command", "commands_sha256", "note"})
    EXPECT_TRUE(j.at(text).is_string()) << text;
  for (const char* number : {"wall_seconds", "seed", "tokens", "fills", "round_trips"})
    EXPECT_TRUE(j.at(number).is_number()) << number;
  EXPECT_TRUE(j.at("ok").is_boolean());
  EXPECT_TRUE(j.at("errors").is_array());
  const auto expect_numbers = [&](const char* object, std::initializer_list<const char*> names) {
    for (const char* name : names) EXPECT_TRUE(j.at(object).at(name).is_number()) << object << '.' << name;
  };
  expect_numbers("events", {"total", "quote_changes_traded"});
  expect_numbers("evaluations", {"on_event", "on_timer", "skipped"});
  expect_numbers("orders", {"placed", "live", "filled", "partially_filled", "canceled", "rejected"});
  expect_numbers("signals", {"total", "acted"});
  expect_numbers("invariants", {"checked", "violated"});
  expect_numbers("feed", {"reconnects", "untrusted_ms", "hash_checked", "hash_mismatch", "fast_path", "fallback"});
  expect_numbers("data_quality", {"silent_tokens"});
  for (const char* name : {"p50", "p95"})
    EXPECT_TRUE(j.at("data_quality").at("cache_age_ms").at(name).is_number()) << name;
  for (const char* name : {"p50", "p99", "p999", "max"}) {
    EXPECT_TRUE(j.at("latency_us").at("bytes_to_decision").at(name).is_number()) << name;
  }
  for (const char* name : {"total", "realized", "unrealized", "fees"})
    EXPECT_TRUE(j.at("pnl").at(name).is_string()) << name;
  for (const char* name : {"cash", "reserved"}) EXPECT_TRUE(j.at("account").at(name).is_string()) << name;
  EXPECT_TRUE(j.at("events").at("by_type").is_object());
  EXPECT_TRUE(j.at("orders").at("by_reason").is_object());
  EXPECT_TRUE(j.at("signals").at("refused").at("by_reason").is_object());
  EXPECT_TRUE(j.at("positions").is_array());
  EXPECT_TRUE(j.at("tokens_detail").is_array());
  EXPECT_FALSE(j.contains("orders_detail")) << "only with --verbose";
  EXPECT_FALSE(j.contains("fills_by_model")) << "only for a paper model";
}

TEST(SummaryJson, FiguresAreThoseOfTheRun) {
  const json j = parsed(sample_run());
  EXPECT_EQ(j["command"], "demo");
  EXPECT_EQ(j["seed"], 7);
  EXPECT_EQ(j["ok"], true);
  EXPECT_EQ(j["pnl"]["total"], "0.64");
  EXPECT_EQ(j["pnl"]["fees"], "0.06");
  EXPECT_EQ(j["account"]["cash"], "9991.04");
  EXPECT_EQ(j["daily_loss"]["limit"], "20.00");
  EXPECT_EQ(j["daily_loss"]["worst"], "3.00");
  EXPECT_EQ(j["tokens"], 2);
  EXPECT_EQ(j["events"]["by_type"]["price_change"], 800);
  EXPECT_EQ(j["orders"]["by_reason"]["REQUOTE"], 3);
  EXPECT_EQ(j["orders"]["by_reason"]["REJECTED_POST_ONLY_CROSSES"], 2);
  EXPECT_EQ(j["orders"]["by_reason"].size(), 3u) << "only reasons that occurred";
  EXPECT_EQ(j["signals"]["refused"]["total"], 2);
  EXPECT_EQ(j["signals"]["refused"]["by_reason"]["COOLDOWN"], 1);
  EXPECT_EQ(j["markouts"]["s5"], "0.0005");
  EXPECT_EQ(j["markouts"]["s30"], "-0.0002");
  EXPECT_TRUE(j["markouts"]["s300"].is_null()) << "no fill is that old";
  EXPECT_EQ(j["feed"]["untrusted_ms"], 1500.0);
  EXPECT_EQ(j["settlement_scale"], 0.1);
}

TEST(SummaryJson, TotalPnlComesFirst) {
  const std::string text = summary_json(sample_run(), Detail::brief);
  const std::size_t pnl = text.find("\"pnl\":{");
  ASSERT_NE(pnl, std::string::npos);
  EXPECT_EQ(text.find("\"total\"", pnl), pnl + 7);
}

TEST(SummaryJson, SkippedIsWhatNoEvaluationFollowed) {
  runner::RunSummary run = sample_run();
  EXPECT_EQ(parsed(run)["evaluations"]["skipped"], 0);
  run.stats.evaluations_on_event -= 5;
  EXPECT_EQ(parsed(run)["evaluations"]["skipped"], 5);
  run.stats.evaluations_on_event += 8;
  EXPECT_EQ(parsed(run)["evaluations"]["skipped"], -3) << "too many are shown as well";
}

TEST(SummaryJson, ErrorsAndViolationsAreNotOk) {
  runner::RunSummary run = sample_run();
  run.errors.push_back({"capture.truncated", "the capture is cut", "copy it again"});
  json j = parsed(run);
  EXPECT_EQ(j["ok"], false);
  EXPECT_EQ(j["errors"][0]["code"], "capture.truncated");
  EXPECT_EQ(j["errors"][0]["hint"], "copy it again");

  run = sample_run();
  run.invariants_violated = 2;
  run.violations.push_back(
      {.rule = "sell_floor", .time = 1'776'153'600'000'000'000, .token_id = "71", .detail = "0.47 < 0.48"});
  run.violations_by_rule["sell_floor"] = 2;
  j = parsed(run);
  EXPECT_EQ(j["ok"], false);
  EXPECT_EQ(j["invariants"]["violated"], 2);
  EXPECT_EQ(j["invariants"]["violations"][0]["rule"], "sell_floor");
  EXPECT_EQ(j["invariants"]["violations"][0]["at"], "2026-04-14T08:00:00.000Z");
  EXPECT_EQ(j["invariants"]["by_rule"]["sell_floor"], 2);
}

TEST(SummaryJson, PositionsAddUpToTheirTokens) {
  runner::RunSummary run = sample_run();
  run.tokens[1].size = Shares(0);
  run.tokens[1].fills = 0;
  run.tokens[1].realized = Usdc(0);
  const json j = parsed(run);
  ASSERT_EQ(j["positions"].size(), 1u) << "a token that never held anything has no position";
  const json& p = j["positions"][0];
  EXPECT_EQ(p["token_id"], run.tokens[0].token_id);
  EXPECT_EQ(p["size"], "10");
  EXPECT_EQ(p["cost"], "4.70");
  EXPECT_EQ(p["mark"], "4.80");
  EXPECT_EQ(p["realized"], "0.25");
  EXPECT_EQ(p["unrealized"], "0.10");
  EXPECT_EQ(p["phase"], "SELLING");
  EXPECT_EQ(p["reason"], "ORDER_WORKING");
}

TEST(SummaryJson, ATokensDetail) {
  const json t = parsed(sample_run())["tokens_detail"][0];
  EXPECT_EQ(t["question"], "Will the tide turn?");
  EXPECT_EQ(t["outcome"], "Yes");
  EXPECT_EQ(t["tier"], "demo");
  EXPECT_EQ(t["events"]["last_trade_price"], 7);
  EXPECT_EQ(t["events_per_minute"], 411.0);
  EXPECT_EQ(t["evaluations_per_minute"], 157.0);
  EXPECT_EQ(t["orders"]["placed"], 9);
  EXPECT_EQ(t["live_to_filled"], 0.75);
  EXPECT_EQ(t["live_to_canceled"], 0.25);
  EXPECT_EQ(t["mean_time_to_fill_ms"], 2000.0);
  EXPECT_GT(t["data_age_ms"]["p95"], t["data_age_ms"]["p50"]);
  EXPECT_EQ(t["window_points"], 55);
  EXPECT_EQ(t["signals"], 5);
  EXPECT_EQ(t["round_trips"], 2);
  EXPECT_EQ(t["pnl"]["total"], "0.32");
}

TEST(SummaryJson, RatesWithoutOrdersAreNull) {
  runner::RunSummary run = sample_run();
  run.tokens[0].stats = {};
  const json t = parsed(run)["tokens_detail"][0];
  EXPECT_TRUE(t["live_to_filled"].is_null());
  EXPECT_TRUE(t["mean_time_to_fill_ms"].is_null());
}

TEST(SummaryJson, VerboseListsEveryOrder) {
  const json j = parsed(sample_run(), Detail::verbose);
  ASSERT_EQ(j["orders_detail"].size(), 1u);
  const json& order = j["orders_detail"][0];
  EXPECT_EQ(order["token_id"], sample_run().tokens[1].token_id) << "found by index, not by place in the list";
  EXPECT_EQ(order["order_id"], "0x" + std::string(64, '1'));
  EXPECT_EQ(order["side"], "BUY");
  EXPECT_EQ(order["price"], "0.47");
  EXPECT_EQ(order["filled"], "2");
  EXPECT_EQ(order["state"], "CANCELED");
  EXPECT_EQ(order["cancel_reason"], "PULLED");
  EXPECT_TRUE(order["reject_reason"].is_null());
  EXPECT_EQ(order["created_at"], "2026-04-14T08:00:00.000Z");
}

TEST(SummaryJson, ABacktestShowsBothModelsAndWhatItsFeedLeftOpen) {
  const json j = parsed(sample_backtest());
  EXPECT_FALSE(j.contains("seed"));
  EXPECT_EQ(j["fills_by_model"]["strict"], 10);
  EXPECT_EQ(j["fills_by_model"]["optimistic"], 41);
  int by_rule = 0;
  for (const auto& [name, count] : j["fills_by_model"]["by_rule"].items()) by_rule += count.get<int>();
  EXPECT_EQ(by_rule, 10) << "the rules of the headline explain the headline";
  EXPECT_EQ(j["fills_by_model"]["optimistic_falls"], 31);
  EXPECT_EQ(j["fills_by_model"]["median_queue_ahead"], "1234.5");
  EXPECT_EQ(j["feed_ended"]["positions"][0]["slug"], "btc-updown-5m-1");
  EXPECT_EQ(j["feed_ended"]["unrealized"], "0.10");
}

}  // namespace
}  // namespace ebb::app
