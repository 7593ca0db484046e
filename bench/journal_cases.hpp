// What the journal costs: an intent on the sender's thread, rows and commits on the journal's.
#pragma once

#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

/// `journal/append` (an intent, durability process), `journal/append_power`, `journal/record` (handing a record over),
/// `journal/rows` (in memory, 100 a commit), `journal/commit` (100 rows on disk) and `journal/commit_power`.
void add_journal_cases(std::vector<Case>& cases);

}  // namespace ebb::bench
