// Test support: a small dip buyer without an engine. It measures whether the crowd leaves an edge to somebody who buys dips
// and sells the rebound as a maker (the demo's control, rules 9). Rules: a mid that is 2 ticks below its high of 30 s is
// bought at the bid, 10 shares, for at most 15 s; what has settled is offered one tick above its cost. It does not
// buy in a market's last minute.
#pragma once

#include <deque>
#include <vector>

#include "exchange/exchange.hpp"

namespace ebb::exchange {

class DipBuyer final : public Participant {
 public:
  DipBuyer(Exchange& exchange, Timestamp first) : next_(first) {
    account = exchange.open_account({dollars(10'000), {}, true}, exchange.now());
    books_.resize(exchange.markets().token_count());
  }

  [[nodiscard]] Timestamp next_time() const override { return next_; }

  void act(Exchange& exchange, Timestamp now) override {
    for (std::uint32_t t = 0; t < books_.size(); ++t) look(exchange, model::TokenIndex(t), now);
    next_ = now + milliseconds(200);
  }

  /// Cash and positions at the best bid, less the deposit.
  [[nodiscard]] Usdc pnl(const Exchange& exchange) const {
    Usdc total = exchange.balance(account) - dollars(10'000);
    for (std::uint32_t t = 0; t < books_.size(); ++t) {
      const model::TokenIndex token(t);
      const HoldingView h = exchange.holding(account, token);
      const Shares held = h.settled + h.matched_buys - h.matched_sells;
      total += notional(exchange.quote(token).bid, held);
    }
    for (const model::UserTrade& leg : exchange.trades_since(account, Timestamp())) {
      if (leg.status != model::TradeStatus::matched) continue;  // not yet in the balance
      const Usdc cash = notional(leg.price, leg.size);
      total += leg.side == model::Side::buy ? -cash : cash;
    }
    return total;
  }

  AccountIndex account;
  int round_trips = 0;
  int buys = 0;

 private:
  struct TokenState {
    std::deque<std::pair<Timestamp, std::int32_t>> highs;  ///< mids (doubled), strictly falling
    model::OrderId bid, ask;
    Timestamp bid_until;
    Price cost;
    bool holding = false;
  };

  void look(Exchange& exchange, model::TokenIndex token, Timestamp now) {
    TokenState& s = books_[token.value()];
    const model::MarketIndex market = exchange.markets().token(token).market;
    const model::Quote quote = exchange.quote(token);
    if (!exchange.is_open(market) || !quote.two_sided()) return;
    while (!s.highs.empty() && s.highs.front().first + seconds(30) < now) s.highs.pop_front();
    while (!s.highs.empty() && s.highs.back().second <= quote.mid2()) s.highs.pop_back();
    s.highs.emplace_back(now, quote.mid2());
    if (s.bid.is_set()) return watch_bid(exchange, token, s, now);
    const HoldingView held = exchange.holding(account, token);
    const Shares position = held.settled + held.matched_buys - held.matched_sells;
    if (s.holding && position < shares_of(5)) {
      s.holding = false;
      ++round_trips;
    }
    if (s.holding) return offer(exchange, token, s, held);
    const Price tick = exchange.tick(market);
    const std::int32_t drop = s.highs.front().second - quote.mid2();
    const bool ending = exchange.markets().market(market).end < now + seconds(60);
    if (drop >= 4 * tick.raw() && !ending) buy(exchange, token, s, floor_to_tick(quote.bid, tick), now);
  }

  void buy(Exchange& exchange, model::TokenIndex token, TokenState& s, Price price, Timestamp now) {
    if (price < Price(500) || price > Price(9500)) return;
    s.bid = send(exchange, token, model::Side::buy, price, shares_of(10));
    s.bid_until = now + seconds(15);
    s.cost = price;
  }

  void watch_bid(Exchange& exchange, model::TokenIndex token, TokenState& s, Timestamp now) {
    const OrderStatus status = exchange.status(account, s.bid);
    if (status.status == model::VenueOrderStatus::live && now < s.bid_until) return;
    if (status.status == model::VenueOrderStatus::live) (void)exchange.cancel(now, account, s.bid);
    if (status.size_matched >= shares_of(5)) {
      s.holding = true;
      ++buys;
    }
    s.bid = {};
    (void)token;
  }

  void offer(Exchange& exchange, model::TokenIndex token, TokenState& s, const HoldingView& held) {
    if (s.ask.is_set() && exchange.status(account, s.ask).status == model::VenueOrderStatus::live) return;
    const Price tick = exchange.tick(exchange.markets().token(token).market);
    const Shares size = floor_to_lot(held.sellable());
    if (size < shares_of(5)) return;
    const model::Quote quote = exchange.quote(token);
    const Price price = std::max(ceil_to_tick(s.cost + tick, tick), floor_to_tick(quote.bid, tick) + tick);
    if (price > kPriceOne - tick) return;
    s.ask = send(exchange, token, model::Side::sell, price, size);
  }

  model::OrderId send(Exchange& exchange, model::TokenIndex token, model::Side side, Price price, Shares size) {
    OrderRequest request;
    ++ids_;
    request.id.bytes[0] = 0xD1;
    for (std::size_t i = 0; i < 8; ++i) request.id.bytes[31 - i] = static_cast<std::uint8_t>(ids_ >> (8 * i));
    request.account = account;
    request.token = token;
    request.side = side;
    request.price = price;
    request.size = size;
    return exchange.place(exchange.now(), request).success ? request.id : model::OrderId{};
  }

  Timestamp next_;
  std::uint64_t ids_ = 0;
  std::vector<TokenState> books_;
};

}  // namespace ebb::exchange
