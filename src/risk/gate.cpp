#include "risk/gate.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/mutant.hpp"
#include "model/fees.hpp"

namespace ebb::risk {
namespace {

using model::Side;

/// What `size` shares pay if they win: a dollar each.
Usdc winnings(Shares size) { return notional(kPriceOne, size); }

constexpr std::int64_t kDayNs = 86'400'000'000'000;

std::int64_t utc_day(Timestamp time) { return time.ns() / kDayNs; }

}  // namespace

Limits fast_limits() {
  const Limits usual;
  Limits limits;
  limits.per_token = dollars(10);
  limits.per_market = usual.per_market / 2;
  limits.per_event = usual.per_event / 2;
  limits.total = usual.total / 2;
  limits.open_orders = usual.open_orders / 2;
  limits.orders_per_second = usual.orders_per_second / 2;
  limits.daily_loss = usual.daily_loss / 2;
  return limits;
}

std::string_view to_text(Refusal refusal) {
  switch (refusal) {
    case Refusal::none: return "NONE";
    case Refusal::per_order_limit: return "ORDER_LIMIT";
    case Refusal::token_limit: return "TOKEN_LIMIT";
    case Refusal::market_limit: return "MARKET_LIMIT";
    case Refusal::event_limit: return "EVENT_LIMIT";
    case Refusal::total_limit: return "TOTAL_LIMIT";
    case Refusal::open_orders_limit: return "OPEN_ORDERS_LIMIT";
    case Refusal::order_rate: return "ORDER_RATE";
    case Refusal::daily_loss: return "DAILY_LOSS";
    case Refusal::self_cross: return "SELF_CROSS";
    case Refusal::kill_switch: return "KILL_SWITCH";
    case Refusal::paused: return "PAUSED";
    case Refusal::cash: return "CASH";
    case Refusal::other_token_active: return "OTHER_TOKEN_ACTIVE";
    case Refusal::second_buy: return "SECOND_BUY";
    case Refusal::sell_exceeds_free: return "SELL_EXCEEDS_FREE";
  }
  return "?";
}

Gate::Gate(const model::MarketTable& markets, const PositionSource& positions, Limits limits)
    : markets_(&markets), positions_(&positions) {
  grow();
  set_limits(limits);
  pool_.reserve(256);
  open_by_id_.reserve(1024);
}

void Gate::grow() {
  tokens_.resize(markets_->token_count());
  market_worst_.resize(markets_->market_count());
  event_worst_.resize(markets_->group_count());
}

void Gate::set_limits(const Limits& limits) {
  limits_ = limits;
  // The youngest departures survive a change of the rate, so that it cannot be used to leave twice.
  const std::size_t wanted = std::max<std::size_t>(limits.orders_per_second, 1);
  std::rotate(recent_.begin(), recent_.begin() + static_cast<std::ptrdiff_t>(oldest_), recent_.end());
  if (wanted < recent_.size()) {
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(wanted));
  } else {
    recent_.insert(recent_.begin(), wanted - recent_.size(), Timestamp());
  }
  oldest_ = 0;
}

Refusal Gate::check(const Request& request, Timestamp now) {
  const Refusal refusal = decide(request, now);
  if (refusal != Refusal::none) ++refusals_[static_cast<std::size_t>(refusal)];
  return refusal;
}

Refusal Gate::decide(const Request& request, Timestamp now) {
  position_changed(request.token);
  const model::TokenIndex sibling = markets_->token(request.token).sibling;
  if (sibling.valid()) position_changed(sibling);
  const bool buy = request.side == Side::buy;
  if (killed_ && !(request.crossing && !buy)) return Refusal::kill_switch;
  if (paused_ && buy) return Refusal::paused;
  if (buy && daily_loss_hit_ && limits_.stop_on_daily_loss) return Refusal::daily_loss;
  if (self_cross(request) && !EBB_MUTANT(cross_ourselves)) return Refusal::self_cross;
  if (buy && has_open_buy(request.token)) return Refusal::second_buy;
  const bool one_only = limits_.one_active_token_per_condition && !EBB_MUTANT(both_outcomes);
  if (buy && one_only && sibling.valid() && is_active(sibling)) {
    return Refusal::other_token_active;
  }
  if (!buy) {
    const Refusal refusal = check_sell(request);
    if (refusal != Refusal::none) return refusal;
  }
  if (!request.crossing) {
    const Refusal refusal = check_pace(now);
    if (refusal != Refusal::none) return refusal;
  }
  return buy ? check_exposure(request) : Refusal::none;
}

Refusal Gate::check_sell(const Request& request) const {
  const Shares free = positions_->exposure(request.token).sellable - tokens_[request.token.value()].open_sells;
  return request.size > free ? Refusal::sell_exceeds_free : Refusal::none;
}

Refusal Gate::check_pace(Timestamp now) const {
  if (EBB_MUTANT(no_rate_limit)) return Refusal::none;
  const Timestamp oldest = recent_[oldest_];
  if (limits_.orders_per_second == 0 || (oldest.is_set() && now - oldest <= seconds(1))) return Refusal::order_rate;
  return open_orders_ >= limits_.open_orders ? Refusal::open_orders_limit : Refusal::none;
}

Refusal Gate::check_exposure(const Request& request) const {
  const Usdc cost = notional(request.price, request.size, Rounding::up);
  if (cost > limits_.per_order) return Refusal::per_order_limit;
  const TokenState& token = tokens_[request.token.value()];
  if (token.cost + token.open_buys + cost > limits_.per_token) return Refusal::token_limit;
  const model::MarketIndex market = markets_->token(request.token).market;
  const Usdc worst = worst_with(market, request.token, cost);
  if (worst > limits_.per_market) return Refusal::market_limit;
  const Usdc more = worst - market_worst_[market.value()];
  if (event_worst_[markets_->group(market).value()] + more > limits_.per_event) return Refusal::event_limit;
  if (total_worst_ + more > limits_.total) return Refusal::total_limit;
  // At a better price the fee may be higher, price and fee together are not.
  const Usdc fee = fee_of(request.token, request.crossing, request.price, request.size);
  if (open_buys_total_ + open_fees_total_ + cost + fee > positions_->cash()) return Refusal::cash;
  return Refusal::none;
}

bool Gate::self_cross(const Request& request) const {
  const auto crosses_any = [&](model::TokenIndex token, bool same_token) {
    for (std::uint32_t i = tokens_[token.value()].first_open; i != kNone; i = pool_[i].next) {
      const Open& open = pool_[i];
      if (open.remaining.raw() > 0 && would_trade(same_token, request.side, request.price, open.side, open.price)) {
        return true;
      }
    }
    return false;
  };
  const model::TokenIndex sibling = markets_->token(request.token).sibling;
  return crosses_any(request.token, true) || (sibling.valid() && crosses_any(sibling, false));
}

bool Gate::has_open_buy(model::TokenIndex token) const {
  for (std::uint32_t i = tokens_[token.value()].first_open; i != kNone; i = pool_[i].next) {
    if (pool_[i].side == Side::buy) return true;
  }
  return false;
}

bool Gate::is_active(model::TokenIndex token) const {
  const TokenState& state = tokens_[token.value()];
  return state.first_open != kNone || model::classify_position(state.size, markets_->market_of(token).min_order_size) ==
                                          model::PositionClass::actionable;
}

Usdc Gate::worst_with(model::MarketIndex market, model::TokenIndex token, Usdc extra) const {
  Usdc cost;
  std::array<Usdc, 2> change{};  // of the loss when that outcome wins: its shares pay, BUYs of the other are lost
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex index = markets_->token_of(market, outcome);
    if (!index.valid()) continue;
    const TokenState& state = tokens_[index.value()];
    const auto slot = static_cast<std::size_t>(outcome);
    cost += state.cost;
    change[slot] -= winnings(state.size);
    change[1 - slot] += state.open_buys + (index == token ? extra : Usdc());
  }
  return std::max({Usdc(), cost + change[0], cost + change[1]});
}

Usdc Gate::fee_of(model::TokenIndex token, bool crossing, Price price, Shares size) const {
  return crossing ? model::taker_fee(price, size, markets_->market_of(token).fees) : Usdc();
}

void Gate::opened(const Request& request, Timestamp now) {
  const std::uint32_t index = allocate();
  const bool added = open_by_id_.emplace(request.id, index).second;
  CHECK(added);
  TokenState& token = tokens_[request.token.value()];
  pool_[index] = {request.token, request.side, request.crossing, request.price, Shares(), Usdc(), token.first_open};
  token.first_open = index;
  reserve(pool_[index], request.size);
  ++open_orders_;
  recent_[oldest_] = now;
  oldest_ = oldest_ + 1 == recent_.size() ? 0 : oldest_ + 1;
}

void Gate::reduced(const model::OrderId& id, Shares remaining) {
  const auto it = open_by_id_.find(id);
  if (it == open_by_id_.end()) return;
  Open& order = pool_[it->second];
  reserve(order, std::clamp(remaining, Shares(), order.remaining));
}

void Gate::closed(const model::OrderId& id) {
  const auto it = open_by_id_.find(id);
  if (it == open_by_id_.end()) return;
  const std::uint32_t index = it->second;
  open_by_id_.erase(it);
  reserve(pool_[index], Shares());
  std::uint32_t* link = &tokens_[pool_[index].token.value()].first_open;
  while (*link != index) link = &pool_[*link].next;
  *link = pool_[index].next;
  pool_[index].next = free_;
  free_ = index;
  --open_orders_;
}

void Gate::reserve(Open& order, Shares remaining) {
  TokenState& token = tokens_[order.token.value()];
  if (order.side == Side::sell) {
    token.open_sells += remaining - order.remaining;
    order.remaining = remaining;
    return;
  }
  const Usdc more =
      notional(order.price, remaining, Rounding::up) - notional(order.price, order.remaining, Rounding::up);
  const Usdc fee = fee_of(order.token, order.crossing, order.price, remaining);
  open_fees_total_ += fee - order.fee;
  order.fee = fee;
  order.remaining = remaining;
  token.open_buys += more;
  open_buys_total_ += more;
  refresh_market(markets_->token(order.token).market);
}

void Gate::position_changed(model::TokenIndex token) {
  const Exposure now = positions_->exposure(token);
  TokenState& state = tokens_[token.value()];
  if (state.cost == now.cost && state.size == now.size) return;
  state.cost = now.cost;
  state.size = now.size;
  refresh_market(markets_->token(token).market);
}

void Gate::refresh_market(model::MarketIndex market) {
  const Usdc worst = worst_with(market, model::TokenIndex::none(), Usdc());
  const Usdc more = worst - market_worst_[market.value()];
  market_worst_[market.value()] = worst;
  event_worst_[markets_->group(market).value()] += more;
  total_worst_ += more;
}

std::uint32_t Gate::allocate() {
  if (free_ == kNone) {
    pool_.emplace_back();
    return static_cast<std::uint32_t>(pool_.size() - 1);
  }
  const std::uint32_t index = free_;
  free_ = pool_[index].next;
  return index;
}

void Gate::kill(Timestamp now) {
  if (EBB_MUTANT(ignore_kill_switch)) return;
  if (!killed_) killed_at_ = now;
  killed_ = true;
}

void Gate::reset_kill() { killed_ = false; }

void Gate::resume_day(Timestamp began, Usdc start_pnl, bool hit) {
  day_known_ = true;
  day_ = utc_day(began);
  day_start_pnl_ = start_pnl;
  daily_loss_hit_ = hit;
}

void Gate::on_total_pnl(Usdc total, Timestamp now) {
  const std::int64_t day = utc_day(now);
  if (!day_known_ || day != day_) {
    day_known_ = true;
    day_ = day;
    day_start_pnl_ = total;
    daily_loss_hit_ = false;
  }
  worst_daily_loss_ = std::max(worst_daily_loss_, day_start_pnl_ - total);
  if (day_start_pnl_ - total >= limits_.daily_loss) daily_loss_hit_ = true;
}

}  // namespace ebb::risk
