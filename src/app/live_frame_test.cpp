#include "app/live_frame.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/sample_run.hpp"
#include "runner/demo.hpp"

namespace ebb::app {
namespace {

using testing::HasSubstr;

std::string text_of(const Line& line) {
  std::string text;
  for (const Piece& piece : line) text += piece.text;
  return text;
}

Ink ink_at(const Line& line, const std::string& part) {
  for (const Piece& piece : line) {
    if (piece.text.find(part) != std::string::npos) return piece.ink;
  }
  ADD_FAILURE() << part << " is not in " << text_of(line);
  return Ink::plain;
}

engine::Decision decision(engine::DecisionKind kind, std::string_view reason) {
  return {.at = Timestamp(1),
          .kind = kind,
          .side = model::Side::buy,
          .price = Price(4800),
          .size = shares_of(10),
          .reason = reason};
}

TEST(LiveFrame, SaysDecisionsInWords) {
  using K = engine::DecisionKind;
  EXPECT_EQ(decision_words(decision(K::placed, "DIP_BUY")), "BUY 10 at 0.48 placed (DIP_BUY)");
  EXPECT_EQ(decision_words(decision(K::refused, "COOLDOWN")), "signal at 0.48 refused: COOLDOWN");
  EXPECT_EQ(decision_words(decision(K::filled, "maker")), "BUY 10 at 0.48 filled (maker)");
  EXPECT_EQ(decision_words(decision(K::trust_lost, "GAP")), "book not trusted: GAP");
}

TEST(LiveFrame, ATokensRow) {
  const engine::TokenReport token = sample_token(0, "71");
  const Line line = token_line(token);
  EXPECT_THAT(text_of(line), HasSubstr("Will the tide turn? "));
  for (const char* part :
       {"SELLING", "0.48/0.49", "0.5 ", "3.0%", " 10 ", "0.48  ", "SELL 7 at 0.49 LIVE", "+$0.32", "ORDER_WORKING"}) {
    EXPECT_THAT(text_of(line), HasSubstr(part));
  }
  EXPECT_EQ(ink_at(line, "+$0.32"), Ink::good);
}

TEST(LiveFrame, ARowWithoutAnything) {
  engine::TokenReport token;
  token.slug = "a-market";
  const std::string text = text_of(token_line(token));
  EXPECT_THAT(text, HasSubstr("a-market"));
  EXPECT_THAT(text, HasSubstr("untrusted"));
}

/// A market of its own at work for some seconds.
class LiveFrameOfARun : public testing::Test {
 protected:
  static runner::DemoConfig small() {
    runner::DemoConfig config;
    config.markets = 4;
    config.engine.forced_tier = "demo";
    return config;
  }
  LiveFrameOfARun() : run_(small()) {
    status_.title = "ebb demo, seed 1";
    status_.start = run_.start();
    status_.length = seconds(60);
    run_.advance_to(run_.start() + seconds(20));
  }

  runner::DemoRun run_;
  LiveStatus status_;
};

TEST_F(LiveFrameOfARun, FillsEveryHeightExactly) {
  LiveFrame frame;
  frame.observe(run_.engine());
  std::size_t scroll = 0;
  for (const std::size_t rows : {0u, 1u, 3u, 6u, 9u, 24u, 60u}) {
    EXPECT_EQ(frame.render(run_.engine(), status_, rows, scroll).size(), rows);
  }
  const std::vector<Line> lines = frame.render(run_.engine(), status_, 24, scroll);
  EXPECT_THAT(text_of(lines[0]), HasSubstr("0:00:20.0 of 0:01:00.0"));
  EXPECT_THAT(text_of(lines[1]), testing::StartsWith(" Total PnL"));
  EXPECT_THAT(text_of(lines[2]), HasSubstr("0 violations"));
  EXPECT_THAT(text_of(lines[3]).substr(0, 80), testing::AllOf(HasSubstr(" PnL "), HasSubstr(" position ")));
  EXPECT_THAT(text_of(lines[3]).substr(0, 120), HasSubstr(" drop ")) << "what matters fits a common terminal";
  EXPECT_THAT(text_of(lines.back()), HasSubstr("q stop"));
}

TEST_F(LiveFrameOfARun, ScrollsNoFurtherThanTheLastToken) {
  const LiveFrame frame;
  std::size_t scroll = 1000;
  const std::vector<Line> lines = frame.render(run_.engine(), status_, 11, scroll);  // 5 lines of table for 8 tokens
  EXPECT_GT(scroll, 0u);
  EXPECT_LT(scroll, run_.engine().traded().size());
  bool last_shown = false;
  for (const Line& line : lines) last_shown = last_shown || text_of(line).find("to 8 of 8") != std::string::npos;
  EXPECT_TRUE(last_shown);
}

TEST_F(LiveFrameOfARun, LogsEachDecisionOnce) {
  LiveFrame frame;
  frame.observe(run_.engine());
  const std::size_t before = frame.log().size();
  EXPECT_GT(before, 0u) << "twenty seconds of a busy market without a decision";
  frame.observe(run_.engine());
  EXPECT_EQ(frame.log().size(), before);
}

TEST_F(LiveFrameOfARun, ShowsAPause) {
  run_.operate({model::OperatorAction::pause, {}});
  const LiveFrame frame;
  std::size_t scroll = 0;
  EXPECT_THAT(text_of(frame.render(run_.engine(), status_, 24, scroll)[2]), HasSubstr("BUYs PAUSED"));
}

}  // namespace
}  // namespace ebb::app
