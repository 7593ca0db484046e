// Orders: what leaves, when, and what each answer becomes.
#include "session/order_sender.hpp"

#include <gtest/gtest.h>

#include <charconv>

#include "crypto/hmac.hpp"
#include "polymarket/json_tree.hpp"
#include "session/order_sender_fixture.hpp"

namespace ebb::session::test {
namespace {

using model::PlaceOutcome;
using model::RejectKind;
using model::VenueMode;

TEST(OrderSender, the_order_that_leaves_is_signed_and_the_hmac_covers_its_very_bytes) {
  SenderRig rig;
  const model::PlaceOrder order = rig.place(2);
  ASSERT_EQ(rig.sink.sent.size(), 1u);
  const HttpRequest& request = rig.last();
  EXPECT_EQ(request.target, "/order");
  polymarket::JsonTree tree;
  ASSERT_TRUE(tree.parse(request.body));
  EXPECT_EQ(tree.member(0, "owner").text, "our-key");
  EXPECT_EQ(tree.member(0, "orderType").text, "GTC");
  EXPECT_EQ(tree.member(0, "postOnly").text, "true");
  const std::uint32_t inner = tree.find(0, "order");
  EXPECT_EQ(tree.member(inner, "tokenId").text, kTokens[2]);
  EXPECT_EQ(tree.member(inner, "expiration").text, "0");
  const polymarket::OrderFields fields = rig.fields_of(order);
  EXPECT_TRUE(polymarket::verify_order_signature(polymarket::OrderDigester(), polymarket::ExchangeContract::neg_risk,
                                                 fields, tree.member(inner, "signature").text, fields.signer));
  const polymarket::ApiCredentials credentials{"our-key", "c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "our-pass"};
  const auto l2 = polymarket::L2Signer::create(credentials, fields.signer).value();
  const std::string_view at = find_header(request.headers, "POLY_TIMESTAMP");
  EXPECT_EQ(at, "1790000000");
  EXPECT_EQ(find_header(request.headers, "POLY_SIGNATURE"), l2.signature(at, "POST", "/order", request.body));
  EXPECT_EQ(find_header(request.headers, "POLY_API_KEY"), "our-key");
}

TEST(OrderSender, a_deposit_wallet_signs_for_itself_and_names_its_builder) {
  OrderSenderOptions options;
  options.signature_type = polymarket::SignatureType::poly_1271;
  options.maker = options.signer = crypto::parse_address("0x00000000000000000000000000000000000000Ee").value();
  options.builder.fill(0x5a);
  SenderRig rig(options);
  const model::PlaceOrder order = rig.place();
  ASSERT_EQ(rig.sink.sent.size(), 1u);
  polymarket::JsonTree tree;
  ASSERT_TRUE(tree.parse(rig.last().body));
  const std::uint32_t inner = tree.find(0, "order");
  const auto owner = crypto::parse_address(find_header(rig.last().headers, "POLY_ADDRESS")).value();
  EXPECT_TRUE(polymarket::verify_order_signature(polymarket::OrderDigester(), polymarket::ExchangeContract::standard,
                                                 rig.fields_of(order), tree.member(inner, "signature").text, owner));
  EXPECT_EQ(tree.member(inner, "signatureType").text, "3");
  EXPECT_EQ(tree.member(inner, "builder").text, "0x5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a");
}

TEST(OrderSender, nothing_that_is_told_holds_a_secret) {
  for (const auto& row : {std::pair{401, "Unauthorized/Invalid api key"}, {400, "invalid signature"}, {500, "x"}}) {
    SenderRig rig;
    const auto order = rig.place();
    const std::string signature(find_header(rig.last().headers, "POLY_SIGNATURE"));
    rig.answer(SenderRig::error(row.second), row.first);
    rig.submit(model::QueryOrder{order.id});
    rig.answer("<html>", 500);
    std::string told = rig.sender->gate_reasons();
    for (const std::string& text : rig.sink.texts) told += text;
    for (const auto& [notice, text] : rig.sink.notices) told += text;
    for (const std::string& secret : {std::string("our-pass"), std::string("c2VjcmV0"), signature})
      EXPECT_EQ(told.find(secret), std::string::npos);
  }
}

TEST(OrderSender, signatures_carry_the_servers_seconds) {
  SenderRig rig;
  rig.sender->set_clock_offset(seconds(-120));
  rig.place();
  EXPECT_EQ(find_header(rig.last().headers, "POLY_TIMESTAMP"), "1789999880");
}

TEST(OrderSender, a_gtd_order_names_its_end) {
  SenderRig rig;
  model::PlaceOrder order = rig.order();
  order.type = model::OrderType::gtd;
  order.expiration = kStart + seconds(300);
  rig.submit(order);
  EXPECT_NE(rig.last().body.find(R"("expiration":"1790000300")"), std::string::npos);
  EXPECT_NE(rig.last().body.find(R"("orderType":"GTD")"), std::string::npos);
}

TEST(OrderSender, an_accepted_order_rests) {
  SenderRig rig;
  const model::PlaceOrder order = rig.resting();
  ASSERT_EQ(rig.sink.places.size(), 1u);
  EXPECT_EQ(rig.sink.places[0].id, order.id);
  EXPECT_EQ(rig.sink.places[0].outcome, PlaceOutcome::live);
  EXPECT_EQ(rig.sender->stats().accepted, 1u);
  EXPECT_EQ(rig.sender->in_flight(), 0u);
}

TEST(OrderSender, delayed_and_unmatched_are_what_they_say) {
  for (const auto& [status, outcome] :
       {std::pair{"delayed", PlaceOutcome::delayed}, {"unmatched", PlaceOutcome::unmatched}}) {
    SenderRig rig;
    const model::PlaceOrder order = rig.place();
    rig.answer(SenderRig::accepted(order, status));
    EXPECT_EQ(rig.sink.places.at(0).outcome, outcome);
  }
}

struct RefusalRow {
  int status;
  const char* body;  ///< error text, or a whole body when it starts with { or <
  PlaceOutcome outcome;
  RejectKind kind;
  bool stops = false;    ///< the account's gate closes
  VenueMode mode = VenueMode::normal;
};

/// One row for each way in which a single order can fail: what the engine hears.
constexpr RefusalRow kRefusals[] = {
    {400, "Invalid order payload", PlaceOutcome::rejected, RejectKind::other},
    {400, "the order owner has to be the owner of the API KEY", PlaceOutcome::rejected, RejectKind::banned, true},
    {400, "the order signer address has to be the address of the API KEY", PlaceOutcome::rejected, RejectKind::banned,
     true},
    {400, "'0xab' address banned", PlaceOutcome::rejected, RejectKind::banned, true},
    {400, "'0xab' address in closed only mode", PlaceOutcome::rejected, RejectKind::banned, true},
    {400, "order 0xab is invalid. Price (0.123) breaks minimum tick size rule: 0.01", PlaceOutcome::rejected,
     RejectKind::tick_size},
    {400, "order 0xab is invalid. Size (1) lower than the minimum: 5", PlaceOutcome::rejected,
     RejectKind::minimum_size},
    {400, "order 0xab is invalid. Duplicated.", PlaceOutcome::unknown, RejectKind::none},
    {400, "order 0xab crosses the book", PlaceOutcome::rejected, RejectKind::post_only_crosses},
    {400, "invalid post-only order: order crosses book", PlaceOutcome::rejected, RejectKind::post_only_crosses},
    {400, "not enough balance / allowance", PlaceOutcome::rejected, RejectKind::not_enough_balance},
    {400, "invalid expiration", PlaceOutcome::rejected, RejectKind::invalid_expiration},
    {400, "invalid nonce", PlaceOutcome::rejected, RejectKind::other, true},
    {400, "invalid signature", PlaceOutcome::rejected, RejectKind::banned, true},
    {400, "order match delayed due to market conditions", PlaceOutcome::unknown, RejectKind::none},
    {400, "the market is not yet ready to process new orders", PlaceOutcome::rejected, RejectKind::restarting},
    {400, "there are no matching orders", PlaceOutcome::rejected, RejectKind::no_match},
    {400, "the trade contains rounding issues", PlaceOutcome::rejected, RejectKind::other},
    {400, "the price of the taker's order has a discrepancy greater than allowed with the worst maker order",
     PlaceOutcome::rejected, RejectKind::other},
    {400, "Invalid token id", PlaceOutcome::rejected, RejectKind::other},
    {400, "Invalid side", PlaceOutcome::rejected, RejectKind::other},
    {400, "Invalid payload", PlaceOutcome::rejected, RejectKind::other},
    {400, "Payload exceeds the limit", PlaceOutcome::rejected, RejectKind::rate_limited},
    {400, "order couldn't be fully filled. FOK orders are fully filled or killed.", PlaceOutcome::rejected,
     RejectKind::fok_killed},
    {400, "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
     PlaceOutcome::rejected, RejectKind::no_match},
    {400, "invalid amount for a marketable BUY order ($0.5), min size: $1", PlaceOutcome::rejected,
     RejectKind::marketable_minimum},
    {401, "Unauthorized/Invalid api key", PlaceOutcome::rejected, RejectKind::banned, true},
    {403, "Trading restricted in your region", PlaceOutcome::rejected, RejectKind::other, true},
    {403, "<html>Forbidden</html>", PlaceOutcome::unknown, RejectKind::none},
    {404, "No orderbook exists for the requested token id", PlaceOutcome::rejected, RejectKind::market_closed},
    {404, "market not found", PlaceOutcome::rejected, RejectKind::market_closed},
    {425, "{}", PlaceOutcome::unknown, RejectKind::none, false, VenueMode::restarting},
    {429, "Too Many Requests", PlaceOutcome::unknown, RejectKind::none},
    {500, "could not insert order", PlaceOutcome::unknown, RejectKind::none},
    {500, "Internal server error", PlaceOutcome::unknown, RejectKind::none},
    {502, "<html>Bad gateway</html>", PlaceOutcome::unknown, RejectKind::none},
    {503, "trading is disabled", PlaceOutcome::rejected, RejectKind::cancel_only_mode, false, VenueMode::disabled},
    {503, "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
     PlaceOutcome::rejected, RejectKind::cancel_only_mode, false, VenueMode::cancel_only},
    {503, "Trading is currently disabled. Check polymarket.com for updates", PlaceOutcome::rejected,
     RejectKind::cancel_only_mode, false, VenueMode::disabled},
    {503, "post-only mode: only post-only orders and cancels are allowed", PlaceOutcome::rejected,
     RejectKind::post_only_mode, false, VenueMode::post_only},
    {200, R"({"success":false,"orderID":null,"errorMsg":"Insufficient balance"})", PlaceOutcome::rejected,
     RejectKind::not_enough_balance},
    {200, R"({"success":true,"orderID":"","errorMsg":"invalid post-only order: order crosses book"})",
     PlaceOutcome::rejected, RejectKind::post_only_crosses},
    {200, R"({"success":true,"orderID":"","errorMsg":"post-only mode: only post-only orders and cancels are allowed"})",
     PlaceOutcome::rejected, RejectKind::post_only_mode, false, VenueMode::post_only},
    {200, R"({"success":true,"orderID":"","errorMsg":""})", PlaceOutcome::unknown, RejectKind::none},
    {200, "{}", PlaceOutcome::unknown, RejectKind::none},
    {200, "[]", PlaceOutcome::unknown, RejectKind::none},
    {200, "<html>", PlaceOutcome::unknown, RejectKind::none},
    {200, R"({"success":tr)", PlaceOutcome::unknown, RejectKind::none},
};

TEST(OrderSender, every_refusal_becomes_what_the_engine_can_act_on) {
  for (const RefusalRow& row : kRefusals) {
    SenderRig rig;
    rig.place();
    const bool whole = row.body[0] == '{' || row.body[0] == '<' || row.body[0] == '[';
    rig.answer(whole ? std::string(row.body) : SenderRig::error(row.body), row.status);
    ASSERT_EQ(rig.sink.places.size(), 1u) << row.status << ' ' << row.body;
    EXPECT_EQ(rig.sink.places[0].outcome, row.outcome) << row.status << ' ' << row.body;
    EXPECT_EQ(model::to_text(rig.sink.places[0].reject), model::to_text(row.kind)) << row.status << ' ' << row.body;
    EXPECT_EQ(rig.sender->gate_open(), !row.stops) << row.body;
    EXPECT_EQ(rig.sender->mode(), row.mode) << row.body;
  }
}

TEST(OrderSender, a_balance_refusal_that_names_its_sums_tells_what_is_free) {
  SenderRig rig;
  rig.place();
  rig.answer(
      SenderRig::error("not enough balance / allowance: the balance is not enough -> balance: 9000000, sum of active "
                       "orders: 4000000, sum of matched orders: 0, order amount: 4800000 (inc. fees)"),
      400);
  EXPECT_EQ(rig.sink.places.at(0).free_micros, 5'000'000);
}

TEST(OrderSender, a_broken_link_leaves_the_outcome_open_and_nothing_is_sent_again) {
  for (const char* code : {"net.timeout", "net.closed", "net.too_big", "net.malformed"}) {
    SenderRig rig;
    rig.place();
    rig.fail_with(code);
    EXPECT_EQ(rig.sink.places.at(0).outcome, PlaceOutcome::unknown) << code;
    rig.advance(seconds(60));
    EXPECT_EQ(rig.sink.sent.size(), 1u) << code;
  }
}

TEST(OrderSender, what_was_not_sent_is_sent_again_in_time_or_dropped) {
  SenderRig rig;
  const model::PlaceOrder order = rig.place();
  rig.fail_with("net.not_sent");
  rig.advance(milliseconds(100));
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  EXPECT_EQ(rig.sink.sent[0].request.body, rig.sink.sent[1].request.body) << "the same order, the same signature";
  EXPECT_TRUE(rig.sink.places.empty());
  rig.advance(milliseconds(500));
  rig.fail_with("net.not_sent");
  ASSERT_EQ(rig.sink.places.size(), 1u);
  EXPECT_EQ(rig.sink.places[0].id, order.id);
  EXPECT_EQ(rig.sink.places[0].reject, RejectKind::not_sent);
  rig.advance(seconds(10));
  EXPECT_EQ(rig.sink.sent.size(), 2u);
}

TEST(OrderSender, a_decision_that_could_not_leave_in_time_is_dropped) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  rig.place();
  const model::PlaceOrder late = rig.place(1);
  EXPECT_EQ(rig.sink.sent.size(), 1u) << "one lane is kept for cancels";
  rig.advance(milliseconds(600));
  ASSERT_EQ(rig.sink.places.size(), 1u);
  EXPECT_EQ(rig.sink.places[0].id, late.id);
  EXPECT_EQ(rig.sink.places[0].outcome, PlaceOutcome::rejected);
  EXPECT_EQ(rig.sink.places[0].reject, RejectKind::not_sent);
}

TEST(OrderSender, a_closed_gate_lets_cancels_out_and_no_order) {
  SenderRig rig;
  const model::PlaceOrder alive = rig.resting();
  rig.sender->set_gate(rig.sink.now, GateCause::user_stream, false, "user stream is down");
  const model::PlaceOrder order = rig.place(1);
  ASSERT_EQ(rig.sink.places.size(), 2u);
  EXPECT_EQ(rig.sink.places[1].id, order.id);
  EXPECT_EQ(rig.sink.places[1].reject, RejectKind::not_sent);
  EXPECT_EQ(rig.sink.texts[1], "user stream is down");
  EXPECT_NE(rig.sender->gate_reasons().find("user stream is down"), std::string::npos);
  rig.submit(model::CancelOrder{alive.id, alive.token, model::CancelReason::requote});
  EXPECT_EQ(rig.last().method, HttpMethod::del);
  rig.sender->set_gate(rig.sink.now, GateCause::heartbeat, false, "beats missed");
  rig.sender->set_gate(rig.sink.now, GateCause::user_stream, true);
  EXPECT_FALSE(rig.sender->gate_open()) << "every cause has to agree";
  rig.sender->set_gate(rig.sink.now, GateCause::heartbeat, true);
  const std::size_t before = rig.sink.sent.size();
  rig.place(1);
  EXPECT_EQ(rig.sink.sent.size(), before + 1);
}

TEST(OrderSender, a_gate_that_closes_drops_what_waits) {
  SenderRig rig({.lanes = 4, .read_lanes = 2});
  rig.place();
  const model::PlaceOrder waiting = rig.place(1);
  rig.sender->set_gate(rig.sink.now, GateCause::heartbeat, false, "beats missed");
  ASSERT_EQ(rig.sink.places.size(), 1u);
  EXPECT_EQ(rig.sink.places[0].id, waiting.id);
  EXPECT_EQ(rig.sender->queued(), 0u);
}

TEST(OrderSender, an_order_whose_id_is_not_its_digest_is_never_signed) {
  SenderRig rig;
  model::PlaceOrder order = rig.order();
  order.id.bytes[0] ^= 1;
  rig.submit(order);
  EXPECT_TRUE(rig.sink.sent.empty());
  EXPECT_EQ(rig.sink.places.at(0).reject, RejectKind::version_mismatch);
  EXPECT_TRUE(rig.sink.noticed(Notice::market_halted));
  EXPECT_EQ(rig.sender->in_flight(), 0u);
  rig.place();
  EXPECT_TRUE(rig.sink.sent.empty()) << "its market is halted";
  rig.place(2);
  EXPECT_EQ(rig.sink.sent.size(), 1u) << "others are not";
}

TEST(OrderSender, a_version_mismatch_is_tried_once_more_then_halts_the_market) {
  SenderRig rig;
  const model::PlaceOrder order = rig.place();
  rig.answer(SenderRig::error("order_version_mismatch"), 400);
  ASSERT_EQ(rig.sink.sent.size(), 2u);
  EXPECT_EQ(rig.last().target, "/version");
  rig.answer(R"({"version":2})");
  ASSERT_EQ(rig.sink.sent.size(), 3u);
  EXPECT_EQ(rig.last().target, "/order");
  EXPECT_TRUE(rig.sink.places.empty());
  rig.answer(SenderRig::error("order_version_mismatch"), 400);
  ASSERT_EQ(rig.sink.places.size(), 1u);
  EXPECT_EQ(rig.sink.places[0].id, order.id);
  EXPECT_EQ(rig.sink.places[0].reject, RejectKind::version_mismatch);
  rig.place();
  EXPECT_EQ(rig.sink.sent.size(), 3u) << "halted: no third try";
  EXPECT_TRUE(rig.sink.noticed(Notice::market_halted));
  rig.sender->set_gate(rig.sink.now, GateCause::account, true);
  rig.place();
  EXPECT_EQ(rig.sink.sent.size(), 4u) << "the operator lifts the halt";
}

TEST(OrderSender, another_version_of_the_venue_halts_at_once) {
  SenderRig rig;
  rig.place();
  rig.answer(SenderRig::error("order_version_mismatch"), 400);
  rig.answer(R"({"version":3})");
  EXPECT_EQ(rig.sink.places.at(0).reject, RejectKind::version_mismatch);
  EXPECT_TRUE(rig.sink.noticed(Notice::version_changed));
  EXPECT_EQ(rig.sink.sent.size(), 2u);
}

TEST(OrderSender, the_second_try_after_a_version_mismatch_may_succeed) {
  SenderRig rig;
  const model::PlaceOrder order = rig.place();
  rig.answer(SenderRig::error("invalid order version, please use the latest clob-client"), 400);
  rig.answer(R"({"version":2})");
  rig.answer(SenderRig::accepted(order));
  EXPECT_EQ(rig.sink.places.at(0).outcome, PlaceOutcome::live);
  EXPECT_FALSE(rig.sink.noticed(Notice::market_halted));
}

TEST(OrderSender, an_id_that_differs_from_ours_is_asked_for_and_told) {
  SenderRig rig;
  rig.place();
  rig.answer(R"({"success":true,"errorMsg":"","orderID":"0x)" + std::string(64, 'e') + R"(","status":"live"})");
  EXPECT_EQ(rig.sink.places.at(0).outcome, PlaceOutcome::unknown);
  EXPECT_TRUE(rig.sink.noticed(Notice::id_differs));
}

TEST(OrderSender, keeping_warm_sends_nothing) {
  SenderRig rig;
  rig.sender->keep_warm(kStart);
  rig.place();
  const auto requests = rig.sender->stats().requests;
  rig.sender->keep_warm(kStart);
  EXPECT_EQ(rig.sender->stats().requests, requests);
  EXPECT_EQ(rig.sender->stats().placed, 1U);
}

TEST(OrderSender, a_429_with_the_venues_headers_waits_and_goes_again) {
  SenderRig rig;
  model::PlaceOrder order = rig.order();
  order.drop_after = kStart + seconds(10);
  rig.submit(order);
  rig.answer(SenderRig::error("Too Many Requests"), 429,
             {{"Poly-RateLimit-Remaining", "0"}, {"Poly-RateLimit-Tier", "Standard"}, {"Retry-After", "2"}});
  EXPECT_TRUE(rig.sink.places.empty());
  rig.advance(milliseconds(1'900));
  EXPECT_EQ(rig.sink.sent.size(), 1u) << "Retry-After is obeyed";
  rig.advance(milliseconds(200));
  EXPECT_EQ(rig.sink.sent.size(), 2u);
  rig.answer(SenderRig::accepted(order));
  EXPECT_EQ(rig.sink.places.at(0).outcome, PlaceOutcome::live);
}

TEST(OrderSender, markets_that_contradict_themselves_are_not_traded) {
  SenderRig rig;
  model::MarketSpec spec;
  spec.condition_id = "0x" + std::string(64, 'd');
  spec.tokens[0] = {"5", "Yes"};  // has the form of a v2 position
  spec.version = model::ProtocolVersion::v1;
  ASSERT_TRUE(rig.sender->add_market(spec));
  model::PlaceOrder order = rig.order();
  order.token = model::TokenIndex(4);
  rig.submit(order);
  EXPECT_EQ(rig.sink.places.at(0).reject, RejectKind::version_mismatch);
  order.token = model::TokenIndex(99);
  rig.submit(order);
  EXPECT_EQ(rig.sink.places.at(1).reject, RejectKind::version_mismatch);
  EXPECT_TRUE(rig.sink.sent.empty());
}

TEST(OrderSender, keys_that_were_refused_are_tried_again) {
  SenderRig rig;
  rig.submit(model::RefreshBalance{model::TokenIndex(0)});
  rig.answer(SenderRig::error("Unauthorized/Invalid api key"), 401);
  EXPECT_TRUE(rig.sink.noticed(Notice::account_stopped));
  EXPECT_FALSE(rig.sender->gate_open());
  EXPECT_EQ(rig.sink.modes, std::vector{model::VenueMode::cancel_only}) << "the engine knows that nothing leaves";
  rig.advance(seconds(10));
  ASSERT_EQ(rig.open().size(), 1u) << "the venue was not asked again";
  EXPECT_TRUE(rig.last().target.starts_with("/balance-allowance")) << rig.last().target;
  rig.answer(SenderRig::error("Unauthorized/Invalid api key"), 401);
  EXPECT_FALSE(rig.sender->gate_open());
  rig.advance(seconds(25));
  rig.answer(R"({"balance":"1000000","allowances":{}})");
  EXPECT_TRUE(rig.sender->gate_open());
  EXPECT_TRUE(rig.sink.noticed(Notice::account_answers));
  EXPECT_EQ(rig.sink.modes, (std::vector{model::VenueMode::cancel_only, model::VenueMode::normal}));
}

TEST(OrderSender, refused_keys_are_asked_for_less_and_less_often) {
  SenderRig rig;
  rig.submit(model::RefreshBalance{model::TokenIndex(0)});
  rig.answer(SenderRig::error("Unauthorized/Invalid api key"), 401);
  std::size_t asked = 0;
  for (int minute = 0; minute < 60; ++minute) {
    rig.advance(minutes(1));
    while (!rig.open().empty()) {
      ++asked;
      rig.answer(SenderRig::error("Unauthorized/Invalid api key"), 401);
    }
  }
  EXPECT_GE(asked, 10u);
  EXPECT_LE(asked, 20u);
}

TEST(OrderSender, an_order_whose_intent_cannot_be_kept_does_not_leave) {
  SenderRig rig;
  rig.sink.keeps_intents = false;
  const model::PlaceOrder order = rig.place();
  EXPECT_TRUE(rig.open().empty()) << "it left";
  ASSERT_EQ(rig.sink.places.size(), 1u);
  EXPECT_EQ(rig.sink.places[0].id, order.id);
  EXPECT_EQ(rig.sink.places[0].reject, model::RejectKind::not_sent);
  EXPECT_EQ(rig.sink.texts[0], "the disk is full");
  rig.sink.keeps_intents = true;
  const model::PlaceOrder next = rig.place();
  EXPECT_EQ(rig.sink.leaving, (std::vector{order.id, next.id}));
  EXPECT_EQ(rig.open().size(), 1u);
}

TEST(OrderSender, what_is_sent_again_is_kept_once) {
  SenderRig rig;
  const model::PlaceOrder order = rig.place();
  rig.fail_with("net.not_sent");
  rig.advance(milliseconds(100));
  ASSERT_EQ(rig.sink.sent.size(), 2u) << "it was not sent again";
  EXPECT_EQ(rig.sink.leaving, std::vector{order.id});
}

TEST(OrderSender, answers_to_nothing_are_counted_and_change_nothing) {
  SenderRig rig;
  rig.resting();
  rig.sender->on_answer(rig.sink.now, rig.sink.sent[0].id, HttpResponse{});
  rig.sender->on_answer(rig.sink.now, RequestId(999), HttpResponse{});
  EXPECT_EQ(rig.sender->stats().stray_answers, 2u);
  EXPECT_EQ(rig.sink.places.size(), 1u);
}

}  // namespace
}  // namespace ebb::session::test
