// `ebb exchange`: prints the ready line and serves until it is stopped.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "app/commands.hpp"
#include "app/data_dir.hpp"
#include "app/exit_code.hpp"
#include "app/stop.hpp"
#include "base/decimal.hpp"
#include "exchange/venue_faults.hpp"
#include "gateway/exchange_host.hpp"
#include "net/loop.hpp"

namespace ebb::app {
namespace {

constexpr Duration kLook = milliseconds(50);  // for signals

Expected<exchange::FaultScript> read_faults(const std::string& file) {
  if (file.empty()) return exchange::FaultScript{};
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail("faults.unreadable", fmt::format("cannot read the fault script {}", file), "check its path");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return exchange::parse_faults(text, file);
}

exchange::VenueConfig venue_config(const ExchangeOptions& options) {
  exchange::VenueConfig venue;
  venue.seed = options.seed;
  venue.markets = static_cast<int>(options.markets);
  venue.events_per_second = options.rate;
  venue.deposit = options.deposit;
  for (const SharesOption& shares : options.shares) venue.shares.push_back({shares.token_id, shares.size});
  venue.exchange.self_trade = options.self_trade == "skip"           ? exchange::SelfTrade::skip
                              : options.self_trade == "reject_taker" ? exchange::SelfTrade::reject_taker
                                                                     : exchange::SelfTrade::cancel_maker;
  venue.exchange.cash_gate =
      options.cash_gate == "global" ? exchange::CashGate::global : exchange::CashGate::per_market;
  venue.exchange.settlement.scale = options.settlement;
  venue.manual_clock = options.manual_clock;
  return venue;
}

Expected<gateway::ExchangeHostConfig> host_config(const ExchangeOptions& options) {
  gateway::ExchangeHostConfig config;
  config.venue = venue_config(options);
  config.port = options.port;
  TRY(faults, read_faults(options.fault_file));
  config.venue.faults = std::move(faults);
  if (options.tls) {
    TRY(directory, open_data_dir(options.common.data_dir));
    config.ca_file = (directory / "exchange-ca.pem").string();
  }
  return config;
}

/// What the operator wrote wrongly, as opposed to what the machine would not do.
bool is_bad_usage(const Error& error) { return !error.code.starts_with("net."); }

}  // namespace

Expected<SharesOption> parse_shares_option(const std::string& text) {
  const auto equals = text.find('=');
  const auto size = equals == std::string::npos ? std::nullopt : parse_shares(text.substr(equals + 1));
  if (!size || size->raw() <= 0 || equals == 0) {
    return fail("value.shares", fmt::format("\"{}\" is not TOKEN=N", text), "a token id and a number of shares");
  }
  return SharesOption{text.substr(0, equals), *size};
}

int run_exchange(const ExchangeOptions& options) {
  if (options.list_faults) {
    print(exchange::fault_catalogue());
    return kExitDone;
  }
  const auto config = host_config(options);
  if (!config) return report_error("exchange", options.common, config.error(), kExitBadUsage);
  net::Loop loop;
  auto host = gateway::ExchangeHost::start(loop, *config);
  if (!host) {
    const Error& error = host.error();
    return report_error("exchange", options.common, error, is_bad_usage(error) ? kExitBadUsage : kExitFailed);
  }
  print((*host)->ready_line() + "\n");
  std::unique_ptr<net::Loop::Timer> look;
  look = std::make_unique<net::Loop::Timer>(loop, [&] {
    if (stop_requested()) return loop.stop();
    look->arm(loop.now() + kLook);
  });
  look->arm(loop.now() + kLook);
  loop.run();
  fmt::print(stderr, "exchange stopped after {} market events\n", (*host)->venue().exchange().market_events());
  return kExitStopped;
}

}  // namespace ebb::app
