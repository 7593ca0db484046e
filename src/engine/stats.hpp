// What the engine counts. Plain single-writer counters, read after the run or copied into a snapshot.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/archived.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"
#include "risk/gate.hpp"

namespace ebb::engine {

/// Why a signal did not become an order. The gate's own reasons follow those of the trader.
enum class SignalRefusal : std::uint8_t {
  none,
  above_max_price,
  below_min_price,
  spread_too_wide,
  cooldown,
  not_fresh,
  venue_mode,
  sell_only,
  parked,
  market_life,
  no_tier,
  stopping,
  position_held,
  order_pending,
  size_below_minimum,
  unexplained_match,
  exiting,
  resolved,
  no_price,
  market_ended,
  restarting,
  gate
};
[[nodiscard]] std::string_view to_text(SignalRefusal refusal);
inline constexpr int kSignalRefusals = static_cast<int>(SignalRefusal::gate) + risk::kRefusals;
/// One index for both kinds of reasons, and its name.
[[nodiscard]] constexpr int refusal_index(SignalRefusal own) { return static_cast<int>(own); }
[[nodiscard]] constexpr int refusal_index(risk::Refusal gate) {
  return static_cast<int>(SignalRefusal::gate) + static_cast<int>(gate);
}
[[nodiscard]] std::string_view refusal_name(int index);

/// Ages and delays by powers of two of a millisecond: bucket b holds [2^(b-1), 2^b) ms, bucket 0 below 1 ms.
class AgeBuckets {
 public:
  void add(Duration age) {
    const std::int64_t ms = age.raw() <= 0 ? 0 : age.raw() / 1'000'000;
    ++counts_[static_cast<std::size_t>(
        std::min<int>(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(ms))), 31))];
    ++total_;
  }
  void merge(const AgeBuckets& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }
  /// The given quantile (0 to 1) in ms, interpolated inside its bucket; 0 when empty.
  [[nodiscard]] double quantile_ms(double q) const;
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  std::array<std::uint32_t, 32> counts_{};
  std::uint64_t total_ = 0;
};

/// Per token; the basis of the table in every summary.
struct TokenStats {
  std::array<std::uint32_t, model::kMarketEventKinds> events{};
  std::uint64_t quote_changes = 0;
  std::uint64_t prints = 0;
  std::uint64_t evaluations_on_event = 0;
  std::uint64_t evaluations_on_timer = 0;
  std::uint32_t orders_placed = 0;
  std::uint32_t orders_live = 0;       ///< ended, and were LIVE at some time
  std::uint32_t live_filled = 0;       ///< of those: ended FILLED
  std::uint32_t live_canceled = 0;     ///< of those: ended CANCELED or EXPIRED
  std::uint32_t orders_filled = 0;     ///< ended FILLED
  std::uint32_t orders_canceled = 0;   ///< ended CANCELED or EXPIRED
  std::uint32_t orders_rejected = 0;
  Duration time_to_fill;               ///< sum over `live_filled` of LIVE -> first fill
  std::uint32_t signals = 0;
  AgeBuckets ages;                     ///< of the data, sampled once a re-evaluation
  std::uint64_t window_points = 0;     ///< mids that entered the window, all round trips
};

struct EngineStats {
  std::uint64_t frames = 0;
  std::uint64_t events_total = 0;
  std::array<std::uint64_t, model::kMarketEventKinds> events{};
  std::uint64_t unknown_tokens = 0;    ///< entries of tokens that we do not follow
  std::uint64_t quote_changes_traded = 0;
  std::uint64_t prints_traded = 0;
  std::uint64_t evaluations_on_event = 0;
  std::uint64_t evaluations_on_timer = 0;
  std::uint64_t evaluations_on_answer = 0;  ///< after our own orders, fills and requests
  std::uint64_t evaluations_deferred = 0;   ///< held back by evaluate_every
  std::uint64_t orders_placed = 0;
  std::uint64_t orders_live = 0;
  std::uint64_t orders_filled = 0;
  std::uint64_t orders_partially_filled = 0;  ///< ended otherwise with a part filled
  std::uint64_t orders_canceled = 0;
  std::uint64_t orders_rejected = 0;
  std::array<std::uint64_t, 32> rejected_by{};   ///< by model::RejectKind
  std::array<std::uint64_t, 32> canceled_by{};   ///< by model::CancelReason
  std::array<std::uint64_t, 32> results{};       ///< ends of routines by execution::Result
  std::uint64_t signals_total = 0;
  std::uint64_t signals_acted = 0;
  std::array<std::uint64_t, kSignalRefusals> signals_refused{};
  std::uint64_t refusal_repeats = 0;
  std::uint64_t alerts = 0;
  std::uint64_t exits_started = 0;
  std::uint64_t exits_flat = 0;
  std::uint64_t exits_manual = 0;
  std::uint64_t markets_resolved = 0;
  std::uint64_t reconnects = 0;
  std::uint64_t gaps = 0;
  std::uint64_t untrusted_episodes = 0;
  Duration untrusted_time;             ///< sum over traded tokens, after their first snapshot
  std::uint64_t hash_checked = 0;
  std::uint64_t hash_mismatch = 0;
  std::uint64_t soft_stale_sells = 0;
  std::uint64_t unexplained_matches = 0;
  std::uint64_t settlement_failures = 0;
  std::uint64_t external_trades = 0;   ///< legs of orders that are not ours to know: adopted
  std::uint64_t differences = 0;       ///< between our state and the venue's (docs/reconciliation.md)
  std::uint64_t ledger_refusals = 0;   ///< trade legs that the ledger did not accept (alerted)
  std::uint64_t malformed_user_events = 0;
};

}  // namespace ebb::engine
