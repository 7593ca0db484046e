// Benchmarks over real sockets on loopback.
#pragma once

#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

/// tick-to-order: a market frame has been read from a TLS socket -> the signed order request is written to a TLS socket, through
/// the trader's two threads, as its own stage clocks tell it. 1,000 markets; one order every 10 ms, each for a market that
/// has not traded before, among 1,000 other frames a second. Both threads poll instead of sleeping. The median order of each run is
/// its figure.
void add_wire_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
