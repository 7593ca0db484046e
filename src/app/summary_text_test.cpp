#include "app/summary_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "app/sample_run.hpp"
#include "app/time_text.hpp"

namespace ebb::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::size_t columns_of(const std::string& line) {
  std::size_t columns = 0;
  for (const char c : line) columns += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return columns;
}

/// All of `words` occur, in this order.
testing::AssertionResult in_order(const std::string& text, std::initializer_list<const char*> words) {
  std::size_t from = 0;
  for (const char* word : words) {
    const std::size_t at = text.find(word, from);
    if (at == std::string::npos)
      return testing::AssertionFailure() << "\"" << word << "\" is missing or too early in\n" << text;
    from = at + 1;
  }
  return testing::AssertionSuccess();
}

TEST(SummaryText, LeadsWithTotalPnlAndEndsWithWhatIsAssumed) {
  const std::string text = summary_text(sample_run(), Colour::off);
  EXPECT_TRUE(in_order(text, {"ebb demo, seed 7",
                              "Total PnL",
                              "+$0.64",
                              "realised +$0.50",
                              "fees $0.06",
                              "unrealised +$0.20",
                              "cash $9,991.04",
                              "4 round trips, 10 fills",
                              "18 placed",
                              "REQUOTE 3, PULLED 1",
                              "POST_ONLY_CROSSES 2",
                              "10 seen, 8 acted on",
                              "COOLDOWN 1",
                              "Tokens: 2",
                              "Markouts",
                              "+0.05 cents",
                              "-0.02 cents",
                              "none yet",
                              "12,345 checked, 0 violated",
                              "Assumed",
                              "settlement delays are scaled by 0.1"}));
}

TEST(SummaryText, ATokensRowHasItsRates) {
  const std::string text = summary_text(sample_run(), Colour::off);
  const std::size_t row = text.find("7132104567");
  ASSERT_NE(row, std::string::npos);
  EXPECT_TRUE(in_order(text.substr(row, 130),
                       {"Will the", "Yes", "SELLING", "75%", "25%", "2.0 s", "157", "55", "3/400/7/1", "+$0.32"}));
}

TEST(SummaryText, FitsTheTerminal) {
  runner::RunSummary run = sample_backtest();
  run.note = std::string(30, 'x') + " " + run.note +
             " No impact and no reaction are modelled; strict fills are the headline, and so on and on.";
  for (std::size_t i = 0; i < run.stats.signals_refused.size(); ++i) run.stats.signals_refused[i] = i + 1;
  run.tokens[0].question = "Wird es \xC3\xA4rger \xE6\xB6\xA8\xE6\xB6\xA8\xE6\xB6\xA8 und noch viel mehr als das?";
  std::istringstream lines(summary_text(run, Colour::off));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(columns_of(line), 120u) << line;
}

TEST(SummaryText, SumsUpTheTokensThatItDoesNotShow) {
  runner::RunSummary run = sample_run();
  run.tokens.assign(50, sample_token(0, "9000000000000"));
  run.tokens[30].stats.orders_placed = 99;
  run.tokens[30].token_id = "1234567890999";
  const std::string text = summary_text(run, Colour::off);
  EXPECT_TRUE(in_order(text, {"the 20 busiest of 50", "1234567890", "9000000000", "30 more, together", "+$9.60"}))
      << "the busiest comes first; 30 x 0.32";
}

TEST(SummaryText, ColoursOnlyWhenAsked) {
  EXPECT_THAT(summary_text(sample_run(), Colour::off), Not(HasSubstr("\x1b")));
  EXPECT_THAT(summary_text(sample_run(), Colour::on), HasSubstr("\x1b[32m+$0.64"));
}

TEST(SummaryText, NamesViolationsAndErrors) {
  runner::RunSummary run = sample_run();
  run.invariants_violated = 1;
  run.violations.push_back(
      {.rule = "sell_floor", .time = 1'776'153'600'000'000'000, .token_id = "71", .detail = "0.47 < 0.48"});
  run.errors.push_back({"capture.truncated", "the capture is cut", "copy it again"});
  const std::string text = summary_text(run, Colour::off);
  EXPECT_TRUE(in_order(text, {"1 violated", "08:00:00.0 sell_floor 71: 0.47 < 0.48", "Incomplete", "the capture is cut",
                              "copy it again"}));
}

TEST(SummaryText, ABacktestShowsTheModelsSideBySide) {
  const std::string text = summary_text(sample_backtest(), Colour::off);
  EXPECT_TRUE(
      in_order(text, {"Total PnL", "Feed ended", "cost $4.70", "last bid $4.80", "+$0.10", "strict", "optimistic",
                      "fills", "10", "41", "print_at 7 (70%)", "crossing 3 (30%)", "1234.5 shares ahead"}));
  EXPECT_THAT(text, Not(HasSubstr("seed")));
}

TEST(SummaryText, NamesADailyLossBeyondItsLimit) {
  runner::RunSummary run = sample_run();
  EXPECT_THAT(summary_text(run, Colour::off), Not(HasSubstr("Daily loss")));
  run.worst_daily_loss = dollars(25);
  run.stops_on_daily_loss = false;
  EXPECT_TRUE(in_order(summary_text(run, Colour::off), {"Total PnL", "Daily loss", "$25.00", "$20.00", "--limits"}));
}

TEST(SummaryText, AnEmptyRunDividesByNothing) {
  runner::RunSummary run;
  run.command = "backtest";
  const std::string text = summary_text(run, Colour::off);
  EXPECT_TRUE(in_order(text, {"Total PnL", "$0.00", "none yet"}));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, Not(HasSubstr("inf")));
}

TEST(SummaryText, ListsTheOrdersWithTheirEnds) {
  EXPECT_TRUE(in_order(orders_text(sample_run()), {"Orders: 1", "2026-04-14T08:00:00.000Z", "5211431950", "BUY", "0.47",
                                                   "10", "2", "CANCELED", "DIP_BUY", "PULLED"}));
}

TEST(Words, Money) {
  EXPECT_EQ(signed_money(Usdc(1'234'567'890)), "+$1,234.57");
  EXPECT_EQ(signed_money(Usdc(-70'000)), "-$0.07");
  EXPECT_EQ(signed_money(Usdc(-4'000)), "$0.00") << "no minus before nothing";
  EXPECT_EQ(signed_money(Usdc(4'000)), "$0.00");
  EXPECT_EQ(plain_money(Usdc(5'000)), "$0.01");
}

TEST(Words, SpansAndFitting) {
  EXPECT_EQ(span_text(milliseconds(850)), "850 ms");
  EXPECT_EQ(span_text(seconds(60)), "60.0 s");
  EXPECT_EQ(span_text(minutes(90)), "90.0 min");
  EXPECT_EQ(span_text(hours(30)), "30.0 h");
  EXPECT_EQ(fitted("abc", 5), "abc  ");
  EXPECT_EQ(fitted("abcdef", 4), "abc~");
  EXPECT_EQ(fitted("\xC3\xA4\xC3\xB6\xC3\xBC", 2), "\xC3\xA4~");
  EXPECT_EQ(fitted("abc", 0), "");
  EXPECT_EQ(grouped(1'234'567), "1,234,567");
}

TEST(Words, Times) {
  EXPECT_EQ(iso_text(Timestamp(1'776'153'600'250'000'000)), "2026-04-14T08:00:00.250Z");
  EXPECT_EQ(iso_text(Timestamp()), "");
  EXPECT_EQ(clock_text(Timestamp(1'776'153'661'250'000'000)), "08:01:01.2");
  EXPECT_EQ(clock_text(Timestamp()), "-");
}

}  // namespace
}  // namespace ebb::app
