#include "strategy/params.hpp"

#include <gtest/gtest.h>

namespace ebb::strategy {
namespace {

std::vector<TierRule> all_enabled() {
  auto tiers = builtin_tiers();
  for (TierRule& rule : tiers) rule.enabled = true;
  return tiers;
}

// The table of rules 6.
TEST(Params, TheDefaultTierIsTheTables) {
  const Params p = default_params();
  EXPECT_EQ(p.window, minutes(30));
  EXPECT_EQ(p.drop, Ratio(30'000));
  EXPECT_EQ(p.min_drop_ticks, 2);
  EXPECT_EQ(p.profit, Ratio(10'000));
  EXPECT_EQ(p.min_profit_ticks, 1);
  EXPECT_EQ(p.min_profit, Price(30));
  EXPECT_EQ(p.min_buy_price, Price(500));
  EXPECT_EQ(p.max_buy_price, Price(9500));
  EXPECT_EQ(p.order_size, shares_of(10));
  EXPECT_EQ(p.order_size_min_factor, 2);
  EXPECT_EQ(p.buy_ttl, minutes(10));
  EXPECT_EQ(p.max_chase_ticks, 1);
  EXPECT_EQ(p.buy_requote_interval, milliseconds(1500));
  EXPECT_EQ(p.sell_requote_interval, milliseconds(3000));
  EXPECT_EQ(p.max_spread_ticks, 3);
  EXPECT_EQ(p.max_spread, Ratio(50'000));
  EXPECT_EQ(p.min_life, hours(1));
  EXPECT_EQ(p.countdown, minutes(300));
  EXPECT_TRUE(p.buy_pull);
  EXPECT_TRUE(p.cap_window_to_life);
  EXPECT_EQ(p.market_end_action, MarketEndAction::exit);
}

TEST(Params, TheFastTierIsTheTables) {
  const Params p = fast_params();
  EXPECT_EQ(p.window, seconds(60));
  EXPECT_EQ(p.drop, Ratio(80'000));
  EXPECT_EQ(p.min_drop_ticks, 3);
  EXPECT_EQ(p.profit, Ratio(30'000));
  EXPECT_EQ(p.min_profit_ticks, 2);
  EXPECT_EQ(p.min_profit, Price(0));
  EXPECT_EQ(p.min_buy_price, Price(1500));
  EXPECT_EQ(p.max_buy_price, Price(8500));
  EXPECT_EQ(p.buy_ttl, seconds(15));
  EXPECT_EQ(p.max_chase_ticks, 0);
  EXPECT_EQ(p.buy_requote_interval, seconds(1));
  EXPECT_EQ(p.sell_requote_interval, seconds(1));
  EXPECT_EQ(p.max_spread_ticks, 2);
  EXPECT_EQ(p.max_spread, Ratio(0));
  EXPECT_EQ(p.min_life, Duration(0));
}

TEST(Params, ThePredecessorIsWhatWasShipped) {
  const Params p = predecessor_params();
  EXPECT_EQ(p.window, minutes(60));
  EXPECT_EQ(p.drop, Ratio(1'000));
  EXPECT_EQ(p.min_drop_ticks, 0);
  EXPECT_TRUE(p.incremental_drop);
  EXPECT_EQ(p.drop_step, Ratio(200));
  EXPECT_EQ(p.drop_cap, Ratio(200'000));
  EXPECT_EQ(p.max_buy_price, Price(9800));
  EXPECT_EQ(p.buy_ttl, Duration(0));
  EXPECT_EQ(p.max_chase_ticks, -1);
  EXPECT_FALSE(p.buy_pull);
  EXPECT_FALSE(p.limit_spread);
  EXPECT_EQ(p.aggressive_step, Price(100));
  EXPECT_EQ(p.aggressive_timeout, seconds(300));
  EXPECT_EQ(p.min_life, Duration(0));
  EXPECT_EQ(p.countdown, minutes(300));
  EXPECT_FALSE(p.cap_window_to_life);
  EXPECT_EQ(p.market_end_action, MarketEndAction::hold);
}

TEST(Params, ThePredecessorsProfitIsRaisedToTheFloorOfTheGrid) {
  EXPECT_EQ(profit_at(predecessor_params(), Price(100)), Ratio(10'000));
  EXPECT_EQ(profit_at(predecessor_params(), Price(10)), Ratio(5'000)) << "0.5 % is above the 0.3 % of three decimals";
  Params lower = predecessor_params();
  lower.profit = Ratio(1'000);
  EXPECT_EQ(profit_at(lower, Price(10)), Ratio(3'000));
  EXPECT_EQ(profit_at(default_params(), Price(100)), Ratio(10'000));
}

TEST(Params, ThePredecessorsSellIdlesShorterTheDearerTheEntry) {
  const Params p = predecessor_params();
  EXPECT_EQ(idle_timeout_of(p, 500'000), hours(4));
  EXPECT_EQ(idle_timeout_of(p, 899'999), hours(4));
  EXPECT_EQ(idle_timeout_of(p, 900'000), hours(2));
  EXPECT_EQ(idle_timeout_of(p, 950'000), hours(1));
  EXPECT_EQ(idle_timeout_of(default_params(), 950'000), hours(4));
  Params off = p;
  off.sell_idle_timeout = Duration(0);
  EXPECT_EQ(idle_timeout_of(off, 950'000), Duration(0));
}

TEST(Params, TheDemoTierIsTheOneOfTheRules) {
  const Params p = demo_params();
  EXPECT_EQ(p.window, seconds(30));
  EXPECT_EQ(p.min_drop_ticks, 2);
  EXPECT_EQ(p.min_profit_ticks, 1);
  EXPECT_EQ(p.order_size, shares_of(10));
  EXPECT_EQ(p.min_life, Duration(0));
}

TEST(Tiers, OnlyDefaultIsEnabledUnlessAskedFor) {
  const auto tiers = builtin_tiers();
  EXPECT_EQ(choose_tier(tiers, {})->name, "default");
  EXPECT_EQ(choose_tier(tiers, {.life = minutes(5)})->name, "default");
  int enabled = 0;
  for (const TierRule& rule : tiers) enabled += rule.enabled ? 1 : 0;
  EXPECT_EQ(enabled, 1);
}

TEST(Tiers, FastTakesLivesBelowAnHour) {
  auto tiers = builtin_tiers();
  tiers[0].enabled = true;
  EXPECT_EQ(choose_tier(tiers, {.life = minutes(5)})->name, "fast");
  EXPECT_EQ(choose_tier(tiers, {.life = hours(1)})->name, "default");
  EXPECT_EQ(choose_tier(tiers, {})->name, "default") << "no known end";
}

TEST(Tiers, TheFirstMatchWins) {
  auto tiers = all_enabled();
  EXPECT_EQ(choose_tier(tiers, {.life = minutes(5)})->name, "fast");
  EXPECT_EQ(choose_tier(tiers, {.life = hours(5)})->name, "demo");
}

TEST(Tiers, EveryTraitCanRefuse) {
  TierRule rule;
  rule.name = "narrow";
  rule.min_tick = Price(10);
  rule.max_tick = Price(10);
  rule.max_spread_ticks = 3;
  rule.min_updates_per_minute = 2.0;
  rule.min_life = hours(1);
  rule.max_life = hours(2);
  const std::vector<TierRule> tiers{rule};
  const MarketTraits fits{.tick = Price(10), .spread_ticks = 3, .updates_per_minute = 2.0, .life = hours(1)};
  ASSERT_NE(choose_tier(tiers, fits), nullptr);
  const auto refused = [&](auto change) {
    MarketTraits traits = fits;
    change(traits);
    return choose_tier(tiers, traits) == nullptr;
  };
  EXPECT_TRUE(refused([](MarketTraits& t) { t.tick = Price(100); }));
  EXPECT_TRUE(refused([](MarketTraits& t) { t.tick = Price(1); }));
  EXPECT_TRUE(refused([](MarketTraits& t) { t.spread_ticks = 4; }));
  EXPECT_TRUE(refused([](MarketTraits& t) { t.updates_per_minute = 1.9; }));
  EXPECT_TRUE(refused([](MarketTraits& t) { t.life = minutes(59); }));
  EXPECT_TRUE(refused([](MarketTraits& t) { t.life = hours(3); }));
}

}  // namespace
}  // namespace ebb::strategy
