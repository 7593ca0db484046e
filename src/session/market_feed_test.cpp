#include "session/market_feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/feed_rig.hpp"

namespace ebb::session {
namespace {

using test::FeedRig;
using ::testing::HasSubstr;
using ::testing::StartsWith;

FeedConfig small(std::size_t assets = 200) {
  FeedConfig config;
  config.assets_per_connection = assets;
  return config;
}
std::vector<std::string> texts_to(const FeedRig& rig, std::uint16_t socket) {
  std::vector<std::string> out;
  for (const auto& sent : rig.sent) {
    if (sent.socket == socket && sent.text != "PING") out.push_back(sent.text);
  }
  return out;
}
std::size_t requests_to(const FeedRig& rig, std::string_view path) {
  return static_cast<std::size_t>(
      std::ranges::count_if(rig.requests, [&](const HttpRequest& r) { return r.path() == path; }));
}

TEST(MarketFeed, SubscribesInChunksAndConfirmsByBooks) {
  FeedRig rig(small(), 60);
  rig.follow_all();
  EXPECT_EQ(rig.feed->unconfirmed(), 120U);
  rig.run_for(milliseconds(100));
  const auto texts = texts_to(rig, 0);
  ASSERT_FALSE(texts.empty());
  EXPECT_THAT(texts[0], HasSubstr("\"type\":\"market\""));
  EXPECT_THAT(texts[0], HasSubstr("\"custom_feature_enabled\":true"));
  rig.run_for(milliseconds(400));
  ASSERT_EQ(texts_to(rig, 0).size(), 3U) << "120 assets in chunks of 50";
  EXPECT_THAT(texts_to(rig, 0)[1], StartsWith(R"({"operation":"subscribe")"));
  EXPECT_EQ(rig.feed->unconfirmed(), 0U);
  EXPECT_EQ(rig.feed->stats().confirmed, 120U);
  EXPECT_TRUE(rig.all_trusted());
  EXPECT_EQ(rig.requests.size(), 0U) << "the stream brought every book";
}

TEST(MarketFeed, ShardsKeepBothTokensOfAMarketTogether) {
  FeedRig rig(small(6), 10);
  for (std::size_t i = 0; i < 20; i += 2) rig.feed->follow(rig.now, FeedRig::token(i));
  for (std::size_t i = 1; i < 20; i += 2) rig.feed->follow(rig.now, FeedRig::token(i));
  EXPECT_EQ(rig.feed->connection_count(), 4U);
  for (std::size_t i = 0; i < 20; i += 2) {
    EXPECT_EQ(rig.feed->connection_of(FeedRig::token(i)), rig.feed->connection_of(FeedRig::token(i + 1)));
  }
  for (std::uint16_t c = 0; c < 4; ++c) EXPECT_LE(rig.feed->link(model::ConnectionIndex(c)).assets, 6U);
}

TEST(MarketFeed, FiveThousandTokensAreTrustedWithinTenSecondsOverTwentyFiveConnections) {
  FeedRig rig(small(), 2'500);
  rig.follow_all();
  EXPECT_EQ(rig.feed->connection_count(), 25U);
  rig.run_for(seconds(3));
  EXPECT_TRUE(rig.all_trusted());
  EXPECT_EQ(rig.feed->unconfirmed(), 0U);
}

TEST(MarketFeed, PingsEveryTenSecondsAndReportsLife) {
  FeedRig rig(small(), 2);
  rig.follow_all();
  rig.run_for(seconds(61));
  const auto pings = std::ranges::count_if(rig.sent, [](const auto& s) { return s.text == "PING"; });
  EXPECT_EQ(pings, 6);
  EXPECT_EQ(rig.feed->stats().pongs, 6U);
  EXPECT_EQ(rig.alive, 6U);
  EXPECT_EQ(rig.opens, 1U);
}

TEST(MarketFeed, ASocketWithoutPongDiesAfterThirtySecondsAndComesBackTrusted) {
  FeedRig rig(small(), 2);
  rig.follow_all();
  rig.run_for(seconds(1));
  rig.faults.mute.insert(0);
  rig.faults.rest_down = true;
  const Timestamp opened = rig.now;
  rig.run_for(seconds(40));
  EXPECT_EQ(rig.feed->stats().closes[static_cast<std::size_t>(CloseReason::no_pong)], 1U);
  EXPECT_EQ(rig.link_losses, 1U);
  EXPECT_GE(rig.last_loss - opened, seconds(28));
  EXPECT_LE(rig.last_loss - opened, seconds(31));
  EXPECT_TRUE(rig.all_trusted());
}

TEST(MarketFeed, BooksAreTrustedWithinASecondOfTheReconnectedSocket) {
  FeedRig rig(small(), 50);
  rig.follow_all();
  rig.run_for(seconds(30));
  for (int round = 0; round < 5; ++round) {
    rig.disconnect(0);
    EXPECT_EQ(rig.trusted(), 0U);
    for (std::size_t i = 0; i < 10; ++i) rig.change(i);
    rig.run_for(milliseconds(1'300));
    EXPECT_TRUE(rig.all_trusted()) << round;
    for (std::size_t i = 0; i < 100; ++i) EXPECT_TRUE(rig.equal_to_venue(i)) << i;
    rig.run_for(seconds(20));
  }
  EXPECT_EQ(rig.feed->stats().link_losses, 5U);
}

TEST(MarketFeed, ManySocketsNeverComeBackInOneInstantAndWaitAtMostFiveSeconds) {
  FeedRig rig(small(2), 20);
  rig.follow_all();
  rig.run_for(seconds(20));
  rig.open_times.clear();
  rig.faults.refuse_connects = true;
  for (std::uint16_t s = 0; s < 20; ++s) rig.disconnect(s);
  rig.run_for(seconds(60));
  ASSERT_GT(rig.open_times.size(), 20U * 10U);
  for (std::size_t i = 1; i < rig.open_times.size(); ++i) {
    ASSERT_GE(rig.open_times[i] - rig.open_times[i - 1], FeedConfig().reconnect.spacing);
  }
  rig.faults.refuse_connects = false;
  rig.run_for(milliseconds(7'000));
  EXPECT_TRUE(rig.all_trusted()) << "the back-off ends at 5 s";
}

TEST(MarketFeed, UnconfirmedAssetsAreSubscribedAgain) {
  FeedRig rig(small(), 3);
  rig.faults.lost_tokens = {rig.id(0)};
  rig.follow_all();
  rig.run_for(seconds(2));
  EXPECT_EQ(rig.feed->unconfirmed(), 1U);
  EXPECT_TRUE(rig.books[0].trusted) << "REST bootstraps what the stream does not bring";
  rig.run_for(milliseconds(1'500));
  const auto texts = texts_to(rig, 0);
  ASSERT_GE(texts.size(), 3U);
  EXPECT_EQ(texts[1], R"({"operation":"unsubscribe","assets_ids":[")" + rig.id(0) + R"("]})");
  EXPECT_THAT(texts[2], StartsWith(R"({"operation":"subscribe","assets_ids":[")" + rig.id(0) + "\"]"));
  rig.faults.lost_tokens.clear();
  rig.run_for(seconds(10));
  EXPECT_EQ(rig.feed->unconfirmed(), 0U);
  EXPECT_EQ(rig.opens, 1U) << "the other assets were left alone";
}

TEST(MarketFeed, NewTokensGoLiveWithoutTouchingTheOthers) {
  FeedRig rig(small(), 4);
  for (std::size_t i = 0; i < 4; ++i) rig.feed->follow(rig.now, FeedRig::token(i));
  rig.run_for(seconds(5));
  const auto before = rig.books[0].updates;
  for (std::size_t i = 4; i < 8; ++i) rig.feed->follow(rig.now, FeedRig::token(i));
  rig.run_for(seconds(1));
  EXPECT_TRUE(rig.all_trusted());
  EXPECT_EQ(rig.books[0].updates, before);
  EXPECT_EQ(rig.opens, 1U);
}

TEST(MarketFeed, ATokenThatComesBackWithinTheGraceKeepsItsSubscription) {
  FeedRig rig(small(), 4);
  rig.follow_all();
  rig.run_for(seconds(5));
  const std::size_t before = texts_to(rig, 0).size();
  rig.feed->unfollow(rig.now, FeedRig::token(2));
  rig.run_for(seconds(100));
  rig.feed->follow(rig.now, FeedRig::token(2));
  rig.run_for(seconds(100));
  EXPECT_EQ(texts_to(rig, 0).size(), before);
  rig.feed->unfollow(rig.now, FeedRig::token(2));
  rig.run_for(seconds(121));
  ASSERT_EQ(texts_to(rig, 0).size(), before + 1);
  EXPECT_EQ(texts_to(rig, 0).back(), R"({"operation":"unsubscribe","assets_ids":[")" + rig.id(2) + R"("]})");
  EXPECT_FALSE(rig.feed->connection_of(FeedRig::token(2)).valid());
}

TEST(MarketFeed, AConnectionWithoutTokensIsClosedAndUsedAgain) {
  FeedRig rig(small(2), 2);
  rig.follow_all();
  rig.run_for(seconds(1));
  rig.feed->unfollow(rig.now, FeedRig::token(0));
  rig.feed->unfollow(rig.now, FeedRig::token(1));
  rig.run_for(seconds(130));
  EXPECT_EQ(rig.feed->stats().closes[static_cast<std::size_t>(CloseReason::unused)], 1U);
  EXPECT_FALSE(rig.feed->link(model::ConnectionIndex(0)).open);
  EXPECT_EQ(rig.opens, 2U) << "and stays closed";
  rig.feed->follow(rig.now, FeedRig::token(1));
  rig.run_for(seconds(1));
  EXPECT_EQ(rig.feed->connection_count(), 2U);
  EXPECT_TRUE(rig.books[1].trusted);
}

TEST(MarketFeed, RestBootstrapsWhenTheDumpStaysAway) {
  FeedRig rig(small(), 100);
  rig.faults.empty_dumps = true;
  rig.follow_all();
  rig.run_for(seconds(2));
  EXPECT_TRUE(rig.all_trusted());
  EXPECT_EQ(rig.rest_books, 200U);
  EXPECT_LE(requests_to(rig, "/books"), 6U) << "batches, not one request a token";
  EXPECT_GT(rig.feed->stats().empty_frames, 0U);
}

TEST(MarketFeed, ASocketThatNeverBringsDataIsReplaced) {
  FeedRig rig(small(), 10);
  rig.faults.empty_dumps = true;
  rig.faults.frozen.insert(0);
  rig.follow_all();
  rig.run_for(milliseconds(500));
  rig.faults.empty_dumps = false;
  rig.run_for(seconds(6));
  EXPECT_EQ(rig.feed->stats().closes[static_cast<std::size_t>(CloseReason::no_data)], 1U);
  EXPECT_EQ(rig.feed->unconfirmed(), 0U);
}

TEST(MarketFeed, GhostBooksAreNotDelivered) {
  FeedRig rig(small(), 5);
  rig.faults.empty_dumps = true;
  rig.faults.rest_ghosts = true;
  rig.follow_all();
  rig.run_for(seconds(2));
  EXPECT_EQ(rig.trusted(), 0U);
  EXPECT_GE(rig.feed->book_stats().ghosts, 10U);
  rig.faults.prices_down = true;
  rig.run_for(seconds(5));
  EXPECT_EQ(rig.trusted(), 0U) << "what cannot be compared is not delivered";
  rig.faults.rest_ghosts = rig.faults.prices_down = false;
  rig.run_for(seconds(12));
  EXPECT_TRUE(rig.all_trusted());
  for (std::size_t i = 0; i < 10; ++i) EXPECT_TRUE(rig.equal_to_venue(i));
}

TEST(MarketFeed, ATrueBookOfADeadMarketIsDelivered) {
  FeedRig rig(small(), 1);
  rig.venue[rig.id(0)] = {.bids = {{10, 5'000'000}}, .asks = {{9'990, 5'000'000}}, .ms = rig.now.ms() - 5};
  rig.venue[rig.id(1)] = {.bids = {}, .asks = {}, .ms = rig.now.ms() - 5};
  rig.faults.empty_dumps = true;
  rig.follow_all();
  rig.run_for(seconds(2));
  EXPECT_TRUE(rig.all_trusted());
  EXPECT_EQ(rig.feed->book_stats().suspicious, 2U);
  EXPECT_EQ(rig.feed->book_stats().ghosts, 0U);
}

TEST(MarketFeed, ARestBookOlderThanOurStreamIsRefused) {
  FeedRig rig(small(), 1);
  rig.follow_all();
  rig.run_for(seconds(1));
  const test::Ladders old = rig.venue[rig.id(0)];
  rig.change(0);
  rig.run_for(seconds(1));
  rig.faults.rest_stale[rig.id(0)] = old;
  rig.books[0].trusted = false;
  rig.feed->request_book(rig.now, {FeedRig::token(0), model::BookRequestReason::hash_mismatch});
  rig.run_for(seconds(1));
  EXPECT_FALSE(rig.books[0].trusted);
  EXPECT_GE(rig.feed->book_stats().stale, 1U);
  rig.run_for(seconds(10));
  EXPECT_TRUE(rig.books[0].trusted) << "the stream was asked for a snapshot instead";
  EXPECT_TRUE(rig.equal_to_venue(0));
}

TEST(MarketFeed, BookRequestsOfTheEngineTravelTogether) {
  FeedRig rig(small(), 40);
  rig.follow_all();
  rig.run_for(seconds(1));
  rig.requests.clear();
  for (std::size_t i = 0; i < 80; ++i) {
    rig.books[i].trusted = false;
    rig.feed->request_book(rig.now, {FeedRig::token(i), model::BookRequestReason::untrusted});
  }
  rig.run_for(milliseconds(500));
  EXPECT_TRUE(rig.all_trusted());
  EXPECT_EQ(rig.requests.size(), 1U);
  rig.feed->request_book(rig.now, {FeedRig::token(3), model::BookRequestReason::tick_change});
  rig.run_for(milliseconds(500));
  EXPECT_EQ(rig.requests.back().target, "/book?token_id=" + rig.id(3));
  EXPECT_EQ(rig.rest_books, 81U);
}

TEST(MarketFeed, RequestsOfALostConnectionWaitForItsSnapshots) {
  FeedRig rig(small(), 50);
  rig.follow_all();
  rig.run_for(seconds(1));
  rig.disconnect(0);  // the engine asks for 100 books at once
  rig.run_for(seconds(5));
  EXPECT_TRUE(rig.all_trusted());
  EXPECT_LE(requests_to(rig, "/books") + requests_to(rig, "/book"), 2U);
}

TEST(MarketFeed, A429PausesAllBookRequests) {
  FeedRig rig(small(), 20);
  rig.faults.empty_dumps = true;
  rig.faults.rest_status = 429;
  rig.follow_all();
  rig.run_for(seconds(30));
  EXPECT_GE(rig.feed->book_stats().throttled, 2U);
  EXPECT_LE(rig.requests.size(), 5U);
  rig.faults.rest_status = 0;
  rig.run_for(seconds(45));
  EXPECT_TRUE(rig.all_trusted());
}

TEST(MarketFeed, ATokenWithoutABookIsGivenUpAndNamed) {
  FeedRig rig(small(), 2);
  rig.venue.erase(rig.id(1));
  rig.faults.empty_dumps = true;
  rig.follow_all();
  rig.run_for(seconds(60));
  EXPECT_EQ(rig.feed->book_stats().no_book, 1U);
  EXPECT_EQ(rig.rest_refusals, 1U);
  EXPECT_EQ(rig.trusted(), 3U);
}

TEST(MarketFeed, OddFramesAreCountedAndNeverFatal) {
  FeedConfig config = small();
  config.largest_frame = 100'000;
  FeedRig rig(config, 2);
  rig.follow_all();
  rig.run_for(seconds(1));
  const std::string book = test::book_text(rig.id(0), rig.venue[rig.id(0)]);
  for (const std::string& text :
       {std::string("INVALID OPERATION"), std::string("<html>403</html>"), std::string(), std::string("   "),
        std::string("[]"), std::string("[ ]\n"), std::string("{"), std::string("[{\"asset_id\":"),
        std::string("{\"asset_id\":7,\"bids\":{}}"), std::string("null"),
        std::string("{\"event_type\":\"new_market\",\"id\":\"1\"}"), book.substr(0, 70), std::string("\0\xff", 2)}) {
    rig.push(0, text);
  }
  rig.run_for(seconds(1));
  const FeedStats& stats = rig.feed->stats();
  EXPECT_EQ(stats.non_json, 6U);
  EXPECT_EQ(stats.empty_frames, 2U);
  EXPECT_EQ(stats.global_frames, 1U);
  EXPECT_EQ(rig.opens, 1U);
  EXPECT_TRUE(rig.all_trusted());
  rig.push(0, "{\"market\":\"" + std::string(200'000, 'x') + "\"}");
  rig.run_for(seconds(1));
  EXPECT_EQ(stats.oversized, 1U);
  EXPECT_TRUE(rig.all_trusted()) << "what was lost with it was asked for";
  EXPECT_GE(rig.rest_books, 4U);
}

TEST(MarketFeed, TextOfASocketThatIsGoneIsIgnored) {
  FeedRig rig(small(), 1);
  rig.follow_all();
  rig.run_for(seconds(1));
  const auto frames = rig.feed->stats().frames;
  rig.disconnect(0);
  rig.feed->on_text(SocketIndex(0), rig.now, "{\"market\":\"0xc\"}");
  rig.feed->on_closed(SocketIndex(0), rig.now);
  EXPECT_EQ(rig.feed->stats().frames, frames);
  EXPECT_EQ(rig.link_losses, 1U);
}

TEST(MarketFeed, AfterAStandstillNothingThatWasSeenBeforeCounts) {
  FeedRig rig(small(), 1);
  rig.follow_all();
  rig.run_for(seconds(1));
  rig.feed->on_beat(rig.now);
  ASSERT_TRUE(rig.all_trusted());
  rig.now = rig.now + seconds(1);
  rig.feed->on_beat(rig.now);
  EXPECT_TRUE(rig.all_trusted()) << "a busy second is no standstill";
  rig.now = rig.now + seconds(3);
  rig.feed->on_beat(rig.now);
  EXPECT_FALSE(rig.all_trusted());
  EXPECT_EQ(rig.feed->stats().standstills, 1U);
}

TEST(MarketFeed, AFrameThatEndsAStandstillComesAfterItsGap) {
  FeedRig rig(small(), 1);
  rig.follow_all();
  rig.run_for(seconds(1));
  rig.feed->on_beat(rig.now);
  rig.now = rig.now + seconds(5);
  rig.feed->on_text(SocketIndex(0), rig.now, "PONG");
  EXPECT_FALSE(rig.all_trusted());
}

TEST(MarketFeed, StopsQuietly) {
  FeedRig rig(small(2), 3);
  rig.follow_all();
  rig.run_for(seconds(1));
  rig.feed->stop(rig.now);
  EXPECT_EQ(rig.closes, 3U);
  rig.run_for(minutes(5));
  EXPECT_EQ(rig.opens, 3U);
  rig.follow_all();
  rig.run_for(seconds(1));
  EXPECT_TRUE(rig.all_trusted());
}

TEST(MarketFeed, TheSameSeedGivesTheSameConversation) {
  const auto conversation = [](std::uint64_t seed) {
    FeedConfig config = small(4);
    config.seed = seed;
    FeedRig rig(config, 10);
    rig.follow_all();
    rig.run_for(seconds(20));
    for (std::uint16_t s = 0; s < 5; ++s) rig.disconnect(s);
    rig.run_for(seconds(20));
    std::string all;
    for (const auto& s : rig.sent) all += std::to_string(s.time.ns()) + s.text + "\n";
    return all;
  };
  EXPECT_EQ(conversation(7), conversation(7));
  EXPECT_NE(conversation(7), conversation(8));
}

}  // namespace
}  // namespace ebb::session
