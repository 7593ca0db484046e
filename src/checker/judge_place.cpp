// What must hold at the instant at which an order leaves.
#include <fmt/format.h>

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {
namespace {

constexpr SpanNs kPause = 3 * kSecond;  // without a SELL: no re-pricing takes so long

Micros dollars(PriceRaw price, Micros size) { return static_cast<Micros>(static_cast<__int128>(price) * size / kOne); }

std::string describe(const PlaceClaim& c) {
  return fmt::format("{} {} {} {}@{}", c.purpose, c.side == Side::buy ? "BUY" : "SELL", c.id, c.size, c.price);
}

}  // namespace

void Checker::Impl::place(const PlaceClaim& claim) {
  const std::size_t index = token_of(claim.token_id);
  if (index == kNoToken || claim.id.empty() || order_of(claim.id) != nullptr) return;
  TokenWatch& token = *tokens_[index];
  auto owned = std::make_unique<OrderWatch>();
  OrderWatch& order = *owned;
  order.claim = claim;
  order.token = index;
  order.exit =
      std::find(config.exit_purposes.begin(), config.exit_purposes.end(), claim.purpose) != config.exit_purposes.end();
  order.resting = claim.type == OrderType::gtc || claim.type == OrderType::gtd;
  order.placed = now;
  order.phase_clock = venue_clock_;

  judge_restart(token, order);
  judge_trust(token, order);
  judge_life(token, order);
  judge_shape(token, order);
  judge_exclusive(token, order);
  judge_rates(token, order);
  if (claim.side == Side::buy) {
    judge_exposure(token, order);
    if (!order.exit) judge_buy_price(token, order);
    if (token.due_since > 0 && !token.answered)
      check(Rule::signal_unanswered, true, token, [] { return std::string(); });
    token.answered = true;
    token.last_answer = now;
    if (token.reprice_due >= 0) {
      check(Rule::reprice_below_minimum, claim.size >= market(token).config.min_size, token,
            [&] { return fmt::format("{} replaces a remainder", describe(claim)); });
    }
    token.reprice_due = -1;
  } else {
    judge_sell_price(token, order);
    token.sell_placed = true;
    const auto sells = [&](const OrderWatch* o) {
      return o->claim.side == Side::sell && (o->open() || now - o->done_at < kPause);
    };
    // After a pause the routine began anew, and its idle time with it.
    if (std::none_of(token.orders.begin(), token.orders.end(), sells)) token.sell_quiet = now;
  }
  if (order.exit) start_exit(token);

  order.tick = token.feed.tick();
  const PriceRaw far = claim.price + 2 * order.tick;
  order.ask_was_far = token.quote[0].ask.size > 0 && token.quote[1].ask.size > 0 && token.quote[0].ask.price >= far &&
                      token.quote[1].ask.price >= far;
  token.orders.push_back(&order);
  token.last_order_event = now;
  touched_.insert(index);
  orders_.emplace(claim.id, std::move(owned));
  evaluate(token);
}

/// For the first seconds nothing leaves before every order of before has its answer. Then an order that may never have arrived,
/// which only time proves, holds back its own token and side. A trader that gave up waiting (a minute) names it and goes on.
void Checker::Impl::judge_restart(const TokenWatch& token, const OrderWatch& order) {
  if (restarted_at_ == 0) return;
  check(Rule::order_before_trades, trades_listed, token, [&] {
    return fmt::format("{} {} ms after the restart; the trades of before are not known", describe(order.claim),
                       (now - restarted_at_) / kMillisecond);
  });
  if (now - restarted_at_ >= kMinute - kSecond) return;
  const bool any = now - restarted_at_ < 2 * kSecond;
  const OrderWatch* missing = nullptr;
  for (const std::size_t index : touched_) {
    for (const OrderWatch* o : tokens_[index]->orders) {
      const bool in_the_way = any || (tokens_[index].get() == &token && o->claim.side == order.claim.side);
      if (o->recovered && o->phase == Phase::unknown && in_the_way) missing = o;
    }
  }
  check(Rule::order_too_early, missing == nullptr, token, [&] {
    return fmt::format("{} {} ms after the restart; nobody has told what became of {}", describe(order.claim),
                       (now - restarted_at_) / kMillisecond, missing->claim.id);
  });
}

void Checker::Impl::judge_trust(const TokenWatch& token, const OrderWatch& order) {
  // A timer that was due before the connection closed decides in the same instant.
  const auto link = links_.find(token.connection);
  const bool just_closed = link != links_.end() && !link->second.open && link->second.closed_at == now;
  const bool trusted = token.feed.trusted() || just_closed || is_disputed(token, kBlur);
  check(Rule::untrusted_order, trusted, token,
        [&] { return fmt::format("{}: the book is UNTRUSTED since {}", describe(order.claim), token.feed.since()); });
  if (!trusted) return;
  const SpanNs age = link_age(token);
  check(Rule::stale_order, age <= config.link_stale, token,
        [&] { return fmt::format("{}: link age {} ms", describe(order.claim), age / kMillisecond); });
  const bool soft = age > config.soft_stale_after && age <= config.link_stale;
  const auto detail = [&] { return fmt::format("{}: link age {} ms", describe(order.claim), age / kMillisecond); };
  if (order.claim.side == Side::buy) check(Rule::soft_stale_buy, !soft, token, detail);
  if (!order.claim.post_only || !order.resting) check(Rule::soft_stale_cross, !soft, token, detail);
}

void Checker::Impl::judge_life(TokenWatch& token, const OrderWatch& order) {
  const MarketWatch& m = market(token);
  const auto detail = [&] { return describe(order.claim); };
  if (m.config.end > 0) check(Rule::order_after_end, now < m.config.end, token, detail);
  if (m.closed > 0) check(Rule::order_after_close, now - m.closed <= config.round_trip, token, detail);
  const bool told = m.resolved_seen > 0;
  // An engine that stood still has yet to read what came meanwhile.
  const bool late = m.resolved > 0 && now - std::max(m.resolved, engine_went_on_) > config.round_trip;
  check(Rule::order_after_resolution, !told && !late, token, detail);
  check(Rule::match_order, !token.unexplained_named, token, detail);
  if (order.claim.side == Side::buy) check(Rule::kill_placed, !killed_, token, detail);
}

void Checker::Impl::judge_shape(const TokenWatch& token, const OrderWatch& order) {
  const PlaceClaim& c = order.claim;
  const PriceRaw tick = std::max<PriceRaw>(token.feed.tick(), 1);
  check(Rule::off_tick, c.price % tick == 0 && c.price >= tick && c.price <= kOne - tick, token,
        [&] { return fmt::format("{}: tick {}", describe(c), tick); });
  const Micros minimum = order.resting ? markets_[token.market].config.min_size : 1;
  check(Rule::below_minimum, c.size >= minimum && c.size % 10'000 == 0, token,
        [&] { return fmt::format("{}: minimum {}", describe(c), minimum); });
  const bool crosses = !c.post_only || !order.resting;
  check(Rule::cross_not_whitelisted, !crosses || order.exit, token, [&] { return describe(c); });
}

void Checker::Impl::judge_exclusive(TokenWatch& token, const OrderWatch& order) {
  const PlaceClaim& c = order.claim;
  const auto two = [&](const OrderWatch* o) { return o->open() && o->claim.side == c.side; };
  const auto it = std::find_if(token.orders.begin(), token.orders.end(), two);
  check(c.side == Side::buy ? Rule::buy_two_live : Rule::sell_two_live, it == token.orders.end(), token,
        [&] { return fmt::format("{} while {} lives", describe(c), (*it)->claim.id); });
  if (c.side == Side::sell) {
    const Micros free = held(token).settled(config.sell_after) - reserved_sells(token);
    check(Rule::sell_exceeds_free, c.size <= free, token,
          [&] { return fmt::format("{}: only {} may be sold", describe(c), free); });
  }
  const auto crosses = [&](const TokenWatch& t, bool mirrored) -> const OrderWatch* {
    for (const OrderWatch* o : t.orders) {
      if (!o->open() || !o->resting) continue;
      const Side side = mirrored ? (o->claim.side == Side::buy ? Side::sell : Side::buy) : o->claim.side;
      const PriceRaw price = mirrored ? kOne - o->claim.price : o->claim.price;
      if (side == c.side) continue;
      if (c.side == Side::buy ? price <= c.price : price >= c.price) return o;
    }
    return nullptr;
  };
  const OrderWatch* met = crosses(token, false);
  if (met == nullptr && token.sibling != kNoToken) met = crosses(*tokens_[token.sibling], true);
  check(Rule::own_cross, met == nullptr, token,
        [&] { return fmt::format("{} would meet our {}", describe(c), met->claim.id); });
  if (c.side == Side::buy && token.sibling != kNoToken && config.limits.one_active_token_per_condition) {
    const TokenWatch& sibling = *tokens_[token.sibling];
    const bool buying = std::any_of(sibling.orders.begin(), sibling.orders.end(),
                                    [](const OrderWatch* o) { return o->open() && o->claim.side == Side::buy; });
    const bool holding = held(sibling).matched >= markets_[token.market].config.min_size;
    check(Rule::sibling_active, !buying && !holding, token, [&] { return describe(c); });
  }
}

void Checker::Impl::judge_rates(const TokenWatch& token, const OrderWatch& order) {
  if (order.exit) return;
  std::uint32_t open = 1;
  for (const std::size_t i : touched_) {
    for (const OrderWatch* o : tokens_[i]->orders) open += o->open() ? 1 : 0;
  }
  if (config.limits.open_orders > 0) {
    check(Rule::limit_open_orders, open <= config.limits.open_orders, token,
          [&] { return fmt::format("{}: {} open orders", describe(order.claim), open); });
  }
  placements_.push_back(now);
  while (placements_.front() <= now - kSecond) placements_.pop_front();
  if (config.limits.orders_per_second > 0) {
    check(Rule::limit_rate, placements_.size() <= config.limits.orders_per_second, token,
          [&] { return fmt::format("{}: {} orders within a second", describe(order.claim), placements_.size()); });
  }
}

Micros Checker::Impl::open_buy_dollars(std::size_t index) const {
  Micros sum = 0;
  for (const OrderWatch* o : tokens_[index]->orders) {
    if (o->claim.side == Side::buy) sum += dollars(o->claim.price, o->reserve());
  }
  return sum;
}

/// Sold shares leave the exposure only when MINED (rules 3.3).
Micros Checker::Impl::token_exposure(std::size_t index) const {
  const PositionView& p = received_.position(index);
  return p.cost + p.unmined_sold_cost + open_buy_dollars(index);
}

/// Worst loss over both outcomes, with every open BUY filled where that hurts; `extra` dollars of BUY in `bought` are
/// about to leave.
Micros Checker::Impl::market_loss(const MarketWatch& m, std::size_t bought, Micros extra) const {
  Micros cost = 0;
  std::array<Micros, 2> shares{};
  std::array<Micros, 2> buys{};
  for (std::size_t i = 0; i < 2; ++i) {
    if (m.tokens[i] == kNoToken) continue;
    const PositionView& p = received_.position(m.tokens[i]);
    cost += p.cost + p.unmined_sold_cost;
    shares[i] = p.matched + p.unmined_sold;
    buys[i] = open_buy_dollars(m.tokens[i]) + (m.tokens[i] == bought ? extra : 0);
  }
  return std::max({Micros{0}, cost - shares[0] + buys[1], cost - shares[1] + buys[0]});
}

void Checker::Impl::judge_exposure(const TokenWatch& token, const OrderWatch& order) {
  const LimitConfig& limits = config.limits;
  const Micros mine = dollars(order.claim.price, order.claim.size);
  const auto within = [&](Rule rule, Micros value, Micros limit) {
    if (limit <= 0) return;
    check(rule, value <= limit, token,
          [&] { return fmt::format("{}: {} of {} dollar millionths", describe(order.claim), value, limit); });
  };
  within(Rule::limit_order, mine, limits.per_order);
  within(Rule::limit_token, token_exposure(order.token) + mine, limits.per_token);

  const MarketWatch& m = market(token);
  const auto loss_with = [&](const MarketWatch& other) { return market_loss(other, order.token, mine); };
  within(Rule::limit_market, loss_with(m), limits.per_market);
  if (limits.per_event > 0) {
    Micros event = 0;
    for (const std::size_t i : events_[m.event]) event += loss_with(markets_[i]);
    within(Rule::limit_event, event, limits.per_event);
  }
  std::set<std::size_t> active{token.market};
  Micros buys = mine;
  for (const std::size_t i : touched_) {
    active.insert(tokens_[i]->market);
    buys += open_buy_dollars(i);
  }
  Micros total = 0;
  for (const std::size_t i : active) total += loss_with(markets_[i]);
  within(Rule::limit_total, total, limits.total);
  if (config.starting_cash > 0) {
    check(Rule::limit_cash, buys <= received_.cash(), token,
          [&] { return fmt::format("{}: open BUYs {} of cash {}", describe(order.claim), buys, received_.cash()); });
  }
  if (limits.daily_loss > 0 && limits.stop_on_daily_loss && !order.exit) {
    check(Rule::limit_daily_loss, !loss_hit_, token, [&] { return describe(order.claim); });
  }
}

void Checker::Impl::judge_buy_price(TokenWatch& token, const OrderWatch& order) {
  const PlaceClaim& c = order.claim;
  check(Rule::cap_above, c.price <= token.params.max_buy_price, token,
        [&] { return fmt::format("{}: cap {}", describe(c), token.params.max_buy_price); });
  if (c.reference_bid <= 0) return;
  judge_reference(token, order);
  if (token.params.max_chase_ticks < 0) return;
  const PriceRaw limit = c.reference_bid + token.params.max_chase_ticks * token.feed.tick();
  check(Rule::chase_above, c.price <= limit, token,
        [&] { return fmt::format("{}: reference {} and chase give {}", describe(c), c.reference_bid, limit); });
}

/// The claimed reference must be the net best bid at the claimed time, within one event.
void Checker::Impl::judge_reference(TokenWatch& token, const OrderWatch& order) {
  const PlaceClaim& c = order.claim;
  const TimeNs at = c.signal_time > 0 ? c.signal_time : now;
  const auto key = std::make_pair(at, c.reference_bid);
  if (token.proven_reference == key) return;
  // First point after the signal; the one before it was in force; those of the very instant and one more on each
  // side are "within one event".
  auto after = std::find_if(token.bids.begin(), token.bids.end(), [&](const BidPoint& p) { return p.time > at; });
  if (after == token.bids.begin()) return;  // older than what is remembered
  auto first = std::prev(after);
  while (first != token.bids.begin() && first->time == at) --first;
  if (first != token.bids.begin()) --first;
  const auto last = after == token.bids.end() ? after : std::next(after);
  const bool proven = is_disputed(token, kBlur) || std::any_of(first, last, [&](const BidPoint& p) {
                        return std::find(p.bids.begin(), p.bids.end(), c.reference_bid) != p.bids.end();
                      });
  if (proven) token.proven_reference = key;
  check(Rule::reference_wrong, proven, token, [&] {
    return fmt::format("{}: claimed {} at {}, net best bid was {}", describe(c), c.reference_bid, at,
                       std::prev(after)->bids.front());
  });
}

void Checker::Impl::judge_sell_price(TokenWatch& token, const OrderWatch& order) {
  if (order.exit) return;
  const PlaceClaim& c = order.claim;
  if (!token.sell_placed && token.required > 0) {  // the tick may have changed since it was bought
    const Micros before = token.required;
    update_floor(token, -1, false);
    token.required = std::min(before, token.required);
  }
  const Micros required = token.required;
  const bool covers = required == 0 || static_cast<Micros>(c.price) * 100 >= required;
  check(Rule::floor_below, covers && (c.floor == 0 || c.price >= c.floor), token,
        [&] { return fmt::format("{}: floor {}, cost and profit ask {} millionths", describe(c), c.floor, required); });
  if (c.floor == 0 || required == 0) return;
  check(Rule::floor_claim, static_cast<Micros>(c.floor) * 100 >= required, token,
        [&] { return fmt::format("{}: floor {} for {} millionths", describe(c), c.floor, required); });
}

}  // namespace ebb::checker
