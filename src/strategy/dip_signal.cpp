#include "strategy/dip_signal.hpp"

#include <algorithm>

namespace ebb::strategy {

std::string_view to_text(Trigger trigger) {
  switch (trigger) {
    case Trigger::none: return "none";
    case Trigger::drop: return "drop";
    case Trigger::threshold: return "threshold";
  }
  return "?";
}

bool is_drop(std::int32_t high2, std::int32_t mid2, Ratio drop, std::int32_t min_drop_ticks, Price tick) {
  const std::int64_t fall2 = high2 - mid2;
  if (fall2 <= 0) return false;  // a drop needs two distinct mids
  if (fall2 < 2LL * min_drop_ticks * tick.raw()) return false;
  return fall2 * kRatioScale >= drop.raw() * high2;
}

Ratio next_drop(Ratio current, const Params& params) {
  if (!params.incremental_drop || params.drop_step.raw() <= 0) return current;
  const Ratio cap = std::max(params.drop_cap, params.drop);
  const Ratio base = std::min(std::max(current, params.drop), cap);
  return std::min(base + params.drop_step, cap);
}

Price profit_floor(std::int64_t cost_micros, const Params& params, Price tick) {
  constexpr std::int64_t kMicrosPerGrid = 100;
  const std::int64_t ratio_micros = divide(
      static_cast<__int128>(cost_micros) * (kRatioScale + profit_at(params, tick).raw()), kRatioScale, Rounding::up);
  const std::int64_t fixed_micros =
      cost_micros +
      std::max<std::int64_t>(params.min_profit.raw() * kMicrosPerGrid,
                             static_cast<std::int64_t>(params.min_profit_ticks) * tick.raw() * kMicrosPerGrid);
  const std::int64_t micros = std::max(ratio_micros, fixed_micros);
  const auto grid =
      static_cast<std::int32_t>(std::min<std::int64_t>((micros + kMicrosPerGrid - 1) / kMicrosPerGrid, kPriceScale));
  return std::min(ceil_to_tick(Price(grid), tick), kPriceOne - tick);
}

void DipSignal::on_quote(HighPool& pool, Timestamp now, const model::Quote& quote, bool usable, const Params& params) {
  if (!usable) {
    window_.withdraw(pool, now);
    return;
  }
  const bool inside = quote.bid >= params.min_price && quote.ask >= params.min_price && quote.bid <= params.max_price &&
                      quote.ask <= params.max_price;
  if (!inside) {
    ++ignored_quotes_;
    return;
  }
  window_.on_mid(pool, now, quote.mid2());
}

SignalView DipSignal::test(HighPool& pool, Timestamp now, const model::Quote& quote, const Params& params, Price tick,
                           Duration window) {
  SignalView view;
  window_.expire(pool, now, window);
  if (!window_.in_force()) return view;
  view.high2 = window_.high2(pool);
  view.mid2 = window_.current2();
  if (is_drop(view.high2, view.mid2, drop_, params.min_drop_ticks, tick)) {
    view.trigger = Trigger::drop;
  } else if (params.buy_price_threshold.raw() > 0 && quote.bid <= params.buy_price_threshold) {
    view.trigger = Trigger::threshold;
  }
  if (quote.bid >= params.max_buy_price) view.band = BandVerdict::above_max;
  if (quote.bid < params.min_buy_price) view.band = BandVerdict::below_min;
  return view;
}

void DipSignal::on_round_trip(HighPool& pool, const Params& params) {
  window_.clear(pool);
  drop_ = next_drop(drop_, params);
}

void DipSignal::on_params(const Params& before, const Params& after) {
  if (before.drop != after.drop) drop_ = after.drop;
}

}  // namespace ebb::strategy
