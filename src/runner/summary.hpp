// The result of a run, as plain values: what the commands print, as JSON or as text.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "checker/words.hpp"
#include "engine/engine.hpp"
#include "exchange/paper_types.hpp"
#include "polymarket/market_decoder.hpp"
#include "portfolio/ledger.hpp"
#include "portfolio/markout.hpp"

namespace ebb::runner {

/// Wall time in microseconds; never an input of anything.
struct LatencySummary {
  double p50 = 0.0;
  double p99 = 0.0;
  double p999 = 0.0;
  double max = 0.0;
  std::uint64_t samples = 0;
};

/// A market whose feed ended unresolved (rules 8.9): its positions stand apart from what was realised.
struct FeedEndedSummary {
  std::string slug;
  std::string token_id;
  Shares size;
  Usdc cost;
  Usdc marked;       ///< at the last displayed bid depth
};

/// Five minutes before or after a connection was lost: share of token-time without a trusted book, and fills of orders that
/// went live.
struct ReconnectSpan {
  double seconds = 0.0;
  double missing_share = 0.0;
  std::uint64_t orders = 0;
  std::uint64_t fills = 0;
};
struct ReconnectSummary {
  Timestamp at;
  std::uint32_t connection = 0;
  ReconnectSpan before;
  ReconnectSpan after;
  std::optional<double> recovered_seconds;  ///< until no more quotes were missing than before
};

/// A connection that was lost and is open again: how soon its books could be used.
struct ReopenedSummary {
  Timestamp at;  ///< open again
  std::uint32_t connection = 0;
  std::size_t books = 0;  ///< that were TRUSTED when it was lost
  double down_seconds = 0.0;
  std::optional<double> trusted_seconds;  ///< from `at` until all of them were TRUSTED; none: lost or stopped before
};

/// What only a run on a real clock has.
struct WireSummary {
  std::string venue;  ///< "live", "paper", "embedded"
  std::vector<std::pair<std::string, LatencySummary>> stages;  ///< of orders: decide, hand_over, sign, write, total
  std::size_t connections = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t frozen = 0;  ///< of them: the socket was open and silent while the market was not
  std::vector<ReconnectSummary> reconnects_detail;
  std::vector<ReopenedSummary> reopened;
  std::uint64_t requests = 0;
  std::uint64_t unknown_outcomes = 0;
  std::uint64_t resent = 0;
  std::uint64_t beats = 0;
  std::uint64_t missed_beats = 0;
  std::uint64_t lost_commands = 0;
  std::size_t left_on_book = 0;  ///< orders that the stop left open
  std::vector<std::string> notices;
};

/// A signal-to-PnL line of one token; `report.stats` has its counters.
struct RunSummary {
  std::string command;  ///< "demo", "backtest", "run"
  std::optional<std::uint64_t> seed;
  double wall_seconds = 0.0;
  Duration market_time;  ///< simulated or recorded time that was traded
  Duration pre_roll;  ///< demo: before that, not counted
  std::string agents;  ///< demo
  double settlement_scale = 1.0;
  std::string note;  ///< what is assumed, in one sentence (rules 8.9, 9)

  engine::EngineStats stats;
  polymarket::DecoderStats decoder;
  std::vector<engine::TokenReport> tokens;  ///< traded tokens, in order of registration
  engine::Money money;
  std::array<portfolio::Markout, 3> markouts;
  std::uint64_t markouts_dropped = 0;
  std::uint64_t fills = 0;
  std::uint64_t round_trips = 0;
  std::uint64_t commands = 0;
  std::string commands_sha256;
  LatencySummary bytes_to_decision;
  Usdc account_cash;  ///< by every matched trade: deposit + total PnL = cash + positions marked
  Usdc account_reserved;
  engine::AgeBuckets ages;
  std::uint64_t silent_tokens = 0;  ///< traded tokens without any event
  std::uint64_t hash_checked = 0;  ///< groups
  std::uint64_t hash_mismatch = 0;
  std::uint64_t pool_exhausted = 0;
  Usdc daily_loss_limit;
  Usdc worst_daily_loss;  ///< of a UTC day, at any moment of it
  bool stops_on_daily_loss = true;  ///< false: the limit is reported only (backtest without --limits, rules 6)

  std::optional<exchange::PaperReport> paper;
  std::vector<FeedEndedSummary> feed_ended;
  std::uint64_t lines = 0;  ///< backtest: of the captures, as far as they were read
  std::map<std::string, std::uint64_t> skipped;  ///< lines that held no market frame, by reason

  std::uint64_t invariants_checked = 0;
  std::uint64_t invariants_violated = 0;
  std::vector<checker::Violation> violations;  ///< the first ones
  std::map<std::string, std::uint64_t> violations_by_rule;

  std::optional<WireSummary> wire;

  std::vector<portfolio::LegReport> legs;  ///< every leg of every trade, FAILED ones included
  std::vector<execution::Order> orders;  ///< all that are still kept, by creation
  bool interrupted = false;
  std::vector<Error> errors;  ///< what went wrong in part (truncated capture, ...)
};

/// Fills everything that the engine knows.
void summarize(const engine::Engine& engine, RunSummary& summary);

}  // namespace ebb::runner
