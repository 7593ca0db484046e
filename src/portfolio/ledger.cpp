#include "portfolio/ledger.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/decimal.hpp"
#include "base/mutant.hpp"

namespace ebb::portfolio {
namespace {

using model::Side;
using model::TradeStatus;

/// The part of `amount` that belongs to `part` of `whole`, rounded down: all of it when part = whole, so nothing is left
/// over when a position ends, and never less than nothing before.
Usdc share_of(Usdc amount, Shares part, Shares whole) {
  return Usdc(divide(static_cast<__int128>(amount.raw()) * part.raw(), whole.raw(), Rounding::down));
}

bool is_mined(TradeStatus status) { return status == TradeStatus::mined || status == TradeStatus::confirmed; }

}  // namespace

std::size_t Ledger::LegKeyHash::operator()(const LegKey& key) const noexcept {
  return std::hash<std::string_view>()(key.trade.view()) ^ std::hash<model::OrderId>()(key.order);
}

Ledger::Ledger(const model::MarketTable& markets, SellAfter sell_after, Usdc starting_cash)
    : markets_(&markets), sell_after_(sell_after), cash_(starting_cash), capital_(starting_cash) {
  grow();
}

void Ledger::grow() {
  positions_.resize(markets_->token_count());
  histories_.resize(markets_->token_count());
}

Expected<Applied> Ledger::apply(const model::UserTrade& trade, Usdc fee) {
  const bool up = trade.side == Side::buy && !EBB_MUTANT(round_in_our_favour);
  const Rounding rounding = up ? Rounding::up : Rounding::down;
  const bool priced = trade.size.raw() > 0 && trade.price.raw() >= 0;
  return apply(trade, fee, priced ? notional(trade.price, trade.size, rounding) : Usdc());
}

Expected<Applied> Ledger::apply(const model::UserTrade& trade, Usdc fee, Usdc dollars) {
  const LegKey key{trade.trade, trade.order};
  const auto known = legs_.find(key);
  if (known == legs_.end() || EBB_MUTANT(book_duplicates)) {
    const bool forgotten = trade.time.is_set() && trade.time <= forgotten_until_;
    if (forgotten) return Applied::too_old;
    return add_leg(key, trade, fee, dollars);
  }
  if (known->second == kFolded) return Applied::duplicate;
  return advance(entries_[known->second], trade);
}

Expected<Applied> Ledger::add_leg(const LegKey& key, const model::UserTrade& trade, Usdc fee, Usdc dollars) {
  if (trade.size.raw() <= 0 || trade.size > kMaxShares || trade.price.raw() < 0 || trade.price > kPriceOne ||
      fee.raw() < 0 || dollars.raw() < 0 || trade.token.value() >= positions_.size()) {
    return fail("ledger.invalid",
                "trade " + std::string(trade.trade.view()) + " has a size, price or fee out of range");
  }
  const Position& position = positions_[trade.token.value()];
  const bool failed = trade.status == TradeStatus::failed;
  const bool uncovered = !failed && trade.side == Side::sell && trade.size > position.matched;
  const std::uint32_t removal = uncovered ? removal_of(trade.token, trade.size - position.matched) : kNone;
  if (uncovered && removal == kNone) {
    return fail("ledger.oversold",
                "trade " + std::string(trade.trade.view()) + " sells " + to_text(trade.size) + " of " +
                    to_text(position.matched) + " shares held of token " + markets_->token_id(trade.token),
                "a BUY may be missing: sweep the trades");
  }
  Entry leg;
  leg.side = trade.side;
  leg.status = trade.status;
  leg.token = trade.token;
  leg.size = trade.size;
  leg.dollars = dollars;
  leg.fee = fee;
  leg.key = key;
  leg.time = trade.time;
  leg.sequence = ++sequence_;
  const std::uint32_t index = uncovered ? insert_before(removal, leg) : append(leg);
  legs_.emplace(key, index);
  if (failed) return Applied::stillborn;
  filled_by_order_[trade.order] += trade.size;
  if (uncovered) {
    replay(trade.token);
  } else {
    book_and_total(entries_[index]);
  }
  return Applied::new_fill;
}

std::vector<LegReport> Ledger::legs() const {
  std::vector<const Entry*> ordered;
  ordered.reserve(legs_.size());
  for (const model::TokenIndex token : touched_) {
    for (std::uint32_t i = histories_[token.value()].first; i != kNone; i = entries_[i].next) {
      if (entries_[i].kind == EntryKind::leg) ordered.push_back(&entries_[i]);
    }
  }
  std::sort(ordered.begin(), ordered.end(), [](const Entry* a, const Entry* b) { return a->sequence < b->sequence; });
  std::vector<LegReport> reports;
  reports.reserve(ordered.size());
  for (const Entry* leg : ordered) {
    reports.push_back(
        {leg->key.trade, leg->key.order, leg->token, leg->side, leg->status, leg->size, leg->dollars, leg->fee});
  }
  return reports;
}

InFlight Ledger::in_flight() const {
  InFlight sum;
  for (const model::TokenIndex token : touched_) {
    const Position& held = positions_[token.value()];
    if (held.unmined_buys.raw() <= 0 && held.unmined_sells.raw() <= 0) continue;
    for (std::uint32_t i = histories_[token.value()].first; i != kNone; i = entries_[i].next) {
      const Entry& leg = entries_[i];
      if (leg.kind != EntryKind::leg || is_mined(leg.status) || leg.status == TradeStatus::failed) continue;
      if (leg.side == Side::buy) {
        sum.buys += leg.dollars + leg.fee;
      } else {
        sum.sells += leg.dollars - leg.fee;
      }
    }
  }
  return sum;
}

// The payout or write-off that took at least `missing` shares out of the position: a SELL told only after it happened
// before it. kNone if there is none.
std::uint32_t Ledger::removal_of(model::TokenIndex token, Shares missing) const {
  std::uint32_t last = kNone;
  for (std::uint32_t index = histories_[token.value()].first; index != kNone; index = entries_[index].next) {
    const EntryKind kind = entries_[index].kind;
    if (kind == EntryKind::redeemed || kind == EntryKind::written_off) last = index;
  }
  return last != kNone && entries_[last].removed >= missing ? last : kNone;
}

std::uint32_t Ledger::insert_before(std::uint32_t successor, const Entry& entry) {
  const std::uint32_t index = allocate(entry);
  History& history = histories_[entry.token.value()];
  entries_[index].next = successor;
  if (history.first == successor) {
    history.first = index;
    return index;
  }
  std::uint32_t before = history.first;
  while (entries_[before].next != successor) before = entries_[before].next;
  entries_[before].next = index;
  return index;
}

Expected<Applied> Ledger::advance(Entry& leg, const model::UserTrade& trade) {
  if (leg.token != trade.token || leg.side != trade.side || leg.size != trade.size) {
    return fail("ledger.conflict", "trade " + std::string(trade.trade.view()) + " came again with another content");
  }
  if (leg.status == trade.status) return Applied::duplicate;
  if (leg.status == TradeStatus::failed) return Applied::ignored;
  if (trade.status == TradeStatus::failed) {
    if (is_mined(leg.status) || EBB_MUTANT(ignore_failed)) return Applied::ignored;
    leg.status = TradeStatus::failed;
    filled_by_order_[trade.order] -= leg.size;
    replay(leg.token);
    return Applied::reversed;
  }
  if (trade.status < leg.status) return Applied::duplicate;  // reports may come late and out of order
  Position& position = positions_[leg.token.value()];
  if (leg.side == Side::buy && !leg.paid_out && !is_settled(leg.status) && is_settled(trade.status)) {
    position.unsettled_buys -= leg.size;
  }
  if (leg.side == Side::buy && !leg.paid_out && !is_mined(leg.status) && is_mined(trade.status)) {
    position.unmined_buys -= leg.size;
  }
  if (leg.side == Side::sell && !is_mined(leg.status) && is_mined(trade.status)) {
    position.unmined_sells -= leg.size;
    position.unmined_sell_cost -= leg.sold_cost;
  }
  leg.status = trade.status;
  settle(position);
  return Applied::status_advanced;
}

bool Ledger::is_settled(TradeStatus status) const {
  switch (sell_after_) {
    case SellAfter::matched: return status != TradeStatus::failed;
    case SellAfter::mined: return is_mined(status);
    case SellAfter::confirmed: return status == TradeStatus::confirmed;
  }
  return false;
}

std::uint32_t Ledger::allocate(const Entry& entry) {
  if (free_entry_ == kNone) {
    entries_.push_back(entry);
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }
  const std::uint32_t index = free_entry_;
  free_entry_ = entries_[index].next;
  entries_[index] = entry;
  return index;
}

std::uint32_t Ledger::append(const Entry& entry) {
  const std::uint32_t index = allocate(entry);
  History& history = histories_[entry.token.value()];
  if (history.first == kNone) {
    history.first = index;
  } else {
    entries_[history.last].next = index;
  }
  history.last = index;
  return index;
}

void Ledger::book_and_total(Entry& entry) {
  Position& position = positions_[entry.token.value()];
  History& history = histories_[entry.token.value()];
  const Position before = position;
  const History history_before = history;
  if (!history.touched) touched_.push_back(entry.token);
  history.touched = true;
  book(entry);
  realized_ += position.realized - before.realized;
  fees_ += position.fees - before.fees;
  cash_ += history.cash_flow - history_before.cash_flow;
  capital_ += history.adopted - history_before.adopted;
  fill_count_ += position.fills - before.fills;
}

// A leg that FAILED took its money along, and what made its sum exact with it.
bool Ledger::corrects_failed_leg(const Entry& correction) const {
  const Entry* leg = nullptr;  // the last one before the correction
  for (std::uint32_t i = histories_[correction.token.value()].first; i != kNone; i = entries_[i].next) {
    if (&entries_[i] == &correction) break;
    if (entries_[i].kind == EntryKind::leg) leg = &entries_[i];
  }
  return leg != nullptr && leg->status == TradeStatus::failed;
}

void Ledger::book(Entry& entry) {
  Position& position = positions_[entry.token.value()];
  History& history = histories_[entry.token.value()];
  switch (entry.kind) {
    case EntryKind::leg:
      if (entry.side == Side::buy) {
        book_buy(entry, position, history);
      } else {
        book_sell(entry, position, history);
      }
      break;
    case EntryKind::adopted:
      position.matched += entry.size;
      position.cost += entry.dollars;
      position.cost_known = position.cost_known && entry.cost_known;
      history.adopted += entry.dollars;
      break;
    case EntryKind::cost_learned:
      if (position.cost_known || position.matched.raw() == 0) break;
      history.adopted += entry.dollars - position.cost;
      position.cost = entry.dollars;
      position.cost_known = true;
      break;
    case EntryKind::written_off: {
      const Shares size = std::min(entry.size, position.matched);
      const Usdc cost = size.raw() > 0 ? share_of(position.cost, size, position.matched) : Usdc();
      position.realized += entry.dollars - cost;
      history.cash_flow += entry.dollars;
      entry.removed = size;
      take_out(position, size, cost);
      break;
    }
    case EntryKind::trued_up:
      if (corrects_failed_leg(entry)) break;
      position.realized += entry.dollars;
      history.cash_flow += entry.dollars;
      break;
    case EntryKind::redeemed: {
      const Usdc payout = notional(entry.payout, position.matched);
      position.realized += payout - position.cost;
      history.cash_flow += payout;
      history.trip_open = false;
      entry.removed = position.matched;
      take_out(position, position.matched, position.cost);
      break;
    }
  }
  settle(position);
}

void Ledger::book_buy(const Entry& entry, Position& position, History& history) {
  const Shares covers = std::min(entry.size, position.shortfall);
  const Usdc cover_cost = share_of(entry.dollars, covers, entry.size);
  position.shortfall -= covers;
  position.realized -= cover_cost;
  position.matched += entry.size - covers;
  position.cost += entry.dollars - cover_cost;
  position.fees += entry.fee;
  ++position.fills;
  ++position.buy_fills;
  history.cash_flow -= entry.dollars + entry.fee;
  history.trip_open = true;
  if (!is_settled(entry.status) && !entry.paid_out) position.unsettled_buys += entry.size;
  if (!is_mined(entry.status) && !entry.paid_out) position.unmined_buys += entry.size;
}

void Ledger::book_sell(Entry& entry, Position& position, History& history) {
  const Shares held = std::min(entry.size, position.matched);  // less than size only when a BUY FAILED after the sale
  const Usdc cost = held.raw() > 0 ? share_of(position.cost, held, position.matched) : Usdc();
  position.shortfall += entry.size - held;
  position.realized += entry.dollars - cost;
  position.fees += entry.fee;
  ++position.fills;
  ++position.sell_fills;
  history.cash_flow += entry.dollars - entry.fee;
  take_out(position, held, cost);
  entry.sold_cost = cost;
  if (!is_mined(entry.status)) {
    position.unmined_sells += entry.size;
    position.unmined_sell_cost += cost;
  }
  if (history.trip_open && classify(entry.token) != model::PositionClass::actionable) {
    ++position.round_trips;
    history.trip_open = false;
  }
}

void Ledger::take_out(Position& position, Shares size, Usdc cost) {
  position.matched -= size;
  position.cost -= cost;
  if (position.matched.raw() == 0) position.cost_known = true;
}

void Ledger::settle(Position& position) const {
  const Shares unsettled = EBB_MUTANT(sell_unsettled) ? Shares(0) : position.unsettled_buys;
  position.settled = position.matched - position.shortfall - unsettled;
}

void Ledger::replay(model::TokenIndex token) {
  Position& position = positions_[token.value()];
  History& history = histories_[token.value()];
  realized_ -= position.realized;
  fees_ -= position.fees;
  cash_ -= history.cash_flow;
  capital_ -= history.adopted;
  fill_count_ -= position.fills;
  const Opening& opening = history.opening;
  position = opening.position;
  history.cash_flow = opening.cash_flow;
  history.adopted = opening.adopted;
  history.trip_open = opening.trip_open;
  realized_ += position.realized;
  fees_ += position.fees;
  cash_ += history.cash_flow;
  capital_ += history.adopted;
  fill_count_ += position.fills;
  for (std::uint32_t index = history.first; index != kNone; index = entries_[index].next) {
    Entry& entry = entries_[index];
    if (entry.kind != EntryKind::leg || entry.status != TradeStatus::failed) book_and_total(entry);
  }
}

void Ledger::adopt(model::TokenIndex token, Shares size, Usdc cost, bool cost_known) {
  CHECK(size.raw() > 0 && cost.raw() >= 0);
  Entry entry;
  entry.kind = EntryKind::adopted;
  entry.token = token;
  entry.size = size;
  entry.dollars = cost_known ? cost : Usdc();
  entry.cost_known = cost_known;
  book_and_total(entries_[append(entry)]);
}

void Ledger::learn_cost(model::TokenIndex token, Usdc cost) {
  CHECK(cost.raw() >= 0);
  if (position(token).cost_known) return;
  Entry entry;
  entry.kind = EntryKind::cost_learned;
  entry.token = token;
  entry.dollars = cost;
  book_and_total(entries_[append(entry)]);
}

void Ledger::write_off(model::TokenIndex token, Usdc proceeds) { write_off(token, position(token).settled, proceeds); }

void Ledger::write_off(model::TokenIndex token, Shares size, Usdc proceeds) {
  const Shares removable = std::min(size, position(token).settled);
  if (removable.raw() <= 0) return;
  Entry entry;
  entry.kind = EntryKind::written_off;
  entry.token = token;
  entry.size = removable;
  entry.dollars = proceeds;
  book_and_total(entries_[append(entry)]);
}

void Ledger::true_up(model::TokenIndex token, Usdc delta) {
  if (delta.raw() == 0) return;
  Entry entry;
  entry.kind = EntryKind::trued_up;
  entry.token = token;
  entry.dollars = delta;
  book_and_total(entries_[append(entry)]);
}

void Ledger::deposit(Usdc amount) {
  cash_ += amount;
  capital_ += amount;
}

void Ledger::redeem(model::TokenIndex token, Price payout) {
  if (position(token).matched.raw() == 0) return;
  for (std::uint32_t index = histories_[token.value()].first; index != kNone; index = entries_[index].next) {
    Entry& entry = entries_[index];
    if (entry.kind == EntryKind::leg && !(is_settled(entry.status) && is_mined(entry.status))) entry.paid_out = true;
  }
  positions_[token.value()].unsettled_buys = Shares();
  positions_[token.value()].unmined_buys = Shares();
  Entry entry;
  entry.kind = EntryKind::redeemed;
  entry.token = token;
  entry.payout = payout;
  book_and_total(entries_[append(entry)]);
}

model::PositionClass Ledger::classify(model::TokenIndex token) const {
  return model::classify_position(position(token).matched, markets_->market_of(token).min_order_size);
}

std::int64_t Ledger::average_cost_micros(model::TokenIndex token) const {
  const Position& held = position(token);
  if (held.matched.raw() == 0) return 0;
  return divide(static_cast<__int128>(held.cost.raw()) * kUsdcScale, held.matched.raw(), Rounding::up);
}

Usdc Ledger::at_risk(model::TokenIndex token) const {
  const Position& held = position(token);
  const Usdc cost = held.cost_known ? held.cost : notional(kPriceOne, held.matched);
  return cost + held.unmined_sell_cost;
}

Shares Ledger::filled(const model::OrderId& order) const {
  const auto it = filled_by_order_.find(order);
  return it == filled_by_order_.end() ? Shares() : it->second;
}

Usdc executable_value(const model::BookView& book, Shares size, std::span<const model::Level> own) {
  Usdc value;
  for (std::size_t level = book.bid_prices.size(); level-- > 0 && size.raw() > 0;) {
    const Price price(book.bid_prices[level]);
    Shares wanted(book.bid_sizes[level]);
    for (const model::Level& ours : own) {
      if (ours.price == price) wanted = std::max(wanted - ours.size, Shares());
    }
    const Shares taken = std::min(size, wanted);
    value += notional(price, taken);
    size -= taken;
  }
  return value;
}

}  // namespace ebb::portfolio
