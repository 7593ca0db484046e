// Sockets of the market feed: connecting, subscribing, PING and PONG, frames, losses.
#include <algorithm>

#include "polymarket/ws_messages.hpp"
#include "session/market_feed_impl.hpp"

namespace ebb::session {

/// The link carries assets: its sockets that rest are to connect.
void MarketFeed::Impl::wake(model::ConnectionIndex index, Timestamp now) {
  for (std::size_t twin = 0; twin < twins(); ++twin) {
    Socket& s = socket(socket_of(index, twin));
    if (s.state != SocketState::idle) continue;
    s.state = SocketState::waiting;
    s.due = now;
  }
  touch(now);
}

/// The link carries nothing any more.
void MarketFeed::Impl::rest(model::ConnectionIndex index, Timestamp now) {
  drop_link(index, now, CloseReason::unused);
  for (std::size_t twin = 0; twin < twins(); ++twin) {
    Socket& s = socket(socket_of(index, twin));
    s.state = SocketState::idle;
    s.due = kNever;
  }
}

void MarketFeed::Impl::stop(Timestamp now) {
  for (std::size_t i = 0; i < links_.size(); ++i) rest(model::ConnectionIndex(static_cast<std::uint16_t>(i)), now);
  for (Token& token : tokens_) token = {};
  for (std::size_t i = 0; i < sockets_.size(); ++i) sockets_[i]->subscription = Subscription(config_);
  for (const auto& l : links_) {
    l->assets.clear();
    l->reserved = 0;
  }
  leaving_.clear();
  next_ = kNever;
}

void MarketFeed::Impl::on_open(SocketIndex index, Timestamp now) {
  Socket& s = socket(index);
  if (s.state != SocketState::connecting) return;
  s.state = SocketState::open;
  s.opened = s.last_pong = s.last_data = now;
  s.next_ping = now + config_.ping_interval;
  s.due = kNever;
  s.data_frames = s.others_at_last = 0;
  s.subscription.opened(now);
  ++stats_.connects;
  const model::ConnectionIndex link_index = link_of(index);
  Link& l = link(link_index);
  for (std::size_t twin = 0; twin < twins(); ++twin) {
    Socket& other = socket(socket_of(link_index, twin));
    other.others_at_last = socket(socket_of(link_index, twins() - 1 - twin)).data_frames;
  }
  if (!l.told_open) {
    l.told_open = true;
    l.grace_due = now + config_.snapshot_grace;  // the stream comes first: no REST for what the engine asks for now
    for (const model::TokenIndex token : l.assets) slot(token).base_ms = books_->state(token).exchange_ms;
    l.watchdog.opened(now);
    sink_->deliver({now, model::ConnectionOpened{link_index}});
  }
  send_subscriptions(index, now);
  touch(now);
}

void MarketFeed::Impl::send_subscriptions(SocketIndex index, Timestamp now) {
  Socket& s = socket(index);
  if (!s.subscription.next_frame(now, frame_)) return;
  std::vector<std::string_view> ids;
  for (const model::TokenIndex token : frame_.tokens) ids.push_back(markets_->token_id(token));
  switch (frame_.kind) {
    case SubscriptionFrame::Kind::hello:
      sink_->send(index, polymarket::market_hello(ids, config_.custom_features));
      break;
    case SubscriptionFrame::Kind::subscribe:
      sink_->send(index, polymarket::market_subscribe(ids, config_.custom_features));
      break;
    case SubscriptionFrame::Kind::unsubscribe: sink_->send(index, polymarket::market_unsubscribe(ids)); return;
  }
  link(link_of(index)).grace_due = now + config_.snapshot_grace;
}

void MarketFeed::Impl::on_text(SocketIndex index, Timestamp now, std::string_view text) {
  Socket& s = socket(index);
  if (s.state != SocketState::open) return;
  ++stats_.frames;
  const FrameKind kind = classify_frame(text);
  if (kind != FrameKind::data || text.size() > config_.largest_frame) [[unlikely]] {
    on_other_text(index, now, kind, text);
    return;
  }
  ++stats_.data_frames;
  if (s.subscription.unconfirmed() != 0) [[unlikely]]
    note_books(s, text);
  const model::ConnectionIndex link_index = link_of(index);
  Link& l = link(link_index);
  if (l.twins != nullptr) {
    const int twin = static_cast<int>(index.value() % 2);
    ++s.data_frames;
    s.last_data = now;
    s.others_at_last = socket(socket_of(link_index, 1U - static_cast<std::size_t>(twin))).data_frames;
    if (!l.twins->first(twin, now, text)) {
      ++stats_.twin_duplicates;
      return;
    }
  }
  l.watchdog.on_data(now);
  sink_->frame(now, link_index, text);
}

// Any text proves that the server lives; only market data of a token proves that the subscription does.
void MarketFeed::Impl::on_other_text(SocketIndex index, Timestamp now, FrameKind kind, std::string_view text) {
  const model::ConnectionIndex link_index = link_of(index);
  switch (kind) {
    case FrameKind::data:
      ++stats_.oversized;  // whatever was in it is lost
      sink_->deliver({now, model::FeedGap{link_index}});
      return;
    case FrameKind::global:
      ++stats_.global_frames;
      if (text.size() <= config_.largest_frame) sink_->frame(now, link_index, text);
      return;
    case FrameKind::empty: ++stats_.empty_frames; break;
    case FrameKind::pong:
      ++stats_.pongs;
      socket(index).last_pong = now;
      break;
    case FrameKind::ping: sink_->send(index, std::string(polymarket::kPong)); break;
    case FrameKind::other: ++stats_.non_json; break;
  }
  sink_->deliver({now, model::LinkAlive{link_index}});
}

void MarketFeed::Impl::note_books(Socket& socket, std::string_view text) {
  for_each_book(text, [&](std::string_view asset) {
    const model::TokenIndex token = markets_->find_token(asset);
    if (token.valid() && socket.subscription.confirm(token)) ++stats_.confirmed;
  });
}

void MarketFeed::Impl::on_closed(SocketIndex index, Timestamp now) {
  const SocketState state = socket(index).state;
  if (state == SocketState::connecting) lose(index, now, CloseReason::connect_failed);
  if (state == SocketState::open) lose(index, now, CloseReason::remote);
}

/// We end the connection.
void MarketFeed::Impl::drop(SocketIndex index, Timestamp now, CloseReason reason) {
  const SocketState state = socket(index).state;
  if (state != SocketState::connecting && state != SocketState::open) return;
  sink_->close(index);
  lose(index, now, reason);
}

void MarketFeed::Impl::drop_link(model::ConnectionIndex index, Timestamp now, CloseReason reason) {
  for (std::size_t twin = 0; twin < twins(); ++twin) drop(socket_of(index, twin), now, reason);
}

void MarketFeed::Impl::lose(SocketIndex index, Timestamp now, CloseReason reason) {
  Socket& s = socket(index);
  const bool was_open = s.state == SocketState::open;
  ++stats_.closes[static_cast<std::size_t>(reason)];
  s.state = SocketState::waiting;
  s.due = now + s.reconnect.after_loss(was_open ? now - s.opened : Duration(0));
  s.subscription.closed();
  touch(s.due);
  const model::ConnectionIndex link_index = link_of(index);
  Link& l = link(link_index);
  if (!was_open || !l.told_open) return;
  if (!open(link_index)) {
    l.told_open = false;
    l.grace_due = kNever;
    ++l.losses;
    ++stats_.link_losses;
    l.watchdog.closed();
    for (const model::TokenIndex token : l.assets) poll_.forget(token);
    sink_->deliver({now, model::ConnectionClosed{link_index}});
  } else if (unconfirmed(link_index) > 0) {
    // The other twin goes on, but what it was not yet subscribed to has a hole now.
    sink_->deliver({now, model::FeedGap{link_index}});
  }
}

void MarketFeed::Impl::step_socket(SocketIndex index, Timestamp now) {
  Socket& s = socket(index);
  switch (s.state) {
    case SocketState::idle: return;
    case SocketState::waiting:
      if (now < s.due) return;
      if (!gate_.pass(now)) {
        s.due = gate_.free_at();
        return;
      }
      s.state = SocketState::connecting;
      s.due = now + config_.reconnect.connect_timeout;
      sink_->open(index);
      return;
    case SocketState::connecting:
      if (now >= s.due) drop(index, now, CloseReason::connect_failed);
      return;
    case SocketState::open: break;
  }
  if (now - s.last_pong >= config_.pong_timeout) {
    drop(index, now, CloseReason::no_pong);
    return;
  }
  if (now >= s.next_ping) {
    s.next_ping = now + config_.ping_interval;
    sink_->send(index, std::string(polymarket::kPing));
  }
  stats_.resubscribed += s.subscription.renew_overdue(now);
  send_subscriptions(index, now);
}

/// One socket of the pair brings data and the other none: no REST is needed to tell.
void MarketFeed::Impl::check_twins(model::ConnectionIndex index, Timestamp now) {
  const auto& watch = config_.watchdog;
  for (std::size_t twin = 0; twin < 2; ++twin) {
    const Socket& s = socket(socket_of(index, twin));
    const Socket& other = socket(socket_of(index, 1 - twin));
    if (s.state != SocketState::open || other.state != SocketState::open) return;
    const bool silent = now - s.last_data >= watch.twin_silence && now - s.opened >= watch.twin_silence;
    const std::uint64_t missed = other.data_frames - std::min(other.data_frames, s.others_at_last);
    if (silent && missed >= watch.twin_frames) drop(socket_of(index, twin), now, CloseReason::twin_frozen);
  }
}

}  // namespace ebb::session
