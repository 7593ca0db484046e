// The two WebSockets, the log, the background.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "base/text_digest.hpp"
#include "exchange/venue_fixture.hpp"
#include "exchange/venue_log.hpp"

namespace ebb::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class VenueStreams : public VenueFixture {
 protected:
  static model::TokenIndex token(std::uint32_t t) { return model::TokenIndex(t); }
};

TEST_F(VenueStreams, ChannelsHaveTheirTargets) {
  EXPECT_TRUE(server->accepts_socket(now, "/ws/market"));
  EXPECT_TRUE(server->accepts_socket(now, "/ws/user?x=1"));
  EXPECT_FALSE(server->accepts_socket(now, "/ws/other"));
}

TEST_F(VenueStreams, PingAndNonsense) {
  const SocketRef socket = open("/ws/market");
  say(socket, "PING");
  say(socket, "hello");
  say(socket, "{\"operation\":\"dance\"}");
  say(socket, "[]");
  EXPECT_THAT(heard(socket), ElementsAre("PONG", "INVALID OPERATION", "INVALID OPERATION", "INVALID OPERATION"));
}

TEST_F(VenueStreams, TheDumpIsAnArrayOfBooks) {
  placed(alice, {.price = Price(4000)});
  const SocketRef socket = subscribe({0, 1});
  const auto texts = heard(socket);
  ASSERT_EQ(texts.size(), 1U);
  polymarket::JsonTree tree;
  ASSERT_TRUE(tree.parse(texts[0]));
  EXPECT_EQ(tree.member(1, "asset_id").text, token_id(0));
  EXPECT_EQ(tree.member(1, "event_type").text, "book");
  EXPECT_EQ(tree.member(tree[1].end, "asset_id").text, token_id(1));
  EXPECT_THAT(heard(subscribe({})), ElementsAre("[]"));
  EXPECT_THAT(heard(subscribe({0}, ",\"initial_dump\":false")), IsEmpty());
}

TEST_F(VenueStreams, SubscriptionsComeAndGo) {
  const SocketRef socket = subscribe({2});
  (void)heard(socket);
  placed(alice, {});
  EXPECT_THAT(heard(socket), IsEmpty());
  say(socket, "{\"operation\":\"subscribe\",\"assets_ids\":[\"" + token_id(0) + "\",\"77\"]}");
  EXPECT_THAT(heard(socket), ElementsAre(HasSubstr(token_id(0))));
  placed(alice, {});
  EXPECT_THAT(heard(socket), ElementsAre(HasSubstr("price_change")));
  say(socket, "{\"operation\":\"unsubscribe\",\"assets_ids\":[\"" + token_id(0) + "\"]}");
  placed(alice, {});
  placed(alice, {.token = token(2)});
  EXPECT_THAT(heard(socket), ElementsAre(HasSubstr(market(1).condition_id)));
}

TEST_F(VenueStreams, SingleAssetFramesGoToTheirSubscribersOnly) {
  placed(alice, {.price = Price(4000), .size = shares_of(30)});
  const SocketRef yes = subscribe({0}), no = subscribe({1}),
                  custom = subscribe({0}, ",\"custom_feature_enabled\":true");
  for (const SocketRef socket : {yes, no, custom}) (void)heard(socket);
  placed(bob, {.token = token(1), .price = Price(6000)});  // a trade of NO at 0.60
  const auto at_yes = heard(yes), at_no = heard(no), at_custom = heard(custom);
  EXPECT_THAT(at_yes, ElementsAre(HasSubstr("\"asset_id\":\"" + token_id(0))));
  EXPECT_THAT(at_no, ElementsAre(HasSubstr("last_trade_price"), HasSubstr("\"asset_id\":\"" + token_id(1))));
  EXPECT_EQ(at_custom.size(), 1U);
  placed(alice, {.price = Price(4100)});
  EXPECT_THAT(heard(yes), ElementsAre(HasSubstr("price_change")));
  EXPECT_THAT(heard(custom), ElementsAre(HasSubstr("price_change"), HasSubstr("best_bid_ask")));
}

TEST_F(VenueStreams, ClosedSocketsAreForgotten) {
  const SocketRef socket = subscribe({0});
  (void)heard(socket);
  server->on_socket_closed(now, socket);
  placed(alice, {});
  EXPECT_THAT(heard(socket), IsEmpty());
  say(socket, "PING");
  EXPECT_THAT(heard(socket), IsEmpty());
}

TEST_F(VenueStreams, UserFramesGoToTheirOwner) {
  const SocketRef mine = listen(alice), other = listen(bob);
  placed(alice, {});
  EXPECT_THAT(heard(mine), ElementsAre(HasSubstr("\"type\":\"PLACEMENT\"")));
  EXPECT_THAT(heard(other), IsEmpty());
}

TEST_F(VenueStreams, UserFramesNameKeyAndMaker) {
  const SocketRef mine = listen(alice);
  placed(alice, {});
  const auto texts = heard(mine);
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(texts[0], HasSubstr("\"owner\":\"" + alice.credentials.key + "\""));
  EXPECT_THAT(texts[0], HasSubstr("\"maker_address\":\"" + alice.address() + "\""));
}

TEST_F(VenueStreams, UserFilterIsByCondition) {
  const SocketRef socket = listen(alice, "[\"" + market(1).condition_id + "\"]");
  placed(alice, {});
  EXPECT_THAT(heard(socket), IsEmpty());
  placed(alice, {.token = token(2)});
  EXPECT_EQ(heard(socket).size(), 1U);
  say(socket, "{\"operation\":\"subscribe\",\"markets\":[\"" + market(0).condition_id + "\"]}");
  say(socket, "{\"operation\":\"unsubscribe\",\"markets\":[\"" + market(1).condition_id + "\"]}");
  placed(alice, {.token = token(2)});
  EXPECT_THAT(heard(socket), IsEmpty());
  placed(alice, {});
  EXPECT_EQ(heard(socket).size(), 1U);
}

TEST_F(VenueStreams, UnauthenticatedUserSocketsAreClosed) {
  const SocketRef wrong = open("/ws/user");
  say(wrong, "{\"auth\":{\"apiKey\":\"a\",\"secret\":\"b\",\"passphrase\":\"c\"},\"type\":\"user\"}");
  EXPECT_TRUE(is_closed(wrong));
  const SocketRef silent = open("/ws/user");
  say(silent, "PING");
  pass(seconds(11));
  EXPECT_TRUE(is_closed(silent));
  const SocketRef good = listen(alice);
  pass(seconds(11));
  EXPECT_FALSE(is_closed(good));
}

TEST_F(VenueStreams, TheLogNumbersEveryEvent) {
  placed(alice, {.price = Price(4000)});
  placed(bob, {.token = token(1), .price = Price(6000)});
  polymarket::JsonTree tree;
  const std::string body = get("/admin/log?after=0").body;
  ASSERT_TRUE(tree.parse(body)) << body;
  const std::uint32_t events = tree.find(0, "events");
  std::uint64_t number = 0;
  std::string kinds;
  for (std::uint32_t i = events + 1; i < tree[events].end; i = tree[i].end) {
    EXPECT_EQ(tree.member(i, "sequence").text, std::to_string(++number));
    kinds += std::string(tree.member(i, "event_type").text) + " ";
    EXPECT_FALSE(tree.member(i, "asset_id").text.empty());
  }
  EXPECT_EQ(kinds,
            "price_change price_change best_bid_ask best_bid_ask last_trade_price book book best_bid_ask "
            "best_bid_ask ");
  EXPECT_EQ(tree.member(0, "last").text, std::to_string(number));
  EXPECT_EQ(tree.member(0, "dropped").text, "0");
  const std::string rest = get("/admin/log?after=1").body;
  ASSERT_TRUE(tree.parse(rest));
  EXPECT_EQ(tree.member(tree.find(0, "events") + 1, "sequence").text, "2");
  EXPECT_THAT(get("/admin/log?after=900").body, HasSubstr("\"events\":[]"));
  EXPECT_EQ(get("/admin/log?after=x").status, 400);
}

TEST_F(VenueStreams, TheLogSumsUpEachSecond) {
  VenueLog log;
  Outgoing frame;
  frame.market = model::MarketIndex(0);
  frame.token = model::TokenIndex(0);
  const auto first = std::make_shared<const std::string>(R"({"a":1,"timestamp":"1790000000999"})");
  const auto second = std::make_shared<const std::string>(R"({"a":2,"timestamp":"1790000000001"})");
  const auto third = std::make_shared<const std::string>(R"({"a":2,"timestamp":"1790000001000"})");
  log.add(frame, first);
  log.add(frame, second);
  log.add(frame, third);
  const std::string sum = fmt::format("{:016x}", text_digest(*first) + text_digest(*second));
  const std::string json = log.seconds_json();
  EXPECT_THAT(json, HasSubstr("\"second\":1790000000,\"frames\":2"));
  EXPECT_THAT(json, HasSubstr(sum));
  EXPECT_THAT(json, HasSubstr("\"second\":1790000001,\"frames\":1"));
}

TEST_F(VenueStreams, TheLogIsBoundedAndSaysWhatItDropped) {
  VenueLog log;
  Outgoing frame;
  frame.market = model::MarketIndex(0);
  frame.token = model::TokenIndex(0);
  const auto text = std::make_shared<const std::string>("{}");
  for (std::size_t i = 0; i < VenueLog::kMostFrames + 10; ++i) log.add(frame, text);
  EXPECT_EQ(log.first(), 11U);
  const std::string json = log.json(table(), 4, 2);
  EXPECT_THAT(json, HasSubstr("\"dropped\":6"));
  EXPECT_THAT(json, HasSubstr("\"sequence\":11"));
  EXPECT_THAT(json, HasSubstr("\"next\":12}"));
}

TEST_F(VenueStreams, ManualClockMovesByStepsAlone) {
  VenueConfig config;
  config.manual_clock = true;
  config.markets = 3;
  start(config);
  const SocketRef socket = subscribe({0, 2, 4});
  (void)heard(socket);
  EXPECT_EQ(server->next_event_time(), kNever);
  server->advance(now + seconds(60));
  EXPECT_THAT(heard(socket), IsEmpty());
  const HttpResponse step = post("/admin/step", "{\"seconds\":10}");
  EXPECT_EQ(text_of(step, "now"), std::to_string(kVenueStart.ms() + 10'000));
  EXPECT_GT(heard(socket).size(), 20U);
  EXPECT_EQ(get("/time").body, "1790000010");
  EXPECT_EQ(post("/admin/step", "{\"seconds\":-1}").status, 400);
  EXPECT_EQ(post("/admin/step", "").status, 400);
  login(alice);
  EXPECT_EQ(ask_as(alice, HttpMethod::get, "/data/orders").status, 200);
  start(quiet());
  EXPECT_EQ(post("/admin/step", "{\"seconds\":1}").status, 400);
}

TEST_F(VenueStreams, TheSameSeedGivesTheSameFrames) {
  const auto run = [&](std::uint64_t seed) {
    VenueConfig config;
    config.seed = seed;
    config.markets = 4;
    start(config);
    const SocketRef socket = subscribe({0, 2, 4, 6});
    pass(seconds(5));
    return heard(socket);
  };
  const auto first = run(5);
  EXPECT_GT(first.size(), 20U);
  EXPECT_EQ(first, run(5));
  EXPECT_NE(first, run(6));
}

TEST_F(VenueStreams, BackgroundMakesTheEventsThatAreWanted) {
  VenueConfig config;
  config.markets = 20;
  config.events_per_second = 2000;
  start(config);
  const std::uint64_t before = server->exchange().market_events();
  pass(seconds(5));
  const std::uint64_t made = server->exchange().market_events() - before;
  EXPECT_GT(made, 8'500U);
  EXPECT_LT(made, 13'000U);
}

}  // namespace
}  // namespace ebb::exchange
