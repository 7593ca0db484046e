#include "sign_tool/line_signer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/decimal.hpp"
#include "polymarket/test_files.hpp"
#include "polymarket/test_orders.hpp"

namespace ebb::sign_tool {
namespace {

using polymarket::JsonTree;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr std::string_view kAddress = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
constexpr std::string_view kWallet = "0x1111111111111111111111111111111111111111";
constexpr std::string_view kV1Token = "71321045679252212594626385532706912750332728571942532289631379312455583992563";
constexpr std::string_view kV2Token = "651150819117105875331414918119047680898421632356043490229292782433651916800";

/// A line whose fields can be replaced or, with an empty text, left out. Values are raw JSON.
using Values = std::map<std::string, std::string>;
std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string line_of(const Values& changes = {}) {
  Values values = {{"private_key", in_quotes(kKey)},
                   {"chain_id", "137"},
                   {"market_version", in_quotes("v1")},
                   {"neg_risk", "false"},
                   {"signature_type", "0"},
                   {"maker", in_quotes(kAddress)},
                   {"signer", in_quotes(kAddress)},
                   {"token_id", in_quotes(kV1Token)},
                   {"side", in_quotes("BUY")},
                   {"price", in_quotes("0.56")},
                   {"size", in_quotes("21.04")},
                   {"tick_size", in_quotes("0.01")},
                   {"order_type", in_quotes("GTC")},
                   {"protected", "false"},
                   {"salt", "479249096354"},
                   {"timestamp", in_quotes("1790000000000")},
                   {"expiration", in_quotes("0")}};
  for (const auto& [key, value] : changes) values[key] = value;
  std::string line = "{";
  for (const auto& [key, value] : values) {
    if (!value.empty()) line += (line.size() > 1 ? "," : "") + in_quotes(key) + ":" + value;
  }
  return line + "}";
}

std::string code_of(const std::string& line) {
  LineSigner signer;
  const auto order = signer.sign(line);
  return order ? "signed" : order.error().code;
}

TEST(LineSigner, answers_with_the_fields_of_the_contract) {
  LineSigner signer;
  const std::string answer = signer.answer(line_of());
  JsonTree tree;
  ASSERT_TRUE(tree.parse(answer)) << answer;
  EXPECT_THAT(std::string(tree.member(0, "digest").text), StartsWith("0x"));
  EXPECT_EQ(tree.member(0, "digest").text.size(), 66U);
  EXPECT_EQ(tree.member(0, "signature").text.size(), 132U);
  EXPECT_EQ(tree.member(0, "maker_amount").text, "11782400");
  EXPECT_EQ(tree.member(0, "taker_amount").text, "21040000");
  const auto order = signer.sign(line_of());
  ASSERT_TRUE(order);
  EXPECT_TRUE(tree.parse(order->body));
  EXPECT_THAT(order->body,
              StartsWith(R"({"deferExec":false,"postOnly":false,"order":{"salt":479249096354,"maker":"0xf39F)"));
  EXPECT_THAT(order->body, HasSubstr(order->signature));
  EXPECT_THAT(order->body, HasSubstr(R"("owner":"","orderType":"GTC"})"));
  EXPECT_EQ(signer.answer(line_of()), answer) << "nothing is random";
}

/// The vectors' orders as intents: price and size are what their amounts imply.
TEST(LineSigner, signs_the_orders_of_the_vectors) {
  EBB_VECTORS_OR_SKIP(file, "orders_v3_derived.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end) {
    const std::uint32_t order = tree.find(i, "order");
    const auto number = [&](std::string_view key) { return parse_scaled(tree.member(order, key).text, 0).value(); };
    const bool is_buy = tree.member(order, "side").text == "BUY";
    const std::int64_t dollars = is_buy ? number("makerAmount") : number("takerAmount");
    const std::int64_t shares = is_buy ? number("takerAmount") : number("makerAmount");
    if (dollars >= shares) continue;  // no price of any order
    const auto text = [&](std::string_view key) { return in_quotes(tree.member(order, key).text); };
    LineSigner signer;
    const auto result =
        signer.sign(line_of({{"chain_id", std::string(tree.member(i, "chain_id").text)},
                             {"market_version", in_quotes("v2")},
                             {"signature_type", std::string(tree.member(order, "signatureType").text)},
                             {"maker", text("maker")},
                             {"signer", text("signer")},
                             {"token_id", text("tokenId")},
                             {"side", text("side")},
                             {"price", in_quotes(to_text(Price(static_cast<std::int32_t>(dollars * 10'000 / shares))))},
                             {"size", in_quotes(to_text(Shares(shares)))},
                             {"salt", text("salt")},
                             {"timestamp", text("timestamp")}}));
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->digest, tree.member(i, "order_hash").text);
    EXPECT_EQ(result->signature, tree.member(i, "signature").text);
    ++checked;
  }
  EXPECT_EQ(checked, 3);
}

TEST(LineSigner, builds_every_kind_of_order) {
  struct Row {
    Values changes;
    std::int64_t maker, taker;
  };
  const std::vector<Row> rows = {
      {{{"side", in_quotes("SELL")}}, 21'040'000, 11'782'400},
      {{{"price", "0.56"}, {"size", "21.049"}}, 11'782'400, 21'040'000},
      {{{"order_type", in_quotes("GTD")}, {"expiration", in_quotes("1790000300")}}, 11'782'400, 21'040'000},
      {{{"order_type", in_quotes("FAK")}, {"size", ""}, {"usdc", in_quotes("10")}, {"price", in_quotes("0.52")}},
       10'000'000,
       19'230'700},
      // Protected or not: down.
      {{{"order_type", in_quotes("FOK")},
        {"size", ""},
        {"usdc", in_quotes("10")},
        {"price", in_quotes("0.52")},
        {"protected", "true"}},
       10'000'000,
       19'230'700},
      {{{"order_type", in_quotes("FAK")}, {"price", in_quotes("0.52")}, {"size", in_quotes("10.01")}},
       5'200'000,
       10'000'000},
      {{{"order_type", in_quotes("FAK")},
        {"side", in_quotes("SELL")},
        {"price", in_quotes("0.333")},
        {"tick_size", in_quotes("0.001")},
        {"size", in_quotes("10.017")}},
       10'010'000,
       3'333'300},
      {{{"signature_type", "2"}, {"maker", in_quotes(kWallet)}}, 11'782'400, 21'040'000},
      {{{"neg_risk", "true"}, {"builder", in_quotes("0x" + std::string(63, '0') + "1")}}, 11'782'400, 21'040'000},
  };
  LineSigner signer;
  std::map<std::string, int> digests;
  for (const Row& row : rows) {
    const auto order = signer.sign(line_of(row.changes));
    ASSERT_TRUE(order) << order.error().message;
    EXPECT_EQ(order->maker_amount, row.maker) << line_of(row.changes);
    EXPECT_EQ(order->taker_amount, row.taker) << line_of(row.changes);
    ++digests[order->digest];
  }
  EXPECT_EQ(digests.size(), rows.size() - 2) << "GTD and the protected order have the digests of others";
}

TEST(LineSigner, refuses_what_the_venue_would_refuse) {
  const auto v2 = in_quotes(kV2Token);
  EXPECT_EQ(code_of(line_of({{"price", in_quotes("0.565")}})), "order.price_off_grid");
  EXPECT_EQ(code_of(line_of({{"price", in_quotes("0.56001")}})), "order.price_off_grid");
  EXPECT_EQ(code_of(line_of({{"price", in_quotes("1")}})), "order.price_off_grid");
  EXPECT_EQ(code_of(line_of({{"price", in_quotes("0")}})), "order.price_off_grid");
  EXPECT_EQ(code_of(line_of({{"tick_size", in_quotes("0.02")}})), "order.bad_tick");
  EXPECT_EQ(code_of(line_of({{"market_version", in_quotes("v2")}})), "order.version_conflict");
  EXPECT_EQ(code_of(line_of({{"token_id", v2}})), "order.version_conflict");
  EXPECT_EQ(code_of(line_of({{"token_id", v2}, {"market_version", in_quotes("v2")}})), "signed");
  EXPECT_EQ(code_of(line_of({{"size", in_quotes("0.009")}})), "order.bad_size");
  EXPECT_EQ(code_of(line_of({{"usdc", in_quotes("5")}})), "order.bad_size");
  EXPECT_EQ(code_of(line_of({{"size", ""}, {"usdc", in_quotes("5")}})), "order.bad_size");
  EXPECT_EQ(code_of(line_of({{"size", ""}})), "order.bad_size");
  EXPECT_EQ(code_of(line_of({{"maker", in_quotes(kWallet)}})), "order.wallet_mismatch");
  EXPECT_EQ(code_of(line_of({{"maker", in_quotes(kWallet)}, {"signer", in_quotes(kWallet)}})), "order.wallet_mismatch");
  EXPECT_EQ(code_of(line_of({{"signature_type", "3"}, {"maker", in_quotes(kWallet)}})), "order.wallet_mismatch");
  EXPECT_EQ(code_of(line_of({{"signature_type", "1"}, {"signer", in_quotes(kWallet)}})), "order.wallet_mismatch");
}

TEST(LineSigner, says_which_field_is_wrong_and_goes_on) {
  for (const std::string field : {"private_key", "chain_id", "market_version", "signature_type", "maker", "signer",
                                  "token_id", "side", "price", "tick_size", "order_type", "salt", "timestamp"}) {
    LineSigner signer;
    const auto missing = signer.sign(line_of({{field, ""}}));
    ASSERT_FALSE(missing) << field;
    EXPECT_EQ(missing.error().code, "line.missing");
    EXPECT_THAT(missing.error().message, HasSubstr("'" + field + "'"));
    const auto wrong = signer.sign(line_of({{field, "[1]"}}));
    ASSERT_FALSE(wrong) << field;
    EXPECT_EQ(wrong.error().code, "line.bad_value") << field;
    EXPECT_THAT(wrong.error().message, HasSubstr("'" + field + "'"));
    EXPECT_TRUE(signer.sign(line_of())) << "the next line is signed";
  }
  const Values bad = {{"chain_id", "-1"},
                      {"market_version", in_quotes("v3")},
                      {"signature_type", "4"},
                      {"maker", in_quotes("0x12")},
                      {"token_id", in_quotes("0x12")},
                      {"side", in_quotes("buy")},
                      {"price", in_quotes("1e-1")},
                      {"order_type", in_quotes("IOC")},
                      {"salt", "9007199254740992"},
                      {"neg_risk", in_quotes("no")},
                      {"protected", "1"},
                      {"metadata", in_quotes("0x00")},
                      {"builder", in_quotes("code")},
                      {"expiration", in_quotes("5")},
                      {"size", in_quotes("5.0000001")}};
  for (const auto& [field, value] : bad) EXPECT_EQ(code_of(line_of({{field, value}})), "line.bad_value") << field;
  EXPECT_EQ(code_of(line_of({{"order_type", in_quotes("GTD")}})), "line.bad_value") << "without an end";
  for (const std::string text : {"", "{", "[]", "null", "nonsense", "{}{}", "\xff"}) {
    EXPECT_THAT(LineSigner().answer(text), StartsWith(R"({"error":{"code":"line.bad_json","message":")")) << text;
  }
  EXPECT_EQ(code_of("{}"), "line.missing");
}

TEST(LineSigner, never_repeats_a_key) {
  LineSigner signer;
  for (const std::string& key :
       {std::string(kKey) + "00", std::string(kKey.substr(0, 60)), "\\\"" + std::string(kKey)}) {
    const std::string answer = signer.answer(line_of({{"private_key", in_quotes(key)}}));
    EXPECT_THAT(answer, HasSubstr("\"error\""));
    EXPECT_THAT(answer, Not(HasSubstr(std::string(kKey.substr(2, 10)))));
  }
  const std::string zero = signer.answer(line_of({{"private_key", in_quotes(std::string(64, '0'))}}));
  EXPECT_THAT(zero, StartsWith(R"({"error":{"code":"bad_private_key")"));
}

TEST(LiveKey, in_the_environment_stops_the_tool) {
  EXPECT_FALSE(live_key_variable([](const char*) -> const char* { return nullptr; }));
  EXPECT_FALSE(live_key_variable([](const char*) -> const char* { return ""; }));
  for (const char* name : {"EBB_PRIVATE_KEY", "POLY_KEY"}) {
    static const char* live;
    live = name;
    EXPECT_EQ(live_key_variable([](const char* asked) { return std::string_view(asked) == live ? "x" : nullptr; }),
              name);
  }
}

}  // namespace
}  // namespace ebb::sign_tool
