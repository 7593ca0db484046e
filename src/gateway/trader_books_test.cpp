// A trader that keeps books, is cut off, and goes on: over real sockets against the embedded exchange.
#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "gateway/trader_rig.hpp"

namespace ebb::gateway {
namespace {

using testing::becomes_true;
using ::testing::HasSubstr;

class TraderBooks : public ::testing::Test {
 protected:
  TraderBooks() : venue(host()) {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-books-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  void TearDown() override {
    if (trader) trader->finish();
    trader.reset();
    journal.reset();
    std::filesystem::remove_all(folder);
  }
  static ExchangeHostConfig host() {
    ExchangeHostConfig config;
    config.venue.markets = 12;
    config.venue.exchange.settlement.scale = 0.01;
    return config;
  }

  /// Begins a life: the journal of this folder is opened and read, the trader started.
  void start(bool live, std::size_t markets = 12, std::vector<std::string> tokens = {}) {
    TraderConfig config = live ? testing::live_trader(venue) : TraderConfig{.venue = venue.address(), .engine = {}};
    config.engine.forced_tier = "demo";
    config.engine.starting_cash = dollars(10'000);
    config.markets.assign(venue.markets().begin(), venue.markets().begin() + static_cast<std::ptrdiff_t>(markets));
    config.tokens = std::move(tokens);
    journal =
        std::make_unique<store::Journal>(store::Journal::open({.directory = folder, .now = net::Loop().now()}).value());
    const store::JournalAccount account{.venue = live ? "live" : "paper", .wallet = config.engine.maker_address};
    config.books = BooksConfig{
        .journal = journal.get(), .run = {.account = account}, .recovery = journal->db().recover(account).value()};
    recovery = config.books->recovery;
    trader = std::make_unique<Trader>(std::move(config));
    const auto started = trader->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  /// Ends it without a word to the venue, as a crash would.
  void cut_off() {
    trader->finish();
    EXPECT_TRUE(trader->book_errors().empty());
    trader.reset();
    journal.reset();
  }
  template <class Look>
  auto look(Look look) {
    decltype(look(trader->engine())) result{};
    trader->call([&](engine::Engine& engine) { result = look(engine); });
    return result;
  }
  [[nodiscard]] std::size_t open_orders() {
    return look([](engine::Engine& engine) { return engine.orders().open().size(); });
  }
  [[nodiscard]] std::uint64_t fills() {
    return look([](engine::Engine& engine) { return engine.ledger().fills(); });
  }
  [[nodiscard]] std::set<std::string> orders_at_the_venue() {
    std::set<std::string> ids;
    venue.call([&](exchange::VenueServer& server) {
      for (const exchange::TruthOrder& order : server.exchange().truth().orders) {
        if (order.kind == exchange::TruthOrderKind::refused || order.kind == exchange::TruthOrderKind::cancel_refused)
          continue;
        if (order.live) ids.insert(model::to_text(order.id));
        if (!order.live) ids.erase(model::to_text(order.id));
      }
    });
    return ids;
  }
  /// The restart phase is over and the gate is open.
  [[nodiscard]] bool goes_on() {
    return becomes_true([&] {
      const bool restarting = look([](engine::Engine& engine) { return engine.restarting(); });
      const auto state = trader->order_state();
      return !restarting && (!state || state->gate_open);
    });
  }

  testing::VenueThread venue;
  std::filesystem::path folder;
  std::unique_ptr<store::Journal> journal;
  std::unique_ptr<Trader> trader;
  model::Recovery recovery;
};

TEST_F(TraderBooks, AnOrderlyStopLeavesNothingToAskFor) {
  start(true);
  EXPECT_TRUE(recovery.first_run);
  ASSERT_TRUE(becomes_true([&] { return fills() > 0; }));
  trader->begin_stop();
  ASSERT_TRUE(becomes_true([&] { return open_orders() == 0; }));
  const Usdc cash = look([](engine::Engine& engine) { return engine.ledger().cash(); });
  cut_off();
  start(true);
  EXPECT_FALSE(recovery.first_run);
  EXPECT_TRUE(recovery.ended_in_order);
  EXPECT_TRUE(recovery.orders.empty());
  EXPECT_EQ(look([](engine::Engine& engine) { return engine.ledger().cash(); }), cash);
}

TEST_F(TraderBooks, ATraderThatWasCutOffKnowsItsOrdersAgain) {
  start(true);
  ASSERT_TRUE(becomes_true([&] { return fills() > 0 && open_orders() > 1; }));
  cut_off();
  const std::set<std::string> left = orders_at_the_venue();
  start(true);
  EXPECT_FALSE(recovery.ended_in_order);
  std::set<std::string> recovered;
  for (const model::RecoveredOrder& order : recovery.orders) recovered.insert(model::to_text(order.last.id));
  for (const std::string& id : left)
    EXPECT_TRUE(recovered.contains(id)) << id << " rests at the venue and is forgotten";
  ASSERT_TRUE(goes_on());
  EXPECT_TRUE(becomes_true([&] {  // whatever rests is known
    const std::set<std::string> at_venue = orders_at_the_venue();
    return look([&](engine::Engine& engine) {
      std::size_t known = 0;
      for (const execution::OrderHandle handle : engine.orders().open())
        known += at_venue.contains(model::to_text(engine.orders()[handle].intent.id)) ? 1 : 0;
      return known == at_venue.size();
    });
  }));
  const auto state = trader->order_state();
  for (const std::string& notice : state->notices) EXPECT_THAT(notice, ::testing::Not(HasSubstr("foreign_order")));
}

TEST_F(TraderBooks, MarketsThatAreNotConfiguredAnyMoreAreWorkedOff) {
  start(true);
  ASSERT_TRUE(becomes_true([&] {
    return look([](engine::Engine& engine) {
      std::set<std::uint32_t> markets;
      for (const model::TokenIndex token : engine.ledger().touched())
        markets.insert(engine.markets().token(token).market.value());
      return markets.size() > 2;
    });
  }));
  cut_off();
  start(true, 1);
  ASSERT_FALSE(trader->worked_off().empty());
  ASSERT_TRUE(goes_on());
  const auto other_buys = [](engine::Engine& engine) {
    std::size_t count = 0;
    for (const execution::OrderHandle handle : engine.orders().open()) {
      const execution::Order& order = engine.orders()[handle];
      const bool configured = engine.markets().token(order.intent.token).market == model::MarketIndex(0);
      if (!configured && order.intent.side == model::Side::buy && !order.cancel_requested && !order.ended_at_venue)
        ++count;
    }
    return count;
  };
  // One of which the venue has not told yet what became of it may take longer than the restart.
  EXPECT_TRUE(becomes_true([&] { return look(other_buys) == 0; }));
  const auto selling = [&](engine::Engine& engine) {
    for (std::uint32_t i = 0; i < engine.markets().token_count(); ++i) {
      const model::TokenIndex token(i);
      const bool configured = engine.markets().token(token).market == model::MarketIndex(0);
      if (!configured && engine.trader(token).blocked(engine::Block::work_off)) return true;
    }
    return false;
  };
  EXPECT_TRUE(look(selling));
}

TEST_F(TraderBooks, TokensThatAreNotChosenAnyMoreAreWorkedOff) {
  start(true);
  ASSERT_TRUE(becomes_true([&] { return fills() > 2; }));
  cut_off();
  const std::string& chosen = venue.markets()[11].tokens[1].token_id;
  start(true, 12, {chosen});
  EXPECT_TRUE(trader->worked_off().empty()) << "their markets are followed anyway";
  const auto left = look([&](engine::Engine& engine) {
    std::pair<std::size_t, std::size_t> tokens;  // held, and worked off
    for (const model::TokenIndex token : engine.ledger().touched()) {
      const bool held = engine.ledger().position(token).matched.raw() > 0;
      if (!held || engine.markets().token_id(token) == chosen) continue;
      const engine::TokenTrader& t = engine.trader(token);
      ++tokens.first;
      tokens.second += t.traded() && t.blocked(engine::Block::work_off) ? 1U : 0U;
    }
    return tokens;
  });
  EXPECT_GT(left.first, 0U);
  EXPECT_EQ(left.first, left.second);
  const auto followed_only = look([](engine::Engine& engine) {
    std::size_t count = 0;
    for (std::uint32_t i = 0; i < engine.markets().token_count(); ++i)
      count += engine.trader(model::TokenIndex(i)).blocked(engine::Block::not_traded) ? 1U : 0U;
    return count;
  });
  EXPECT_GT(followed_only, 0U) << "what nobody holds is not traded";
}

TEST_F(TraderBooks, AJournalThatCannotBeWrittenHoldsOrdersBackAndLetsThemGoAgain) {
  start(true);
  ASSERT_TRUE(goes_on());
  const std::string path = (folder / "journal.db").string();
  {
    SQLite::Database other(path, SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");  // somebody else's transaction, for ever
    ASSERT_TRUE(becomes_true([&] {
      const auto state = trader->order_state();
      return !state->gate_open && state->gate_reasons.find("journal") != std::string::npos;
    })) << trader->order_state()->gate_reasons;
    const std::uint64_t placed = trader->order_state()->sender.placed;
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_EQ(trader->order_state()->sender.placed, placed) << "an order left without books";
    other.exec("ROLLBACK");
  }
  EXPECT_TRUE(becomes_true([&] { return trader->order_state()->gate_open; })) << trader->order_state()->gate_reasons;
}

TEST_F(TraderBooks, PaperGoesOnWithItsLedgerAndWithoutItsOrders) {
  start(false);
  ASSERT_TRUE(becomes_true([&] { return fills() > 0; })) << "no fill on paper";
  cut_off();
  start(false);
  ASSERT_FALSE(recovery.first_run);
  const std::uint64_t before = look([](engine::Engine& engine) { return engine.ledger().fills(); });
  EXPECT_GT(before, 0U);
  EXPECT_TRUE(becomes_true([&] {
    return look([&](engine::Engine& engine) {
      for (const execution::OrderHandle handle : engine.orders().open()) {
        if (engine.orders()[handle].restored) return false;
      }
      return true;
    });
  }));
  ASSERT_TRUE(goes_on());
  trader->begin_stop();
  ASSERT_TRUE(becomes_true([&] { return open_orders() == 0; }));
  trader->finish();
  EXPECT_EQ(trader->engine().ledger().cash(), trader->paper()->venue().cash());
}

}  // namespace
}  // namespace ebb::gateway
