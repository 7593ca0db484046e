#include "session/market_feed.hpp"

#include <algorithm>

#include "session/market_feed_impl.hpp"

namespace ebb::session {

std::string_view to_text(CloseReason reason) {
  switch (reason) {
    case CloseReason::remote: return "CLOSED_BY_VENUE";
    case CloseReason::connect_failed: return "CONNECT_FAILED";
    case CloseReason::no_pong: return "NO_PONG";
    case CloseReason::frozen: return "FROZEN";
    case CloseReason::blind_silence: return "BLIND_SILENCE";
    case CloseReason::no_data: return "NO_DATA";
    case CloseReason::twin_frozen: return "TWIN_FROZEN";
    case CloseReason::unused: return "UNUSED";
  }
  return "?";
}

MarketFeed::Impl::Impl(const FeedConfig& config, const model::MarketTable& markets, const BookSource& books,
                       FeedSink& sink)
    : config_(config),
      markets_(&markets),
      books_(&books),
      sink_(&sink),
      poll_(config.books, markets, books, sink, *this),
      random_(Random::stream(config.seed, 0x66656564)),
      gate_(config.reconnect.spacing) {
  config_.assets_per_connection = std::max<std::size_t>(config_.assets_per_connection, 2);
  config_.subscribe_chunk = std::max<std::size_t>(config_.subscribe_chunk, 1);
}

MarketFeed::Impl::Token& MarketFeed::Impl::slot(model::TokenIndex token) {
  if (token.value() >= tokens_.size()) tokens_.resize(token.value() + 1U);
  return tokens_[token.value()];
}

const MarketFeed::Impl::Token* MarketFeed::Impl::known(model::TokenIndex token) const {
  if (!token.valid() || token.value() >= tokens_.size()) return nullptr;
  const Token& t = tokens_[token.value()];
  return t.link.valid() ? &t : nullptr;
}

/// Both tokens of a market travel in the same messages: they share a link, so the sibling's place is kept.
std::size_t MarketFeed::Impl::places(model::TokenIndex token) const {
  return markets_->token(token).sibling.valid() ? 2 : 1;
}

model::ConnectionIndex MarketFeed::Impl::choose_link(model::TokenIndex token) {
  const Token* sibling = known(markets_->token(token).sibling);
  if (sibling != nullptr && link(sibling->link).assets.size() < config_.assets_per_connection) return sibling->link;
  const std::size_t needed = places(token);
  for (std::size_t i = 0; i < links_.size(); ++i) {
    if (links_[i]->reserved + needed > config_.assets_per_connection) continue;
    links_[i]->reserved += needed;
    return model::ConnectionIndex(static_cast<std::uint16_t>(i));
  }
  const auto index = static_cast<std::uint16_t>(links_.size());
  links_.push_back(std::make_unique<Link>(config_, Random::stream(config_.seed, 0x10000 + index)));
  links_.back()->reserved = needed;
  if (config_.twin) links_.back()->twins = std::make_unique<TwinFilter>();
  for (std::size_t twin = 0; twin < twins(); ++twin) {
    sockets_.push_back(std::make_unique<Socket>(config_, Random::stream(config_.seed, 0x20000 + sockets_.size())));
  }
  return model::ConnectionIndex(index);
}

void MarketFeed::Impl::follow(Timestamp now, model::TokenIndex token) {
  Token& t = slot(token);
  if (t.followed) return;
  t.followed = true;
  if (t.link.valid()) {  // within the grace: the subscription stands
    t.leave_at = kNever;
    std::erase(leaving_, token);
    return;
  }
  const model::ConnectionIndex index = choose_link(token);
  Token& placed = slot(token);
  placed.link = index;
  placed.base_ms = 0;
  placed.updates_at_rota = books_->state(token).updates;
  link(index).assets.push_back(token);
  for (std::size_t twin = 0; twin < twins(); ++twin) socket(socket_of(index, twin)).subscription.add(now, token);
  wake(index, now);
}

void MarketFeed::Impl::unfollow(Timestamp now, model::TokenIndex token) {
  Token& t = slot(token);
  if (!t.followed) return;
  t.followed = false;
  t.leave_at = now + config_.unsubscribe_grace;
  leaving_.push_back(token);
  touch(t.leave_at);
}

void MarketFeed::Impl::release(Timestamp now, model::TokenIndex token) {
  const std::size_t freed = places(token);
  Token& t = slot(token);
  const model::ConnectionIndex index = t.link;
  Link& l = link(index);
  std::erase(l.assets, token);
  t = {};
  poll_.forget(token);
  if (known(markets_->token(token).sibling) == nullptr) l.reserved -= std::min(freed, l.reserved);
  for (std::size_t twin = 0; twin < twins(); ++twin) socket(socket_of(index, twin)).subscription.remove(now, token);
  if (l.assets.empty()) {
    rest(index, now);
  } else {
    touch(now);
  }
}

void MarketFeed::Impl::request_book(Timestamp now, const model::RequestBook& request) {
  const bool missing = request.reason == model::BookRequestReason::untrusted ||
                       request.reason == model::BookRequestReason::hash_mismatch;
  const Token* t = known(request.token);
  Timestamp from = now + config_.books.collect;
  if (t != nullptr) {
    // A link that is down or just up brings snapshots of its own; what stays without one is bootstrapped after the grace.
    if (!open(t->link)) return;
    const Timestamp grace = links_[t->link.value()]->grace_due;
    if (missing && grace != kNever) return;
  }
  poll_.want(request.token, missing ? BookPoll::Wish::until_trusted : BookPoll::Wish::answer, from,
             books_->state(request.token).exchange_ms);
}

bool MarketFeed::Impl::open(model::ConnectionIndex index) const {
  for (std::size_t twin = 0; twin < twins(); ++twin) {
    if (socket(socket_of(index, twin)).state == SocketState::open) return true;
  }
  return false;
}

/// Of the open socket that knows most.
std::size_t MarketFeed::Impl::unconfirmed(model::ConnectionIndex index) const {
  std::size_t least = links_[index.value()]->assets.size();
  for (std::size_t twin = 0; twin < twins(); ++twin) {
    const Socket& s = socket(socket_of(index, twin));
    if (s.state == SocketState::open) least = std::min(least, s.subscription.unconfirmed());
  }
  return least;
}

MarketFeed::MarketFeed(const FeedConfig& config, const model::MarketTable& markets, const BookSource& books,
                       FeedSink& sink)
    : impl_(std::make_unique<Impl>(config, markets, books, sink)) {}
MarketFeed::~MarketFeed() = default;

void MarketFeed::follow(Timestamp now, model::TokenIndex token) { impl_->follow(now, token); }
void MarketFeed::unfollow(Timestamp now, model::TokenIndex token) { impl_->unfollow(now, token); }
void MarketFeed::stop(Timestamp now) { impl_->stop(now); }
void MarketFeed::on_open(SocketIndex socket, Timestamp now) { impl_->on_open(socket, now); }
void MarketFeed::on_text(SocketIndex socket, Timestamp now, std::string_view text) {
  if (impl_->beat_.is_set()) impl_->on_beat(now);
  impl_->on_text(socket, now, text);
}
void MarketFeed::on_closed(SocketIndex socket, Timestamp now) { impl_->on_closed(socket, now); }
void MarketFeed::on_response(RequestTag tag, Timestamp now, const Expected<HttpResponse>& response) {
  impl_->poll_.on_response(tag, now, response);
}
void MarketFeed::request_book(Timestamp now, const model::RequestBook& request) { impl_->request_book(now, request); }
void MarketFeed::on_book_seen(model::TokenIndex token) {
  const Impl::Token* t = impl_->known(token);
  if (t == nullptr) return;
  for (std::size_t twin = 0; twin < impl_->twins(); ++twin) {
    if (impl_->socket(impl_->socket_of(t->link, twin)).subscription.confirm(token)) ++impl_->stats_.confirmed;
  }
}
void MarketFeed::on_beat(Timestamp now) { impl_->on_beat(now); }
void MarketFeed::on_timer(Timestamp now) { impl_->on_timer(now); }
Timestamp MarketFeed::next_timer() const { return std::min(impl_->next_, impl_->poll_.next_timer()); }

std::size_t MarketFeed::socket_count() const { return impl_->sockets_.size(); }
std::size_t MarketFeed::connection_count() const { return impl_->links_.size(); }
model::ConnectionIndex MarketFeed::connection_of(SocketIndex socket) const { return impl_->link_of(socket); }
model::ConnectionIndex MarketFeed::connection_of(model::TokenIndex token) const {
  const Impl::Token* t = impl_->known(token);
  return t == nullptr ? model::ConnectionIndex::none() : t->link;
}

LinkView MarketFeed::link(model::ConnectionIndex connection) const {
  const Impl::Link& l = *impl_->links_[connection.value()];
  return {.open = impl_->open(connection),
          .assets = l.assets.size(),
          .unconfirmed = impl_->unconfirmed(connection),
          .rate = l.watchdog.rate(l.watchdog.last_data()),
          .last_data = l.watchdog.last_data(),
          .reconnects = l.losses};
}

std::size_t MarketFeed::unconfirmed() const {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < impl_->links_.size(); ++i) {
    sum += impl_->unconfirmed(model::ConnectionIndex(static_cast<std::uint16_t>(i)));
  }
  return sum;
}

const FeedStats& MarketFeed::stats() const { return impl_->stats_; }
const BookPollStats& MarketFeed::book_stats() const { return impl_->poll_.stats(); }

}  // namespace ebb::session
