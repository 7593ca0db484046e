// The two halves of a Server: what listens, and one connection. For the sources of `net` only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/http_codec.hpp"
#include "net/server.hpp"
#include "net/stream.hpp"
#include "net/websocket_frame.hpp"

namespace ebb::net {

class ServerConnection;

/// Listens, owns the connections, finds them by request and by socket.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  using Tcp = boost::asio::ip::tcp;
  using ConnectionPtr = std::shared_ptr<ServerConnection>;

  ServerCore(Loop& loop, ServerConfig config, ServerHandler& handler);
  [[nodiscard]] Expected<void> listen();
  void shut();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Loop& loop() { return loop_; }
  [[nodiscard]] const ServerConfig& config() const { return config_; }
  [[nodiscard]] ServerHandler& handler() { return handler_; }
  [[nodiscard]] bool gone() const { return gone_; }

  [[nodiscard]] RequestId add_request(const ConnectionPtr& connection);
  /// The connection that waits for this answer (null: gone); it waits no longer.
  [[nodiscard]] ConnectionPtr take_request(RequestId id);
  [[nodiscard]] ConnectionPtr find_socket(SocketId id) const;
  /// Forgets the connection and its request.
  void remove(const ServerConnection& connection);
  /// Its queue is written at the end of this turn of the loop.
  void write_soon(const ConnectionPtr& connection);
  /// A string to put a batch together in: one for all connections, so that it stays in the cache.
  [[nodiscard]] std::string& batch() { return batch_; }

 private:
  void accept();
  void on_accept(Tcp::socket socket);
  void write_all();

  Loop& loop_;
  ServerConfig config_;
  ServerHandler& handler_;
  SslContextPtr tls_;
  Tcp::acceptor acceptor_;
  Loop::Timer accept_again_;
  std::uint16_t port_ = 0;
  bool gone_ = false;
  std::uint64_t last_id_ = 0;
  std::unordered_map<std::uint64_t, ConnectionPtr> connections_;
  std::unordered_map<std::uint64_t, ConnectionPtr> requests_;
  std::vector<ConnectionPtr> to_write_;
  std::vector<ConnectionPtr> writing_;
  std::string batch_;
};

/// HTTP requests one after the other, or a WebSocket once upgraded.
class ServerConnection final : public StreamEvents, public std::enable_shared_from_this<ServerConnection> {
 public:
  ServerConnection(std::shared_ptr<ServerCore> core, std::uint64_t id, bool loopback);
  void start(boost::asio::ip::tcp::socket socket, SSL_CTX* tls);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] RequestId request() const { return request_; }
  [[nodiscard]] bool is_socket() const { return phase_ == Phase::socket; }

  /// Answers the request under way.
  void respond(const HttpResponse& response);
  void send(std::shared_ptr<const std::string> text);
  /// Writes what is queued as far as the socket takes it.
  void write_queue();
  /// Ends a WebSocket; the handler hears of it in the next turn of the loop.
  void close_socket(bool abruptly);
  /// Ends it without a word to anyone.
  void drop();
  void clear_write_soon() { write_soon_ = false; }

  void on_ready(Timestamp now) override;
  void on_bytes(Timestamp received) override;
  void on_drained(Timestamp now) override;
  void on_ended(Timestamp now, const Error& error) override;

 private:
  enum class Phase : std::uint8_t { reading, answering, socket, gone };

  void wait_for_client();
  void read_requests(Timestamp received);
  void take_request(Timestamp received);
  void upgrade(Timestamp received, const HttpRequest& request);
  void refuse(int status);
  void read_frames(Timestamp received);
  void take_message(Timestamp received, const WebSocketMessage& message);
  void write_control(Opcode opcode, std::string_view payload);
  /// Ends a WebSocket from inside an event.
  void end_socket(Timestamp now, std::uint16_t code);

  std::shared_ptr<ServerCore> core_;
  std::uint64_t id_;
  bool loopback_;
  Phase phase_ = Phase::reading;
  bool reading_requests_ = false;
  bool keep_alive_ = true;
  RequestId request_;
  RequestReader requests_;
  FrameReader frames_;
  std::shared_ptr<Stream> stream_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t queued_ = 0;
  bool write_soon_ = false;
  Loop::Timer idle_;
};

}  // namespace ebb::net
