#include "portfolio/reconcile.hpp"

#include <algorithm>

#include "base/mutant.hpp"

namespace ebb::portfolio {
namespace {

using model::PositionReading;
using model::ReadingQuality;

bool same_size(Shares a, Shares b) { return a - b <= kReadingTolerance && b - a <= kReadingTolerance; }

bool has_average(const PositionReading& reading) { return reading.average.raw() > 0; }

/// Whether `memory` is an earlier reading that said the same while nothing of ours happened.
bool confirms(const ReadingMemory& memory, const PositionReading& reading, const Position& held) {
  return memory.differs && same_size(memory.size, reading.size) && memory.matched == held.matched &&
         memory.fills == held.fills;
}

ReadingMerge first_sight(const PositionReading& reading, const Position& held) {
  return {.verdict = ReadingVerdict::first_sight, .memory = {true, reading.size, held.matched, held.fills}};
}

ReadingMerge adopt(Shares size, const Position& held, const PositionReading& reading) {
  ReadingMerge merge{.verdict = ReadingVerdict::adopt, .size = size};
  if (held.matched.raw() > 0 && held.cost_known) {
    const __int128 product = static_cast<__int128>(held.cost.raw()) * size.raw();
    merge.cost = Usdc(divide(product, held.matched.raw(), Rounding::up));
    merge.cost_known = true;
  } else if (held.matched.raw() == 0 && has_average(reading)) {
    merge.cost = notional(reading.average, size, Rounding::up);
    merge.cost_known = true;
  }
  return merge;
}

ReadingMerge agree(const Position& held, const PositionReading& reading) {
  if (held.cost_known || held.matched.raw() == 0 || !has_average(reading)) {
    return {.verdict = ReadingVerdict::agrees};
  }
  return {.verdict = ReadingVerdict::cost_learned, .cost = notional(reading.average, held.matched, Rounding::up)};
}

}  // namespace

std::string_view to_text(ReadingVerdict verdict) {
  switch (verdict) {
    case ReadingVerdict::unknown: return "UNKNOWN";
    case ReadingVerdict::agrees: return "AGREES";
    case ReadingVerdict::cost_learned: return "COST_LEARNED";
    case ReadingVerdict::first_sight: return "FIRST_SIGHT";
    case ReadingVerdict::adopt: return "ADOPT";
    case ReadingVerdict::shrunk: return "POSITION_SHRUNK";
    case ReadingVerdict::gone: return "POSITION_GONE";
  }
  return "?";
}

ReadingMerge merge_reading(const Position& held, const ReadingMemory& memory, const PositionReading& reading,
                           OwnBuys buys) {
  const bool possible = reading.size.raw() >= 0 && reading.size <= kMaxShares && reading.average <= kPriceOne;
  if (reading.quality != ReadingQuality::fresh || !possible) {
    return {.verdict = ReadingVerdict::unknown, .memory = memory};
  }
  // No BUY in flight has arrived, every SELL has left (with SellAfter::matched `settled` holds BUYs in flight, too).
  const Shares least = std::max(std::min(held.settled, held.matched - held.unmined_buys), Shares());
  const Shares most = held.matched + held.unmined_sells;      // the other way round
  const bool less = reading.size + kReadingTolerance < least && !(reading.size.raw() == 0 && least < kHiddenBelow);
  const bool more = reading.size > most + kReadingTolerance;
  if (!less && !more) return agree(held, reading);
  const bool never_traded = buys == OwnBuys::none && held.fills == 0 && held.matched.raw() == 0;
  const bool confirmed = confirms(memory, reading, held) || EBB_MUTANT(trust_one_reading);
  if (!confirmed && !(more && never_traded)) return first_sight(reading, held);
  if (more) return adopt(reading.size - most, held, reading);
  if (reading.size.raw() == 0) return {.verdict = ReadingVerdict::gone, .size = least};
  return {.verdict = ReadingVerdict::shrunk, .size = least - reading.size};
}

}  // namespace ebb::portfolio
