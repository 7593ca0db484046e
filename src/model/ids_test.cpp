#include "model/ids.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ebb::model {
namespace {

TEST(OrderId, ReadsAndWritesHex) {
  const std::string text = "0x00ff" + std::string(56, '0') + "1a2b";
  const auto id = parse_order_id(text);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->bytes[1], 0xff);
  EXPECT_EQ(id->bytes[31], 0x2b);
  EXPECT_EQ(to_text(*id), text);
  EXPECT_TRUE(id->is_set());
  EXPECT_FALSE(OrderId{}.is_set());
}

TEST(OrderId, TakesUpperCaseAndWritesLower) {
  EXPECT_EQ(to_text(*parse_order_id("0x" + std::string(64, 'A'))), "0x" + std::string(64, 'a'));
}

TEST(OrderId, RefusesOtherTexts) {
  for (const std::string& text :
       {std::string(), std::string("0x"), std::string(64, '0'), "0x" + std::string(63, '0'),
        "0x" + std::string(65, '0'), "0x" + std::string(63, '0') + "g", "1x" + std::string(64, '0')}) {
    EXPECT_FALSE(parse_order_id(text)) << text;
  }
}

TEST(OrderId, RoundTrips) {
  EXPECT_TRUE(rc::check("any 32 bytes", [](const std::array<std::uint8_t, 32>& bytes) {
    const OrderId id{bytes};
    RC_ASSERT(parse_order_id(to_text(id)) == id);
  }));
}

TEST(TradeId, HoldsUpTo64Characters) {
  EXPECT_EQ(make_trade_id("abc")->view(), "abc");
  EXPECT_TRUE(make_trade_id(std::string(64, 'x')));
  EXPECT_FALSE(make_trade_id(std::string(65, 'x')));
  EXPECT_FALSE(make_trade_id(""));
}

TEST(TradeId, ComparesByText) {
  EXPECT_EQ(*make_trade_id("a"), *make_trade_id("a"));
  EXPECT_FALSE(*make_trade_id("a") == *make_trade_id("ab"));
}

TEST(Side, HasAnOpposite) {
  EXPECT_EQ(opposite(Side::buy), Side::sell);
  EXPECT_EQ(opposite(Side::sell), Side::buy);
}

}  // namespace
}  // namespace ebb::model
