// The journal of a data directory: `journal.db` (SQLite) and `intents.log` opened together, checked against each other, and
// complete before anybody reads them (docs/journal.md).
//
//   auto journal = Journal::open({.directory = dir, .now = now});     // error: says what, where, and the way out
//   auto recovery = journal->db().recover(account);
//   journal->db().begin_run(...); journal->db().add_market(...);
//   JournalWriter writer(*journal, {});                              // from here on the db belongs to the writer's thread
//   gateway: if (!journal->intents().append(intent, token_id)) -> the order must not leave
//   engine:  if (!writer.record(record)) -> no new orders
//
// It never begins from nothing silently: a directory in which one of the two files is missing, damaged, of another journal or
// shorter than it was is refused, unless the operator accepts the loss (`ebb run --accept-lost-journal`).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "store/intent_log.hpp"
#include "store/journal_db.hpp"
#include "store/journal_options.hpp"

namespace ebb::store {

struct JournalOptions {
  std::filesystem::path directory;
  Timestamp now;  ///< names files that are set aside, and dates incidents
  Durability durability = Durability::process;
  Retention retention;
  std::uint32_t intent_capacity = 4096;
  /// The operator accepts what is lost: unusable files are set aside as NAME.damaged-TIME, usable ones are kept.
  bool accept_loss = false;
  std::string boot_id;  ///< tests; empty = the kernel's
};

class Journal {
 public:
  /// Opens or, where neither file exists, creates. Intents that SQLite does not have are imported. Errors: those of
  /// JournalDb::open and IntentLog::open, `journal.lost` (one of the files is gone), `journal.truncated` (commits that had
  /// been written are gone). Each says how to mend it.
  [[nodiscard]] static Expected<Journal> open(const JournalOptions& options);
  /// Without files, for simulations.
  [[nodiscard]] static Expected<Journal> in_memory(const Retention& retention = {},
                                                   std::uint32_t intent_capacity = 1024);

  [[nodiscard]] JournalDb& db() { return db_; }
  [[nodiscard]] IntentLog& intents() { return intents_; }
  /// What the operator should know of how it was opened: lost tails, files set aside. Empty as a rule.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  /// The loss that was accepted, or that a power failure made: positions and open orders have to be asked for.
  [[nodiscard]] bool lost_something() const { return !warnings_.empty(); }

 private:
  Journal(JournalDb db, IntentLog intents) : intents_(std::move(intents)), db_(std::move(db)) {}
  IntentLog intents_;
  JournalDb db_;  // closed first: the log says that all is well when it is
  std::vector<std::string> warnings_;
};

}  // namespace ebb::store
