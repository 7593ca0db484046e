#include "store/journal_writer.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <thread>

#include "store/journal_fixture.hpp"

namespace ebb::store {
namespace {

using namespace testing;
using model::OrderState;
using model::OrderStep;

constexpr Duration kLong = seconds(60);

/// Everything is accepted in the end: waits where the queue is full.
void record_patiently(JournalWriter& writer, const model::Record& record) {
  while (!writer.record(record)) std::this_thread::yield();
}

/// Ends when `condition` holds; a test that waits in vain is ended by its time limit.
template <class Condition>
void wait_for(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TEST(JournalWriter, WritesEverythingInOrder) {
  Journal journal = journal_in_memory();
  JournalWriter writer(journal, {});
  for (int i = 0; i < 50'000; ++i) {
    model::LedgerRecord r = deposit(Usdc(i));
    record_patiently(writer, {at(i), r});
  }
  ASSERT_TRUE(writer.flush(kLong));
  wait_for([&] { return writer.healthy(); });  // `behind` on a slow machine, until there is nothing left to write
  ASSERT_TRUE(writer.stop(kLong));
  const JournalCounters counters = writer.counters();
  EXPECT_EQ(counters.queued, 50'000U);
  EXPECT_EQ(counters.written, 50'000U);
  EXPECT_GE(counters.commits, 1U);
  EXPECT_LT(counters.commits, 25'000U);  // groups
  EXPECT_GT(counters.largest_group, 1U);
  const model::Recovery recovery = value(journal.db().recover(kAccount));
  ASSERT_EQ(recovery.bookings.size(), 50'000U);
  for (int i = 0; i < 50'000; ++i) {
    ASSERT_EQ(std::get<model::LedgerRecord>(recovery.bookings[static_cast<std::size_t>(i)].body).dollars, Usdc(i));
  }
}

TEST(JournalWriter, CopiesIntentsAndFreesTheirSlots) {
  Journal journal = value(Journal::in_memory({}, 16));
  ASSERT_TRUE(journal.db().begin_run(run_start()));
  ASSERT_TRUE(journal.db().add_market(market(0)));
  JournalWriter writer(journal, {});
  for (int i = 0; i < 500; ++i) {
    while (!journal.intents().append(intent(i, 0), token_text(0))) std::this_thread::yield();
  }
  ASSERT_TRUE(writer.flush(kLong));
  EXPECT_EQ(journal.intents().pending(), 0U);
  EXPECT_EQ(writer.counters().intents, 500U);
  ASSERT_TRUE(writer.stop(kLong));
  EXPECT_EQ(value(journal.db().recover(kAccount)).orders.size(), 500U);
}

TEST(JournalWriter, MarketsAddedAtRunTimeComeBeforeTheirRecords) {
  Journal journal = journal_in_memory();
  JournalWriter writer(journal, {});
  for (int m = 2; m < 30; ++m) {
    ASSERT_TRUE(writer.add_market(market(m)));
    ASSERT_TRUE(writer.record({at(m), intent(m, static_cast<std::uint32_t>(2 * m))}));
  }
  ASSERT_TRUE(writer.stop(kLong));
  EXPECT_EQ(value(journal.db().recover(kAccount)).markets.size(), 28U);
}

TEST(JournalWriter, WhatIsLeftAtTheEndIsWrittenByTheDestructor) {
  Journal journal = journal_in_memory();
  {
    JournalWriter writer(journal, {.interval = seconds(1000)});
    ASSERT_TRUE(writer.record({at(1), intent(1, 0)}));
  }
  EXPECT_EQ(value(journal.db().recover(kAccount)).orders.size(), 1U);
}

class JournalWriterFileTest : public ::testing::Test {
 protected:
  JournalWriterFileTest() : journal_(value(Journal::open({.directory = directory_.path(), .now = kStart}))) {
    EXPECT_TRUE(journal_.db().begin_run(run_start()));
    EXPECT_TRUE(journal_.db().add_market(market(0)));
  }
  [[nodiscard]] std::size_t orders() { return value(journal_.db().recover(kAccount)).orders.size(); }
  TemporaryDirectory directory_;
  Journal journal_;
  JournalWriterOptions quick_{.first_retry = milliseconds(5), .last_retry = milliseconds(20)};
};

// Another program holds the write lock: refused groups are kept, the queue fills, new orders stop, and nothing is lost.
TEST_F(JournalWriterFileTest, BackPressureAndRecoveryWhenTheDiskRefuses) {
  SQLite::Database other((directory_.path() / "journal.db").string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  JournalWriter writer(journal_, quick_);
  int accepted = 0;
  while (writer.record({at(accepted), intent(accepted, 0)})) ++accepted;
  EXPECT_GE(accepted, static_cast<int>(JournalWriter::kQueue) - 1);
  EXPECT_FALSE(writer.healthy());
  wait_for([&] { return writer.counters().failures >= 2; });
  const JournalHealth health = writer.health();
  EXPECT_EQ(health.state, JournalState::failed);
  EXPECT_EQ(health.error.code, "journal.busy");
  EXPECT_FALSE(health.error.hint.empty());
  EXPECT_EQ(writer.flush(kLong).error().code, "journal.busy");
  EXPECT_GE(writer.counters().refused, 1U);
  other.exec("ROLLBACK");
  wait_for([&] { return writer.healthy() && writer.counters().written == static_cast<std::uint64_t>(accepted); });
  wait_for([&] { return writer.health().state == JournalState::ok; });
  ASSERT_TRUE(writer.record({at(accepted), intent(accepted, 0)}));
  ASSERT_TRUE(writer.stop(kLong));
  EXPECT_EQ(orders(), static_cast<std::size_t>(accepted) + 1);
}

TEST_F(JournalWriterFileTest, StopsInTimeAndSaysWhatWasLeftBehind) {
  SQLite::Database other((directory_.path() / "journal.db").string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  JournalWriter writer(journal_, quick_);
  ASSERT_TRUE(writer.record({at(1), intent(1, 0)}));
  wait_for([&] { return writer.counters().failures >= 1; });
  const auto stopped = writer.stop(milliseconds(10));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "journal.busy");
  EXPECT_EQ(writer.counters().written, 0U);
}

/// While it lives, files of this process cannot grow beyond `bytes`: the disk is full.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

TEST_F(JournalWriterFileTest, GoesOnByItselfWhenThereIsRoomAgain) {
  JournalWriter writer(journal_, quick_);
  constexpr int kOrders = 20'000;
  {
    const FullDisk disk(1 << 20);
    for (int i = 0; i < kOrders; ++i) ASSERT_TRUE(writer.record({at(i), intent(i, 0)}));
    wait_for([&] { return writer.counters().failures >= 3; });
    EXPECT_EQ(writer.health().state, JournalState::failed);
    EXPECT_LT(writer.counters().written, static_cast<std::uint64_t>(kOrders));
  }
  wait_for([&] { return writer.counters().written == kOrders; });
  wait_for([&] { return writer.health().state == JournalState::ok; });
  ASSERT_TRUE(writer.stop(kLong));
  EXPECT_EQ(orders(), static_cast<std::size_t>(kOrders));
}

TEST_F(JournalWriterFileTest, RetentionRunsBesideTheWriting) {
  JournalWriterOptions options;
  options.prune_every = hours(1);
  JournalWriter writer(journal_, options);
  for (int day = 0; day < 100; ++day) {
    for (int i = 0; i < 50; ++i)
      record_patiently(writer,
                       {kStart + hours(24) * day, model::SignalRecord{model::TokenIndex(0), Price(1), Price(2), ""}});
    ASSERT_TRUE(day % 10 != 0 || writer.flush(kLong));
  }
  wait_for([&] { return writer.counters().pruned >= 69U * 50; });
  ASSERT_TRUE(writer.stop(kLong));
}

}  // namespace
}  // namespace ebb::store
