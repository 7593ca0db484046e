// Reconciling the ledger with what the venue says we hold (Data API positions). A reading is evidence, never the owner
// of the fact: it is compared with the ledger, and only a difference that a second reading confirms changes anything.
//
//   - an error or a stale reading is UNKNOWN: it changes nothing, and it neither confirms nor denies an earlier one;
//   - while legs are in flight the venue may show any size between "no BUY arrived" and "no SELL left": all agree;
//   - a known position is taken away only by two equal valid readings in a row, with no fill of ours between them;
//   - more than we know of is adopted at once where we never traded, after the second reading where we did (the API
//     lags behind our own sales) or have a BUY (its fill may be known to the API before it is known to us);
//   - a reading never moves a cost basis that comes from our own fills: shares found beside them join at their average.
#pragma once

#include <cstdint>

#include "base/units.hpp"
#include "model/event.hpp"
#include "portfolio/ledger.hpp"

namespace ebb::portfolio {

/// Two sizes this near are the same: the API computes in floating point.
inline constexpr Shares kReadingTolerance{1};
/// The API hides holdings below 0.1 share (protocol 1.6): a reading of nothing does not contradict them.
inline constexpr Shares kHiddenBelow{100'000};

enum class ReadingVerdict : std::uint8_t {
  unknown,  ///< no evidence; nothing changes
  agrees,
  cost_learned,  ///< agrees, and tells the average cost that we did not know: Ledger::learn_cost
  first_sight,  ///< differs; a second reading has to say the same
  adopt,  ///< we hold `size` more than we knew: Ledger::adopt
  shrunk,  ///< `size` of it is gone: Ledger::write_off of that part
  gone  ///< POSITION_GONE, all of it: Ledger::write_off
};
[[nodiscard]] std::string_view to_text(ReadingVerdict verdict);

/// What is remembered of a token between two readings. Default: nothing to confirm.
struct ReadingMemory {
  bool differs = false;
  Shares size;  ///< of the differing reading
  Shares matched;  ///< the ledger's position and fills at that time
  std::uint32_t fills = 0;
  friend bool operator==(const ReadingMemory&, const ReadingMemory&) = default;
};

struct ReadingMerge {
  ReadingVerdict verdict = ReadingVerdict::unknown;
  Shares size;  ///< adopt, shrunk, gone: how many shares
  Usdc cost;  ///< adopt: of these shares; cost_learned: of the whole position
  bool cost_known = false;  ///< adopt
  ReadingMemory memory;  ///< to be handed to the next merge of this token
};

/// Whether a BUY of ours in the token has not ended: what is found there may be its fill, which nobody has told us yet.
enum class OwnBuys : std::uint8_t { none, open };

/// Compares a reading with the ledger's position. Pure: the caller keeps `memory` and applies the verdict.
[[nodiscard]] ReadingMerge merge_reading(const Position& held, const ReadingMemory& memory,
                                         const model::PositionReading& reading, OwnBuys buys);

}  // namespace ebb::portfolio
