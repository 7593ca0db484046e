#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "store/journal_db_state.hpp"
#include "store/journal_fixture.hpp"

namespace ebb::store {
namespace {

using namespace testing;
using model::OrderState;
using model::OrderStep;
using model::TradeStatus;

/// Opens a journal's file beside it, as any SQLite tool would.
class JournalPruneTest : public ::testing::Test {
 protected:
  JournalPruneTest() : journal_(value(Journal::open({.directory = directory_.path(), .now = kStart}))) {
    EXPECT_TRUE(journal_.db().begin_run(run_start()));
    EXPECT_TRUE(journal_.db().add_market(market(0)));
    EXPECT_TRUE(journal_.db().add_market(market(1)));
  }
  [[nodiscard]] std::int64_t ask(const std::string& sql) const {
    SQLite::Database db((directory_.path() / "journal.db").string());
    return db.execAndGet(sql).getInt64();
  }
  [[nodiscard]] std::int64_t rows(const std::string& table) const { return ask("SELECT COUNT(*) FROM " + table); }
  void prune(Timestamp now) {
    while (value(journal_.db().prune(now, 100)).more) {}
  }
  static Timestamp day(int n) { return kStart + hours(24) * n; }

  TemporaryDirectory directory_;
  Journal journal_;
};

TEST_F(JournalPruneTest, EventsGoAfterTheirDaysAndNotBefore) {
  std::vector<model::Record> records;
  for (int d = 0; d < 40; ++d) {
    const model::TokenIndex token(static_cast<std::uint32_t>(d % 4));
    const auto token_no = static_cast<std::uint32_t>(d % 4);
    records.push_back({day(d), model::SignalRecord{token, Price(1), Price(2), ""}});
    records.push_back({day(d), model::RefusalRecord{token, model::Side::buy, Price(1), Shares(1), "LIMIT"}});
    records.push_back({day(d), model::IncidentRecord{"GAP", token}});
    records.push_back(
        {day(d), model::DifferenceRecord{model::DifferenceKind::cash, token, {}, 1, 2, "MORE", "REPORT"}});
    records.push_back({day(d), model::OperatorRecord{{model::OperatorAction::pause, token}}});
    records.push_back({day(d), model::TokenRecord{token, 0, "IDLE", 0, Price(0)}});
    records.push_back({day(d), intent(d, token_no)});
    records.push_back({day(d), step(d, token_no, OrderStep::closed, d == 3 ? OrderState::live : OrderState::canceled)});
  }
  ASSERT_TRUE(journal_.db().write(records));
  prune(day(39));
  for (const char* table : {"signals", "refusals", "incidents", "differences", "operator_actions", "token_history"})
    EXPECT_EQ(rows(table), 31) << table;
  EXPECT_EQ(rows("orders"), 32);  // and the one that lives
  EXPECT_EQ(rows("order_events"), 32);
  EXPECT_EQ(rows("token_states"), 4);
  const std::vector<model::Record> kill{{day(0), model::OperatorRecord{{model::OperatorAction::kill, {}}}}};
  ASSERT_TRUE(journal_.db().write(kill));
  prune(day(80));
  const model::Recovery recovery = value(journal_.db().recover(kAccount));
  EXPECT_EQ(recovery.orders.size(), 1U);
  EXPECT_TRUE(recovery.killed);  // until it is taken back
}

TEST_F(JournalPruneTest, MoneyAddsUpBeforeAndAfter) {
  std::vector<model::Record> records;
  for (int d = 0; d < 800; ++d) {
    const auto status = d % 7 == 0 ? TradeStatus::failed : TradeStatus::confirmed;
    model::FillRecord f = fill(d, d, static_cast<std::uint32_t>(d % 4), TradeStatus::matched, day(d));
    f.dollars = Usdc(1000 + d);
    if (d % 2 == 1) f.trade.side = model::Side::sell;
    records.push_back({day(d), f});
    f.trade.status = status;
    records.push_back({day(d), f});
    model::LedgerRecord adopted;
    adopted.change = model::LedgerChange::adopted;
    adopted.token = model::TokenIndex(static_cast<std::uint32_t>(d % 4));
    adopted.dollars = Usdc(d);
    records.push_back({day(d), adopted});
  }
  for (std::uint32_t token = 0; token < 4; ++token)
    records.push_back({day(800), position(token, shares_of(1), dollars(1))});
  records.push_back({day(800), model::SweepRecord{day(800)}});
  ASSERT_TRUE(journal_.db().write(records));
  const auto totals = [&] {
    SQLite::Database db((directory_.path() / "journal.db").string());
    SQLite::Statement sums(
        db,
        "SELECT kind, SUM(count), ROUND(SUM(size) * 1e6), ROUND(SUM(dollars) * 1e6), ROUND(SUM(fee) * 1e6) "
        "FROM v_days GROUP BY kind ORDER BY kind");
    std::string text;
    while (sums.executeStep()) {
      for (int i = 0; i < 5; ++i) text += sums.getColumn(i).getString() + " ";
    }
    return text;
  };
  const std::string before = totals();
  EXPECT_NE(before.find("FAILED 115"), std::string::npos) << before;
  const auto recovered = value(journal_.db().recover(kAccount));
  ASSERT_TRUE(journal_.db().begin_run(run_start(day(800))));
  prune(day(800));
  EXPECT_EQ(totals(), before);
  EXPECT_EQ(rows("fills"), 90);
  EXPECT_EQ(ask("SELECT COUNT(*) FROM bookings WHERE kind = 'FILL'"), 180);
  EXPECT_EQ(ask("SELECT COUNT(*) FROM sums WHERE length(period) = 4"), 2 * 4);  // kinds by year: two years
  EXPECT_EQ(value(journal_.db().recover(kAccount)).bookings.size(), recovered.bookings.size());
}

TEST_F(JournalPruneTest, NothingThatASweepMayShowAgainGoes) {
  ASSERT_TRUE(journal_.db().write(std::vector<model::Record>{{day(0), fill(1, 1, 0, TradeStatus::confirmed, day(0))},
                                                             {day(0), position(0, shares_of(10), dollars(1))}}));
  prune(day(500));
  EXPECT_EQ(rows("fills"), 1);  // no sweep was ever complete
  ASSERT_TRUE(journal_.db().write(std::vector<model::Record>{{day(500), model::SweepRecord{day(1)}}}));
  prune(day(500));
  EXPECT_EQ(rows("fills"), 1);  // the next sweep begins less than 48 hours after it
  ASSERT_TRUE(journal_.db().write(std::vector<model::Record>{{day(500), model::SweepRecord{day(400)}}}));
  prune(day(500));
  EXPECT_EQ(rows("fills"), 0);
}

TEST_F(JournalPruneTest, MarketsGoWhenNothingNamesThemAnyMore) {
  ASSERT_TRUE(journal_.db().write(std::vector<model::Record>{{day(0), fill(1, 1, 0, TradeStatus::confirmed, day(0))},
                                                             {day(1), position(0, Shares(0), Usdc(0))},
                                                             {day(1), model::SweepRecord{day(1)}}}));
  ASSERT_TRUE(journal_.db().begin_run(run_start(day(900))));
  ASSERT_TRUE(journal_.db().add_market(market(2)));
  ASSERT_TRUE(journal_.db().write(std::vector<model::Record>{{day(900), model::SweepRecord{day(900)}}}));
  prune(day(900));
  EXPECT_EQ(rows("markets"), 2);  // the ledger of token 0 names the first one
  (void)value(journal_.db().recover(kAccount));  // closes it
  ASSERT_TRUE(journal_.db().begin_run(run_start(day(900))));
  prune(day(900));
  prune(day(900));
  EXPECT_EQ(rows("markets"), 1);
  EXPECT_EQ(rows("tokens"), 2);
  EXPECT_EQ(rows("token_ledgers"), 0);
  EXPECT_EQ(rows("positions"), 0);
  const auto recovered = value(journal_.db().recover(kAccount));
  ASSERT_EQ(recovered.bookings.size(), 1U);
  EXPECT_EQ(std::get<model::PositionRecord>(recovered.bookings[0].body).realized, Usdc(-77));
}

// Years of trading at constant pace: the file stops growing.
TEST_F(JournalPruneTest, TheFileStopsGrowing) {
  std::uint32_t half = 0;
  for (int d = 0; d < 240; ++d) {
    std::vector<model::Record> records;
    for (int i = 0; i < 60; ++i) {
      const int n = d * 60 + i;
      const auto token = static_cast<std::uint32_t>(n % 4);
      const Timestamp time = day(d) + minutes(i);
      records.push_back({time, model::SignalRecord{model::TokenIndex(token), Price(1), Price(2), ""}});
      records.push_back({time, intent(n, token)});
      records.push_back({time, step(n, token, OrderStep::closed, OrderState::filled)});
      records.push_back({time, fill(n, n, token, TradeStatus::confirmed, time)});
      if (i % 15 == 0) records.push_back({time, position(token, shares_of(1), dollars(1))});
    }
    records.push_back({day(d), model::SweepRecord{day(d)}});
    ASSERT_TRUE(journal_.db().write(records));
    while (value(journal_.db().prune(day(d))).more) {}
    if (d == 130) half = journal_.db().pages();
  }
  EXPECT_LT(journal_.db().pages(), half + half / 20);
  ASSERT_TRUE(journal_.db().checkpoint());
  EXPECT_EQ(journal_.db().wal_bytes(), 0U);
}

}  // namespace
}  // namespace ebb::store
