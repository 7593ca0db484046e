// Parameters of a token trader, and the tiers that choose them (rules 6; predecessor 5.1, 6, 7, 8).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/market.hpp"

namespace ebb::strategy {

/// A ratio in millionths: 30'000 = 3 %. Compared by cross-multiplication, so signals are exact.
using Ratio = Quantity<struct RatioTag, std::int64_t>;
inline constexpr std::int64_t kRatioScale = 1'000'000;

enum class SellMode : std::uint8_t { conservative, aggressive };
enum class MarketEndAction : std::uint8_t { exit, hold };
enum class SizeMode : std::uint8_t { per_order, target };

struct Params {
  // signal (predecessor 6)
  Duration window = minutes(30);
  Ratio drop{30'000};
  std::int32_t min_drop_ticks = 2;
  Price buy_price_threshold{0};       ///< extra trigger: bid <= x; 0 = off
  Price min_buy_price{500};           ///< BUY price band
  Price max_buy_price{9500};          ///< no BUY when bid >= x, at signal and at every (re)price
  Price min_price{0};                 ///< quotes with a side below / above are ignored (history too)
  Price max_price{10'000};
  bool incremental_drop = false;
  Ratio drop_step{0};
  Ratio drop_cap{200'000};
  // profit
  Ratio profit{10'000};
  std::int32_t min_profit_ticks = 1;
  Price min_profit{30};               ///< 0.003; the larger of the three applies
  Ratio profit_floor_coarse{0};       ///< `profit` is at least this at ticks of 0.01 and more ...
  Ratio profit_floor_fine{0};         ///< ... and this at finer ones (predecessor 5.1); see profit_at
  // sizing (rules 2.3, predecessor B)
  SizeMode size_mode = SizeMode::target;
  Shares order_size = shares_of(10);  ///< 0 = ceil($1 / price)
  std::int32_t order_size_min_factor = 2;  ///< order_size is at least this many minimum sizes; 0 = off
  // buying
  Duration buy_ttl = minutes(10);     ///< 0 = none
  std::int32_t max_chase_ticks = 1;   ///< above the signal's reference bid; -1 = no limit below the cap
  Duration signal_grace = seconds(5);
  bool buy_pull = true;
  Duration pull_cooldown = seconds(5);
  std::int32_t max_spread_ticks = 3;
  Ratio max_spread{50'000};           ///< of the mid; the larger of the two applies
  bool limit_spread = true;           ///< false: no spread limit at all
  Duration no_bid_timeout = seconds(600);
  // requoting
  std::int32_t requote_min_ticks = 1;
  Duration buy_requote_interval = milliseconds(1500);
  Duration sell_requote_interval = milliseconds(3000);
  // selling (predecessor 8)
  SellMode sell_mode = SellMode::aggressive;
  Price aggressive_step{100};
  Duration aggressive_timeout = seconds(300);
  Duration sell_idle_timeout = hours(4);   ///< 0 = off; only fills reset it
  Price unknown_cost_floor{0};             ///< of a position whose cost nobody knows; 0 = it is not sold, and named
  bool idle_by_entry = false;              ///< shorter for dear positions (predecessor 5.6); see idle_timeout_of
  // ends (rules 5.3)
  Duration countdown = minutes(300);
  Duration min_life = hours(1);
  bool cap_window_to_life = true;          ///< window at most 20 % of the market's life
  MarketEndAction market_end_action = MarketEndAction::exit;
};

/// What a tier asks of a market; the first tier that matches is the market's (rules 6).
struct TierRule {
  std::string name;
  bool enabled = true;
  Price min_tick{0}, max_tick{10'000};
  std::int32_t max_spread_ticks = 10'000;
  double min_updates_per_minute = 0.0;
  Duration min_life{0};
  Duration max_life{INT64_MAX};
  Params params;
};

struct MarketTraits {
  Price tick{100};
  std::int32_t spread_ticks = 0;
  double updates_per_minute = 0.0;
  Duration life{INT64_MAX};   ///< INT64_MAX = no known end
};

/// The profit asked for at this tick: `profit`, raised to the floor of the grid (predecessor 5.1).
[[nodiscard]] Ratio profit_at(const Params& params, Price tick);
/// How long a SELL may go without a fill before it rests at its floor, 0 = for ever. With `idle_by_entry` at most 1 h
/// from an average cost of 0.95 on, 2 h from 0.90 on, 4 h below (predecessor 5.6). `cost_micros`: millionths of a
/// dollar a share.
[[nodiscard]] Duration idle_timeout_of(const Params& params, std::int64_t cost_micros);

/// The built-in tiers (rules 6, 9; predecessor 5.1). All but `default` are disabled unless asked for.
[[nodiscard]] Params default_params();
[[nodiscard]] Params fast_params();
[[nodiscard]] Params predecessor_params();
[[nodiscard]] Params demo_params();
[[nodiscard]] std::vector<TierRule> builtin_tiers();

/// The first enabled tier that fits; nullptr if none does (the token is not traded, and says so).
[[nodiscard]] const TierRule* choose_tier(const std::vector<TierRule>& tiers, const MarketTraits& traits);

}  // namespace ebb::strategy
