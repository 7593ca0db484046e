#include "polymarket/amounts.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/decimal.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

using model::Side;

TEST(Amounts, limit_orders_are_exact) {
  EXPECT_EQ(limit_amounts(Side::buy, Price(5600), Shares(21'040'000), Price(100)),
            (OrderAmounts{11'782'400, 21'040'000}));
  EXPECT_EQ(limit_amounts(Side::sell, Price(56), Shares(21'040'000), Price(1)), (OrderAmounts{21'040'000, 117'824}));
  EXPECT_EQ(limit_amounts(Side::buy, Price(25), Shares(10'000), Price(25)), (OrderAmounts{25, 10'000}));
}

TEST(Amounts, what_is_off_the_grid_is_refused) {
  EXPECT_FALSE(limit_amounts(Side::buy, Price(5650), shares_of(5), Price(100)));
  EXPECT_FALSE(limit_amounts(Side::buy, Price(5010), shares_of(5), Price(50)));  // three decimals, off the 0.005 grid
  EXPECT_FALSE(limit_amounts(Side::buy, Price(5000), Shares(5'005'000), Price(100)));
  EXPECT_FALSE(limit_amounts(Side::buy, Price(5000), Shares(0), Price(100)));
  EXPECT_FALSE(limit_amounts(Side::buy, Price(0), shares_of(5), Price(100)));
  EXPECT_FALSE(limit_amounts(Side::buy, Price(9990), shares_of(5), Price(100)));
  EXPECT_FALSE(limit_amounts(Side::buy, kPriceOne, shares_of(5), Price(100)));
  EXPECT_FALSE(limit_amounts(Side::buy, Price(4998), shares_of(5), Price(7)));  // no tick of the venue
}

TEST(Amounts, market_orders_keep_the_venues_decimals) {
  EXPECT_EQ(market_sell_amounts(Price(3330), Shares(10'017'000), Price(10)), (OrderAmounts{10'010'000, 3'333'300}));
  EXPECT_EQ(market_buy_amounts(Price(5200), dollars(10), Price(100)), (OrderAmounts{10'000'000, 19'230'700}));
  EXPECT_EQ(market_buy_amounts(Price(5200), Usdc(10'009'999), Price(100)), (OrderAmounts{10'000'000, 19'230'700}));
  EXPECT_FALSE(market_sell_amounts(Price(3330), Shares(9'999), Price(10)));
  EXPECT_FALSE(
      market_sell_amounts(Price(1), Shares(10'000), Price(1)));  // 0.01 x 0.0001: no dollar amount of four decimals
  EXPECT_FALSE(market_buy_amounts(Price(5200), Usdc(9'999), Price(100)));
}

TEST(Amounts, a_protected_market_buy_never_implies_a_price_below_its_limit) {
  EXPECT_TRUE(rc::check("implied price >= limit", [] {
    const Price price(*rc::gen::inRange(1, 10'000));
    const Usdc budget(*rc::gen::inRange<std::int64_t>(10'000, 1'000'000'000));
    const auto amounts = market_buy_amounts(price, budget, Price(1));
    RC_ASSERT(amounts.has_value());
    RC_ASSERT(amounts->maker * kPriceScale >= amounts->taker * price.raw());
    RC_ASSERT(amounts->maker % 10'000 == 0 && amounts->taker % 100 == 0);
  }));
}

TEST(Amounts, counter_amounts_of_partial_fills_never_exceed_the_order) {
  EXPECT_TRUE(rc::check("floor at the signed amounts", [] {
    const Price price(100 * *rc::gen::inRange(1, 100));
    const Shares size(10'000 * *rc::gen::inRange<std::int64_t>(1, 10'000'000));
    const auto amounts = limit_amounts(Side::sell, price, size, Price(100));
    RC_ASSERT(amounts.has_value());
    const std::int64_t first = *rc::gen::inRange<std::int64_t>(0, amounts->maker + 1);
    const std::int64_t both = counter_amount(*amounts, first) + counter_amount(*amounts, amounts->maker - first);
    RC_ASSERT(both <= amounts->taker && both >= amounts->taker - 1);
    RC_ASSERT(counter_amount(*amounts, amounts->maker) == amounts->taker);
  }));
}

TEST(Amounts, of_a_tenth_tick_have_three_decimals_at_most) {
  EXPECT_EQ(market_buy_amounts(Price(3000), dollars(10), Price(1000)), (OrderAmounts{10'000'000, 33'333'000}));
  EXPECT_EQ(market_buy_amounts(Price(3000), dollars(10), Price(100)), (OrderAmounts{10'000'000, 33'333'300}));
  EXPECT_EQ(market_buy_amounts(Price(3000), dollars(10), Price(1)), (OrderAmounts{10'000'000, 33'333'300}));
}

std::string refusal(const OrderIntent& intent) {
  const auto amounts = order_amounts(intent);
  return amounts ? "" : amounts.error().code;
}

TEST(OrderIntent, says_why_it_is_refused) {
  using model::OrderType;
  OrderIntent intent{.side = Side::buy, .type = OrderType::gtc, .price = Price(5200), .size = shares_of(10)};
  EXPECT_EQ(order_amounts(intent).value(), (OrderAmounts{5'200'000, 10'000'000}));
  intent.tick = Price(20);
  EXPECT_EQ(refusal(intent), "order.bad_tick");
  intent.tick = Price(1000);
  EXPECT_EQ(refusal(intent), "order.price_off_grid");
  intent.tick = Price(100);
  intent.budget = dollars(10);
  EXPECT_EQ(refusal(intent), "order.bad_size") << "both";
  intent.size.reset();
  EXPECT_EQ(refusal(intent), "order.bad_size") << "a resting order has no budget";
  intent.type = OrderType::fok;
  EXPECT_EQ(order_amounts(intent).value(), (OrderAmounts{10'000'000, 19'230'700}));
  intent.budget = Usdc(999'999);
  EXPECT_EQ(refusal(intent), "order.marketable_minimum");
  intent.marketable_minimum = Usdc(0);
  EXPECT_EQ(refusal(intent), "");
  intent.side = Side::sell;
  EXPECT_EQ(refusal(intent), "order.bad_size") << "a SELL has no budget";
  intent.budget.reset();
  EXPECT_EQ(refusal(intent), "order.bad_size") << "neither";
  intent.size = Shares(kMaxShares.raw() + 1);
  EXPECT_EQ(refusal(intent), "order.bad_size");
  intent.size = Shares(9'999);
  EXPECT_EQ(refusal(intent), "order.bad_size");
}

TEST(CheckAmounts, reads_price_and_size_of_what_arrives) {
  using model::OrderType;
  const auto terms = [](Side side, OrderType type, OrderAmounts amounts, Price tick = Price(100)) {
    return check_amounts(side, type, amounts, tick);
  };
  EXPECT_EQ(terms(Side::buy, OrderType::gtc, {5'200'000, 10'000'000}).value(),
            (OrderTerms{Price(5200), shares_of(10)}));
  EXPECT_EQ(terms(Side::sell, OrderType::gtd, {10'000'000, 5'200'000}).value(),
            (OrderTerms{Price(5200), shares_of(10)}));
  // A marketable BUY that rounds shares down may still pay its limit; rounded up, it may not.
  EXPECT_EQ(terms(Side::buy, OrderType::fak, {10'000'000, 19'230'700}).value().price, Price(5200));
  EXPECT_EQ(terms(Side::buy, OrderType::fak, {10'000'000, 19'230'800}).value().price, Price(5100));
  EXPECT_EQ(terms(Side::sell, OrderType::fok, {10'010'000, 3'333'300}, Price(10)).value().price, Price(3330));
  EXPECT_EQ(terms(Side::sell, OrderType::fok, {10'010'000, 3'333'400}, Price(10)).value().price, Price(3340));

  const auto off = terms(Side::buy, OrderType::gtc, {5'250'000, 10'000'000});
  ASSERT_FALSE(off);
  EXPECT_EQ(off.error().message, "Price (0.525) breaks minimum tick size rule: 0.01");
  for (const OrderAmounts& amounts : {OrderAmounts{10'000'000, 10'000'000}, OrderAmounts{50'000, 10'000'000},
                                      OrderAmounts{9'950'000, 10'000'000}, OrderAmounts{kMaxShares.raw(), 1}}) {
    EXPECT_EQ(terms(Side::buy, OrderType::gtc, amounts).error().code, "tick_size") << amounts.maker;
  }
  EXPECT_EQ(terms(Side::buy, OrderType::gtc, {52, 100}).error().code, "invalid_amounts") << "0.0001 shares";
  EXPECT_EQ(terms(Side::buy, OrderType::gtc, {0, 10'000'000}).error().code, "invalid_amounts");
  EXPECT_EQ(terms(Side::buy, OrderType::gtc, {5'200'000, -1}).error().code, "invalid_amounts");
  EXPECT_EQ(terms(Side::buy, OrderType::fak, {10'000'001, 19'230'700}).error().message,
            "invalid amounts, the market buy orders maker amount supports a max accuracy of 2 decimals, taker amount a "
            "max of 4 decimals");
  EXPECT_EQ(terms(Side::buy, OrderType::fak, {10'000'000, 19'230'760}).error().code, "invalid_amounts");
  EXPECT_EQ(terms(Side::buy, OrderType::fak, {10'000'000, 19'230'760}, Price(10)).value().price, Price(5200))
      << "the clients of finer ticks sign five decimals";
}

TEST(Amounts, official_limit_cases) {
  EBB_VECTORS_OR_SKIP(file, "amounts.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0;
  int refused = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end) {
    if (tree.member(i, "kind").text != "limit" || tree.find(i, "price") == 0) continue;
    const auto price = parse_price(tree.member(i, "price").text);
    const auto tick = parse_price(tree.member(i, "tick").text);
    const auto size = parse_shares(tree.member(i, "size").text);
    ASSERT_TRUE(tick && size);
    if (!price || !is_order_price(*price, *tick)) {
      ++refused;  // the clients round such a price; we refuse to
      continue;
    }
    const Side side = tree.member(i, "side").text == "BUY" ? Side::buy : Side::sell;
    const auto amounts = limit_amounts(side, *price, floor_to_lot(*size), *tick);
    ASSERT_TRUE(amounts.has_value());
    EXPECT_EQ(amounts->maker, parse_scaled(tree.member(i, "makerAmount").text, 0)) << checked;
    EXPECT_EQ(amounts->taker, parse_scaled(tree.member(i, "takerAmount").text, 0)) << checked;
    ++checked;
  }
  EXPECT_GE(checked, 20);
  EXPECT_LE(refused, 5);
}

}  // namespace
}  // namespace ebb::polymarket
