#include "gateway/market_link.hpp"

#include <algorithm>
#include <utility>

namespace ebb::gateway {
namespace {

constexpr std::size_t kReopeningsKept = 256;  // the first ones of a run

}  // namespace

class MarketLink::Socket : public net::WebSocketHandler {
 public:
  Socket(MarketLink& link, session::SocketIndex index)
      : link_(link), index_(index), client_(link.loop_, link.venue_.tls, *this) {}

  void on_open(Timestamp now) override { link_.feed_.on_open(index_, now); }
  void on_text(Timestamp received, std::string_view text) override { link_.feed_.on_text(index_, received, text); }
  void on_closed(Timestamp now, const Error&) override { link_.feed_.on_closed(index_, now); }
  [[nodiscard]] net::WebSocketClient& client() { return client_; }

 private:
  MarketLink& link_;
  session::SocketIndex index_;
  net::WebSocketClient client_;
};

MarketLink::MarketLink(net::Loop& loop, const VenueAddress& venue, const session::FeedConfig& config,
                       engine::Engine& engine, FeedTap* tap)
    : loop_(loop),
      venue_(venue),
      engine_(engine),
      tap_(tap != nullptr ? tap : &no_tap_),
      rest_(loop, venue.tls, venue.clob, {.connections = 4, .warm = 1}),
      feed_(config, engine.markets(), *this, *this) {}

MarketLink::~MarketLink() = default;

void MarketLink::follow(model::TokenIndex token) {
  if (std::find(followed_.begin(), followed_.end(), token) == followed_.end()) followed_.push_back(token);
  feed_.follow(loop_.now(), token);
}

void MarketLink::unfollow(model::TokenIndex token) {
  std::erase(followed_, token);
  feed_.unfollow(loop_.now(), token);
}

void MarketLink::on_timer() {
  const Timestamp now = loop_.now();
  if (feed_.next_timer() <= now) feed_.on_timer(now);
  if (!awaited_.empty()) note_trusted(now);
}

void MarketLink::note_lost(Timestamp now, model::ConnectionIndex connection) {
  auto lost =
      std::find_if(awaited_.begin(), awaited_.end(), [&](const Awaited& a) { return a.connection == connection; });
  if (lost == awaited_.end()) lost = awaited_.insert(lost, Awaited{.connection = connection, .lost = now, .books = {}});
  lost->reopening = SIZE_MAX;  // lost again before its books came: they are still awaited
  for (const model::TokenIndex token : followed_) {
    const bool known = std::find(lost->books.begin(), lost->books.end(), token) != lost->books.end();
    if (!known && feed_.connection_of(token) == connection && engine_.feed(token).trusted())
      lost->books.push_back(token);
  }
}

void MarketLink::note_opened(Timestamp now, model::ConnectionIndex connection) {
  const auto lost =
      std::find_if(awaited_.begin(), awaited_.end(), [&](const Awaited& a) { return a.connection == connection; });
  if (lost == awaited_.end() || reopenings_.size() >= kReopeningsKept) return;
  lost->reopening = reopenings_.size();
  reopenings_.push_back({connection, lost->lost, now, lost->books.size(), std::nullopt});
}

void MarketLink::note_trusted(Timestamp now) {
  std::erase_if(awaited_, [&](const Awaited& a) {
    if (a.reopening == SIZE_MAX) return false;
    const bool all = std::all_of(a.books.begin(), a.books.end(), [&](model::TokenIndex token) {
      return feed_.connection_of(token) != a.connection || engine_.feed(token).trusted();
    });
    if (all) reopenings_[a.reopening].trusted = now;
    return all;
  });
}

// Connections that we end ourselves are nobody's loss.
void MarketLink::stop() {
  stopping_ = true;
  feed_.stop(loop_.now());
}

std::size_t MarketLink::untrusted() const {
  return static_cast<std::size_t>(std::count_if(
      followed_.begin(), followed_.end(), [&](model::TokenIndex token) { return !engine_.feed(token).trusted(); }));
}

void MarketLink::open(session::SocketIndex socket) {
  while (sockets_.size() <= socket.value())
    sockets_.push_back(
        std::make_unique<Socket>(*this, session::SocketIndex(static_cast<std::uint16_t>(sockets_.size()))));
  sockets_[socket.value()]->client().connect(venue_.ws_market);
}

void MarketLink::send(session::SocketIndex socket, std::string text) {
  sockets_[socket.value()]->client().send(std::move(text));
}

void MarketLink::close(session::SocketIndex socket) {
  if (socket.value() < sockets_.size()) sockets_[socket.value()]->client().close();
}

void MarketLink::request(session::RequestTag tag, HttpRequest request, Duration timeout) {
  request.target = base_path(venue_.clob) + request.target;
  rest_.send(std::move(request), timeout, [this, tag](Timestamp received, Expected<HttpResponse> response) {
    feed_.on_response(tag, received, response);
  });
}

void MarketLink::frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) {
  tap_->on_frame(received, connection, text);
  engine_.on_market_frame(received, connection, text);
  tap_->after(received);
}

void MarketLink::deliver(const model::Event& event) {
  if (stopping_) return;
  tap_->on_feed_event(event);
  if (const auto* closed = std::get_if<model::ConnectionClosed>(&event.body)) note_lost(event.time, closed->connection);
  if (const auto* opened = std::get_if<model::ConnectionOpened>(&event.body))
    note_opened(event.time, opened->connection);
  engine_.on_event(event);
  tap_->after(event.time);
}

session::BookState MarketLink::state(model::TokenIndex token) const {
  const book::TokenFeed& feed = engine_.feed(token);
  return {.trusted = feed.trusted(),
          .exchange_ms = feed.exchange_ms(),
          .updates = feed.stats().snapshots + feed.stats().changes};
}

model::BookView MarketLink::view(model::TokenIndex token) const { return engine_.feed(token).book().view(); }

}  // namespace ebb::gateway
