#include "store/capture_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace ebb::store {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kBuffer = std::size_t{1} << 20U;

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
}

}  // namespace

struct CaptureWriter::State {
  ~State() {
    if (context != nullptr) ZSTD_freeCCtx(context);
    if (file >= 0) ::close(file);
  }

  Expected<void> push(ZSTD_EndDirective directive) {
    if (failed) return std::unexpected(*failed);
    ZSTD_inBuffer in{pending.data(), pending.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
      const std::size_t left = ZSTD_compressStream2(context, &out, &in, directive);
      if (ZSTD_isError(left) != 0) return fail_with(ZSTD_getErrorName(left));
      TRY_VOID(put(out.pos));
      const bool done = directive == ZSTD_e_continue ? in.pos == in.size : left == 0;
      if (done) break;
    }
    pending.clear();
    return {};
  }

  Expected<void> put(std::size_t size) {
    std::size_t at = 0;
    while (at < size) {
      const ssize_t n = ::write(file, buffer.data() + at, size - at);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail_with(std::strerror(errno));
      at += static_cast<std::size_t>(n);
      written += static_cast<std::uint64_t>(n);
    }
    return {};
  }

  Expected<void> fail_with(const char* why) {
    failed = Error{"capture.unwritable", fmt::format("{} cannot be written: {}", path, why),
                   "free some space, or record to another directory"};
    return std::unexpected(*failed);
  }

  std::string path;
  int file = -1;
  ZSTD_CCtx* context = nullptr;
  std::string pending;
  std::vector<char> buffer = std::vector<char>(ZSTD_CStreamOutSize());
  std::optional<Error> failed;
  std::uint64_t frames = 0;
  std::uint64_t written = 0;
  bool ended = false;
};

CaptureWriter::CaptureWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
CaptureWriter::CaptureWriter(CaptureWriter&&) noexcept = default;
CaptureWriter& CaptureWriter::operator=(CaptureWriter&&) noexcept = default;

CaptureWriter::~CaptureWriter() {
  if (state_) (void)close();
}

Expected<CaptureWriter> CaptureWriter::create(const std::string& path) {
  auto state = std::make_unique<State>();
  state->path = path;
  state->file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (state->file < 0 && errno == EEXIST) {
    return fail("capture.exists", fmt::format("{} exists already", path), "recordings are never overwritten");
  }
  if (state->file < 0) {
    return fail("capture.unwritable", fmt::format("{} cannot be created: {}", path, std::strerror(errno)));
  }
  state->context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(state->context, ZSTD_c_compressionLevel, kLevel);
  state->pending.reserve(kBuffer);
  return CaptureWriter(std::move(state));
}

Expected<void> CaptureWriter::write(Timestamp received, std::uint32_t connection, std::string_view text) {
  std::string& out = state_->pending;
  fmt::format_to(std::back_inserter(out), "{{\"recv_ts\":{}.{:06},\"connection\":{},\"raw\":\"", received.ms(),
                 received.ns() % 1'000'000, connection);
  append_escaped(out, text);
  out += "\"}\n";
  ++state_->frames;
  if (out.size() < kBuffer) return state_->failed ? Expected<void>(std::unexpected(*state_->failed)) : Expected<void>();
  return state_->push(ZSTD_e_continue);
}

Expected<void> CaptureWriter::flush() { return state_->push(ZSTD_e_flush); }

Expected<void> CaptureWriter::close() {
  if (state_->ended) return {};
  state_->ended = true;
  return state_->push(ZSTD_e_end);
}

std::uint64_t CaptureWriter::frames() const { return state_->frames; }
std::uint64_t CaptureWriter::bytes_written() const { return state_->written; }

}  // namespace ebb::store
