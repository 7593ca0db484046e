#include "net/websocket_client.hpp"

#include <fmt/format.h>

#include <utility>

#include "net/http_codec.hpp"
#include "net/stream.hpp"
#include "net/websocket_frame.hpp"

namespace ebb::net {
namespace {

/// So much of an HTTP answer to the upgrade is waited for and kept.
constexpr std::size_t kRefusalSize = 4096;
constexpr std::size_t kRefusalRead = 1U << 20U;

}  // namespace

struct WebSocketClient::State final : std::enable_shared_from_this<WebSocketClient::State>, StreamEvents {
  State(Loop& owner, TlsClientContext trust, WebSocketHandler& receiver, WebSocketConfig settings)
      : loop(owner),
        tls(std::move(trust)),
        handler(receiver),
        config(settings),
        frames(FrameSide::client, settings.largest_frame),
        upgrade(kRefusalRead),
        deadline(owner, [this] { timed_out(); }) {}

  void connect(const Url& to) {
    drop();
    if (to.origin() != url.origin() || !sessions) sessions = std::make_shared<TlsSessions>();
    url = to;
    key = handshake_key();
    frames.reset();
    upgrade.reset();
    deadline.arm(loop.now() + config.connect_timeout);
    stream = Stream::dial(loop, tls, url, sessions, *this);
  }

  /// Leaves the connection, whatever its state; nothing is called for it any more.
  void drop() {
    open = false;
    deadline.arm(kNever);
    if (const auto old = std::exchange(stream, nullptr)) old->close();
  }

  void close() {
    if (open) {
      send_frame(Opcode::close, close_payload(1000));
      stream->finish();
      stream.reset();
    }
    drop();
  }

  void send_frame(Opcode opcode, std::string_view payload) {
    scratch.clear();
    append_frame(scratch, opcode, payload, random_mask());
    stream->write(scratch);
  }

  void give_up(const Error& error) {
    drop();
    handler.on_closed(loop.now(), error);
  }

  void timed_out() {
    const auto keep = shared_from_this();
    if (upgrade.has_headers()) return refused();
    const std::string_view doing = stream->is_open() ? "waiting for the answer to the upgrade" : stream->activity();
    give_up({"net.timeout",
             fmt::format("no WebSocket connection to {} within {} ms ({})", url.authority(false),
                         config.connect_timeout.raw() / 1'000'000, doing),
             "check the network, and that the server is well"});
  }

  // ---- StreamEvents

  void on_ready(Timestamp) override {
    const auto keep = shared_from_this();
    HttpRequest request;
    request.target = url.target;
    request.headers = {{"Upgrade", "websocket"},
                       {"Connection", "Upgrade"},
                       {"Sec-WebSocket-Key", key},
                       {"Sec-WebSocket-Version", "13"}};
    const auto text = request_text(request, url, config.user_agent);
    if (text) {
      stream->write(*text);
    } else {
      give_up({"net.handshake", text.error().message, ""});
    }
  }

  void on_bytes(Timestamp received) override {
    const auto keep = shared_from_this();
    const auto mine = stream;
    if (!open) {
      if (!read_upgrade()) return;
      open = true;
      deadline.arm(kNever);
      handler.on_open(loop.now());
    }
    WebSocketMessage message;
    while (open && stream == mine) {
      switch (frames.next(mine->input(), message)) {
        case FrameReader::Result::more: return;
        case FrameReader::Result::message: take(received, message); break;
        case FrameReader::Result::too_big:
          return refuse(
              1009,
              {"net.too_big",
               fmt::format("{} sent a message of more than {} bytes", url.authority(false), config.largest_frame), ""});
        case FrameReader::Result::violation:
          return refuse(1002, {"net.closed", url.authority(false) + " broke the WebSocket protocol", ""});
      }
    }
  }

  void on_drained(Timestamp) override {}

  void on_ended(Timestamp, const Error& error) override {
    const auto keep = shared_from_this();
    if (!open && upgrade.has_headers()) return refused();
    if (!open && error.code == "net.closed") {
      return give_up({"net.handshake", error.message + " instead of answering the upgrade", error.hint});
    }
    give_up(Error(error));
  }

  // ---- the upgrade

  /// True once the server has agreed. Otherwise it waits for more, or has given up.
  bool read_upgrade() {
    auto& in = stream->input();
    if (in.empty()) return false;
    switch (upgrade.read(in)) {
      case HttpProgress::more:
        if (upgrade.body_size() >= kRefusalSize) refused();
        return false;
      case HttpProgress::failed:
        if (upgrade.has_headers()) {
          refused();
        } else {
          give_up({"net.handshake",
                   fmt::format("{} did not answer the upgrade with HTTP: {}", url.authority(false),
                               upgrade.error().message),
                   ""});
        }
        return false;
      case HttpProgress::done: break;
    }
    if (upgrade.status() != 101) {
      refused();
      return false;
    }
    const HttpResponse answer = upgrade.take();
    if (has_token(find_header(answer.headers, "Upgrade"), "websocket") &&
        find_header(answer.headers, "Sec-WebSocket-Accept") == handshake_accept(key)) {
      return true;
    }
    give_up({"net.handshake",
             url.authority(false) + " answered the upgrade with a wrong key: it is no WebSocket server", ""});
    return false;
  }

  /// An HTTP answer came instead: its status and first words say why.
  void refused() {
    const HttpResponse answer = upgrade.take();
    const std::string_view location = find_header(answer.headers, "Location");
    give_up({"net.handshake",
             fmt::format("{}{} answered the upgrade with {} {}: {}", url.authority(false), url.target, answer.status,
                         status_text(answer.status), printable(answer.body)),
             location.empty() ? "check the address; 403 and 429 mean that the server refuses this machine"
                              : fmt::format("it points to {}", printable(location))});
  }

  // ---- messages

  void take(Timestamp received, const WebSocketMessage& message) {
    switch (message.opcode) {
      case Opcode::text: return handler.on_text(received, message.payload);
      case Opcode::ping: return send_frame(Opcode::pong, message.payload);
      case Opcode::close: return closed_by_peer(message.payload);
      default: return;
    }
  }

  void closed_by_peer(std::string_view payload) {
    const Error error{"net.closed",
                      fmt::format("{} closed the WebSocket: {}", url.authority(false), close_text(payload)), ""};
    send_frame(Opcode::close, payload.substr(0, 2));
    stream->finish();
    stream.reset();
    give_up(error);
  }

  void refuse(std::uint16_t code, const Error& error) {
    send_frame(Opcode::close, close_payload(code));
    give_up(error);
  }

  Loop& loop;
  TlsClientContext tls;
  WebSocketHandler& handler;
  WebSocketConfig config;
  Url url;
  std::string key;
  bool open = false;
  FrameReader frames;
  ResponseReader upgrade;
  std::string scratch;
  std::shared_ptr<TlsSessions> sessions;
  std::shared_ptr<Stream> stream;
  Loop::Timer deadline;
};

WebSocketClient::WebSocketClient(Loop& loop, TlsClientContext tls, WebSocketHandler& handler, WebSocketConfig config)
    : state_(std::make_shared<State>(loop, std::move(tls), handler, std::move(config))) {}
WebSocketClient::~WebSocketClient() { state_->close(); }
void WebSocketClient::connect(const Url& url) { state_->connect(url); }
void WebSocketClient::send(std::string text) {
  if (state_->open) state_->send_frame(Opcode::text, text);
}
void WebSocketClient::close() { state_->close(); }
bool WebSocketClient::is_open() const { return state_->open; }

}  // namespace ebb::net
