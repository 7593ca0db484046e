// The whole engine under arbitrary event orders, against a venue that tells late, twice, in any order or not at all.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "engine/testing/fuzz_venue.hpp"

namespace ebb::engine::testing {
namespace {

rc::Gen<std::vector<Happening>> tapes() {
  const auto happening = rc::gen::construct<Happening>(rc::gen::inRange<std::uint32_t>(0, kHappenings),
                                                       rc::gen::inRange<std::uint32_t>(0, 1u << 20));
  return rc::gen::resize(600, rc::gen::container<std::vector<Happening>>(happening));
}

/// Short times, so that a tape of minutes meets every rule.
EngineConfig config(portfolio::SellAfter sell_after = portfolio::SellAfter::mined) {
  strategy::Params params = strategy::default_params();
  params.window = seconds(60);
  params.drop = strategy::Ratio(20'000);
  params.min_drop_ticks = 1;
  params.buy_ttl = seconds(40);
  params.limit_spread = false;
  params.aggressive_timeout = seconds(15);
  params.sell_idle_timeout = seconds(90);
  params.min_life = Duration(0);
  params.countdown = seconds(30);
  strategy::TierRule rule;
  rule.name = "fuzz";
  rule.params = params;
  EngineConfig config;
  config.tiers = {rule};
  config.check_hashes = false;
  config.own_orders_in_book = false;
  config.rearm_interval = seconds(10);
  config.sell_after = sell_after;
  config.limits.daily_loss = dollars(1000);
  return config;
}

std::string play(FuzzVenue& venue, const std::vector<Happening>& tape) {
  for (const Happening& h : tape) {
    venue.happen(h);
    if (!venue.broken().empty()) return venue.broken();
  }
  return {};
}

TEST(EngineProperty, InvariantsHoldBetweenAnyTwoEvents) {
  EXPECT_TRUE(rc::check("invariants", [] {
    FuzzVenue venue(config(*rc::gen::element(portfolio::SellAfter::mined, portfolio::SellAfter::confirmed)), 2);
    RC_ASSERT(play(venue, *tapes()) == "");
  }));
}

TEST(EngineProperty, EverythingEndsOnceTheVenueAnswers) {
  EXPECT_TRUE(rc::check("quiescence", [] {
    FuzzVenue venue(config(), 2);
    RC_ASSERT(play(venue, *tapes()) == "");
    venue.make_peace();
    RC_ASSERT(venue.broken() == "");
    const Engine& engine = venue.rig().engine();
    RC_ASSERT(engine.orders().open().size() == 0U);
    for (std::uint32_t i = 0; i < venue.tokens(); ++i) {
      const model::TokenIndex token(i);
      const TokenTrader& trader = engine.trader(token);
      RC_ASSERT(!trader.buy.active());
      RC_ASSERT(!trader.sell.active());
      if (venue.resolved(i / 2)) {  // what is left there waits for its payout
        RC_ASSERT((!trader.exit.active() || trader.waiting == execution::Waiting::awaiting_resolution));
        continue;
      }
      RC_ASSERT(!trader.exit.active());
      RC_ASSERT(engine.ledger().position(token).matched == venue.held(token));
      RC_ASSERT(engine.ledger().position(token).shortfall.raw() == 0);
    }
    RC_ASSERT(engine.gate().open_orders() == 0U);
    RC_ASSERT(engine.gate().open_buys_total().raw() == 0);
  }));
}

// The same with restarts in between: the ledger comes back to the unit, and no order is sent before all is known.
TEST(EngineProperty, RestartsForgetNothingAndDoubleNothing) {
  EXPECT_TRUE(rc::check("restarts", [] {
    EngineConfig settings = config();
    settings.fold_after = *rc::gen::element(Duration(0), seconds(2));
    FuzzVenue venue(settings, 2);
    auto tape = *tapes();
    for (std::size_t i = 40; i < tape.size(); i += 40 + tape[i].detail % 200) tape[i].kind = kCrash;
    RC_ASSERT(play(venue, tape) == "");
    venue.make_peace();
    RC_ASSERT(venue.broken() == "");
    const Engine& engine = venue.rig().engine();
    RC_ASSERT(!engine.restarting());
    RC_ASSERT(engine.orders().open().size() == 0U);
    for (std::uint32_t i = 0; i < venue.tokens(); ++i) {
      if (!venue.resolved(i / 2))
        RC_ASSERT(engine.ledger().position(model::TokenIndex(i)).matched == venue.held(model::TokenIndex(i)));
    }
  }));
}

TEST(EngineProperty, TheSameEventsGiveTheSameCommands) {
  EXPECT_TRUE(rc::check("determinism", [] {
    const auto tape = *tapes();
    FuzzVenue first(config(), 2);
    FuzzVenue second(config(), 2);
    play(first, tape);
    play(second, tape);
    RC_ASSERT(first.commands_text() == second.commands_text());
  }));
}

// A fuzz run that trades nothing would prove nothing.
TEST(EngineProperty, TheTapesReachTheRulesTheyTest) {
  EngineStats sum;
  std::uint64_t fills = 0;
  Random random(7);
  for (int run = 0; run < 20; ++run) {
    FuzzVenue venue(config(), 2);
    std::vector<Happening> tape;
    for (int i = 0; i < 600; ++i)
      tape.push_back(
          {static_cast<std::uint32_t>(random.below(kHappenings)), static_cast<std::uint32_t>(random.below(1u << 20))});
    EXPECT_EQ(play(venue, tape), "");
    venue.make_peace();
    EXPECT_EQ(venue.broken(), "");
    const EngineStats& stats = venue.rig().engine().stats();
    sum.orders_placed += stats.orders_placed;
    sum.orders_rejected += stats.orders_rejected;
    sum.orders_partially_filled += stats.orders_partially_filled;
    sum.orders_filled += stats.orders_filled;
    sum.exits_started += stats.exits_started;
    sum.settlement_failures += stats.settlement_failures;
    for (std::size_t i = 0; i < stats.canceled_by.size(); ++i) sum.canceled_by[i] += stats.canceled_by[i];
    fills += venue.fills();
  }
  RecordProperty("orders", static_cast<int>(sum.orders_placed));
  EXPECT_GT(sum.orders_placed, 200U);
  EXPECT_GT(sum.orders_rejected, 20U);
  EXPECT_GT(sum.orders_filled, 50U);
  EXPECT_GT(sum.orders_partially_filled, 10U);
  EXPECT_GT(sum.exits_started, 20U);
  EXPECT_GT(sum.settlement_failures, 5U);
  EXPECT_GT(fills, 100U);
  for (const auto reason : {model::CancelReason::requote, model::CancelReason::pulled, model::CancelReason::untrusted,
                            model::CancelReason::exit}) {
    EXPECT_GT(sum.canceled_by[static_cast<std::size_t>(reason)], 0U) << model::to_text(reason);
  }
}

}  // namespace
}  // namespace ebb::engine::testing
