// What the tests of `net` share.
#pragma once

#include <unistd.h>

#include <atomic>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/endpoint.hpp"
#include "net/loop.hpp"
#include "net/server.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "net/websocket_client.hpp"

namespace ebb::net {

/// A folder that is removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> next{0};
    path_ = std::filesystem::temp_directory_path() /
            ("ebb_net_" + std::to_string(::getpid()) + "_" + std::to_string(next++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

/// Runs the loop until `done` holds; false after 20 s (the test has failed then).
template <class Done>
[[nodiscard]] bool run_until(Loop& loop, Done done) {
  const Timestamp limit = loop.now() + seconds(20);
  while (!done()) {
    if (loop.now() > limit) return false;
    loop.run_for(milliseconds(100));
  }
  return true;
}

/// An identity and the context of a client that believes it; `days` as for make_server_identity.
class Trust {
 public:
  explicit Trust(int days = 30)
      : identity_(make_server_identity(folder_.path("ca.pem"), days).value()),
        client_(TlsClientContext::create(folder_.path("ca.pem")).value()) {}
  [[nodiscard]] const ServerIdentity& identity() const { return identity_; }
  [[nodiscard]] const TlsClientContext& client() const { return client_; }
  [[nodiscard]] std::string ca_file() const { return folder_.path("ca.pem"); }

 private:
  TemporaryFolder folder_;
  ServerIdentity identity_;
  TlsClientContext client_;
};

/// An address of a server on this machine.
inline Url local_url(bool tls, std::uint16_t port, std::string target = "/", std::string host = "127.0.0.1") {
  return Url{tls, std::move(host), port, std::move(target)};
}

/// Notes what a Server reports; `answer`, `wanted` and `on_text` say what it does.
struct RecordingServer : ServerHandler {
  struct Request {
    RequestId id;
    HttpRequest request;
    bool loopback = false;
  };
  void on_request(Timestamp, RequestId id, HttpRequest request, bool loopback) override {
    requests.push_back({id, std::move(request), loopback});
    if (answer) answer(requests.back());
  }
  bool on_upgrade(Timestamp, std::string_view target) override { return !wanted || wanted(target); }
  void on_socket_open(Timestamp, SocketId socket, std::string_view target) override {
    opened.emplace_back(socket, target);
    if (greet) greet(socket);
  }
  void on_socket_text(Timestamp, SocketId socket, std::string_view text) override {
    texts.emplace_back(text);
    if (on_text) on_text(socket, texts.back());
  }
  void on_socket_closed(Timestamp, SocketId socket) override { closed.push_back(socket); }

  std::function<void(const Request&)> answer;
  std::function<bool(std::string_view)> wanted;
  std::function<void(SocketId)> greet;
  std::function<void(SocketId, const std::string&)> on_text;
  std::deque<Request> requests;
  std::vector<std::pair<SocketId, std::string>> opened;
  std::vector<std::string> texts;
  std::vector<SocketId> closed;
};

/// Notes what a WebSocketClient reports.
struct RecordingClient : WebSocketHandler {
  void on_open(Timestamp) override {
    ++opened;
    if (greet) greet();
  }
  void on_text(Timestamp received, std::string_view text) override {
    times.push_back(received);
    texts.emplace_back(text);
    if (react) react(text);
  }
  void on_closed(Timestamp, const Error& error) override {
    errors.push_back(error);
    if (ended) ended();
  }
  std::function<void()> greet;
  std::function<void(std::string_view)> react;
  std::function<void()> ended;
  int opened = 0;
  std::vector<std::string> texts;
  std::vector<Timestamp> times;
  std::vector<Error> errors;
};

/// A server that does exactly what its script says, right or wrong.
class RawServer {
 public:
  /// One accepted connection.
  class Peer : public StreamEvents, public std::enable_shared_from_this<Peer> {
   public:
    Peer(RawServer& server, std::size_t number) : server_(server), number_(number) {}
    void start(boost::asio::ip::tcp::socket socket, SSL_CTX* tls) {
      stream_ = Stream::adopt(server_.loop_, std::move(socket), tls, *this);
    }
    [[nodiscard]] std::size_t number() const { return number_; }  ///< 0 = the first connection
    [[nodiscard]] const std::string& received() const { return received_; }
    void forget_received() { received_.clear(); }
    [[nodiscard]] bool ended() const { return ended_; }
    void write(std::string_view bytes) { stream_->write(bytes); }
    void finish() { stream_->finish(); }
    void abort() { stream_->abort(); }

    void on_ready(Timestamp) override {
      if (server_.on_connect) server_.on_connect(*this);
    }
    void on_bytes(Timestamp) override {
      auto& in = stream_->input();
      received_ += in.view();
      in.consume(in.size());
      if (server_.on_bytes && !received_.empty()) server_.on_bytes(*this);
    }
    void on_drained(Timestamp) override {}
    void on_ended(Timestamp, const Error&) override { ended_ = true; }

   private:
    RawServer& server_;
    std::size_t number_;
    std::shared_ptr<Stream> stream_;
    std::string received_;
    bool ended_ = false;
  };

  explicit RawServer(Loop& loop, const ServerIdentity* identity = nullptr, const char* address = "127.0.0.1")
      : loop_(loop), acceptor_(loop.impl().io, {boost::asio::ip::make_address_v4(address), 0}) {
    if (identity != nullptr) tls_ = make_server_context(*identity).value();
    accept();
  }
  ~RawServer() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (const auto& peer : peers) peer->abort();
    loop_.run_for(Duration(0));
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  [[nodiscard]] std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  std::function<void(Peer&)> on_connect;  ///< connected, TLS included
  std::function<void(Peer&)> on_bytes;    ///< more has been received
  std::vector<std::shared_ptr<Peer>> peers;

 private:
  void accept() {
    acceptor_.async_accept([this](const boost::system::error_code& error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      peers.push_back(std::make_shared<Peer>(*this, peers.size()));
      peers.back()->start(std::move(socket), tls_.get());
      accept();
    });
  }

  Loop& loop_;
  SslContextPtr tls_;
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace ebb::net
