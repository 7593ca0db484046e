// Benchmarks of the market decoder: bytes of a frame -> validated, applied book.
#pragma once

#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

/// decode/price_change and decode/book/{1,16,32,64} (levels a side), each beside simdjson on-demand that only reads all
/// fields of the same frames: it converts no number, looks up no token and applies nothing.
void add_decode_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
