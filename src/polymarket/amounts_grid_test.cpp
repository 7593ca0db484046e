// No order that ebb can build breaks a rule of the venue: every price of every tick, with sizes from 5.00 to 1000.00.
//
// The judge below shares no code with amounts.cpp: it is written from protocol 5.5 and 6.1 and rules 4.6.
#include <gtest/gtest.h>

#include <algorithm>

#include "polymarket/amounts.hpp"

namespace ebb::polymarket {
namespace {

using model::OrderType;
using model::Side;

struct TickRow {
  std::int64_t tick;          // 1e-4 dollars
  std::int64_t dollar_step;   // millionths: the last decimal of a limit order's dollars
  std::int64_t taker_step;    // the same of a marketable order's taker amount: the tick's, and at most four decimals
};
constexpr TickRow kTicks[] = {{1000, 1000, 1000}, {100, 100, 100}, {50, 10, 100},
                              {25, 1, 100},       {10, 10, 100},   {1, 1, 100}};

struct Wish {
  Side side;
  OrderType type;
  std::int64_t price;  // 1e-4
  std::int64_t size;   // millionths of a share
};

/// Why the venue would refuse or misread the order; nullptr if it is as it should be.
const char* judge(const Wish& wish, const TickRow& row, const OrderAmounts& amounts) {
  const bool buy = wish.side == Side::buy;
  const std::int64_t dollars = buy ? amounts.maker : amounts.taker;
  const std::int64_t shares = buy ? amounts.taker : amounts.maker;
  if (dollars <= 0 || shares <= 0) return "an amount is not positive";
  if (wish.price < row.tick || wish.price > 10'000 - row.tick || wish.price % row.tick != 0)
    return "price off the grid";
  // dollars / shares against price / 10^4; at most 1e9 * 1e4 here.
  const std::int64_t implied = dollars * 10'000;
  const std::int64_t at_limit = shares * wish.price;
  const std::int64_t one_tick = shares * row.tick;
  if (wish.type == OrderType::gtc || wish.type == OrderType::gtd) {
    if (shares % 10'000 != 0) return "a size of more than two decimals";
    if (shares < 5'000'000) return "below the minimum size";
    if (shares > wish.size || shares <= wish.size - 10'000) return "not the size that was asked for";
    if (dollars % row.dollar_step != 0) return "dollars of too many decimals";
    if (implied != at_limit) return "the implied price is not the limit";
    return nullptr;
  }
  if (amounts.maker % 10'000 != 0) return "maker amount of more than two decimals";
  if (amounts.taker % row.taker_step != 0) return "taker amount of too many decimals";
  if (buy && dollars < 1'000'000) return "a marketable BUY below $1";
  if (buy && implied < at_limit) return "a BUY below its limit would not match";
  if (!buy && implied > at_limit) return "a SELL above its limit would not match";
  if (buy && implied >= at_limit + one_tick) return "a BUY that pays a tick too much";
  if (!buy && implied <= at_limit - one_tick) return "a SELL that gives a tick away";
  if (buy && dollars > wish.size / 10'000 * wish.price) return "more dollars than the size is worth";
  if (!buy && shares > wish.size) return "more shares than were asked for";
  return nullptr;
}

TEST(AmountsGrid, no_order_breaks_a_rule_of_the_venue) {
  constexpr std::int64_t kStep = 1'370'000;  // of sizes; each price begins at another, so that every cent comes up
  std::int64_t built = 0, refused = 0;
  for (const TickRow& row : kTicks) {
    for (std::int64_t price = row.tick; price <= 10'000 - row.tick; price += row.tick) {
      const std::int64_t first = 5'000'000 + price / row.tick % 137 * 10'000;
      for (std::int64_t size = first; size <= 1'000'000'000; size += kStep) {
        for (const Side side : {Side::buy, Side::sell}) {
          for (const OrderType type : {OrderType::gtc, OrderType::fak}) {
            const Wish wish{side, type, price, size};
            const OrderIntent intent{.side = side,
                                     .type = type,
                                     .price = Price(static_cast<std::int32_t>(price)),
                                     .size = Shares(size),
                                     .budget = std::nullopt,
                                     .tick = Price(static_cast<std::int32_t>(row.tick))};
            const auto amounts = order_amounts(intent);
            if (!amounts) {
              // Only for want of a dollar may an order of five shares or more on the grid be refused.
              ASSERT_EQ(amounts.error().code,
                        size / 10'000 * price < 10'000 ? "order.bad_size" : "order.marketable_minimum");
              ASSERT_TRUE(side == Side::buy && type == OrderType::fak &&
                          size / 10'000 * price / 10'000 * 10'000 < 1'000'000);
              ++refused;
              continue;
            }
            const char* fault = judge(wish, row, *amounts);
            ASSERT_EQ(fault, nullptr) << fault << ": tick " << row.tick << " price " << price << " size " << size
                                      << " side " << model::to_text(side) << " type " << model::to_text(type) << " -> "
                                      << amounts->maker << " / " << amounts->taker;
            // Our own validator, which the exchange applies, reads out of it what was meant.
            const auto terms = check_amounts(side, type, *amounts, intent.tick);
            ASSERT_TRUE(terms) << terms.error().message;
            ASSERT_EQ(terms->price.raw(), price);
            ++built;
          }
        }
      }
    }
  }
  EXPECT_GT(built, 30'000'000);
  EXPECT_GT(refused, 0);
}

TEST(AmountsGrid, no_price_off_the_grid_is_built) {
  for (const TickRow& row : kTicks) {
    const Price tick(static_cast<std::int32_t>(row.tick));
    for (std::int32_t price = -10; price <= 10'010; ++price) {
      if (price >= row.tick && price <= 10'000 - row.tick && price % row.tick == 0) continue;
      for (const Side side : {Side::buy, Side::sell}) {
        for (const OrderType type : {OrderType::gtc, OrderType::gtd, OrderType::fak, OrderType::fok}) {
          const auto amounts =
              order_amounts({.side = side, .type = type, .price = Price(price), .size = shares_of(100), .tick = tick});
          ASSERT_FALSE(amounts) << price;
          ASSERT_EQ(amounts.error().code, "order.price_off_grid");
        }
      }
    }
  }
}

TEST(AmountsGrid, the_judge_judges) {
  const TickRow& cent = kTicks[1];
  const Wish limit{Side::buy, OrderType::gtc, 5200, 10'000'000};
  EXPECT_EQ(judge(limit, cent, {5'200'000, 10'000'000}), nullptr);
  EXPECT_NE(judge(limit, cent, {5'200'001, 10'000'000}), nullptr);
  EXPECT_NE(judge(limit, cent, {5'300'000, 10'000'000}), nullptr);
  EXPECT_NE(judge(limit, cent, {5'194'800, 9'990'000}), nullptr);
  EXPECT_NE(judge({Side::buy, OrderType::gtc, 5250, 10'000'000}, cent, {5'250'000, 10'000'000}), nullptr);
  const Wish market{Side::buy, OrderType::fak, 5200, 19'240'000};
  EXPECT_EQ(judge(market, cent, {10'000'000, 19'230'700}), nullptr);
  EXPECT_NE(judge(market, cent, {10'000'000, 19'230'800}), nullptr) << "the newest client's rounding";
  EXPECT_NE(judge(market, cent, {10'000'000, 19'230'760}), nullptr);
  EXPECT_NE(judge(market, cent, {10'000'100, 19'230'700}), nullptr);
  EXPECT_NE(judge(market, cent, {10'000'000, 18'000'000}), nullptr);
  EXPECT_NE(judge(market, cent, {520'000, 1'000'000}), nullptr);
}

}  // namespace
}  // namespace ebb::polymarket
