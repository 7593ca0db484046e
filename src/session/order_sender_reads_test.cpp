// Questions: orders by id, trades, open orders, balances, positions, and the resync that asks for all of it.
#include <gtest/gtest.h>

#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

using model::ReadingQuality;
using model::VenueOrderStatus;

std::string trade(std::string_view id, const model::PlaceOrder& order, std::string_view at = "1790000000") {
  return R"({"id":")" + std::string(id) + R"(","taker_order_id":"0x)" + std::string(64, '9') +
         R"(","asset_id":"1","side":"SELL","size":"10","price":"0.48","status":"TRADE_STATUS_MINED","match_time":")" +
         std::string(at) + R"(","owner":"x","trader_side":"MAKER","maker_orders":[{"order_id":")" +
         model::to_text(order.id) + R"(","owner":"our-key","matched_amount":"2","price":"0.48","asset_id":")" +
         kTokens[order.token.value()] + R"(","side":"BUY"}]})";
}

TEST(OrderStatus, what_the_venue_says) {
  for (const auto& [status, outcome] : {std::pair{"LIVE", VenueOrderStatus::live},
                                        {"ORDER_STATUS_MATCHED", VenueOrderStatus::matched},
                                        {"CANCELED", VenueOrderStatus::canceled},
                                        {"INVALID", VenueOrderStatus::canceled}}) {
    SenderRig rig;
    const auto order = rig.resting();
    rig.submit(model::QueryOrder{order.id});
    EXPECT_EQ(rig.last().target, "/data/order/" + model::to_text(order.id));
    rig.answer(SenderRig::venue_order(order, status, "4"));
    ASSERT_EQ(rig.sink.statuses.size(), 1u);
    EXPECT_EQ(rig.sink.statuses[0].status, outcome) << status;
    EXPECT_EQ(rig.sink.statuses[0].size_matched, shares_of(4));
  }
}

TEST(OrderStatus, sizes_in_millionths_are_recognised) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(model::QueryOrder{order.id});
  std::string body = SenderRig::venue_order(order, "LIVE", "4000000");
  body.replace(body.find(R"("original_size":"10")"), 20, R"("original_size":"10000000")");
  rig.answer(body);
  EXPECT_EQ(rig.sink.statuses.at(0).size_matched, shares_of(4));
}

TEST(OrderStatus, no_such_order_proves_nothing_shortly_after_a_placement) {
  for (const bool as_null : {true, false}) {
    SenderRig rig;
    const auto order = rig.place();
    rig.fail_with("net.timeout");
    const auto ask = [&] {
      rig.submit(model::QueryOrder{order.id});
      rig.answer(as_null ? "null" : SenderRig::error("Order not found"), as_null ? 200 : 404);
      return rig.sink.statuses.back().status;
    };
    EXPECT_EQ(ask(), VenueOrderStatus::unknown);
    rig.advance(seconds(3));
    EXPECT_EQ(ask(), VenueOrderStatus::unknown);
    rig.advance(seconds(3));
    EXPECT_EQ(ask(), VenueOrderStatus::not_found) << "bounded waiting";
  }
}

TEST(OrderStatus, what_cannot_be_read_is_unknown) {
  for (const auto& [status, body] : {std::pair{200, "<html>"},
                                     {200, "{}"},
                                     {404, "<html>not here</html>"},
                                     {500, "{}"},
                                     {425, "{}"},
                                     {429, "{}"},
                                     {403, "<html>"}}) {
    SenderRig rig;
    const auto order = rig.resting();
    rig.advance(seconds(60));
    rig.submit(model::QueryOrder{order.id});
    rig.answer(body, status);
    EXPECT_EQ(rig.sink.statuses.at(0).status, VenueOrderStatus::unknown) << status << body;
  }
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(model::QueryOrder{order.id});
  rig.answer(SenderRig::venue_order(rig.order(1), "CANCELED"));
  EXPECT_EQ(rig.sink.statuses.at(0).status, VenueOrderStatus::unknown) << "of another order";
}

TEST(OrderStatus, the_same_question_is_asked_once_at_a_time) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(model::QueryOrder{order.id});
  rig.submit(model::QueryOrder{order.id});
  EXPECT_EQ(rig.sink.sent.size(), 2u);
}

TEST(TradeSweep, reads_every_page_and_tells_the_oldest_first) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(model::SweepTrades{kStart - seconds(60)});
  EXPECT_EQ(query_value(rig.last().query(), "after"), "1789999940");
  EXPECT_EQ(query_value(rig.last().query(), "next_cursor"), "MA==");
  rig.answer(SenderRig::page(trade("t-2", order, "1790000005"), "MQ=="));
  EXPECT_TRUE(rig.sink.sweeps.empty());
  EXPECT_EQ(query_value(rig.last().query(), "next_cursor"), "MQ==");
  rig.answer(SenderRig::page(trade("t-1", order, "1790000001")));
  ASSERT_EQ(rig.sink.sweeps.size(), 1u);
  EXPECT_TRUE(rig.sink.sweeps[0].second);
  ASSERT_EQ(rig.sink.sweeps[0].first.size(), 2u);
  EXPECT_EQ(rig.sink.sweeps[0].first[0].trade.view(), "t-1");
}

TEST(TradeSweep, a_missing_page_makes_it_incomplete_never_empty) {
  SenderRig rig;
  const auto order = rig.resting();
  rig.submit(model::SweepTrades{kStart});
  rig.answer(SenderRig::page(trade("t-1", order), "MQ=="));
  for (int i = 0; i < 10 && rig.sink.sweeps.empty(); ++i) {
    rig.answer("{}", 500);
    rig.advance(seconds(10));
  }
  ASSERT_EQ(rig.sink.sweeps.size(), 1u);
  EXPECT_FALSE(rig.sink.sweeps[0].second);
  EXPECT_EQ(rig.sink.sweeps[0].first.size(), 1u) << "what was read still counts";
}

TEST(TradeSweep, a_page_that_repeats_its_cursor_ends_the_sweep) {
  SenderRig rig;
  rig.submit(model::SweepTrades{kStart});
  rig.answer(SenderRig::page("", "MQ=="));
  rig.answer(SenderRig::page("", "MQ=="));
  ASSERT_EQ(rig.sink.sweeps.size(), 1u);
  EXPECT_FALSE(rig.sink.sweeps[0].second);
}

TEST(TradeSweep, one_that_is_asked_for_meanwhile_follows) {
  SenderRig rig;
  rig.submit(model::SweepTrades{kStart});
  rig.submit(model::SweepTrades{kStart - seconds(100)});
  rig.submit(model::SweepTrades{kStart - seconds(50)});
  rig.answer(SenderRig::page(""));
  ASSERT_EQ(rig.open().size(), 1u);
  EXPECT_EQ(query_value(rig.last().query(), "after"), "1789999900") << "the earliest of them";
  rig.answer(SenderRig::page(""));
  EXPECT_TRUE(rig.open().empty());
  EXPECT_EQ(rig.sink.sweeps.size(), 2u);
}

TEST(Balances, the_cache_is_refreshed_then_read) {
  SenderRig rig;
  rig.submit(model::RefreshBalance{model::TokenIndex(1)});
  EXPECT_EQ(rig.last().path(), "/balance-allowance/update");
  EXPECT_EQ(query_value(rig.last().query(), "asset_type"), "CONDITIONAL");
  EXPECT_EQ(query_value(rig.last().query(), "token_id"), kTokens[1]);
  rig.answer("");
  EXPECT_EQ(rig.last().path(), "/balance-allowance");
  rig.answer(R"({"balance":"3000000","allowances":{}})");
  ASSERT_EQ(rig.sink.balances.size(), 1u);
  EXPECT_TRUE(rig.sink.balances[0].ok);
  EXPECT_EQ(rig.sink.balances[0].micros, 3'000'000);
  EXPECT_EQ(rig.sink.balances[0].token, model::TokenIndex(1));
}

TEST(Balances, cash_and_what_cannot_be_read) {
  SenderRig rig;
  rig.submit(model::RefreshBalance{model::TokenIndex::none()});
  EXPECT_EQ(query_value(rig.last().query(), "asset_type"), "COLLATERAL");
  for (int i = 0; i < 10 && rig.sink.balances.empty(); ++i) {
    rig.answer("{}", 500);
    rig.advance(seconds(10));
  }
  ASSERT_EQ(rig.sink.balances.size(), 1u);
  EXPECT_FALSE(rig.sink.balances[0].ok) << "unknown is not zero";
}

TEST(Positions, of_the_data_api) {
  SenderRig rig;
  rig.submit(model::RequestPosition{model::TokenIndex(0)});
  EXPECT_EQ(rig.sink.sent.back().origin, Origin::data);
  EXPECT_TRUE(find_header(rig.last().headers, "POLY_API_KEY").empty()) << "our keys go to the CLOB only";
  const std::string pagination = R"("pagination":{"limit":100,"offset":0,"has_more":false,"next_cursor":null}})";
  rig.answer(R"({"data":[{"token_id":")" + kTokens[0] + R"(","condition_id":"0x)" + std::string(64, 'a') +
             R"(","current_size":7.5,"avg_price":0.4,"status":"OPEN"}],)" + pagination);
  ASSERT_EQ(rig.sink.positions.size(), 1u);
  EXPECT_EQ(rig.sink.positions[0].quality, ReadingQuality::fresh);
  EXPECT_EQ(rig.sink.positions[0].size, Shares(7'500'000));
  EXPECT_EQ(rig.sink.positions[0].average, Price(4'000));
  rig.submit(model::RequestPosition{model::TokenIndex(1)});
  rig.answer(R"({"data":[],)" + pagination);
  EXPECT_EQ(rig.sink.positions.at(1).quality, ReadingQuality::fresh);
  EXPECT_EQ(rig.sink.positions[1].size, Shares(0));
  rig.submit(model::RequestPosition{model::TokenIndex(2)});
  rig.answer("<html>", 200);
  EXPECT_EQ(rig.sink.positions.at(2).quality, ReadingQuality::error);
}

TEST(Payouts, of_the_data_api) {
  SenderRig rig;
  const auto ask = [&](std::string_view payouts) {
    rig.sender->request_payout(rig.sink.now, model::MarketIndex(0));
    EXPECT_EQ(rig.sink.sent.back().origin, Origin::data);
    EXPECT_TRUE(find_header(rig.last().headers, "POLY_API_KEY").empty());
    const std::string condition = rig.last().target.substr(rig.last().target.find('=') + 1);
    rig.answer(R"({"data":[{"condition_id":")" + condition + R"(","payouts":)" + std::string(payouts) +
               R"(}],"pagination":{"limit":100,"offset":0,"has_more":false,"next_cursor":null}})");
  };
  ask("[500000,500000]");
  ASSERT_EQ(rig.sink.payouts.size(), 1u);
  EXPECT_EQ(rig.sink.payouts[0].market, model::MarketIndex(0));
  EXPECT_EQ(rig.sink.payouts[0].payouts[0], Price(5'000));
  EXPECT_EQ(rig.sink.payouts[0].payouts[1], Price(5'000));
  for (const char* wrong : {"[500000]", "[500000,600000]", "[333333,666667]", "[-1,1000001]", "\"half\"", "null"})
    ask(wrong);
  EXPECT_EQ(rig.sink.payouts.size(), 1u) << "what is not whole says nothing";
  rig.sender->request_payout(rig.sink.now, model::MarketIndex(0));
  rig.answer(R"({"data":[],"pagination":{"limit":100,"offset":0,"has_more":false,"next_cursor":null}})");
  ASSERT_EQ(rig.sink.payouts.size(), 2u) << "asked, and it has not resolved";
  EXPECT_EQ(rig.sink.payouts[1].payouts[0], Price(-1));
  EXPECT_EQ(rig.sink.payouts[1].payouts[1], Price(-1));
}

TEST(Resync, asks_for_every_order_that_should_be_open) {
  SenderRig rig;
  const auto listed = rig.resting();
  const auto missing = rig.resting(1);
  const auto closed = rig.resting(2);
  rig.sender->forget(closed.id);
  rig.advance(seconds(10));
  rig.sender->resync(rig.sink.now, kStart);
  ASSERT_EQ(rig.open().size(), 2u);
  rig.answer(SenderRig::page(SenderRig::venue_order(listed, "LIVE", "1")));
  EXPECT_EQ(rig.sink.statuses.at(0).status, VenueOrderStatus::live);
  EXPECT_EQ(rig.sink.statuses[0].size_matched, shares_of(1));
  rig.answer(SenderRig::page(""));  // trades
  EXPECT_TRUE(rig.sink.resynced.empty());
  ASSERT_EQ(rig.open().size(), 1u);
  EXPECT_EQ(rig.last().target, "/data/order/" + model::to_text(missing.id)) << "a missing line proves nothing";
  rig.answer(SenderRig::venue_order(missing, "CANCELED"));
  EXPECT_EQ(rig.sink.statuses.at(1).status, VenueOrderStatus::canceled);
  EXPECT_EQ(rig.sink.resynced, std::vector{true});
}

TEST(Resync, that_misses_a_part_says_so) {
  SenderRig rig;
  rig.resting();
  rig.advance(seconds(10));
  rig.sender->resync(rig.sink.now, kStart);
  for (int i = 0; i < 60 && rig.sink.resynced.empty(); ++i) {
    while (!rig.open().empty()) rig.answer("{}", 500);
    rig.advance(seconds(5));
  }
  EXPECT_EQ(rig.sink.resynced, std::vector{false});
}

TEST(Resync, names_orders_that_we_did_not_place) {
  SenderRig rig;
  rig.sender->resync(rig.sink.now, kStart);
  rig.answer(SenderRig::page(SenderRig::venue_order(rig.order(), "LIVE")));
  rig.answer(SenderRig::page(""));
  EXPECT_TRUE(rig.sink.noticed(Notice::foreign_order));
  EXPECT_EQ(rig.sink.resynced, std::vector{true});
  EXPECT_TRUE(rig.open().empty()) << "it is left alone";
}

TEST(Resync, cancels_orders_that_we_did_not_place_where_that_is_wanted) {
  SenderRig rig({.foreign = ForeignOrders::cancel});
  const model::PlaceOrder foreign = rig.order();
  const model::PlaceOrder ours = rig.resting();
  rig.advance(seconds(10));
  rig.sender->resync(rig.sink.now, kStart);
  rig.answer(SenderRig::page(SenderRig::venue_order(foreign, "LIVE") + "," + SenderRig::venue_order(ours, "LIVE")));
  rig.answer(SenderRig::page(""));
  ASSERT_EQ(rig.open().size(), 1u);
  EXPECT_EQ(rig.last().method, HttpMethod::del);
  EXPECT_NE(rig.last().body.find(model::to_text(foreign.id)), std::string::npos);
  EXPECT_EQ(rig.last().body.find(model::to_text(ours.id)), std::string::npos);
}

TEST(Resync, asks_for_the_orders_of_an_earlier_run) {
  SenderRig rig;
  const model::PlaceOrder old = rig.order();
  const model::PlaceOrder fresh = rig.order(1);
  rig.sender->know(old.id, old.size, rig.sink.now - minutes(1), rig.sink.now - seconds(30));
  rig.sender->know(fresh.id, fresh.size, rig.sink.now - seconds(1), rig.sink.now);
  rig.sender->resync(rig.sink.now, kStart);
  rig.answer(SenderRig::page(""));
  rig.answer(SenderRig::page(""));
  while (!rig.open().empty()) rig.answer(SenderRig::error("not found"), 404);
  ASSERT_EQ(rig.sink.statuses.size(), 2u);
  EXPECT_EQ(rig.sink.statuses[0].status, VenueOrderStatus::not_found);
  EXPECT_EQ(rig.sink.statuses[1].status, VenueOrderStatus::unknown) << "it may still be on its way";
  EXPECT_EQ(rig.sink.resynced, std::vector{true}) << "every order was asked for";
  EXPECT_FALSE(rig.sink.noticed(Notice::foreign_order));
}

/// What is told of the one order that is known, when nobody at the venue knows it.
VenueOrderStatus told_of_the_absent(SenderRig& rig) {
  rig.sender->resync(rig.sink.now, kStart);
  rig.answer(SenderRig::page(""));
  rig.answer(SenderRig::page(""));
  rig.answer(SenderRig::error("not found"), 404);
  return rig.sink.statuses.at(0).status;
}

TEST(Resync, what_an_earlier_run_sent_may_have_been_on_its_way_until_it_would_have_been_given_up) {
  SenderRig rig;
  const model::PlaceOrder old = rig.order();
  rig.sender->know(old.id, old.size, rig.sink.now - seconds(9), rig.sink.now);
  EXPECT_EQ(told_of_the_absent(rig), VenueOrderStatus::unknown);
}

TEST(Resync, the_clock_of_an_earlier_run_proves_nothing) {
  SenderRig rig;
  const model::PlaceOrder old = rig.order();
  rig.sender->know(old.id, old.size, rig.sink.now - minutes(1), rig.sink.now - seconds(3));
  EXPECT_EQ(told_of_the_absent(rig), VenueOrderStatus::unknown) << "it may have been a minute behind ours";
}

TEST(Resync, a_leap_of_the_clock_proves_nothing) {
  SenderRig rig;
  const model::PlaceOrder old = rig.order();
  rig.sender->know(old.id, old.size, rig.sink.now - minutes(1), rig.sink.now - minutes(1));
  rig.sender->on_leap(rig.sink.now - seconds(1));
  EXPECT_EQ(told_of_the_absent(rig), VenueOrderStatus::unknown);
}

TEST(Resync, during_a_poll_reads_the_list_again) {
  SenderRig rig;
  rig.sender->poll_open_orders(rig.sink.now);
  rig.sender->resync(rig.sink.now, kStart);
  rig.answer(SenderRig::page(""));  // the poll's: older than the question
  rig.answer(SenderRig::page(""));  // trades
  EXPECT_TRUE(rig.sink.resynced.empty());
  rig.answer(SenderRig::page(""));
  EXPECT_EQ(rig.sink.resynced, std::vector{true});
}

TEST(Reads, never_take_the_lanes_of_orders) {
  SenderRig rig({.lanes = 4, .read_lanes = 1});
  for (std::uint8_t i = 0; i < 20; ++i) {
    model::OrderId id;
    id.bytes[0] = i;
    rig.submit(model::QueryOrder{id});
  }
  EXPECT_EQ(rig.open().size(), 1u);
  rig.place();
  EXPECT_EQ(rig.last().target, "/order");
}

}  // namespace
}  // namespace ebb::session::test
