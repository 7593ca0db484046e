// One segment of an input log on its way to the disk: bytes in, compressed blocks out. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/expected.hpp"

namespace ebb::store {

class SegmentWriter {
 public:
  /// Creates the file; one that exists is an error. Errors: `input_log.unwritable`.
  [[nodiscard]] static Expected<SegmentWriter> create(const std::filesystem::path& path);
  ~SegmentWriter();
  SegmentWriter(SegmentWriter&&) noexcept;
  SegmentWriter& operator=(SegmentWriter&&) noexcept;

  /// Writes the bytes as blocks: when it returns they are in the hands of the operating system, and outlive the process.
  /// Error `input_log.unwritable` (a full disk); the segment is then of no further use.
  Expected<void> write(std::string_view bytes);
  /// On disk, compressed.
  [[nodiscard]] std::uint64_t bytes_written() const;

 private:
  struct State;
  explicit SegmentWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ebb::store
