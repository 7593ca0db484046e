// Money and prices as integers.
//
//   Price   on the 1e-4 grid: raw 4800 = 0.48. Range of a book level: 1 to 9999.
//   Shares  in millionths of a share: raw 1'000'000 = 1 share.
//   Usdc    in millionths of a dollar (pUSD has six decimals).
//
// A product of a price and shares needs 128 bits and a rounding that the caller names.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/strong.hpp"

namespace ebb {

using Price = Quantity<struct PriceTag, std::int32_t>;
using Shares = Quantity<struct SharesTag, std::int64_t>;
using Usdc = Quantity<struct UsdcTag, std::int64_t>;

inline constexpr std::int32_t kPriceScale = 10'000;        ///< raw units of Price in 1 dollar
inline constexpr std::int64_t kShareScale = 1'000'000;     ///< raw units of Shares in 1 share
inline constexpr std::int64_t kUsdcScale = 1'000'000;      ///< raw units of Usdc in 1 dollar
inline constexpr Shares kLot{10'000};                      ///< smallest step of an order's size: 0.01
inline constexpr Price kPriceOne{kPriceScale};             ///< 1.0: no order can have it
/// Largest size accepted from outside: 1e12 shares. Beyond it a text is refused, so sums cannot overflow.
inline constexpr Shares kMaxShares{1'000'000'000'000'000'000};

enum class Rounding : std::uint8_t { down, up };

/// floor/ceil of a 128-bit quotient for non-negative numerators.
[[nodiscard]] constexpr std::int64_t divide(__int128 numerator, std::int64_t denominator, Rounding rounding) {
  const __int128 extra = rounding == Rounding::up ? denominator - 1 : 0;
  return static_cast<std::int64_t>((numerator + extra) / denominator);
}

/// price x shares in dollars. Exact for sizes on the 0.01 lot. Shares must not be negative.
[[nodiscard]] constexpr Usdc notional(Price price, Shares shares, Rounding rounding = Rounding::down) {
  return Usdc(divide(static_cast<__int128>(price.raw()) * shares.raw(), kPriceScale, rounding));
}

/// 1 - p: the price of the same order seen from the sibling token.
[[nodiscard]] constexpr Price complement(Price price) { return kPriceOne - price; }

/// Largest multiple of `tick` not above `price`.
[[nodiscard]] constexpr Price floor_to_tick(Price price, Price tick) {
  return Price(price.raw() - price.raw() % tick.raw());
}
/// Smallest multiple of `tick` not below `price`.
[[nodiscard]] constexpr Price ceil_to_tick(Price price, Price tick) {
  return Price((price.raw() + tick.raw() - 1) / tick.raw() * tick.raw());
}
[[nodiscard]] constexpr bool on_tick(Price price, Price tick) { return price.raw() % tick.raw() == 0; }

/// Order sizes have 0.01 shares (rules 2.3: buys rounded up, sells down).
[[nodiscard]] constexpr Shares floor_to_lot(Shares size) { return Shares(size.raw() - size.raw() % kLot.raw()); }
[[nodiscard]] constexpr Shares ceil_to_lot(Shares size) {
  return Shares((size.raw() + kLot.raw() - 1) / kLot.raw() * kLot.raw());
}

/// Literals for tests and defaults: shares_of(5), price_of(4800), dollars(10).
[[nodiscard]] constexpr Shares shares_of(std::int64_t whole) { return Shares(whole * kShareScale); }
[[nodiscard]] constexpr Usdc dollars(std::int64_t whole) { return Usdc(whole * kUsdcScale); }

}  // namespace ebb
