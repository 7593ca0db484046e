// For tests only: an exchange server on a thread of its own, and what a trader needs to trade on it over real sockets.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "crypto/secp256k1.hpp"
#include "gateway/exchange_host.hpp"
#include "gateway/rest_conversation.hpp"
#include "gateway/trader.hpp"
#include "gateway/venue_address.hpp"

namespace ebb::gateway::testing {

class VenueThread {
 public:
  explicit VenueThread(const ExchangeHostConfig& config) : ca_file_(config.ca_file) {
    auto host = ExchangeHost::start(loop_, config);
    CHECK(host.has_value());
    host_ = std::move(*host);
    at_ = host_->addresses();
    const model::MarketTable& table = host_->venue().exchange().markets();
    for (std::uint32_t i = 0; i < table.market_count(); ++i) markets_.push_back(table.market(model::MarketIndex(i)));
    thread_ = std::thread([this] { loop_.run(); });
  }
  ~VenueThread() {
    loop_.stop();
    thread_.join();
  }
  VenueThread(const VenueThread&) = delete;
  VenueThread& operator=(const VenueThread&) = delete;

  /// Runs on the exchange's thread, and waits for it.
  void call(const std::function<void(exchange::VenueServer&)>& work) {
    std::promise<void> done;
    loop_.post([&] {
      work(host_->venue());
      done.set_value();
    });
    done.get_future().wait();
  }
  [[nodiscard]] VenueAddress address() const {
    return parse_venue({at_.rest, at_.ws_market, at_.ws_user, at_.gamma, at_.data, at_.geoblock, ca_file_}).value();
  }
  [[nodiscard]] const std::vector<model::MarketSpec>& markets() const { return markets_; }

 private:
  net::Loop loop_;
  std::string ca_file_;
  std::unique_ptr<ExchangeHost> host_;
  ExchangeHost::Addresses at_;
  std::vector<model::MarketSpec> markets_;
  std::thread thread_;
};

[[nodiscard]] inline crypto::PrivateKey test_key() { return crypto::PrivateKey::parse(std::string(64, '7')).value(); }

/// A trader of real orders on that exchange, with the funds of test_key(). Markets, tier and feed are the test's.
[[nodiscard]] inline TraderConfig live_trader(const VenueThread& venue) {
  TraderConfig config{.venue = venue.address(), .engine = {}};
  const polymarket::ApiCredentials credentials = obtain_credentials(config.venue, {}, test_key(), nullptr).value();
  const crypto::Address address = test_key().address();
  config.engine.maker_address = crypto::checksum_text(address);
  config.engine.signer_address = config.engine.maker_address;
  OrderLinkConfig orders;
  orders.desk.sender.maker = orders.desk.sender.signer = address;
  const auto l2 = [&] { return polymarket::L2Signer::create(credentials, address).value(); };
  config.live = LiveConfig{test_key(), credentials, l2(), l2(), std::move(orders)};
  return config;
}

/// Looks every 20 ms, for at most ten seconds.
[[nodiscard]] inline bool becomes_true(const std::function<bool()>& look) {
  for (int i = 0; i < 500; ++i) {
    if (look()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

}  // namespace ebb::gateway::testing
