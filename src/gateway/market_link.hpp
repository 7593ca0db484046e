// The market feed on real sockets: session::MarketFeed tied to WebSockets, REST and an engine. Runs on the engine's thread:
// a frame is decoded, applied and evaluated where it was read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/engine.hpp"
#include "gateway/venue_address.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "net/websocket_client.hpp"
#include "session/market_feed.hpp"

namespace ebb::gateway {

/// Sees what the feed brings before the engine does: the paper venue, a recorder, an outside checker.
class FeedTap {
 public:
  virtual ~FeedTap() = default;
  virtual void on_frame(Timestamp /*received*/, model::ConnectionIndex, std::string_view /*text*/) {}
  /// ConnectionOpened, ConnectionClosed, FeedGap, LinkAlive, BookAnswer.
  virtual void on_feed_event(const model::Event&) {}
  /// After the engine has seen the frame or event.
  virtual void after(Timestamp) {}
};

/// A connection that was lost and came back.
struct Reopening {
  model::ConnectionIndex connection;
  Timestamp lost;
  Timestamp opened;
  std::size_t books = 0;  ///< that were TRUSTED when it was lost
  std::optional<Timestamp> trusted;  ///< all of them again; as exact as the timer's beat
};

class MarketLink : private session::FeedSink, private session::BookSource {
 public:
  /// Everything outlives the link; `tap` may be null.
  MarketLink(net::Loop& loop, const VenueAddress& venue, const session::FeedConfig& config, engine::Engine& engine,
             FeedTap* tap);
  ~MarketLink() override;

  void follow(model::TokenIndex token);
  void unfollow(model::TokenIndex token);
  void request_book(const model::RequestBook& request) { feed_.request_book(loop_.now(), request); }
  /// The engine's thread is awake: before anything reaches the engine from elsewhere.
  void on_beat() { feed_.on_beat(loop_.now()); }
  /// Timers that are due.
  void on_timer();
  void stop();
  [[nodiscard]] const session::MarketFeed& feed() const { return feed_; }
  /// Followed tokens whose book is not TRUSTED.
  [[nodiscard]] std::size_t untrusted() const;
  [[nodiscard]] const std::vector<model::TokenIndex>& followed() const { return followed_; }
  /// The first 256 of the run.
  [[nodiscard]] const std::vector<Reopening>& reopenings() const { return reopenings_; }

 private:
  class Socket;
  /// A lost connection whose books are awaited.
  struct Awaited {
    model::ConnectionIndex connection;
    Timestamp lost;
    std::vector<model::TokenIndex> books;
    std::size_t reopening = SIZE_MAX;  // in reopenings_; SIZE_MAX while it is down
  };
  void note_lost(Timestamp now, model::ConnectionIndex connection);
  void note_opened(Timestamp now, model::ConnectionIndex connection);
  void note_trusted(Timestamp now);
  // session::FeedSink
  void open(session::SocketIndex socket) override;
  void send(session::SocketIndex socket, std::string text) override;
  void close(session::SocketIndex socket) override;
  void request(session::RequestTag tag, HttpRequest request, Duration timeout) override;
  void frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) override;
  void deliver(const model::Event& event) override;
  // session::BookSource
  [[nodiscard]] session::BookState state(model::TokenIndex token) const override;
  [[nodiscard]] model::BookView view(model::TokenIndex token) const override;

  net::Loop& loop_;
  const VenueAddress& venue_;
  engine::Engine& engine_;
  FeedTap no_tap_;
  FeedTap* tap_;
  net::HttpPool rest_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<model::TokenIndex> followed_;
  std::vector<Awaited> awaited_;
  std::vector<Reopening> reopenings_;
  bool stopping_ = false;
  session::MarketFeed feed_;
};

}  // namespace ebb::gateway
