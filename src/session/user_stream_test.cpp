#include "session/user_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ebb::session {
namespace {

using ::testing::HasSubstr;

class Rig final : public UserStreamSink {
 public:
  explicit Rig(UserStreamConfig config = {})
      : stream(std::move(config), {.key = "the-key", .secret = "the-secret", .passphrase = "the-passphrase"}, *this) {}
  void open_user() override {
    ++opens;
    open_times.push_back(now);
  }
  void send_user(std::string text) override { sent.push_back(std::move(text)); }
  void close_user() override { ++closes; }
  void user_frame(Timestamp, std::string_view text) override { frames.emplace_back(text); }
  void sweep_needed(Timestamp, Timestamp since) override { sweeps.push_back(since); }
  void user_stream_up(Timestamp, bool is_up) override { ups.push_back(is_up); }

  void run_for(Duration span, bool pongs = true) {
    const Timestamp end = now + span;
    while (stream.next_timer() <= end) {
      now = std::max(now, stream.next_timer());
      const std::size_t before = sent.size();
      stream.on_timer(now);
      if (pongs && sent.size() > before && sent.back() == "PING") stream.on_text(now, "PONG");
    }
    now = end;
  }
  void open_now() { stream.on_open(now); }

  Timestamp now = from_ms(1'790'000'000'000);
  UserStream stream;
  int opens = 0, closes = 0;
  std::vector<Timestamp> open_times;
  std::vector<std::string> sent, frames;
  std::vector<Timestamp> sweeps;
  std::vector<bool> ups;
};

TEST(UserStream, SaysWhoItIsFirstAndIsUpWhenNobodyObjects) {
  Rig rig;
  rig.stream.start(rig.now);
  EXPECT_EQ(rig.opens, 1);
  rig.open_now();
  ASSERT_EQ(rig.sent.size(), 1U);
  EXPECT_EQ(rig.sent[0],
            R"({"auth":{"apiKey":"the-key","secret":"the-secret","passphrase":"the-passphrase"},"type":"user"})");
  EXPECT_FALSE(rig.stream.up());
  rig.run_for(seconds(2));
  EXPECT_TRUE(rig.stream.up());
  ASSERT_EQ(rig.sweeps.size(), 1U);
  EXPECT_FALSE(rig.sweeps[0].is_set()) << "the first sweep covers the whole run";
}

TEST(UserStream, AFrameProvesItSooner) {
  Rig rig;
  rig.stream.start(rig.now);
  rig.open_now();
  rig.stream.on_text(rig.now + milliseconds(30), R"({"event_type":"order"})");
  EXPECT_TRUE(rig.stream.up());
  EXPECT_EQ(rig.frames.size(), 1U);
}

TEST(UserStream, PassesNoKeyOn) {
  Rig rig;
  rig.stream.start(rig.now);
  rig.open_now();
  rig.stream.on_text(rig.now, R"({"owner":"the-key","maker_orders":[{"owner":"the-key"},{"owner":"another"}]})");
  ASSERT_EQ(rig.frames.size(), 1U);
  EXPECT_EQ(rig.frames[0], R"({"owner":"*******","maker_orders":[{"owner":"*******"},{"owner":"another"}]})");
}

TEST(UserStream, SweepsSinceTheLastSignOfLifeWithOverlapAfterEveryReconnect) {
  Rig rig;
  rig.stream.start(rig.now);
  rig.open_now();
  rig.run_for(seconds(65));
  const Timestamp heard = rig.now - seconds(5);  // the PONG of second 60
  rig.stream.on_closed(rig.now);
  EXPECT_FALSE(rig.stream.up());
  rig.run_for(seconds(1));
  ASSERT_EQ(rig.opens, 2);
  rig.open_now();
  rig.run_for(seconds(2));
  ASSERT_EQ(rig.sweeps.size(), 2U);
  EXPECT_EQ(rig.sweeps[1], heard - UserStreamConfig().sweep_overlap);
  EXPECT_THAT(rig.ups, ::testing::ElementsAre(true, false, true));
}

TEST(UserStream, DiesWithoutPong) {
  Rig rig;
  rig.stream.start(rig.now);
  rig.open_now();
  rig.run_for(seconds(5));
  rig.run_for(seconds(24), false);
  EXPECT_TRUE(rig.stream.up());
  rig.run_for(seconds(2), false);
  EXPECT_FALSE(rig.stream.up());
  EXPECT_EQ(rig.closes, 1);
  EXPECT_EQ(rig.stream.stats().no_pong, 1U);
  EXPECT_EQ(rig.opens, 2);
}

TEST(UserStream, RefusedKeysAreCountedAndNeverUp) {
  Rig rig;
  rig.stream.start(rig.now);
  for (int i = 0; i < 6; ++i) {
    rig.open_now();
    rig.stream.on_text(rig.now, "INVALID AUTH");
    rig.stream.on_closed(rig.now + milliseconds(100));
    rig.run_for(seconds(6));
  }
  EXPECT_TRUE(rig.ups.empty());
  EXPECT_TRUE(rig.sweeps.empty());
  EXPECT_EQ(rig.stream.stats().refused_in_row, 6U);
  EXPECT_EQ(rig.stream.stats().non_json, 6U);
  rig.open_now();
  rig.run_for(seconds(3));
  EXPECT_EQ(rig.stream.stats().refused_in_row, 0U);
}

TEST(UserStream, BacksOffToFiveSecondsWithJitter) {
  Rig rig;
  rig.stream.start(rig.now);
  for (int i = 0; i < 30; ++i) {
    rig.stream.on_closed(rig.now);
    const Duration wait = rig.stream.next_timer() - rig.now;
    EXPECT_LE(wait, seconds(5));
    EXPECT_GE(wait, milliseconds(100));
    if (i > 10) {
      EXPECT_GE(wait, milliseconds(2'500));
    }
    rig.run_for(seconds(5));
    ASSERT_EQ(rig.opens, i + 2);
  }
}

TEST(UserStream, AnAttemptThatHangsIsGivenUp) {
  Rig rig;
  rig.stream.start(rig.now);
  rig.run_for(seconds(14));
  EXPECT_EQ(rig.opens, 1);
  rig.run_for(seconds(3));
  EXPECT_EQ(rig.closes, 1);
  EXPECT_EQ(rig.opens, 2);
}

TEST(UserStream, FollowsChosenConditionsAndMore) {
  UserStreamConfig config;
  config.conditions = {"0xa"};
  Rig rig(config);
  rig.stream.start(rig.now);
  rig.open_now();
  EXPECT_THAT(rig.sent[0], HasSubstr(R"("markets":["0xa"])"));
  rig.stream.add_condition(rig.now, "0xb");
  rig.stream.add_condition(rig.now, "0xb");
  ASSERT_EQ(rig.sent.size(), 2U);
  EXPECT_EQ(rig.sent[1], R"({"operation":"subscribe","markets":["0xb"]})");
  Rig all;
  all.stream.start(all.now);
  all.open_now();
  all.stream.add_condition(all.now, "0xb");
  EXPECT_EQ(all.sent.size(), 1U);
}

TEST(UserStream, CredentialsTravelInTheFirstFrameAlone) {
  Rig rig;
  rig.stream.start(rig.now);
  rig.open_now();
  rig.run_for(minutes(5));
  for (std::size_t i = 1; i < rig.sent.size(); ++i) EXPECT_EQ(rig.sent[i], "PING");
}

TEST(UserStream, StopIsFinal) {
  Rig rig;
  rig.stream.start(rig.now);
  rig.open_now();
  rig.run_for(seconds(5));
  rig.stream.stop(rig.now);
  EXPECT_EQ(rig.closes, 1);
  EXPECT_FALSE(rig.stream.up());
  EXPECT_EQ(rig.stream.next_timer(), kNever);
  rig.stream.on_text(rig.now, R"({"event_type":"order"})");
  EXPECT_TRUE(rig.frames.empty());
}

}  // namespace
}  // namespace ebb::session
