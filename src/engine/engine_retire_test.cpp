// Markets given up while the engine runs: nothing at stake is left behind, nothing is done for them any more, and they can come
// back.
#include <gtest/gtest.h>

#include "engine/testing/rig.hpp"

namespace ebb::engine {
namespace {

using model::Side;
using testing::Rig;
using testing::test_market;

constexpr model::MarketIndex kFirst{0}, kSecond{1};
constexpr model::TokenIndex kToken{0}, kOther{2};

EngineConfig config() {
  EngineConfig config;
  config.forced_tier = "default";
  config.check_hashes = false;
  return config;
}

class Retiring : public ::testing::Test {
 protected:
  Retiring() : rig(config()) {
    rig.add_market(test_market(0));
    rig.add_market(test_market(1));
    rig.answer_by_itself(milliseconds(20));
  }
  void quote(model::TokenIndex token, int bid, int ask) {
    rig.change(token, rig.only_level(token, {Side::buy, Price(bid), shares_of(500)}));
    rig.change(token, rig.only_level(token, {Side::sell, Price(ask), shares_of(500)}));
    rig.send_book(token);
  }
  /// A dip that is bought: order 0 rests.
  void dip(model::TokenIndex token) {
    quote(token, 5000, 5100);
    rig.run_for(seconds(5));
    quote(token, 4600, 4700);
    rig.run_for(seconds(1));
    ASSERT_EQ(rig.orders().size(), 1U);
  }
  void fill(std::size_t order) {
    const auto& intent = rig.orders()[order].intent;
    const std::size_t trade = rig.make_trade(order, intent.price, intent.size);
    rig.tell_trade(trade, model::TradeStatus::matched);
    rig.end_order(order, "MATCHED", intent.size);
  }

  Rig rig;
};

TEST_F(Retiring, NothingIsLeftBehindThatIsAtStake) {
  Engine& engine = rig.engine();
  dip(kToken);
  EXPECT_TRUE(engine.at_stake(kFirst));
  EXPECT_FALSE(engine.at_stake(kSecond));
  EXPECT_FALSE(engine.retire(kFirst, rig.now()));  // an order
  fill(0);
  rig.run_for(seconds(1));
  EXPECT_FALSE(engine.retire(kFirst, rig.now()));  // a position and its SELL
  EXPECT_FALSE(engine.retired(kFirst));
  EXPECT_EQ(engine.feed(kToken).book().quote().bid, Price(4600));
}

TEST_F(Retiring, ASoldPositionFreesItsMarketOnceItHasSettled) {
  Engine& engine = rig.engine();
  dip(kToken);
  fill(0);
  rig.tell_trade(0, model::TradeStatus::mined);
  rig.run_for(seconds(1));
  const std::size_t sell = rig.orders().size() - 1;
  ASSERT_EQ(rig.orders()[sell].intent.side, Side::sell);
  fill(sell);
  rig.run_for(seconds(1));
  EXPECT_EQ(engine.ledger().position(kToken).matched, Shares(0));
  EXPECT_FALSE(engine.retire(kFirst, rig.now()));  // it could still fail
  rig.tell_trade(1, model::TradeStatus::confirmed);
  rig.tell_trade(0, model::TradeStatus::confirmed);
  EXPECT_TRUE(engine.retire(kFirst, rig.now()));
  EXPECT_TRUE(engine.retired(kFirst));
  EXPECT_EQ(engine.ledger().position(kToken).round_trips, 1U);  // the past stays
}

TEST_F(Retiring, ARetiredMarketIsDeafAndCostsNothing) {
  Engine& engine = rig.engine();
  quote(kToken, 5000, 5100);
  quote(kOther, 5000, 5100);
  rig.run_for(seconds(3));
  ASSERT_TRUE(engine.feed(kToken).trusted());
  ASSERT_TRUE(engine.retire(kFirst, rig.now()));
  EXPECT_FALSE(engine.feed(kToken).trusted());
  EXPECT_EQ(engine.feed(kToken).book().ladder(Side::buy).capacity(), 0U);  // memory is given back
  EXPECT_EQ(engine.traded(), (std::vector<model::TokenIndex>{kOther, model::TokenIndex(3)}));

  rig.run_for(seconds(3));
  const auto evaluated = engine.trader(kToken).stats.evaluations_on_timer;
  const auto unknown = engine.stats().unknown_tokens;
  const std::size_t commands = rig.commands().size();
  quote(kToken, 4000, 4100);  // late frames of a subscription that is ending
  rig.run_for(seconds(30));
  EXPECT_GT(engine.stats().unknown_tokens, unknown);
  EXPECT_EQ(engine.trader(kToken).stats.evaluations_on_timer, evaluated);
  EXPECT_EQ(engine.feed(kToken).book().ladder(Side::buy).capacity(), 0U);
  EXPECT_EQ(rig.commands().size(), commands);  // no book is asked for, no order leaves
  EXPECT_TRUE(engine.feed(kOther).trusted());
}

TEST_F(Retiring, ARevivedMarketTradesAgainWithOneTimer) {
  Engine& engine = rig.engine();
  quote(kToken, 5000, 5100);
  ASSERT_TRUE(engine.retire(kFirst, rig.now()));
  engine.revive(kFirst, rig.now());  // before its timer has noticed
  rig.run_for(seconds(2));
  ASSERT_TRUE(engine.retire(kFirst, rig.now()));
  rig.run_for(seconds(5));
  engine.revive(kFirst, rig.now());  // after
  EXPECT_FALSE(engine.retired(kFirst));
  EXPECT_FALSE(engine.trader(kToken).traded());
  engine.set_traded(kToken, true);
  EXPECT_FALSE(engine.feed(kToken).trusted());
  rig.run_for(seconds(1));
  const auto before = engine.trader(kToken).stats.evaluations_on_timer;
  rig.run_for(seconds(10));
  EXPECT_EQ(engine.trader(kToken).stats.evaluations_on_timer - before, 10U);  // one a second
  dip(kToken);
  EXPECT_EQ(rig.orders()[0].intent.token, kToken);
}

TEST_F(Retiring, AnExitOfATokenThatIsOnlyFollowedEnds) {
  Engine& engine = rig.engine();
  engine.set_traded(kToken, false);
  quote(kToken, 5000, 5100);
  rig.say(model::OperatorRequest{.action = model::OperatorAction::exit_token, .token = kToken});
  rig.run_for(seconds(3));
  EXPECT_FALSE(engine.at_stake(kFirst));
  EXPECT_TRUE(engine.retire(kFirst, rig.now()));
}

TEST_F(Retiring, AFillThatIsToldLateShowsThatSomethingIsAtStakeAgain) {
  Engine& engine = rig.engine();
  dip(kToken);
  rig.say(model::OperatorRequest{.action = model::OperatorAction::cancel_all, .token = kToken});
  rig.run_for(seconds(1));
  ASSERT_FALSE(engine.at_stake(kFirst));
  ASSERT_TRUE(engine.retire(kFirst, rig.now()));
  rig.tell_trade(rig.make_trade(0, rig.orders()[0].intent.price, shares_of(6)), model::TradeStatus::matched);
  EXPECT_TRUE(engine.at_stake(kFirst));
  EXPECT_EQ(engine.ledger().position(kToken).matched, shares_of(6));
}

}  // namespace
}  // namespace ebb::engine
