#include "app/values.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ebb::app {
namespace {

TEST(ParseDuration, UnitsAndSums) {
  EXPECT_EQ(*parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(*parse_duration("30s"), seconds(30));
  EXPECT_EQ(*parse_duration("5m"), minutes(5));
  EXPECT_EQ(*parse_duration("1h30m"), minutes(90));
  EXPECT_EQ(*parse_duration("1.5h"), minutes(90));
  EXPECT_EQ(*parse_duration("2d"), hours(48));
  EXPECT_EQ(*parse_duration("0"), Duration(0));
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text : {"", "30", "s", "-5s", "5 s", "5x", "1e3s", "5s5", ".s", "9999999999999h", "4000d"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseDuration, ReadsBackWhatIsPrinted) {
  EXPECT_EQ(duration_text(minutes(90)), "90m");
  EXPECT_EQ(duration_text(milliseconds(1500)), "1500ms");
  EXPECT_TRUE(rc::check("any duration up to a year", [] {
    const Duration duration(*rc::gen::inRange<std::int64_t>(0, 366LL * 86'400 * 1'000'000'000));
    RC_ASSERT(*parse_duration(duration_text(duration)) == duration);
  }));
}

TEST(ParseSeconds, BareNumbersAreSeconds) {
  EXPECT_EQ(*parse_seconds("60"), seconds(60));
  EXPECT_EQ(*parse_seconds("0.5"), milliseconds(500));
  EXPECT_EQ(*parse_seconds("2m"), minutes(2));
  EXPECT_FALSE(parse_seconds(""));
  EXPECT_FALSE(parse_seconds("."));
}

TEST(ParseMoney, DollarsToTheMillionth) {
  EXPECT_EQ(*parse_money("12.50"), Usdc(12'500'000));
  EXPECT_FALSE(parse_money("-1"));
  EXPECT_FALSE(parse_money("1,000"));
  EXPECT_FALSE(parse_money("0.0000001"));
}

TEST(ParseTime, UnixAndIso) {
  const Timestamp start(1'776'153'600'000'000'000);
  EXPECT_EQ(*parse_time("1776153600"), start);
  EXPECT_EQ(*parse_time("1776153600000"), start);
  EXPECT_EQ(*parse_time("1776153600.5"), start + milliseconds(500));
  EXPECT_EQ(*parse_time("2026-04-14T08:00:00Z"), start);
  EXPECT_EQ(*parse_time("2026-04-14 08:00"), start);
  EXPECT_EQ(*parse_time("2026-04-14T08:00:00.25"), start + milliseconds(250));
  EXPECT_EQ(*parse_time("2026-04-14"), start - hours(8));
}

TEST(ParseTime, RefusesTheRest) {
  for (const char* text : {"", "today", "2026-13-01", "2026-02-30", "2026-04-14T25:00", "2026-04-14T08", "2026-4-14",
                           "2026-04-14T08:00:00+02:00", "-5"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace ebb::app
