// Folding: a token's final history becomes one sum, and a restart begins with such sums.
#include "base/check.hpp"
#include "portfolio/ledger.hpp"

namespace ebb::portfolio {
namespace {

using model::TradeStatus;

bool is_mined(TradeStatus status) { return status == TradeStatus::mined || status == TradeStatus::confirmed; }

}  // namespace

bool Ledger::has_removal(model::TokenIndex token) const {
  for (std::uint32_t i = histories_[token.value()].first; i != kNone; i = entries_[i].next) {
    if (entries_[i].kind == EntryKind::redeemed || entries_[i].kind == EntryKind::written_off) return true;
  }
  return false;
}

bool Ledger::fold(model::TokenIndex token) {
  History& history = histories_[token.value()];
  const Position& position = positions_[token.value()];
  if (history.first == kNone || position.shortfall.raw() != 0) return false;
  for (std::uint32_t i = history.first; i != kNone; i = entries_[i].next) {
    const Entry& entry = entries_[i];
    if (entry.kind != EntryKind::leg || entry.status == TradeStatus::failed) continue;
    if (!is_mined(entry.status) || !is_settled(entry.status)) return false;
  }
  history.opening = {position, history.cash_flow, history.adopted, history.trip_open};
  while (history.first != kNone) {
    const std::uint32_t index = history.first;
    Entry& entry = entries_[index];
    history.first = entry.next;
    if (entry.kind == EntryKind::leg) {
      filled_by_order_.erase(entry.key.order);
      remember_folded(entry.key, entry.time);
    }
    entry = Entry{};
    entry.next = free_entry_;
    free_entry_ = index;
  }
  history.last = kNone;
  return true;
}

void Ledger::remember_folded(const LegKey& key, Timestamp time) {
  legs_.insert_or_assign(key, kFolded);
  if (folded_.size() < kFoldedLegs) {
    folded_.push_back({key, time});
    ++known_folded_;
    return;
  }
  FoldedLeg& oldest = folded_[folded_next_];
  legs_.erase(oldest.key);
  if (oldest.time > forgotten_until_) forgotten_until_ = oldest.time;
  oldest = {key, time};
  folded_next_ = (folded_next_ + 1) % kFoldedLegs;
}

model::PositionRecord Ledger::snapshot(model::TokenIndex token) const {
  const Position& position = positions_[token.value()];
  const History& history = histories_[token.value()];
  return {.token = token,
          .size = position.matched,
          .cost = position.cost,
          .cost_known = position.cost_known,
          .realized = position.realized,
          .fees = position.fees,
          .cash_flow = history.cash_flow,
          .adopted = history.adopted,
          .buy_fills = position.buy_fills,
          .sell_fills = position.sell_fills,
          .round_trips = position.round_trips,
          .trip_open = history.trip_open};
}

void Ledger::start_empty() {
  CHECK(touched_.empty() && fill_count_ == 0);
  cash_ = Usdc();
  capital_ = Usdc();
}

void Ledger::open(const model::PositionRecord& record) {
  realized_ += record.realized;
  fees_ += record.fees;
  cash_ += record.cash_flow;
  capital_ += record.adopted;
  fill_count_ += record.buy_fills + record.sell_fills;
  if (!record.token.valid()) return;
  History& history = histories_[record.token.value()];
  Position& position = positions_[record.token.value()];
  CHECK(history.first == kNone && position == Position{});
  if (!history.touched) touched_.push_back(record.token);
  history.touched = true;
  position.matched = record.size;
  position.cost = record.cost;
  position.cost_known = record.cost_known;
  position.realized = record.realized;
  position.fees = record.fees;
  position.fills = record.buy_fills + record.sell_fills;
  position.buy_fills = record.buy_fills;
  position.sell_fills = record.sell_fills;
  position.round_trips = record.round_trips;
  settle(position);
  history.cash_flow = record.cash_flow;
  history.adopted = record.adopted;
  history.trip_open = record.trip_open;
  history.opening = {position, history.cash_flow, history.adopted, history.trip_open};
}

void Ledger::know(const model::UserTrade& trade) {
  const LegKey key{trade.trade, trade.order};
  if (!legs_.contains(key)) remember_folded(key, trade.time);
}

}  // namespace ebb::portfolio
