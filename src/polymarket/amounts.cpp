#include "polymarket/amounts.hpp"

#include <algorithm>
#include <iterator>

#include "base/check.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::int64_t kFourDecimals = 100;  // millionths in 0.0001
constexpr std::int64_t kCent = 10'000;       // millionths in 0.01

bool is_valid_price(Price price, Price tick) { return is_venue_tick(tick) && is_order_price(price, tick); }

}  // namespace

bool is_venue_tick(Price tick) {
  return std::find(std::begin(kVenueTicks), std::end(kVenueTicks), tick) != std::end(kVenueTicks);
}

bool is_order_price(Price price, Price tick) {
  return tick.raw() > 0 && price >= tick && price <= kPriceOne - tick && price.raw() % tick.raw() == 0;
}

std::optional<OrderAmounts> limit_amounts(model::Side side, Price price, Shares size, Price tick) {
  if (!is_valid_price(price, tick) || size.raw() <= 0 || size > kMaxShares || size.raw() % kLot.raw() != 0)
    return std::nullopt;
  const std::int64_t dollars = notional(price, size).raw();  // exact: 1e-4 of a dollar times 1e-2 of a share
  if (side == model::Side::buy) return OrderAmounts{dollars, size.raw()};
  return OrderAmounts{size.raw(), dollars};
}

std::optional<OrderAmounts> market_sell_amounts(Price price, Shares shares, Price tick) {
  if (!is_valid_price(price, tick) || shares.raw() < kLot.raw() || shares > kMaxShares) return std::nullopt;
  const Shares given(shares.raw() - shares.raw() % kLot.raw());
  const std::int64_t dollars = notional(price, given).raw();
  const std::int64_t taken = dollars - dollars % kFourDecimals;
  if (taken == 0) return std::nullopt;
  return OrderAmounts{given.raw(), taken};
}

std::optional<OrderAmounts> market_buy_amounts(Price price, Usdc budget, Price tick) {
  if (!is_valid_price(price, tick) || budget.raw() < kCent || budget.raw() > kMaxShares.raw() / kPriceScale)
    return std::nullopt;
  const std::int64_t given = budget.raw() - budget.raw() % kCent;
  const std::int64_t shares = divide(static_cast<__int128>(given) * kPriceScale, price.raw(), Rounding::down);
  return OrderAmounts{given, shares - shares % kFourDecimals};
}

std::int64_t counter_amount(const OrderAmounts& order, std::int64_t maker_filled) {
  CHECK(order.maker > 0 && maker_filled >= 0);
  return divide(static_cast<__int128>(maker_filled) * order.taker, order.maker, Rounding::down);
}

}  // namespace ebb::polymarket
