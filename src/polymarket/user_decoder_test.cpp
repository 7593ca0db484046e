#include "polymarket/user_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

using model::Side;
using model::TradeStatus;
using model::UserOrderType;

const std::string kOrderA = "0x" + std::string(64, 'a');
const std::string kOrderB = "0x" + std::string(64, 'b');
const std::string kOurKey = "11111111-1111-1111-1111-111111111111";
const std::string kOurAddress = "0xAbCdEf0000000000000000000000000000000001";

class UserDecoderTest : public ::testing::Test {
 protected:
  UserDecoderTest() {
    model::MarketSpec market;
    market.condition_id = "0xc1";
    market.tokens = {model::TokenSpec{"111", "Yes"}, model::TokenSpec{"222", "No"}};
    EXPECT_TRUE(markets.add(market));
  }
  void decode(const std::string& text) {
    frame = text;
    decoder.decode(frame, content);
  }
  model::MarketTable markets;
  UserDecoder decoder{markets, {kOurKey, kOurAddress}};
  UserFrameContent content;
  std::string frame;
};

std::string order_event(const std::string& type, const std::string& rest) {
  return R"({"event_type":"order","type":")" + type + R"(","id":")" + kOrderA +
         R"(","owner":"k","market":"0xc1","asset_id":"111",)" + rest + "}";
}

TEST_F(UserDecoderTest, placement) {
  decode(order_event("PLACEMENT",
                     R"("side":"SELL","original_size":"10","size_matched":"0","price":"0.57","outcome":"YES",)"
                     R"("associate_trades":null,"created_at":"1790000000","expiration":null,"order_type":"GTC",)"
                     R"("status":"LIVE","timestamp":"1790000000257")"));
  ASSERT_EQ(content.orders.size(), 1u);
  const auto& order = content.orders[0];
  EXPECT_EQ(to_text(order.id), kOrderA);
  EXPECT_EQ(order.token, markets.find_token("111"));
  EXPECT_EQ(order.type, UserOrderType::placement);
  EXPECT_EQ(order.side, Side::sell);
  EXPECT_EQ(order.price, Price(5700));
  EXPECT_EQ(order.original_size, shares_of(10));
  EXPECT_EQ(order.size_matched, Shares(0));
  EXPECT_FALSE(order.canceled);
  EXPECT_EQ(order.time, from_ms(1790000000257));
}

TEST_F(UserDecoderTest, cancellations_in_every_wording) {
  decode(order_event("CANCELLATION",
                     R"("side":"buy","original_size":"12","size_matched":"","price":"0.6","created_at":"",)"
                     R"("outcome":"","order_type":"FOK","timestamp":"1777824065",)"
                     R"("status":"CANCELED_order couldn't be fully filled. FOK orders are fully filled or killed.")"));
  ASSERT_EQ(content.orders.size(), 1u);
  EXPECT_TRUE(content.orders[0].canceled);
  EXPECT_EQ(content.orders[0].size_matched, Shares(0));
  EXPECT_EQ(content.orders[0].original_size, shares_of(20));  // 12 dollars at 0.60
  EXPECT_EQ(content.orders[0].time, from_ms(1777824065000));
  for (const char* status : {"CANCELED", "INVALID", "ORDER_STATUS_CANCELED_MARKET_RESOLVED", "canceled"}) {
    decode(order_event("UPDATE", R"("side":"BUY","original_size":"5","size_matched":"2.5","price":"0.6","status":")" +
                                     std::string(status) + '"'));
    ASSERT_EQ(content.orders.size(), 1u) << status;
    EXPECT_TRUE(content.orders[0].canceled) << status;
    EXPECT_EQ(content.orders[0].invalid, std::string_view(status) == "INVALID");
    EXPECT_EQ(content.orders[0].size_matched, Shares(2'500'000));
  }
  for (const char* status : {"LIVE", "MATCHED", "UNMATCHED", ""}) {
    decode(order_event("UPDATE", R"("side":"BUY","original_size":"5","size_matched":"5","price":"0.6","status":")" +
                                     std::string(status) + '"'));
    EXPECT_FALSE(content.orders.at(0).canceled) << status;
  }
  decode(order_event("CANCELLATION", R"("side":"BUY","original_size":"5","size_matched":"0","price":"0.6")"));
  EXPECT_TRUE(content.orders.at(0).canceled);
}

TEST_F(UserDecoderTest, orders_that_cannot_be_used_are_counted) {
  decode(order_event("DANCE", R"("side":"BUY","original_size":"5","size_matched":"0","price":"0.6")"));
  EXPECT_EQ(content.malformed, 1u);
  decode(order_event("UPDATE", R"("side":"BUY","original_size":"-5","size_matched":"0","price":"0.6")"));
  EXPECT_EQ(content.malformed, 1u);
  decode(
      R"({"event_type":"order","type":"UPDATE","id":"0x12","asset_id":"111","side":"BUY","original_size":"5","price":"0.5"})");
  EXPECT_EQ(content.malformed, 1u);
  decode(R"({"event_type":"order","type":"UPDATE","id":")" + kOrderA +
         R"(","asset_id":"999","side":"BUY","original_size":"5","price":"0.5"})");
  EXPECT_EQ(content.unknown_tokens, 1u);
  EXPECT_TRUE(content.orders.empty());
}

std::string trade_event(const std::string& head, const std::string& makers) {
  return R"({"event_type":"trade","type":"TRADE","id":"t-1","taker_order_id":")" + kOrderA +
         R"(","market":"0xc1","asset_id":"111",)"
         R"("side":"BUY","size":"10","price":"0.57","fee_rate_bps":"","transaction_hash":"","bucket_index":0,)" +
         head + R"(,"maker_orders":)" + makers + R"(,"timestamp":"1790000001123"})";
}
std::string maker(const std::string& owner, const std::string& address, const std::string& rest) {
  return R"({"order_id":")" + kOrderB + R"(","owner":")" + owner + R"(","maker_address":")" + address + R"(",)" + rest +
         "}";
}

TEST_F(UserDecoderTest, as_taker_the_top_level_is_ours) {
  decode(trade_event(
      R"("status":"MATCHED","match_time":"1790000001","owner":")" + kOurKey + R"(","trader_side":"TAKER")", "null"));
  ASSERT_EQ(content.trades.size(), 1u);
  const auto& trade = content.trades[0];
  EXPECT_EQ(trade.trade.view(), "t-1");
  EXPECT_EQ(to_text(trade.order), kOrderA);
  EXPECT_EQ(trade.token, markets.find_token("111"));
  EXPECT_EQ(trade.side, Side::buy);
  EXPECT_EQ(trade.price, Price(5700));
  EXPECT_EQ(trade.size, shares_of(10));
  EXPECT_EQ(trade.status, TradeStatus::matched);
  EXPECT_FALSE(trade.maker);
  EXPECT_EQ(trade.time, from_ms(1790000001000));
}

TEST_F(UserDecoderTest, as_maker_every_entry_of_ours_is_a_leg_and_the_others_are_not) {
  decode(trade_event(
      R"("status":"TRADE_STATUS_MINED","matchtime":"2024-01-01T00:00:00Z","owner":"them","trader_side":"MAKER","maker_address":")" +
          kOurAddress + '"',
      "[" + maker(kOurKey, "0x0", R"("matched_amount":"4","price":"0.43","asset_id":"222","side":"BUY")") + "," +
          maker("other", "0x9", R"("matched_amount":"5","price":"0.57","asset_id":"111","side":"SELL")") + "," +
          maker("", "0xabcdef0000000000000000000000000000000001",
                R"("matched_amount":"1.5","price":"0.57","asset_id":"111")") +
          "]"));
  ASSERT_EQ(content.trades.size(), 2u);
  EXPECT_TRUE(content.trades[0].maker);
  EXPECT_EQ(to_text(content.trades[0].order), kOrderB);
  EXPECT_EQ(content.trades[0].token, markets.find_token("222"));
  EXPECT_EQ(content.trades[0].side, Side::buy);
  EXPECT_EQ(content.trades[0].price, Price(4300));
  EXPECT_EQ(content.trades[0].size, shares_of(4));
  EXPECT_EQ(content.trades[0].status, TradeStatus::mined);
  EXPECT_EQ(content.trades[0].time, from_ms(1790000001123));  // match time in words: the event's own time
  EXPECT_EQ(content.trades[1].side, Side::sell);               // no side given: against the taker on the same asset
  EXPECT_EQ(content.trades[1].size, Shares(1'500'000));
}

TEST_F(UserDecoderTest, without_a_side_a_maker_of_the_other_asset_did_what_the_taker_did) {
  decode(trade_event(R"("status":"CONFIRMED","owner":"them")",
                     "[" + maker(kOurKey, "", R"("matched_amount":"4","price":"0.43","asset_id":"222")") + "]"));
  ASSERT_EQ(content.trades.size(), 1u);
  EXPECT_EQ(content.trades[0].side, Side::buy);  // mint: both buy
  EXPECT_EQ(content.trades[0].status, TradeStatus::confirmed);
}

TEST_F(UserDecoderTest, all_statuses_and_their_spellings) {
  const std::pair<const char*, TradeStatus> kStatuses[] = {
      {"MATCHED", TradeStatus::matched},   {"TRADE_STATUS_MATCHED_NOT_BROADCASTED", TradeStatus::matched},
      {"mined", TradeStatus::mined},       {"TRADE_STATUS_CONFIRMED", TradeStatus::confirmed},
      {"RETRYING", TradeStatus::retrying}, {"TRADE_STATUS_FAILED", TradeStatus::failed}};
  for (const auto& [text, status] : kStatuses) {
    decode(trade_event(R"("trader_side":"TAKER","status":")" + std::string(text) + '"', "[]"));
    ASSERT_EQ(content.trades.size(), 1u) << text;
    EXPECT_EQ(content.trades[0].status, status);
  }
  decode(trade_event(R"("trader_side":"TAKER","status":"MAYBE")", "[]"));
  EXPECT_EQ(content.malformed, 1u);
}

TEST_F(UserDecoderTest, trades_of_others_and_of_unknown_tokens_are_counted) {
  decode(trade_event(R"("status":"MATCHED","owner":"them")",
                     "[" + maker("x", "0x1", R"("matched_amount":"1","price":"0.5","asset_id":"111")") + "]"));
  EXPECT_EQ(content.not_ours, 1u);
  decode(
      trade_event(R"("status":"MATCHED","owner":"them")",
                  "[" + maker(kOurKey, "", R"("matched_amount":"1","price":"0.5","asset_id":"7","side":"BUY")") + "]"));
  EXPECT_EQ(content.unknown_tokens, 1u);
  decode(trade_event(
      R"("status":"MATCHED","owner":"them")",
      "[" + maker(kOurKey, "", R"("matched_amount":"","price":"0.5","asset_id":"111","side":"BUY")") + "]"));
  EXPECT_EQ(content.malformed, 1u);
  EXPECT_TRUE(content.trades.empty());
}

TEST_F(UserDecoderTest, unknown_identity_matches_nobody) {
  UserDecoder anonymous(markets, {});
  frame = trade_event(R"("status":"MATCHED","owner":"","maker_address":"")",
                      "[" + maker("", "", R"("matched_amount":"1","price":"0.5","asset_id":"111")") + "]");
  anonymous.decode(frame, content);
  EXPECT_TRUE(content.trades.empty());
  EXPECT_EQ(content.not_ours, 1u);
}

TEST_F(UserDecoderTest, arrays_other_text_and_broken_json) {
  decode("[" + order_event("UPDATE", R"("side":"BUY","original_size":"5","size_matched":"1","price":"0.6")") +
         R"(,{"event_type":"hello"},3])");
  EXPECT_EQ(content.orders.size(), 1u);
  EXPECT_EQ(content.unknown_types, 1u);
  EXPECT_EQ(content.malformed, 1u);
  decode("PONG");
  EXPECT_EQ(content.non_json, 1u);
  decode("{\"event_type\":\"order\"");
  EXPECT_EQ(content.malformed, 1u);
}

/// Markets that know the one token of the recorded frames.
model::MarketTable recorded_market() {
  model::MarketTable table;
  model::MarketSpec market;
  market.condition_id = "0xdd22472e552920b8438158ea7238bfadfa4f736aa4cee91a6b86c39ead110917";
  market.tokens[0] = {"21742633143463906290569050155826241533067272736897614950488156847949938836455", "Yes"};
  EXPECT_TRUE(table.add(market));
  return table;
}

TEST(RecordedUserFrames, order_events) {
  EBB_RECORDED_OR_SKIP(placement, "rest/nautilus/py_ws/order_placement.json");
  const auto table = recorded_market();
  UserDecoder decoder(table, {"3e2c94ca-8124-c4c1-c7ea-be1ea21b71fe", ""});
  UserFrameContent content;
  decoder.decode(placement, content);
  ASSERT_EQ(content.orders.size(), 1u);
  EXPECT_EQ(content.orders[0].price, Price(5130));
  EXPECT_EQ(content.orders[0].type, UserOrderType::placement);
  const std::string cancel = read_recorded("rest/nautilus/py_ws/order_cancel.json");
  decoder.decode(cancel, content);
  ASSERT_EQ(content.orders.size(), 1u);
  EXPECT_TRUE(content.orders[0].canceled);
  EXPECT_EQ(content.orders[0].size_matched, shares_of(5));
}

TEST(RecordedUserFrames, trade_events) {
  EBB_RECORDED_OR_SKIP(two_legs, "rest/nautilus/py_ws/user_trade4.json");
  const auto table = recorded_market();
  UserDecoder maker(table, {"a93a3d32-74fa-dd2b-4b67-98bfa6fc5cb5", ""});
  UserFrameContent content;
  maker.decode(two_legs, content);
  ASSERT_EQ(content.trades.size(), 2u);
  EXPECT_TRUE(content.trades[0].maker);
  EXPECT_NE(content.trades[0].order, content.trades[1].order);
  EXPECT_EQ(content.trades[1].price, Price(3000));
  const std::string taken = read_recorded("rest/nautilus/py_ws/user_trade2.json");
  UserDecoder taker(table, {"3e2c94ca-8124-c4c1-c7ea-be1ea21b71fe", ""});
  taker.decode(taken, content);
  ASSERT_EQ(content.trades.size(), 1u);
  EXPECT_FALSE(content.trades[0].maker);
  EXPECT_EQ(content.trades[0].status, TradeStatus::matched);
}

}  // namespace
}  // namespace ebb::polymarket
