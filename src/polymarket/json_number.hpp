// Numbers as JSON writes them (signs, exponents), into scaled integers without double. For answers whose decimals are JSON
// doubles: Gamma and the Data API.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace ebb::polymarket {

/// `text` x 10^decimals, rounded half up in magnitude. Accepts "5", "-0.25", "1e-7", "1.5E+2". nullopt for anything else,
/// more than 40 digits, or a result beyond int64.
[[nodiscard]] std::optional<std::int64_t> parse_number_scaled(std::string_view text, int decimals);

}  // namespace ebb::polymarket
