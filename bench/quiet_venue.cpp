#include "bench/quiet_venue.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "polymarket/json_tree.hpp"
#include "polymarket/order_digest.hpp"

namespace ebb::bench {
namespace {

constexpr int kVenueNice = 15;

// Real ids have 76 to 78 digits, and so have these.
std::string token_id(std::uint32_t token) {
  return fmt::format("7132104567925221259462638553270691275033272857194253228963{:019}",
                     1'379'312'455'583'992'563 + token);
}

std::int64_t number_of(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// The id of an order as it was signed; what the body does not say is zero.
model::OrderId order_id(std::string_view body) {
  static const polymarket::OrderDigester digester;
  polymarket::JsonTree tree;
  if (!tree.parse(body)) return {};
  const std::uint32_t order = tree.find(0, "order");
  const auto text = [&](std::string_view key) { return tree.member(order, key).text; };
  polymarket::OrderFields fields;
  fields.salt = static_cast<std::uint64_t>(number_of(text("salt")));
  fields.maker = crypto::parse_address(text("maker")).value_or(crypto::Address{});
  fields.signer = crypto::parse_address(text("signer")).value_or(crypto::Address{});
  fields.token_id = crypto::word_from_decimal(text("tokenId")).value_or(crypto::Word{});
  fields.maker_amount = number_of(text("makerAmount"));
  fields.taker_amount = number_of(text("takerAmount"));
  fields.side = text("side") == "BUY" ? model::Side::buy : model::Side::sell;
  fields.timestamp_ms = number_of(text("timestamp"));
  return digester.digest(polymarket::ExchangeContract::standard, fields);
}

constexpr const char* kEmptyPage = R"({"limit":100,"count":0,"next_cursor":"LTE=","data":[]})";

}  // namespace

Expected<std::unique_ptr<QuietVenue>> QuietVenue::start(std::uint32_t tokens, const std::string& ca_file) {
  std::unique_ptr<QuietVenue> venue(new QuietVenue(ca_file));
  for (std::uint32_t i = 0; i < tokens / 2; ++i) {
    model::MarketSpec spec;
    spec.condition_id = fmt::format("0x{:064x}", i + 1);
    spec.slug = fmt::format("quiet-{}", i);
    spec.tokens = {model::TokenSpec{token_id(2 * i), "Yes"}, model::TokenSpec{token_id(2 * i + 1), "No"}};
    venue->markets_.push_back(std::move(spec));
  }
  venue->socket_of_.resize(tokens);
  venue->clock_ms_ = venue->loop_.now().ms();
  TRY(identity, net::make_server_identity(ca_file));
  net::ServerConfig config;
  config.tls = std::move(identity);
  TRY(server, net::Server::listen(venue->loop_, config, *venue));
  venue->server_ = std::move(server);
  if (std::thread::hardware_concurrency() > 1) venue->loop_.pin_to(kCore);
  venue->thread_ = std::thread([v = venue.get()] {
    // A real venue runs elsewhere: this one must not take the processor from the trader in the middle of a write.
    (void)setpriority(PRIO_PROCESS, static_cast<id_t>(syscall(SYS_gettid)), kVenueNice);
    v->loop_.run();
  });
  return venue;
}

QuietVenue::~QuietVenue() {
  loop_.stop();
  if (thread_.joinable()) thread_.join();
}

Expected<gateway::VenueAddress> QuietVenue::address() const {
  const std::string http = fmt::format("https://127.0.0.1:{}", server_->port());
  const std::string ws = fmt::format("wss://127.0.0.1:{}", server_->port());
  return gateway::parse_venue({.clob_rest = http,
                               .ws_market = ws + "/ws/market",
                               .ws_user = ws + "/ws/user",
                               .gamma = http,
                               .data = http,
                               .geoblock = http + "/geoblock",
                               .ca_file = ca_file_});
}

void QuietVenue::dip(std::uint32_t market) {
  loop_.post([this, market] {
    send(socket_of_[2 * market],
         changes(
             market,
             {{0, "0.5", "0", "BUY"}, {0, "0.48", "200", "SELL"}, {1, "0.5", "0", "SELL"}, {1, "0.52", "200", "BUY"}}));
  });
}

void QuietVenue::breathe(std::uint32_t market) {
  loop_.post([this, market] {
    const char* size = ++clock_ms_ % 2 == 0 ? "510" : "490";
    send(socket_of_[2 * market], changes(market, {{0, "0.4", size, "BUY"}, {1, "0.6", size, "SELL"}}));
  });
}

void QuietVenue::on_request(Timestamp, net::RequestId id, HttpRequest request, bool) {
  HttpResponse response;
  if (request.target == "/order") {
    ++orders_;
    response.body = fmt::format(R"({{"success":true,"errorMsg":"","orderID":"{}","status":"live"}})",
                                model::to_text(order_id(request.body)));
  } else if (request.target == "/v1/heartbeats") {
    response.body = R"({"heartbeat_id":"6f1f5f0e-0000-4000-8000-000000000001"})";
  } else if (request.target.starts_with("/data/")) {
    response.body = kEmptyPage;
  } else {
    response.body = "[]";
  }
  server_->respond(id, std::move(response));
}

void QuietVenue::on_socket_open(Timestamp, net::SocketId socket, std::string_view target) {
  if (target.starts_with("/ws/user")) user_sockets_.push_back(socket);
}

void QuietVenue::on_socket_text(Timestamp, net::SocketId socket, std::string_view text) {
  if (text == "PING") return send(socket, "PONG");
  if (std::find(user_sockets_.begin(), user_sockets_.end(), socket) != user_sockets_.end()) return;
  std::string dump = "[";
  for (std::uint32_t token = 0; token < socket_of_.size(); ++token) {
    if (text.find(token_id(token)) == std::string_view::npos) continue;
    socket_of_[token] = socket;
    dump += (dump.size() > 1 ? "," : "") + book(token);
  }
  send(socket, dump + "]");
}

// Both tokens show the same book: bids of the one are asks of the other.
std::string QuietVenue::book(std::uint32_t token) {
  const char* yes =
      R"("bids":[{"price":"0.4","size":"500"},{"price":"0.46","size":"200"},{"price":"0.5","size":"200"}],"asks":[{"price":"0.6","size":"500"},{"price":"0.52","size":"200"}])";
  const char* no =
      R"("bids":[{"price":"0.4","size":"500"},{"price":"0.48","size":"200"}],"asks":[{"price":"0.6","size":"500"},{"price":"0.54","size":"200"},{"price":"0.5","size":"200"}])";
  ++clock_ms_;
  return fmt::format(R"({{"market":"{}","asset_id":"{}","timestamp":"{}","hash":"{:040x}",{},"event_type":"book"}})",
                     markets_[token / 2].condition_id, token_id(token), clock_ms_, clock_ms_,
                     token % 2 == 0 ? yes : no);
}

std::string QuietVenue::changes(std::uint32_t market, std::initializer_list<Change> list) {
  std::string entries;
  for (const Change& change : list) {
    entries += fmt::format(
        R"({}{{"asset_id":"{}","price":"{}","size":"{}","side":"{}","hash":"{:040x}","best_bid":"","best_ask":""}})",
        entries.empty() ? "" : ",", token_id(2 * market + change.outcome), change.price, change.size, change.side, 1);
  }
  return fmt::format(R"({{"market":"{}","price_changes":[{}],"timestamp":"{}","event_type":"price_change"}})",
                     markets_[market].condition_id, entries, ++clock_ms_);
}

void QuietVenue::send(net::SocketId socket, std::string text) {
  server_->send(socket, std::make_shared<const std::string>(std::move(text)));
}

}  // namespace ebb::bench
