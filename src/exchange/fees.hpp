// The taker fee (protocol 6.8, rules 7.5): shares * rate * (p * (1 - p))^exponent, rounded up to 0.00001 dollar.
// Makers pay nothing.
#pragma once

#include "base/units.hpp"
#include "model/market.hpp"

namespace ebb::exchange {

[[nodiscard]] Usdc taker_fee(const model::FeeSchedule& schedule, Price price, Shares size);

}  // namespace ebb::exchange
