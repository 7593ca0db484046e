// Cancels and the venue's modes.
#include <gtest/gtest.h>

#include <algorithm>

#include "polymarket/json_tree.hpp"
#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

using model::CancelOutcome;
using model::CancelReason;
using model::PlaceOutcome;
using model::RejectKind;
using model::VenueMode;

model::CancelOrder cancel_of(const model::PlaceOrder& order, CancelReason reason = CancelReason::requote) {
  return {order.id, order.token, reason};
}

TEST(Cancels, one_order) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(cancel_of(order));
  EXPECT_EQ(rig.last().target, "/order");
  rig.answer(SenderRig::canceled(order.id));
  ASSERT_EQ(rig.sink.cancels.size(), 1u);
  EXPECT_EQ(rig.sink.cancels[0].outcome, CancelOutcome::canceled);
}

TEST(Cancels, reasons_of_not_canceled) {
  for (const auto& [reason, outcome] : {std::pair{"Order not found or already canceled", CancelOutcome::not_found},
                                        {"Order already matched", CancelOutcome::already_done},
                                        {"already canceled or matched", CancelOutcome::already_done},
                                        {"Order already canceled", CancelOutcome::already_done},
                                        {"the moon is full", CancelOutcome::unknown}}) {
    SenderRig rig;
    const auto order = rig.resting();
    rig.submit(cancel_of(order));
    rig.answer(SenderRig::not_canceled(order.id, reason));
    EXPECT_EQ(rig.sink.cancels.at(0).outcome, outcome) << reason;
  }
}

TEST(Cancels, an_answer_that_does_not_mention_the_order_is_unknown) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(cancel_of(order));
  rig.answer(R"({"canceled":[],"not_canceled":{}})");
  EXPECT_EQ(rig.sink.cancels.at(0).outcome, CancelOutcome::unknown);
}

TEST(Cancels, of_an_order_that_has_not_left_costs_no_request) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  rig.place();
  const auto waiting = rig.place(1);
  rig.submit(cancel_of(waiting));
  EXPECT_EQ(rig.sink.sent.size(), 1u);
  ASSERT_EQ(rig.sink.places.size(), 1u);
  EXPECT_EQ(rig.sink.places[0].reject, RejectKind::not_sent);
  EXPECT_EQ(rig.sink.cancels.at(0).outcome, CancelOutcome::already_done);
}

TEST(Cancels, wait_for_the_answer_of_a_placement_that_is_under_way) {
  SenderRig rig;
  const auto order = rig.place();
  rig.submit(cancel_of(order));
  EXPECT_EQ(rig.sink.sent.size(), 1u);
  rig.answer(SenderRig::accepted(order));
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  EXPECT_EQ(rig.last().method, HttpMethod::del);
}

TEST(Cancels, of_an_order_that_was_refused_are_done) {
  SenderRig rig;
  const auto order = rig.place();
  rig.submit(cancel_of(order));
  rig.answer(SenderRig::error("not enough balance / allowance"), 400);
  EXPECT_EQ(rig.sink.sent.size(), 1u);
  EXPECT_EQ(rig.sink.cancels.at(0).outcome, CancelOutcome::already_done);
}

TEST(Cancels, do_not_wait_for_a_placement_for_ever) {
  SenderRig rig;
  const auto order = rig.place();
  rig.submit(cancel_of(order));
  rig.advance(milliseconds(500));
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  EXPECT_EQ(rig.last().method, HttpMethod::del);
}

TEST(Cancels, are_repeated_until_somebody_answers_then_unknown) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(cancel_of(order));
  rig.fail_with("net.timeout");
  rig.advance(seconds(1));
  ASSERT_EQ(rig.sink.sent.size(), 3u);
  rig.answer("<html>", 502);
  rig.advance(seconds(1));
  ASSERT_EQ(rig.sink.sent.size(), 4u);
  rig.answer(SenderRig::canceled(order.id));
  EXPECT_EQ(rig.sink.cancels.at(0).outcome, CancelOutcome::canceled);

  const auto other = rig.resting(1);
  rig.submit(cancel_of(other));
  for (int i = 0; i < 100 && rig.sink.cancels.size() < 2; ++i) {
    if (!rig.open().empty()) rig.fail_with("net.closed");
    rig.advance(milliseconds(500));
  }
  ASSERT_EQ(rig.sink.cancels.size(), 2u);
  EXPECT_EQ(rig.sink.cancels[1].outcome, CancelOutcome::unknown);
  EXPECT_TRUE(rig.open().empty()) << "every wait ends";
}

TEST(Cancels, asked_for_twice_go_once) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(cancel_of(order));
  rig.submit(cancel_of(order));
  EXPECT_EQ(rig.sink.sent.size(), 2u);
  rig.answer(SenderRig::canceled(order.id));
  EXPECT_EQ(rig.sink.cancels.size(), 1u);
}

TEST(Cancels, that_had_to_wait_leave_together_risk_first) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  std::vector<model::PlaceOrder> orders;
  for (int i = 0; i < 6; ++i) orders.push_back(rig.resting());
  rig.submit(cancel_of(orders[0]));
  rig.submit(cancel_of(orders[1]));  // both lanes are busy now
  rig.submit(cancel_of(orders[2]));
  rig.submit(cancel_of(orders[3], CancelReason::risk));
  rig.submit(cancel_of(orders[4]));
  rig.submit(cancel_of(orders[2], CancelReason::risk));  // became more urgent
  const std::size_t before = rig.sink.sent.size();
  rig.answer(SenderRig::canceled(orders[0].id));
  ASSERT_EQ(rig.sink.sent.size(), before + 1);
  EXPECT_EQ(rig.last().target, "/orders");
  const std::string& body = rig.last().body;
  EXPECT_EQ(body, R"([")" + model::to_text(orders[3].id) + R"(",")" + model::to_text(orders[2].id) + R"(",")" +
                      model::to_text(orders[4].id) + R"("])");
  rig.respond_to(before, HttpResponse{200,
                                      {},
                                      R"({"canceled":[")" + model::to_text(orders[3].id) + R"("],"not_canceled":{")" +
                                          model::to_text(orders[2].id) + R"(":"Order already matched"}})"});
  ASSERT_EQ(rig.sink.cancels.size(), 4u);
  EXPECT_EQ(rig.sink.cancels[1].outcome, CancelOutcome::canceled);
  EXPECT_EQ(rig.sink.cancels[2].outcome, CancelOutcome::already_done);
  EXPECT_EQ(rig.sink.cancels[3].outcome, CancelOutcome::unknown);
}

TEST(Cancels, one_bad_id_does_not_spoil_its_batch) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  std::vector<model::PlaceOrder> orders;
  for (int i = 0; i < 4; ++i) orders.push_back(rig.resting());
  for (const auto& order : orders) rig.submit(cancel_of(order));
  rig.answer(SenderRig::canceled(orders[0].id));
  const auto batch = std::find_if(rig.sink.sent.begin(), rig.sink.sent.end(),
                                  [](const SentRequest& s) { return s.request.target == "/orders"; });
  ASSERT_NE(batch, rig.sink.sent.end());
  rig.respond_to(static_cast<std::size_t>(batch - rig.sink.sent.begin()),
                 HttpResponse{400, {}, SenderRig::error("Invalid orderID")});
  EXPECT_EQ(rig.last().target, "/order") << "each for itself";
}

TEST(CancelAll, drops_what_waits_and_cancels_what_was_under_way) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  const auto under_way = rig.place();
  const auto waiting = rig.place(1);
  rig.sender->cancel_all(rig.sink.now);
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  EXPECT_EQ(rig.last().target, "/cancel-all");
  EXPECT_EQ(rig.sink.places.at(0).id, waiting.id);
  rig.answer(SenderRig::accepted(under_way));
  ASSERT_EQ(rig.sink.sent.size(), 3u) << "it was accepted after the sweep";
  EXPECT_EQ(rig.last().target, "/order");
  EXPECT_EQ(rig.last().method, HttpMethod::del);
  rig.answer(SenderRig::canceled(under_way.id));
  EXPECT_EQ(rig.sink.cancels.at(0).id, under_way.id);
}

TEST(CancelAll, is_repeated_when_it_fails_and_charged_for_what_it_canceled) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.sender->cancel_all(rig.sink.now);
  rig.fail_with("net.timeout");
  rig.advance(seconds(1));
  ASSERT_EQ(rig.sink.sent.size(), 3u);
  EXPECT_EQ(rig.last().target, "/cancel-all");
  rig.answer(SenderRig::canceled(order.id));
  EXPECT_EQ(rig.sink.cancels.at(0).outcome, CancelOutcome::canceled);
  rig.advance(seconds(60));
  EXPECT_EQ(rig.sink.sent.size(), 3u);
}

TEST(CancelMarket, names_both_tokens_of_the_condition) {
  SenderRig rig;
  rig.sender->cancel_market(rig.sink.now, model::MarketIndex(1));
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  EXPECT_EQ(rig.sink.sent[0].request.target, "/cancel-market-orders");
  EXPECT_NE(rig.sink.sent[0].request.body.find(kTokens[2]), std::string::npos);
  EXPECT_NE(rig.sink.sent[1].request.body.find(kTokens[3]), std::string::npos);
}

TEST(Modes, a_restart_holds_orders_back_probes_with_a_doubling_pause_and_ends) {
  SenderRig rig;
  const auto order = rig.place();
  rig.answer("{}", 425);
  EXPECT_EQ(rig.sink.places.at(0).outcome, PlaceOutcome::unknown);
  EXPECT_EQ(rig.sink.modes, std::vector{VenueMode::restarting});
  rig.place(1);
  EXPECT_EQ(rig.sink.places.at(1).reject, RejectKind::restarting) << "definite: it never left";
  std::vector<Timestamp> probes;
  for (int i = 0; i < 8; ++i) {
    rig.advance(rig.sender->next_timer() - rig.sink.now);
    ASSERT_EQ(rig.open().size(), 1u);
    EXPECT_EQ(rig.last().method, HttpMethod::del) << "a cancel of an order that cannot exist";
    probes.push_back(rig.sink.now);
    if (i < 7) rig.answer("{}", 425);
  }
  EXPECT_GE(probes[0] - kStart, seconds(1));
  EXPECT_LE(probes[0] - kStart, seconds(2));
  for (std::size_t i = 1; i < probes.size(); ++i) {
    EXPECT_LE(probes[i] - probes[i - 1], seconds(30)) << i;
    EXPECT_GE(probes[i] - probes[i - 1], seconds(std::min(1 << i, 30))) << i;
  }
  rig.answer(SenderRig::not_canceled(model::OrderId{}, "Order not found"));
  EXPECT_EQ(rig.sink.modes.back(), VenueMode::normal);
  const std::size_t before = rig.sink.sent.size();
  rig.place(1);
  EXPECT_EQ(rig.sink.sent.size(), before + 1);
  (void)order;
}

TEST(Modes, retry_after_of_a_restart_is_obeyed) {
  SenderRig rig;
  rig.place();
  rig.answer("{}", 425, {{"Retry-After", "17"}});
  EXPECT_EQ(rig.sender->next_timer(), kStart + seconds(17));
}

TEST(Modes, post_only_lets_post_only_orders_pass_for_as_long_as_it_says) {
  SenderRig rig;
  rig.place();
  rig.answer(
      R"({"error":"post-only mode: only post-only orders and cancels are allowed","code":"post_only_mode","retry_after_seconds":79})",
      503);
  EXPECT_EQ(rig.sink.modes, std::vector{VenueMode::post_only});
  rig.place(1, model::Side::sell, model::OrderPurpose::exit);
  EXPECT_EQ(rig.sink.places.at(1).reject, RejectKind::post_only_mode);
  EXPECT_EQ(rig.sink.sent.size(), 1u);
  const auto maker = rig.place(1);
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  rig.answer(SenderRig::accepted(maker));
  rig.advance(seconds(78));
  EXPECT_EQ(rig.sender->mode(), VenueMode::post_only);
  rig.advance(seconds(2));
  EXPECT_EQ(rig.sink.modes.back(), VenueMode::normal);
}

TEST(Modes, cancel_only_ends_by_trying_and_comes_back_longer) {
  SenderRig rig;
  rig.place();
  const std::string closed =
      SenderRig::error("Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.");
  rig.answer(closed, 503);
  const Timestamp first = rig.sender->next_timer();
  rig.advance(first - rig.sink.now);
  EXPECT_EQ(rig.sink.modes.back(), VenueMode::normal);
  rig.place();
  rig.answer(closed, 503);
  EXPECT_EQ(rig.sink.modes.back(), VenueMode::cancel_only);
  EXPECT_GT(rig.sender->next_timer() - rig.sink.now, first - kStart);
}

TEST(Modes, cancels_leave_in_every_mode_and_show_that_a_restart_is_over) {
  SenderRig rig;
  const auto alive = rig.resting();
  rig.place(1);
  rig.answer("{}", 425);
  rig.submit(cancel_of(alive, CancelReason::risk));
  ASSERT_EQ(rig.open().size(), 1u);
  rig.answer("{}", 425);
  EXPECT_TRUE(rig.sink.cancels.empty()) << "it goes again";
  rig.advance(milliseconds(500));
  ASSERT_FALSE(rig.open().empty());
  rig.answer(SenderRig::canceled(alive.id));
  EXPECT_EQ(rig.sink.cancels.at(0).outcome, CancelOutcome::canceled);
  EXPECT_EQ(rig.sink.modes.back(), VenueMode::normal);
}

TEST(Modes, several_answers_of_one_moment_are_one_refusal) {
  SenderRig rig({.lanes = 6, .read_lanes = 2});
  for (std::uint32_t i = 0; i < 3; ++i) rig.place(i);
  for (int i = 0; i < 3; ++i) rig.answer("{}", 425);
  EXPECT_EQ(rig.sink.modes.size(), 1u);
  EXPECT_LE(rig.sender->next_timer() - rig.sink.now, seconds(2)) << "the pause did not double three times";
}

TEST(Modes, a_probe_that_is_refused_with_200_proves_nothing) {
  SenderRig rig;
  rig.place();
  rig.answer(SenderRig::error("trading is disabled"), 503);
  const Timestamp first = rig.sender->next_timer();
  rig.advance(first - rig.sink.now);
  rig.answer(
      SenderRig::not_canceled(model::OrderId{}, "Trading is currently disabled. Check polymarket.com for updates"));
  EXPECT_EQ(rig.sender->mode(), VenueMode::disabled);
  EXPECT_GT(rig.sender->next_timer(), first) << "it asks again later";
  rig.advance(rig.sender->next_timer() - rig.sink.now);
  rig.answer(SenderRig::not_canceled(model::OrderId{}, "Order not found or already canceled"));
  EXPECT_EQ(rig.sender->mode(), VenueMode::normal);
}

TEST(Modes, a_disabled_venue_may_refuse_cancels_too) {
  SenderRig rig;
  const auto alive = rig.resting();
  rig.submit(cancel_of(alive));
  rig.answer(SenderRig::not_canceled(alive.id, "Trading is currently disabled. Check polymarket.com for updates"));
  EXPECT_EQ(rig.sink.cancels.at(0).outcome, CancelOutcome::unknown);
  EXPECT_EQ(rig.sender->mode(), VenueMode::disabled);
}

}  // namespace
}  // namespace ebb::session::test
