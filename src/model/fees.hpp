// The venue's taker fee (protocol 6.8). It is needed wherever money is counted: ledger, risk gate, exchange model.
#pragma once

#include "base/units.hpp"
#include "model/market.hpp"

namespace ebb::model {

/// Taker fee in dollars: shares * rate * (p (1 - p))^exponent, rounded UP to 1e-5 (protocol 6.8, rules 7.5). Exact for
/// exponents 0, 1 and 2; larger ones, which the venue never used, are charged as 2 (an upper bound).
[[nodiscard]] Usdc taker_fee(Price price, Shares shares, const FeeSchedule& fees);

}  // namespace ebb::model
