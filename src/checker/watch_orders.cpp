// The life of our orders as the trader knows it, and the positions that its received legs add up to.
#include <fmt/format.h>

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {

const PositionView& Checker::Impl::held(const TokenWatch& token) const { return received_.position(index_of(token)); }

Micros Checker::Impl::reserved_sells(const TokenWatch& token) const {
  Micros sum = 0;
  for (const OrderWatch* order : token.orders) {
    if (order->claim.side == Side::sell) sum += order->reserve();
  }
  return sum;
}

void Checker::Impl::set_phase(OrderWatch& order, Phase phase) {
  if (order.phase == phase || order.phase == Phase::done) return;
  order.phase = phase;
  order.phase_clock = venue_clock_;
  if (phase == Phase::done) order.done_at = now;
  tokens_[order.token]->last_order_event = now;
}

void Checker::Impl::told_matched(OrderWatch& order, Micros matched) {
  if (order.over_at > 0) return;  // a later word about what is over is no claim: trades are listed anyway
  order.told = std::max(order.told, std::min(matched, order.claim.size));
  after_order_change(order);
}

/// Starts and ends the time of a match that no trade explains.
void Checker::Impl::after_order_change(OrderWatch& order) {
  if (order.told > order.fills) {
    auto& watched = tokens_[order.token]->orders;
    if (std::find(watched.begin(), watched.end(), &order) == watched.end()) watched.push_back(&order);
    if (order.unexplained_clock < 0) {
      order.unexplained_clock = venue_clock_;
      order.sweeps = 0;
    }
    return;
  }
  if (order.unexplained_clock < 0) return;
  order.unexplained_clock = -1;
  TokenWatch& token = *tokens_[order.token];
  const bool other = std::any_of(token.orders.begin(), token.orders.end(),
                                 [](const OrderWatch* o) { return o->unexplained_clock >= 0; });
  if (!other) token.unexplained_named = false;
}

void Checker::Impl::place_answer(std::string_view id, PlaceAnswer outcome) {
  OrderWatch* order = order_of(id);
  if (order == nullptr) return;
  switch (outcome) {
    case PlaceAnswer::rejected:
      set_phase(*order, Phase::done);
      order->end_told = true;
      tokens_[order->token]->refused = true;
      tokens_[order->token]->refused_quote = tokens_[order->token]->quote;
      break;
    case PlaceAnswer::unknown:
      if (!order->resting) vague_.insert(order->claim.id);
      set_phase(*order, Phase::unknown);
      break;
    case PlaceAnswer::live:
    case PlaceAnswer::matched:
    case PlaceAnswer::delayed:
    case PlaceAnswer::unmatched:
      if (!order->resting && outcome != PlaceAnswer::matched) vague_.insert(order->claim.id);
      // FAK and FOK leave nothing on the book: their answer is their end, their fills come by trades.
      set_phase(*order, order->resting || outcome == PlaceAnswer::delayed ? Phase::live : Phase::done);
      break;
  }
  evaluate(*tokens_[order->token]);
}

void Checker::Impl::cancel_answer(std::string_view id, CancelAnswer outcome) {
  OrderWatch* order = order_of(id);
  if (order == nullptr) return;
  // "not found" proves nothing for an order whose placement has no answer yet: it may still arrive.
  const bool known = order->phase == Phase::live;
  if (outcome == CancelAnswer::canceled || outcome == CancelAnswer::already_done ||
      (outcome == CancelAnswer::not_found && known)) {
    set_phase(*order, Phase::done);
  }
}

void Checker::Impl::status_answer(std::string_view id, StatusAnswer status, Micros matched) {
  OrderWatch* order = order_of(id);
  if (order == nullptr) return;
  // Of an order whose end has been told this is an older word.
  if (status == StatusAnswer::live && order->phase == Phase::done) return;
  if (status == StatusAnswer::live) set_phase(*order, Phase::live);
  // Nobody knows it: said once, it may still arrive.
  order->absences = status == StatusAnswer::not_found ? order->absences + 1 : 0;
  const bool absent = order->absences >= kAbsencesOfNone;
  if (status == StatusAnswer::matched || status == StatusAnswer::canceled || absent) {
    set_phase(*order, Phase::done);
    order->end_told = true;
  }
  if (matched > 0) told_matched(*order, matched);
}

void Checker::Impl::user_frame(std::string_view text) {
  const UserFrameText& frame = reader_.user(text);
  std::size_t next_order = 0;
  std::size_t next_trade = 0;
  for (const bool is_trade : frame.is_trade) {
    if (!is_trade) {
      const UserOrderText& told = frame.orders[next_order++];
      OrderWatch* order = order_of(told.id);
      if (order == nullptr) continue;
      if (order->phase == Phase::sent || order->phase == Phase::unknown) set_phase(*order, Phase::live);
      const bool full = told.kind == UserOrderKind::update && told.matched > 0 && told.matched >= order->claim.size;
      if (told.canceled || full) {
        set_phase(*order, Phase::done);
        order->end_told = true;
      }
      if (told.matched > 0) told_matched(*order, told.matched);
      continue;
    }
    const UserTradeText& trade = frame.trades[next_trade++];
    Leg leg;
    leg.trade_id = std::string(trade.id);
    leg.status = trade.status;
    leg.match_time = now;
    const OrderWatch* taker = order_of(trade.taker_order_id);
    if (taker != nullptr && trade.size > 0 && trade.price >= 0) {
      leg.order_id = taker->claim.id;
      leg.token_id = taker->claim.token_id;
      leg.side = taker->claim.side;
      leg.price = trade.price;
      leg.size = trade.size;
      leg.role = Role::taker;
      leg.fee = fee_of(*tokens_[taker->token], leg);
      received_leg(leg);
    }
    for (const MakerText& entry : trade.makers) {
      const OrderWatch* maker = order_of(entry.order_id);
      if (maker == nullptr) continue;
      check(Rule::own_trade, taker == nullptr, *tokens_[maker->token], [&] {
        return fmt::format("trade {}: our order {} took our order {}", trade.id, trade.taker_order_id, entry.order_id);
      });
      leg.order_id = maker->claim.id;
      leg.token_id = maker->claim.token_id;
      leg.side = maker->claim.side;
      leg.price = entry.price;
      leg.size = entry.size;
      leg.role = Role::maker;
      leg.fee = 0;
      received_leg(leg);
    }
  }
}

Micros Checker::Impl::fee_of(const TokenWatch& token, const Leg& leg) const {
  const MarketConfig& m = markets_[token.market].config;
  // shares x rate x (p (1 - p))^exponent, up to 1e-5 dollars (polymarket.md 6.8, rules 7.5)
  __int128 numerator = static_cast<__int128>(leg.size) * m.fee_rate_bps;
  __int128 denominator = 10'000 * 10;  // basis points; steps of ten millionths
  for (int i = 0; i < m.fee_exponent; ++i) {
    numerator *= leg.price * (kOne - leg.price);
    denominator *= kOne * kOne;
  }
  return static_cast<Micros>((numerator + denominator - 1) / denominator) * 10;
}

void Checker::Impl::received_leg(const Leg& leg) {
  const std::size_t index = token_of(leg.token_id);
  if (index == kNoToken || leg.size <= 0) return;
  TokenWatch& token = *tokens_[index];
  const Micros before = received_.position(index).matched;
  const bool known = received_.find(leg.trade_id, leg.order_id) != nullptr;
  const LegEffect effect = received_.apply(index, leg);
  // A leg of before the crash proves to the restarted trader that its order reached the venue.
  if (OrderWatch* order = order_of(leg.order_id);
      order != nullptr && order->recovered && order->phase == Phase::unknown)
    set_phase(*order, Phase::live);
  // What was lost with the crash may end a round trip for the second time, and forgets once more what came before it.
  if (known && leg.side == Side::sell && lost_legs_.erase({leg.trade_id, leg.order_id}) > 0) {
    for (auto& window : token.window) window.clear();
    token.answered = false;
  }
  if (effect == LegEffect::repeat) return;
  touched_.insert(index);
  if (OrderWatch* order = order_of(leg.order_id); order != nullptr) {
    if (effect == LegEffect::fresh) {
      order->fills += leg.size;
      order->last_fill = now;
      if (order->phase == Phase::sent || order->phase == Phase::unknown) set_phase(*order, Phase::live);
      if (order->fills >= order->claim.size) set_phase(*order, Phase::done);
    } else if (effect == LegEffect::reversed && !known) {
      order->fills += leg.size;  // heard of when it had failed: the venue counts it as matched all the same
      if (order->fills >= order->claim.size) set_phase(*order, Phase::done);
    }
    after_order_change(*order);
  }
  if (effect != LegEffect::advanced) after_position_change(token, before, leg);
  check_sellable(token);
}

void Checker::Impl::after_position_change(TokenWatch& token, Micros before, const Leg& leg) {
  const Micros matched = held(token).matched;
  const Micros minimum = market(token).config.min_size;
  token.sell_quiet = now;
  update_floor(token, before, leg.status == LegStatus::failed);
  if (leg.side == Side::sell && before >= minimum && matched < minimum) {
    // A round trip is done: history is forgotten, the drop grows (predecessor 6).
    for (auto& window : token.window) window.clear();
    if (token.params.incremental_drop && token.params.drop_step > 0) {
      const Micros cap = std::max(token.params.drop_cap, token.params.drop);
      token.drop = std::min(std::min(std::max(token.drop, token.params.drop), cap) + token.params.drop_step, cap);
    }
    token.answered = false;
  }
  evaluate(token);
}

/// The least price that covers average cost and profit. From the position's first SELL on it only falls: floors are
/// frozen per position (rules 4.3), so a late fill of the BUY need not move them.
void Checker::Impl::update_floor(TokenWatch& token, Micros before, bool undone) {
  const PositionView& p = held(token);
  const Micros minimum = market(token).config.min_size;
  if (p.matched < minimum) token.sell_placed = token.adopted = false;
  if (p.matched <= 0 || !p.cost_known) {
    token.required = 0;
    return;
  }
  if (p.matched <= before && token.required > 0 && !undone) return;  // selling does not move the average
  const Micros average = static_cast<Micros>(static_cast<__int128>(p.cost) * 1'000'000 / p.matched);
  const Micros by_ratio = static_cast<Micros>(static_cast<__int128>(average) * token.params.profit / 1'000'000);
  const Micros by_ticks = static_cast<Micros>(token.params.min_profit_ticks) * token.feed.tick() * 100;
  const Micros by_price = static_cast<Micros>(token.params.min_profit) * 100;
  const Micros required = average + std::max({by_ratio, by_ticks, by_price});
  if (token.adopted) {
    token.required = 0;  // what it cost is nobody's but the trader's to say
    return;
  }
  const bool frozen = token.sell_placed || undone;
  token.required = frozen && token.required > 0 ? std::min(token.required, required) : required;
}

void Checker::Impl::check_sellable(TokenWatch& token) {
  const PositionView& p = held(token);
  const Micros settled = p.settled(config.sell_after);
  if (config.sell_after == SellAfter::matched) {
    if (settled >= 0) {
      token.shortfall_since = 0;
      token.shortfall_named = false;
    } else if (token.shortfall_since == 0) {
      token.shortfall_since = now;
    }
    return;
  }
  const Micros free = settled - reserved_sells(token);
  check(Rule::sellable_negative, free >= 0, token,
        [&] { return fmt::format("settled {} less open SELLs leaves {}", settled, free); });
}

void Checker::Impl::operate(OperatorAction action, std::string_view token_id) {
  const std::size_t index = token_of(token_id);
  switch (action) {
    case OperatorAction::pause: paused_ = true; break;
    case OperatorAction::resume: paused_ = false; break;
    case OperatorAction::kill:
      if (!killed_) killed_at_ = now;
      killed_ = true;
      for (const std::size_t i : touched_) start_exit(*tokens_[i]);
      break;
    case OperatorAction::reset_kill: killed_ = false; break;
    case OperatorAction::flatten:
      for (const std::size_t i : touched_) start_exit(*tokens_[i]);
      break;
    case OperatorAction::exit_token:
      if (index != kNoToken) start_exit(*tokens_[index]);
      break;
    case OperatorAction::cancel_all: break;
    case OperatorAction::sell_only:
    case OperatorAction::trade:
      for (std::size_t i = 0; i < tokens_.size(); ++i) {
        if (index == kNoToken || i == index) tokens_[i]->sell_only = action == OperatorAction::sell_only;
      }
      break;
  }
}

/// An exit has something to do only where there is a position or an order.
void Checker::Impl::start_exit(TokenWatch& token) {
  if (token.exit_clock >= 0 || token.manual) return;
  if (is_flat(token) && held(token).unmined_sold == 0) return;
  token.exit_clock = venue_clock_;
  token.exit_reported = false;
}

void Checker::Impl::named(std::string_view token_id, std::string_view state) {
  const std::size_t index = token_of(token_id);
  if (index == kNoToken) return;
  TokenWatch& token = *tokens_[index];
  if (state.starts_with("MANUAL")) {
    token.manual = true;
    token.exit_clock = -1;
  } else if (state == "UNEXPLAINED_MATCH") {
    token.unexplained_named = true;
  } else if (state == "SETTLEMENT_FAILED") {
    token.shortfall_named = true;
  } else if (state == "EXIT_STARTED") {
    token.manual = false;
    start_exit(token);
  } else if (state == "EXIT_DONE") {
    token.exit_clock = -1;
  }
}

void Checker::Impl::adopt(std::string_view token_id, Micros size, Micros cost, bool cost_known) {
  const std::size_t index = token_of(token_id);
  if (index == kNoToken) return;
  tokens_[index]->adjusted = true;
  if (size > 0) tokens_[index]->adopted = true;
  const Micros before = received_.position(index).matched;
  received_.adjust(index, size, cost, cost_known, size < 0 ? cost : 0);
  touched_.insert(index);
  update_floor(*tokens_[index], before, false);
}

void Checker::Impl::sweep() {
  for (const std::size_t index : touched_) {
    for (OrderWatch* order : tokens_[index]->orders) {
      if (order->unexplained_clock >= 0) ++order->sweeps;
    }
  }
}

}  // namespace ebb::checker
