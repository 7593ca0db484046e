#include "session/order_desk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "session/order_sender_fixture.hpp"

namespace ebb::session {
namespace {

using test::kStart;

struct Asked {
  DeskMachine machine;
  RequestId id;
  HttpRequest request;
  bool answered = false;
};

class Sink : public OrderDeskSink {
 public:
  void send(DeskMachine machine, RequestId id, Origin, HttpRequest request, Duration) override {
    asked.push_back({machine, id, std::move(request)});
  }
  bool on_event(const model::EventBody& event) override {
    if (std::holds_alternative<model::PlaceAnswer>(event)) ++place_answers;
    return takes_events;
  }
  void on_note(std::string text) override { notes.push_back(std::move(text)); }

  std::vector<Asked> asked;
  std::vector<std::string> notes;
  int place_answers = 0;
  bool takes_events = true;
};

/// A desk whose venue has no orders and no trades, and answers at once when it is told to.
class OrderDeskTest : public ::testing::Test {
 protected:
  void make(bool heartbeat) {
    auto key = crypto::PrivateKey::parse(test::kTestKey).value();
    OrderDeskConfig config;
    config.sender.maker = config.sender.signer = key.address();
    config.use_heartbeat = heartbeat;
    config.known = known;
    const polymarket::ApiCredentials credentials{"our-key", "c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "our-pass"};
    auto orders = polymarket::L2Signer::create(credentials, key.address()).value();
    auto beats = polymarket::L2Signer::create(credentials, key.address()).value();
    desk = std::make_unique<OrderDesk>(config, std::make_unique<polymarket::OrderSigner>(std::move(key), 137),
                                       std::move(orders), std::move(beats), credentials.key, test::two_markets(), sink);
    desk->start(now);
    desk->on_engine_alive(now);
  }
  void begin() {
    desk->on_user_stream(now, true);
    desk->resync(now, now - minutes(1));
    run(seconds(2));
  }
  /// Answers everything that is asked meanwhile; the engine shows life every second.
  void run(Duration length, bool engine_lives = true) {
    const Timestamp end = now + length;
    for (int i = 0; i < 10'000 && now < end; ++i) {
      answer_all();
      now = std::min({end, now + milliseconds(500), std::max(now, desk->next_timer())});
      if (engine_lives) desk->on_engine_alive(now);
      if (desk->next_timer() <= now) desk->on_timer(now);
    }
    answer_all();
  }
  void answer_all() {
    for (std::size_t i = 0; i < sink.asked.size(); ++i) {
      if (sink.asked[i].answered) continue;
      sink.asked[i].answered = true;
      const std::string path(sink.asked[i].request.path());
      if (!reads_answer && path.starts_with("/data/")) {
        desk->on_answer(now, sink.asked[i].machine, sink.asked[i].id, fail("net.closed", "the link"));
        continue;
      }
      HttpResponse response;
      if (path.starts_with("/data/")) response.body = test::SenderRig::page("");
      if (path.starts_with("/data/order/")) response = {old_status, {}, R"({"error":"no such order"})"};
      if (path == "/cancel-all") response.body = R"({"canceled":[],"not_canceled":{}})";
      if (path == "/v1/heartbeats") response.body = R"({"heartbeat_id":"b1"})";
      if (path.ends_with("/positions")) response.body = "[]";
      if (path.starts_with("/balance")) response.body = R"({"balance":"0"})";
      desk->on_answer(now, sink.asked[i].machine, sink.asked[i].id, response);
    }
  }
  [[nodiscard]] std::size_t count(std::string_view path) const {
    return static_cast<std::size_t>(std::count_if(sink.asked.begin(), sink.asked.end(),
                                                  [&](const Asked& a) { return a.request.path().ends_with(path); }));
  }

  Sink sink;
  std::unique_ptr<OrderDesk> desk;
  Timestamp now = kStart;
  bool reads_answer = true;
  std::vector<KnownOrder> known;
  int old_status = 503;  ///< of single orders
};

TEST_F(OrderDeskTest, opens_once_the_account_is_known_and_cancels_nothing_that_others_placed) {
  make(false);
  desk->on_user_stream(now, true);
  run(seconds(3));
  EXPECT_FALSE(desk->sender().gate_open()) << "nobody has read orders and trades yet";
  begin();
  EXPECT_TRUE(desk->sender().gate_open()) << desk->sender().gate_reasons();
  EXPECT_GE(count("/data/orders"), 1u);
  EXPECT_GE(count("/data/trades"), 1u);
  EXPECT_EQ(count("/cancel-all"), 0u);
}

TEST_F(OrderDeskTest, asks_for_what_an_earlier_run_left_before_any_order_leaves) {
  KnownOrder old{.size = shares_of(10), .placed = now - hours(1)};
  old.id.bytes[0] = 7;
  known = {old};
  make(false);
  desk->on_user_stream(now, true);
  desk->resync(now, now - minutes(1));
  answer_all();
  EXPECT_EQ(count("/data/order/" + model::to_text(old.id)), 1u);
  EXPECT_FALSE(desk->sender().gate_open());
  run(seconds(30));
  EXPECT_FALSE(desk->sender().gate_open()) << "an empty answer tells nothing of it";
  old_status = 404;
  run(seconds(10));
  EXPECT_TRUE(desk->sender().gate_open()) << desk->sender().gate_reasons();
}

TEST_F(OrderDeskTest, reads_again_until_nothing_is_missing) {
  make(false);
  reads_answer = false;
  begin();
  run(seconds(30));
  EXPECT_FALSE(desk->sender().gate_open());
  const std::size_t before = count("/data/orders");
  EXPECT_GT(before, 2u) << "it gave up asking";
  reads_answer = true;
  run(seconds(10));
  EXPECT_TRUE(desk->sender().gate_open()) << desk->sender().gate_reasons();
}

TEST_F(OrderDeskTest, takes_two_censuses_of_what_the_account_holds) {
  make(false);
  begin();
  run(seconds(20));
  const std::size_t tokens = 4;
  EXPECT_GE(count("/positions"), 2 * tokens);
  EXPECT_LT(count("/positions"), 3 * tokens + 8) << "the census does not end";
}

TEST_F(OrderDeskTest, a_silent_engine_closes_the_gate_and_ends_the_beats_until_it_lives_again) {
  make(true);
  begin();
  run(seconds(12));
  ASSERT_TRUE(desk->sender().gate_open()) << desk->sender().gate_reasons();
  run(seconds(4), false);
  EXPECT_FALSE(desk->sender().gate_open());
  const std::size_t beats = count("/v1/heartbeats");
  run(seconds(10), false);
  EXPECT_EQ(count("/v1/heartbeats"), beats) << "the heart of a hung engine beats";
  run(seconds(15));
  EXPECT_GT(count("/v1/heartbeats"), beats);
  EXPECT_TRUE(desk->sender().gate_open()) << desk->sender().gate_reasons();
}

TEST_F(OrderDeskTest, after_missed_beats_every_order_is_asked_for_before_the_gate_opens) {
  make(true);
  begin();
  run(seconds(12));
  const std::size_t listings = count("/data/orders");
  run(seconds(14), false);  // no beats meanwhile
  run(seconds(5));
  EXPECT_GT(count("/data/orders"), listings);
  EXPECT_TRUE(desk->sender().gate_open()) << desk->sender().gate_reasons();
}

TEST_F(OrderDeskTest, an_engine_that_takes_no_events_counts_as_dead) {
  make(false);
  begin();
  ASSERT_TRUE(desk->sender().gate_open());
  sink.takes_events = false;
  desk->submit(now, model::RequestPosition{model::TokenIndex(0)});
  answer_all();
  EXPECT_FALSE(desk->sender().gate_open());
  sink.takes_events = true;
  desk->on_engine_alive(now);
  EXPECT_TRUE(desk->sender().gate_open());
}

TEST_F(OrderDeskTest, a_user_stream_that_is_down_holds_orders_back) {
  make(false);
  begin();
  desk->on_user_stream(now, false);
  EXPECT_FALSE(desk->sender().gate_open());
  desk->on_user_stream(now, true);
  EXPECT_TRUE(desk->sender().gate_open());
}

TEST_F(OrderDeskTest, without_a_journal_no_order_leaves_and_no_heart_beats) {
  make(true);
  begin();
  run(seconds(12));
  ASSERT_TRUE(desk->sender().gate_open());
  desk->on_journal(now, "the disk is full");
  EXPECT_FALSE(desk->sender().gate_open());
  EXPECT_NE(desk->sender().gate_reasons().find("the disk is full"), std::string::npos);
  const std::size_t beats = count("/v1/heartbeats");
  run(seconds(20));
  EXPECT_EQ(count("/v1/heartbeats"), beats);
  desk->on_journal(now, "");
  EXPECT_FALSE(desk->sender().gate_open()) << "it may have been a moment between two troubles";
  run(milliseconds(500));
  desk->on_journal(now, "");
  run(seconds(5));
  EXPECT_TRUE(desk->sender().gate_open()) << desk->sender().gate_reasons();
}

TEST_F(OrderDeskTest, after_the_operators_stop_no_order_leaves) {
  make(false);
  begin();
  desk->close_for_orders(now);
  EXPECT_FALSE(desk->sender().gate_open());
  desk->stop(now);
  EXPECT_EQ(desk->next_timer(), kNever);
}

}  // namespace
}  // namespace ebb::session
