// The parts of MarketFeed. A link is what the engine calls a connection: one socket, or two of a twin pair.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "session/book_poll.hpp"
#include "session/data_watchdog.hpp"
#include "session/frame_scan.hpp"
#include "session/market_feed.hpp"
#include "session/reconnect.hpp"
#include "session/subscription.hpp"
#include "session/twin_filter.hpp"

namespace ebb::session {

/// A thread that stood still for longer decides nothing on what it saw before.
inline constexpr Duration kStandstill = seconds(2);

struct MarketFeed::Impl final : BookPollOwner {
  enum class SocketState : std::uint8_t { idle, waiting, connecting, open };
  struct Socket {
    Socket(const FeedConfig& config, Random random) : subscription(config), reconnect(config.reconnect, random) {}
    SocketState state = SocketState::idle;
    Timestamp due = kNever;  // waiting: connect then; connecting: give up then
    Timestamp opened;
    Timestamp last_pong;
    Timestamp next_ping;
    Subscription subscription;
    Reconnect reconnect;
    // Twins: what the other one brought before our last frame.
    Timestamp last_data;
    std::uint64_t data_frames = 0;
    std::uint64_t others_at_last = 0;
  };
  struct Link {
    Link(const FeedConfig& config, Random random) : watchdog(config.watchdog, random) {}
    std::vector<model::TokenIndex> assets;  // subscribed or to be
    std::size_t reserved = 0;  // places taken, siblings included
    bool told_open = false;  // as the engine knows it
    Timestamp grace_due = kNever;  // then REST bootstraps what has no book
    DataWatchdog watchdog;
    std::size_t rota_at = 0;
    std::uint64_t losses = 0;
    std::unique_ptr<TwinFilter> twins;
  };
  struct Token {
    model::ConnectionIndex link = model::ConnectionIndex::none();
    bool followed = false;
    Timestamp leave_at = kNever;  // unsubscribe then
    Timestamp renew_from;  // cool-down of a single token's subscription
    Timestamp rest_from;  // REST had nothing for it: no bootstrap before
    std::int64_t base_ms = 0;  // its book was complete up to here when its link was lost
    std::uint64_t updates_at_rota = 0;
    std::uint64_t heat = 0;  // updates, halved at every round of the rota
  };

  Impl(const FeedConfig& config, const model::MarketTable& markets, const BookSource& books, FeedSink& sink);

  // Tokens and their links (market_feed.cpp)
  void follow(Timestamp now, model::TokenIndex token);
  void unfollow(Timestamp now, model::TokenIndex token);
  void release(Timestamp now, model::TokenIndex token);
  [[nodiscard]] Token& slot(model::TokenIndex token);
  [[nodiscard]] const Token* known(model::TokenIndex token) const;
  [[nodiscard]] std::size_t places(model::TokenIndex token) const;
  [[nodiscard]] model::ConnectionIndex choose_link(model::TokenIndex token);
  void request_book(Timestamp now, const model::RequestBook& request);

  // Sockets (market_feed_sockets.cpp)
  void on_open(SocketIndex index, Timestamp now);
  void on_text(SocketIndex index, Timestamp now, std::string_view text);
  void on_other_text(SocketIndex index, Timestamp now, FrameKind kind, std::string_view text);
  void note_books(Socket& socket, std::string_view text);
  void on_closed(SocketIndex index, Timestamp now);
  void lose(SocketIndex index, Timestamp now, CloseReason reason);
  void drop(SocketIndex index, Timestamp now, CloseReason reason);
  void drop_link(model::ConnectionIndex index, Timestamp now, CloseReason reason);
  void wake(model::ConnectionIndex index, Timestamp now);
  void rest(model::ConnectionIndex index, Timestamp now);
  void step_socket(SocketIndex index, Timestamp now);
  void send_subscriptions(SocketIndex index, Timestamp now);
  void check_twins(model::ConnectionIndex index, Timestamp now);
  void stop(Timestamp now);

  // Watching (market_feed_watch.cpp)
  void on_timer(Timestamp now);
  void on_beat(Timestamp now) {
    if (beat_.is_set() && now - beat_ > kStandstill) [[unlikely]]
      on_standstill();
    beat_ = now;
  }
  void on_standstill();
  void step_link(model::ConnectionIndex index, Timestamp now);
  void bootstrap(model::ConnectionIndex index, Timestamp now);
  void cross_check(model::ConnectionIndex index, Timestamp now);
  void conclude(model::ConnectionIndex index, Timestamp now);
  void pick_tokens(Link& link, CheckWish wish, std::vector<model::TokenIndex>& tokens);
  void renew_token(Timestamp now, model::TokenIndex token);
  void on_polled_book(Timestamp now, model::TokenIndex token, std::string_view text) override;
  void on_poll_hopeless(Timestamp now, model::TokenIndex token) override;
  void on_sampled(Timestamp now, model::ConnectionIndex connection, std::span<const SampledBook> books) override;
  [[nodiscard]] Timestamp due_of(model::ConnectionIndex index, Timestamp now) const;

  [[nodiscard]] std::size_t twins() const { return config_.twin ? 2 : 1; }
  [[nodiscard]] model::ConnectionIndex link_of(SocketIndex socket) const {
    return model::ConnectionIndex(static_cast<std::uint16_t>(socket.value() / twins()));
  }
  [[nodiscard]] SocketIndex socket_of(model::ConnectionIndex link, std::size_t twin) const {
    return SocketIndex(static_cast<std::uint16_t>(link.value() * twins() + twin));
  }
  [[nodiscard]] Socket& socket(SocketIndex index) { return *sockets_[index.value()]; }
  [[nodiscard]] const Socket& socket(SocketIndex index) const { return *sockets_[index.value()]; }
  [[nodiscard]] Link& link(model::ConnectionIndex index) { return *links_[index.value()]; }
  [[nodiscard]] bool open(model::ConnectionIndex index) const;
  [[nodiscard]] std::size_t unconfirmed(model::ConnectionIndex index) const;
  void touch(Timestamp at) { next_ = at < next_ ? at : next_; }

  FeedConfig config_;
  const model::MarketTable* markets_;
  const BookSource* books_;
  FeedSink* sink_;
  BookPoll poll_;
  Random random_;
  ConnectGate gate_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<Token> tokens_;
  std::vector<model::TokenIndex> leaving_;
  Timestamp next_ = kNever;
  Timestamp beat_;  // unset before the first
  FeedStats stats_;
  SubscriptionFrame frame_;
  std::vector<model::TokenIndex> picked_;
};

}  // namespace ebb::session
