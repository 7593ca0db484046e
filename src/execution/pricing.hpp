// Prices of our orders (rules 2.1): always on the market's current tick, within [tick, 1 - tick].
#pragma once

#include <algorithm>
#include <optional>

#include "base/units.hpp"
#include "model/market_data.hpp"

namespace ebb::execution {

/// Tells prices that do not limit.
inline constexpr Price kNoLimit{kPriceScale};

/// BUY = min(floor_tick(best bid), ceil_tick(best ask) - tick, cap, reference + chase); nullopt without a bid or when the
/// result falls off the grid. `limit` = min(cap, reference + chase), floored to the tick here.
[[nodiscard]] inline std::optional<Price> maker_buy_price(const model::Quote& quote, Price tick, Price limit) {
  if (quote.bid_size.raw() <= 0) return std::nullopt;
  Price price = std::min(floor_to_tick(quote.bid, tick), floor_to_tick(limit, tick));
  if (quote.ask_size.raw() > 0) price = std::min(price, ceil_to_tick(quote.ask, tick) - tick);
  price = std::min(price, kPriceOne - tick);
  if (price < tick) return std::nullopt;
  return price;
}

/// SELL = max(ceil_tick(best ask), floor_tick(best bid) + tick, floor), at most 1 - tick. A missing side does not count.
[[nodiscard]] inline Price maker_sell_price(const model::Quote& quote, Price tick, Price floor) {
  Price price = ceil_to_tick(floor, tick);
  if (quote.ask_size.raw() > 0) price = std::max(price, ceil_to_tick(quote.ask, tick));
  if (quote.bid_size.raw() > 0) price = std::max(price, floor_to_tick(quote.bid, tick) + tick);
  return std::clamp(price, tick, kPriceOne - tick);
}

/// Lowest price at which a post-only SELL rests: above every bid.
[[nodiscard]] inline Price lowest_resting_sell(const model::Quote& quote, Price tick) {
  return quote.bid_size.raw() > 0 ? floor_to_tick(quote.bid, tick) + tick : tick;
}

/// Whether the spread is at most the larger of `ticks` ticks and `ratio_millionths` of the mid.
[[nodiscard]] inline bool spread_within(const model::Quote& quote, Price tick, std::int32_t ticks,
                                        std::int64_t ratio_millionths) {
  const std::int64_t spread = (quote.ask - quote.bid).raw();
  return spread <= static_cast<std::int64_t>(ticks) * tick.raw() ||
         2 * spread * 1'000'000 <= ratio_millionths * quote.mid2();
}

}  // namespace ebb::execution
