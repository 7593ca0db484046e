// Test support: a VenueServer with a sink that remembers, and clients that sign.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.hpp"
#include "crypto/secp256k1.hpp"
#include "exchange/venue_auth.hpp"
#include "exchange/venue_markets.hpp"
#include "exchange/venue_server.hpp"
#include "polymarket/amounts.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/order_signing.hpp"

namespace ebb::exchange {

inline constexpr Timestamp kVenueStart{1'790'000'000'000'000'000};

/// What a server sent out.
class RememberingSink final : public VenueSink {
 public:
  void reply(ReplyToken token, HttpResponse response) override { replies[token] = std::move(response); }
  void drop(ReplyToken token) override { dropped.push_back(token); }
  void send(SocketRef socket, const std::shared_ptr<const std::string>& text) override {
    texts[socket].push_back(*text);
  }
  void close(SocketRef socket, bool abruptly) override { closed.emplace_back(socket, abruptly); }

  std::map<ReplyToken, HttpResponse> replies;
  std::vector<ReplyToken> dropped;
  std::map<SocketRef, std::vector<std::string>> texts;
  std::vector<std::pair<SocketRef, bool>> closed;
};

/// A wallet's key and, once it has one, its API key.
struct VenueClient {
  explicit VenueClient(char digit)
      : key(crypto::PrivateKey::parse(std::string(64, digit)).value()), signer(parse(digit), 137) {}
  static crypto::PrivateKey parse(char digit) { return crypto::PrivateKey::parse(std::string(64, digit)).value(); }
  [[nodiscard]] std::string address() const { return address_text(key.address()); }

  crypto::PrivateKey key;
  polymarket::OrderSigner signer;
  polymarket::ApiCredentials credentials;
  std::optional<polymarket::L2Signer> l2;
  std::uint64_t salt = 1;
};

/// What an order is to be; the defaults make a GTC BUY of ten shares at 0.10.
struct TestOrder {
  model::TokenIndex token{0};
  model::Side side = model::Side::buy;
  Price price{1000};
  Shares size = shares_of(10);
  std::optional<Usdc> budget;  ///< a marketable BUY for so many dollars
  model::OrderType type = model::OrderType::gtc;
  bool post_only = false;
  std::int64_t expiration = 0;
  polymarket::SignatureType signature_type = polymarket::SignatureType::eoa;
  std::optional<crypto::Address> wallet;  ///< maker of types 1 to 3
  std::optional<polymarket::ExchangeContract> contract;  ///< signs for another one than the market's
};

class VenueFixture : public ::testing::Test {
 protected:
  static VenueConfig quiet() {
    VenueConfig config;
    config.background = false;
    return config;
  }
  explicit VenueFixture(const VenueConfig& config = quiet()) { start(config); }

  void start(const VenueConfig& config) {
    now = kVenueStart;
    server = VenueServer::create(config, sink, now).value();
  }
  const model::MarketTable& table() const { return server->exchange().markets(); }
  std::string token_id(std::uint32_t token) const { return table().token_id(model::TokenIndex(token)); }
  const model::MarketSpec& market(std::uint32_t index) const { return table().market(model::MarketIndex(index)); }

  void pass(Duration duration) {
    now = now + duration;
    server->advance(now);
  }

  // ---- HTTP ----
  /// The token of a request that may be answered later.
  ReplyToken send(HttpRequest request, bool loopback = true) {
    server->on_http(now, ++token_, request, loopback);
    return token_;
  }
  HttpResponse ask(HttpRequest request, bool loopback = true) {
    const ReplyToken token = send(std::move(request), loopback);
    const auto it = sink.replies.find(token);
    if (it != sink.replies.end()) return it->second;
    ADD_FAILURE() << "no answer";
    return {0, {}, {}};
  }
  HttpResponse get(const std::string& target) { return ask({HttpMethod::get, target, {}, {}}); }
  HttpResponse post(const std::string& target, const std::string& body) {
    return ask({HttpMethod::post, target, {}, body});
  }
  HttpRequest signed_request(VenueClient& who, HttpMethod method, const std::string& target,
                             const std::string& body = {}) {
    if (!who.l2) login(who);
    HttpRequest request{method, target, {}, body};
    who.l2->add_headers(request, now.ns() / 1'000'000'000);
    return request;
  }
  HttpResponse ask_as(VenueClient& who, HttpMethod method, const std::string& target, const std::string& body = {}) {
    return ask(signed_request(who, method, target, body));
  }
  void login(VenueClient& who) {
    const HttpResponse answer = ask(
        {HttpMethod::get, "/auth/derive-api-key", polymarket::l1_headers(who.key, 137, now.ns() / 1'000'000'000), {}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    who.credentials = {text_of(answer, "apiKey"), text_of(answer, "secret"), text_of(answer, "passphrase")};
    who.l2.emplace(polymarket::L2Signer::create(who.credentials, who.key.address()).value());
  }

  // ---- orders ----
  struct Made {
    model::OrderId id;
    std::string body;
  };
  Made make(VenueClient& who, const TestOrder& order) {
    if (!who.l2) login(who);
    const model::MarketSpec& m = table().market_of(order.token);
    polymarket::OrderFields fields;
    fields.salt = who.salt++;
    fields.maker = order.wallet.value_or(who.key.address());
    fields.signer = order.signature_type == polymarket::SignatureType::poly_1271 ? fields.maker : who.key.address();
    fields.token_id = crypto::word_from_decimal(table().token_id(order.token)).value();
    fields.side = order.side;
    fields.signature_type = order.signature_type;
    fields.timestamp_ms = now.ms();
    const std::int64_t cash = order.budget ? order.budget->raw() : notional(order.price, order.size).raw();
    const std::int64_t shares = order.budget ? cash * kPriceScale / order.price.raw() / 100 * 100 : order.size.raw();
    fields.maker_amount = order.side == model::Side::buy ? cash : shares;
    fields.taker_amount = order.side == model::Side::buy ? shares : cash;
    const auto contract = order.contract.value_or(polymarket::exchange_of(m));
    Made made;
    made.id = polymarket::OrderDigester(137).digest(polymarket::exchange_of(m), fields);
    const auto signed_id = polymarket::OrderDigester(137).digest(contract, fields);
    std::string signature;
    who.signer.sign(contract, fields, signed_id, signature);
    polymarket::OrderEnvelope envelope;
    envelope.token_id = table().token_id(order.token);
    const std::string maker = crypto::checksum_text(fields.maker), signer = crypto::checksum_text(fields.signer);
    envelope.maker = maker;
    envelope.signer = signer;
    envelope.expiration = order.expiration;
    envelope.signature = signature;
    envelope.owner = who.credentials.key;
    envelope.type = order.type;
    envelope.post_only = order.post_only;
    polymarket::append_order_body(fields, envelope, made.body);
    return made;
  }
  HttpResponse place(VenueClient& who, const TestOrder& order) {
    return ask_as(who, HttpMethod::post, "/order", make(who, order).body);
  }
  /// Places and returns the id; the test fails when it is refused.
  std::string placed(VenueClient& who, const TestOrder& order) {
    const HttpResponse answer = place(who, order);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return text_of(answer, "orderID");
  }

  // ---- sockets ----
  SocketRef open(const std::string& target) {
    EXPECT_TRUE(server->accepts_socket(now, target));
    server->on_socket_open(now, ++socket_, target);
    return socket_;
  }
  void say(SocketRef socket, const std::string& text) { server->on_socket_text(now, socket, text); }
  SocketRef subscribe(const std::vector<std::uint32_t>& tokens, const std::string& more = {}) {
    const SocketRef socket = open("/ws/market");
    std::string list;
    for (const std::uint32_t token : tokens) list += (list.empty() ? "\"" : ",\"") + token_id(token) + "\"";
    say(socket, "{\"assets_ids\":[" + list + "],\"type\":\"market\"" + more + "}");
    return socket;
  }
  SocketRef listen(VenueClient& who, const std::string& markets = "[]") {
    if (!who.l2) login(who);
    const SocketRef socket = open("/ws/user");
    say(socket, "{\"auth\":{\"apiKey\":\"" + who.credentials.key + "\",\"secret\":\"" + who.credentials.secret +
                    "\",\"passphrase\":\"" + who.credentials.passphrase +
                    "\"},\"type\":\"user\",\"markets\":" + markets + "}");
    return socket;
  }
  /// The texts of a socket since the last call.
  std::vector<std::string> heard(SocketRef socket) { return std::exchange(sink.texts[socket], {}); }
  bool is_closed(SocketRef socket) const {
    return std::any_of(sink.closed.begin(), sink.closed.end(), [&](const auto& c) { return c.first == socket; });
  }

  void script(const std::string& text) {
    const HttpResponse answer = post("/admin/faults", text);
    ASSERT_EQ(answer.status, 200) << answer.body;
  }

  // ---- answers ----
  static std::string text_of(const HttpResponse& answer, std::string_view key) {
    polymarket::JsonTree tree;
    EXPECT_TRUE(tree.parse(answer.body)) << answer.body;
    return std::string(tree.member(0, key).text);
  }
  static std::string error_of(const HttpResponse& answer) { return text_of(answer, "error"); }
  static bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

  RememberingSink sink;
  std::unique_ptr<VenueServer> server;
  Timestamp now;
  VenueClient alice{'1'}, bob{'2'};

 private:
  ReplyToken token_ = 0;
  SocketRef socket_ = 0;
};

}  // namespace ebb::exchange
