#include "session/pollers.hpp"

#include <gtest/gtest.h>

#include <map>

#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

struct Rig {
  void advance(Duration by) {
    const Timestamp end = sender.sink.now + by;
    while (pollers.next_timer() <= end) {
      sender.sink.now = pollers.next_timer();
      pollers.on_timer(sender.sink.now);
      while (!sender.open().empty()) {
        const HttpRequest& request = sender.sink.sent[sender.open().front()].request;
        ++asked[std::string(request.path())];
        sender.answer(request.path().starts_with("/balance") ? R"({"balance":"5"})" : SenderRig::page(""));
      }
    }
    sender.sink.now = end;
  }
  SenderRig sender;
  Pollers pollers{{}, *sender.sender};
  std::map<std::string, int> asked;
};

TEST(Pollers, ask_in_their_rhythm) {
  Rig rig;
  rig.pollers.set_tokens({model::TokenIndex(1), model::TokenIndex(3)});
  rig.pollers.start(kStart);
  rig.advance(minutes(10));
  EXPECT_GE(rig.asked["/data/trades"], 18);
  EXPECT_LE(rig.asked["/data/trades"], 20);
  EXPECT_GE(rig.asked["/data/orders"], 9);
  EXPECT_GE(rig.asked["/balance-allowance"], 9);
  EXPECT_GE(rig.asked["/v2/positions"], 100);
  ASSERT_GE(rig.sender.sink.positions.size(), 2u);
  EXPECT_NE(rig.sender.sink.positions[0].token, rig.sender.sink.positions[1].token) << "in turn";
}

TEST(Pollers, sweeps_overlap) {
  Rig rig;
  rig.pollers.start(kStart);
  rig.advance(seconds(34));
  ASSERT_FALSE(rig.sender.sink.sent.empty());
  EXPECT_EQ(query_value(rig.sender.sink.sent[0].request.query(), "after"), "1789999400");
}

TEST(Pollers, stop_and_rest) {
  Rig rig;
  rig.pollers.start(kStart);
  rig.pollers.stop();
  EXPECT_EQ(rig.pollers.next_timer(), kNever);
  Pollers off({.trades = Duration(0), .open_orders = Duration(0), .balance = Duration(0), .positions = Duration(0)},
              *rig.sender.sender);
  off.start(kStart);
  EXPECT_EQ(off.next_timer(), kNever);
}

}  // namespace
}  // namespace ebb::session::test
