#include "strategy/dip_signal.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace ebb::strategy {
namespace {

Timestamp at(double s) { return Timestamp(1'000'000'000'000'000'000 + static_cast<std::int64_t>(s * 1e9)); }

TEST(DropWindow, KeepsAMidInForceUntilTheNextOne) {
  HighPool pool(1);
  DropWindow window(pool);
  window.on_mid(pool, at(0), 10000);
  window.expire(pool, at(5000), seconds(600));
  EXPECT_EQ(window.high2(pool), 10000);  // still in force after 5000 s
  window.on_mid(pool, at(5000), 9400);
  window.expire(pool, at(5600), seconds(600));
  EXPECT_EQ(window.high2(pool), 10000);  // it ended 600 s ago: not evicted (strict)
  window.expire(pool, at(5600.001), seconds(600));
  EXPECT_EQ(window.high2(pool), 9400);
}

TEST(DropWindow, AWithdrawnMidAgesFromItsWithdrawal) {
  HighPool pool(1);
  DropWindow window(pool);
  window.on_mid(pool, at(0), 10000);
  window.withdraw(pool, at(0.5));
  window.on_mid(pool, at(601), 9400);
  window.expire(pool, at(601), seconds(600));
  EXPECT_EQ(window.high2(pool), 9400);  // scenario A7 as restated: no drop
}

TEST(DropWindow, MeasuresTheLowSinceTheHigh) {
  HighPool pool(1);
  DropWindow window(pool);
  for (const int mid : {5000, 4000, 6000, 5500, 5800, 5200, 5600}) window.on_mid(pool, at(mid * 1e-3), mid);
  EXPECT_EQ(window.high2(pool), 6000);
  EXPECT_EQ(window.low_since_high2(pool), 5200);  // the 4000 came before the high
}

TEST(DropWindow, AnEmptyPoolDropsResolutionButNeverTheMaximum) {
  HighPool pool(1);
  DropWindow window(pool);
  double t = 0;
  for (int mid = 19000; mid > 17000; --mid) window.on_mid(pool, at(t += 0.001), mid);
  window.expire(pool, at(t), seconds(600));
  EXPECT_EQ(window.high2(pool), 19000);
  EXPECT_GT(pool.exhausted(), 0U);
}

TEST(DropWindow, EqualsTheNaiveMaximumOfAStepFunction) {
  EXPECT_TRUE(rc::check("window high", [] {
    HighPool pool(8);
    DropWindow window(pool);
    struct Piece {
      std::int64_t start, end;
      int mid;
    };
    std::vector<Piece> pieces;
    const int steps = *rc::gen::inRange(1, 200);
    const std::int64_t span = *rc::gen::inRange<std::int64_t>(1, 60);
    std::int64_t now = 1'000'000;
    for (int i = 0; i < steps; ++i) {
      now += *rc::gen::inRange<std::int64_t>(0, 5);
      if (*rc::gen::inRange(0, 8) == 0) {
        if (!pieces.empty() && pieces.back().end == INT64_MAX) pieces.back().end = now;
        window.withdraw(pool, Timestamp(now));
      } else {
        const int mid = *rc::gen::inRange(2, 60);
        if (pieces.empty() || pieces.back().end != INT64_MAX || pieces.back().mid != mid) {
          if (!pieces.empty() && pieces.back().end == INT64_MAX) pieces.back().end = now;
          pieces.push_back({now, INT64_MAX, mid});
        }
        window.on_mid(pool, Timestamp(now), mid);
      }
      window.expire(pool, Timestamp(now), Duration(span));
      int high = 0;
      for (const Piece& p : pieces) {
        if (p.end >= now - span) high = std::max(high, p.mid);
      }
      RC_ASSERT(window.high2(pool) == high);
    }
    RC_ASSERT(pool.exhausted() == 0U);
  }));
}

Params loose() {
  Params p;
  p.window = minutes(10);
  p.drop = Ratio(50'000);
  p.min_drop_ticks = 0;
  p.min_buy_price = Price(0);
  p.max_buy_price = Price(10'000);
  return p;
}
model::Quote quote(int bid, int ask) { return {Price(bid), Price(ask), shares_of(10), shares_of(10)}; }

TEST(DipSignal, PercentAndTickFloorMustBothHold) {
  EXPECT_TRUE(is_drop(5000, 4800, Ratio(40'000), 0, Price(100)));   // .25 -> .24 is exactly 4 % (A5)
  EXPECT_FALSE(is_drop(5000, 4800, Ratio(50'000), 0, Price(100)));
  EXPECT_FALSE(is_drop(4800, 5000, Ratio(0), 0, Price(100)));       // a rise is no drop (A4, S8)
  EXPECT_FALSE(is_drop(5000, 4800, Ratio(40'000), 2, Price(100)));  // one tick of fall, two asked
  EXPECT_TRUE(is_drop(5000, 4600, Ratio(40'000), 2, Price(100)));
}

TEST(DipSignal, OnePointIsNoDrop) {
  HighPool pool(1);
  const Params p = loose();
  DipSignal signal(pool, p);
  signal.on_quote(pool, at(0), quote(4000, 4200), true, p);
  EXPECT_EQ(signal.test(pool, at(0), quote(4000, 4200), p, Price(100), p.window).trigger, Trigger::none);
}

TEST(DipSignal, TheThresholdIsInclusiveAndNeedsNoHistory) {
  HighPool pool(1);
  Params p = loose();
  p.buy_price_threshold = Price(4000);
  DipSignal signal(pool, p);
  signal.on_quote(pool, at(0), quote(4000, 4200), true, p);
  EXPECT_EQ(signal.test(pool, at(0), quote(4000, 4200), p, Price(100), p.window).trigger, Trigger::threshold);
}

TEST(DipSignal, OutOfRangeQuotesAreIgnoredAndCounted) {
  HighPool pool(1);
  Params p = loose();
  p.min_price = Price(100);
  DipSignal signal(pool, p);
  signal.on_quote(pool, at(0), quote(50, 4200), true, p);
  EXPECT_EQ(signal.ignored_quotes(), 1U);
  EXPECT_EQ(signal.window().points(), 0U);
}

TEST(DipSignal, TheDropRisesOncePerRoundTripUpToItsCap) {
  Params p = loose();
  p.incremental_drop = true;
  p.drop_step = Ratio(1'000);
  EXPECT_EQ(next_drop(Ratio(50'000), p), Ratio(51'000));
  p.drop_cap = Ratio(30'000);  // below the initial value: cap' = initial (A25)
  EXPECT_EQ(next_drop(Ratio(50'000), p), Ratio(50'000));
}

TEST(DipSignal, ProfitFloorIsTheLargestOfItsThreeRules) {
  Params p;
  p.profit = Ratio(50'000);
  p.min_profit = Price(0);
  p.min_profit_ticks = 0;
  EXPECT_EQ(profit_floor(400'000, p, Price(10)), Price(4200));   // A22
  EXPECT_EQ(profit_floor(620'000, p, Price(10)), Price(6510));   // A23: .651
  p.profit = Ratio(5'000);
  EXPECT_EQ(profit_floor(620'000, p, Price(1)), Price(6231));
  EXPECT_EQ(
      profit_floor(572'850, Params{.profit = Ratio(0), .min_profit_ticks = 0, .min_profit = Price(0)}, Price(100)),
      Price(5800));  // E8
  EXPECT_EQ(profit_floor(572'850, Params{.profit = Ratio(0), .min_profit_ticks = 0, .min_profit = Price(0)}, Price(10)),
            Price(5730));
  p.min_profit_ticks = 2;
  EXPECT_EQ(profit_floor(100'000, p, Price(100)), Price(1200));
  EXPECT_EQ(profit_floor(995'000, p, Price(100)), Price(9900));  // never above 1 - tick
}

}  // namespace
}  // namespace ebb::strategy
