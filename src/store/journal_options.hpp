// What the parts of the journal are told by their owner (docs/journal.md).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"

namespace ebb::store {

/// What a record that is said to be durable survives (`journal.durability`).
enum class Durability : std::uint8_t {
  process,  ///< the end of the process, however it ends (kill -9); not a power failure
  power  ///< a power failure or a crash of the kernel, too: every commit and every intent is synced to the disk
};
[[nodiscard]] std::string_view to_text(Durability durability);

/// Whose orders and money: a journal may hold several, a restart goes on with one.
struct JournalAccount {
  std::string venue;  ///< "live", "paper", "embedded"
  std::string wallet;  ///< address text, 0x and 40 hex digits; compared without case
};

/// The start of a run.
struct RunStart {
  Timestamp time;
  JournalAccount account;
  std::string version;  ///< of the program
  std::int64_t pid = 0;
  std::uint64_t seed = 0;
};

/// A market, and under which indices this run's records will name its tokens. Told before the first record that does; told
/// again when something of it changed or a sibling became known.
struct MarketRegistration {
  Timestamp time;
  model::MarketSpec spec;
  std::array<model::TokenIndex, 2> tokens;  ///< by outcome; none() where the token has no id
};
[[nodiscard]] MarketRegistration make_registration(const model::MarketTable& markets, model::MarketIndex market,
                                                   Timestamp time);

/// What is kept how long. Nothing that a restart needs is ever removed.
struct Retention {
  int event_days = 30;  ///< terminal orders and their events, signals, refusals, incidents, differences, token history
  int fill_days = 90;  ///< folded fills and bookings; older ones live on as sums by day and token
  int sum_days = 400;  ///< sums by day; older ones live on as sums by year
  /// Folded fills younger than this before the sweep watermark are given to a restart, so that an overlapping sweep knows
  /// them. They are never pruned, whatever `fill_days` says.
  Duration recent_fills = hours(48);
};

}  // namespace ebb::store
