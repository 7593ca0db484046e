// How much to buy (rules 2.3; predecessor 3.2 and 5.5). Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/units.hpp"
#include "strategy/params.hpp"

namespace ebb::strategy {

/// Why no BUY is planned.
enum class SizeRefusal : std::uint8_t {
  none,
  satisfied,       ///< the target is held already
  no_size,         ///< the order size is negative, or there is no price to derive it from
  below_minimum    ///< smaller than the market's minimum, and the limits do not allow the minimum
};
[[nodiscard]] std::string_view to_text(SizeRefusal refusal);

/// The goal of a BUY: on the lot of 0.01, rounded up, at least the market's minimum. 0 when refused.
struct BuyPlan {
  Shares goal;
  SizeRefusal refusal = SizeRefusal::none;
  bool raised = false;  ///< to the minimum
  friend bool operator==(const BuyPlan&, const BuyPlan&) = default;
};

/// Plans a BUY at `price` for a token of which `owned` shares are held (dust, as a rule).
///   order size: params.order_size, at least `order_size_min_factor` minimum sizes; 0 = the whole shares that a dollar
///               buys, rounded up;
///   target mode: what is missing to it; per-order mode: the order size itself.
/// A goal below `min_order_size` is raised to it if `room` allows that many, otherwise refused (rules 2.3): an order
/// that the venue or its own routine would undo is never sent. `room`: the most shares that the limits leave at this
/// price; a goal at or above the minimum is not cut to it, the risk gate decides.
[[nodiscard]] BuyPlan plan_buy(const Params& params, Shares owned, Price price, Shares min_order_size,
                               Shares room = kMaxShares);

/// Order size for a market of this volume: base * (1 + growth * log10(max(volume / base_volume, 1))), rounded up to 4
/// decimals (predecessor 3.2). Unchanged when a volume is unknown (0) or the growth is not positive.
[[nodiscard]] Shares scale_by_volume(Shares base, Ratio growth, Usdc volume, Usdc base_volume);

}  // namespace ebb::strategy
