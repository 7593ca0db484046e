#include "portfolio/reconcile.hpp"

#include <gtest/gtest.h>

namespace ebb::portfolio {
namespace {

using model::ReadingQuality;
using model::TokenIndex;

const TokenIndex kToken(0);

model::PositionReading reading(std::int64_t micros, ReadingQuality quality = ReadingQuality::fresh,
                               std::int32_t average = -1) {
  return {kToken, quality, Shares(micros), Price(average)};
}

/// A ledger and its readings of one token, as the engine ties them together.
class ReconcileTest : public testing::Test {
 protected:
  ReconcileTest() : ledger_(markets(), SellAfter::mined, dollars(100)) {}

  model::MarketTable& markets() {
    if (markets_.market_count() == 0) {
      model::MarketSpec spec;
      spec.condition_id = "m";
      spec.tokens = {{{"yes", "Yes"}, {"no", "No"}}};
      EXPECT_TRUE(markets_.add(spec));
    }
    return markets_;
  }

  ReadingVerdict read(const model::PositionReading& r) {
    const ReadingMerge merge = merge_reading(ledger_.position(kToken), memory_, r, buys_);
    memory_ = merge.memory;
    switch (merge.verdict) {
      case ReadingVerdict::adopt: ledger_.adopt(kToken, merge.size, merge.cost, merge.cost_known); break;
      case ReadingVerdict::cost_learned: ledger_.learn_cost(kToken, merge.cost); break;
      case ReadingVerdict::shrunk:
      case ReadingVerdict::gone: ledger_.write_off(kToken, merge.size, Usdc()); break;
      case ReadingVerdict::unknown:
      case ReadingVerdict::agrees:
      case ReadingVerdict::first_sight: break;
    }
    return merge.verdict;
  }

  void fill(model::Side side, std::int32_t price, std::int64_t micros,
            model::TradeStatus status = model::TradeStatus::confirmed) {
    model::UserTrade trade;
    trade.trade = *model::make_trade_id(std::to_string(++trades_));
    trade.token = kToken;
    trade.side = side;
    trade.price = Price(price);
    trade.size = Shares(micros);
    trade.status = status;
    ASSERT_TRUE(ledger_.apply(trade, Usdc()));
  }

  const Position& held() const { return ledger_.position(kToken); }

  model::MarketTable markets_;
  Ledger ledger_;
  ReadingMemory memory_;
  OwnBuys buys_ = OwnBuys::none;
  int trades_ = 0;
};

// A fill that nobody has told us yet is no gift: adopted at once it would count twice when it is told.
TEST_F(ReconcileTest, SharesBesideABuyOfOursWaitForTheSecondReading) {
  buys_ = OwnBuys::open;
  EXPECT_EQ(read(reading(2)), ReadingVerdict::first_sight);
  fill(model::Side::buy, 3400, 2);
  EXPECT_EQ(read(reading(2)), ReadingVerdict::agrees);
  EXPECT_EQ(held().matched, Shares(2));
}

TEST_F(ReconcileTest, SharesBesideABuyOfOursAreAdoptedWhenNoFillExplainsThem) {
  buys_ = OwnBuys::open;
  EXPECT_EQ(read(reading(5'000'000)), ReadingVerdict::first_sight);
  EXPECT_EQ(read(reading(5'000'000)), ReadingVerdict::adopt);
  EXPECT_EQ(held().matched, shares_of(5));
}

// H8, H10: merge(none, 5), (5, 5.0000004 read as 5), (5, 0) with the second reading of rules 11.
TEST_F(ReconcileTest, H8AndH10) {
  EXPECT_EQ(read(reading(5'000'000, ReadingQuality::fresh, 3000)), ReadingVerdict::adopt);
  EXPECT_EQ(held().matched, shares_of(5));
  EXPECT_EQ(ledger_.classify(kToken), model::PositionClass::actionable) << "exactly the minimum is tradable";
  EXPECT_EQ(read(reading(5'000'001)), ReadingVerdict::agrees);
  EXPECT_EQ(held().matched, shares_of(5));
  EXPECT_EQ(read(reading(0)), ReadingVerdict::first_sight);
  EXPECT_EQ(held().matched, shares_of(5)) << "one empty page clears nothing";
  EXPECT_EQ(read(reading(0)), ReadingVerdict::gone);
  EXPECT_EQ(held().matched, Shares());
  EXPECT_EQ(held().realized, -notional(Price(3000), shares_of(5)));
}

TEST_F(ReconcileTest, AReadingThatAgreesInBetweenStartsTheCountAnew) {
  fill(model::Side::buy, 3000, 10'000'000);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::first_sight);
  EXPECT_EQ(read(reading(10'000'000)), ReadingVerdict::agrees);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::first_sight);
  EXPECT_EQ(held().matched, shares_of(10));
}

TEST_F(ReconcileTest, ErrorsAndStalePagesAreUnknown) {
  fill(model::Side::buy, 3000, 10'000'000);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(read(reading(0, ReadingQuality::error)), ReadingVerdict::unknown);
    EXPECT_EQ(read(reading(0, ReadingQuality::stale)), ReadingVerdict::unknown);
  }
  EXPECT_EQ(held().matched, shares_of(10));
  EXPECT_EQ(read(reading(0)), ReadingVerdict::first_sight) << "they did not count as the first empty reading";
}

TEST_F(ReconcileTest, WhatNobodyCanHoldIsUnknown) {
  model::PositionReading r = reading(10'000'000);
  r.average = Price(10'001);
  EXPECT_EQ(read(r), ReadingVerdict::unknown);
  EXPECT_EQ(read(reading(kMaxShares.raw() + 1)), ReadingVerdict::unknown);
  EXPECT_EQ(read(reading(-1)), ReadingVerdict::unknown);
  EXPECT_EQ(held().matched, Shares());
}

TEST_F(ReconcileTest, AFillBetweenTwoReadingsMakesTheSecondTheFirst) {
  fill(model::Side::buy, 3000, 10'000'000);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::first_sight);
  fill(model::Side::buy, 3000, 1'000'000);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::first_sight);
  fill(model::Side::buy, 3000, 2'000'000);
  fill(model::Side::sell, 3000, 2'000'000);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::first_sight) << "the same size, but not the same position";
}

TEST_F(ReconcileTest, LegsInFlightExplainADifference) {
  fill(model::Side::buy, 3000, 10'000'000, model::TradeStatus::matched);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::agrees) << "the BUY is not mined yet";
  EXPECT_EQ(read(reading(10'000'000)), ReadingVerdict::agrees);
  EXPECT_EQ(read(reading(12'000'000)), ReadingVerdict::first_sight);
}

TEST_F(ReconcileTest, OurOwnSaleIsNotAdoptedBackFromALaggingReading) {
  fill(model::Side::buy, 3000, 10'000'000);
  fill(model::Side::sell, 4000, 10'000'000);
  EXPECT_EQ(read(reading(10'000'000)), ReadingVerdict::first_sight);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::agrees);
  EXPECT_EQ(held().matched, Shares());
}

TEST_F(ReconcileTest, APartThatIsGoneIsWrittenOffAtItsShareOfTheCost) {
  fill(model::Side::buy, 3000, 10'000'000);
  EXPECT_EQ(read(reading(6'000'000)), ReadingVerdict::first_sight);
  EXPECT_EQ(read(reading(6'000'000)), ReadingVerdict::shrunk);
  EXPECT_EQ(held().matched, shares_of(6));
  EXPECT_EQ(held().cost, Usdc(1'800'000));
}

TEST_F(ReconcileTest, HoldingsThatTheApiHidesAreNotGone) {
  fill(model::Side::buy, 3000, 99'999);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::agrees);
  EXPECT_EQ(read(reading(0)), ReadingVerdict::agrees);
}

// H13: fill at .29, the API says .339997 and is stale: the anchor is .29.
TEST_F(ReconcileTest, H13AStaleAverageNeverRaisesTheCost) {
  fill(model::Side::buy, 2900, 10'000'000);
  EXPECT_EQ(read(reading(10'000'000, ReadingQuality::stale, 3400)), ReadingVerdict::unknown);
  EXPECT_EQ(ledger_.average_cost_micros(kToken), 290'000);
}

// H14: our .34 stays where a fresh reading says .31, also for shares found beside it.
TEST_F(ReconcileTest, H14OwnFillsWinOverAFreshAverage) {
  fill(model::Side::buy, 3400, 5'000'000);
  EXPECT_EQ(read(reading(5'000'000, ReadingQuality::fresh, 3100)), ReadingVerdict::agrees);
  EXPECT_EQ(ledger_.average_cost_micros(kToken), 340'000);
  read(reading(7'000'000, ReadingQuality::fresh, 3100));
  EXPECT_EQ(read(reading(7'000'000, ReadingQuality::fresh, 3100)), ReadingVerdict::adopt);
  EXPECT_EQ(held().matched, shares_of(7));
  EXPECT_EQ(ledger_.average_cost_micros(kToken), 340'000);
}

// H16: dust of .0027 at .24 and a fill at .29 under a stale reading: .29 to the grid (dust keeps its cost, rules 2.4).
TEST_F(ReconcileTest, H16DustDoesNotMoveTheNextCost) {
  EXPECT_EQ(read(reading(2'700, ReadingQuality::fresh, 2400)), ReadingVerdict::adopt);
  fill(model::Side::buy, 2900, 10'000'000);
  EXPECT_EQ(read(reading(2'700, ReadingQuality::stale, 3400)), ReadingVerdict::unknown);
  EXPECT_NEAR(static_cast<double>(ledger_.average_cost_micros(kToken)), 290'000.0, 50.0);
}

// H17: nothing here, nothing there: FLAT, and there is no flag that could stick.
TEST_F(ReconcileTest, H17NothingOnBothSidesIsFlat) {
  EXPECT_EQ(read(reading(0)), ReadingVerdict::agrees);
  EXPECT_EQ(ledger_.classify(kToken), model::PositionClass::zero);
}

// H19: a tradable position without an average has no known cost, so nothing may be sold of it.
TEST_F(ReconcileTest, H19APositionWithoutAnAverageHasNoKnownCostUntilItIsTold) {
  EXPECT_EQ(read(reading(10'000'000)), ReadingVerdict::adopt);
  EXPECT_FALSE(held().cost_known);
  EXPECT_EQ(read(reading(10'000'000, ReadingQuality::stale, 3000)), ReadingVerdict::unknown);
  EXPECT_FALSE(held().cost_known);
  EXPECT_EQ(read(reading(10'000'000, ReadingQuality::fresh, 3000)), ReadingVerdict::cost_learned);
  EXPECT_TRUE(held().cost_known);
  EXPECT_EQ(held().cost, dollars(3));
}

// With SellAfter::matched a BUY counts as settled at once, but the venue shows its shares only when they are mined.
TEST(ReconcileMatched, SharesInFlightAreNotMissed) {
  Position held;
  held.matched = held.settled = shares_of(10);
  held.unmined_buys = shares_of(10);
  EXPECT_EQ(merge_reading(held, {}, reading(0), OwnBuys::none).verdict, ReadingVerdict::agrees);
  held.unmined_buys = shares_of(4);
  EXPECT_EQ(merge_reading(held, {}, reading(6'000'000), OwnBuys::none).verdict, ReadingVerdict::agrees);
  EXPECT_EQ(merge_reading(held, {}, reading(5'000'000), OwnBuys::none).verdict, ReadingVerdict::first_sight);
}

}  // namespace
}  // namespace ebb::portfolio
