// The life of our orders: placed through the gate, answered, filled by trades, ended, asked about when unknown.
#include <algorithm>

#include "base/check.hpp"
#include "base/mutant.hpp"
#include "engine/engine.hpp"
#include "polymarket/amounts.hpp"

namespace ebb::engine {
namespace {

using execution::Order;
using execution::OrderHandle;
using execution::OrderInput;

constexpr std::uint64_t kMaxSalt = (1ULL << 53) - 1;
constexpr Duration kVenueMinimumLife = seconds(180);  // GTD: expiration >= now + 180 s (protocol 6.1)
constexpr Duration kWayToVenue = seconds(2);          // an order is on its way so long at most
constexpr Duration kVenueExpiresEarly = seconds(60);  // and it expires 60 s before
constexpr Duration kUnexplainedAfter = seconds(60);
constexpr Duration kOverdueAfter = seconds(60);
constexpr Duration kLingersAfter =
    seconds(5);  // longer than the delays of the venue for orders that cross (protocol 6.1)
constexpr std::uint16_t kSweepsBeforeUnexplained = 2;
constexpr std::int64_t kMostTrueUp = 1'000;  // micro-dollars: rounding, never a missing trade

bool never_rests(const model::PlaceOrder& order) {
  return order.type == model::OrderType::fak || order.type == model::OrderType::fok;
}
Duration ask_interval(std::uint16_t asks) { return seconds(std::int64_t{1} << std::min<int>(asks, 4)); }

}  // namespace

Engine::Placement Engine::place(model::TokenIndex token, model::Side side, Price price, Shares size,
                                model::OrderPurpose purpose, Price reference, std::uint32_t cycle) {
  const bool crossing = purpose == model::OrderPurpose::exit;
  risk::Request request{.id = {}, .token = token, .side = side, .price = price, .size = size, .crossing = crossing};
  const risk::Refusal refusal = gate_.check(request, now_);
  if (refusal != risk::Refusal::none) {
    note_refusal(token, side, price, size, refusal);
    return {OrderHandle::none(), refusal};
  }
  CHECK(!reconcile_.restarting);  // the routines do not ask for any before it is over

  TokenTrader& trader = traders_[token.value()];
  const MarketState& market = market_states_[markets_.token(token).market.value()];
  model::PlaceOrder order;
  order.token = token;
  order.side = side;
  order.type = crossing ? model::OrderType::fak : model::OrderType::gtc;
  order.crossing = crossing ? model::Crossing::allowed : model::Crossing::post_only;
  order.purpose = purpose;
  order.price = price;
  order.size = size;
  const auto amounts = crossing ? polymarket::market_sell_amounts(price, size, market.tick)
                                : polymarket::limit_amounts(side, price, size, market.tick);
  if (!amounts) return {OrderHandle::none(), risk::Refusal::per_order_limit};
  order.maker_amount = amounts->maker;
  order.taker_amount = amounts->taker;
  order.salt = salts_.next() & kMaxSalt;
  order.time = now_;
  order.drop_after = now_ + config_.decision_ttl;
  if (side == model::Side::buy && !crossing) {
    order.expiration = expiration_for(token, trader);
    if (order.expiration.is_set()) order.type = model::OrderType::gtd;
  }
  polymarket::OrderFields fields;
  fields.salt = order.salt;
  fields.maker = maker_;
  fields.signer = signer_;
  fields.signature_type = config_.signature_type;
  fields.builder = config_.builder;
  fields.token_id = token_words_[token.value()];
  fields.maker_amount = order.maker_amount;
  fields.taker_amount = order.taker_amount;
  fields.side = side;
  fields.timestamp_ms = now_.ms();
  order.id = digester_.digest(market.contract, fields);

  const OrderHandle handle = orders_.add(order);
  orders_[handle].reference = reference;
  orders_[handle].buy_cycle = cycle;
  request.id = order.id;
  gate_.opened(request, std::max(now_, arrived_));  // when it really leaves
  add_own(order);
  ++stats_.orders_placed;
  ++trader.stats.orders_placed;
  trader.has_work = true;
  trader.remember({now_, DecisionKind::placed, side, price, size, model::to_text(purpose)});
  trader.notes.refusal = risk::Refusal::none;
  listener_->on_order_placed(now_, orders_[handle]);
  record(model::IntentRecord{order, reference, cycle});
  orders_[handle].sent_at = now_;
  orders_.apply(handle, OrderInput::sent, now_);
  emit(order);
  note(orders_[handle], model::OrderStep::sent);
  return {handle, risk::Refusal::none};
}

// BUYs are GTD where the venue's minimum life allows, so that a crash leaves nothing in a dying market (rules 3.1).
Timestamp Engine::expiration_for(model::TokenIndex token, const TokenTrader& trader) const {
  const model::MarketSpec& spec = markets_.market_of(token);
  Timestamp wanted{};
  if (trader.params->buy_ttl.raw() > 0) {
    // A short life is raised to what the venue takes, with room for the way there.
    const Duration least = kVenueMinimumLife - kVenueExpiresEarly + kWayToVenue;
    const Duration life = std::max(trader.params->buy_ttl + seconds(30), least);
    wanted = now_ + life + kVenueExpiresEarly;
  }
  if (spec.end.is_set() && spec.end_precision == model::EndPrecision::exact) {
    const Timestamp end = spec.end + kVenueExpiresEarly;
    if (!wanted.is_set() || end < wanted) wanted = end;
  }
  if (!wanted.is_set()) return {};
  wanted = Timestamp((wanted.ns() + 999'999'999) / 1'000'000'000 * 1'000'000'000);  // whole seconds
  return wanted - now_ < kVenueMinimumLife + kWayToVenue ? Timestamp{} : wanted;
}

void Engine::cancel(OrderHandle handle, model::CancelReason reason) {
  Order& order = orders_[handle];
  if (order.cancel_requested || !order.working()) return;
  order.cancel_requested = true;
  order.cancel_reason = reason;
  order.cancel_at = now_;
  traders_[order.intent.token.value()].remember(
      {now_, DecisionKind::canceled, order.intent.side, order.intent.price, order.remaining(), model::to_text(reason)});
  note(order, model::OrderStep::cancel_requested);
  emit(model::CancelOrder{order.intent.id, order.intent.token, reason});
  if (EBB_MUTANT(cancel_frees_budget)) gate_.closed(order.intent.id);
}

void Engine::cancel_all_of(model::TokenIndex token, model::CancelReason reason) {
  const std::vector<OrderHandle> open = orders_.open();
  for (const OrderHandle handle : open) {
    if (orders_[handle].intent.token == token) cancel(handle, reason);
  }
}

// Shares went away behind our back: what rests offers more than we hold, so it comes back at the size that is left.
void Engine::cancel_uncovered_sells(model::TokenIndex token) {
  if (gate_.open_sells(token) <= ledger_.position(token).settled) return;
  const std::vector<OrderHandle> open = orders_.open();
  for (const OrderHandle handle : open) {
    const Order& order = orders_[handle];
    if (order.intent.token == token && order.intent.side == model::Side::sell)
      cancel(handle, model::CancelReason::shortage);
  }
}

void Engine::ask(OrderHandle handle) {
  if (EBB_MUTANT(never_ask)) return;
  Order& order = orders_[handle];
  order.asked_at = now_;
  ++order.asks;
  emit(model::QueryOrder{order.intent.id});
}

void Engine::on_place_answer(const model::PlaceAnswer& answer) {
  const OrderHandle handle = orders_.find(answer.id);
  if (!handle.valid()) return;
  Order& order = orders_[handle];
  if (order.terminal()) {  // the trades were faster; the exact sum is still news
    if (answer.outcome == model::PlaceOutcome::matched && order.told.raw() < 0) {
      order.told = answer.dollars;
      order.claimed = std::max(order.claimed, answer.matched);
      true_up(order);
    }
    return;
  }
  const model::TokenIndex token = order.intent.token;
  switch (answer.outcome) {
    case model::PlaceOutcome::live:
    case model::PlaceOutcome::unmatched:
    case model::PlaceOutcome::delayed:
      accept(handle);
      if (EBB_MUTANT(placement_is_fill) && order.intent.side == model::Side::buy)
        ledger_.adopt(token, order.intent.size, notional(order.intent.price, order.intent.size), true);
      break;
    case model::PlaceOutcome::matched:
      accept(handle);
      if (never_rests(order.intent)) mark_ended(order);
      order.told = answer.dollars;
      claim(handle, answer.matched);
      break;
    case model::PlaceOutcome::rejected:
      order.reject = answer.reject;
      order.free_micros = answer.free_micros;
      if (answer.reject == model::RejectKind::market_closed) {
        MarketState& market = market_states_[markets_.token(token).market.value()];
        if (!market.resolved) market.refused_as_closed = now_;
      }
      if (order.matched().raw() == 0) close(handle, OrderInput::refused);
      break;
    case model::PlaceOutcome::unknown:
      lose_sight(handle);
      ask(handle);
      break;
  }
  if (!orders_[handle].terminal()) try_close(handle);
  evaluate(token, Cause::answer);
}

void Engine::on_cancel_answer(const model::CancelAnswer& answer) {
  const OrderHandle handle = orders_.find(answer.id);
  if (!handle.valid() || orders_[handle].terminal()) return;
  // "Canceled": it stands in the book no more. What it had matched is told by the order event, or by asking.
  if (answer.outcome == model::CancelOutcome::canceled) reduce_own(orders_[handle], Shares(0));
  if (answer.outcome != model::CancelOutcome::unknown) {
    orders_[handle].asked_at = std::max(orders_[handle].asked_at, now_ - seconds(1));
    orders_[handle].asks = 0;  // there is something new to be told
  }
  if (answer.outcome == model::CancelOutcome::already_done || answer.outcome == model::CancelOutcome::not_found)
    ask(handle);
}

void Engine::on_user_frame(std::string_view text) {
  user_decoder_.decode(text, user_events_);
  stats_.malformed_user_events += user_events_.malformed;
  // A frame is one event of the venue: its parts are applied in order, and decided upon together.
  deferring_ = true;
  for (const model::UserOrder& event : user_events_.orders) on_user_order(event);
  for (const model::UserTrade& trade : user_events_.trades) on_user_trade(trade);
  evaluate_deferred();
}

void Engine::evaluate_deferred() {
  deferring_ = false;
  for (const model::TokenIndex token : deferred_) evaluate(token, Cause::answer);
  deferred_.clear();
}

void Engine::on_user_order(const model::UserOrder& event) {
  const OrderHandle handle = orders_.find(event.id);
  if (!handle.valid() || orders_[handle].terminal()) return;
  Order& order = orders_[handle];
  const model::TokenIndex token = order.intent.token;
  if (event.type == model::UserOrderType::cancellation || event.canceled) {
    order.invalidated = order.invalidated || event.invalid;
    if (!order.ended_at.is_set()) order.ended_at = now_;
    mark_ended(order);
  } else {
    accept(handle);
  }
  claim(handle, event.size_matched);
  reduce_own(order);
  try_close(handle);
  evaluate(token, Cause::answer);
}

// The venue says so much is matched. Never decreases, fills nothing: trades do.
void Engine::claim(OrderHandle handle, Shares matched) {
  if (EBB_MUTANT(forget_claim)) return;
  Order& order = orders_[handle];
  const Shares before = order.claimed;
  order.claimed = std::max(order.claimed, std::min(matched, order.intent.size));
  if (order.filled < order.claimed && !order.claimed_at.is_set()) order.claimed_at = now_;
  if (order.claimed > before && order.claimed > order.filled) note(order, model::OrderStep::claimed);
  if (order.claimed >= order.intent.size) mark_ended(order);
}

void Engine::accept(OrderHandle handle) {
  if (orders_.apply(handle, OrderInput::accepted, now_)) note(orders_[handle], model::OrderStep::accepted);
}

void Engine::lose_sight(OrderHandle handle) {
  if (EBB_MUTANT(unknown_frees_budget)) gate_.closed(orders_[handle].intent.id);
  if (orders_.apply(handle, OrderInput::outcome_unknown, now_))
    note(orders_[handle], model::OrderStep::outcome_unknown);
}

void Engine::mark_ended(Order& order) {
  if (order.ended_at_venue) return;
  order.ended_at_venue = true;
  note(order, model::OrderStep::ended);
}

// The trades have explained what the venue claimed.
void Engine::explained(Order& order) {
  order.claimed_at = {};
  order.sweeps = 0;
  if (!order.unexplained) return;
  order.unexplained = false;
  const model::TokenIndex token = order.intent.token;
  const auto waits = [&](OrderHandle h) { return orders_[h].intent.token == token && orders_[h].unexplained; };
  if (std::none_of(orders_.open().begin(), orders_.open().end(), waits)) {
    traders_[token.value()].set(Block::unexplained, false);
  }
}

// A leg explains a part of what the order matched, also one that failed before we heard of it.
void Engine::take_leg(OrderHandle handle, const model::UserTrade& trade) {
  Order& order = orders_[handle];
  order.filled += trade.size;
  order.booked += notional(trade.price, trade.size, trade.side == model::Side::buy ? Rounding::up : Rounding::down);
  if (order.filled >= order.claimed) explained(order);
  note(order, model::OrderStep::filled);
  gate_.reduced(order.intent.id, order.unfilled());
  reduce_own(order);
  if (order.terminal()) return;
  orders_.apply(handle, OrderInput::part_filled, now_);
  try_close(handle);
}

// An order is closed when the venue ended it and its trades explain what was matched (rules 2.6).
void Engine::try_close(OrderHandle handle) {
  Order& order = orders_[handle];
  if (order.terminal()) return;
  if (order.filled >= order.intent.size) {
    close(handle, OrderInput::all_filled);
    return;
  }
  if (!order.ended_at_venue) return;
  if (!order.ended_at.is_set()) order.ended_at = now_;
  if (order.filled < order.claimed) return;
  const bool expired = order.intent.expiration.is_set() && !order.cancel_requested &&
                       now_ + seconds(1) >= order.intent.expiration - kVenueExpiresEarly;
  close(handle, expired ? OrderInput::expired : OrderInput::ended);
}

void Engine::close(OrderHandle handle, OrderInput input) {
  if (!orders_.apply(handle, input, now_)) return;
  Order& order = orders_[handle];
  if (!order.terminal()) return;
  const model::TokenIndex token = order.intent.token;
  TokenTrader& trader = traders_[token.value()];
  note(order, order.state == model::OrderState::rejected ? model::OrderStep::refused : model::OrderStep::closed);
  gate_.closed(order.intent.id);
  reduce_own(order);
  true_up(order);
  if (order.live_since.is_set()) {
    ++stats_.orders_live;
    ++trader.stats.orders_live;
  }
  switch (order.state) {
    case model::OrderState::filled:
      ++stats_.orders_filled;
      ++trader.stats.orders_filled;
      if (order.live_since.is_set()) ++trader.stats.live_filled;
      if (order.live_since.is_set() && order.first_fill_at.is_set())
        trader.stats.time_to_fill += order.first_fill_at - order.live_since;
      break;
    case model::OrderState::rejected:
      ++stats_.orders_rejected;
      ++trader.stats.orders_rejected;
      ++stats_.rejected_by[static_cast<std::size_t>(order.reject)];
      break;
    default:
      ++stats_.orders_canceled;
      ++trader.stats.orders_canceled;
      if (order.live_since.is_set()) ++trader.stats.live_canceled;
      if (order.cancel_requested) ++stats_.canceled_by[static_cast<std::size_t>(order.cancel_reason)];
      if (order.filled.raw() > 0) ++stats_.orders_partially_filled;
      break;
  }
  trader.remember(
      {now_, DecisionKind::closed, order.intent.side, order.intent.price, order.filled, model::to_text(order.state)});
  const execution::MarketState market = market_state(token, trader);
  if (handle == trader.buy_order && trader.buy.active() && order.buy_cycle == trader.buy.cycle()) {
    trader.buy.on_closed(now_, order, is_true_shortage(order), market, buy_rules(token, trader));
  } else if (handle == trader.sell_order && trader.sell.active() && order.buy_cycle == trader.sell.cycle()) {
    trader.sell.on_closed(now_, order, is_true_shortage(order), market, sell_rules(token, trader));
  } else if (handle == trader.exit_order && trader.exit.active()) {
    trader.exit.on_closed(now_, order, {.tick = markets_.market_of(token).tick});
  }
  update_work(token);
  trader.has_work = trader.has_work || ledger_.position(token).matched.raw() > 0;
  listener_->on_order_closed(now_, order);
}

// Whether a balance refusal cannot be settlement lag (rules 4.1): the sums that it tells prove it even with everything that
// is on its way to us; without sums, it can only be one when nothing is.
bool Engine::is_true_shortage(const Order& order) const {
  const portfolio::Position& held = ledger_.position(order.intent.token);
  const bool buying = order.intent.side == model::Side::buy;
  const Shares shares_coming = std::max(held.unsettled_buys, held.unmined_buys);
  const std::int64_t coming = buying ? unsettled_sell_proceeds_.raw() : shares_coming.raw();
  if (order.free_micros >= 0) return order.intent.maker_amount > order.free_micros + coming;
  return coming == 0 && (buying || held.unmined_sells.raw() == 0);
}

// A taker's legs of fractional size are rounded on the chain; the answer tells the exact sum.
void Engine::true_up(const Order& order) {
  if (order.told.raw() < 0 || order.filled != order.claimed) return;
  const Usdc delta = order.intent.side == model::Side::sell ? order.told - order.booked : order.booked - order.told;
  if (delta.raw() > kMostTrueUp || delta.raw() < -kMostTrueUp) return;
  book_true_up(order.intent.token, delta);
}

// Every second: whatever waits for an answer too long is asked about; nothing is guessed.
void Engine::check_orders() {
  const std::vector<OrderHandle> open = orders_.open();
  bool sweep = false;
  for (const OrderHandle handle : open) {
    Order& order = orders_[handle];
    if (EBB_MUTANT(cancel_request_is_cancel) && order.cancel_requested) {
      close(handle, OrderInput::ended);
      continue;
    }
    const Timestamp last_asked = order.asked_at.is_set() ? order.asked_at : order.sent_at;
    const bool due = now_ - last_asked >= ask_interval(order.asks);
    if (order.state == model::OrderState::sent && now_ - order.sent_at >= config_.answer_timeout) {
      lose_sight(handle);
    }
    if ((order.state == model::OrderState::unknown || order.not_found > 0) && due) ask(handle);
    if (order.cancel_requested && !order.ended_at_venue && now_ - order.cancel_at >= seconds(2) && due) ask(handle);
    // It never rests: what is left of it is over, and nobody has said so.
    const bool standing = order.state == model::OrderState::live || order.state == model::OrderState::partial;
    if (never_rests(order.intent) && standing && !order.ended_at_venue && now_ - order.sent_at >= kLingersAfter && due)
      ask(handle);
    if (order.intent.expiration.is_set() && !order.ended_at_venue && now_ >= order.intent.expiration && due)
      ask(handle);
    const Timestamp swept = order.sweeps > 0 ? order.swept_at : order.claimed_at;
    if (order.claimed_at.is_set() && now_ - swept >= seconds(2) * (1 << std::min<int>(order.sweeps, 4))) {
      ++order.sweeps;
      order.swept_at = now_;
      sweep = true;
    }
    if (order.claimed_at.is_set() && !order.unexplained && now_ - order.claimed_at >= kUnexplainedAfter &&
        order.sweeps >= kSweepsBeforeUnexplained && !EBB_MUTANT(never_unexplained)) {
      order.unexplained = true;
      ++stats_.unexplained_matches;
      traders_[order.intent.token.value()].set(Block::unexplained, true);
      note(order, model::OrderStep::unexplained);
      alert(model::AlertKind::unexplained_match, order.intent.token, (order.claimed - order.filled).raw());
    }
    const bool waits = order.state == model::OrderState::unknown || order.cancel_requested;
    const Timestamp since = order.cancel_requested ? order.cancel_at : order.sent_at;
    if (waits && now_ - since >= kOverdueAfter && (now_ - since).raw() < (kOverdueAfter + seconds(1)).raw()) {
      alert(model::AlertKind::order_overdue, order.intent.token, (now_ - since).raw() / 1'000'000);
    }
  }
  if (sweep) sweep_trades();
}

// The watermark moves when an answer proves that nothing before it is missing.
void Engine::sweep_trades() {
  reconcile_.sweep_since = EBB_MUTANT(skip_overlap) ? last_sweep_ : last_sweep_ - kSweepOverlap;
  sweep_asked_ = now_;
  emit(model::SweepTrades{reconcile_.sweep_since});
}

// Sweeps of others bring trades, too; but only one that reaches back to the mark proves that none is missing.
void Engine::sweep_done(Timestamp since) {
  if (since.is_set() && since > reconcile_.sweep_since) return;
  if (!sweep_asked_.is_set()) return;
  reconcile_.proved_at = sweep_asked_;
  reconcile_.retry_sweep_at = kNever;
  reconcile_.sweep_tries = 0;
  if (sweep_asked_ > last_sweep_) {
    last_sweep_ = sweep_asked_;
    record(model::SweepRecord{last_sweep_});
  }
  sweep_asked_ = {};
  end_swept_doubts();
}

// A sweep that missed a page proves nothing: it does not count towards UNEXPLAINED_MATCH.
void Engine::forget_sweep() {
  for (const OrderHandle handle : orders_.open()) {
    Order& order = orders_[handle];
    if (order.claimed_at.is_set() && order.sweeps > 0) --order.sweeps;
  }
}

bool Engine::waits_for_trades(model::TokenIndex token) const {
  return std::any_of(orders_.open().begin(), orders_.open().end(), [&](OrderHandle handle) {
    return orders_[handle].intent.token == token && orders_[handle].claimed_at.is_set();
  });
}

bool Engine::has_open_buy(model::TokenIndex token) const {
  return std::any_of(orders_.open().begin(), orders_.open().end(), [&](OrderHandle handle) {
    return orders_[handle].intent.token == token && orders_[handle].intent.side == model::Side::buy;
  });
}

}  // namespace ebb::engine
