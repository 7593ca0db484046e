// Reads recorded market data, whatever recorder wrote it, one frame at a time in bounded memory.
//
// A capture (command line contract) is
// - NDJSON: one object a line with the frame's text under `raw` or `payload` (strings), or a decoded frame under `data`,
//   `payload` or on the line itself; a line may also be an array of events. `kind` may supply a missing event_type;
// - one JSON array of such objects or frames;
// - the CSV with the columns id, asset_id, market, timestamp, hash, changes (the price_change of 2025);
// each of them plain or compressed with zstd (window up to 2^27). What a line says of its own: the receive time under
// `recv_ts`, `recv_wall_ts` or `ts`, the `slug` of the market, the `source` of mixed recordings.
//
//   TRY(reader, CaptureReader::open(path));
//   CaptureFrame frame;
//   while (true) { TRY(more, reader.next(frame)); if (!more) break; use(frame); }
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"

namespace ebb::store {

/// One recorded frame. The texts are valid until the next call of next().
struct CaptureFrame {
  Timestamp received;  ///< unset when the recording has none (CSV: the row's time, the only one there is)
  std::string_view text;  ///< as it was received; may be PONG or empty
  std::uint64_t line = 0;  ///< 1-based line (array: element) of the file
  std::string_view slug;  ///< of the market, where the recorder noted it
};

/// Why a line gave no frame.
enum class SkipReason : std::uint8_t {
  other_source,  ///< `source` is not the venue's market data
  other_kind,  ///< `kind` is a note of the recorder
  no_frame,  ///< JSON without a frame in it
  invalid_json,
  too_long,  ///< over CaptureReader::kMaxLine
  bad_row,  ///< CSV row without its columns
  cut  ///< the last line of a truncated stream
};
inline constexpr std::size_t kSkipReasons = 7;
[[nodiscard]] std::string_view to_text(SkipReason reason);

struct CaptureStats {
  std::uint64_t lines = 0;  ///< with anything on them; frames + skipped
  std::uint64_t frames = 0;
  std::array<std::uint64_t, kSkipReasons> skipped{};
  [[nodiscard]] std::uint64_t skipped_total() const;
};

class CaptureReader {
 public:
  /// Longer lines are skipped and counted.
  static constexpr std::size_t kMaxLine = std::size_t{16} << 20;

  /// Opens a file and finds out what kind of capture it is. Errors: `capture.not_found`, `capture.unreadable`,
  /// `capture.not_a_capture` (empty, or neither JSON nor the CSV), and those of next().
  static Expected<CaptureReader> open(const std::string& path);
  CaptureReader(CaptureReader&&) noexcept;
  CaptureReader& operator=(CaptureReader&&) noexcept;
  ~CaptureReader();

  /// The next frame; false at the end. Errors, each after every frame before it was delivered: `capture.truncated`,
  /// `capture.corrupt`, `capture.unreadable`, `capture.not_a_capture` (no line of the file held a frame).
  Expected<bool> next(CaptureFrame& frame);

  [[nodiscard]] const CaptureStats& stats() const;
  /// Bytes of the file read so far and altogether: for progress.
  [[nodiscard]] std::uint64_t bytes_consumed() const;
  [[nodiscard]] std::uint64_t file_size() const;

 private:
  struct Impl;
  explicit CaptureReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::store
