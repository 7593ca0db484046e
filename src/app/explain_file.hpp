// explain.json: what every token was doing at the end of a run, and why. Written by `demo` and `backtest` into the data
// directory, read by `explain`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "app/summary_text.hpp"
#include "base/expected.hpp"
#include "runner/summary.hpp"

namespace ebb::app {

inline constexpr std::string_view kExplainFile = "explain.json";

/// The document for a run.
[[nodiscard]] std::string explain_document(const runner::RunSummary& summary);

/// Replaces `directory`/explain.json in one step: readers see the old file or the new one. Error
/// `data_dir.unwritable`.
Expected<void> write_explain(const std::filesystem::path& directory, const runner::RunSummary& summary);

/// One token of an explain.json. Amounts are the texts of the file.
struct ExplainedToken {
  struct Order {
    std::string id, side, state, price, size, filled;
    double age_seconds = 0.0;
  };
  struct Decision {
    std::string at, kind, side, price, size, reason;
  };
  std::string run;  ///< "demo, seed 1", "backtest"
  std::string token_id, question, slug, outcome, tier, phase, reason, untrusted_reason, last_refusal, last_signal;
  std::vector<std::string> guards;
  bool trusted = false;
  std::string bid, ask, bid_size, ask_size, tick, window_high, floor;
  double data_age_ms = 0.0, link_age_ms = 0.0, window_seconds = 0.0;
  double drop_now = 0.0, drop_needed = 0.0, max_drop = 0.0, drop_ticks_now = 0.0;
  std::int64_t drop_ticks_needed = 0, window_points = 0, refusal_repeats = 0, round_trips = 0, fills = 0;
  std::string size, sellable, settling, cost, average_cost, mark, realized, unrealized, fees, position_class;
  std::string open_buys, market_worst_loss, total_worst_loss;
  std::vector<Order> orders;
  std::vector<Decision> decisions;  ///< oldest first
  std::string json;  ///< the token's object as it stands in the file, on one line
};

/// Every token of a document. Error `explain.damaged`.
[[nodiscard]] Expected<std::vector<ExplainedToken>> explained_tokens(const std::string& document);

/// Finds a token by its id or by the beginning of one. Errors: `explain.no_run` (no file), `explain.damaged`,
/// `explain.unknown`, `explain.ambiguous`.
[[nodiscard]] Expected<ExplainedToken> read_explained(const std::filesystem::path& directory, std::string_view token);

/// Why the token does what it does, in words.
[[nodiscard]] std::string explain_text(const ExplainedToken& token, Colour colour);

}  // namespace ebb::app
