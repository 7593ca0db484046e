// The markets of the exchange server: those of the demo, with every kind of market that the venue knows among them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "crypto/eip712.hpp"
#include "model/market.hpp"

namespace ebb::exchange {

/// What the server knows of a market beside its specification.
struct VenueMarket {
  model::MarketSpec spec;
  bool holds_takers = false;  ///< `itode`: marketable orders wait 250 ms (protocol 6.1)
  int seconds_delay = 0;  ///< sports: marketable orders are `delayed` by so many seconds
};

/// `count` markets from a seed; all end a week after `start`. In every twenty: four neg-risk ones (two of one event), two of
/// protocol V2 (one neg-risk), two that hold takers, one that delays them, ticks 0.01, 0.001, 0.005, 0.0025, 0.0001.
[[nodiscard]] std::vector<VenueMarket> venue_markets(std::uint64_t seed, int count, Timestamp start);

/// A word in decimal digits: the reverse of crypto::word_from_decimal.
[[nodiscard]] std::string decimal_text(const crypto::Word& word);
/// A position id of protocol V2: bits 40 to 103 are zero (protocol 5.2). `salt` makes it unique.
[[nodiscard]] crypto::Word v2_position_id(bool neg_risk, std::uint64_t salt_high, std::uint64_t salt_low, int outcome);

}  // namespace ebb::exchange
