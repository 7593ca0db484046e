// Orders, cancels and what a signer can ask about them.
#include <gmock/gmock.h>

#include "exchange/venue_fixture.hpp"

namespace ebb::exchange {
namespace {

using polymarket::ExchangeContract;
using polymarket::SignatureType;
using ::testing::HasSubstr;
using ::testing::Not;

class VenueOrders : public VenueFixture {
 protected:
  static model::TokenIndex token(std::uint32_t t) { return model::TokenIndex(t); }
  crypto::Address wallet() const { return crypto::parse_address("0x" + std::string(40, '7')).value(); }
  HttpResponse cancel(VenueClient& who, const std::string& id) {
    return ask_as(who, HttpMethod::del, "/order", "{\"orderID\":\"" + id + "\"}");
  }
  HttpResponse order_by_id(VenueClient& who, const std::string& id) {
    return ask_as(who, HttpMethod::get, "/data/order/" + id);
  }
};

TEST_F(VenueOrders, ARestingOrderIsLiveUnderItsDigest) {
  const Made made = make(alice, {});
  const HttpResponse answer = ask_as(alice, HttpMethod::post, "/order", made.body);
  EXPECT_EQ(answer.body, "{\"success\":true,\"errorMsg\":\"\",\"orderID\":\"" + model::to_text(made.id) +
                             "\",\"status\":\"live\",\"makingAmount\":\"\",\"takingAmount\":\"\","
                             "\"transactionsHashes\":[],\"tradeIDs\":[]}");
  const HttpResponse shown = order_by_id(alice, model::to_text(made.id));
  EXPECT_EQ(text_of(shown, "status"), "LIVE");
  EXPECT_EQ(text_of(shown, "original_size"), "10");
  EXPECT_EQ(text_of(shown, "price"), "0.1");
  EXPECT_EQ(text_of(shown, "owner"), alice.credentials.key);
  EXPECT_EQ(text_of(shown, "maker_address"), alice.address());
  EXPECT_EQ(text_of(shown, "created_at"), "1790000000");
  EXPECT_EQ(text_of(shown, "expiration"), "0");
  EXPECT_EQ(order_by_id(bob, model::to_text(made.id)).status, 404);
}

TEST_F(VenueOrders, AMatchTellsAmountsAndTrades) {
  const std::string resting = placed(alice, {.price = Price(4000), .size = shares_of(30)});
  const HttpResponse taken = place(bob, {.token = token(1), .price = Price(6000), .size = shares_of(10)});
  EXPECT_EQ(text_of(taken, "status"), "matched");
  EXPECT_EQ(text_of(taken, "makingAmount"), "6");
  EXPECT_EQ(text_of(taken, "takingAmount"), "10");
  const HttpResponse trades = ask_as(alice, HttpMethod::get, "/data/trades");
  EXPECT_EQ(text_of(trades, "count"), "1");
  EXPECT_THAT(trades.body, HasSubstr("\"trader_side\":\"MAKER\""));
  EXPECT_THAT(trades.body, HasSubstr("\"status\":\"TRADE_STATUS_MATCHED\""));
  EXPECT_THAT(trades.body, HasSubstr("\"transaction_hash\":\"\""));
  EXPECT_THAT(trades.body, HasSubstr("\"order_id\":\"" + resting + "\""));
  EXPECT_EQ(text_of(order_by_id(alice, resting), "size_matched"), "10");
  pass(minutes(3));
  const std::string settled = ask_as(bob, HttpMethod::get, "/data/trades").body;
  EXPECT_THAT(settled, HasSubstr("TRADE_STATUS_CONFIRMED"));
  EXPECT_THAT(settled, Not(HasSubstr("\"transaction_hash\":\"\"")));
  const std::string account = get("/admin/accounts/" + alice.address()).body;
  EXPECT_THAT(account, HasSubstr("\"cash\":\"9996\",\"reserved\":\"8\""));
  EXPECT_THAT(account, HasSubstr("{\"token_id\":\"" + token_id(0) + "\",\"size\":\"10\""));
  EXPECT_THAT(account, HasSubstr("\"role\":\"maker\",\"status\":\"CONFIRMED\""));
}

TEST_F(VenueOrders, TradesAreFiltered) {
  placed(alice, {.price = Price(4000)});
  placed(bob, {.token = token(1), .price = Price(6000)});
  const auto count = [&](const std::string& query) {
    return text_of(ask_as(alice, HttpMethod::get, "/data/trades?" + query), "count");
  };
  EXPECT_EQ(count("market=" + market(0).condition_id), "1");
  EXPECT_EQ(count("market=" + market(1).condition_id), "0");
  EXPECT_EQ(count("asset_id=" + token_id(0)), "1");
  EXPECT_EQ(count("asset_id=" + token_id(1)), "0");
  EXPECT_EQ(count("after=1790000000"), "1");
  EXPECT_EQ(count("after=1790000001"), "0");
  EXPECT_EQ(count("before=1789999999"), "0");
  EXPECT_EQ(count("maker_address=" + bob.address()), "0");
  EXPECT_EQ(count("id=none"), "0");
}

TEST_F(VenueOrders, BothDomainsAndAllSignatureTypes) {
  for (const std::uint32_t t : {0U, 4U, 12U, 32U}) {  // standard, neg risk, V2, V2 neg risk
    for (const auto type :
         {SignatureType::eoa, SignatureType::poly_proxy, SignatureType::poly_gnosis_safe, SignatureType::poly_1271}) {
      TestOrder order{.token = token(t), .signature_type = type};
      if (type != SignatureType::eoa) {
        crypto::Address address = wallet();
        address[0] = static_cast<std::uint8_t>(type);
        order.wallet = address;
      }
      const HttpResponse answer = place(alice, order);
      EXPECT_EQ(answer.status, 200) << t << " " << static_cast<int>(type) << " " << answer.body;
    }
  }
  crypto::Address third = wallet();
  third[0] = 3;
  EXPECT_EQ(text_of(get("/admin/accounts/" + address_text(third)), "signature_type"), "3");
}

TEST_F(VenueOrders, WrongSignaturesAreRefused) {
  Made made = make(alice, {});
  const std::size_t at = made.body.find("\"signature\":\"0x") + 16;
  made.body[at] = made.body[at] == '1' ? '2' : '1';
  EXPECT_EQ(error_of(ask_as(alice, HttpMethod::post, "/order", made.body)), "invalid signature");
  EXPECT_EQ(error_of(place(alice, {.contract = ExchangeContract::neg_risk})), "invalid signature");
  EXPECT_EQ(error_of(place(alice, {.contract = ExchangeContract::v3})), "order_version_mismatch");
  EXPECT_EQ(error_of(place(alice, {.token = token(12), .contract = ExchangeContract::standard})),
            "order_version_mismatch");
}

TEST_F(VenueOrders, WalletTypesMustFit) {
  EXPECT_EQ(error_of(place(alice, {.wallet = wallet()})), "invalid signature");  // type 0 of somebody else's funds
  EXPECT_EQ(error_of(place(alice, {.signature_type = SignatureType::poly_proxy})), "invalid signature");
  EXPECT_EQ(error_of(place(alice, {.signature_type = SignatureType::poly_1271})), "invalid signature");
  ASSERT_EQ(place(alice, {.signature_type = SignatureType::poly_proxy, .wallet = wallet()}).status, 200);
  // Another signer cannot use a wallet that is taken.
  EXPECT_EQ(error_of(place(bob, {.signature_type = SignatureType::poly_proxy, .wallet = wallet()})),
            "invalid signature");
}

TEST_F(VenueOrders, OwnerAndSignerMustBeTheKeys) {
  login(bob);
  const Made made = make(alice, {});
  EXPECT_EQ(error_of(ask_as(bob, HttpMethod::post, "/order", made.body)),
            "the order owner has to be the owner of the API KEY");
  std::string body = made.body;
  body.replace(body.find(alice.credentials.key), alice.credentials.key.size(), bob.credentials.key);
  EXPECT_EQ(error_of(ask_as(bob, HttpMethod::post, "/order", body)),
            "the order signer address has to be the address of the API KEY");
}

TEST_F(VenueOrders, FormsThatAreNone) {
  const auto with = [&](const std::string& from, const std::string& to) {
    Made made = make(alice, {});
    const std::size_t at = made.body.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    made.body.replace(at, from.size(), to);
    return ask_as(alice, HttpMethod::post, "/order", made.body);
  };
  EXPECT_EQ(error_of(ask_as(alice, HttpMethod::post, "/order", "no json")), "Invalid order payload");
  EXPECT_EQ(error_of(ask_as(alice, HttpMethod::post, "/order", "{}")), "Invalid order payload");
  EXPECT_EQ(error_of(with("\"GTC\"", "\"IOC\"")), "Invalid order payload");
  EXPECT_EQ(error_of(with("\"BUY\"", "\"HOLD\"")), "Invalid side");
  EXPECT_EQ(error_of(with("\"signatureType\":0", "\"signatureType\":4")), "Invalid signature_type");
  EXPECT_EQ(error_of(with("\"timestamp\"", "\"nonce\"")), "invalid order version, please use the latest clob-client");
  const HttpResponse unknown = with(token_id(0), "12345");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(error_of(unknown), "No orderbook exists for the requested token id");
  EXPECT_EQ(error_of(with(token_id(0), "x")), "Invalid token id");
}

TEST_F(VenueOrders, TheVenuesRulesInItsWords) {
  EXPECT_THAT(error_of(place(alice, {.price = Price(1050)})), HasSubstr("breaks minimum tick size rule: 0.01"));
  EXPECT_THAT(error_of(place(alice, {.size = shares_of(4)})), HasSubstr("Size (4) lower than the minimum: 5"));
  EXPECT_THAT(error_of(place(alice, {.size = shares_of(200'000)})),
              HasSubstr("not enough balance / allowance: the balance is not enough -> balance: 10000000000, sum of "
                        "active orders: 0, sum of matched orders: 0, order amount: 20000000000"));
  EXPECT_THAT(error_of(place(alice, {.side = model::Side::sell})), HasSubstr("not enough balance / allowance"));
  EXPECT_EQ(error_of(place(alice, {.type = model::OrderType::gtd, .expiration = 1'790'000'100})), "invalid expiration");
  EXPECT_EQ(error_of(place(alice, {.expiration = 1'790'000'900})), "invalid expiration");
  EXPECT_EQ(place(alice, {.type = model::OrderType::gtd, .expiration = 1'790'000'200}).status, 200);
}

TEST_F(VenueOrders, TheSameOrderTwiceIsDuplicatedAndNoted) {
  const Made made = make(alice, {});
  ASSERT_EQ(ask_as(alice, HttpMethod::post, "/order", made.body).status, 200);
  const HttpResponse twice = ask_as(alice, HttpMethod::post, "/order", made.body);
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(error_of(twice), "order " + model::to_text(made.id) + " is invalid. Duplicated.");
  EXPECT_THAT(get("/admin/accounts/" + alice.address()).body, HasSubstr("\"rule\":\"duplicate_id\""));
}

TEST_F(VenueOrders, PostOnlyAndMarketOrders) {
  placed(alice, {.price = Price(4000), .size = shares_of(100)});
  const TestOrder cross{.token = token(1), .price = Price(6000), .post_only = true};
  EXPECT_EQ(error_of(place(bob, cross)), "invalid post-only order: order crosses book");
  const TestOrder too_much{
      .token = token(1), .price = Price(6000), .budget = dollars(600), .type = model::OrderType::fok};
  const HttpResponse killed = place(bob, too_much);
  EXPECT_EQ(killed.status, 400);
  EXPECT_EQ(error_of(killed), "order couldn't be fully filled. FOK orders are fully filled or killed.");
  EXPECT_EQ(text_of(killed, "orderID").size(), 66U);
  const TestOrder part{.token = token(1), .price = Price(6000), .budget = dollars(90), .type = model::OrderType::fak};
  const HttpResponse filled = place(bob, part);
  EXPECT_EQ(text_of(filled, "status"), "matched");
  EXPECT_EQ(text_of(filled, "makingAmount"), "60");
  EXPECT_EQ(text_of(filled, "takingAmount"), "100");
  EXPECT_THAT(error_of(place(bob, part)), HasSubstr("no orders found to match with FAK order"));
}

TEST_F(VenueOrders, BatchesAnswerInOrder) {
  const Made good = make(alice, {}), bad = make(alice, {.size = shares_of(1)});
  const HttpResponse answer =
      ask_as(alice, HttpMethod::post, "/orders", "[" + good.body + "," + bad.body + "," + good.body + "]");
  EXPECT_EQ(answer.status, 200);
  polymarket::JsonTree tree;
  ASSERT_TRUE(tree.parse(answer.body)) << answer.body;
  const std::uint32_t first = 1, second = tree[first].end, third = tree[second].end;
  EXPECT_EQ(tree.member(first, "status").text, "live");
  EXPECT_EQ(tree.member(second, "success").text, "false");
  EXPECT_THAT(std::string(tree.member(second, "errorMsg").text), HasSubstr("lower than the minimum"));
  EXPECT_THAT(std::string(tree.member(third, "errorMsg").text), HasSubstr("Duplicated"));
  std::string many = "[";
  for (int i = 0; i < 16; ++i) many += (i == 0 ? "" : ",") + make(alice, {}).body;
  EXPECT_EQ(error_of(ask_as(alice, HttpMethod::post, "/orders", many + "]")),
            "Too many orders in payload: 16, max allowed: 15");
  EXPECT_EQ(ask_as(alice, HttpMethod::post, "/orders", "[]").status, 400);
}

TEST_F(VenueOrders, CancelsOfEveryKind) {
  const std::string a = placed(alice, {}), b = placed(alice, {.token = token(1)}),
                    c = placed(alice, {.token = token(2)});
  EXPECT_EQ(cancel(alice, a).body, "{\"canceled\":[\"" + a + "\"],\"not_canceled\":{}}");
  EXPECT_THAT(cancel(alice, a).body, HasSubstr("\"" + a + "\":\"Order already canceled\""));
  EXPECT_THAT(cancel(bob, b).body, HasSubstr("Order not found or already canceled"));
  EXPECT_EQ(error_of(cancel(alice, "0x12")), "Invalid orderID");
  const HttpResponse batch = ask_as(alice, HttpMethod::del, "/orders", "[\"" + b + "\",\"" + b + "\",\"x\"]");
  EXPECT_EQ(batch.body, "{\"canceled\":[\"" + b + "\"],\"not_canceled\":{\"x\":\"Invalid orderID\"}}");
  const std::string d = placed(alice, {.token = token(3)});
  const std::string by_market = "{\"market\":\"" + market(1).condition_id + "\",\"asset_id\":\"" + token_id(2) + "\"}";
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/cancel-market-orders", by_market).body,
            "{\"canceled\":[\"" + c + "\"],\"not_canceled\":{}}");
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/cancel-market-orders", "{}").status, 400);
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/cancel-all").body, "{\"canceled\":[\"" + d + "\"],\"not_canceled\":{}}");
  EXPECT_EQ(text_of(order_by_id(alice, d), "status"), "CANCELED");
  std::string many = "[";
  for (int i = 0; i < 1001; ++i) many += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\"";
  EXPECT_EQ(error_of(ask_as(alice, HttpMethod::del, "/orders", many + "]")),
            "Too many orders in payload, max allowed: 1000");
}

TEST_F(VenueOrders, OpenOrdersArePagedByCursor) {
  for (int i = 0; i < 120; ++i) {
    placed(alice, {});
    if (i % 30 == 29) pass(seconds(2));  // within the signer's budget
  }
  std::string cursor = "MA==";
  std::size_t pages = 0, orders = 0;
  while (cursor != "LTE=") {
    const HttpResponse page = ask_as(alice, HttpMethod::get, "/data/orders?next_cursor=" + cursor);
    cursor = text_of(page, "next_cursor");
    orders += static_cast<std::size_t>(std::stoi(text_of(page, "count")));
    ++pages;
  }
  EXPECT_EQ(pages, 2U);
  EXPECT_EQ(orders, 120U);
}

TEST_F(VenueOrders, ASignersBudgetRunsOut) {
  int accepted = 0;
  HttpResponse last;
  for (int i = 0; i < 70; ++i) {
    last = place(alice, {});
    accepted += last.status == 200 ? 1 : 0;
  }
  EXPECT_EQ(accepted, 60);
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(find_header(last.headers, "Poly-RateLimit-Remaining"), "0");
  EXPECT_EQ(find_header(last.headers, "Poly-RateLimit-Tier"), "Standard");
  EXPECT_EQ(find_header(last.headers, "Retry-After"), "1");
  pass(seconds(1));
  EXPECT_EQ(find_header(place(alice, {}).headers, "Poly-RateLimit-Remaining"), "39");
  EXPECT_EQ(place(bob, {}).status, 200);  // everybody has a budget of his own
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/cancel-all").status, 200);
}

TEST_F(VenueOrders, MarketsThatHoldTakersAnswerAfter250Milliseconds) {
  placed(alice, {.token = token(10), .price = Price(4000)});
  const Made made = make(bob, {.token = token(11), .price = Price(6000)});
  const ReplyToken waiting = send(signed_request(bob, HttpMethod::post, "/order", made.body));
  EXPECT_FALSE(sink.replies.contains(waiting));
  EXPECT_EQ(text_of(order_by_id(bob, model::to_text(made.id)), "status"), "DELAYED");
  EXPECT_THAT(cancel(bob, model::to_text(made.id)).body, HasSubstr("cannot be canceled"));
  EXPECT_THAT(error_of(ask_as(bob, HttpMethod::post, "/order", made.body)), HasSubstr("Duplicated"));
  pass(milliseconds(249));
  EXPECT_FALSE(sink.replies.contains(waiting));
  pass(milliseconds(1));
  ASSERT_TRUE(sink.replies.contains(waiting));
  EXPECT_EQ(text_of(sink.replies[waiting], "status"), "matched");
  // What rests does not wait.
  EXPECT_EQ(text_of(place(bob, {.token = token(11), .price = Price(1000)}), "status"), "live");
}

TEST_F(VenueOrders, SportsMarketsDelayMarketableOrders) {
  const SocketRef stream = listen(bob);
  placed(alice, {.token = token(22), .price = Price(4000)});
  const HttpResponse answer = place(bob, {.token = token(23), .price = Price(6000)});
  EXPECT_EQ(text_of(answer, "status"), "delayed");
  EXPECT_EQ(text_of(answer, "makingAmount"), "0");
  EXPECT_TRUE(heard(stream).empty());
  pass(seconds(3));
  EXPECT_EQ(text_of(order_by_id(bob, text_of(answer, "orderID")), "status"), "MATCHED");
  EXPECT_THAT(heard(stream).front(), HasSubstr("\"event_type\":\"trade\""));
}

TEST_F(VenueOrders, ADelayedOrderThatComesToNothingIsTold) {
  const SocketRef stream = listen(bob);
  const std::string maker = placed(alice, {.token = token(22), .price = Price(4000)});
  const TestOrder taker{.token = token(23), .price = Price(6000), .budget = dollars(3), .type = model::OrderType::fak};
  const std::string id = text_of(place(bob, taker), "orderID");
  cancel(alice, maker);
  pass(seconds(3));
  const auto texts = heard(stream);
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0], HasSubstr("\"id\":\"" + id + "\""));
  EXPECT_THAT(texts[0], HasSubstr("\"status\":\"CANCELED_no orders found to match"));
}

TEST_F(VenueOrders, HeartbeatsKeepOrdersAlive) {
  const std::string id = placed(alice, {}), other = placed(bob, {});
  const HttpResponse first = ask_as(alice, HttpMethod::post, "/v1/heartbeats", "{\"heartbeat_id\":\"\"}");
  const std::string beat = text_of(first, "heartbeat_id");
  const HttpResponse wrong = ask_as(alice, HttpMethod::post, "/v1/heartbeats", "{\"heartbeat_id\":\"x\"}");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.body, "{\"error_msg\":\"Invalid Heartbeat ID\",\"heartbeat_id\":\"" + beat + "\"}");
  pass(seconds(9));
  EXPECT_EQ(ask_as(alice, HttpMethod::post, "/v1/heartbeats", "{\"heartbeat_id\":\"" + beat + "\"}").status, 200);
  pass(seconds(9));
  EXPECT_EQ(text_of(order_by_id(alice, id), "status"), "LIVE");
  pass(seconds(6));
  EXPECT_EQ(text_of(order_by_id(alice, id), "status"), "CANCELED");
  EXPECT_EQ(text_of(order_by_id(bob, other), "status"), "LIVE");
}

TEST_F(VenueOrders, PlainHeartbeatsShareTheRegistration) {
  const std::string id = placed(alice, {});
  EXPECT_EQ(ask_as(alice, HttpMethod::post, "/heartbeats").body, "{\"status\":\"ok\"}");
  pass(seconds(16));
  EXPECT_EQ(text_of(order_by_id(alice, id), "status"), "CANCELED");
}

TEST_F(VenueOrders, NotificationsAndScoring) {
  const std::string id = placed(alice, {.price = Price(4000), .size = shares_of(20)});
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/order-scoring?order_id=" + id).body, "{\"scoring\":true}");
  EXPECT_EQ(ask_as(alice, HttpMethod::post, "/orders-scoring", "[\"" + id + "\"]").body, "{\"" + id + "\":true}");
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/notifications?signature_type=0").body, "[]");
  placed(bob, {.token = token(1), .price = Price(6000)});
  EXPECT_THAT(ask_as(alice, HttpMethod::get, "/notifications?signature_type=0").body, HasSubstr("\"type\":2"));
  (void)ask_as(alice, HttpMethod::del, "/notifications?ids=1,2");
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/notifications?signature_type=0").body, "[]");
}

TEST_F(VenueOrders, DataApiShowsSettledPositionsAndTrades) {
  placed(alice, {.price = Price(4000), .size = shares_of(20)});
  placed(bob, {.token = token(1), .price = Price(6000), .size = shares_of(20)});
  const std::string user = "user=" + alice.address();
  EXPECT_THAT(get("/data-api/v2/positions?" + user).body, HasSubstr("\"data\":[]"));
  pass(minutes(3));
  const std::string positions = get("/data-api/v2/positions?" + user).body;
  EXPECT_THAT(positions, HasSubstr("\"token_id\":\"" + token_id(0) + "\""));
  EXPECT_THAT(positions, HasSubstr("\"current_size\":20,\"avg_price\":0.4"));
  EXPECT_THAT(positions, HasSubstr("\"pagination\":{\"limit\":100,\"offset\":0,\"has_more\":false"));
  EXPECT_THAT(get("/data-api/v2/positions?condition=" + market(1).condition_id + "&" + user).body,
              HasSubstr("\"data\":[]"));
  EXPECT_THAT(get("/data-api/v2/trades?" + user).body, HasSubstr("\"price\":0.4"));
  EXPECT_THAT(get("/data-api/v2/activity?" + user).body, HasSubstr("\"type\":\"TRADE\""));
  EXPECT_EQ(get("/data-api/v2/positions").status, 400);
  EXPECT_EQ(text_of(get("/data-api/v2/positions"), "parameter"), "user");
  EXPECT_THAT(get("/data-api/v2/value?" + user).body, HasSubstr("\"value\":"));
}

TEST_F(VenueOrders, DataApiPagesCarryTheirSize) {
  for (int i = 0; i < 5; ++i) {
    placed(alice, {.price = Price(4000)});
    placed(bob, {.token = token(1), .price = Price(6000)});
  }
  const std::string base = "/data-api/v2/trades?user=" + alice.address();
  std::string cursor;
  int rows = 0, pages = 0;
  do {
    const std::string body = get(base + (cursor.empty() ? "&limit=2" : "&limit=50&cursor=" + cursor)).body;
    polymarket::JsonTree tree;
    ASSERT_TRUE(tree.parse(body));
    const std::uint32_t data = tree.find(0, "data");
    for (std::uint32_t i = data + 1; i < tree[data].end; i = tree[i].end) ++rows;
    cursor = tree.member(tree.find(0, "pagination"), "next_cursor").text;
    ++pages;
  } while (!cursor.empty());
  EXPECT_EQ(rows, 5);
  EXPECT_EQ(pages, 3);
}

}  // namespace
}  // namespace ebb::exchange
