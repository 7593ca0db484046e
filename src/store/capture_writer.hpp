// Writes market frames as a capture: NDJSON in zstd, one object a line with the receive time, the connection and the frame's
// own text. CaptureReader, `zstdcat` and jq read it, up to the last flush even after a crash.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"

namespace ebb::store {

class CaptureWriter {
 public:
  /// Creates the file; one that exists is an error. Errors: `capture.exists`, `capture.unwritable`.
  [[nodiscard]] static Expected<CaptureWriter> create(const std::string& path);
  ~CaptureWriter();
  CaptureWriter(CaptureWriter&&) noexcept;
  CaptureWriter& operator=(CaptureWriter&&) noexcept;

  /// Appends one frame. Error `capture.unwritable` (a full disk): from then on every call fails.
  Expected<void> write(Timestamp received, std::uint32_t connection, std::string_view text);
  /// Everything so far can be read from the file.
  Expected<void> flush();
  /// Ends the file properly; the destructor does the same without saying what went wrong.
  Expected<void> close();
  [[nodiscard]] std::uint64_t frames() const;
  [[nodiscard]] std::uint64_t bytes_written() const;  ///< compressed, on disk

 private:
  struct State;
  explicit CaptureWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace ebb::store
