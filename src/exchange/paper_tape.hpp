// For tests of the paper venue: hand-made market frames and orders in a few words. Times are milliseconds after kStart.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "exchange/paper_venue.hpp"

namespace ebb::exchange::tape {

inline constexpr std::int64_t kStart = 1'776'000'000'000;
[[nodiscard]] constexpr Timestamp at(std::int64_t ms) { return from_ms(kStart + ms); }

/// {price raw, shares}; best level last, as the venue sends it.
using Levels = std::vector<std::pair<int, std::int64_t>>;

[[nodiscard]] inline PaperConfig exact_latency(PaperConfig config = {}) {
  config.placement.sigma = 0.0;
  config.cancel.sigma = 0.0;
  config.settlement.p99 = config.settlement.median;  // every delay is its median
  return config;
}

struct Tape {
  explicit Tape(PaperConfig config = exact_latency(), bool both_tokens = true) : venue(std::move(config)) {
    model::MarketSpec spec;
    spec.condition_id = "0xc0";
    spec.slug = "test-market";
    spec.tokens[0] = {"111", "Yes"};
    if (both_tokens) spec.tokens[1] = {"222", "No"};
    market = *venue.add_market(spec);
    yes = venue.markets().token_of(market, 0);
    no = venue.markets().token_of(market, 1);
  }

  // ---- the feed ----
  void book(std::int64_t ms, const Levels& bids, const Levels& asks, const char* asset = "111") {
    book_stamped(ms, kStart + ms, bids, asks, asset);
  }
  void book_stamped(std::int64_t ms, std::int64_t exchange_ms, const Levels& bids, const Levels& asks,
                    const char* asset = "111") {
    frame.clear();
    model::MarketEvent event = blank(model::MarketEventKind::book, exchange_ms, asset);
    for (const auto& [price, size] : bids) frame.levels.push_back({Price(price), shares_of(size)});
    for (const auto& [price, size] : asks) frame.levels.push_back({Price(price), shares_of(size)});
    event.bid_count = static_cast<std::uint32_t>(bids.size());
    event.ask_count = static_cast<std::uint32_t>(asks.size());
    send(ms, event);
  }
  struct Entry {
    model::Side side;
    int price;
    std::int64_t size;
    const char* asset = "111";
    int best_bid = -1;
    int best_ask = -1;
  };
  void change(std::int64_t ms, std::initializer_list<Entry> entries) { change_stamped(ms, kStart + ms, entries); }
  void change_stamped(std::int64_t ms, std::int64_t exchange_ms, std::initializer_list<Entry> entries) {
    frame.clear();
    model::MarketEvent event = blank(model::MarketEventKind::price_change, exchange_ms, "");
    for (const Entry& e : entries) {
      model::LevelChange change;
      change.asset_id = e.asset;
      change.side = e.side;
      change.price = Price(e.price);
      change.size = shares_of(e.size);
      change.best_bid = Price(e.best_bid);
      change.best_ask = Price(e.best_ask);
      frame.changes.push_back(change);
    }
    event.change_count = static_cast<std::uint32_t>(frame.changes.size());
    send(ms, event);
  }
  void bid(std::int64_t ms, int price, std::int64_t size) { change(ms, {{model::Side::buy, price, size}}); }
  void ask(std::int64_t ms, int price, std::int64_t size) { change(ms, {{model::Side::sell, price, size}}); }
  /// A trade print; `taker` = the taker's side on `asset`.
  void print(std::int64_t ms, model::Side taker, int price, std::int64_t size, const char* asset = "111") {
    frame.clear();
    model::MarketEvent event = blank(model::MarketEventKind::last_trade_price, kStart + ms, asset);
    event.price = Price(price);
    event.size = shares_of(size);
    event.side = taker;
    send(ms, event);
  }
  void tick(std::int64_t ms, int new_tick) {
    frame.clear();
    model::MarketEvent event = blank(model::MarketEventKind::tick_size_change, kStart + ms, "111");
    event.tick = Price(new_tick);
    send(ms, event);
  }
  void resolved(std::int64_t ms, const char* winner) {
    frame.clear();
    model::MarketEvent event = blank(model::MarketEventKind::market_resolved, kStart + ms, "");
    event.winning_asset_id = winner;
    send(ms, event);
  }
  void empty_frame(std::int64_t ms) {
    frame.clear();
    venue.on_frame(at(ms), frame);
  }

  // ---- the trader ----
  /// Post-only GTC unless told otherwise; returns the order's id.
  model::OrderId buy(std::int64_t ms, int price, std::int64_t size) {
    return order(ms, yes, model::Side::buy, price, size);
  }
  model::OrderId sell(std::int64_t ms, int price, std::int64_t size) {
    return order(ms, yes, model::Side::sell, price, size);
  }
  model::OrderId order(std::int64_t ms, model::TokenIndex token, model::Side side, int price, std::int64_t size,
                       model::OrderType type = model::OrderType::gtc,
                       model::Crossing crossing = model::Crossing::post_only, Timestamp expiration = {}) {
    OrderRequest request;
    request.id = next_id();
    request.token = token;
    request.side = side;
    request.type = type;
    request.crossing = crossing;
    request.price = Price(price);
    request.size = shares_of(size);
    const Usdc money = notional(request.price, request.size);
    request.maker_amount = side == model::Side::buy ? money.raw() : request.size.raw();
    request.taker_amount = side == model::Side::buy ? request.size.raw() : money.raw();
    request.expiration = expiration;
    venue.place(at(ms), request);
    return request.id;
  }
  model::OrderId fak(std::int64_t ms, model::Side side, int price, std::int64_t size) {
    return order(ms, yes, side, price, size, model::OrderType::fak, model::Crossing::allowed);
  }

  // ---- what came of it ----
  void run(std::int64_t ms) { venue.advance(at(ms)); }
  [[nodiscard]] Shares filled(const model::OrderId& id) const { return venue.status(id).size_matched; }
  /// Outputs of one kind since the last call of collect().
  void collect() {
    for (PaperOutput& output : venue.take_outputs()) outputs.push_back(std::move(output));
  }
  template <class Body>
  [[nodiscard]] std::vector<std::pair<Timestamp, Body>> all() {
    collect();
    std::vector<std::pair<Timestamp, Body>> found;
    for (const PaperOutput& output : outputs) {
      if (const Body* body = std::get_if<Body>(&output.body)) found.emplace_back(output.at, *body);
    }
    return found;
  }
  [[nodiscard]] PlaceResult place_result(const model::OrderId& id) {
    for (auto& [time, result] : all<PlaceResult>()) {
      if (result.id == id) return result;
    }
    return {};
  }

  PaperVenue venue;
  model::MarketIndex market;
  model::TokenIndex yes, no;
  model::DecodedFrame frame;
  std::vector<PaperOutput> outputs;

 private:
  model::OrderId next_id() {
    model::OrderId id;
    id.bytes[31] = static_cast<std::uint8_t>(++ids_);
    id.bytes[30] = static_cast<std::uint8_t>(ids_ >> 8);
    id.bytes[0] = 1;
    return id;
  }
  static model::MarketEvent blank(model::MarketEventKind kind, std::int64_t ms, const char* asset) {
    model::MarketEvent event;
    event.kind = kind;
    event.market = "0xc0";
    event.asset_id = asset;
    event.timestamp_ms = ms;
    return event;
  }
  void send(std::int64_t ms, const model::MarketEvent& event) {
    frame.events.push_back(event);
    venue.on_frame(at(ms), frame);
  }
  int ids_ = 0;
};

}  // namespace ebb::exchange::tape
