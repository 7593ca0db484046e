#include "polymarket/rest_book.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/decimal.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

std::string book(std::string_view token, std::string_view bid, std::string_view ask, std::string_view ms) {
  return R"({"market":"0xc","asset_id":")" + std::string(token) + R"(","timestamp":")" + std::string(ms) +
         R"(","hash":"ab","bids":[{"price":"0.01","size":"7"},{"price":")" + std::string(bid) +
         R"(","size":"30"}],"asks":[{"price":"0.99","size":"7"},{"price":")" + std::string(ask) +
         R"(","size":"25"}],"min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":"0.5"})";
}
HttpResponse answer(std::string body, int status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}
std::string code_of(const auto& result) { return result ? "" : result.error().code; }

TEST(RestBook, RequestsAreWhatTheVenueExpects) {
  EXPECT_EQ(book_request("123").target, "/book?token_id=123");
  EXPECT_EQ(book_request("1&x=2").target, "/book?token_id=1x2");
  constexpr std::array<std::string_view, 2> kTokens{"1", "2"};
  const HttpRequest books = books_request(kTokens);
  EXPECT_EQ(books.method, HttpMethod::post);
  EXPECT_EQ(books.target, "/books");
  EXPECT_EQ(books.body, R"([{"token_id":"1"},{"token_id":"2"}])");
  EXPECT_EQ(find_header(books.headers, "content-type"), "application/json");
  constexpr std::array<std::string_view, 1> kOne{"1"};
  EXPECT_EQ(prices_request(kOne).body, R"([{"token_id":"1","side":"BUY"},{"token_id":"1","side":"SELL"}])");
  EXPECT_EQ(price_request("1", model::Side::sell).target, "/price?token_id=1&side=SELL");
}

TEST(RestBook, ReadsOneBook) {
  RestBookReader reader;
  std::vector<RestBook> books;
  const HttpResponse response = answer(book("111", "0.48", "0.52", "1790000000123"));
  ASSERT_TRUE(reader.read(response, books));
  ASSERT_EQ(books.size(), 1U);
  EXPECT_EQ(books[0].asset_id, "111");
  EXPECT_EQ(books[0].timestamp_ms, 1790000000123);
  EXPECT_EQ(books[0].quote().bid, Price(4800));
  EXPECT_EQ(books[0].quote().ask, Price(5200));
  EXPECT_EQ(books[0].text, response.body);
}

TEST(RestBook, SplitsAnArrayAndLeavesTheBrokenOut) {
  RestBookReader reader;
  std::vector<RestBook> books;
  const std::string second = book("222", "0.30", "0.40", "1790000000124");
  const std::string broken =
      R"({"market":"0xc","asset_id":"333","timestamp":"1","bids":[{"price":"x","size":"1"}],"asks":[]})";
  const HttpResponse response =
      answer("[" + book("111", "0.48", "0.52", "1790000000123") + "," + broken + ", " + second + "]");
  ASSERT_TRUE(reader.read(response, books));
  ASSERT_EQ(books.size(), 2U);
  EXPECT_EQ(books[1].asset_id, "222");
  EXPECT_EQ(books[1].text, second);
  EXPECT_EQ(reader.malformed(), 1U);
}

TEST(RestBook, AGlanceSeesTheSameBooks) {
  RestBookReader reader;
  std::vector<RestBook> books;
  std::vector<RestBookHead> heads;
  const std::string one = book("111", "0.48", "0.52", "1790000000123");
  const std::string two = book("222", "0.30", "0.40", "1790000000124");
  for (const std::string& body : {one, "[" + one + ", " + two + "]\n", "[ " + two + "]", std::string("[]")}) {
    ASSERT_TRUE(glance_at_books(body, heads)) << body;
    ASSERT_TRUE(reader.read_body(body, books));
    ASSERT_EQ(heads.size(), books.size());
    for (std::size_t i = 0; i < heads.size(); ++i) {
      EXPECT_EQ(heads[i].text, books[i].text);
      EXPECT_EQ(heads[i].asset_id, books[i].asset_id);
      EXPECT_EQ(heads[i].timestamp_ms, books[i].timestamp_ms);
    }
  }
  const std::string whole = "[" + one + "," + two + "]";
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(glance_at_books(whole.substr(0, cut), heads)) << cut;
  for (const char* odd : {"<html>", R"({"error":"x"})", R"([{"asset_id":"1","bids":{}}])", "[7]", "[[]]"}) {
    EXPECT_FALSE(glance_at_books(odd, heads)) << odd;
  }
}

TEST(RestBook, AnEmptyListIsNoErrorAndNoBook) {
  RestBookReader reader;
  std::vector<RestBook> books;
  const HttpResponse response = answer("[]");
  EXPECT_TRUE(reader.read(response, books));
  EXPECT_TRUE(books.empty());
}

TEST(RestBook, ErrorsPagesAndOtherShapesAreNeverABook) {
  RestBookReader reader;
  std::vector<RestBook> books;
  EXPECT_EQ(code_of(reader.read(answer(R"({"error":"No orderbook exists for the requested token id"})", 404), books)),
            "book.status");
  EXPECT_EQ(code_of(reader.read(answer("<html><h1>403</h1></html>"), books)), "book.not_json");
  EXPECT_EQ(code_of(reader.read(answer(""), books)), "book.not_json");
  EXPECT_EQ(code_of(reader.read(answer(R"({"error":"x"})"), books)), "book.shape");
  const std::string whole = book("111", "0.48", "0.52", "1790000000123");
  for (std::size_t cut = 0; cut < whole.size(); ++cut) {
    EXPECT_FALSE(reader.read(answer(whole.substr(0, cut)), books)) << cut;
    EXPECT_TRUE(books.empty());
  }
}

TEST(RestBook, ErrorTextsKeepTheVenuesWordsAndNoControlCharacters) {
  EXPECT_EQ(error_words(R"({"error":"market not found"})"), "market not found");
  EXPECT_EQ(error_words(R"({"error_msg":"Invalid Heartbeat ID"})"), "Invalid Heartbeat ID");
  EXPECT_EQ(error_words("<html>\n\x1b[31m"), "<html>  [31m");
  EXPECT_EQ(error_words(std::string(500, 'x')).size(), 120U);
  EXPECT_EQ(error_words(""), "(no body)");
}

TEST(RestBook, PricesComeAsTextOrNumber) {
  JsonTree tree;
  const HttpResponse both = answer(R"({"1":{"BUY":"0.48","SELL":0.52},"2":{"BUY":0.3},"3":7})");
  const auto prices = read_prices(both, tree);
  ASSERT_TRUE(prices);
  ASSERT_EQ(prices->size(), 2U);
  EXPECT_EQ((*prices)[0].bid, Price(4800));
  EXPECT_EQ((*prices)[0].ask, Price(5200));
  EXPECT_EQ((*prices)[1].bid, Price(3000));
  EXPECT_EQ((*prices)[1].ask, model::kNoPrice);
  EXPECT_EQ(*read_price(answer(R"({"price":0.45})"), tree), Price(4500));
  EXPECT_EQ(*read_price(answer(R"({"price":"0.063"})"), tree), Price(630));
  EXPECT_EQ(*read_midpoint(answer(R"({"mid":"0.0655"})"), tree), Price(655));
  EXPECT_EQ(*read_midpoint(answer(R"({"mid_price":"0.45"})"), tree), Price(4500));
}

TEST(RestBook, PricesOfTheWrongTypeAreErrors) {
  JsonTree tree;
  for (const char* body :
       {R"({"price":true})", R"({"price":{}})", R"({"price":"1.5"})", R"({"price":"-0.1"})", "{}", "[]"}) {
    EXPECT_EQ(code_of(read_price(answer(body), tree)), "price.shape") << body;
  }
  EXPECT_EQ(code_of(read_price(answer("0.45"), tree)), "price.not_json");
  EXPECT_EQ(code_of(read_prices(answer("<html>"), tree)), "price.not_json");
  EXPECT_EQ(code_of(read_prices(answer(R"({"error":"Invalid payload"})"), tree)), "price.shape");
  EXPECT_EQ(code_of(read_midpoint(answer("{}", 500), tree)), "price.status");
}

TEST(RestBook, RecordedBooksRead) {
  EBB_RECORDED_OR_SKIP(text, "rest/TrebuchetDynamics/clob-books.json");
  RestBookReader reader;
  std::vector<RestBook> books;
  const HttpResponse response = answer(text);
  ASSERT_TRUE(reader.read(response, books));
  ASSERT_GE(books.size(), 2U);
  EXPECT_EQ(reader.malformed(), 0U);
  for (const RestBook& one : books) {
    EXPECT_TRUE(one.text.starts_with('{') && one.text.ends_with('}'));
    EXPECT_NE(one.text.find(one.asset_id), std::string_view::npos);
    EXPECT_GT(one.timestamp_ms, 0);
  }
}

}  // namespace
}  // namespace ebb::polymarket
