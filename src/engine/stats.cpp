#include "engine/stats.hpp"

#include "engine/token_trader.hpp"

namespace ebb::engine {

std::string_view to_text(SignalRefusal refusal) {
  static constexpr std::string_view kNames[] = {"NONE",
                                                "ABOVE_MAX_PRICE",
                                                "BELOW_MIN_PRICE",
                                                "SPREAD_TOO_WIDE",
                                                "COOLDOWN",
                                                "NOT_FRESH",
                                                "VENUE_MODE",
                                                "SELL_ONLY",
                                                "PARKED",
                                                "MARKET_LIFE",
                                                "NO_TIER",
                                                "STOPPING",
                                                "POSITION_HELD",
                                                "ORDER_PENDING",
                                                "SIZE_BELOW_MINIMUM",
                                                "UNEXPLAINED_MATCH",
                                                "EXITING",
                                                "RESOLVED",
                                                "NO_PRICE",
                                                "MARKET_ENDED",
                                                "RESTARTING",
                                                "GATE"};
  return kNames[static_cast<int>(refusal)];
}

std::string_view refusal_name(int index) {
  const int gate = static_cast<int>(SignalRefusal::gate);
  return index < gate ? to_text(static_cast<SignalRefusal>(index))
                      : risk::to_text(static_cast<risk::Refusal>(index - gate));
}

std::string_view to_text(Phase phase) {
  static constexpr std::string_view kNames[] = {"IDLE", "BUYING", "HOLDING", "SELLING", "EXITING", "PARKED"};
  return kNames[static_cast<int>(phase)];
}

std::string_view to_text(DecisionKind kind) {
  static constexpr std::string_view kNames[] = {"signal",     "refused",       "placed",       "canceled",
                                                "filled",     "closed",        "exit started", "routine ended",
                                                "trust lost", "trust regained"};
  return kNames[static_cast<int>(kind)];
}

double AgeBuckets::quantile_ms(double q) const {
  if (total_ == 0) return 0.0;
  const double rank = q * static_cast<double>(total_);
  double seen = 0.0;
  for (std::size_t b = 0; b < counts_.size(); ++b) {
    const double here = counts_[b];
    if (here > 0.0 && seen + here >= rank) {
      const double low = b == 0 ? 0.0 : static_cast<double>(1ULL << (b - 1));
      const double high = static_cast<double>(1ULL << b);
      return low + (high - low) * (rank - seen) / here;
    }
    seen += here;
  }
  return static_cast<double>(1ULL << 31);
}

}  // namespace ebb::engine
