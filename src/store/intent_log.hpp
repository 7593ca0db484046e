// The intent log: an order's intent is durable before the order leaves, at the price of a memory copy.
//
// A ring of fixed-size records in a preallocated, memory-mapped file (`intents.log`). The sender's thread appends right before
// an order leaves; the journal's thread copies records into SQLite and frees their slots. After a crash the slots that are not
// freed are what SQLite may not have: Journal::open imports them before anything else happens.
//
// A record carries a sequence number and a checksum. A record that was being written when the process died has a wrong one: its
// order never left, because append() had not returned. A wrong checksum anywhere else is damage, and an error.
//
// Durability `process`: the mapping belongs to the kernel, so what append() wrote outlives the process. `power`: append()
// syncs the record to the disk before it returns.
//
// Threads: append() belongs to one thread, peek() and release() to one other; the rest is for any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "model/record.hpp"
#include "store/journal_options.hpp"

namespace ebb::store {

/// An intent as the log keeps it. `intent.order.token` is none(): indices mean nothing outside a run.
struct StoredIntent {
  std::uint64_t sequence = 0;
  model::IntentRecord intent;
  std::string token_id;
};

struct IntentLogOptions {
  std::filesystem::path path;
  std::uint32_t capacity = 4096;  ///< records; of a new file. A power of two
  Durability durability = Durability::process;
  std::uint64_t journal_id = 0;  ///< which journal.db it belongs to
  std::string boot_id;  ///< names the machine's boot (tests); empty = the kernel's
  bool accept_damage = false;  ///< unreadable pending records are counted in the report and skipped
};

/// What was found in the log when it was opened.
struct IntentLogReport {
  std::uint64_t pending = 0;  ///< records that SQLite may not have
  bool torn = false;  ///< the last append was cut off by a crash: its order never left
  std::uint64_t lost = 0;  ///< unreadable records among them; only after a power failure with durability `process`
  /// The machine was restarted since the log was last open, and durability was `process`: what was written last may be
  /// missing, here and in journal.db.
  bool unsynced_reboot = false;
  bool cut_off = false;  ///< unsynced_reboot, and the log had not been closed in order: something probably is missing
};

class IntentLog {
 public:
  /// Longest token id: 2^256 has 78 digits.
  static constexpr std::size_t kMaxTokenId = 80;

  /// Creates `options.path`. Errors: `intent_log.exists`, `intent_log.unwritable` (also: no room for it).
  [[nodiscard]] static Expected<IntentLog> create(const IntentLogOptions& options);
  /// Opens an existing one, keeps its capacity, and locks it. Errors: `intent_log.missing`, `intent_log.unwritable`,
  /// `intent_log.in_use` (another process has it open), `intent_log.version` (another layout), `intent_log.foreign` (of
  /// another journal), `intent_log.damaged`.
  [[nodiscard]] static Expected<IntentLog> open(const IntentLogOptions& options);
  /// The same without a file, for simulations: "the disk" is the object. Appending in the middle of a crash is not modelled.
  [[nodiscard]] static IntentLog in_memory(std::uint32_t capacity = 1024);
  ~IntentLog();
  IntentLog(IntentLog&&) noexcept;
  IntentLog& operator=(IntentLog&&) noexcept;

  /// Sender's thread. False = the intent is not durable and its order must not leave: the log is full (the journal is behind)
  /// or, with `power`, the disk refused the sync. Never blocks with `process`; allocates nothing.
  [[nodiscard]] bool append(const model::IntentRecord& intent, std::string_view token_id) noexcept;

  /// Journal's thread: the `index`-th record that is not released, 0 = oldest; nullopt when there are no more. A record that
  /// is lost (IntentLogReport) comes with sequence 0.
  [[nodiscard]] std::optional<StoredIntent> peek(std::uint64_t index) const;
  /// Journal's thread: the `count` oldest records are safe elsewhere; their slots may be used again.
  void release(std::uint64_t count) noexcept;

  /// Number of the journal's last commit as it was noted here. A journal.db whose own count is lower has lost its end.
  void note_commit(std::uint64_t commit) noexcept;
  [[nodiscard]] std::uint64_t noted_commit() const noexcept;

  [[nodiscard]] std::uint64_t pending() const noexcept;
  [[nodiscard]] std::uint64_t appended() const noexcept;  ///< since the file was created
  [[nodiscard]] std::uint64_t refused() const noexcept;  ///< appends that returned false, of this object
  [[nodiscard]] std::uint32_t capacity() const noexcept;
  [[nodiscard]] const IntentLogReport& report() const noexcept;

 private:
  struct State;
  explicit IntentLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ebb::store
