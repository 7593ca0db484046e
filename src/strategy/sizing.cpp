#include "strategy/sizing.hpp"

#include <algorithm>
#include <cmath>

#include "base/random.hpp"

namespace ebb::strategy {
namespace {

constexpr double kLn10 = 2.302585092994046;
constexpr double kRawPerStep = 100.0;  // 1e-4 share
constexpr double kGuard = 1e-8;        // of a step: what binary fractions add

/// ceil($1 / price) in whole shares; 0 without a price.
Shares shares_of_a_dollar(Price price) {
  return price.raw() > 0 ? shares_of((kPriceScale + price.raw() - 1) / price.raw()) : Shares();
}

Shares order_size_of(const Params& params, Price price, Shares min_order_size) {
  const Shares size = params.order_size.raw() != 0 ? params.order_size : shares_of_a_dollar(price);
  return size.raw() > 0 ? std::max(size, min_order_size * params.order_size_min_factor) : Shares();
}

BuyPlan refuse(SizeRefusal refusal) { return {.refusal = refusal}; }

}  // namespace

std::string_view to_text(SizeRefusal refusal) {
  switch (refusal) {
    case SizeRefusal::none: return "NONE";
    case SizeRefusal::satisfied: return "TARGET_HELD";
    case SizeRefusal::no_size: return "NO_SIZE";
    case SizeRefusal::below_minimum: return "BELOW_MINIMUM";
  }
  return "?";
}

BuyPlan plan_buy(const Params& params, Shares owned, Price price, Shares min_order_size, Shares room) {
  const Shares size = order_size_of(params, price, min_order_size);
  if (size.raw() <= 0) return refuse(SizeRefusal::no_size);
  const Shares planned = params.size_mode == SizeMode::target ? size - owned : size;
  if (planned.raw() <= 0) return refuse(SizeRefusal::satisfied);
  const Shares goal = ceil_to_lot(planned);
  if (goal >= min_order_size) return {.goal = goal};
  const Shares minimum = ceil_to_lot(min_order_size);
  if (minimum > room) return refuse(SizeRefusal::below_minimum);
  return {.goal = minimum, .raised = true};
}

Shares scale_by_volume(Shares base, Ratio growth, Usdc volume, Usdc base_volume) {
  if (base.raw() <= 0 || growth.raw() <= 0 || base_volume.raw() <= 0 || volume <= base_volume) return base;
  const double ratio = static_cast<double>(volume.raw()) / static_cast<double>(base_volume.raw());
  const double g = static_cast<double>(growth.raw()) / static_cast<double>(kRatioScale);
  const double factor = 1.0 + g * (portable_log(ratio) / kLn10);
  const double steps = std::ceil(static_cast<double>(base.raw()) * factor / kRawPerStep - kGuard);
  const double most = static_cast<double>(kMaxShares.raw()) / kRawPerStep;
  return Shares(static_cast<std::int64_t>(std::min(steps, most)) * 100);
}

}  // namespace ebb::strategy
