// From configuration and command line to what a trader needs of a venue: addresses, markets, a checked wallet.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/config.hpp"
#include "app/wallet.hpp"
#include "base/expected.hpp"
#include "gateway/rest_conversation.hpp"
#include "gateway/trader.hpp"
#include "gateway/venue_address.hpp"
#include "model/market.hpp"

namespace ebb::app {

[[nodiscard]] Expected<gateway::VenueAddress> venue_of(const Config& config);
[[nodiscard]] session::FeedConfig feed_of(const Config& config);
/// Whether the cores that the configuration names are there. Error: core.unavailable.
[[nodiscard]] Expected<void> check_cores(const ExecutionConfig& config);
/// How the trader's threads wait and where they run.
void set_threads(const ExecutionConfig& config, gateway::TraderConfig& trader);

/// Which markets to follow, and which of their tokens to trade.
struct MarketChoice {
  std::vector<model::MarketSpec> markets;
  std::vector<std::string> tokens;    ///< to trade; never empty
  std::vector<std::string> left_out;  ///< in words: markets that cannot be traded, and why
};
/// The tokens of `tokens_file`, else those of the configuration's [tokens] sections, else (`busiest` > 0) both tokens of the
/// venue's busiest markets. Markets that are closed or must not be signed for are left out. Errors: those of reading the
/// file and of the venue; `tokens.none` when nothing is left.
[[nodiscard]] Expected<MarketChoice> choose_markets(const gateway::VenueAddress& venue, const Config& config,
                                                    const std::string& tokens_file, std::size_t busiest);

/// What `run --venue live` and `doctor` check of a wallet at a venue. `contracts`: one for each that the markets settle on.
[[nodiscard]] session::PreflightOptions preflight_options(const Wallet& wallet,
                                                          const std::vector<model::MarketSpec>& markets);
/// Signer of the L2 headers. Error `wallet.bad_secret`.
[[nodiscard]] Expected<polymarket::L2Signer> l2_signer(const Wallet& wallet);
/// Everything that real orders need; the wallet must have credentials.
[[nodiscard]] Expected<gateway::LiveConfig> live_config(const Config& config, const Wallet& wallet,
                                                        Duration clock_offset);
/// Makes the engine sign for the wallet.
void use_wallet(const Wallet& wallet, engine::EngineConfig& engine);

/// "ok   version   2", one line a check; hints below the failed ones.
[[nodiscard]] std::string checks_text(const std::vector<session::CheckLine>& lines);

}  // namespace ebb::app
