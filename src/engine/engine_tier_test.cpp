// Which tier a market gets: by tick and life at once, by spread and update rate after a minute of quotes (rules 6).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

constexpr std::int64_t kStartMs = 1'790'000'000'000;

struct NoSink : CommandSink {
  void on_command(const model::Command&, Timestamp) override {}
};

strategy::TierRule tier(std::string name, std::int32_t max_spread_ticks, double min_updates) {
  strategy::TierRule rule;
  rule.name = std::move(name);
  rule.max_spread_ticks = max_spread_ticks;
  rule.min_updates_per_minute = min_updates;
  rule.params = strategy::default_params();
  rule.params.min_life = Duration(0);
  return rule;
}

class Tiers : public ::testing::Test {
 protected:
  void trade(std::vector<strategy::TierRule> tiers, model::MarketSpec spec = {}) {
    EngineConfig config;
    config.tiers = std::move(tiers);
    config.check_hashes = false;
    engine = std::make_unique<Engine>(config, sink, now);
    spec.condition_id = "0xc0";
    spec.tokens = {model::TokenSpec{"101", "Yes"}, model::TokenSpec{"102", "No"}};
    ASSERT_TRUE(engine->add_market(spec, Follow::trade, now).has_value());
    engine->on_event({now, model::ConnectionOpened{model::ConnectionIndex(0)}});
  }
  void quote(int bid, int ask) {
    const std::string text = fmt::format(
        R"({{"market":"0xc0","asset_id":"101","timestamp":"{}","hash":"","bids":[{{"price":"0.{:02}","size":"100"}}],"asks":[{{"price":"0.{:02}","size":"{}"}}],"event_type":"book"}})",
        now.ms(), bid, ask, ++sizes);
    engine->on_market_frame(now, model::ConnectionIndex(0), text);
  }
  void quotes_for(int count, Duration apart, int bid, int ask) {
    for (int i = 0; i < count; ++i) {
      now = now + apart;
      quote(bid, ask);
    }
  }
  [[nodiscard]] std::string_view tier_now() const { return engine->trader(model::TokenIndex(0)).tier; }

  NoSink sink;
  Timestamp now = from_ms(kStartMs);
  std::unique_ptr<Engine> engine;
  int sizes = 1;
};

TEST_F(Tiers, AWideMarketLeavesTheTightTierAfterAMinute) {
  trade({tier("tight", 3, 0.0), tier("wide", 100, 0.0)});
  quotes_for(10, seconds(1), 40, 50);
  EXPECT_EQ(tier_now(), "tight");  // not known yet
  quotes_for(60, seconds(1), 40, 50);
  EXPECT_EQ(tier_now(), "wide");
}

TEST_F(Tiers, ABusyMarketReachesTheTierThatAsksForUpdates) {
  trade({tier("busy", 100, 50.0), tier("quiet", 100, 0.0)});
  EXPECT_EQ(tier_now(), "quiet");
  quotes_for(70, seconds(1), 49, 51);
  EXPECT_EQ(tier_now(), "busy");
}

TEST_F(Tiers, AMarketWithoutATierIsNotTradedAndSaysSo) {
  strategy::TierRule fine = tier("fine", 100, 0.0);
  fine.max_tick = Price(10);
  trade({fine});
  quotes_for(3, seconds(1), 49, 51);
  EXPECT_EQ(tier_now(), "none");
  EXPECT_EQ(engine->phase(model::TokenIndex(0)), Phase::parked);
  const TokenReport report = engine->report(model::TokenIndex(0));
  EXPECT_EQ(report.guards, std::vector<std::string>{"no tier fits the market"});
}

TEST_F(Tiers, ShortMarketsAreRefusedByTheirMinimumLife) {
  strategy::TierRule rule = tier("default", 100, 0.0);
  rule.params.min_life = hours(1);
  model::MarketSpec spec;
  spec.start = now;
  spec.end = now + minutes(5);
  spec.end_precision = model::EndPrecision::exact;
  trade({rule}, spec);
  EXPECT_TRUE(engine->trader(model::TokenIndex(0)).blocked(Block::short_life));
  EXPECT_EQ(engine->trader(model::TokenIndex(0)).window, minutes(1));  // 20 % of the life
  EXPECT_EQ(engine->trader(model::TokenIndex(0)).sell_only_at, spec.end - seconds(90));
  EXPECT_EQ(engine->trader(model::TokenIndex(0)).exit_at, spec.end - seconds(15));
}

}  // namespace
}  // namespace ebb::engine
