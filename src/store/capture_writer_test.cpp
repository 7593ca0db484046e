#include "store/capture_writer.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "store/capture.hpp"

namespace ebb::store {
namespace {

class CaptureWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-capture-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = (folder_ / "frames.jsonl.zst").string();
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::string>> read() const {
    std::vector<std::pair<std::int64_t, std::string>> frames;
    auto reader = CaptureReader::open(path_);
    EXPECT_TRUE(reader) << (reader ? "" : reader.error().message);
    CaptureFrame frame;
    while (reader) {
      const auto more = reader->next(frame);
      if (!more || !*more) break;
      frames.emplace_back(frame.received.ns(), std::string(frame.text));
    }
    return frames;
  }
  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(CaptureWriterTest, WhatIsWrittenIsReadBackToTheNanosecond) {
  const Timestamp first(1'790'000'000'123'456'789);
  const std::vector<std::string> texts{R"([{"event_type":"book","market":"0x\"1"}])", "PONG", "tab\tand \\ and \x01",
                                       R"({"event_type":"price_change"})"};
  {
    auto writer = CaptureWriter::create(path_);
    ASSERT_TRUE(writer);
    for (std::size_t i = 0; i < texts.size(); ++i)
      ASSERT_TRUE(writer->write(first + nanoseconds(static_cast<std::int64_t>(i)), 3, texts[i]));
    EXPECT_EQ(writer->frames(), texts.size());
    ASSERT_TRUE(writer->close());
    EXPECT_GT(writer->bytes_written(), 0U);
  }
  const auto frames = read();
  ASSERT_EQ(frames.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(frames[i].first, first.ns() + static_cast<std::int64_t>(i));
    EXPECT_EQ(frames[i].second, texts[i]);
  }
}

// What a killed recorder leaves behind is good up to its last flush.
TEST_F(CaptureWriterTest, AnUnfinishedFileIsReadableUpToTheLastFlush) {
  auto writer = CaptureWriter::create(path_);
  ASSERT_TRUE(writer);
  for (int i = 0; i < 100; ++i)
    ASSERT_TRUE(writer->write(from_ms(1'790'000'000'000 + i), 0, R"({"event_type":"book","asset_id":"1"})"));
  ASSERT_TRUE(writer->flush());
  EXPECT_EQ(read().size(), 100U);
}

TEST_F(CaptureWriterTest, NeverOverwritesAndNamesWhatItCannotWrite) {
  { ASSERT_TRUE(CaptureWriter::create(path_)); }
  EXPECT_EQ(CaptureWriter::create(path_).error().code, "capture.exists");
  EXPECT_EQ(CaptureWriter::create((folder_ / "none" / "x.zst").string()).error().code, "capture.unwritable");
}

}  // namespace
}  // namespace ebb::store
