// Frozen sockets and quiet markets, on a simulated clock (rules 1.4; protocol 2.5).
#include <gtest/gtest.h>

#include "session/feed_rig.hpp"
#include "session/market_feed.hpp"

namespace ebb::session {
namespace {

using test::FeedRig;

/// Poisson traffic on some tokens, for ever.
void drive(FeedRig& rig, Random& random, std::vector<std::size_t> tokens, double rate) {
  const double wait = random.exponential(1.0 / rate);
  rig.in(nanoseconds(static_cast<std::int64_t>(wait * 1e9) + 1), [&rig, &random, tokens, rate] {
    rig.change(tokens[random.below(tokens.size())]);
    drive(rig, random, tokens, rate);
  });
}
std::vector<std::size_t> first(std::size_t count) {
  std::vector<std::size_t> out(count);
  for (std::size_t i = 0; i < count; ++i) out[i] = i;
  return out;
}
std::uint64_t closes(const FeedRig& rig, CloseReason reason) {
  return rig.feed->stats().closes[static_cast<std::size_t>(reason)];
}
std::uint64_t watchdog_closes(const FeedRig& rig) {
  return closes(rig, CloseReason::frozen) + closes(rig, CloseReason::blind_silence) + closes(rig, CloseReason::no_data);
}

/// How long a freeze goes unnoticed; kNever if for more than a minute.
Duration time_to_notice(double rate, std::size_t lively, std::uint64_t seed, bool rest_down = false) {
  FeedConfig config;
  config.seed = seed;
  FeedRig rig(config, 50, seed);
  Random random(seed * 31 + 7);
  rig.follow_all();
  rig.run_for(seconds(2));
  drive(rig, random, first(lively), rate);
  rig.run_for(seconds(90) + milliseconds(static_cast<std::int64_t>(random.below(1000))));
  EXPECT_EQ(watchdog_closes(rig), 0U) << "before the freeze";
  rig.faults.rest_down = rest_down;
  rig.faults.frozen.insert(0);
  const Timestamp frozen = rig.now;
  for (int i = 0; i < 600 && watchdog_closes(rig) == 0; ++i) rig.run_for(milliseconds(100));
  return watchdog_closes(rig) > 0 ? rig.last_loss - frozen : minutes(60);
}

TEST(FeedFreeze, IsNoticedWithinFiveSecondsOnAnActiveConnection) {
  for (const double rate : {2.0, 5.0, 20.0, 80.0}) {
    for (const std::size_t lively : {2U, 20U, 100U}) {
      for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        EXPECT_LE(time_to_notice(rate, lively, seed), seconds(5)) << rate << "/s on " << lively << ", seed " << seed;
      }
    }
  }
}

TEST(FeedFreeze, IsNoticedWithoutRestOnALivelyConnection) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) EXPECT_LE(time_to_notice(20.0, 20, seed, true), seconds(5)) << seed;
}

TEST(FeedFreeze, OnASlowConnectionIsFoundByTheRota) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) EXPECT_LE(time_to_notice(0.3, 10, seed), seconds(75)) << seed;
}

TEST(FeedFreeze, RecoversTrustedAndEqualToTheVenue) {
  FeedRig rig({}, 50);
  Random random(3);
  rig.follow_all();
  rig.run_for(seconds(1));
  drive(rig, random, first(40), 20.0);
  rig.run_for(seconds(70));
  rig.faults.frozen.insert(0);
  rig.run_for(seconds(7));
  EXPECT_EQ(closes(rig, CloseReason::frozen), 1U);
  EXPECT_TRUE(rig.all_trusted());
  rig.run_for(seconds(60));
  EXPECT_EQ(watchdog_closes(rig), 1U) << "one freeze, one reconnect";
}

TEST(FeedFreeze, AMarketThatEndsIsNotAFreeze) {
  FeedRig rig({}, 50);
  Random random(5);
  rig.follow_all();
  rig.run_for(seconds(1));
  for (int i = 0; i < 4'000; ++i) {
    const std::size_t token = random.below(20);
    rig.in(milliseconds(20 * i), [&rig, token] { rig.change(token); });
  }
  rig.run_for(minutes(30));  // 50/s for 80 s, then nothing at all
  EXPECT_EQ(watchdog_closes(rig), 0U);
  EXPECT_GT(rig.feed->stats().suspicions, 0U);
  EXPECT_GT(rig.feed->stats().quiet_verdicts, 0U);
  EXPECT_EQ(rig.opens, 1U);
}

TEST(FeedFreeze, GhostsAndStaleBooksOfRestAreNoEvidence) {
  FeedRig rig({}, 20);
  Random random(6);
  rig.follow_all();
  rig.run_for(seconds(1));
  for (std::size_t i = 0; i < 40; i += 3) rig.faults.rest_stale[rig.id(i)] = rig.venue[rig.id(i)];
  drive(rig, random, first(40), 0.5);
  rig.run_for(minutes(10));
  rig.faults.rest_ghosts = true;
  rig.run_for(minutes(10));
  EXPECT_EQ(watchdog_closes(rig), 0U);
  EXPECT_EQ(rig.feed->stats().lagging_tokens, 0U);
}

TEST(FeedFreeze, OneTokenThatFellBehindIsSubscribedAgainAndTheOthersAreLeftAlone) {
  FeedRig rig({}, 10);
  Random random(8);
  rig.follow_all();
  rig.run_for(seconds(1));
  drive(rig, random, first(20), 3.0);
  rig.run_for(seconds(30));
  rig.faults.lost_tokens = {rig.id(4)};
  rig.change(4);
  rig.run_for(minutes(4));
  EXPECT_GE(rig.feed->stats().lagging_tokens, 1U);
  rig.faults.lost_tokens.clear();
  rig.run_for(minutes(4));
  EXPECT_TRUE(rig.equal_to_venue(4));
  EXPECT_EQ(rig.opens, 1U);
}

/// A day as it is: nights, bursts, tokens that move once an hour, markets that die in the middle of a burst.
void live_a_day(Duration stream_latency, std::uint64_t seed) {
  FeedConfig config;
  config.assets_per_connection = 100;
  FeedRig rig(config, 100, seed);
  rig.latency = stream_latency;
  Random random(seed + 1);
  rig.follow_all();
  rig.run_for(seconds(4));
  for (int hour = 0; hour < 24; ++hour) {
    const bool night = hour < 6;
    for (std::size_t link = 0; link < 2; ++link) {
      const std::size_t from = link * 100;
      const int quiet = night ? 3 : 60;  // single changes, anywhere
      for (int i = 0; i < quiet; ++i) {
        const std::size_t token = from + random.below(100);
        rig.in(milliseconds(static_cast<std::int64_t>(random.below(3'600'000))), [&rig, token] { rig.change(token); });
      }
      const int bursts = night ? 0 : 2;
      for (int b = 0; b < bursts; ++b) {
        const std::int64_t start = static_cast<std::int64_t>(random.below(3'000'000));
        const std::size_t market = from + random.below(98);
        const std::int64_t spacing = 30 + static_cast<std::int64_t>(random.below(900));
        for (std::int64_t t = 0; t < 150'000;
             t += 1 + static_cast<std::int64_t>(random.exponential(static_cast<double>(spacing)))) {
          const std::size_t token = market + random.below(3);
          rig.in(milliseconds(start + t), [&rig, token] { rig.change(token); });
        }
      }
    }
    rig.run_for(hours(1));
  }
  rig.run_for(minutes(2));
  EXPECT_GT(rig.frames, 10'000U);
  EXPECT_EQ(rig.opens, 2U) << "no socket was given up";
  EXPECT_EQ(watchdog_closes(rig), 0U);
  EXPECT_EQ(rig.feed->stats().lagging_tokens, 0U);
  EXPECT_EQ(rig.feed->stats().resubscribed, 0U);
  EXPECT_TRUE(rig.all_trusted());
  // A rota of 30 s on two connections is 5,760 requests a day; suspicion adds what bursts leave behind.
  EXPECT_LT(rig.feed->book_stats().requests, 12'000U);
  for (std::size_t i = 0; i < 200; ++i) EXPECT_TRUE(rig.equal_to_venue(i)) << i;
}

TEST(FeedFreeze, ASimulatedDayOfQuietTokensRaisesNoFalseAlarm) { live_a_day(milliseconds(25), 11); }

/// REST is ahead of the stream all the time, by less than what proves a freeze.
TEST(FeedFreeze, ASimulatedDayOverASlowStreamRaisesNoFalseAlarm) { live_a_day(milliseconds(700), 21); }

}  // namespace
}  // namespace ebb::session
