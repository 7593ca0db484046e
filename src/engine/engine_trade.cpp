// Deciding for one token: the signal, the guards, and the steps of its routines.
#include <algorithm>

#include "base/mutant.hpp"
#include "engine/engine.hpp"
#include "execution/pricing.hpp"
#include "strategy/sizing.hpp"

namespace ebb::engine {
namespace {

using execution::Action;
using execution::Waiting;
using model::CancelReason;

constexpr Duration kClosedPause = minutes(1);
constexpr int kStepsPerEvaluation = 4;  // a routine may end and the next one begin; never a loop without end

}  // namespace

execution::MarketState Engine::market_state(model::TokenIndex token, const TokenTrader& trader) const {
  const book::TokenFeed& feed = feeds_[token.value()];
  const book::Freshness link = book::freshness(connections_[trader.connection.value()].link, now_, config_.freshness);
  execution::MarketState market;
  market.now = now_;
  market.trusted = feed.trusted() || EBB_MUTANT(trade_untrusted);
  market.untrusted_since = feed.untrusted_since();
  market.fresh = link == book::Freshness::fresh;
  market.stale = link == book::Freshness::stale;
  market.sane = book::check_quote(trader.net, feed.last_trade()) == book::Sanity::sane;
  market.post_only_allowed = venue_mode_ == model::VenueMode::normal || venue_mode_ == model::VenueMode::post_only;
  market.crossing_allowed = venue_mode_ == model::VenueMode::normal;
  market.reprice_allowed = market.post_only_allowed;
  market.book_version = trader.net_version;
  return market;
}

void Engine::evaluate(model::TokenIndex token, Cause cause) {
  if (deferring_) {
    if (std::find(deferred_.begin(), deferred_.end(), token) == deferred_.end()) deferred_.push_back(token);
    return;
  }
  TokenTrader& trader = traders_[token.value()];
  if (config_.evaluate_every.raw() > 0 && cause != Cause::answer && trader.evaluated_at.is_set() &&
      now_ - trader.evaluated_at < config_.evaluate_every) {
    ++stats_.evaluations_deferred;
    return;
  }
  switch (cause) {
    case Cause::event:
      ++stats_.evaluations_on_event;
      ++trader.stats.evaluations_on_event;
      break;
    case Cause::timer:
      ++stats_.evaluations_on_timer;
      ++trader.stats.evaluations_on_timer;
      break;
    case Cause::answer: ++stats_.evaluations_on_answer; break;
  }
  trader.evaluated_at = now_;
  const execution::MarketState market = market_state(token, trader);
  trader.usable = market.trusted && !market.stale && market.sane;
  if (trader.traded()) trader.signal.on_quote(pool_, now_, trader.net, trader.usable, *trader.params);
  if (trader.has_work || trader.operator_goal.raw() > 0) step_work(token, trader, market);
  if (!warming_up_ && trader.traded() && !trader.buy.active() && !trader.exit.active())
    step_signal(token, trader, market);
  note_token(token);
}

void Engine::step_signal(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market) {
  const Price tick = tick_of(token);
  const strategy::SignalView view = trader.signal.test(pool_, now_, trader.net, *trader.params, tick, trader.window);
  const bool flat = !trader.has_work || ledger_.classify(token) != model::PositionClass::actionable;
  if (view.trigger == strategy::Trigger::none || !flat) {
    trader.episode_refusal = -1;
    return;
  }
  raise_signal(token, trader, market, view.band);
}

// Every signal becomes an order or a counted refusal. The same refusal of the same episode counts once; its repeats are
// counted apart and alerted.
void Engine::raise_signal(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market,
                          strategy::BandVerdict band) {
  int refusal = guard(token, trader, market);
  if (refusal == 0 && band == strategy::BandVerdict::above_max) refusal = refusal_index(SignalRefusal::above_max_price);
  if (refusal == 0 && band == strategy::BandVerdict::below_min) refusal = refusal_index(SignalRefusal::below_min_price);
  if (refusal != 0) {
    refuse_signal(token, trader, refusal);
    return;
  }
  const model::MarketSpec& spec = markets_.market_of(token);
  const Usdc money = std::min(gate_.limits().per_order, gate_.limits().per_token);
  const std::int64_t bid = std::max(trader.net.bid.raw(), 1);
  const Shares room =
      floor_to_lot(Shares(divide(static_cast<__int128>(money.raw()) * kPriceScale, bid, Rounding::down)));
  const strategy::BuyPlan plan =
      strategy::plan_buy(*trader.params, ledger_.position(token).matched, trader.net.bid, spec.min_order_size, room);
  if (plan.refusal != strategy::SizeRefusal::none) {
    refuse_signal(token, trader, refusal_index(SignalRefusal::size_below_minimum));
    return;
  }
  trader.buy.start(now_, plan.goal, trader.net.bid, execution::MakerBuy::Follow::signal);
  trader.has_work = true;
  (void)step_buy(token, trader, market, true);
  if (!trader.buy.active() && trader.buy.last_result() == execution::Result::refused) return;  // counted by step_buy
  if (!trader.buy.active() || !trader.buy_order.valid() || orders_[trader.buy_order].buy_cycle != trader.buy.cycle()) {
    trader.buy.finish(execution::Result::refused);
    refuse_signal(token, trader, refusal_index(SignalRefusal::no_price));
    return;
  }
  ++stats_.signals_total;
  ++stats_.signals_acted;
  ++trader.stats.signals;
  trader.last_signal = now_;
  trader.episode_refusal = -1;
  listener_->on_signal(now_, token, 0);
  record(model::SignalRecord{token, trader.net.bid, trader.net.ask, {}});
}

void Engine::refuse_signal(model::TokenIndex token, TokenTrader& trader, int refusal) {
  if (trader.episode_refusal == refusal) {
    ++stats_.refusal_repeats;
    if (++trader.episode_repeats % config_.refusal_alert_every == 0) {
      alert(model::AlertKind::repeated_refusal, token, static_cast<std::int64_t>(trader.episode_repeats));
    }
    return;
  }
  trader.episode_refusal = static_cast<std::int16_t>(refusal);
  trader.episode_repeats = 0;
  trader.last_signal = now_;
  ++stats_.signals_total;
  ++trader.stats.signals;
  ++stats_.signals_refused[static_cast<std::size_t>(refusal)];
  trader.remember({now_, DecisionKind::refused, model::Side::buy, trader.net.bid, Shares(0), refusal_name(refusal)});
  listener_->on_signal(now_, token, refusal);
  record(model::SignalRecord{token, trader.net.bid, trader.net.ask, refusal_name(refusal)});
}

// Why this token may not buy now: refusal_index(...), 0 = it may.
int Engine::guard(model::TokenIndex token, const TokenTrader& trader, const execution::MarketState& market) const {
  using R = SignalRefusal;
  if (reconcile_.restarting) return refusal_index(R::restarting);
  if (stopping_ || feed_ended_) return refusal_index(R::stopping);
  if (trader.exit.active()) return refusal_index(R::exiting);
  if (gate_.killed()) return refusal_index(risk::Refusal::kill_switch);
  if (gate_.paused() || trader.blocked(Block::operator_paused)) return refusal_index(risk::Refusal::paused);
  if (daily_loss_stops()) return refusal_index(risk::Refusal::daily_loss);
  if (trader.blocked(Block::resolved)) return refusal_index(R::resolved);
  if (trader.blocked(Block::ended)) return refusal_index(R::market_ended);
  if (trader.blocked(Block::no_tier)) return refusal_index(R::no_tier);
  if (trader.blocked(Block::short_life)) return refusal_index(R::market_life);
  if (trader.blocked(Block::unexplained)) return refusal_index(R::unexplained_match);
  if (trader.blocked(Block::operator_sell_only) || trader.blocked(Block::deadline_sell_only) ||
      trader.blocked(Block::work_off))
    return refusal_index(R::sell_only);
  if (trader.blocked(Block::parked_idle) || trader.blocked(Block::manual) || trader.blocked(Block::exited))
    return refusal_index(R::parked);
  if (now_ < trader.cooldown_until) return refusal_index(R::cooldown);
  if (!market.fresh) return refusal_index(R::not_fresh);
  if (!market.post_only_allowed) return refusal_index(R::venue_mode);
  const strategy::Params& p = *trader.params;
  const Price tick = tick_of(token);
  if (p.limit_spread && !execution::spread_within(trader.net, tick, p.max_spread_ticks, p.max_spread.raw())) {
    return refusal_index(R::spread_too_wide);
  }
  const auto open = [&](execution::OrderHandle h) { return h.valid() && !orders_[h].terminal(); };
  if (open(trader.buy_order) || open(trader.sell_order) || open(trader.exit_order))
    return refusal_index(R::order_pending);
  return 0;
}

void Engine::step_work(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market) {
  bool signal_holds = true;
  if (trader.buy.active()) {
    const Price tick = tick_of(token);
    signal_holds = trader.signal.test(pool_, now_, trader.net, *trader.params, tick, trader.window).trigger !=
                   strategy::Trigger::none;
  } else if (trader.operator_goal.raw() > 0) {
    const Shares goal =
        std::max(ceil_to_lot(trader.operator_goal), ceil_to_lot(markets_.market_of(token).min_order_size));
    trader.operator_goal = Shares(0);
    int refusal = guard(token, trader, market);
    if (refusal == 0 && ledger_.classify(token) == model::PositionClass::actionable) {
      refusal = refusal_index(SignalRefusal::position_held);  // what is held is sold first (predecessor 5.5)
    }
    if (refusal != 0) {
      refuse_signal(token, trader, refusal);
    } else {
      trader.buy.start(now_, goal, trader.net.bid, execution::MakerBuy::Follow::request);
      trader.has_work = true;
    }
  }
  for (int i = 0; i < kStepsPerEvaluation; ++i) {
    if (trader.exit.active()) {
      if (!step_exit(token, trader, market)) break;
      continue;
    }
    const bool bought = trader.buy.active() && step_buy(token, trader, market, signal_holds);
    const bool sold = step_sell(token, trader, market);
    if (!bought && !sold) break;
  }
  // A BUY that waits for the venue to take orders, or for the trades of an order that is over, answers no signal: each that
  // comes meanwhile is counted.
  if (!signal_holds) {
    trader.episode_refusal = -1;
  } else if (trader.buy.active() && trader.waiting == Waiting::venue_mode && !has_open_buy(token)) {
    refuse_signal(token, trader, refusal_index(SignalRefusal::venue_mode));
  } else if (trader.buy.active() && trader.waiting == Waiting::unexplained) {
    refuse_signal(token, trader, refusal_index(SignalRefusal::unexplained_match));
  }
  update_work(token);
}

// One step of the buy routine; whether something happened that may call for another step.
bool Engine::step_buy(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market,
                      bool signal_holds) {
  const execution::BuyRules rules = buy_rules(token, trader);
  const bool ours = trader.buy_order.valid() && orders_[trader.buy_order].buy_cycle == trader.buy.cycle();
  const execution::Order* order = ours ? &orders_[trader.buy_order] : nullptr;
  const Action action = trader.buy.step(market, trader.net, rules, signal_holds, buy_forbidden(trader), order);
  switch (action.kind) {
    case Action::Kind::none: wait_with(token, trader, action); return false;
    case Action::Kind::place: {
      const Placement placed = place(token, model::Side::buy, action.price, action.size, action.purpose,
                                     trader.buy.reference(), trader.buy.cycle());
      if (placed.order.valid()) {
        trader.buy_order = placed.order;
        trader.buy.on_placed(now_, trader.net);
        return true;
      }
      trader.buy.finish(execution::Result::refused);
      ++stats_.results[static_cast<std::size_t>(execution::Result::refused)];
      refuse_signal(token, trader, refusal_index(placed.refusal));
      return true;
    }
    case Action::Kind::cancel:
      cancel(trader.buy_order, action.cancel);
      wait_with(token, trader, Action::wait(Waiting::cancel_pending));
      return false;
    case Action::Kind::finish:
      trader.buy.finish(action.result);
      routine_ended(token, trader, action.result, model::Side::buy);
      return true;
    case Action::Kind::refresh_balance:
      emit(model::RefreshBalance{});
      wait_with(token, trader, action);
      return false;
    case Action::Kind::request_book:
      emit(model::RequestBook{token, model::BookRequestReason::post_only_rejects});
      wait_with(token, trader, action);
      return false;
    case Action::Kind::request_position: return false;
  }
  return false;
}

bool Engine::step_sell(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market) {
  const execution::Holding held = holding(token, trader);
  if (reconcile_.restarting) {  // what rests stays; nothing is canceled to be placed again, for nothing may be placed
    if (trader.sell.active() || ledger_.classify(token) == model::PositionClass::actionable)
      wait_with(token, trader, Action::wait(Waiting::restarting));
    return false;
  }
  if (!trader.sell.active()) {
    const bool actionable = ledger_.classify(token) == model::PositionClass::actionable;
    if (!actionable || sell_forbidden(trader) || trader.blocked(Block::manual) || now_ < trader.rearm_at) return false;
    if (!held.cost_known) {
      wait_with(token, trader, Action::wait(Waiting::unknown_cost));
      return false;
    }
    trader.sell.start(now_, floor_of(token, trader), tick_of(token));
  }
  const execution::SellRules rules = sell_rules(token, trader);
  const bool ours = trader.sell_order.valid() && orders_[trader.sell_order].buy_cycle == trader.sell.cycle();
  const execution::Order* order = ours ? &orders_[trader.sell_order] : nullptr;
  const Action action = trader.sell.step(market, trader.net, rules, held, sell_forbidden(trader), order);
  if (trader.sell.parked() && !trader.blocked(Block::parked_idle)) {
    trader.set(Block::parked_idle, true);
    trader.remember(
        {now_, DecisionKind::routine_ended, model::Side::sell, trader.sell.floor(), held.matched, "PARKED_IDLE"});
    ++stats_.results[static_cast<std::size_t>(execution::Result::parked_idle)];
  }
  switch (action.kind) {
    case Action::Kind::none: wait_with(token, trader, action); return false;
    case Action::Kind::place: {
      const Placement placed = place(token, model::Side::sell, action.price, action.size, action.purpose,
                                     trader.sell.floor(), trader.sell.cycle());
      if (placed.order.valid()) {
        if (!market.fresh) ++stats_.soft_stale_sells;
        trader.sell_order = placed.order;
        trader.sell.on_placed(now_, orders_[placed.order].intent);
        return true;
      }
      wait_with(token, trader, Action::wait(Waiting::gate_refused, now_ + seconds(1)));
      return false;
    }
    case Action::Kind::cancel:
      cancel(trader.sell_order, action.cancel);
      wait_with(token, trader, Action::wait(Waiting::cancel_pending));
      return false;
    case Action::Kind::finish:
      trader.sell.finish(action.result);
      routine_ended(token, trader, action.result, model::Side::sell);
      return false;
    case Action::Kind::refresh_balance:
      emit(model::RefreshBalance{token});
      wait_with(token, trader, action);
      return false;
    case Action::Kind::request_position:
      emit(model::RequestPosition{token});
      wait_with(token, trader, action);
      return false;
    case Action::Kind::request_book:
      emit(model::RequestBook{token, model::BookRequestReason::post_only_rejects});
      wait_with(token, trader, action);
      return false;
  }
  return false;
}

bool Engine::step_exit(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market) {
  const model::MarketIndex condition = markets_.token(token).market;
  const model::MarketSpec& spec = markets_.market(condition);
  bool others_open = false;
  for (const execution::OrderHandle handle : orders_.open()) {
    execution::Order& order = orders_[handle];
    const bool of_an_exit = order.intent.purpose == model::OrderPurpose::exit;  // ours, or that of the sibling's exit
    if (markets_.token(order.intent.token).market != condition || of_an_exit) continue;
    others_open = true;
    if (order.working() && !order.cancel_requested) cancel(handle, CancelReason::exit);
  }
  const portfolio::Position& position = ledger_.position(token);
  const Price tick = market_states_[condition.value()].tick;
  const Usdc gross = notional(trader.net.bid, position.matched);
  Timestamp end = spec.end.is_set() && spec.end_precision == model::EndPrecision::exact ? spec.end : kNever;
  if (trader.blocked(Block::resolved)) end = std::min(end, now_);  // nothing is sent to a resolved market
  const execution::ExitRules rules{.tick = tick, .min_order = spec.min_order_size, .market_end = end};
  const execution::ExitHolding held{
      .matched = position.matched,
      .sellable = position.settled - gate_.open_sells(token),
      .unsettled_buys = position.unsettled_buys,
      .unsettled_sells = position.unmined_sells,
      .orders_open = others_open,
      .worth_selling = gross > portfolio::taker_fee(trader.net.bid, position.matched, spec.fees)};
  const execution::Order* order = trader.exit_order.valid() ? &orders_[trader.exit_order] : nullptr;
  const Action action = trader.exit.step(market, trader.net, rules, held, order);
  switch (action.kind) {
    case Action::Kind::place: {
      if (reconcile_.restarting) {
        wait_with(token, trader, Action::wait(Waiting::restarting));
        return false;
      }
      const Placement placed = place(token, model::Side::sell, action.price, action.size, action.purpose, Price(0), 0);
      if (!placed.order.valid()) {
        wait_with(token, trader, Action::wait(Waiting::gate_refused, now_ + seconds(1)));
        return false;
      }
      trader.exit_order = placed.order;
      trader.exit.on_placed(now_);
      return true;
    }
    case Action::Kind::finish:
      trader.exit.finish(action.result);
      routine_ended(token, trader, action.result, model::Side::sell);
      return false;
    default: wait_with(token, trader, action); return false;
  }
}

void Engine::start_exit(model::TokenIndex token, execution::ExitReason reason) {
  TokenTrader& trader = traders_[token.value()];
  if (trader.exit.active()) return;
  ++stats_.exits_started;
  if (trader.buy.active()) trader.buy.finish(execution::Result::stopped);
  if (trader.sell.active()) trader.sell.finish(execution::Result::stopped);
  trader.operator_goal = Shares(0);
  trader.exit_order = execution::OrderHandle::none();
  trader.exit.start(now_, reason);
  trader.set(Block::exited, true);
  trader.has_work = true;
  trader.remember({now_, DecisionKind::exit_started, model::Side::sell, trader.net.bid, ledger_.position(token).matched,
                   execution::to_text(reason)});
  evaluate(token, Cause::answer);
}

void Engine::routine_ended(model::TokenIndex token, TokenTrader& trader, execution::Result result, model::Side side) {
  ++stats_.results[static_cast<std::size_t>(result)];
  trader.waiting = Waiting::none;
  trader.remember(
      {now_, DecisionKind::routine_ended, side, {}, ledger_.position(token).matched, execution::to_text(result)});
  switch (result) {
    case execution::Result::market_ended:  // by the clock, or the venue said so and nobody told us why: it is asked
      if (side == model::Side::buy) trader.cooldown_until = now_ + kClosedPause;
      break;
    case execution::Result::pulled: trader.cooldown_until = now_ + trader.params->pull_cooldown; break;
    case execution::Result::rejected:
    case execution::Result::shortage:
    case execution::Result::skipped_too_small:
    case execution::Result::price_timeout:
      if (side == model::Side::buy) trader.cooldown_until = now_ + seconds(30);
      break;
    case execution::Result::failed:
      trader.rearm_at = now_ + config_.rearm_interval;
      alert(model::AlertKind::holding_without_sell, token, ledger_.position(token).matched.raw());
      break;
    case execution::Result::flat: ++stats_.exits_flat; break;
    case execution::Result::manual:
      ++stats_.exits_manual;
      trader.set(Block::manual, true);
      alert(model::AlertKind::manual_intervention, token, ledger_.position(token).matched.raw());
      break;
    default: break;
  }
  if (side == model::Side::buy && trader.cooldown_until < now_) trader.cooldown_until = now_ + seconds(1);
  // A position that could not be sold is tried again within a reconcile interval, not at once for ever.
  const bool unsold = side == model::Side::sell && ledger_.classify(token) == model::PositionClass::actionable;
  if (unsold) trader.rearm_at = std::max(trader.rearm_at, now_ + config_.rearm_interval);
}

// Whether there is more to look at than the signal. Derived here and nowhere else.
void Engine::update_work(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  const auto open = [&](execution::OrderHandle h) { return h.valid() && !orders_[h].terminal(); };
  trader.has_work = trader.buy.active() || trader.sell.active() || trader.exit.active() || open(trader.buy_order) ||
                    open(trader.sell_order) || open(trader.exit_order) ||
                    ledger_.position(token).matched >= markets_.market_of(token).min_order_size;
}

std::optional<CancelReason> Engine::buy_forbidden(const TokenTrader& trader) const {
  if (trader.exit.active()) return CancelReason::exit;
  if (stopping_) return CancelReason::stopped;
  if (gate_.killed() || daily_loss_stops()) return CancelReason::risk;
  if (trader.blocked(Block::resolved) || trader.blocked(Block::ended)) return CancelReason::market_end;
  if (trader.blocked(Block::unexplained)) return CancelReason::risk;
  if (trader.blocked(Block::operator_sell_only) || trader.blocked(Block::deadline_sell_only) ||
      trader.blocked(Block::work_off))
    return CancelReason::sell_only;
  if (trader.blocked(Block::parked_idle) || trader.blocked(Block::manual) || trader.blocked(Block::exited))
    return CancelReason::sell_only;
  if (gate_.paused() || trader.blocked(Block::operator_paused)) return CancelReason::operator_request;
  return std::nullopt;
}

std::optional<CancelReason> Engine::sell_forbidden(const TokenTrader& trader) const {
  if (trader.exit.active()) return CancelReason::exit;
  if (stopping_ && (feed_ended_ || config_.stop_policy == StopPolicy::cancel_all)) return CancelReason::stopped;
  if (trader.blocked(Block::resolved) || trader.blocked(Block::ended)) return CancelReason::market_end;
  if (trader.blocked(Block::unexplained)) return CancelReason::risk;
  return std::nullopt;
}

execution::BuyRules Engine::buy_rules(model::TokenIndex token, const TokenTrader& trader) const {
  const strategy::Params& p = *trader.params;
  const model::MarketSpec& spec = markets_.market_of(token);
  return {.tick = spec.tick,
          .min_order = spec.min_order_size,
          .cap = p.max_buy_price,
          .max_chase_ticks = p.max_chase_ticks,
          .ttl = p.buy_ttl,
          .signal_grace = p.signal_grace,
          .pull = p.buy_pull,
          .limit_spread = p.limit_spread,
          .max_spread_ticks = p.max_spread_ticks,
          .max_spread_ratio = p.max_spread.raw(),
          .requote = {p.requote_min_ticks, p.buy_requote_interval},
          .no_bid_timeout = p.no_bid_timeout};
}

execution::SellRules Engine::sell_rules(model::TokenIndex token, const TokenTrader& trader) const {
  const strategy::Params& p = *trader.params;
  const model::MarketSpec& spec = markets_.market_of(token);
  return {.tick = spec.tick,
          .min_order = spec.min_order_size,
          .aggressive = p.sell_mode == strategy::SellMode::aggressive,
          .step = p.aggressive_step,
          .step_timeout = p.aggressive_timeout,
          .idle_timeout = strategy::idle_timeout_of(p, ledger_.average_cost_micros(token)),
          .requote = {p.requote_min_ticks, p.sell_requote_interval}};
}

execution::Holding Engine::holding(model::TokenIndex token, const TokenTrader& trader) const {
  const portfolio::Position& position = ledger_.position(token);
  return {.matched = position.matched,
          .sellable = position.settled - gate_.open_sells(token),
          .unsettled = std::max(position.unsettled_buys, position.unmined_buys),
          .cost_known = position.cost_known || trader.params->unknown_cost_floor.raw() > 0,
          .buying = trader.buy.active() || (trader.buy_order.valid() && !orders_[trader.buy_order].terminal())};
}

// Where nobody knows what the position cost, the operator's floor; there is none without it.
Price Engine::floor_of(model::TokenIndex token, const TokenTrader& trader) const {
  if (!ledger_.position(token).cost_known)
    return ceil_to_tick(trader.params->unknown_cost_floor, markets_.market_of(token).tick);
  return strategy::profit_floor(ledger_.average_cost_micros(token), *trader.params, markets_.market_of(token).tick);
}

void Engine::wait_with(model::TokenIndex token, TokenTrader& trader, const Action& action) {
  if (trader.waiting != action.waiting) {
    trader.waiting = action.waiting;
    trader.waiting_since = now_;
  }
  if (action.recheck.is_set()) recheck(token, trader, action.recheck);
}

// Wakes the token at `at` unless it will look anyway before.
void Engine::recheck(model::TokenIndex token, TokenTrader& trader, Timestamp at) {
  if (at <= now_ || at >= trader.recheck_at) {
    if (trader.recheck_at > now_) return;
  }
  if (at <= now_) return;
  trader.recheck_at = at;
  schedule(at, TimerKind::recheck, token.value());
}

}  // namespace ebb::engine
