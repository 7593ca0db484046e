// An HTTP/1.1 and WebSocket server on one port, plain or TLS.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace ebb::net {

using RequestId = Id<struct RequestTag, std::uint64_t>;     ///< an HTTP request that waits for its answer
using SocketId = Id<struct SocketTag, std::uint64_t>;       ///< a WebSocket; never used twice

/// Called on the loop's thread. May call every function of the server, and destroy it.
class ServerHandler {
 public:
  virtual ~ServerHandler() = default;
  /// Answer it with Server::respond(), now or later. `loopback`: the peer's address is one of this machine.
  virtual void on_request(Timestamp now, RequestId id, HttpRequest request, bool loopback) = 0;
  /// Whether a WebSocket may be opened at this target; false answers 404.
  virtual bool on_upgrade(Timestamp now, std::string_view target) = 0;
  virtual void on_socket_open(Timestamp now, SocketId socket, std::string_view target) = 0;
  virtual void on_socket_text(Timestamp now, SocketId socket, std::string_view text) = 0;
  virtual void on_socket_closed(Timestamp now, SocketId socket) = 0;
};

struct ServerConfig {
  std::string address = "127.0.0.1";  ///< numeric; every other than loopback is the operator's explicit wish
  std::uint16_t port = 0;             ///< 0 = the system chooses
  std::optional<ServerIdentity> tls;
  std::size_t largest_body = 4U << 20U;   ///< a longer one is answered with 413
  /// Bytes queued for a WebSocket that reads too slowly: it is closed beyond.
  std::size_t largest_backlog = 64U << 20U;
  /// A connection that sends nothing for so long while no request of it waits for its answer is closed (not WebSockets).
  Duration idle_timeout = seconds(75);
};

/// All calls on the loop's thread. What names a request or a socket that is gone is ignored.
class Server {
 public:
  /// Listens at once. Errors: `net.address_in_use` (with a hint), `net.listen`, `net.tls`.
  [[nodiscard]] static Expected<std::unique_ptr<Server>> listen(Loop& loop, const ServerConfig& config,
                                                                ServerHandler& handler);
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  virtual void respond(RequestId id, HttpResponse response) = 0;
  /// Closes the connection of the request without an answer.
  virtual void drop_request(RequestId id) = 0;
  /// Queued, and written at the end of the loop's turn together with what else there is for this socket (sooner once it is
  /// much). The text may be shared by many sockets; it must not change any more.
  virtual void send(SocketId socket, std::shared_ptr<const std::string> text) = 0;
  /// Closes it with a close frame behind what is queued, or (`abruptly`) just the TCP connection. on_socket_closed follows,
  /// not from inside close().
  virtual void close(SocketId socket, bool abruptly) = 0;
};

}  // namespace ebb::net
