#include "polymarket/amounts.hpp"

#include <algorithm>
#include <iterator>

#include "base/check.hpp"
#include "base/decimal.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::int64_t kFourDecimals = 100;  // millionths in 0.0001
constexpr std::int64_t kCent = 10'000;       // millionths in 0.01

bool is_marketable(model::OrderType type) { return type == model::OrderType::fak || type == model::OrderType::fok; }

/// Millionths in the last of so many decimals.
std::int64_t step_of(int decimals) {
  std::int64_t step = 1;
  for (int i = decimals; i < 6; ++i) step *= 10;
  return step;
}

bool is_valid_price(Price price, Price tick) { return is_venue_tick(tick) && is_order_price(price, tick); }

}  // namespace

bool is_venue_tick(Price tick) {
  return std::find(std::begin(kVenueTicks), std::end(kVenueTicks), tick) != std::end(kVenueTicks);
}

int price_decimals(Price tick) {
  switch (tick.raw()) {
    case 1000: return 1;
    case 100: return 2;
    case 50:
    case 10: return 3;
    case 25:
    case 1: return 4;
    default: break;
  }
  CHECK(is_venue_tick(tick));
  return 4;
}

int amount_decimals(Price tick) { return price_decimals(tick) + 2; }

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
  const std::int64_t step = std::max(kFourDecimals, step_of(amount_decimals(tick)));
  if (shares < step) return std::nullopt;
  return OrderAmounts{given, shares - shares % step};
}

Expected<OrderAmounts> order_amounts(const OrderIntent& intent) {
  if (!is_venue_tick(intent.tick)) {
    return fail("order.bad_tick", "tick " + to_text(intent.tick) + " is none of the venue's",
                "0.1, 0.01, 0.005, 0.0025, 0.001 and 0.0001 are");
  }
  if (!is_order_price(intent.price, intent.tick)) {
    return fail("order.price_off_grid",
                "price " + to_text(intent.price) + " is no multiple of " + to_text(intent.tick) + " between it and " +
                    to_text(kPriceOne - intent.tick),
                "choose the tick above or below");
  }
  const bool is_buy = intent.side == model::Side::buy;
  if (intent.size.has_value() == intent.budget.has_value())
    return fail("order.bad_size", "an order has either a size or a budget");
  if (intent.budget && !(is_buy && is_marketable(intent.type)))
    return fail("order.bad_size", "only a FAK or FOK BUY has a budget", "give the size in shares");
  if (intent.size && (intent.size->raw() < kLot.raw() || *intent.size > kMaxShares))
    return fail("order.bad_size", "a size is at least 0.01 shares and at most 1e12");
  std::optional<OrderAmounts> amounts;
  if (!is_marketable(intent.type)) {
    amounts = limit_amounts(intent.side, intent.price, floor_to_lot(*intent.size), intent.tick);
  } else if (is_buy) {
    const Usdc budget = intent.budget ? *intent.budget : notional(intent.price, floor_to_lot(*intent.size));
    amounts = market_buy_amounts(intent.price, budget, intent.tick);
  } else {
    amounts = market_sell_amounts(intent.price, *intent.size, intent.tick);
  }
  if (!amounts) {
    return fail("order.bad_size", "nothing is left of the order after rounding, or it is too large",
                "a marketable BUY spends whole cents, a marketable SELL takes at least 0.0001 dollars");
  }
  if (is_marketable(intent.type) && is_buy && amounts->maker < intent.marketable_minimum.raw()) {
    return fail("order.marketable_minimum", "a marketable BUY of less than $" + to_text(intent.marketable_minimum),
                "the venue takes no smaller one");
  }
  return *amounts;
}

Expected<OrderTerms> check_amounts(model::Side side, model::OrderType type, const OrderAmounts& amounts, Price tick) {
  const auto refuse = [](std::string why) { return fail("invalid_amounts", "invalid amounts, " + std::move(why)); };
  CHECK(is_venue_tick(tick));
  if (amounts.maker <= 0 || amounts.taker <= 0) return refuse("maker and taker amount must be higher than 0");
  const bool is_buy = side == model::Side::buy;
  const std::int64_t dollars = is_buy ? amounts.maker : amounts.taker;
  const std::int64_t shares = is_buy ? amounts.taker : amounts.maker;
  if (shares > kMaxShares.raw()) return refuse("the size is too large");
  const __int128 scaled = static_cast<__int128>(dollars) * kPriceScale;  // the implied price, times `shares`
  const bool on_grid = scaled % (static_cast<__int128>(shares) * tick.raw()) == 0;
  // The best tick at which both sides keep what they signed.
  const __int128 ticks = (scaled + (is_buy ? 0 : static_cast<__int128>(shares) * tick.raw() - 1)) /
                         (static_cast<__int128>(shares) * tick.raw());
  const bool in_range = ticks >= 1 && ticks * tick.raw() <= kPriceScale - tick.raw();
  const bool marketable = is_marketable(type);
  if (!in_range || (!marketable && !on_grid)) {
    const std::int64_t shown = static_cast<std::int64_t>(
        std::min<__int128>(static_cast<__int128>(dollars) * kUsdcScale / shares, std::int64_t{1'000'000} * kUsdcScale));
    char text[32];
    return fail("tick_size", "Price (" + std::string(text, write_scaled(text, shown, 6)) +
                                 ") breaks minimum tick size rule: " + to_text(tick));
  }
  if (marketable) {
    const int decimals = amount_decimals(tick);
    if (amounts.maker % kCent != 0 || amounts.taker % step_of(decimals) != 0) {
      return refuse(std::string("the market ") + (is_buy ? "buy" : "sell") +
                    " orders maker amount supports a max accuracy of 2 decimals, taker amount a max of " +
                    std::to_string(decimals) + " decimals");
    }
  } else if (shares % kLot.raw() != 0) {
    return refuse("the size supports a max accuracy of 2 decimals");
  }
  return OrderTerms{Price(static_cast<std::int32_t>(ticks) * tick.raw()), Shares(shares)};
}

std::int64_t counter_amount(const OrderAmounts& order, std::int64_t maker_filled) {
  CHECK(order.maker > 0 && maker_filled >= 0);
  return divide(static_cast<__int128>(maker_filled) * order.taker, order.maker, Rounding::down);
}

}  // namespace ebb::polymarket
