// Reads one segment of an input log, record by record. One thread; memory is bounded by the largest record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "store/input_log.hpp"

namespace ebb::store {

struct InputRecord {
  RecordKind kind = RecordKind::header;
  Timestamp time;
  std::string_view payload;  ///< valid until the next call
};

class SegmentReader {
 public:
  /// Errors: `input_log.unreadable`, `input_log.not_one` (not a segment), `input_log.format` (a newer one).
  [[nodiscard]] static Expected<SegmentReader> open(const std::filesystem::path& path);
  ~SegmentReader();
  SegmentReader(SegmentReader&&) noexcept;
  SegmentReader& operator=(SegmentReader&&) noexcept;

  /// The next record; nullopt behind `end` or `gap`. After an error every call gives the same one. Errors:
  ///   `input_log.truncated` the file ends without `end` or `gap`: the process died while it was written, or the file was
  ///                         cut. Everything before was delivered, up to the last whole record;
  ///   `input_log.damaged`   a block whose checksum is wrong, or contents that are no records.
  [[nodiscard]] Expected<std::optional<InputRecord>> next();
  /// Bytes of the file that were read.
  [[nodiscard]] std::uint64_t position() const;

 private:
  struct State;
  explicit SegmentReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ebb::store
