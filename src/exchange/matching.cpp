#include "exchange/matching.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <type_traits>

#include "base/check.hpp"

namespace ebb::exchange {
namespace {

/// price * shares, rounded down, in micro-dollars; both raw.
std::int64_t cash_of(std::int64_t price, std::int64_t shares) {
  return static_cast<std::int64_t>(static_cast<__int128>(price) * shares / kPriceScale);
}
/// Shares that `cash` buys at `price`, rounded down.
std::int64_t shares_for(std::int64_t cash, std::int64_t price) {
  return static_cast<std::int64_t>(static_cast<__int128>(cash) * kPriceScale / price);
}

}  // namespace

/// One maker's share of a match.
struct OrderBook::Part {
  std::int64_t size = 0;
  std::int64_t maker_cash = 0;
  std::int64_t taker_cash = 0;
  MatchKind kind = MatchKind::complementary;
  std::int32_t maker_price = 0;
  std::int32_t taker_price = 0;
  model::Side maker_side = model::Side::buy;
};

OrderBook::OrderBook() {
  static_assert(std::is_trivially_destructible_v<Level> && std::is_trivially_copyable_v<Level>);
  // From the system, not from the heap: an allocator that has been busy would clear, and so touch, every page.
  for (auto& side : levels_) {
    void* zeros = mmap(nullptr, kLevelBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(zeros != MAP_FAILED);
    side.reset(static_cast<Level*>(zeros));
  }
}

void OrderBook::FreeLevels::operator()(Level* levels) const { munmap(levels, kLevelBytes); }

int OrderBook::next_level(std::size_t side, int price) const {
  return side == index(Direction::ask) ? occupied_[side].next(price + 1) : occupied_[side].previous(price - 1);
}

/// Whether a level of `side` is still good enough for a taker whose YES limit is `limit`.
bool OrderBook::within(std::size_t side, int price, int limit) {
  return side == index(Direction::ask) ? price <= limit : price >= limit;
}

OrderBook::Part OrderBook::part_of(const Node& maker, const CoreOrder& taker, std::int64_t left, std::int64_t budget) {
  Part part;
  const Direction maker_direction = static_cast<Direction>(maker.direction);
  part.maker_price = in_terms_of(maker.outcome, Price(maker.yes_price)).raw();
  part.taker_price = in_terms_of(taker.outcome, Price(maker.yes_price)).raw();
  part.maker_side = (maker_direction == Direction::bid) == (maker.outcome == 0) ? model::Side::buy : model::Side::sell;
  std::int64_t wanted = std::min(maker.left, left);
  if (budget >= 0) wanted = std::min(wanted, shares_for(budget, part.taker_price));
  if (part.maker_side == model::Side::sell) {
    // the maker's asset is shares: exactly `wanted` of them for floor(wanted * price)
    part.size = wanted;
    part.maker_cash = cash_of(part.maker_price, wanted);
  } else {
    // the maker's asset is dollars: the shares follow from them, rounded down
    part.maker_cash = std::min(cash_of(part.maker_price, wanted), maker.cash_left);
    part.size = std::min(shares_for(part.maker_cash, part.maker_price), wanted);
  }
  if (maker.outcome == taker.outcome) {
    part.taker_cash = part.maker_cash;
  } else {
    part.kind = part.maker_side == model::Side::buy ? MatchKind::mint : MatchKind::merge;
    part.taker_cash = part.size - part.maker_cash;  // a pair is worth one dollar
  }
  return part;
}

MatchTotals OrderBook::totals_of(const CoreOrder& taker, std::int64_t left, std::int64_t budget, std::int64_t filled,
                                 std::int64_t cash) {
  MatchTotals totals;
  totals.filled = Shares(filled);
  totals.cash = Usdc(cash);
  if (taker.budget.raw() >= 0) {
    totals.budget_left = Usdc(budget);
    totals.complete = filled > 0 && shares_for(budget, taker.price.raw()) < kLot.raw();
  } else {
    totals.left = Shares(left);
    totals.complete = left < kLot.raw();
  }
  return totals;
}

bool OrderBook::crosses(const CoreOrder& order) const {
  const std::size_t other = index(opposite(direction_of(order.outcome, order.side)));
  if (occupied_[other].empty()) return false;
  return within(other, best_[other], in_terms_of(order.outcome, order.price).raw());
}

MatchTotals OrderBook::probe(const CoreOrder& taker, SelfTrade mode, std::vector<LevelTake>* takes) const {
  const std::size_t other = index(opposite(direction_of(taker.outcome, taker.side)));
  const int limit = in_terms_of(taker.outcome, taker.price).raw();
  const bool by_budget = taker.budget.raw() >= 0;
  std::int64_t left = by_budget ? INT64_MAX : taker.size.raw();
  std::int64_t budget = taker.budget.raw();
  std::int64_t filled = 0, cash = 0;
  bool met_own = false, stopped = false;
  for (int price = best_[other]; !stopped && !occupied_[other].empty() && price >= 0 && within(other, price, limit);
       price = next_level(other, price)) {
    LevelTake take{in_terms_of(taker.outcome, Price(price)), Shares{}, Usdc{}};
    for (std::uint32_t n = level(other, price).head; n != kNil; n = nodes_[n].next) {
      if (left < kLot.raw() || (by_budget && shares_for(budget, take.taker_price.raw()) < kLot.raw())) {
        stopped = true;
        break;
      }
      if (nodes_[n].account == taker.account.value()) {
        met_own = true;
        if (mode == SelfTrade::reject_taker) stopped = true;
        if (stopped) break;
        continue;
      }
      const Part part = part_of(nodes_[n], taker, left, budget);
      if (part.size == 0) {
        stopped = true;
        break;
      }
      if (!by_budget) left -= part.size;
      if (by_budget) budget -= part.taker_cash;
      take.size += Shares(part.size);
      take.cash += Usdc(part.taker_cash);
    }
    filled += take.size.raw();
    cash += take.cash.raw();
    if (takes != nullptr && take.size.raw() > 0) takes->push_back(take);
  }
  MatchTotals totals = totals_of(taker, left, budget, filled, cash);
  totals.met_own = met_own;
  return totals;
}

MatchTotals OrderBook::match(const CoreOrder& taker, SelfTrade mode, std::vector<Fill>& fills,
                             std::vector<std::uint64_t>& canceled) {
  const std::size_t other = index(opposite(direction_of(taker.outcome, taker.side)));
  const int limit = in_terms_of(taker.outcome, taker.price).raw();
  const bool by_budget = taker.budget.raw() >= 0;
  std::int64_t left = by_budget ? INT64_MAX : taker.size.raw();
  std::int64_t budget = taker.budget.raw();
  std::int64_t filled = 0, cash = 0;
  bool met_own = false, stopped = occupied_[other].empty();
  for (int price = best_[other]; !stopped && price >= 0 && within(other, price, limit);) {
    const int following = next_level(other, price);
    const std::int32_t taker_price = in_terms_of(taker.outcome, Price(price)).raw();
    for (std::uint32_t n = level(other, price).head; n != kNil;) {
      Node& maker = nodes_[n];
      const std::uint32_t next = maker.next;
      if (left < kLot.raw() || (by_budget && shares_for(budget, taker_price) < kLot.raw())) {
        stopped = true;
        break;
      }
      if (maker.account == taker.account.value()) {
        met_own = true;
        if (mode == SelfTrade::cancel_maker) {
          canceled.push_back(maker.tag);
          unlink(n);
        }
        n = next;
        continue;
      }
      const Part part = part_of(maker, taker, left, budget);
      if (part.size > 0) {
        maker.left -= part.size;
        if (part.maker_side == model::Side::buy) maker.cash_left -= part.maker_cash;
        level(other, price).total -= part.size;
        if (!by_budget) left -= part.size;
        if (by_budget) budget -= part.taker_cash;
        filled += part.size;
        cash += part.taker_cash;
        // Less than a lot, or nothing left to pay with, cannot be traded any more: the venue closes it.
        const bool closed = maker.left < kLot.raw() || (part.maker_side == model::Side::buy && maker.cash_left == 0);
        fills.push_back({OrderHandle(n), maker.tag, AccountIndex(maker.account), maker.outcome, part.maker_side,
                         part.kind, Price(part.maker_price), Price(part.taker_price), Shares(part.size),
                         Usdc(part.maker_cash), Usdc(part.taker_cash), Shares(maker.left), closed});
        if (closed) unlink(n);
      } else {
        stopped = true;  // what the taker has left buys nothing here
        break;
      }
      n = next;
    }
    price = following;
  }
  MatchTotals totals = totals_of(taker, left, budget, filled, cash);
  totals.met_own = met_own;
  return totals;
}

OrderHandle OrderBook::rest(const CoreOrder& order, Shares size) {
  std::uint32_t n = free_;
  if (n != kNil) {
    free_ = nodes_[n].next;
  } else {
    n = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  }
  const std::size_t side = index(direction_of(order.outcome, order.side));
  const int price = in_terms_of(order.outcome, order.price).raw();
  Level& l = level(side, price);
  Node& node = nodes_[n];
  node.tag = order.tag;
  node.left = size.raw();
  node.cash_left = order.side == model::Side::buy ? cash_of(order.price.raw(), size.raw()) : 0;
  node.account = order.account.value();
  node.yes_price = static_cast<std::uint16_t>(price);
  node.outcome = order.outcome;
  node.direction = static_cast<std::uint8_t>(side);
  node.prev = l.tail;
  node.next = kNil;
  if (l.tail != kNil) {
    nodes_[l.tail].next = n;
  } else {
    l.head = n;
    occupied_[side].insert(price);
    if (side == index(Direction::ask) ? price < best_[side] : price > best_[side]) best_[side] = price;
  }
  l.tail = n;
  l.total += node.left;
  ++live_;
  return OrderHandle(n);
}

void OrderBook::unlink(std::uint32_t n) {
  Node& node = nodes_[n];
  const std::size_t side = node.direction;
  const int price = node.yes_price;
  Level& l = level(side, price);
  l.total -= node.left;
  (node.prev != kNil ? nodes_[node.prev].next : l.head) = node.next;
  (node.next != kNil ? nodes_[node.next].prev : l.tail) = node.prev;
  if (l.head == kNil) {
    occupied_[side].erase(price);
    if (best_[side] == price) {
      const int next = next_level(side, price);
      best_[side] = next >= 0 ? next : (side == index(Direction::ask) ? kPriceScale : 0);
    }
  }
  node.next = free_;
  free_ = n;
  --live_;
}

void OrderBook::cancel(OrderHandle handle) {
  CHECK(handle.value() < nodes_.size());
  unlink(handle.value());
}

RestingOrder OrderBook::order(OrderHandle handle) const {
  CHECK(handle.value() < nodes_.size());
  const Node& node = nodes_[handle.value()];
  const bool buy = (static_cast<Direction>(node.direction) == Direction::bid) == (node.outcome == 0);
  return {node.tag,
          AccountIndex(node.account),
          node.outcome,
          buy ? model::Side::buy : model::Side::sell,
          in_terms_of(node.outcome, Price(node.yes_price)),
          Shares(node.left),
          Usdc(node.cash_left)};
}

Shares OrderBook::level_size(Direction side, Price yes_price) const {
  if (yes_price.raw() < 0 || yes_price.raw() > kPriceScale) return {};
  return Shares(level(index(side), yes_price.raw()).total);
}

}  // namespace ebb::exchange
