// Times as recorders write them.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace ebb::store {

/// A number of seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by magnitude, with or without
/// decimals ("1776153610.6109812"); or a date and time, "2025-01-25 18:15:47.925 +0100", "2026-04-28T09:03:14.630152Z",
/// with 'T' or a blank, any number of decimals, and an offset (+hh:mm, +hhmm, +hh, Z); without one it is UTC.
/// nullopt for anything else and for times outside 1971 to 2100. Exact to the nanosecond.
[[nodiscard]] std::optional<Timestamp> parse_receive_time(std::string_view text);

}  // namespace ebb::store
