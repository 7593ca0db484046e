// The disk of the simulated trader, and the thread that writes its journal: the real core (store::Journal) in memory, with group
// commits on the run's clock. A crash keeps what is on the disk and loses what waited for it.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "model/market.hpp"
#include "store/journal.hpp"

namespace ebb::simulation {

class Disk {
 public:
  /// `delay`: how long records gather before a group is written.
  explicit Disk(Duration delay);

  /// What the next trader begins with. After it, begin_run().
  [[nodiscard]] model::Recovery recover(const store::JournalAccount& account);
  void begin_run(const store::RunStart& start, const model::MarketTable& markets);
  void end_run(Timestamp now);

  void record(Timestamp now, const model::Record& record);
  /// Durable when it returns true.
  [[nodiscard]] bool keep(const model::IntentRecord& intent, std::string_view token_id);
  /// Why no new order may leave; empty while all is well.
  [[nodiscard]] std::string trouble(Timestamp now);

  [[nodiscard]] Timestamp next_time() const { return due_; }
  /// Writes the group that is due. True when one was committed.
  bool run(Timestamp now);
  /// Writes everything that waits, whatever the delay.
  void flush(Timestamp now);
  /// The process is gone, and with it what was not written.
  void crash();

  // Faults.
  void set_full(bool full);
  void set_slow(Duration extra) { slow_ = extra; }

  /// What was recorded before has been committed; asked after a crash.
  [[nodiscard]] Timestamp written_until() const { return written_until_; }
  [[nodiscard]] std::uint64_t lost_records() const { return lost_; }
  [[nodiscard]] std::uint64_t commits() const { return commits_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  bool write(Timestamp now);
  void plan(Timestamp at);

  store::Journal journal_;
  Duration delay_;
  Duration slow_{0};
  Duration retry_;
  std::deque<model::Record> waiting_;
  Timestamp waiting_since_;
  Timestamp written_until_;
  Timestamp due_ = kNever;
  std::string failure_;
  std::uint64_t lost_ = 0;
  std::uint64_t commits_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace ebb::simulation
