// Public reads: books, prices, lists, Gamma.
#include <gmock/gmock.h>

#include "exchange/venue_fixture.hpp"

namespace ebb::exchange {
namespace {

using ::testing::HasSubstr;

class VenueReads : public VenueFixture {
 protected:
  VenueReads() {
    placed(alice, {.price = Price(4000), .size = shares_of(100)});
    // a BUY of NO at 0.55 is an ask for YES at 0.45
    placed(bob, {.token = model::TokenIndex(1), .price = Price(5500), .size = shares_of(50)});
  }
};

TEST_F(VenueReads, Basics) {
  EXPECT_EQ(get("/ok").body, "\"OK\"");
  EXPECT_EQ(get("/version").body, "{\"version\":2}");
  EXPECT_EQ(get("/time").body, "1790000000");
  EXPECT_EQ(get("/nothing").status, 404);
  EXPECT_EQ(post("/time", "").status, 404);
}

TEST_F(VenueReads, BookHasAllTenFieldsAndTheBestLevelLast) {
  const std::string book = get("/book?token_id=" + token_id(0)).body;
  for (const char* key : {"market", "asset_id", "timestamp", "hash", "bids", "asks", "min_order_size", "tick_size",
                          "neg_risk", "last_trade_price"}) {
    EXPECT_THAT(book, HasSubstr("\"" + std::string(key) + "\":"));
  }
  EXPECT_THAT(book, HasSubstr("\"bids\":[{\"price\":\"0.4\",\"size\":\"100\"}]"));
  EXPECT_THAT(book, HasSubstr("\"asks\":[{\"price\":\"0.45\",\"size\":\"50\"}]"));
  EXPECT_THAT(book, ::testing::Not(HasSubstr("version")));
  const HttpResponse unknown = get("/book?token_id=77");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(error_of(unknown), "No orderbook exists for the requested token id");
}

TEST_F(VenueReads, BooksOfProtocolV2SaySo) {
  EXPECT_THAT(get("/book?token_id=" + token_id(12)).body, HasSubstr("\"version\":\"v2\""));
}

TEST_F(VenueReads, SeveralBooks) {
  const std::string body = "[{\"token_id\":\"" + token_id(0) + "\"},{\"token_id\":\"" + token_id(1) + "\"}]";
  const std::string both = post("/books", body).body;
  EXPECT_THAT(both, HasSubstr(token_id(0)));
  EXPECT_THAT(both, HasSubstr(token_id(1)));
  EXPECT_EQ(get("/books?token_ids=" + token_id(0) + "," + token_id(1)).body, both);
  EXPECT_EQ(post("/books", "{}").status, 400);
  std::string many = "[";
  for (int i = 0; i < 501; ++i) many += std::string(i == 0 ? "" : ",") + "{\"token_id\":\"1\"}";
  EXPECT_EQ(post("/books", many + "]").status, 400);
}

TEST_F(VenueReads, PricesMidpointsSpreads) {
  const std::string yes = "token_id=" + token_id(0);
  EXPECT_EQ(get("/price?side=BUY&" + yes).body, "{\"price\":\"0.4\"}");
  EXPECT_EQ(get("/price?side=SELL&" + yes).body, "{\"price\":\"0.45\"}");
  EXPECT_EQ(get("/price?side=UP&" + yes).status, 400);
  EXPECT_EQ(text_of(get("/midpoint?" + yes), "mid_price"), "0.425");
  EXPECT_EQ(get("/spread?" + yes).body, "{\"spread\":\"0.05\"}");
  EXPECT_EQ(get("/last-trade-price?" + yes).body, "{\"price\":\"0.5\",\"side\":\"\"}");
  const std::string body = "[{\"token_id\":\"" + token_id(0) + "\",\"side\":\"BUY\"},{\"token_id\":\"" + token_id(0) +
                           "\",\"side\":\"SELL\"}]";
  EXPECT_EQ(post("/prices", body).body, "{\"" + token_id(0) + "\":{\"BUY\":\"0.4\",\"SELL\":\"0.45\"}}");
  const std::string one = "[{\"token_id\":\"" + token_id(0) + "\"}]";
  EXPECT_EQ(post("/midpoints", one).body, "{\"" + token_id(0) + "\":\"0.425\"}");
  EXPECT_EQ(post("/spreads", one).body, "{\"" + token_id(0) + "\":\"0.05\"}");
  EXPECT_EQ(post("/last-trades-prices", one).body,
            "[{\"token_id\":\"" + token_id(0) + "\",\"price\":\"0.5\",\"side\":\"\"}]");
}

TEST_F(VenueReads, MarketParameters) {
  EXPECT_EQ(get("/tick-size?token_id=" + token_id(0)).body, "{\"minimum_tick_size\":0.01}");
  EXPECT_EQ(get("/tick-size/" + token_id(6)).body, "{\"minimum_tick_size\":0.001}");
  EXPECT_EQ(get("/neg-risk?token_id=" + token_id(0)).body, "{\"neg_risk\":false}");
  EXPECT_EQ(get("/neg-risk?token_id=" + token_id(4)).body, "{\"neg_risk\":true}");
  EXPECT_EQ(get("/fee-rate?token_id=" + token_id(0)).body, "{\"base_fee\":1000}");
  EXPECT_EQ(get("/tick-size?token_id=5").status, 404);
}

TEST_F(VenueReads, ClobMarketLeavesFalseBooleansOut) {
  const std::string plain = get("/clob-markets/" + market(0).condition_id).body;
  EXPECT_THAT(plain, HasSubstr("\"mts\":0.01,\"mos\":5"));
  EXPECT_THAT(plain, HasSubstr("\"fd\":{\"r\":0.05,\"e\":1,\"to\":true}"));
  EXPECT_THAT(plain, HasSubstr("\"ao\":true"));
  EXPECT_THAT(plain, ::testing::Not(HasSubstr("\"nr\"")));
  EXPECT_THAT(plain, ::testing::Not(HasSubstr("itode")));
  EXPECT_THAT(get("/clob-markets/" + market(2).condition_id).body, HasSubstr("\"nr\":true"));
  EXPECT_THAT(get("/clob-markets/" + market(5).condition_id).body, HasSubstr("\"itode\":true"));
  EXPECT_THAT(get("/clob-markets/" + market(11).condition_id).body, HasSubstr("\"sd\":3"));
  EXPECT_THAT(get("/clob-markets/" + market(6).condition_id).body, HasSubstr("\"v\":\"v2\""));
  EXPECT_EQ(get("/clob-markets/0x12").status, 404);
}

TEST_F(VenueReads, MarketByTokenOrdersByNumber) {
  const HttpResponse answer = get("/markets-by-token/" + token_id(1));
  EXPECT_EQ(text_of(answer, "condition_id"), market(0).condition_id);
  const std::string first = text_of(answer, "primary_token_id"), second = text_of(answer, "secondary_token_id");
  EXPECT_EQ(std::min(token_id(0), token_id(1)), first);
  EXPECT_EQ(std::max(token_id(0), token_id(1)), second);
}

TEST_F(VenueReads, MarketsArePaged) {
  const HttpResponse page = get("/markets?next_cursor=MA==");
  EXPECT_EQ(text_of(page, "count"), "20");
  EXPECT_EQ(text_of(page, "next_cursor"), "LTE=");
  EXPECT_EQ(text_of(get("/sampling-simplified-markets"), "count"), "20");
  EXPECT_EQ(get("/markets?next_cursor=%3F%3F").status, 400);
  EXPECT_EQ(text_of(get("/markets/" + market(3).condition_id), "minimum_tick_size"), "0.001");
}

TEST_F(VenueReads, GammaHidesArraysInStrings) {
  const std::string all = get("/gamma/markets?limit=1").body;
  EXPECT_THAT(all, HasSubstr("\"outcomes\":\"[\\\"Yes\\\",\\\"No\\\"]\""));
  EXPECT_THAT(all, HasSubstr("\"clobTokenIds\":\"[\\\"" + token_id(0)));
  EXPECT_THAT(all, HasSubstr("\"version\":\"v1\""));
  EXPECT_THAT(all, HasSubstr("\"orderPriceMinTickSize\":0.01"));
}

TEST_F(VenueReads, GammaFiltersRepeatTheirKeys) {
  const std::string two = get("/gamma/markets?clob_token_ids=" + token_id(2) + "&clob_token_ids=" + token_id(5)).body;
  EXPECT_THAT(two, HasSubstr(market(1).condition_id));
  EXPECT_THAT(two, HasSubstr(market(2).condition_id));
  EXPECT_THAT(two, ::testing::Not(HasSubstr(market(0).condition_id)));
  EXPECT_THAT(get("/gamma/markets?condition_ids=" + market(4).condition_id).body, HasSubstr(market(4).slug));
  EXPECT_THAT(get("/gamma/markets?slug=" + market(7).slug).body, HasSubstr(market(7).condition_id));
  EXPECT_EQ(get("/gamma/markets?slug=none").body, "[]");
  EXPECT_EQ(text_of(get("/gamma/markets/3"), "slug"), market(2).slug);
  EXPECT_EQ(get("/gamma/markets/99").status, 404);
  EXPECT_THAT(get("/gamma/events?slug=regatta-1").body, HasSubstr(market(4).slug));
}

TEST_F(VenueReads, GammaShowsV2ConditionsWith31BytesAndTheirPositions) {
  const std::string v2 = get("/gamma/markets/7").body;
  EXPECT_THAT(v2, HasSubstr("\"conditionId\":\"" + market(6).condition_id.substr(0, 64) + "\""));
  EXPECT_THAT(v2, HasSubstr("\"positionIds\":[\"" + token_id(12) + "\",\"" + token_id(13) + "\"]"));
  EXPECT_TRUE(market(6).condition_id.ends_with("00"));
}

TEST_F(VenueReads, GeoblockAndPricesHistory) {
  EXPECT_EQ(text_of(get("/api/geoblock"), "blocked"), "false");
  pass(seconds(61));
  const std::string history = get("/prices-history?interval=1h&market=" + token_id(0)).body;
  EXPECT_THAT(history, HasSubstr("{\"t\":1790000060,\"p\":0.425}"));
  EXPECT_THAT(get("/prices-history?interval=1h&market=" + token_id(1)).body, HasSubstr("\"p\":0.575"));
}

TEST_F(VenueReads, ReadyFieldsNameEveryMarket) {
  polymarket::JsonTree tree;
  const std::string text = "{" + server->ready_fields() + "}";
  ASSERT_TRUE(tree.parse(text));
  const std::uint32_t markets = tree.find(0, "markets");
  int count = 0, v2 = 0, neg_risk = 0;
  for (std::uint32_t i = markets + 1; i < tree[markets].end; i = tree[i].end) {
    ++count;
    v2 += tree.member(i, "version").text == "v2" ? 1 : 0;
    neg_risk += tree.member(i, "neg_risk").text == "true" ? 1 : 0;
  }
  EXPECT_EQ(count, 20);
  EXPECT_EQ(v2, 2);
  EXPECT_EQ(neg_risk, 4);
  EXPECT_EQ(tree.member(0, "chain_id").text, "137");
}

TEST(VenueMarkets, V2IdsPassTheSelectorOfTheClients) {
  for (const VenueMarket& m : venue_markets(3, 40, kVenueStart)) {
    for (const model::TokenSpec& token : m.spec.tokens) {
      const auto word = crypto::word_from_decimal(token.token_id);
      ASSERT_TRUE(word.has_value());
      EXPECT_EQ(polymarket::version_of_token(*word), m.spec.version) << token.token_id;
      EXPECT_EQ(decimal_text(*word), token.token_id);
    }
  }
}

TEST_F(VenueReads, NobodysActivityIsAnEmptyList) {
  EXPECT_EQ(get("/markets/live-activity/" + market(0).condition_id).body, "[]");
}

}  // namespace
}  // namespace ebb::exchange
