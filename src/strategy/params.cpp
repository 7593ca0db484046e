#include "strategy/params.hpp"

#include <algorithm>

namespace ebb::strategy {
namespace {

constexpr Price kCoarseTick{100};          // two decimals
constexpr std::int64_t kDearEntry = 900'000;
constexpr std::int64_t kVeryDearEntry = 950'000;

TierRule disabled_tier(std::string name, Params params) {
  TierRule rule;
  rule.name = std::move(name);
  rule.enabled = false;
  rule.params = params;
  return rule;
}

bool matches(const TierRule& rule, const MarketTraits& traits) {
  return traits.tick >= rule.min_tick && traits.tick <= rule.max_tick && traits.spread_ticks <= rule.max_spread_ticks &&
         traits.updates_per_minute >= rule.min_updates_per_minute && traits.life >= rule.min_life &&
         traits.life <= rule.max_life;
}

}  // namespace

Ratio profit_at(const Params& params, Price tick) {
  return std::max(params.profit, tick >= kCoarseTick ? params.profit_floor_coarse : params.profit_floor_fine);
}

Duration idle_timeout_of(const Params& params, std::int64_t cost_micros) {
  if (params.sell_idle_timeout.raw() == 0 || !params.idle_by_entry) return params.sell_idle_timeout;
  const Duration by_entry = cost_micros >= kVeryDearEntry ? hours(1) : cost_micros >= kDearEntry ? hours(2) : hours(4);
  return std::min(params.sell_idle_timeout, by_entry);
}

Params default_params() { return {}; }

Params fast_params() {
  Params p;
  p.window = seconds(60);
  p.drop = Ratio(80'000);
  p.min_drop_ticks = 3;
  p.min_buy_price = Price(1500);
  p.max_buy_price = Price(8500);
  p.profit = Ratio(30'000);
  p.min_profit_ticks = 2;
  p.min_profit = Price(0);
  p.buy_ttl = seconds(15);
  p.max_chase_ticks = 0;
  p.max_spread_ticks = 2;
  p.max_spread = Ratio(0);
  p.buy_requote_interval = seconds(1);
  p.sell_requote_interval = seconds(1);
  p.min_life = Duration(0);
  return p;
}

// What was shipped when the seeds were written. How an order is priced and followed is ours (rules 2), and so is that a
// BUY ends with its dip (rules 3.1).
Params predecessor_params() {
  Params p;
  p.window = minutes(60);
  p.drop = Ratio(1'000);
  p.min_drop_ticks = 0;
  p.min_buy_price = Price(0);
  p.max_buy_price = Price(9800);
  p.incremental_drop = true;
  p.drop_step = Ratio(200);
  p.drop_cap = Ratio(200'000);
  p.profit = Ratio(5'000);
  p.min_profit_ticks = 0;
  p.min_profit = Price(0);
  p.profit_floor_coarse = Ratio(10'000);
  p.profit_floor_fine = Ratio(3'000);
  p.order_size_min_factor = 0;
  p.buy_ttl = Duration(0);
  p.max_chase_ticks = -1;
  p.buy_pull = false;
  p.limit_spread = false;
  p.sell_mode = SellMode::aggressive;
  p.aggressive_step = Price(100);
  p.aggressive_timeout = seconds(300);
  p.sell_idle_timeout = hours(4);
  p.idle_by_entry = true;
  p.min_life = Duration(0);
  p.cap_window_to_life = false;
  p.market_end_action = MarketEndAction::hold;
  return p;
}

// Made for agents whose dips recover with a half-life of seconds (rules 9); not a finding about real markets.
Params demo_params() {
  Params p;
  p.window = seconds(30);
  p.drop = Ratio(0);
  p.min_drop_ticks = 2;
  p.profit = Ratio(0);
  p.min_profit_ticks = 1;
  p.min_profit = Price(0);
  p.buy_ttl = seconds(15);
  p.buy_requote_interval = seconds(1);
  p.sell_requote_interval = seconds(1);
  p.min_life = Duration(0);
  return p;
}

std::vector<TierRule> builtin_tiers() {
  TierRule everywhere;
  everywhere.name = "default";
  everywhere.params = default_params();
  std::vector<TierRule> tiers;
  tiers.push_back(disabled_tier("fast", fast_params()));
  tiers.back().max_life = hours(1) - nanoseconds(1);
  tiers.push_back(disabled_tier("demo", demo_params()));
  tiers.push_back(everywhere);
  tiers.push_back(disabled_tier("predecessor", predecessor_params()));
  return tiers;
}

const TierRule* choose_tier(const std::vector<TierRule>& tiers, const MarketTraits& traits) {
  const auto it = std::find_if(tiers.begin(), tiers.end(),
                               [&](const TierRule& rule) { return rule.enabled && matches(rule, traits); });
  return it == tiers.end() ? nullptr : &*it;
}

}  // namespace ebb::strategy
