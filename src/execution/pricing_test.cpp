// Prices of our orders, row by row (rules 2.1).
#include "execution/pricing.hpp"

#include <gtest/gtest.h>

namespace ebb::execution {
namespace {

/// bid, ask in grid units; -1 = the side is missing.
model::Quote quote(std::int32_t bid, std::int32_t ask) {
  model::Quote q;
  if (bid >= 0) q.bid = Price(bid), q.bid_size = shares_of(10);
  if (ask >= 0) q.ask = Price(ask), q.ask_size = shares_of(10);
  return q;
}

struct BuyRow {
  const char* name;
  std::int32_t bid, ask, tick, limit, price;  // price -1 = no price
};
constexpr BuyRow kBuys[] = {
    {"joins the best bid", 5000, 5200, 100, 10000, 5000},
    {"a bid off the tick is rounded down", 5050, 5200, 100, 10000, 5000},
    {"an ask off the tick: a tick below its rounding up", 5000, 5050, 100, 10000, 5000},
    {"never at the ask", 5000, 5000, 100, 10000, 4900},
    {"never above the ask's own tick", 5010, 5020, 100, 10000, 5000},
    {"the limit counts", 5000, 5200, 100, 4800, 4800},
    {"a limit off the tick is rounded down", 5000, 5200, 100, 4850, 4800},
    {"a finer tick", 5010, 5020, 10, 10000, 5010},
    {"without an ask the bid counts", 5000, -1, 100, 10000, 5000},
    {"without a bid there is no price", -1, 5200, 100, 10000, -1},
    {"below one tick there is no price", 50, 5200, 100, 10000, -1},
    {"an ask of one tick leaves no room", 100, 100, 100, 10000, -1},
    {"at most one minus a tick", 9950, -1, 100, 10000, 9900},
};
TEST(Pricing, MakerBuy) {
  for (const BuyRow& row : kBuys) {
    const auto price = maker_buy_price(quote(row.bid, row.ask), Price(row.tick), Price(row.limit));
    EXPECT_EQ(price.has_value() ? price->raw() : -1, row.price) << row.name;
  }
}

struct SellRow {
  const char* name;
  std::int32_t bid, ask, tick, floor, price;
};
constexpr SellRow kSells[] = {
    {"joins the best ask", 5000, 5200, 100, 4000, 5200},
    {"an ask off the tick is rounded up", 5000, 5150, 100, 4000, 5200},
    {"never at the bid", 5000, 5000, 100, 4000, 5100},
    {"a tick above a bid off the tick", 5050, 5060, 100, 4000, 5100},
    {"not below the floor", 5000, 5200, 100, 6000, 6000},
    {"the floor is rounded up", 5000, 5200, 100, 5728, 5800},
    {"and on a finer tick to it", 5000, 5200, 10, 5728, 5730},
    {"without an ask: a tick above the bid", 5000, -1, 100, 4000, 5100},
    {"without a quote: the floor", -1, -1, 100, 4000, 4000},
    {"at most one minus a tick", 9900, -1, 100, 9999, 9900},
    {"at least one tick", -1, -1, 100, 0, 100},
};
TEST(Pricing, MakerSell) {
  for (const SellRow& row : kSells) {
    EXPECT_EQ(maker_sell_price(quote(row.bid, row.ask), Price(row.tick), Price(row.floor)), Price(row.price))
        << row.name;
  }
}

TEST(Pricing, TheLowestRestingSellStandsAboveEveryBid) {
  EXPECT_EQ(lowest_resting_sell(quote(5000, 5200), Price(100)), Price(5100));
  EXPECT_EQ(lowest_resting_sell(quote(5050, 5200), Price(100)), Price(5100));
  EXPECT_EQ(lowest_resting_sell(quote(-1, 5200), Price(100)), Price(100));
}

TEST(Pricing, TheLargerOfTheTwoSpreadLimitsApplies) {
  EXPECT_TRUE(spread_within(quote(5000, 5300), Price(100), 3, 0));
  EXPECT_FALSE(spread_within(quote(5000, 5301), Price(100), 3, 0));
  EXPECT_TRUE(spread_within(quote(9750, 10250 - 1), Price(10), 3, 50'000)) << "5 % of the mid";
  EXPECT_TRUE(spread_within(quote(3900, 4100), Price(10), 3, 50'000)) << "exactly 5 %";
  EXPECT_FALSE(spread_within(quote(3899, 4101), Price(10), 3, 50'000));
}

}  // namespace
}  // namespace ebb::execution
