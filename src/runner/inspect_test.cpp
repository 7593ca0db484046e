#include "runner/inspect.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "book/book.hpp"
#include "polymarket/book_hash.hpp"

namespace ebb::runner {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kStart = 1'790'000'000'000;

/// Writes a recording of one token whose hashes are right, unless told otherwise.
class Recorder {
 public:
  explicit Recorder(bool neg_risk = true) : neg_risk_(neg_risk) {}

  void snapshot(std::int64_t ms, const std::vector<model::Level>& bids, const std::vector<model::Level>& asks) {
    (void)book_.apply_snapshot(0, bids, asks);
    line(ms, R"({"market":"0xc1","asset_id":"111","timestamp":")" + std::to_string(ms) + R"(","hash":")" + hash(ms) +
                 R"(","bids":)" + levels(bids) + R"(,"asks":)" + levels(asks) +
                 R"(,"tick_size":"0.01","event_type":"book","last_trade_price":"0.500"})");
  }
  void change(std::int64_t ms, const std::string& side, Price price, Shares size, const std::string& wrong_hash = {}) {
    (void)book_.apply_change(0, side == "BUY" ? model::Side::buy : model::Side::sell, price, size);
    const auto quote = book_.quote();
    line(ms, R"({"market":"0xc1", "price_changes":[{"asset_id":"111", "price":")" + to_text(price) + R"(", "size":")" +
                 to_text(size) + R"(", "side":")" + side + R"(", "hash":")" +
                 (wrong_hash.empty() ? hash(ms) : wrong_hash) + R"(", "best_bid":")" + to_text(quote.bid) +
                 R"(", "best_ask":")" + to_text(quote.ask) + R"("}], "timestamp":")" + std::to_string(ms) +
                 R"(", "event_type":"price_change"})");
  }
  void trade(std::int64_t ms, Price price) {
    last_trade_ = price;
    line(ms, R"({"market":"0xc1","asset_id":"111","price":")" + to_text(price) +
                 R"(","size":"5","side":"BUY","timestamp":")" + std::to_string(ms) +
                 R"(","event_type":"last_trade_price"})");
  }
  void line(std::int64_t ms, const std::string& frame) {
    std::string escaped;
    for (const char c : frame) {
      if (c == '"') escaped += '\\';
      escaped += c;
    }
    text += R"({"recv_ts":)" + std::to_string(ms) + R"(,"slug":"our-market","raw":")" + escaped + "\"}\n";
  }
  std::string text;

 private:
  static std::string levels(const std::vector<model::Level>& list) {
    std::string out = "[";
    for (const auto& l : list)
      out += (out.size() > 1 ? "," : "") +
             (R"({"price":")" + to_text(l.price) + R"(","size":")" + to_text(l.size) + "\"}");
    return out + "]";
  }
  std::string hash(std::int64_t ms) {
    return crypto::to_hex(hasher_.hash(book_.view(), {.market = "0xc1",
                                                      .asset_id = "111",
                                                      .timestamp_ms = ms,
                                                      .tick = Price(100),
                                                      .neg_risk = neg_risk_,
                                                      .last_trade = last_trade_}));
  }
  Price last_trade_{5000};
  bool neg_risk_;
  book::Book book_;
  polymarket::BookHasher hasher_;
};

class InspectTest : public ::testing::Test {
 protected:
  InspectTest() : folder_(fs::temp_directory_path() / ("ebb_inspect_" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~InspectTest() override { fs::remove_all(folder_); }
  std::string write(const std::string& content, const std::string& name = "capture") {
    std::ofstream(folder_ / name, std::ios::binary) << content;
    return (folder_ / name).string();
  }
  InspectReport report(const std::string& content) {
    auto result = inspect({write(content)});
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : InspectReport{};
  }
  static std::uint64_t quirk(const InspectReport& r, const std::string& name) {
    const auto it = r.quirks.find(name);
    return it == r.quirks.end() ? 0 : it->second;
  }
  fs::path folder_;
};

const std::vector<model::Level> kBids = {{Price(4700), shares_of(5)}, {Price(4800), Shares(1'250'000)}};
const std::vector<model::Level> kAsks = {{Price(5300), shares_of(9)}, {Price(5200), shares_of(7)}};

// The hash contains the last trade: a group is judged before the next trade, even one of its own millisecond.
TEST_F(InspectTest, a_trade_ends_the_groups_of_its_token) {
  Recorder r;
  r.snapshot(kStart, kBids, kAsks);
  r.change(kStart + 10, "BUY", Price(4900), shares_of(3));
  r.trade(kStart + 10, Price(5200));
  r.change(kStart + 20, "SELL", Price(5200), shares_of(2));
  r.trade(kStart + 30, Price(4900));
  r.change(kStart + 40, "BUY", Price(4900), Shares(0));
  const auto result = report(r.text);
  EXPECT_EQ(result.hash.group_checked, 3u);
  EXPECT_EQ(result.hash.group_verified, 3u);
}

TEST_F(InspectTest, hashes_of_books_entries_and_groups_verify) {
  Recorder r;
  r.snapshot(kStart, kBids, kAsks);
  r.change(kStart + 10, "BUY", Price(4900), shares_of(3));
  r.change(kStart + 20, "SELL", Price(5200), Shares(0));
  const auto result = report(r.text);
  EXPECT_EQ(result.frames, 3u);
  EXPECT_EQ(result.events, 3u);
  EXPECT_EQ(result.hash.books_checked, 1u);
  EXPECT_EQ(result.hash.books_verified, 1u);
  EXPECT_EQ(result.hash.checked, 3u);
  EXPECT_EQ(result.hash.verified, 3u);
  EXPECT_EQ(result.hash.group_checked, 2u);
  EXPECT_EQ(result.hash.group_verified, 2u);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].token_id, "111");
  EXPECT_EQ(result.tokens[0].slug, "our-market");
  EXPECT_EQ(result.tokens[0].books, 1u);
  EXPECT_EQ(result.tokens[0].changes, 2u);
  EXPECT_EQ(result.decoder.fast_path, 3u);
  EXPECT_EQ(result.first, from_ms(kStart));
  EXPECT_EQ(result.last, from_ms(kStart + 20));
}

TEST_F(InspectTest, a_group_is_judged_at_its_end_by_any_of_its_hashes) {
  Recorder r(false);
  r.snapshot(kStart, kBids, kAsks);
  r.change(kStart + 10, "BUY", Price(4900), shares_of(3), std::string(40, 'a'));
  r.change(kStart + 10, "BUY", Price(4900), shares_of(2));
  r.change(kStart + 30, "BUY", Price(4900), shares_of(1), std::string(40, 'b'));
  const auto result = report(r.text);
  EXPECT_EQ(result.hash.group_checked, 2u);
  EXPECT_EQ(result.hash.group_verified, 1u);
  EXPECT_EQ(result.hash.mismatched, 2u);
  EXPECT_EQ(result.hash.groups_mismatched_by_class.at("single_message"), 1u);
  EXPECT_EQ(quirk(result, "messages_in_the_same_millisecond"), 1u);
}

TEST_F(InspectTest, quirks_are_counted) {
  Recorder r;
  r.line(
      kStart,
      R"({"market":"0xc1","price_changes":[{"asset_id":"111","price":"0.5","size":"1","side":"BUY","hash":"","best_bid":"0","best_ask":"1"},)"
      R"({"asset_id":"222","price":"0.5","size":"1","side":"SELL","hash":"","best_bid":"0","best_ask":"1"}],"timestamp":"1789999999999","event_type":"price_change"})");
  r.snapshot(kStart + 100, kBids, {});
  r.snapshot(kStart + 100, kBids, {});
  r.change(kStart + 200, "BUY", Price(1000), Shares(0));
  r.change(kStart + 300, "BUY", Price(4700), shares_of(5));
  r.change(kStart + 250, "BUY", Price(4650), shares_of(5));
  r.snapshot(kStart + 400, {{Price(4655), shares_of(1)}}, {{Price(4600), shares_of(1)}});
  r.line(kStart + 500, "PONG");
  r.line(kStart + 500, "[]");
  r.line(kStart + 500, R"([{"event_type":"dance"}])");
  const auto result = report(r.text);
  EXPECT_EQ(result.frames, 10u);
  EXPECT_EQ(quirk(result, "changes_before_a_snapshot"), 2u);
  EXPECT_EQ(quirk(result, "changes_of_both_tokens"), 1u);
  EXPECT_EQ(quirk(result, "empty_side_in_best_prices"), 5u) << "two, and three while the asks are empty";
  EXPECT_EQ(quirk(result, "repeated_books"), 1u);
  EXPECT_EQ(quirk(result, "books_with_empty_asks"), 2u);
  EXPECT_EQ(quirk(result, "removals_of_absent_levels"), 1u);
  EXPECT_EQ(quirk(result, "changes_to_the_same_size"), 1u);
  EXPECT_EQ(quirk(result, "exchange_time_backwards"), 1u);
  EXPECT_EQ(quirk(result, "receive_time_backwards"), 1u);
  EXPECT_EQ(quirk(result, "crossed_books"), 1u);
  EXPECT_EQ(quirk(result, "books_off_the_tick"), 1u);
  EXPECT_EQ(result.decoder.non_json, 1u);
  EXPECT_EQ(result.decoder.empty_arrays, 1u);
  EXPECT_EQ(result.decoder.unknown_types, 1u);
}

TEST_F(InspectTest, gaps_and_rates) {
  Recorder r;
  std::int64_t at = kStart;
  for (int i = 0; i < 100; ++i) r.line(at += 100, "[]");
  for (const std::int64_t pause : {5'001, 4'999, 70'000, 6'000}) r.line(at += pause, "[]");
  const auto result = report(r.text);
  EXPECT_EQ(result.gaps.over_5s, 3u);
  EXPECT_EQ(result.gaps.while_busy, 2u) << "before the pause of 6 s it had been quiet";
  EXPECT_EQ(result.gaps.longest, seconds(70));
  EXPECT_GE(result.busiest_minute, 50u);
}

TEST_F(InspectTest, every_line_is_accounted_for_and_partial_captures_give_their_part) {
  const auto mixed = report("{\"event_type\":\"book\"}\n{\"source\":\"coinbase\",\"payload\":\"{}\"}\nnonsense\n");
  EXPECT_EQ(mixed.lines, 3u);
  EXPECT_EQ(mixed.frames, 1u);
  EXPECT_EQ(mixed.skipped, 2u);
  EXPECT_EQ(mixed.skipped_by_reason.at("other_source"), 1u);
  EXPECT_EQ(mixed.skipped_by_reason.at("invalid_json"), 1u);
  EXPECT_EQ(mixed.decoder.malformed, 1u);
  const auto cut = report("[{\"event_type\":\"book\"},{\"event");
  EXPECT_EQ(cut.frames, 1u);
  ASSERT_EQ(cut.errors.size(), 1u);
  EXPECT_EQ(cut.errors[0].code, "capture.truncated");
}

TEST_F(InspectTest, files_that_are_no_captures_are_errors) {
  EXPECT_EQ(inspect({(folder_ / "absent").string()}).error().code, "capture.not_found");
  EXPECT_EQ(inspect({write("prose\n")}).error().code, "capture.not_a_capture");
}

TEST_F(InspectTest, several_captures_are_added_up_and_can_be_stopped) {
  Recorder r;
  r.snapshot(kStart, kBids, kAsks);
  for (int i = 0; i < 3'000; ++i) r.line(kStart + i, "[]");
  const std::string path = write(r.text);
  const auto both = inspect({path, path});
  ASSERT_TRUE(both);
  EXPECT_EQ(both->frames, 6'002u);
  EXPECT_EQ(both->tokens.size(), 1u);
  EXPECT_EQ(both->markets, 1u);
  EXPECT_EQ(both->hash.books_verified, 2u);
  EXPECT_EQ(quirk(*both, "repeated_books"), 0u) << "each capture is a recording of its own";
  InspectProgress last;
  const auto stopped = inspect({path, path}, [&](const InspectProgress& p) {
    last = p;
    return false;
  });
  ASSERT_TRUE(stopped);
  EXPECT_TRUE(stopped->interrupted);
  EXPECT_LT(stopped->frames, 3'001u);
  EXPECT_GT(last.bytes_done, 0u);
  EXPECT_EQ(last.bytes_total, 2 * fs::file_size(path));
}

TEST_F(InspectTest, json_has_the_members_of_the_contract) {
  Recorder r;
  r.snapshot(kStart, kBids, kAsks);
  const auto members = json_members(report(r.text));
  std::string all;
  for (const auto& [key, value] : members) all += key + "=" + value + "\n";
  for (const char* expected : {"frames=1\n", "events={\"total\":1,\"by_type\":{\"book\":1}}\n", "tokens=1\n",
                               "first=\"2026-09-21T14:13:20.000Z\"\n", "\"group_checked\":0", "quirks={",
                               "skipped={\"total\":0,\"by_reason\":{}}\n", "\"slug\":\"our-market\""}) {
    EXPECT_NE(all.find(expected), std::string::npos) << expected << "\n" << all;
  }
  EXPECT_NE(to_table(report(r.text)).find("groups (market, asset, ms)"), std::string::npos);
}

std::string recorded(const std::string& name) {
  const char* folder = std::getenv("EBB_RECORDED_DATA");
  return (folder != nullptr ? std::string(folder) : std::string("../shared/data")) + "/ws_market/" + name;
}

TEST(RecordedCaptures, hashes_of_real_books_verify) {
  const std::string changes = recorded("sahajpatel123/slice_20260727T184300Z.first660.jsonl.zst");
  const std::string books = recorded("CronosVirus00/btc-updown-5m_2026-04-14.frames.jsonl.zst");
  if (!fs::exists(changes)) GTEST_SKIP() << "recorded data not found: set EBB_RECORDED_DATA to its folder";
  const auto groups = inspect({changes});
  ASSERT_TRUE(groups);
  EXPECT_EQ(groups->frames, 623u);
  EXPECT_EQ(groups->skipped_by_reason.at("other_kind"), 37u);
  EXPECT_EQ(groups->hash.group_checked, 766u);
  EXPECT_GE(groups->hash.group_verified, 754u);
  std::uint64_t classified = 0;
  for (const auto& [name, count] : groups->hash.groups_mismatched_by_class) classified += count;
  EXPECT_EQ(groups->hash.group_verified + classified, 766u);
  const auto cronos = inspect({books});
  ASSERT_TRUE(cronos);
  EXPECT_EQ(cronos->frames, 71'400u);
  EXPECT_EQ(cronos->tokens.size(), 26u);
  EXPECT_EQ(cronos->hash.books_checked, 23u);
  EXPECT_EQ(cronos->hash.books_verified, 23u);
  EXPECT_EQ(cronos->decoder.malformed, 0u);
  EXPECT_EQ(cronos->quirks.at("books_off_the_tick"), 420u);
}

}  // namespace
}  // namespace ebb::runner
