#include "store/byte_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

namespace ebb::store {
namespace {

constexpr std::size_t kChunk = 256 << 10;
constexpr int kLargestWindowLog = 27;
constexpr unsigned char kZstdMagic[] = {0x28, 0xb5, 0x2f, 0xfd};

}  // namespace

struct ByteSource::Impl {
  std::string path;
  int file = -1;
  std::uint64_t file_size = 0;
  std::uint64_t consumed = 0;
  bool is_zstd = false;
  bool at_end = false;        // of the file
  bool frame_open = false;    // a zstd frame has begun and not ended
  ZSTD_DCtx* context = nullptr;
  std::vector<char> chunk = std::vector<char>(kChunk);
  std::size_t position = 0;   // unread part of the chunk
  std::size_t filled = 0;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (context != nullptr) ZSTD_freeDCtx(context);
    if (file >= 0) ::close(file);
  }

  [[nodiscard]] std::unexpected<Error> unreadable(int error) const {
    return fail("capture.unreadable", "cannot read " + path + ": " + std::strerror(error),
                "check the file and its permissions");
  }

  Expected<void> fill() {
    while (true) {
      const ssize_t got = ::read(file, chunk.data(), chunk.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return unreadable(errno);
      position = 0;
      filled = static_cast<std::size_t>(got);
      consumed += filled;
      at_end = got == 0;
      return {};
    }
  }

  Expected<std::size_t> read_plain(char* out, std::size_t size) {
    if (position == filled && !at_end) TRY_VOID(fill());
    const std::size_t count = std::min(size, filled - position);
    std::memcpy(out, chunk.data() + position, count);
    position += count;
    return count;
  }

  Expected<std::size_t> read_zstd(char* out, std::size_t size) {
    ZSTD_outBuffer target{out, size, 0};
    while (target.pos == 0) {
      if (position == filled && !at_end) TRY_VOID(fill());
      ZSTD_inBuffer source{chunk.data(), filled, position};
      const bool exhausted = at_end && position == filled;
      if (exhausted && !frame_open) return std::size_t{0};
      const std::size_t result = ZSTD_decompressStream(context, &target, &source);
      if (ZSTD_isError(result) != 0) {
        return fail("capture.corrupt", "cannot decompress " + path + ": " + ZSTD_getErrorName(result),
                    "test the file with: zstd -t --long=27 FILE");
      }
      position = source.pos;
      frame_open = result != 0;
      if (exhausted && target.pos == 0 && frame_open) {
        return fail("capture.truncated", path + " ends in the middle of its compressed stream",
                    "the frames before the cut were read; fetch or record the file again for the rest");
      }
    }
    return target.pos;
  }
};

ByteSource::ByteSource(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ByteSource::ByteSource(ByteSource&&) noexcept = default;
ByteSource& ByteSource::operator=(ByteSource&&) noexcept = default;
ByteSource::~ByteSource() = default;

Expected<ByteSource> ByteSource::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (impl->file < 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail("capture.not_found", "there is no file " + path, "check the path");
    }
    return impl->unreadable(errno);
  }
  struct stat status{};
  if (::fstat(impl->file, &status) != 0) return impl->unreadable(errno);
  if (S_ISDIR(status.st_mode)) {
    return fail("capture.unreadable", path + " is a directory", "name the capture files in it");
  }
  impl->file_size = static_cast<std::uint64_t>(status.st_size);
  TRY_VOID(impl->fill());
  impl->is_zstd =
      impl->filled >= sizeof kZstdMagic && std::memcmp(impl->chunk.data(), kZstdMagic, sizeof kZstdMagic) == 0;
  if (impl->is_zstd) {
    impl->context = ZSTD_createDCtx();
    ZSTD_DCtx_setParameter(impl->context, ZSTD_d_windowLogMax, kLargestWindowLog);
  }
  return ByteSource(std::move(impl));
}

Expected<std::size_t> ByteSource::read(char* out, std::size_t size) {
  if (size == 0) return std::size_t{0};
  return impl_->is_zstd ? impl_->read_zstd(out, size) : impl_->read_plain(out, size);
}

std::uint64_t ByteSource::bytes_consumed() const { return impl_->consumed - (impl_->filled - impl_->position); }
std::uint64_t ByteSource::file_size() const { return impl_->file_size; }

}  // namespace ebb::store
