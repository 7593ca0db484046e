#include "app/engine_config.hpp"

#include <algorithm>

namespace ebb::app {

namespace {

strategy::Params tier_params(const Config& config, const std::string& name) {
  const auto fits = [&](const strategy::TierRule& rule) { return name.empty() ? rule.enabled : rule.name == name; };
  const auto found = std::find_if(config.tiers.begin(), config.tiers.end(), fits);
  return found == config.tiers.end() ? strategy::default_params() : found->params;
}

// A drop of more than everything never happens.
void never_signal(strategy::Params& params) {
  params.drop = strategy::Ratio(strategy::kRatioScale);
  params.min_drop_ticks = kPriceScale;
  params.buy_price_threshold = Price(0);
}

}  // namespace

Expected<engine::EngineConfig> make_engine_config(const Config& config, const std::string& tier) {
  Config chosen = config;
  if (!tier.empty()) TRY_VOID(force_tier(chosen, tier));
  engine::EngineConfig engine;
  engine.sell_after = chosen.execution.sell_after;
  engine.stop_policy = chosen.execution.stop_policy;
  engine.limits = chosen.limits;
  engine.freshness = chosen.feed.freshness;
  engine.tiers = std::move(chosen.tiers);
  engine.forced_tier = tier;
  engine.hash_check_min_interval = chosen.feed.hash_check_min_interval;
  return engine;
}

OwnParams::OwnParams(const Config& config, const std::string& tier) {
  for (const TokenOverride& section : config.tokens) {
    strategy::Params params = with_override(tier_params(config, tier.empty() ? section.tier : tier), section);
    if (!section.trade) never_signal(params);
    params_.insert_or_assign(section.token_id, params);
  }
}

const strategy::Params* OwnParams::find(const std::string& token_id) const {
  const auto found = params_.find(token_id);
  return found == params_.end() ? nullptr : &found->second;
}

}  // namespace ebb::app
