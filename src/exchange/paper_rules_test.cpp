// One test for each sentence of rules 8, on tapes made by hand.
#include <gtest/gtest.h>

#include <algorithm>

#include "exchange/paper_tape.hpp"
#include "model/fees.hpp"

namespace ebb::exchange {
namespace {

using model::Side;
using tape::at;
using tape::exact_latency;
using tape::kStart;
using tape::Tape;

/// A bid of 100 at 0.47 and an ask of 80 at 0.50, and our BUY of 10 at 0.47, live from 250 ms on.
struct Joined : Tape {
  explicit Joined(PaperConfig config = exact_latency()) : Tape(std::move(config)) {
    book(0, {{4600, 200}, {4700, 100}}, {{5100, 90}, {5000, 80}});
    id = buy(0, 4700, 10);
    run(300);
  }
  model::OrderId id;
};

PaperConfig prorata() {
  PaperConfig config = exact_latency();
  config.queue = QueueModel::prorata;
  return config;
}

// ---- 8.1 ----

TEST(PaperRules, OrderBecomesLiveAfterThePlacementLatency) {
  Tape t;
  t.book(0, {{4700, 0}, {4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.print(249, Side::sell, 4700, 50);
  EXPECT_EQ(t.filled(id), shares_of(0));
  t.print(251, Side::sell, 4700, 50);
  EXPECT_EQ(t.filled(id), shares_of(10));
  const auto answers = t.all<PlaceResult>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].first, at(250));
  EXPECT_EQ(answers[0].second.outcome, model::PlaceOutcome::live);
}

TEST(PaperRules, CancelActsAfterItsLatencyAndFillsInBetweenCount) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.venue.cancel(at(1000), id);
  t.print(1249, Side::sell, 4700, 4);
  t.print(1251, Side::sell, 4700, 4);
  EXPECT_EQ(t.filled(id), shares_of(4));
  EXPECT_EQ(t.venue.status(id).status, model::VenueOrderStatus::canceled);
  const auto answers = t.all<CancelResult>();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].first, at(1250));
  EXPECT_TRUE(answers[0].second.canceled);
}

TEST(PaperRules, LatencyIsLognormalAroundItsMedianAndSeeded) {
  std::vector<std::int64_t> delays[2];
  for (auto& sample : delays) {
    PaperConfig config;
    config.seed = 77;
    Tape t(config);
    t.book(0, {{4600, 5}}, {{5000, 80}});
    for (int i = 0; i < 501; ++i) t.buy(i * 10'000, 4500, 5);
    t.run(6'000'000);
    std::int64_t i = 0;
    for (const auto& [time, result] : t.all<PlaceResult>()) sample.push_back((time - at(10'000 * i++)).raw());
  }
  EXPECT_EQ(delays[0], delays[1]);
  std::ranges::sort(delays[0]);
  EXPECT_NEAR(static_cast<double>(delays[0][250]), 250e6, 25e6);
  EXPECT_GT(delays[0].back(), 400'000'000);
  EXPECT_LT(delays[0].front(), 150'000'000);
}

TEST(PaperRules, PostOnlyIsTestedAgainstTheBookAtArrival) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto crossing_then = t.buy(0, 5000, 10);
  t.book(100, {{4600, 5}}, {{5200, 80}});
  const auto crossing_now = t.buy(1000, 5000, 10);
  t.book(1100, {{4600, 5}}, {{4900, 80}});
  t.run(2000);
  EXPECT_EQ(t.place_result(crossing_then).outcome, model::PlaceOutcome::live);
  const PlaceResult refused = t.place_result(crossing_now);
  EXPECT_EQ(refused.http_status, 400);
  EXPECT_FALSE(refused.success);
  EXPECT_EQ(refused.error, "invalid post-only order: order crosses book");
}

TEST(PaperRules, PostOnlyIsRefusedAgainstOwnInterestInEitherToken) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  t.buy(0, 4800, 10);
  t.run(300);
  const auto other = t.order(400, t.no, Side::buy, 5200, 10);  // = SELL YES at 0.48
  const auto beside = t.order(400, t.no, Side::buy, 5100, 10);
  t.run(1000);
  EXPECT_EQ(t.place_result(other).error, "invalid post-only order: order crosses book");
  EXPECT_EQ(t.place_result(beside).outcome, model::PlaceOutcome::live);
}

// ---- 8.2 ----

TEST(PaperRules, QueueAheadIsTheDisplayedSizeOnArrivalAndLaterAdditionsStandBehindUs) {
  Joined t;
  t.bid(400, 4700, 500);
  t.print(500, Side::sell, 4700, 99);
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  t.print(501, Side::sell, 4700, 4);
  EXPECT_EQ(t.filled(t.id), shares_of(3));
  EXPECT_EQ(t.venue.report().median_queue, shares_of(100));
}

// ---- 8.3 ----

TEST(PaperRules, PrintAtOurPriceConsumesTheQueueThenUsUpToItsSize) {
  Joined t;
  t.print(500, Side::sell, 4700, 107);
  EXPECT_EQ(t.filled(t.id), shares_of(7));
  EXPECT_EQ(t.venue.fills().at(0).rule, FillRule::print_at);
  EXPECT_EQ(t.venue.fills().at(0).price, Price(4700));
  t.print(600, Side::sell, 4700, 50);
  EXPECT_EQ(t.filled(t.id), shares_of(10));
}

TEST(PaperRules, PrintOfTheOtherTokenIsComplemented) {
  Joined t;
  t.print(500, Side::buy, 5300, 107, "222");  // BUY NO at 0.53 = SELL YES at 0.47
  EXPECT_EQ(t.filled(t.id), shares_of(7));
}

TEST(PaperRules, PrintOfATakerOnOurOwnSideMeetsTheOtherQueue) {
  Joined t;
  t.print(500, Side::buy, 4700, 500);
  EXPECT_EQ(t.filled(t.id), shares_of(0));
}

TEST(PaperRules, PrintThroughOurPriceFillsAtOurLimitWhatBetterLevelsAndTheQueueLeave) {
  Joined t;
  t.change(400, {{Side::buy, 4800, 30}});
  t.print(500, Side::sell, 4600, 134);
  EXPECT_EQ(t.filled(t.id), shares_of(4));  // 134 - 30 better - 100 ahead
  EXPECT_EQ(t.venue.fills().at(0).rule, FillRule::print_through);
  EXPECT_EQ(t.venue.fills().at(0).price, Price(4700));
}

TEST(PaperRules, BetterLevelsThatWerePrintedAwayAreNotCountedTwice) {
  Joined t;
  t.change(400, {{Side::buy, 4800, 30}});
  t.print(500, Side::sell, 4800, 30);
  t.print(500, Side::sell, 4700, 100);
  t.print(500, Side::sell, 4600, 6);
  EXPECT_EQ(t.filled(t.id), shares_of(6));
}

TEST(PaperRules, FallMatchedByAPrintWithinASecondIsCountedOnce) {
  Joined fall_first;
  fall_first.bid(400, 4700, 150);
  fall_first.bid(500, 4700, 90);           // 60 gone ...
  fall_first.print(900, Side::sell, 4700, 60);  // ... and this is why: 40 of the 100 ahead are left
  fall_first.print(910, Side::sell, 4700, 41);
  EXPECT_EQ(fall_first.filled(fall_first.id), shares_of(1));

  Joined print_first;
  print_first.bid(400, 4700, 150);
  print_first.print(500, Side::sell, 4700, 60);
  print_first.bid(900, 4700, 90);
  print_first.print(910, Side::sell, 4700, 41);
  EXPECT_EQ(print_first.filled(print_first.id), shares_of(1));

  Joined shrunk;  // Q itself was cut by the fall: the print must not cut it again
  shrunk.bid(500, 4700, 40);
  shrunk.print(900, Side::sell, 4700, 60);
  shrunk.print(910, Side::sell, 4700, 41);
  EXPECT_EQ(shrunk.filled(shrunk.id), shares_of(1));
}

TEST(PaperRules, PrintLaterThanASecondIsAnotherTrade) {
  Joined t;
  t.bid(500, 4700, 40);
  t.print(1501, Side::sell, 4700, 45);
  EXPECT_EQ(t.filled(t.id), shares_of(5));
}

TEST(PaperRules, MatchedFallDoesNotMoveAProrataQueueAgain) {
  Joined t(prorata());
  t.bid(400, 4700, 200);
  t.print(500, Side::sell, 4700, 50);  // Q 100 -> 50
  t.bid(600, 4700, 150);               // the same 50
  t.print(700, Side::sell, 4700, 51);
  EXPECT_EQ(t.filled(t.id), shares_of(1));
}

TEST(PaperRules, PrintFillsAtMostOneOfOurOrders) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto first = t.buy(0, 4700, 10);
  const auto second = t.buy(1, 4700, 10);
  const auto better = t.buy(2, 4800, 6);
  t.run(400);
  t.print(500, Side::sell, 4700, 20);
  EXPECT_EQ(t.filled(better), shares_of(6));
  EXPECT_EQ(t.filled(first), shares_of(10));
  EXPECT_EQ(t.filled(second), shares_of(4));
}

TEST(PaperRules, SamePrintToldTwiceCountsOnce) {
  Joined t;
  t.print(500, Side::sell, 4700, 60);
  t.print(500, Side::sell, 4700, 60);
  t.print(500, Side::buy, 5300, 60, "222");
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  EXPECT_EQ(t.venue.report().repeated_prints, 2u);
}

TEST(PaperRules, PrintFromBeforeOurArrivalDoesNotCount) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.bid(200, 4500, 5);
  t.run(300);
  t.frame.clear();
  model::MarketEvent late;
  late.kind = model::MarketEventKind::last_trade_price;
  late.market = "0xc0";
  late.asset_id = "111";
  late.timestamp_ms = kStart + 150;
  late.price = Price(4700);
  late.size = shares_of(50);
  late.side = Side::sell;
  t.frame.events.push_back(late);
  t.venue.on_frame(at(400), t.frame);
  EXPECT_EQ(t.filled(id), shares_of(0));
}

// ---- 8.4 ----

TEST(PaperRules, FallWithoutAPrintIsCancelledAndCapsTheQueue) {
  Joined t;
  t.bid(400, 4700, 300);
  t.bid(500, 4700, 120);  // cancelled behind us: Q stays 100
  t.run(2000);
  t.bid(2000, 4700, 60);  // Q = 60
  t.print(4000, Side::sell, 4700, 63);
  EXPECT_EQ(t.filled(t.id), shares_of(3));
}

TEST(PaperRules, ProrataQueueFallsByItsShare) {
  Joined t(prorata());
  t.bid(400, 4700, 200);
  t.bid(500, 4700, 100);  // fall 100 of 200: Q = 100 - 100 * 100 / 200 = 50
  t.print(2000, Side::sell, 4700, 53);
  EXPECT_EQ(t.filled(t.id), shares_of(3));
}

TEST(PaperRules, LevelThatVanishesLeavesUsFirstWithoutAFill) {
  Joined t;
  t.bid(500, 4700, 0);
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  t.bid(600, 4700, 400);  // stands behind us
  t.print(2000, Side::sell, 4700, 2);
  EXPECT_EQ(t.filled(t.id), shares_of(2));
}

// ---- 8.5 ----

TEST(PaperRules, OppositeBestAtOrThroughOurPriceFillsByWhatIsDisplayed) {
  for (const int price : {4700, 4650}) {
    Joined t;
    t.book(500, {{4600, 200}}, {{5000, 80}, {price, 4}});
    EXPECT_EQ(t.filled(t.id), shares_of(4)) << price;
    EXPECT_EQ(t.venue.fills().at(0).rule, FillRule::crossing);
    EXPECT_EQ(t.venue.fills().at(0).price, Price(4700));
  }
}

TEST(PaperRules, WhileItStandsOnlyIncreasesCount) {
  Joined t;
  t.book(500, {{4600, 200}}, {{4700, 4}});
  t.book(600, {{4600, 200}}, {{4700, 4}});  // told again
  t.bid(650, 4600, 210);                    // something else moved
  EXPECT_EQ(t.filled(t.id), shares_of(4));
  t.ask(700, 4700, 7);
  EXPECT_EQ(t.filled(t.id), shares_of(7));
  t.ask(800, 4700, 5);  // a fall gives nothing
  EXPECT_EQ(t.filled(t.id), shares_of(7));
  t.ask(900, 4700, 0);
  t.ask(950, 4700, 1);  // gone and back: a new one
  EXPECT_EQ(t.filled(t.id), shares_of(8));
}

TEST(PaperRules, ALevelUsedBeforeIsNotFreshWhenItBecomesBestAgain) {
  Joined t;
  t.book(500, {{4600, 200}}, {{4700, 4}});
  t.ask(600, 4650, 3);
  t.ask(700, 4650, 0);
  EXPECT_EQ(t.filled(t.id), shares_of(7));
}

TEST(PaperRules, CrossingSizeReducesTheQueueFirst) {
  Joined t;
  t.ask(500, 4700, 104);  // the displayed queue of 100 has not been taken off yet
  EXPECT_EQ(t.filled(t.id), shares_of(4));
}

TEST(PaperRules, CrossingSizeFillsEachShareOnce) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto a = t.buy(0, 4800, 10);
  const auto b = t.buy(1, 4700, 10);
  t.run(400);
  t.ask(500, 4700, 13);
  EXPECT_EQ(t.filled(a), shares_of(10));
  EXPECT_EQ(t.filled(b), shares_of(3));
}

TEST(PaperRules, SellsAreTheMirrorImage) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(30));
  t.book(0, {{4700, 100}}, {{5000, 40}});
  const auto id = t.sell(0, 5000, 20);
  t.run(300);
  t.print(400, Side::buy, 5000, 43);   // Q 40, then 3
  EXPECT_EQ(t.filled(id), shares_of(3));
  t.ask(500, 5000, 0);
  t.bid(2000, 5100, 6);                // a bid through our price
  EXPECT_EQ(t.filled(id), shares_of(9));
  t.print(2100, Side::sell, 4800, 50, "222");  // SELL NO at 0.48 = BUY YES at 0.52, through us
  EXPECT_EQ(t.filled(id), shares_of(20));
  EXPECT_EQ(t.venue.position(t.yes), shares_of(10));
}

// ---- 8.6 ----

TEST(PaperRules, FallsAtTheTouchFillTheShadowOnly) {
  Joined t;
  t.book(500, {{4600, 200}, {4700, 40}}, {{5000, 80}});  // 60 gone
  t.book(600, {{4600, 200}}, {{5000, 80}});              // 40 gone
  t.bid(700, 4700, 30);
  t.book(800, {{4600, 200}, {4700, 26}}, {{5000, 80}});  // 4 gone: the shadow's queue is empty
  t.run(5000);
  const PaperReport report = t.venue.report();
  EXPECT_EQ(report.fills, 0u);
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  EXPECT_EQ(report.optimistic_shares, shares_of(4));
  EXPECT_EQ(report.optimistic_fills, 1u);
  EXPECT_EQ(report.by_rule[static_cast<std::size_t>(FillRule::fall)].shares, shares_of(4));
}

TEST(PaperRules, FallsBehindTheTouchFillNothing) {
  Joined t;
  t.bid(400, 4800, 10);   // a better bid: we are not the touch
  t.bid(500, 4700, 0);
  t.bid(600, 4700, 30);
  t.bid(700, 4700, 0);
  EXPECT_EQ(t.venue.report().optimistic_shares, shares_of(0));
}

TEST(PaperRules, FallThatAPrintExplainsIsNotOptimisticToo) {
  Joined t;
  t.print(400, Side::sell, 4700, 100);
  t.bid(450, 4700, 0);
  t.bid(500, 4700, 8);
  t.bid(2000, 4700, 3);                 // fall of 5 ...
  t.print(2500, Side::sell, 4700, 5);   // ... was this print
  t.run(9000);
  const PaperReport report = t.venue.report();
  EXPECT_EQ(report.shares, shares_of(5));
  EXPECT_EQ(report.optimistic_shares, shares_of(5));
  EXPECT_EQ(report.by_rule[static_cast<std::size_t>(FillRule::fall)].shares, shares_of(0));
}

TEST(PaperRules, ShadowKeepsAFallWhoseOrderWasCanceledBeforeItsSecondWasOver) {
  Joined t;
  t.bid(500, 4700, 0);      // 100 gone: the queue
  t.bid(600, 4700, 20);
  t.venue.cancel(at(610), t.id);
  t.bid(700, 4700, 5);      // 15 gone while we were still there
  t.run(5000);
  EXPECT_EQ(t.venue.report().optimistic_shares, shares_of(10));
}

TEST(PaperRules, ShadowCountsFallsOnlyWhileTheOrderIsThere) {
  Joined gone;
  gone.bid(500, 4700, 0);
  gone.bid(600, 4700, 20);
  gone.venue.cancel(at(610), gone.id);
  gone.bid(700, 4700, 17);  // 3 while we were there
  gone.bid(900, 4700, 5);   // 12 after we had left
  gone.run(5000);
  EXPECT_EQ(gone.venue.report().optimistic_shares, shares_of(3));

  Tape late;
  late.book(0, {{4600, 5}}, {{5000, 80}});
  late.buy(0, 4600, 10);    // watches the level
  late.run(300);
  late.bid(400, 4600, 30);
  late.buy(400, 4600, 10);  // arrives at 650, after the fall
  late.bid(600, 4600, 0);
  late.run(5000);
  EXPECT_EQ(late.venue.report().optimistic_shares, shares_of(10));
}

// ---- 8.7 ----

TEST(PaperRules, AfterATickChangeTheQueueIsTheDisplayedSize) {
  Joined t;
  t.bid(400, 4700, 250);
  t.tick(500, 10);
  t.print(2000, Side::sell, 4700, 252);
  EXPECT_EQ(t.filled(t.id), shares_of(2));
  const auto finer = t.buy(3000, 4710, 10);
  t.run(4000);
  EXPECT_EQ(t.place_result(finer).outcome, model::PlaceOutcome::live);
}

TEST(PaperRules, AfterAReconnectNothingFillsUntilASnapshotAndTheQueueIsItsSize) {
  Joined t;
  t.venue.feed_lost(at(400));
  t.print(500, Side::sell, 4700, 500);
  t.ask(550, 4700, 50);
  t.bid(560, 4700, 0);
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  EXPECT_FALSE(t.venue.trusted(t.market));
  t.book(600, {{4700, 300}}, {{5000, 80}});
  EXPECT_TRUE(t.venue.trusted(t.market));
  t.print(700, Side::sell, 4700, 301);
  EXPECT_EQ(t.filled(t.id), shares_of(1));
}

TEST(PaperRules, AGapOverFiveSecondsOnABusyConnectionDistrustsItsBooks) {
  Joined t;
  for (int i = 0; i < 70; ++i) t.bid(1000 + i * 500, 4500, 10 + i);
  const std::int64_t last = 1000 + 69 * 500;
  t.book(last + 5001, {{4700, 40}}, {{5000, 80}});  // ends the gap: Q = 40, nothing filled
  EXPECT_EQ(t.venue.report().gaps, 1u);
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  t.print(last + 5100, Side::sell, 4700, 41);
  EXPECT_EQ(t.filled(t.id), shares_of(1));
}

TEST(PaperRules, FiveSecondsAreNoGapYet) {
  Joined t;
  for (int i = 0; i < 70; ++i) t.bid(1000 + i * 500, 4500, 10 + i);
  t.bid(1000 + 69 * 500 + 5000, 4500, 9);
  EXPECT_EQ(t.venue.report().gaps, 0u);
  EXPECT_TRUE(t.venue.trusted(t.market));
}

TEST(PaperRules, ARateIsOfTheLastMinuteOnly) {
  Joined t;
  for (int i = 0; i < 70; ++i) t.bid(1000 + i * 500, 4500, 10 + i);
  for (int i = 0; i < 20; ++i) t.bid(36'000 + i * 4'900, 4500, 10 + i);  // slow for 98 s
  t.bid(36'000 + 19 * 4'900 + 6'000, 4500, 9);
  EXPECT_EQ(t.venue.report().gaps, 0u);
}

TEST(PaperRules, ADeltaThatEndsAGapFillsNothing) {
  Joined t;
  for (int i = 0; i < 70; ++i) t.bid(1000 + i * 500, 4500, 10 + i);
  t.ask(1000 + 69 * 500 + 5001, 4700, 500);
  t.print(1000 + 69 * 500 + 5002, Side::sell, 4700, 500);
  EXPECT_EQ(t.filled(t.id), shares_of(0));
}

TEST(PaperRules, SilenceOfAQuietConnectionIsNoGap) {
  Joined t;
  t.print(60'000, Side::sell, 4700, 101);
  EXPECT_EQ(t.venue.report().gaps, 0u);
  EXPECT_EQ(t.filled(t.id), shares_of(1));
}

TEST(PaperRules, NoMarketableFillInsideAGap) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(30));
  t.book(0, {{4700, 100}}, {{5000, 80}});
  for (int i = 0; i < 70; ++i) t.bid(1000 + i * 500, 4500, 10 + i);
  const auto id = t.fak(1000 + 69 * 500 + 6000, Side::sell, 4700, 10);
  t.run(1000 + 69 * 500 + 7000);
  EXPECT_EQ(t.place_result(id).error,
            "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.");
}

TEST(PaperRules, BestPricesThatContradictOurBookDistrustIt) {
  Joined t;
  t.change(400, {{Side::buy, 4500, 10, "111", 4700, 5000}});
  EXPECT_TRUE(t.venue.trusted(t.market));
  t.change(500, {{Side::buy, 4500, 11, "111", 4700, 4900}});  // there must be an ask that we never saw
  t.change(600, {{Side::buy, 4500, 12, "111", 4700, 4900}});
  EXPECT_FALSE(t.venue.trusted(t.market));
}

TEST(PaperRules, TheSiblingIsTheSameBookCountedOnce) {
  Joined t;
  t.change(500, {{Side::sell, 4700, 104, "111"}, {Side::buy, 5300, 104, "222"}});
  EXPECT_EQ(t.filled(t.id), shares_of(4));
  // The sibling's own snapshot of that instant says the same again, with a size that would count as an increase.
  t.book_stamped(510, kStart + 500, {{5300, 110}}, {{5400, 200}}, "222");
  EXPECT_EQ(t.filled(t.id), shares_of(4));
}

TEST(PaperRules, WhereOnlyTheSiblingIsRecordedTheBookIsItsComplement) {
  Tape t;
  t.book(0, {{5000, 80}}, {{5300, 100}}, "222");  // NO: bid .50, ask .53 = YES: bid .47, ask .50
  const model::Quote quote = t.venue.quote(t.yes);
  EXPECT_EQ(quote.bid, Price(4700));
  EXPECT_EQ(quote.bid_size, shares_of(100));
  EXPECT_EQ(quote.ask, Price(5000));
  const auto yes = t.buy(0, 4700, 10);
  const auto no = t.order(0, t.no, Side::buy, 5000, 10);
  t.run(300);
  t.change(400, {{Side::sell, 5300, 0, "222"}});
  t.change(500, {{Side::buy, 5300, 3, "222"}});  // BUY NO at .53 = SELL YES at .47
  EXPECT_EQ(t.filled(yes), shares_of(3));
  t.print(600, Side::sell, 5000, 85, "222");
  EXPECT_EQ(t.filled(no), shares_of(5));
  EXPECT_EQ(t.venue.position(t.no), shares_of(5));
}

TEST(PaperRules, ATokenThatWasNeverNamedIsTheSiblingOfTheOneThatWas) {
  Tape t(exact_latency(), false);
  t.book(0, {{4700, 100}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.run(300);
  t.print(400, Side::buy, 5300, 102, "999");
  EXPECT_EQ(t.filled(id), shares_of(2));
}

TEST(PaperRules, OldAndRepeatedSnapshotsCreateNoFills) {
  Joined t;
  t.bid(400, 4700, 100);
  t.book_stamped(500, kStart + 100, {{4600, 200}}, {{4650, 500}});  // older than what we have
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  t.book(600, {{4600, 200}}, {{4650, 5}});
  t.book_stamped(700, kStart + 600, {{4600, 200}}, {{4650, 5}});
  EXPECT_EQ(t.filled(t.id), shares_of(5));
  EXPECT_EQ(t.venue.report().stale_books, 1u);
}

TEST(PaperRules, ALateChangeMovesTheBookButFillsNothing) {
  Joined t;
  t.bid(500, 4500, 10);
  t.change_stamped(600, kStart + 450, {{Side::sell, 4700, 500}});
  EXPECT_EQ(t.filled(t.id), shares_of(0));
  EXPECT_EQ(t.venue.quote(t.yes).ask, Price(4700));
}

TEST(PaperRules, ALateIncreaseOfACrossingLevelFillsNothing) {
  Joined t;
  t.bid(400, 4700, 0);
  t.ask(450, 4700, 4);
  t.bid(500, 4500, 10);
  t.change_stamped(600, kStart + 460, {{Side::sell, 4700, 9}});
  EXPECT_EQ(t.filled(t.id), shares_of(4));
  t.ask(700, 4700, 10);
  EXPECT_EQ(t.filled(t.id), shares_of(5));
}

TEST(PaperRules, AnIncreaseInsideAGapFillsNothing) {
  Joined t;
  t.book(500, {{4600, 200}}, {{4700, 4}});
  t.venue.feed_lost(at(600));
  t.book(700, {{4600, 200}}, {{4700, 9}});
  EXPECT_EQ(t.filled(t.id), shares_of(4));
  t.ask(800, 4700, 10);
  EXPECT_EQ(t.filled(t.id), shares_of(5));
}

TEST(PaperRules, AChangeOlderThanTheSnapshotIsInItAlready) {
  Joined t;
  t.book(500, {{4600, 200}}, {{5000, 80}});
  t.change_stamped(600, kStart + 450, {{Side::sell, 4700, 500}});
  EXPECT_EQ(t.venue.quote(t.yes).ask, Price(5000));
}

TEST(PaperRules, TheSiblingsChangesOfTheSameInstantAreRepeats) {
  Joined t;
  t.book(400, {{4600, 200}}, {{5000, 80}});
  t.change_stamped(500, kStart + 500, {{Side::sell, 4700, 4}});
  t.change_stamped(501, kStart + 500, {{Side::sell, 4700, 5}});
  t.change_stamped(502, kStart + 500, {{Side::buy, 5300, 4, "222"}});
  t.change_stamped(503, kStart + 500, {{Side::buy, 5300, 5, "222"}});
  EXPECT_EQ(t.filled(t.id), shares_of(5));
}

// ---- 8.8 ----

TEST(PaperRules, MarketableOrderTakesDisplayedLevelsBestFirstWithinItsLimit) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(100));
  t.book(0, {{4500, 50}, {4600, 20}, {4700, 10}}, {{5000, 80}});
  const auto id = t.fak(0, Side::sell, 4600, 35);
  t.run(1000);
  const PlaceResult result = t.place_result(id);
  EXPECT_EQ(result.http_status, 200);
  EXPECT_EQ(result.outcome, model::PlaceOutcome::matched);
  EXPECT_EQ(result.making_micros, shares_of(30).raw());
  EXPECT_EQ(result.taking_micros, 10 * 470'000 + 20 * 460'000);
  EXPECT_EQ(result.trade_ids.size(), 2u);
  EXPECT_EQ(t.venue.status(id).status, model::VenueOrderStatus::canceled);  // the rest
  ASSERT_EQ(t.venue.fills().size(), 2u);
  EXPECT_EQ(t.venue.fills()[0].price, Price(4700));
  EXPECT_EQ(t.venue.fills()[1].price, Price(4600));
  // 0.05 * 10 * 0.47 * 0.53 = 0.124550 and 0.05 * 20 * 0.46 * 0.54 = 0.2484
  EXPECT_EQ(t.venue.fills()[0].fee, Usdc(124'550));
  EXPECT_EQ(t.venue.fills()[1].fee, Usdc(248'400));
  EXPECT_EQ(t.venue.cash(), dollars(10'000) + Usdc(13'900'000 - 372'950));
}

TEST(PaperRules, WhatWasTakenIsGoneUntilItsLevelChanges) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(100));
  t.book(0, {{4700, 10}}, {{5000, 80}});
  t.fak(0, Side::sell, 4700, 8);
  t.run(300);
  const auto second = t.fak(300, Side::sell, 4700, 8);
  t.book(400, {{4700, 10}}, {{5000, 80}});  // told again: no change
  t.run(600);
  EXPECT_EQ(t.filled(second), shares_of(2));
  const auto third = t.fak(700, Side::sell, 4700, 8);
  t.run(1000);
  EXPECT_EQ(t.filled(third), shares_of(0));
  EXPECT_EQ(t.place_result(third).http_status, 400);
  t.bid(1100, 4700, 9);
  const auto fourth = t.fak(1200, Side::sell, 4700, 8);
  t.run(2000);
  EXPECT_EQ(t.filled(fourth), shares_of(8));
}

TEST(PaperRules, CrossedSizeCannotBeTakenAgain) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(100));
  t.book(0, {{4600, 10}}, {{5000, 80}});
  t.sell(0, 4800, 6);
  t.run(300);
  t.bid(400, 4800, 10);  // fills our SELL of 6
  const auto id = t.fak(500, Side::sell, 4800, 20);
  t.run(1000);
  EXPECT_EQ(t.filled(id), shares_of(4));
}

TEST(PaperRules, TakenSizeDoesNotCrossARestingOrderLater) {
  Tape t;
  t.book(0, {{4600, 10}}, {{5000, 80}});
  t.buy(0, 4800, 10);
  t.run(300);
  t.ask(400, 4700, 30);                       // fills 10 of ours: 20 left
  t.fak(500, Side::buy, 4700, 15);            // 5 left
  const auto rest = t.order(1000, t.yes, Side::buy, 4700, 10, model::OrderType::gtc, model::Crossing::allowed);
  t.run(1300);
  t.bid(1400, 4600, 11);
  EXPECT_EQ(t.filled(rest), shares_of(5));
  t.ask(1500, 4700, 32);
  EXPECT_EQ(t.filled(rest), shares_of(7));
}

TEST(PaperRules, AFallTakesFromWhatIsNotUsedYet) {
  Tape t;
  t.book(0, {{4600, 10}}, {{5000, 80}});
  t.buy(0, 4800, 10);
  t.run(300);
  t.ask(400, 4700, 30);   // 10 used
  t.ask(500, 4700, 12);   // 2 left
  t.venue.feed_lost(at(600));
  const auto rest = t.order(700, t.yes, Side::buy, 4700, 10, model::OrderType::gtc, model::Crossing::allowed);
  t.run(1000);
  t.book(1100, {{4600, 10}}, {{4700, 12}});
  EXPECT_EQ(t.filled(rest), shares_of(2));
}

TEST(PaperRules, FokIsAllOrNothingAndItsTextIsTheVenues) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(100));
  t.book(0, {{4700, 10}}, {{5000, 80}});
  const auto killed = t.order(0, t.yes, Side::sell, 4700, 11, model::OrderType::fok, model::Crossing::allowed);
  const auto done = t.order(1, t.yes, Side::sell, 4700, 10, model::OrderType::fok, model::Crossing::allowed);
  t.run(1000);
  EXPECT_EQ(t.place_result(killed).error, "order couldn't be fully filled. FOK orders are fully filled or killed.");
  EXPECT_EQ(t.place_result(killed).http_status, 400);
  EXPECT_EQ(t.filled(done), shares_of(10));
  EXPECT_EQ(t.venue.status(done).status, model::VenueOrderStatus::matched);
}

TEST(PaperRules, BudgetBuyGetsMoreSharesAtBetterPrices) {
  Tape t;
  t.book(0, {{4700, 10}}, {{5000, 10}, {4000, 10}});
  OrderRequest request;
  request.id.bytes[0] = 9;
  request.token = t.yes;
  request.type = model::OrderType::fak;
  request.crossing = model::Crossing::allowed;
  request.price = Price(5000);
  request.size = shares_of(12);
  request.maker_amount = 6'000'000;  // 6 dollars: 10 at 0.40, then 4 at 0.50
  request.taker_amount = 12'000'000;
  t.venue.place(at(0), request);
  t.run(1000);
  EXPECT_EQ(t.filled(request.id), shares_of(14));
  EXPECT_EQ(t.venue.status(request.id).status, model::VenueOrderStatus::matched);
  EXPECT_EQ(t.place_result(request.id).making_micros, 6'000'000);
  EXPECT_LT(t.venue.cash(), dollars(9'994));  // and the fee
}

TEST(PaperRules, ATakerCancelsOurOwnOrdersThatItWouldMeet) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(100));
  t.book(0, {{4600, 10}}, {{5000, 80}});
  const auto resting = t.buy(0, 4800, 10);
  t.run(300);
  const auto taker = t.fak(400, Side::sell, 4600, 5);
  t.run(1000);
  EXPECT_EQ(t.venue.status(resting).status, model::VenueOrderStatus::canceled);
  EXPECT_EQ(t.filled(resting), shares_of(0));
  EXPECT_EQ(t.venue.fills().at(0).price, Price(4600));
  EXPECT_EQ(t.filled(taker), shares_of(5));
}

TEST(PaperRules, AFeeNeverExceedsTheProceeds) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(10));
  t.book(0, {{4600, 0}}, {{5000, 80}});
  t.frame.clear();
  model::LevelChange speck;
  speck.asset_id = "111";
  speck.price = Price(4700);
  speck.size = Shares(10);
  t.frame.changes.push_back(speck);
  model::MarketEvent event;
  event.kind = model::MarketEventKind::price_change;
  event.change_count = 1;
  t.frame.events.push_back(event);
  t.venue.on_frame(at(10), t.frame);
  t.fak(100, Side::sell, 4700, 10);
  t.run(1000);
  ASSERT_EQ(t.venue.fills().size(), 1u);
  EXPECT_EQ(t.venue.fills()[0].cash, Usdc(4));
  EXPECT_EQ(t.venue.fills()[0].fee, Usdc(4));
}

TEST(PaperRules, FeeRateComesFromTheMarketElseFromTheSlug) {
  EXPECT_EQ(fees_for_slug("btc-updown-5m-1776153600").rate_bps, 700);
  EXPECT_EQ(fees_for_slug("will-it-rain-in-paris").rate_bps, 500);
  EXPECT_EQ(model::taker_fee(Price(5000), shares_of(1), {700, 1}), Usdc(17'500));
  EXPECT_EQ(model::taker_fee(Price(5000), Shares(10), {700, 1}), Usdc(10));  // rounded up to 1e-5
}

// ---- 8.9 ----

TEST(PaperRules, FeedEndedCancelsOrdersAndKeepsThePositionAtTheLastBid) {
  Joined t;
  t.print(500, Side::sell, 4700, 104);
  t.book(600, {{4600, 200}}, {{5000, 80}});
  const auto on_its_way = t.buy(700, 4600, 10);
  t.venue.end_of_feed(at(800));
  t.run(5000);
  EXPECT_EQ(t.venue.status(t.id).status, model::VenueOrderStatus::canceled);
  EXPECT_EQ(t.place_result(on_its_way).http_status, 404);
  const PaperReport report = t.venue.report();
  ASSERT_EQ(report.feed_ended.size(), 1u);
  EXPECT_EQ(report.feed_ended[0].positions[0].size, shares_of(4));
  EXPECT_EQ(report.feed_ended[0].positions[0].last_bid, Price(4600));
  EXPECT_EQ(t.venue.position(t.yes), shares_of(4));
  EXPECT_EQ(report.ended, 1u);
}

TEST(PaperRules, AResolvedMarketIsNotFeedEndedAndPaysItsWinners) {
  Joined t;
  t.print(500, Side::sell, 4700, 110);
  const auto other = t.buy(600, 4600, 10);
  t.run(1000);
  t.resolved(2000, "111");
  EXPECT_EQ(t.venue.status(other).status, model::VenueOrderStatus::canceled);
  t.venue.end_of_feed(at(3000));
  t.run(60'000);
  EXPECT_TRUE(t.venue.report().feed_ended.empty());
  EXPECT_EQ(t.venue.position(t.yes), shares_of(0));
  EXPECT_EQ(t.venue.cash(), dollars(10'000) - Usdc(4'700'000) + dollars(10));
}

TEST(PaperRules, ThePayoutWaitsForTheSettlementOfWhatWasMatched) {
  PaperConfig config = exact_latency();
  config.settlement.payout_delay = seconds(1);
  Joined t(config);
  t.print(500, Side::sell, 4700, 110);  // MINED at 3500
  t.resolved(600, "222");
  t.run(3400);
  EXPECT_EQ(t.venue.position(t.yes), shares_of(10));
  t.run(10'000);
  EXPECT_EQ(t.venue.position(t.yes), shares_of(0));
  EXPECT_EQ(t.venue.cash(), dollars(10'000) - Usdc(4'700'000));
}

TEST(PaperRules, UnknownTickAndMinimumAreOneCentAndFiveShares) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto off_tick = t.buy(0, 4705, 10);
  const auto too_small = t.buy(0, 4700, 4);
  const auto fine = t.buy(0, 4700, 5);
  t.run(1000);
  EXPECT_EQ(t.place_result(off_tick).error,
            "order " + model::to_text(off_tick) + " is invalid. Price (0.4705) breaks minimum tick size rule: 0.01");
  EXPECT_EQ(t.place_result(too_small).error,
            "order " + model::to_text(too_small) + " is invalid. Size (4) lower than the minimum: 5");
  EXPECT_EQ(t.place_result(fine).outcome, model::PlaceOutcome::live);
}

TEST(PaperRules, UnitsAreNamedByTheTokenThatShowedThem) {
  Joined t;
  t.print(500, Side::buy, 5300, 103, "222");
  t.book(600, {{5300, 4}}, {{5400, 200}}, "222");
  const std::vector<PaperGrant>& grants = t.venue.audit().grants;
  ASSERT_EQ(grants.size(), 2u);
  for (const PaperGrant& grant : grants) {
    EXPECT_EQ(grant.token, t.no);
    EXPECT_EQ(grant.side, Side::sell);  // what our BUY YES is in terms of NO
    EXPECT_EQ(grant.price, Price(5300));
  }
  EXPECT_EQ(grants[0].size, shares_of(103));
  EXPECT_EQ(grants[1].rule, FillRule::crossing);
  EXPECT_EQ(grants[1].size, shares_of(4));
  const std::vector<PaperUse>& uses = t.venue.audit().uses;
  ASSERT_EQ(uses.size(), 3u);
  EXPECT_EQ(uses[0].size, shares_of(3));
  EXPECT_EQ(uses[1].use, UnitUse::queue);
  EXPECT_EQ(uses[1].size, shares_of(100));
  EXPECT_EQ(uses[2].unit, grants[1].unit);
}

TEST(PaperRules, ReportCountsFillsByRuleAndTheUnitsThatGaveThem) {
  Joined t;
  t.print(500, Side::sell, 4700, 103);
  t.print(600, Side::sell, 4600, 2);
  t.book(700, {{4600, 200}}, {{4700, 1}});
  const PaperReport report = t.venue.report();
  EXPECT_EQ(report.fills, 3u);
  EXPECT_EQ(report.shares, shares_of(6));
  const auto rule = [&](FillRule r) { return report.by_rule[static_cast<std::size_t>(r)]; };
  EXPECT_EQ(rule(FillRule::print_at).shares, shares_of(3));
  EXPECT_EQ(rule(FillRule::print_at).shares_granted, shares_of(105));
  EXPECT_EQ(rule(FillRule::crossing).shares, shares_of(1));
  EXPECT_EQ(rule(FillRule::print_through).fills, 1u);
  EXPECT_EQ(report.placed, 1u);
  EXPECT_EQ(report.live, 1u);
  EXPECT_EQ(report.open, 1u);
  EXPECT_EQ(report.partially_filled, 1u);
}

}  // namespace
}  // namespace ebb::exchange
