#include "model/market.hpp"

#include <gtest/gtest.h>

#include "model/order.hpp"

namespace ebb::model {
namespace {

MarketSpec market_named(const std::string& name, const std::string& event = "") {
  MarketSpec spec;
  spec.condition_id = name;
  spec.event = event;
  spec.tokens = {{{name + "-yes", "Yes"}, {name + "-no", "No"}}};
  return spec;
}

TEST(MarketTable, FindsWhatWasAdded) {
  MarketTable table;
  const auto first = table.add(market_named("a"));
  const auto second = table.add(market_named("b"));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(table.find_market("b"), *second);
  EXPECT_FALSE(table.find_market("c").valid());
  const TokenIndex no = table.find_token("b-no");
  ASSERT_TRUE(no.valid());
  EXPECT_EQ(table.token(no).market, *second);
  EXPECT_EQ(table.token(no).outcome, 1);
  EXPECT_EQ(table.token(no).sibling, table.find_token("b-yes"));
  EXPECT_EQ(table.token_of(*second, 1), no);
  EXPECT_EQ(table.outcome(no), "No");
  EXPECT_EQ(table.token_id(no), "b-no");
  EXPECT_FALSE(table.find_token("c-yes").valid());
  EXPECT_EQ(table.token_count(), 4u);
}

TEST(MarketTable, MarketsOfAnEventShareAGroup) {
  MarketTable table;
  const auto a = *table.add(market_named("a", "race"));
  const auto b = *table.add(market_named("b"));
  const auto c = *table.add(market_named("c", "race"));
  const auto d = *table.add(market_named("d"));
  EXPECT_EQ(table.group(a), table.group(c));
  EXPECT_NE(table.group(a), table.group(b));
  EXPECT_NE(table.group(b), table.group(d));
  EXPECT_EQ(table.group_count(), 3u);
}

TEST(MarketTable, TheSiblingMayComeLater) {
  MarketTable table;
  MarketSpec half = market_named("a");
  half.tokens[1] = {};
  const auto market = *table.add(half);
  const TokenIndex yes = table.find_token("a-yes");
  EXPECT_FALSE(table.token(yes).sibling.valid());
  EXPECT_FALSE(table.token_of(market, 1).valid());
  const auto no = table.add_sibling(market, "late", "No");
  ASSERT_TRUE(no);
  EXPECT_EQ(table.token(yes).sibling, *no);
  EXPECT_EQ(table.token(*no).sibling, yes);
  EXPECT_EQ(table.add_sibling(market, "third", "").error().code, "market.invalid");
  EXPECT_EQ(table.add_sibling(market, "late", "").error().code, "market.duplicate");
}

TEST(MarketTable, RefusesWhatItCannotKeep) {
  MarketTable table;
  ASSERT_TRUE(table.add(market_named("a")));
  EXPECT_EQ(table.add(market_named("a")).error().code, "market.duplicate");
  MarketSpec stolen = market_named("b");
  stolen.tokens[1].token_id = "a-no";
  EXPECT_EQ(table.add(stolen).error().code, "market.duplicate");
  MarketSpec empty = market_named("c");
  empty.tokens = {};
  EXPECT_EQ(table.add(empty).error().code, "market.invalid");
  for (const std::int32_t tick : {0, -1, 5001}) {
    MarketSpec off = market_named("d");
    off.tick = Price(tick);
    EXPECT_EQ(table.add(off).error().code, "market.invalid") << tick;
  }
  MarketSpec huge = market_named("e");
  huge.min_order_size = kMaxShares + Shares(1);
  EXPECT_EQ(table.add(huge).error().code, "market.invalid");
  EXPECT_EQ(table.market_count(), 1u) << "a refused market leaves nothing behind";
  EXPECT_EQ(table.token_count(), 2u);
}

// Exactly the minimum is tradable (predecessor 0).
TEST(Classifier, KnowsZeroDustAndActionable) {
  EXPECT_EQ(classify_position(Shares(0), shares_of(5)), PositionClass::zero);
  EXPECT_EQ(classify_position(Shares(-1), shares_of(5)), PositionClass::zero);
  EXPECT_EQ(classify_position(Shares(1), shares_of(5)), PositionClass::dust);
  EXPECT_EQ(classify_position(shares_of(5) - Shares(1), shares_of(5)), PositionClass::dust);
  EXPECT_EQ(classify_position(shares_of(5), shares_of(5)), PositionClass::actionable);
}

}  // namespace
}  // namespace ebb::model
