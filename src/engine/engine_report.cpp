// What the engine tells of itself: derived phases, money, explanations.
#include <algorithm>

#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

constexpr std::pair<Block, std::string_view> kBlockNames[] = {
    {Block::retired, "retired: its market is no longer followed"},
    {Block::not_traded, "not traded: only followed"},
    {Block::resolved, "the market is resolved"},
    {Block::ended, "the market's end has come"},
    {Block::work_off, "sell-only: not configured any more, what is held is sold"},
    {Block::operator_sell_only, "sell-only by operator"},
    {Block::operator_paused, "paused by operator"},
    {Block::deadline_sell_only, "sell-only: the market's end is near"},
    {Block::parked_idle, "parked: the sell order idles at its floor"},
    {Block::manual, "manual: the exit gave up, look at the position"},
    {Block::unexplained, "unexplained match: no further order until it is explained"},
    {Block::exited, "left on purpose: resume trades it again"},
    {Block::short_life, "the market lives shorter than its tier wants"},
    {Block::no_tier, "no tier fits the market"},
};

}  // namespace

Phase Engine::phase(model::TokenIndex token) const {
  const TokenTrader& trader = traders_[token.value()];
  const auto working = [&](execution::OrderHandle h) { return h.valid() && !orders_[h].terminal(); };
  if (trader.exit.active()) return Phase::exiting;
  if (trader.buy.active() || working(trader.buy_order)) return Phase::buying;
  if (trader.blocked(Block::parked_idle) || trader.blocked(Block::manual)) return Phase::parked;
  if (working(trader.sell_order)) return Phase::selling;
  if (ledger_.classify(token) == model::PositionClass::actionable) return Phase::holding;
  if (trader.blocked(Block::exited) || trader.blocked(Block::short_life) || trader.blocked(Block::no_tier))
    return Phase::parked;
  return Phase::idle;
}

Usdc Engine::mark_of(model::TokenIndex token) const {
  InlineVector<model::Level, 8> own;
  for (const OwnEntry& entry : traders_[token.value()].own) {
    if (entry.side == model::Side::buy && entry.shown.raw() > 0) own.push_back({entry.price, entry.shown});
  }
  return portfolio::executable_value(feeds_[token.value()].book().view(), ledger_.position(token).matched,
                                     {own.begin(), own.size()});
}

Money Engine::money() const {
  Money money;
  Usdc cost;
  for (const model::TokenIndex token : ledger_.touched()) {
    const portfolio::Position& position = ledger_.position(token);
    if (position.matched.raw() <= 0) continue;
    money.marked += mark_of(token);
    cost += position.cost;
  }
  money.cash = ledger_.cash();
  money.realized = ledger_.realized();
  money.fees = ledger_.fees();
  money.unrealized = money.marked - cost;
  money.total = money.cash + money.marked - ledger_.capital();
  money.reserved = gate_.open_buys_total();
  return money;
}

TokenReport Engine::report(model::TokenIndex token) const {
  const TokenTrader& trader = traders_[token.value()];
  const book::TokenFeed& feed = feeds_[token.value()];
  const model::MarketSpec& spec = markets_.market_of(token);
  const portfolio::Position& position = ledger_.position(token);
  const strategy::Params& params = *trader.params;
  TokenReport r;
  r.token = token;
  r.token_id = markets_.token_id(token);
  r.outcome = markets_.outcome(token);
  r.question = spec.question;
  r.slug = spec.slug;
  r.tier = trader.tier;
  r.phase = phase(token);
  r.quote = trader.net;
  r.tick = spec.tick;
  r.trusted = feed.trusted();
  r.untrusted_reason = book::to_text(feed.untrusted_reason());
  r.data_age = feed.received().is_set() ? now_ - feed.received() : Duration(0);
  r.link_age = now_ - connections_[trader.connection.value()].link.last_alive;
  const auto& window = trader.signal.window();
  const std::int32_t high2 = window.high2(pool_);
  r.window_high = Price(high2 / 2);
  if (high2 > 0) {
    r.drop_now = static_cast<double>(high2 - window.current2()) / high2;
    r.max_drop = static_cast<double>(high2 - window.low_since_high2(pool_)) / high2;
  }
  r.drop_needed = static_cast<double>(trader.signal.drop().raw()) / strategy::kRatioScale;
  r.drop_ticks_needed = params.min_drop_ticks;
  r.window_points = window.points();
  r.window = trader.window;
  r.last_signal = trader.last_signal;
  if (trader.episode_refusal >= 0) r.last_refusal = refusal_name(trader.episode_refusal);
  r.refusal_repeats = trader.episode_repeats;
  r.size = position.matched;
  r.sellable = position.settled - gate_.open_sells(token);
  r.settling = position.unsettled_buys;
  r.cost = position.cost;
  r.average_cost_micros = ledger_.average_cost_micros(token);
  r.mark = mark_of(token);
  r.realized = position.realized;
  r.unrealized = r.mark - position.cost;
  r.fees = position.fees;
  if (trader.sell.active()) {
    r.floor = trader.sell.floor();
  } else if (position.matched.raw() > 0) {
    r.floor = strategy::profit_floor(r.average_cost_micros, params, spec.tick);
  }
  r.position_class = ledger_.classify(token);
  r.fills = position.fills;
  r.round_trips = position.round_trips;
  r.open_buys = gate_.open_buys(token);
  r.market_worst_loss = gate_.market_worst_loss(markets_.token(token).market);
  r.total_worst_loss = gate_.total_worst_loss();
  for (const auto& [block, name] : kBlockNames) {
    if (trader.blocked(block)) r.guards.emplace_back(name);
  }
  if (reconcile_.restarting)
    r.guards.emplace_back("restarting: no order before orders, trades and positions are known");
  if (now_ < trader.cooldown_until) r.guards.emplace_back("cooling down");
  if (gate_.paused()) r.guards.emplace_back("paused by operator");
  if (gate_.killed()) r.guards.emplace_back("kill switch");
  if (daily_loss_stops()) r.guards.emplace_back("daily loss limit reached: no BUY today");
  for (const execution::OrderHandle handle : orders_.open()) {
    const execution::Order& order = orders_[handle];
    if (order.intent.token != token) continue;
    r.orders.push_back({order.intent.id, order.intent.side, order.state, order.intent.price, order.intent.size,
                        order.filled, now_ - order.intent.time});
  }
  const std::uint32_t kept =
      std::min<std::uint32_t>(trader.decision_count, static_cast<std::uint32_t>(trader.decisions.size()));
  for (std::uint32_t i = trader.decision_count - kept; i < trader.decision_count; ++i) {
    r.decisions.push_back(trader.decisions[i % trader.decisions.size()]);
  }
  r.stats = trader.stats;
  r.stats.window_points += window.points();
  if (trader.waiting != execution::Waiting::none && r.phase != Phase::idle) {
    r.reason = execution::to_text(trader.waiting);
  } else if (!r.guards.empty()) {
    r.reason = r.guards.front();
  } else if (!r.last_refusal.empty()) {
    r.reason = r.last_refusal;
  } else if (!feed.trusted()) {
    r.reason = "UNTRUSTED: " + r.untrusted_reason;
  } else {
    r.reason = "watching for a dip";
  }
  return r;
}

}  // namespace ebb::engine
