// The market feed: many WebSockets of at most 200 assets each, kept subscribed, alive and honest (rules 1.3, 1.4;
// protocol 2). A pure state machine: inputs carry the time, outputs go to a FeedSink.
//
//   MarketFeed feed(config, engine.markets(), books, sink);
//   feed.follow(now, token);                     // any time; both tokens of a market share a connection
//   feed.on_open(socket, now); feed.on_text(socket, now, text); feed.on_closed(socket, now);
//   feed.request_book(now, request);             // the engine's RequestBook commands
//   feed.on_response(tag, now, answer);
//   feed.on_timer(now);                          // whenever next_timer() has come
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "base/time.hpp"
#include "model/command.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"
#include "session/book_poll.hpp"
#include "session/feed_config.hpp"
#include "session/feed_sink.hpp"

namespace ebb::session {

/// One connection as displays show it.
struct LinkView {
  bool open = false;  ///< at least one of its sockets is
  std::size_t assets = 0;
  std::size_t unconfirmed = 0;  ///< assets that no open socket has shown a book of
  double rate = 0;  ///< data frames a second over the last minute
  Timestamp last_data;
  std::uint64_t reconnects = 0;
};

/// One thread: the engine's. Times never go back. Sink, markets and books must outlive it.
class MarketFeed {
 public:
  MarketFeed(const FeedConfig& config, const model::MarketTable& markets, const BookSource& books, FeedSink& sink);
  ~MarketFeed();
  MarketFeed(const MarketFeed&) = delete;
  MarketFeed& operator=(const MarketFeed&) = delete;

  /// Wants the token's data from now on. A token that waits for its unsubscription stays subscribed. Its sibling gets a
  /// place on the same connection but is not subscribed before it is followed, too.
  void follow(Timestamp now, model::TokenIndex token);
  /// Unsubscribes after the grace.
  void unfollow(Timestamp now, model::TokenIndex token);
  /// Closes every socket and forgets every wish.
  void stop(Timestamp now);

  void on_open(SocketIndex socket, Timestamp now);
  /// A text frame. A data frame costs tens of nanoseconds here and no allocation once everything is confirmed.
  void on_text(SocketIndex socket, Timestamp now, std::string_view text);
  void on_closed(SocketIndex socket, Timestamp now);
  void on_response(RequestTag tag, Timestamp now, const Expected<HttpResponse>& response);
  /// The engine wants a fresh book. May be called from inside the sink's functions.
  void request_book(Timestamp now, const model::RequestBook& request);
  /// The owner saw a book of the token on the connection: as good as seeing it in a frame.
  void on_book_seen(model::TokenIndex token);

  void on_timer(Timestamp now);
  [[nodiscard]] Timestamp next_timer() const;
  /// The owner's thread is alive. To be called often (every few milliseconds), and before the engine hears anything from
  /// elsewhere: after a standstill what it saw is old, and every open link gets a gap before any timer runs late.
  void on_beat(Timestamp now);

  /// Sockets that were ever opened; SocketIndex is below it.
  [[nodiscard]] std::size_t socket_count() const;
  [[nodiscard]] std::size_t connection_count() const;
  [[nodiscard]] LinkView link(model::ConnectionIndex connection) const;
  /// The connection that carries the token; none() when it is not followed.
  [[nodiscard]] model::ConnectionIndex connection_of(model::TokenIndex token) const;
  [[nodiscard]] model::ConnectionIndex connection_of(SocketIndex socket) const;
  /// Followed tokens that no socket has confirmed since it was opened.
  [[nodiscard]] std::size_t unconfirmed() const;
  [[nodiscard]] const FeedStats& stats() const;
  [[nodiscard]] const BookPollStats& book_stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::session
