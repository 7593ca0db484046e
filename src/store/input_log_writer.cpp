#include "store/input_log_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/spsc.hpp"
#include "store/input_segment.hpp"

namespace ebb::store {
namespace {

constexpr std::size_t kMostChunks = 256;
/// The size of the open segment and its number in one word: a size that arrives late is not taken for the next segment's.
constexpr int kSizeBits = 40;
constexpr std::uint64_t progress_of(std::uint32_t number, std::uint64_t bytes) {
  return (std::uint64_t{number} << kSizeBits) | std::min(bytes, (std::uint64_t{1} << kSizeBits) - 1);
}

constexpr std::size_t kFetchAhead = 768;  // bytes: a market frame

constexpr std::size_t kQueue =
    1024;  // chunks and orders: orders are few, since a segment begins only when all is written

/// What the log's thread is to do next.
struct Task {
  enum class Kind : std::uint8_t { begin, chunk, gap, close, stop };
  Kind kind = Kind::chunk;
  std::uint32_t chunk = 0;  ///< or the segment's number
  std::uint32_t size = 0;
  std::string* head = nullptr;  ///< begin: handed over
  std::int64_t time = 0;
};

}  // namespace

struct InputLogWriter::State {
  explicit State(InputLogConfig c) : config(std::move(c)) {
    for (std::size_t i = 0; i < config.chunks; ++i) {
      chunks.push_back(std::make_unique_for_overwrite<char[]>(config.chunk_bytes));
      idle.push_back(static_cast<std::uint32_t>(i));
    }
  }

  // --- the owner's thread

  void hand_over(const Task& task) {
    CHECK(tasks.push(task));
    ++handed_over;
    wake.fetch_add(1, std::memory_order_release);
    wake.notify_one();
  }

  [[nodiscard]] bool drained() const { return done.load(std::memory_order_acquire) == handed_over; }

  void hand_over_chunk() {
    if (!current || fill == 0) return;
    hand_over({.kind = Task::Kind::chunk, .chunk = *current, .size = static_cast<std::uint32_t>(fill)});
    current.reset();
    fill = 0;
  }

  /// Whether the record fits into what is free; waits for it where that is allowed.
  bool make_room(std::size_t bytes) {
    for (;;) {
      const std::uint64_t before = done.load(std::memory_order_acquire);
      for (std::uint32_t chunk = 0; returned.pop(chunk);) idle.push_back(chunk);
      const std::size_t here = current ? config.chunk_bytes - fill : 0;
      if (bytes <= here + idle.size() * config.chunk_bytes) return true;
      if (config.when_full == WhenFull::gap || before == handed_over) return false;
      done.wait(before, std::memory_order_acquire);
    }
  }

  void put(std::string_view bytes, Timestamp time) {
    while (!bytes.empty()) {
      if (!current) {
        CHECK(!idle.empty());
        current = idle.back();  // the one that came back last: its memory is the nearest
        idle.pop_back();
        chunk_since = time;
      }
      const std::size_t n = std::min(bytes.size(), config.chunk_bytes - fill);
      std::memcpy(chunks[*current].get() + fill, bytes.data(), n);
      fill += n;
      bytes.remove_prefix(n);
      if (fill == config.chunk_bytes) hand_over_chunk();
    }
  }

  /// A record into the chunk that is open, where it fits: nearly always.
  bool put_here(RecordKind kind, Timestamp time, std::string_view first, std::string_view second) {
    const std::size_t size = first.size() + second.size();
    if (!current || fill + kRecordHeadBytes + size >= config.chunk_bytes) return false;
    char* at = chunks[*current].get() + fill;
    write_record_head(at, size, kind, time);
    std::memcpy(at + kRecordHeadBytes, first.data(), first.size());
    if (!second.empty()) std::memcpy(at + kRecordHeadBytes + first.size(), second.data(), second.size());
    fill += kRecordHeadBytes + size;
    // The log's thread has read these lines: they are fetched back before the next record needs them.
    for (std::size_t ahead = 0; ahead < kFetchAhead; ahead += 64)
      __builtin_prefetch(at + kRecordHeadBytes + size + ahead, 1);
    return true;
  }

  void lose(Timestamp time) {
    open = false;
    ++stats.gaps;
    // A chunk that was begun is whole: records are only begun when they fit.
    hand_over_chunk();
    hand_over({.kind = Task::Kind::gap, .time = time.ns()});
  }

  // --- the log's thread

  void run() {
    std::uint32_t seen = 0;
    for (;;) {
      Task task;
      if (!tasks.pop(task)) {
        wake.wait(seen, std::memory_order_acquire);
        seen = wake.load(std::memory_order_acquire);
        continue;
      }
      carry_out(task);
      done.fetch_add(1, std::memory_order_release);
      done.notify_one();
      if (task.kind == Task::Kind::stop) return;
    }
  }

  void carry_out(const Task& task) {
    switch (task.kind) {
      case Task::Kind::begin: {
        const std::unique_ptr<std::string> head(task.head);
        begin(task.chunk, *head);
        return;
      }
      case Task::Kind::chunk:
        write({chunks[task.chunk].get(), task.size});
        CHECK(returned.push(task.chunk));
        return;
      case Task::Kind::gap: {
        std::string record;
        append_record(record, RecordKind::gap, Timestamp(task.time), "the log could not keep up, or not be written");
        write(record);
        segment.reset();
        return;
      }
      case Task::Kind::close: segment.reset(); return;
      case Task::Kind::stop: return;
    }
  }

  void begin(std::uint32_t number, const std::string& head) {
    remove_oldest();
    auto made = SegmentWriter::create(config.directory / segment_name(number));
    if (!made) {
      fail_with(made.error());
      return;
    }
    failed.store(false, std::memory_order_release);
    segment = std::move(*made);
    segment_number = number;
    write(head);
  }

  void write(std::string_view bytes) {
    if (!segment) return;
    const std::uint64_t before = segment->bytes_written();
    auto written = segment->write(bytes);
    progress.store(progress_of(segment_number, segment->bytes_written()), std::memory_order_relaxed);
    stored_total.fetch_add(segment->bytes_written() - before, std::memory_order_relaxed);
    if (written) return;
    fail_with(written.error());
    segment.reset();
  }

  void fail_with(Error error) {
    const std::lock_guard lock(trouble_mutex);
    trouble = std::move(error);
    failed.store(true, std::memory_order_release);
  }

  // Room for the one that begins.
  void remove_oldest() const {
    const auto segments = list_segments(config.directory);
    if (!segments) return;
    std::error_code ignored;
    for (std::size_t i = 0; i + config.segments <= segments->size(); ++i)
      std::filesystem::remove((*segments)[i].path, ignored);
  }

  InputLogConfig config;
  std::vector<std::unique_ptr<char[]>> chunks;
  std::uint32_t next_number = 1;

  // The owner's.
  std::vector<std::uint32_t> idle;  // chunks
  std::optional<std::uint32_t> current;
  std::size_t fill = 0;
  Timestamp chunk_since;
  bool open = false;
  std::uint64_t handed_over = 0;
  InputLogStats stats;

  // Between the two.
  SpscQueue<Task, kQueue> tasks;
  SpscQueue<std::uint32_t, kMostChunks> returned;  // chunks that are written
  std::atomic<std::uint32_t> wake{0};
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> progress{0};
  std::atomic<std::uint64_t> stored_total{0};
  std::atomic<bool> failed{false};
  mutable std::mutex trouble_mutex;
  std::optional<Error> trouble;

  // The log's thread's.
  std::optional<SegmentWriter> segment;
  std::uint32_t segment_number = 0;
  std::thread thread;
};

InputLogWriter::InputLogWriter(std::unique_ptr<State> state) : state_(std::move(state)) {
  state_->thread = std::thread([s = state_.get()] { s->run(); });
}

InputLogWriter::~InputLogWriter() {
  if (!state_->thread.joinable()) return;
  state_->hand_over_chunk();
  state_->hand_over({.kind = Task::Kind::stop});
  state_->thread.join();
}

Expected<std::unique_ptr<InputLogWriter>> InputLogWriter::open(InputLogConfig config) {
  CHECK(config.chunks >= 2 && config.chunks < kMostChunks && config.chunk_bytes >= 64 && config.segments >= 2);
  std::error_code error;
  std::filesystem::create_directories(config.directory, error);
  if (error) {
    return fail("input_log.unwritable",
                fmt::format("{} cannot be created: {}", config.directory.string(), error.message()),
                "choose another directory with --data-dir DIR");
  }
  auto state = std::make_unique<State>(std::move(config));
  if (const auto known = list_segments(state->config.directory)) state->next_number = known->back().number + 1;
  return std::unique_ptr<InputLogWriter>(new InputLogWriter(std::move(state)));
}

std::uint32_t InputLogWriter::next_segment() const { return state_->next_number; }

bool InputLogWriter::can_begin() const { return !state_->open && state_->drained(); }

void InputLogWriter::begin_segment(Timestamp now, std::string head) {
  State& s = *state_;
  CHECK(!s.open);
  s.stats.raw_bytes += head.size();
  ++s.stats.segments;
  s.failed.store(false, std::memory_order_relaxed);
  auto owned = std::make_unique<std::string>(std::move(head));
  s.hand_over({.kind = Task::Kind::begin, .chunk = s.next_number++, .head = owned.release()});
  s.open = true;
  s.chunk_since = now;
}

bool InputLogWriter::recording() const { return state_->open; }

bool InputLogWriter::append(RecordKind kind, Timestamp time, std::string_view first, std::string_view second) {
  State& s = *state_;
  if (!s.open) return false;
  const std::size_t size = first.size() + second.size();
  const bool failed = s.failed.load(std::memory_order_relaxed);
  if (failed || !s.put_here(kind, time, first, second)) [[unlikely]] {
    if (failed || !s.make_room(kRecordHeadBytes + size)) {
      s.lose(time);
      return false;
    }
    char head[kRecordHeadBytes];
    write_record_head(head, size, kind, time);
    s.put({head, sizeof head}, time);
    s.put(first, time);
    s.put(second, time);
  }
  ++s.stats.records;
  s.stats.raw_bytes += kRecordHeadBytes + size;
  if (s.current && time - s.chunk_since >= s.config.flush_after) s.hand_over_chunk();
  return true;
}

bool InputLogWriter::segment_full() const {
  const State& s = *state_;
  return s.open && s.progress.load(std::memory_order_relaxed) >= progress_of(s.next_number - 1, s.config.segment_bytes);
}

void InputLogWriter::end_segment(Timestamp time, SegmentEnd end) {
  State& s = *state_;
  const char byte = static_cast<char>(end);
  if (!append(RecordKind::end, time, {&byte, 1})) return;
  s.open = false;
  s.hand_over_chunk();
  s.hand_over({.kind = Task::Kind::close});
}

Expected<void> InputLogWriter::finish(Timestamp time) {
  State& s = *state_;
  if (s.open) end_segment(time, SegmentEnd::finished);
  if (s.thread.joinable()) {
    s.hand_over({.kind = Task::Kind::stop});
    s.thread.join();
  }
  const std::lock_guard lock(s.trouble_mutex);
  if (s.failed.load(std::memory_order_relaxed) && s.trouble) return std::unexpected(*s.trouble);
  return {};
}

InputLogStats InputLogWriter::stats() const {
  InputLogStats stats = state_->stats;
  stats.stored_bytes = state_->stored_total.load(std::memory_order_relaxed);
  return stats;
}

std::string InputLogWriter::trouble() const {
  const std::lock_guard lock(state_->trouble_mutex);
  return state_->failed.load(std::memory_order_relaxed) && state_->trouble ? state_->trouble->message : std::string();
}

}  // namespace ebb::store
