#include "execution/maker_sell.hpp"

#include <algorithm>

#include "base/mutant.hpp"
#include "execution/pricing.hpp"

namespace ebb::execution {
namespace {

using model::CancelReason;

constexpr std::uint8_t kPostOnlyRejectsBeforeSnapshot = 3;
constexpr std::uint8_t kUnknownReadingsBeforeFailed = 5;
constexpr Duration kReadingTimeout = seconds(30);  // no answer is an unknown one
constexpr std::uint8_t kShortagesBeforeShrink = 5;
constexpr std::uint8_t kShortagesBeforeFailed = 10;

}  // namespace

void MakerSell::start(Timestamp now, Price floor, Price tick) {
  const std::uint32_t cycle = cycle_ + 1;
  const Result last = last_result_;
  *this = MakerSell{};
  cycle_ = cycle;
  last_result_ = last;
  active_ = true;
  floor_ = EBB_MUTANT(sell_below_floor) ? tick : floor;
  tick_at_start_ = tick;
  started_ = last_fill_ = step_since_ = now;
}

void MakerSell::resume(Timestamp now, Price floor, Price tick, std::uint32_t cycle, bool parked, const Order* order) {
  start(now, floor, tick);
  cycle_ = cycle;
  parked_ = parked;
  if (order == nullptr) return;
  placed_at_ = step_since_ = order->intent.time;
  sold_ = order->filled;
}

Action MakerSell::step(const MarketState& market, const model::Quote& net, const SellRules& rules,
                       const Holding& holding, std::optional<CancelReason> forbidden, const Order* order) {
  if (!active_) return Action::wait(Waiting::none);
  if (order != nullptr && !order->terminal()) {
    if (!order->working()) return Action::wait(Waiting::unexplained);
    return step_working(market, net, rules, holding, forbidden, *order);
  }
  return step_without_order(market, net, rules, holding, forbidden);
}

Action MakerSell::step_working(const MarketState& market, const model::Quote& net, const SellRules& rules,
                               const Holding& holding, std::optional<CancelReason> forbidden, const Order& order) {
  if (order.cancel_requested) return Action::wait(Waiting::cancel_pending);
  if (order.state == model::OrderState::unknown) return Action::wait(Waiting::outcome_unknown);
  if (order.state == model::OrderState::intent || order.state == model::OrderState::sent) {
    return Action::wait(Waiting::order_working);
  }
  if (forbidden) return Action::cancel_order(*forbidden);
  const Price ours = order.intent.price;
  if (!on_tick(ours, rules.tick)) return Action::cancel_order(CancelReason::tick_change);
  Action wait = Action::wait(parked_ ? Waiting::parked : Waiting::order_working);
  const Shares fresh_shares = holding.sellable.raw() > 0 ? floor_to_lot(holding.sellable) : Shares(0);
  const bool replaceable = order.remaining() + fresh_shares >= rules.min_order;  // rules 2.4
  if (!parked_ && idle(market.now, rules)) {
    parked_ = true;
    override_price_ = {};
  }
  if (!market.trusted || !market.fresh || !market.reprice_allowed) return wait;  // soft-stale: what rests stays
  if (!rules.aggressive && !parked_ && net.ask_size.raw() > 0 && net.ask < floor_on(rules.tick)) {
    return Action::cancel_order(CancelReason::quote_gone);
  }
  if (!replaceable && !EBB_MUTANT(requote_small_remainder)) return wait;
  const Price target = target_price(market, net, rules);
  floor_locked_ = rules.aggressive && target <= floor_on(rules.tick);
  const Timestamp due = placed_at_ + rules.requote.interval;
  const Price move = std::max(tick_at_start_, rules.tick) * std::max(rules.requote.min_ticks, 1);
  const bool touch_fell = market.sane && target + move <= ours;
  const bool park_now = parked_ && target < ours;
  const bool grew = fresh_shares.raw() > 0 && cap_ == kMaxShares;
  if (touch_fell || park_now || grew) {
    if (market.now < due && !EBB_MUTANT(requote_always)) {
      wait.recheck = due;
      return wait;
    }
    return Action::cancel_order(park_now ? CancelReason::idle_timeout : CancelReason::requote);
  }
  const Price bottom = std::max(floor_on(rules.tick), lowest_resting_sell(net, rules.tick));
  if (rules.aggressive && !parked_ && rules.step.raw() > 0 && ours > bottom) {
    const Timestamp step_due = step_since_ + rules.step_timeout;
    if (market.now < step_due) {
      if (!wait.recheck.is_set()) wait.recheck = step_due;
      return wait;
    }
    override_price_ = std::max(ceil_to_tick(ours - rules.step, rules.tick), bottom);
    return Action::cancel_order(CancelReason::step_down);
  }
  return wait;
}

Action MakerSell::step_without_order(const MarketState& market, const model::Quote& net, const SellRules& rules,
                                     const Holding& holding, std::optional<CancelReason> forbidden) {
  if (forbidden) {
    return Action::finish(*forbidden == CancelReason::position_gone ? Result::position_gone : Result::stopped);
  }
  if (ending_ != Result::none) return Action::finish(ending_);
  if (holding.matched < kLot) return Action::finish(Result::filled);
  if (holding.matched < rules.min_order && !EBB_MUTANT(sell_dust)) {
    return Action::finish(sold_.raw() > 0 ? Result::filled_truncated : Result::skipped_too_small);
  }
  if (!parked_ && idle(market.now, rules)) parked_ = true;
  if (!holding.cost_known) return Action::wait(Waiting::unknown_cost);
  if (holding.buying) return Action::wait(Waiting::buying);
  if (waits_for_reading_ && market.now - read_at_ >= kReadingTimeout) on_holding_reading(market.now, false, Shares(0));
  if (ending_ != Result::none) return Action::finish(ending_);
  if (waits_for_reading_) return Action::wait(Waiting::position_unknown, read_at_ + kReadingTimeout);
  if (want_position_ && market.now < read_at_) return Action::wait(Waiting::position_unknown, read_at_);
  if (want_position_) {
    want_position_ = false;
    waits_for_reading_ = true;
    read_at_ = market.now;
    return Action::of(Action::Kind::request_position, Waiting::position_unknown, read_at_ + kReadingTimeout);
  }
  if (want_balance_) {
    want_balance_ = false;
    return Action::of(Action::Kind::refresh_balance, Waiting::settling, not_before_);
  }
  if (want_book_) {
    want_book_ = false;
    return Action::of(Action::Kind::request_book, Waiting::newer_book, not_before_);
  }
  if (market.now < not_before_) {
    return Action::wait(holding.unsettled.raw() > 0 ? Waiting::settling : Waiting::requote_interval, not_before_);
  }
  const Shares size = floor_to_lot(std::min(holding.sellable, cap_));
  if (size < (EBB_MUTANT(sell_dust) ? kLot : rules.min_order)) {
    if (holding.unsettled.raw() > 0) return Action::wait(Waiting::settling);
    if (cap_ < rules.min_order)
      return Action::finish(sold_.raw() > 0 ? Result::filled_truncated : Result::skipped_too_small);
    return Action::wait(Waiting::settling);
  }
  if (!market.trusted) return Action::wait(Waiting::untrusted);
  if (market.stale) return Action::wait(Waiting::stale);
  if (!market.post_only_allowed) return Action::wait(Waiting::venue_mode);
  if (rejected_version_ != 0 && market.book_version <= rejected_version_) return Action::wait(Waiting::newer_book);
  if (net.bid_size.raw() <= 0 && net.ask_size.raw() <= 0) return Action::wait(Waiting::no_quote);
  // A tick that became coarser may leave no price between the floor and 1 - tick.
  if (floor_on(rules.tick) > kPriceOne - rules.tick) return Action::wait(Waiting::below_floor);
  if (!rules.aggressive && !parked_ && (net.ask_size.raw() <= 0 || net.ask < floor_on(rules.tick))) {
    return Action::wait(Waiting::below_floor);
  }
  Price price = target_price(market, net, rules);
  model::OrderPurpose purpose =
      placed_at_.is_set() ? model::OrderPurpose::requote_sell : model::OrderPurpose::take_profit;
  if (override_price_.raw() > 0) {
    price = std::max({std::min(override_price_, price), floor_on(rules.tick), lowest_resting_sell(net, rules.tick)});
    price = std::min(ceil_to_tick(price, rules.tick), kPriceOne - rules.tick);
    purpose = model::OrderPurpose::step_down;
  }
  return Action::place(price, size, purpose);
}

// A quote that is not sane must not set a price: then, and when parked, the order rests at the floor.
Price MakerSell::target_price(const MarketState& market, const model::Quote& net, const SellRules& rules) const {
  const Price floor = floor_on(rules.tick);
  if (parked_ || !market.sane) {
    return std::clamp(std::max(floor, lowest_resting_sell(net, rules.tick)), rules.tick, kPriceOne - rules.tick);
  }
  return maker_sell_price(net, rules.tick, floor);
}

void MakerSell::on_placed(Timestamp now, const model::PlaceOrder& order) {
  placed_at_ = step_since_ = now;
  if (EBB_MUTANT(reset_idle_on_reprice)) last_fill_ = now;
  override_price_ = {};
  floor_locked_ = order.price <= floor_;
}

void MakerSell::on_fill(Timestamp now) {
  last_fill_ = step_since_ = now;
  cap_ = kMaxShares;
  shortages_ = 0;
}

void MakerSell::on_closed(Timestamp now, const Order& order, bool true_shortage, const MarketState& market,
                          const SellRules& rules) {
  sold_ += order.filled;
  if (order.state != model::OrderState::rejected) {
    post_only_rejects_ = 0;
    rejected_version_ = 0;
    settlement_backoff_.reset();
    return;
  }
  switch (order.reject) {
    case model::RejectKind::post_only_crosses:
      rejected_version_ = market.book_version;
      not_before_ = now + rules.requote.interval;
      if (++post_only_rejects_ >= kPostOnlyRejectsBeforeSnapshot) {
        post_only_rejects_ = 0;
        want_book_ = true;
      }
      return;
    case model::RejectKind::not_enough_balance:
      if (true_shortage) {
        on_shortage(now);
      } else {
        not_before_ = now + settlement_backoff_.next();
        want_balance_ = true;
      }
      return;
    case model::RejectKind::market_closed: ending_ = Result::market_ended; return;
    case model::RejectKind::tick_size:
      want_book_ = true;
      not_before_ = now + rules.requote.interval;
      return;
    default: not_before_ = now + settlement_backoff_.next(); return;
  }
}

void MakerSell::on_shortage(Timestamp now) {
  ++shortages_;
  want_position_ = true;
  read_at_ = now;
  not_before_ = now + settlement_backoff_.next();
  if (shortages_ > kShortagesBeforeFailed) ending_ = Result::failed;
}

void MakerSell::on_holding_reading(Timestamp now, bool known, Shares size) {
  if (!waits_for_reading_) return;
  waits_for_reading_ = false;
  if (!known) {
    if (++unknown_readings_ >= kUnknownReadingsBeforeFailed) ending_ = Result::failed;
    want_position_ = true;
    read_at_ = now + reading_backoff_.next();
    return;
  }
  unknown_readings_ = 0;
  reading_backoff_.reset();
  cap_ = std::min(cap_, size);
  if (shortages_ >= kShortagesBeforeShrink && cap_ > kLot) cap_ -= kLot;
}

bool MakerSell::idle(Timestamp now, const SellRules& rules) const {
  return rules.idle_timeout.raw() > 0 && now - last_fill_ >= rules.idle_timeout;
}

}  // namespace ebb::execution
