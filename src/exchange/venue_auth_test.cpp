// Proofs of identity, keys, paper accounts.
#include <gmock/gmock.h>

#include "exchange/venue_fixture.hpp"

namespace ebb::exchange {
namespace {

using ::testing::HasSubstr;

class VenueAuth : public VenueFixture {
 protected:
  HttpResponse l1(HttpMethod method, const std::string& target, VenueClient& who, std::int64_t seconds_off = 0,
                  std::uint64_t nonce = 0) {
    const std::int64_t at = now.ns() / 1'000'000'000 + seconds_off;
    return ask({method, target, polymarket::l1_headers(who.key, 137, at, nonce), {}});
  }
};

TEST_F(VenueAuth, DerivingGivesTheSameKeyAgainAndCreatingOnlyOnce) {
  const HttpResponse first = l1(HttpMethod::get, "/auth/derive-api-key", alice);
  const HttpResponse second = l1(HttpMethod::get, "/auth/derive-api-key", alice);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, second.body);
  const HttpResponse twice = l1(HttpMethod::post, "/auth/api-key", alice);
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(error_of(twice), "Could not create api key");
  const HttpResponse other = l1(HttpMethod::post, "/auth/api-key", alice, 0, 7);
  EXPECT_EQ(other.status, 200);
  EXPECT_NE(other.body, first.body);
}

TEST_F(VenueAuth, L1NeedsTheWalletsOwnFreshSignature) {
  EXPECT_EQ(get("/auth/derive-api-key").status, 401);
  EXPECT_EQ(l1(HttpMethod::get, "/auth/derive-api-key", alice, -299).status, 200);
  const HttpResponse late = l1(HttpMethod::get, "/auth/derive-api-key", alice, -301);
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(error_of(late), "Invalid L1 Request headers");
  auto headers = polymarket::l1_headers(alice.key, 137, now.ns() / 1'000'000'000);
  for (HttpHeader& header : headers) {
    if (header.name == "POLY_ADDRESS") header.value = bob.address();
  }
  EXPECT_EQ(ask({HttpMethod::get, "/auth/derive-api-key", headers, {}}).status, 401);
  EXPECT_EQ(ask({HttpMethod::get,
                 "/auth/derive-api-key",
                 polymarket::l1_headers(alice.key, 80002, now.ns() / 1'000'000'000),
                 {}})
                .status,
            401);
}

TEST_F(VenueAuth, L2CoversMethodPathAndBody) {
  login(alice);
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/data/orders?next_cursor=MA==").status, 200);
  HttpRequest moved = signed_request(alice, HttpMethod::get, "/data/orders");
  moved.target = "/data/trades";
  EXPECT_EQ(ask(moved).status, 401);
  HttpRequest changed = signed_request(alice, HttpMethod::post, "/v1/heartbeats", "{\"heartbeat_id\":\"\"}");
  changed.body = "{\"heartbeat_id\":\"1\"}";
  const HttpResponse refused = ask(changed);
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(error_of(refused), "Unauthorized/Invalid api key");
}

TEST_F(VenueAuth, L2RefusesOtherPeoplesPartsAndOldRequests) {
  login(alice);
  login(bob);
  for (const char* name : {"POLY_ADDRESS", "POLY_SIGNATURE", "POLY_TIMESTAMP", "POLY_API_KEY", "POLY_PASSPHRASE"}) {
    HttpRequest mine = signed_request(alice, HttpMethod::get, "/data/orders");
    const HttpRequest other = signed_request(bob, HttpMethod::get, "/data/trades");
    for (HttpHeader& header : mine.headers) {
      if (header.name == name)
        header.value =
            name == std::string("POLY_TIMESTAMP") ? "1789999999" : std::string(find_header(other.headers, name));
    }
    EXPECT_EQ(ask(mine).status, 401) << name;
  }
  HttpRequest old = signed_request(alice, HttpMethod::get, "/data/orders");
  pass(seconds(301));
  EXPECT_EQ(ask(old).status, 401);
}

TEST_F(VenueAuth, ClockSkewFaultMovesTheClockThatCounts) {
  login(alice);
  script("at 0 clock_skew seconds=600");
  EXPECT_EQ(get("/time").body, "1790000600");
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/data/orders").status, 401);
}

TEST_F(VenueAuth, KeysOutliveARestartWithTheSameSeed) {
  login(alice);
  start(quiet());
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/data/orders").status, 200);
  VenueConfig other = quiet();
  other.seed = 2;
  start(other);
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/data/orders").status, 401);
}

TEST_F(VenueAuth, ADeletedKeyIsNoLongerGood) {
  login(alice);
  EXPECT_THAT(ask_as(alice, HttpMethod::get, "/auth/api-keys").body, HasSubstr(alice.credentials.key));
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/auth/api-key").status, 200);
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/auth/api-keys").status, 401);
}

TEST_F(VenueAuth, ReadOnlyKeysReadTradesOnly) {
  login(alice);
  const HttpResponse made = ask_as(alice, HttpMethod::post, "/auth/readonly-api-key");
  VenueClient reader('1');
  reader.credentials = {text_of(made, "apiKey"), text_of(made, "secret"), text_of(made, "passphrase")};
  reader.l2.emplace(polymarket::L2Signer::create(reader.credentials, reader.key.address()).value());
  EXPECT_EQ(ask_as(reader, HttpMethod::get, "/data/trades").status, 200);
  EXPECT_EQ(ask_as(reader, HttpMethod::get, "/data/orders").status, 401);
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/auth/readonly-api-keys").body, "[\"" + reader.credentials.key + "\"]");
  const std::string named = "{\"key\":\"" + reader.credentials.key + "\"}";
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/auth/readonly-api-key", named).body, "true");
  EXPECT_EQ(ask_as(alice, HttpMethod::del, "/auth/readonly-api-key", named).body, "false");
  EXPECT_EQ(ask_as(reader, HttpMethod::get, "/data/trades").status, 401);
}

TEST_F(VenueAuth, TheFirstRequestOpensThePaperAccount) {
  EXPECT_EQ(get("/admin/accounts/" + alice.address()).status, 404);
  (void)ask_as(alice, HttpMethod::get, "/auth/ban-status/closed-only");
  const HttpResponse account = get("/admin/accounts/" + alice.address());
  EXPECT_EQ(text_of(account, "cash"), "10000");
  EXPECT_EQ(text_of(account, "reserved"), "0");
  for (const char* list : {"positions", "open_orders", "orders", "fills", "violations"}) {
    EXPECT_THAT(account.body, HasSubstr("\"" + std::string(list) + "\":[]"));
  }
  EXPECT_EQ(get("/admin/accounts/" + crypto::checksum_text(alice.key.address())).body, account.body);
}

TEST_F(VenueAuth, DepositAndSharesAreConfigurable) {
  VenueConfig config = quiet();
  config.deposit = dollars(25);
  config.shares = {{token_id(3), shares_of(70)}};
  start(config);
  const HttpResponse cash = ask_as(alice, HttpMethod::get, "/balance-allowance?asset_type=COLLATERAL&signature_type=0");
  EXPECT_EQ(text_of(cash, "balance"), "25000000");
  EXPECT_THAT(cash.body, HasSubstr("0xe111180000d2663c0091e4f400237545b87b996b"));
  const std::string asked = "/balance-allowance?asset_type=CONDITIONAL&token_id=" + token_id(3);
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, asked + "&signature_type=0"), "balance"), "70000000");
  // A wallet of another type is not there yet; it will have the same.
  EXPECT_EQ(text_of(ask_as(alice, HttpMethod::get, asked + "&signature_type=3"), "balance"), "70000000");
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/balance-allowance?asset_type=GOLD").status, 400);
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/balance-allowance?asset_type=CONDITIONAL&token_id=5").status, 400);
}

TEST_F(VenueAuth, SharesOfAnUnknownTokenAreRefused) {
  VenueConfig config = quiet();
  config.shares = {{"12345", shares_of(1)}};
  const auto made = VenueServer::create(config, sink, now);
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().code, "exchange.unknown_token");
  EXPECT_THAT(made.error().message, HasSubstr("12345"));
}

TEST_F(VenueAuth, OperatorsAreOnThisMachine) {
  EXPECT_EQ(ask({HttpMethod::get, "/admin/log", {}, {}}, false).status, 403);
  EXPECT_EQ(ask({HttpMethod::get, "/ok", {}, {}}, false).status, 200);
}

TEST_F(VenueAuth, BuilderKeysAndRewardsHaveTheFormsThatTheOfficialClientDeclares) {
  login(alice);
  const std::string builder = ask_as(alice, HttpMethod::post, "/auth/builder-api-key").body;
  EXPECT_THAT(builder, HasSubstr("{\"key\":\"" + alice.credentials.key + "\",\"secret\":"));
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/rewards/user/total?date=2026-11-20").body, "[]");
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/rewards/user/percentages").body, "{}");
  EXPECT_EQ(get("/rewards/user/percentages").status, 401);
}

}  // namespace
}  // namespace ebb::exchange
