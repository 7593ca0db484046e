#include "book/book.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace ebb::book {
namespace {

using model::Level;
using model::Side;

Level level(std::int32_t price, std::int64_t shares) { return {Price(price), shares_of(shares)}; }

Book make_book(const std::vector<Level>& bids, const std::vector<Level>& asks, std::int64_t ms = 1000) {
  Book book;
  (void)book.apply_snapshot(ms, bids, asks);
  return book;
}

std::vector<std::pair<int, std::int64_t>> levels_of(const Ladder& ladder) {
  std::vector<std::pair<int, std::int64_t>> out;
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    out.emplace_back(ladder.prices()[i], ladder.sizes()[i] / kShareScale);
  }
  return out;
}
using Levels = std::vector<std::pair<int, std::int64_t>>;

TEST(Ladder, BestIsLastOnBothSides) {
  Ladder bids(Side::buy);
  Ladder asks(Side::sell);
  for (const int price : {4800, 4700, 4900, 4750}) {
    EXPECT_TRUE(bids.set(Price(price), shares_of(price), 1));
    EXPECT_TRUE(asks.set(Price(price), shares_of(price), 1));
  }
  EXPECT_EQ(levels_of(bids), (Levels{{4700, 4700}, {4750, 4750}, {4800, 4800}, {4900, 4900}}));
  EXPECT_EQ(levels_of(asks), (Levels{{4900, 4900}, {4800, 4800}, {4750, 4750}, {4700, 4700}}));
  EXPECT_EQ(bids.best_price(), Price(4900));
  EXPECT_EQ(asks.best_price(), Price(4700));
  EXPECT_EQ(asks.size_at(Price(4750)), shares_of(4750));
  EXPECT_EQ(asks.size_at(Price(4751)), Shares{});
}

TEST(Ladder, SizeIsAbsolute) {
  Ladder bids(Side::buy);
  bids.set(Price(4800), shares_of(10), 1);
  bids.set(Price(4800), shares_of(4), 2);
  EXPECT_EQ(bids.size_at(Price(4800)), shares_of(4));
}

TEST(Ladder, SaysWhatAChangeDid) {
  Ladder asks(Side::sell);
  EXPECT_EQ(asks.update(Price(5200), shares_of(1), 10), LevelOutcome::touch);
  EXPECT_EQ(asks.update(Price(5300), shares_of(1), 10), LevelOutcome::depth);
  EXPECT_EQ(asks.update(Price(5300), shares_of(1), 11), LevelOutcome::repeat);
  EXPECT_EQ(asks.update(Price(5300), shares_of(2), 11), LevelOutcome::depth);
  EXPECT_EQ(asks.update(Price(5200), shares_of(2), 11), LevelOutcome::touch);
  EXPECT_EQ(asks.update(Price(5100), Shares{}, 11), LevelOutcome::absent_removal);
  EXPECT_EQ(asks.update(Price(5300), Shares{}, 11), LevelOutcome::depth);
  EXPECT_EQ(asks.update(Price(5200), Shares{}, 11), LevelOutcome::touch);
  EXPECT_TRUE(asks.empty());
}

TEST(Ladder, RefusesWhatIsOffTheGrid) {
  Ladder bids(Side::buy);
  for (const int price : {0, -1, 10'000, 10'001, 65'536 + 4800}) {
    EXPECT_EQ(bids.update(Price(price), shares_of(1), 1), LevelOutcome::malformed) << price;
  }
  EXPECT_EQ(bids.update(Price(4800), Shares(-1), 1), LevelOutcome::malformed);
  EXPECT_TRUE(bids.empty());
  EXPECT_TRUE(bids.set(Price(1), shares_of(1), 1));
  EXPECT_TRUE(bids.set(Price(9999), shares_of(1), 1));
}

TEST(Ladder, AChangeOlderThanItsLevelIsIgnored) {
  Ladder bids(Side::buy);
  bids.set(Price(4800), shares_of(1), 100);
  bids.set(Price(4700), shares_of(1), 200);
  EXPECT_EQ(bids.update(Price(4700), shares_of(9), 150), LevelOutcome::late);
  EXPECT_EQ(bids.update(Price(4800), shares_of(9), 150), LevelOutcome::touch) << "this level is older";
  EXPECT_EQ(bids.update(Price(4600), shares_of(9), 50), LevelOutcome::depth) << "absent levels are set";
  EXPECT_EQ(bids.update(Price(4700), shares_of(9), 200), LevelOutcome::depth) << "the same millisecond is not older";
}

TEST(Ladder, TimesOfZeroOrLessOrderNothing) {
  Ladder bids(Side::buy);
  bids.set(Price(4800), shares_of(1), 100);
  EXPECT_TRUE(bids.set(Price(4800), shares_of(2), 0));
  EXPECT_TRUE(bids.set(Price(4800), shares_of(3), -123456789));
  EXPECT_FALSE(bids.set(Price(4800), shares_of(4), 99)) << "the last known time still stands";
  bids.set(Price(4700), shares_of(1), -5);
  EXPECT_TRUE(bids.set(Price(4700), shares_of(2), 1)) << "a level without a time is never newer";
}

TEST(Ladder, StampsSurviveTheirWrap) {
  constexpr std::int64_t kMonth = 30LL * 86'400'000;
  Ladder bids(Side::buy);
  bids.set(Price(4800), shares_of(1), 1'790'000'000'000);
  EXPECT_TRUE(bids.set(Price(4800), shares_of(2), 1'790'000'000'000 + kMonth)) << "a quiet month is not late delivery";
  const std::int64_t wrap = ((1'790'000'000'000LL >> 32) + 1) << 32;
  Ladder asks(Side::sell);
  asks.set(Price(5200), shares_of(1), wrap + 5);
  EXPECT_FALSE(asks.set(Price(5200), shares_of(2), wrap - 5));
}

TEST(Ladder, GrowsPastItsFirstBlock) {
  Ladder asks(Side::sell);
  for (int price = 1; price <= 9999; ++price) ASSERT_TRUE(asks.set(Price(price), shares_of(price), 1));
  ASSERT_EQ(asks.size(), 9999U);
  EXPECT_EQ(asks.best_price(), Price(1));
  for (int price = 1; price <= 9999; ++price) ASSERT_EQ(asks.size_at(Price(price)), shares_of(price));
}

TEST(Ladder, CopiesAndMoves) {
  Ladder bids(Side::buy);
  bids.set(Price(4800), shares_of(1), 100);
  Ladder copy(bids);
  copy.set(Price(4800), shares_of(2), 101);
  EXPECT_EQ(bids.best_size(), shares_of(1));
  EXPECT_FALSE(copy.set(Price(4800), shares_of(3), 100)) << "stamps are copied";
  Ladder moved(std::move(copy));
  EXPECT_EQ(moved.best_size(), shares_of(2));
  EXPECT_TRUE(copy.empty());  // NOLINT(bugprone-use-after-move): a moved-from ladder is empty
  bids = std::move(moved);
  EXPECT_EQ(bids.best_size(), shares_of(2));
}

TEST(Book, SnapshotReplacesEverything) {
  Book book = make_book({level(4700, 3), level(4800, 5)}, {level(5300, 3), level(5200, 5)});
  EXPECT_EQ(book.apply_snapshot(1001, std::vector{level(4100, 1)}, std::vector<Level>{}), Effect::touch);
  EXPECT_EQ(levels_of(book.ladder(Side::buy)), (Levels{{4100, 1}}));
  EXPECT_TRUE(book.ladder(Side::sell).empty());
  const model::Quote quote = book.quote();
  EXPECT_EQ(quote.bid, Price(4100));
  EXPECT_EQ(quote.ask, kPriceOne);
  EXPECT_EQ(quote.ask_size, Shares{});
  EXPECT_FALSE(quote.two_sided());
}

TEST(Book, SnapshotTellsTouchFromDepth) {
  const std::vector bids{level(4700, 3), level(4800, 5)};
  const std::vector asks{level(5300, 3), level(5200, 5)};
  Book book = make_book(bids, asks);
  EXPECT_EQ(book.apply_snapshot(1000, bids, asks), Effect::none);
  EXPECT_EQ(book.apply_snapshot(1001, bids, asks), Effect::none);
  EXPECT_EQ(book.apply_snapshot(1002, std::vector{level(4700, 4), level(4800, 5)}, asks), Effect::depth);
  EXPECT_EQ(book.apply_snapshot(1003, std::vector{level(4800, 5)}, asks), Effect::depth);
  EXPECT_EQ(book.apply_snapshot(1004, std::vector{level(4800, 6)}, asks), Effect::touch);
  EXPECT_EQ(book.apply_snapshot(1005, std::vector{level(4800, 6)}, std::vector{level(5300, 3)}), Effect::touch);
  EXPECT_EQ(book.apply_snapshot(1006, {}, {}), Effect::touch);
  EXPECT_EQ(book.apply_snapshot(1007, {}, {}), Effect::none);
}

TEST(Book, SnapshotThatIsNotCleanIsMended) {
  Book book = make_book({level(4800, 5), level(4700, 3), level(4700, 4), level(4600, 0), level(10'000, 1)},
                        {level(5200, 5), level(5300, 3)});
  EXPECT_EQ(levels_of(book.ladder(Side::buy)), (Levels{{4700, 4}, {4800, 5}}));
  EXPECT_EQ(levels_of(book.ladder(Side::sell)), (Levels{{5300, 3}, {5200, 5}}));
  EXPECT_EQ(book.apply_snapshot(1000, std::vector{level(4800, 5), level(4700, 4)},
                                std::vector{level(5200, 5), level(5300, 3)}),
            Effect::none);
}

TEST(Book, LevelsOffTheTickAreKept) {
  Book book = make_book({level(5100, 5), level(5150, 2)}, {level(9451, 1), level(9450, 2)});
  EXPECT_EQ(book.quote().bid, Price(5150));
  EXPECT_EQ(book.size_at(Side::sell, Price(9451)), shares_of(1));
}

TEST(Book, ViewIsInHashOrder) {
  const Book book = make_book({level(4700, 3), level(4800, 5)}, {level(5300, 3), level(5200, 5)});
  const model::BookView view = book.view();
  EXPECT_EQ(std::vector(view.bid_prices.begin(), view.bid_prices.end()), (std::vector<std::uint16_t>{4700, 4800}));
  EXPECT_EQ(std::vector(view.ask_prices.begin(), view.ask_prices.end()), (std::vector<std::uint16_t>{5300, 5200}));
  EXPECT_EQ(view.ask_sizes[1], shares_of(5).raw());
}

TEST(Book, ClearForgets) {
  Book book = make_book({level(4700, 3)}, {level(5300, 3)});
  book.clear();
  EXPECT_EQ(book.quote(), model::Quote{});
  EXPECT_EQ(book.apply_change(1, Side::buy, Price(4700), shares_of(1)), Effect::touch) << "old stamps are gone";
}

// Scenarios D1, D2, D5 as the decoder hands them on, whatever the order on the wire was.
TEST(Book, BestPricesOfScenariosD) {
  EXPECT_EQ(make_book({level(4100, 1)}, {level(4300, 1)}).quote().mid2(), 8400);
  const model::Quote d2 =
      make_book({level(10, 1), level(540, 1), level(550, 1)}, {level(9990, 1), level(580, 1), level(570, 1)}).quote();
  EXPECT_EQ(d2.bid, Price(550));
  EXPECT_EQ(d2.ask, Price(570));
  const model::Quote d5 =
      make_book({level(2100, 1), level(3500, 1), level(2900, 1)}, {level(9900, 1), level(5700, 1), level(6100, 1)})
          .quote();
  EXPECT_EQ(d5.bid, Price(3500));
  EXPECT_EQ(d5.ask, Price(5700));
}

TEST(NetQuote, OwnRemaindersAreTakenOut) {
  const Book book = make_book({level(4700, 30), level(4800, 10)}, {level(5300, 30), level(5200, 20)});
  const auto net = [&](std::vector<OwnLevel> own) { return net_quote(book, own); };
  EXPECT_EQ(net({}), book.quote());

  model::Quote part = net({{Side::buy, Price(4800), shares_of(4)}});
  EXPECT_EQ(part.bid, Price(4800));
  EXPECT_EQ(part.bid_size, shares_of(6));
  EXPECT_EQ(part.ask_size, shares_of(20)) << "the other side is untouched";

  model::Quote alone = net({{Side::buy, Price(4800), shares_of(10)}});
  EXPECT_EQ(alone.bid, Price(4700));
  EXPECT_EQ(alone.bid_size, shares_of(30));

  model::Quote never_negative = net({{Side::buy, Price(4800), shares_of(99)}, {Side::buy, Price(4700), shares_of(1)}});
  EXPECT_EQ(never_negative.bid_size, shares_of(29));

  model::Quote two_orders = net({{Side::sell, Price(5200), shares_of(5)}, {Side::sell, Price(5200), shares_of(15)}});
  EXPECT_EQ(two_orders.ask, Price(5300));

  model::Quote nothing_left = net({{Side::buy, Price(4800), shares_of(10)}, {Side::buy, Price(4700), shares_of(30)}});
  EXPECT_EQ(nothing_left.bid, Price(0));
  EXPECT_EQ(nothing_left.bid_size, Shares{});

  model::Quote elsewhere = net({{Side::sell, Price(4800), shares_of(10)}, {Side::buy, Price(4750), shares_of(10)}});
  EXPECT_EQ(elsewhere, book.quote()) << "the other side's price, and a level that is not displayed";
}

model::Quote quote_of(int bid, int ask) { return {Price(bid), Price(ask), shares_of(1), shares_of(1)}; }

TEST(Sanity, EachReason) {
  EXPECT_EQ(check_quote(quote_of(4800, 5200), model::kNoPrice), Sanity::sane);
  EXPECT_EQ(check_quote({Price(4800), kPriceOne, shares_of(1), Shares{}}, Price(4900)), Sanity::one_sided);
  EXPECT_EQ(check_quote({Price(0), Price(4800), Shares{}, shares_of(1)}, Price(4900)), Sanity::one_sided);
  EXPECT_EQ(check_quote(quote_of(5200, 4800), Price(4900)), Sanity::crossed);
  EXPECT_EQ(check_quote(quote_of(5000, 5000), Price(4900)), Sanity::crossed) << "locked";
  EXPECT_EQ(check_quote(quote_of(200, 9800), Price(4900)), Sanity::empty_market);
  EXPECT_EQ(check_quote(quote_of(100, 1900), Price(1000)), Sanity::too_wide) << "1.8 of the mid exactly";
  EXPECT_EQ(check_quote(quote_of(101, 1900), Price(1000)), Sanity::sane);
}

TEST(Sanity, AWideQuoteNeedsATradeNearTheMid) {
  const auto quote = quote_of(1000, 3000);  // spread 1.0 of the mid 0.20
  EXPECT_EQ(check_quote(quote, model::kNoPrice), Sanity::sane);
  EXPECT_EQ(check_quote(quote, Price(2000)), Sanity::sane);
  EXPECT_EQ(check_quote(quote, Price(801)), Sanity::sane);
  EXPECT_EQ(check_quote(quote, Price(800)), Sanity::far_from_last);
  EXPECT_EQ(check_quote(quote, Price(3200)), Sanity::far_from_last);
  EXPECT_EQ(check_quote(quote_of(1001, 3000), Price(9000)), Sanity::sane) << "a spread below the mid asks no trade";
}

// G13: flagged whatever the last trade says.
TEST(Sanity, ScenarioG13) {
  EXPECT_NE(check_quote(quote_of(10, 9990), model::kNoPrice), Sanity::sane);
  EXPECT_NE(check_quote(quote_of(10, 9990), Price(590)), Sanity::sane);
}

}  // namespace
}  // namespace ebb::book
