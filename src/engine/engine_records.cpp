// What the journal is told (model/record.hpp), and the one way in which each kind of change enters the ledger.
#include <algorithm>

#include "base/mutant.hpp"
#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

constexpr Duration kFoldAfterRemoval = minutes(60);
constexpr std::uint32_t kTokensFoldedASecond = 64;
constexpr Duration kBooksAfterRestart = seconds(60);  // then a position without a book counts as worth nothing

}  // namespace

// What a restart's ledger begins with: the cash of the start, which contains all trades before it.
void Engine::tell_opening() {
  reconcile_.records_open = true;
  record(model::LedgerRecord{.change = model::LedgerChange::deposited, .dollars = config_.starting_cash});
  record(model::SweepRecord{last_sweep_});
}

void Engine::note(const execution::Order& order, model::OrderStep step) {
  record(model::OrderRecord{.id = order.intent.id,
                            .token = order.intent.token,
                            .step = step,
                            .state = order.state,
                            .filled = order.filled,
                            .claimed = order.claimed,
                            .ended_at_venue = order.ended_at_venue,
                            .cancel_requested = order.cancel_requested,
                            .unexplained = order.unexplained,
                            .cancel_reason = order.cancel_reason,
                            .reject = order.reject});
}

// A SELL between two placements of its routine is still selling: what is told changes with the routine, not with each order.
void Engine::note_token(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  TokenNotes& notes = trader.notes;
  if (!trader.has_work && notes.phase == Phase::idle && notes.blocks == trader.blocks &&
      notes.round_trips == notes.signal_round_trips)
    return;
  Phase now = phase(token);
  if (now == Phase::holding && trader.sell.active()) now = Phase::selling;
  const Price floor = trader.sell.active() ? trader.sell.floor() : Price(0);
  if (notes.blocks == trader.blocks && notes.phase == now && notes.round_trips == notes.signal_round_trips &&
      notes.floor == floor)
    return;
  notes.blocks = trader.blocks;
  notes.phase = now;
  notes.round_trips = notes.signal_round_trips;
  notes.floor = floor;
  record(model::TokenRecord{token, trader.blocks, to_text(now), notes.signal_round_trips, floor});
}

void Engine::note_incident(std::string_view kind, model::TokenIndex token, std::int64_t value,
                           model::ConnectionIndex connection) {
  record(model::IncidentRecord{.kind = kind, .token = token, .connection = connection, .value = value});
}

void Engine::note_difference(const model::DifferenceRecord& difference) {
  ++stats_.differences;
  record(difference);
}

// A SELL that the gate keeps refusing is tried every second: told once.
void Engine::note_refusal(model::TokenIndex token, model::Side side, Price price, Shares size, risk::Refusal refusal) {
  TokenNotes& notes = traders_[token.value()].notes;
  if (notes.refusal == refusal) return;
  notes.refusal = refusal;
  record(model::RefusalRecord{token, side, price, size, risk::to_text(refusal)});
}

void Engine::ledger_changed(model::TokenIndex token) {
  traders_[token.value()].notes.booked_at = now_;
  gate_.position_changed(token);
}

void Engine::book_fill(const model::UserTrade& trade, Usdc fee) {
  const Rounding rounding = trade.side == model::Side::buy ? Rounding::up : Rounding::down;
  if (!EBB_MUTANT(forget_fill)) record(model::FillRecord{trade, notional(trade.price, trade.size, rounding), fee});
  traders_[trade.token.value()].notes.booked_at = now_;
}

void Engine::book_adoption(model::TokenIndex token, Shares size, Usdc cost, bool cost_known) {
  ledger_.adopt(token, size, cost, cost_known);
  record(model::LedgerRecord{
      .change = model::LedgerChange::adopted, .token = token, .size = size, .dollars = cost, .cost_known = cost_known});
  ledger_changed(token);
}

void Engine::book_cost(model::TokenIndex token, Usdc cost) {
  ledger_.learn_cost(token, cost);
  record(model::LedgerRecord{.change = model::LedgerChange::cost_learned, .token = token, .dollars = cost});
  ledger_changed(token);
}

void Engine::book_write_off(model::TokenIndex token, Shares size) {
  const Shares removed = std::min(size, ledger_.position(token).settled);
  if (removed.raw() <= 0) return;
  ledger_.write_off(token, removed, Usdc(0));
  record(model::LedgerRecord{.change = model::LedgerChange::written_off, .token = token, .size = removed});
  ledger_changed(token);
}

void Engine::book_payout(model::TokenIndex token, Price payout) {
  const Usdc before = ledger_.cash();
  ledger_.redeem(token, payout);
  reconcile_.cash.unpaid += ledger_.cash() - before;  // it lies in the account when it was claimed
  record(model::LedgerRecord{.change = model::LedgerChange::redeemed, .token = token, .payout = payout});
  ledger_changed(token);
}

void Engine::book_true_up(model::TokenIndex token, Usdc delta) {
  if (delta.raw() == 0) return;
  ledger_.true_up(token, delta);
  record(model::LedgerRecord{.change = model::LedgerChange::trued_up, .token = token, .dollars = delta});
  ledger_changed(token);
}

void Engine::book_deposit(Usdc amount) {
  ledger_.deposit(amount);
  record(model::LedgerRecord{.change = model::LedgerChange::deposited, .dollars = amount});
}

// What the day began with, and that its loss was reached, outlive a restart.
void Engine::watch_daily_loss() {
  if (!marks_are_known()) return;
  const bool known = gate_.day_known();
  const Usdc start = gate_.day_start_pnl();
  const std::int64_t day = gate_.day();
  const bool hit = gate_.daily_loss_hit();
  const Usdc total = money().total;
  gate_.on_total_pnl(total, now_);
  if (!known || day != gate_.day() || start != gate_.day_start_pnl())
    note_incident("DAY_BEGINS", model::TokenIndex::none(), gate_.day_start_pnl().raw());
  if (!hit && gate_.daily_loss_hit()) {
    note_incident("DAILY_LOSS", model::TokenIndex::none(), total.raw());
    alert(model::AlertKind::daily_loss, model::TokenIndex::none(), total.raw());
  }
}

// Right after a restart no book is there, and every position would look worthless.
bool Engine::marks_are_known() const {
  if (!reconcile_.restart_since.is_set() || now_ - reconcile_.restart_since >= kBooksAfterRestart) return true;
  return std::all_of(ledger_.touched().begin(), ledger_.touched().end(), [&](model::TokenIndex token) {
    return ledger_.position(token).matched.raw() == 0 || feeds_[token.value()].received().is_set();
  });
}

// Some tokens every second, so that memory and the journal's fills do not grow with history.
void Engine::fold_quiet_tokens() {
  if (config_.fold_after.raw() <= 0) return;
  const auto& touched = ledger_.touched();
  const auto looks = std::min<std::size_t>(touched.size(), kTokensFoldedASecond);
  for (std::size_t i = 0; i < looks; ++i) {
    const model::TokenIndex token = touched[reconcile_.fold_turn++ % touched.size()];
    TokenNotes& notes = traders_[token.value()].notes;
    if (!notes.booked_at.is_set() || now_ - notes.booked_at < config_.fold_after) continue;
    if (now_ - notes.booked_at < kFoldAfterRemoval && ledger_.has_removal(token)) continue;
    if (!ledger_.fold(token)) continue;
    notes.booked_at = {};
    record(ledger_.snapshot(token));
  }
}

}  // namespace ebb::engine
