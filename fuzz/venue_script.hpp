// Clients of an exchange server as a script, one step a line. What `venue_request_fuzz` plays:
//
//   alice GET /data/orders                  signed with her API key (alice, bob; `nobody`: unsigned; `remote`: from elsewhere)
//   alice POST /order {"order":{}}          the rest of the line is the body
//   alice L1 GET /auth/derive-api-key       signed with her wallet
//   alice order 0 buy 4500000 10000000 gtc  a properly signed order of token 0: maker and taker amount, type (post is a post-only
//                                           gtc), expiration for gtd
//   header Name: value                      of the next request
//   open /ws/market | say 0 TEXT | close 0  sockets, numbered as they were opened
//   pass 2.5                                seconds
//
// $t0 is a token's id, $c0 a market's condition, $o0 the id of the n-th order that was signed, $w0 alice's address, $w1 bob's; $k0, $s0,
// $p0 are the parts of alice's API key.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "crypto/secp256k1.hpp"
#include "exchange/venue_auth.hpp"
#include "exchange/venue_server.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/order_signing.hpp"
#include "require.hpp"

namespace ebb::exchange {

inline constexpr Timestamp kScriptStart{1'790'000'000'000'000'000};

/// Remembers what the server did, and asserts that it may.
class CheckingSink final : public VenueSink {
 public:
  void reply(ReplyToken token, HttpResponse response) override {
    REQUIRE(token != 0 && token <= asked && answers.find(token) == answers.end());
    REQUIRE(response.status >= 200 && response.status < 600);
    if (find_header(response.headers, "Content-Type") == "application/json") require_json(response.body);
    log += std::to_string(token) + " " + std::to_string(response.status) + " " + response.body + "\n";
    answers.emplace(token, std::move(response));
  }
  void drop(ReplyToken token) override {
    REQUIRE(token != 0 && token <= asked && answers.find(token) == answers.end());
    answers.emplace(token, HttpResponse{0, {}, {}});
    log += std::to_string(token) + " dropped\n";
  }
  void send(SocketRef socket, const std::shared_ptr<const std::string>& text) override {
    REQUIRE(open.contains(socket) && open[socket]);
    if (*text != "PONG" && *text != "INVALID OPERATION") require_json(*text);
    log += "> " + std::to_string(socket) + " " + *text + "\n";
  }
  void close(SocketRef socket, bool) override {
    REQUIRE(open.contains(socket) && open[socket]);
    open[socket] = false;
    log += "closed " + std::to_string(socket) + "\n";
  }

  ReplyToken asked = 0;
  std::map<ReplyToken, HttpResponse> answers;
  std::map<SocketRef, bool> open;
  std::string log;  ///< everything that left, for comparison

 private:
  void require_json(std::string_view text) {
    if (text.starts_with('{') || text.starts_with('[')) {
      REQUIRE(tree_.parse(text));
    } else {  // a bare number, text or literal
      REQUIRE(!text.empty() && tree_.parse("[" + std::string(text) + "]"));
    }
  }
  polymarket::JsonTree tree_;
};

class VenueScript {
 public:
  VenueScript() {
    VenueConfig config;
    config.background = false;
    config.markets = 2;
    server_ = VenueServer::create(config, sink_, now_).value();
    for (Client& client : clients_) login(client);
  }

  void play(std::string_view text) {
    for (int steps = 0; !text.empty() && steps < 100; ++steps) {
      const std::size_t end = text.find('\n');
      step(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    pass(seconds(60));
  }
  /// Every request was answered (or dropped, by a fault), money is conserved, and nobody holds less than nothing.
  void require_whole() const {
    REQUIRE(server_->exchange().audit().holds());
    if (!faults_) REQUIRE(sink_.answers.size() == sink_.asked);
  }
  [[nodiscard]] const std::string& log() const { return sink_.log; }

 private:
  struct Client {
    explicit Client(char digit) : key(parse(digit)), signer(parse(digit), 137), address(address_text(key.address())) {}
    static crypto::PrivateKey parse(char digit) { return crypto::PrivateKey::parse(std::string(64, digit)).value(); }
    crypto::PrivateKey key;
    polymarket::OrderSigner signer;
    std::string address;
    polymarket::ApiCredentials credentials;
    std::optional<polymarket::L2Signer> l2;
    std::uint64_t salt = 1;
  };

  static constexpr std::uint64_t kMostAmount = std::uint64_t{1} << 63U;

  static std::string_view word(std::string_view& text) {
    const std::size_t end = text.find(' ');
    const std::string_view out = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return out;
  }
  static std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    (void)std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  void login(Client& client) {
    const HttpRequest request{
        HttpMethod::get, "/auth/derive-api-key", polymarket::l1_headers(client.key, 137, unix_seconds()), {}};
    server_->on_http(now_, ++sink_.asked, request, true);
    polymarket::JsonTree tree;
    const std::string body = sink_.answers.at(sink_.asked).body;
    REQUIRE(tree.parse(body));
    client.credentials = {std::string(tree.member(0, "apiKey").text), std::string(tree.member(0, "secret").text),
                          std::string(tree.member(0, "passphrase").text)};
    client.l2.emplace(polymarket::L2Signer::create(client.credentials, client.key.address()).value());
  }

  void step(std::string_view line) {
    std::string_view rest = line;
    const std::string_view verb = word(rest);
    if (verb == "alice" || verb == "bob") return act(clients_[verb == "bob" ? 1 : 0], rest);
    if (verb == "nobody" || verb == "remote") return ask(nullptr, rest, verb == "nobody");
    if (verb == "header") return add_header(rest);
    if (verb == "open") return open(expand(rest));
    if (verb == "say") return say(number(word(rest)), expand(rest));
    if (verb == "close") return close(number(word(rest)));
    if (verb == "pass")
      pass(milliseconds(static_cast<std::int64_t>(std::min<std::uint64_t>(number(rest), 100'000)) * 1000));
  }
  void act(Client& client, std::string_view rest) {
    if (rest.starts_with("order ")) return order(client, rest.substr(6));
    ask(&client, rest, true);
  }

  void ask(Client* client, std::string_view rest, bool loopback) {
    const bool l1 = rest.starts_with("L1 ");
    if (l1) rest.remove_prefix(3);
    const std::string_view method = word(rest);
    HttpRequest request;
    request.method = method == "POST" ? HttpMethod::post : method == "DELETE" ? HttpMethod::del : HttpMethod::get;
    request.target = expand(word(rest));
    request.body = expand(rest);
    request.headers = std::exchange(headers_, {});
    send(client, std::move(request), loopback, l1);
  }
  void send(Client* client, HttpRequest request, bool loopback, bool l1) {
    if (client != nullptr && l1) {
      for (auto& header : polymarket::l1_headers(client->key, 137, unix_seconds()))
        request.headers.push_back(std::move(header));
    } else if (client != nullptr) {
      client->l2->add_headers(request, unix_seconds());
    }
    faults_ = faults_ || (request.path() == "/admin/faults" && loopback);
    server_->on_http(now_, ++sink_.asked, request, loopback);
  }

  void order(Client& client, std::string_view rest) {
    const model::MarketTable& table = server_->exchange().markets();
    const auto token = model::TokenIndex(static_cast<std::uint32_t>(number(word(rest)) % table.token_count()));
    const bool buy = word(rest) == "buy";
    const std::uint64_t making = number(word(rest)), taking = number(word(rest));
    const std::string_view type = word(rest);
    const model::MarketSpec& market = table.market_of(token);
    polymarket::OrderFields fields;
    fields.salt = client.salt++;
    fields.maker = fields.signer = client.key.address();
    fields.token_id = crypto::word_from_decimal(table.token_id(token)).value();
    fields.side = buy ? model::Side::buy : model::Side::sell;
    fields.timestamp_ms = now_.ms();
    fields.maker_amount = static_cast<std::int64_t>(making % kMostAmount);
    fields.taker_amount = static_cast<std::int64_t>(taking % kMostAmount);
    const auto contract = polymarket::exchange_of(market);
    const auto id = polymarket::OrderDigester(137).digest(contract, fields);
    std::string signature, body;
    client.signer.sign(contract, fields, id, signature);
    const std::string maker = crypto::checksum_text(client.key.address());
    polymarket::OrderEnvelope envelope;
    envelope.token_id = table.token_id(token);
    envelope.maker = envelope.signer = maker;
    envelope.signature = signature;
    envelope.owner = client.credentials.key;
    envelope.type = type == "fok"   ? model::OrderType::fok
                    : type == "fak" ? model::OrderType::fak
                    : type == "gtd" ? model::OrderType::gtd
                                    : model::OrderType::gtc;
    if (!rest.empty()) envelope.expiration = static_cast<std::int64_t>(number(rest) % kMostAmount);
    envelope.post_only = type == "post";
    polymarket::append_order_body(fields, envelope, body);
    orders_.push_back(to_text(id));
    send(&client, {HttpMethod::post, "/order", std::exchange(headers_, {}), std::move(body)}, true, false);
  }

  void add_header(std::string_view rest) {
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos || headers_.size() >= 20) return;
    std::string_view value = rest.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    headers_.push_back({std::string(rest.substr(0, colon)), expand(value)});
  }

  void open(const std::string& target) {
    if (!server_->accepts_socket(now_, target)) return;
    const SocketRef socket = ++sockets_;
    sink_.open[socket] = true;
    server_->on_socket_open(now_, socket, target);
  }
  void say(std::uint64_t socket, const std::string& text) {
    if (is_open(socket + 1)) server_->on_socket_text(now_, socket + 1, text);
  }
  void close(std::uint64_t socket) {
    if (!is_open(socket + 1)) return;
    sink_.open[socket + 1] = false;
    server_->on_socket_closed(now_, socket + 1);
  }
  [[nodiscard]] bool is_open(SocketRef socket) const {
    const auto it = sink_.open.find(socket);
    return it != sink_.open.end() && it->second;
  }
  void pass(Duration time) {
    now_ = now_ + time;
    server_->advance(now_);
  }
  [[nodiscard]] std::int64_t unix_seconds() const { return now_.ns() / 1'000'000'000; }

  std::string expand(std::string_view text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::string word =
          text[i] == '$' && i + 2 < text.size() ? word_for(text[i + 1], text[i + 2]) : std::string();
      if (word.empty()) {
        out += text[i];
      } else {
        out += word;
        i += 2;
      }
    }
    return out;
  }
  [[nodiscard]] std::string word_for(char kind, char digit) const {
    const auto index = static_cast<std::uint32_t>(digit - '0');
    const model::MarketTable& table = server_->exchange().markets();
    if (kind == 't' && index < table.token_count()) return table.token_id(model::TokenIndex(index));
    if (kind == 'c' && index < table.market_count()) return table.market(model::MarketIndex(index)).condition_id;
    if (kind == 'o' && index < orders_.size()) return orders_[index];
    if (index >= clients_.size()) return {};
    if (kind == 'w') return clients_[index].address;
    if (kind == 'k') return clients_[index].credentials.key;
    if (kind == 's') return clients_[index].credentials.secret;
    if (kind == 'p') return clients_[index].credentials.passphrase;
    return {};
  }

  CheckingSink sink_;
  Timestamp now_ = kScriptStart;
  std::unique_ptr<VenueServer> server_;
  std::array<Client, 2> clients_{Client('1'), Client('2')};
  std::vector<HttpHeader> headers_;
  std::vector<std::string> orders_;
  SocketRef sockets_ = 0;
  bool faults_ = false;
};

}  // namespace ebb::exchange
