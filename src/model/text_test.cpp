// Names of enumerations and the canonical command lines: scripts, journals and hashes rely on them.
#include <gtest/gtest.h>

#include <set>

#include "model/command.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"
#include "model/record.hpp"

namespace ebb::model {
namespace {

template <class Enum>
void expect_distinct_names(int count) {
  std::set<std::string_view> names;
  for (int i = 0; i < count; ++i) names.insert(to_text(static_cast<Enum>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(count));
  EXPECT_FALSE(names.contains("?"));
  EXPECT_EQ(to_text(static_cast<Enum>(count)), "?") << "a value was added without a name, or this count is old";
}

TEST(Names, EveryValueHasItsOwn) {
  expect_distinct_names<OrderState>(9);
  expect_distinct_names<OrderPurpose>(7);
  expect_distinct_names<CancelReason>(21);
  expect_distinct_names<RejectKind>(20);
  expect_distinct_names<TradeStatus>(5);
  expect_distinct_names<PositionClass>(3);
  expect_distinct_names<AlertKind>(13);
  expect_distinct_names<OrderStep>(10);
  expect_distinct_names<LedgerChange>(6);
  expect_distinct_names<DifferenceKind>(4);
  expect_distinct_names<MarketEventKind>(kMarketEventKinds);
}

OrderId id_of(std::uint8_t last) {
  OrderId id;
  id.bytes[31] = last;
  return id;
}

TEST(CanonicalLine, IsStableForEver) {
  const std::string id = "0x" + std::string(62, '0') + "07";
  PlaceOrder place{.id = id_of(7), .token = TokenIndex(3), .side = Side::buy, .type = OrderType::gtd};
  place.price = Price(4800);
  place.size = Shares(10'500'000);
  place.maker_amount = 5'040'000;
  place.taker_amount = 10'500'000;
  place.salt = 99;
  place.expiration = Timestamp(5);
  place.drop_after = Timestamp(6);
  EXPECT_EQ(canonical_line(place, Timestamp(1)),
            "1 place " + id + " t3 BUY GTD post_only DIP_BUY 10.5@0.48 5040000/10500000 salt=99 exp=5 drop=6\n");
  EXPECT_EQ(canonical_line(CancelOrder{id_of(7), TokenIndex(3), CancelReason::buy_ttl}, Timestamp(2)),
            "2 cancel " + id + " t3 BUY_TTL\n");
  EXPECT_EQ(canonical_line(RequestBook{TokenIndex(3), BookRequestReason::tick_change}, Timestamp(2)),
            "2 request_book t3 1\n");
  EXPECT_EQ(canonical_line(QueryOrder{id_of(7)}, Timestamp(2)), "2 query " + id + "\n");
  EXPECT_EQ(canonical_line(SweepTrades{Timestamp(1)}, Timestamp(2)), "2 sweep 1\n");
  EXPECT_EQ(canonical_line(RefreshBalance{TokenIndex(3)}, Timestamp(2)), "2 refresh_balance t3\n");
  EXPECT_EQ(canonical_line(RequestPosition{TokenIndex(3)}, Timestamp(2)), "2 request_position t3\n");
  EXPECT_EQ(canonical_line(Alert{}, Timestamp(2)), "") << "alerts are no part of the command hash";
}

}  // namespace
}  // namespace ebb::model
