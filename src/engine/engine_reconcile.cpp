// What the venue says, compared with what we hold to be true (portfolio/evidence.hpp, docs/reconciliation.md).
#include <algorithm>

#include "base/mutant.hpp"
#include "engine/engine.hpp"
#include "portfolio/evidence.hpp"

namespace ebb::engine {
namespace {

using execution::Order;
using execution::OrderHandle;
using execution::OrderInput;
using portfolio::OrderAction;
using portfolio::OrderView;

constexpr Duration kBalanceEvery = seconds(10);  // the second source is asked again, while it does not answer
constexpr Duration kAskDifference = seconds(20);  // what differs is read again
constexpr Duration kWatchAdjusted = minutes(10);  // what was adopted or written off may come back
constexpr std::uint8_t kSightsBeforeCancel = 2;  // of an order that we hold for over

OrderView view_of(const Order& order) {
  if (order.terminal()) return OrderView::terminal;
  if (order.ended_at_venue) return OrderView::ended;
  if (order.cancel_requested) return OrderView::cancel_pending;
  switch (order.state) {
    case model::OrderState::intent: return OrderView::intent;
    case model::OrderState::sent: return OrderView::sent;
    case model::OrderState::live: return OrderView::live;
    case model::OrderState::partial: return OrderView::partial;
    default: return OrderView::unknown;
  }
}

}  // namespace

// --- Orders

void Engine::on_status_answer(const model::OrderStatusAnswer& answer) {
  const OrderHandle handle = orders_.find(answer.id);
  const portfolio::OrderEvidence evidence = portfolio::evidence_of(answer.status);
  const OrderView view = handle.valid() ? view_of(orders_[handle]) : OrderView::foreign;
  const portfolio::OrderDecision decision = portfolio::decide(view, evidence);
  if (!handle.valid()) {
    if (decision.action == OrderAction::report) report_foreign(answer.id);
    return;
  }
  Order& order = orders_[handle];
  const model::TokenIndex token = order.intent.token;
  if (order.terminal()) {
    if (decision.action == OrderAction::cancel) meet_zombie(order, decision);
    return;
  }
  if (answer.status != model::VenueOrderStatus::not_found) order.not_found = 0;
  order.told_since = order.told_since || (decision.verdict != portfolio::OrderVerdict::unknown &&
                                          decision.action != OrderAction::count_absence);
  switch (decision.action) {
    case OrderAction::mark_live: accept(handle); break;
    case OrderAction::end: mark_ended(order); break;
    case OrderAction::count_absence: count_absence(handle, decision); break;
    case OrderAction::cancel_again:
      accept(handle);
      order.cancel_requested = false;
      cancel(handle, order.cancel_reason);
      break;
    default: break;
  }
  const bool counts = evidence == portfolio::OrderEvidence::live || evidence == portfolio::OrderEvidence::matched ||
                      evidence == portfolio::OrderEvidence::canceled;
  if (counts && !orders_[handle].terminal()) claim(handle, answer.size_matched);
  if (!orders_[handle].terminal()) try_close(handle);
  evaluate(token, Cause::answer);
}

// Nobody knows the order. Said twice of one that was never seen alive, it did not arrive; said again and again for a minute
// of one that was, it is over, and a sweep tells what it matched.
void Engine::count_absence(OrderHandle handle, const portfolio::OrderDecision& decision) {
  Order& order = orders_[handle];
  if (order.not_found == 0) order.absent_since = now_;
  order.not_found = static_cast<std::uint8_t>(std::min(order.not_found + 1, 100));
  const bool lived = order.live_since.is_set() || order.matched().raw() != 0;
  const bool proved = lived ? order.not_found >= portfolio::kAbsencesBeforeVanished &&
                                  now_ - order.absent_since >= portfolio::kAbsentBeforeVanished
                            : order.not_found >= portfolio::kAbsencesBeforeNeverArrived;
  if (!proved && !EBB_MUTANT(not_found_is_gone)) {
    order.asks = std::min<std::uint16_t>(order.asks, 1);  // the next word is near: it is not waited for long
    return;
  }
  tell_order_difference(order, decision, lived ? "ENDED" : "CLOSED");
  if (!lived) {
    close(handle, OrderInput::refused);
    return;
  }
  sweep_trades();
  mark_ended(order);
}

// An order that we hold for over lives: asked once more, for the answer may be older than its end; then canceled.
void Engine::meet_zombie(Order& order, const portfolio::OrderDecision& decision) {
  if (++order.sights < kSightsBeforeCancel) {
    emit(model::QueryOrder{order.intent.id});
    return;
  }
  order.sights = 0;
  tell_order_difference(order, decision, "CANCELED");
  alert(model::AlertKind::difference, order.intent.token, order.intent.size.raw());
  emit(model::CancelOrder{order.intent.id, order.intent.token, model::CancelReason::duplicate});
}

// Of this wallet, placed by other hands: theirs to cancel. Told once; its trades are adopted when they come.
void Engine::report_foreign(const model::OrderId& id) {
  auto& told = reconcile_.foreign;
  if (std::find(told.begin(), told.end(), id) != told.end()) return;
  told[reconcile_.foreign_next++ % told.size()] = id;
  note_difference({.kind = model::DifferenceKind::order, .order = id, .verdict = "FOREIGN", .action = "REPORTED"});
  alert(model::AlertKind::difference, model::TokenIndex::none(), 0);
}

void Engine::tell_order_difference(const Order& order, const portfolio::OrderDecision& decision,
                                   std::string_view action) {
  note_difference({.kind = model::DifferenceKind::order,
                   .token = order.intent.token,
                   .order = order.intent.id,
                   .ours = order.filled.raw(),
                   .theirs = order.claimed.raw(),
                   .verdict = portfolio::to_text(decision.verdict),
                   .action = action});
}

// --- Fills

portfolio::FillOrigin Engine::origin_of(const model::UserTrade& trade) const {
  if (!trade.token.valid()) return portfolio::FillOrigin::unknown_token;
  if (orders_.find(trade.order).valid()) return portfolio::FillOrigin::our_order;
  const bool before_us = trade.time.is_set() && trade.time < config_.trades_from;
  return before_us ? portfolio::FillOrigin::other_order_before_us : portfolio::FillOrigin::other_order;
}

// A trade of this wallet that no order of ours made: it is in the account, so it is in the ledger.
void Engine::tell_external(const model::UserTrade& trade) {
  ++stats_.external_trades;
  note_difference({.kind = model::DifferenceKind::fill,
                   .token = trade.token,
                   .order = trade.order,
                   .theirs = trade.size.raw(),
                   .verdict = "EXTERNAL",
                   .action = "ADOPTED"});
}

// The ledger takes no leg that contradicts it. A BUY may be missing: the sweep tells it, and the leg again.
void Engine::refuse_leg(const model::UserTrade& trade, std::string_view verdict) {
  ++stats_.ledger_refusals;
  note_difference({.kind = model::DifferenceKind::fill,
                   .token = trade.token,
                   .order = trade.order,
                   .ours = ledger_.position(trade.token).matched.raw(),
                   .theirs = trade.size.raw(),
                   .verdict = verdict,
                   .action = "REFUSED"});
  alert(model::AlertKind::settlement_failed, trade.token, trade.size.raw());
  if (!sweep_asked_.is_set()) sweep_trades();
}

void Engine::on_user_trade(const model::UserTrade& trade) {
  const model::TokenIndex token = trade.token;
  if (!token.valid()) return;
  const portfolio::OriginAction origin = portfolio::decide(origin_of(trade));
  if (origin == portfolio::OriginAction::ignore) return;
  TokenTrader& trader = traders_[token.value()];
  const portfolio::Position before = ledger_.position(token);
  const bool free_of_fee = trade.maker || EBB_MUTANT(forget_taker_fee);
  const Usdc fee =
      free_of_fee ? Usdc(0) : portfolio::taker_fee(trade.price, trade.size, markets_.market_of(token).fees);
  const auto applied = ledger_.apply(trade, fee);
  if (!applied) {
    refuse_leg(trade, applied.error().code == "ledger.oversold" ? "OVERSOLD" : "CONFLICT");
    return;
  }
  if (*applied == portfolio::Applied::duplicate || *applied == portfolio::Applied::ignored ||
      *applied == portfolio::Applied::too_old)
    return;
  book_fill(trade, fee);
  if (origin == portfolio::OriginAction::adopt && *applied == portfolio::Applied::new_fill) {
    tell_external(trade);
    gate_.position_changed(token);
    cancel_uncovered_sells(token);
  }
  const Usdc proceeds = notional(trade.price, trade.size);
  const bool in_flight = trade.status == model::TradeStatus::matched || trade.status == model::TradeStatus::retrying;
  if (trade.side == model::Side::sell) {
    if (*applied == portfolio::Applied::new_fill && in_flight) unsettled_sell_proceeds_ += proceeds;
    if (*applied != portfolio::Applied::new_fill && before.unmined_sells > ledger_.position(token).unmined_sells) {
      unsettled_sell_proceeds_ -= std::min(proceeds, unsettled_sell_proceeds_);
    }
  }
  redeem(token);  // a leg that was matched before the resolution and told after it
  gate_.position_changed(token);
  if (*applied == portfolio::Applied::reversed) {
    ++stats_.settlement_failures;
    if (ledger_.position(token).shortfall.raw() > 0)
      alert(model::AlertKind::settlement_failed, token, trade.size.raw());
    trader.rearm_at = {};
  }
  const OrderHandle handle = orders_.find(trade.order);
  if (*applied == portfolio::Applied::stillborn && handle.valid()) take_leg(handle, trade);
  if (*applied == portfolio::Applied::new_fill) {
    markouts_.on_fill(now_, token, trade.side, trade.price, trade.size);
    trader.remember({now_, DecisionKind::filled, trade.side, trade.price, trade.size, trade.maker ? "maker" : "taker"});
    listener_->on_fill(now_, trade);
    if (handle.valid()) {
      if (!orders_[handle].first_fill_at.is_set()) orders_[handle].first_fill_at = now_;
      if (trade.side == model::Side::sell && handle == trader.sell_order) trader.sell.on_fill(now_);
      take_leg(handle, trade);
    }
    if (ledger_.position(token).round_trips > before.round_trips) {
      trader.stats.window_points += trader.signal.window().points();
      trader.signal.on_round_trip(pool_, *trader.params);
      ++trader.notes.signal_round_trips;
      listener_->on_round_trip(now_, token);
    }
    if (trade.side == model::Side::buy && trader.sell.active()) {
      trader.sell.raise_floor(floor_of(token, trader));
    }
  }
  update_work(token);
  trader.has_work = trader.has_work || ledger_.position(token).matched.raw() > 0;
  evaluate(token, Cause::answer);
}

// --- Positions and cash

void Engine::tell_position_difference(model::TokenIndex token, Shares ours, Shares theirs,
                                      portfolio::ReadingVerdict verdict) {
  std::string_view action = "WRITTEN_OFF";
  if (verdict == portfolio::ReadingVerdict::first_sight) action = "SWEEP";
  if (verdict == portfolio::ReadingVerdict::adopt) action = "ADOPTED";
  if (verdict == portfolio::ReadingVerdict::cost_learned) action = "COST_LEARNED";
  note_difference({.kind = model::DifferenceKind::position,
                   .token = token,
                   .ours = ours.raw(),
                   .theirs = theirs.raw(),
                   .verdict = portfolio::to_text(verdict),
                   .action = action});
}

void Engine::on_position_reading(const model::PositionReading& reading) {
  const model::TokenIndex token = reading.token;
  if (!token.valid()) return;
  TokenTrader& trader = traders_[token.value()];
  const portfolio::Position& held = ledger_.position(token);
  model::PositionReading evidence = reading;
  // Trades that are claimed but not seen may be what is missing: no evidence before they are.
  if (waits_for_trades(token)) evidence.quality = model::ReadingQuality::stale;
  MarketState& market = market_states_[markets_.token(token).market.value()];
  if (awaits_payout(token)) evidence.quality = model::ReadingQuality::stale;
  // Or it resolved while nobody listened: a market whose book we do not know has to be told open first.
  const bool fresh = reading.quality == model::ReadingQuality::fresh;
  const bool less = fresh && reading.size + portfolio::kReadingTolerance < held.settled;
  if (fresh && !less && held.matched.raw() > 0) market.less_seen = {};
  if (less && !market.less_seen.is_set()) market.less_seen = now_;
  if (less && !market.resolved && !feeds_[token.value()].trusted() && market.told_open < market.less_seen)
    evidence.quality = model::ReadingQuality::stale;
  const bool known = reading.quality == model::ReadingQuality::fresh;
  // A match that no trade explains yet holds back its own token; the others need not wait for it after a restart.
  if (known && waits_for_trades(token)) trader.notes.compared_at = now_;
  if (trader.sell.active()) trader.sell.on_holding_reading(now_, known, reading.size);
  const auto buys = has_open_buy(token) ? portfolio::OwnBuys::open : portfolio::OwnBuys::none;
  portfolio::ReadingMerge merge = portfolio::merge_reading(held, trader.reading, evidence, buys);
  const bool never_traded = held.fills == 0 && held.matched.raw() == 0;
  if (merge.verdict > portfolio::ReadingVerdict::first_sight && !never_traded && !EBB_MUTANT(trust_one_reading)) {
    doubt(token, reading);  // the Data API may be behind both times: nothing is moved on its word alone
  } else {
    trader.reading = merge.memory;
    act_on_reading(token, reading, merge);
  }
  evaluate(token, Cause::answer);
}

// What was paid out is no longer held, but while nobody has told how much it paid, there is no loss. And what we have booked
// as paid the venue may show as held for a while.
bool Engine::awaits_payout(model::TokenIndex token) const {
  const MarketState& market = market_states_[markets_.token(token).market.value()];
  return market.resolved && (market.payout[0] == model::kNoPrice || ledger_.is_touched(token));
}

void Engine::doubt(model::TokenIndex token, const model::PositionReading& reading) {
  TokenNotes& notes = traders_[token.value()].notes;
  if (notes.doubt_sweeps > 0 && notes.doubted_size == reading.size) return;
  notes.doubt_sweeps = 0;
  notes.doubted_size = reading.size;
  notes.doubted_average = reading.average;
  if (notes.doubted_at.is_set() && now_ - notes.doubted_at < kBalanceEvery) return;
  notes.doubted_at = now_;
  emit(model::RefreshBalance{token});
}

// The second source: the venue's balance, refreshed. Where both say the same, a fill that nobody told may be why: one sweep may be
// under way, and began before; the one after it shows.
void Engine::settle_doubt(model::TokenIndex token, const model::BalanceReading& balance) {
  TokenTrader& trader = traders_[token.value()];
  TokenNotes& notes = trader.notes;
  if (!notes.doubted_at.is_set() || !balance.ok) return;
  notes.doubted_at = {};
  const portfolio::Position& held = ledger_.position(token);
  const Shares told(balance.micros);
  const Shares apart = told > notes.doubted_size ? told - notes.doubted_size : notes.doubted_size - told;
  const bool hidden = notes.doubted_size.raw() == 0 && told < portfolio::kHiddenBelow;
  if (apart > portfolio::kReadingTolerance && !hidden) {
    note_difference({.kind = model::DifferenceKind::position,
                     .token = token,
                     .ours = held.matched.raw(),
                     .theirs = notes.doubted_size.raw(),
                     .verdict = "STALE",
                     .action = "NONE"});
    trader.reading = {};
    return;
  }
  notes.doubt_sweeps = 2;
  sweep_trades();
}

void Engine::end_swept_doubts() {
  bool again = false;
  for (const model::TokenIndex token : ledger_.touched()) {
    TokenTrader& trader = traders_[token.value()];
    TokenNotes& notes = trader.notes;
    if (notes.doubt_sweeps == 0) continue;
    if (--notes.doubt_sweeps > 0) {
      again = true;
      continue;
    }
    if (awaits_payout(token) || waits_for_trades(token)) {  // what came meanwhile may be what is missing
      trader.reading = {};
      continue;
    }
    const model::PositionReading reading{token, model::ReadingQuality::fresh, notes.doubted_size,
                                         notes.doubted_average};
    const auto buys = has_open_buy(token) ? portfolio::OwnBuys::open : portfolio::OwnBuys::none;
    const portfolio::ReadingMerge merge =
        portfolio::merge_reading(ledger_.position(token), trader.reading, reading, buys);
    trader.reading = merge.memory;
    act_on_reading(token, reading, merge);
    evaluate(token, Cause::answer);
  }
  if (again) sweep_trades();
}

void Engine::act_on_reading(model::TokenIndex token, const model::PositionReading& reading,
                            const portfolio::ReadingMerge& merge) {
  using enum portfolio::ReadingVerdict;
  TokenTrader& trader = traders_[token.value()];
  const Shares ours = ledger_.position(token).matched;
  if (merge.verdict != unknown && merge.verdict != first_sight) trader.notes.compared_at = now_;
  if (merge.verdict >= cost_learned) tell_position_difference(token, ours, reading.size, merge.verdict);
  if (merge.verdict > first_sight) trader.notes.watched_until = now_ + kWatchAdjusted;
  switch (merge.verdict) {
    case first_sight: sweep_trades(); break;  // a trade that we missed would explain it
    case adopt:
      book_adoption(token, merge.size, merge.cost, merge.cost_known);
      if (!merge.cost_known) alert(model::AlertKind::unknown_cost, token, merge.size.raw());
      break;
    case cost_learned:
      book_cost(token, merge.cost);
      raise_sell_floor(token);
      break;
    case shrunk:
      book_write_off(token, merge.size);
      cancel_uncovered_sells(token);
      break;
    case gone:
      book_write_off(token, ledger_.position(token).settled);
      cancel_all_of(token, model::CancelReason::position_gone);
      if (trader.sell.active()) {
        trader.sell.finish(execution::Result::position_gone);
        routine_ended(token, trader, execution::Result::position_gone, model::Side::sell);
      }
      break;
    default: break;
  }
  gate_.position_changed(token);
  update_work(token);
  trader.has_work = trader.has_work || ledger_.position(token).matched.raw() > 0;
}

void Engine::on_balance_reading(const model::BalanceReading& reading) {
  if (!reading.token.valid()) {
    on_cash_reading(reading);
    return;
  }
  TokenTrader& trader = traders_[reading.token.value()];
  if (trader.sell.active()) trader.sell.on_holding_reading(now_, reading.ok, Shares(reading.micros));
  settle_doubt(reading.token, reading);
  evaluate(reading.token, Cause::answer);
}

// The cost became known: what rests below the profit floor was placed by the operator's, and comes back higher.
void Engine::raise_sell_floor(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  if (!trader.sell.active()) return;
  trader.sell.raise_floor(floor_of(token, trader));
  if (trader.sell_order.valid() && orders_[trader.sell_order].intent.price < trader.sell.floor())
    cancel(trader.sell_order, model::CancelReason::requote);
}

// Cash that came or went by other hands is no result of ours; it is believed when it was said twice with nothing on its way.
void Engine::on_cash_reading(const model::BalanceReading& reading) {
  const bool waits = std::any_of(orders_.open().begin(), orders_.open().end(),
                                 [&](OrderHandle handle) { return orders_[handle].claimed_at.is_set(); });
  const portfolio::CashMerge merge =
      portfolio::merge_cash(ledger_.cash(), ledger_.in_flight(), reconcile_.cash, reading);
  if (waits && merge.verdict >= portfolio::CashVerdict::first_sight) return;  // a trade that is claimed may explain it
  reconcile_.cash = merge.memory;
  if (merge.verdict < portfolio::CashVerdict::first_sight) return;
  const bool settled = merge.verdict != portfolio::CashVerdict::first_sight;
  note_difference({.kind = model::DifferenceKind::cash,
                   .ours = ledger_.cash().raw(),
                   .theirs = reading.micros,
                   .verdict = portfolio::to_text(merge.verdict),
                   .action = settled ? "BOOKED" : "SWEEP"});
  if (!settled) {
    sweep_trades();
    return;
  }
  book_deposit(merge.difference);
  alert(model::AlertKind::difference, model::TokenIndex::none(), merge.difference.raw());
}

// --- When it is done

// Everything is asked for at once: what we hold, the cash, the trades since the mark, and every order.
void Engine::reconcile_now() {
  for (std::uint32_t i = 0; i < traders_.size(); ++i) {
    const model::TokenIndex token(i);
    if (traders_[i].has_work || ledger_.position(token).matched.raw() > 0) ask_position(token);
  }
  emit(model::RefreshBalance{});
  sweep_trades();
  const std::vector<OrderHandle> open = orders_.open();
  for (const OrderHandle handle : open) ask(handle);
}

// Every second: the share of the interval's questions that is due, so that they do not come in one burst.
void Engine::step_reconcile() {
  name_bare_positions();
  const Duration interval = config_.reconcile_interval;
  if (interval.raw() <= 0 || warming_up_ || reconcile_.restarting) return;
  if (!reconcile_.round_at.is_set()) reconcile_.round_at = now_;
  if (now_ - reconcile_.round_at >= interval) {
    reconcile_.round_at = now_;
    emit(model::RefreshBalance{});
    sweep_trades();
  }
  for (const model::TokenIndex token : ledger_.touched()) {
    const TokenNotes& notes = traders_[token.value()].notes;
    const bool differs = traders_[token.value()].reading.differs;
    const bool watched = ledger_.position(token).matched.raw() > 0 || now_ < notes.watched_until || differs;
    if (watched && now_ - notes.asked_at >= (differs ? std::min(interval, kAskDifference) : interval))
      ask_position(token);
  }
}

// LONG without a live SELL lasts one interval at most, or its reason is named (rules 4.4).
void Engine::name_bare_positions() {
  for (const model::TokenIndex token : ledger_.touched()) {
    TokenTrader& trader = traders_[token.value()];
    TokenNotes& notes = trader.notes;
    const Phase now = phase(token);
    if (now != Phase::holding) {
      notes.bare_since = {};
      notes.bare_told = false;
      continue;
    }
    if (!notes.bare_since.is_set()) notes.bare_since = now_;
    if (notes.bare_told || now_ - notes.bare_since < config_.rearm_interval) continue;
    notes.bare_told = true;
    note_incident(execution::to_text(trader.waiting), token, ledger_.position(token).matched.raw());
    alert(model::AlertKind::holding_without_sell, token, ledger_.position(token).matched.raw());
  }
}

}  // namespace ebb::engine
