// Signed amounts of orders in millionths (protocol 5.5): exact integers, no floating point, nothing rounded in silence.
#pragma once

#include <cstdint>
#include <optional>

#include "base/units.hpp"
#include "model/ids.hpp"

namespace ebb::polymarket {

/// What the order gives (maker) and takes (taker), in millionths of a share or dollar.
struct OrderAmounts {
  std::int64_t maker = 0;
  std::int64_t taker = 0;
  friend bool operator==(const OrderAmounts&, const OrderAmounts&) = default;
};

/// Ticks that the venue uses (protocol 5.5).
inline constexpr Price kVenueTicks[] = {Price(1000), Price(100), Price(50), Price(25), Price(10), Price(1)};
[[nodiscard]] bool is_venue_tick(Price tick);

/// Whether an order may have this price: a multiple of the tick within [tick, 1 - tick].
[[nodiscard]] bool is_order_price(Price price, Price tick);

/// Limit order of `size` shares (GTC, GTD). BUY gives price x size dollars for size shares, SELL the reverse; both are
/// exact. nullopt when tick or price is off the venue's grids, or the size is not positive or no multiple of 0.01.
[[nodiscard]] std::optional<OrderAmounts> limit_amounts(model::Side side, Price price, Shares size, Price tick);

/// Marketable SELL (FAK, FOK) of `shares` at no less than `price`: gives the shares rounded down to 0.01, takes dollars
/// with at most four decimals, rounded down (the venue's validator; rules 4.6). nullopt when nothing is left or the
/// price is off the grid.
[[nodiscard]] std::optional<OrderAmounts> market_sell_amounts(Price price, Shares shares, Price tick);

/// Marketable BUY (FAK, FOK) for `budget` dollars at no more than `price`: gives the budget rounded down to cents, takes
/// shares with at most four decimals, rounded down: the implied price is never below the limit (rules 4.6).
[[nodiscard]] std::optional<OrderAmounts> market_buy_amounts(Price price, Usdc budget, Price tick);

/// The counter amount of a fill at the maker's signed amounts (protocol 5.5, last line): floor(fill * taker / maker).
[[nodiscard]] std::int64_t counter_amount(const OrderAmounts& order, std::int64_t maker_filled);

}  // namespace ebb::polymarket
