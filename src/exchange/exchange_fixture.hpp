// Test support: one exchange with one or two markets and short ways to place orders.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "exchange/exchange.hpp"

namespace ebb::exchange {

inline constexpr Timestamp kStart{1'790'000'000'000'000'000};

inline model::MarketSpec test_market(int number, Price tick = Price(100)) {
  model::MarketSpec spec;
  spec.condition_id = "0x" + std::string(63, 'c') + std::to_string(number);
  spec.slug = "market-" + std::to_string(number);
  spec.question = "Does \"it\" rain?";
  spec.tokens[0] = {"10" + std::to_string(number), "Yes"};
  spec.tokens[1] = {"20" + std::to_string(number), "No"};
  spec.tick = tick;
  return spec;
}

class ExchangeFixture : public ::testing::Test {
 protected:
  explicit ExchangeFixture(ExchangeConfig config = {}) : exchange(config) {
    for (int i = 0; i < 2; ++i) exchange.add_market(test_market(i), kStart).value();
    alice = exchange.open_account({dollars(1000), {}, true}, kStart);
    bob = exchange.open_account({dollars(1000), {{yes, shares_of(500)}, {no, shares_of(500)}}, true}, kStart);
    now = kStart;
  }

  OrderRequest order(AccountIndex who, model::TokenIndex token, model::Side side, int price, int size) {
    OrderRequest request;
    request.id = next_id();
    request.account = who;
    request.token = token;
    request.side = side;
    request.price = Price(price);
    request.size = shares_of(size);
    request.crossing = model::Crossing::allowed;
    return request;
  }
  model::OrderId next_id() {
    model::OrderId id;
    ++ids_;
    for (int i = 0; i < 8; ++i) id.bytes[static_cast<std::size_t>(31 - i)] = static_cast<std::uint8_t>(ids_ >> (8 * i));
    return id;
  }
  PlaceResult buy(AccountIndex who, model::TokenIndex token, int price, int size) {
    return exchange.place(now, order(who, token, model::Side::buy, price, size));
  }
  PlaceResult sell(AccountIndex who, model::TokenIndex token, int price, int size) {
    return exchange.place(now, order(who, token, model::Side::sell, price, size));
  }
  PlaceResult take(AccountIndex who, model::TokenIndex token, model::Side side, int price, int size,
                   model::OrderType type = model::OrderType::fak) {
    OrderRequest request = order(who, token, side, price, size);
    request.type = type;
    return exchange.place(now, request);
  }
  void pass(Duration duration) {
    now = now + duration;
    exchange.advance(now);
  }
  /// The texts of one channel since the last call (frames of the other channel are dropped).
  std::vector<std::string> frames(Channel channel) {
    std::vector<std::string> texts;
    for (Outgoing& frame : exchange.take_outgoing()) {
      if (frame.channel == channel) texts.push_back(std::move(frame.text));
    }
    return texts;
  }
  /// One word a frame: the market channel's event_type, or the user channel's type or status.
  static std::string word(const Outgoing& frame) {
    static constexpr const char* kWords[] = {"price_change",
                                             "last_trade_price",
                                             "tick_size_change",
                                             "market_resolved",
                                             "new_market",
                                             "best_bid_ask",
                                             "PLACEMENT",
                                             "UPDATE",
                                             "CANCELLATION",
                                             "\"status\":\"MATCHED\"",
                                             "\"status\":\"MINED\"",
                                             "\"status\":\"CONFIRMED\"",
                                             "\"status\":\"RETRYING\"",
                                             "\"status\":\"FAILED\"",
                                             "\"book\""};
    static constexpr const char* kNames[] = {
        "price_change", "last_trade_price", "tick_size_change", "market_resolved", "new_market",
        "best_bid_ask", "PLACEMENT",        "UPDATE",           "CANCELLATION",    "MATCHED",
        "MINED",        "CONFIRMED",        "RETRYING",         "FAILED",          "book"};
    for (std::size_t i = 0; i < std::size(kWords); ++i) {
      if (frame.text.find(kWords[i]) != std::string::npos) return kNames[i];
    }
    return "?";
  }
  std::vector<std::string> words() {
    std::vector<std::string> out;
    for (const Outgoing& frame : exchange.take_outgoing()) out.push_back(word(frame));
    return out;
  }

  Exchange exchange;
  const model::TokenIndex yes{0}, no{1}, other_yes{2}, other_no{3};
  AccountIndex alice, bob;
  Timestamp now;

 private:
  std::uint64_t ids_ = 0;
};

}  // namespace ebb::exchange
