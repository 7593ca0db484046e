// A capture of any bytes ends: in its last frame, or in an error with a name. Every line is a frame or is counted with its
// reason, and what is read does not depend on whether the file is compressed.
#include <zstd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "require.hpp"
#include "scratch_file.hpp"
#include "store/capture.hpp"

namespace {

struct Reading {
  std::vector<std::string> frames;
  std::string error;
  ebb::store::CaptureStats stats;
  friend bool operator==(const Reading& a, const Reading& b) {
    return a.frames == b.frames && a.error == b.error && a.stats.lines == b.stats.lines &&
           a.stats.frames == b.stats.frames && a.stats.skipped == b.stats.skipped;
  }
};

Reading read(const std::string& path) {
  Reading out;
  auto reader = ebb::store::CaptureReader::open(path);
  if (!reader) {
    out.error = reader.error().code;
    return out;
  }
  ebb::store::CaptureFrame frame;
  while (true) {
    const auto more = reader->next(frame);
    if (!more) out.error = more.error().code;
    if (!more || !*more) break;
    REQUIRE(frame.line > 0);
    out.frames.push_back(std::to_string(frame.line) + " " + std::to_string(frame.received.ns()) + " " +
                         std::string(frame.slug) + " " + std::string(frame.text));
  }
  out.stats = reader->stats();
  REQUIRE(out.stats.frames == out.frames.size());
  REQUIRE(out.stats.lines == out.stats.frames + out.stats.skipped_total());
  REQUIRE(reader->bytes_consumed() <= reader->file_size());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ScratchFile plain, packed;
  constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
  plain.set(data, size);
  const Reading direct = read(plain.path());
  REQUIRE(direct.error.empty() || direct.error.starts_with("capture."));
  if (std::string_view(reinterpret_cast<const char*>(data), size).starts_with(kZstdMagic)) return 0;
  std::vector<char> bytes(ZSTD_compressBound(size));
  const std::size_t length = ZSTD_compress(bytes.data(), bytes.size(), data, size, 1);
  REQUIRE(ZSTD_isError(length) == 0);
  packed.set(bytes.data(), length);
  REQUIRE(read(packed.path()) == direct);
  return 0;
}
