#include "portfolio/ledger.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <tuple>

namespace ebb::portfolio {
namespace {

using model::PositionClass;
using model::Side;
using model::TokenIndex;
using model::TradeStatus;

model::MarketSpec two_sided_market(const std::string& name, Shares min_order_size = shares_of(5)) {
  model::MarketSpec spec;
  spec.condition_id = name;
  spec.tokens = {{{name + "-yes", "Yes"}, {name + "-no", "No"}}};
  spec.min_order_size = min_order_size;
  return spec;
}

model::OrderId order_id(std::uint8_t n) {
  model::OrderId id;
  id.bytes[31] = n;
  return id;
}

model::UserTrade leg(int trade, Side side, std::int32_t price, std::int64_t whole_shares,
                     TradeStatus status = TradeStatus::matched, TokenIndex token = TokenIndex(0)) {
  model::UserTrade t;
  t.trade = *model::make_trade_id("trade-" + std::to_string(trade));
  t.order = order_id(static_cast<std::uint8_t>(trade));
  t.token = token;
  t.side = side;
  t.price = Price(price);
  t.size = shares_of(whole_shares);
  t.status = status;
  return t;
}

class LedgerTest : public testing::Test {
 protected:
  LedgerTest() { EXPECT_TRUE(markets_.add(two_sided_market("m"))); }
  Ledger make(SellAfter sell_after = SellAfter::mined) { return Ledger(markets_, sell_after, dollars(100)); }
  static Applied apply(Ledger& ledger, const model::UserTrade& trade, Usdc fee = Usdc()) {
    const auto result = ledger.apply(trade, fee);
    EXPECT_TRUE(result) << (result ? "" : result.error().message);
    return result ? *result : Applied::ignored;
  }
  model::MarketTable markets_;
  const TokenIndex yes_{0};
  const TokenIndex no_{1};
};

TEST_F(LedgerTest, ReportsItsLegsInOrderOfTheirFirstReport) {
  Ledger ledger = make();
  apply(ledger, leg(3, Side::buy, 5000, 10), Usdc(7));
  apply(ledger, leg(1, Side::buy, 4000, 20));
  apply(ledger, leg(2, Side::sell, 6000, 5));
  apply(ledger, leg(1, Side::buy, 4000, 20, TradeStatus::mined));
  const std::vector<LegReport> legs = ledger.legs();
  ASSERT_EQ(legs.size(), 3U);
  EXPECT_EQ(legs[0].trade.view(), "trade-3");
  EXPECT_EQ(legs[0].fee, Usdc(7));
  EXPECT_EQ(legs[1].order, order_id(1));
  EXPECT_EQ(legs[1].status, TradeStatus::mined);
  EXPECT_EQ(legs[1].dollars, dollars(8));
  EXPECT_EQ(legs[2].side, Side::sell);
  EXPECT_EQ(legs[2].size, shares_of(5));
}

TEST_F(LedgerTest, WeighsTheCostOfTwoBuys) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10));
  apply(ledger, leg(2, Side::buy, 6000, 10));
  EXPECT_EQ(ledger.position(yes_).matched, shares_of(20));
  EXPECT_EQ(ledger.average_cost_micros(yes_), 550'000);
  EXPECT_EQ(ledger.cash(), dollars(89));
  EXPECT_EQ(ledger.fills(), 2u);
  EXPECT_EQ(ledger.touched(), std::vector<TokenIndex>{yes_});
}

TEST_F(LedgerTest, BooksRealisedAndFeesOfASale) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10));
  apply(ledger, leg(2, Side::sell, 6000, 4), Usdc(30'000));
  const Position& held = ledger.position(yes_);
  EXPECT_EQ(held.matched, shares_of(6));
  EXPECT_EQ(held.cost, dollars(3));
  EXPECT_EQ(held.realized, Usdc(400'000));
  EXPECT_EQ(held.fees, Usdc(30'000));
  EXPECT_EQ(ledger.cash(), Usdc(97'370'000));
  EXPECT_EQ(held.unmined_sells, shares_of(4));
  EXPECT_EQ(held.unmined_sell_cost, dollars(2));
  EXPECT_EQ(ledger.at_risk(yes_), dollars(5)) << "sold shares leave the exposure only when MINED";
  apply(ledger, leg(2, Side::sell, 6000, 4, TradeStatus::mined));
  EXPECT_EQ(ledger.at_risk(yes_), dollars(3));
  EXPECT_EQ(ledger.position(yes_).unmined_sell_cost, Usdc());
}

TEST_F(LedgerTest, CountsEachLegOnceWhateverIsRepeated) {
  Ledger ledger = make();
  const auto matched = leg(1, Side::buy, 5000, 10);
  EXPECT_EQ(apply(ledger, matched), Applied::new_fill);
  EXPECT_EQ(apply(ledger, matched), Applied::duplicate);
  EXPECT_EQ(apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::mined)), Applied::status_advanced);
  EXPECT_EQ(apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::retrying)), Applied::duplicate) << "late report";
  EXPECT_EQ(apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::failed)), Applied::ignored) << "never after MINED";
  EXPECT_EQ(apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::confirmed)), Applied::status_advanced);
  EXPECT_EQ(ledger.position(yes_).matched, shares_of(10));
  EXPECT_EQ(ledger.filled(order_id(1)), shares_of(10));
  EXPECT_EQ(ledger.fills(), 1u);
}

TEST_F(LedgerTest, OneTradeHasALegPerOrder) {
  Ledger ledger = make();
  auto second = leg(1, Side::buy, 5000, 7);
  second.order = order_id(9);
  apply(ledger, leg(1, Side::buy, 5000, 10));
  apply(ledger, second);
  EXPECT_EQ(ledger.position(yes_).matched, shares_of(17));
  EXPECT_EQ(ledger.filled(order_id(9)), shares_of(7));
}

TEST_F(LedgerTest, SettlesBySellAfter) {
  struct Row {
    SellAfter sell_after;
    std::int64_t at_matched, at_mined, at_confirmed;
  };
  for (const Row& row :
       {Row{SellAfter::matched, 10, 10, 10}, Row{SellAfter::mined, 0, 10, 10}, Row{SellAfter::confirmed, 0, 0, 10}}) {
    Ledger ledger = make(row.sell_after);
    apply(ledger, leg(1, Side::buy, 5000, 10));
    EXPECT_EQ(ledger.position(yes_).settled, shares_of(row.at_matched));
    EXPECT_EQ(ledger.position(yes_).unmined_buys, shares_of(10));
    apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::retrying));
    EXPECT_EQ(ledger.position(yes_).settled, shares_of(row.at_matched));
    apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::mined));
    EXPECT_EQ(ledger.position(yes_).settled, shares_of(row.at_mined));
    EXPECT_EQ(ledger.position(yes_).unmined_buys, Shares());
    apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::confirmed));
    EXPECT_EQ(ledger.position(yes_).settled, shares_of(row.at_confirmed));
    EXPECT_EQ(ledger.position(yes_).unsettled_buys, Shares());
  }
}

TEST_F(LedgerTest, ASaleLeavesSettledFromMatchedOnAndAFailedOneGivesItBack) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::confirmed));
  apply(ledger, leg(2, Side::sell, 6000, 4));
  EXPECT_EQ(ledger.position(yes_).settled, shares_of(6));
  EXPECT_EQ(apply(ledger, leg(2, Side::sell, 6000, 4, TradeStatus::failed)), Applied::reversed);
  EXPECT_EQ(ledger.position(yes_).settled, shares_of(10));
  EXPECT_EQ(ledger.position(yes_).cost, dollars(5));
  EXPECT_EQ(ledger.position(yes_).realized, Usdc());
  EXPECT_EQ(ledger.position(yes_).unmined_sells, Shares());
  EXPECT_EQ(ledger.cash(), dollars(95));
  EXPECT_EQ(ledger.filled(order_id(2)), Shares());
  EXPECT_EQ(ledger.fills(), 1u);
}

TEST_F(LedgerTest, ASaleThatFailedTakesItsCorrectionAlong) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::confirmed));
  apply(ledger, leg(2, Side::sell, 6000, 4));
  ledger.true_up(yes_, Usdc(1));
  EXPECT_EQ(ledger.position(yes_).realized, Usdc(400'001));
  apply(ledger, leg(3, Side::sell, 6000, 2));
  ledger.true_up(yes_, Usdc(1));
  apply(ledger, leg(2, Side::sell, 6000, 4, TradeStatus::failed));
  EXPECT_EQ(ledger.position(yes_).realized, Usdc(200'001));
  EXPECT_EQ(ledger.cash(), Usdc(96'200'001));
}

TEST_F(LedgerTest, AFailedBuyIsAsIfItHadNeverBeen) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::mined));
  apply(ledger, leg(2, Side::buy, 4000, 10), Usdc(10));
  apply(ledger, leg(3, Side::sell, 6000, 10));
  EXPECT_EQ(ledger.position(yes_).realized, Usdc(1'500'000)) << "10 x (0.60 - 0.45)";
  EXPECT_EQ(apply(ledger, leg(2, Side::buy, 4000, 10, TradeStatus::failed)), Applied::reversed);
  const Position& held = ledger.position(yes_);
  EXPECT_EQ(held.matched, Shares());
  EXPECT_EQ(held.cost, Usdc());
  EXPECT_EQ(held.realized, dollars(1)) << "10 x (0.60 - 0.50)";
  EXPECT_EQ(held.fees, Usdc());
  EXPECT_EQ(ledger.cash(), dollars(101));
  EXPECT_EQ(held.round_trips, 1u);
}

TEST_F(LedgerTest, AFailedBuyOfSoldSharesIsANamedShortfall) {
  Ledger ledger = make(SellAfter::matched);
  apply(ledger, leg(1, Side::buy, 5000, 10));
  apply(ledger, leg(2, Side::sell, 6000, 8));
  apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::failed));
  EXPECT_EQ(ledger.position(yes_).matched, Shares());
  EXPECT_EQ(ledger.position(yes_).shortfall, shares_of(8));
  EXPECT_EQ(ledger.position(yes_).settled, shares_of(-8));
  apply(ledger, leg(3, Side::buy, 5000, 10));
  EXPECT_EQ(ledger.position(yes_).shortfall, Shares()) << "the next BUY covers it first";
  EXPECT_EQ(ledger.position(yes_).matched, shares_of(2));
  EXPECT_EQ(ledger.position(yes_).cost, dollars(1));
  EXPECT_EQ(ledger.position(yes_).realized, Usdc(800'000));
}

TEST_F(LedgerTest, ALegFirstHeardOfAsFailedNeverCounts) {
  Ledger ledger = make();
  EXPECT_EQ(apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::failed)), Applied::stillborn);
  EXPECT_EQ(apply(ledger, leg(1, Side::buy, 5000, 10)), Applied::ignored);
  EXPECT_EQ(ledger.position(yes_), Position{});
  EXPECT_TRUE(ledger.touched().empty());
}

TEST_F(LedgerTest, RefusesWhatCannotBe) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10));
  const Position before = ledger.position(yes_);
  EXPECT_EQ(ledger.apply(leg(2, Side::sell, 6000, 11), Usdc()).error().code, "ledger.oversold");
  EXPECT_EQ(ledger.apply(leg(1, Side::buy, 5000, 9), Usdc()).error().code, "ledger.conflict");
  EXPECT_EQ(ledger.apply(leg(3, Side::buy, 5000, 0), Usdc()).error().code, "ledger.invalid");
  EXPECT_EQ(ledger.apply(leg(4, Side::buy, 10'001, 1), Usdc()).error().code, "ledger.invalid");
  EXPECT_EQ(ledger.apply(leg(5, Side::buy, 5000, 1), Usdc(-1)).error().code, "ledger.invalid");
  EXPECT_EQ(ledger.position(yes_), before);
  apply(ledger, leg(6, Side::buy, 5000, 1));
  EXPECT_EQ(apply(ledger, leg(2, Side::sell, 6000, 11)), Applied::new_fill) << "a refused leg may come again";
}

// H11, with exactly the minimum tradable (predecessor 0).
TEST_F(LedgerTest, ClassifiesByTheMarketsMinimum) {
  struct Row {
    std::int64_t micros;
    PositionClass expected;
  };
  for (const Row& row : {Row{0, PositionClass::zero}, Row{464, PositionClass::dust},
                         Row{4'999'000, PositionClass::dust}, Row{5'000'000, PositionClass::actionable}}) {
    Ledger ledger = make();
    if (row.micros > 0) ledger.adopt(yes_, Shares(row.micros), Usdc(1), true);
    EXPECT_EQ(ledger.classify(yes_), row.expected) << row.micros;
  }
}

TEST_F(LedgerTest, CountsARoundTripOnceWhenSellsReachDust) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10));
  apply(ledger, leg(2, Side::sell, 6000, 5));
  EXPECT_EQ(ledger.position(yes_).round_trips, 0u) << "5 left is tradable";
  apply(ledger, leg(3, Side::sell, 6000, 1));
  EXPECT_EQ(ledger.position(yes_).round_trips, 1u);
  apply(ledger, leg(4, Side::sell, 6000, 4));
  EXPECT_EQ(ledger.position(yes_).round_trips, 1u) << "the dust of the same trip";
  apply(ledger, leg(5, Side::buy, 5000, 6));
  apply(ledger, leg(6, Side::sell, 6000, 6));
  EXPECT_EQ(ledger.position(yes_).round_trips, 2u);
}

TEST_F(LedgerTest, WritesOffWhatHasSettledAndKeepsWhatIsInFlight) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::mined));
  apply(ledger, leg(2, Side::buy, 5000, 6));
  ledger.write_off(yes_, dollars(1));
  EXPECT_EQ(ledger.position(yes_).matched, shares_of(6));
  EXPECT_EQ(ledger.position(yes_).settled, Shares());
  EXPECT_EQ(ledger.position(yes_).realized, dollars(-4));
  EXPECT_EQ(ledger.cash(), dollars(93));
}

TEST_F(LedgerTest, RedeemsAtThePayoutEvenWhatIsInFlight) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 10, TradeStatus::mined));
  apply(ledger, leg(2, Side::buy, 5000, 6));
  apply(ledger, leg(3, Side::buy, 2000, 5, TradeStatus::mined, no_));
  ledger.redeem(yes_, kPriceOne);
  ledger.redeem(no_, Price(0));
  EXPECT_EQ(ledger.cash(), dollars(107));
  EXPECT_EQ(ledger.realized(), dollars(7));
  EXPECT_EQ(ledger.position(yes_).settled, Shares());
  apply(ledger, leg(2, Side::buy, 5000, 6, TradeStatus::failed));
  EXPECT_EQ(ledger.cash(), dollars(104)) << "its payout is taken back with its cost";
  EXPECT_EQ(ledger.position(yes_).settled, Shares());
}

TEST_F(LedgerTest, ARedeemedLegThatSettlesLaterChangesNothing) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 5000, 6));
  ledger.redeem(yes_, kPriceOne);
  EXPECT_EQ(apply(ledger, leg(1, Side::buy, 5000, 6, TradeStatus::mined)), Applied::status_advanced);
  EXPECT_EQ(ledger.position(yes_).settled, Shares());
  EXPECT_EQ(ledger.position(yes_).unsettled_buys, Shares());
}

TEST_F(LedgerTest, AnAdoptedPositionMovesCapitalNotCash) {
  Ledger ledger = make();
  ledger.adopt(yes_, shares_of(8), dollars(4), true);
  EXPECT_EQ(ledger.cash(), dollars(100));
  EXPECT_EQ(ledger.capital(), dollars(104));
  EXPECT_EQ(ledger.position(yes_).settled, shares_of(8));
  EXPECT_EQ(ledger.average_cost_micros(yes_), 500'000);
}

TEST_F(LedgerTest, UnknownCostIsNamedAndCountsADollarAShare) {
  Ledger ledger = make();
  ledger.adopt(yes_, shares_of(8), Usdc(), false);
  EXPECT_FALSE(ledger.position(yes_).cost_known);
  EXPECT_EQ(ledger.at_risk(yes_), dollars(8));
  ledger.learn_cost(yes_, dollars(3));
  EXPECT_TRUE(ledger.position(yes_).cost_known);
  EXPECT_EQ(ledger.at_risk(yes_), dollars(3));
  EXPECT_EQ(ledger.capital(), dollars(103));
  ledger.learn_cost(yes_, dollars(7));
  EXPECT_EQ(ledger.at_risk(yes_), dollars(3)) << "a known cost is not overwritten";
}

TEST(ExecutableValue, SellsIntoTheBidsBestFirst) {
  const std::vector<std::uint16_t> prices{3000, 4000, 4500};
  const std::vector<std::int64_t> sizes{100'000'000, 5'000'000, 2'000'000};
  const model::BookView book{prices, sizes, {}, {}};
  EXPECT_EQ(executable_value(book, shares_of(2)), Usdc(900'000));
  EXPECT_EQ(executable_value(book, shares_of(10)), Usdc(900'000 + 2'000'000 + 900'000));
  EXPECT_EQ(executable_value(book, shares_of(1000)), Usdc(900'000 + 2'000'000 + 30'000'000)) << "no depth, no value";
  EXPECT_EQ(executable_value(model::BookView{}, shares_of(10)), Usdc());
  const std::array own{model::Level{Price(book.bid_prices.back()), Shares(book.bid_sizes.back())}};
  EXPECT_EQ(executable_value(book, shares_of(1000), own),
            executable_value(book, shares_of(1000)) - notional(own[0].price, own[0].size))
      << "nobody buys from himself";
}

// The venue matched the sale before the market resolved; its trade reached us after.
TEST_F(LedgerTest, ASaleToldAfterThePayoutIsBookedBeforeIt) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 4000, 10, TradeStatus::confirmed));
  ledger.redeem(yes_, Price(0));
  EXPECT_EQ(ledger.cash(), dollars(96));
  EXPECT_EQ(apply(ledger, leg(2, Side::sell, 5000, 6)), Applied::new_fill);
  EXPECT_EQ(ledger.cash(), dollars(99)) << "six sold at 0.50, four worthless";
  EXPECT_EQ(ledger.realized(), -dollars(1));
  EXPECT_EQ(ledger.position(yes_).matched, Shares());
  EXPECT_EQ(ledger.position(yes_).unmined_sells, shares_of(6));
  EXPECT_EQ(apply(ledger, leg(2, Side::sell, 5000, 6, TradeStatus::mined)), Applied::status_advanced);
  EXPECT_EQ(ledger.position(yes_).unmined_sells, Shares());
  EXPECT_EQ(ledger.apply(leg(3, Side::sell, 5000, 5), Usdc()).error().code, "ledger.oversold") << "only four are left";
}

TEST_F(LedgerTest, ASaleToldAfterAWriteOffTakesTheLossBack) {
  Ledger ledger = make();
  apply(ledger, leg(1, Side::buy, 4000, 10, TradeStatus::confirmed));
  ledger.write_off(yes_, Usdc());
  EXPECT_EQ(ledger.realized(), -dollars(4));
  EXPECT_EQ(apply(ledger, leg(2, Side::sell, 6000, 10)), Applied::new_fill);
  EXPECT_EQ(ledger.realized(), dollars(2));
  EXPECT_EQ(ledger.cash(), dollars(102));
}

using Operation = std::tuple<int, int, int, int>;  // what, which leg, price step, size

/// A second bookkeeping by plain re-computation: sums over the legs that live, in order.
struct Plain {
  struct Leg {
    Side side;
    std::int64_t dollars, size, fee;
    bool failed = false;
  };
  std::vector<Leg> legs;
  std::int64_t held = 0, missing = 0, cost = 0, realized = 0, cash = 0, fees = 0;

  void recompute() {
    held = missing = cost = realized = cash = fees = 0;
    for (const Leg& l : legs) {
      if (l.failed) continue;
      fees += l.fee;
      if (l.side == Side::buy) {
        const std::int64_t cover = std::min(missing, l.size);
        const std::int64_t cover_cost = l.dollars * cover / l.size;
        cash -= l.dollars + l.fee;
        missing -= cover;
        held += l.size - cover;
        cost += l.dollars - cover_cost;
        realized -= cover_cost;
      } else {
        const std::int64_t out = std::min(held, l.size);
        const std::int64_t out_cost = held > 0 ? cost * out / held : 0;
        cash += l.dollars - l.fee;
        realized += l.dollars - out_cost;
        cost -= out_cost;
        held -= out;
        missing += l.size - out;
      }
    }
  }
};

TEST(LedgerProperty, AgreesWithAPlainRecomputationUnderAnySequence) {
  model::MarketTable markets;
  ASSERT_TRUE(markets.add(two_sided_market("m")));
  const TokenIndex token(0);
  EXPECT_TRUE(rc::check("positions, money and settlement", [&](const std::vector<Operation>& operations, bool matched) {
    Ledger ledger(markets, matched ? SellAfter::matched : SellAfter::mined, dollars(1000));
    Plain plain;
    std::vector<model::UserTrade> sent;
    std::vector<std::size_t> plain_of;  // index into plain.legs
    int next_id = 0;
    for (const auto& [what, which, step, size] : operations) {
      const int action = ((what % 4) + 4) % 4;
      if (action <= 1) {
        const std::int32_t price = 100 * (1 + ((step % 99) + 99) % 99);
        auto trade = leg(++next_id, action == 0 ? Side::buy : Side::sell, price, 1);
        trade.size = Shares(10'000 * (1 + ((size % 2000) + 2000) % 2000));
        const Usdc fee(((step % 7) + 7) % 7 * 10);
        const auto result = ledger.apply(trade, fee);
        if (!result) {
          RC_ASSERT(result.error().code == "ledger.oversold");
          RC_ASSERT(trade.size.raw() > plain.held);
          continue;
        }
        sent.push_back(trade);
        plain_of.push_back(plain.legs.size());
        plain.legs.push_back(
            {trade.side, std::int64_t{price} * trade.size.raw() / 10'000, trade.size.raw(), fee.raw()});
      } else if (!sent.empty()) {
        const std::size_t i = static_cast<std::size_t>(((which % 1000) + 1000) % 1000) % sent.size();
        auto report = sent[i];
        const bool mined = report.status == TradeStatus::mined || report.status == TradeStatus::confirmed;
        report.status =
            action == 2 ? TradeStatus::failed : (step % 2 == 0 ? TradeStatus::mined : TradeStatus::confirmed);
        const bool was_failed = sent[i].status == TradeStatus::failed;
        const auto result = ledger.apply(report, Usdc());
        RC_ASSERT(result.has_value());
        if (action == 2 && !mined) {
          RC_ASSERT(*result == (was_failed ? Applied::duplicate : Applied::reversed));
          plain.legs[plain_of[i]].failed = true;
          sent[i].status = TradeStatus::failed;
        } else if (*result == Applied::status_advanced) {
          sent[i].status = report.status;
        }
      }
      plain.recompute();
      const Position& held = ledger.position(token);
      RC_ASSERT(held.matched.raw() == plain.held);
      RC_ASSERT(held.shortfall.raw() == plain.missing);
      RC_ASSERT(held.cost.raw() == plain.cost);
      RC_ASSERT(held.cost.raw() >= 0);
      RC_ASSERT(held.matched.raw() > 0 || held.cost.raw() == 0);
      RC_ASSERT(held.realized.raw() == plain.realized);
      RC_ASSERT(ledger.realized() == held.realized);
      RC_ASSERT(ledger.fees().raw() == plain.fees);
      RC_ASSERT((ledger.cash() - dollars(1000)).raw() == plain.cash);
      RC_ASSERT(ledger.cash() + held.cost - held.realized + held.fees == ledger.capital());
      std::int64_t settled = 0, unmined = 0;
      std::uint64_t fills = 0;
      for (const auto& trade : sent) {
        if (trade.status == TradeStatus::failed) continue;
        ++fills;
        const bool is_mined = trade.status != TradeStatus::matched;
        if (trade.side == Side::sell) {
          settled -= trade.size.raw();
          if (!is_mined) unmined += trade.size.raw();
        } else if (matched || is_mined) {
          settled += trade.size.raw();
        }
      }
      RC_ASSERT(held.settled.raw() == settled);
      RC_ASSERT(held.unmined_sells.raw() == unmined);
      RC_ASSERT(ledger.fills() == fills);
    }
  }));
}

}  // namespace
}  // namespace ebb::portfolio
