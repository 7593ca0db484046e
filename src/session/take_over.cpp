#include "session/take_over.hpp"

#include <algorithm>

#include "base/mutant.hpp"

namespace ebb::session {
namespace {

constexpr Duration kSweepReach = minutes(10);  // before the last proof: what was matched then may have been told late

}  // namespace

std::vector<KnownOrder> known_orders(const model::Recovery& recovery) {
  std::vector<KnownOrder> known;
  for (const model::RecoveredOrder& order : recovery.orders)
    known.push_back({.id = order.last.id, .size = order.intent.order.size, .placed = order.time});
  return known;
}

Timestamp sweep_from(const model::Recovery& recovery, Timestamp started) {
  if (recovery.first_run) return started;
  Timestamp from = recovery.trades_complete_until.is_set() ? recovery.trades_complete_until : recovery.last_record;
  for (const model::RecoveredOrder& order : recovery.orders) from = std::min(from, order.time);
  return std::min(from, started) - (EBB_MUTANT(skip_overlap) ? Duration(0) : kSweepReach);
}

}  // namespace ebb::session
