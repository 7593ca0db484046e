#include "model/fees.hpp"

#include <algorithm>

namespace ebb::model {

Usdc taker_fee(Price price, Shares shares, const FeeSchedule& fees) {
  if (shares.raw() <= 0 || fees.rate_bps <= 0) return Usdc();
  // shares 1e-6, rate 1e-4, p (1 - p) 1e-8 each, counted in 1e-5 dollars.
  const std::int64_t variance = std::int64_t{price.raw()} * complement(price).raw();
  __int128 numerator = static_cast<__int128>(shares.raw()) * fees.rate_bps;
  __int128 denominator = 100'000;
  for (std::int32_t power = std::min(fees.exponent, 2); power > 0; --power) {
    numerator *= variance;
    denominator *= 100'000'000;
  }
  return Usdc(static_cast<std::int64_t>((numerator + denominator - 1) / denominator) * 10);
}

}  // namespace ebb::model
