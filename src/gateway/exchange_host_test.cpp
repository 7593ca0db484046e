// The exchange server over real loopback sockets, plain and TLS.
#include "gateway/exchange_host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "net/http_client.hpp"
#include "net/websocket_client.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::gateway {
namespace {

using ::testing::HasSubstr;

/// Remembers what came.
struct Listener final : net::WebSocketHandler {
  void on_open(Timestamp) override { open = true; }
  void on_text(Timestamp, std::string_view text) override { texts.emplace_back(text); }
  void on_closed(Timestamp, const Error& error) override { closed = error.code; }
  bool open = false;
  std::vector<std::string> texts;
  std::optional<std::string> closed;
};

class ExchangeHostTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb_host_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void start(bool tls) {
    ExchangeHostConfig config;
    config.venue.markets = 4;
    if (tls) config.ca_file = (directory_ / "ca.pem").string();
    host = ExchangeHost::start(loop, config).value();
    trust = net::TlsClientContext::create(config.ca_file).value();
  }
  /// Turns the loop until `done` or ten seconds are over.
  bool turn_until(const std::function<bool()>& done) {
    const Timestamp end = loop.now() + seconds(10);
    while (!done() && loop.now() < end) loop.run_for(milliseconds(20));
    return done();
  }
  HttpResponse get(const std::string& url) {
    const net::Url parsed = net::parse_url(url).value();
    net::HttpPool pool(loop, *trust, parsed, {});
    std::optional<Expected<HttpResponse>> answer;
    pool.send({HttpMethod::get, parsed.target, {}, {}}, seconds(5),
              [&](Timestamp, Expected<HttpResponse> response) { answer = std::move(response); });
    EXPECT_TRUE(turn_until([&] { return answer.has_value(); }));
    if (answer && *answer) return **answer;
    ADD_FAILURE() << url << (answer ? (*answer).error().message : "no answer");
    return {};
  }
  void check_all_addresses() {
    const auto& a = host->addresses();
    EXPECT_EQ(get(a.rest + "/version").body, "{\"version\":2}");
    EXPECT_THAT(get(a.gamma + "/markets?limit=1").body, HasSubstr("clobTokenIds"));
    EXPECT_EQ(get(a.data + "/v2/positions?user=0x" + std::string(40, '1')).status, 200);
    EXPECT_THAT(get(a.geoblock).body, HasSubstr("\"blocked\":false"));
    EXPECT_THAT(get(a.admin + "/stats").body, HasSubstr("market_events"));
  }
  void check_market_stream() {
    Listener listener;
    net::WebSocketClient socket(loop, *trust, listener);
    socket.connect(net::parse_url(host->addresses().ws_market).value());
    ASSERT_TRUE(turn_until([&] { return listener.open; }));
    const auto& table = host->venue().exchange().markets();
    socket.send("{\"assets_ids\":[\"" + table.token_id(model::TokenIndex(0)) + "\"],\"type\":\"market\"}");
    socket.send("PING");
    EXPECT_TRUE(turn_until([&] { return listener.texts.size() >= 5; }));
    EXPECT_THAT(listener.texts.at(0), HasSubstr("\"event_type\":\"book\""));
    EXPECT_THAT(listener.texts, ::testing::Contains("PONG"));
  }

  net::Loop loop;
  std::optional<net::TlsClientContext> trust;
  std::unique_ptr<ExchangeHost> host;
  std::filesystem::path directory_;
};

TEST_F(ExchangeHostTest, ServesEverythingOnOnePort) {
  start(false);
  check_all_addresses();
  check_market_stream();
}

TEST_F(ExchangeHostTest, ServesEverythingOverTls) {
  start(true);
  EXPECT_THAT(host->addresses().rest, HasSubstr("https://127.0.0.1:"));
  EXPECT_THAT(host->addresses().ws_user, HasSubstr("wss://"));
  check_all_addresses();
  check_market_stream();
}

TEST_F(ExchangeHostTest, TheReadyLineIsOneJsonDocument) {
  start(true);
  const std::string line = host->ready_line();
  polymarket::JsonTree tree;
  ASSERT_TRUE(tree.parse(line)) << line;
  EXPECT_EQ(line.find('\n'), std::string::npos);
  for (const char* key : {"rest", "ws_market", "ws_user", "gamma", "data", "geoblock", "admin"}) {
    EXPECT_THAT(std::string(tree.member(0, key).text), HasSubstr(std::to_string(host->port()))) << key;
  }
  EXPECT_EQ(tree.member(0, "ca_file").text, (directory_ / "ca.pem").string());
  EXPECT_EQ(tree.member(0, "chain_id").text, "137");
  start(false);
  const std::string plain = host->ready_line();
  ASSERT_TRUE(tree.parse(plain));
  EXPECT_EQ(tree.member(0, "ca_file").kind, polymarket::JsonKind::null);
}

TEST_F(ExchangeHostTest, APortInUseIsNamed) {
  start(false);
  ExchangeHostConfig second;
  second.port = host->port();
  const auto refused = ExchangeHost::start(loop, second);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, "net.address_in_use");
  EXPECT_THAT(refused.error().message, HasSubstr(std::to_string(host->port())));
  EXPECT_FALSE(refused.error().hint.empty());
}

TEST_F(ExchangeHostTest, ADisconnectClosesTheSocketAndShutsTheDoor) {
  start(false);
  Listener listener;
  net::WebSocketClient socket(loop, *trust, listener);
  socket.connect(net::parse_url(host->addresses().ws_market).value());
  ASSERT_TRUE(turn_until([&] { return listener.open; }));
  std::optional<int> status;
  net::HttpPool pool(loop, *trust, net::parse_url(host->addresses().admin).value(), {});
  pool.send({HttpMethod::post, "/admin/faults", {}, "at 0 for 60 disconnect channel=market"}, seconds(5),
            [&](Timestamp, Expected<HttpResponse> answer) { status = answer ? answer->status : 0; });
  ASSERT_TRUE(turn_until([&] { return status && listener.closed; }));
  EXPECT_EQ(*status, 200);
  Listener again;
  net::WebSocketClient other(loop, *trust, again);
  other.connect(net::parse_url(host->addresses().ws_market).value());
  ASSERT_TRUE(turn_until([&] { return again.closed.has_value(); }));
  EXPECT_EQ(*again.closed, "net.handshake");
}

}  // namespace
}  // namespace ebb::gateway
