// Every cell of the decision tables, and that docs/reconciliation.md shows the same ones.
#include "portfolio/evidence.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace ebb::portfolio {
namespace {

model::MarketTable one_market() {
  model::MarketTable markets;
  model::MarketSpec spec;
  spec.condition_id = "0x" + std::string(64, 'a');
  spec.tokens[0] = {"11", "Yes"};
  spec.tokens[1] = {"12", "No"};
  EXPECT_TRUE(markets.add(spec).has_value());
  return markets;
}

std::string order_table() {
  std::string text = "|";
  for (int e = 0; e < kOrderEvidence; ++e) text += " | " + std::string(to_text(static_cast<OrderEvidence>(e)));
  text += " |\n|---";
  for (int e = 0; e < kOrderEvidence; ++e) text += "|---";
  text += "|\n";
  for (int v = 0; v < kOrderViews; ++v) {
    text += "| " + std::string(to_text(static_cast<OrderView>(v)));
    for (int e = 0; e < kOrderEvidence; ++e) {
      const OrderDecision d = decide(static_cast<OrderView>(v), static_cast<OrderEvidence>(e));
      text += " | " + std::string(to_text(d.verdict));
      if (d.action != OrderAction::none) text += ": " + std::string(to_text(d.action));
    }
    text += " |\n";
  }
  return text;
}

std::string fill_table() {
  std::string text = "|";
  for (int e = 0; e < kFillEvidence; ++e) text += " | " + std::string(to_text(static_cast<FillEvidence>(e)));
  text += " |\n|---";
  for (int e = 0; e < kFillEvidence; ++e) text += "|---";
  text += "|\n";
  for (int v = 0; v < kFillViews; ++v) {
    text += "| " + std::string(to_text(static_cast<FillView>(v)));
    for (int e = 0; e < kFillEvidence; ++e)
      text += " | " + std::string(to_text(decide(static_cast<FillView>(v), static_cast<FillEvidence>(e))));
    text += " |\n";
  }
  return text;
}

std::string origin_table() {
  std::string text = "| the leg is of | action |\n|---|---|\n";
  for (int o = 0; o < kFillOrigins; ++o) {
    const auto origin = static_cast<FillOrigin>(o);
    text += "| " + std::string(to_text(origin)) + " | " + std::string(to_text(decide(origin))) + " |\n";
  }
  return text;
}

/// What stands between `<!-- name -->` and the next comment of the document.
std::string documented(const std::string& name) {
  auto path = std::filesystem::path(__FILE__).parent_path() / "../../docs/reconciliation.md";
  if (!std::filesystem::exists(path)) path = "docs/reconciliation.md";
  std::ifstream file(path);
  std::stringstream all;
  all << file.rdbuf();
  const std::string text = all.str();
  const std::string mark = "<!-- " + name + " -->\n";
  const std::size_t from = text.find(mark);
  if (from == std::string::npos) return "no table '" + name + "'";
  const std::size_t begin = from + mark.size();
  return text.substr(begin, text.find("<!--", begin) - begin);
}

TEST(Evidence, TheDocumentShowsTheTablesOfTheCode) {
  EXPECT_EQ(documented("orders"), order_table());
  EXPECT_EQ(documented("fills"), fill_table());
  EXPECT_EQ(documented("origins"), origin_table());
}

// What must be true of the table of orders whatever its cells say.
TEST(Evidence, NoCellGuesses) {
  for (int v = 0; v < kOrderViews; ++v) {
    const auto view = static_cast<OrderView>(v);
    EXPECT_EQ(decide(view, OrderEvidence::error), (OrderDecision{OrderVerdict::unknown, OrderAction::none}))
        << "an error is no evidence: " << to_text(view);
    const OrderAction listed = decide(view, OrderEvidence::not_listed).action;
    EXPECT_TRUE(listed == OrderAction::none || listed == OrderAction::ask)
        << "a list proves nothing about one order: " << to_text(view);
    EXPECT_NE(decide(view, OrderEvidence::not_found).action, OrderAction::end)
        << "one answer 'not found' ends nothing: " << to_text(view);
    EXPECT_EQ(decide(view, OrderEvidence::live), decide(view, OrderEvidence::listed)) << to_text(view);
    EXPECT_EQ(decide(view, OrderEvidence::matched), decide(view, OrderEvidence::canceled)) << to_text(view);
  }
  EXPECT_EQ(decide(OrderView::terminal, OrderEvidence::live).verdict, OrderVerdict::zombie);
  EXPECT_EQ(decide(OrderView::foreign, OrderEvidence::listed).action, OrderAction::report);
  EXPECT_EQ(decide(OrderView::cancel_pending, OrderEvidence::live).action, OrderAction::cancel_again);
}

FillVerdict verdict_of(const Expected<Applied>& applied) {
  if (!applied) return applied.error().code == "ledger.conflict" ? FillVerdict::conflict : FillVerdict::ignore;
  switch (*applied) {
    case Applied::new_fill: return FillVerdict::book;
    case Applied::status_advanced: return FillVerdict::advance;
    case Applied::reversed: return FillVerdict::reverse;
    case Applied::duplicate: return FillVerdict::duplicate;
    case Applied::ignored:
    case Applied::too_old: return FillVerdict::ignore;
    case Applied::stillborn: return FillVerdict::stillborn;
  }
  return FillVerdict::ignore;
}

model::UserTrade leg(model::TradeStatus status) {
  return {.trade = *model::make_trade_id("one"),
          .order = {},
          .token = model::TokenIndex(0),
          .side = model::Side::buy,
          .price = Price(5000),
          .size = shares_of(10),
          .status = status,
          .maker = true,
          .time = from_ms(1000)};
}

class FillCell : public ::testing::TestWithParam<int> {};

// The ledger does what the table says, cell by cell, and only what it says moves the position.
TEST_P(FillCell, IsWhatTheLedgerDoes) {
  const auto view = static_cast<FillView>(GetParam() / kFillEvidence);
  const auto evidence = static_cast<FillEvidence>(GetParam() % kFillEvidence);
  const model::MarketTable markets = one_market();
  Ledger ledger(markets, SellAfter::mined, dollars(100));
  if (view == FillView::folded) {
    ASSERT_TRUE(ledger.apply(leg(model::TradeStatus::confirmed), Usdc(0)).has_value());
    ASSERT_TRUE(ledger.fold(model::TokenIndex(0)));
  } else if (view != FillView::unknown) {
    ASSERT_TRUE(ledger.apply(leg(static_cast<model::TradeStatus>(static_cast<int>(view) - 1)), Usdc(0)).has_value());
  }
  const Position before = ledger.position(model::TokenIndex(0));
  model::UserTrade told =
      leg(evidence == FillEvidence::other_content ? model::TradeStatus::confirmed
                                                  : static_cast<model::TradeStatus>(static_cast<int>(evidence)));
  if (evidence == FillEvidence::other_content) told.size = shares_of(11);
  const FillVerdict expected = decide(view, evidence);
  EXPECT_EQ(verdict_of(ledger.apply(told, Usdc(0))), expected) << to_text(view) << " x " << to_text(evidence);
  const Position& after = ledger.position(model::TokenIndex(0));
  switch (expected) {
    case FillVerdict::book: EXPECT_EQ(after.matched, told.size); break;
    case FillVerdict::reverse: EXPECT_EQ(after, Position{}); break;
    case FillVerdict::advance: EXPECT_EQ(after.matched, before.matched); break;
    default: EXPECT_EQ(after, before); break;
  }
}
INSTANTIATE_TEST_SUITE_P(All, FillCell, ::testing::Range(0, kFillViews* kFillEvidence));

model::BalanceReading cash(std::int64_t micros) {
  return {.token = model::TokenIndex::none(), .ok = true, .micros = micros};
}

struct CashRow {
  const char* what;
  InFlight flows;
  CashMemory memory;
  model::BalanceReading reading;
  CashVerdict verdict;
  Usdc difference{0};
};

// The ledger has 100 dollars in every row.
TEST(Cash, EveryRow) {
  const Usdc ledger = dollars(100);
  const CashMemory seen{.differs = true, .difference = dollars(20)};
  const CashMemory seen_less{.differs = true, .difference = Usdc(0) - dollars(30)};
  const CashMemory unpaid{.unpaid = dollars(30)};
  const InFlight buying{.buys = dollars(10)};
  const InFlight selling{.sells = dollars(10)};
  const CashRow rows[] = {
      {"an error says nothing", {}, seen, {.token = model::TokenIndex::none()}, CashVerdict::unknown},
      {"a balance below zero is none", {}, seen, cash(-1), CashVerdict::unknown},
      {"the same", {}, {}, cash(100'000'000), CashVerdict::agrees},
      {"rounding on the chain", {}, {}, cash(100'000'900), CashVerdict::agrees},
      {"a BUY is not MINED: its dollars still lie there", buying, {}, cash(110'000'000), CashVerdict::agrees},
      {"or have just left", buying, {}, cash(100'000'000), CashVerdict::agrees},
      {"a SELL is not MINED: its dollars are not there yet", selling, {}, cash(90'000'000), CashVerdict::agrees},
      {"a payout that is booked and not claimed", {}, unpaid, cash(70'000'000), CashVerdict::agrees},
      {"more than can be on its way, while something is", buying, {}, cash(120'000'000), CashVerdict::waits},
      {"less, while something is", selling, {}, cash(80'000'000), CashVerdict::waits},
      {"more, first time", {}, {}, cash(120'000'000), CashVerdict::first_sight},
      {"more, said twice", {}, seen, cash(120'000'000), CashVerdict::deposit, dollars(20)},
      {"another amount than before", {}, seen, cash(121'000'000), CashVerdict::first_sight},
      {"trades in between moved both", {}, seen, cash(120'000'500), CashVerdict::deposit, Usdc(20'000'500)},
      {"less, first time", {}, {}, cash(70'000'000), CashVerdict::first_sight},
      {"less, said twice", {}, seen_less, cash(70'000'000), CashVerdict::withdrawal, Usdc(0) - dollars(30)},
      {"an empty account, said once", {}, {}, cash(0), CashVerdict::first_sight},
  };
  for (const CashRow& row : rows) {
    const CashMerge merge = merge_cash(ledger, row.flows, row.memory, row.reading);
    EXPECT_EQ(merge.verdict, row.verdict) << row.what;
    EXPECT_EQ(merge.difference, row.difference) << row.what;
    if (row.verdict == CashVerdict::unknown) {
      EXPECT_EQ(merge.memory, row.memory) << row.what;
    }
    if (row.verdict != CashVerdict::unknown && row.verdict != CashVerdict::first_sight &&
        row.verdict != CashVerdict::waits) {
      EXPECT_FALSE(merge.memory.differs) << row.what;
    }
  }
}

TEST(Cash, WhatHasBeenPaidOutIsNotAwaitedAgain) {
  const CashMerge half = merge_cash(dollars(100), {}, {.unpaid = dollars(30)}, cash(90'000'000));
  EXPECT_EQ(half.verdict, CashVerdict::agrees);
  EXPECT_EQ(half.memory.unpaid, dollars(10));
  EXPECT_EQ(merge_cash(dollars(100), {}, half.memory, cash(80'000'000)).verdict, CashVerdict::first_sight);
}

}  // namespace
}  // namespace ebb::portfolio
