#include "store/input_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <system_error>

namespace ebb::store {
namespace {

constexpr std::string_view kSuffix = ".log";
constexpr std::size_t kLeastDigits = 6;

std::optional<std::uint32_t> number_of(const std::string& name) {
  if (!name.ends_with(kSuffix) || name.size() < kLeastDigits + kSuffix.size()) return std::nullopt;
  const char* end = name.data() + name.size() - kSuffix.size();
  std::uint32_t number = 0;
  const auto read = std::from_chars(name.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return number;
}

}  // namespace

Expected<std::vector<SegmentFile>> list_segments(const std::filesystem::path& directory) {
  std::vector<SegmentFile> segments;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (const auto number = number_of(it->path().filename().string()))
      segments.push_back({*number, it->path(), it->file_size(error)});
  }
  if (segments.empty()) {
    return fail("input_log.not_one", fmt::format("{} holds no input log (000001.log, ...)", directory.string()),
                "give the data directory of a run, or its directory input/");
  }
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
  return segments;
}

std::string segment_name(std::uint32_t number) { return fmt::format("{:06}{}", number, kSuffix); }

void write_record_head(char* out, std::size_t size, RecordKind kind, Timestamp time) {
  const auto size32 = static_cast<std::uint32_t>(size);
  const std::int64_t ns = time.ns();
  std::memcpy(out, &size32, sizeof size32);
  out[4] = static_cast<char>(kind);
  std::memcpy(out + 5, &ns, sizeof ns);
}

void append_record(std::string& out, RecordKind kind, Timestamp time, std::string_view payload) {
  char head[kRecordHeadBytes];
  write_record_head(head, payload.size(), kind, time);
  out.append(head, sizeof head);
  out.append(payload);
}

}  // namespace ebb::store
