// Fault scripts, and what each fault does.
#include "exchange/venue_faults.hpp"

#include <gmock/gmock.h>

#include <set>

#include "exchange/venue_fixture.hpp"

namespace ebb::exchange {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// ---- scripts ----

TEST(FaultScripts, LinesHaveTimesNamesAndParameters) {
  const auto script = parse_faults(
      "# a storm\nseed 7\n\nat 10 for 2.5 status code=429 path=cancels share=0.5 retry_after=3  # mean\n"
      "at 0.25 resolve market=2 payout=half\r\n",
      "storm.txt");
  ASSERT_TRUE(script.has_value()) << script.error().message;
  EXPECT_EQ(script->seed, 7U);
  ASSERT_EQ(script->lines.size(), 2U);
  EXPECT_EQ(script->lines[0].at, seconds(10));
  EXPECT_EQ(script->lines[0].length, milliseconds(2500));
  EXPECT_EQ(script->lines[0].settings.code, 429);
  EXPECT_EQ(script->lines[0].settings.path, FaultPath::cancels);
  EXPECT_EQ(script->lines[0].settings.share, 0.5);
  EXPECT_EQ(script->lines[0].settings.retry_after, 3);
  EXPECT_EQ(script->lines[1].at, milliseconds(250));
  EXPECT_FALSE(script->lines[1].length.has_value());
  EXPECT_EQ(script->lines[1].settings.payout_micros, 500'000);
}

TEST(FaultScripts, ErrorsNameFileAndLine) {
  const std::pair<const char*, const char*> cases[] = {{"freeze", "at SECONDS"},
                                                       {"at x freeze", "at SECONDS"},
                                                       {"at 1", "names no fault"},
                                                       {"at 1 for freeze", "after `for`"},
                                                       {"at 1 melt", "no fault \"melt\""},
                                                       {"at 1 freeze share=2", "share is 0 to 1"},
                                                       {"at 1 freeze cold=1", "no parameter \"cold\""},
                                                       {"at 1 freeze share", "not key=value"},
                                                       {"at 1 for 5 resolve", "takes no `for`"},
                                                       {"seed x", "whole number"},
                                                       {"at 1 status code=200", "400 to 599"},
                                                       {"at 1 tick_change tick=0.3", "a tick"},
                                                       {"at -1 freeze", "at SECONDS"},
                                                       {"at 1 mode mode=odd", "restarting"}};
  for (const auto& [line, why] : cases) {
    const auto script = parse_faults(std::string("\n# c\n") + line, "f.txt");
    ASSERT_FALSE(script.has_value()) << line;
    EXPECT_EQ(script.error().code, "faults.invalid");
    EXPECT_THAT(script.error().message, HasSubstr("f.txt line 3: "));
    EXPECT_THAT(script.error().message, HasSubstr(why));
    EXPECT_FALSE(script.error().hint.empty());
  }
}

TEST(FaultScripts, TheCatalogueNamesEveryFaultAndItsStandardsParse) {
  const std::string catalogue = fault_catalogue();
  for (std::size_t k = 0; k < kFaultKinds; ++k) {
    const std::string name(to_text(static_cast<FaultKind>(k)));
    EXPECT_THAT(catalogue, HasSubstr("\n" + name + " "));
    EXPECT_TRUE(parse_faults("at 1 " + name, "x").has_value());
  }
  EXPECT_THAT(catalogue, HasSubstr("share="));
}

TEST(FaultPlans, EdgesComeInOrderOfTime) {
  FaultPlan plan(1);
  plan.add(parse_faults("at 3 for 4 freeze\nat 1 for 3 delay\nat 2 resolve", "x").value(), kVenueStart);
  std::string seen;
  while (const auto edge = plan.take(kVenueStart + seconds(10))) {
    seen += (edge->begins ? "+" : "-") + std::string(to_text(edge->line.kind)) + " ";
    const bool on = edge->begins && edge->line.kind != FaultKind::resolve;
    EXPECT_EQ(plan.active(edge->line.kind) != nullptr, on);
  }
  EXPECT_EQ(seen, "+delay +resolve +freeze -delay -freeze ");
  EXPECT_EQ(plan.next_time(), kNever);
  EXPECT_FALSE(plan.any_stream_fault());
}

// ---- effects ----

class VenueFaultsTest : public VenueFixture {
 protected:
  static model::TokenIndex token(std::uint32_t t) { return model::TokenIndex(t); }
};

/// The refusal quotes the script; what was no UTF-8 must not make its answer no JSON.
TEST_F(VenueFaultsTest, ARefusalOfBytesThatAreNoTextIsJson) {
  const HttpResponse answer = post("/admin/faults", "at 0 status code=50\xFF\xC3");
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(has(error_of(answer), "\\ufffd")) << answer.body;
}

TEST_F(VenueFaultsTest, DisconnectWithoutALengthLetsInWhoComesBack) {
  const SocketRef data = subscribe({0});
  script("at 1 disconnect channel=market");
  pass(seconds(1));
  EXPECT_THAT(sink.closed, ElementsAre(std::pair<SocketRef, bool>{data, true}));
  EXPECT_TRUE(server->accepts_socket(now, "/ws/market"));
}

TEST_F(VenueFaultsTest, DisconnectClosesAndKeepsClosed) {
  const SocketRef data = subscribe({0}), user = listen(alice);
  script("at 1 for 5 disconnect channel=market abrupt=0");
  pass(seconds(1));
  EXPECT_THAT(sink.closed, ElementsAre(std::pair<SocketRef, bool>{data, false}));
  EXPECT_FALSE(is_closed(user));
  EXPECT_FALSE(server->accepts_socket(now, "/ws/market"));
  EXPECT_TRUE(server->accepts_socket(now, "/ws/user"));
  pass(seconds(5));
  EXPECT_TRUE(server->accepts_socket(now, "/ws/market"));
}

TEST_F(VenueFaultsTest, AFrozenSocketStillAnswersPing) {
  const SocketRef frozen = subscribe({0});
  (void)heard(frozen);
  script("at 0 for 10 freeze");
  const SocketRef fresh = subscribe({0});
  (void)heard(fresh);
  placed(alice, {});
  say(frozen, "PING");
  EXPECT_THAT(heard(frozen), ElementsAre("PONG"));
  EXPECT_EQ(heard(fresh).size(), 1U);
  pass(seconds(10));
  EXPECT_THAT(heard(frozen), IsEmpty());  // what it missed is lost
  placed(alice, {});
  EXPECT_EQ(heard(frozen).size(), 1U);
}

TEST_F(VenueFaultsTest, DelayedFramesKeepTheirOrder) {
  const SocketRef socket = subscribe({0});
  (void)heard(socket);
  script("at 0 for 1 delay ms=800 jitter=400");
  std::vector<std::string> expected;
  for (int i = 0; i < 12; ++i) {
    placed(alice, {.price = Price(1000 + 100 * i)});
    expected.push_back("\"price\":\"" + to_text(Price(1000 + 100 * i)) + "\"");
    pass(milliseconds(100));
    if (i < 5) {
      EXPECT_THAT(sink.texts[socket], IsEmpty());
    }
  }
  pass(seconds(3));
  const auto texts = heard(socket);
  ASSERT_EQ(texts.size(), expected.size());
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_THAT(texts[i], HasSubstr(expected[i]));
}

TEST_F(VenueFaultsTest, DuplicatesLossesAndReordering) {
  const SocketRef socket = subscribe({0});
  const auto frames = [&](const std::string& fault) {
    script("seed 3\nat 0 for 3 " + fault);
    (void)heard(socket);
    for (int i = 0; i < 30; ++i) {
      placed(alice, {});
      pass(milliseconds(100));
    }
    pass(seconds(2));
    return heard(socket);
  };
  const auto twice = frames("duplicate share=1");
  EXPECT_EQ(twice.size(), 60U);
  EXPECT_EQ(twice[0], twice[1]);
  const auto some = frames("lose share=0.5");
  EXPECT_GT(some.size(), 5U);
  EXPECT_LT(some.size(), 25U);
  const auto mixed = frames("reorder share=0.5 ms=500");
  EXPECT_EQ(mixed.size(), 30U);
  EXPECT_EQ(std::set<std::string>(mixed.begin(), mixed.end()).size(), 30U);
  auto stamps = std::vector<std::string>{};
  for (const std::string& text : mixed) stamps.push_back(text.substr(text.find("\"timestamp\""), 28));
  EXPECT_FALSE(std::is_sorted(stamps.begin(), stamps.end()));
}

TEST_F(VenueFaultsTest, TheSameSeedRollsTheSameDice) {
  const auto run = [&](int seed) {
    start(quiet());
    const SocketRef socket = subscribe({0});
    script("seed " + std::to_string(seed) + "\nat 0 for 60 lose share=0.5");
    (void)heard(socket);
    for (int i = 0; i < 20; ++i) placed(alice, {});
    return heard(socket);
  };
  alice.salt = 100;
  const auto first = run(1);
  alice.salt = 100;
  EXPECT_EQ(first, run(1));
  alice.salt = 100;
  EXPECT_NE(first, run(2));
}

TEST_F(VenueFaultsTest, TimeoutsAfterAcceptance) {
  login(alice);
  script("at 0 for 60 timeout ms=5000");
  const Made made = make(alice, {});
  const ReplyToken waiting = send(signed_request(alice, HttpMethod::post, "/order", made.body));
  pass(seconds(5));
  EXPECT_FALSE(sink.replies.contains(waiting));
  EXPECT_THAT(sink.dropped, ElementsAre(waiting));
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, "/data/order/" + model::to_text(made.id)), "status"), "LIVE");
  script("at 0 for 60 timeout applied=0");
  const Made lost = make(alice, {});
  (void)send(signed_request(alice, HttpMethod::post, "/order", lost.body));
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/data/order/" + model::to_text(lost.id)).status, 404);
}

TEST_F(VenueFaultsTest, StatusWindows) {
  login(alice);
  for (const int code : {425, 429, 500, 503}) {
    script("at 0 for 5 status retry_after=2 code=" + std::to_string(code));
    const Made made = make(alice, {});
    const HttpResponse answer = ask_as(alice, HttpMethod::post, "/order", made.body);
    EXPECT_EQ(answer.status, code);
    EXPECT_EQ(find_header(answer.headers, "Retry-After"), "2");
    EXPECT_EQ(ask_as(alice, HttpMethod::get, "/data/order/" + model::to_text(made.id)).status, 404);
    pass(seconds(5));
    EXPECT_EQ(ask_as(alice, HttpMethod::post, "/order", made.body).status, 200);
  }
  script("at 0 for 5 status code=500 applied=1 path=orders\nat 0 for 5 mode mode=cancel_only");
  pass(seconds(6));
  script("at 0 for 5 status code=500 applied=1 path=orders");
  const Made applied = make(alice, {});
  EXPECT_EQ(ask_as(alice, HttpMethod::post, "/order", applied.body).status, 500);
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, "/data/order/" + model::to_text(applied.id)), "status"), "LIVE");
  script("at 0 for 5 status code=403 path=data body=html");
  EXPECT_THAT(get("/data-api/v2/positions?user=" + alice.address()).body, HasSubstr("<html>"));
}

TEST_F(VenueFaultsTest, RestrictedModes) {
  const std::string resting = placed(alice, {});
  const std::string batch = "[" + make(alice, {}).body + "]";
  script("at 0 for 5 mode mode=post_only");
  const HttpResponse refused = place(alice, {});
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(text_of(refused, "code"), "post_only_mode");
  EXPECT_EQ(text_of(refused, "retry_after_seconds"), "120");
  EXPECT_EQ(find_header(refused.headers, "Retry-After"), "120");
  EXPECT_EQ(place(alice, {.post_only = true}).status, 200);
  const std::string in_batch = ask_as(alice, HttpMethod::post, "/orders", batch).body;
  EXPECT_THAT(in_batch, HasSubstr("\"success\":true,\"errorMsg\":\"post-only mode"));
  pass(seconds(5));
  script("at 0 for 5 mode mode=cancel_only");
  EXPECT_THAT(error_of(place(alice, {.post_only = true})), HasSubstr("cancel-only"));
  EXPECT_THAT(ask_as(alice, HttpMethod::del, "/order", "{\"orderID\":\"" + resting + "\"}").body, HasSubstr(resting));
  pass(seconds(5));
  script("at 0 for 5 mode mode=disabled");
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/cancel-all").status, 503);
  pass(seconds(5));
  script("at 0 for 5 mode mode=restarting");
  EXPECT_EQ(place(alice, {}).status, 425);
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/cancel-all").status, 425);
  EXPECT_EQ(ask_as(alice, HttpMethod::post, "/orders", batch).status, 425);
  pass(seconds(5));
  EXPECT_EQ(place(alice, {}).status, 200);
}

TEST_F(VenueFaultsTest, GhostBooksLieAndPricesDoNot) {
  placed(alice, {.price = Price(4000)});
  script("at 0 for 5 ghost_book");
  const std::string ghost = get("/book?token_id=" + token_id(0)).body;
  EXPECT_THAT(ghost, HasSubstr("\"bids\":[{\"price\":\"0.01\""));
  EXPECT_THAT(ghost, HasSubstr("\"asks\":[{\"price\":\"0.99\""));
  EXPECT_EQ(get("/price?side=BUY&token_id=" + token_id(0)).body, "{\"price\":\"0.4\"}");
  pass(seconds(5));
  EXPECT_THAT(get("/book?token_id=" + token_id(0)).body, HasSubstr("\"price\":\"0.4\""));
}

TEST_F(VenueFaultsTest, MissedUserEvents) {
  const SocketRef user = listen(alice), data = subscribe({0});
  (void)heard(data);
  script("at 0 for 5 miss_user");
  placed(alice, {});
  EXPECT_THAT(heard(user), IsEmpty());
  EXPECT_EQ(heard(data).size(), 1U);
}

TEST_F(VenueFaultsTest, StalePositionsAndBalances) {
  placed(alice, {.price = Price(4000), .size = shares_of(20)});
  login(bob);
  (void)ask_as(bob, HttpMethod::get, "/data/orders");
  script("at 0 for 600 stale_positions");
  placed(bob, {.token = token(1), .price = Price(6000), .size = shares_of(20)});
  pass(minutes(3));
  const std::string positions = "/data-api/v2/positions?user=" + alice.address();
  const std::string balance = "/balance-allowance?asset_type=CONDITIONAL&signature_type=0&token_id=" + token_id(0);
  EXPECT_THAT(get(positions).body, HasSubstr("\"data\":[]"));
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, balance), "balance"), "0");
  std::string update = balance;
  update.insert(update.find('?'), "/update");
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, update), "balance"), "20000000");
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, balance), "balance"), "20000000");
  EXPECT_THAT(get(positions).body, HasSubstr("\"data\":[]"));
  pass(minutes(10));
  EXPECT_THAT(get(positions).body, HasSubstr("\"current_size\":20"));
}

TEST_F(VenueFaultsTest, FailedSettlementsReturnBothLegs) {
  script("at 0 for 5 fail_settlement");
  placed(alice, {.price = Price(4000), .size = shares_of(20)});
  placed(bob, {.token = token(1), .price = Price(6000), .size = shares_of(20)});
  pass(minutes(5));
  EXPECT_THAT(ask_as(alice, HttpMethod::get, "/data/trades").body, HasSubstr("TRADE_STATUS_FAILED"));
  const std::string account = get("/admin/accounts/" + alice.address()).body;
  EXPECT_THAT(account, HasSubstr("\"cash\":\"10000\""));
  EXPECT_THAT(account, HasSubstr("\"positions\":[]"));
}

TEST_F(VenueFaultsTest, SumsOfMatchedOrdersLeak) {
  script("at 0 for 600 leak");
  placed(alice, {.price = Price(4000), .size = shares_of(20)});
  placed(bob, {.token = token(1), .price = Price(6000), .size = shares_of(20)});
  pass(minutes(5));
  EXPECT_THAT(error_of(place(alice, {.size = shares_of(99'930)})), HasSubstr("sum of matched orders: 8000000,"));
  pass(minutes(6));
  EXPECT_THAT(error_of(place(alice, {.size = shares_of(99'930)})), HasSubstr("sum of matched orders: 0,"));
}

TEST_F(VenueFaultsTest, OrdersClaimMatchesThatNeverWere) {
  const SocketRef user = listen(alice);
  script("at 0 for 5 false_matched");
  const std::string id = placed(alice, {.size = shares_of(20)});
  EXPECT_THAT(heard(user), ElementsAre(HasSubstr("\"size_matched\":\"10\"")));
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, "/data/order/" + id), "size_matched"), "10");
  pass(seconds(5));
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, "/data/order/" + id), "size_matched"), "0");
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, "/data/trades"), "count"), "0");
}

TEST_F(VenueFaultsTest, TickChangesAndChangesBack) {
  const SocketRef socket = subscribe({0, 1});
  (void)heard(socket);
  script("at 1 for 2 tick_change market=0 tick=0.001");
  pass(seconds(1));
  EXPECT_THAT(heard(socket), ElementsAre(HasSubstr("\"new_tick_size\":\"0.001\""), HasSubstr("tick_size_change")));
  EXPECT_EQ(get("/tick-size?token_id=" + token_id(0)).body, "{\"minimum_tick_size\":0.001}");
  pass(seconds(2));
  EXPECT_THAT(heard(socket), Each(HasSubstr("\"new_tick_size\":\"0.01\"")));
  EXPECT_EQ(ask({HttpMethod::post, "/admin/faults", {}, "at 0 tick_change market=77"}).status, 400);
}

TEST_F(VenueFaultsTest, MarketsResolveHalfAndHalf) {
  const SocketRef plain = subscribe({0}), custom = subscribe({0}, ",\"custom_feature_enabled\":true");
  const SocketRef user = listen(alice);
  placed(alice, {.price = Price(4000), .size = shares_of(20)});
  placed(bob, {.token = token(1), .price = Price(6000), .size = shares_of(10)});
  pass(minutes(3));
  (void)heard(plain);
  (void)heard(custom);
  (void)heard(user);
  script("at 1 resolve market=" + market(0).condition_id + " payout=half");
  pass(seconds(1));
  EXPECT_THAT(heard(plain), Each(Not(HasSubstr("market_resolved"))));
  EXPECT_THAT(heard(custom), ::testing::Contains(HasSubstr("market_resolved")));
  EXPECT_THAT(heard(user), ElementsAre(HasSubstr("CANCELED_MARKET_RESOLVED")));
  EXPECT_EQ(get("/book?token_id=" + token_id(0)).status, 404);
  EXPECT_EQ(place(alice, {}).status, 404);
  EXPECT_THAT(get("/data-api/v2/resolutions?condition=" + market(0).condition_id).body,
              HasSubstr("\"payouts\":[500000,500000]"));
  pass(seconds(30));
  EXPECT_EQ(text_of(get("/admin/accounts/" + alice.address()), "cash"), "10001");  // 4 paid, 5 redeemed
}

TEST_F(VenueFaultsTest, PermutedMessagesAreTheSameOnes) {
  const auto run = [&](const std::string& fault) {
    start(quiet());
    alice.salt = bob.salt = 1;
    const SocketRef socket = subscribe({0, 1});
    if (!fault.empty()) script(fault);
    placed(alice, {.price = Price(4000), .size = shares_of(20)});
    (void)heard(socket);
    placed(bob, {.token = token(1), .price = Price(6000), .size = shares_of(10)});
    auto texts = heard(socket);
    std::vector<std::string> kinds;
    for (const std::string& text : texts) kinds.push_back(text.substr(0, 24) + text.substr(text.find("asset_id"), 30));
    return kinds;
  };
  const auto plain = run("");
  bool differs = false;
  for (int seed = 1; seed < 6; ++seed) {
    auto permuted = run("at 0 for 60 permute seed=" + std::to_string(seed));
    differs |= permuted != plain;
    EXPECT_TRUE(std::is_permutation(plain.begin(), plain.end(), permuted.begin(), permuted.end()));
  }
  EXPECT_TRUE(differs);
}

TEST_F(VenueFaultsTest, SlowAnswers) {
  script("at 0 for 5 slow ms=300 path=reads");
  const ReplyToken waiting = send({HttpMethod::get, "/time", {}, {}});
  EXPECT_FALSE(sink.replies.contains(waiting));
  pass(milliseconds(300));
  EXPECT_TRUE(sink.replies.contains(waiting));
}

TEST_F(VenueFaultsTest, ScriptsCountFromTheirRequestAndFromTheStart) {
  VenueConfig config = quiet();
  config.faults = parse_faults("at 5 for 5 mode mode=disabled", "f").value();
  start(config);
  pass(seconds(4));
  EXPECT_EQ(place(alice, {}).status, 200);
  pass(seconds(1));
  EXPECT_EQ(place(alice, {}).status, 503);
  EXPECT_EQ(post("/admin/faults", "at 1 melt").status, 400);
  EXPECT_THAT(error_of(post("/admin/faults", "at 1 melt")), HasSubstr("line 1"));
  config.faults = parse_faults("at 5 resolve market=20", "f").value();
  EXPECT_EQ(VenueServer::create(config, sink, now).error().code, "faults.unknown_market");
}

}  // namespace
}  // namespace ebb::exchange
