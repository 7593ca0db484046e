#include "polymarket/json_number.hpp"

#include <gtest/gtest.h>

namespace ebb::polymarket {
namespace {

TEST(JsonNumber, ReadsWhatDoublesAreWrittenAs) {
  EXPECT_EQ(parse_number_scaled("5", 6), 5'000'000);
  EXPECT_EQ(parse_number_scaled("150.5", 6), 150'500'000);
  EXPECT_EQ(parse_number_scaled("0.05", 4), 500);
  EXPECT_EQ(parse_number_scaled("1e-7", 6), 0);
  EXPECT_EQ(parse_number_scaled("5e-7", 6), 1);
  EXPECT_EQ(parse_number_scaled("5.0E-2", 4), 500);
  EXPECT_EQ(parse_number_scaled("1.5e+3", 0), 1'500);
  EXPECT_EQ(parse_number_scaled("-0.25", 2), -25);
  EXPECT_EQ(parse_number_scaled("0.43999999811260054", 4), 4'400);
  EXPECT_EQ(parse_number_scaled("99.99999999999999", 6), 100'000'000);
  EXPECT_EQ(parse_number_scaled("0", 6), 0);
  EXPECT_EQ(parse_number_scaled("0e50", 6), 0);
}

TEST(JsonNumber, RefusesEverythingElse) {
  for (const char* text :
       {"", "-", ".", "+1", "1.2.3", "1e", "1e999", "0x10", "NaN", "1 ", "--1", "9223372036854775808"}) {
    EXPECT_FALSE(parse_number_scaled(text, 0)) << text;
  }
  EXPECT_FALSE(parse_number_scaled("9223372036854775", 6));
  EXPECT_FALSE(parse_number_scaled("1e30", 0));
}

}  // namespace
}  // namespace ebb::polymarket
