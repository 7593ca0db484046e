#include "session/heartbeat.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ebb::session {
namespace {

const Timestamp kStart = from_ms(1'790'000'000'000);

struct Rig : HeartbeatSink {
  void send(RequestId id, Origin, HttpRequest request, Duration) override {
    ids.push_back(id);
    bodies.push_back(request.body);
    times.push_back(now);
    last = std::move(request);
  }
  void on_heartbeat_gate(bool open, std::string_view) override { gates.push_back(open); }
  void ask_for_every_order() override { ++asked; }

  void start() {
    for (const Vital vital : {Vital::engine_loop, Vital::user_stream, Vital::journal}) beat.set_vital(now, vital, true);
    beat.start(now);
  }
  void advance(Duration by) {
    const Timestamp end = now + by;
    while (beat.next_timer() <= end) {
      now = std::max(now, beat.next_timer());
      const std::size_t before = ids.size();
      beat.on_timer(now);
      if (ids.size() > before && answers) accept();
    }
    now = end;
  }
  void respond(int status, std::string body) {
    beat.on_answer(now, ids.back(), HttpResponse{status, {}, std::move(body)});
  }
  void accept() { respond(200, R"({"heartbeat_id":"u-)" + std::to_string(++serial) + R"("})"); }
  void lose() { beat.on_answer(now, ids.back(), std::unexpected(Error{"net.timeout", "no answer", ""})); }

  Timestamp now = kStart;
  polymarket::L2Signer l2 = polymarket::L2Signer::create({"k", "c2VjcmV0", "p"}, {}).value();
  Heartbeat beat{{}, l2, *this};
  std::vector<RequestId> ids;
  std::vector<std::string> bodies;
  std::vector<Timestamp> times;
  HttpRequest last;
  std::vector<bool> gates;
  int asked = 0;
  int serial = 0;
  bool answers = false;
};

TEST(Heartbeat, ids_are_chained_every_five_seconds) {
  Rig rig;
  rig.start();
  ASSERT_EQ(rig.bodies.size(), 1u);
  EXPECT_EQ(rig.last.target, "/v1/heartbeats");
  EXPECT_FALSE(find_header(rig.last.headers, "POLY_SIGNATURE").empty());
  EXPECT_EQ(rig.bodies[0], R"({"heartbeat_id":""})");
  EXPECT_EQ(rig.gates, std::vector{false}) << "closed until the first is accepted";
  rig.accept();
  EXPECT_EQ(rig.gates, (std::vector{false, true}));
  rig.answers = true;
  rig.advance(seconds(20));
  EXPECT_EQ(rig.bodies[1], R"({"heartbeat_id":"u-1"})");
  EXPECT_EQ(rig.bodies[2], R"({"heartbeat_id":"u-2"})");
  ASSERT_EQ(rig.times.size(), 5u);
  for (std::size_t i = 1; i < rig.times.size(); ++i) EXPECT_EQ(rig.times[i] - rig.times[i - 1], seconds(5));
  EXPECT_EQ(rig.gates.size(), 2u);
}

TEST(Heartbeat, no_beat_without_every_vital) {
  Rig rig;
  rig.beat.start(rig.now);
  rig.beat.set_vital(rig.now, Vital::engine_loop, true);
  rig.beat.set_vital(rig.now, Vital::journal, true);
  rig.advance(seconds(30));
  EXPECT_TRUE(rig.ids.empty());
  rig.beat.set_vital(rig.now, Vital::user_stream, true);
  EXPECT_EQ(rig.ids.size(), 1u);
}

TEST(Heartbeat, a_vital_that_dies_stops_the_beats_and_closes_the_gate_at_once) {
  Rig rig;
  rig.start();
  rig.accept();
  rig.answers = true;
  rig.advance(seconds(2));
  rig.beat.set_vital(rig.now, Vital::journal, false);
  EXPECT_FALSE(rig.gates.back());
  const std::size_t before = rig.ids.size();
  rig.advance(seconds(3));
  EXPECT_EQ(rig.ids.size(), before);
  rig.beat.set_vital(rig.now, Vital::journal, true);
  rig.accept();
  EXPECT_TRUE(rig.gates.back()) << "no beat was missed meanwhile";
  EXPECT_EQ(rig.asked, 0);
}

TEST(Heartbeat, a_wrong_id_is_answered_with_the_expected_one_at_once_but_not_for_ever) {
  Rig rig;
  rig.start();
  rig.respond(400, R"({"error_msg":"Invalid Heartbeat ID","heartbeat_id":"expected-1"})");
  ASSERT_EQ(rig.bodies.size(), 2u);
  EXPECT_EQ(rig.bodies[1], R"({"heartbeat_id":"expected-1"})");
  rig.respond(400, R"({"error":"Invalid Heartbeat ID","heartbeat_id":"expected-2"})");
  EXPECT_EQ(rig.bodies.at(2), R"({"heartbeat_id":"expected-2"})");
  for (int i = 0; i < 5; ++i) rig.respond(400, R"({"error_msg":"Invalid Heartbeat ID","heartbeat_id":"x"})");
  EXPECT_EQ(rig.bodies.size(), 4u) << "three corrections in a row, then the pause";
  rig.advance(seconds(1));
  EXPECT_EQ(rig.bodies.size(), 5u);
}

TEST(Heartbeat, sends_are_serialised) {
  Rig rig;
  rig.start();
  rig.advance(seconds(60));
  EXPECT_EQ(rig.ids.size(), 1u) << "no second one before the first is answered";
}

TEST(Heartbeat, a_missed_beat_closes_the_gate_before_the_venue_cancels_then_every_order_is_asked_for) {
  Rig rig;
  rig.start();
  rig.accept();
  for (int i = 0; i < 20 && rig.gates.back(); ++i) {
    rig.advance(milliseconds(500));
    if (rig.ids.size() > static_cast<std::size_t>(rig.serial) + static_cast<std::size_t>(i) && i % 2 == 0) rig.lose();
  }
  EXPECT_FALSE(rig.gates.back());
  EXPECT_LE(rig.now - kStart, seconds(10));
  EXPECT_EQ(rig.beat.state(), HeartbeatState::missed);
  rig.lose();
  rig.advance(seconds(1));
  rig.accept();
  EXPECT_EQ(rig.asked, 1);
  EXPECT_FALSE(rig.gates.back()) << "not before the orders are known";
  rig.beat.on_asked(rig.now, false);
  rig.advance(seconds(1));
  EXPECT_EQ(rig.asked, 2) << "incomplete: asked again";
  rig.beat.on_asked(rig.now, true);
  EXPECT_TRUE(rig.gates.back());
  EXPECT_EQ(rig.beat.missed(), 1u);
}

TEST(Heartbeat, a_miss_is_not_forgotten_when_a_vital_dies_before_the_orders_are_known) {
  Rig rig;
  rig.start();
  rig.accept();
  rig.advance(seconds(30));
  EXPECT_EQ(rig.beat.state(), HeartbeatState::missed);
  rig.accept();
  EXPECT_EQ(rig.beat.state(), HeartbeatState::asking);
  rig.beat.set_vital(rig.now, Vital::user_stream, false);
  rig.beat.set_vital(rig.now, Vital::user_stream, true);
  rig.accept();
  EXPECT_EQ(rig.beat.state(), HeartbeatState::asking);
  EXPECT_EQ(rig.asked, 2);
}

TEST(Heartbeat, a_pause_long_enough_for_the_venue_to_cancel_asks_for_every_order) {
  Rig rig;
  rig.start();
  rig.accept();
  rig.beat.set_vital(rig.now, Vital::engine_loop, false);
  rig.advance(seconds(20));
  rig.beat.set_vital(rig.now, Vital::engine_loop, true);
  rig.accept();
  EXPECT_EQ(rig.asked, 1);
  EXPECT_FALSE(rig.gates.back());
}

TEST(Heartbeat, errors_and_nonsense_are_no_beats) {
  for (const auto& [status, body] :
       {std::pair{500, "{}"}, {425, "{}"}, {200, "<html>"}, {200, "{}"}, {401, R"({"error":"Invalid api key"})"}}) {
    Rig rig;
    rig.start();
    rig.respond(status, body);
    EXPECT_EQ(rig.gates, std::vector{false}) << body;
    rig.advance(seconds(1));
    EXPECT_EQ(rig.ids.size(), 2u) << "tried again after a second";
  }
}

TEST(Heartbeat, stopped_it_never_beats_again) {
  Rig rig;
  rig.start();
  rig.accept();
  rig.beat.stop(rig.now);
  EXPECT_FALSE(rig.gates.back());
  rig.advance(minutes(1));
  EXPECT_EQ(rig.ids.size(), 1u);
  EXPECT_EQ(rig.beat.next_timer(), kNever);
}

}  // namespace
}  // namespace ebb::session
