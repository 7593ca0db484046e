#include "polymarket/gamma.hpp"

#include <gtest/gtest.h>

#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

const std::string kV1Yes = "104239898038807136052399800151408521467737075933964991162589336683346093173875";
const std::string kV1No = "71183960810705820955071415844881728181970340514894896943812046065452395013351";
const std::string kCondition = "0x" + std::string(62, 'a') + "BC";

HttpResponse answer(std::string body, int status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

/// A market in Gamma's words; `changes` replace or add members, an empty value removes one.
std::string market(std::initializer_list<std::pair<std::string, std::string>> changes = {}) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"id", R"("77")"},
      {"question", R"("Up \"or\" down?")"},
      {"conditionId", "\"" + kCondition + "\""},
      {"slug", R"("up-or-down")"},
      {"outcomes", R"("[\"Up\", \"Down\"]")"},
      {"clobTokenIds", R"("[\")" + kV1Yes + R"(\", \")" + kV1No + R"(\"]")"},
      {"version", R"("v1")"},
      {"orderPriceMinTickSize", "0.01"},
      {"orderMinSize", "5"},
      {"negRisk", "true"},
      {"active", "true"},
      {"closed", "false"},
      {"acceptingOrders", "true"},
      {"enableOrderBook", "true"},
      {"endDate", R"("2026-03-12T09:25:00Z")"},
      {"feesEnabled", "true"},
      {"feeSchedule", R"({"rate":0.07,"exponent":1,"takerOnly":true})"},
      {"events", R"([{"id":"260654","slug":"e"}])"}};
  for (const auto& [key, value] : changes) {
    auto it = std::find_if(members.begin(), members.end(), [&](const auto& m) { return m.first == key; });
    if (it == members.end()) it = members.insert(members.end(), {key, value});
    it->second = value;
  }
  std::string out = "{";
  for (const auto& [key, value] : members) {
    if (!value.empty()) out += (out.size() > 1 ? ",\"" : "\"") + key + "\":" + value;
  }
  return out + "}";
}
GammaMarket one(const std::string& body) {
  auto page = read_gamma_markets(answer("[" + body + "]"));
  EXPECT_TRUE(page);
  EXPECT_EQ(page->markets.size(), 1U) << (page->unusable.empty() ? "" : page->unusable[0].error.message);
  return page->markets.empty() ? GammaMarket{} : std::move(page->markets[0]);
}
std::string refusal(const std::string& body) {
  const GammaMarket m = one(body);
  return m.refusal ? m.refusal->code : "";
}
std::size_t unusable(const std::string& body) { return read_gamma_markets(answer("[" + body + "]"))->unusable.size(); }

TEST(Gamma, ReadsAMarket) {
  const GammaMarket m = one(market());
  EXPECT_TRUE(m.ready_to_trade());
  EXPECT_EQ(m.spec.condition_id, "0x" + std::string(62, 'a') + "bc");
  EXPECT_EQ(m.spec.question, "Up \"or\" down?");
  EXPECT_EQ(m.spec.tokens[0].token_id, kV1Yes);
  EXPECT_EQ(m.spec.tokens[0].outcome, "Up");
  EXPECT_EQ(m.spec.tokens[1].token_id, kV1No);
  EXPECT_EQ(m.spec.event, "260654");
  EXPECT_EQ(m.spec.tick, Price(100));
  EXPECT_EQ(m.spec.min_order_size, shares_of(5));
  EXPECT_TRUE(m.spec.neg_risk);
  EXPECT_EQ(m.spec.fees.rate_bps, 700);
  EXPECT_TRUE(m.fees_told);
  EXPECT_EQ(m.spec.end, Timestamp{} + seconds(1773307500));
  EXPECT_EQ(m.spec.end_precision, model::EndPrecision::exact);
}

TEST(Gamma, VersionSelectsTheIds) {
  // Bits 40 to 103 are zero in a v2 id (protocol 5.2): here top byte 1, low byte 0 and 1.
  const std::string v2_yes = "452312848583266388373324160190187140051835877600158453279131187530910662656";
  const std::string v2_no = "452312848583266388373324160190187140051835877600158453279131187530910662657";
  const std::string ids = R"([")" + v2_yes + R"(",")" + v2_no + R"("])";
  const GammaMarket v2 = one(market({{"version", R"("v2")"}, {"positionIds", ids}}));
  EXPECT_TRUE(v2.ready_to_trade());
  EXPECT_EQ(v2.spec.version, model::ProtocolVersion::v2);
  EXPECT_EQ(v2.spec.tokens[0].token_id, v2_yes);
  const GammaMarket v1 = one(market({{"positionIds", ids}}));
  EXPECT_EQ(v1.spec.tokens[0].token_id, kV1Yes) << "a v1 market may carry positionIds that no book exists for";
  EXPECT_EQ(unusable(market({{"version", R"("v2")"}})), 1U) << "v2 without positionIds";
}

TEST(Gamma, RefusesToTradeWhatItCannotSignSafely) {
  EXPECT_EQ(refusal(market({{"version", ""}})), "gamma.version");
  EXPECT_EQ(refusal(market({{"version", R"("v3")"}})), "gamma.version");
  EXPECT_EQ(refusal(market({{"version", "2"}})), "gamma.version");
  EXPECT_FALSE(one(market({{"version", ""}})).ready_to_trade());
  const std::string swapped =
      R"(["452312848583266388373324160190187140051835877600158453279131187530910662656",")" + kV1No + R"("])";
  EXPECT_EQ(refusal(market({{"clobTokenIds", swapped}})), "order.version_conflict");
  EXPECT_EQ(refusal(market({{"orderPriceMinTickSize", ""}})), "gamma.tick");
  EXPECT_EQ(refusal(market({{"orderPriceMinTickSize", "0.03"}})), "gamma.tick");
  EXPECT_EQ(refusal(market({{"orderMinSize", "0"}})), "gamma.minimum");
  EXPECT_EQ(refusal(market({{"orderMinSize", "[5]"}})), "gamma.minimum");
}

TEST(Gamma, NumbersMayBeTextAndListsMayBeReal) {
  const GammaMarket m = one(market({{"orderPriceMinTickSize", R"("0.005")"},
                                    {"orderMinSize", R"("15")"},
                                    {"clobTokenIds", R"([")" + kV1Yes + R"(",")" + kV1No + R"("])"},
                                    {"outcomes", R"(["Yes","No"])"},
                                    {"feeSchedule", R"({"rate":"0.05","exponent":"2"})"}}));
  EXPECT_EQ(m.spec.tick, Price(50));
  EXPECT_EQ(m.spec.min_order_size, shares_of(15));
  EXPECT_EQ(m.spec.tokens[1].outcome, "No");
  EXPECT_EQ(m.spec.fees.rate_bps, 500);
  EXPECT_EQ(m.spec.fees.exponent, 2);
}

TEST(Gamma, ReadyNeedsEveryFlagInItsRightType) {
  EXPECT_FALSE(one(market({{"active", "false"}})).ready_to_trade());
  EXPECT_FALSE(one(market({{"active", ""}})).ready_to_trade());
  EXPECT_FALSE(one(market({{"closed", "true"}})).ready_to_trade());
  EXPECT_FALSE(one(market({{"closed", ""}})).ready_to_trade()) << "unknown is closed";
  EXPECT_FALSE(one(market({{"closed", R"("no")"}})).ready_to_trade());
  EXPECT_FALSE(one(market({{"acceptingOrders", "1"}})).ready_to_trade());
  EXPECT_FALSE(one(market({{"enableOrderBook", "false"}})).ready_to_trade());
  EXPECT_TRUE(one(market({{"enableOrderBook", ""}})).ready_to_trade());
}

TEST(Gamma, FeesThatAreNotToldAreNotTold) {
  const GammaMarket off = one(market({{"feesEnabled", "false"}}));
  EXPECT_EQ(off.spec.fees.rate_bps, 0);
  EXPECT_TRUE(off.fees_told);
  EXPECT_FALSE(one(market({{"feeSchedule", ""}})).fees_told);
  EXPECT_FALSE(one(market({{"feeSchedule", R"({"rate":-1})"}})).fees_told);
  EXPECT_FALSE(one(market({{"feeSchedule", R"("x")"}})).fees_told);
}

TEST(Gamma, BrokenMarketsAreNamedAndDoNotSpoilTheRest) {
  const std::string body = "[" + market({{"clobTokenIds", R"("[\"1\"")"}}) + "," + market() + ",7," +
                           market({{"outcomes", R"("[\"A\",\"B\",\"C\"]")"}}) + "," +
                           market({{"conditionId", R"("0x12")"}}) + "," +
                           market({{"clobTokenIds", R"("[\"1\",\"1\"]")"}}) + "]";
  const auto page = read_gamma_markets(answer(body));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->markets.size(), 1U);
  ASSERT_EQ(page->unusable.size(), 5U);
  EXPECT_EQ(page->unusable[0].name, "up-or-down");
  for (const auto& u : page->unusable) EXPECT_EQ(u.error.code, "gamma.market");
}

TEST(Gamma, EnvelopesAndErrors) {
  EXPECT_EQ(read_gamma_markets(answer(market()))->markets.size(), 1U);
  EXPECT_EQ(read_gamma_markets(answer(R"({"markets":[)" + market() + "]}"))->markets.size(), 1U);
  EXPECT_TRUE(read_gamma_markets(answer("[]"))->markets.empty());
  EXPECT_EQ(read_gamma_markets(answer("{}")).error().code, "gamma.shape");
  EXPECT_EQ(read_gamma_markets(answer(R"({"data":{}})")).error().code, "gamma.shape");
  EXPECT_EQ(read_gamma_markets(answer("<html>")).error().code, "gamma.not_json");
  EXPECT_EQ(read_gamma_markets(answer("")).error().code, "gamma.not_json");
  EXPECT_EQ(read_gamma_markets(answer("[]", 429)).error().code, "gamma.status");
  const std::string whole = "[" + market() + "]";
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
    EXPECT_FALSE(read_gamma_markets(answer(whole.substr(0, cut)))) << cut;
  }
}

TEST(Gamma, RequestsRepeatTheKeyInChunks) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(std::to_string(i));
  const auto requests = gamma_market_requests(GammaKey::clob_token_ids, ids, 2);
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests[0].target, "/markets?limit=100&clob_token_ids=0&clob_token_ids=1");
  EXPECT_EQ(requests[2].target, "/markets?limit=100&clob_token_ids=4");
  const std::vector<std::string> slug{"a b&c"};
  EXPECT_EQ(gamma_market_requests(GammaKey::slug, slug)[0].target, "/markets?limit=100&slug=a%20b%26c");
  EXPECT_TRUE(gamma_market_requests(GammaKey::slug, {}).empty());
}

TEST(Gamma, ConditionsArePaddedAtTheRight) {
  EXPECT_EQ(*padded_condition("0x" + std::string(62, 'A')), "0x" + std::string(62, 'a') + "00");
  EXPECT_EQ(*padded_condition("0x" + std::string(64, '1')), "0x" + std::string(64, '1'));
  for (const std::string& bad :
       {std::string("0x"), std::string(64, '1'), "0x" + std::string(63, '1'), "0x" + std::string(64, 'g')}) {
    EXPECT_FALSE(padded_condition(bad)) << bad;
  }
}

TEST(Gamma, EndTimes) {
  const auto at = [](std::string_view text) { return parse_end_time(text).value_or(EndTime{}); };
  EXPECT_EQ(at("2026-03-12T09:25:00Z").time.ms(), 1773307500000);
  EXPECT_EQ(at("2026-03-11T09:29:01.328428Z").time.ms(), 1773221341328);
  EXPECT_EQ(at("2026-05-08 20:00:00+00").time.ms(), 1778270400000);
  EXPECT_EQ(at("2026-05-08 20:00:00+00").precision, model::EndPrecision::exact);
  EXPECT_EQ(at("2026-03-12T09:25:00-05:00").time.ms(), 1773307500000 + 5 * 3600 * 1000);
  EXPECT_EQ(at("2026-03-12T09:25:00+0530").time.ms(), 1773307500000 - 19800 * 1000);
  EXPECT_EQ(at("2026-12-31").precision, model::EndPrecision::date_only);
  EXPECT_EQ(at("2026-12-31T00:00:00Z").precision, model::EndPrecision::date_only);
  EXPECT_EQ(at("2024-02-29").time.ms(), 1709164800000);
  for (const char* bad :
       {"", "2026", "2026-13-01", "2026-02-29", "2026-01-01T", "2026-01-01T25:00:00Z", "2026-01-01T10:00:00.Z",
        "2026-01-01T10:00:00Zx", "soon", "20260101", "-026-01-01", "2026-01-01T10:00:00+99"}) {
    EXPECT_FALSE(parse_end_time(bad)) << bad;
  }
}

TEST(Gamma, RecordedMarketsReadAndAreNotTradedWithoutAVersion) {
  EBB_RECORDED_OR_SKIP(text, "rest/nautilus/rust_test_data/gamma_market.json");
  const auto page = read_gamma_markets(answer(text));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->markets.size(), 1U);
  const GammaMarket& m = page->markets[0];
  EXPECT_EQ(m.spec.slug, "btc-updown-5m-1773307200");
  EXPECT_EQ(m.spec.tokens[0].outcome, "Up");
  EXPECT_EQ(m.spec.end_precision, model::EndPrecision::exact);
  EXPECT_EQ(m.spec.event, "260654");
  ASSERT_TRUE(m.refusal);
  EXPECT_EQ(m.refusal->code, "gamma.version");
}

TEST(Gamma, RecordedEventListsItsMarkets) {
  EBB_RECORDED_OR_SKIP(text, "rest/nautilus/rust_test_data/gamma_event.json");
  // An event is not a market; the list of events has no conditionId of its own.
  const auto page = read_gamma_markets(answer(text));
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->markets.empty());
}

}  // namespace
}  // namespace ebb::polymarket
