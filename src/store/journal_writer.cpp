#include "store/journal_writer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/crash_point.hpp"
#include "base/spsc.hpp"

namespace ebb::store {
namespace {

using Clock = std::chrono::steady_clock;

Duration since(Clock::time_point from, Clock::time_point to) {
  return Duration(std::chrono::duration_cast<std::chrono::nanoseconds>(to - from).count());
}
std::chrono::nanoseconds chrono_of(Duration duration) { return std::chrono::nanoseconds(duration.raw()); }

/// What crosses the queue. A registration is owned by whoever holds the item.
struct Item {
  model::Record record;
  MarketRegistration* market = nullptr;
};

constexpr std::uint64_t kMaxIntents = 1024;  ///< copied in one transaction

}  // namespace

std::string_view to_text(JournalState state) {
  static constexpr std::string_view kNames[] = {"ok", "behind", "failed"};
  return kNames[static_cast<int>(state)];
}

struct JournalWriter::State {
  State(Journal& owner, const JournalWriterOptions& wanted)
      : journal(&owner), options(wanted), retry(wanted.first_retry) {
    group.reserve(wanted.max_group);
  }
  ~State() {
    Item item;
    for (Item& left : group) delete left.market;
    while (queue.pop(item)) delete item.market;
  }

  [[nodiscard]] bool push(const Item& item) noexcept;
  void loop();
  void drain();
  [[nodiscard]] bool write_group();
  Expected<void> write_items(std::uint64_t intents);
  void committed(std::uint64_t intents);
  void failed(Error error);
  void upkeep();
  void sleep();
  [[nodiscard]] bool done() const;

  Journal* journal;
  JournalWriterOptions options;
  SpscQueue<Item, kQueue> queue;

  // The writer's thread.
  std::vector<Item> group;  ///< taken from the queue, not committed yet
  Clock::time_point seen_empty;  ///< when the queue was empty last: nothing in it is older
  Clock::time_point group_since;  ///< nothing in `group` is older
  Duration retry;
  Timestamp last_time;  ///< of a record
  Timestamp next_prune;
  bool pruning = false;

  // Any thread.
  std::atomic<std::uint64_t> queued{0}, written{0}, refused{0}, intents_copied{0}, commits{0}, failures{0};
  std::atomic<std::uint64_t> largest_group{0}, pruned{0};
  std::atomic<std::int64_t> lag{0}, max_lag{0};
  std::atomic<bool> failing{false}, late{false};
  std::atomic<Clock::rep> stop_by{0};  ///< 0 = run on
  std::atomic<Clock::rep> busy_since{0};  ///< of the transaction that is under way; 0 = none
  mutable std::mutex mutex;
  std::condition_variable wake;  ///< the writer
  std::condition_variable progress;  ///< those who wait for it
  std::uint64_t waiting = 0;  ///< under `mutex`
  std::uint64_t intents_done = 0;  ///< under `mutex`: sequence up to which intents are copied
  Error error;  ///< under `mutex`
  std::thread thread;
};

// --- The writer's thread ------------------------------------------------------------------------------------------------

void JournalWriter::State::drain() {
  if (!group.empty()) return;  // refused by the disk: it goes first
  group_since = seen_empty;
  Item item;
  while (group.size() < options.max_group) {
    const Clock::time_point now = Clock::now();
    if (!queue.pop(item)) {
      seen_empty = now;
      return;
    }
    // The queue may hold a run of records: the clock is asked for the first and then once in a while.
    group.push_back(item);
    for (int i = 0; i < 63 && group.size() < options.max_group && queue.pop(item); ++i) group.push_back(item);
  }
}

Expected<void> JournalWriter::State::write_items(std::uint64_t intents) {
  JournalDb& db = journal->db();
  TRY_VOID(db.begin());
  for (const Item& item : group) {
    if (item.market != nullptr) {
      TRY_VOID(db.add_market(*item.market));
    } else {
      TRY_VOID(db.add(item.record));
    }
  }
  for (std::uint64_t i = 0; i < intents; ++i) {
    if (const auto intent = journal->intents().peek(i); intent && intent->sequence != 0) TRY_VOID(db.add(*intent));
  }
  return db.commit();
}

/// Writes what drain() took and what the intent log holds. False = it was refused and stays.
bool JournalWriter::State::write_group() {
  // Records first: an intent in the log is in the queue, too, as a rule, and the log's copy then has nothing to add.
  const std::uint64_t intents = std::min(journal->intents().pending(), kMaxIntents);
  if (group.empty() && intents == 0) {
    late.store(false, std::memory_order_relaxed);
    return true;
  }
  busy_since.store(Clock::now().time_since_epoch().count(), std::memory_order_relaxed);
  auto result = write_items(intents);
  busy_since.store(0, std::memory_order_relaxed);
  if (!result) {
    failed(std::move(result).error());
    return false;
  }
  committed(intents);
  return true;
}

void JournalWriter::State::committed(std::uint64_t intents) {
  EBB_CRASH_POINT("journal.before_release");
  journal->intents().note_commit(journal->db().commits());
  journal->intents().release(intents);
  EBB_CRASH_POINT("journal.after_release");
  std::uint64_t records = 0;
  for (Item& item : group) {
    delete item.market;
    last_time = std::max(last_time, item.record.time);
    ++records;
  }
  group.clear();
  const Duration age = since(group_since, Clock::now());
  lag.store(age.raw(), std::memory_order_relaxed);
  if (age.raw() > max_lag.load(std::memory_order_relaxed)) max_lag.store(age.raw(), std::memory_order_relaxed);
  late.store(age > options.behind_after, std::memory_order_relaxed);
  if (records > largest_group.load(std::memory_order_relaxed)) largest_group.store(records, std::memory_order_relaxed);
  intents_copied.fetch_add(intents, std::memory_order_relaxed);
  commits.fetch_add(1, std::memory_order_relaxed);
  retry = options.first_retry;
  {
    const std::scoped_lock lock(mutex);
    written.fetch_add(records, std::memory_order_release);
    intents_done = journal->intents().appended() - journal->intents().pending();
    failing.store(false, std::memory_order_release);
    error = {};
  }
  progress.notify_all();
}

void JournalWriter::State::failed(Error reason) {
  failures.fetch_add(1, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(mutex);
    error = std::move(reason);
    failing.store(true, std::memory_order_release);
  }
  progress.notify_all();
}

/// Retention in slices between groups. It may fail for want of room: then it is tried again at its next time.
void JournalWriter::State::upkeep() {
  if (!last_time.is_set()) return;
  if (!pruning && last_time < next_prune) return;
  pruning = false;
  next_prune = last_time + options.prune_every;
  const auto result = journal->db().prune(last_time);
  if (!result) return;
  journal->intents().note_commit(journal->db().commits());
  pruned.fetch_add(result->removed, std::memory_order_relaxed);
  pruning = result->more;
  if (!pruning) (void)journal->db().checkpoint();
}

void JournalWriter::State::sleep() {
  std::unique_lock lock(mutex);
  if (stop_by.load() != 0 && !failing.load()) return;
  const Duration pause = failing.load() ? retry : options.interval;
  if (failing.load()) retry = std::min(retry * 2, options.last_retry);
  const std::uint64_t seen = waiting;
  const bool stopping = stop_by.load() != 0;
  wake.wait_for(lock, chrono_of(pause), [&] { return waiting != seen || (!stopping && stop_by.load() != 0); });
}

bool JournalWriter::State::done() const {
  const Clock::rep deadline = stop_by.load();
  if (deadline == 0) return false;
  const bool empty = group.empty() && queue.size() == 0 && journal->intents().pending() == 0;
  return empty || Clock::now().time_since_epoch().count() >= deadline;
}

void JournalWriter::State::loop() {
  seen_empty = Clock::now();
  while (!done()) {
    drain();
    const bool full = group.size() >= options.max_group;
    if (write_group() && !full) {
      upkeep();
      if (!pruning) sleep();
    } else if (failing.load()) {
      sleep();
    }
  }
}

// --- The interface ------------------------------------------------------------------------------------------------------

JournalWriter::JournalWriter(Journal& journal, const JournalWriterOptions& options)
    : state_(std::make_unique<State>(journal, options)) {
  state_->intents_done = journal.intents().appended() - journal.intents().pending();
  state_->thread = std::thread([s = state_.get()] { s->loop(); });
}

JournalWriter::~JournalWriter() { (void)stop(seconds(1)); }

bool JournalWriter::State::push(const Item& item) noexcept {
  queued.fetch_add(1, std::memory_order_release);  // first: `written` never passes it
  if (queue.push(item)) return true;
  queued.fetch_sub(1, std::memory_order_release);
  refused.fetch_add(1, std::memory_order_relaxed);
  return false;
}

bool JournalWriter::record(const model::Record& record) noexcept { return state_->push({record, nullptr}); }

bool JournalWriter::add_market(MarketRegistration registration) {
  auto owned = std::make_unique<MarketRegistration>(std::move(registration));
  if (!state_->push({{}, owned.get()})) return false;
  (void)owned.release();
  return true;
}

Expected<void> JournalWriter::flush(Duration timeout) {
  State& s = *state_;
  const std::uint64_t records = s.queued.load(std::memory_order_acquire);
  const std::uint64_t intents = s.journal->intents().appended();
  std::unique_lock lock(s.mutex);
  const auto reached = [&] { return s.written.load() >= records && s.intents_done >= intents; };
  ++s.waiting;
  s.wake.notify_all();
  const bool ended = s.progress.wait_for(lock, chrono_of(timeout), [&] { return reached() || s.failing.load(); });
  if (reached()) return {};
  if (s.failing.load()) return std::unexpected(s.error);
  (void)ended;
  return fail("journal.behind", "the journal did not catch up in time", "check the disk of the data directory");
}

Expected<void> JournalWriter::stop(Duration timeout) {
  State& s = *state_;
  if (!s.thread.joinable()) return {};
  {
    const std::scoped_lock lock(s.mutex);
    s.stop_by.store((Clock::now() + chrono_of(timeout)).time_since_epoch().count());
  }
  s.wake.notify_all();
  s.thread.join();
  const std::scoped_lock lock(s.mutex);
  if (s.written.load() != s.queued.load() || s.journal->intents().pending() != 0) {
    if (s.failing.load()) return std::unexpected(s.error);
    return fail("journal.behind", "not all records could be written in time", "check the disk of the data directory");
  }
  return s.journal->db().checkpoint();
}

JournalHealth JournalWriter::health() const {
  const State& s = *state_;
  const std::scoped_lock lock(s.mutex);
  if (s.failing.load()) return {JournalState::failed, s.error};
  return {healthy() ? JournalState::ok : JournalState::behind, {}};
}

bool JournalWriter::healthy() const noexcept {
  const State& s = *state_;
  if (s.failing.load(std::memory_order_acquire) || s.late.load(std::memory_order_relaxed)) return false;
  if (const Clock::rep busy = s.busy_since.load(std::memory_order_relaxed); busy != 0) {
    if (Clock::now().time_since_epoch() - Clock::duration(busy) > chrono_of(s.options.behind_after)) return false;
  }
  const std::uint64_t done = s.written.load(std::memory_order_acquire);
  return s.queued.load(std::memory_order_acquire) - done <= kQueue / 2;
}

JournalCounters JournalWriter::counters() const {
  const State& s = *state_;
  JournalCounters c;
  c.written = s.written.load();
  c.queued = s.queued.load();
  c.refused = s.refused.load();
  c.intents = s.intents_copied.load();
  c.commits = s.commits.load();
  c.failures = s.failures.load();
  c.largest_group = s.largest_group.load();
  c.pruned = s.pruned.load();
  c.lag = Duration(s.lag.load());
  c.max_lag = Duration(s.max_lag.load());
  return c;
}

}  // namespace ebb::store
