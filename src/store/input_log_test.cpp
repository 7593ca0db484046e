#include "store/input_log.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "store/input_log_reader.hpp"
#include "store/input_log_writer.hpp"
#include "store/input_segment.hpp"

namespace ebb::store {
namespace {

constexpr Timestamp kStart{1'767'225'600'000'000'000};

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-input-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

std::string bytes_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

struct Read {
  std::vector<std::string> payloads;
  std::vector<RecordKind> kinds;
  std::string error;  ///< code of what ended the reading; empty = its end
};

Read read_all(const std::filesystem::path& path) {
  Read read;
  auto reader = SegmentReader::open(path);
  if (!reader) {
    read.error = reader.error().code;
    return read;
  }
  for (;;) {
    const auto record = reader->next();
    if (!record) {
      read.error = record.error().code;
      EXPECT_FALSE(record.error().message.empty());
      EXPECT_EQ(reader->next().error().code, read.error) << "an error stays";
      return read;
    }
    if (!*record) return read;
    read.kinds.push_back((*record)->kind);
    read.payloads.emplace_back((*record)->payload);
  }
}

std::string payload_of(std::uint64_t i) {
  Random random(i);
  std::string text = "record " + std::to_string(i) + ' ';
  text.append(random.below(300), static_cast<char>('a' + i % 26));
  return text;
}

InputLogConfig small(const std::filesystem::path& folder) {
  InputLogConfig config;
  config.directory = folder;
  config.chunk_bytes = 512;
  config.chunks = 4;
  config.when_full = WhenFull::wait;
  return config;
}

std::string head(std::uint32_t number) {
  std::string bytes;
  append_record(bytes, RecordKind::header, kStart, "header " + std::to_string(number));
  append_record(bytes, RecordKind::checkpoint, kStart, std::string(3000, 'c'));
  return bytes;
}

/// A segment of `records` records as the writer makes it.
void write_log(const InputLogConfig& config, std::uint64_t records) {
  auto log = InputLogWriter::open(config);
  ASSERT_TRUE(log.has_value());
  (*log)->begin_segment(kStart, head(1));
  for (std::uint64_t i = 0; i < records; ++i) {
    const std::string payload = payload_of(i);
    ASSERT_TRUE((*log)->append(RecordKind::event, kStart + milliseconds(static_cast<std::int64_t>(i)),
                               payload.substr(0, 5), payload.substr(5)));
  }
  ASSERT_TRUE((*log)->finish(kStart + seconds(5)).has_value());
}

TEST(InputLog, WhatIsWrittenIsRead) {
  const Folder folder;
  write_log(small(folder.path()), 500);
  const Read read = read_all(folder.path() / "000001.log");
  EXPECT_EQ(read.error, "");
  ASSERT_EQ(read.payloads.size(), 503U);
  EXPECT_EQ(read.payloads[0], "header 1");
  EXPECT_EQ(read.payloads[1], std::string(3000, 'c'));
  for (std::uint64_t i = 0; i < 500; ++i) EXPECT_EQ(read.payloads[2 + i], payload_of(i));
  EXPECT_EQ(read.kinds.back(), RecordKind::end);
}

// Whatever is left of a segment gives whole records from its beginning, and says that it was cut.
TEST(InputLog, TruncatedAtAnyByte) {
  const Folder folder;
  write_log(small(folder.path()), 16);
  const std::filesystem::path path = folder.path() / "000001.log";
  const std::string bytes = bytes_of_file(path);
  const Read whole = read_all(path);
  ASSERT_EQ(whole.error, "");
  std::size_t most = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    write_file(path, std::string_view(bytes).substr(0, size));
    const Read part = read_all(path);
    ASSERT_EQ(part.error, "input_log.truncated") << size << " bytes";
    ASSERT_GE(part.payloads.size(), most) << "more bytes never give less";
    most = part.payloads.size();
    ASSERT_LT(most, whole.payloads.size());
    ASSERT_TRUE(std::equal(part.payloads.begin(), part.payloads.end(), whole.payloads.begin()));
  }
  EXPECT_GT(most, 12U);
}

TEST(InputLog, AFlippedBitIsNoticedWhereverItIs) {
  const Folder folder;
  write_log(small(folder.path()), 16);
  const std::filesystem::path path = folder.path() / "000001.log";
  const std::string bytes = bytes_of_file(path);
  const Read whole = read_all(path);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string bad = bytes;
    bad[i] = static_cast<char>(bad[i] ^ (1 << (i % 8)));
    write_file(path, bad);
    const Read part = read_all(path);
    ASSERT_NE(part.error, "") << "byte " << i;
    ASSERT_LT(part.payloads.size(), whole.payloads.size());
    ASSERT_TRUE(std::equal(part.payloads.begin(), part.payloads.end(), whole.payloads.begin()));
  }
}

// A right checksum over nonsense: an error, never more.
TEST(InputLog, BlocksOfNonsenseAreRefused) {
  const Folder folder;
  const std::filesystem::path path = folder.path() / "000001.log";
  Random random(5);
  for (int i = 0; i < 300; ++i) {
    std::filesystem::remove(path);
    std::string bytes(random.below(200), '\0');
    for (char& c : bytes) c = static_cast<char>(random.below(i % 2 == 0 ? 256 : 8));
    {
      auto segment = SegmentWriter::create(path);
      ASSERT_TRUE(segment.has_value());
      ASSERT_TRUE(segment->write(bytes).has_value());
    }
    EXPECT_NE(read_all(path).error, "");
  }
}

TEST(InputLog, WhatIsNoneIsNamed) {
  const Folder folder;
  EXPECT_EQ(list_segments(folder.path() / "nowhere").error().code, "input_log.not_one");
  EXPECT_EQ(list_segments(folder.path()).error().code, "input_log.not_one");
  const std::filesystem::path path = folder.path() / "000001.log";
  write_file(path, "something else, long enough for a head");
  EXPECT_EQ(read_all(path).error, "input_log.not_one");
  write_file(path, std::string("EBBINPUT\x02\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(read_all(path).error, "input_log.format");
  EXPECT_EQ(read_all(folder.path() / "000009.log").error, "input_log.unreadable");
}

TEST(InputLog, SegmentsAreBoundedInSizeAndNumber) {
  const Folder folder;
  InputLogConfig config = small(folder.path());
  config.segment_bytes = 4000;
  config.segments = 3;
  auto log = InputLogWriter::open(config);
  ASSERT_TRUE(log.has_value());
  Random random(1);
  std::uint32_t segments = 0;
  const auto begin = [&] {
    EXPECT_EQ((*log)->next_segment(), ++segments);
    (*log)->begin_segment(kStart, head(segments));
  };
  begin();
  for (int i = 0; segments < 8 && i < 100'000; ++i) {
    std::string payload(200, '\0');
    for (char& c : payload) c = static_cast<char>(random.below(256));
    ASSERT_TRUE((*log)->append(RecordKind::event, kStart, payload));
    if (!(*log)->segment_full()) continue;
    (*log)->end_segment(kStart, SegmentEnd::continued);
    begin();
  }
  ASSERT_EQ(segments, 8U);
  ASSERT_TRUE((*log)->finish(kStart).has_value());
  const auto kept = list_segments(folder.path());
  ASSERT_TRUE(kept.has_value());
  ASSERT_EQ(kept->size(), 3U);
  EXPECT_EQ(kept->front().number, 6U);
  for (const SegmentFile& segment : *kept) {
    EXPECT_LT(segment.bytes, 4000U + 4 * 512 + 4096) << "its size, the chunks on their way, and the head";
    EXPECT_EQ(read_all(segment.path).error, "");
  }
}

TEST(InputLog, ARunIsNumberedOnFromTheOneBefore) {
  const Folder folder;
  write_log(small(folder.path()), 3);
  write_log(small(folder.path()), 3);
  const auto segments = list_segments(folder.path());
  ASSERT_EQ(segments->size(), 2U);
  EXPECT_EQ(segments->back().number, 2U);
}

// With `gap`, what does not fit ends the segment with a gap record, and a new one can begin once the disk has caught up.
TEST(InputLog, AnOverflowIsAGapAndTheNextSegmentBeginsAnew) {
  const Folder folder;
  InputLogConfig config = small(folder.path());
  config.when_full = WhenFull::gap;
  auto log = InputLogWriter::open(config);
  ASSERT_TRUE(log.has_value());
  (*log)->begin_segment(kStart, head(1));
  ASSERT_TRUE((*log)->append(RecordKind::event, kStart, "kept"));
  EXPECT_FALSE((*log)->append(RecordKind::event, kStart, std::string(4 * 512, 'x'))) << "more than all chunks";
  EXPECT_FALSE((*log)->recording());
  EXPECT_FALSE((*log)->append(RecordKind::event, kStart, "lost"));
  EXPECT_EQ((*log)->stats().gaps, 1U);
  while (!(*log)->can_begin()) {}
  (*log)->begin_segment(kStart, head(2));
  EXPECT_TRUE((*log)->append(RecordKind::event, kStart, "again"));
  ASSERT_TRUE((*log)->finish(kStart).has_value());
  const Read first = read_all(folder.path() / "000001.log");
  EXPECT_EQ(first.error, "");
  ASSERT_EQ(first.payloads.size(), 4U);
  EXPECT_EQ(first.payloads[2], "kept");
  EXPECT_EQ(first.kinds[3], RecordKind::gap);
  const Read second = read_all(folder.path() / "000002.log");
  EXPECT_EQ(second.payloads[2], "again");
  EXPECT_EQ(second.kinds.back(), RecordKind::end);
}

TEST(InputLog, ADiskThatCannotBeWrittenIsAGapWithAReason) {
  const Folder folder;
  InputLogConfig config = small(folder.path() / "log");
  config.when_full = WhenFull::gap;
  auto log = InputLogWriter::open(config);
  ASSERT_TRUE(log.has_value());
  std::filesystem::remove_all(folder.path() / "log");  // the first segment finds no directory
  (*log)->begin_segment(kStart, head(1));
  while ((*log)->append(RecordKind::event, kStart, "lost")) {}
  EXPECT_FALSE((*log)->recording());
  while (!(*log)->can_begin()) {}
  EXPECT_NE((*log)->trouble(), "");
  std::filesystem::create_directories(folder.path() / "log");
  (*log)->begin_segment(kStart, head(2));
  EXPECT_TRUE((*log)->append(RecordKind::event, kStart, "again"));
  EXPECT_TRUE((*log)->finish(kStart).has_value());
  EXPECT_EQ(read_all(folder.path() / "log" / "000002.log").payloads[2], "again");
}

TEST(InputLog, WithoutAnEndItIsWhatACrashLeaves) {
  const Folder folder;
  {
    auto log = InputLogWriter::open(small(folder.path()));
    ASSERT_TRUE(log.has_value());
    (*log)->begin_segment(kStart, head(1));
    ASSERT_TRUE((*log)->append(RecordKind::event, kStart, "the last word"));
  }
  const Read read = read_all(folder.path() / "000001.log");
  EXPECT_EQ(read.error, "input_log.truncated");
  EXPECT_EQ(read.payloads.back(), "the last word");
}

}  // namespace
}  // namespace ebb::store
