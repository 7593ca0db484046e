#include "model/market_end.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace ebb::model {
namespace {

Timestamp at_second(std::int64_t epoch) { return Timestamp(seconds(epoch).raw()); }

constexpr std::int64_t kMarch31 = 1'774'915'200;  // 2026-03-31T00:00:00Z

TEST(MarketEnd, B11ADateAloneIsSetButImprecise) {
  const MarketEnd end = market_end("", "2026-03-31");
  EXPECT_EQ(end, (MarketEnd{at_second(kMarch31), EndPrecision::date_only}));
  EXPECT_FALSE(allows_countdown(end));
}

TEST(MarketEnd, B13AnOverrideAllowsTheCountdown) {
  const MarketEnd end = market_end("", "2026-03-31", at_second(kMarch31 + 3600));
  EXPECT_EQ(end.at, at_second(kMarch31 + 3600));
  EXPECT_TRUE(allows_countdown(end));
}

TEST(MarketEnd, ATimeIsExactAndMidnightIsNot) {
  EXPECT_EQ(parse_market_end("2026-03-31T07:55:00Z"), (MarketEnd{at_second(kMarch31 + 28'500), EndPrecision::exact}));
  EXPECT_EQ(parse_market_end("2026-03-31T00:00:00Z").precision, EndPrecision::date_only);
  EXPECT_EQ(parse_market_end("2026-03-31T00:00:00+02:00").precision, EndPrecision::exact) << "22:00 UTC";
  EXPECT_EQ(market_end("2026-03-31T00:00:00Z", "2026-03-31T07:55:00Z").precision, EndPrecision::exact);
  EXPECT_EQ(market_end("2026-03-31T00:00:00Z", "").at, at_second(kMarch31));
}

TEST(MarketEnd, ReadsEverySpelling) {
  const Timestamp noon = at_second(kMarch31 + 43'200);
  for (const char* text : {"2026-03-31T12:00:00Z", "2026-03-31 12:00:00+00", "2026-03-31T12:00", "2026-03-31T12:00:00",
                           "2026-03-31T12:00:00.000000Z", "2026-03-31T14:00:00+02:00", "2026-03-31T07:00:00-0500",
                           "2026-03-31T06:30:00-05:30"}) {
    EXPECT_EQ(parse_market_end(text), (MarketEnd{noon, EndPrecision::exact})) << text;
  }
  EXPECT_EQ(parse_market_end("2026-03-31T12:00:00.25Z").at, noon + milliseconds(250));
  EXPECT_EQ(parse_market_end("2024-02-29").at, at_second(1'709'164'800));
}

TEST(MarketEnd, AnythingElseIsUnknown) {
  for (const char* text : {"", "soon", "2026", "2026-13-01", "2026-02-29", "2026-03-31T", "2026-03-31T25:00:00Z",
                           "2026-03-31T12:00:00Zulu", "2026-03-31x12:00", "2026-3-31", "-026-03-31", "2500-12-31",
                           "2026-03-31T12:00:00.Z", "2026-03-31T12:00:00+", "31/03/2026"}) {
    EXPECT_EQ(parse_market_end(text), MarketEnd{}) << text;
  }
}

TEST(MarketEnd, TheSlugOfASeriesTellsItsLife) {
  struct Row {
    const char* slug;
    std::int64_t start;
    Duration life;
  };
  for (const Row& row :
       {Row{"btc-updown-5m-1776153600", 1'776'153'600, minutes(5)},
        Row{"eth-updown-15m-1767837600", 1'767'837'600, minutes(15)},
        Row{"sol-updown-1h-1776153600", 1'776'153'600, hours(1)},
        Row{"btc-updown-4h-1776153600", 1'776'153'600, hours(4)}, Row{"x-1d-1776153600", 1'776'153'600, hours(24)}}) {
    const auto life = life_from_slug(row.slug);
    ASSERT_TRUE(life) << row.slug;
    EXPECT_EQ(life->start, at_second(row.start));
    EXPECT_EQ(life->end - life->start, row.life) << row.slug;
  }
}

TEST(MarketEnd, OtherSlugsTellNothing) {
  for (const char* slug : {"", "will-it-rain-2026-03-31", "btc-updown-5m-", "btc-updown-5m-177615360",
                           "btc-updown-5m-17761536000", "btc-updown-m-1776153600", "btc-updown-0m-1776153600",
                           "btc-updown-5s-1776153600", "1776153600", "5m-1776153600", "btc-updown-5m-1776x53600"}) {
    EXPECT_FALSE(life_from_slug(slug)) << slug;
  }
}

TEST(MarketEnd, NoTextBreaksTheReader) {
  EXPECT_TRUE(rc::check("any text is read or refused", [](const std::string& text) {
    const MarketEnd end = parse_market_end(text);
    RC_ASSERT((end.precision == EndPrecision::unknown) == !end.at.is_set());
    (void)life_from_slug(text);
  }));
}

}  // namespace
}  // namespace ebb::model
