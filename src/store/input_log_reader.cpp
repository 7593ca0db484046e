#include "store/input_log_reader.hpp"

#include <fmt/format.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <utility>

#include "base/checksum.hpp"

namespace ebb::store {
namespace {

template <class Number>
Number load(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  return number;
}

}  // namespace

struct SegmentReader::State {
  ~State() {
    if (context != nullptr) ZSTD_freeDCtx(context);
    if (file != nullptr) std::fclose(file);
  }

  /// The next block's contents behind what is left of the buffer; false at the end of the file.
  Expected<bool> read_block() {
    std::string head(kBlockHeadBytes, '\0');
    const std::size_t got = std::fread(head.data(), 1, head.size(), file);
    if (got == 0) return false;
    if (got < head.size()) return truncated("in the middle of a block");
    const auto raw = load<std::uint32_t>(head.data() + 16);
    const auto stored = load<std::uint32_t>(head.data() + 20);
    if (load<std::uint32_t>(head.data()) != kBlockMagic || raw > kMostBlockBytes || stored > kMostBlockBytes)
      return damaged("there is no block");
    block.assign(head, 12, 12);
    block.resize(12 + stored);
    if (std::fread(block.data() + 12, 1, stored, file) < stored) return truncated("in the middle of a block");
    if (checksum64(block) != load<std::uint64_t>(head.data() + 4) || load<std::uint32_t>(head.data() + 12) != index)
      return damaged("the checksum of a block is wrong");
    ++index;
    TRY_VOID(decompress(std::string_view(block).substr(12), raw));
    position += kBlockHeadBytes + stored;
    return true;
  }

  Expected<void> decompress(std::string_view stored, std::size_t raw) {
    buffer.erase(0, used);
    used = 0;
    const std::size_t before = buffer.size();
    buffer.resize(before + raw);
    ZSTD_inBuffer in{stored.data(), stored.size(), 0};
    ZSTD_outBuffer out{buffer.data() + before, raw, 0};
    std::size_t left = 1;
    while (in.pos < in.size && left != 0) {
      const std::size_t in_before = in.pos;
      const std::size_t out_before = out.pos;
      left = ZSTD_decompressStream(context, &out, &in);
      if (ZSTD_isError(left) != 0) return damaged(ZSTD_getErrorName(left));
      if (in.pos == in_before && out.pos == out_before) break;
    }
    if (out.pos != raw || in.pos != in.size) return damaged("a block of another size than it says");
    return {};
  }

  [[nodiscard]] std::unexpected<Error> truncated(const char* where) const {
    return fail("input_log.truncated", fmt::format("{} ends {}, at byte {}", path, where, position),
                "the process was killed, or the file was cut: what was written before is complete");
  }
  [[nodiscard]] std::unexpected<Error> damaged(const char* why) const {
    return fail("input_log.damaged", fmt::format("{} is damaged at byte {}: {}", path, position, why),
                "what was read before is sound; start at the next segment with --segment N");
  }

  std::string path;
  std::FILE* file = nullptr;
  ZSTD_DCtx* context = nullptr;
  std::string block;
  std::string buffer;
  std::size_t used = 0;
  std::uint32_t index = 0;
  std::uint64_t position = 0;
  bool ended = false;
  std::optional<Error> error;

  Expected<std::optional<InputRecord>> next() {
    if (ended) return std::nullopt;
    std::size_t wanted = kRecordHeadBytes;
    for (;;) {
      const std::size_t left = buffer.size() - used;
      if (wanted == kRecordHeadBytes && left >= wanted) {
        wanted += load<std::uint32_t>(buffer.data() + used);
        if (wanted > kMostRecordBytes) return damaged("a record that is too large");
      }
      if (left >= wanted && left >= kRecordHeadBytes) break;
      TRY(more, read_block());
      if (!more) return truncated(left == 0 ? "without an end" : "in the middle of a record");
    }
    const char* head = buffer.data() + used;
    const auto kind = static_cast<std::uint8_t>(head[4]);
    if (kind == 0 || kind > kLastRecordKind) return damaged("a record of no kind");
    const InputRecord record{static_cast<RecordKind>(kind), Timestamp(load<std::int64_t>(head + 5)),
                             std::string_view(head + kRecordHeadBytes, wanted - kRecordHeadBytes)};
    used += wanted;
    ended = record.kind == RecordKind::end || record.kind == RecordKind::gap;
    return record;
  }
};

SegmentReader::SegmentReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
SegmentReader::SegmentReader(SegmentReader&&) noexcept = default;
SegmentReader& SegmentReader::operator=(SegmentReader&&) noexcept = default;
SegmentReader::~SegmentReader() = default;

Expected<SegmentReader> SegmentReader::open(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->path = path.string();
  state->file = std::fopen(path.c_str(), "rbe");
  if (state->file == nullptr)
    return fail("input_log.unreadable", fmt::format("{} cannot be read: {}", state->path, std::strerror(errno)));
  char head[kSegmentHeadBytes];
  const std::size_t got = std::fread(head, 1, sizeof head, state->file);
  const std::size_t known = std::min(got, kSegmentMagic.size());
  if (std::string_view(head, known) != kSegmentMagic.substr(0, known))
    return fail("input_log.not_one", fmt::format("{} is no segment of an input log", state->path));
  if (got < sizeof head) {
    state->error = state->truncated("before its first block").error();
    return SegmentReader(std::move(state));
  }
  if (const auto format = load<std::uint32_t>(head + kSegmentMagic.size()); format != kInputLogFormat) {
    return fail("input_log.format",
                fmt::format("{} has format {}, this build reads {}", state->path, format, kInputLogFormat),
                "use the build of ebb that wrote it");
  }
  if (load<std::uint32_t>(head + kSegmentMagic.size() + 4) != 0) {
    state->error = state->damaged("its head").error();
    return SegmentReader(std::move(state));
  }
  state->position = sizeof head;
  state->context = ZSTD_createDCtx();
  return SegmentReader(std::move(state));
}

Expected<std::optional<InputRecord>> SegmentReader::next() {
  if (state_->error) return std::unexpected(*state_->error);
  auto record = state_->next();
  if (!record) state_->error = record.error();
  return record;
}

std::uint64_t SegmentReader::position() const { return state_->position; }

}  // namespace ebb::store
