#include "store/receive_time.hpp"

#include <gtest/gtest.h>

namespace ebb::store {
namespace {

TEST(ReceiveTime, numbers_in_every_unit) {
  EXPECT_EQ(parse_receive_time("1776153610"), Timestamp(1776153610000000000));
  EXPECT_EQ(parse_receive_time("1776153610.6109812"), Timestamp(1776153610610981200));
  EXPECT_EQ(parse_receive_time("1777366911692"), Timestamp(1777366911692000000));
  EXPECT_EQ(parse_receive_time("1777366911692.5"), Timestamp(1777366911692500000));
  EXPECT_EQ(parse_receive_time("1777366911692798"), Timestamp(1777366911692798000));
  EXPECT_EQ(parse_receive_time("1777366911692798123"), Timestamp(1777366911692798123));
}

TEST(ReceiveTime, dates_with_and_without_offset) {
  EXPECT_EQ(parse_receive_time("2025-01-25 18:15:47.925 +0100"), Timestamp(1737825347925000000));
  EXPECT_EQ(parse_receive_time("2025-01-25T17:15:47.925Z"), Timestamp(1737825347925000000));
  EXPECT_EQ(parse_receive_time("2025-01-25T12:15:47-05:00"), Timestamp(1737825347000000000));
  EXPECT_EQ(parse_receive_time("2024-02-29 00:00:00"), Timestamp(1709164800000000000));
  EXPECT_EQ(parse_receive_time("2000-03-01 00:00:00"), Timestamp(951868800000000000));
}

TEST(ReceiveTime, anything_else_is_refused) {
  for (const char* text : {"", "0", "-1", "now", "17761536101234567890", "1776153610.", "1776153610x",
                           "2025-13-01 00:00:00", "2025-01-25", "2025-01-25 18:15", "2025-01-25 18:15:47 CET",
                           "2025-01-25 24:00:00", "2200-01-01 00:00:00", "2025-01-25 18:15:47.", "1.5e9"}) {
    EXPECT_FALSE(parse_receive_time(text)) << text;
  }
}

}  // namespace
}  // namespace ebb::store
