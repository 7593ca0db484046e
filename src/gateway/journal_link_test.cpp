#include "gateway/journal_link.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>
#include <utility>

#include "base/check.hpp"

namespace ebb::gateway {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Duration kLong = seconds(30);
const Timestamp kStart = from_ms(1'790'000'000'000);
const store::JournalAccount kAccount{.venue = "live", .wallet = "0x00000000000000000000000000000000000eBb00"};

model::MarketSpec spec(int number) {
  model::MarketSpec market;
  market.condition_id = "0x" + std::string(64, static_cast<char>('a' + number));
  market.tokens[0] = {std::to_string(10 + number), "Yes"};
  market.tokens[1] = {std::to_string(20 + number), "No"};
  return market;
}

/// A journal in memory whose disk can be full, and the link to it.
struct Rig {
  explicit Rig(std::uint32_t intents = 1024) : journal(store::Journal::in_memory({}, intents).value()) {
    CHECK(markets.add(spec(0)));
    CHECK(journal.db().begin_run({.time = kStart, .account = kAccount, .version = "test"}));
    CHECK(journal.db().add_market(store::make_registration(markets, model::MarketIndex(0), kStart)));
  }
  void open() {
    link = std::make_unique<JournalLink>(journal, store::JournalWriterOptions{.first_retry = milliseconds(5)});
  }
  void full() { journal.db().limit_pages(journal.db().pages()); }

  void record(int number) {
    link->record({kStart + milliseconds(number), model::LedgerRecord{.dollars = Usdc(number)}});
  }
  static model::IntentRecord intent(int number) {
    model::IntentRecord record;
    record.order.id.bytes[0] = static_cast<std::uint8_t>(number);
    record.order.id.bytes[1] = static_cast<std::uint8_t>(number >> 8);
    record.order.size = shares_of(10);
    record.order.time = kStart;
    return record;
  }
  [[nodiscard]] bool becomes(bool well) {
    for (int i = 0; i < 5'000; ++i) {
      link->on_tick();
      if (link->trouble().empty() == well) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return false;
  }

  model::MarketTable markets;
  store::Journal journal;
  std::unique_ptr<JournalLink> link;
};

TEST(JournalLink, keeps_what_the_engine_tells) {
  Rig rig;
  rig.open();
  for (int i = 0; i < 1'000; ++i) rig.record(i);
  ASSERT_TRUE(rig.link->flush(kLong));
  EXPECT_THAT(rig.link->trouble(), IsEmpty());
  ASSERT_TRUE(rig.link->stop(kLong));
  EXPECT_EQ(rig.journal.db().recover(kAccount).value().bookings.size(), 1'000U);
}

TEST(JournalLink, keeps_intents_with_their_tokens) {
  Rig rig;
  rig.open();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(rig.link->keep(Rig::intent(i), "10"));
  ASSERT_TRUE(rig.link->stop(kLong));
  const model::Recovery recovery = rig.journal.db().recover(kAccount).value();
  EXPECT_EQ(recovery.orders.size(), 100U);
  ASSERT_EQ(recovery.tokens.size(), 1U);
  EXPECT_EQ(recovery.tokens[0], "10");
}

TEST(JournalLink, a_full_disk_is_trouble_with_its_reason_and_ends_by_itself) {
  Rig rig;
  rig.full();
  rig.open();
  constexpr int kRecords = 60'000;  // more than the journal's queue takes
  for (int i = 0; i < kRecords; ++i) rig.record(i);
  ASSERT_TRUE(rig.becomes(false));
  EXPECT_THAT(rig.link->trouble(), AnyOf(HasSubstr("full"), HasSubstr("behind")));
  rig.journal.db().limit_pages(0);
  ASSERT_TRUE(rig.becomes(true)) << rig.link->trouble();
  ASSERT_TRUE(rig.link->stop(kLong));
  EXPECT_EQ(rig.link->lost(), 0U);
  const model::Recovery recovery = rig.journal.db().recover(kAccount).value();
  ASSERT_EQ(recovery.bookings.size(), std::size_t{kRecords});
  for (int i = 0; i < kRecords; ++i) {
    const auto& booking = std::get<model::LedgerRecord>(recovery.bookings[static_cast<std::size_t>(i)].body);
    ASSERT_EQ(booking.dollars, Usdc(i)) << "in their order";
  }
}

TEST(JournalLink, an_intent_that_cannot_be_kept_is_refused_with_the_reason) {
  Rig rig(16);
  rig.full();
  rig.open();
  for (int i = 0; i < 50'000; ++i) rig.record(i);
  ASSERT_TRUE(rig.becomes(false));
  int kept = 0;
  Expected<void> last;
  while (kept < 100 && (last = rig.link->keep(Rig::intent(kept), "10"))) ++kept;
  EXPECT_LE(kept, 16);
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code, "journal.no_intent");
  EXPECT_THAT(last.error().message, AnyOf(HasSubstr("full"), HasSubstr("behind")));  // it is noticed as both
  rig.journal.db().limit_pages(0);
  ASSERT_TRUE(rig.becomes(true));
  EXPECT_TRUE(rig.link->keep(Rig::intent(kept), "10"));
  ASSERT_TRUE(rig.link->stop(kLong));
}

TEST(JournalLink, an_intent_log_that_fills_up_is_trouble_before_it_is_full) {
  Rig rig(16);
  rig.full();
  rig.open();
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(rig.link->keep(Rig::intent(i), "10"));
  EXPECT_FALSE(rig.link->trouble().empty());
}

TEST(JournalLink, what_is_beyond_its_bound_is_lost_and_stays_trouble) {
  Rig rig;
  rig.full();
  rig.open();
  constexpr std::size_t kBeyond = 10;
  std::size_t told = 0;
  while (rig.link->lost() < kBeyond) rig.record(static_cast<int>(told++));
  EXPECT_GT(told, JournalLink::kMostWaiting);
  EXPECT_THAT(rig.link->trouble(), HasSubstr("restart"));
  rig.journal.db().limit_pages(0);
  for (int i = 0; i < 2'000; ++i) {
    rig.link->on_tick();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (rig.link->counters().written >= told - kBeyond) break;
  }
  EXPECT_THAT(rig.link->trouble(), HasSubstr("restart"));
  const auto stopped = rig.link->stop(kLong);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "journal.incomplete");
}

TEST(JournalLink, a_market_of_later_is_known_before_its_records) {
  Rig rig;
  rig.open();
  ASSERT_TRUE(rig.markets.add(spec(1)));
  rig.link->add_market(rig.markets, model::MarketIndex(1), kStart);
  rig.link->record({kStart, model::LedgerRecord{.change = model::LedgerChange::adopted,
                                                .token = model::TokenIndex(2),
                                                .size = shares_of(5),
                                                .dollars = dollars(2)}});
  ASSERT_TRUE(rig.link->stop(kLong));
  const model::Recovery recovery = rig.journal.db().recover(kAccount).value();
  ASSERT_EQ(recovery.tokens.size(), 1U);
  EXPECT_EQ(recovery.tokens[0], "11");
  EXPECT_EQ(recovery.markets[0].condition_id, spec(1).condition_id);
}

}  // namespace
}  // namespace ebb::gateway
