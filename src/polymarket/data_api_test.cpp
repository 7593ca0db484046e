#include "polymarket/data_api.hpp"

#include <gtest/gtest.h>

namespace ebb::polymarket {
namespace {

const std::string kCondition = "0x" + std::string(64, 'c');
const std::string kLast = R"("pagination":{"limit":50,"offset":0,"has_more":false,"next_cursor":null})";

HttpResponse answer(std::string body, int status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}
std::string page(std::string_view rows, const std::string& paging = kLast) {
  return R"({"data":[)" + std::string(rows) + "]," + paging + "}";
}
std::string position(std::string_view size) {
  return R"({"proxy_wallet":"0xw","token_id":"111","condition_id":")" + kCondition + R"(","current_size":)" +
         std::string(size) +
         R"(,"avg_price":0.43999999811260054,"status":"OPEN","redeemable":false,"negative_risk":true})";
}

TEST(DataApi, RequestsAskForDustAndRepeatFiltersWithTheCursor) {
  EXPECT_EQ(positions_request("0xw", "", "").target, "/v2/positions?user=0xw&filter_type=TOKENS&filter_amount=0");
  EXPECT_EQ(positions_request("0xw", "0xc", "a=b").target,
            "/v2/positions?user=0xw&cursor=a%3Db&filter_type=TOKENS&filter_amount=0&condition=0xc");
  EXPECT_EQ(activity_request("0xw", "").target, "/v2/activity?user=0xw");
  EXPECT_EQ(data_trades_request("0xw", "").target, "/v2/trades?user=0xw");
}

TEST(DataApi, PositionsAreRoundedWithoutDouble) {
  const auto result = read_positions(answer(page(position("150.49999999999997"))));
  ASSERT_TRUE(result);
  ASSERT_EQ(result->rows.size(), 1U);
  const ApiPosition& p = result->rows[0];
  EXPECT_EQ(p.size, Shares(150'500'000));
  EXPECT_EQ(p.average, Price(4400));
  EXPECT_EQ(p.condition_id, kCondition);
  EXPECT_TRUE(p.negative_risk);
  EXPECT_FALSE(result->has_more);
}

TEST(DataApi, DustIsReadToTheMillionth) {
  const auto result = read_positions(answer(page(position("0.09") + "," + position("1e-6") + "," + position("0"))));
  ASSERT_TRUE(result);
  ASSERT_EQ(result->rows.size(), 3U);
  EXPECT_EQ(result->rows[0].size, Shares(90'000));
  EXPECT_EQ(result->rows[1].size, Shares(1));
  EXPECT_EQ(result->rows[2].size, Shares(0));
}

TEST(DataApi, ARowThatCannotBeReadIsCountedAndNeverZero) {
  const auto result = read_positions(answer(page(position("null") + "," + position("\"x\"") + "," + position("-1") +
                                                 "," + position("{}") + ",7," + position("5"))));
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rows.size(), 1U);
  EXPECT_EQ(result->malformed, 5U);
}

TEST(DataApi, MorePagesNeedACursor) {
  const auto more = read_positions(answer(page("", R"("pagination":{"has_more":true,"next_cursor":"abc"})")));
  ASSERT_TRUE(more);
  EXPECT_TRUE(more->has_more);
  EXPECT_EQ(more->next_cursor, "abc");
  EXPECT_EQ(read_positions(answer(page("", R"("pagination":{"has_more":true,"next_cursor":""})"))).error().code,
            "data.shape");
  EXPECT_EQ(read_positions(answer(page("", R"("pagination":{"has_more":"no"})"))).error().code, "data.shape");
  EXPECT_EQ(read_positions(answer(R"({"data":[]})")).error().code, "data.shape")
      << "an empty page without its envelope";
}

TEST(DataApi, ErrorsAreNeverAnEmptyPage) {
  const auto busy = read_positions(
      answer(R"({"error":"slow down","code":"RATE_LIMITED","retryable":true,"trace_id":"t","parameter":"user"})", 429));
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().code, "data.status");
  EXPECT_NE(busy.error().message.find("slow down (RATE_LIMITED, user)"), std::string::npos) << busy.error().message;
  EXPECT_NE(busy.error().hint.find("try again"), std::string::npos);
  EXPECT_EQ(read_positions(answer("<html>")).error().code, "data.not_json");
  EXPECT_EQ(read_positions(answer("")).error().code, "data.not_json");
  EXPECT_EQ(read_positions(answer("[]")).error().code, "data.shape") << "the retired v1 form";
  EXPECT_EQ(read_positions(answer(R"({"data":{},)" + kLast + "}")).error().code, "data.shape");
  const std::string whole = page(position("5"));
  for (std::size_t cut = 0; cut < whole.size(); ++cut)
    EXPECT_FALSE(read_positions(answer(whole.substr(0, cut)))) << cut;
}

TEST(DataApi, ActivityAndTrades) {
  const std::string trade =
      R"({"side":"sell","token_id":"111","condition_id":")" + kCondition +
      R"(","size":3.25,"price":0.5771,"timestamp":1790000000,"transaction_hash":"0xt","outcome_index":1})";
  const std::string redeem =
      R"({"type":"REDEEM","condition_id":")" + kCondition + R"(","size":7,"timestamp":"1790000001"})";
  const std::string no_side = R"({"type":"TRADE","token_id":"111","size":1,"timestamp":1790000000})";
  const std::string no_time = R"({"type":"MERGE","size":1})";
  const auto result = read_activity(answer(page(trade + "," + redeem + "," + no_side + "," + no_time)));
  ASSERT_TRUE(result);
  ASSERT_EQ(result->rows.size(), 2U);
  EXPECT_EQ(result->malformed, 2U);
  EXPECT_EQ(result->rows[0].type, "TRADE");
  EXPECT_EQ(result->rows[0].side, model::Side::sell);
  EXPECT_EQ(result->rows[0].price, Price(5771));
  EXPECT_EQ(result->rows[0].outcome_index, 1);
  EXPECT_EQ(result->rows[0].time, Timestamp{} + seconds(1790000000));
  EXPECT_EQ(result->rows[1].type, "REDEEM");
  EXPECT_EQ(result->rows[1].outcome_index, 999);
}

}  // namespace
}  // namespace ebb::polymarket
