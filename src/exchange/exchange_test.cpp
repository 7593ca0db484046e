#include "exchange/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exchange/exchange_fixture.hpp"

namespace ebb::exchange {
namespace {

using model::OrderType;
using model::PlaceOutcome;
using model::Side;
using model::VenueOrderStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Placing = ExchangeFixture;

TEST_F(Placing, refuses_in_the_venues_words) {
  auto request = order(alice, yes, Side::buy, 4850, 10);
  request.price = Price(4855);
  EXPECT_THAT(exchange.place(now, request).error,
              HasSubstr("is invalid. Price (0.4855) breaks minimum tick size rule: 0.01"));
  EXPECT_THAT(buy(alice, yes, 4800, 4).error, HasSubstr("is invalid. Size (4) lower than the minimum: 5"));
  const auto first = order(alice, yes, Side::buy, 4800, 10);
  EXPECT_TRUE(exchange.place(now, first).success);
  const PlaceResult again = exchange.place(now, first);
  EXPECT_EQ(again.error, "order " + model::to_text(first.id) + " is invalid. Duplicated.");
  EXPECT_EQ(again.http_status, 400);
  EXPECT_EQ(again.outcome, PlaceOutcome::rejected);
  auto unknown = order(alice, model::TokenIndex(99), Side::buy, 4800, 10);
  EXPECT_EQ(exchange.place(now, unknown).error, "Invalid token id");
  auto half_lot = order(alice, yes, Side::buy, 4800, 10);
  half_lot.size = Shares(10'005'000);
  EXPECT_EQ(exchange.place(now, half_lot).error, "Invalid order payload");
}

TEST_F(Placing, checks_signed_amounts) {
  auto limit = order(alice, yes, Side::buy, 4800, 10);
  limit.maker_amount = 4'800'000;
  limit.taker_amount = 10'000'000;
  EXPECT_TRUE(exchange.place(now, limit).success);
  limit.id = next_id();
  limit.maker_amount = 4'800'001;
  EXPECT_EQ(exchange.place(now, limit).error, "Invalid order payload");
  auto market = order(alice, yes, Side::buy, 4800, 0);
  market.type = OrderType::fak;
  market.maker_amount = 5'001'000;
  EXPECT_THAT(exchange.place(now, market).error, HasSubstr("maker amount supports a max accuracy of 2 decimals"));
  market.maker_amount = 990'000;
  EXPECT_THAT(exchange.place(now, market).error,
              HasSubstr("invalid amount for a marketable BUY order ($0.99), min size: $1"));
}

TEST_F(Placing, a_gtd_order_needs_three_minutes_and_dies_sixty_seconds_early) {
  auto request = order(alice, yes, Side::buy, 4800, 10);
  request.type = OrderType::gtd;
  request.expiration = now + seconds(179);
  EXPECT_EQ(exchange.place(now, request).error, "invalid expiration");
  request.expiration = now + seconds(180);
  EXPECT_TRUE(exchange.place(now, request).success);
  (void)exchange.take_outgoing();
  pass(milliseconds(119'999));
  EXPECT_EQ(exchange.status(alice, request.id).status, VenueOrderStatus::live);
  EXPECT_EQ(exchange.next_event_time(), kStart + seconds(120));
  pass(milliseconds(1));
  EXPECT_EQ(exchange.status(alice, request.id).status, VenueOrderStatus::canceled);
  EXPECT_THAT(words(), ElementsAre("CANCELLATION", "price_change"));
}

TEST_F(Placing, minimum_size_counts_for_the_original_size_only) {
  ASSERT_TRUE(buy(alice, yes, 4800, 10).success);
  ASSERT_TRUE(take(bob, yes, Side::sell, 4800, 7).success);
  EXPECT_EQ(exchange.level_size(yes, Side::buy, Price(4800)), shares_of(3));
}

TEST_F(Placing, the_venues_modes) {
  exchange.set_mode(model::VenueMode::post_only);
  EXPECT_EQ(buy(alice, yes, 4800, 10).error, "post-only mode: only post-only orders and cancels are allowed");
  auto quiet = order(alice, yes, Side::buy, 4800, 10);
  quiet.crossing = model::Crossing::post_only;
  EXPECT_TRUE(exchange.place(now, quiet).success);
  exchange.set_mode(model::VenueMode::cancel_only);
  EXPECT_EQ(buy(alice, yes, 4800, 10).http_status, 503);
  EXPECT_TRUE(exchange.cancel(now, alice, quiet.id).canceled);
  exchange.set_mode(model::VenueMode::restarting);
  EXPECT_EQ(buy(alice, yes, 4800, 10).outcome, PlaceOutcome::unknown);
}

TEST_F(Placing, cancel_says_why_not) {
  const auto resting = order(alice, yes, Side::buy, 4800, 10);
  exchange.place(now, resting);
  EXPECT_EQ(exchange.cancel(now, bob, resting.id).reason, "Order not found or already canceled");
  EXPECT_TRUE(exchange.cancel(now, alice, resting.id).canceled);
  EXPECT_EQ(exchange.cancel(now, alice, resting.id).reason, "Order already canceled");
  const auto filled = order(alice, yes, Side::buy, 4800, 10);
  exchange.place(now, filled);
  take(bob, yes, Side::sell, 4800, 10);
  EXPECT_EQ(exchange.cancel(now, alice, filled.id).reason, "Order already matched");
  EXPECT_EQ(exchange.status(alice, next_id()).status, VenueOrderStatus::not_found);
}

TEST_F(Placing, cancel_all_and_by_market) {
  buy(alice, yes, 4800, 10);
  buy(alice, other_yes, 4800, 10);
  buy(alice, no, 4800, 10);
  EXPECT_EQ(exchange.cancel_market(now, alice, model::MarketIndex(0)).size(), 2U);
  EXPECT_EQ(exchange.open_orders(alice).size(), 1U);
  EXPECT_EQ(exchange.cancel_all(now, alice).size(), 1U);
  EXPECT_EQ(exchange.account(alice).open_buys, Usdc());
}

// ---- matching, seen from outside ----

using Matching = ExchangeFixture;

TEST_F(Matching, the_taker_trades_at_the_makers_price) {
  sell(bob, yes, 5200, 10);
  const PlaceResult taken = buy(alice, yes, 6000, 10);
  EXPECT_EQ(taken.outcome, PlaceOutcome::matched);
  EXPECT_EQ(taken.making_micros, 5'200'000);
  EXPECT_EQ(taken.taking_micros, 10'000'000);
  EXPECT_EQ(taken.trade_ids.size(), 1U);
}

TEST_F(Matching, two_buyers_mint_a_pair) {
  buy(bob, no, 4500, 10);
  const PlaceResult taken = buy(alice, yes, 5600, 10);
  EXPECT_EQ(taken.making_micros, 5'500'000);  // 1 - 0.45
  pass(minutes(3));
  EXPECT_EQ(exchange.position(alice, yes), shares_of(10));
  EXPECT_EQ(exchange.position(bob, no), shares_of(510));
  EXPECT_TRUE(exchange.audit().holds());
}

TEST_F(Matching, two_sellers_merge_a_pair) {
  const AccountIndex carol = exchange.open_account({Usdc(), {{yes, shares_of(20)}}, true}, now);
  sell(bob, no, 4500, 10);
  const PlaceResult taken = sell(carol, yes, 5300, 10);
  EXPECT_EQ(taken.taking_micros, 5'500'000);
  pass(minutes(3));
  EXPECT_EQ(exchange.position(carol, yes), shares_of(10));
  EXPECT_EQ(exchange.position(bob, no), shares_of(490));
  EXPECT_TRUE(exchange.audit().holds());
}

TEST_F(Matching, direct_and_mint_interest_share_one_queue) {
  const auto first = order(bob, no, Side::buy, 4500, 10);    // a YES ask at 0.55
  const auto second = order(bob, yes, Side::sell, 5500, 10);
  exchange.place(now, first);
  exchange.place(now, second);
  buy(alice, yes, 5500, 15);
  EXPECT_EQ(exchange.status(bob, first.id).size_matched, shares_of(10));
  EXPECT_EQ(exchange.status(bob, second.id).size_matched, shares_of(5));
}

TEST_F(Matching, fak_takes_what_is_there_and_cancels_the_rest) {
  sell(bob, yes, 5000, 6);
  auto request = order(alice, yes, Side::buy, 5000, 0);
  request.type = OrderType::fak;
  request.maker_amount = 10'000'000;
  request.taker_amount = 20'000'000;
  const PlaceResult result = exchange.place(now, request);
  EXPECT_EQ(result.http_status, 200);
  EXPECT_EQ(result.outcome, PlaceOutcome::matched);
  EXPECT_EQ(result.making_micros, 3'000'000);
  EXPECT_EQ(result.taking_micros, 6'000'000);
  EXPECT_EQ(exchange.status(alice, request.id).status, VenueOrderStatus::canceled);
  EXPECT_EQ(exchange.quote(yes).bid_size, Shares());
}

TEST_F(Matching, fak_without_a_match_and_a_short_fok_change_nothing) {
  sell(bob, yes, 5000, 6);
  const std::string before = exchange.book_json(yes);
  (void)exchange.take_outgoing();
  const PlaceResult none = take(alice, yes, Side::buy, 4900, 10);
  EXPECT_EQ(none.http_status, 400);
  EXPECT_EQ(none.error,
            "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.");
  const PlaceResult killed = take(alice, yes, Side::buy, 5000, 10, OrderType::fok);
  EXPECT_EQ(killed.error, "order couldn't be fully filled. FOK orders are fully filled or killed.");
  EXPECT_EQ(exchange.book_json(yes), before);
  EXPECT_TRUE(exchange.take_outgoing().empty());
  EXPECT_EQ(take(alice, yes, Side::buy, 5000, 6, OrderType::fok).outcome, PlaceOutcome::matched);
}

TEST_F(Matching, a_budget_buys_more_shares_at_a_better_price) {
  sell(bob, yes, 4000, 50);
  auto request = order(alice, yes, Side::buy, 5000, 0);
  request.type = OrderType::fok;
  request.maker_amount = 10'000'000;
  request.taker_amount = 20'000'000;
  EXPECT_EQ(exchange.place(now, request).taking_micros, 25'000'000);
}

TEST_F(Matching, shares_that_were_rounded_up_miss_their_own_limit) {
  sell(bob, yes, 5200, 50);
  auto request = order(alice, yes, Side::buy, 5200, 0);
  request.type = OrderType::fak;
  request.maker_amount = 10'000'000;
  request.taker_amount = 19'230'800;  // 10 / 19.2308 < 0.52
  EXPECT_THAT(exchange.place(now, request).error, HasSubstr("no orders found to match with FAK"));
  request.id = next_id();
  request.taker_amount = 19'230'700;
  const PlaceResult filled = exchange.place(now, request);
  EXPECT_EQ(filled.taking_micros, 19'230'769);
  EXPECT_LE(filled.making_micros, 10'000'000);
}

TEST_F(Matching, a_makers_remainder_below_a_lot_is_closed) {
  const auto resting = order(bob, yes, Side::sell, 3000, 10);
  exchange.place(now, resting);
  auto request = order(alice, yes, Side::buy, 3000, 0);
  request.type = OrderType::fak;
  request.maker_amount = 2'990'000;  // 9.966666 shares: 0.033334 stay
  exchange.place(now, request);
  EXPECT_EQ(exchange.status(bob, resting.id).status, VenueOrderStatus::live);
  (void)exchange.take_outgoing();
  request.id = next_id();
  request.maker_amount = 1'000'000;
  exchange.place(now, request);
  EXPECT_EQ(exchange.status(bob, resting.id).status, VenueOrderStatus::matched);
  EXPECT_EQ(exchange.holding(bob, yes).open_sells, Shares());
}

TEST_F(Matching, post_only_never_crosses_not_even_itself) {
  sell(bob, yes, 5200, 10);
  auto quiet = order(alice, no, Side::sell, 4800, 10);
  quiet.crossing = model::Crossing::post_only;
  quiet = order(bob, no, Side::sell, 4800, 10);  // a YES bid at 0.52 by the owner of the ask
  quiet.crossing = model::Crossing::post_only;
  EXPECT_EQ(exchange.place(now, quiet).error, "invalid post-only order: order crosses book");
  quiet = order(alice, yes, Side::buy, 5200, 10);
  quiet.crossing = model::Crossing::post_only;
  EXPECT_EQ(exchange.place(now, quiet).error, "invalid post-only order: order crosses book");
  quiet.price = Price(5100);
  EXPECT_EQ(exchange.place(now, quiet).outcome, PlaceOutcome::live);
}

// ---- self trade ----

TEST_F(Matching, self_trade_cancels_the_maker_over_mint_too) {
  const auto own = order(bob, no, Side::buy, 4500, 10);
  exchange.place(now, own);
  const AccountIndex carol = exchange.open_account({dollars(100), {{yes, shares_of(20)}}, true}, now);
  sell(carol, yes, 5500, 10);
  (void)exchange.take_outgoing();
  EXPECT_EQ(buy(bob, yes, 5500, 10).taking_micros, 10'000'000);
  EXPECT_EQ(exchange.status(bob, own.id).status, VenueOrderStatus::canceled);
  EXPECT_EQ(exchange.status(bob, own.id).size_matched, Shares());
  EXPECT_THAT(words(), ElementsAre("CANCELLATION", "MATCHED", "UPDATE", "MATCHED", "last_trade_price", "book", "book"));
}

TEST_F(Matching, a_killed_fok_leaves_its_own_maker_alone) {
  const auto own = order(bob, no, Side::buy, 4500, 10);
  exchange.place(now, own);
  EXPECT_FALSE(take(bob, yes, Side::buy, 5500, 10, OrderType::fok).success);
  EXPECT_FALSE(take(bob, yes, Side::buy, 5500, 10, OrderType::fak).success);
  EXPECT_EQ(exchange.status(bob, own.id).status, VenueOrderStatus::live);
}

class SkipMode : public ExchangeFixture {
 protected:
  SkipMode() : ExchangeFixture({.self_trade = SelfTrade::skip}) {}
};
TEST_F(SkipMode, passes_over_the_own_order) {
  const auto own = order(bob, yes, Side::sell, 5000, 10);
  exchange.place(now, own);
  const AccountIndex carol = exchange.open_account({dollars(100), {{yes, shares_of(20)}}, true}, now);
  sell(carol, yes, 5100, 10);
  EXPECT_EQ(buy(bob, yes, 5100, 10).making_micros, 5'100'000);
  EXPECT_EQ(exchange.status(bob, own.id).status, VenueOrderStatus::live);
}

class RejectMode : public ExchangeFixture {
 protected:
  RejectMode() : ExchangeFixture({.self_trade = SelfTrade::reject_taker}) {}
};
TEST_F(RejectMode, refuses_the_taker_only_if_it_would_reach_its_own_order) {
  sell(bob, yes, 5100, 10);
  const AccountIndex carol = exchange.open_account({dollars(100), {{yes, shares_of(20)}}, true}, now);
  sell(carol, yes, 5000, 10);
  EXPECT_THAT(buy(bob, yes, 5100, 15).error, HasSubstr("Self trade"));
  EXPECT_EQ(buy(bob, yes, 5100, 10).outcome, PlaceOutcome::matched);
}

// ---- money ----

TEST_F(Matching, the_cash_gate_counts_per_market) {
  EXPECT_TRUE(buy(alice, yes, 5000, 1500).success);
  const PlaceResult short_of = buy(alice, yes, 5000, 600);
  EXPECT_EQ(short_of.http_status, 400);
  EXPECT_THAT(short_of.error, HasSubstr("not enough balance / allowance"));
  EXPECT_THAT(short_of.error,
              HasSubstr("balance: 1000000000, sum of active orders: 750000000, sum of matched orders: 0"));
  EXPECT_EQ(short_of.free_micros, 250'000'000);
  EXPECT_TRUE(buy(alice, other_yes, 5000, 2000).success);
}

class GlobalGate : public ExchangeFixture {
 protected:
  GlobalGate() : ExchangeFixture({.cash_gate = CashGate::global}) {}
};
TEST_F(GlobalGate, counts_over_all_markets) {
  EXPECT_TRUE(buy(alice, yes, 5000, 1500).success);
  EXPECT_EQ(buy(alice, other_yes, 5000, 600).free_micros, 250'000'000);
}

TEST_F(Matching, when_cash_falls_the_newest_uncovered_order_becomes_invalid) {
  const auto old_order = order(alice, other_yes, Side::buy, 5000, 1000);
  const auto new_order = order(alice, other_yes, Side::buy, 4900, 1000);
  exchange.place(now, old_order);
  exchange.place(now, new_order);
  exchange.place(now, order(alice, yes, Side::buy, 5000, 900));
  take(bob, yes, Side::sell, 5000, 400);  // alice: 200 matched, 800 left for 990 open
  EXPECT_EQ(exchange.status(alice, new_order.id).status, VenueOrderStatus::canceled);
  EXPECT_EQ(exchange.status(alice, old_order.id).status, VenueOrderStatus::live);
  const auto texts = frames(Channel::user);
  EXPECT_THAT(texts.back(), HasSubstr("\"type\":\"CANCELLATION\""));
  EXPECT_THAT(texts.back(), HasSubstr("\"status\":\"INVALID\""));
  EXPECT_TRUE(exchange.audit().holds());
}

TEST_F(Matching, withdrawal_and_lost_shares_invalidate_orders) {
  const auto bid = order(alice, yes, Side::buy, 5000, 1000);
  exchange.place(now, bid);
  EXPECT_EQ(exchange.withdraw(now, alice, dollars(600)), dollars(600));
  EXPECT_EQ(exchange.status(alice, bid.id).status, VenueOrderStatus::canceled);
  const auto ask = order(bob, yes, Side::sell, 6000, 300);
  exchange.place(now, ask);
  EXPECT_EQ(exchange.take_shares(now, bob, yes, shares_of(250)), shares_of(250));
  EXPECT_EQ(exchange.status(bob, ask.id).status, VenueOrderStatus::canceled);
  EXPECT_TRUE(exchange.audit().holds());
}

TEST_F(Matching, only_settled_shares_can_be_sold) {
  sell(bob, yes, 5000, 10);
  buy(alice, yes, 5000, 10);
  const PlaceResult early = sell(alice, yes, 6000, 10);
  EXPECT_THAT(early.error, HasSubstr("balance: 0, sum of active orders: 0, sum of matched orders: 0"));
  EXPECT_EQ(early.free_micros, 0);
  pass(minutes(3));
  EXPECT_TRUE(sell(alice, yes, 6000, 10).success);
  EXPECT_EQ(sell(alice, yes, 6100, 5).free_micros, 0);
}

TEST_F(Matching, the_taker_pays_the_fee_on_top_and_the_maker_nothing) {
  sell(bob, yes, 5000, 10);
  buy(alice, yes, 5000, 10);
  pass(minutes(3));
  // 10 * 0.05 * 0.25 = 0.125
  EXPECT_EQ(exchange.balance(alice), dollars(1000) - Usdc(5'125'000));
  EXPECT_EQ(exchange.balance(bob), dollars(1000) + Usdc(5'000'000));
  EXPECT_EQ(exchange.audit().fees, Usdc(125'000));
  take(bob, yes, Side::buy, 5000, 0);
  buy(alice, yes, 3300, 7);
  take(bob, yes, Side::sell, 3300, 7);
  pass(minutes(3));
  // 7 * 0.05 * 0.33 * 0.67 = 0.0773850 -> 0.07739, taken from the proceeds
  EXPECT_EQ(exchange.balance(bob), dollars(1000) + Usdc(5'000'000 + 2'310'000 - 77'390));
}

// ---- settlement and resolution ----

TEST_F(Matching, a_trade_goes_matched_mined_confirmed) {
  sell(bob, yes, 5000, 10);
  buy(alice, yes, 5000, 10);
  (void)exchange.take_outgoing();
  EXPECT_EQ(exchange.position(alice, yes), Shares());
  EXPECT_EQ(exchange.holding(alice, yes).matched_buys, shares_of(10));
  pass(minutes(3));
  EXPECT_THAT(words(), ElementsAre("MINED", "MINED", "CONFIRMED", "CONFIRMED"));
  EXPECT_EQ(exchange.position(alice, yes), shares_of(10));
  const auto legs = exchange.trades_since(alice, kStart);
  ASSERT_EQ(legs.size(), 1U);
  EXPECT_EQ(legs[0].status, model::TradeStatus::confirmed);
  EXPECT_FALSE(legs[0].maker);
  EXPECT_TRUE(exchange.trades_since(bob, kStart).front().maker);
  EXPECT_TRUE(exchange.trades_since(bob, now + seconds(1)).empty());
}

class Failing : public ExchangeFixture {
 protected:
  Failing() : ExchangeFixture({.settlement = {.failure_probability = 1.0}}) {}
};
TEST_F(Failing, a_failed_trade_gives_both_legs_back) {
  for (int i = 0; i < 20; ++i) {
    sell(bob, yes, 5000, 10);
    buy(alice, yes, 5000, 10);
  }
  pass(minutes(10));
  EXPECT_EQ(exchange.balance(alice), dollars(1000));
  EXPECT_EQ(exchange.account(alice).matched_buys, Usdc());
  EXPECT_EQ(exchange.holding(bob, yes).sellable(), shares_of(500));
  EXPECT_TRUE(exchange.audit().holds());
  int retrying = 0;
  for (const auto& status : exchange.truth().trade_statuses) {
    EXPECT_NE(status.status, model::TradeStatus::mined);
    retrying += status.status == model::TradeStatus::retrying ? 1 : 0;
  }
  EXPECT_GT(retrying, 0);
  EXPECT_LT(retrying, 20);
}

TEST_F(Matching, settlement_delays_have_the_stated_median_and_tail) {
  for (int i = 0; i < 400; ++i) {
    sell(bob, yes, 5000, 5);
    take(alice, yes, Side::buy, 5000, 5);
    pass(seconds(130));
    sell(alice, yes, 5000, 5);
    take(bob, yes, Side::buy, 5000, 5);
    pass(seconds(130));
  }
  std::vector<std::int64_t> delays;
  const auto& statuses = exchange.truth().trade_statuses;
  for (std::size_t i = 0; i + 1 < statuses.size(); ++i) {
    if (statuses[i].status == model::TradeStatus::matched)
      delays.push_back((statuses[i + 1].at - statuses[i].at).raw());
  }
  ASSERT_GE(delays.size(), 700U);
  std::sort(delays.begin(), delays.end());
  EXPECT_NEAR(static_cast<double>(delays[delays.size() / 2]) * 1e-9, 3.0, 0.5);
  EXPECT_NEAR(static_cast<double>(delays[delays.size() * 99 / 100]) * 1e-9, 30.0, 14.0);
}

TEST_F(Matching, resolution_cancels_orders_and_pays_winners_later) {
  const auto open = order(alice, yes, Side::buy, 4000, 10);
  exchange.place(now, open);
  exchange.schedule_resolution(model::MarketIndex(0), now + seconds(5), 1'000'000);
  (void)exchange.take_outgoing();
  pass(seconds(5));
  EXPECT_FALSE(exchange.is_open(model::MarketIndex(0)));
  const auto outgoing = exchange.take_outgoing();
  ASSERT_EQ(outgoing.size(), 4U);
  EXPECT_THAT(outgoing[0].text, HasSubstr("CANCELED_MARKET_RESOLVED"));
  EXPECT_EQ(word(outgoing[1]), "book");
  EXPECT_THAT(outgoing[3].text, HasSubstr("\"winning_asset_id\":\"100\",\"winning_outcome\":\"Yes\""));
  EXPECT_EQ(buy(alice, yes, 4000, 10).http_status, 404);
  EXPECT_EQ(exchange.position(bob, yes), shares_of(500));
  pass(seconds(10));
  EXPECT_EQ(exchange.position(bob, yes), Shares());
  EXPECT_EQ(exchange.balance(bob), dollars(1500));
  EXPECT_TRUE(exchange.audit().holds());
}

TEST_F(Matching, a_tie_pays_half_and_late_trades_are_still_paid) {
  sell(bob, yes, 5000, 101);
  buy(alice, yes, 5000, 101);
  exchange.schedule_resolution(model::MarketIndex(0), now, 500'000);
  pass(minutes(5));
  EXPECT_EQ(exchange.position(alice, yes), Shares());
  EXPECT_EQ(exchange.balance(alice), dollars(1000) - Usdc(50'500'000 + 1'262'500) + Usdc(50'500'000));
  EXPECT_TRUE(exchange.audit().holds());
}

// ---- the order of frames (rules 7.6) ----

TEST_F(Matching, frames_come_in_the_order_of_the_rules) {
  buy(alice, yes, 4800, 10);
  EXPECT_THAT(words(), ElementsAre("PLACEMENT", "price_change"));
  const auto second = order(alice, yes, Side::buy, 4700, 10);
  exchange.place(now, second);
  (void)exchange.take_outgoing();
  exchange.cancel(now, alice, second.id);
  EXPECT_THAT(words(), ElementsAre("CANCELLATION", "price_change"));
  exchange.place(now, order(alice, yes, Side::buy, 4700, 10));
  (void)exchange.take_outgoing();
  // a seller takes two levels and rests
  EXPECT_EQ(sell(bob, yes, 4700, 25).outcome, PlaceOutcome::live);
  EXPECT_THAT(words(),
              ElementsAre("MATCHED", "UPDATE", "MATCHED", "UPDATE",          // alice, level by level
                          "MATCHED", "MATCHED",                              // bob's two trades
                          "last_trade_price", "last_trade_price", "book", "book", "PLACEMENT", "price_change"));
}

class Permuted : public ExchangeFixture {
 protected:
  Permuted() : ExchangeFixture({.emit_order = 5}) {}
};
TEST_F(Permuted, the_same_frames_leave_in_another_order) {
  bool moved = false;
  for (int i = 0; i < 20; ++i) {
    buy(alice, yes, 4800, 10);
    moved |= words() != std::vector<std::string>{"PLACEMENT", "price_change"};
  }
  EXPECT_TRUE(moved);
  sell(bob, yes, 4800, 5);
  auto all = words();
  std::sort(all.begin(), all.end());
  EXPECT_THAT(all, ElementsAre("MATCHED", "MATCHED", "UPDATE", "book", "book", "last_trade_price"));
}

TEST_F(Matching, the_tick_becomes_fine_near_the_ends) {
  sell(bob, yes, 9700, 10);
  buy(alice, yes, 9700, 10);
  EXPECT_EQ(exchange.tick(model::MarketIndex(0)), Price(10));
  auto all = frames(Channel::market);
  EXPECT_THAT(all.back(), HasSubstr("\"old_tick_size\":\"0.01\",\"new_tick_size\":\"0.001\""));
  EXPECT_TRUE(sell(bob, yes, 9705, 10).error.find("breaks minimum tick") != std::string::npos);
  EXPECT_TRUE(sell(bob, yes, 9710, 10).success);
}

TEST_F(Matching, a_new_market_is_announced) {
  exchange.add_market(test_market(5), now, true).value();
  const auto all = frames(Channel::market);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_THAT(all[0], HasSubstr("\"event_type\":\"new_market\""));
  EXPECT_THAT(all[0], HasSubstr("Does \\\"it\\\" rain?"));
  EXPECT_FALSE(exchange.add_market(test_market(5), now).has_value());
}

TEST_F(Matching, the_truth_record_has_both_sides_of_the_story) {
  sell(bob, yes, 5000, 10);
  take(alice, yes, Side::buy, 5000, 6);
  pass(minutes(3));
  const Truth& truth = exchange.truth();
  ASSERT_EQ(truth.fills.size(), 2U);
  EXPECT_EQ(truth.fills[0].account, alice);
  EXPECT_EQ(truth.fills[0].fee, Usdc(75'000));
  EXPECT_EQ(truth.fills[1].counterparty, alice);
  EXPECT_TRUE(truth.fills[1].maker);
  EXPECT_EQ(truth.balances.back().cause, TruthBalanceCause::trade);
  EXPECT_EQ(truth.orders[0].kind, TruthOrderKind::accepted);
  EXPECT_TRUE(truth.orders[0].live);
}

}  // namespace
}  // namespace ebb::exchange
