#include "polymarket/rest_answers.hpp"

#include <gtest/gtest.h>

#include <string>

#include "polymarket/test_files.hpp"
#include "polymarket/user_decoder.hpp"

namespace ebb::polymarket {
namespace {

using model::PlaceOutcome;
using model::VenueOrderStatus;

const std::string kId = "0x" + std::string(64, 'a');
const std::string kOtherId = "0x" + std::string(64, 'b');

model::MarketTable one_market() {
  model::MarketTable markets;
  model::MarketSpec spec;
  spec.condition_id = "0x" + std::string(64, 'c');
  spec.tokens[0] = {"111", "Yes"};
  spec.tokens[1] = {"222", "No"};
  EXPECT_TRUE(markets.add(spec));
  return markets;
}

PlacedOrder sell_of(std::int64_t shares, std::int64_t dollars) {
  return {.id = *model::parse_order_id(kId),
          .side = model::Side::sell,
          .type = model::OrderType::fak,
          .maker_amount = shares,
          .taker_amount = dollars};
}

model::PlaceAnswer answer_to(const std::string& body, const PlacedOrder& order) {
  AnswerReader reader;
  std::vector<PlacedEntry> entries;
  EXPECT_TRUE(reader.placed(body, entries));
  EXPECT_EQ(entries.size(), 1u);
  return to_place_answer(entries.at(0), order);
}

TEST(RestAnswers, an_order_that_rests) {
  const auto answer = answer_to(R"({"success":true,"errorMsg":"","orderID":")" + kId +
                                    R"(","status":"live","makingAmount":"","takingAmount":""})",
                                sell_of(5'000'000, 2'500'000));
  EXPECT_EQ(answer.outcome, PlaceOutcome::live);
  EXPECT_EQ(answer.matched, Shares(0));
}

TEST(RestAnswers, amounts_in_units_and_in_millionths_mean_the_same) {
  for (const char* amounts :
       {R"("makingAmount":"5","takingAmount":"2.6")", R"("makingAmount":5,"takingAmount":2.6)",
        R"("makingAmount":"5.0","takingAmount":"2.600000")", R"("makingAmount":"5000000","takingAmount":"2600000")"}) {
    const auto answer =
        answer_to(R"({"success":true,"errorMsg":null,"orderID":")" + kId + R"(","status":"matched",)" + amounts + "}",
                  sell_of(5'000'000, 2'500'000));
    EXPECT_EQ(answer.outcome, PlaceOutcome::matched) << amounts;
    EXPECT_EQ(answer.matched, shares_of(5)) << amounts;
    EXPECT_EQ(answer.dollars, Usdc(2'600'000)) << amounts;
  }
}

TEST(RestAnswers, of_a_buy_the_shares_are_what_was_taken) {
  PlacedOrder buy = sell_of(10'000'000, 20'000'000);
  buy.side = model::Side::buy;
  const auto answer = answer_to(R"({"success":true,"errorMsg":"","orderID":")" + kId +
                                    R"(","status":"MATCHED","makingAmount":"10","takingAmount":"25"})",
                                buy);
  EXPECT_EQ(answer.matched, shares_of(25)) << "the price improved";
  EXPECT_EQ(answer.dollars, dollars(10));
}

TEST(RestAnswers, a_match_that_cannot_be_read_is_unknown_never_zero) {
  const std::string start = R"({"success":true,"errorMsg":"","orderID":")" + kId + R"(","status":"matched")";
  for (const char* rest :
       {"}", R"(,"makingAmount":"","takingAmount":""})", R"(,"makingAmount":"x","takingAmount":"1"})",
        R"(,"makingAmount":"99999999999","takingAmount":"1"})", R"(,"makingAmount":{},"takingAmount":[]})",
        R"(,"makingAmount":"-5","takingAmount":"2"})"}) {
    EXPECT_EQ(answer_to(start + rest, sell_of(5'000'000, 2'500'000)).outcome, PlaceOutcome::unknown) << rest;
  }
}

TEST(RestAnswers, delayed_is_no_fill) {
  const auto answer = answer_to(R"({"success":true,"errorMsg":"","orderID":")" + kId +
                                    R"(","status":"delayed","makingAmount":"0","takingAmount":"0"})",
                                sell_of(5'000'000, 2'500'000));
  EXPECT_EQ(answer.outcome, PlaceOutcome::delayed);
  EXPECT_EQ(answer.matched, Shares(0));
}

TEST(RestAnswers, accepted_only_with_success_no_error_and_an_id) {
  AnswerReader reader;
  std::vector<PlacedEntry> entries;
  const auto accepted = [&](const std::string& body) {
    EXPECT_TRUE(reader.placed(body, entries));
    return entries.at(0).accepted();
  };
  EXPECT_TRUE(accepted(R"({"success":true,"errorMsg":"","orderID":"0x1","status":"live"})"));
  EXPECT_TRUE(accepted(R"({"success":true,"errorMsg":null,"orderId":"0x1","status":"live"})"));
  EXPECT_FALSE(accepted(R"({"success":true,"errorMsg":"min size: $1","orderID":""})"));
  EXPECT_FALSE(accepted(R"({"success":true,"errorMsg":"why not","orderID":"0x1"})"));
  EXPECT_FALSE(accepted(R"({"success":true,"errorMsg":"it couldnt","orderID":"0x1"})"));
  EXPECT_FALSE(accepted(R"({"success":true,"errorMsg":"a \"quoted\" word","orderID":"0x1"})"))
      << "escapes hide nothing";
  EXPECT_FALSE(accepted(R"({"success":true,"errorMsg":{"a":1},"orderID":"0x1"})"));
  EXPECT_FALSE(accepted(R"({"success":true,"errorMsg":"","orderID":null})"));
  EXPECT_FALSE(accepted(R"({"success":false,"errorMsg":"","orderID":"0x1"})"));
  EXPECT_FALSE(accepted(R"({"success":"true","errorMsg":"","orderID":"0x1"})"));
  EXPECT_FALSE(accepted("{}"));
}

TEST(RestAnswers, an_id_that_is_not_ours_is_unknown) {
  EXPECT_EQ(answer_to(R"({"success":true,"errorMsg":"","orderID":")" + kOtherId + R"(","status":"live"})",
                      sell_of(5'000'000, 2'500'000))
                .outcome,
            PlaceOutcome::unknown);
}

TEST(RestAnswers, a_batch_keeps_its_order_even_with_nonsense_in_it) {
  AnswerReader reader;
  std::vector<PlacedEntry> entries;
  ASSERT_TRUE(reader.placed(R"([{"success":true,"orderID":"0x1","errorMsg":""},7,{"success":false,"errorMsg":"no"}])",
                            entries));
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_TRUE(entries[0].accepted());
  EXPECT_FALSE(entries[1].accepted());
  EXPECT_EQ(entries[2].error, "no");
}

TEST(RestAnswers, what_is_no_json_is_no_answer) {
  AnswerReader reader;
  std::vector<PlacedEntry> entries;
  CancelReport report;
  const model::MarketTable markets = one_market();
  std::vector<VenueOrder> orders;
  for (const std::string body :
       {"", "<html><body>403 Forbidden</body></html>", R"({"success":true)", "[", "null x", "\xff\xfe"}) {
    EXPECT_FALSE(reader.placed(body, entries)) << body;
    EXPECT_FALSE(reader.canceled(body, report)) << body;
    EXPECT_FALSE(reader.order(body, markets).has_value()) << body;
    EXPECT_FALSE(reader.orders(body, markets, orders).ok) << body;
    EXPECT_FALSE(reader.balance(body).has_value()) << body;
    EXPECT_FALSE(reader.credentials(body).has_value()) << body;
    EXPECT_FALSE(reader.closed_only(body).has_value()) << body;
    EXPECT_FALSE(reader.heartbeat(body).has_value()) << body;
    EXPECT_FALSE(reader.error(body).is_json) << body;
  }
}

TEST(RestAnswers, error_bodies) {
  AnswerReader reader;
  const std::string mode = R"({"error":"post-only mode: only ...","code":"post_only_mode","retry_after_seconds":79})";
  const ErrorBody error = reader.error(mode);
  EXPECT_EQ(error.code, "post_only_mode");
  EXPECT_EQ(error.retry_after_seconds, 79);
  const std::string beat = R"({"error_msg":"Invalid Heartbeat ID","heartbeat_id":"u-1"})";
  EXPECT_EQ(reader.error(beat).text, "Invalid Heartbeat ID");
  EXPECT_EQ(reader.error(beat).heartbeat_id, "u-1");
  EXPECT_EQ(reader.error(R"({"error":"x","retry_after_seconds":-4})").retry_after_seconds, -1);
  EXPECT_EQ(reader.error(R"({"error":"x","retry_after_seconds":"soon"})").retry_after_seconds, -1);
}

TEST(RestAnswers, cancels) {
  AnswerReader reader;
  CancelReport report;
  ASSERT_TRUE(reader.canceled(R"({"canceled":[")" + kId + R"(","junk",4],"not_canceled":{")" + kOtherId +
                                  R"(":"Order already matched","x":"y"}})",
                              report));
  ASSERT_EQ(report.canceled.size(), 1u);
  ASSERT_EQ(report.not_canceled.size(), 1u);
  EXPECT_EQ(report.not_canceled[0].id, model::parse_order_id(kOtherId));
  EXPECT_TRUE(reader.canceled(R"({"canceled":null,"not_canceled":{}})", report));
  EXPECT_TRUE(report.canceled.empty());
  EXPECT_FALSE(reader.canceled(R"({"success":true})", report));
}

TEST(RestAnswers, statuses_of_orders) {
  AnswerReader reader;
  const model::MarketTable markets = one_market();
  const auto status = [&](const std::string& text) {
    return reader
        .order(R"({"id":")" + kId + R"(","status":")" + text +
                   R"(","side":"BUY","asset_id":"111","original_size":"10","size_matched":"2.5"})",
               markets)
        .value()
        .status;
  };
  EXPECT_EQ(status("LIVE"), VenueOrderStatus::live);
  EXPECT_EQ(status("ORDER_STATUS_LIVE"), VenueOrderStatus::live);
  EXPECT_EQ(status("UNMATCHED"), VenueOrderStatus::live);
  EXPECT_EQ(status("delayed"), VenueOrderStatus::live);
  EXPECT_EQ(status("order_status_matched"), VenueOrderStatus::matched);
  EXPECT_EQ(status("CANCELED_MARKET_RESOLVED"), VenueOrderStatus::canceled);
  EXPECT_EQ(status("CANCELED_order couldn't be fully filled."), VenueOrderStatus::canceled);
  EXPECT_EQ(status("INVALID"), VenueOrderStatus::canceled);
  EXPECT_EQ(status("SOMETHING_NEW"), VenueOrderStatus::unknown);
  EXPECT_EQ(status(""), VenueOrderStatus::unknown);
}

TEST(RestAnswers, an_order_by_id) {
  AnswerReader reader;
  const model::MarketTable markets = one_market();
  const auto order =
      reader.order(R"({"id":")" + kId +
                       R"(","status":"LIVE","side":"sell","asset_id":"222","original_size":10,"size_matched":"2.5"})",
                   markets);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->token, model::TokenIndex(1));
  EXPECT_EQ(order->size_matched, Shares(2'500'000));
  EXPECT_EQ(reader.order(" null\n", markets)->status, VenueOrderStatus::not_found);
  EXPECT_FALSE(reader.order(R"({"id":"0x1","status":"LIVE"})", markets)) << "no id";
  EXPECT_FALSE(reader.order(R"({"id":")" + kId + R"(","status":"LIVE","side":"BUY","size_matched":"lots"})", markets));
  EXPECT_FALSE(reader.order("{}", markets));
}

TEST(RestAnswers, pages_end_at_their_cursor_only) {
  AnswerReader reader;
  const model::MarketTable markets = one_market();
  std::vector<VenueOrder> orders;
  const std::string line =
      R"({"id":")" + kId +
      R"(","status":"LIVE","side":"BUY","asset_id":"111","original_size":"10","size_matched":"0"})";
  const PageEnd middle =
      reader.orders(R"({"limit":1,"count":1,"next_cursor":"MQ==","data":[)" + line + "]}", markets, orders);
  EXPECT_TRUE(middle.ok);
  EXPECT_EQ(middle.next, "MQ==");
  for (const char* cursor : {R"("LTE=")", R"("")", "null"}) {
    const PageEnd last = reader.orders(R"({"next_cursor":)" + std::string(cursor) + R"(,"data":[]})", markets, orders);
    EXPECT_TRUE(last.ok) << cursor;
    EXPECT_TRUE(last.next.empty()) << cursor;
  }
  EXPECT_EQ(orders.size(), 1u);
  EXPECT_FALSE(reader.orders(R"({"data":[]})", markets, orders).ok) << "without a cursor it may be any part";
  EXPECT_FALSE(reader.orders(R"({"next_cursor":"LTE="})", markets, orders).ok);
  EXPECT_FALSE(reader.orders("[]", markets, orders).ok);
  EXPECT_EQ(reader.orders(R"({"next_cursor":"LTE=","data":[{},5]})", markets, orders).skipped, 2u);
}

TEST(RestAnswers, balances) {
  AnswerReader reader;
  const auto modern = reader.balance(
      R"({"balance":"12000000","allowances":{"0xAA":"0","0xBB":"115792089237316195423570985008687907853269984665640564039457584007913129639935"}})");
  ASSERT_TRUE(modern);
  EXPECT_EQ(modern->micros, 12'000'000);
  ASSERT_EQ(modern->allowances.size(), 2u);
  EXPECT_FALSE(modern->allowances[0].enough);
  EXPECT_TRUE(modern->allowances[1].enough);
  EXPECT_EQ(reader.balance(R"({"balance":"250.500000"})")->micros, 250'500'000);
  EXPECT_EQ(reader.balance(R"({"balance":7,"allowance":"1"})")->allowances.at(0).spender, "");
  EXPECT_FALSE(reader.balance(R"({"balance":""})")) << "unknown is not zero";
  EXPECT_FALSE(reader.balance(R"({"balance":null})"));
  EXPECT_FALSE(reader.balance(R"({"balance":"-1"})"));
  EXPECT_FALSE(reader.balance(R"({"allowances":{}})"));
}

TEST(RestAnswers, credentials_are_whole_or_none) {
  AnswerReader reader;
  EXPECT_TRUE(reader.credentials(R"({"apiKey":"k","secret":"s","passphrase":"p"})"));
  EXPECT_FALSE(reader.credentials(R"({"apiKey":"k","secret":"","passphrase":"p"})"));
  EXPECT_FALSE(reader.credentials(R"({"apiKey":"k","secret":"s"})"));
}

TEST(RestAnswers, pages_of_trades_hold_our_legs) {
  const model::MarketTable markets = one_market();
  UserDecoder decoder(markets, {"our-key", "0x00000000000000000000000000000000000000ee"});
  UserFrameContent content;
  std::string next;
  const std::string as_taker =
      R"({"id":"t-1","taker_order_id":")" + kId +
      R"(","asset_id":"111","side":"BUY","size":"10","price":"0.5","status":"TRADE_STATUS_MINED","match_time":"1790000000","owner":"our-key","trader_side":"TAKER","maker_orders":[]})";
  const std::string as_maker =
      R"({"id":"t-2","taker_order_id":")" + kId +
      R"(","asset_id":"111","side":"BUY","size":"10","price":"0.5","status":"TRADE_STATUS_MATCHED_NOT_BROADCASTED","match_time":"1790000001","owner":"x","trader_side":"MAKER","maker_orders":[{"order_id":")" +
      kOtherId + R"(","owner":"our-key","matched_amount":"4","price":"0.5","asset_id":"222","side":"BUY"}]})";
  ASSERT_TRUE(decoder.decode_trades_page(
      R"({"limit":2,"count":2,"next_cursor":"Mg==","data":[)" + as_taker + "," + as_maker + "]}", content, next));
  EXPECT_EQ(next, "Mg==");
  ASSERT_EQ(content.trades.size(), 2u);
  EXPECT_EQ(content.trades[0].status, model::TradeStatus::mined);
  EXPECT_TRUE(content.trades[1].maker);
  EXPECT_EQ(content.trades[1].size, shares_of(4));
  EXPECT_EQ(content.trades[1].token, model::TokenIndex(1));
  ASSERT_TRUE(decoder.decode_trades_page(R"({"next_cursor":"LTE=","data":[5]})", content, next));
  EXPECT_TRUE(next.empty());
  EXPECT_EQ(content.malformed, 1u);
  EXPECT_FALSE(decoder.decode_trades_page(R"({"data":[]})", content, next));
  EXPECT_FALSE(decoder.decode_trades_page("<html>", content, next));
}

TEST(RestAnswers, an_answer_that_was_cut_anywhere_is_never_read) {
  AnswerReader reader;
  const model::MarketTable markets = one_market();
  std::vector<PlacedEntry> entries;
  std::vector<VenueOrder> orders;
  CancelReport report;
  const std::string placed = R"([{"success":true,"errorMsg":"","orderID":")" + kId + R"(","status":"live"}])";
  const std::string canceled = R"({"canceled":[")" + kId + R"("],"not_canceled":{}})";
  const std::string order = R"({"id":")" + kId + R"(","status":"LIVE","side":"BUY","size_matched":"1"})";
  const std::string page = R"({"next_cursor":"LTE=","data":[)" + order + "]}";
  const std::string balance = R"({"balance":"120","allowances":{}})";
  for (std::size_t cut = 0; cut < 120; ++cut) {
    if (cut < placed.size()) {
      EXPECT_FALSE(reader.placed(placed.substr(0, cut), entries)) << cut;
    }
    if (cut < canceled.size()) {
      EXPECT_FALSE(reader.canceled(canceled.substr(0, cut), report)) << cut;
    }
    if (cut < order.size()) {
      EXPECT_FALSE(reader.order(order.substr(0, cut), markets)) << cut;
    }
    if (cut < page.size()) {
      EXPECT_FALSE(reader.orders(page.substr(0, cut), markets, orders).ok) << cut;
    }
    if (cut < balance.size()) {
      EXPECT_FALSE(reader.balance(balance.substr(0, cut))) << cut;
    }
  }
  EXPECT_TRUE(reader.placed(placed, entries));
  EXPECT_TRUE(reader.orders(page, markets, orders).ok);
}

TEST(RestAnswers, an_answer_that_is_too_large_is_not_read) {
  AnswerReader reader;
  std::string body = R"({"balance":"1","x":")" + std::string(JsonTree::kMaxBytes, ' ') + R"("})";
  EXPECT_FALSE(reader.balance(body));
}

TEST(RestAnswers, recorded_answers_of_the_venue) {
  EBB_RECORDED_OR_SKIP(failed, "rest/nautilus/rust_test_data/http_order_response_failed.json");
  EBB_RECORDED_OR_SKIP(page, "rest/nautilus/rust_test_data/http_open_orders_page.json");
  EBB_RECORDED_OR_SKIP(last_error, "rest/mselser95/last_error_no.json");
  AnswerReader reader;
  std::vector<PlacedEntry> entries;
  ASSERT_TRUE(reader.placed(failed, entries));
  EXPECT_FALSE(entries[0].accepted());
  EXPECT_EQ(entries[0].error, "Insufficient balance");
  std::vector<VenueOrder> orders;
  EXPECT_TRUE(reader.orders(page, one_market(), orders).ok);
  EXPECT_EQ(orders.size(), 2u);
  EXPECT_TRUE(reader.error(last_error).is_json);
}

}  // namespace
}  // namespace ebb::polymarket
