// Blocking conversations over REST, before a trader runs: key setup, preflight, market metadata.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "crypto/secp256k1.hpp"
#include "gateway/venue_address.hpp"
#include "model/market.hpp"
#include "polymarket/gamma.hpp"
#include "session/key_setup.hpp"
#include "session/preflight.hpp"

namespace ebb::gateway {

/// Derives the wallet's API key, or creates it where there is none. Errors: those of KeySetup. `created` may be null.
[[nodiscard]] Expected<polymarket::ApiCredentials> obtain_credentials(const VenueAddress& venue,
                                                                      const session::KeySetupOptions& options,
                                                                      const crypto::PrivateKey& key, bool* created);

/// Everything that must hold before the first order. `l2` may be null (no credentials).
struct PreflightResult {
  std::vector<session::CheckLine> lines;
  bool passed = false;
  std::optional<Duration> clock_offset;
  std::optional<Usdc> cash;
};
[[nodiscard]] PreflightResult run_preflight(const VenueAddress& venue, const session::PreflightOptions& options,
                                            const polymarket::L2Signer* l2);

/// Metadata of the markets of these tokens, each market once, in the order of the tokens. Errors: `gamma.*`, `net.*`,
/// `tokens.unknown` (the ids that Gamma does not know).
[[nodiscard]] Expected<std::vector<polymarket::GammaMarket>> fetch_markets(const VenueAddress& venue,
                                                                           const std::vector<std::string>& token_ids);
/// The open markets with the largest volume of the last day: what to look at when nobody says what to trade.
[[nodiscard]] Expected<std::vector<polymarket::GammaMarket>> fetch_busiest_markets(const VenueAddress& venue,
                                                                                   std::size_t count);

}  // namespace ebb::gateway
