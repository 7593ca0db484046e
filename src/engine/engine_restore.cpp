// Going on where an earlier run ended, and the restart phase: what the venue has to tell before anything is placed.
#include <algorithm>
#include <map>
#include <set>

#include "base/check.hpp"
#include "base/mutant.hpp"
#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

using execution::Order;
using execution::OrderHandle;
using model::OrderState;

constexpr Duration kSweepTimeout = seconds(10);
constexpr Duration kPositionEvery = seconds(10);  // until it is told
constexpr Duration kOrderPatience = seconds(3);  // then an UNKNOWN order holds back its own token only
constexpr Duration kRestartBound = seconds(60);  // then what is missing is named, and only a missing sweep still blocks

// What the operator or the market's end decided stays decided; what follows from the configuration is computed anew.
constexpr std::uint16_t kKeptBlocks = bit(Block::operator_sell_only) | bit(Block::parked_idle) | bit(Block::manual) |
                                      bit(Block::exited) | bit(Block::operator_paused) | bit(Block::resolved);

/// What the legs of each order sum up to, FAILED ones included: a leg is told again with every status.
std::map<model::OrderId, Shares> sums_of_legs(const model::Recovery& recovery) {
  std::map<model::OrderId, Shares> sums;
  std::set<std::pair<std::string_view, model::OrderId>> seen;
  for (const model::RecoveredBooking& booking : recovery.bookings) {
    const auto* fill = std::get_if<model::FillRecord>(&booking.body);
    if (fill == nullptr || !seen.emplace(fill->trade.trade.view(), fill->trade.order).second) continue;
    sums[fill->trade.order] += fill->trade.size;
  }
  return sums;
}

}  // namespace

Expected<void> Engine::restore(const model::Recovery& recovery, Timestamp now) {
  CHECK(!reconcile_.records_open && orders_.all().empty());
  observe(now, Restore{recovery});
  run_timers(now);
  if (recovery.first_run) return {};
  TRY(tokens, find_tokens(recovery));
  reconcile_.records_open = true;
  if (recovery.trades_complete_until.is_set())
    last_sweep_ = std::min(recovery.trades_complete_until, now_);  // the clock may have been ahead then
  // All trades before the mark are booked; one that nobody knows by name is still none of ours to book again.
  config_.trades_from = last_sweep_ - kSweepOverlap;
  TRY_VOID(restore_ledger(recovery, tokens));
  gate_.pause(recovery.paused);
  if (recovery.killed) gate_.kill(now_);
  if (recovery.day_began.is_set())
    gate_.resume_day(recovery.day_began, recovery.day_start_pnl, recovery.daily_loss_hit);

  const std::map<model::OrderId, Shares> legs = sums_of_legs(recovery);
  std::vector<const model::TokenRecord*> states(traders_.size(), nullptr);
  for (const model::TokenRecord& state : recovery.token_states) {
    const model::TokenIndex token = tokens[state.token.value()];
    states[token.value()] = &state;
    restore_token(state, token);
  }
  for (const model::RecoveredOrder& order : recovery.orders) {
    const auto known = legs.find(order.intent.order.id);
    restore_order(order, tokens[order.last.token.value()], known == legs.end() ? Shares(0) : known->second);
  }
  for (std::uint32_t i = 0; i < traders_.size(); ++i) {
    const model::TokenIndex token(i);
    resume_sell(token, states[i]);
    gate_.position_changed(token);
    update_work(token);
    traders_[i].has_work = traders_[i].has_work || ledger_.position(token).matched.raw() > 0;
    if (!traders_[i].has_work || traders_[i].traded()) continue;
    traders_[i].set(Block::not_traded, false);  // nobody chose it this time, and still it has to be ended
    traders_[i].set(Block::work_off, true);
    traded_.push_back(token);
  }
  begin_restart();
  for (std::uint32_t i = 0; i < traders_.size(); ++i) {
    if (states[i] == nullptr || states[i]->phase != to_text(Phase::exiting)) continue;
    const OrderHandle order = traders_[i].exit_order;
    start_exit(model::TokenIndex(i), execution::ExitReason::resumed);
    traders_[i].exit_order = order;
  }
  return {};
}

Expected<std::vector<model::TokenIndex>> Engine::find_tokens(const model::Recovery& recovery) const {
  std::vector<model::TokenIndex> tokens;
  tokens.reserve(recovery.tokens.size());
  for (const std::string& id : recovery.tokens) {
    const model::TokenIndex token = markets_.find_token(id);
    if (!token.valid())
      return fail("restore.unknown_token",
                  "the earlier run held or traded token " + id + ", whose market was not added");
    tokens.push_back(token);
  }
  const auto known = [&](model::TokenIndex token) { return token.valid() && token.value() < tokens.size(); };
  for (const model::RecoveredOrder& order : recovery.orders) {
    if (!known(order.last.token)) return fail("restore.inconsistent", "an order of the earlier run names no token");
  }
  for (const model::TokenRecord& state : recovery.token_states) {
    if (!known(state.token)) return fail("restore.inconsistent", "a state of the earlier run names no token");
  }
  return tokens;
}

Expected<void> Engine::restore_ledger(const model::Recovery& recovery, const std::vector<model::TokenIndex>& tokens) {
  const auto tells_cash = [](const model::RecoveredBooking& booking) {
    const auto* change = std::get_if<model::LedgerRecord>(&booking.body);
    return change != nullptr && change->change == model::LedgerChange::deposited;
  };
  const bool cash_known = std::any_of(recovery.bookings.begin(), recovery.bookings.end(), tells_cash);
  if (!cash_known && !recovery.bookings.empty())
    return fail("restore.inconsistent", "the earlier run's bookings do not tell its starting cash");
  if (!cash_known) {  // it ended before it wrote anything: the cash of now is what this one starts with
    tell_opening();
    return {};
  }
  ledger_.start_empty();
  for (const model::RecoveredBooking& booking : recovery.bookings) TRY_VOID(restore_booking(booking, tokens));
  unsettled_sell_proceeds_ = ledger_.in_flight().sells;
  return {};
}

Expected<void> Engine::restore_booking(const model::RecoveredBooking& booking,
                                       const std::vector<model::TokenIndex>& tokens) {
  const auto token_of = [&](model::TokenIndex token) {
    return token.valid() && token.value() < tokens.size() ? tokens[token.value()] : model::TokenIndex::none();
  };
  if (const auto* folded = std::get_if<model::PositionRecord>(&booking.body)) {
    model::PositionRecord record = *folded;
    record.token = token_of(folded->token);
    if (folded->token.valid() != record.token.valid())
      return fail("restore.inconsistent", "a position of the earlier run names no token");
    ledger_.open(record);
    return {};
  }
  if (const auto* fill = std::get_if<model::FillRecord>(&booking.body)) {
    model::UserTrade trade = fill->trade;
    trade.token = token_of(trade.token);
    if (booking.folded) {
      ledger_.know(trade);
      return {};
    }
    if (!trade.token.valid()) return fail("restore.inconsistent", "a fill of the earlier run names no token");
    const auto applied = ledger_.apply(trade, fill->fee, fill->dollars);
    if (!applied) return fail("restore.inconsistent", applied.error().message);
    traders_[trade.token.value()].notes.booked_at = now_;
    return {};
  }
  const auto& change = std::get<model::LedgerRecord>(booking.body);
  if (change.change == model::LedgerChange::deposited) {
    ledger_.deposit(change.dollars);
    return {};
  }
  const model::TokenIndex token = token_of(change.token);
  if (!token.valid()) return fail("restore.inconsistent", "a booking of the earlier run names no token");
  traders_[token.value()].notes.booked_at = now_;
  switch (change.change) {
    case model::LedgerChange::deposited: break;
    case model::LedgerChange::adopted: ledger_.adopt(token, change.size, change.dollars, change.cost_known); break;
    case model::LedgerChange::cost_learned: ledger_.learn_cost(token, change.dollars); break;
    case model::LedgerChange::written_off: ledger_.write_off(token, change.size, change.dollars); break;
    case model::LedgerChange::trued_up: ledger_.true_up(token, change.dollars); break;
    case model::LedgerChange::redeemed: {
      ledger_.redeem(token, change.payout);
      const model::TokenEntry& entry = markets_.token(token);
      MarketState& market = market_states_[entry.market.value()];
      market.resolved = true;
      market.payout[entry.outcome] = change.payout;
      market.payout[1 - entry.outcome] = complement(change.payout);
      break;
    }
  }
  return {};
}

void Engine::restore_token(const model::TokenRecord& record, model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  trader.blocks = static_cast<std::uint16_t>(trader.blocks | (record.blocks & kKeptBlocks));
  if (trader.blocked(Block::resolved)) market_states_[markets_.token(token).market.value()].resolved = true;
  for (std::uint32_t i = 0; i < record.round_trips; ++i) trader.signal.on_round_trip(pool_, *trader.params);
  trader.notes.signal_round_trips = record.round_trips;
}

// `filled`: what the legs that are told sum up to; the journal may have ended between a leg and the order's next step.
void Engine::restore_order(const model::RecoveredOrder& recovered, model::TokenIndex token, Shares filled) {
  if (recovered.intent.order.size.raw() <= 0) {
    note_difference({.kind = model::DifferenceKind::order,
                     .token = token,
                     .order = recovered.last.id,
                     .verdict = "INTENT_LOST",
                     .action = "NAMED"});
    alert(model::AlertKind::difference, token, 0);
    return;
  }
  model::PlaceOrder intent = recovered.intent.order;
  intent.token = token;
  const model::OrderRecord& last = recovered.last;
  const OrderHandle handle = orders_.add(intent);
  Order& order = orders_[handle];
  order.restored = true;
  order.reference = recovered.intent.reference;
  order.buy_cycle = recovered.intent.cycle;
  order.filled = std::max(last.filled, filled);
  order.claimed = std::max(last.claimed, Shares(0));
  order.ended_at_venue = last.ended_at_venue;
  order.cancel_requested = last.cancel_requested;
  order.cancel_reason = last.cancel_reason;
  order.sent_at = now_;  // bounds count from here: before, nobody could answer
  if (order.cancel_requested) order.cancel_at = now_;
  if (order.claimed > order.filled)
    order.claimed_at = std::min(intent.time, now_);  // it has waited for its trades ever since, at most
  if (last.unexplained && order.claimed > order.filled) {
    order.unexplained = true;
    traders_[token.value()].set(Block::unexplained, true);
  }
  if (last.state == OrderState::live || last.state == OrderState::partial) order.live_since = recovered.time;
  gate_.opened({.id = intent.id,
                .token = token,
                .side = intent.side,
                .price = intent.price,
                .size = intent.size,
                .crossing = intent.crossing == model::Crossing::allowed},
               std::min(intent.time, now_));
  gate_.reduced(intent.id, order.unfilled());
  add_own(intent);
  reduce_own(order);
  lose_sight(handle);
  TokenTrader& trader = traders_[token.value()];
  if (intent.purpose == model::OrderPurpose::exit) {
    trader.exit_order = handle;
  } else if (intent.side == model::Side::buy) {
    trader.buy_order = handle;
    trader.buy.continue_from(order.buy_cycle);
  } else {
    trader.sell_order = handle;
  }
}

// The sell routine goes on with its frozen floor, and with its order.
void Engine::resume_sell(model::TokenIndex token, const model::TokenRecord* record) {
  TokenTrader& trader = traders_[token.value()];
  const Order* order = trader.sell_order.valid() ? &orders_[trader.sell_order] : nullptr;
  const bool held = ledger_.classify(token) == model::PositionClass::actionable;
  const Price kept = record != nullptr ? record->floor : Price(0);
  if (order == nullptr && (!held || kept.raw() <= 0)) return;
  const Price floor = kept.raw() > 0 ? kept : order->reference;
  const std::uint32_t cycle = order != nullptr ? order->buy_cycle : trader.sell.cycle() + 1;
  trader.sell.resume(now_, floor, tick_of(token), cycle, trader.blocked(Block::parked_idle), order);
}

void Engine::begin_restart() {
  reconcile_.restarting = !EBB_MUTANT(trade_while_restarting);
  reconcile_.restart_since = reconcile_.restart_told = now_;
  const std::vector<OrderHandle> open = orders_.open();
  for (const OrderHandle handle : open) ask(handle);
  sweep_trades();
  reconcile_.retry_sweep_at = now_ + kSweepTimeout;
  for (std::uint32_t i = 0; i < traders_.size(); ++i) {
    if (traders_[i].has_work) ask_position(model::TokenIndex(i));
  }
}

void Engine::ask_position(model::TokenIndex token) {
  traders_[token.value()].notes.asked_at = now_;
  emit(model::RequestPosition{token});
}

bool Engine::compared(model::TokenIndex token) const {
  const TokenTrader& trader = traders_[token.value()];
  if (!trader.has_work || trader.blocked(Block::resolved)) return true;
  return trader.notes.compared_at.is_set() && trader.notes.compared_at >= reconcile_.restart_since;
}

// Every second while it lasts: asks again for what is missing, and ends when nothing is.
void Engine::step_restart() {
  const bool late = now_ - reconcile_.restart_since >= kRestartBound;
  const bool swept = reconcile_.proved_at.is_set() && reconcile_.proved_at >= reconcile_.restart_since;
  if (!swept && now_ >= reconcile_.retry_sweep_at) {
    sweep_trades();
    reconcile_.retry_sweep_at = now_ + kSweepTimeout;
  }
  std::int64_t missing = swept ? 0 : 1;
  // An order that may never have left is proved absent by time alone: it counts in every limit, and the others go on.
  const bool patient = now_ - reconcile_.restart_since < kOrderPatience;
  for (const OrderHandle handle : orders_.open())
    missing += patient && orders_[handle].restored && !orders_[handle].told_since ? 1 : 0;
  for (std::uint32_t i = 0; i < traders_.size(); ++i) {
    const model::TokenIndex token(i);
    if (compared(token)) continue;
    ++missing;
    if (now_ - traders_[i].notes.asked_at >= kPositionEvery) ask_position(token);
  }
  if (missing > 0 && now_ - reconcile_.restart_told >= kRestartBound) {
    reconcile_.restart_told = now_;
    alert(model::AlertKind::restart_incomplete, model::TokenIndex::none(), missing);
    note_incident("RESTART_INCOMPLETE", model::TokenIndex::none(), missing);
  }
  if (missing > 0 && !(late && swept)) return;
  reconcile_.restarting = false;
  note_incident("RESTART_COMPLETE", model::TokenIndex::none(), (now_ - reconcile_.restart_since).raw() / 1'000'000);
  for (std::uint32_t i = 0; i < traders_.size(); ++i) {
    if (traders_[i].has_work) evaluate(model::TokenIndex(i), Cause::answer);
  }
}

// An order of before that no routine goes on with: the dip of a BUY is forgotten, so it is taken back.
void Engine::cancel_leftovers() {
  const std::vector<OrderHandle> open = orders_.open();
  for (const OrderHandle handle : open) {
    const Order& order = orders_[handle];
    const bool seen = order.state == OrderState::live || order.state == OrderState::partial;
    const bool goes_on = traders_[order.intent.token.value()].sell_order == handle;
    if (order.restored && seen && !goes_on) cancel(handle, model::CancelReason::restarted);
  }
}

}  // namespace ebb::engine
