#include "strategy/sizing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ebb::strategy {
namespace {

const Shares kMinimum = shares_of(5);
const Price kPrice(5000);

Params sized(Shares order_size, SizeMode mode = SizeMode::target) {
  Params p;
  p.order_size = order_size;
  p.size_mode = mode;
  p.order_size_min_factor = 0;
  return p;
}

TEST(PlanBuy, B1TheTargetIsHeld) {
  EXPECT_EQ(plan_buy(sized(shares_of(10)), Shares(10'000'100), kPrice, kMinimum).refusal, SizeRefusal::satisfied);
  EXPECT_EQ(plan_buy(sized(shares_of(10)), shares_of(10), kPrice, kMinimum).refusal, SizeRefusal::satisfied);
}

TEST(PlanBuy, B2BuysWhatIsMissing) {
  const BuyPlan plan = plan_buy(sized(shares_of(10)), Shares(4'200'000), kPrice, kMinimum);
  EXPECT_EQ(plan, (BuyPlan{.goal = Shares(5'800'000)}));
}

TEST(PlanBuy, B4WithoutASizeADollarDecidesAndANegativeOneIsRefused) {
  EXPECT_EQ(plan_buy(sized(Shares(0)), Shares(), Price(1500), kMinimum).goal, shares_of(7)) << "ceil(1 / 0.15)";
  EXPECT_EQ(plan_buy(sized(Shares(0)), Shares(), Price(1), kMinimum).goal, shares_of(10'000));
  EXPECT_EQ(plan_buy(sized(Shares(0)), Shares(), Price(0), kMinimum).refusal, SizeRefusal::no_size);
  EXPECT_EQ(plan_buy(sized(Shares(-1)), Shares(), kPrice, kMinimum).refusal, SizeRefusal::no_size);
}

TEST(PlanBuy, PerOrderModeIgnoresWhatIsHeld) {
  EXPECT_EQ(plan_buy(sized(shares_of(10), SizeMode::per_order), shares_of(9), kPrice, kMinimum).goal, shares_of(10));
}

TEST(PlanBuy, RoundsUpToTheLot) {
  EXPECT_EQ(plan_buy(sized(shares_of(10)), Shares(464), kPrice, kMinimum).goal, shares_of(10));
  EXPECT_EQ(plan_buy(sized(Shares(7'123'400)), Shares(), kPrice, kMinimum).goal, Shares(7'130'000));
}

TEST(PlanBuy, RaisesASmallGoalToTheMinimumOrSaysWhyNot) {
  const Params small = sized(shares_of(3));
  EXPECT_EQ(plan_buy(small, Shares(), kPrice, kMinimum), (BuyPlan{.goal = shares_of(5), .raised = true}));
  EXPECT_EQ(plan_buy(small, Shares(), kPrice, kMinimum, Shares(4'990'000)).refusal, SizeRefusal::below_minimum);
  EXPECT_EQ(plan_buy(small, Shares(), kPrice, kMinimum, shares_of(5)).goal, shares_of(5));
}

TEST(PlanBuy, TheOrderSizeIsAtLeastAFactorOfTheMinimum) {
  Params p = sized(shares_of(10));
  p.order_size_min_factor = 2;
  EXPECT_EQ(plan_buy(p, Shares(), kPrice, kMinimum).goal, shares_of(10));
  EXPECT_EQ(plan_buy(p, Shares(), kPrice, shares_of(15)).goal, shares_of(30));
}

TEST(PlanBuy, EveryPlanIsAnOrderThatTheVenueTakes) {
  EXPECT_TRUE(rc::check("on the lot, at least the minimum, never more than a lot too much", [] {
    Params p = sized(Shares(*rc::gen::inRange<std::int64_t>(-5, 50'000'000)));
    p.size_mode = *rc::gen::element(SizeMode::target, SizeMode::per_order);
    p.order_size_min_factor = *rc::gen::inRange(0, 3);
    const Shares owned(*rc::gen::inRange<std::int64_t>(0, 30'000'000));
    const Shares minimum(*rc::gen::inRange<std::int64_t>(0, 20'000'000));
    const Price price(*rc::gen::inRange(0, 10'000));
    const BuyPlan plan = plan_buy(p, owned, price, minimum);
    if (plan.refusal != SizeRefusal::none) {
      RC_ASSERT(plan.goal == Shares());
      return;
    }
    RC_ASSERT(plan.goal.raw() > 0);
    RC_ASSERT(plan.goal.raw() % kLot.raw() == 0);
    RC_ASSERT(plan.goal >= minimum);
    if (p.size_mode == SizeMode::target && !plan.raised && p.order_size.raw() > 0) {
      const Shares target = std::max(p.order_size, minimum * p.order_size_min_factor);
      RC_ASSERT(owned + plan.goal < target + kLot);
    }
  }));
}

// B5, B7, B8: 10 shares, V0 = 10,000 and 3,000,000 dollars of volume.
TEST(ScaleByVolume, GrowsWithTheLogarithmOfTheVolume) {
  const Usdc v0 = dollars(10'000);
  const Usdc v = dollars(3'000'000);
  const Shares b5 = scale_by_volume(shares_of(10), Ratio(500'000), v, v0);
  EXPECT_EQ(b5, Shares(22'385'700)) << "22.385606... rounded up to four decimals";
  EXPECT_NEAR(static_cast<double>(b5.raw()), 22'385'600.0, 22'385.6);
  EXPECT_LE(b5, shares_of(30));
  EXPECT_EQ(scale_by_volume(shares_of(10), Ratio(250'000), v, v0), Shares(16'192'900)) << "16.192803...";
}

TEST(ScaleByVolume, NeverScalesDown) {
  const Ratio half(500'000);
  EXPECT_EQ(scale_by_volume(shares_of(10), half, dollars(10'000), dollars(10'000)), shares_of(10));
  EXPECT_EQ(scale_by_volume(shares_of(10), half, dollars(10), dollars(10'000)), shares_of(10));
  EXPECT_EQ(scale_by_volume(shares_of(10), half, Usdc(), dollars(10'000)), shares_of(10));
  EXPECT_EQ(scale_by_volume(shares_of(10), half, dollars(100), Usdc()), shares_of(10));
  EXPECT_EQ(scale_by_volume(shares_of(10), Ratio(0), dollars(100), dollars(10)), shares_of(10));
}

TEST(ScaleByVolume, IsExactAtPowersOfTen) {
  EXPECT_EQ(scale_by_volume(shares_of(10), Ratio(500'000), dollars(1000), dollars(10)), shares_of(20));
  EXPECT_EQ(scale_by_volume(shares_of(10), Ratio(1'000'000), dollars(100), dollars(10)), shares_of(20));
}

}  // namespace
}  // namespace ebb::strategy
