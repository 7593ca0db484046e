// Two sockets for one connection: what comes first counts.
#include <gtest/gtest.h>

#include "session/feed_rig.hpp"
#include "session/market_feed.hpp"
#include "session/twin_filter.hpp"

namespace ebb::session {
namespace {

using test::FeedRig;

FeedConfig twin() {
  FeedConfig config;
  config.twin = true;
  return config;
}

TEST(TwinFilter, DropsTheSlowerCopyAndKeepsWhatWasReallySentTwice) {
  TwinFilter filter;
  const Timestamp now = from_ms(1'000'000);
  EXPECT_TRUE(filter.first(0, now, "print"));
  EXPECT_TRUE(filter.first(0, now, "print")) << "the venue sent it twice";
  EXPECT_FALSE(filter.first(1, now, "print"));
  EXPECT_FALSE(filter.first(1, now, "print"));
  EXPECT_TRUE(filter.first(1, now, "print")) << "a third one, and socket 1 has it first";
  EXPECT_FALSE(filter.first(0, now, "print"));
  EXPECT_TRUE(filter.first(1, now, "other"));
}

TEST(TwinFilter, KnowsLongBooksByTheirEndsAndListsAsAWhole) {
  const std::string levels(5'000, '7');
  const std::string early = R"({"market":"0xc","timestamp":"1790000000123","bids":[)" + levels + "]}";
  const std::string late = R"({"market":"0xc","bids":[)" + levels + R"(],"timestamp":"1790000000123"})";
  for (std::string text : {early, late}) {
    const std::uint64_t before = TwinFilter::digest(text);
    text[text.find("123")] = '2';
    EXPECT_NE(TwinFilter::digest(text), before);
  }
  std::string list = "[" + early + "," + late + "]";
  const std::uint64_t before = TwinFilter::digest(list);
  list[list.size() / 2] = '8';
  EXPECT_NE(TwinFilter::digest(list), before);
}

TEST(TwinFilter, ForgetsAfterItsWindow) {
  TwinFilter filter;
  const Timestamp now = from_ms(1'000'000);
  EXPECT_TRUE(filter.first(0, now, "frame"));
  EXPECT_TRUE(filter.first(1, now + TwinFilter::kWindow + seconds(1), "frame"));
}

TEST(TwinFilter, StaysBoundedAndRightUnderManyFrames) {
  TwinFilter filter;
  Timestamp now = from_ms(1'000'000);
  int kept = 0;
  for (int i = 0; i < 200'000; ++i) {
    now = now + milliseconds(1);
    const std::string text = "frame " + std::to_string(i);
    kept += filter.first(i % 3 == 0 ? 0 : 1, now, text) ? 1 : 0;
    kept += filter.first(i % 3 == 0 ? 1 : 0, now, text) ? 1 : 0;
  }
  EXPECT_EQ(kept, 200'000);
}

TEST(TwinFeed, OneConnectionForTheEngineAndEveryFrameOnce) {
  FeedRig rig(twin(), 10);
  rig.follow_all();
  rig.run_for(seconds(2));
  EXPECT_EQ(rig.feed->connection_count(), 1U);
  EXPECT_EQ(rig.feed->socket_count(), 2U);
  EXPECT_TRUE(rig.all_trusted());
  const auto before = rig.frames;
  for (int i = 0; i < 100; ++i) {
    rig.change(static_cast<std::size_t>(i) % 20);
    rig.run_for(milliseconds(10));
  }
  rig.run_for(seconds(1));
  EXPECT_EQ(rig.frames - before, 100U);
  EXPECT_GE(rig.feed->stats().twin_duplicates, 100U);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_TRUE(rig.equal_to_venue(i));
}

TEST(TwinFeed, TheLossOfOneSocketCostsNothing) {
  FeedRig rig(twin(), 10);
  rig.follow_all();
  rig.run_for(seconds(5));
  rig.disconnect(1);
  EXPECT_TRUE(rig.all_trusted());
  for (int i = 0; i < 50; ++i) rig.change(static_cast<std::size_t>(i) % 20);
  rig.run_for(seconds(10));
  EXPECT_EQ(rig.link_losses, 0U);
  EXPECT_TRUE(rig.sockets[1].open);
  for (std::size_t i = 0; i < 20; ++i) EXPECT_TRUE(rig.equal_to_venue(i));
  rig.disconnect(0);
  rig.disconnect(1);
  EXPECT_EQ(rig.link_losses, 1U);
  EXPECT_EQ(rig.trusted(), 0U);
  rig.run_for(seconds(3));
  EXPECT_TRUE(rig.all_trusted());
}

TEST(TwinFeed, AFrozenSocketIsToldByItsTwin) {
  FeedRig rig(twin(), 10);
  rig.follow_all();
  rig.run_for(seconds(5));
  rig.faults.rest_down = true;
  rig.faults.frozen.insert(0);
  for (int i = 0; i < 400; ++i) {
    rig.change(static_cast<std::size_t>(i) % 20);
    rig.run_for(milliseconds(10));
  }
  rig.run_for(seconds(1));
  EXPECT_EQ(rig.feed->stats().closes[static_cast<std::size_t>(CloseReason::twin_frozen)], 1U);
  EXPECT_EQ(rig.link_losses, 0U);
  EXPECT_TRUE(rig.all_trusted());
  for (std::size_t i = 0; i < 20; ++i) EXPECT_TRUE(rig.equal_to_venue(i));
}

TEST(TwinFeed, BothFrozenIsAFreeze) {
  FeedRig rig(twin(), 10);
  rig.follow_all();
  rig.run_for(seconds(5));
  for (int i = 0; i < 3'000; ++i) {
    rig.change(static_cast<std::size_t>(i) % 20);
    rig.run_for(milliseconds(20));
  }
  rig.faults.frozen = {0, 1};
  for (int i = 0; i < 250; ++i) {
    rig.change(static_cast<std::size_t>(i) % 20);
    rig.run_for(milliseconds(20));
  }
  EXPECT_EQ(rig.feed->stats().closes[static_cast<std::size_t>(CloseReason::frozen)], 2U);
  EXPECT_EQ(rig.link_losses, 1U);
}

}  // namespace
}  // namespace ebb::session
