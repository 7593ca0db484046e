#include "store/intent_log.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "store/intent_log_layout.hpp"
#include "store/journal_fixture.hpp"

namespace ebb::store {
namespace {

using namespace testing;

class IntentLogTest : public ::testing::Test {
 protected:
  [[nodiscard]] IntentLogOptions options() const {
    return {directory_.path() / "intents.log", 8, Durability::process, 77, "boot-1"};
  }
  [[nodiscard]] IntentLog create() const { return value(IntentLog::create(options())); }
  [[nodiscard]] IntentLog open() const { return value(IntentLog::open(options())); }
  void append(IntentLog& log, int from, int to) const {
    for (int i = from; i <= to; ++i) ASSERT_TRUE(log.append(intent(i, 0), token_text(0))) << i;
  }
  [[nodiscard]] static std::vector<model::OrderId> pending(const IntentLog& log) {
    std::vector<model::OrderId> ids;
    for (std::uint64_t i = 0; i < log.pending(); ++i) ids.push_back(log.peek(i)->intent.order.id);
    return ids;
  }
  /// Changes bytes of the file behind the log's back.
  void poke(std::size_t offset, std::size_t size = 1) const {
    std::fstream file(options().path, std::ios::in | std::ios::out | std::ios::binary);
    for (std::size_t i = offset; i < offset + size; ++i) {
      file.seekg(static_cast<std::streamoff>(i));
      const char byte = static_cast<char>(file.get());
      file.seekp(static_cast<std::streamoff>(i));
      file.put(static_cast<char>(byte ^ 0x55));
    }
  }
  static constexpr std::size_t slot(std::size_t i) { return intent_layout::kHeaderSize + i * 256; }

  TemporaryDirectory directory_;
};

TEST_F(IntentLogTest, WhatWasAppendedIsThereAfterItWasOpenedAgain) {
  {
    IntentLog log = create();
    append(log, 1, 2);
  }
  const IntentLog log = open();
  EXPECT_EQ(log.report().pending, 2U);
  EXPECT_FALSE(log.report().torn);
  const StoredIntent stored = *log.peek(1);
  const model::IntentRecord expected = intent(2, 0);
  EXPECT_EQ(stored.sequence, 2U);
  EXPECT_EQ(stored.token_id, token_text(0));
  EXPECT_EQ(stored.intent.order.id, expected.order.id);
  EXPECT_EQ(stored.intent.order.type, expected.order.type);
  EXPECT_EQ(stored.intent.order.crossing, expected.order.crossing);
  EXPECT_EQ(stored.intent.order.purpose, expected.order.purpose);
  EXPECT_EQ(stored.intent.order.price, expected.order.price);
  EXPECT_EQ(stored.intent.order.size, expected.order.size);
  EXPECT_EQ(stored.intent.order.maker_amount, expected.order.maker_amount);
  EXPECT_EQ(stored.intent.order.taker_amount, expected.order.taker_amount);
  EXPECT_EQ(stored.intent.order.salt, expected.order.salt);
  EXPECT_EQ(stored.intent.order.time, expected.order.time);
  EXPECT_EQ(stored.intent.order.expiration, expected.order.expiration);
  EXPECT_EQ(stored.intent.order.drop_after, expected.order.drop_after);
  EXPECT_EQ(stored.intent.reference, expected.reference);
  EXPECT_EQ(stored.intent.cycle, expected.cycle);
  EXPECT_FALSE(log.peek(2));
}

TEST_F(IntentLogTest, AFullLogRefusesUntilSlotsAreReleased) {
  IntentLog log = create();
  append(log, 1, 8);
  EXPECT_FALSE(log.append(intent(9, 0), token_text(0)));
  EXPECT_EQ(log.refused(), 1U);
  log.release(2);
  append(log, 9, 10);
  EXPECT_FALSE(log.append(intent(11, 0), token_text(0)));
  EXPECT_EQ(pending(log).front(), order_id(3));
  EXPECT_EQ(pending(log).back(), order_id(10));
}

TEST_F(IntentLogTest, TheRingGoesRoundOverManyOpenings) {
  { const IntentLog log = create(); }
  int next = 1;
  for (int round = 0; round < 20; ++round) {
    IntentLog log = open();
    EXPECT_EQ(log.pending(), round == 0 ? 0U : 2U);
    log.release(log.pending());
    append(log, next, next + 4);
    next += 5;
    log.release(3);
  }
  EXPECT_EQ(pending(open()), (std::vector{order_id(next - 2), order_id(next - 1)}));
}

TEST_F(IntentLogTest, ATokenIdThatDoesNotFitIsRefused) {
  IntentLog log = create();
  EXPECT_FALSE(log.append(intent(1, 0), std::string(81, '1')));
  EXPECT_TRUE(log.append(intent(1, 0), std::string(80, '1')));
  EXPECT_EQ(log.peek(0)->token_id, std::string(80, '1'));
}

TEST_F(IntentLogTest, ATornRecordNeverLeftAndIsIgnored) {
  {
    IntentLog log = create();
    append(log, 1, 3);
  }
  poke(slot(3) + 40, 60);  // the append that the crash cut off
  IntentLog log = open();
  EXPECT_TRUE(log.report().torn);
  EXPECT_EQ(log.report().pending, 3U);
  append(log, 4, 4);  // and its slot is used
  EXPECT_EQ(pending(log).back(), order_id(4));
}

TEST_F(IntentLogTest, AHeaderThatCountsLessThanWasWrittenIsDamage) {
  {
    IntentLog log = create();
    append(log, 1, 4);
  }
  {  // the counters, and with them what tells how many there were
    std::fstream file(options().path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(64);
    file.write(std::string(204, '\0').data(), 204);
  }
  const auto log = IntentLog::open(options());
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().code, "intent_log.damaged");
}

TEST_F(IntentLogTest, AnIntentThatCannotBeReadIsDamageAndIsSkippedOnlyWhenThatIsAccepted) {
  {
    IntentLog log = create();
    append(log, 1, 3);
  }
  for (const std::size_t damaged : {std::size_t{1}, std::size_t{2}}) {  // in the middle, and the last one
    poke(slot(damaged) + 100);
    const auto log = IntentLog::open(options());
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, "intent_log.damaged");
    EXPECT_NE(log.error().message.find("1 of 3"), std::string::npos) << log.error().message;
    EXPECT_NE(log.error().hint.find("--accept-lost-journal"), std::string::npos);
    poke(slot(damaged) + 100);
  }
  poke(slot(1) + 100);
  IntentLogOptions accepting = options();
  accepting.accept_damage = true;
  const IntentLog log = value(IntentLog::open(accepting));
  EXPECT_EQ(log.report().lost, 1U);
  EXPECT_EQ(log.report().pending, 2U);
  EXPECT_EQ(log.peek(0)->sequence, 1U);
  EXPECT_EQ(log.peek(1)->sequence, 0U);
  EXPECT_EQ(log.peek(2)->sequence, 3U);
}

TEST_F(IntentLogTest, DamageOfReleasedRecordsDoesNoHarm) {
  {
    IntentLog log = create();
    append(log, 1, 3);
    log.release(2);
  }
  poke(slot(0) + 100);
  EXPECT_EQ(pending(open()), std::vector{order_id(3)});
}

// After a power failure with durability `process` the pages of the file may be of different ages.
TEST_F(IntentLogTest, HolesAreExpectedOnlyAfterAnUnsyncedReboot) {
  {
    IntentLog log = create();
    append(log, 1, 3);
  }
  poke(slot(1) + 100);
  IntentLogOptions rebooted = options();
  rebooted.boot_id = "boot-2";
  {
    const IntentLog log = value(IntentLog::open(rebooted));
    EXPECT_TRUE(log.report().unsynced_reboot);
    EXPECT_EQ(log.report().lost, 1U);
  }
  // With `power` a hole is damage, whatever happened to the machine.
  IntentLogOptions synced = rebooted;
  synced.durability = Durability::power;
  synced.accept_damage = true;
  {
    IntentLog log = value(IntentLog::open(synced));
    log.release(log.pending());
    append(log, 4, 6);
  }
  poke(slot(4) + 100);
  synced.accept_damage = false;
  synced.boot_id = "boot-3";
  const auto log = IntentLog::open(synced);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, "intent_log.damaged");
}

TEST_F(IntentLogTest, EachWayOfNotBeingOursHasItsName) {
  EXPECT_EQ(IntentLog::open(options()).error().code, "intent_log.missing");
  { const IntentLog log = create(); }
  EXPECT_EQ(IntentLog::create(options()).error().code, "intent_log.exists");
  IntentLogOptions other = options();
  other.journal_id = 78;
  EXPECT_EQ(IntentLog::open(other).error().code, "intent_log.foreign");
  {
    const IntentLog held = open();
    EXPECT_EQ(IntentLog::open(options()).error().code, "intent_log.in_use");
  }
  poke(8);  // the version
  EXPECT_EQ(IntentLog::open(options()).error().code, "intent_log.version");
  poke(8);
  poke(0);  // the magic
  EXPECT_EQ(IntentLog::open(options()).error().code, "intent_log.damaged");
  poke(0);
  poke(24);  // the journal's id: the checksum tells
  EXPECT_EQ(IntentLog::open(options()).error().code, "intent_log.damaged");
  poke(24);
  std::filesystem::resize_file(options().path, 5000);
  EXPECT_EQ(IntentLog::open(options()).error().code, "intent_log.damaged");
  std::filesystem::resize_file(options().path, 10);
  EXPECT_EQ(IntentLog::open(options()).error().code, "intent_log.damaged");
  IntentLogOptions nowhere = options();
  nowhere.path = directory_.path() / "none" / "intents.log";
  EXPECT_EQ(IntentLog::create(nowhere).error().code, "intent_log.unwritable");
}

TEST_F(IntentLogTest, WithPowerEachAppendIsSyncedAndReadBack) {
  IntentLogOptions power = options();
  power.durability = Durability::power;
  {
    IntentLog log = value(IntentLog::create(power));
    append(log, 1, 5);
  }
  EXPECT_EQ(value(IntentLog::open(power)).report().pending, 5U);
}

// The checksum is a part of the format: a change of hash_text() would orphan every log.
TEST(IntentLogLayout, TheChecksumIsPinned) {
  EXPECT_EQ(intent_layout::checksum("", 0), 0xC9D874CA57D9E055ULL);
  EXPECT_EQ(intent_layout::checksum("an intent is durable before its order leaves", 44), 0x6D5B88D4C43DC082ULL);
}

TEST_F(IntentLogTest, OneThreadAppendsWhileAnotherCopies) {
  IntentLog log = create();
  constexpr int kCount = 20'000;
  std::thread sender([&] {
    for (int i = 1; i <= kCount; ++i) {
      while (!log.append(intent(i, 0), token_text(0))) std::this_thread::yield();
    }
  });
  int next = 1;
  while (next <= kCount) {
    const std::uint64_t count = log.pending();
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto stored = log.peek(i);
      ASSERT_TRUE(stored);
      ASSERT_EQ(stored->intent.order.id, order_id(next++));
    }
    log.release(count);
    if (count == 0) std::this_thread::yield();
  }
  sender.join();
  EXPECT_EQ(log.pending(), 0U);
}

}  // namespace
}  // namespace ebb::store
