// Who trades on the exchange server when nobody else does: the crowd of the demo and, where more events are wanted than a
// crowd that thinks can make cheaply, orders deep in the book that come and go.
#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "exchange/exchange.hpp"

namespace ebb::exchange {

struct BackgroundConfig {
  std::uint64_t seed = 1;
  Timestamp opening;  ///< when the crowd fills the books
  Timestamp start;  ///< from when on events are wanted
  double events_per_second = 0.0;  ///< over all markets; 0 = 5 a market
};

/// How long before its start a server of so many markets opens them: the crowd fills one book after the other.
[[nodiscard]] Duration warm_up_time(int markets);
/// Attaches the participants; every market must exist already.
void start_background(Exchange& exchange, const BackgroundConfig& config);

}  // namespace ebb::exchange
