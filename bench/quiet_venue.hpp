// A venue that does nothing by itself, on loopback with TLS: it sends the frames that it is told to send, and takes orders.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/expected.hpp"
#include "gateway/venue_address.hpp"
#include "model/market.hpp"
#include "net/loop.hpp"
#include "net/server.hpp"

namespace ebb::bench {

class QuietVenue : private net::ServerHandler {
 public:
  /// `tokens` tokens in half as many markets: YES quoted 0.50 / 0.52, NO at the complement. `ca_file` is written.
  [[nodiscard]] static Expected<std::unique_ptr<QuietVenue>> start(std::uint32_t tokens, const std::string& ca_file);
  ~QuietVenue() override;

  /// Its thread is bound to this core (of two or more), so that the other one is the engine's alone.
  static constexpr unsigned kCore = 1;

  [[nodiscard]] const std::vector<model::MarketSpec>& markets() const { return markets_; }
  [[nodiscard]] Expected<gateway::VenueAddress> address() const;
  /// One price_change frame that leaves YES of the market at 0.46 / 0.48, and NO at the complement: a dip of four ticks.
  void dip(std::uint32_t market);
  /// One price_change frame that changes a size away from the touch.
  void breathe(std::uint32_t market);
  [[nodiscard]] std::uint64_t orders() const { return orders_.load(); }

 private:
  explicit QuietVenue(std::string ca_file) : ca_file_(std::move(ca_file)) {}
  void on_request(Timestamp now, net::RequestId id, HttpRequest request, bool loopback) override;
  bool on_upgrade(Timestamp, std::string_view) override { return true; }
  void on_socket_open(Timestamp, net::SocketId socket, std::string_view target) override;
  void on_socket_text(Timestamp now, net::SocketId socket, std::string_view text) override;
  void on_socket_closed(Timestamp, net::SocketId) override {}
  struct Change {
    std::uint32_t outcome;
    const char* price;
    const char* size;
    const char* side;
  };
  [[nodiscard]] std::string book(std::uint32_t token);
  [[nodiscard]] std::string changes(std::uint32_t market, std::initializer_list<Change> list);
  void send(net::SocketId socket, std::string text);

  std::string ca_file_;
  std::vector<model::MarketSpec> markets_;
  std::vector<net::SocketId> socket_of_;  // by token: who subscribed to it
  std::vector<net::SocketId> user_sockets_;
  net::Loop loop_;
  std::unique_ptr<net::Server> server_;
  std::thread thread_;
  std::int64_t clock_ms_ = 0;
  std::atomic<std::uint64_t> orders_{0};
};

}  // namespace ebb::bench
