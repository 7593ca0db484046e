// Batches: orders that leave together, and what one answer means for each of them.
#include <gtest/gtest.h>

#include "polymarket/json_tree.hpp"
#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

using model::PlaceOutcome;
using model::RejectKind;

TEST(OrderBatches, orders_that_had_to_wait_leave_together_most_urgent_first) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  rig.place();
  const auto buy = rig.place(1);
  const auto sell = rig.place(2, model::Side::sell);
  const auto exit = rig.place(3, model::Side::sell, model::OrderPurpose::exit);
  rig.answer("{}", 500);
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  EXPECT_EQ(rig.last().target, "/orders");
  polymarket::JsonTree tree;
  ASSERT_TRUE(tree.parse(rig.last().body));
  std::vector<std::string> tokens;
  for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end)
    tokens.emplace_back(tree.member(tree.find(i, "order"), "tokenId").text);
  EXPECT_EQ(tokens, (std::vector<std::string>{kTokens[3], kTokens[2], kTokens[1]}));
  rig.answer("[" + SenderRig::accepted(exit, "live") +
             R"(,{"success":true,"errorMsg":"not enough balance / allowance","orderID":""},)" +
             R"({"success":false,"errorMsg":"Rate limit exceeded for tokenId: 1","orderID":"","status":"delayed"}])");
  ASSERT_EQ(rig.sink.places.size(), 3u);
  EXPECT_EQ(rig.sink.places[1].outcome, PlaceOutcome::live);
  EXPECT_EQ(rig.sink.places[2].id, sell.id);
  EXPECT_EQ(rig.sink.places[2].reject, RejectKind::not_enough_balance);
  rig.advance(milliseconds(50));
  ASSERT_EQ(rig.sink.sent.size(), 3u) << "a rate limit passes: the BUY goes again";
  EXPECT_NE(rig.last().body.find(kTokens[1]), std::string::npos);
  EXPECT_EQ(rig.sender->stats().batches, 1u);
  (void)buy;
}

TEST(OrderBatches, a_batch_answer_with_holes_leaves_the_rest_unknown) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  rig.place();
  const auto first = rig.place(1);
  const auto second = rig.place(2);
  rig.answer("{}", 500);
  rig.answer("[" + SenderRig::accepted(second) + "]");
  ASSERT_EQ(rig.sink.places.size(), 3u);
  EXPECT_EQ(rig.sink.places[1].id, first.id);
  EXPECT_EQ(rig.sink.places[1].outcome, PlaceOutcome::unknown);
  EXPECT_EQ(rig.sink.places[2].outcome, PlaceOutcome::live) << "found by its id";
}

TEST(OrderBatches, one_bad_order_does_not_take_its_batch_along) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  rig.place();
  const auto bad = rig.place(1);
  const auto good = rig.place(2);
  rig.answer("{}", 500);
  rig.answer(SenderRig::error("order " + model::to_text(bad.id) + " is invalid. Size (1) lower than the minimum: 5"),
             400);
  ASSERT_EQ(rig.sink.places.size(), 2u);
  EXPECT_EQ(rig.sink.places[1].id, bad.id);
  EXPECT_EQ(rig.sink.places[1].reject, RejectKind::minimum_size);
  ASSERT_EQ(rig.sink.sent.size(), 3u);
  EXPECT_EQ(rig.last().target, "/order");
  rig.answer(SenderRig::accepted(good));
  EXPECT_EQ(rig.sink.places[2].outcome, PlaceOutcome::live);
}

TEST(OrderBatches, a_batch_that_is_too_large_is_cut) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  rig.place();
  for (int i = 0; i < 6; ++i) rig.place(1);
  rig.answer("{}", 500);
  EXPECT_EQ(rig.last().target, "/orders");
  rig.answer(SenderRig::error("Too many orders in payload: 6, max allowed: 3"), 400);
  polymarket::JsonTree tree;
  ASSERT_TRUE(tree.parse(rig.last().body));
  int count = 0;
  for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) ++count;
  EXPECT_EQ(count, 3);
  EXPECT_EQ(rig.sink.places.size(), 1u) << "none of them was refused";
}

TEST(OrderBatches, a_batch_window_collects_orders_but_never_exits) {
  SenderRig rig({.batch_window = milliseconds(5)});
  rig.place();
  rig.place(1);
  EXPECT_TRUE(rig.sink.sent.empty());
  EXPECT_EQ(rig.sender->next_timer(), kStart + milliseconds(5));
  rig.advance(milliseconds(5));
  ASSERT_EQ(rig.sink.sent.size(), 1u);
  EXPECT_EQ(rig.last().target, "/orders");
  rig.place(2, model::Side::sell, model::OrderPurpose::exit);
  EXPECT_EQ(rig.sink.sent.size(), 2u);
}

}  // namespace
}  // namespace ebb::session::test
