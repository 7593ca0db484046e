// The user WebSocket on a real socket, on the engine's thread: own orders and trades reach the engine without a hand-over.
#pragma once

#include <functional>

#include "engine/engine.hpp"
#include "gateway/venue_address.hpp"
#include "net/loop.hpp"
#include "net/websocket_client.hpp"
#include "session/user_stream.hpp"

namespace ebb::gateway {

/// What the gateway's thread must hear of the user stream.
struct UserLinkEvents {
  std::function<void(bool up)> on_up;
  std::function<void(Timestamp since)> on_sweep;
  std::function<void(Timestamp received, std::string_view text)> on_frame;  ///< before the engine; may be empty
};

class UserLink : private session::UserStreamSink, private net::WebSocketHandler {
 public:
  UserLink(net::Loop& loop, const VenueAddress& venue, session::UserStreamConfig config,
           polymarket::ApiCredentials credentials, engine::Engine& engine, UserLinkEvents events);

  void start() { stream_.start(loop_.now()); }
  void stop() { stream_.stop(loop_.now()); }
  /// Timers that are due.
  void on_timer() {
    if (stream_.next_timer() <= loop_.now()) stream_.on_timer(loop_.now());
  }
  [[nodiscard]] const session::UserStream& stream() const { return stream_; }
  /// Why the last connection ended; empty when it did not.
  [[nodiscard]] const std::string& last_error() const { return last_error_; }

 private:
  // session::UserStreamSink
  void open_user() override { socket_.connect(venue_.ws_user); }
  void send_user(std::string text) override { socket_.send(std::move(text)); }
  void close_user() override { socket_.close(); }
  void user_frame(Timestamp received, std::string_view text) override;
  void sweep_needed(Timestamp, Timestamp since) override { events_.on_sweep(since); }
  void user_stream_up(Timestamp, bool up) override { events_.on_up(up); }
  // net::WebSocketHandler
  void on_open(Timestamp now) override { stream_.on_open(now); }
  void on_text(Timestamp received, std::string_view text) override { stream_.on_text(received, text); }
  void on_closed(Timestamp now, const Error& error) override {
    last_error_ = error.message;
    stream_.on_closed(now);
  }

  net::Loop& loop_;
  const VenueAddress& venue_;
  engine::Engine& engine_;
  UserLinkEvents events_;
  std::string last_error_;
  net::WebSocketClient socket_;
  session::UserStream stream_;
};

}  // namespace ebb::gateway
