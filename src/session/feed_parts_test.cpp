// The small parts of the market feed: glance at frames, rates, back-off, subscriptions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "session/frame_scan.hpp"
#include "session/rate_meter.hpp"
#include "session/reconnect.hpp"
#include "session/subscription.hpp"

namespace ebb::session {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Timestamp kStart = from_ms(1'790'000'000'000);

std::vector<std::string> books_in(std::string_view frame) {
  std::vector<std::string> out;
  for_each_book(frame, [&](std::string_view asset) { out.emplace_back(asset); });
  return out;
}
model::TokenIndex token(std::uint32_t i) { return model::TokenIndex(i); }

TEST(FrameScan, TellsFramesApart) {
  EXPECT_EQ(classify_frame(R"({"market":"0x","price_changes":[]})"), FrameKind::data);
  EXPECT_EQ(classify_frame(R"([{"market":"0x"}])"), FrameKind::data);
  EXPECT_EQ(classify_frame(R"( {"event_type":"book"})"), FrameKind::data);
  EXPECT_EQ(classify_frame("[]"), FrameKind::empty);
  EXPECT_EQ(classify_frame(" [ \n] "), FrameKind::empty);
  EXPECT_EQ(classify_frame("PONG"), FrameKind::pong);
  EXPECT_EQ(classify_frame("PONG\n"), FrameKind::pong);
  EXPECT_EQ(classify_frame("PING"), FrameKind::ping);
  for (const char* text : {"", " ", "pong", "INVALID OPERATION", "<html>", "null", "\"PONG\""}) {
    EXPECT_EQ(classify_frame(text), FrameKind::other) << text;
  }
}

TEST(FrameScan, ANewMarketProvesNothingOfTheSubscription) {
  EXPECT_EQ(classify_frame(R"({"event_type":"new_market","id":"1"})"), FrameKind::global);
  const std::string late = R"({"id":"1","description":")" + std::string(5'000, 'x') + R"(","event_type":"new_market"})";
  EXPECT_EQ(classify_frame(late), FrameKind::global);
}

TEST(FrameScan, FindsBooksInEveryOrderOfKeysTheVenueUses) {
  const std::string initial = R"({"market":"0x","asset_id":"1","timestamp":"5","hash":"h","bids":[],"asks":[]})";
  const std::string stream =
      R"({"market": "0x", "asset_id": "2", "bids": [{"price":"0.1","size":"2"}], "asks": [], "event_type": "book"})";
  const std::string change =
      R"({"market":"0x","price_changes":[{"asset_id":"3","price":"0.1"},{"asset_id":"4"}],"event_type":"price_change"})";
  const std::string print = R"({"event_type":"last_trade_price","asset_id":"5","price":"0.1"})";
  EXPECT_THAT(books_in(initial), ElementsAre("1"));
  EXPECT_THAT(books_in("[" + initial + "," + stream + "]"), ElementsAre("1", "2"));
  EXPECT_THAT(books_in(change), IsEmpty());
  EXPECT_THAT(books_in("[" + change + "," + print + "," + stream + "]"), ElementsAre("2"));
}

TEST(FrameScan, NeverReadsBeyondABrokenFrame) {
  const std::string whole = R"([{"market":"0x","asset_id":"1","bids":[]},{"asset_id":"2","bids":[]}])";
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    const std::vector<char> exact(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut));
    const std::string_view text(exact.data(), exact.size());
    (void)classify_frame(text);
    EXPECT_LE(books_in(text).size(), 2U);
  }
}

TEST(RateMeter, CountsTheLastMinute) {
  RateMeter meter;
  meter.restart(kStart);
  Timestamp now = kStart;
  for (int second = 0; second < 120; ++second) {
    for (int i = 0; i < 5; ++i) meter.count();
    now = now + seconds(1);
    meter.tick(now);
  }
  EXPECT_NEAR(meter.rate(now), 5.0, 0.01);
  now = now + seconds(30);
  meter.tick(now);
  EXPECT_NEAR(meter.rate(now), 2.5, 0.1);
  now = now + seconds(31);
  meter.tick(now);
  EXPECT_EQ(meter.rate(now), 0.0);
  now = now + hours(24 * 365);
  meter.tick(now);
  meter.count();
  EXPECT_GT(meter.rate(now), 0.0);
}

TEST(Reconnect, DoublesToItsCapWithJitterAndForgetsAfterAStableConnection) {
  const ReconnectConfig config;
  Reconnect reconnect(config, Random(1));
  Duration expected = config.first;
  for (int i = 0; i < 12; ++i) {
    const Duration wait = reconnect.after_loss(Duration(0));
    EXPECT_GE(wait, expected / 2);
    EXPECT_LE(wait, expected);
    expected = std::min(expected * 2, config.cap);
  }
  EXPECT_LE(reconnect.after_loss(config.stable_after), config.first);
  EXPECT_GT(reconnect.after_loss(seconds(1)), config.first / 2);
}

class SubscriptionTest : public ::testing::Test {
 protected:
  SubscriptionTest() {
    config_.subscribe_chunk = 2;
    for (std::uint32_t i = 0; i < 5; ++i) subscription_.add(kStart, token(i));
  }
  /// The frames that are due from `now` on, as text.
  std::vector<std::string> frames() {
    std::vector<std::string> out;
    SubscriptionFrame frame;
    for (int i = 0; i < 20; ++i) {
      if (subscription_.next_frame(now_, frame)) {
        std::string text = frame.kind == SubscriptionFrame::Kind::hello       ? "hello"
                           : frame.kind == SubscriptionFrame::Kind::subscribe ? "sub"
                                                                              : "unsub";
        for (const auto t : frame.tokens) text += " " + std::to_string(t.value());
        out.push_back(text);
      }
      now_ = now_ + config_.chunk_spacing;
    }
    return out;
  }
  FeedConfig config_;
  Subscription subscription_{config_};
  Timestamp now_ = kStart;
};

TEST_F(SubscriptionTest, ChunksAreSpacedAndBeginWithAFirstFrame) {
  SubscriptionFrame frame;
  EXPECT_FALSE(subscription_.next_frame(now_, frame)) << "not open";
  subscription_.opened(now_);
  ASSERT_TRUE(subscription_.next_frame(now_, frame));
  EXPECT_FALSE(subscription_.next_frame(now_ + config_.chunk_spacing - nanoseconds(1), frame));
  now_ = now_ + config_.chunk_spacing;
  EXPECT_THAT(frames(), ElementsAre("sub 2 3", "sub 4"));
  EXPECT_EQ(subscription_.unconfirmed(), 5U);
}

TEST_F(SubscriptionTest, OnlyWhatWasAskedForCanBeConfirmed) {
  EXPECT_FALSE(subscription_.confirm(token(0)));
  subscription_.opened(now_);
  EXPECT_FALSE(subscription_.confirm(token(0)));
  (void)frames();
  EXPECT_TRUE(subscription_.confirm(token(0)));
  EXPECT_FALSE(subscription_.confirm(token(0)));
  EXPECT_FALSE(subscription_.confirm(token(9)));
  EXPECT_EQ(subscription_.unconfirmed(), 4U);
}

TEST_F(SubscriptionTest, OverdueAssetsAreRenewedLaterAndLater) {
  subscription_.opened(now_);
  (void)frames();
  for (std::uint32_t i = 0; i < 4; ++i) subscription_.confirm(token(i));
  now_ = kStart + config_.confirm_timeout + seconds(1);
  EXPECT_EQ(subscription_.renew_overdue(now_), 1U);
  const Timestamp renewed = now_;
  EXPECT_THAT(frames(), ElementsAre("unsub 4", "sub 4"));
  EXPECT_EQ(subscription_.renew_overdue(renewed + config_.confirm_timeout + seconds(1)), 0U);
  EXPECT_EQ(subscription_.renew_overdue(renewed + config_.confirm_timeout * 2 + seconds(1)), 1U);
}

TEST_F(SubscriptionTest, RemovalsLeaveAndWhatWasNeverSentJustGoes) {
  subscription_.opened(now_);
  SubscriptionFrame frame;
  ASSERT_TRUE(subscription_.next_frame(now_, frame));  // 0 and 1
  subscription_.remove(now_, token(0));
  subscription_.remove(now_, token(4));
  now_ = now_ + config_.chunk_spacing;
  EXPECT_THAT(frames(), ElementsAre("unsub 0", "sub 2 3"));
  EXPECT_EQ(subscription_.size(), 3U);
  EXPECT_EQ(subscription_.unconfirmed(), 3U);
}

TEST_F(SubscriptionTest, ReopeningStartsAnew) {
  subscription_.opened(now_);
  (void)frames();
  for (std::uint32_t i = 0; i < 5; ++i) subscription_.confirm(token(i));
  subscription_.closed();
  EXPECT_EQ(subscription_.unconfirmed(), 5U);
  EXPECT_EQ(subscription_.next_timer(), kNever);
  subscription_.opened(now_);
  EXPECT_THAT(frames(), ElementsAre("hello 0 1", "sub 2 3", "sub 4"));
}

}  // namespace
}  // namespace ebb::session
