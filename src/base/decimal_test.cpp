#include "base/decimal.hpp"

#include <gtest/gtest.h>

namespace ebb {
namespace {

TEST(Decimal, ReadsEverySpellingOfTheVenue) {
  EXPECT_EQ(parse_price("0.48")->raw(), 4800);
  EXPECT_EQ(parse_price(".48")->raw(), 4800);
  EXPECT_EQ(parse_price("0.090")->raw(), 900);
  EXPECT_EQ(parse_price("1")->raw(), 10'000);
  EXPECT_EQ(parse_price("0.0001")->raw(), 1);
  EXPECT_EQ(parse_price("0.50000")->raw(), 5000);
  EXPECT_EQ(parse_shares("150.0")->raw(), 150'000'000);
  EXPECT_EQ(parse_shares("31045290")->raw(), 31'045'290'000'000);
}

TEST(Decimal, RefusesWhatIsNotADecimal) {
  for (const char* text : {"", ".", "-1", "+1", "1e3", "NaN", "nan", "1.2.3", " 1", "1 ", "0x10", "1,5"}) {
    EXPECT_FALSE(parse_shares(text)) << text;
  }
  EXPECT_FALSE(parse_price("0.48001"));
  EXPECT_FALSE(parse_price("1.0001"));
  EXPECT_FALSE(parse_shares("9999999999999999999999"));
  EXPECT_FALSE(parse_shares("1000000000001"));
}

TEST(Decimal, RoundsPrintsHalfUp) {
  EXPECT_EQ(parse_scaled_rounded("0.43999999811260054", 4), 4400);
  EXPECT_EQ(parse_scaled_rounded("0.43994", 4), 4399);
  EXPECT_EQ(parse_scaled_rounded("0.43995", 4), 4400);
}

TEST(Decimal, WritesCanonicalSpelling) {
  EXPECT_EQ(to_text(Price(5000)), "0.5");
  EXPECT_EQ(to_text(Price(5150)), "0.515");
  EXPECT_EQ(to_text(Price(1)), "0.0001");
  EXPECT_EQ(to_text(Price(0)), "0");
  EXPECT_EQ(to_text(Price(10'000)), "1");
  EXPECT_EQ(to_text(Shares(9'250'000)), "9.25");
  EXPECT_EQ(to_text(Shares(100'000'000)), "100");
  EXPECT_EQ(to_text(Shares(50'000)), "0.05");
  EXPECT_EQ(to_text(Usdc(-500'000)), "-0.50");
  EXPECT_EQ(to_text(Usdc(12'345'678)), "12.345678");
  EXPECT_EQ(to_text(Usdc(3'000'000)), "3.00");
}

TEST(Decimal, RoundTripsEveryPrice) {
  for (int raw = 0; raw <= 10'000; ++raw) EXPECT_EQ(parse_price(to_text(Price(raw)))->raw(), raw);
}

}  // namespace
}  // namespace ebb
