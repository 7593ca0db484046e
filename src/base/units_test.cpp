#include "base/units.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <type_traits>

#include "base/strong.hpp"
#include "base/time.hpp"

namespace ebb {
namespace {

template <class A, class B>
concept Addable = requires(A a, B b) { a + b; };
template <class A, class B>
concept Comparable = requires(A a, B b) { a == b; };

// What must not compile: mixing units, passing a bare number, calculating with an index.
static_assert(Addable<Price, Price> && !Addable<Price, Shares> && !Addable<Usdc, Shares> && !Addable<Usdc, int>);
static_assert(!Comparable<Shares, Usdc>);
static_assert(!std::is_convertible_v<int, Price> && !std::is_convertible_v<Price, int>);
using AppleIndex = Id<struct AppleTag>;
using PearIndex = Id<struct PearTag>;
static_assert(!Addable<AppleIndex, AppleIndex> && !Comparable<AppleIndex, PearIndex>);
static_assert(!std::is_convertible_v<AppleIndex, PearIndex> && !Addable<Timestamp, Timestamp>);

TEST(Units, ANotionalIsExactOnTheLotAndRoundsAsNamedBelowIt) {
  EXPECT_EQ(notional(Price(4800), shares_of(10)), Usdc(4'800'000));
  EXPECT_EQ(notional(Price(1), kLot, Rounding::down), notional(Price(1), kLot, Rounding::up));
  EXPECT_EQ(notional(Price(4800), Shares(1), Rounding::down), Usdc(0));
  EXPECT_EQ(notional(Price(4800), Shares(1), Rounding::up), Usdc(1));
  EXPECT_EQ(notional(kPriceOne, kMaxShares), Usdc(kMaxShares.raw())) << "no overflow at the largest size";
}

TEST(Units, TheGridRoundsToTicksAndLots) {
  EXPECT_EQ(floor_to_tick(Price(5155), Price(100)), Price(5100));
  EXPECT_EQ(ceil_to_tick(Price(5155), Price(100)), Price(5200));
  EXPECT_EQ(ceil_to_tick(Price(5100), Price(100)), Price(5100));
  EXPECT_TRUE(on_tick(Price(5155), Price(5)));
  EXPECT_FALSE(on_tick(Price(5155), Price(10)));
  EXPECT_EQ(floor_to_lot(Shares(5'019'999)), Shares(5'010'000));
  EXPECT_EQ(ceil_to_lot(Shares(5'010'001)), Shares(5'020'000));
}

TEST(Units, RoundingStaysWithinOneStep) {
  EXPECT_TRUE(rc::check("tick, lot and notional", [] {
    const Price tick = *rc::gen::element(Price(1), Price(10), Price(25), Price(50), Price(100), Price(1000));
    const Price price(*rc::gen::inRange(0, 10'001));
    RC_ASSERT(on_tick(floor_to_tick(price, tick), tick));
    RC_ASSERT(floor_to_tick(price, tick) <= price);
    RC_ASSERT(price - floor_to_tick(price, tick) < tick);
    RC_ASSERT(on_tick(ceil_to_tick(price, tick), tick));
    RC_ASSERT(ceil_to_tick(price, tick) >= price);
    RC_ASSERT(ceil_to_tick(price, tick) - price < tick);
    const Shares size(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000));
    const Usdc down = notional(price, size, Rounding::down);
    const Usdc up = notional(price, size, Rounding::up);
    RC_ASSERT(up - down <= Usdc(1));
    RC_ASSERT((up == down) == (price.raw() * size.raw() % 10'000 == 0));
    RC_ASSERT(notional(price, size, Rounding::up) + notional(complement(price), size, Rounding::down) ==
              notional(kPriceOne, size));
  }));
}

TEST(Time, CountsInNanoseconds) {
  EXPECT_EQ(minutes(2), seconds(120));
  EXPECT_EQ(hours(1), minutes(60));
  EXPECT_EQ(from_ms(1'500).ns(), 1'500'000'000);
  EXPECT_EQ(from_ms(1'500).ms(), 1'500);
  EXPECT_EQ(from_ms(2) - from_ms(1), milliseconds(1));
  EXPECT_EQ(from_ms(2) - milliseconds(1), from_ms(1));
  EXPECT_FALSE(Timestamp().is_set());
  EXPECT_LT(from_ms(INT64_MAX / 1'000'000), kNever);
  EXPECT_DOUBLE_EQ(to_seconds(milliseconds(1'500)), 1.5);
}

TEST(Id, IsNoneUntilSet) {
  EXPECT_FALSE(AppleIndex().valid());
  EXPECT_EQ(AppleIndex(), AppleIndex::none());
  EXPECT_TRUE(AppleIndex(0).valid());
  EXPECT_EQ(AppleIndex(7).value(), 7u);
}

}  // namespace
}  // namespace ebb
