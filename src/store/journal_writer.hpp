// Writes the journal on a thread of its own, in groups. The engine's thread hands over records and never waits.
//
// What record() accepted is written in order, sooner or later, as long as the process lives: a group that the disk refuses is
// kept and tried again until there is room. Meanwhile the queue fills, record() returns false, and the caller stops new orders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "model/record.hpp"
#include "store/journal.hpp"

namespace ebb::store {

enum class JournalState : std::uint8_t {
  ok,
  behind,  ///< more than half of the queue waits, or the oldest record waits too long
  failed  ///< the last group was refused; it is tried again
};
[[nodiscard]] std::string_view to_text(JournalState state);

struct JournalHealth {
  JournalState state = JournalState::ok;
  Error error;  ///< of `failed`
};

struct JournalCounters {
  std::uint64_t queued = 0;  ///< records accepted by record()
  std::uint64_t written = 0;  ///< and committed
  std::uint64_t refused = 0;  ///< record() returned false
  std::uint64_t intents = 0;  ///< copied from the intent log
  std::uint64_t commits = 0;
  std::uint64_t failures = 0;  ///< groups refused by the disk
  std::uint64_t largest_group = 0;
  std::uint64_t pruned = 0;  ///< rows removed by retention
  Duration lag;  ///< upper bound of the age of the oldest record when the last group was committed
  Duration max_lag;
};

struct JournalWriterOptions {
  Duration interval = milliseconds(2);  ///< how long records gather before they are committed
  Duration behind_after = seconds(1);  ///< age of the oldest record that counts as `behind`
  Duration first_retry = milliseconds(50);  ///< doubles up to `last_retry`
  Duration last_retry = seconds(1);
  Duration prune_every = minutes(10);  ///< of record time
  std::size_t max_group = 4096;  ///< records in one transaction
};

class JournalWriter {
 public:
  /// Records that fit into the queue.
  static constexpr std::size_t kQueue = std::size_t{1} << 15;

  /// Starts the thread. `journal` must have a run, must outlive the writer, and its db() is the writer's until stop().
  JournalWriter(Journal& journal, const JournalWriterOptions& options);
  /// Stops, without saying what went wrong.
  ~JournalWriter();
  JournalWriter(const JournalWriter&) = delete;
  JournalWriter& operator=(const JournalWriter&) = delete;

  /// Engine's thread. False = the queue is full: the record is NOT taken. Never blocks, allocates nothing, no system call.
  [[nodiscard]] bool record(const model::Record& record) noexcept;
  /// Engine's thread; before the first record that names the market's tokens. Before an order of a new market leaves, flush():
  /// a restart must know the market of every intent.
  [[nodiscard]] bool add_market(MarketRegistration registration);

  /// Any thread but the writer's: waits until everything accepted so far is committed. Errors: the writer's while it fails, or
  /// `journal.behind` when `timeout` passed.
  Expected<void> flush(Duration timeout);
  /// Writes what is queued (at most `timeout`), ends the thread and checkpoints. Error: records were left behind.
  Expected<void> stop(Duration timeout);

  [[nodiscard]] JournalHealth health() const;  ///< any thread
  /// Any thread; cheap: may new orders leave as far as the journal is concerned?
  [[nodiscard]] bool healthy() const noexcept;
  [[nodiscard]] JournalCounters counters() const;  ///< any thread

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ebb::store
