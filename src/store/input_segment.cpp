#include "store/input_segment.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/checksum.hpp"
#include "store/input_log.hpp"

namespace ebb::store {
namespace {

constexpr int kLevel = 1;  // market frames repeat themselves: more effort gains little
constexpr std::size_t kBlockBytes = std::size_t{256} << 10;  // raw; below kMostBlockBytes however badly it compresses

}  // namespace

struct SegmentWriter::State {
  ~State() {
    if (context != nullptr) ZSTD_freeCCtx(context);
    if (file >= 0) ::close(file);
  }

  Expected<void> put(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(file, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return unwritable(std::strerror(errno));
      bytes.remove_prefix(static_cast<std::size_t>(n));
      written += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  /// What a block may become.
  static std::size_t room_for(std::size_t raw) { return ZSTD_compressBound(raw) + 64; }  // and what a flush may add

  /// One block in one write, so that a process that dies leaves whole blocks as a rule.
  Expected<void> put_block(std::string_view raw) {
    const std::size_t room = room_for(raw.size());
    block.resize(kBlockHeadBytes + room);
    ZSTD_inBuffer in{raw.data(), raw.size(), 0};
    ZSTD_outBuffer out{block.data() + kBlockHeadBytes, room, 0};
    const std::size_t left = ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush);
    if (ZSTD_isError(left) != 0) return unwritable(ZSTD_getErrorName(left));
    if (left != 0) return unwritable("a block that does not fit");
    block.resize(kBlockHeadBytes + out.pos);
    const std::uint32_t numbers[3] = {index++, static_cast<std::uint32_t>(raw.size()),
                                      static_cast<std::uint32_t>(out.pos)};
    std::memcpy(block.data(), &kBlockMagic, sizeof kBlockMagic);
    std::memcpy(block.data() + 12, numbers, sizeof numbers);
    const std::uint64_t sum = checksum64(std::string_view(block).substr(12));
    std::memcpy(block.data() + 4, &sum, sizeof sum);
    return put(block);
  }

  [[nodiscard]] std::unexpected<Error> unwritable(const char* why) const {
    return fail("input_log.unwritable", fmt::format("{} cannot be written: {}", path, why),
                "free some space, or choose another directory with --data-dir DIR");
  }

  std::string path;
  int file = -1;
  ZSTD_CCtx* context = nullptr;
  std::string block;
  std::uint32_t index = 0;
  std::uint64_t written = 0;
};

SegmentWriter::SegmentWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
SegmentWriter::SegmentWriter(SegmentWriter&&) noexcept = default;
SegmentWriter& SegmentWriter::operator=(SegmentWriter&&) noexcept = default;
SegmentWriter::~SegmentWriter() = default;

Expected<SegmentWriter> SegmentWriter::create(const std::filesystem::path& path) {
  auto state = std::make_unique<State>();
  state->path = path.string();
  state->file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (state->file < 0) return state->unwritable(std::strerror(errno));
  state->context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(state->context, ZSTD_c_compressionLevel, kLevel);
  state->block.reserve(kBlockHeadBytes + State::room_for(kBlockBytes));
  char head[kSegmentHeadBytes] = {};
  std::memcpy(head, kSegmentMagic.data(), kSegmentMagic.size());
  std::memcpy(head + kSegmentMagic.size(), &kInputLogFormat, sizeof kInputLogFormat);
  TRY_VOID(state->put({head, sizeof head}));
  return SegmentWriter(std::move(state));
}

Expected<void> SegmentWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), kBlockBytes);
    TRY_VOID(state_->put_block(bytes.substr(0, size)));
    bytes.remove_prefix(size);
  }
  return {};
}

std::uint64_t SegmentWriter::bytes_written() const { return state_->written; }

}  // namespace ebb::store
