#pragma once

#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

/// The engine while everything is kept: its records in a journal, its inputs and commands in an input log.
void add_kept_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
