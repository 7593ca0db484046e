// The result of `demo` and `backtest` for a trader's eyes: total PnL first, 110 columns, plain text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/units.hpp"
#include "runner/summary.hpp"

namespace ebb::app {

enum class Colour : std::uint8_t { off, on };

/// On when stdout is a terminal that has colours and NO_COLOR is unset or empty.
[[nodiscard]] Colour colour_of_stdout();

/// Rows of the table of tokens; the others are summed up in one more.
inline constexpr std::size_t kTokenRows = 20;

[[nodiscard]] std::string summary_text(const runner::RunSummary& summary, Colour colour);

/// Every order that is still known, one a line, in order of creation.
[[nodiscard]] std::string orders_text(const runner::RunSummary& summary);

/// Dollars with sign, thousands and cents, for reading: "+$1,234.50", "-$0.07", "$0.00".
[[nodiscard]] std::string signed_money(Usdc money);
/// The same without a plus.
[[nodiscard]] std::string plain_money(Usdc money);
/// "1,234,567"
[[nodiscard]] std::string grouped(std::uint64_t number);
/// "850 ms", "12.3 s", "4.2 min", "1.5 h"
[[nodiscard]] std::string span_text(Duration span);
/// The beginning of a token id, long enough for `ebb explain`: "7132104567".
[[nodiscard]] std::string short_id(std::string_view token_id);
/// `text` cut or filled with blanks to `width` columns; a cut ends in "~". Counts UTF-8 characters.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t width);

}  // namespace ebb::app
