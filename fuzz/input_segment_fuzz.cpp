// A segment of an input log is read to its end or to an error with a name, whatever its bytes are: as they come, with their
// checksums put right, or well-formed blocks around records of any kind. Records that were written come back as they were, and
// after an error every further call gives the same one.
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/checksum.hpp"
#include "require.hpp"
#include "scratch_file.hpp"
#include "store/input_log_reader.hpp"
#include "store/input_segment.hpp"

namespace {

using ebb::store::RecordKind;

template <class T>
T number_at(const std::string& bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

/// Blocks whose lengths are plausible get the checksum that fits them.
void mend_checksums(std::string& bytes) {
  if (bytes.size() < ebb::store::kSegmentHeadBytes) return;
  std::memcpy(bytes.data(), ebb::store::kSegmentMagic.data(), ebb::store::kSegmentMagic.size());
  bytes[8] = 1;
  bytes[9] = bytes[10] = bytes[11] = 0;
  for (std::size_t at = ebb::store::kSegmentHeadBytes; at + ebb::store::kBlockHeadBytes <= bytes.size();) {
    std::memcpy(bytes.data() + at, &ebb::store::kBlockMagic, sizeof ebb::store::kBlockMagic);
    const std::size_t stored = number_at<std::uint32_t>(bytes, at + 20);
    const std::size_t left = bytes.size() - at - ebb::store::kBlockHeadBytes;
    if (stored > left) return;
    const std::uint64_t sum = ebb::checksum64(std::string_view(bytes).substr(at + 12, 12 + stored));
    std::memcpy(bytes.data() + at + 4, &sum, sizeof sum);
    at += ebb::store::kBlockHeadBytes + stored;
  }
}

struct Reading {
  std::string records;  // as they stand in a segment
  std::string error;
  bool ended = false;
};
Reading read(const std::string& path) {
  Reading out;
  auto reader = ebb::store::SegmentReader::open(path);
  if (!reader) {
    out.error = reader.error().code;
    return out;
  }
  for (int i = 0; i < 100'000; ++i) {
    const auto record = reader->next();
    if (!record) {
      out.error = record.error().code;
      const auto again = reader->next();
      REQUIRE(!again && again.error().code == out.error);
      return out;
    }
    if (!*record) {
      out.ended = true;
      return out;
    }
    const auto size = static_cast<std::uint32_t>((*record)->payload.size());
    const std::int64_t time = (*record)->time.ns();
    out.records.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.records += static_cast<char>((*record)->kind);
    out.records.append(reinterpret_cast<const char*>(&time), sizeof time);
    out.records += (*record)->payload;
    REQUIRE((*record)->kind >= RecordKind::header && (*record)->kind <= RecordKind::end);
  }
  return out;
}

/// Any bytes as the contents of well-formed blocks: what is read is what was written, up to where it stops being records.
void write_and_read(std::string_view contents) {
  const std::string path = "/dev/shm/ebb_fuzz_segment." + std::to_string(::getpid());
  std::filesystem::remove(path);
  {
    auto writer = ebb::store::SegmentWriter::create(path);
    REQUIRE(writer);
    REQUIRE(writer->write(contents.substr(0, contents.size() / 2)));
    REQUIRE(writer->write(contents.substr(contents.size() / 2)));
  }
  const Reading out = read(path);
  std::filesystem::remove(path);
  REQUIRE(contents.starts_with(out.records));
  REQUIRE(out.ended || out.error.starts_with("input_log."));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ScratchFile file;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 3 == 2) {
    write_and_read(bytes);
    return 0;
  }
  if (data[0] % 3 == 1) mend_checksums(bytes);
  file.set(bytes.data(), bytes.size());
  const Reading out = read(file.path());
  REQUIRE(out.ended || out.error.starts_with("input_log."));
  return 0;
}
