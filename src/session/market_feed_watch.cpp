// Timers of the market feed: bootstraps, cross-checks and what follows from them.
#include <algorithm>

#include "session/market_feed_impl.hpp"

namespace ebb::session {
namespace {

/// What REST could not give is not asked for again so soon, except by the engine itself.
constexpr Duration kHopelessPause = minutes(5);

}  // namespace

void MarketFeed::Impl::on_timer(Timestamp now) {
  if (now >= next_) {
    next_ = kNever;
    for (std::size_t i = 0; i < sockets_.size(); ++i) step_socket(SocketIndex(static_cast<std::uint16_t>(i)), now);
    for (std::size_t i = 0; i < leaving_.size();) {
      const model::TokenIndex token = leaving_[i];
      if (slot(token).leave_at > now) {
        touch(slot(token).leave_at);
        ++i;
        continue;
      }
      leaving_.erase(leaving_.begin() + static_cast<std::ptrdiff_t>(i));
      release(now, token);
    }
    for (std::size_t i = 0; i < links_.size(); ++i)
      step_link(model::ConnectionIndex(static_cast<std::uint16_t>(i)), now);
    for (std::size_t i = 0; i < links_.size(); ++i) {
      touch(due_of(model::ConnectionIndex(static_cast<std::uint16_t>(i)), now));
    }
  }
  if (now >= poll_.next_timer()) poll_.on_timer(now);
}

Timestamp MarketFeed::Impl::due_of(model::ConnectionIndex index, Timestamp now) const {
  const Link& l = *links_[index.value()];
  Timestamp due = std::min(l.grace_due, l.watchdog.next_timer(now));
  for (std::size_t twin = 0; twin < twins(); ++twin) {
    const Socket& s = socket(socket_of(index, twin));
    due = std::min(due, s.due);
    if (s.state != SocketState::open) continue;
    due = std::min({due, s.next_ping, s.last_pong + config_.pong_timeout, s.subscription.next_timer()});
  }
  return due;
}

void MarketFeed::Impl::step_link(model::ConnectionIndex index, Timestamp now) {
  if (!open(index)) return;
  if (config_.twin) check_twins(index, now);
  if (now >= link(index).grace_due) bootstrap(index, now);
  cross_check(index, now);
  conclude(index, now);
}

/// What has no book after the grace gets one by REST.
void MarketFeed::Impl::bootstrap(model::ConnectionIndex index, Timestamp now) {
  Link& l = link(index);
  l.grace_due = kNever;
  for (const model::TokenIndex token : l.assets) {
    if (!books_->state(token).trusted && now >= slot(token).rest_from)
      poll_.want(token, BookPoll::Wish::until_trusted, now, slot(token).base_ms);
  }
}

void MarketFeed::Impl::cross_check(model::ConnectionIndex index, Timestamp now) {
  Link& l = link(index);
  const CheckWish wish = l.watchdog.wish(now);
  if (wish == CheckWish::nothing) return;
  ++(wish == CheckWish::rota || wish == CheckWish::again ? stats_.rota_checks : stats_.suspicions);
  pick_tokens(l, wish, picked_);
  if (picked_.empty()) {
    (void)l.watchdog.on_sampled(now, 0, {});
    return;
  }
  poll_.sample(now, index, picked_);
}

/// The liveliest of late, and then the next in turn: every token is sampled sooner or later.
void MarketFeed::Impl::pick_tokens(Link& l, CheckWish wish, std::vector<model::TokenIndex>& tokens) {
  tokens.clear();
  if (wish == CheckWish::again) {
    tokens = l.watchdog.doubtful();
    std::erase_if(tokens, [&](model::TokenIndex token) { return known(token) == nullptr; });
    return;
  }
  const auto& watch = config_.watchdog;
  const std::size_t wanted = wish == CheckWish::all    ? l.assets.size()
                             : wish == CheckWish::some ? watch.sample_tokens
                                                       : watch.rota_tokens;
  const std::size_t count = std::min(wanted, l.assets.size());
  if (count == l.assets.size()) {
    tokens = l.assets;
    return;
  }
  std::vector<std::pair<std::uint64_t, model::TokenIndex>> lively;
  for (const model::TokenIndex token : l.assets) {
    Token& t = slot(token);
    const std::uint64_t updates = books_->state(token).updates;
    const std::uint64_t heat = t.heat + 4 * (updates - std::min(updates, t.updates_at_rota));
    if (heat > 0) lively.emplace_back(heat, token);
    if (wish != CheckWish::rota) continue;
    t.heat = heat / 2;
    t.updates_at_rota = updates;
  }
  const std::size_t canaries = std::min({watch.canaries, count - count / 3, lively.size()});
  std::partial_sort(
      lively.begin(), lively.begin() + static_cast<std::ptrdiff_t>(canaries), lively.end(),
      [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
  for (std::size_t i = 0; i < canaries; ++i) tokens.push_back(lively[i].second);
  for (std::size_t i = 0; i < l.assets.size() && tokens.size() < count; ++i) {
    const model::TokenIndex token = l.assets[l.rota_at++ % l.assets.size()];
    if (std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(token);
  }
}

void MarketFeed::Impl::on_sampled(Timestamp now, model::ConnectionIndex connection,
                                  std::span<const SampledBook> books) {
  std::vector<AheadBook> ahead;
  const std::int64_t bound = config_.watchdog.ahead_bound.raw() / 1'000'000;
  for (const SampledBook& book : books) {
    const std::int64_t ours = books_->state(book.token).exchange_ms;
    if (!book.ghost && book.differs && ours > 0 && book.rest_ms > ours + bound)
      ahead.push_back({book.token, book.rest_ms});
  }
  if (link(connection).watchdog.on_sampled(now, books.size(), ahead)) ++stats_.quiet_verdicts;
  touch(now);
}

void MarketFeed::Impl::conclude(model::ConnectionIndex index, Timestamp now) {
  model::TokenIndex lagging;
  switch (link(index).watchdog.verdict(now, *books_, lagging)) {
    case FreezeVerdict::fine: break;
    case FreezeVerdict::frozen: drop_link(index, now, CloseReason::frozen); break;
    case FreezeVerdict::blind_silence: drop_link(index, now, CloseReason::blind_silence); break;
    case FreezeVerdict::no_data: drop_link(index, now, CloseReason::no_data); break;
    case FreezeVerdict::token_lags:
      ++stats_.lagging_tokens;
      renew_token(now, lagging);
      touch(now);
      break;
  }
}

void MarketFeed::Impl::renew_token(Timestamp now, model::TokenIndex token) {
  if (known(token) == nullptr) return;
  Token& t = slot(token);
  if (now < t.renew_from) return;
  t.renew_from = now + config_.token_resubscribe_cooldown;
  ++stats_.resubscribed;
  for (std::size_t twin = 0; twin < twins(); ++twin) socket(socket_of(t.link, twin)).subscription.renew(now, token);
  touch(now);
}

void MarketFeed::Impl::on_polled_book(Timestamp now, model::TokenIndex token, std::string_view text) {
  const Token* t = known(token);
  const auto connection = t != nullptr ? t->link : model::ConnectionIndex::none();
  sink_->deliver({now, model::BookAnswer{.token = token, .ok = true, .text = text, .connection = connection}});
}

void MarketFeed::Impl::on_poll_hopeless(Timestamp now, model::TokenIndex token) {
  sink_->deliver({now, model::BookAnswer{.token = token, .ok = false, .text = {}}});
  if (known(token) != nullptr) slot(token).rest_from = now + kHopelessPause;
  renew_token(now, token);
}

// Told with the time at which we were last awake: timers that are due since then find the books untrusted.
void MarketFeed::Impl::on_standstill() {
  ++stats_.standstills;
  for (std::uint16_t i = 0; i < links_.size(); ++i) {
    const model::ConnectionIndex index(i);
    if (open(index)) sink_->deliver({beat_, model::FeedGap{index}});
  }
}

}  // namespace ebb::session
