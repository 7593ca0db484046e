#include "risk/gate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <memory>

#include "model/fees.hpp"

namespace ebb::risk {
namespace {

using model::Side;
using model::TokenIndex;

const Timestamp kStart = from_ms(1'776'153'600'000);

class Positions : public PositionSource {
 public:
  [[nodiscard]] Exposure exposure(TokenIndex token) const override {
    const auto it = held.find(token.value());
    return it == held.end() ? Exposure{} : it->second;
  }
  [[nodiscard]] Usdc cash() const override { return money; }
  std::map<std::uint32_t, Exposure> held;
  Usdc money = dollars(10'000);
};

Limits wide_limits() {
  Limits limits;
  limits.per_order = limits.per_token = limits.per_market = limits.per_event = limits.total = dollars(1'000'000);
  limits.open_orders = limits.orders_per_second = 1'000'000;
  limits.one_active_token_per_condition = false;
  return limits;
}

model::MarketTable markets_of(int markets, int per_event = 1) {
  model::MarketTable table;
  for (int i = 0; i < markets; ++i) {
    model::MarketSpec spec;
    const std::string name = std::to_string(i);
    spec.condition_id = name;
    spec.event = per_event == 1 ? "" : "event" + std::to_string(i / per_event);
    spec.tokens = {{{name + "y", "Yes"}, {name + "n", "No"}}};
    spec.fees = {700, 1};
    EXPECT_TRUE(table.add(spec));
  }
  return table;
}

model::OrderId order_id(std::uint32_t n) {
  model::OrderId id;
  for (std::size_t i = 0; i < 4; ++i) id.bytes[i] = static_cast<std::uint8_t>(n >> (8 * i));
  id.bytes[31] = 1;
  return id;
}

/// Four markets of two tokens, two markets an event: tokens 0/1, 2/3, 4/5, 6/7.
class GateTest : public testing::Test {
 protected:
  explicit GateTest() : markets_(markets_of(4, 2)), gate_(markets_, positions_, wide_limits()) {}

  Request order(std::uint32_t token, Side side, std::int32_t price, std::int64_t whole_shares) {
    return {order_id(++ids_), TokenIndex(token), side, Price(price), shares_of(whole_shares), false};
  }
  Request buy(std::uint32_t token, std::int32_t price, std::int64_t size) {
    return order(token, Side::buy, price, size);
  }
  Request sell(std::uint32_t token, std::int32_t price, std::int64_t size) {
    return order(token, Side::sell, price, size);
  }
  Refusal check(const Request& request) { return gate_.check(request, now_); }
  Request open(const Request& request) {
    gate_.opened(request, now_);
    return request;
  }
  void hold(std::uint32_t token, std::int64_t whole_shares, Usdc cost) {
    positions_.held[token] = {cost, shares_of(whole_shares), shares_of(whole_shares)};
    gate_.position_changed(TokenIndex(token));
  }
  void limit(auto change) {
    Limits limits = gate_.limits();
    change(limits);
    gate_.set_limits(limits);
  }

  model::MarketTable markets_;
  Positions positions_;
  Gate gate_;
  Timestamp now_ = kStart;
  std::uint32_t ids_ = 0;
};

TEST_F(GateTest, LimitsOneOrder) {
  limit([](Limits& l) { l.per_order = dollars(10); });
  EXPECT_EQ(check(buy(0, 5000, 20)), Refusal::none) << "exactly the limit";
  EXPECT_EQ(check(buy(0, 5000, 21)), Refusal::per_order_limit);
  EXPECT_EQ(gate_.refusals()[static_cast<std::size_t>(Refusal::per_order_limit)], 1u);
}

TEST_F(GateTest, LimitsATokenByCostAndOpenBuys) {
  limit([](Limits& l) { l.per_token = dollars(15); });
  hold(0, 20, dollars(10));
  EXPECT_EQ(check(buy(0, 5000, 10)), Refusal::none);
  EXPECT_EQ(check(buy(0, 5000, 11)), Refusal::token_limit);
}

TEST_F(GateTest, AMarketLosesTheWorseOfItsOutcomes) {
  limit([](Limits& l) { l.per_market = dollars(10); });
  hold(0, 10, dollars(6));
  EXPECT_EQ(gate_.market_worst_loss(model::MarketIndex(0)), dollars(6)) << "NO wins";
  hold(1, 10, dollars(5));
  EXPECT_EQ(gate_.market_worst_loss(model::MarketIndex(0)), dollars(1)) << "ten of either pay ten";
  open(buy(1, 5000, 10));
  EXPECT_EQ(gate_.market_worst_loss(model::MarketIndex(0)), dollars(6))
      << "the open BUY fills where it hurts: YES wins";
  EXPECT_EQ(check(buy(0, 4000, 22)), Refusal::none) << "8.80 more if NO wins: 9.80";
  EXPECT_EQ(check(buy(0, 4000, 23)), Refusal::market_limit);
}

TEST_F(GateTest, AGainNeverPaysForAnotherMarketsLoss) {
  hold(0, 10, dollars(4));
  hold(1, 10, dollars(4));
  EXPECT_EQ(gate_.market_worst_loss(model::MarketIndex(0)), Usdc());
  hold(2, 10, dollars(7));
  EXPECT_EQ(gate_.event_worst_loss(markets_.group(model::MarketIndex(0))), dollars(7));
  EXPECT_EQ(gate_.total_worst_loss(), dollars(7));
}

TEST_F(GateTest, LimitsAnEventOverItsMarkets) {
  limit([](Limits& l) { l.per_event = dollars(10); });
  hold(0, 20, dollars(8));
  EXPECT_EQ(check(buy(2, 5000, 4)), Refusal::none);
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::event_limit) << "the other market of the event";
  EXPECT_EQ(check(buy(4, 5000, 20)), Refusal::none) << "another event";
}

TEST_F(GateTest, LimitsTheTotal) {
  limit([](Limits& l) { l.total = dollars(10); });
  hold(0, 20, dollars(8));
  EXPECT_EQ(check(buy(6, 5000, 4)), Refusal::none);
  EXPECT_EQ(check(buy(6, 5000, 5)), Refusal::total_limit);
}

TEST_F(GateTest, AnOrderReservesItsRemainderUntilItIsClosed) {
  const Request order = open(buy(0, 5000, 10));
  EXPECT_EQ(gate_.open_buys(TokenIndex(0)), dollars(5));
  gate_.reduced(order.id, shares_of(4));
  EXPECT_EQ(gate_.open_buys_total(), dollars(2));
  gate_.reduced(order.id, shares_of(9));
  EXPECT_EQ(gate_.open_buys_total(), dollars(2)) << "a remainder never grows";
  gate_.reduced(order.id, Shares());
  EXPECT_EQ(gate_.open_orders(), 1u) << "not closed before it is terminal";
  gate_.closed(order.id);
  gate_.closed(order.id);
  EXPECT_EQ(gate_.open_orders(), 0u);
  EXPECT_EQ(gate_.total_worst_loss(), Usdc());
}

TEST_F(GateTest, LimitsOpenOrders) {
  limit([](Limits& l) { l.open_orders = 2; });
  open(buy(0, 5000, 5));
  const Request second = open(buy(2, 5000, 5));
  EXPECT_EQ(check(buy(4, 5000, 5)), Refusal::open_orders_limit);
  gate_.closed(second.id);
  EXPECT_EQ(check(buy(4, 5000, 5)), Refusal::none);
}

TEST_F(GateTest, LimitsTheRateOverASlidingSecond) {
  limit([](Limits& l) { l.orders_per_second = 2; });
  open(buy(0, 5000, 5));
  now_ = now_ + milliseconds(600);
  open(buy(2, 5000, 5));
  EXPECT_EQ(check(buy(4, 5000, 5)), Refusal::order_rate);
  now_ = kStart + seconds(1);
  EXPECT_EQ(check(buy(4, 5000, 5)), Refusal::order_rate) << "the first is exactly a second old";
  now_ = now_ + nanoseconds(1);
  EXPECT_EQ(check(buy(4, 5000, 5)), Refusal::none);
  limit([](Limits& l) { l.orders_per_second = 1; });
  EXPECT_EQ(check(buy(4, 5000, 5)), Refusal::order_rate) << "the second one counts under the lower limit";
  limit([](Limits& l) { l.orders_per_second = 3; });
  EXPECT_EQ(check(buy(4, 5000, 5)), Refusal::none);
}

TEST_F(GateTest, ExitsAreFreeOfPaceButNotOfShares) {
  limit([](Limits& l) { l.orders_per_second = 0, l.open_orders = 0; });
  hold(0, 10, dollars(5));
  EXPECT_EQ(check(sell(0, 4000, 10)), Refusal::order_rate);
  Request exit = sell(0, 4000, 10);
  exit.crossing = true;
  EXPECT_EQ(check(exit), Refusal::none);
  exit.size += kLot;
  EXPECT_EQ(check(exit), Refusal::sell_exceeds_free);
}

TEST_F(GateTest, SellsOnlyWhatIsSettledAndFree) {
  positions_.held[0] = {dollars(5), shares_of(10), shares_of(6)};
  open(sell(0, 6000, 4));
  EXPECT_EQ(check(sell(0, 6000, 2)), Refusal::none);
  EXPECT_EQ(check(sell(0, 6000, 3)), Refusal::sell_exceeds_free);
  EXPECT_EQ(gate_.open_sells(TokenIndex(0)), shares_of(4));
}

TEST_F(GateTest, SellsAreNeverRefusedForExposure) {
  hold(0, 100, dollars(50));
  limit([](Limits& l) { l.per_order = l.per_token = l.per_market = l.per_event = l.total = dollars(1); });
  EXPECT_EQ(check(sell(0, 6000, 100)), Refusal::none);
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::per_order_limit);
}

TEST_F(GateTest, NeverASecondBuyOfAToken) {
  const Request first = open(buy(0, 5000, 5));
  EXPECT_EQ(check(buy(0, 4900, 5)), Refusal::second_buy);
  gate_.reduced(first.id, Shares());
  EXPECT_EQ(check(buy(0, 4900, 5)), Refusal::second_buy) << "filled, but not closed yet";
  gate_.closed(first.id);
  EXPECT_EQ(check(buy(0, 4900, 5)), Refusal::none);
}

TEST_F(GateTest, OneActiveTokenPerCondition) {
  limit([](Limits& l) { l.one_active_token_per_condition = true; });
  const Request no = open(buy(1, 3000, 5));
  EXPECT_EQ(check(buy(0, 3000, 5)), Refusal::other_token_active);
  gate_.closed(no.id);
  EXPECT_EQ(check(buy(0, 3000, 5)), Refusal::none);
  hold(1, 4, dollars(1));
  EXPECT_EQ(check(buy(0, 3000, 5)), Refusal::none) << "dust does not hold the condition";
  hold(1, 5, dollars(1));
  EXPECT_EQ(check(buy(0, 3000, 5)), Refusal::other_token_active);
}

// Rules 3.3: a BUY of NO at 1 - p is a SELL of YES at p.
TEST_F(GateTest, RefusesWhatWouldTradeWithItself) {
  hold(0, 20, dollars(5));
  hold(1, 20, dollars(5));
  const Request ask = open(sell(0, 6000, 5));
  EXPECT_EQ(check(buy(0, 6000, 5)), Refusal::self_cross);
  EXPECT_EQ(check(buy(0, 5900, 5)), Refusal::none);
  EXPECT_EQ(check(sell(1, 4000, 5)), Refusal::self_cross) << "YES 0.60 + NO 0.40 merge";
  EXPECT_EQ(check(sell(1, 4100, 5)), Refusal::none);
  gate_.closed(ask.id);
  open(buy(0, 5000, 5));
  EXPECT_EQ(check(sell(0, 5000, 5)), Refusal::self_cross);
  EXPECT_EQ(check(sell(0, 5100, 5)), Refusal::none);
  EXPECT_EQ(check(buy(1, 5000, 5)), Refusal::self_cross) << "YES 0.50 + NO 0.50 mint";
  EXPECT_EQ(check(buy(1, 4900, 5)), Refusal::none);
}

TEST_F(GateTest, CashCoversEveryOpenBuyAndTheFeeOfACrossingOne) {
  positions_.money = dollars(10);
  open(buy(0, 5000, 10));
  EXPECT_EQ(check(buy(2, 5000, 10)), Refusal::none);
  EXPECT_EQ(check(buy(2, 5100, 10)), Refusal::cash);
  Request crossing = buy(2, 5000, 10);
  crossing.crossing = true;
  EXPECT_EQ(check(crossing), Refusal::cash) << "0.175 of fee on top";
  positions_.money = Usdc(10'175'000);
  EXPECT_EQ(check(crossing), Refusal::none);
  open(crossing);
  EXPECT_EQ(check(buy(4, 100, 1)), Refusal::cash) << "the fee is reserved, too";
}

TEST_F(GateTest, TheKillSwitchLetsOnlyExitsOut) {
  hold(0, 10, dollars(5));
  gate_.kill(now_);
  EXPECT_EQ(gate_.killed_at(), now_);
  Request exit = sell(0, 4000, 10);
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::kill_switch);
  EXPECT_EQ(check(exit), Refusal::kill_switch);
  exit.crossing = true;
  EXPECT_EQ(check(exit), Refusal::none);
  gate_.reset_kill();
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::none);
}

TEST_F(GateTest, APauseStopsBuysOnly) {
  hold(0, 10, dollars(5));
  gate_.pause(true);
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::paused);
  EXPECT_EQ(check(sell(0, 6000, 10)), Refusal::none);
  gate_.pause(false);
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::none);
}

TEST_F(GateTest, TheDailyLossStopsBuysUntilTheNextUtcDay) {
  limit([](Limits& l) { l.daily_loss = dollars(20); });
  hold(0, 10, dollars(5));
  gate_.on_total_pnl(dollars(-100), now_);
  gate_.on_total_pnl(Usdc(-119'999'999), now_);
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::none) << "the day began at -100";
  gate_.on_total_pnl(dollars(-120), now_);
  EXPECT_TRUE(gate_.daily_loss_hit());
  gate_.on_total_pnl(dollars(-90), now_);
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::daily_loss) << "a recovery does not reopen the day";
  EXPECT_EQ(check(sell(0, 6000, 10)), Refusal::none);
  limit([](Limits& l) { l.stop_on_daily_loss = false; });
  EXPECT_EQ(check(buy(2, 5000, 5)), Refusal::none) << "reported only";
  limit([](Limits& l) { l.stop_on_daily_loss = true; });
  EXPECT_EQ(gate_.worst_daily_loss(), dollars(20));
  gate_.on_total_pnl(dollars(-130), kStart + hours(24));
  EXPECT_EQ(gate_.worst_daily_loss(), dollars(20)) << "the new day begins at -130";
  EXPECT_EQ(gate_.check(buy(2, 5000, 5), kStart + hours(24)), Refusal::none);
}

TEST_F(GateTest, LoweredLimitsStopNewBuysOnly) {
  open(buy(0, 5000, 20));
  limit([](Limits& l) { l.total = dollars(5); });
  EXPECT_EQ(gate_.open_orders(), 1u);
  EXPECT_EQ(check(buy(2, 5000, 1)), Refusal::total_limit);
}

TEST_F(GateTest, MarketsMayBeAddedLater) {
  model::MarketSpec spec;
  spec.condition_id = "late";
  spec.tokens = {{{"late-yes", "Yes"}, {}}};
  const auto market = markets_.add(spec);
  ASSERT_TRUE(market);
  gate_.grow();
  open(buy(8, 5000, 10));
  EXPECT_EQ(gate_.market_worst_loss(*market), dollars(5)) << "a market whose other token is unknown";
}

/// The limits recomputed from the open orders and positions by plain loops.
class Naive {
 public:
  Naive(const model::MarketTable& markets, const Positions& positions) : markets_(markets), positions_(positions) {}

  struct Open {
    Request request;
    Shares remaining;
  };
  std::vector<Open> orders;

  [[nodiscard]] Usdc loss_if(std::uint32_t market, int winner) const {
    __int128 loss = 0;
    for (int outcome = 0; outcome < 2; ++outcome) {
      const TokenIndex token = markets_.token_of(model::MarketIndex(market), outcome);
      const Exposure held = positions_.exposure(token);
      loss += held.cost.raw();
      if (outcome == winner) loss -= held.size.raw();
      for (const Open& open : orders) {
        if (open.request.token != token || open.request.side != Side::buy) continue;
        if (outcome != winner) loss += cost_of(open).raw();  // it fills, and its token is worth nothing
      }
    }
    return Usdc(static_cast<std::int64_t>(loss));
  }
  [[nodiscard]] Usdc worst(std::uint32_t market) const {
    return std::max({Usdc(), loss_if(market, 0), loss_if(market, 1)});
  }
  [[nodiscard]] Usdc event(model::EventGroupIndex group) const {
    Usdc sum;
    for (std::uint32_t m = 0; m < markets_.market_count(); ++m) {
      if (markets_.group(model::MarketIndex(m)) == group) sum += worst(m);
    }
    return sum;
  }
  [[nodiscard]] Usdc total() const {
    Usdc sum;
    for (std::uint32_t m = 0; m < markets_.market_count(); ++m) sum += worst(m);
    return sum;
  }
  [[nodiscard]] Usdc open_buys(TokenIndex token) const {
    Usdc sum;
    for (const Open& open : orders) {
      if (open.request.token == token && open.request.side == Side::buy) sum += cost_of(open);
    }
    return sum;
  }
  [[nodiscard]] Shares open_sells(TokenIndex token) const {
    Shares sum;
    for (const Open& open : orders) {
      if (open.request.token == token && open.request.side == Side::sell) sum += open.remaining;
    }
    return sum;
  }
  /// Both orders seen as orders of YES: they trade when the bid is not below the ask.
  [[nodiscard]] bool crosses(const Request& request) const {
    for (const Open& open : orders) {
      if (open.remaining.raw() == 0) continue;
      if (markets_.token(open.request.token).market != markets_.token(request.token).market) continue;
      const auto [side_a, price_a] = in_yes(request);
      const auto [side_b, price_b] = in_yes(open.request);
      if (side_a == side_b) continue;
      if (side_a == Side::buy ? price_a >= price_b : price_b >= price_a) return true;
    }
    return false;
  }

 private:
  [[nodiscard]] static Usdc cost_of(const Open& open) {
    return notional(open.request.price, open.remaining, Rounding::up);
  }
  [[nodiscard]] std::pair<Side, Price> in_yes(const Request& r) const {
    if (markets_.token(r.token).outcome == 0) return {r.side, r.price};
    return {opposite(r.side), complement(r.price)};
  }
  const model::MarketTable& markets_;
  const Positions& positions_;
};

TEST(GateProperty, SumsAndDecisionsAgreeWithPlainLoops) {
  const model::MarketTable markets = markets_of(4, 2);
  EXPECT_TRUE(rc::check("incremental sums, no accepted order breaks a limit", [&] {
    Limits limits;
    limits.per_order = dollars(*rc::gen::inRange(2, 30));
    limits.per_token = dollars(*rc::gen::inRange(5, 40));
    limits.per_market = dollars(*rc::gen::inRange(5, 60));
    limits.per_event = dollars(*rc::gen::inRange(5, 90));
    limits.total = dollars(*rc::gen::inRange(5, 150));
    limits.open_orders = *rc::gen::inRange<std::uint32_t>(1, 8);
    limits.orders_per_second = *rc::gen::inRange<std::uint32_t>(1, 6);
    limits.one_active_token_per_condition = *rc::gen::arbitrary<bool>();
    Positions positions;
    positions.money = dollars(*rc::gen::inRange(10, 200));
    Gate gate(markets, positions, limits);
    Naive naive(markets, positions);
    std::vector<Timestamp> departures;
    Timestamp now = kStart;
    std::uint32_t next_id = 0;
    const int steps = *rc::gen::inRange(1, 120);
    for (int step = 0; step < steps; ++step) {
      now = now + milliseconds(*rc::gen::inRange(0, 400));
      const TokenIndex token(*rc::gen::inRange<std::uint32_t>(0, 8));
      const int action = *rc::gen::inRange(0, 8);
      if (action < 5) {
        const Request request{order_id(++next_id),
                              token,
                              *rc::gen::element(Side::buy, Side::buy, Side::sell),
                              Price(100 * *rc::gen::inRange(1, 100)),
                              Shares(10'000 * *rc::gen::inRange(1, 3000)),
                              false};
        const Refusal refusal = gate.check(request, now);
        RC_ASSERT(naive.crosses(request) == (refusal == Refusal::self_cross));
        if (refusal != Refusal::none) continue;
        gate.opened(request, now);
        naive.orders.push_back({request, request.size});
        departures.push_back(now);
        RC_ASSERT(naive.orders.size() <= limits.open_orders);
        const auto in_window =
            std::count_if(departures.begin(), departures.end(), [&](Timestamp t) { return now - t <= seconds(1); });
        RC_ASSERT(in_window <= static_cast<std::ptrdiff_t>(limits.orders_per_second));
        if (request.side == Side::sell) {
          RC_ASSERT(naive.open_sells(token) <= positions.exposure(token).sellable);
          continue;
        }
        const auto market = markets.token(token).market;
        RC_ASSERT(notional(request.price, request.size, Rounding::up) <= limits.per_order);
        RC_ASSERT(positions.exposure(token).cost + naive.open_buys(token) <= limits.per_token);
        RC_ASSERT(naive.worst(market.value()) <= limits.per_market);
        RC_ASSERT(naive.event(markets.group(market)) <= limits.per_event);
        RC_ASSERT(naive.total() <= limits.total);
        Usdc all;
        for (std::uint32_t t = 0; t < 8; ++t) all += naive.open_buys(TokenIndex(t));
        RC_ASSERT(all <= positions.money);
      } else if (action == 5) {
        positions.held[token.value()] = {Usdc(*rc::gen::inRange<std::int64_t>(0, 20'000'000)),
                                         Shares(*rc::gen::inRange<std::int64_t>(0, 40'000'000)),
                                         Shares(*rc::gen::inRange<std::int64_t>(-5'000'000, 40'000'000))};
        gate.position_changed(token);
      } else if (!naive.orders.empty()) {
        const std::size_t i = *rc::gen::inRange<std::size_t>(0, naive.orders.size());
        Naive::Open& open = naive.orders[i];
        if (action == 6) {
          const Shares remaining(*rc::gen::inRange<std::int64_t>(0, open.request.size.raw() + 1));
          gate.reduced(open.request.id, remaining);
          open.remaining = std::min(open.remaining, remaining);
        } else {
          gate.closed(open.request.id);
          naive.orders.erase(naive.orders.begin() + static_cast<std::ptrdiff_t>(i));
        }
      }
      for (std::uint32_t t = 0; t < 8; ++t) {
        RC_ASSERT(gate.open_buys(TokenIndex(t)) == naive.open_buys(TokenIndex(t)));
        RC_ASSERT(gate.open_sells(TokenIndex(t)) == naive.open_sells(TokenIndex(t)));
      }
      for (std::uint32_t m = 0; m < 4; ++m) RC_ASSERT(gate.market_worst_loss(model::MarketIndex(m)) == naive.worst(m));
      RC_ASSERT(gate.event_worst_loss(markets.group(model::MarketIndex(0))) == naive.event(model::EventGroupIndex(0)));
      RC_ASSERT(gate.total_worst_loss() == naive.total());
      RC_ASSERT(gate.open_orders() == naive.orders.size());
    }
  }));
}

// The table of rules 6.
TEST(Limits, AreTheTables) {
  const Limits usual;
  EXPECT_EQ(usual.per_order, dollars(10));
  EXPECT_EQ(usual.per_token, dollars(15));
  EXPECT_EQ(usual.per_market, dollars(25));
  EXPECT_EQ(usual.per_event, dollars(50));
  EXPECT_EQ(usual.total, dollars(200));
  EXPECT_EQ(usual.open_orders, 100u);
  EXPECT_EQ(usual.orders_per_second, 10u);
  EXPECT_EQ(usual.daily_loss, dollars(20));
  const Limits fast = fast_limits();
  EXPECT_EQ(fast.per_order, dollars(10));
  EXPECT_EQ(fast.per_token, dollars(10));
  EXPECT_EQ(fast.per_market, Usdc(12'500'000));
  EXPECT_EQ(fast.per_event, dollars(25));
  EXPECT_EQ(fast.total, dollars(100));
  EXPECT_EQ(fast.open_orders, 50u);
  EXPECT_EQ(fast.orders_per_second, 5u);
  EXPECT_EQ(fast.daily_loss, dollars(10));
}

TEST(Refusals, EachHasAName) {
  for (int i = 0; i < kRefusals; ++i) EXPECT_NE(to_text(static_cast<Refusal>(i)), "?") << i;
}

}  // namespace
}  // namespace ebb::risk
