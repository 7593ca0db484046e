// What only time breaks: the bounds of rules.md 10, silences, quotes that the trader should have pulled.
#include <fmt/format.h>

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {
namespace {

constexpr SpanNs kBound = kMinute;
constexpr SpanNs kExitBound = 5 * kMinute;
constexpr SpanNs kPullBound = 5 * kSecond;
constexpr SpanNs kHeartbeatBound = 15 * kSecond;
constexpr SpanNs kLossPersists = 5 * kSecond;
constexpr SpanNs kDay = 24 * 60 * kMinute;
constexpr SpanNs kRetired = 10 * kMinute;
constexpr SpanNs kNoticed = 5 * kSecond;  // until what only time brings about must have been seen
constexpr SpanNs kPeriod = kSecond / 2;

}  // namespace

void Checker::Impl::advance(TimeNs time) {
  time = std::clamp<TimeNs>(time, now, TimeNs{4'000'000'000} * kSecond);
  const SpanNs span = now > 0 ? time - now : 0;
  if (span > 0) {
    for (const std::size_t i : touched_) accumulate_pull(*tokens_[i], span);
    if (venue_answers) venue_clock_ += span;
  }
  now = time;
  if (now - last_periodic_ >= kPeriod) periodic();
}

void Checker::Impl::periodic() {
  last_periodic_ = now;
  judge_links();
  for (auto& token : tokens_) {
    token->feed.on_time(now);
    evaluate(*token);
  }
  for (const std::size_t i : touched_) judge_token_time(*tokens_[i]);
  judge_daily_loss();
  expire_paper();
  forget_retired();
  if (!config.heartbeat || last_heartbeat == 0) return;
  for (OrderWatch* order : truth_alive_) {
    check_once(Rule::heartbeat_alive, now - last_heartbeat <= kHeartbeatBound, *order, [&] {
      return fmt::format("{} alive {} ms after the last heartbeat", order->claim.id,
                         (now - last_heartbeat) / kMillisecond);
    });
  }
}

/// Orders that ended without a fill are kept for a while, in case the user stream speaks of them late.
void Checker::Impl::forget_retired() {
  while (!retired_.empty() && now - retired_.front().first > kRetired) {
    const auto it = orders_.find(retired_.front().second);
    if (it != orders_.end()) {
      const OrderWatch& o = *it->second;
      const auto& watched = tokens_[o.token]->orders;
      const bool free =
          o.fills == 0 && !o.truth_alive && std::find(watched.begin(), watched.end(), &o) == watched.end();
      if (free) orders_.erase(it);
    }
    retired_.pop_front();
  }
}

/// A silence of a busy connection is a gap (rules 1.4). One more evaluation is given to notice it.
void Checker::Impl::judge_links() {
  for (auto& [number, link] : links_) {
    if (!link.open || link.silent || link.last_frame == 0) continue;
    if (now - link.last_frame <= LinkView::kSilence + config.evaluation_interval || !link.was_busy(now)) continue;
    link.silent = true;
    distrust_silent(number, link);
  }
}

void Checker::Impl::judge_token_time(TokenWatch& token) {
  // To send a cancel the trader needs no venue that answers.
  const SpanNs lost_for = now - std::max(token.feed.since(), engine_went_on_);
  const bool buys_must_go =
      !token.feed.trusted() && engine_stands_ == 0 && lost_for > 2 * kSecond + config.evaluation_interval;
  for (std::size_t i = 0; i < token.orders.size(); ++i) {
    OrderWatch& order = *token.orders[i];
    if (order.open()) judge_order_bounds(token, order);
    // One of before a restart may just have been told to live.
    const bool known_live = order.phase == Phase::live && venue_clock_ - order.phase_clock > config.evaluation_interval;
    if (order.open() && order.claim.side == Side::buy && buys_must_go && known_live &&
        now - order.placed > 3 * kSecond) {
      check_once(Rule::untrusted_buy_kept, order.cancel_at > 0, order,
                 [&] { return fmt::format("{}: UNTRUSTED for {} ms", order.claim.id, lost_for / kMillisecond); });
    }
    if (order.claim.side == Side::sell) judge_idle(token, order);
    judge_unexplained(token, order);
  }
  std::erase_if(token.orders, [&](const OrderWatch* o) {
    const bool over = !o->open() && o->told <= o->fills && now - o->done_at > 2 * kBlur;
    if (over && o->fills == 0) retired_.emplace_back(now, o->claim.id);
    return over;
  });
  judge_exit_bound(token);
  if (token.reprice_due >= 0 && venue_clock_ - token.reprice_due > kBound) {
    token.reprice_due = -1;
    check(Rule::reprice_below_minimum, false, token,
          [] { return std::string("a BUY below the minimum was canceled in order to be placed again, and was not"); });
  }
  if (token.shortfall_since > 0 && !token.shortfall_named && now - token.shortfall_since > kPullBound) {
    token.shortfall_named = true;
    check(Rule::shortfall_unnamed, false, token, [&] {
      return fmt::format("settled {} since {} ms", held(token).settled(config.sell_after),
                         (now - token.shortfall_since) / kMillisecond);
    });
  }
}

void Checker::Impl::judge_order_bounds(TokenWatch& token, OrderWatch& order) {
  const SpanNs in_phase = venue_clock_ - order.phase_clock;
  const auto detail = [&] {
    return fmt::format("{} placed {} ms ago", order.claim.id, (now - order.placed) / kMillisecond);
  };
  const bool unanswered = order.phase == Phase::sent || (order.phase == Phase::live && !order.resting);
  if (unanswered) check_once(Rule::bound_intent, in_phase <= kBound, order, detail);
  if (order.phase == Phase::unknown) check_once(Rule::bound_unknown, in_phase <= kBound, order, detail);
  if (order.cancel_at > 0) {
    check_once(Rule::bound_cancel, venue_clock_ - order.cancel_clock <= kBound, order, detail);
  }
  const TimeNs end = market(token).config.end;
  if (!venue_answers || order.exit) return;
  if (order.claim.side == Side::sell) {
    if (end > 0) check_once(Rule::bound_sell, now <= end + kBound, order, detail);
    return;
  }
  if (token.params.buy_ttl > 0) {
    check_once(Rule::bound_buy, now - order.placed <= token.params.buy_ttl + kBound, order, detail);
  } else if (end > 0) {
    check_once(Rule::bound_buy, now <= end + config.round_trip, order, detail);
  }
}

/// An idle SELL above its floor that could rest lower is moved there (rules 4.4), unless its remainder may not be replaced.
void Checker::Impl::judge_idle(TokenWatch& token, OrderWatch& order) {
  const SpanNs idle = token.params.sell_idle_timeout;
  const PriceRaw tick = token.feed.tick();
  PriceRaw lowest = order.claim.floor;
  for (const QuoteView& quote : token.quote) {
    if (quote.bid.size > 0) lowest = std::max(lowest, quote.bid.price + tick);
  }
  const bool idles =
      idle > 0 && token.sell_quiet > 0 && now - token.sell_quiet > idle + kNoticed && order.claim.floor > 0;
  const bool movable = order.phase == Phase::live && order.resting && !order.exit && order.cancel_at == 0 &&
                       order.claim.size - std::max(order.fills, order.told) >= market(token).config.min_size &&
                       token.exit_clock < 0;
  const bool sees = token.feed.trusted() && link_age(token) <= config.soft_stale_after && venue_answers && disk_takes;
  // After a restart no order may leave before what was is known, for a minute at most.
  const bool restarting = restarted_at_ > 0 && now - restarted_at_ < kMinute + kSecond;
  if (!idles || !sees || restarting) {
    token.above_floor = -1;
    return;
  }
  if (!movable) return;  // an order between two others does not begin the time anew
  if (order.claim.price < lowest + tick) {
    token.above_floor = -1;
    return;
  }
  if (token.above_floor < 0) token.above_floor = venue_clock_;
  check_once(Rule::idle_not_parked, venue_clock_ - token.above_floor <= kNoticed, order, [&] {
    return fmt::format("{} rests at {}, its floor is {}, no fill for {} ms", order.claim.id, order.claim.price,
                       order.claim.floor, (now - token.sell_quiet) / kMillisecond);
  });
}

void Checker::Impl::judge_unexplained(TokenWatch& token, OrderWatch& order) {
  if (order.unexplained_clock < 0 || order.sweeps < 2) return;
  const SpanNs open = venue_clock_ - order.unexplained_clock;
  if (open <= kBound + kPullBound) return;
  const bool named = token.unexplained_named;
  check_once(Rule::match_unnamed, named, order, [&] {
    return fmt::format("{}: told {} matched, trades explain {}", order.claim.id, order.told, order.fills);
  });
  token.unexplained_named = true;  // from now on no order may leave, named or not
}

void Checker::Impl::judge_exit_bound(TokenWatch& token) {
  if (token.exit_clock < 0) return;
  const MarketWatch& m = market(token);
  if ((m.config.end > 0 && now >= m.config.end) || m.resolved_seen > 0 || m.resolved > 0) {
    token.exit_clock = -1;  // nothing is sent from the end on: what is left awaits the resolution (rules 5.3)
    return;
  }
  if (is_flat(token) && held(token).unmined_sold == 0) {
    token.exit_clock = -1;
    report.check(Rule::bound_exit, true, now, token.id, [] { return std::string(); });
    return;
  }
  if (venue_clock_ - token.exit_clock <= kExitBound + config.evaluation_interval || token.exit_reported) return;
  token.exit_reported = true;
  check(Rule::bound_exit, false, token, [&] {
    return fmt::format("exit runs for {} s, position {}, not MANUAL", (venue_clock_ - token.exit_clock) / kSecond,
                       held(token).matched);
  });
}

/// 1 = a pull condition of 3.2 holds in both readings, 0 = in none, -1 = they differ.
int Checker::Impl::pull_state(const TokenWatch& token, const OrderWatch& order) const {
  int holding = 0;
  const PriceRaw tick = token.feed.tick();
  for (const QuoteView& quote : token.quote) {
    if (!quote.two_sided()) continue;  // without a quote there is no other bid and no spread to compare with
    // The tick may have changed since: a condition counts when it holds by both.
    const bool behind = quote.bid.price <= order.claim.price - 2 * std::max(tick, order.tick);
    const bool near = order.ask_was_far && quote.ask.price <= order.claim.price + std::min(tick, order.tick);
    const bool wide = token.params.limit_spread && quote.ask.price - quote.bid.price > spread_limit(token, quote);
    holding += behind || near || wide ? 1 : 0;
  }
  return holding == 2 ? 1 : holding == 0 ? 0 : -1;
}

SpanNs Checker::Impl::pull_bound() const {
  return kPullBound + std::max<SpanNs>(0, config.evaluation_interval - kSecond);
}

/// Adds the time during which the quotes as they stood until now asked for a pull.
void Checker::Impl::accumulate_pull(TokenWatch& token, SpanNs span) {
  if (!token.params.buy_pull) return;
  const bool counts = token.feed.trusted() && link_age(token) <= config.link_stale && venue_answers;
  for (OrderWatch* order : token.orders) {
    if (order->claim.side != Side::buy || order->phase != Phase::live || order->cancel_at > 0 || !order->resting)
      continue;
    const int state = pull_state(token, *order);
    if (state == 0) order->pull_for = 0;
    if (state != 1 || !counts) continue;
    order->pull_for += span;
    check_once(Rule::bound_pull, order->pull_for <= pull_bound(), *order, [&] {
      return fmt::format("{} at {}: other bid {}, ask {} for {} ms", order->claim.id, order->claim.price,
                         token.quote[0].bid.price, token.quote[0].ask.price, order->pull_for / kMillisecond);
    });
  }
}

Micros Checker::Impl::total_pnl(const AccountView& account, std::size_t reading) const {
  Micros total = account.cash() - config.starting_cash;
  for (const std::size_t i : touched_) {
    const Micros size = account.position(i).matched;
    if (size <= 0) continue;
    const TokenWatch& token = *tokens_[i];
    total += token.feed.book().sale_value(size, own_shares(token, reading == 1));
  }
  return total;
}

/// What resolved markets pay above what their books would: the trader may have booked it before the venue has paid.
Micros Checker::Impl::payouts_to_come(const AccountView& account) const {
  Micros coming = 0;
  for (const std::size_t i : touched_) {
    const TokenWatch& token = *tokens_[i];
    const Micros size = account.position(i).matched;
    if (size <= 0 || !is_payout_due(token)) continue;
    const auto paid = static_cast<Micros>(static_cast<__int128>(size) * payout_of(token) / kOne);
    coming += std::max<Micros>(0, paid - token.feed.book().sale_value(size));
  }
  return coming;
}

bool Checker::Impl::books_are_there() const {
  return std::all_of(touched_.begin(), touched_.end(), [&](std::size_t i) {
    return received_.position(i).matched <= 0 || tokens_[i]->last_book >= restarted_at_;
  });
}

/// The trigger counts as seen once the loss has stood for some seconds: the trader marks at its own instants.
void Checker::Impl::judge_daily_loss() {
  if (config.limits.daily_loss <= 0) return;
  const std::int64_t day = now / kDay;
  const Micros total = std::max(total_pnl(received_, 0), total_pnl(received_, 1)) + payouts_to_come(received_);
  if (day != day_) {
    day_ = day;
    day_start_ = total;
    loss_since_ = 0;
    loss_hit_ = false;
  }
  // Nobody saw a loss that came and went while the engine stood still, or while the books of a new process were missing.
  const bool seen =
      engine_stands_ == 0 && (now - restarted_at_ > kMinute + kSecond || restarted_at_ == 0 || books_are_there());
  if (!seen || day_start_ - total < config.limits.daily_loss) {
    loss_since_ = 0;
    return;
  }
  if (loss_since_ == 0) loss_since_ = now;
  if (now - loss_since_ > kLossPersists) loss_hit_ = true;
}

}  // namespace ebb::checker
