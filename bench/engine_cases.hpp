// Benchmarks of the whole engine: fan-out over thousands of tokens.
#pragma once

#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

void add_engine_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
