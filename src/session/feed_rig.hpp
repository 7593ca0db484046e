// For tests only: a venue, a network and an engine's books in miniature, on a simulated clock.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.hpp"
#include "base/random.hpp"
#include "model/event.hpp"
#include "model/market.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/market_decoder.hpp"
#include "session/market_feed.hpp"

namespace ebb::session::test {

using Side = std::map<std::int32_t, std::int64_t>;  // price raw -> size raw

/// A book as text and as levels. The venue's truth and the engine's copy are of this kind.
struct Ladders {
  Side bids;
  Side asks;
  std::int64_t ms = 0;
};

inline std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

inline std::string levels_text(const Side& side, bool ascending) {
  std::string out = "[";
  const auto add = [&](const auto& level) {
    if (out.size() > 1) out += ',';
    out += "{\"price\":" + in_quotes(to_text(Price(level.first))) +
           ",\"size\":" + in_quotes(to_text(Shares(level.second))) + "}";
  };
  if (ascending) {
    for (const auto& level : side) add(level);
  } else {
    for (auto it = side.rbegin(); it != side.rend(); ++it) add(*it);
  }
  return out + "]";
}

/// A `book` of the initial dump; REST takes the same without its event_type.
inline std::string book_text(std::string_view token, const Ladders& book, bool rest = false) {
  return "{\"market\":\"0xc\",\"asset_id\":" + in_quotes(token) +
         ",\"timestamp\":" + in_quotes(std::to_string(book.ms)) +
         ",\"hash\":\"ab\",\"bids\":" + levels_text(book.bids, true) + ",\"asks\":" + levels_text(book.asks, false) +
         (rest ? ",\"min_order_size\":\"5\",\"tick_size\":\"0.01\",\"neg_risk\":false,\"last_trade_price\":\"0.5\"}"
               : ",\"tick_size\":\"0.01\",\"event_type\":\"book\",\"last_trade_price\":\"0.5\"}");
}

/// What a test may break.
struct Faults {
  std::set<std::uint16_t> frozen;  ///< sockets that answer PING and bring nothing
  std::set<std::uint16_t> mute;  ///< sockets that bring nothing at all
  std::set<std::string> lost_tokens;  ///< their changes do not leave on any socket
  bool refuse_connects = false;
  bool empty_dumps = false;  ///< `[]` instead of books after a subscription
  bool rest_down = false;
  int rest_status = 0;  ///< instead of an answer
  bool rest_ghosts = false;
  bool prices_down = false;
  std::map<std::string, Ladders> rest_stale;  ///< REST shows these instead
};

class FeedRig final : public FeedSink, public BookSource {
 public:
  struct EngineBook {
    Ladders book;
    bool trusted = false;
    std::uint64_t updates = 0;
    std::vector<std::uint16_t> bid_prices, ask_prices;
    std::vector<std::int64_t> bid_sizes, ask_sizes;
    std::vector<std::function<void(EngineBook&)>> buffered;
  };

  explicit FeedRig(FeedConfig config, std::size_t markets, std::uint64_t seed = 1) : random_(seed) {
    for (std::size_t i = 0; i < markets; ++i) {
      model::MarketSpec spec;
      spec.condition_id = "0x" + std::to_string(i);
      spec.tokens[0] = {.token_id = std::to_string(1'000'000 + 2 * i), .outcome = "Yes"};
      spec.tokens[1] = {.token_id = std::to_string(1'000'001 + 2 * i), .outcome = "No"};
      (void)table.add(spec);
    }
    books.resize(2 * markets);
    for (std::size_t t = 0; t < books.size(); ++t) {
      Ladders& truth = venue[id(t)];
      const int mid = 3'000 + static_cast<int>(random_.below(40)) * 100;
      for (int k = 1; k <= 4; ++k) {
        truth.bids[mid - k * 100] = shares_of(10 * k).raw();
        truth.asks[mid + k * 100] = shares_of(10 * k).raw();
      }
      truth.ms = now.ms() - 60'000;
    }
    feed = std::make_unique<MarketFeed>(config, table, *this, *this);
  }

  [[nodiscard]] const std::string& id(std::size_t token) const {
    return table.token_id(model::TokenIndex(static_cast<std::uint32_t>(token)));
  }
  static model::TokenIndex token(std::size_t i) { return model::TokenIndex(static_cast<std::uint32_t>(i)); }
  void follow_all() {
    for (std::size_t i = 0; i < books.size(); ++i) feed->follow(now, token(i));
  }

  // The clock
  void at(Timestamp when, std::function<void()> what) { queue_.push({when, sequence_++, std::move(what)}); }
  void in(Duration delay, std::function<void()> what) { at(now + delay, std::move(what)); }
  void run_until(Timestamp end) {
    for (;;) {
      const Timestamp timer = feed->next_timer();
      const Timestamp event = queue_.empty() ? kNever : queue_.top().at;
      const Timestamp next = std::min(timer, event);
      if (next > end) break;
      now = std::max(now, next);
      if (event <= timer) {
        auto what = queue_.top().what;
        queue_.pop();
        what();
      } else {
        feed->on_timer(now);
      }
    }
    now = end;
  }
  void run_for(Duration span) { run_until(now + span); }

  // The venue
  /// Changes one level of the token and tells it.
  void change(std::size_t index) {
    Ladders& truth = venue[id(index)];
    Side& side = random_.below(2) == 0 ? truth.bids : truth.asks;
    auto level = side.begin();
    std::advance(level, static_cast<std::ptrdiff_t>(random_.below(side.size())));
    level->second = shares_of(1 + static_cast<std::int64_t>(random_.below(500))).raw();
    truth.ms = std::max(truth.ms + 1, now.ms());
    const bool bid = &side == &truth.bids;
    publish(index, "{\"market\":\"0xc\",\"price_changes\":[{\"asset_id\":" + in_quotes(id(index)) +
                       ",\"price\":" + in_quotes(to_text(Price(level->first))) + ",\"size\":" +
                       in_quotes(to_text(Shares(level->second))) + ",\"side\":" + (bid ? "\"BUY\"" : "\"SELL\"") +
                       ",\"hash\":\"ab\",\"best_bid\":\"\",\"best_ask\":\"\"}],"
                       "\"timestamp\":" +
                       in_quotes(std::to_string(truth.ms)) + ",\"event_type\":\"price_change\"}");
  }
  /// A text for everybody who subscribed to the token.
  void publish(std::size_t index, const std::string& text) {
    if (faults.lost_tokens.contains(id(index))) return;
    for (auto& [socket, state] : sockets) {
      if (state.subscribed.contains(id(index))) push(socket, text);
    }
  }
  void push(std::uint16_t socket, const std::string& text) {
    const std::uint64_t life = sockets[socket].life;
    in(latency, [this, socket, life, text] {
      const bool silent = faults.mute.contains(socket) || (faults.frozen.contains(socket) && text != "PONG");
      if (sockets[socket].life == life && sockets[socket].open && !silent)
        feed->on_text(SocketIndex(socket), now, text);
    });
  }
  void disconnect(std::uint16_t socket) {
    sockets[socket] = {.life = sockets[socket].life + 1, .open = false, .subscribed = {}, .opened = {}};
    feed->on_closed(SocketIndex(socket), now);
  }
  [[nodiscard]] bool all_trusted() const {
    return std::ranges::all_of(books, [](const EngineBook& b) { return b.trusted; });
  }
  [[nodiscard]] std::size_t trusted() const {
    return static_cast<std::size_t>(std::ranges::count_if(books, [](const EngineBook& b) { return b.trusted; }));
  }
  [[nodiscard]] bool equal_to_venue(std::size_t index) const {
    const Ladders& truth = venue.at(id(index));
    return books[index].book.bids == truth.bids && books[index].book.asks == truth.asks;
  }

  // FeedSink
  void open(SocketIndex socket) override {
    ++opens;
    open_times.push_back(now);
    const std::uint16_t s = socket.value();
    const std::uint64_t life = ++sockets[s].life;
    in(milliseconds(40), [this, s, life] {
      if (sockets[s].life != life) return;
      if (faults.refuse_connects) {
        feed->on_closed(SocketIndex(s), now);
        return;
      }
      sockets[s].open = true;
      sockets[s].opened = now;
      feed->on_open(SocketIndex(s), now);
    });
  }
  void close(SocketIndex socket) override {
    ++closes;
    sockets[socket.value()] = {.life = sockets[socket.value()].life + 1, .open = false, .subscribed = {}, .opened = {}};
    faults.frozen.erase(socket.value());
    faults.mute.erase(socket.value());
  }
  void send(SocketIndex socket, std::string text) override {
    sent.push_back({socket.value(), now, text});
    if (sent.size() > 4'096) sent.pop_front();
    const std::uint16_t s = socket.value();
    const std::uint64_t life = sockets[s].life;
    in(latency, [this, s, life, text] {
      if (sockets[s].life == life && sockets[s].open) serve(s, text);
    });
  }
  void request(RequestTag tag, HttpRequest request, Duration timeout) override {
    requests.push_back(request);
    if (requests.size() > 4'096) requests.pop_front();
    if (faults.rest_down) {
      in(timeout, [this, tag] { feed->on_response(tag, now, fail("net.timeout", "no answer")); });
      return;
    }
    const Duration there = milliseconds(30 + static_cast<std::int64_t>(random_.below(60)));
    in(there, [this, tag, request, there] {
      const HttpResponse response = answer(request);
      in(there, [this, tag, response] { feed->on_response(tag, now, response); });
    });
  }
  void frame(Timestamp, model::ConnectionIndex connection, std::string_view text) override {
    ++frames;
    decode(connection, text);
  }
  void deliver(const model::Event& event) override {
    events.push_back(event.body.index());
    if (events.size() > 4'096) events.pop_front();
    if (const auto* e = std::get_if<model::ConnectionOpened>(&event.body)) distrust(e->connection);
    if (const auto* e = std::get_if<model::ConnectionClosed>(&event.body)) {
      ++link_losses;
      last_loss = now;
      distrust(e->connection);
    }
    if (const auto* e = std::get_if<model::FeedGap>(&event.body)) distrust(e->connection);
    if (std::get_if<model::LinkAlive>(&event.body) != nullptr) ++alive;
    if (const auto* e = std::get_if<model::BookAnswer>(&event.body)) {
      ++(e->ok ? rest_books : rest_refusals);
      if (e->ok) decode(e->connection, e->text);
    }
  }

  // BookSource
  [[nodiscard]] BookState state(model::TokenIndex t) const override {
    const EngineBook& b = books[t.value()];
    return {.trusted = b.trusted, .exchange_ms = b.book.ms, .updates = b.updates};
  }
  [[nodiscard]] model::BookView view(model::TokenIndex t) const override {
    auto& b = const_cast<EngineBook&>(books[t.value()]);
    b.bid_prices.clear();
    b.bid_sizes.clear();
    b.ask_prices.clear();
    b.ask_sizes.clear();
    for (const auto& [price, size] : b.book.bids) {
      b.bid_prices.push_back(static_cast<std::uint16_t>(price));
      b.bid_sizes.push_back(size);
    }
    for (auto it = b.book.asks.rbegin(); it != b.book.asks.rend(); ++it) {
      b.ask_prices.push_back(static_cast<std::uint16_t>(it->first));
      b.ask_sizes.push_back(it->second);
    }
    return {b.bid_prices, b.bid_sizes, b.ask_prices, b.ask_sizes};
  }

  struct VenueSocket {
    std::uint64_t life = 0;
    bool open = false;
    std::set<std::string> subscribed;
    Timestamp opened;
  };
  struct Sent {
    std::uint16_t socket = 0;
    Timestamp time;
    std::string text;
  };

  Timestamp now = from_ms(1'790'000'000'000);
  Duration latency = milliseconds(25);
  model::MarketTable table;
  std::vector<EngineBook> books;
  std::map<std::string, Ladders> venue;
  std::map<std::uint16_t, VenueSocket> sockets;
  Faults faults;
  std::deque<Sent> sent;
  std::deque<HttpRequest> requests;
  std::deque<std::size_t> events;
  std::vector<Timestamp> open_times;
  std::uint64_t opens = 0, closes = 0, frames = 0, alive = 0, rest_books = 0, rest_refusals = 0, link_losses = 0;
  Timestamp last_loss;
  std::unique_ptr<MarketFeed> feed;

 private:
  struct Item {
    Timestamp at;
    std::uint64_t sequence = 0;
    std::function<void()> what;
    bool operator<(const Item& other) const { return std::pair(at, sequence) > std::pair(other.at, other.sequence); }
  };

  static std::vector<std::string> list(const polymarket::JsonTree& tree, std::string_view key) {
    std::vector<std::string> out;
    const std::uint32_t array = tree.find(0, key);
    for (std::uint32_t i = array + 1; array != 0 && i < tree[array].end; i = tree[i].end)
      out.emplace_back(tree[i].text);
    return out;
  }

  void serve(std::uint16_t socket, const std::string& text) {
    if (text == "PING") {
      push(socket, "PONG");
      return;
    }
    polymarket::JsonTree tree;
    if (!tree.parse(text)) {
      push(socket, "INVALID OPERATION");
      return;
    }
    const bool leaves = tree.member(0, "operation").text == "unsubscribe";
    std::string dump = "[";
    for (const std::string& asset : list(tree, "assets_ids")) {
      if (leaves) {
        sockets[socket].subscribed.erase(asset);
        continue;
      }
      sockets[socket].subscribed.insert(asset);
      if (faults.lost_tokens.contains(asset) || !venue.contains(asset)) continue;
      if (dump.size() > 1) dump += ',';
      dump += book_text(asset, venue[asset]);
    }
    if (!leaves) push(socket, faults.empty_dumps ? "[]" : dump + "]");
  }

  HttpResponse answer(const HttpRequest& request) {
    if (faults.rest_status != 0) return {.status = faults.rest_status, .headers = {}, .body = "<html>no</html>"};
    polymarket::JsonTree tree;
    std::vector<std::string> ids;
    if (request.method == HttpMethod::get) {
      ids.push_back(query_value(request.query(), "token_id"));
    } else if (tree.parse(request.body)) {
      for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) ids.emplace_back(tree.member(i, "token_id").text);
    }
    if (request.path() == "/prices") return prices(ids);
    std::string body;
    for (const std::string& one : ids) {
      if (!venue.contains(one)) continue;
      Ladders book = faults.rest_stale.contains(one) ? faults.rest_stale[one] : venue[one];
      if (faults.rest_ghosts) book = {.bids = {{100, 1'000'000}}, .asks = {{9'900, 1'000'000}}, .ms = now.ms()};
      body += (body.empty() ? "" : ",") + book_text(one, book, true);
    }
    if (request.method == HttpMethod::post) return {.status = 200, .headers = {}, .body = "[" + body + "]"};
    if (!body.empty()) return {.status = 200, .headers = {}, .body = body};
    return {.status = 404, .headers = {}, .body = R"({"error":"No orderbook exists for the requested token id"})"};
  }
  HttpResponse prices(const std::vector<std::string>& ids) {
    if (faults.prices_down) return {.status = 503, .headers = {}, .body = "{}"};
    std::string body;
    for (const std::string& one : std::set<std::string>(ids.begin(), ids.end())) {
      const Ladders& truth = venue[one];
      body += (body.empty() ? "\"" : ",\"") + one + "\":{";
      if (!truth.bids.empty()) body += "\"BUY\":" + in_quotes(to_text(Price(truth.bids.rbegin()->first)));
      if (!truth.asks.empty()) {
        body +=
            (truth.bids.empty() ? "\"SELL\":" : ",\"SELL\":") + in_quotes(to_text(Price(truth.asks.begin()->first)));
      }
      body += "}";
    }
    return {.status = 200, .headers = {}, .body = "{" + body + "}"};
  }

  // The engine's half: as much of it as the feed can see.
  void decode(model::ConnectionIndex connection, std::string_view text) {
    decoder_.decode(text, decoded_);
    for (const model::MarketEvent& event : decoded_.events) {
      if (event.kind == model::MarketEventKind::book) {
        const model::TokenIndex t = table.find_token(event.asset_id);
        if (!t.valid()) continue;
        EngineBook& b = books[t.value()];
        link_of_[t.value()] = connection;
        ++b.updates;
        if (b.trusted && event.timestamp_ms < b.book.ms) continue;
        b.book = {.bids = {}, .asks = {}, .ms = event.timestamp_ms};
        for (const auto& l : decoded_.bids(event)) b.book.bids[l.price.raw()] = l.size.raw();
        for (const auto& l : decoded_.asks(event)) b.book.asks[l.price.raw()] = l.size.raw();
        b.trusted = true;
        const auto buffered = std::move(b.buffered);
        b.buffered.clear();
        for (const auto& apply : buffered) apply(b);
      }
      for (const model::LevelChange& c : decoded_.changes_of(event)) {
        if (event.kind != model::MarketEventKind::price_change) break;
        const model::TokenIndex t = table.find_token(c.asset_id);
        if (!t.valid()) continue;
        EngineBook& b = books[t.value()];
        ++b.updates;
        const auto apply = [side = c.side, price = c.price.raw(), size = c.size.raw(),
                            ms = event.timestamp_ms](EngineBook& to) {
          if (ms < to.book.ms) return;
          Side& ladder = side == model::Side::buy ? to.book.bids : to.book.asks;
          if (size == 0)
            ladder.erase(price);
          else
            ladder[price] = size;
          to.book.ms = ms;
        };
        if (!b.trusted)
          b.buffered.emplace_back(apply);
        else
          apply(b);
      }
    }
  }
  void distrust(model::ConnectionIndex connection) {
    for (std::size_t i = 0; i < books.size(); ++i) {
      if (!link_of_.contains(static_cast<std::uint32_t>(i)) || link_of_[static_cast<std::uint32_t>(i)] != connection)
        continue;
      const bool was = books[i].trusted;
      books[i].trusted = false;
      books[i].buffered.clear();
      if (was) feed->request_book(now, {token(i), model::BookRequestReason::untrusted});
    }
  }

  Random random_;
  std::priority_queue<Item> queue_;
  std::uint64_t sequence_ = 0;
  std::map<std::uint32_t, model::ConnectionIndex> link_of_;
  polymarket::MarketDecoder decoder_;
  model::DecodedFrame decoded_;
};

}  // namespace ebb::session::test
