// What a market feed asks of the outside, and what it may look at. The gateway implements both with a few lines each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/http_message.hpp"
#include "base/strong.hpp"
#include "base/time.hpp"
#include "model/event.hpp"
#include "model/ids.hpp"
#include "model/market_data.hpp"

namespace ebb::session {

/// One market WebSocket. Two sockets of a twin pair carry one model::ConnectionIndex.
using SocketIndex = Id<struct SocketTag, std::uint16_t>;
/// Names a request until its answer.
using RequestTag = Id<struct RequestTagTag, std::uint64_t>;

/// Outputs of MarketFeed. Called synchronously; none of these may call back into the feed, except that `frame` and
/// `deliver` (the engine decides inside them) may call MarketFeed::request_book.
class FeedSink {
 public:
  virtual ~FeedSink() = default;
  /// Connect to the market WebSocket. Answered by on_open or on_closed.
  virtual void open(SocketIndex socket) = 0;
  virtual void send(SocketIndex socket, std::string text) = 0;
  /// Drop the connection; no on_closed follows.
  virtual void close(SocketIndex socket) = 0;
  /// A request to the CLOB's REST host. Answered by on_response with the same tag, exactly once.
  virtual void request(RequestTag tag, HttpRequest request, Duration timeout) = 0;
  /// A data frame for the engine: Engine::on_market_frame. The hot path.
  virtual void frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) = 0;
  /// Every other event for the engine: ConnectionOpened, ConnectionClosed, LinkAlive, FeedGap, BookAnswer.
  virtual void deliver(const model::Event& event) = 0;
};

/// What the engine's book of a token looks like at this moment.
struct BookState {
  bool trusted = false;
  std::int64_t exchange_ms = 0;  ///< newest message applied; 0 = none
  std::uint64_t updates = 0;     ///< messages so far, any monotonic count: tells lively tokens from quiet ones
};
/// The engine's books, read on the engine's thread (TokenFeed: trusted(), exchange_ms(), stats().changes + snapshots,
/// book().view()).
class BookSource {
 public:
  virtual ~BookSource() = default;
  [[nodiscard]] virtual BookState state(model::TokenIndex token) const = 0;
  [[nodiscard]] virtual model::BookView view(model::TokenIndex token) const = 0;
};

}  // namespace ebb::session
