// The frames, read back by the decoder that reads the live venue: books rebuilt from them carry the stated hashes.
#include "exchange/frames.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exchange/agents.hpp"
#include "exchange/exchange_fixture.hpp"
#include "polymarket/book_hash.hpp"
#include "polymarket/market_decoder.hpp"
#include "polymarket/user_decoder.hpp"

namespace ebb::exchange {
namespace {

using model::MarketEventKind;
using ::testing::HasSubstr;

/// What a subscriber knows of one token.
struct Replica {
  std::map<int, std::int64_t> bids, asks;
  Price last_trade = model::kNoPrice;
  Price tick{100};
  std::string stated_hash;
  std::int64_t ms = 0;

  [[nodiscard]] std::string hash(const model::MarketSpec& spec, const std::string& token) const {
    std::vector<std::uint16_t> bid_prices, ask_prices;
    std::vector<std::int64_t> bid_sizes, ask_sizes;
    for (const auto& [price, size] : bids) {
      bid_prices.push_back(static_cast<std::uint16_t>(price));
      bid_sizes.push_back(size);
    }
    for (auto it = asks.rbegin(); it != asks.rend(); ++it) {
      ask_prices.push_back(static_cast<std::uint16_t>(it->first));
      ask_sizes.push_back(it->second);
    }
    polymarket::BookHasher hasher;
    return crypto::to_hex(
        hasher.hash({bid_prices, bid_sizes, ask_prices, ask_sizes},
                    {spec.condition_id, token, ms, spec.min_order_size, tick, spec.neg_risk, last_trade}));
  }
};

class Subscriber {
 public:
  explicit Subscriber(const Exchange& exchange) : exchange_(exchange) {
    std::vector<model::TokenIndex> all;
    for (std::uint32_t t = 0; t < exchange.markets().token_count(); ++t) all.push_back(model::TokenIndex(t));
    replicas_.resize(all.size());
    read(exchange.snapshot_frame(all));
  }

  void read(const std::string& text) {
    model::DecodedFrame frame;
    decoder_.decode(text, frame);
    ASSERT_EQ(frame.malformed, 0U) << text;
    ASSERT_EQ(frame.unknown_types, 0U) << text;
    for (const model::MarketEvent& event : frame.events) apply(frame, event);
  }

  /// How many tokens' rebuilt books have another hash than the book that REST shows.
  [[nodiscard]] int unlike_rest() {
    int unlike = 0;
    for (std::uint32_t t = 0; t < replicas_.size(); ++t) {
      Replica replica = replicas_[t];
      // Two prints of one operation may come in either order: then the last price is not told by the frames.
      if (!check_each) replica.last_trade = exchange_.last_trade(model::TokenIndex(t));
      const std::string stated = "\"hash\":\"" +
                                 replica.hash(exchange_.markets().market_of(model::TokenIndex(t)),
                                              exchange_.markets().token_id(model::TokenIndex(t))) +
                                 "\"";
      unlike += exchange_.book_json(model::TokenIndex(t)).find(stated) == std::string::npos ? 1 : 0;
    }
    return unlike;
  }
  std::uint64_t events = 0;
  std::uint64_t checked = 0;
  std::uint64_t failed = 0;
  bool check_each = true;

 private:
  Replica& of(std::string_view asset) { return replicas_[exchange_.markets().find_token(asset).value()]; }

  void apply(const model::DecodedFrame& frame, const model::MarketEvent& event) {
    switch (event.kind) {
      case MarketEventKind::book: {
        ++events;
        Replica& replica = of(event.asset_id);
        replica.bids.clear();
        replica.asks.clear();
        for (const model::Level& l : frame.bids(event)) replica.bids[l.price.raw()] = l.size.raw();
        for (const model::Level& l : frame.asks(event)) replica.asks[l.price.raw()] = l.size.raw();
        if (event.tick != model::kNoPrice) replica.tick = event.tick;
        if (event.has_last_trade_field) replica.last_trade = event.last_trade;
        state(replica, event.asset_id, event.hash, event.timestamp_ms);
        break;
      }
      case MarketEventKind::price_change:
        for (const model::LevelChange& c : frame.changes_of(event)) {
          ++events;
          Replica& replica = of(c.asset_id);
          auto& ladder = c.side == model::Side::buy ? replica.bids : replica.asks;
          if (c.size.raw() == 0) {
            ladder.erase(c.price.raw());
          } else {
            ladder[c.price.raw()] = c.size.raw();
          }
          state(replica, c.asset_id, c.hash, event.timestamp_ms);
          EXPECT_EQ(c.best_bid.raw(), replica.bids.empty() ? 0 : replica.bids.rbegin()->first);
          EXPECT_EQ(c.best_ask.raw(), replica.asks.empty() ? 10'000 : replica.asks.begin()->first);
        }
        break;
      case MarketEventKind::last_trade_price:
        ++events;
        of(event.asset_id).last_trade = event.price;
        break;
      case MarketEventKind::tick_size_change:
        ++events;
        of(event.asset_id).tick = event.tick;
        of(event.asset_id).ms = event.timestamp_ms;
        break;
      case MarketEventKind::best_bid_ask:
      case MarketEventKind::new_market: ++events; break;
      case MarketEventKind::market_resolved: events += 2; break;
    }
  }
  void state(Replica& replica, std::string_view asset, std::string_view hash, std::int64_t ms) {
    replica.stated_hash = hash;
    replica.ms = ms;
    ++checked;
    const model::TokenIndex token = exchange_.markets().find_token(asset);
    if (check_each && replica.hash(exchange_.markets().market_of(token), std::string(asset)) != hash) ++failed;
  }

  const Exchange& exchange_;
  polymarket::MarketDecoder decoder_;
  std::vector<Replica> replicas_;
};

class Frames : public ExchangeFixture {};

TEST_F(Frames, the_first_dump_and_rest_have_the_stated_shape) {
  buy(alice, yes, 4800, 10);
  const std::vector<model::TokenIndex> both{yes, no};
  const std::string dump = exchange.snapshot_frame(both);
  EXPECT_EQ(dump.front(), '[');
  EXPECT_THAT(
      dump, HasSubstr("\"bids\":[{\"price\":\"0.48\",\"size\":\"10\"}],\"asks\":[],\"min_order_size\":\"5\","
                      "\"tick_size\":\"0.01\",\"neg_risk\":false,\"event_type\":\"book\",\"last_trade_price\":\"\"}"));
  EXPECT_THAT(dump, HasSubstr("\"bids\":[],\"asks\":[{\"price\":\"0.52\",\"size\":\"10\"}]"));
  EXPECT_EQ(exchange.snapshot_frame({}), "[]");
  const std::string rest = exchange.book_json(no);
  for (const char* key : {"market", "asset_id", "timestamp", "hash", "bids", "asks", "min_order_size\":\"5\"",
                          "tick_size\":\"0.01\"", "neg_risk\":false", "last_trade_price\":\"\""}) {
    EXPECT_THAT(rest, HasSubstr(std::string("\"") + key));
  }
  EXPECT_EQ(rest.find("event_type"), std::string::npos);
}

TEST_F(Frames, a_price_change_names_both_tokens) {
  buy(alice, no, 4800, 10);
  const auto texts = frames(Channel::market);
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_THAT(
      texts[0],
      HasSubstr("\"price_changes\":[{\"asset_id\":\"200\",\"price\":\"0.48\",\"size\":\"10\",\"side\":\"BUY\""));
  EXPECT_THAT(texts[0], HasSubstr("\"best_bid\":\"0.48\",\"best_ask\":\"1\"},{\"asset_id\":\"100\",\"price\":\"0.52\","
                                  "\"size\":\"10\",\"side\":\"SELL\""));
  EXPECT_THAT(texts[0], HasSubstr("\"timestamp\":\"1790000000000\",\"event_type\":\"price_change\"}"));
}

TEST_F(Frames, user_frames_are_read_by_the_user_decoder) {
  sell(bob, no, 4500, 10);
  const AccountIndex carol = exchange.open_account({Usdc(), {{yes, shares_of(20)}}, true}, now);
  (void)exchange.take_outgoing();
  sell(carol, yes, 5400, 8);  // merges with bob at 0.55
  const Identity& id = exchange.identity(bob);
  polymarket::UserDecoder decoder(exchange.markets(), {id.owner, id.address});
  std::vector<model::UserTrade> trades;
  std::vector<model::UserOrder> updates;
  for (const Outgoing& frame : exchange.take_outgoing()) {
    if (frame.channel != Channel::user || frame.account != bob) continue;
    polymarket::UserFrameContent content;
    decoder.decode(frame.text, content);
    EXPECT_EQ(content.malformed, 0U);
    trades.insert(trades.end(), content.trades.begin(), content.trades.end());
    updates.insert(updates.end(), content.orders.begin(), content.orders.end());
  }
  ASSERT_EQ(trades.size(), 1U);
  EXPECT_EQ(trades[0].token, no);
  EXPECT_EQ(trades[0].side, model::Side::sell);
  EXPECT_EQ(trades[0].price, Price(4500));
  EXPECT_EQ(trades[0].size, shares_of(8));
  EXPECT_TRUE(trades[0].maker);
  ASSERT_EQ(updates.size(), 1U);
  EXPECT_EQ(updates[0].size_matched, shares_of(8));
}

/// A demo that has run for a second, and somebody who subscribes to all of it then.
std::unique_ptr<Subscriber> join_demo(Exchange& exchange) {
  AgentConfig agents;
  agents.seed = 3;
  agents.start = kStart;
  DemoMarketsConfig markets;
  markets.start = kStart;
  markets.short_lives = {seconds(20)};
  populate(exchange, markets, agents);
  exchange.advance(kStart + seconds(1));
  (void)exchange.take_outgoing();
  return std::make_unique<Subscriber>(exchange);
}

TEST(DemoFrames, every_stated_hash_is_that_of_the_rebuilt_book) {
  Exchange exchange({.seed = 3, .emit_best_bid_ask = true});
  const auto subscriber = join_demo(exchange);
  const std::uint64_t before = exchange.market_events();
  exchange.advance(kStart + seconds(31));
  for (const Outgoing& frame : exchange.take_outgoing()) {
    if (frame.channel == Channel::market) subscriber->read(frame.text);
  }
  EXPECT_EQ(subscriber->failed, 0U);
  EXPECT_GT(subscriber->checked, 1'500U);
  EXPECT_EQ(subscriber->unlike_rest(), 0);
  EXPECT_EQ(subscriber->events, exchange.market_events() - before + exchange.markets().token_count());
}

TEST(DemoFrames, permuted_frames_still_end_in_the_true_books) {
  Exchange exchange({.seed = 3, .emit_order = 77});
  const auto subscriber = join_demo(exchange);
  subscriber->check_each = false;
  exchange.advance(kStart + seconds(31));
  for (const Outgoing& frame : exchange.take_outgoing()) {
    if (frame.channel == Channel::market) subscriber->read(frame.text);
  }
  EXPECT_EQ(subscriber->unlike_rest(), 0);
}

}  // namespace
}  // namespace ebb::exchange
