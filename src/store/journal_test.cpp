#include "store/journal.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "store/journal_fixture.hpp"

namespace ebb::store {
namespace {

namespace fs = std::filesystem;
using namespace testing;

class JournalTest : public ::testing::Test {
 protected:
  [[nodiscard]] JournalOptions options() const {
    return {.directory = directory_.path(), .now = at(0), .boot_id = "boot-1"};
  }
  [[nodiscard]] JournalOptions accepting() const {
    JournalOptions o = options();
    o.accept_loss = true;
    return o;
  }
  [[nodiscard]] fs::path db() const { return directory_.path() / "journal.db"; }
  [[nodiscard]] fs::path log() const { return directory_.path() / "intents.log"; }
  [[nodiscard]] Journal open() const { return value(Journal::open(options())); }
  /// A journal with a run, a market and one order; cut off as by a crash.
  void use() const {
    Journal journal = open();
    ASSERT_TRUE(journal.db().begin_run(run_start()));
    ASSERT_TRUE(journal.db().add_market(market(0)));
    ASSERT_TRUE(journal.db().write(std::vector<model::Record>{{at(1), intent(1, 0)}}));
    journal.intents().note_commit(journal.db().commits());
  }
  [[nodiscard]] std::size_t orders() const { return value(open().db().recover(kAccount)).orders.size(); }
  [[nodiscard]] std::string refusal() const {
    const auto journal = Journal::open(options());
    if (journal) return "";
    EXPECT_FALSE(journal.error().hint.empty()) << journal.error().code;
    return journal.error().code;
  }
  [[nodiscard]] bool set_aside(const std::string& name) const {
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
      if (entry.path().filename().string().starts_with(name + ".damaged-")) return true;
    }
    return false;
  }
  void overwrite(const fs::path& path, std::size_t offset, std::size_t size) const {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file << std::string(size, '\xA5');
  }

  TemporaryDirectory directory_;
};

TEST_F(JournalTest, BeginsAnewOnlyWhereNothingIs) {
  {
    Journal journal = open();
    EXPECT_TRUE(journal.warnings().empty());
    EXPECT_TRUE(value(journal.db().recover(kAccount)).first_run);
  }
  use();
  EXPECT_EQ(orders(), 1U);
  EXPECT_FALSE(fs::exists(db().string() + ".new"));
}

// Killed between the two files of the very first start.
TEST_F(JournalTest, AFirstStartThatWasCutOffIsFinished) {
  { const Journal journal = open(); }
  fs::remove(log());
  EXPECT_EQ(refusal(), "");
  use();
  EXPECT_EQ(orders(), 1U);
}

TEST_F(JournalTest, IntentsThatOnlyTheLogHoldsAreImported) {
  use();
  {
    Journal journal = open();
    ASSERT_TRUE(journal.intents().append(intent(2, 0), token_text(1)));
  }
  Journal journal = open();
  EXPECT_EQ(journal.intents().pending(), 0U);
  const model::Recovery recovery = value(journal.db().recover(kAccount));
  ASSERT_EQ(recovery.orders.size(), 2U);
  EXPECT_EQ(recovery.orders[1].intent.order.id, order_id(2));
  EXPECT_EQ(recovery.orders[1].last.state, model::OrderState::intent);
}

TEST_F(JournalTest, AJournalThatIsGoneIsNotBegunAnew) {
  use();
  fs::remove(db());
  EXPECT_EQ(refusal(), "journal.lost");
  Journal journal = value(Journal::open(accepting()));
  EXPECT_TRUE(journal.lost_something());
  EXPECT_TRUE(set_aside("intents.log"));
  EXPECT_EQ(journal.intents().pending(), 0U);
}

TEST_F(JournalTest, AWriteAheadLogWithoutItsJournalIsALoss) {
  std::ofstream(db().string() + "-wal") << "x";
  EXPECT_EQ(refusal(), "journal.lost");
}

TEST_F(JournalTest, AnIntentLogThatIsGoneIsALoss) {
  use();
  fs::remove(log());
  EXPECT_EQ(refusal(), "journal.lost");
  {
    const Journal journal = value(Journal::open(accepting()));
    EXPECT_TRUE(journal.lost_something());
  }
  EXPECT_EQ(orders(), 1U);  // what is left is kept
}

TEST_F(JournalTest, ADamagedPageIsFoundAndTheWayOutSetsTheFilesAside) {
  use();
  overwrite(db(), 3 * 4096, 4096);
  EXPECT_EQ(refusal(), "journal.damaged");
  EXPECT_EQ(refusal(), "journal.damaged");  // refused as often as it is tried: nothing was changed
  {
    Journal journal = value(Journal::open(accepting()));
    EXPECT_TRUE(value(journal.db().recover(kAccount)).first_run);
    EXPECT_TRUE(set_aside("journal.db"));
    EXPECT_TRUE(set_aside("intents.log"));
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(JournalTest, EveryTruncationIsFound) {
  use();
  const auto size = fs::file_size(db());
  const fs::path copy = directory_.path() / "copy";
  fs::copy_file(db(), copy);
  for (std::uintmax_t left = 0; left < size; left = left == 0 ? 1 : left * 2) {
    fs::copy_file(copy, db(), fs::copy_options::overwrite_existing);
    fs::resize_file(db(), left);
    EXPECT_EQ(refusal(), "journal.damaged") << left;
  }
  fs::copy_file(copy, db(), fs::copy_options::overwrite_existing);
  EXPECT_EQ(orders(), 1U);
}

TEST_F(JournalTest, AFileThatIsNoJournalIsRefused) {
  use();
  std::ofstream(db(), std::ios::trunc) << std::string(10'000, 'x');
  EXPECT_EQ(refusal(), "journal.damaged");
}

TEST_F(JournalTest, AWriteAheadLogThatIsCutOffIsFound) {
  use();
  // Two commits that stand in the write-ahead log only, as a killed process leaves them.
  const fs::path stage = directory_.path() / "stage";
  fs::create_directory(stage);
  const std::string wal = db().string() + "-wal";
  {
    Journal journal = open();
    ASSERT_TRUE(journal.db().begin_run(run_start()));
    ASSERT_TRUE(journal.db().add_market(market(0)));
    journal.intents().note_commit(journal.db().commits());
    for (const auto& path : {db(), fs::path(wal), log()}) fs::copy_file(path, stage / path.filename());
  }
  const auto restore = [&](std::uintmax_t wal_size) {
    fs::remove(wal);
    fs::remove(db().string() + "-shm");
    for (const char* name : {"journal.db", "journal.db-wal", "intents.log"})
      fs::copy_file(stage / name, directory_.path() / name, fs::copy_options::overwrite_existing);
    if (wal_size < fs::file_size(wal)) fs::resize_file(wal, wal_size);
  };
  restore(UINTMAX_MAX);
  EXPECT_EQ(refusal(), "");
  for (const std::uintmax_t left :
       {std::uintmax_t{0}, std::uintmax_t{100}, fs::file_size(stage / "journal.db-wal") - 1}) {
    restore(left);
    EXPECT_EQ(refusal(), "journal.truncated") << left;
  }
  restore(0);
  fs::remove(wal);
  EXPECT_EQ(refusal(), "journal.truncated");
  // After a power failure that is what `process` does not promise: it goes on, and says so.
  JournalOptions rebooted = options();
  rebooted.boot_id = "boot-2";
  {
    Journal journal = value(Journal::open(rebooted));
    EXPECT_TRUE(journal.lost_something());
    EXPECT_EQ(value(journal.db().recover(kAccount)).orders.size(), 1U);
  }
  EXPECT_FALSE(open().lost_something());
}

TEST_F(JournalTest, ANewerJournalIsRefusedAndNotSetAside) {
  use();
  {
    std::fstream file(db(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(60);  // user_version in the header, big endian
    file.write("\0\0\0\x63", 4);
  }
  EXPECT_EQ(refusal(), "journal.newer");
  EXPECT_EQ(Journal::open(accepting()).error().code, "journal.newer");
}

TEST_F(JournalTest, ALogOfAnotherJournalIsRefused) {
  use();
  const TemporaryDirectory other;
  {
    JournalOptions elsewhere = options();
    elsewhere.directory = other.path();
    (void)value(Journal::open(elsewhere));
  }
  fs::copy_file(other.path() / "intents.log", log(), fs::copy_options::overwrite_existing);
  EXPECT_EQ(refusal(), "intent_log.foreign");
  { EXPECT_TRUE(value(Journal::open(accepting())).lost_something()); }
  EXPECT_EQ(orders(), 1U);
}

TEST_F(JournalTest, ADamagedIntentIsRefusedAndTheOthersAreKeptWhenThatIsAccepted) {
  use();
  {
    Journal journal = open();
    for (int i = 2; i <= 4; ++i) ASSERT_TRUE(journal.intents().append(intent(i, 0), token_text(0)));
  }
  overwrite(log(), 4096 + 256 + 60, 20);
  EXPECT_EQ(refusal(), "intent_log.damaged");
  {
    Journal journal = value(Journal::open(accepting()));
    EXPECT_TRUE(journal.lost_something());
    EXPECT_EQ(value(journal.db().recover(kAccount)).orders.size(), 3U);
  }
  EXPECT_EQ(orders(), 3U);
}

// `sqlite3 journal.db` at the same time: it sees every commit, and ebb goes on writing.
TEST_F(JournalTest, OthersReadWhileItIsWritten) {
  Journal journal = open();
  ASSERT_TRUE(journal.db().begin_run(run_start()));
  ASSERT_TRUE(journal.db().add_market(market(0)));
  const std::string command = "sqlite3 -readonly " + db().string() +
                              " \"SELECT state || ' ' || price || ' ' || size FROM v_orders; "
                              "SELECT COUNT(*) FROM v_fills, v_runs, v_bookings;\" > " +
                              (directory_.path() / "out").string();
  if (std::system("command -v sqlite3 > /dev/null") != 0) GTEST_SKIP() << "no sqlite3";
  ASSERT_TRUE(journal.db().write(std::vector<model::Record>{{at(1), intent(1, 0)}}));
  ASSERT_EQ(std::system(command.c_str()), 0);
  ASSERT_TRUE(journal.db().write(std::vector<model::Record>{{at(1), intent(2, 0)}}));
  std::ifstream out(directory_.path() / "out");
  std::string first, second;
  std::getline(out, first);
  std::getline(out, second);
  EXPECT_EQ(first, "INTENT 0.48 10.0");
  EXPECT_EQ(second, "0");
}

}  // namespace
}  // namespace ebb::store
