#include "runner/checker_feed.hpp"

#include <algorithm>

#include "engine/stats.hpp"
#include "model/ids.hpp"

namespace ebb::runner {
namespace {

checker::Side side_of(model::Side side) { return side == model::Side::buy ? checker::Side::buy : checker::Side::sell; }

checker::OrderType type_of(model::OrderType type) { return static_cast<checker::OrderType>(type); }

checker::LegStatus status_of(model::TradeStatus status) {
  switch (status) {
    case model::TradeStatus::matched: return checker::LegStatus::matched;
    case model::TradeStatus::retrying: return checker::LegStatus::retrying;
    case model::TradeStatus::mined: return checker::LegStatus::mined;
    case model::TradeStatus::confirmed: return checker::LegStatus::confirmed;
    case model::TradeStatus::failed: return checker::LegStatus::failed;
  }
  return checker::LegStatus::matched;
}

checker::TokenParams params_of(const engine::Engine& engine, model::TokenIndex token) {
  const engine::TokenTrader& trader = engine.trader(token);
  const strategy::Params& p = *trader.params;
  checker::TokenParams out;
  out.traded = trader.traded() && !trader.blocked(engine::Block::short_life) && !trader.blocked(engine::Block::no_tier);
  out.window = trader.window.raw();
  out.drop = p.drop.raw();
  out.min_drop_ticks = p.min_drop_ticks;
  out.buy_price_threshold = p.buy_price_threshold.raw();
  out.min_buy_price = p.min_buy_price.raw();
  out.max_buy_price = p.max_buy_price.raw();
  out.min_price = p.min_price.raw();
  out.max_price = p.max_price.raw();
  out.incremental_drop = p.incremental_drop;
  out.drop_step = p.drop_step.raw();
  out.drop_cap = p.drop_cap.raw();
  out.profit = strategy::profit_at(p, engine.markets().market_of(token).tick).raw();
  out.min_profit_ticks = p.min_profit_ticks;
  out.min_profit = p.min_profit.raw();
  out.buy_ttl = p.buy_ttl.raw();
  out.max_chase_ticks = p.max_chase_ticks;
  out.signal_grace = p.signal_grace.raw();
  out.buy_pull = p.buy_pull;
  out.pull_cooldown = p.pull_cooldown.raw();
  out.limit_spread = p.limit_spread;
  out.max_spread_ticks = p.max_spread_ticks;
  out.max_spread = p.max_spread.raw();
  out.requote_min_ticks = p.requote_min_ticks;
  out.buy_requote_interval = p.buy_requote_interval.raw();
  out.sell_requote_interval = p.sell_requote_interval.raw();
  out.sell_mode =
      p.sell_mode == strategy::SellMode::aggressive ? checker::SellMode::aggressive : checker::SellMode::conservative;
  if (!p.idle_by_entry) out.sell_idle_timeout = p.sell_idle_timeout.raw();
  const model::MarketSpec& spec = engine.markets().market_of(token);
  if (spec.end.is_set() && spec.end_precision == model::EndPrecision::exact) {
    const Duration countdown =
        spec.start.is_set() ? std::min(p.countdown, (spec.end - spec.start) * 3 / 10) : p.countdown;
    out.sell_only_before_end = countdown.raw();
  }
  return out;
}

}  // namespace

checker::CheckerConfig checker_config(const engine::EngineConfig& config, checker::Mode mode) {
  checker::CheckerConfig out;
  const risk::Limits& l = config.limits;
  out.limits = {.per_order = l.per_order.raw(),
                .per_token = l.per_token.raw(),
                .per_market = l.per_market.raw(),
                .per_event = l.per_event.raw(),
                .total = l.total.raw(),
                .open_orders = l.open_orders,
                .orders_per_second = l.orders_per_second,
                .daily_loss = l.daily_loss.raw(),
                .stop_on_daily_loss = l.stop_on_daily_loss,
                .one_active_token_per_condition = l.one_active_token_per_condition};
  out.mode = mode;
  out.stop_policy = config.stop_policy == engine::StopPolicy::cancel_all ? checker::StopPolicy::cancel_all
                                                                         : checker::StopPolicy::keep_sells;
  out.sell_after = static_cast<checker::SellAfter>(config.sell_after);
  out.starting_cash = config.starting_cash.raw();
  out.soft_stale_after = config.freshness.soft_stale_after.raw();
  out.link_stale = config.freshness.link_stale.raw();
  out.hash_check_min_interval = config.check_hashes ? config.hash_check_min_interval.raw() : -1;
  out.evaluation_interval = config.reevaluate_interval.raw();
  return out;
}

checker::MarketConfig checker_market(const engine::Engine& engine, model::MarketIndex market) {
  const model::MarketSpec& spec = engine.markets().market(market);
  checker::MarketConfig out;
  out.condition_id = spec.condition_id;
  out.event = spec.event;
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = engine.markets().token_of(market, outcome);
    auto& entry = out.tokens[static_cast<std::size_t>(outcome)];
    if (!token.valid()) {
      entry.params.traded = false;
      continue;
    }
    entry.token_id = engine.markets().token_id(token);
    entry.params = params_of(engine, token);
  }
  out.tick = spec.tick.raw();
  out.min_size = spec.min_order_size.raw();
  out.neg_risk = spec.neg_risk;
  if (spec.end.is_set() && spec.end_precision == model::EndPrecision::exact) out.end = spec.end.ns();
  out.fee_rate_bps = spec.fees.rate_bps;
  out.fee_exponent = spec.fees.exponent;
  return out;
}

Timestamp CheckerFeed::told(Timestamp own) const {
  Duration ahead{0};
  for (const auto& [from, by] : clocks_) {
    if (own >= from) ahead = by;
  }
  return own - ahead;
}

void CheckerFeed::on_signal(Timestamp now, model::TokenIndex token, int refusal) {
  checker_->on_signal(now.ns(), id_of(token), refusal == 0 ? std::string_view("acted") : engine::refusal_name(refusal));
}

void CheckerFeed::on_order_placed(Timestamp now, const execution::Order& order) {
  const model::PlaceOrder& intent = order.intent;
  checker::PlaceClaim claim;
  claim.id = model::to_text(intent.id);
  claim.token_id = id_of(intent.token);
  claim.side = side_of(intent.side);
  claim.type = type_of(intent.type);
  claim.post_only = intent.crossing == model::Crossing::post_only;
  claim.price = intent.price.raw();
  claim.size = intent.size.raw();
  claim.purpose = model::to_text(intent.purpose);
  if (intent.side == model::Side::buy) {
    claim.reference_bid = order.reference.raw();
    claim.signal_time = told(engine_->trader(intent.token).buy.started()).ns();
  } else {
    claim.floor = order.reference.raw();
  }
  checker_->on_place(now.ns(), claim);
}

void CheckerFeed::on_fill(Timestamp now, const model::UserTrade& trade) {
  checker_->on_ledger_leg(now.ns(), trade.trade.view(), model::to_text(trade.order));
}

void CheckerFeed::on_params(Timestamp now, model::TokenIndex token) {
  checker_->set_params(now.ns(), id_of(token), params_of(*engine_, token));
}

void CheckerFeed::on_record(const model::Record& record) {
  if (const auto* change = std::get_if<model::LedgerRecord>(&record.body)) on_ledger_change(record.time, *change);
}

void CheckerFeed::on_ledger_change(Timestamp now, const model::LedgerRecord& change) {
  using enum model::LedgerChange;
  if (!change.token.valid()) return;
  if (change.change == adopted)
    checker_->on_adopt(now.ns(), id_of(change.token), change.size.raw(), change.dollars.raw(), change.cost_known);
  if (change.change == written_off)
    checker_->on_adopt(now.ns(), id_of(change.token), -change.size.raw(), change.dollars.raw(), true);
}

void CheckerFeed::on_command(const model::Command& command, Timestamp now) {
  if (const auto* cancel = std::get_if<model::CancelOrder>(&command)) {
    checker_->on_cancel(now.ns(), model::to_text(cancel->id), model::to_text(cancel->reason));
  } else if (std::get_if<model::SweepTrades>(&command) != nullptr) {
    checker_->on_sweep(now.ns());
  } else if (const auto* alert = std::get_if<model::Alert>(&command)) {
    checker_->on_named(now.ns(), alert->token.valid() ? std::string_view(id_of(alert->token)) : std::string_view(),
                       model::to_text(alert->kind));
  }
}

void CheckerFeed::claim_ledger(Timestamp now) {
  const portfolio::Ledger& ledger = engine_->ledger();
  checker::LedgerClaim claim;
  for (const model::TokenIndex token : ledger.touched()) {
    const portfolio::Position& p = ledger.position(token);
    claim.tokens.push_back({id_of(token), p.matched.raw(), p.cost.raw(), p.realized.raw(), p.fees.raw()});
  }
  claim.cash = ledger.cash().raw();
  claim.realized = ledger.realized().raw();
  claim.fees = ledger.fees().raw();
  claim.legs = static_cast<std::int64_t>(ledger.fills());
  checker_->on_ledger_claim(now.ns(), claim);
}

void CheckerFeed::on_place_answer(Timestamp now, const model::PlaceAnswer& answer) {
  checker_->on_place_answer(now.ns(), model::to_text(answer.id), static_cast<checker::PlaceAnswer>(answer.outcome),
                            answer.text);
}

void CheckerFeed::on_cancel_answer(Timestamp now, const model::CancelAnswer& answer) {
  checker_->on_cancel_answer(now.ns(), model::to_text(answer.id), static_cast<checker::CancelAnswer>(answer.outcome),
                             answer.text);
}

void CheckerFeed::on_status_answer(Timestamp now, const model::OrderStatusAnswer& answer) {
  checker_->on_status_answer(now.ns(), model::to_text(answer.id), static_cast<checker::StatusAnswer>(answer.status),
                             answer.size_matched.raw());
}

void CheckerFeed::on_trades_answer(Timestamp now, const model::TradesAnswer& answer) {
  for (const model::UserTrade& trade : answer.trades) {
    checker_->on_trade_answer(now.ns(), {.trade_id = std::string(trade.trade.view()),
                                         .order_id = model::to_text(trade.order),
                                         .token_id = id_of(trade.token),
                                         .side = side_of(trade.side),
                                         .price = trade.price.raw(),
                                         .size = trade.size.raw(),
                                         .role = trade.maker ? checker::Role::maker : checker::Role::taker,
                                         .status = status_of(trade.status),
                                         .match_time = trade.time.ns()});
  }
}

void CheckerFeed::on_operator(Timestamp now, const model::OperatorRequest& request) {
  using M = model::OperatorAction;
  using C = checker::OperatorAction;
  C action = C::pause;
  switch (request.action) {
    case M::pause: action = C::pause; break;
    case M::resume:
      action = C::resume;
      if (!request.token.valid()) checker_->on_operator(now.ns(), C::reset_kill, {});
      break;
    case M::exit_token: action = C::exit_token; break;
    case M::flatten: action = C::flatten; break;
    case M::cancel_all: action = C::cancel_all; break;
    case M::kill: action = C::kill; break;
    case M::sell_only: action = C::sell_only; break;
    case M::trade: action = C::trade; break;
    case M::reconcile: return;  // a question, no change of what may be done
  }
  checker_->on_operator(now.ns(), action,
                        request.token.valid() ? std::string_view(id_of(request.token)) : std::string_view());
}

void CheckerFeed::copy_order(const exchange::TruthOrder& order) {
  using K = exchange::TruthOrderKind;
  using E = checker::TruthOrderEvent;
  E event = E::accepted;
  switch (order.kind) {
    case K::accepted: event = E::accepted; break;
    case K::refused: event = E::rejected; break;
    case K::filled: event = order.live ? E::partially_filled : E::filled; break;
    case K::expired: event = E::expired; break;
    case K::canceled:
    case K::invalid:
    case K::resolved: event = E::canceled; break;
    case K::cancel_refused: return;
  }
  checker_->on_truth_order(order.at.ns(), model::to_text(order.id), event,
                           order.live ? (order.size - order.size_matched).raw() : 0);
}

void CheckerFeed::copy_fill(const exchange::TruthFill& fill, const exchange::Exchange& exchange) {
  checker_->on_truth_fill(fill.at.ns(), {.trade_id = std::string(fill.trade.view()),
                                         .order_id = model::to_text(fill.order),
                                         .token_id = exchange.markets().token_id(fill.token),
                                         .side = side_of(fill.side),
                                         .price = fill.price.raw(),
                                         .size = fill.size.raw(),
                                         .role = fill.maker ? checker::Role::maker : checker::Role::taker,
                                         .fee = fill.fee.raw(),
                                         .amount = fill.cash.raw(),
                                         .status = checker::LegStatus::matched,
                                         .match_time = fill.at.ns()});
}

// Truth is append-only. Records are told in order of time, so the streams are merged by their times.
void CheckerFeed::copy_truth(const exchange::Exchange& exchange, exchange::AccountIndex account) {
  const exchange::Truth& truth = exchange.truth();
  for (;;) {
    const Timestamp order_at = orders_ < truth.orders.size() ? truth.orders[orders_].at : kNever;
    const Timestamp fill_at = fills_ < truth.fills.size() ? truth.fills[fills_].at : kNever;
    const Timestamp status_at = statuses_ < truth.trade_statuses.size() ? truth.trade_statuses[statuses_].at : kNever;
    const Timestamp resolution_at =
        resolutions_ < truth.resolutions.size() ? truth.resolutions[resolutions_].at : kNever;
    const Timestamp next = std::min({order_at, fill_at, status_at, resolution_at});
    if (next == kNever) return;
    if (fill_at == next) {
      const exchange::TruthFill& fill = truth.fills[fills_++];
      if (fill.account == account) copy_fill(fill, exchange);
    } else if (order_at == next) {
      const exchange::TruthOrder& order = truth.orders[orders_++];
      if (order.account == account) copy_order(order);
    } else if (status_at == next) {
      const exchange::TruthTradeStatus& status = truth.trade_statuses[statuses_++];
      for (std::size_t i = fills_; i-- > 0;) {
        const exchange::TruthFill& fill = truth.fills[i];
        if (fill.account != account || !(fill.trade == status.trade)) continue;
        checker_->on_truth_fill(status.at.ns(), {.trade_id = std::string(fill.trade.view()),
                                                 .order_id = model::to_text(fill.order),
                                                 .token_id = exchange.markets().token_id(fill.token),
                                                 .side = side_of(fill.side),
                                                 .price = fill.price.raw(),
                                                 .size = fill.size.raw(),
                                                 .role = fill.maker ? checker::Role::maker : checker::Role::taker,
                                                 .fee = fill.fee.raw(),
                                                 .amount = fill.cash.raw(),
                                                 .status = status_of(status.status),
                                                 .match_time = fill.at.ns()});
      }
    } else {
      const exchange::TruthResolution& resolution = truth.resolutions[resolutions_++];
      const model::MarketSpec& spec = exchange.markets().market(resolution.market);
      std::string_view winner;
      if (resolution.yes_payout_micros == 1'000'000) winner = spec.tokens[0].token_id;
      if (resolution.yes_payout_micros == 0) winner = spec.tokens[1].token_id;
      checker_->on_market_resolved(resolution.at.ns(), spec.condition_id, winner);
    }
  }
}

void CheckerFeed::claim_account(Timestamp now, const exchange::Exchange& exchange, exchange::AccountIndex account) {
  const exchange::Truth& truth = exchange.truth();
  for (; balances_ < truth.balances.size(); ++balances_) {
    const exchange::TruthBalance& change = truth.balances[balances_];
    if (change.account != account || change.cause != exchange::TruthBalanceCause::payout || !change.token.valid())
      continue;
    checker_->on_truth_redeemed(now.ns(), exchange.markets().market_of(change.token).condition_id);
  }
  checker::TruthAccount out;
  out.cash = exchange.balance(account).raw();
  for (std::uint32_t i = 0; i < exchange.markets().token_count(); ++i) {
    const Shares size = exchange.position(account, model::TokenIndex(i));
    if (size.raw() != 0) out.holdings.push_back({exchange.markets().token_id(model::TokenIndex(i)), size.raw()});
  }
  for (const exchange::OpenOrder& order : exchange.open_orders(account))
    out.open_orders.push_back(model::to_text(order.id));
  checker_->on_truth_account(now.ns(), out);
}

void CheckerFeed::copy_paper(const exchange::PaperVenue& venue) {
  const exchange::PaperAudit& audit = venue.audit();
  const model::MarketTable& markets = venue.markets();
  const auto kind_of = [](exchange::FillRule rule) {
    switch (rule) {
      case exchange::FillRule::print_at:
      case exchange::FillRule::print_through: return checker::PaperUnitKind::print;
      case exchange::FillRule::crossing: return checker::PaperUnitKind::displayed;
      case exchange::FillRule::taken: return checker::PaperUnitKind::taken;
      case exchange::FillRule::fall: return checker::PaperUnitKind::fall;
    }
    return checker::PaperUnitKind::print;
  };
  while (grants_ < audit.grants.size() || uses_ < audit.uses.size()) {
    const Timestamp grant_at = grants_ < audit.grants.size() ? audit.grants[grants_].at : kNever;
    const Timestamp use_at = uses_ < audit.uses.size() ? audit.uses[uses_].at : kNever;
    if (grant_at <= use_at) {
      const exchange::PaperGrant& g = audit.grants[grants_++];
      checker_->on_paper_grant(g.at.ns(),
                               {g.unit, kind_of(g.rule), markets.token_id(g.token), g.price.raw(), g.size.raw()});
    } else {
      const exchange::PaperUse& u = audit.uses[uses_++];
      checker_->on_paper_used(
          u.at.ns(), {u.unit, u.use == exchange::UnitUse::queue ? checker::PaperUse::queue : checker::PaperUse::fill,
                      kind_of(u.rule), model::to_text(u.order), u.size.raw()});
    }
  }
}

namespace {

checker::Leg leg_of(const exchange::PaperFill& fill, const std::string& token_id, checker::LegStatus status) {
  return {.trade_id = fill.trade_id,
          .order_id = model::to_text(fill.order),
          .token_id = token_id,
          .side = side_of(fill.side),
          .price = fill.price.raw(),
          .size = fill.size.raw(),
          .role = fill.rule == exchange::FillRule::taken ? checker::Role::taker : checker::Role::maker,
          .fee = fill.fee.raw(),
          .amount = fill.cash.raw(),
          .status = status,
          .match_time = fill.at.ns()};
}

}  // namespace

void CheckerFeed::copy_paper_fills(const exchange::PaperVenue& venue) {
  const auto& fills = venue.fills();
  for (; paper_fills_ < fills.size(); ++paper_fills_) {
    const exchange::PaperFill& fill = fills[paper_fills_];
    checker_->on_truth_fill(fill.at.ns(),
                            leg_of(fill, venue.markets().token_id(fill.token), checker::LegStatus::matched));
  }
}

void CheckerFeed::copy_paper_statuses(Timestamp now, const exchange::PaperVenue& venue) {
  for (const model::UserTrade& trade : venue.trades_since(statuses_since_)) {
    if (trade.status == model::TradeStatus::matched) continue;
    for (const exchange::PaperFill& fill : venue.fills()) {
      if (fill.trade_id != trade.trade.view() || fill.order != trade.order) continue;
      checker_->on_truth_fill(now.ns(), leg_of(fill, venue.markets().token_id(fill.token), status_of(trade.status)));
    }
  }
  statuses_since_ = now;
}

void take_verdict(const checker::Checker& checker, RunSummary& summary) {
  summary.invariants_checked = checker.checks();
  summary.invariants_violated = checker.violation_count();
  summary.violations_by_rule = checker.violations_by_rule();
  summary.violations = checker.violations();
}

}  // namespace ebb::runner
