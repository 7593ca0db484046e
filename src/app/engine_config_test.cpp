#include "app/engine_config.hpp"

#include <gtest/gtest.h>

namespace ebb::app {
namespace {

Config parsed(const char* text) {
  auto config = parse_config(text, "test.toml");
  EXPECT_TRUE(config.has_value()) << (config ? "" : config.error().front().message);
  return config.value_or(Config());
}

TEST(EngineConfig, TakesWhatTheConfigurationSays) {
  const Config config = parsed(R"(
[risk]
per_order = 7
[feed]
soft_stale_after_ms = 4000
hash_check_min_interval_ms = 2500
[execution]
sell_after = "confirmed"
stop_policy = "keep_sells"
)");
  const auto engine = make_engine_config(config, "");
  ASSERT_TRUE(engine.has_value());
  EXPECT_EQ(engine->limits.per_order, dollars(7));
  EXPECT_EQ(engine->freshness.soft_stale_after, seconds(4));
  EXPECT_EQ(engine->hash_check_min_interval, milliseconds(2500));
  EXPECT_EQ(engine->sell_after, portfolio::SellAfter::confirmed);
  EXPECT_EQ(engine->stop_policy, engine::StopPolicy::keep_sells);
  EXPECT_TRUE(engine->forced_tier.empty());
  EXPECT_EQ(engine->tiers.size(), config.tiers.size());
}

TEST(EngineConfig, ForcesATierForEveryToken) {
  const auto engine = make_engine_config(Config(), "fast");
  ASSERT_TRUE(engine.has_value());
  EXPECT_EQ(engine->forced_tier, "fast");
  const strategy::TierRule* tier = strategy::choose_tier(engine->tiers, {.life = hours(1000)});
  ASSERT_NE(tier, nullptr);
  EXPECT_EQ(tier->name, "fast");
  EXPECT_EQ(tier->params.window, seconds(60));
}

TEST(EngineConfig, AnUnknownTierIsAnErrorThatNamesTheOthers) {
  const auto engine = make_engine_config(Config(), "fats");
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().code, "config.tier");
  EXPECT_NE(engine.error().hint.find("fast"), std::string::npos);
}

TEST(OwnParams, LaysATokensValuesOverItsTier) {
  const Config config = parsed(R"(
[tokens."123"]
tier = "fast"
window = "90s"
[tokens."456"]
drop_pct = 5
[tokens."789"]
trade = false
)");
  const OwnParams own(config, "");
  ASSERT_NE(own.find("123"), nullptr);
  EXPECT_EQ(own.find("123")->window, seconds(90));
  EXPECT_EQ(own.find("123")->max_chase_ticks, 0) << "from the tier fast";
  ASSERT_NE(own.find("456"), nullptr);
  EXPECT_EQ(own.find("456")->drop, strategy::Ratio(50'000));
  EXPECT_EQ(own.find("456")->window, minutes(30)) << "from the first enabled tier";
  EXPECT_EQ(own.find("1"), nullptr);
  ASSERT_NE(own.find("789"), nullptr);
  EXPECT_EQ(own.find("789")->min_drop_ticks, kPriceScale) << "a drop that cannot happen";

  const OwnParams forced(config, "predecessor");
  EXPECT_EQ(forced.find("456")->max_buy_price, Price(9800)) << "--tier wins over the section's tier";
  EXPECT_EQ(forced.find("123")->window, seconds(90));
}

}  // namespace
}  // namespace ebb::app
