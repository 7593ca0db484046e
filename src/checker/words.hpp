// The words between the outside checker and whoever feeds it: plain values, no type of the trader or of the exchange.
//
// Units everywhere in this folder: prices in 1e-4 dollars (4800 = 0.48), shares and dollars in millionths, ratios in
// millionths (30'000 = 3 %), times in nanoseconds since the epoch (0 = never / unknown), spans in nanoseconds.
// Ids are the venue's texts.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace ebb::checker {

using TimeNs = std::int64_t;
using SpanNs = std::int64_t;
using PriceRaw = std::int32_t;
using Micros = std::int64_t;

inline constexpr SpanNs kMillisecond = 1'000'000;
inline constexpr SpanNs kSecond = 1'000'000'000;
inline constexpr SpanNs kMinute = 60 * kSecond;
inline constexpr PriceRaw kOne = 10'000;  ///< 1.0

enum class Side : std::uint8_t { buy, sell };
enum class OrderType : std::uint8_t { gtc, gtd, fok, fak };
enum class Role : std::uint8_t { maker, taker };
enum class SellMode : std::uint8_t { conservative, aggressive };
/// embedded: our orders stand in the displayed book. paper: the book is a recording, we are absent from it (rules 1.7).
enum class Mode : std::uint8_t { embedded, paper };
enum class StopPolicy : std::uint8_t { cancel_all, keep_sells };
enum class SellAfter : std::uint8_t { mined, confirmed, matched };
/// Status of a trade leg. `retrying` counts as matched.
enum class LegStatus : std::uint8_t { matched, retrying, mined, confirmed, failed };

/// What the trader says are the parameters of one token, as effective (caps to the market's life already applied).
struct TokenParams {
  bool traded = true;  ///< false: watched only, no signal is expected
  SpanNs window = 30 * kMinute;
  Micros drop = 30'000;  ///< ratio
  int min_drop_ticks = 2;
  PriceRaw buy_price_threshold = 0;  ///< extra trigger: bid <= x; 0 = off
  PriceRaw min_buy_price = 500;
  PriceRaw max_buy_price = 9500;  ///< the cap of BUY prices
  PriceRaw min_price = 0;  ///< quotes with a side outside [min_price, max_price] are ignored
  PriceRaw max_price = 10'000;
  bool incremental_drop = false;
  Micros drop_step = 0;
  Micros drop_cap = 200'000;
  Micros profit = 10'000;  ///< ratio
  int min_profit_ticks = 1;
  PriceRaw min_profit = 30;  ///< the largest of the three is the profit (rules 6)
  SpanNs buy_ttl = 10 * kMinute;  ///< 0 = none: the market's end bounds a BUY
  int max_chase_ticks = 1;  ///< above the reference bid; -1 = no limit below the cap
  SpanNs signal_grace = 5 * kSecond;
  bool buy_pull = true;
  SpanNs pull_cooldown = 5 * kSecond;
  bool limit_spread = true;
  int max_spread_ticks = 3;
  Micros max_spread = 50'000;  ///< ratio of the mid; the larger of the two applies
  int requote_min_ticks = 1;
  SpanNs buy_requote_interval = 1500 * kMillisecond;
  SpanNs sell_requote_interval = 3 * kSecond;
  SellMode sell_mode = SellMode::aggressive;
  SpanNs sell_idle_timeout = 0;  ///< without a fill for so long, a SELL rests at its floor; 0 = none
  SpanNs sell_only_before_end = 0;  ///< no BUY signal is expected from (end - this) on
};

struct TokenConfig {
  std::string token_id;  ///< empty = never shown
  TokenParams params;
};

struct MarketConfig {
  std::string condition_id;
  std::string event;  ///< empty = an event of its own
  std::array<TokenConfig, 2> tokens;  ///< [0] = YES
  PriceRaw tick = 100;  ///< at the start; frames change it
  Micros min_size = 5'000'000;
  bool neg_risk = false;
  TimeNs end = 0;  ///< 0 = unknown or imprecise: nothing is judged by it
  int fee_rate_bps = 500;  ///< taker fee = shares x rate x (p (1 - p))^exponent, rounded up to 1e-5
  int fee_exponent = 1;
  std::uint32_t connection = 0;  ///< market connection that carries it (corrected by its first frame)
};

/// Dollars of what can be lost; 0 = no such limit.
struct LimitConfig {
  Micros per_order = 10'000'000;
  Micros per_token = 15'000'000;
  Micros per_market = 25'000'000;
  Micros per_event = 50'000'000;
  Micros total = 200'000'000;
  std::uint32_t open_orders = 100;
  std::uint32_t orders_per_second = 10;
  Micros daily_loss = 20'000'000;
  bool stop_on_daily_loss = true;
  bool one_active_token_per_condition = true;
};

struct CheckerConfig {
  std::vector<MarketConfig> markets;
  LimitConfig limits;
  Mode mode = Mode::embedded;
  StopPolicy stop_policy = StopPolicy::cancel_all;
  SellAfter sell_after = SellAfter::mined;
  Micros starting_cash = 0;
  bool heartbeat = false;
  SpanNs soft_stale_after = 15 * kSecond;
  SpanNs link_stale = 30 * kSecond;
  SpanNs hash_check_min_interval = 0;  ///< the trader's budget (rules 1.5); -1 = it checks no hash
  SpanNs evaluation_interval = kSecond;  ///< how often the trader looks at time-dependent conditions
  SpanNs round_trip = kSecond;  ///< command to venue and back, at most
  Micros money_tolerance_per_leg = 0;  ///< rounding allowed between ledger and truth, for each trade leg
  std::vector<std::string> exit_purposes = {"EXIT"};  ///< may cross, may sell below the floor
  std::vector<std::string> reprice_reasons = {"REQUOTE", "STEP_DOWN"};  ///< cancels made to place again
  std::size_t max_violations = 1000;  ///< kept with their text; all are counted
};

/// How the venue answered a placement, as the trader was told.
enum class PlaceAnswer : std::uint8_t { live, matched, delayed, unmatched, rejected, unknown };
enum class CancelAnswer : std::uint8_t { canceled, already_done, not_found, unknown };
/// Answer to a question about one order.
enum class StatusAnswer : std::uint8_t { live, matched, canceled, not_found, unknown };
enum class VenueMode : std::uint8_t { normal, post_only, cancel_only, disabled, restarting };
enum class ConnectionState : std::uint8_t { open, closed };
/// The trader's threads: one decides, one speaks with the venue.
enum class Thread : std::uint8_t { engine, desk };
enum class OperatorAction : std::uint8_t {
  pause,
  resume,
  exit_token,
  flatten,
  cancel_all,
  kill,
  reset_kill,
  sell_only,
  trade
};

/// An order as the trader sends it, with what it says about it.
struct PlaceClaim {
  std::string id;
  std::string token_id;
  Side side = Side::buy;
  OrderType type = OrderType::gtc;
  bool post_only = true;
  PriceRaw price = 0;
  Micros size = 0;
  std::string purpose;  ///< "DIP_BUY", "REQUOTE_BUY", "TAKE_PROFIT", "EXIT", ...
  PriceRaw reference_bid = 0;  ///< BUY: the signal's reference bid; 0 = not given
  TimeNs signal_time = 0;  ///< BUY: when that signal was seen; 0 = now
  PriceRaw floor = 0;  ///< SELL: the position's profit floor; 0 = none (exit, unknown cost)
};

/// One leg of a trade as the exchange knows it, or as a sweep told the trader. Told again with each change of status.
struct Leg {
  std::string trade_id;
  std::string order_id;
  std::string token_id;
  Side side = Side::buy;
  PriceRaw price = 0;
  Micros size = 0;
  Role role = Role::maker;
  Micros fee = 0;  ///< dollars, >= 0
  Micros amount = -1;  ///< dollars moved, without the fee; -1 = price x size rounded down
  LegStatus status = LegStatus::matched;
  TimeNs match_time = 0;  ///< 0 = the time of the call
};

/// What became of one of the trader's orders on the exchange.
enum class TruthOrderEvent : std::uint8_t { accepted, rejected, filled, partially_filled, canceled, expired };

struct Holding {
  std::string token_id;
  Micros size = 0;
};
/// The exchange's own account of the trader.
struct TruthAccount {
  Micros cash = 0;
  std::vector<Holding> holdings;
  std::vector<std::string> open_orders;
};

/// One token of the trader's ledger.
struct LedgerToken {
  std::string token_id;
  Micros size = 0;  ///< matched
  Micros cost = 0;
  Micros realized = 0;  ///< proceeds - cost of what was sold, without fees
  Micros fees = 0;
};
/// The trader's ledger at one instant.
struct LedgerClaim {
  std::vector<LedgerToken> tokens;
  Micros cash = 0;
  Micros realized = 0;
  Micros fees = 0;
  bool total_given = false;  ///< total PnL = cash - starting cash + executable value of the positions
  Micros total = 0;
  std::int64_t legs = -1;  ///< number of trade legs it holds; -1 = not given
};

/// What a trader that was started again says that it knows of the time before.
struct RestartClaim {
  std::vector<std::string> orders;  ///< ids of those that were not over
  std::set<std::string, std::less<>> claimed;  ///< of those, with a matched sum that no trade explains yet
  std::vector<std::pair<std::string, std::string>> legs;  ///< (trade, order) that its ledger holds
  bool killed = false;  ///< the kill switch is on
  TimeNs written_until = 0;  ///< what happened later it had not written down
};

/// A unit of recorded liquidity that the paper venue counted (rules 8): a print, a displayed crossing size (or its
/// increase), a level taken by a marketable order, a fall (optimistic).
enum class PaperUnitKind : std::uint8_t { print, displayed, taken, fall };
struct PaperGrant {
  std::uint64_t unit = 0;  ///< unique id of the recorded unit
  PaperUnitKind kind = PaperUnitKind::print;
  std::string token_id;  ///< as recorded
  PriceRaw price = 0;  ///< as recorded, in that token's terms
  Micros size = 0;  ///< shares it can give
};
enum class PaperUse : std::uint8_t { queue, fill };
struct PaperUsed {
  std::uint64_t unit = 0;
  PaperUse use = PaperUse::fill;
  PaperUnitKind rule = PaperUnitKind::print;  ///< the rule under which it was used
  std::string order_id;
  Micros size = 0;
};

/// One broken rule.
struct Violation {
  std::string rule;  ///< stable id; README.md maps it to its sentence
  TimeNs time = 0;
  std::string token_id;  ///< may be empty
  std::string detail;
};

}  // namespace ebb::checker
