// A small stage for the checker's tests: two markets of one event, quiet books, a trader that does what the test says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "checker/checker.hpp"

namespace ebb::checker {

/// "0.48" for 4800.
inline std::string price_text(PriceRaw price) {
  std::string digits = std::to_string(price);
  digits.insert(0, digits.size() < 5 ? 5 - digits.size() : 0, '0');
  return digits.substr(0, digits.size() - 4) + "." + digits.substr(digits.size() - 4);
}
/// "12.500000" for 12'500'000.
inline std::string size_text(Micros size) {
  std::string digits = std::to_string(size);
  digits.insert(0, digits.size() < 7 ? 7 - digits.size() : 0, '0');
  return digits.substr(0, digits.size() - 6) + "." + digits.substr(digits.size() - 6);
}
inline constexpr Micros shares(std::int64_t whole) { return whole * 1'000'000; }
inline constexpr TimeNs kNoon = (TimeNs{20'000} * 86'400 + 43'200) * kSecond;

class Scene {
 public:
  using Setup = std::function<void(CheckerConfig&)>;

  explicit Scene(const Setup& setup = {}) {
    CheckerConfig config;
    config.starting_cash = shares(1000);
    for (int i = 0; i < 2; ++i) {
      MarketConfig market;
      market.condition_id = i == 0 ? "0xc1" : "0xc2";
      market.event = "E";
      market.tokens[0].token_id = i == 0 ? "111" : "333";
      market.tokens[1].token_id = i == 0 ? "222" : "444";
      for (auto& token : market.tokens) {
        token.params.traded = false;
        token.params.limit_spread = false;
      }
      config.markets.push_back(market);
    }
    if (setup) setup(config);
    checker = std::make_unique<Checker>(config);
    checker->on_connection(now, 0, ConnectionState::open);
    book(4800, 5200);
    book(4800, 5200, "333", "444", "0xc2");
    pass(1);
  }

  /// Lets seconds pass; the link answers PONG every five.
  void pass(int seconds, bool alive = true) {
    for (int i = 0; i < seconds; ++i) {
      now += kSecond;
      if (alive && now / kSecond % 5 == 0) checker->on_market_frame(now, 0, "PONG");
      checker->on_tick(now);
    }
  }

  /// Snapshots of both tokens with 100 shares at each touch.
  void book(PriceRaw bid, PriceRaw ask, const std::string& yes = "111", const std::string& no = "222",
            const std::string& condition = "0xc1") {
    const auto one = [&](const std::string& token, PriceRaw b, PriceRaw a) {
      return R"({"event_type":"book","market":")" + condition + R"(","asset_id":")" + token + R"(","timestamp":")" +
             std::to_string(ms()) + R"(","hash":"","bids":[{"price":")" + price_text(b) +
             R"(","size":"100"}],"asks":[{"price":")" + price_text(a) + R"(","size":"100"}]})";
    };
    frame("[" + one(yes, bid, ask) + "," + one(no, kOne - ask, kOne - bid) + "]");
  }
  /// One level of the YES book (and its mirror); `best` = ,"best_bid":...,"best_ask":... of YES.
  void change(Side side, PriceRaw price, Micros size, const std::string& best = {}) {
    const std::string text = side == Side::buy ? "BUY" : "SELL";
    const std::string other = side == Side::buy ? "SELL" : "BUY";
    frame(R"({"event_type":"price_change","market":"0xc1","timestamp":")" + std::to_string(ms()) +
          R"(","price_changes":[{"asset_id":"111","price":")" + price_text(price) + R"(","size":")" + size_text(size) +
          R"(","side":")" + text + R"(","hash":"")" + best + R"(},{"asset_id":"222","price":")" +
          price_text(kOne - price) + R"(","size":")" + size_text(size) + R"(","side":")" + other + R"(","hash":""}]})");
  }
  void frame(const std::string& text) { checker->on_market_frame(now, 0, text); }
  void tick_size(PriceRaw tick) {
    for (const char* token : {"111", "222"}) {
      frame(R"({"event_type":"tick_size_change","market":"0xc1","asset_id":")" + std::string(token) +
            R"(","old_tick_size":"0.01","new_tick_size":")" + price_text(tick) + R"(","timestamp":"1"})");
    }
  }
  void print(PriceRaw price, Micros size) {
    frame(R"({"event_type":"last_trade_price","market":"0xc1","asset_id":"111","price":")" + price_text(price) +
          R"(","size":")" + size_text(size) + R"(","side":"SELL","timestamp":"1"})");
  }

  PlaceClaim claim(const std::string& id, Side side, PriceRaw price, Micros size, const std::string& token = "111") {
    PlaceClaim c;
    c.id = id;
    c.token_id = token;
    c.side = side;
    c.price = price;
    c.size = size;
    c.purpose = side == Side::buy ? "DIP_BUY" : "TAKE_PROFIT";
    return c;
  }
  void send(const PlaceClaim& c) {
    claims[c.id] = c;
    checker->on_place(now, c);
  }
  void live(const std::string& id) {
    checker->on_truth_order(now, id, TruthOrderEvent::accepted, claims[id].size);
    checker->on_place_answer(now, id, PlaceAnswer::live, "");
  }
  void buy(const std::string& id, PriceRaw price, Micros size, const std::string& token = "111") {
    send(claim(id, Side::buy, price, size, token));
    live(id);
  }
  void sell(const std::string& id, PriceRaw price, Micros size, const std::string& token = "111") {
    send(claim(id, Side::sell, price, size, token));
    live(id);
  }
  void cancel(const std::string& id, const std::string& reason) { checker->on_cancel(now, id, reason); }
  void canceled(const std::string& id) {
    checker->on_truth_order(now, id, TruthOrderEvent::canceled, 0);
    checker->on_cancel_answer(now, id, CancelAnswer::canceled, "");
  }

  [[nodiscard]] Leg leg(const std::string& trade, const std::string& id, Micros size, LegStatus status) {
    Leg l;
    l.trade_id = trade;
    l.order_id = id;
    l.token_id = claims[id].token_id;
    l.side = claims[id].side;
    l.price = claims[id].price;
    l.size = size;
    l.status = status;
    l.role = claims[id].post_only ? Role::maker : Role::taker;
    return l;
  }
  void truth_fill(const Leg& l) {
    checker->on_truth_fill(now, l);
    if (l.status != LegStatus::matched) return;
    left[l.order_id] = (left.contains(l.order_id) ? left[l.order_id] : claims[l.order_id].size) - l.size;
    checker->on_truth_order(now, l.order_id,
                            left[l.order_id] > 0 ? TruthOrderEvent::partially_filled : TruthOrderEvent::filled,
                            left[l.order_id]);
  }
  void told_fill(const Leg& l) {
    const char* names[] = {"MATCHED", "RETRYING", "MINED", "CONFIRMED", "FAILED"};
    const std::string status = names[static_cast<int>(l.status)];
    const bool maker = l.role == Role::maker;
    checker->on_user_frame(now, R"({"event_type":"trade","type":"TRADE","id":")" + l.trade_id +
                                    R"(","taker_order_id":")" + (maker ? "0xother" : l.order_id) +
                                    R"(","market":"0xc1","asset_id":")" + l.token_id + R"(","side":"BUY","size":")" +
                                    size_text(l.size) + R"(","price":")" + price_text(l.price) + R"(","status":")" +
                                    status + R"(","maker_orders":[{"order_id":")" + (maker ? l.order_id : "0xother") +
                                    R"(","matched_amount":")" + size_text(l.size) + R"(","price":")" +
                                    price_text(l.price) + R"(","asset_id":")" + l.token_id + R"("}]})");
  }
  void fill(const std::string& trade, const std::string& id, Micros size, LegStatus status = LegStatus::matched) {
    truth_fill(leg(trade, id, size, status));
    told_fill(leg(trade, id, size, status));
  }
  void told_order(const std::string& id, const std::string& type, Micros matched) {
    checker->on_user_frame(now, R"({"event_type":"order","type":")" + type + R"(","id":")" + id +
                                    R"(","asset_id":"111","original_size":")" + size_text(claims[id].size) +
                                    R"(","size_matched":")" + size_text(matched) + R"(","price":"0.48"})");
  }
  /// A settled position, bought as a maker.
  void hold(Micros size, PriceRaw price, const std::string& token = "111") {
    const std::string id = "hold" + std::to_string(++holds) + token;
    buy(id, price, size, token);
    fill("T" + id, id, size);
    fill("T" + id, id, size, LegStatus::mined);
    pass(5);
  }

  [[nodiscard]] std::int64_t ms() const { return now / kMillisecond; }
  [[nodiscard]] std::uint64_t broken(const std::string& rule) const {
    const auto& by_rule = checker->violations_by_rule();
    const auto it = by_rule.find(rule);
    return it == by_rule.end() ? 0 : it->second;
  }
  /// The violations as text; empty when there are none.
  [[nodiscard]] std::string complaints() const {
    std::string text;
    for (const auto& v : checker->violations()) {
      text += v.rule + " at +" + std::to_string((v.time - kNoon) / kMillisecond) + " ms " + v.token_id + ": " +
              v.detail + "\n";
    }
    return text;
  }

  TimeNs now = kNoon;
  std::unique_ptr<Checker> checker;
  std::map<std::string, PlaceClaim> claims;
  std::map<std::string, Micros> left;
  int holds = 0;
};

}  // namespace ebb::checker
