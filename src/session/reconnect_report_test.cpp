#include "session/reconnect_report.hpp"

#include <gtest/gtest.h>

namespace ebb::session {
namespace {

constexpr Timestamp kStart = from_ms(1'790'000'000'000);

/// Feeds totals once a second; `missing(second)` says how many of 10 tokens have no book.
template <class Missing>
void run(ReconnectReport& report, int from, int to, std::uint64_t& orders, std::uint64_t& fills, int fill_every,
         Missing missing) {
  for (int s = from; s < to; ++s) {
    ++orders;
    if (s % fill_every == 0) ++fills;
    report.observe({.time = kStart + seconds(s),
                    .tokens = 10,
                    .missing = static_cast<std::uint32_t>(missing(s)),
                    .orders = orders,
                    .fills = fills});
  }
}

TEST(ReconnectReport, ComparesFiveMinutesBeforeAndAfter) {
  ReconnectReport report;
  std::uint64_t orders = 0, fills = 0;
  run(report, 0, 600, orders, fills, 10, [](int) { return 1; });
  report.on_loss(kStart + seconds(600), model::ConnectionIndex(3));
  run(report, 600, 960, orders, fills, 20, [](int s) { return s < 630 ? 10 : 1; });
  ASSERT_EQ(report.effects().size(), 1U);
  const ReconnectEffect& effect = report.effects()[0];
  EXPECT_EQ(effect.connection, model::ConnectionIndex(3));
  EXPECT_NEAR(effect.before.missing_share, 0.1, 0.001);
  EXPECT_NEAR(effect.after.missing_share, (30.0 * 10 + 270.0) / 3000.0, 0.005);
  EXPECT_EQ(effect.before.length, minutes(5));
  EXPECT_NEAR(effect.before.fills_per_minute(), 6.0, 0.3);
  EXPECT_NEAR(effect.after.fills_per_minute(), 3.0, 0.3);
  EXPECT_NEAR(effect.before.fill_rate(), 0.1, 0.01);
  ASSERT_TRUE(effect.recovered);
  EXPECT_EQ(*effect.recovered, seconds(30));
}

TEST(ReconnectReport, AShortRunTellsWhatItSaw) {
  ReconnectReport report;
  std::uint64_t orders = 0, fills = 0;
  run(report, 0, 20, orders, fills, 5, [](int) { return 0; });
  report.on_loss(kStart + seconds(20), model::ConnectionIndex(0));
  run(report, 20, 40, orders, fills, 5, [](int) { return 5; });
  EXPECT_TRUE(report.effects().empty());
  report.finish(kStart + seconds(40));
  ASSERT_EQ(report.effects().size(), 1U);
  EXPECT_EQ(report.effects()[0].before.length, seconds(20));
  EXPECT_EQ(report.effects()[0].after.length, seconds(20));
  EXPECT_NEAR(report.effects()[0].after.missing_share, 0.5, 0.03);
  EXPECT_FALSE(report.effects()[0].recovered);
}

TEST(ReconnectReport, TotalsWeighByTimeAndMemoryIsBounded) {
  ReconnectReport report;
  std::uint64_t orders = 0, fills = 0;
  int second = 0;
  for (int i = 0; i < 400; ++i) {
    run(report, second, second + 10, orders, fills, 5, [](int) { return 2; });
    second += 10;
    report.on_loss(kStart + seconds(second), model::ConnectionIndex(0));
  }
  run(report, second, second + 400, orders, fills, 5, [](int) { return 2; });
  EXPECT_EQ(report.losses(), 400U);
  EXPECT_EQ(report.effects().size(), ReconnectReport::kKept);
  EXPECT_NEAR(report.before().missing_share, 0.2, 0.001);
  EXPECT_NEAR(report.after().missing_share, 0.2, 0.001);
}

TEST(ReconnectReport, ALossBeforeAnythingWasSeenIsNoDivisionByZero) {
  ReconnectReport report;
  report.on_loss(kStart, model::ConnectionIndex(0));
  report.finish(kStart);
  ASSERT_EQ(report.effects().size(), 1U);
  EXPECT_EQ(report.effects()[0].after.missing_share, 0.0);
  EXPECT_EQ(report.effects()[0].after.fills_per_minute(), 0.0);
}

}  // namespace
}  // namespace ebb::session
