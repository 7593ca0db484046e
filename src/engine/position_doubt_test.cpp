// What seems to be gone: a market that resolved while nobody listened is no loss (rules 5.3), and no reading moves the ledger
// before a second source says the same.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

constexpr model::ConnectionIndex kLine{0};
constexpr model::TokenIndex kYes{0};
constexpr model::MarketIndex kMarket{0};

struct Sink : CommandSink {
  void on_command(const model::Command& command, Timestamp) override {
    const auto* asked = std::get_if<model::RefreshBalance>(&command);
    if (asked != nullptr && asked->token == kYes) ++balance_asked;
    if (const auto* order = std::get_if<model::PlaceOrder>(&command)) placed = order->id;
  }
  int balance_asked = 0;
  model::OrderId placed;
};

class PositionDoubt : public ::testing::Test {
 protected:
  PositionDoubt() {
    EngineConfig config;
    config.check_hashes = false;
    engine = std::make_unique<Engine>(config, sink, now);
    model::MarketSpec spec;
    spec.condition_id = "0xc0";
    spec.tokens = {model::TokenSpec{"101", "Yes"}, model::TokenSpec{"102", "No"}};
    EXPECT_TRUE(engine->add_market(spec, Follow::trade, now).has_value());
    say(model::ConnectionOpened{kLine});
    book();
    read(shares_of(10), Price(4'800));  // adopted: nothing was ever traded here
    EXPECT_EQ(held(), shares_of(10));
  }
  void say(const model::EventBody& body) { engine->on_event({now, body}); }
  void book() {
    engine->on_market_frame(
        now, kLine,
        fmt::format(
            R"({{"market":"0xc0","asset_id":"101","timestamp":"{}","hash":"","bids":[{{"price":"0.48","size":"100"}}],"asks":[{{"price":"0.50","size":"100"}}],"event_type":"book"}})",
            now.ms()));
  }
  void read(Shares size, Price average = Price(-1)) {
    say(model::PositionReading{kYes, model::ReadingQuality::fresh, size, average});
  }
  void pass(Duration span) {
    now = now + span;
    engine->advance(now);
  }
  void lose_the_line() {
    say(model::ConnectionClosed{kLine});
    pass(seconds(5));
    say(model::ConnectionOpened{kLine});  // and no book comes: there is none any more
  }
  /// The trades that the venue knows of: none.
  void sweep() { say(model::TradesAnswer{}); }
  /// The second source.
  void balance(Shares size) { say(model::BalanceReading{.token = kYes, .ok = true, .micros = size.raw()}); }
  [[nodiscard]] Shares held() const { return engine->ledger().position(kYes).matched; }

  Sink sink;
  Timestamp now = from_ms(1'790'000'000'000);
  std::unique_ptr<Engine> engine;
};

TEST_F(PositionDoubt, IsNoLossBeforeTheVenueSaidThatTheMarketIsOpen) {
  lose_the_line();
  for (int i = 0; i < 4; ++i) {
    read(Shares(0));
    pass(seconds(10));
  }
  EXPECT_EQ(held(), shares_of(10));
  ASSERT_EQ(engine->unpaid_markets().size(), 1u) << "nobody asks what it paid";
  EXPECT_EQ(engine->unpaid_markets()[0], kMarket);
}

TEST_F(PositionDoubt, AnOrderRefusedBecauseTheMarketIsClosedAsksWhatItPaid) {
  pass(seconds(1));
  ASSERT_NE(sink.placed, model::OrderId{}) << "what is held is sold";
  say(model::PlaceAnswer{
      .id = sink.placed, .outcome = model::PlaceOutcome::rejected, .reject = model::RejectKind::market_closed});
  ASSERT_EQ(engine->unpaid_markets().size(), 1u);
  pass(seconds(1));
  say(model::PayoutReading{kMarket, {Price(-1), Price(-1)}});
  EXPECT_TRUE(engine->unpaid_markets().empty()) << "it is open";
}

TEST_F(PositionDoubt, PaysWhatTheVenueSays) {
  const Usdc cash = engine->ledger().cash();
  lose_the_line();
  read(Shares(0));
  say(model::PayoutReading{kMarket, {Price(5'000), Price(5'000)}});
  EXPECT_EQ(held(), Shares(0));
  EXPECT_EQ(engine->ledger().cash() - cash, dollars(5));
  EXPECT_TRUE(engine->unpaid_markets().empty());
}

TEST_F(PositionDoubt, WhatWasPaidIsNotHeldAgainWhileTheVenueStillShowsIt) {
  lose_the_line();
  read(Shares(0));
  say(model::PayoutReading{kMarket, {Price(5'000), Price(5'000)}});
  for (int i = 0; i < 4; ++i) {
    read(shares_of(10), Price(4'800));
    pass(seconds(10));
    balance(shares_of(10));
    sweep();
    sweep();
  }
  EXPECT_EQ(held(), Shares(0));
}

TEST_F(PositionDoubt, WhatIsGoneFromAnOpenMarketIsGone) {
  lose_the_line();
  read(Shares(0));
  pass(seconds(1));
  say(model::PayoutReading{kMarket, {Price(-1), Price(-1)}});
  EXPECT_TRUE(engine->unpaid_markets().empty());
  read(Shares(0));
  pass(seconds(10));
  read(Shares(0));
  balance(Shares(0));
  sweep();
  sweep();
  EXPECT_EQ(held(), Shares(0));
}

TEST_F(PositionDoubt, TwoReadingsTheBalanceAndTheTradesSinceAreNeeded) {
  read(Shares(0));
  EXPECT_EQ(sink.balance_asked, 0);
  pass(seconds(10));
  read(Shares(0));
  EXPECT_EQ(sink.balance_asked, 1);
  EXPECT_EQ(held(), shares_of(10)) << "the Data API alone moves nothing";
  balance(Shares(0));
  sweep();  // may have been under way when the balance was read
  EXPECT_EQ(held(), shares_of(10));
  sweep();
  EXPECT_EQ(held(), Shares(0));
}

TEST_F(PositionDoubt, IsVoidWhenTheMarketResolvesBeforeItIsSettled) {
  read(Shares(0));
  pass(seconds(10));
  read(Shares(0));
  balance(Shares(0));
  sweep();
  engine->on_market_frame(now, kLine,
                          R"({"event_type":"market_resolved","market":"0xc0","winning_asset_id":"","timestamp":"1"})");
  sweep();
  EXPECT_EQ(held(), shares_of(10)) << "it was paid out, and nobody has said how much";
}

TEST_F(PositionDoubt, AnApiThatIsBehindMovesNothing) {
  for (int i = 0; i < 6; ++i) {
    read(Shares(0));
    pass(seconds(5));
    balance(shares_of(10));
  }
  EXPECT_EQ(held(), shares_of(10));
  for (int i = 0; i < 6; ++i) {
    read(shares_of(30));  // what was sold long ago, as far as it knows
    pass(seconds(5));
    balance(shares_of(10));
  }
  EXPECT_EQ(held(), shares_of(10));
}

TEST_F(PositionDoubt, ABalanceThatNobodyAnswersIsAskedForAgain) {
  read(Shares(0));
  pass(seconds(10));
  read(Shares(0));
  say(model::BalanceReading{.token = kYes});
  pass(seconds(10));
  read(Shares(0));
  EXPECT_GE(sink.balance_asked, 2);
  EXPECT_EQ(held(), shares_of(10));
  balance(Shares(0));
  sweep();
  sweep();
  EXPECT_EQ(held(), Shares(0));
}

}  // namespace
}  // namespace ebb::engine
