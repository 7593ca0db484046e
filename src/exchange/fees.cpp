#include "exchange/fees.hpp"

namespace ebb::exchange {

Usdc taker_fee(const model::FeeSchedule& schedule, Price price, Shares size) {
  if (schedule.rate_bps <= 0) return {};
  constexpr std::int64_t kStep = 10;  // 0.00001 dollar in millionths
  constexpr std::int64_t kCurveScale = static_cast<std::int64_t>(kPriceScale) * kPriceScale;
  const std::int64_t curve = static_cast<std::int64_t>(price.raw()) * (kPriceScale - price.raw());
  __int128 fee = static_cast<__int128>(size.raw()) * schedule.rate_bps;
  // p * (1 - p) is at most 1/4; each power is rounded up, which can only raise the fee by a part of one step
  for (int i = 0; i < schedule.exponent; ++i) fee = (fee * curve + kCurveScale - 1) / kCurveScale;
  constexpr std::int64_t kRateScale = 10'000;
  return Usdc(static_cast<std::int64_t>((fee + kRateScale * kStep - 1) / (kRateScale * kStep)) * kStep);
}

}  // namespace ebb::exchange
