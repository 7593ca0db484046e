// Benchmarks over real sockets on loopback.
#pragma once

#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

/// tick-to-order: a market frame has been read from a TLS socket -> the signed order request is written to a TLS socket, through
/// the trader's two threads, as its own stage clocks tell it. One order a frame, one frame every 40 ms, each for a token that
/// has not traded before. The median order of each run is its figure.
void add_wire_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
