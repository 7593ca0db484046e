// Writes an input log off the thread that it records: the owner appends to chunks that were allocated at the start, a
// thread of the log compresses them and writes them to the disk.
//
//   TRY(log, InputLogWriter::open(config));
//   log->begin_segment(now, head);                       // header and checkpoint, see append_record()
//   log->append(RecordKind::event, now, prefix, text);   // false: there was no room; the segment has ended with a gap
//   if (log->segment_full()) log->end_segment(now, SegmentEnd::continued), log->begin_segment(...);
//   log->finish(now);
//
// All functions but open() and the destructor belong to the owner's thread. append() makes no system call and allocates
// nothing, unless a chunk is full or `flush_after` has passed: then it wakes the log's thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "store/input_log.hpp"

namespace ebb::store {

/// What an append does when every chunk waits for the disk.
enum class WhenFull : std::uint8_t {
  gap,  ///< the segment ends with a gap record; nothing is written until the owner begins another one
  wait  ///< a simulated run: its clock can wait
};

struct InputLogConfig {
  std::filesystem::path directory;  ///< created if need be
  std::uint64_t segment_bytes = std::uint64_t{64} << 20;  ///< on disk; a segment ends soon after it
  std::uint32_t segments = 16;  ///< of all runs together; the oldest are removed
  std::size_t chunk_bytes = std::size_t{128} << 10;
  std::size_t chunks = 128;  ///< at most 255
  Duration flush_after = seconds(1);  ///< a chunk is handed over when it is as old, by the times of its records
  WhenFull when_full = WhenFull::gap;
};

struct InputLogStats {
  std::uint64_t records = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t gaps = 0;
};

class InputLogWriter {
 public:
  /// Segments are numbered on from those in the directory. Error `input_log.unwritable`.
  [[nodiscard]] static Expected<std::unique_ptr<InputLogWriter>> open(InputLogConfig config);
  /// As a crash would leave it, unless finish() was called: what was handed over is written, no end is.
  ~InputLogWriter();
  InputLogWriter(const InputLogWriter&) = delete;
  InputLogWriter& operator=(const InputLogWriter&) = delete;

  /// The number of the segment that begin_segment() will begin.
  [[nodiscard]] std::uint32_t next_segment() const;
  /// Whether a new segment can begin: none is open, and all that was handed over is done with.
  [[nodiscard]] bool can_begin() const;
  /// `head`: whole records. CHECK: can_begin(), or the last segment was ended by end_segment().
  void begin_segment(Timestamp now, std::string head);
  /// Whether a segment is open and nothing of it was lost.
  [[nodiscard]] bool recording() const;

  /// One record; its payload is `first` and `second`, one behind the other. False when it could not be kept: from then on
  /// recording() is false.
  bool append(RecordKind kind, Timestamp time, std::string_view first, std::string_view second = {});
  [[nodiscard]] bool segment_full() const;
  void end_segment(Timestamp time, SegmentEnd end);
  /// Ends the segment (if one is open) and the log's thread. Says what went wrong with the last segment, if anything did.
  Expected<void> finish(Timestamp time);

  [[nodiscard]] InputLogStats stats() const;
  /// Why nothing is written; empty while all is well. After a gap, until the next segment.
  [[nodiscard]] std::string trouble() const;

 private:
  struct State;
  explicit InputLogWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ebb::store
