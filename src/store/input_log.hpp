// The input log: everything an engine consumed and every command that came out, in order, in files that a replay can
// start at. This header says how the files are made up; what records mean is the business of who writes them.
//
// A log is a directory of segments NNNNNN.log (docs/input-log.md). Numbers are little-endian.
//
//   segment  "EBBINPUT", u32 format (1), u32 0, then blocks until the end of the file
//   block    "IBLK", u64 checksum, u32 index (0, 1, ...), u32 raw size, u32 stored size, stored bytes
//   record   u32 size of the payload, u8 kind, i64 time (ns since 1970), payload
//
// The stored bytes of a segment's blocks are one zstd stream, flushed at the end of each block: a file that breaks off can
// be read up to its last whole block. The checksum is XXH64 of what follows it in its block. Records follow each other
// without regard to blocks. A segment begins with `header` and `checkpoint`, and ends with `end` or `gap` unless the
// process died.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"

namespace ebb::store {

inline constexpr std::string_view kSegmentMagic = "EBBINPUT";
inline constexpr std::uint32_t kInputLogFormat = 1;
inline constexpr std::uint32_t kBlockMagic = 0x4B4C4249;  ///< "IBLK"
inline constexpr std::size_t kSegmentHeadBytes = 16;
inline constexpr std::size_t kBlockHeadBytes = 24;
inline constexpr std::size_t kRecordHeadBytes = 13;
inline constexpr std::size_t kMostBlockBytes = std::size_t{4} << 20;  ///< raw and stored
inline constexpr std::size_t kMostRecordBytes = std::size_t{1} << 30;

enum class RecordKind : std::uint8_t {
  header = 1,  ///< who wrote it; see runner/input_header.hpp
  checkpoint,  ///< the engine's state before the records that follow
  event,
  call,
  command,
  gap,  ///< what followed was lost: the log could not keep up or could not be written. The segment ends.
  end  ///< the segment ends; `time` is the engine's. Payload: one byte, SegmentEnd
};
inline constexpr std::uint8_t kLastRecordKind = static_cast<std::uint8_t>(RecordKind::end);

enum class SegmentEnd : std::uint8_t {
  continued,  ///< the next segment goes on
  finished  ///< the run ended
};

struct SegmentFile {
  std::uint32_t number = 0;
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

/// The segments of a directory by number. Error `input_log.not_one`: there is no such directory, or no segment in it.
[[nodiscard]] Expected<std::vector<SegmentFile>> list_segments(const std::filesystem::path& directory);
/// "000007.log".
[[nodiscard]] std::string segment_name(std::uint32_t number);
/// The head of a record, kRecordHeadBytes, at `out`.
void write_record_head(char* out, std::size_t size, RecordKind kind, Timestamp time);
/// Appends a whole record.
void append_record(std::string& out, RecordKind kind, Timestamp time, std::string_view payload);

}  // namespace ebb::store
