// A WebSocket client connection over TCP or TLS. Text frames only; control frames are answered inside.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace ebb::net {

class WebSocketHandler {
 public:
  virtual ~WebSocketHandler() = default;
  virtual void on_open(Timestamp now) = 0;
  /// `received`: when the bytes that completed the frame had been read from the socket. `text` lives during the call.
  virtual void on_text(Timestamp received, std::string_view text) = 0;
  /// Once for each connect() that did not end in close(): it failed, or what was open ended. Codes: net.resolve,
  /// net.connect, net.tls (certificate named), net.handshake (an HTTP answer instead: status and its first words),
  /// net.closed, net.too_big, net.timeout.
  virtual void on_closed(Timestamp now, const Error& error) = 0;
};

struct WebSocketConfig {
  std::size_t largest_frame = 16U << 20U;  ///< bytes; a bigger one closes the connection with net.too_big
  Duration connect_timeout = seconds(10);  ///< resolve + connect + TLS + upgrade
  std::string user_agent = "ebb";
};

/// All calls on the loop's thread. A handler may call connect(), send() and close() from inside its functions.
class WebSocketClient {
 public:
  WebSocketClient(Loop& loop, TlsClientContext tls, WebSocketHandler& handler, WebSocketConfig config = {});
  ~WebSocketClient();
  WebSocketClient(const WebSocketClient&) = delete;
  WebSocketClient& operator=(const WebSocketClient&) = delete;

  /// Opens a connection; one that is open is dropped first, without a call of on_closed.
  void connect(const Url& url);
  /// Queued behind what is being written; nothing happens while not open.
  void send(std::string text);
  /// Ends the connection without a call of on_closed.
  void close();
  [[nodiscard]] bool is_open() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace ebb::net
