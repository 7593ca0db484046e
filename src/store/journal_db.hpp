// The journal's core: model::Record -> SQLite -> model::Recovery. Synchronous, one thread at a time, no clock of its own.
//
//   auto db = JournalDb::in_memory();               // or Journal::open for the file in the data directory
//   auto recovery = db->recover(account);           // what the last run left behind
//   db->begin_run({now, account, "0.1.0"});
//   db->add_market(make_registration(markets, market, now));
//   db->write(records);                             // one transaction: all of them or none
//   db->end_run(now, RunEnding::in_order);
//
// A simulated crash keeps the object, which is "the disk", drops what was not written, and calls recover() and begin_run().
//
// Errors come out as values, whatever SQLite thinks of the disk; after one the transaction is rolled back and the same records
// may be written again: `journal.full` (no room), `journal.io`, `journal.busy` (another program holds a write lock),
// `journal.damaged`, `journal.unknown_token` (a record names a token that was not registered: a bug).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "model/record.hpp"
#include "store/intent_log.hpp"
#include "store/journal_options.hpp"

namespace ebb::store {

enum class RunEnding : std::uint8_t { in_order, by_error };

struct JournalDbOptions {
  std::string path;  ///< of an existing journal.db
  Durability durability = Durability::process;
  Retention retention;
  Duration busy_timeout = milliseconds(250);  ///< how long a write waits for another program's lock
};

/// What one slice of pruning did.
struct PruneResult {
  std::uint64_t removed = 0;  ///< rows
  bool more = false;  ///< call again: the slice was full
};

class JournalDb {
 public:
  /// Opens a journal that exists, checks it (PRAGMA quick_check) and migrates it. Errors: `journal.missing`,
  /// `journal.damaged`, `journal.newer` (written by a newer ebb), `journal.io`, `journal.full` (migration).
  [[nodiscard]] static Expected<JournalDb> open(const JournalDbOptions& options);
  /// Creates one with its schema, complete or not at all. Errors: `journal.exists`, `journal.io`, `journal.full`.
  [[nodiscard]] static Expected<void> create(const std::string& path, std::uint64_t journal_id);
  [[nodiscard]] static Expected<JournalDb> in_memory(const Retention& retention = {});
  ~JournalDb();
  JournalDb(JournalDb&&) noexcept;
  JournalDb& operator=(JournalDb&&) noexcept;

  /// What a restart of this account begins with. Token indices in it count in `Recovery::tokens`. Ends the run of this object,
  /// as a crash would: begin_run() comes before the next record. TokenRecord::phase is empty (it is derived). A token whose
  /// market was never told (its registration was lost with a group) is named without one.
  [[nodiscard]] Expected<model::Recovery> recover(const JournalAccount& account);

  /// Starts a run: forgets the token indices of the last one. Records need a run.
  Expected<void> begin_run(const RunStart& start);
  Expected<void> end_run(Timestamp time, RunEnding ending);
  /// Inside a group it belongs to the group, otherwise it is written at once.
  Expected<void> add_market(const MarketRegistration& registration);

  /// A group of records is one transaction. After an error the group is gone: begin() again.
  Expected<void> begin();
  Expected<void> add(const model::Record& record);
  Expected<void> add(const StoredIntent& intent);
  Expected<void> commit();
  void rollback() noexcept;
  /// begin, add each, commit.
  Expected<void> write(std::span<const model::Record> records);
  /// Copies what the log holds and releases it. Before begin_run the intents belong to the last run.
  Expected<void> import(IntentLog& intents);

  /// One slice of retention, at most `max_rows` rows, and of incremental vacuum. `now` decides what is old.
  Expected<PruneResult> prune(Timestamp now, std::uint64_t max_rows = 2000);
  /// Copies the write-ahead log into the database file as far as readers allow, and truncates it when it is all copied.
  Expected<void> checkpoint();

  [[nodiscard]] std::uint64_t journal_id() const;  ///< random, of its creation; 0 in memory
  [[nodiscard]] std::uint64_t commits() const;  ///< since creation; counts every group
  [[nodiscard]] std::uint64_t wal_bytes() const;
  /// A disk that is full at `pages` pages (4096 bytes each); 0 = no limit. For tests and simulations.
  void limit_pages(std::uint32_t pages);
  [[nodiscard]] std::uint32_t pages();
  /// A remark that is kept for ever in the table `notes`, with or without a run: a loss that was accepted, ...
  Expected<void> note(Timestamp time, std::string_view text);

  struct State;  ///< journal_db_state.hpp; opaque to everybody else

 private:
  explicit JournalDb(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ebb::store
