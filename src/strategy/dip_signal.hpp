// The dip-and-rebound signal (predecessor 6) on the time-true window. Pure: the quote, the time and the parameters come in.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/archived.hpp"
#include "base/time.hpp"
#include "model/market_data.hpp"
#include "strategy/drop_window.hpp"
#include "strategy/params.hpp"

namespace ebb::strategy {

enum class Trigger : std::uint8_t { none, drop, threshold };
[[nodiscard]] std::string_view to_text(Trigger trigger);

/// Why an active trigger may not become a BUY by the price band of the parameters.
enum class BandVerdict : std::uint8_t { inside, above_max, below_min };

/// What the signal knows, for decisions and for `explain`.
struct SignalView {
  Trigger trigger = Trigger::none;
  BandVerdict band = BandVerdict::inside;
  std::int32_t high2 = 0;  ///< window high, bid + ask in grid units; 0 = no window
  std::int32_t mid2 = 0;  ///< mid in force; 0 = none
};

class DipSignal {
 public:
  DipSignal(HighPool& pool, const Params& params) : window_(pool), drop_(params.drop) {}

  /// Takes the quote in force from `now` on. `usable` = TRUSTED and sane; otherwise the mid is withdrawn.
  /// Quotes outside [min_price, max_price] are ignored and counted (rules 11, A10).
  void on_quote(HighPool& pool, Timestamp now, const model::Quote& quote, bool usable, const Params& params);
  /// Tests the triggers for a flat token at `now`.
  [[nodiscard]] SignalView test(HighPool& pool, Timestamp now, const model::Quote& quote, const Params& params,
                                Price tick, Duration window);

  /// A completed round trip: the window starts anew and drop_pct rises by its step, once.
  void on_round_trip(HighPool& pool, const Params& params);
  /// The token is left alone: the window's highs go back to the pool.
  void release(HighPool& pool) { window_.clear(pool); }
  /// Live parameter change: a new drop percentage restarts the increments.
  void on_params(const Params& before, const Params& after);

  [[nodiscard]] Ratio drop() const { return drop_; }
  [[nodiscard]] const DropWindow& window() const { return window_; }
  [[nodiscard]] std::uint32_t ignored_quotes() const { return ignored_quotes_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  DropWindow window_;
  Ratio drop_;
  std::uint32_t ignored_quotes_ = 0;
};

/// (high - mid) / high >= drop, exactly, and at least `min_drop_ticks` (rules 1.2).
[[nodiscard]] bool is_drop(std::int32_t high2, std::int32_t mid2, Ratio drop, std::int32_t min_drop_ticks, Price tick);

/// The next drop percentage after a round trip (predecessor 6, increment; scenario A25).
[[nodiscard]] Ratio next_drop(Ratio current, const Params& params);

/// The profit floor of a position: lowest price at which it is sold without a whitelisted reason. The largest of
/// cost * (1 + profit), cost + min_profit and cost + min_profit_ticks, on the tick, rounded up, at most 1 - tick.
/// `cost_micros`: average cost in millionths of a dollar a share.
[[nodiscard]] Price profit_floor(std::int64_t cost_micros, const Params& params, Price tick);

}  // namespace ebb::strategy
