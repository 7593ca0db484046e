// Frames as the trader received them -> books, trust, net quotes, signals.
#include <fmt/format.h>

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {
namespace {

constexpr std::size_t kMaxBidPoints = 256;

}  // namespace

void Checker::Impl::market_frame(std::uint32_t connection, std::string_view text) {
  LinkView& link = links_[connection];
  // A silence that was a gap is known to be one when the next frame ends it (rules 1.4).
  if (link.open && !link.silent && link.last_frame > 0 && now - link.last_frame > LinkView::kSilence &&
      link.was_busy(now)) {
    distrust_silent(connection, link);
  }
  link.open = true;
  link.on_frame(now);
  for (const MarketText& event : reader_.market(text)) {
    switch (event.kind) {
      case MarketKind::book: apply_book(token_of(event.token_id), event, connection); break;
      case MarketKind::change: apply_changes(event, connection); break;
      default: market_event(event); break;
    }
  }
}

void Checker::Impl::market_event(const MarketText& event) {
  if (event.kind == MarketKind::resolved) {
    if (auto* m = market_of(event.condition_id); m != nullptr && m->resolved_seen == 0) m->resolved_seen = now;
    return;
  }
  const std::size_t index = token_of(event.token_id);
  if (index == kNoToken) return;
  TokenWatch& token = *tokens_[index];
  token.fed = true;
  if (event.kind == MarketKind::tick) {
    if (event.tick > 0) token.feed.on_tick(event.tick);
    share_tick(token);
    return;
  }
  token.feed.on_trade(event.price, std::string(event.last_trade));
  if (event.price >= 0 && event.size > 0) paper_print(index, event.price, event.size);
  evaluate(token);
}

/// The tick is the market's.
void Checker::Impl::share_tick(const TokenWatch& token) {
  if (token.sibling != kNoToken) tokens_[token.sibling]->feed.on_tick(token.feed.tick());
}

void Checker::Impl::apply_book(std::size_t index, const MarketText& event, std::uint32_t connection) {
  if (index == kNoToken) return;
  TokenWatch& token = *tokens_[index];
  token.connection = connection;
  token.fed = true;
  const FeedChange change = token.feed.on_book(now, event);
  if (!change.changed) return;
  token.last_book = now;
  share_tick(token);
  mark_visible(token, change);
  evaluate(token);
  judge_paper(index);
}

void Checker::Impl::apply_changes(const MarketText& event, std::uint32_t connection) {
  std::vector<std::size_t>& seen = changed_;
  seen.clear();
  for (const ChangeText& entry : event.changes) {
    const std::size_t index = token_of(entry.token_id);
    if (index == kNoToken || std::find(seen.begin(), seen.end(), index) != seen.end()) continue;
    seen.push_back(index);
    TokenWatch& token = *tokens_[index];
    token.connection = connection;
    token.fed = true;
    mark_visible(token, token.feed.on_changes(now, event, token.id));
  }
  // Both tokens of the market first, then the decision: our order stands in both books.
  for (const std::size_t index : seen) {
    evaluate(*tokens_[index]);
    judge_paper(index);
  }
}

void Checker::Impl::book_answer(std::string_view token_id, std::string_view text) {
  const std::size_t index = token_of(token_id);
  const MarketText* book = reader_.rest_book(text);
  if (index == kNoToken || book == nullptr) return;
  if (!book->token_id.empty() && book->token_id != token_id) return;
  apply_book(index, *book, tokens_[index]->connection);
}

/// The server lives; that it sends what it should is not said: a silence of data goes on.
void Checker::Impl::link_alive(std::uint32_t connection) {
  LinkView& link = links_[connection];
  link.open = true;
  link.last_alive = now;
}

void Checker::Impl::connection(std::uint32_t connection, ConnectionState state) {
  LinkView& link = links_[connection];
  link.open = state == ConnectionState::open;
  if (!link.open) link.closed_at = now;
  if (link.open) {
    link.last_alive = now;
    link.last_frame = now;
    link.ring.clear();
    link.next = 0;
  }
  distrust_connection(connection);
}

/// The silence that goes on has been taken for a gap, be it by a leap of the trader's clock.
void Checker::Impl::gap(std::uint32_t connection) {
  if (const auto link = links_.find(connection); link != links_.end()) link->second.silent = true;
  distrust_connection(connection);
}

void Checker::Impl::distrust_connection(std::uint32_t connection) {
  for (auto& token : tokens_) {
    if (token->connection != connection) continue;
    token->feed.distrust(now);
    evaluate(*token);
  }
}

/// Books that came after the silence had become a gap have proved themselves already.
void Checker::Impl::distrust_silent(std::uint32_t connection, const LinkView& link) {
  for (auto& token : tokens_) {
    if (token->connection != connection || token->last_book >= link.last_frame + LinkView::kSilence) continue;
    token->feed.distrust(now);
    evaluate(*token);
  }
}

void Checker::Impl::clock_leap(SpanNs span) {
  for (auto& token : tokens_) {
    for (DropWindow& window : token->window) {
      window.withdraw(now);  // what is in force now was so until this moment, and then long ago
      window.age(span);
    }
    for (std::size_t slot = 0; slot < token->reprices.size(); ++slot) {
      for (TimeNs& at : token->reprices[slot]) at -= span;
      if (token->last_requote[slot] > 0) token->last_requote[slot] -= span;
    }
  }
  for (TimeNs& at : placements_) at -= span;
  if (restarted_at_ > 0) restarted_at_ -= span;  // the trader's patience has ended so much earlier
}

SpanNs Checker::Impl::link_age(const TokenWatch& token) const {
  const auto it = links_.find(token.connection);
  return it == links_.end() ? INT64_MAX : now - it->second.last_alive;
}

/// Whether messages came in a wrong order, after which books may differ until their best prices are compared.
bool Checker::Impl::is_disputed(const TokenWatch& token, SpanNs span) const {
  return token.feed.disputed() > 0 && now - token.feed.disputed() <= span;
}

bool Checker::Impl::is_firm(const OrderWatch& order) const {
  return order.phase == Phase::live && order.cancel_at == 0 && order.visible_at > 0 && order.shrunk_at == 0 &&
         now - order.visible_at >= kBlur && (order.last_fill == 0 || now - order.last_fill >= kBlur);
}

std::vector<OwnShares> Checker::Impl::own_shares(const TokenWatch& token, bool with_uncertain) const {
  std::vector<OwnShares> own;
  if (config.mode == Mode::paper) return own;
  const auto add = [&](const TokenWatch& t, bool mirrored) {
    for (const OrderWatch* order : t.orders) {
      // Its end may be known before its fills are: the trader may take it for standing until it hears of them.
      const TimeNs over = std::max(order->done_at, order->last_fill);
      const bool gone = order->phase == Phase::done && order->told <= order->fills && now - over > kBlur;
      if (!order->resting || gone || (!with_uncertain && !is_firm(*order))) continue;
      // A BUY of one token at p stands as a SELL of the other at 1 - p.
      const bool buy = (order->claim.side == Side::buy) != mirrored;
      // What the venue claims to have matched stands there no more, or it does and the claim is wrong.
      const Micros size = !is_firm(*order) ? order->claim.size
                          : with_uncertain ? order->reserve()
                                           : order->claim.size - std::max(order->told, order->fills);
      own.push_back({buy ? Side::buy : Side::sell, mirrored ? kOne - order->claim.price : order->claim.price, size});
    }
  };
  add(token, false);
  if (token.sibling != kNoToken) add(*tokens_[token.sibling], true);
  return own;
}

void Checker::Impl::mark_visible(TokenWatch& token, const FeedChange& change) {
  if (!change.changed || config.mode == Mode::paper) return;
  const auto mark = [&](TokenWatch& t, bool mirrored) {
    for (OrderWatch* order : t.orders) {
      if (!order->open()) continue;
      const bool buy = (order->claim.side == Side::buy) != mirrored;
      const Side side = buy ? Side::buy : Side::sell;
      const PriceRaw price = mirrored ? kOne - order->claim.price : order->claim.price;
      const bool named = change.snapshot || std::find(change.levels.begin(), change.levels.end(),
                                                      std::make_pair(side, price)) != change.levels.end();
      if (!named) continue;
      const bool contains = token.feed.book().size_at(side, price) >= order->reserve();
      if (order->visible_at == 0) {
        if (contains) order->visible_at = now;
      } else if (!contains) {
        if (order->shrunk_at == 0) order->shrunk_at = now;
      } else if (order->last_fill >= order->shrunk_at) {
        order->shrunk_at = 0;
      }
    }
  };
  mark(token, false);
  if (token.sibling != kNoToken) mark(*tokens_[token.sibling], true);
}

void Checker::Impl::evaluate(TokenWatch& token) {
  const bool trusted = token.feed.trusted() && link_age(token) <= config.link_stale;
  const auto follow = [&](DropWindow& window, bool usable, std::int32_t mid2) {
    trusted&& usable ? window.set(now, mid2) : window.withdraw(now);
  };
  std::array<bool, 2> usable{};
  const auto before = token.quote;
  for (std::size_t r = 0; r < 2; ++r) {
    QuoteView& quote = token.quote[r];
    quote = token.feed.book().quote(own_shares(token, r == 1));
    const bool inside = quote.bid.price >= token.params.min_price && quote.ask.price <= token.params.max_price;
    usable[r] = inside && is_sane(quote, token.feed.last_trade());
    follow(token.window[r], usable[r], quote.mid2());
  }
  follow(token.window[2], usable[0] && usable[1], token.quote[1].bid.price + token.quote[0].ask.price);
  note_bids(token);
  judge_signal(token, before[0] != token.quote[0] && before[1] != token.quote[1]);
}

/// Each of our orders whose display is uncertain stands there or not: every bid from the highest reading down to the lowest may be
/// the best one of others.
void Checker::Impl::note_bids(TokenWatch& token) {
  BidPoint point{now, {}};
  const PriceRaw high = token.quote[0].bid.price;
  const PriceRaw low = token.quote[1].bid.price;
  point.bids.push_back(high);
  if (high != low) {
    for (const auto& [price, level] : token.feed.book().bids()) {
      if (price < low) break;
      if (price < high && level.size > 0) point.bids.push_back(price);
    }
    if (low == 0) point.bids.push_back(0);
  }
  if (!token.bids.empty() && token.bids.back().bids == point.bids) return;
  token.bids.push_back(std::move(point));
  if (token.bids.size() > kMaxBidPoints) token.bids.pop_front();
}

bool Checker::Impl::is_drop(const TokenWatch& token, std::int64_t high, std::int64_t current) const {
  const auto& p = token.params;
  const std::int64_t fall = high - current;
  if (fall <= 0) return false;
  if (fall < static_cast<std::int64_t>(p.min_drop_ticks) * token.feed.tick() * 2) return false;
  return fall * 1'000'000 >= token.drop * high;
}

bool Checker::Impl::drop_holds(TokenWatch& token, std::size_t reading) {
  DropWindow& window = token.window[reading];
  if (!window.in_force()) return false;
  const auto& p = token.params;
  if (p.buy_price_threshold > 0 && token.quote[reading].bid.price <= p.buy_price_threshold) return true;
  return is_drop(token, window.high(now, p.window), window.current());
}

/// For as long as mids of a book in doubt, or of a time that the trader noticed late, may be in its window.
bool Checker::Impl::window_in_doubt(const TokenWatch& token) const {
  const SpanNs span = token.params.window + 2 * kBlur;
  if (token.feed.hash_doubted() > 0 && now - token.feed.hash_doubted() <= span) return true;
  if (is_disputed(token, span)) return true;
  return engine_stalled_until_ > 0 && now - engine_stalled_until_ < token.params.window + kBlur;
}

/// What the trader took for the high may be of the one reading, and what it takes for the mid of the other.
bool Checker::Impl::drop_is_possible(TokenWatch& token) {
  if (drop_holds(token, 0) || drop_holds(token, 1)) return true;
  std::int64_t high = 0;
  std::int64_t current = INT64_MAX;
  for (std::size_t r = 0; r < 2; ++r) {
    DropWindow& window = token.window[r];
    high = std::max<std::int64_t>(high, window.high(now, token.params.window));
    if (window.in_force()) current = std::min<std::int64_t>(current, window.current());
  }
  // Where the trader's order stood for an instant the best price of others was a tick away.
  return current != INT64_MAX && is_drop(token, high + token.feed.tick(), current);
}

/// Some of our orders whose display is uncertain may stand there and others not, now and at the time of the high.
bool Checker::Impl::drop_is_certain(TokenWatch& token) {
  const auto& p = token.params;
  if (!drop_holds(token, 0) || !drop_holds(token, 1)) return false;
  if (p.buy_price_threshold > 0 && token.quote[0].bid.price <= p.buy_price_threshold) return true;
  return is_drop(token, token.window[2].high(now, p.window), token.quote[0].bid.price + token.quote[1].ask.price);
}

Micros Checker::Impl::spread_limit(const TokenWatch& token, const QuoteView& quote) const {
  const Micros by_ticks = static_cast<Micros>(token.params.max_spread_ticks) * token.feed.tick();
  const Micros by_ratio = token.params.max_spread * quote.mid2() / 2 / 1'000'000;
  return std::max(by_ticks, by_ratio);
}

bool Checker::Impl::is_flat(const TokenWatch& token) const {
  if (held(token).matched >= markets_[token.market].config.min_size) return false;
  return std::none_of(token.orders.begin(), token.orders.end(),
                      [](const OrderWatch* o) { return o->open() || o->told > o->fills || o->waits_for_its_end(); });
}

/// Everything besides the drop that the checker can see and that may keep the trader from buying without a word.
bool Checker::Impl::may_buy(TokenWatch& token) {
  const auto& p = token.params;
  const MarketWatch& m = market(token);
  if (!p.traded || paused_ || killed_ || token.sell_only || token.manual || token.exit_clock >= 0) return false;
  if (venue_mode != VenueMode::normal) return false;
  if (m.config.end > 0 && now >= m.config.end - p.sell_only_before_end) return false;
  if (m.resolved_seen > 0 || m.closed > 0 || m.resolved > 0) return false;
  if (!is_flat(token) || token.unexplained_named) return false;
  if (token.sibling != kNoToken && config.limits.one_active_token_per_condition && !is_flat(*tokens_[token.sibling])) {
    return false;
  }
  // After a refusal the trader waits for a newer book (rules 2.2).
  const auto same = [](const QuoteView& a, const QuoteView& b) {
    return a.bid.price == b.bid.price && a.ask.price == b.ask.price && a.bid.size == b.bid.size &&
           a.ask.size == b.ask.size;
  };
  if (token.refused && (same(token.refused_quote[0], token.quote[0]) || same(token.refused_quote[1], token.quote[1])))
    return false;
  token.refused = false;
  const SpanNs quiet = p.pull_cooldown + p.buy_requote_interval + 5 * kSecond;
  if (token.last_order_event > 0 && now - token.last_order_event < quiet) return false;
  if (!token.feed.trusted() || link_age(token) > config.soft_stale_after) return false;
  if (window_in_doubt(token)) return false;
  for (const QuoteView& quote : token.quote) {
    if (!quote.two_sided() || quote.bid.price < p.min_buy_price || quote.bid.price >= p.max_buy_price) return false;
    if (p.limit_spread && quote.ask.price - quote.bid.price > spread_limit(token, quote)) return false;
  }
  return true;
}

/// A drop that ends because its high leaves the window is not over for a trader who looks when the quote changes.
void Checker::Impl::judge_signal(TokenWatch& token, bool quote_changed) {
  if (quote_changed && !drop_is_possible(token) && !window_in_doubt(token)) token.answered = false;
  if (!drop_is_certain(token) || !may_buy(token)) {
    token.due_since = 0;
    return;
  }
  if (token.due_since == 0) token.due_since = now;
  const SpanNs tolerance = config.evaluation_interval + kSecond / 2;
  const bool answered = token.answered || token.last_answer > token.due_since - tolerance;
  if (answered || now - token.due_since <= tolerance) return;
  check(Rule::signal_unanswered, false, token, [&] {
    return fmt::format("drop from {} to {} (mid x 2) since {} ms: no order, no refusal",
                       token.window[0].high(now, token.params.window), token.window[0].current(),
                       (now - token.due_since) / kMillisecond);
  });
  token.answered = true;
}

void Checker::Impl::signal(std::string_view token_id) {
  const std::size_t index = token_of(token_id);
  if (index == kNoToken) return;
  TokenWatch& token = *tokens_[index];
  if (token.due_since > 0 && !token.answered) check(Rule::signal_unanswered, true, token, [] { return std::string(); });
  token.answered = true;
  token.last_answer = now;
}

}  // namespace ebb::checker
