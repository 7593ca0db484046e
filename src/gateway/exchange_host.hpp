// The embedded exchange on a port of this machine: ties exchange::VenueServer to net::Server and the wall clock.
//
//   auto host = ExchangeHost::start(loop, config);   // listens and serves as soon as the loop runs
//   print((*host)->ready_line());
//   loop.run();
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/expected.hpp"
#include "exchange/venue_server.hpp"
#include "net/endpoint.hpp"
#include "net/loop.hpp"

namespace ebb::gateway {

struct ExchangeHostConfig {
  exchange::VenueConfig venue;
  std::uint16_t port = 0;  ///< 0 = the system chooses
  std::string ca_file;  ///< with TLS: where its certificate authority is written; empty = plain
};

/// All calls on the loop's thread.
class ExchangeHost {
 public:
  /// Errors: those of net::Server::listen, net::make_server_identity and VenueServer::create.
  [[nodiscard]] static Expected<std::unique_ptr<ExchangeHost>> start(net::Loop& loop, const ExchangeHostConfig& config);
  ~ExchangeHost();
  ExchangeHost(const ExchangeHost&) = delete;
  ExchangeHost& operator=(const ExchangeHost&) = delete;

  [[nodiscard]] std::uint16_t port() const;
  /// Addresses for the configuration keys of the same names. The paths of the venue follow each base.
  struct Addresses {
    std::string rest, ws_market, ws_user, gamma, data, geoblock, admin;
  };
  [[nodiscard]] const Addresses& addresses() const;
  /// The one JSON line of spec/cli.md, without its end of line.
  [[nodiscard]] std::string ready_line() const;
  [[nodiscard]] exchange::VenueServer& venue();

 private:
  struct Impl;
  explicit ExchangeHost(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::gateway
