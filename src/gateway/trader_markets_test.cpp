// Markets that are added to and removed from a running trader, over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "gateway/trader_rig.hpp"

namespace ebb::gateway {
namespace {

using testing::becomes_true;

class TraderMarkets : public ::testing::Test, public TraderObserver {
 protected:
  TraderMarkets() : venue(host()) {}
  void TearDown() override {
    if (trader) trader->finish();
  }

  static ExchangeHostConfig host() {
    ExchangeHostConfig config;
    config.venue.markets = 8;
    config.venue.events_per_second = 200;
    config.venue.exchange.settlement.scale = 0.01;
    return config;
  }
  void start(bool live, std::size_t markets) {
    TraderConfig config = live ? testing::live_trader(venue) : TraderConfig{.venue = venue.address(), .engine = {}};
    config.engine.forced_tier = "demo";
    config.engine.starting_cash = dollars(10'000);
    config.feed.unsubscribe_grace = milliseconds(300);
    config.markets.assign(venue.markets().begin(), venue.markets().begin() + static_cast<std::ptrdiff_t>(markets));
    config.observer = this;
    trader = std::make_unique<Trader>(std::move(config));
    ASSERT_TRUE(trader->start());
  }
  void on_market_added(const engine::Engine& engine, model::MarketIndex market) override {
    announced.insert(engine.markets().market(market).condition_id);
  }

  [[nodiscard]] model::TokenIndex index(const std::string& token_id) {
    model::TokenIndex token;
    trader->call([&](engine::Engine& engine) { token = engine.markets().find_token(token_id); });
    return token;
  }
  [[nodiscard]] bool is_trusted(const std::string& token_id) {
    bool trusted = false;
    trader->call([&](engine::Engine& engine) {
      const model::TokenIndex token = engine.markets().find_token(token_id);
      trusted = token.valid() && engine.feed(token).trusted();
    });
    return trusted;
  }
  [[nodiscard]] bool is_retired(const model::MarketSpec& market) {
    bool retired = false;
    trader->call(
        [&](engine::Engine& engine) { retired = engine.retired(engine.markets().find_market(market.condition_id)); });
    return retired;
  }
  [[nodiscard]] bool all_trusted() {
    const TraderState state = trader->state();
    return state.tokens > 0 && state.untrusted == 0;
  }
  void remove(const model::MarketSpec& market, Leaving how) {
    for (const model::TokenSpec& token : market.tokens) ASSERT_TRUE(trader->remove_token(token.token_id, how));
  }

  void sell_into_bids(const std::string& token_id) {
    venue.call([&](exchange::VenueServer& server) {
      exchange::OrderRequest order;
      order.id.bytes[0] = static_cast<std::uint8_t>(++sold);
      order.id.bytes[1] = 0xAA;
      order.account = seller;
      order.token = server.exchange().markets().find_token(token_id);
      order.side = model::Side::sell;
      order.type = model::OrderType::fak;
      order.crossing = model::Crossing::allowed;
      order.price = server.exchange().quote(order.token).bid;
      order.size = shares_of(100);
      (void)server.exchange().place(server.now(), order);
    });
  }

  testing::VenueThread venue;
  exchange::AccountIndex seller;
  int sold = 0;
  std::unique_ptr<Trader> trader;
  std::set<std::string> announced;
};

TEST_F(TraderMarkets, ANewMarketIsLiveWithoutDisturbingTheOthers) {
  start(false, 2);
  ASSERT_TRUE(becomes_true([&] { return all_trusted(); }));
  std::uint64_t episodes = 0;
  trader->call([&](engine::Engine& engine) { episodes = engine.stats().untrusted_episodes; });

  const model::MarketSpec& fresh = venue.markets()[5];
  ASSERT_TRUE(trader->add_market(fresh, {fresh.tokens[0].token_id}));
  EXPECT_TRUE(
      becomes_true([&] { return is_trusted(fresh.tokens[0].token_id) && is_trusted(fresh.tokens[1].token_id); }));
  EXPECT_EQ(announced, std::set<std::string>{fresh.condition_id});
  trader->call([&](engine::Engine& engine) {
    EXPECT_TRUE(engine.trader(engine.markets().find_token(fresh.tokens[0].token_id)).traded());
    EXPECT_FALSE(engine.trader(engine.markets().find_token(fresh.tokens[1].token_id)).traded());
    EXPECT_EQ(engine.stats().untrusted_episodes, episodes);  // nobody else lost a book
    EXPECT_EQ(engine.stats().reconnects, 0U);
  });
  EXPECT_EQ(trader->state().tokens, 6U);
}

TEST_F(TraderMarkets, ARemovedMarketIsUnsubscribedAndForgotten) {
  start(false, 3);
  ASSERT_TRUE(becomes_true([&] { return all_trusted(); }));
  const model::MarketSpec& gone = venue.markets()[1];
  remove(gone, Leaving::exit);
  ASSERT_TRUE(becomes_true([&] { return is_retired(gone); }));
  EXPECT_EQ(trader->state().tokens, 4U);
  EXPECT_EQ(trader->state().retired_markets, 1U);
  EXPECT_EQ(trader->state().leaving_markets, 0U);
  trader->call([&](engine::Engine& engine) {
    const model::TokenIndex token = engine.markets().find_token(gone.tokens[0].token_id);
    EXPECT_EQ(engine.feed(token).book().ladder(model::Side::buy).capacity(), 0U);
  });
  EXPECT_TRUE(all_trusted());
  const auto again = trader->remove_token(gone.tokens[0].token_id, Leaving::exit);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "trader.unknown_token");

  // It can come back, in its old place.
  const model::TokenIndex before = index(gone.tokens[0].token_id);
  ASSERT_TRUE(trader->add_market(gone));
  EXPECT_TRUE(becomes_true([&] { return is_trusted(gone.tokens[0].token_id); }));
  EXPECT_EQ(index(gone.tokens[0].token_id), before);
  EXPECT_EQ(trader->state().retired_markets, 0U);
  trader->call([&](engine::Engine& engine) {
    EXPECT_TRUE(engine.trader(before).traded());
    EXPECT_FALSE(engine.trader(before).blocked(engine::Block::operator_sell_only));
  });
}

TEST_F(TraderMarkets, OneTokenOfTwoCanBeGivenUp) {
  start(false, 2);
  ASSERT_TRUE(becomes_true([&] { return all_trusted(); }));
  const model::MarketSpec& half = venue.markets()[0];
  ASSERT_TRUE(trader->remove_token(half.tokens[0].token_id, Leaving::sell_only));
  EXPECT_EQ(trader->state().leaving_markets, 0U);  // its sibling is traded: the market stays
  trader->call([&](engine::Engine& engine) {
    EXPECT_TRUE(
        engine.trader(engine.markets().find_token(half.tokens[0].token_id)).blocked(engine::Block::operator_sell_only));
    EXPECT_FALSE(
        engine.trader(engine.markets().find_token(half.tokens[1].token_id)).blocked(engine::Block::operator_sell_only));
  });
  ASSERT_TRUE(trader->remove_token(half.tokens[1].token_id, Leaving::sell_only));
  EXPECT_EQ(trader->state().leaving_markets, 1U);
  EXPECT_TRUE(becomes_true([&] { return is_retired(half); }));
}

/// Real orders: an added market is known to the gateway, too, or its orders would have no place to go; a removed one is held on to
/// until what was bought is sold.
TEST_F(TraderMarkets, OrdersOfAnAddedMarketReachTheVenueAndAPositionIsSoldBeforeItsMarketGoes) {
  start(true, 1);
  ASSERT_TRUE(becomes_true([&] { return trader->order_state()->gate_open; }));
  const model::MarketSpec& fresh = venue.markets()[6];
  ASSERT_TRUE(trader->add_market(fresh, {fresh.tokens[0].token_id}));
  const std::string& token_id = fresh.tokens[0].token_id;
  ASSERT_TRUE(becomes_true([&] { return is_trusted(token_id); }));
  const model::TokenIndex token = index(token_id);

  // A BUY on wish, and somebody who sells into it once it rests.
  const auto held = [&] {
    Shares matched;
    trader->call([&](engine::Engine& engine) { matched = engine.ledger().position(token).matched; });
    return matched;
  };
  venue.call([&](exchange::VenueServer& server) {
    exchange::Exchange& exchange = server.exchange();
    seller = exchange.open_account(
        {dollars(1'000), {{exchange.markets().find_token(token_id), shares_of(20'000)}}, false}, server.now());
  });
  ASSERT_TRUE(becomes_true([&] {
    const bool rests = trader->order_state()->sender.accepted > 0 && trader->state().open_orders > 0;
    if (rests) {
      sell_into_bids(token_id);
    } else {
      trader->call(
          [&](engine::Engine& engine) { engine.on_event({engine.now(), model::BuyRequest{token, shares_of(20)}}); });
    }
    return held() >= fresh.min_order_size;
  }));
  remove(fresh, Leaving::exit);
  EXPECT_FALSE(is_retired(fresh));
  EXPECT_TRUE(becomes_true([&] { return is_retired(fresh); }));
  trader->call([&](engine::Engine& engine) {
    EXPECT_LT(engine.ledger().position(token).matched, fresh.min_order_size);  // sold, but for dust
    EXPECT_FALSE(engine.at_stake(engine.markets().token(token).market));
  });
  EXPECT_EQ(trader->lost_commands(), 0U);
}

}  // namespace
}  // namespace ebb::gateway
