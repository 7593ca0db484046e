#include "gateway/exchange_host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "exchange/venue_json.hpp"
#include "net/server.hpp"

namespace ebb::gateway {
namespace {

// A busy background has something to do every 40 us: it is done in portions, so that the loop turns a thousand times a second.
constexpr Duration kShortestTurn = milliseconds(1);

ExchangeHost::Addresses addresses_of(bool tls, std::uint16_t port) {
  const std::string place = fmt::format("{}://127.0.0.1:{}", tls ? "https" : "http", port);
  const std::string sockets = fmt::format("{}://127.0.0.1:{}", tls ? "wss" : "ws", port);
  return {place,
          sockets + "/ws/market",
          sockets + "/ws/user",
          place + "/gamma",
          place + "/data-api",
          place + "/api/geoblock",
          place + "/admin"};
}

}  // namespace

struct ExchangeHost::Impl final : net::ServerHandler, exchange::VenueSink {
  Impl(net::Loop& l, const ExchangeHostConfig& c) : loop(l), config(c), tick(l, [this] { on_tick(); }) {}

  Expected<void> start() {
    net::ServerConfig server_config;
    server_config.port = config.port;
    if (!config.ca_file.empty()) {
      auto identity = net::make_server_identity(config.ca_file);
      if (!identity) return std::unexpected(identity.error());
      server_config.tls = std::move(*identity);
    }
    auto listening = net::Server::listen(loop, server_config, *this);
    if (!listening) return std::unexpected(listening.error());
    server = std::move(*listening);
    // A port in use is told at once, not after the markets have opened; nobody is served before the loop runs.
    auto made = exchange::VenueServer::create(config.venue, *this, loop.now());
    if (!made) return std::unexpected(made.error());
    venue = std::move(*made);
    addresses = addresses_of(!config.ca_file.empty(), server->port());
    on_tick();
    return {};
  }

  void on_tick() {
    venue->advance(loop.now());
    arm();
  }
  void arm() {
    const Timestamp next = venue->next_event_time();
    tick.arm(next == kNever ? kNever : std::max(next, loop.now() + kShortestTurn));
  }

  // ---- net::ServerHandler; a request's number plus one is its reply token, which is never 0 ----
  void on_request(Timestamp now, net::RequestId id, HttpRequest request, bool loopback) override {
    venue->on_http(now, id.value() + 1, request, loopback);
    arm();
  }
  bool on_upgrade(Timestamp now, std::string_view target) override { return venue->accepts_socket(now, target); }
  void on_socket_open(Timestamp now, net::SocketId socket, std::string_view target) override {
    venue->on_socket_open(now, socket.value(), target);
    arm();
  }
  void on_socket_text(Timestamp now, net::SocketId socket, std::string_view text) override {
    venue->on_socket_text(now, socket.value(), text);
    arm();
  }
  void on_socket_closed(Timestamp now, net::SocketId socket) override { venue->on_socket_closed(now, socket.value()); }

  // ---- exchange::VenueSink; nothing is connected before the server listens ----
  void reply(exchange::ReplyToken token, HttpResponse response) override {
    server->respond(net::RequestId(token - 1), std::move(response));
  }
  void drop(exchange::ReplyToken token) override { server->drop_request(net::RequestId(token - 1)); }
  void send(exchange::SocketRef socket, const std::shared_ptr<const std::string>& text) override {
    server->send(net::SocketId(socket), text);
  }
  void close(exchange::SocketRef socket, bool abruptly) override { server->close(net::SocketId(socket), abruptly); }

  net::Loop& loop;
  ExchangeHostConfig config;
  std::unique_ptr<exchange::VenueServer> venue;
  net::Loop::Timer tick;
  std::unique_ptr<net::Server> server;  // last: its connections call this object until it is gone
  Addresses addresses;
};

ExchangeHost::ExchangeHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ExchangeHost::~ExchangeHost() = default;

Expected<std::unique_ptr<ExchangeHost>> ExchangeHost::start(net::Loop& loop, const ExchangeHostConfig& config) {
  auto impl = std::make_unique<Impl>(loop, config);
  TRY_VOID(impl->start());
  return std::unique_ptr<ExchangeHost>(new ExchangeHost(std::move(impl)));
}

std::uint16_t ExchangeHost::port() const { return impl_->server->port(); }
const ExchangeHost::Addresses& ExchangeHost::addresses() const { return impl_->addresses; }
exchange::VenueServer& ExchangeHost::venue() { return *impl_->venue; }

std::string ExchangeHost::ready_line() const {
  const Addresses& a = impl_->addresses;
  exchange::JsonText json;
  json.open('{').field("rest", a.rest).field("ws_market", a.ws_market).field("ws_user", a.ws_user);
  json.field("gamma", a.gamma).field("data", a.data).field("geoblock", a.geoblock).field("admin", a.admin);
  json.key("ca_file");
  impl_->config.ca_file.empty() ? json.null() : json.text(impl_->config.ca_file);
  std::string line = json.take();
  return line + "," + impl_->venue->ready_fields() + "}";
}

}  // namespace ebb::gateway
