#include "exchange/agents.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "exchange/dip_buyer.hpp"

namespace ebb::exchange {
namespace {

constexpr Timestamp kStart{1'790'000'000'000'000'000};
constexpr Timestamp kAfterPreRoll = kStart + seconds(120);

Agents& start_demo(Exchange& exchange, std::uint64_t seed, AgentModel model = AgentModel::reverting) {
  AgentConfig agents;
  agents.seed = seed;
  agents.start = kStart;
  agents.model = model;
  DemoMarketsConfig markets;
  markets.seed = seed;
  markets.start = kStart;
  return populate(exchange, markets, agents);
}

TEST(Agents, names) {
  EXPECT_EQ(parse_agent_model("martingale"), AgentModel::martingale);
  EXPECT_EQ(parse_agent_model(to_text(AgentModel::reverting)), AgentModel::reverting);
  EXPECT_FALSE(parse_agent_model("random").has_value());
}

TEST(Agents, the_same_seed_gives_the_same_frames_whatever_the_steps) {
  std::string first, second;
  for (std::string* out : {&first, &second}) {
    Exchange exchange({.seed = 4});
    start_demo(exchange, 4);
    const Duration step = out == &first ? seconds(20) : milliseconds(333);
    for (Timestamp t = kStart; t < kStart + seconds(20);) {
      t = std::min(t + step, kStart + seconds(20));
      exchange.advance(t);
    }
    for (const Outgoing& frame : exchange.take_outgoing()) *out += frame.text;
  }
  EXPECT_GT(first.size(), 100'000U);
  EXPECT_TRUE(first == second);
  Exchange other({.seed = 5});
  start_demo(other, 5);
  other.advance(kStart + seconds(20));
  std::string third;
  for (const Outgoing& frame : other.take_outgoing()) third += frame.text;
  EXPECT_FALSE(first == third);
}

class Flow : public ::testing::TestWithParam<AgentModel> {};

TEST_P(Flow, is_as_fast_and_as_concentrated_as_the_rules_say) {
  for (const std::uint64_t seed : {1U, 2U}) {
    Exchange exchange({.seed = seed});
    start_demo(exchange, seed, GetParam());
    ASSERT_EQ(exchange.markets().token_count(), 40U);
    exchange.advance(kAfterPreRoll);
    (void)exchange.take_outgoing();
    const std::uint64_t before = exchange.market_events();
    std::vector<double> by_market(20);
    exchange.advance(kAfterPreRoll + seconds(60));
    for (const Outgoing& frame : exchange.take_outgoing()) {
      if (frame.channel == Channel::market)
        by_market[frame.market.value()] += frame.text.find("price_changes") != std::string::npos ? 2 : 1;
    }
    const double rate = static_cast<double>(exchange.market_events() - before) / 60.0;
    EXPECT_GE(rate, 75.0);
    EXPECT_LE(rate, 135.0);
    double all = 0, busy = 0;
    for (std::size_t m = 0; m < by_market.size(); ++m) (m < 6 ? busy : all) += by_market[m];
    all += busy;
    EXPECT_NEAR(busy / all, 0.70, 0.10);
    EXPECT_GT(*std::max_element(by_market.begin() + 6, by_market.end()), 0.0);
    EXPECT_TRUE(exchange.audit().holds());
    // the two short markets have ended, everything else has a two-sided book of about 25 levels a side
    EXPECT_FALSE(exchange.is_open(model::MarketIndex(0)));
    EXPECT_FALSE(exchange.is_open(model::MarketIndex(1)));
    EXPECT_EQ(exchange.truth().resolutions.size(), 2U);
    for (std::uint32_t m = 2; m < 20; ++m) {
      int levels = 0;
      for (const Direction side : {Direction::bid, Direction::ask}) {
        exchange.book(model::MarketIndex(m)).for_each_level(side, [&](Price, Shares) { ++levels; });
      }
      EXPECT_GE(levels, 30) << m;
      EXPECT_TRUE(exchange.quote(exchange.markets().token_of(model::MarketIndex(m), 0)).two_sided());
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Models, Flow, ::testing::Values(AgentModel::reverting, AgentModel::martingale));

TEST(Agents, a_fifth_of_the_jumps_at_least_never_returns) {
  Exchange exchange({.seed = 2});
  const Agents& agents = start_demo(exchange, 2);
  exchange.advance(kStart + minutes(8));
  const AgentStats& stats = agents.stats();
  ASSERT_GT(stats.jumps, 300U);
  EXPECT_GE(static_cast<double>(stats.permanent_jumps), 0.2 * static_cast<double>(stats.jumps));
  EXPECT_LE(static_cast<double>(stats.permanent_jumps), 0.5 * static_cast<double>(stats.jumps));
}

TEST(Agents, pressure_halves_in_five_seconds_and_the_book_follows_the_centre) {
  Exchange exchange({.seed = 2});
  const Agents& agents = start_demo(exchange, 2);
  double ratio_sum = 0, distance = 0;
  int ratios = 0, looks = 0;
  for (Timestamp t = kStart + seconds(10); t < kStart + minutes(6); t = t + seconds(5)) {
    std::vector<double> before;
    exchange.advance(t);
    for (std::uint32_t m = 2; m < 20; ++m) {
      const model::MarketIndex market(m);
      const double pressed = agents.centre(market, t) - agents.fair(market);
      const double later = agents.centre(market, t + seconds(5)) - agents.fair(market);
      if (std::abs(pressed) > 0.01) {
        ratio_sum += later / pressed;
        ++ratios;
      }
      const model::Quote quote = exchange.quote(exchange.markets().token_of(market, 0));
      if (exchange.tick(market) != Price(100)) continue;
      distance += std::abs(quote.mid2() / 20'000.0 - agents.centre(market, t));
      ++looks;
    }
  }
  ASSERT_GT(ratios, 50);
  EXPECT_NEAR(ratio_sum / ratios, 0.5, 1e-6);
  EXPECT_LT(distance / looks, 0.01);  // one tick on average
}

/// Profit and round trips of the little dip buyer over several seeds of the demo's minute.
struct Trials {
  double mean = 0, standard_error = 0, round_trips = 0;
};
Trials run_trials(AgentModel model, int seeds) {
  Trials trials;
  double sum = 0, squares = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    Exchange exchange({.seed = static_cast<std::uint64_t>(seed), .settlement = {.scale = 0.2}});
    start_demo(exchange, static_cast<std::uint64_t>(seed), model);
    auto owned = std::make_unique<DipBuyer>(exchange, kAfterPreRoll);
    const DipBuyer& buyer = *owned;
    exchange.attach(std::move(owned));
    exchange.advance(kAfterPreRoll + seconds(60));
    EXPECT_TRUE(exchange.audit().holds());
    const double pnl = static_cast<double>(buyer.pnl(exchange).raw()) * 1e-6;
    sum += pnl;
    squares += pnl * pnl;
    trials.round_trips += buyer.round_trips;
  }
  trials.mean = sum / seeds;
  trials.standard_error = std::sqrt(std::max(0.0, squares / seeds - trials.mean * trials.mean) / seeds);
  trials.round_trips /= seeds;
  return trials;
}

TEST(Agents, a_dip_buyer_has_no_edge_in_the_martingale) {
  const Trials control = run_trials(AgentModel::martingale, 12);
  EXPECT_LE(control.mean, 2.0 * control.standard_error);
}

TEST(Agents, the_demo_allows_fifteen_round_trips_a_minute_and_more) {
  const Trials demo = run_trials(AgentModel::reverting, 4);
  EXPECT_GE(demo.round_trips, 15.0);
  EXPECT_LE(demo.round_trips, 60.0);
}

TEST(DemoMarkets, have_ids_of_real_length_and_mixed_ticks) {
  DemoMarketsConfig config;
  config.start = kStart;
  const auto specs = demo_markets(config);
  ASSERT_EQ(specs.size(), 20U);
  int fine = 0;
  for (const auto& spec : specs) {
    EXPECT_EQ(spec.condition_id.size(), 66U);
    EXPECT_EQ(spec.tokens[0].token_id.size(), 76U);
    EXPECT_NE(spec.tokens[0].token_id, spec.tokens[1].token_id);
    fine += spec.tick == Price(10) ? 1 : 0;
  }
  EXPECT_EQ(fine, 5);
  EXPECT_EQ(specs[0].end, kStart + seconds(150));
}

}  // namespace
}  // namespace ebb::exchange
