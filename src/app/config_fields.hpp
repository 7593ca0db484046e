// The one list of settings: every section's keys with their ranges and comments. Reading, printing and applying the
// configuration are visitors over it, so a key cannot be known to one of them only.
//
// A visitor has `field(key, value, range, comment)` for the kinds of value below, and `group(title)`.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "app/config.hpp"

namespace ebb::app {

template <class T>
struct Range {
  T least;
  T most;
};

/// How a value is written where its type does not say so.
struct Percent {       ///< a Ratio as a percentage: 3 = 3 %
  strategy::Ratio* value;
};
struct Milliseconds {  ///< a Duration as a bare number of milliseconds
  Duration* value;
};
struct Url {
  std::string* value;
  std::string_view scheme;  ///< "http" or "ws", each with or without s
};
template <class E, std::size_t N>
struct Choice {
  E* value;
  const std::array<std::pair<std::string_view, E>, N>* names;
};

inline constexpr std::array<std::pair<std::string_view, strategy::SellMode>, 2> kSellModes{
    {{"conservative", strategy::SellMode::conservative}, {"aggressive", strategy::SellMode::aggressive}}};
inline constexpr std::array<std::pair<std::string_view, strategy::MarketEndAction>, 2> kMarketEndActions{
    {{"exit", strategy::MarketEndAction::exit}, {"hold", strategy::MarketEndAction::hold}}};
inline constexpr std::array<std::pair<std::string_view, strategy::SizeMode>, 2> kSizeModes{
    {{"per_order", strategy::SizeMode::per_order}, {"target", strategy::SizeMode::target}}};
inline constexpr std::array<std::pair<std::string_view, portfolio::SellAfter>, 3> kSellAfters{
    {{"mined", portfolio::SellAfter::mined},
     {"confirmed", portfolio::SellAfter::confirmed},
     {"matched", portfolio::SellAfter::matched}}};
inline constexpr std::array<std::pair<std::string_view, StopPolicy>, 2> kStopPolicies{
    {{"cancel_all", StopPolicy::cancel_all}, {"keep_sells", StopPolicy::keep_sells}}};

inline constexpr std::array<std::pair<std::string_view, session::ForeignOrders>, 2> kForeignOrders{
    {{"leave", session::ForeignOrders::leave}, {"cancel", session::ForeignOrders::cancel}}};
inline constexpr std::array<std::pair<std::string_view, store::Durability>, 2> kDurabilities{
    {{"process", store::Durability::process}, {"power", store::Durability::power}}};

inline constexpr Range<Price> kAnyPrice{Price(0), Price(10'000)};
inline constexpr Range<strategy::Ratio> kAnyRatio{strategy::Ratio(0), strategy::Ratio(1'000'000)};
inline constexpr Range<std::int32_t> kAnyTicks{0, 10'000};
inline constexpr Range<Duration> kUpToAYear{Duration(0), hours(24 * 366)};
inline constexpr Range<Usdc> kAnyMoney{Usdc(0), dollars(1'000'000'000)};

template <class Visitor>
void visit_fields(Visitor& v, VenueConfig& c) {
  v.field("clob_rest", Url{&c.clob_rest, "http"}, "order book and orders");
  v.field("ws_market", Url{&c.ws_market, "ws"}, "market data");
  v.field("ws_user", Url{&c.ws_user, "ws"}, "own orders and trades");
  v.field("gamma", Url{&c.gamma, "http"}, "market metadata");
  v.field("data", Url{&c.data, "http"}, "positions and activity");
  v.field("geoblock", Url{&c.geoblock, "http"}, "where trading is allowed");
  v.field("ca_file", c.ca_file, "certificate authorities instead of the system's (PEM); empty = the system's");
}

template <class Visitor>
void visit_fields(Visitor& v, WalletConfig& c) {
  v.field("builder_code", c.builder_code, "0x and 64 hex digits that our orders carry; empty = none");
  v.field("key_file", c.key_file, "file with the keys, mode 0600; empty = environment (EBB_PRIVATE_KEY, ...)");
}

template <class Visitor>
void visit_fields(Visitor& v, risk::Limits& c) {
  v.field("per_order", c.per_order, kAnyMoney, "dollars: one order");
  v.field("per_token", c.per_token, kAnyMoney, "dollars: what can be lost in one token");
  v.field("per_market", c.per_market, kAnyMoney, "dollars: in one market, the worse of its outcomes");
  v.field("per_event", c.per_event, kAnyMoney, "dollars: in the markets of one event");
  v.field("total", c.total, kAnyMoney, "dollars: in everything");
  v.field("open_orders", c.open_orders, Range<std::uint32_t>{0, 100'000}, "open orders");
  v.field("orders_per_second", c.orders_per_second, Range<std::uint32_t>{0, 10'000}, "new orders a second");
  v.field("daily_loss", c.daily_loss, kAnyMoney, "dollars lost in a UTC day: from there on only exits");
  v.field("stop_on_daily_loss", c.stop_on_daily_loss, "false: the daily loss is reported only");
  v.field("one_active_token_per_condition", c.one_active_token_per_condition,
          "never both outcomes of one market at once");
}

template <class Visitor>
void visit_fields(Visitor& v, FeedConfig& c) {
  const Range<Duration> age{milliseconds(100), hours(1)};
  v.field("soft_stale_after_ms", Milliseconds{&c.freshness.soft_stale_after}, age,
          "age of the link from which no BUY leaves");
  v.field("link_stale_ms", Milliseconds{&c.freshness.link_stale}, age, "age of the link from which no order leaves");
  v.field("hash_check_min_interval_ms", Milliseconds{&c.hash_check_min_interval},
          Range<Duration>{Duration(0), hours(1)}, "between two checks of one book's hash");
  v.field("assets_per_connection", c.assets_per_connection, Range<std::uint32_t>{2, 500},
          "tokens of one market WebSocket");
  v.field("twin", c.twin, "two sockets for each connection; what comes first counts");
}

template <class Visitor>
void visit_fields(Visitor& v, ExecutionConfig& c) {
  v.field("sell_after", Choice{&c.sell_after, &kSellAfters}, "when bought shares may be sold");
  v.field("stop_policy", Choice{&c.stop_policy, &kStopPolicies}, "what an orderly stop does with our orders");
  v.field("heartbeat", c.heartbeat, "live: the venue cancels our orders when we fall silent for 10 s");
  v.field("foreign_orders", Choice{&c.foreign_orders, &kForeignOrders},
          "live, at start and after lost connections: open orders of the account that ebb did not place");
  v.field("spin_ms", Milliseconds{&c.spin}, Range<Duration>{Duration(0), seconds(1)},
          "poll this long after an event instead of sleeping: faster orders for busy cores; 0 = off");
  const Range<std::int32_t> core{-1, 1023};
  v.field("engine_core", c.engine_core, core, "bind the engine's thread to this processor core; -1 = free");
  v.field("gateway_core", c.gateway_core, core, "bind the thread that signs and sends to this core; -1 = free");
}

template <class Visitor>
void visit_fields(Visitor& v, JournalConfig& c) {
  v.field("durability", Choice{&c.durability, &kDurabilities},
          "what an intent survives: the end of the process, or of the machine's power as well (slower orders)");
  v.field("event_days", c.retention.event_days, Range<std::int32_t>{1, 3'650},
          "days that closed orders, signals, refusals and incidents are kept");
  v.field("fill_days", c.retention.fill_days, Range<std::int32_t>{7, 3'650},
          "days that single fills are kept; sums by day live on");
  v.field("sum_days", c.retention.sum_days, Range<std::int32_t>{30, 36'500},
          "days of sums by day; sums by year live on");
}

template <class Visitor>
void visit_fields(Visitor& v, InputLogSettings& c) {
  v.field("enabled", c.enabled, "keep everything that a run consumes, so that it can be replayed");
  v.field("segment_mb", c.segment_mb, Range<std::uint32_t>{1, 4096}, "megabytes of one file");
  v.field("segments", c.segments, Range<std::uint32_t>{2, 10'000}, "files; the oldest are removed");
}

template <class Visitor>
void visit_fields(Visitor& v, strategy::Params& p) {
  v.group("signal");
  v.field("window", p.window, Range<Duration>{seconds(1), hours(48)},
          "a drop is measured from the highest mid of this window");
  v.field("drop_pct", Percent{&p.drop}, kAnyRatio, "percent below that high that starts a BUY");
  v.field("min_drop_ticks", p.min_drop_ticks, kAnyTicks, "and at least this many ticks");
  v.field("buy_price_threshold", p.buy_price_threshold, kAnyPrice, "extra trigger: bid at or below; 0 = off");
  v.field("min_buy_price", p.min_buy_price, kAnyPrice, "no BUY below");
  v.field("max_buy_price", p.max_buy_price, kAnyPrice, "no BUY at a bid at or above");
  v.field("min_price", p.min_price, kAnyPrice, "quotes below are ignored");
  v.field("max_price", p.max_price, kAnyPrice, "quotes above are ignored");
  v.field("incremental_drop", p.incremental_drop, "ask for a deeper drop after each round trip");
  v.field("drop_step_pct", Percent{&p.drop_step}, kAnyRatio, "percent more each time");
  v.field("drop_cap_pct", Percent{&p.drop_cap}, kAnyRatio, "percent at most");
  v.group("profit: the largest of the three above the cost");
  v.field("profit_pct", Percent{&p.profit}, kAnyRatio, "percent");
  v.field("min_profit_ticks", p.min_profit_ticks, kAnyTicks, "ticks");
  v.field("min_profit", p.min_profit, kAnyPrice, "price");
  v.group("size");
  v.field("size_mode", Choice{&p.size_mode, &kSizeModes}, "order_size is each order's, or the target to hold");
  v.field("order_size", p.order_size, Range<Shares>{Shares(0), shares_of(1'000'000'000)}, "shares; 0 = what $1 buys");
  v.field("order_size_min_factor", p.order_size_min_factor, Range<std::int32_t>{0, 1000},
          "at least this many minimum sizes; 0 = off");
  v.group("buying");
  v.field("buy_ttl", p.buy_ttl, kUpToAYear, "a BUY's longest life; 0 = none");
  v.field("max_chase_ticks", p.max_chase_ticks, Range<std::int32_t>{-1, 10'000},
          "above the signal's bid; -1 = up to the cap");
  v.field("signal_grace", p.signal_grace, kUpToAYear, "a BUY outlives its signal by this");
  v.field("buy_pull", p.buy_pull, "cancel a BUY that the market leaves or comes too near");
  v.field("pull_cooldown", p.pull_cooldown, kUpToAYear, "pause after that");
  v.field("limit_spread", p.limit_spread, "no BUY in a wide spread");
  v.field("max_spread_ticks", p.max_spread_ticks, kAnyTicks, "wide: more ticks than this");
  v.field("max_spread_pct", Percent{&p.max_spread}, kAnyRatio, "and more percent of the mid than this");
  v.field("no_bid_timeout", p.no_bid_timeout, kUpToAYear, "a BUY without other bids ends after this");
  v.group("requoting");
  v.field("requote_min_ticks", p.requote_min_ticks, Range<std::int32_t>{1, 10'000}, "the touch moved by at least this");
  v.field("buy_requote_min_interval_ms", Milliseconds{&p.buy_requote_interval}, kUpToAYear, "BUY: not more often");
  v.field("sell_requote_min_interval_ms", Milliseconds{&p.sell_requote_interval}, kUpToAYear, "SELL: not more often");
  v.group("selling");
  v.field("sell_mode", Choice{&p.sell_mode, &kSellModes},
          "conservative waits at the floor, aggressive steps down to it");
  v.field("aggressive_step", p.aggressive_step, kAnyPrice, "price of one step down");
  v.field("aggressive_timeout", p.aggressive_timeout, kUpToAYear, "without a fill before a step");
  v.field("sell_idle_timeout", p.sell_idle_timeout, kUpToAYear,
          "without a fill before the SELL rests at its floor; 0 = off");
  v.field("unknown_cost_floor", p.unknown_cost_floor, kAnyPrice,
          "a position of unknown cost is sold at this price or more; 0 = not sold");
  v.group("a market's end");
  v.field("countdown", p.countdown, kUpToAYear, "sell only from this long before it");
  v.field("min_life", p.min_life, kUpToAYear, "markets with less life are not traded");
  v.field("cap_window_to_life", p.cap_window_to_life, "window at most 20 % of the market's life");
  v.field("market_end_action", Choice{&p.market_end_action, &kMarketEndActions}, "sell out before the end, or hold");
}

/// The part of a tier that says which markets it fits; its parameters are visited on their own.
template <class Visitor>
void visit_match(Visitor& v, strategy::TierRule& rule) {
  const Range<Duration> any_life{Duration(0), Duration(INT64_MAX)};
  v.field("min_tick", rule.min_tick, kAnyPrice, "price step of the market, from");
  v.field("max_tick", rule.max_tick, kAnyPrice, "to");
  v.field("max_spread_ticks", rule.max_spread_ticks, kAnyTicks, "spread when the token is taken on");
  v.field("min_updates_per_minute", rule.min_updates_per_minute, Range<double>{0.0, 1e9}, "market events");
  v.field("min_life", rule.min_life, any_life, "life of the market, from");
  v.field("max_life", rule.max_life, any_life, "to below; \"unlimited\"");
}

}  // namespace ebb::app
