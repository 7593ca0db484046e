#include "store/capture.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace ebb::store {
namespace {

namespace fs = std::filesystem;

struct Frame {
  std::int64_t ns;
  std::string text;
  std::uint64_t line;
  std::string slug;
};

struct Reading {
  std::vector<Frame> frames;
  CaptureStats stats;
  std::string error;  // its code
  std::uint64_t skipped(SkipReason reason) const { return stats.skipped[static_cast<std::size_t>(reason)]; }
};

Reading read_file(const std::string& path) {
  Reading reading;
  auto reader = CaptureReader::open(path);
  if (!reader) {
    reading.error = reader.error().code;
    EXPECT_FALSE(reader.error().message.empty());
    return reading;
  }
  CaptureFrame frame;
  while (true) {
    const auto more = reader->next(frame);
    if (!more) reading.error = more.error().code;
    if (!more || !*more) break;
    reading.frames.push_back({frame.received.ns(), std::string(frame.text), frame.line, std::string(frame.slug)});
  }
  EXPECT_FALSE(reader->next(frame).value_or(false)) << "nothing comes after the end";
  reading.stats = reader->stats();
  EXPECT_EQ(reading.stats.frames, reading.frames.size());
  EXPECT_EQ(reading.stats.lines, reading.stats.frames + reading.stats.skipped_total());
  return reading;
}

class CaptureTest : public ::testing::Test {
 protected:
  CaptureTest() : folder_(fs::temp_directory_path() / ("ebb_capture_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~CaptureTest() override { fs::remove_all(folder_); }
  std::string write(const std::string& content) {
    const fs::path path = folder_ / "capture";
    std::ofstream(path, std::ios::binary) << content;
    return path.string();
  }
  Reading read(const std::string& content) { return read_file(write(content)); }
  static std::string compressed(const std::string& content) {
    std::string out(ZSTD_compressBound(content.size()), '\0');
    out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), 3));
    return out;
  }
  fs::path folder_;
};

TEST_F(CaptureTest, raw_lines_are_unescaped) {
  const auto reading = read(
      "{\"recv_ts\":1776153610.6109812,\"slug\":\"btc-5m\",\"raw\":\"{\\\"a\\\":\\\"b\\\",\\\"path\\\":\\\"c:"
      "\\\\\\\\x\\\"}\"}\n"
      "\n"
      "{\"raw\":\"[]\\n\",\"recv_ts\":1776153611}\n"
      "{\"recv_ts\":1776153612,\"slug\":\"s\",\"raw\":\"{\\\"u\\\":\\\"\\u0041\\\\n\\\"}\"}\n"
      "{\"recv_ts\":1776153613,\"slug\":\"s\",\"raw\":\"PONG\"}");
  ASSERT_EQ(reading.frames.size(), 4u);
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.frames[0].text, R"({"a":"b","path":"c:\\x"})");
  EXPECT_EQ(reading.frames[0].ns, 1776153610610981200);
  EXPECT_EQ(reading.frames[0].slug, "btc-5m");
  EXPECT_EQ(reading.frames[1].text, "[]");
  EXPECT_EQ(reading.frames[1].line, 3u);
  EXPECT_EQ(reading.frames[2].text, R"({"u":"A\n"})");
  EXPECT_EQ(reading.frames[3].text, "PONG");
}

TEST_F(CaptureTest, both_ways_of_unescaping_agree) {
  // The same string once in the usual shape and once with its members in another order, which the parser reads.
  std::string inner;
  for (int i = 0; i < 200; ++i) {
    inner += std::string(static_cast<std::size_t>(i % 37), 'x') + (i % 5 == 0 ? "\\\\" : i % 7 == 0 ? "\\n" : "\\\"");
    const auto reading = read("{\"recv_ts\":1776153610,\"slug\":\"s\",\"raw\":\"" + inner + "e\"}\n{\"raw\":\"" +
                              inner + "e\",\"recv_ts\":1776153610}\n");
    ASSERT_EQ(reading.frames.size(), 2u) << i;
    EXPECT_EQ(reading.frames[0].text, reading.frames[1].text);
  }
}

TEST_F(CaptureTest, nested_objects_strings_and_kinds) {
  const auto reading =
      read(R"({"ts": 1785163378.339, "kind": "book", "data": {"asset_id": "4", "bids": [], "asks": []}})"
           "\n"
           R"({"ts": 1785163380.3, "kind": "orders_out", "data": [{"token_id": "5"}]})"
           "\n"
           R"({"ts": 1785163380572, "kind": "price_change", "data": {"event_type": "price_change"}})"
           "\n"
           R"({"ts": 1785163380572, "kind": "last_trade_price", "data": {}})"
           "\n"
           R"({"source":"polymarket_clob","recv_wall_ts":1777366911692,"payload":"{\"market\":\"0x\"}\n"})"
           "\n"
           R"({"source":"coinbase","recv_wall_ts":1777366911692,"payload":"{}"})"
           "\n"
           R"({"source":"polymarket_rtds_chainlink","recv_wall_ts":1777366911692,"payload":"{}"})"
           "\n"
           R"({"recv_ts":"2026-04-28T09:03:14.5Z","payload":[{"event_type":"book"}]})"
           "\n"
           R"({"event_type":"tick_size_change","asset_id":"1","ts":1785163380})"
           "\n"
           R"([{"event_type":"book"}])"
           "\n"
           R"({"note":"hello"})"
           "\n");
  ASSERT_EQ(reading.frames.size(), 7u);
  EXPECT_EQ(reading.frames[0].text, R"({"event_type":"book","asset_id": "4", "bids": [], "asks": []})");
  EXPECT_EQ(reading.frames[0].ns, 1785163378339000000);
  EXPECT_EQ(reading.frames[1].text, R"({"event_type": "price_change"})");
  EXPECT_EQ(reading.frames[1].ns, 1785163380572000000);
  EXPECT_EQ(reading.frames[2].text, R"({"event_type":"last_trade_price"})");
  EXPECT_EQ(reading.frames[3].text, R"({"market":"0x"})");
  EXPECT_EQ(reading.frames[3].ns, 1777366911692000000);
  EXPECT_EQ(reading.frames[4].text, R"([{"event_type":"book"}])");
  EXPECT_EQ(reading.frames[4].ns, 1777366994500000000);
  EXPECT_EQ(reading.frames[5].line, 9u);
  EXPECT_EQ(reading.frames[6].text, R"([{"event_type":"book"}])");
  EXPECT_EQ(reading.frames[6].ns, 0);
  EXPECT_EQ(reading.skipped(SkipReason::other_kind), 1u);
  EXPECT_EQ(reading.skipped(SkipReason::other_source), 2u);
  EXPECT_EQ(reading.skipped(SkipReason::no_frame), 1u);
}

TEST_F(CaptureTest, one_json_array_of_frames) {
  const auto reading = read(
      "\xef\xbb\xbf[\n  [ {\"event_type\": \"book\", \"x\": \"]}\\\"\"} ],\n  {\"event_type\":\"book\"},\n  "
      "{\"recv_ts\":1776153610,\"raw\":\"[]\"}, 7\n]\n");
  ASSERT_EQ(reading.frames.size(), 3u);
  EXPECT_EQ(reading.error, "");
  EXPECT_EQ(reading.frames[0].text, "[ {\"event_type\": \"book\", \"x\": \"]}\\\"\"} ]");
  EXPECT_EQ(reading.frames[1].text, "{\"event_type\":\"book\"}");
  EXPECT_EQ(reading.frames[2].text, "[]");
  EXPECT_EQ(reading.frames[2].line, 3u);
  EXPECT_EQ(reading.skipped(SkipReason::invalid_json), 1u);
}

TEST_F(CaptureTest, an_array_without_its_end_is_truncated) {
  const auto reading = read("[{\"event_type\":\"book\"},{\"event_type\":\"bo");
  EXPECT_EQ(reading.frames.size(), 1u);
  EXPECT_EQ(reading.skipped(SkipReason::cut), 1u);
  EXPECT_EQ(reading.error, "capture.truncated");
}

TEST_F(CaptureTest, csv_of_the_old_schema) {
  const auto reading = read(
      "\"id\",\"asset_id\",\"market\",\"timestamp\",\"hash\",\"changes\"\n"
      "2771,\"191\",\"0xe0\",2025-01-25 18:15:47.925 +0100,af03,\"[{\"\"side\"\": \"\"SELL\"\", \"\"size\"\": "
      "\"\"300\"\", \"\"price\"\": \"\"0.23\"\"}]\"\n"
      "2772,\"191\",\"0xe0\",yesterday,af03,\"[]\"\n"
      "2773,\"191\"\n");
  ASSERT_EQ(reading.frames.size(), 1u);
  EXPECT_EQ(
      reading.frames[0].text,
      R"({"market":"0xe0","asset_id":"191","timestamp":"1737825347925","hash":"af03","event_type":"price_change",)"
      R"("changes":[{"side": "SELL", "size": "300", "price": "0.23"}]})");
  EXPECT_EQ(reading.frames[0].ns, 1737825347925000000);
  EXPECT_EQ(reading.skipped(SkipReason::bad_row), 2u);
}

TEST_F(CaptureTest, invalid_lines_in_the_middle_are_counted_and_skipped) {
  const auto reading =
      read("{\"event_type\":\"book\"}\n{\"event_type\":\"bo\nPONG\n{\"a\":1}}\n{\"event_type\":\"book\"}\r\n");
  EXPECT_EQ(reading.frames.size(), 2u);
  EXPECT_EQ(reading.frames[1].text, "{\"event_type\":\"book\"}");
  EXPECT_EQ(reading.frames[1].line, 5u);
  EXPECT_EQ(reading.skipped(SkipReason::invalid_json), 3u);
  EXPECT_EQ(reading.error, "");
}

TEST_F(CaptureTest, compressed_captures_read_the_same) {
  std::string content;
  for (int i = 0; i < 20'000; ++i)
    content += "{\"recv_ts\":" + std::to_string(1776153610 + i) +
               ",\"slug\":\"s\",\"raw\":\"{\\\"i\\\":" + std::to_string(i) + "}\"}\n";
  const auto plain = read(content);
  const auto packed = read(compressed(content));
  ASSERT_EQ(plain.frames.size(), 20'000u);
  ASSERT_EQ(packed.frames.size(), 20'000u);
  EXPECT_EQ(packed.frames[19'999].text, "{\"i\":19999}");
  const auto two_streams = read(compressed(content) + compressed(content));
  EXPECT_EQ(two_streams.frames.size(), 40'000u);
}

TEST_F(CaptureTest, a_truncated_stream_delivers_what_came_before_the_cut_and_says_so) {
  std::string content;
  std::uint32_t noise = 1;
  for (int i = 0; i < 60'000; ++i) {
    noise = noise * 1664525 + 1013904223;  // keeps the blocks from collapsing into one
    content += "{\"event_type\":\"book\",\"n\":" + std::to_string(noise) + "}\n";
  }
  const std::string packed = compressed(content);
  const auto reading = read(packed.substr(0, packed.size() / 2));
  EXPECT_EQ(reading.error, "capture.truncated");
  EXPECT_GT(reading.frames.size(), 10'000u);
  EXPECT_LT(reading.frames.size(), 50'000u);
  EXPECT_LE(reading.skipped(SkipReason::cut), 1u);
  EXPECT_EQ(reading.skipped(SkipReason::invalid_json), 0u);
  std::string broken = packed;
  for (std::size_t i = broken.size() / 2; i < broken.size() / 2 + 200; ++i) broken[i] = static_cast<char>(~broken[i]);
  EXPECT_EQ(read(broken).error, "capture.corrupt");
}

TEST_F(CaptureTest, what_is_no_capture) {
  EXPECT_EQ(read("").error, "capture.not_a_capture");
  EXPECT_EQ(read("\n \n").error, "capture.not_a_capture");
  EXPECT_EQ(read("hello world\n").error, "capture.not_a_capture");
  EXPECT_EQ(read("{\"name\":\"package\"}\n").error, "capture.not_a_capture");
  EXPECT_EQ(read(std::string(100'000, '\0')).error, "capture.not_a_capture");
  EXPECT_EQ(read("\x7f"
                 "ELF\n[\x01\x02]A\n[^_]\n[{\x03}]\n[\n")
                .error,
            "capture.not_a_capture")
      << "brackets in a binary";
  EXPECT_EQ(read_file((folder_ / "absent").string()).error, "capture.not_found");
  EXPECT_EQ(read_file(folder_.string()).error, "capture.unreadable");
  std::string prose;
  for (int i = 0; i < 2'000; ++i) prose += "line of prose\n";
  const auto reading = read(prose);
  EXPECT_EQ(reading.error, "capture.not_a_capture");
  EXPECT_EQ(reading.stats.lines, 1'000u) << "gives up early";
}

TEST_F(CaptureTest, long_lines_are_read_up_to_the_limit) {
  const std::string ten_megabytes = "{\"event_type\":\"book\",\"x\":\"" + std::string(10 << 20, 'x') + "\"}";
  const std::string too_long = "{\"event_type\":\"book\",\"x\":\"" + std::string(CaptureReader::kMaxLine, 'x') + "\"}";
  const auto reading = read(ten_megabytes + "\n" + too_long + "\n{\"event_type\":\"book\"}\n" + too_long);
  ASSERT_EQ(reading.frames.size(), 2u);
  EXPECT_EQ(reading.frames[0].text.size(), ten_megabytes.size());
  EXPECT_EQ(reading.frames[1].line, 3u);
  EXPECT_EQ(reading.skipped(SkipReason::too_long), 2u);
}

std::string recorded(const std::string& name) {
  const char* folder = std::getenv("EBB_RECORDED_DATA");
  return (folder != nullptr ? std::string(folder) : std::string("../shared/data")) + "/ws_market/" + name;
}

TEST(RecordedCaptures, every_line_is_accounted_for) {
  struct Case {
    const char* file;
    std::uint64_t lines, frames;
  };
  const Case cases[] = {{"CronosVirus00/btc-updown-5m_2026-04-14.frames.jsonl.zst", 71'400, 71'400},
                        {"sahajpatel123/slice_20260727T184300Z.first660.jsonl.zst", 660, 623},
                        {"funkekaiser/ws_market_capture.json", 5, 5},
                        {"jonahgrigoryan/m9-pyth-proxy-natural-20260428a.raw_messages.jsonl", 220, 110},
                        {"jonahgrigoryan/m9-rtds-natural-20260428d.raw_messages.jsonl", 168, 68},
                        {"Aaimek/price_change_messages_202501302221.csv.zst", 3'829, 3'829}};
  if (!fs::exists(recorded(cases[0].file)))
    GTEST_SKIP() << "recorded data not found: set EBB_RECORDED_DATA to its folder";
  for (const Case& c : cases) {
    auto reader = CaptureReader::open(recorded(c.file));
    ASSERT_TRUE(reader) << c.file;
    CaptureFrame frame;
    auto more = reader->next(frame);
    while (more && *more) {
      EXPECT_TRUE(frame.text.starts_with('{') || frame.text.starts_with('[')) << c.file;
      more = reader->next(frame);
    }
    EXPECT_TRUE(more.has_value()) << c.file;
    EXPECT_EQ(reader->stats().lines, c.lines) << c.file;
    EXPECT_EQ(reader->stats().frames, c.frames) << c.file;
    EXPECT_EQ(reader->stats().frames + reader->stats().skipped_total(), c.lines) << c.file;
  }
}

}  // namespace
}  // namespace ebb::store
