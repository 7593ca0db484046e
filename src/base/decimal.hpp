// Decimal text <-> fixed point, without double in between.
//
// Accepted: optional digits, optional '.', digits ("9", "150.0", ".48", "0.090"). At least one digit.
// Refused: signs, exponents, NaN, blanks, more than the allowed significant decimals, overflow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.hpp"

namespace ebb {

/// Parses `text` into an integer scaled by 10^decimals. Trailing zeros beyond `decimals` are fine,
/// other digits there are refused. nullopt for anything malformed or above INT64_MAX.
[[nodiscard]] std::optional<std::int64_t> parse_scaled(std::string_view text, int decimals);

/// As parse_scaled, but rounds half up instead of refusing surplus decimals (trade prints are on no grid).
[[nodiscard]] std::optional<std::int64_t> parse_scaled_rounded(std::string_view text, int decimals);

/// A price on the 1e-4 grid in [0, 1]; nullopt if off the grid or outside.
[[nodiscard]] std::optional<Price> parse_price(std::string_view text);
/// A size in [0, kMaxShares]; at most six decimals.
[[nodiscard]] std::optional<Shares> parse_shares(std::string_view text);
[[nodiscard]] std::optional<Usdc> parse_usdc(std::string_view text);

/// Canonical spelling as the venue uses it: no trailing zeros, leading 0: "0.5", "31045290", "9.25".
/// Writes at most 24 bytes to `out` and returns the end.
char* write_scaled(char* out, std::int64_t raw, int decimals);
[[nodiscard]] std::string to_text(Price price);
[[nodiscard]] std::string to_text(Shares shares);
/// Dollars, at least two decimals: "-0.50", "12.345678".
[[nodiscard]] std::string to_text(Usdc usdc);

}  // namespace ebb
