#include "polymarket/book_hash.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "base/decimal.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

struct Side {
  std::vector<std::uint16_t> prices;
  std::vector<std::int64_t> sizes;
  void add(Price price, Shares size) {
    prices.push_back(static_cast<std::uint16_t>(price.raw()));
    sizes.push_back(size.raw());
  }
};
model::BookView view(const Side& bids, const Side& asks) { return {bids.prices, bids.sizes, asks.prices, asks.sizes}; }

TEST(BookHash, text_is_spelled_as_the_venue_spells_it) {
  Side bids, asks;
  bids.add(Price(10), shares_of(2'069'838));
  bids.add(Price(4900), Shares(120'500'000));
  asks.add(Price(9999), Shares(1));
  asks.add(Price(5250), Shares(12'584'580'000));
  BookHasher hasher;
  const auto digest = hasher.hash(view(bids, asks), {.market = "0xaa",
                                                     .asset_id = "111",
                                                     .timestamp_ms = 1790000000123,
                                                     .tick = Price(25),
                                                     .neg_risk = true,
                                                     .last_trade = Price(5000)});
  EXPECT_EQ(
      hasher.text(),
      R"({"market":"0xaa","asset_id":"111","timestamp":"1790000000123","hash":"","bids":[{"price":"0.001","size":"2069838"},)"
      R"({"price":"0.49","size":"120.5"}],"asks":[{"price":"0.9999","size":"0.000001"},{"price":"0.525","size":"12584.58"}],)"
      R"("min_order_size":"5","tick_size":"0.0025","neg_risk":true,"last_trade_price":"0.500"})");
  EXPECT_EQ(digest, crypto::sha1(crypto::bytes_of(hasher.text())));
}

TEST(BookHash, empty_book_without_trades_and_a_reused_buffer) {
  Side deep, none;
  for (int i = 1; i < 3000; ++i) deep.add(Price(i), Shares(kMaxShares.raw() - i));
  BookHasher hasher;
  const auto big = hasher.hash(view(deep, none), {.market = "m", .asset_id = "a"});
  (void)hasher.hash(view(none, none), {.market = "m", .asset_id = "a"});
  EXPECT_EQ(hasher.text(), R"({"market":"m","asset_id":"a","timestamp":"","hash":"","bids":[],"asks":[],)"
                           R"("min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":""})");
  EXPECT_EQ(hasher.hash(view(deep, none), {.market = "m", .asset_id = "a"}), big);
}

TEST(BookHash, official_vectors) {
  EBB_VECTORS_OR_SKIP(file, "book_hash.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const auto read = [&](std::uint32_t array, Side& side) {
    for (std::uint32_t i = array + 1; i < tree[array].end; i = tree[i].end) {
      side.add(*parse_price(tree.member(i, "price").text), *parse_shares(tree.member(i, "size").text));
    }
  };
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0;
  BookHasher hasher;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    const std::uint32_t book = tree.find(i, "payload");
    Side bids, asks;
    read(tree.find(book, "bids"), bids);
    read(tree.find(book, "asks"), asks);
    const auto time = parse_scaled(tree.member(book, "timestamp").text, 0);
    const auto digest =
        hasher.hash(view(bids, asks), {.market = tree.member(book, "market").text,
                                       .asset_id = tree.member(book, "asset_id").text,
                                       .timestamp_ms = time.value_or(0),
                                       .min_order_size = *parse_shares(tree.member(book, "min_order_size").text),
                                       .tick = *parse_price(tree.member(book, "tick_size").text),
                                       .neg_risk = false,
                                       .last_trade = *parse_price(tree.member(book, "last_trade_price").text),
                                       .last_trade_decimals = 1});
    EXPECT_EQ(crypto::to_hex(digest), tree.member(i, "sha1").text);
    EXPECT_EQ(parse_book_hash(tree.member(i, "sha1").text), digest);
  }
  EXPECT_EQ(checked, 2);
}

TEST(BookHash, last_trade_has_three_decimals_or_four) {
  const auto spelled = [](Price price, int decimals = kLastTradeDecimals) {
    char buffer[16];
    return std::string(buffer, write_last_trade(buffer, price, decimals));
  };
  EXPECT_EQ(spelled(Price(5000)), "0.500");
  EXPECT_EQ(spelled(Price(4900)), "0.490");
  EXPECT_EQ(spelled(Price(4825)), "0.4825");
  EXPECT_EQ(spelled(Price(10)), "0.001");
  EXPECT_EQ(spelled(kPriceOne), "1.000");
  EXPECT_EQ(spelled(Price(0)), "0.000");
  EXPECT_EQ(spelled(model::kNoPrice), "");
  EXPECT_EQ(spelled(Price(5000), 1), "0.5");
  EXPECT_EQ(spelled(Price(0), 0), "0");
}

TEST(BookHash, hex_is_parsed_in_either_case_or_refused) {
  EXPECT_EQ(parse_book_hash("000102030405060708090a0b0c0d0e0f10111213"),
            parse_book_hash("000102030405060708090A0B0C0D0E0F10111213"));
  EXPECT_EQ(parse_book_hash("000102030405060708090a0b0c0d0e0f101112fF").value()[19], 0xff);
  EXPECT_FALSE(parse_book_hash("0xhash001"));
  EXPECT_FALSE(parse_book_hash("000102030405060708090a0b0c0d0e0f1011121g"));
  EXPECT_FALSE(parse_book_hash(""));
}

}  // namespace
}  // namespace ebb::polymarket
