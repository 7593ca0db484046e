// When a market ends, from metadata or from the name of a recording (rules 5.3; predecessor 5.7). Pure functions.
//
// Only an exact end may start a countdown or an exit: many markets carry a wrong midnight, so a date, or a time of
// midnight, is imprecise. A payout is never inferred from an end.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.hpp"
#include "model/market.hpp"

namespace ebb::model {

struct MarketEnd {
  Timestamp at;   ///< unset when unknown
  EndPrecision precision = EndPrecision::unknown;
  friend bool operator==(const MarketEnd&, const MarketEnd&) = default;
};

/// Reads "2026-03-31", "2026-03-31T07:55:00Z", "2026-03-31 16:00:00.5+02:00", "2026-03-31 16:00:00+00" (no zone = UTC).
/// A date alone, or midnight UTC, gives date_only at the beginning of that UTC day. Unknown for anything malformed and
/// for years that no Timestamp holds (the venue uses 2500 for "never").
[[nodiscard]] MarketEnd parse_market_end(std::string_view text);

/// The end of a market from its metadata (`endDate`, then `endDateIso`; empty = absent: protocol 1.5) and the
/// configuration: an exact text wins over a date; an override, if set, wins over both and is exact.
[[nodiscard]] MarketEnd market_end(std::string_view end_date, std::string_view end_date_iso,
                                   Timestamp override_end = Timestamp());

/// Whether sell-only, countdown and exit may start from this end.
[[nodiscard]] constexpr bool allows_countdown(const MarketEnd& end) { return end.precision == EndPrecision::exact; }

struct MarketLife {
  Timestamp start;
  Timestamp end;
  friend bool operator==(const MarketLife&, const MarketLife&) = default;
};

/// Start and end of a series market by its slug: `btc-updown-5m-1776153600` starts at that epoch second and lives five
/// minutes; likewise 15m, 1h, 4h, 1d. nullopt for any other slug.
[[nodiscard]] std::optional<MarketLife> life_from_slug(std::string_view slug);

}  // namespace ebb::model
