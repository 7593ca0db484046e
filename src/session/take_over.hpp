// What the desk of a restarted trader must know of the earlier run.
#pragma once

#include <vector>

#include "model/record.hpp"
#include "session/order_desk.hpp"

namespace ebb::session {

/// Orders that may be at the venue: listed or asked for by the first resync.
[[nodiscard]] std::vector<KnownOrder> known_orders(const model::Recovery& recovery);
/// From when on trades are to be read: before the last proof that none is missing, and before every order that may have had
/// one. `started`: of this run.
[[nodiscard]] Timestamp sweep_from(const model::Recovery& recovery, Timestamp started);

}  // namespace ebb::session
