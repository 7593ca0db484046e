#include "polymarket/rest_requests.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "polymarket/limits.hpp"

namespace ebb::polymarket {
namespace {

model::OrderId id_of(std::uint8_t fill) {
  model::OrderId id;
  id.bytes.fill(fill);
  return id;
}

TEST(RestRequests, orders_go_to_their_paths_as_json) {
  EXPECT_EQ(post_order_request().target, "/order");
  EXPECT_EQ(post_orders_request().target, "/orders");
  EXPECT_EQ(post_order_request().method, HttpMethod::post);
  EXPECT_EQ(find_header(post_orders_request().headers, "content-type"), "application/json");
}

TEST(RestRequests, cancels) {
  const HttpRequest one = cancel_request(id_of(0xab));
  EXPECT_EQ(one.method, HttpMethod::del);
  EXPECT_EQ(one.target, "/order");
  EXPECT_EQ(one.body, R"({"orderID":"0xabababababababababababababababababababababababababababababababab"})");
  const std::vector<model::OrderId> ids = {id_of(1), id_of(2)};
  const HttpRequest several = cancel_request(ids);
  EXPECT_EQ(several.target, "/orders");
  EXPECT_EQ(several.body, R"(["0x0101010101010101010101010101010101010101010101010101010101010101",)"
                          R"("0x0202020202020202020202020202020202020202020202020202020202020202"])");
  EXPECT_EQ(cancel_all_request().target, "/cancel-all");
  EXPECT_TRUE(cancel_all_request().body.empty());
  EXPECT_EQ(cancel_market_request("0xc", "12").body, R"({"market":"0xc","asset_id":"12"})");
}

TEST(RestRequests, reads_name_what_they_want) {
  EXPECT_EQ(order_request(id_of(7)).target,
            "/data/order/0x0707070707070707070707070707070707070707070707070707070707070707");
  const HttpRequest orders = open_orders_request(kFirstCursor);
  EXPECT_EQ(orders.path(), "/data/orders");
  EXPECT_EQ(query_value(orders.query(), "next_cursor"), "MA==");
  const HttpRequest trades = trades_request("0xAbC", 1'790'000'000, "MTAw");
  EXPECT_EQ(trades.path(), "/data/trades");
  EXPECT_EQ(query_value(trades.query(), "maker_address"), "0xAbC");
  EXPECT_EQ(query_value(trades.query(), "after"), "1790000000");
  EXPECT_EQ(query_value(trades.query(), "next_cursor"), "MTAw");
  EXPECT_EQ(query_value(trades_request("0x1", 0, kFirstCursor).query(), "after"), "");
}

TEST(RestRequests, balances_of_cash_and_of_both_kinds_of_positions) {
  const HttpRequest cash = balance_request(BalanceCall::read, AssetType::collateral, "77", SignatureType::poly_proxy);
  EXPECT_EQ(cash.target, "/balance-allowance?asset_type=COLLATERAL&signature_type=1");
  const HttpRequest v2 =
      balance_request(BalanceCall::update, AssetType::conditional_v2, "77", SignatureType::poly_1271);
  EXPECT_EQ(v2.path(), "/balance-allowance/update");
  EXPECT_EQ(query_value(v2.query(), "asset_type"), "CONDITIONAL-V2");
  EXPECT_EQ(query_value(v2.query(), "token_id"), "77");
  EXPECT_EQ(query_value(v2.query(), "signature_type"), "3");
}

TEST(RestRequests, keys_and_heartbeats) {
  EXPECT_EQ(derive_key_request().target, "/auth/derive-api-key");
  EXPECT_EQ(derive_key_request().method, HttpMethod::get);
  EXPECT_EQ(create_key_request().target, "/auth/api-key");
  EXPECT_EQ(create_key_request().method, HttpMethod::post);
  EXPECT_EQ(heartbeat_request("").body, R"({"heartbeat_id":""})");
  EXPECT_EQ(heartbeat_request(R"(a"b)").body, R"({"heartbeat_id":"a\"b"})") << "no text ends the string early";
}

TEST(Limits, of_the_protocol) {
  EXPECT_EQ(endpoint_windows(Endpoint::post_order)[1].requests, 120'000);
  EXPECT_EQ(endpoint_windows(Endpoint::balance_update)[0].requests, 50);
  EXPECT_TRUE(endpoint_windows(Endpoint::other).empty());
  EXPECT_EQ(find_tier("standard")->order_burst, 60);
  EXPECT_FALSE(find_tier("ELITE")->cancels_may_go_negative);
  EXPECT_FALSE(find_tier("unheard of").has_value());
}

}  // namespace
}  // namespace ebb::polymarket
