// Frames that no honest venue would send reach an engine that holds books: nothing crashes, nothing of them is acted on,
// everything is counted.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

struct CountingSink : CommandSink {
  void on_command(const model::Command& command, Timestamp) override {
    orders += std::holds_alternative<model::PlaceOrder>(command) ? 1 : 0;
    book_requests += std::holds_alternative<model::RequestBook>(command) ? 1 : 0;
  }
  int orders = 0;
  int book_requests = 0;
};

class BadFrames : public ::testing::Test {
 protected:
  BadFrames() {
    EngineConfig config;
    config.forced_tier = "demo";
    config.check_hashes = false;
    engine = std::make_unique<Engine>(config, sink, now);
    model::MarketSpec spec;
    spec.condition_id = "0xc0";
    spec.tokens = {model::TokenSpec{"101", "Yes"}, model::TokenSpec{"102", "No"}};
    EXPECT_TRUE(engine->add_market(spec, Follow::trade, now).has_value());
    engine->on_event({now, model::ConnectionOpened{model::ConnectionIndex(0)}});
    frame(book("101", "0.49", "100", "0.51"));
  }
  std::string book(std::string_view token, std::string_view bid, std::string_view size, std::string_view ask) {
    return fmt::format(
        R"({{"market":"0xc0","asset_id":"{}","timestamp":"{}","hash":"","bids":[{{"price":"{}","size":"{}"}}],"asks":[{{"price":"{}","size":"7"}}],"event_type":"book"}})",
        token, now.ms(), bid, size, ask);
  }
  std::string change(std::string_view token, std::string_view price, std::string_view size) {
    return fmt::format(
        R"({{"market":"0xc0","price_changes":[{{"asset_id":"{}","price":"{}","size":"{}","side":"BUY","hash":""}}],"timestamp":"{}","event_type":"price_change"}})",
        token, price, size, now.ms());
  }
  void frame(std::string_view text) {
    now = now + milliseconds(100);
    engine->on_market_frame(now, model::ConnectionIndex(0), text);
  }
  /// The book is as the constructor left it and no order was born.
  void expect_untouched() const {
    const model::Quote quote = engine->feed(model::TokenIndex(0)).book().quote();
    EXPECT_EQ(quote.bid, Price(4900));
    EXPECT_EQ(quote.bid_size, shares_of(100));
    EXPECT_EQ(quote.ask, Price(5100));
    EXPECT_EQ(sink.orders, 0);
  }
  [[nodiscard]] std::uint64_t malformed() const { return engine->decoder_stats().malformed; }

  CountingSink sink;
  Timestamp now = from_ms(1'790'000'000'000);
  std::unique_ptr<Engine> engine;
};

TEST_F(BadFrames, PricesOutsideZeroToOne) {
  for (const char* price : {"0", "1", "1.5", "-0.2", "2", "0.00001"}) {
    const std::uint64_t before = malformed();
    frame(book("101", price, "100", "0.51"));
    frame(change("101", price, "50"));
    EXPECT_EQ(malformed(), before + 2) << price;
  }
  expect_untouched();
}

TEST_F(BadFrames, NegativeOverflowingAndNonNumericSizes) {
  for (const char* size : {"-1", "99999999999999999999999", "1000000000001", "NaN", "nan", "inf", "1e9", "", "0x10"}) {
    const std::uint64_t before = malformed();
    frame(book("101", "0.45", size, "0.51"));
    frame(change("101", "0.45", size));
    EXPECT_EQ(malformed(), before + 2) << size;
  }
  expect_untouched();
}

// What was dropped may have moved the book: it is not believed until the next snapshot.
TEST_F(BadFrames, ADroppedChangeOfAKnownTokenCostsItsBookTheTrust) {
  ASSERT_TRUE(engine->feed(model::TokenIndex(0)).trusted());
  frame(change("101", "0.45", "-1"));
  EXPECT_FALSE(engine->feed(model::TokenIndex(0)).trusted());
  EXPECT_EQ(sink.book_requests, 1);
  frame(book("101", "0.49", "100", "0.51"));
  EXPECT_TRUE(engine->feed(model::TokenIndex(0)).trusted());
  frame(change("999", "0.45", "-1"));  // nobody's
  EXPECT_TRUE(engine->feed(model::TokenIndex(0)).trusted());
}

TEST_F(BadFrames, UnknownTokensAreCountedAndLeftAlone) {
  frame(book("999", "0.10", "5", "0.90"));
  frame(change("999", "0.10", "5"));
  EXPECT_EQ(engine->stats().unknown_tokens, 2U);
  EXPECT_EQ(malformed(), 0U);
  expect_untouched();
}

TEST_F(BadFrames, TextsThatAreNoFrames) {
  for (const char* text : {"", "PONG", "INVALID OPERATION", "[]", "{", "{\"event_type\":\"book\"}", "[{]", "null", "7"})
    frame(text);
  expect_untouched();
}

TEST_F(BadFrames, TenMegabytesOfOneFrame) {
  std::string text = R"({"market":"0xc0","asset_id":"101","timestamp":"1","hash":"","bids":[)";
  while (text.size() < 10'000'000) text += R"({"price":"0.01","size":"1"},)";
  text.back() = ']';
  text += R"(,"asks":[],"event_type":"book"})";
  const std::uint64_t before = malformed();
  frame(text);
  EXPECT_EQ(malformed(), before + 1);  // it names one level over and over
  expect_untouched();
}

}  // namespace
}  // namespace ebb::engine
