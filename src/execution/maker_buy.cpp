#include "execution/maker_buy.hpp"

#include <algorithm>

#include "base/mutant.hpp"
#include "execution/pricing.hpp"

namespace ebb::execution {
namespace {

using model::CancelReason;

constexpr std::uint8_t kPostOnlyRejectsBeforeSnapshot = 3;
constexpr std::uint8_t kHalvings = 4;
constexpr Shares kShrinkStep{100'000};  // 0.1 share
constexpr Duration kShortagePause = seconds(1);

Result result_of(CancelReason reason) {
  switch (reason) {
    case CancelReason::signal_gone: return Result::signal_gone;
    case CancelReason::buy_ttl: return Result::ttl_expired;
    case CancelReason::pulled: return Result::pulled;
    case CancelReason::market_end: return Result::market_ended;
    case CancelReason::untrusted:
    case CancelReason::stale: return Result::stopped;
    default: return Result::stopped;
  }
}

// Reasons after which the routine places again when the market allows it.
bool comes_back(CancelReason reason) {
  return reason == CancelReason::requote || reason == CancelReason::tick_change || reason == CancelReason::quote_gone;
}

}  // namespace

void MakerBuy::start(Timestamp now, Shares goal, Price reference, Follow follow) {
  const std::uint32_t cycle = cycle_ + 1;
  const Result last = last_result_;
  *this = MakerBuy{};
  cycle_ = cycle;
  last_result_ = last;
  active_ = true;
  follow_ = follow;
  goal_ = goal;
  reference_ = reference;
  started_ = now;
}

Action MakerBuy::step(const MarketState& market, const model::Quote& net, const BuyRules& rules, bool signal_holds,
                      std::optional<CancelReason> forbidden, const Order* order) {
  if (!active_) return Action::wait(Waiting::none);
  if (signal_holds || follow_ == Follow::request) {
    signal_lost_ = {};
  } else if (!signal_lost_.is_set()) {
    signal_lost_ = market.now;
  }
  if (order != nullptr && !order->terminal()) {
    if (!order->working()) return Action::wait(Waiting::unexplained);
    return step_working(market, net, rules, forbidden, *order);
  }
  return step_without_order(market, net, rules, forbidden);
}

Action MakerBuy::step_working(const MarketState& market, const model::Quote& net, const BuyRules& rules,
                              std::optional<CancelReason> forbidden, const Order& order) {
  if (order.cancel_requested) return Action::wait(Waiting::cancel_pending);
  if (order.state == model::OrderState::unknown) return Action::wait(Waiting::outcome_unknown);
  if (order.state == model::OrderState::intent || order.state == model::OrderState::sent) {
    return Action::wait(Waiting::order_working);
  }
  std::optional<CancelReason> leave = forbidden;
  if (!leave) leave = reason_to_leave(market, net, rules, order);
  if (leave) {
    if (!comes_back(*leave)) ending_ = result_of(*leave);
    return Action::cancel_order(*leave);
  }
  Action idle = Action::wait(Waiting::order_working);
  if (signal_lost_.is_set()) idle.recheck = signal_lost_ + rules.signal_grace;
  if (!market.trusted) {
    idle.recheck = market.untrusted_since + rules.untrusted_grace;
    return idle;
  }
  // Follow the bid up, never down; a remainder below the minimum keeps its place (rules 2.4).
  if (!market.fresh || !market.reprice_allowed || !market.sane || net.bid >= rules.cap ||
      (order.remaining() < rules.min_order && !EBB_MUTANT(requote_small_remainder)))
    return idle;
  const auto price = maker_buy_price(net, rules.tick, price_limit(rules));
  if (!price || price->raw() < order.intent.price.raw() + std::max(rules.requote.min_ticks, 1) * rules.tick.raw())
    return idle;
  const Timestamp due = placed_at_ + rules.requote.interval;
  if (market.now < due && !EBB_MUTANT(requote_always)) {
    idle.recheck = due;
    return idle;
  }
  return Action::cancel_order(CancelReason::requote);
}

std::optional<CancelReason> MakerBuy::reason_to_leave(const MarketState& market, const model::Quote& net,
                                                      const BuyRules& rules, const Order& order) const {
  if (market.stale) return CancelReason::stale;
  if (!market.trusted) {
    if (EBB_MUTANT(keep_untrusted_buys)) return std::nullopt;
    if (market.now - market.untrusted_since >= rules.untrusted_grace) return CancelReason::untrusted;
    return std::nullopt;
  }
  if (!on_tick(order.intent.price, rules.tick)) return CancelReason::tick_change;
  if (signal_gone(market.now, rules)) return CancelReason::signal_gone;
  if (expired(market.now, rules)) return CancelReason::buy_ttl;
  if (!rules.pull || EBB_MUTANT(never_pull)) return std::nullopt;
  const Price ours = order.intent.price;
  const Price one = rules.tick;
  const bool alone = net.bid_size.raw() <= 0 || net.bid + one * 2 <= ours;
  const bool ask_came = net.ask_size.raw() > 0 && ask_at_placement_ - ours >= one * 2 && net.ask - ours <= one;
  const bool wide = rules.limit_spread && net.two_sided() &&
                    !spread_within(net, rules.tick, rules.max_spread_ticks, rules.max_spread_ratio);
  if (alone || ask_came || wide) return CancelReason::pulled;
  return std::nullopt;
}

Action MakerBuy::step_without_order(const MarketState& market, const model::Quote& net, const BuyRules& rules,
                                    std::optional<CancelReason> forbidden) {
  const Shares remaining = goal_ - bought_;
  if (remaining.raw() <= 0) return Action::finish(Result::filled);
  if (ending_ != Result::none) return Action::finish(ending_);
  if (remaining < rules.min_order) {
    return Action::finish(bought_.raw() > 0 ? Result::filled_truncated : Result::skipped_too_small);
  }
  if (forbidden) return Action::finish(result_of(*forbidden));
  if (signal_gone(market.now, rules)) return Action::finish(Result::signal_gone);
  if (expired(market.now, rules)) return Action::finish(Result::ttl_expired);
  if (want_balance_) {
    want_balance_ = false;
    return Action::of(Action::Kind::refresh_balance, Waiting::shortage_retry, not_before_);
  }
  if (want_book_) {
    want_book_ = false;
    return Action::of(Action::Kind::request_book, Waiting::newer_book, not_before_);
  }
  if (!market.trusted) return Action::wait(Waiting::untrusted);
  if (market.stale) return Action::wait(Waiting::stale);
  if (!market.fresh) return Action::wait(Waiting::soft_stale);
  if (!market.post_only_allowed) return Action::wait(Waiting::venue_mode);
  if (market.now < not_before_) return Action::wait(Waiting::requote_interval, not_before_);
  if (rejected_version_ != 0 && market.book_version <= rejected_version_) return Action::wait(Waiting::newer_book);
  if (net.bid_size.raw() <= 0) {
    if (!no_bid_since_.is_set()) no_bid_since_ = market.now;
    if (market.now - no_bid_since_ >= rules.no_bid_timeout) return Action::finish(Result::price_timeout);
    return Action::wait(Waiting::no_bid, no_bid_since_ + rules.no_bid_timeout);
  }
  no_bid_since_ = {};
  if (!market.sane) return Action::wait(Waiting::quote_not_sane);
  if (net.bid >= rules.cap) return Action::wait(Waiting::above_cap);
  if (rules.limit_spread && !spread_within(net, rules.tick, rules.max_spread_ticks, rules.max_spread_ratio)) {
    return Action::wait(Waiting::spread_too_wide);
  }
  const auto price = maker_buy_price(net, rules.tick, price_limit(rules));
  if (!price) return Action::wait(Waiting::no_quote);
  return Action::place(*price, ceil_to_lot(remaining),
                       placed_at_.is_set() ? model::OrderPurpose::requote_buy : model::OrderPurpose::dip_buy);
}

void MakerBuy::on_placed(Timestamp now, const model::Quote& net) {
  placed_at_ = now;
  ask_at_placement_ = net.ask_size.raw() > 0 ? net.ask : kPriceOne;
}

void MakerBuy::on_closed(Timestamp now, const Order& order, bool true_shortage, const MarketState& market,
                         const BuyRules& rules) {
  bought_ += order.filled;
  if (order.state == model::OrderState::rejected) {
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
          shrink(now, rules);
        } else {
          not_before_ = now + settlement_backoff_.next();
          want_balance_ = true;
        }
        return;
      case model::RejectKind::post_only_mode:
      case model::RejectKind::cancel_only_mode:
      case model::RejectKind::restarting:
      case model::RejectKind::not_sent:
      case model::RejectKind::rate_limited: not_before_ = now + seconds(2); return;
      case model::RejectKind::tick_size:
        want_book_ = true;
        not_before_ = now + rules.requote.interval;
        return;
      case model::RejectKind::market_closed: ending_ = Result::market_ended; return;
      default: ending_ = Result::rejected; return;
    }
  }
  post_only_rejects_ = 0;
  rejected_version_ = 0;
  settlement_backoff_.reset();
  if (order.state == model::OrderState::expired) ending_ = Result::ttl_expired;
  if (order.state == model::OrderState::canceled && !order.cancel_requested && bought_ < goal_) {
    if (order.invalidated) {
      shrink(now, rules);  // our cash fell below what covers it
    } else {
      not_before_ = now + rules.requote.interval;  // somebody else ended it: the remainder is placed again
    }
  }
  if (order.state == model::OrderState::canceled && order.cancel_requested && !comes_back(order.cancel_reason) &&
      ending_ == Result::none) {
    ending_ = result_of(order.cancel_reason);
  }
}

// Predecessor 7: up to four halvings of the remainder, then steps of 0.1.
void MakerBuy::shrink(Timestamp now, const BuyRules& rules) {
  const Shares remaining = goal_ - bought_;
  Shares next = remaining - kShrinkStep;
  if (halvings_ < kHalvings) {
    ++halvings_;
    next = ceil_to_lot(remaining / 2);
  }
  not_before_ = now + kShortagePause;
  if (next < rules.min_order || next.raw() <= 0) {
    ending_ = bought_.raw() > 0 ? Result::filled_truncated : Result::skipped_too_small;
    return;
  }
  goal_ = bought_ + next;
}

bool MakerBuy::signal_gone(Timestamp now, const BuyRules& rules) const {
  return signal_lost_.is_set() && !EBB_MUTANT(endless_buy) && now - signal_lost_ >= rules.signal_grace;
}

bool MakerBuy::expired(Timestamp now, const BuyRules& rules) const {
  return rules.ttl.raw() > 0 && !EBB_MUTANT(endless_buy) && now - started_ >= rules.ttl;
}

Price MakerBuy::price_limit(const BuyRules& rules) const {
  if (rules.max_chase_ticks < 0 || EBB_MUTANT(chase_the_bid)) return rules.cap;
  return std::min(rules.cap, reference_ + rules.tick * rules.max_chase_ticks);
}

}  // namespace ebb::execution
