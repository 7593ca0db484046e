// Answers of nobody's making: every reader of REST answers returns, and what it accepts is in range.
#include <gtest/gtest.h>

#include "base/random.hpp"
#include "polymarket/clob_market.hpp"
#include "polymarket/data_api.hpp"
#include "polymarket/gamma.hpp"
#include "polymarket/rest_book.hpp"
#include "polymarket/test_frames.hpp"
#include "polymarket/venue_status.hpp"

namespace ebb::polymarket {
namespace {

const std::string kHex = std::string(64, 'c');
const std::vector<std::string> kSeeds = {
    R"([{"id":"7","conditionId":"0x)" + kHex +
        R"(","slug":"s","outcomes":"[\"Up\", \"Down\"]","clobTokenIds":"[\"123456789012345678901234567890\", \"22\"]","version":"v1","orderPriceMinTickSize":0.01,"orderMinSize":5,"negRisk":true,"active":true,"closed":false,"acceptingOrders":true,"endDate":"2026-03-12T09:25:00Z","feesEnabled":true,"feeSchedule":{"rate":0.07,"exponent":1},"events":[{"id":"1"}]}])",
    R"({"c":"0x)" + kHex +
        R"(","t":[{"t":"1","o":"Yes"},{"t":"2","o":"No"}],"mts":0.001,"mos":5,"ao":true,"nr":true,"fd":{"r":0.05,"e":1,"to":true},"v":"v1"})",
    R"({"data":[{"token_id":"111","condition_id":"0x)" + kHex +
        R"(","current_size":150.5,"size":3,"avg_price":0.43999999811260054,"timestamp":1790000000,"side":"BUY","status":"OPEN"}],"pagination":{"has_more":true,"next_cursor":"abc"}})",
    R"([{"market":"0xc","asset_id":"1","timestamp":"1790000000123","hash":"ab","bids":[{"price":"0.01","size":"7"}],"asks":[{"price":"0.99","size":"7"}],"min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":"0.5"}])",
    R"({"1":{"BUY":"0.48","SELL":0.52},"2":{"BUY":0.3}})",
    R"({"blocked":false,"country":"PT","version":2,"price":0.45,"mid":"0.5"})",
    "1790000000",
};

void read_everything(const HttpResponse& response) {
  if (const auto page = read_gamma_markets(response)) {
    for (const GammaMarket& m : page->markets) {
      ASSERT_EQ(m.spec.condition_id.size(), 66U);
      ASSERT_FALSE(m.spec.tokens[0].token_id.empty());
      ASSERT_GT(m.spec.tick, Price(0));
      ASSERT_GT(m.spec.min_order_size, Shares(0));
      ASSERT_GE(m.spec.fees.rate_bps, 0);
      ASSERT_LE(m.spec.fees.rate_bps, 10'000);
    }
  }
  if (const auto market = read_clob_market(response)) {
    ASSERT_GT(market->spec.tick, Price(0));
    ASSERT_LT(market->spec.tick, kPriceOne);
    ASSERT_GT(market->spec.min_order_size, Shares(0));
  }
  (void)read_market_by_token(response);
  if (const auto page = read_positions(response)) {
    for (const ApiPosition& p : page->rows) {
      ASSERT_GE(p.size, Shares(0));
      ASSERT_LE(p.size, kMaxShares);
      ASSERT_LE(p.average, kPriceOne);
    }
    ASSERT_TRUE(!page->has_more || !page->next_cursor.empty());
  }
  (void)read_activity(response);
  JsonTree tree;
  if (const auto prices = read_prices(response, tree)) {
    for (const TokenPrices& p : *prices) ASSERT_LE(p.bid, kPriceOne);
  }
  (void)read_price(response, tree);
  (void)read_midpoint(response, tree);
  (void)read_version(response);
  (void)read_time(response);
  (void)read_geoblock(response);
  std::vector<RestBookHead> heads;
  (void)glance_at_books(response.body, heads);
  RestBookReader reader;
  std::vector<RestBook> books;
  if (reader.read(response, books)) {
    for (const RestBook& b : books) {
      ASSERT_TRUE(b.text.starts_with('{') && b.text.ends_with('}'));
      ASSERT_GE(b.asset_id.data(), b.text.data());
    }
  }
}

TEST(RestReaders, SurviveMutatedAnswers) {
  Random random(20'261'120);
  for (int i = 0; i < 20'000; ++i) {
    std::string body = kSeeds[random.below(kSeeds.size())];
    const std::uint64_t rounds = 1 + random.below(3);
    for (std::uint64_t k = 0; k < rounds; ++k) body = test::mutated(std::move(body), random);
    read_everything({.status = 200, .headers = {}, .body = std::move(body)});
    if (HasFatalFailure()) return;
  }
}

TEST(RestReaders, SeedsAreReadWhole) {
  EXPECT_EQ(read_gamma_markets({.status = 200, .headers = {}, .body = kSeeds[0]})->markets.size(), 1U);
  EXPECT_TRUE(read_clob_market({.status = 200, .headers = {}, .body = kSeeds[1]}));
  EXPECT_EQ(read_positions({.status = 200, .headers = {}, .body = kSeeds[2]})->rows.size(), 1U);
  EXPECT_EQ(read_activity({.status = 200, .headers = {}, .body = kSeeds[2]})->rows.size(), 1U);
}

}  // namespace
}  // namespace ebb::polymarket
