#include "store/journal_db.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "store/journal_fixture.hpp"
#include "store/journal_schema.hpp"

namespace ebb::store {
namespace {

using namespace testing;
using model::OrderState;
using model::OrderStep;
using model::TradeStatus;

Expected<void> write(Journal& journal, std::vector<model::Record> records) { return journal.db().write(records); }

model::Recovery recover(Journal& journal) { return value(journal.db().recover(kAccount)); }

// --- Orders -------------------------------------------------------------------------------------------------------------

TEST(JournalDb, AJournalWithoutRunsIsAFirstRun) {
  Journal journal = value(Journal::in_memory());
  const model::Recovery recovery = recover(journal);
  EXPECT_TRUE(recovery.first_run);
  EXPECT_TRUE(recovery.orders.empty());
  EXPECT_FALSE(recovery.trades_complete_until.is_set());
}

TEST(JournalDb, AnIntentComesBackAsItWas) {
  Journal journal = journal_in_memory();
  const model::IntentRecord written = intent(1, 2, model::Side::sell);
  ASSERT_TRUE(write(journal, {{at(5), written}}));
  const model::Recovery recovery = recover(journal);
  EXPECT_FALSE(recovery.first_run);
  EXPECT_FALSE(recovery.ended_in_order);
  EXPECT_EQ(recovery.last_record, at(5));
  ASSERT_EQ(recovery.orders.size(), 1U);
  const model::PlaceOrder& o = recovery.orders[0].intent.order;
  EXPECT_EQ(o.id, order_id(1));
  EXPECT_EQ(recovery.tokens.at(o.token.value()), token_text(2));
  EXPECT_EQ(o.side, model::Side::sell);
  EXPECT_EQ(o.type, model::OrderType::gtd);
  EXPECT_EQ(o.crossing, model::Crossing::post_only);
  EXPECT_EQ(o.purpose, model::OrderPurpose::take_profit);
  EXPECT_EQ(o.price, Price(4800));
  EXPECT_EQ(o.size, shares_of(10));
  EXPECT_EQ(o.maker_amount, 4'800'000);
  EXPECT_EQ(o.taker_amount, 10'000'000);
  EXPECT_EQ(o.salt, 9'007'199'254'740'991ULL);
  EXPECT_EQ(o.time, kStart);
  EXPECT_EQ(o.expiration, kStart + minutes(10));
  EXPECT_EQ(o.drop_after, kStart + seconds(2));
  EXPECT_EQ(recovery.orders[0].intent.reference, Price(4700));
  EXPECT_EQ(recovery.orders[0].intent.cycle, 3U);
  EXPECT_EQ(recovery.orders[0].last.state, OrderState::intent);
  EXPECT_EQ(recovery.orders[0].time, at(5));
}

TEST(JournalDb, TheLastStepOfAnOrderCountsAndTerminalOnesAreNotGiven) {
  Journal journal = journal_in_memory();
  model::OrderRecord canceling = step(1, 0, OrderStep::cancel_requested, OrderState::partial);
  canceling.filled = shares_of(3);
  canceling.claimed = shares_of(4);
  canceling.cancel_requested = true;
  canceling.unexplained = true;
  canceling.cancel_reason = model::CancelReason::buy_ttl;
  model::OrderRecord refused = step(3, 1, OrderStep::refused, OrderState::unknown);
  refused.reject = model::RejectKind::not_enough_balance;
  refused.ended_at_venue = true;
  ASSERT_TRUE(write(journal, {{at(1), intent(1, 0)},
                              {at(2), intent(2, 1)},
                              {at(2), intent(3, 1)},
                              {at(3), step(1, 0, OrderStep::sent, OrderState::sent)},
                              {at(4), step(2, 1, OrderStep::sent, OrderState::sent)},
                              {at(5), canceling},
                              {at(6), step(2, 1, OrderStep::closed, OrderState::filled)},
                              {at(7), refused}}));
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.orders.size(), 2U);
  const model::OrderRecord& first = recovery.orders[0].last;
  EXPECT_EQ(first.id, order_id(1));
  EXPECT_EQ(first.state, OrderState::partial);
  EXPECT_EQ(first.step, OrderStep::cancel_requested);
  EXPECT_EQ(first.filled, shares_of(3));
  EXPECT_EQ(first.claimed, shares_of(4));
  EXPECT_TRUE(first.cancel_requested && first.unexplained && !first.ended_at_venue);
  EXPECT_EQ(first.cancel_reason, model::CancelReason::buy_ttl);
  EXPECT_EQ(recovery.orders[0].time, at(5));
  EXPECT_EQ(recovery.orders[1].last.reject, model::RejectKind::not_enough_balance);
  EXPECT_TRUE(recovery.orders[1].last.ended_at_venue);
}

TEST(JournalDb, AnIntentThatComesAfterAStepOfItsOrderCompletesIt) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(write(journal, {{at(1), step(1, 0, OrderStep::accepted, OrderState::live)}}));
  EXPECT_EQ(recover(journal).orders.at(0).intent.order.size, Shares(0));
  ASSERT_TRUE(journal.db().begin_run(run_start(at(2))));
  ASSERT_TRUE(journal.db().add_market(market(0)));
  ASSERT_TRUE(write(journal, {{at(3), intent(1, 0)}}));
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.orders.size(), 1U);
  EXPECT_EQ(recovery.orders[0].intent.order.size, shares_of(10));
  EXPECT_EQ(recovery.orders[0].last.state, OrderState::live);
}

TEST(JournalDb, MarketsComeBackCompleteWhateverTheTokensAreCalledInTheNextRun) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(write(journal, {{at(1), intent(1, 3)}}));
  ASSERT_TRUE(journal.db().begin_run(run_start(at(2))));
  MarketRegistration again = market(1);
  again.tokens = {model::TokenIndex(9), model::TokenIndex(4)};
  again.spec.tick = Price(100);
  ASSERT_TRUE(journal.db().add_market(again));
  ASSERT_TRUE(write(journal, {{at(3), intent(2, 4)}}));
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.tokens, std::vector{token_text(3)});
  ASSERT_EQ(recovery.orders.size(), 2U);
  EXPECT_EQ(recovery.orders[1].intent.order.token, recovery.orders[0].intent.order.token);
  ASSERT_EQ(recovery.markets.size(), 1U);
  const model::MarketSpec& m = recovery.markets[0];
  const model::MarketSpec& expected = again.spec;
  EXPECT_EQ(m.condition_id, expected.condition_id);
  EXPECT_EQ(m.slug, expected.slug);
  EXPECT_EQ(m.question, expected.question);
  EXPECT_EQ(m.event, expected.event);
  EXPECT_EQ(m.tokens[0].token_id, expected.tokens[0].token_id);
  EXPECT_EQ(m.tokens[1].outcome, expected.tokens[1].outcome);
  EXPECT_EQ(m.tick, expected.tick);
  EXPECT_EQ(m.min_order_size, expected.min_order_size);
  EXPECT_EQ(m.neg_risk, expected.neg_risk);
  EXPECT_EQ(m.version, expected.version);
  EXPECT_EQ(m.fees.rate_bps, expected.fees.rate_bps);
  EXPECT_EQ(m.fees.exponent, expected.fees.exponent);
  EXPECT_EQ(m.start, expected.start);
  EXPECT_EQ(m.end, expected.end);
  EXPECT_EQ(m.end_precision, expected.end_precision);
  model::MarketTable table;
  EXPECT_TRUE(table.add(m));
}

TEST(JournalDb, AccountsAreKeptApart) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(write(journal, {{at(1), intent(1, 0)}, {at(1), deposit(dollars(10))}}));
  const JournalAccount other{"live", kAccount.wallet};
  EXPECT_TRUE(value(journal.db().recover(other)).first_run);
  ASSERT_TRUE(journal.db().begin_run({at(2), other, "0.1.0"}));
  const model::Recovery live = value(journal.db().recover(other));
  EXPECT_FALSE(live.first_run);
  EXPECT_TRUE(live.orders.empty() && live.bookings.empty());
  // An address is the same in capitals.
  EXPECT_EQ(value(journal.db().recover({"paper", "0x00000000000000000000000000000000000000a1"})).orders.size(), 1U);
}

TEST(JournalDb, TheEndOfARunIsRemembered) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(journal.db().end_run(at(9), RunEnding::in_order));
  EXPECT_TRUE(recover(journal).ended_in_order);
  EXPECT_EQ(recover(journal).last_record, at(9));
  ASSERT_TRUE(journal.db().begin_run(run_start(at(10))));
  EXPECT_FALSE(recover(journal).ended_in_order);
}

// --- The ledger ---------------------------------------------------------------------------------------------------------

TEST(JournalDb, BookingsComeBackInTheirOrderWithEveryStatus) {
  Journal journal = journal_in_memory();
  model::LedgerRecord adopted;
  adopted.change = model::LedgerChange::adopted;
  adopted.token = model::TokenIndex(1);
  adopted.size = shares_of(6);
  adopted.dollars = dollars(2);
  adopted.cost_known = false;
  model::LedgerRecord redeemed;
  redeemed.change = model::LedgerChange::redeemed;
  redeemed.token = model::TokenIndex(0);
  redeemed.payout = Price(5000);
  ASSERT_TRUE(write(journal, {{at(1), deposit(dollars(100))},
                              {at(2), fill(1, 1, 0, TradeStatus::matched)},
                              {at(3), adopted},
                              {at(4), fill(1, 1, 0, TradeStatus::mined)},
                              {at(5), redeemed}}));
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.bookings.size(), 5U);
  EXPECT_EQ(std::get<model::LedgerRecord>(recovery.bookings[0].body).dollars, dollars(100));
  EXPECT_FALSE(std::get<model::LedgerRecord>(recovery.bookings[0].body).token.valid());
  const auto& matched = std::get<model::FillRecord>(recovery.bookings[1].body);
  EXPECT_EQ(matched.trade.status, TradeStatus::matched);
  EXPECT_EQ(matched.trade.trade, trade_id(1));
  EXPECT_EQ(matched.trade.order, order_id(1));
  EXPECT_EQ(matched.trade.size, shares_of(10));
  EXPECT_EQ(matched.trade.time, kStart);
  EXPECT_EQ(matched.dollars, Usdc(4'800'000));
  EXPECT_EQ(matched.fee, Usdc(1'234));
  const auto& adoption = std::get<model::LedgerRecord>(recovery.bookings[2].body);
  EXPECT_EQ(adoption.change, model::LedgerChange::adopted);
  EXPECT_EQ(adoption.size, shares_of(6));
  EXPECT_FALSE(adoption.cost_known);
  EXPECT_EQ(std::get<model::FillRecord>(recovery.bookings[3].body).trade.status, TradeStatus::mined);
  EXPECT_EQ(std::get<model::LedgerRecord>(recovery.bookings[4].body).payout, Price(5000));
  EXPECT_EQ(recovery.bookings[4].time, at(5));
}

TEST(JournalDb, APositionReplacesWhatItFoldsAndRecentFillsStayKnown) {
  Journal journal = journal_in_memory();
  const Timestamp old = kStart - hours(60);
  ASSERT_TRUE(write(journal, {{at(1), fill(1, 1, 0, TradeStatus::matched, old)},
                              {at(2), fill(2, 1, 0, TradeStatus::matched)},
                              {at(3), fill(3, 2, 1, TradeStatus::matched)},
                              {at(4), fill(2, 1, 0, TradeStatus::confirmed)},
                              {at(5), position(0, shares_of(20), dollars(9))},
                              {at(6), fill(4, 1, 0, TradeStatus::matched)},
                              {at(7), model::SweepRecord{kStart}}}));
  const model::Recovery recovery = recover(journal);
  EXPECT_EQ(recovery.trades_complete_until, kStart);
  ASSERT_EQ(recovery.bookings.size(), 4U);
  const auto& folded = std::get<model::FillRecord>(recovery.bookings[0].body);
  EXPECT_TRUE(recovery.bookings[0].folded);
  EXPECT_EQ(folded.trade.trade, trade_id(2));
  EXPECT_EQ(folded.trade.status, TradeStatus::confirmed);
  EXPECT_EQ(std::get<model::FillRecord>(recovery.bookings[1].body).trade.trade, trade_id(3));
  const auto& p = std::get<model::PositionRecord>(recovery.bookings[2].body);
  EXPECT_EQ(recovery.tokens.at(p.token.value()), token_text(0));
  EXPECT_EQ(p.size, shares_of(20));
  EXPECT_EQ(p.cost, dollars(9));
  EXPECT_EQ(p.realized, Usdc(-77));
  EXPECT_EQ(p.fees, Usdc(5));
  EXPECT_EQ(p.cash_flow, Usdc(-4'800'000));
  EXPECT_EQ(p.adopted, Usdc(12));
  EXPECT_EQ(p.buy_fills, 2U);
  EXPECT_EQ(p.sell_fills, 1U);
  EXPECT_EQ(p.round_trips, 4U);
  EXPECT_TRUE(p.trip_open && p.cost_known);
  EXPECT_FALSE(recovery.bookings[3].folded);
  EXPECT_EQ(std::get<model::FillRecord>(recovery.bookings[3].body).trade.trade, trade_id(4));
}

TEST(JournalDb, AnOldFoldedFillIsGivenWhereItsOrderLivesOrItsStatusCameLater) {
  Journal journal = journal_in_memory();
  const Timestamp old = kStart - hours(60);
  ASSERT_TRUE(write(journal, {{at(1), intent(1, 0)},
                              {at(1), fill(1, 1, 0, TradeStatus::mined, old)},
                              {at(2), fill(2, 9, 0, TradeStatus::mined, old)},
                              {at(2), fill(3, 9, 0, TradeStatus::mined, old)},
                              {at(5), position(0, shares_of(30), dollars(9))},
                              {at(6), fill(2, 9, 0, TradeStatus::confirmed, old)},
                              {at(7), model::SweepRecord{kStart}}}));
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.bookings.size(), 3U);
  EXPECT_EQ(std::get<model::FillRecord>(recovery.bookings[0].body).trade.trade, trade_id(1));
  EXPECT_EQ(std::get<model::FillRecord>(recovery.bookings[1].body).trade.trade, trade_id(2));
  EXPECT_EQ(std::get<model::FillRecord>(recovery.bookings[1].body).trade.status, TradeStatus::confirmed);
  EXPECT_TRUE(recovery.bookings[0].folded && recovery.bookings[1].folded);
  EXPECT_TRUE(std::holds_alternative<model::PositionRecord>(recovery.bookings[2].body));
}

TEST(JournalDb, TokenStatesComeBackAsTheyWereLast) {
  Journal journal = journal_in_memory();
  model::TokenRecord state{model::TokenIndex(2), 5, "HOLDING", 1, Price(5100)};
  ASSERT_TRUE(write(journal, {{at(1), state}}));
  state.blocks = 9;
  state.round_trips = 2;
  ASSERT_TRUE(write(journal, {{at(2), state}}));
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.token_states.size(), 1U);
  EXPECT_EQ(recovery.tokens.at(recovery.token_states[0].token.value()), token_text(2));
  EXPECT_EQ(recovery.token_states[0].blocks, 9);
  EXPECT_EQ(recovery.token_states[0].round_trips, 2U);
  EXPECT_EQ(recovery.token_states[0].floor, Price(5100));
  EXPECT_EQ(recovery.token_states[0].phase, "HOLDING");
}

TEST(JournalDb, WhatTheOperatorStoppedStaysStoppedUntilItIsTakenBack) {
  using enum model::OperatorAction;
  Journal journal = journal_in_memory();
  const auto say = [&](int second, model::OperatorAction action, model::TokenIndex token = {}) {
    EXPECT_TRUE(write(journal, {{at(second), model::OperatorRecord{{action, token}}}}));
    model::Recovery recovery = recover(journal);
    EXPECT_TRUE(journal.db().begin_run(run_start(at(second))));
    return recovery;
  };
  EXPECT_FALSE(say(1, pause, model::TokenIndex(1)).paused);  // one token's matter
  EXPECT_TRUE(say(2, pause).paused);
  const model::Recovery killed = say(3, kill);
  EXPECT_TRUE(killed.killed && killed.paused);
  EXPECT_TRUE(say(5, reconcile).killed);
  const model::Recovery resumed = say(6, resume);
  EXPECT_FALSE(resumed.killed || resumed.paused);
}

// Closed tokens must not fill a restart's memory for ever, and their money must add up.
TEST(JournalDb, TokensClosedLongAgoComeAsOneSum) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(write(journal, {{at(0), fill(1, 1, 0, TradeStatus::confirmed)},
                              {at(1), position(0, Shares(0), Usdc(0))},
                              {at(1), position(1, Shares(0), Usdc(0))},
                              {at(2), position(2, shares_of(1), dollars(1))},
                              {at(3), model::SweepRecord{at(4)}}}));
  EXPECT_EQ(recover(journal).tokens.size(), 3U);
  const Timestamp later = at(5) + hours(49);
  ASSERT_TRUE(journal.db().begin_run(run_start(later)));
  ASSERT_TRUE(write(journal, {{later, model::SweepRecord{later}}}));
  const model::Recovery recovery = recover(journal);
  EXPECT_EQ(recovery.tokens, std::vector{token_text(2)});
  ASSERT_EQ(recovery.bookings.size(), 2U);
  const auto& sum = std::get<model::PositionRecord>(recovery.bookings[0].body);
  EXPECT_FALSE(sum.token.valid());
  EXPECT_EQ(sum.realized, Usdc(-154));
  EXPECT_EQ(sum.fees, Usdc(10));
  EXPECT_EQ(sum.cash_flow, Usdc(-9'600'000));
  EXPECT_EQ(sum.adopted, Usdc(24));
  EXPECT_EQ(sum.buy_fills, 4U);
  EXPECT_EQ(sum.round_trips, 8U);
  // Traded again, such a token begins at zero.
  ASSERT_TRUE(journal.db().begin_run(run_start(later)));
  ASSERT_TRUE(journal.db().add_market(market(0)));
  ASSERT_TRUE(write(journal, {{later, fill(5, 5, 0, TradeStatus::matched, later)}}));
  const model::Recovery again = recover(journal);
  EXPECT_EQ(again.tokens, (std::vector{token_text(2), token_text(0)}));
  ASSERT_EQ(again.bookings.size(), 3U);
  EXPECT_EQ(std::get<model::PositionRecord>(again.bookings[0].body).realized, Usdc(-154));
}

// --- Groups, errors -----------------------------------------------------------------------------------------------------

TEST(JournalDb, AGroupIsThereAsAWholeOrNotAtAll) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(journal.db().begin());
  ASSERT_TRUE(journal.db().add({at(1), intent(1, 0)}));
  ASSERT_TRUE(journal.db().add({at(1), deposit(dollars(1))}));
  journal.db().rollback();
  const model::Recovery recovery = recover(journal);
  EXPECT_TRUE(recovery.orders.empty() && recovery.bookings.empty());
}

TEST(JournalDb, ARecordOfAnUnknownTokenIsRefusedAndTakesItsGroupWithIt) {
  Journal journal = journal_in_memory();
  const auto result = write(journal, {{at(1), intent(1, 0)}, {at(1), intent(2, 77)}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "journal.unknown_token");
  EXPECT_TRUE(write(journal, {{at(1), intent(3, 0)}}));
  EXPECT_EQ(recover(journal).orders.size(), 1U);
}

// Row numbers of a rolled-back group are given again: what was remembered of them must be forgotten.
TEST(JournalDb, ARolledBackGroupLeavesNothingBehind) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(journal.db().begin());
  ASSERT_TRUE(journal.db().add({at(1), step(1, 0, OrderStep::accepted, OrderState::live)}));
  ASSERT_TRUE(journal.db().add({at(1), fill(1, 1, 0, TradeStatus::matched)}));
  MarketRegistration third = market(2);
  ASSERT_TRUE(journal.db().add_market(third));
  journal.db().rollback();
  ASSERT_TRUE(write(journal, {{at(2), step(2, 1, OrderStep::accepted, OrderState::live)}}));
  ASSERT_TRUE(write(journal, {{at(3), step(1, 0, OrderStep::sent, OrderState::sent)}}));
  ASSERT_TRUE(write(journal, {{at(3), fill(1, 1, 0, TradeStatus::matched)}}));
  EXPECT_FALSE(write(journal, {{at(4), intent(3, 4)}}));
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.orders.size(), 2U);
  EXPECT_EQ(recovery.orders[0].last.id, order_id(2));
  EXPECT_EQ(recovery.orders[1].last.id, order_id(1));
  EXPECT_EQ(recovery.bookings.size(), 1U);
}

TEST(JournalDb, AFullDiskIsAnErrorAndWhatWasRefusedCanBeWrittenLater) {
  Journal journal = journal_in_memory();
  std::vector<model::Record> group;
  for (int i = 0; i < 2000; ++i) group.push_back({at(i), intent(i, 0)});
  journal.db().limit_pages(journal.db().pages() + 20);
  const auto result = journal.db().write(group);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "journal.full");
  EXPECT_TRUE(recover(journal).orders.empty());
  ASSERT_TRUE(journal.db().begin_run(run_start()));
  ASSERT_TRUE(journal.db().add_market(market(0)));
  EXPECT_FALSE(journal.db().write(group));
  journal.db().limit_pages(0);
  ASSERT_TRUE(journal.db().write(group));
  EXPECT_EQ(recover(journal).orders.size(), 2000U);
}

TEST(JournalDb, IntentsOfTheLogAreCopiedOnceAndReleased) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(journal.intents().append(intent(1, 0), token_text(0)));
  ASSERT_TRUE(journal.intents().append(intent(2, 1), token_text(1)));
  ASSERT_TRUE(write(journal, {{at(1), intent(1, 0)}, {at(2), step(1, 0, OrderStep::closed, OrderState::filled)}}));
  ASSERT_TRUE(journal.db().import(journal.intents()));
  EXPECT_EQ(journal.intents().pending(), 0U);
  const model::Recovery recovery = recover(journal);
  ASSERT_EQ(recovery.orders.size(), 1U);
  EXPECT_EQ(recovery.orders[0].last.id, order_id(2));
  EXPECT_EQ(recovery.tokens.at(recovery.orders[0].intent.order.token.value()), token_text(1));
}

TEST(JournalDb, AfterACrashTheLogsIntentsBelongToTheLastRun) {
  Journal journal = journal_in_memory();
  ASSERT_TRUE(journal.intents().append(intent(1, 0), token_text(0)));
  recover(journal);  // as a restart does: no run from here on
  ASSERT_TRUE(journal.db().import(journal.intents()));
  EXPECT_EQ(recover(journal).orders.size(), 1U);
}

// --- The schema ---------------------------------------------------------------------------------------------------------

TEST(JournalSchema, MigrationsRunOnceAndInOrder) {
  SQLite::Database db(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  const char* const steps[] = {"CREATE TABLE a (x INTEGER)", "ALTER TABLE a ADD COLUMN y INTEGER DEFAULT 7",
                               "INSERT INTO a (x) VALUES (1)"};
  ASSERT_TRUE(migrate(db, std::span(steps, 1)));
  db.exec("INSERT INTO a (x) VALUES (5)");
  ASSERT_TRUE(migrate(db, steps));
  ASSERT_TRUE(migrate(db, steps));
  EXPECT_EQ(db.execAndGet("PRAGMA user_version").getInt(), 3);
  EXPECT_EQ(db.execAndGet("SELECT COUNT(*) FROM a").getInt(), 2);
  EXPECT_EQ(db.execAndGet("SELECT SUM(y) FROM a").getInt(), 14);
  const auto newer = migrate(db, std::span(steps, 2));
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code, "journal.newer");
}

TEST(JournalSchema, AStepThatFailsLeavesTheVersionBeforeIt) {
  SQLite::Database db(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  const char* const steps[] = {"CREATE TABLE a (x INTEGER)",
                               "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1)"};
  EXPECT_THROW((void)migrate(db, steps), SQLite::Exception);
  EXPECT_EQ(db.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_FALSE(db.tableExists("b"));
}

}  // namespace
}  // namespace ebb::store
