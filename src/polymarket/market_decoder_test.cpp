#include "polymarket/market_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

using model::DecodedFrame;
using model::kNoPrice;
using model::MarketEventKind;
using model::Side;

const std::string kMarket = "0x" + std::string(60, 'a') + "0001";
const std::string kYes = "71000000000000000000000000000000000000000000000000000000000000000000000000001";
const std::string kNo = "1234500000000000000000000000000000000000000000000000000000000000000000000000002";
const std::string kHash = "0123456789abcdef0123456789abcdef01234567";

std::string quoted(const std::string& text) { return '"' + text + '"'; }

/// The shape after a trade; `levels` as JSON arrays.
std::string streamed_book(const std::string& bids, const std::string& asks) {
  return "{\"market\":" + quoted(kMarket) + ",\"asset_id\":" + quoted(kYes) + ",\"bids\":" + bids +
         ",\"asks\":" + asks + ",\"hash\":" + quoted(kHash) +
         ",\"timestamp\":\"1790000000123\",\"event_type\":\"book\"}";
}
std::string initial_book(const std::string& bids, const std::string& asks, const std::string& last = "0.5") {
  return "{\"market\":" + quoted(kMarket) + ",\"asset_id\":" + quoted(kYes) +
         ",\"timestamp\":\"1790000000123\",\"hash\":" + quoted(kHash) + ",\"bids\":" + bids + ",\"asks\":" + asks +
         ",\"tick_size\":\"0.01\",\"event_type\":\"book\",\"last_trade_price\":" + quoted(last) + "}";
}
std::string change(const std::string& asset, const std::string& price, const std::string& size, const std::string& side,
                   const std::string& bid, const std::string& ask, const std::string& gap) {
  return "{\"asset_id\":" + quoted(asset) + "," + gap + "\"price\":" + quoted(price) + "," + gap +
         "\"size\":" + quoted(size) + "," + gap + "\"side\":" + quoted(side) + "," + gap + "\"hash\":" + quoted(kHash) +
         "," + gap + "\"best_bid\":" + quoted(bid) + "," + gap + "\"best_ask\":" + quoted(ask) + "}";
}
std::string price_change(const std::string& entries, const std::string& gap) {
  return "{\"market\":" + quoted(kMarket) + "," + gap + "\"price_changes\":[" + entries + "]," + gap +
         "\"timestamp\":\"1790000000456\"," + gap + "\"event_type\":\"price_change\"}";
}
std::string two_changes(const std::string& gap) {
  return price_change(change(kYes, "0.49", "90.25", "BUY", "0.49", "0.52", gap) + "," + gap +
                          change(kNo, "0.51", "90.25", "SELL", "0.48", "0.51", gap),
                      gap);
}

class MarketDecoderTest : public ::testing::Test {
 protected:
  const model::MarketEvent& only_event(const std::string& text) {
    frame_text = text;
    decoder.decode(frame_text, frame);
    EXPECT_EQ(frame.events.size(), 1u) << text;
    EXPECT_EQ(frame.malformed, 0u) << text;
    static const model::MarketEvent kNone;
    return frame.events.empty() ? kNone : frame.events.front();
  }
  void expect_refused(const std::string& text) {
    frame_text = text;
    decoder.decode(frame_text, frame);
    EXPECT_TRUE(frame.events.empty()) << text;
    EXPECT_GE(frame.malformed, 1u) << text;
  }
  MarketDecoder decoder;
  DecodedFrame frame;
  std::string frame_text;
};

TEST_F(MarketDecoderTest, streamed_book_takes_the_fast_path_with_best_levels_last) {
  const auto& event = only_event(streamed_book(
      R"([{"price":"0.01","size":"12584.58"},{"price":"0.4825","size":"31045290"}])",
      R"([{"price":"0.99","size":"0.5"},{"price":"0.515","size":"9"},{"price":"0.5","size":"1.000001"}])"));
  EXPECT_EQ(decoder.stats().fast_path, 1u);
  EXPECT_EQ(event.kind, MarketEventKind::book);
  EXPECT_EQ(event.market, kMarket);
  EXPECT_EQ(event.asset_id, kYes);
  EXPECT_EQ(event.hash, kHash);
  EXPECT_EQ(event.timestamp_ms, 1790000000123);
  EXPECT_EQ(event.tick, kNoPrice);
  EXPECT_FALSE(event.has_last_trade_field);
  ASSERT_EQ(event.bid_count, 2u);
  ASSERT_EQ(event.ask_count, 3u);
  EXPECT_EQ(frame.bids(event)[0].price, Price(100));
  EXPECT_EQ(frame.bids(event)[0].size, Shares(12'584'580'000));
  EXPECT_EQ(frame.bids(event)[1].price, Price(4825));
  EXPECT_EQ(frame.bids(event)[1].size, shares_of(31'045'290));
  EXPECT_EQ(frame.asks(event)[0].price, Price(9900));
  EXPECT_EQ(frame.asks(event)[2].price, Price(5000));
  EXPECT_EQ(frame.asks(event)[2].size, Shares(1'000'001));
}

TEST_F(MarketDecoderTest, initial_book_takes_the_fast_path_with_tick_and_last_trade) {
  const auto& event = only_event(initial_book(R"([{"price":"0.4","size":"1"}])", "[]", "0.57"));
  EXPECT_EQ(decoder.stats().fast_path, 1u);
  EXPECT_EQ(event.tick, Price(100));
  EXPECT_EQ(event.last_trade, Price(5700));
  EXPECT_TRUE(event.has_last_trade_field);
  EXPECT_EQ(event.ask_count, 0u);
}

TEST_F(MarketDecoderTest, initial_book_without_a_trade_has_the_field_but_no_price) {
  const auto& event = only_event(initial_book("[]", "[]", ""));
  EXPECT_EQ(decoder.stats().fast_path, 1u);
  EXPECT_EQ(event.last_trade, kNoPrice);
  EXPECT_TRUE(event.has_last_trade_field);
}

TEST_F(MarketDecoderTest, rest_book_without_event_type_is_a_book) {
  const auto& event = only_event("{\"market\":" + quoted(kMarket) + ",\"asset_id\":" + quoted(kYes) +
                                 R"(,"timestamp":"1790000000123","hash":"ab","bids":[{"price":"0.48","size":"30"}],)"
                                 R"("asks":[],"min_order_size":"5","tick_size":"0.001","neg_risk":true,)"
                                 R"("last_trade_price":"","version":"v2"})"
                                 "\n");
  EXPECT_EQ(event.kind, MarketEventKind::book);
  EXPECT_EQ(event.min_order_size, shares_of(5));
  EXPECT_EQ(event.neg_risk, 1);
  EXPECT_EQ(event.tick, Price(10));
  EXPECT_TRUE(event.has_last_trade_field);
  EXPECT_EQ(decoder.stats().fallback, 1u);
}

TEST_F(MarketDecoderTest, a_book_in_the_wrong_order_is_sorted_and_empty_levels_are_dropped) {
  const auto& event = only_event(
      streamed_book(R"([{"price":".49","size":"1"},{"price":"0.480","size":2.50},{"price":"0.3","size":"0"}])",
                    R"([{"size":"7","price":"0.51","extra":{"a":[1,2]}},{"price":0.52,"size":"8.0"}])"));
  ASSERT_EQ(event.bid_count, 2u);
  EXPECT_EQ(frame.bids(event)[1].price, Price(4900));
  EXPECT_EQ(frame.bids(event)[0].size, Shares(2'500'000));
  ASSERT_EQ(event.ask_count, 2u);
  EXPECT_EQ(frame.asks(event)[1].price, Price(5100));
}

TEST_F(MarketDecoderTest, a_null_side_is_an_empty_side) {
  const auto& event = only_event(streamed_book("null", R"([{"price":"0.51","size":"7"}])"));
  EXPECT_EQ(event.bid_count, 0u);
  EXPECT_EQ(event.ask_count, 1u);
}

TEST_F(MarketDecoderTest, a_book_with_one_bad_level_is_dropped_as_a_whole) {
  for (const char* level :
       {R"({"price":"0","size":"1"})", R"({"price":"1","size":"1"})", R"({"price":"1.01","size":"1"})",
        R"({"price":"-0.4","size":"1"})", R"({"price":"0.48765","size":"1"})", R"({"price":"NaN","size":"1"})",
        R"({"price":"0.4","size":"-1"})", R"({"price":"0.4","size":"99999999999999999999999999"})",
        R"({"price":"0.4","size":"1e3"})", R"({"price":"0.4"})", R"({"size":"4"})", R"({"price":null,"size":"4"})", "7",
        "null", "[]", R"({"price":"0.\u0034","size":"4"})", R"({"price":"0.0000","size":"4"})"}) {
    expect_refused(streamed_book(std::string("[{\"price\":\"0.1\",\"size\":\"1\"},") + level + "]", "[]"));
    EXPECT_TRUE(frame.levels.empty());
  }
}

TEST_F(MarketDecoderTest, a_book_that_names_a_price_or_a_side_twice_is_dropped) {
  expect_refused(streamed_book(R"([{"price":"0.1","size":"1"},{"price":"0.10","size":"2"}])", "[]"));
  expect_refused(R"({"asset_id":"1","bids":[],"bids":[],"asks":[],"event_type":"book"})");
}

TEST_F(MarketDecoderTest, a_book_without_asset_or_without_one_side_is_dropped) {
  expect_refused(R"({"event_type":"book","market":"0x1","bids":[],"asks":[]})");
  expect_refused(R"({"event_type":"book","market":"0x1","asset_id":"","bids":[],"asks":[]})");
  expect_refused(R"({"event_type":"book","market":"0x1","asset_id":"5","bids":[]})");
  expect_refused(R"({"event_type":"book","market":"0x1","asset_id":"5","bids":"none","asks":[]})");
}

TEST_F(MarketDecoderTest, price_change_in_both_spellings_takes_the_fast_path) {
  for (const std::string gap : {"", " "}) {
    const auto& event = only_event(two_changes(gap));
    EXPECT_EQ(event.kind, MarketEventKind::price_change);
    EXPECT_EQ(event.market, kMarket);
    EXPECT_TRUE(event.asset_id.empty());
    EXPECT_EQ(event.timestamp_ms, 1790000000456);
    const auto changes = frame.changes_of(event);
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(changes[0].asset_id, kYes);
    EXPECT_EQ(changes[0].price, Price(4900));
    EXPECT_EQ(changes[0].size, Shares(90'250'000));
    EXPECT_EQ(changes[0].side, Side::buy);
    EXPECT_EQ(changes[0].hash, kHash);
    EXPECT_EQ(changes[1].asset_id, kNo);
    EXPECT_EQ(changes[1].side, Side::sell);
    EXPECT_EQ(changes[1].best_bid, Price(4800));
    EXPECT_EQ(changes[1].best_ask, Price(5100));
  }
  EXPECT_EQ(decoder.stats().fast_path, 2u);
}

TEST_F(MarketDecoderTest, best_prices_of_an_empty_side) {
  const auto& event = only_event(price_change(
      change(kYes, "0.5", "0", "SELL", "0", "1", "") + "," + change(kNo, "0.5", "0", "BUY", "", "", ""), ""));
  EXPECT_EQ(decoder.stats().fast_path, 1u);
  const auto changes = frame.changes_of(event);
  EXPECT_EQ(changes[0].size, Shares(0));
  EXPECT_EQ(changes[0].best_bid, Price(0));
  EXPECT_EQ(changes[0].best_ask, kPriceOne);
  EXPECT_EQ(changes[1].best_bid, kNoPrice);
  EXPECT_EQ(changes[1].best_ask, kNoPrice);
}

TEST_F(MarketDecoderTest, price_change_in_other_orders_and_cases_goes_through_the_fallback) {
  const auto& event =
      only_event(R"({"event_type":"price_change","timestamp":1790000000,"price_changes":[)"
                 R"({"side":"sell","size":12.5,"price":".48","asset_id":"77","note":[{}]}],"market":"0x5"})");
  EXPECT_EQ(event.timestamp_ms, 1790000000000);
  const auto changes = frame.changes_of(event);
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].side, Side::sell);
  EXPECT_EQ(changes[0].price, Price(4800));
  EXPECT_EQ(changes[0].size, Shares(12'500'000));
  EXPECT_EQ(changes[0].best_bid, kNoPrice);
}

TEST_F(MarketDecoderTest, old_schema_gives_its_asset_and_hash_to_every_entry) {
  const auto& event = only_event(
      R"({"changes":[{"price":"0.23","side":"SELL","size":"300"},{"price":"0.2","side":"BUY","size":"0"}],)"
      R"("asset_id":"191","market":"0xe0","timestamp":"1737825347925","hash":"af03","event_type":"price_change"})");
  const auto changes = frame.changes_of(event);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].asset_id, "191");
  EXPECT_EQ(changes[1].asset_id, "191");
  EXPECT_EQ(changes[1].hash, "af03");
  EXPECT_TRUE(event.asset_id.empty());
}

TEST_F(MarketDecoderTest, the_flat_schema_is_one_change) {
  const auto& event = only_event(R"({"asset_id":"48","event_type":"price_change","hash":"bf","market":"0xdd",)"
                                 R"("price":"0.514","side":"SELL","size":"21574.08","timestamp":"1723967931411"})");
  ASSERT_EQ(event.change_count, 1u);
  EXPECT_EQ(frame.changes_of(event)[0].price, Price(5140));
  EXPECT_EQ(frame.changes_of(event)[0].hash, "bf");
}

TEST_F(MarketDecoderTest, a_bad_entry_is_dropped_and_the_good_ones_stay) {
  for (const auto& bad :
       {change(kYes, "1.5", "1", "BUY", "0.1", "0.2", ""), change(kYes, "0.5", "-1", "BUY", "0.1", "0.2", ""),
        change(kYes, "0.5", "1", "HOLD", "0.1", "0.2", ""), change("", "0.5", "1", "BUY", "0.1", "0.2", ""),
        change(kYes, "0.5", "1", "BUY", "-0.1", "0.2", ""), change(kYes, "nan", "1", "BUY", "0.1", "0.2", ""),
        std::string("[]"), std::string("3"), std::string("{}")}) {
    frame_text = price_change(bad + "," + change(kNo, "0.5", "1", "BUY", "0.1", "0.2", ""), "");
    decoder.decode(frame_text, frame);
    EXPECT_EQ(frame.malformed, 1u) << bad;
    ASSERT_EQ(frame.events.size(), 1u) << bad;
    ASSERT_EQ(frame.events[0].change_count, 1u) << bad;
    EXPECT_EQ(frame.changes_of(frame.events[0])[0].asset_id, kNo);
  }
}

TEST_F(MarketDecoderTest, last_trade_price_is_rounded_to_the_grid) {
  const auto& event = only_event(
      R"({"event_type":"last_trade_price","market":"0x1","asset_id":"111","price":"0.43999999811260054","size":"25.1234567",)"
      R"("side":"Buy","fee_rate_bps":"","timestamp":"1790000000789","transaction_hash":""})");
  EXPECT_EQ(event.kind, MarketEventKind::last_trade_price);
  EXPECT_EQ(event.price, Price(4400));
  EXPECT_EQ(event.size, Shares(25'123'457));
  EXPECT_EQ(event.side, Side::buy);
  EXPECT_EQ(event.asset_id, "111");
}

TEST_F(MarketDecoderTest, a_trade_without_side_or_with_a_price_of_zero_is_dropped) {
  expect_refused(R"({"event_type":"last_trade_price","asset_id":"1","price":"0.5","size":"1","side":""})");
  expect_refused(R"({"event_type":"last_trade_price","asset_id":"1","price":"0","size":"1","side":"BUY"})");
  expect_refused(R"({"event_type":"last_trade_price","asset_id":"1","price":"0.5","side":"BUY"})");
}

TEST_F(MarketDecoderTest, tick_size_change) {
  const auto& event =
      only_event(R"({"event_type":"tick_size_change","market":"0x1","asset_id":"9","old_tick_size":"0.01",)"
                 R"("new_tick_size":"0.001","timestamp":"1790000001000"})");
  EXPECT_EQ(event.kind, MarketEventKind::tick_size_change);
  EXPECT_EQ(event.tick, Price(10));
  expect_refused(R"({"event_type":"tick_size_change","asset_id":"9","new_tick_size":"0"})");
  expect_refused(R"({"event_type":"tick_size_change","asset_id":"9"})");
}

TEST_F(MarketDecoderTest, best_bid_ask_with_an_absent_side) {
  const auto& event = only_event(R"({"event_type":"best_bid_ask","market":"0x1","asset_id":"9","best_bid":"",)"
                                 R"("best_ask":"0.52","spread":"0.03","timestamp":"1790000001000"})");
  EXPECT_EQ(event.best_bid, kNoPrice);
  EXPECT_EQ(event.best_ask, Price(5200));
}

TEST_F(MarketDecoderTest, new_market_and_market_resolved) {
  const auto& fresh =
      only_event(R"({"event_type":"new_market","id":"12","question":"Will \"it\"?\n","condition_id":"0xc1",)"
                 R"("assets_ids":["1","2"],"active":true,"order_price_min_tick_size":"0.01",)"
                 R"("fee_schedule":{"rate":"0.07"},"timestamp":"1790000001000"})");
  EXPECT_EQ(fresh.kind, MarketEventKind::new_market);
  EXPECT_EQ(fresh.market, "0xc1");
  EXPECT_EQ(fresh.tick, Price(100));
  const auto& ended =
      only_event(R"({"event_type":"market_resolved","id":"12","market":"0xc1","assets_ids":["1","2"],)"
                 R"("winning_asset_id":"2","winning_outcome":"No","timestamp":"1790000001000","tags":[]})");
  EXPECT_EQ(ended.kind, MarketEventKind::market_resolved);
  EXPECT_EQ(ended.winning_asset_id, "2");
}

TEST_F(MarketDecoderTest, arrays_hold_events_in_order) {
  frame_text = "[" + initial_book("[]", "[]") + ", " + two_changes(" ") + ",{\"event_type\":\"dance\"},5]";
  decoder.decode(frame_text, frame);
  ASSERT_EQ(frame.events.size(), 2u);
  EXPECT_EQ(frame.events[0].kind, MarketEventKind::book);
  EXPECT_EQ(frame.events[1].kind, MarketEventKind::price_change);
  EXPECT_EQ(frame.unknown_types, 1u);
  EXPECT_EQ(frame.malformed, 1u);
}

TEST_F(MarketDecoderTest, texts_that_are_no_events_are_counted) {
  for (const char* text : {"PONG", "", "  \n", "INVALID OPERATION", "\"text\"", "17", "\xff\xfe"}) {
    decoder.decode(text, frame);
    EXPECT_TRUE(frame.events.empty());
    EXPECT_EQ(frame.malformed, 0u) << text;
  }
  EXPECT_EQ(decoder.stats().non_json, 7u);
  decoder.decode("[]", frame);
  decoder.decode(" [ ]\n", frame);
  EXPECT_EQ(decoder.stats().empty_arrays, 2u);
  decoder.decode("{}", frame);
  EXPECT_EQ(decoder.stats().unknown_types, 1u);
  EXPECT_EQ(decoder.stats().frames, 10u);
  EXPECT_EQ(decoder.stats().fast_path + decoder.stats().fallback + decoder.stats().non_json, 10u);
}

TEST_F(MarketDecoderTest, every_truncation_of_a_frame_is_malformed) {
  for (const std::string& whole : {two_changes(" "), initial_book(R"([{"price":"0.4","size":"1"}])", "[]"),
                                   streamed_book("[]", R"([{"price":"0.4","size":"1"}])")}) {
    for (std::size_t size = 1; size < whole.size(); ++size) {
      const std::string cut(whole.data(), size);  // its own buffer: a read beyond the end is seen by ASan
      decoder.decode(cut, frame);
      ASSERT_TRUE(frame.events.empty()) << cut;
      ASSERT_EQ(frame.malformed, 1u) << cut;
    }
  }
}

TEST_F(MarketDecoderTest, anything_after_the_end_or_broken_inside_makes_the_frame_malformed) {
  for (const char* tail : {"x", "{}", ",", "]", "}", "\"", "1"}) expect_refused(two_changes("") + tail);
  expect_refused(R"({"event_type":"book","asset_id":"1","bids":[],"asks":[],"skipped":[1,2}})");
  expect_refused(R"({"event_type":"book","asset_id":"1","bids":[],"asks":[],"skipped":nulL})");
  expect_refused(R"({"event_type":"book","asset_id":"1","bids":[],"asks":[],"skipped":1.2.3})");
  expect_refused(R"({"event_type":"book","asset_id":"1","bids":[],"asks":[],"skipped":NaN})");
  expect_refused("{\"event_type\":\"book\",\"asset_id\":\"1\",\"bids\":[],\"asks\":[],\"x\":\"\xff\"}");
  expect_refused(std::string(200, '['));
}

TEST_F(MarketDecoderTest, a_frame_of_ten_megabytes_is_decoded_or_refused_but_bounded) {
  std::string big = R"({"event_type":"new_market","market":"0x1","description":")" + std::string(10 << 20, 'x') + "\"}";
  EXPECT_EQ(only_event(big).kind, MarketEventKind::new_market);
  std::string many = "[0";
  while (many.size() < (std::size_t{10} << 20)) many += ",0";
  expect_refused(many + "]");
  expect_refused("{\"a\":\"" + std::string(17 << 20, 'x') + "\"}");
}

TEST(RecordedMarketFrames, every_kind_is_understood) {
  EBB_RECORDED_OR_SKIP(first, "rest/nautilus/py_ws/book.json");
  const std::pair<const char*, MarketEventKind> kFiles[] = {
      {"rest/nautilus/py_ws/book.json", MarketEventKind::book},
      {"rest/nautilus/py_ws/price_change.json", MarketEventKind::price_change},
      {"rest/nautilus/py_ws/price_change_v2.json", MarketEventKind::price_change},
      {"rest/nautilus/py_ws/last_trade_price.json", MarketEventKind::last_trade_price},
      {"rest/nautilus/py_ws/tick_size_change.json", MarketEventKind::tick_size_change},
      {"rest/nautilus/rust_test_data/ws_market_best_bid_ask_msg.json", MarketEventKind::best_bid_ask},
      {"rest/nautilus/rust_test_data/ws_market_new_market_msg.json", MarketEventKind::new_market},
      {"rest/nautilus/rust_test_data/ws_market_resolved_msg.json", MarketEventKind::market_resolved},
      {"rest/funkekaiser/clob_book_negrisk_outcome.json", MarketEventKind::book},
      {"rest/ra1nty/book.json", MarketEventKind::book}};
  MarketDecoder decoder;
  DecodedFrame frame;
  for (const auto& [name, kind] : kFiles) {
    const std::string text = read_recorded(name);
    decoder.decode(text, frame);
    EXPECT_EQ(frame.malformed, 0u) << name;
    ASSERT_EQ(frame.events.size(), 1u) << name;
    EXPECT_EQ(frame.events[0].kind, kind) << name;
    EXPECT_FALSE(frame.events[0].market.empty()) << name;
    EXPECT_GT(frame.events[0].timestamp_ms, 1'600'000'000'000) << name;
  }
}

TEST(ExchangeTime, magnitude_decides_between_seconds_and_milliseconds) {
  EXPECT_EQ(parse_exchange_ms("1790000000123"), 1790000000123);
  EXPECT_EQ(parse_exchange_ms("1790000000"), 1790000000000);
  for (const char* text : {"", "0", "-5", "abc", "4102444800001", "1790000000123456", "99999999999999999999", "1.5"}) {
    EXPECT_EQ(parse_exchange_ms(text), 0) << text;
  }
}

}  // namespace
}  // namespace ebb::polymarket
