// Signed amounts of orders in millionths (protocol 5.5): exact integers, no floating point, nothing rounded in silence.
#pragma once

#include <cstdint>
#include <optional>

#include "base/expected.hpp"
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

/// Decimals that a price and an amount of dollars may have on a market of this tick (protocol 5.5, the table): 2 and 4 for
/// 0.01. Sizes in shares always have 2. `tick` must be one of the venue's.
[[nodiscard]] int price_decimals(Price tick);
[[nodiscard]] int amount_decimals(Price tick);

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
/// shares with at most four decimals (three at tick 0.1, protocol 5.5), rounded down: the implied price is never below the
/// limit, whether the order is protected or not (rules 4.6). nullopt when nothing is left or the price is off the grid.
[[nodiscard]] std::optional<OrderAmounts> market_buy_amounts(Price price, Usdc budget, Price tick);

/// What somebody wants, before it becomes amounts.
struct OrderIntent {
  model::Side side = model::Side::buy;
  model::OrderType type = model::OrderType::gtc;
  Price price;  ///< limit; the worst price of a marketable order
  std::optional<Shares> size;  ///< rounded down to 0.01
  std::optional<Usdc> budget;  ///< instead of the size, for a marketable BUY
  Price tick{100};
  Usdc marketable_minimum{kUsdcScale};  ///< of a marketable BUY (protocol 6.1); 0 where only the arithmetic matters
};
/// The signed amounts of an intent. A marketable BUY with a size has the budget price x size in whole cents. Errors:
/// `order.bad_tick`, `order.price_off_grid`, `order.bad_size` (nothing left after rounding, too large, both or neither of
/// size and budget, a budget where it has no meaning), `order.marketable_minimum`. The market's min_order_size is not
/// looked at: it holds for the original size, which the caller knows (rules 2.3).
[[nodiscard]] Expected<OrderAmounts> order_amounts(const OrderIntent& intent);

/// What signed amounts mean to the venue.
struct OrderTerms {
  Price price;  ///< the best tick at which the order may match: a BUY's implied price rounded down, a SELL's up
  Shares size;  ///< a BUY's taker amount, a SELL's maker amount
  friend bool operator==(const OrderTerms&, const OrderTerms&) = default;
};
/// The venue's validator of amounts (protocol 5.5), as the exchange applies it to whatever arrives. GTC and GTD: size on
/// 0.01 and the implied price exactly on the grid. FAK and FOK: maker amount of at most two decimals, taker amount of at
/// most amount_decimals(tick). Errors in the venue's words: `tick_size`, `invalid_amounts`.
[[nodiscard]] Expected<OrderTerms> check_amounts(model::Side side, model::OrderType type, const OrderAmounts& amounts,
                                                 Price tick);

/// The counter amount of a fill at the maker's signed amounts (protocol 5.5, last line): floor(fill * taker / maker).
[[nodiscard]] std::int64_t counter_amount(const OrderAmounts& order, std::int64_t maker_filled);

}  // namespace ebb::polymarket
