// The result of `demo` and `backtest` as one JSON document (the command line contract names its fields). Money, prices
// and shares are decimal strings, counts are numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "runner/summary.hpp"

namespace ebb::app {

enum class Detail : std::uint8_t { brief, verbose };  ///< verbose: every order under `orders_detail`

/// The document, without a newline at its end.
[[nodiscard]] std::string summary_json(const runner::RunSummary& summary, Detail detail);

/// What makes a run not ok: its own errors, and one for broken invariants.
[[nodiscard]] std::vector<Error> problems_of(const runner::RunSummary& summary);

/// Quote changes and prints of traded tokens that no evaluation followed: 0 when every event was looked at.
[[nodiscard]] std::int64_t skipped_evaluations(const runner::RunSummary& summary);

/// Dollars a share by which the mid moved in our favour after the fills (rules 5.4), to six decimals; no value without
/// samples.
[[nodiscard]] std::optional<Usdc> markout_per_share(const portfolio::Markout& markout);

}  // namespace ebb::app
