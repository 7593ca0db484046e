#include "checker/account_view.hpp"

#include <algorithm>

namespace ebb::checker {
namespace {

int rank(LegStatus status) {
  switch (status) {
    case LegStatus::matched: return 0;
    case LegStatus::retrying: return 1;
    case LegStatus::mined: return 2;
    case LegStatus::confirmed: return 3;
    case LegStatus::failed: return 4;
  }
  return 0;
}
bool reached(LegStatus status, LegStatus goal) { return status != LegStatus::failed && rank(status) >= rank(goal); }

/// Cash that a leg brings (BUY: negative), fee included.
Micros cash_of(const Leg& leg) {
  const Micros amount = dollars_of(leg);
  return (leg.side == Side::buy ? -amount : amount) - leg.fee;
}

/// Takes `size` shares out of the position at its average cost; returns the cost taken.
Micros take(PositionView& p, Micros size) {
  Micros removed = p.cost;
  if (size < p.matched) {
    removed = p.matched > 0 ? static_cast<Micros>(static_cast<__int128>(p.cost) * size / p.matched) : 0;
  }
  p.matched -= size;
  p.cost -= removed;
  return removed;
}

}  // namespace

Micros dollars_of(const Leg& leg) {
  if (leg.amount >= 0) return leg.amount;
  return static_cast<Micros>(static_cast<__int128>(leg.price) * leg.size / kOne);
}

void take_back(PositionView& p, Micros size) {
  const Micros cost =
      size < p.gone ? static_cast<Micros>(static_cast<__int128>(p.gone_cost) * size / p.gone) : p.gone_cost;
  p.gone -= size;
  p.gone_cost -= cost;
  p.matched += size;
  p.cost += cost;
  p.realized += cost;
  p.bought_matched += size;
  p.bought_mined += size;
  p.bought_confirmed += size;
}

LegEffect AccountView::apply(std::size_t token, const Leg& leg) {
  const auto key = std::make_pair(leg.trade_id, leg.order_id);
  const auto it = index_.find(key);
  if (it == index_.end()) {
    TokenBook& tb = tokens_[token];
    index_[key] = {token, tb.booked.size()};
    tb.booked.push_back({.leg = leg});
    if (leg.status == LegStatus::failed) {  // heard of only when it had failed: it never counted
      ++failed_;
      return LegEffect::reversed;
    }
    book(tb.position, tb.booked.back());
    cash_ += cash_of(leg);
    return LegEffect::fresh;
  }
  TokenBook& tb = tokens_[it->second.first];
  Booked& known = tb.booked[it->second.second];
  const LegStatus from = known.leg.status;
  // A leg that is MINED cannot fail any more (rules 7.3).
  const bool forward =
      rank(leg.status) > rank(from) && !(leg.status == LegStatus::failed && reached(from, LegStatus::mined));
  if (!forward) return LegEffect::repeat;
  known.leg.status = leg.status;
  if (leg.status == LegStatus::failed) {
    ++failed_;
    cash_ -= cash_of(known.leg);
    rebuild(tb);
    return LegEffect::reversed;
  }
  settle(tb.position, known, from, leg.status);
  return LegEffect::advanced;
}

void AccountView::book(PositionView& p, Booked& b) {
  const Leg& leg = b.leg;
  if (b.external || b.payout) {
    p.cost_known = p.cost_known && b.cost_known;
    if (leg.size >= 0 && b.external) {
      p.matched += leg.size;
      p.cost += leg.amount;
      p.bought_matched += leg.size;
      p.bought_mined += leg.size;
      p.bought_confirmed += leg.size;
      return;
    }
    const Micros size = leg.size < 0 ? -leg.size : leg.size;
    const Micros cost = take(p, size);
    p.realized += leg.amount - cost;
    if (b.payout) p.received += leg.amount;
    p.bought_matched -= size;
    p.bought_mined -= size;
    p.bought_confirmed -= size;
    if (b.external) {
      p.gone += size;
      p.gone_cost += cost;
    }
    return;
  }
  p.fees += leg.fee;
  if (leg.side == Side::buy) {
    p.matched += leg.size;
    p.cost += dollars_of(leg);
    p.spent += dollars_of(leg);
    p.bought_matched += leg.size;
  } else {
    if (leg.size > p.matched && p.gone > 0) take_back(p, std::min(p.gone, leg.size - p.matched));
    b.cost_removed = take(p, leg.size);
    p.realized += dollars_of(leg) - b.cost_removed;
    p.received += dollars_of(leg);
    p.sold += leg.size;
    p.unmined_sold += leg.size;
    p.unmined_sold_cost += b.cost_removed;
    ++p.sell_legs;
  }
  settle(p, b, LegStatus::matched, leg.status);
}

void AccountView::settle(PositionView& p, const Booked& b, LegStatus from, LegStatus to) {
  const bool mined = !reached(from, LegStatus::mined) && reached(to, LegStatus::mined);
  const bool confirmed = !reached(from, LegStatus::confirmed) && reached(to, LegStatus::confirmed);
  if (b.leg.side == Side::buy) {
    if (mined) p.bought_mined += b.leg.size;
    if (confirmed) p.bought_confirmed += b.leg.size;
  } else if (mined) {
    p.unmined_sold -= b.leg.size;
    p.unmined_sold_cost -= b.cost_removed;
  }
}

void AccountView::rebuild(TokenBook& tb) {
  PositionView p;
  for (auto& b : tb.booked) {
    if (b.leg.status != LegStatus::failed) book(p, b);
  }
  tb.position = p;
}

void AccountView::adjust(std::size_t token, Micros size, Micros cost, bool cost_known, Micros cash) {
  cash_ += cash;
  TokenBook& tb = tokens_[token];
  Booked b;
  b.leg.size = size;
  b.leg.amount = cost;
  b.external = true;
  b.cost_known = cost_known;
  if (size != 0) {
    tb.booked.push_back(b);
    book(tb.position, tb.booked.back());
  }
}

void AccountView::redeem(std::size_t token, PriceRaw payout) {
  TokenBook& tb = tokens_[token];
  if (tb.position.matched <= 0) return;
  Booked b;
  b.payout = true;
  b.leg.size = tb.position.matched;
  b.leg.amount = static_cast<Micros>(static_cast<__int128>(b.leg.size) * payout / kOne);
  cash_ += b.leg.amount;
  tb.booked.push_back(b);
  book(tb.position, tb.booked.back());
}

const Leg* AccountView::find(std::string_view trade_id, std::string_view order_id) const {
  const auto it = index_.find(std::make_pair(std::string(trade_id), std::string(order_id)));
  return it == index_.end() ? nullptr : &tokens_[it->second.first].booked[it->second.second].leg;
}

}  // namespace ebb::checker
