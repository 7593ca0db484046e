#include "polymarket/clob_market.hpp"

#include <gtest/gtest.h>

#include "polymarket/rest_book.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

const std::string kCondition = "0x" + std::string(64, 'c');

HttpResponse answer(std::string body, int status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}
std::string market(std::string_view rest, std::string_view tokens = R"([{"t":"1","o":"Yes"},{"t":"2","o":"No"}])") {
  return R"({"c":")" + kCondition + R"(","t":)" + std::string(tokens) + std::string(rest) + "}";
}
const std::string kWhole =
    R"(,"mts":0.001,"mos":5,"ao":true,"nr":true,"fd":{"r":0.05,"e":1,"to":true},"v":"v1","sd":3,"itode":true)";

TEST(ClobMarket, ReadsTheCompactObject) {
  const auto m = read_clob_market(answer(market(kWhole)));
  ASSERT_TRUE(m);
  EXPECT_EQ(m->spec.condition_id, kCondition);
  EXPECT_EQ(m->spec.tokens[0].token_id, "1");
  EXPECT_EQ(m->spec.tokens[1].outcome, "No");
  EXPECT_EQ(m->spec.tick, Price(10));
  EXPECT_EQ(m->spec.min_order_size, shares_of(5));
  EXPECT_EQ(m->spec.fees.rate_bps, 500);
  EXPECT_TRUE(m->spec.neg_risk && m->accepting_orders && m->taker_delay);
  EXPECT_FALSE(m->clear_book_on_start);
  EXPECT_EQ(m->seconds_delay, 3);
  EXPECT_EQ(m->version, model::ProtocolVersion::v1);
}

TEST(ClobMarket, OmittedMeansFalseAndNoFees) {
  const auto m = read_clob_market(answer(market(R"(,"mts":"0.01","mos":"5")")));
  ASSERT_TRUE(m);
  EXPECT_FALSE(m->spec.neg_risk || m->accepting_orders || m->taker_delay);
  EXPECT_EQ(m->spec.fees.rate_bps, 0);
  EXPECT_FALSE(m->version);
}

TEST(ClobMarket, WrongTypesNameTheirField) {
  const auto field = [](const std::string& body) {
    const auto m = read_clob_market(answer(body));
    return m ? std::string("accepted") : m.error().code + " " + m.error().message;
  };
  EXPECT_NE(field(market(R"(,"mts":true,"mos":5)")).find("\"mts\""), std::string::npos);
  EXPECT_NE(field(market(R"(,"mts":0.01,"mos":[])")).find("\"mos\""), std::string::npos);
  EXPECT_NE(field(market(R"(,"mts":0.01,"mos":5,"nr":"yes")")).find("\"nr\""), std::string::npos);
  EXPECT_NE(field(market(R"(,"mts":0.01,"mos":5,"fd":{"r":2,"e":1})")).find("\"fd\""), std::string::npos);
  EXPECT_NE(field(market(kWhole, R"([{"t":"1","o":"Yes"}])")).find("\"t\""), std::string::npos);
  EXPECT_NE(field(market(kWhole, R"({"t":"1"})")).find("\"t\""), std::string::npos);
  EXPECT_NE(field("{}").find("\"c\""), std::string::npos);
  EXPECT_EQ(read_clob_market(answer("<html>")).error().code, "clob.not_json");
  EXPECT_EQ(read_clob_market(answer(R"({"error":"market not found"})", 404)).error().code, "clob.status");
  const std::string whole = market(kWhole);
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(read_clob_market(answer(whole.substr(0, cut)))) << cut;
}

TEST(ClobMarket, MarketByToken) {
  const auto m = read_market_by_token(answer(R"({"condition_id":"0x)" + std::string(62, 'c') +
                                             R"(","primary_token_id":"1","secondary_token_id":"2"})"));
  ASSERT_TRUE(m);
  EXPECT_EQ(m->condition_id, "0x" + std::string(62, 'c') + "00");
  EXPECT_EQ(m->secondary, "2");
  EXPECT_FALSE(read_market_by_token(answer(R"({"condition_id":")" + kCondition + R"(","primary_token_id":1})")));
  EXPECT_EQ(market_by_token_request("12").target, "/markets-by-token/12");
  EXPECT_EQ(clob_market_request(kCondition).target, "/clob-markets/" + kCondition);
}

TEST(ClobMarket, RecordedMarketsRead) {
  EBB_RECORDED_OR_SKIP(text, "rest/TrebuchetDynamics/clob-markets.json");
  std::vector<std::string_view> objects;
  split_objects(text, objects);
  ASSERT_GE(objects.size(), 2U);
  for (const std::string_view object : objects) {
    const auto m = read_clob_market(answer(std::string(object)));
    ASSERT_TRUE(m) << m.error().message;
    EXPECT_TRUE(m->accepting_orders);
  }
}

}  // namespace
}  // namespace ebb::polymarket
