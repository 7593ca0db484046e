// Values as people write them, on the command line and in the configuration: durations, money, percentages, times.
#pragma once

#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"

namespace ebb::app {

/// "250ms", "30s", "1.5h", "1h30m", "2d", "0". Units ms, s, m, h, d; not negative. Error `value.duration`.
[[nodiscard]] Expected<Duration> parse_duration(std::string_view text);
/// The shortest spelling that parse_duration reads back: "90s", "1500ms", "0".
[[nodiscard]] std::string duration_text(Duration duration);

/// As parse_duration, but a number without a unit is seconds: `--seconds 60`.
[[nodiscard]] Expected<Duration> parse_seconds(std::string_view text);

/// Dollars, at most six decimals: "10000", "12.50". Error `value.money`.
[[nodiscard]] Expected<Usdc> parse_money(std::string_view text);

/// A moment: Unix seconds ("1776153600", "1776153600.5"), Unix milliseconds (13 digits), or ISO 8601 in UTC
/// ("2026-04-14", "2026-04-14T08:00:00", with ".123" and "Z" if wanted). Error `value.time`.
[[nodiscard]] Expected<Timestamp> parse_time(std::string_view text);

}  // namespace ebb::app
