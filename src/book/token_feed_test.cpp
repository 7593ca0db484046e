#include "book/token_feed.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace ebb::book {
namespace {

using model::Level;
using model::LevelChange;
using model::Side;

const std::string kAsset = "71321045679252212594626385532706912750332728571942532289631379312455583992563";
const std::string kSibling = "52114319501245915516055106046884209969926127482827954674443846427813813222426";
constexpr Duration kBudget = seconds(3600);

HashDigest digest(std::uint8_t fill) {
  HashDigest bytes;
  bytes.fill(fill);
  return bytes;
}
/// The hex text of digest(0xNN) for two digits NN.
std::string hex(const std::string& two_digits) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += two_digits;
  return text;
}

LevelChange bid(int price, std::int64_t shares, std::string_view hash = {}) {
  LevelChange change;
  change.asset_id = kAsset;
  change.hash = hash;
  change.price = Price(price);
  change.size = shares_of(shares);
  change.side = Side::buy;
  return change;
}
LevelChange ask(int price, std::int64_t shares, std::string_view hash = {}) {
  LevelChange change = bid(price, shares, hash);
  change.side = Side::sell;
  return change;
}
LevelChange claiming(LevelChange change, int best_bid, int best_ask) {
  change.best_bid = Price(best_bid);
  change.best_ask = Price(best_ask);
  return change;
}

/// A feed on a receive clock that runs with the exchange's times unless it is set.
struct Rig {
  TokenFeed feed;
  Timestamp now = from_ms(1'000);

  FeedResult book(std::int64_t ms, std::vector<Level> bids, std::vector<Level> asks, std::string_view hash = {}) {
    model::MarketEvent event;
    event.timestamp_ms = ms;
    event.hash = hash;
    return book(event, bids, asks);
  }
  FeedResult book(const model::MarketEvent& event, const std::vector<Level>& bids, const std::vector<Level>& asks) {
    return feed.on_book(now, event, bids, asks);
  }
  FeedResult standard_book(std::int64_t ms, std::string_view hash = {}) {
    return book(ms, {{Price(4700), shares_of(30)}, {Price(4800), shares_of(10)}},
                {{Price(5300), shares_of(30)}, {Price(5200), shares_of(20)}}, hash);
  }
  /// As REST answers it and a subscription begins with it: it tells the last price.
  FeedResult first_book(std::int64_t ms, std::string_view hash = {}) {
    model::MarketEvent event;
    event.timestamp_ms = ms;
    event.hash = hash;
    event.has_last_trade_field = true;
    return book(event, {{Price(4700), shares_of(30)}, {Price(4800), shares_of(10)}},
                {{Price(5300), shares_of(30)}, {Price(5200), shares_of(20)}});
  }
  FeedResult changes(std::int64_t ms, std::vector<LevelChange> entries) {
    return feed.on_changes(now, ms, entries, kAsset);
  }
  [[nodiscard]] Shares bid_at(int price) const { return feed.book().size_at(Side::buy, Price(price)); }
};

TEST(Freshness, Limits) {
  const FreshnessLimits limits;
  const auto at = [&](Duration age) { return freshness({true, from_ms(1'000'000)}, from_ms(1'000'000) + age, limits); };
  EXPECT_EQ(at(Duration(0)), Freshness::fresh);
  EXPECT_EQ(at(milliseconds(-60)), Freshness::fresh) << "the recorder's clock may be ahead";
  EXPECT_EQ(at(seconds(15)), Freshness::fresh);
  EXPECT_EQ(at(seconds(15) + nanoseconds(1)), Freshness::soft_stale);
  EXPECT_EQ(at(seconds(30)), Freshness::soft_stale);
  EXPECT_EQ(at(seconds(30) + nanoseconds(1)), Freshness::stale);
  EXPECT_EQ(freshness({false, from_ms(1'000'000)}, from_ms(1'000'000), limits), Freshness::stale);
  EXPECT_EQ(freshness({true, Timestamp{}}, from_ms(1), limits), Freshness::stale) << "never alive";
}

TEST(TokenFeed, IsSmall) {
  EXPECT_LE(sizeof(TokenFeed), 400U);
  EXPECT_LE(sizeof(Book), 64U);
}

TEST(TokenFeed, UntrustedUntilTheSnapshot) {
  Rig rig;
  EXPECT_FALSE(rig.feed.trusted());
  EXPECT_EQ(rig.feed.untrusted_reason(), UntrustedReason::no_snapshot);
  const FeedResult result = rig.standard_book(1000);
  EXPECT_TRUE(result.became_trusted);
  EXPECT_EQ(result.effect, Effect::touch);
  EXPECT_TRUE(rig.feed.trusted());
  EXPECT_EQ(rig.feed.exchange_ms(), 1000);
  EXPECT_EQ(rig.feed.received(), rig.now);
}

TEST(TokenFeed, ChangesSetAbsoluteSizes) {
  Rig rig;
  rig.standard_book(1000);
  rig.now = from_ms(1'005);
  const FeedResult result = rig.changes(1001, {bid(4800, 7)});
  EXPECT_EQ(result.effect, Effect::touch);
  EXPECT_FALSE(result.ignored);
  EXPECT_EQ(rig.bid_at(4800), shares_of(7));
  EXPECT_EQ(rig.changes(1002, {bid(4700, 1)}).effect, Effect::depth);
  EXPECT_EQ(rig.changes(1003, {bid(4700, 2), bid(4800, 0)}).effect, Effect::touch);
  EXPECT_EQ(rig.feed.book().quote().bid, Price(4700));
  EXPECT_EQ(rig.feed.stats().changes, 4U);
  EXPECT_EQ(rig.feed.exchange_ms(), 1003);
  EXPECT_EQ(rig.feed.received(), from_ms(1'005));
}

// Scenario G14: the sibling's entries in the same message are not ours.
TEST(TokenFeed, ScenarioG14EntriesOfTheSiblingArePassedOver) {
  Rig rig;
  rig.standard_book(1000);
  LevelChange sibling = ask(5200, 999);
  sibling.asset_id = kSibling;
  EXPECT_TRUE(rig.changes(1001, {sibling}).ignored);
  EXPECT_EQ(rig.feed.stats().changes, 0U);
  rig.changes(1001, {sibling, bid(4800, 3), sibling});
  EXPECT_EQ(rig.feed.stats().changes, 1U);
  EXPECT_EQ(rig.bid_at(4800), shares_of(3));
  EXPECT_EQ(rig.feed.book().size_at(Side::sell, Price(5200)), shares_of(20));
}

// Scenario G16: a change of one side leaves the other.
TEST(TokenFeed, ScenarioG16OneSidedMessagesKeepTheOtherSide) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1001, {claiming(bid(4900, 1), 4900, -1)});
  rig.changes(1002, {bid(4900, 2)});
  EXPECT_TRUE(rig.feed.trusted()) << "an absent best price is not an empty side";
  EXPECT_EQ(rig.feed.book().quote().ask, Price(5200));
  EXPECT_EQ(rig.feed.book().quote().bid, Price(4900));
}

TEST(TokenFeed, RepeatsAreCountedAndChangeNothing) {
  Rig rig;
  rig.standard_book(1000);
  const FeedResult again = rig.standard_book(1000);
  EXPECT_TRUE(again.ignored);
  EXPECT_EQ(again.effect, Effect::none);
  EXPECT_EQ(rig.feed.stats().repeats, 1U);
  const FeedResult same_size = rig.changes(1001, {bid(4800, 10)});
  EXPECT_TRUE(same_size.ignored);
  EXPECT_EQ(rig.feed.stats().repeats, 2U);
  EXPECT_EQ(rig.feed.stats().snapshots, 2U);
}

TEST(TokenFeed, ARepeatedSnapshotDoesNotUndoItsMillisecond) {
  Rig rig;
  rig.standard_book(1000, hex("aa"));
  rig.changes(1000, {bid(4800, 7)});
  EXPECT_TRUE(rig.standard_book(1000, hex("aa")).ignored);
  EXPECT_EQ(rig.bid_at(4800), shares_of(7));
  EXPECT_EQ(rig.standard_book(1000, hex("ab")).effect, Effect::touch) << "another book of that millisecond";
  rig.changes(1005, {bid(4800, 7)});
  EXPECT_TRUE(rig.standard_book(1000, hex("ab")).ignored);
  EXPECT_EQ(rig.feed.stats().out_of_order, 0U) << "a repeat is no anomaly";
  rig.feed.distrust(UntrustedReason::reconnect, rig.now);
  EXPECT_TRUE(rig.standard_book(1000, hex("ab")).became_trusted);
  EXPECT_EQ(rig.bid_at(4800), shares_of(10));
}

TEST(TokenFeed, RemovalOfAnAbsentLevelIsCounted) {
  Rig rig;
  rig.standard_book(1000);
  EXPECT_TRUE(rig.changes(1001, {bid(4600, 0)}).ignored);
  EXPECT_EQ(rig.feed.stats().absent_removals, 1U);
  EXPECT_TRUE(rig.feed.trusted());
}

TEST(TokenFeed, OffTheGridIsCountedAndIgnored) {
  Rig rig;
  rig.standard_book(1000);
  EXPECT_TRUE(rig.changes(1001, {bid(0, 5), bid(10'000, 5)}).ignored);
  EXPECT_EQ(rig.feed.stats().malformed, 2U);
  rig.book(1002, {{Price(4800), shares_of(1)}, {Price(10'000), shares_of(1)}}, {{Price(5200), Shares{}}});
  EXPECT_EQ(rig.feed.stats().malformed, 4U);
}

TEST(TokenFeed, ALateChangeThatMayBringBackAForgottenLevelEndsTheTrust) {
  const auto after = [](int removals, LevelChange late) {
    Rig rig;
    rig.standard_book(1000);
    rig.changes(1010, {bid(4600, 0)});
    for (int i = 0; i < removals; ++i) rig.changes(1020 + i, {bid(4000 + i, 0)});
    rig.changes(1005, {late});
    return std::pair(rig.feed.trusted(), rig.bid_at(4600));
  };
  EXPECT_EQ(after(7, bid(4600, 5)), std::pair(true, Shares{})) << "its removal is remembered";
  EXPECT_FALSE(after(8, bid(4600, 5)).first) << "it is not";
  EXPECT_TRUE(after(8, bid(4800, 5)).first) << "a level that is there";
  EXPECT_TRUE(after(8, bid(4600, 0)).first) << "takes nothing back";
}

TEST(TokenFeed, EmptySidesAreBooks) {
  Rig rig;
  EXPECT_TRUE(rig.book(1000, {}, {}).became_trusted);
  EXPECT_FALSE(rig.feed.book().quote().two_sided());
  EXPECT_EQ(rig.changes(1001, {claiming(bid(4800, 5), 4800, 10'000)}).effect, Effect::touch);
  EXPECT_EQ(rig.changes(1002, {claiming(bid(4800, 0), 0, 10'000)}).effect, Effect::touch);
  rig.changes(1003, {bid(4800, 5)});
  EXPECT_TRUE(rig.feed.trusted()) << "0 and 1 say that a side is empty";
}

// --- deltas before a snapshot --------------------------------------------------------------------------------------

TEST(TokenFeed, ChangesBeforeTheSnapshotWaitForIt) {
  Rig rig;
  EXPECT_EQ(rig.changes(999, {bid(4800, 77)}).effect, Effect::none);
  rig.changes(1000, {bid(4700, 88)});
  rig.changes(1001, {bid(4900, 99)});
  EXPECT_TRUE(rig.feed.book().ladder(Side::buy).empty());
  EXPECT_EQ(rig.feed.stats().before_snapshot, 3U);
  EXPECT_FALSE(rig.feed.trusted());

  const FeedResult result = rig.first_book(1000);
  EXPECT_TRUE(result.became_trusted);
  EXPECT_EQ(rig.bid_at(4800), shares_of(10)) << "older than the snapshot: in it";
  EXPECT_EQ(rig.bid_at(4700), shares_of(88)) << "the same millisecond: not certain, and sizes are absolute";
  EXPECT_EQ(rig.bid_at(4900), shares_of(99));
  EXPECT_EQ(rig.feed.exchange_ms(), 1001);
}

TEST(TokenFeed, TheBookAfterATradeHoldsWhatCameBeforeItInItsMillisecond) {
  Rig rig;
  rig.changes(1000, {bid(4900, 99)});  // taken by the trade that the book follows
  rig.changes(1001, {bid(4600, 5)});
  rig.standard_book(1000);
  EXPECT_EQ(rig.bid_at(4900), Shares{});
  EXPECT_EQ(rig.bid_at(4600), shares_of(5));
}

TEST(TokenFeed, ChangesWithoutATimeDoNotOutliveTheSnapshot) {
  Rig rig;
  rig.changes(0, {bid(4800, 77)});
  rig.standard_book(1000);
  EXPECT_EQ(rig.bid_at(4800), shares_of(10));
}

TEST(TokenFeed, AFullBufferMakesAnOldSnapshotUseless) {
  Rig rig;
  constexpr int kCount = static_cast<int>(TokenFeed::kMaxPending) + 1;
  for (int i = 0; i < kCount; ++i) rig.changes(2000 + i, {bid(1000 + i, 1)});
  const FeedResult early = rig.standard_book(1999);
  EXPECT_TRUE(early.became_untrusted) << "asks for another";
  EXPECT_FALSE(rig.feed.trusted());
  const FeedResult late = rig.standard_book(2000 + kCount / 2);
  EXPECT_TRUE(late.became_trusted);
  EXPECT_EQ(rig.bid_at(1000 + kCount - 1), shares_of(1)) << "what is newer was kept";
  EXPECT_EQ(rig.bid_at(1000), Shares{});
}

TEST(TokenFeed, WhileUntrustedChangesAreAppliedAndKept) {
  Rig rig;
  rig.standard_book(1000);
  rig.feed.distrust(UntrustedReason::reconnect, rig.now);
  EXPECT_EQ(rig.changes(1010, {bid(4900, 5)}).effect, Effect::touch);
  EXPECT_FALSE(rig.feed.trusted());
  rig.standard_book(1005);
  EXPECT_TRUE(rig.feed.trusted());
  EXPECT_EQ(rig.bid_at(4900), shares_of(5)) << "a snapshot that raced with it does not undo it";
}

// --- order -----------------------------------------------------------------------------------------------------------

TEST(TokenFeed, AnOlderBookIsIgnoredWhileTrusted) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1005, {bid(4800, 7)});
  EXPECT_TRUE(rig.standard_book(1004).ignored);
  EXPECT_EQ(rig.bid_at(4800), shares_of(7));
  EXPECT_EQ(rig.feed.stats().out_of_order, 1U);
}

TEST(TokenFeed, AnOlderBookIsAcceptedWhileUntrusted) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1005, {bid(4800, 7)});
  rig.feed.distrust(UntrustedReason::gap, rig.now);
  EXPECT_TRUE(rig.standard_book(1004).became_trusted);
  EXPECT_EQ(rig.bid_at(4800), shares_of(10));
  EXPECT_EQ(rig.feed.exchange_ms(), 1004);
}

TEST(TokenFeed, ALateChangeActsOnlyOnLevelsThatAreOlder) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1010, {bid(4800, 7)});
  const FeedResult late = rig.changes(1005, {bid(4800, 99), bid(4700, 44)});
  EXPECT_EQ(late.effect, Effect::depth);
  EXPECT_EQ(rig.bid_at(4800), shares_of(7));
  EXPECT_EQ(rig.bid_at(4700), shares_of(44));
  EXPECT_EQ(rig.feed.exchange_ms(), 1010) << "time does not go back";
  EXPECT_EQ(rig.feed.stats().out_of_order, 1U);
}

TEST(TokenFeed, AChangeOlderThanTheSnapshotIsInIt) {
  Rig rig;
  rig.standard_book(1000);
  EXPECT_TRUE(rig.changes(999, {bid(4600, 5)}).ignored);
  EXPECT_EQ(rig.bid_at(4600), Shares{});
  EXPECT_EQ(rig.feed.stats().out_of_order, 1U);
}

TEST(TokenFeed, ALateChangeDoesNotBringBackALevelThatWasRemoved) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1010, {bid(4850, 0)});  // its arrival is still on the way
  rig.changes(1011, {bid(4800, 0)});
  EXPECT_EQ(rig.changes(1005, {bid(4850, 9), bid(4800, 9)}).effect, Effect::none);
  EXPECT_EQ(rig.bid_at(4850), Shares(0));
  EXPECT_EQ(rig.bid_at(4800), Shares(0));
  EXPECT_EQ(rig.changes(1010, {bid(4850, 9)}).effect, Effect::touch) << "the same millisecond is not older";
}
TEST(TokenFeed, LateBestPricesAreNotBelieved) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1010, {bid(4900, 7)});
  rig.changes(1005, {claiming(bid(4700, 1), 4800, 5200)});
  rig.changes(1011, {bid(4700, 2)});
  EXPECT_TRUE(rig.feed.trusted());
}

TEST(TokenFeed, ATimeFarAheadDoesNotFreezeTheBook) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(9'000'000, {bid(4800, 7)});
  FeedResult result;
  int messages = 0;
  while (!result.became_untrusted && messages < 100) {
    ++messages;
    result = rig.changes(2000 + messages, {bid(4700, 50 + messages)});
  }
  EXPECT_EQ(messages, TokenFeed::kMaxLateInRow);
  EXPECT_EQ(rig.feed.untrusted_reason(), UntrustedReason::gap);
  rig.standard_book(3000);
  EXPECT_TRUE(rig.feed.trusted());
  EXPECT_EQ(rig.changes(3001, {bid(4700, 1)}).effect, Effect::depth);
}

// G8: times of 0 or less are none.
TEST(TokenFeed, ScenarioG8TimesOfZeroOrLessOrderNothing) {
  Rig rig;
  rig.standard_book(1000);
  EXPECT_EQ(rig.changes(-123456789, {bid(4800, 7)}).effect, Effect::touch);
  EXPECT_EQ(rig.feed.exchange_ms(), 1000);
  EXPECT_EQ(rig.feed.received(), rig.now);
  EXPECT_EQ(rig.feed.stats().out_of_order, 0U);
  EXPECT_EQ(rig.book(-1, {{Price(4100), shares_of(1)}}, {}).effect, Effect::touch);
  EXPECT_EQ(rig.feed.exchange_ms(), 1000);
  EXPECT_TRUE(rig.feed.trusted());
}

// --- ticks and trades ------------------------------------------------------------------------------------------------

// Scenario G7 and rules 1.4.
TEST(TokenFeed, ScenarioG7ATickChangeKeepsTheBook) {
  Rig rig;
  rig.standard_book(1000);
  const model::Quote before = rig.feed.book().quote();
  const FeedResult result = rig.feed.on_tick_size(rig.now, Price(10));
  EXPECT_TRUE(result.tick_changed);
  EXPECT_EQ(rig.feed.tick(), Price(10));
  EXPECT_EQ(rig.feed.book().quote(), before);
  EXPECT_TRUE(rig.feed.trusted());
  EXPECT_FALSE(rig.feed.on_tick_size(rig.now, Price(10)).tick_changed) << "a repeat";
  EXPECT_TRUE(rig.feed.on_tick_size(rig.now, Price(0)).ignored);
  EXPECT_EQ(rig.feed.tick(), Price(10));
}

TEST(TokenFeed, ATickChangeEndsTheGroup) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1001, {claiming(bid(4600, 5, hex("aa")), 4400, 5200)});
  EXPECT_FALSE(rig.feed.on_tick_size(rig.now, Price(100)).became_untrusted) << "a repeat changes nothing";
  EXPECT_TRUE(rig.feed.on_tick_size(rig.now, Price(10)).became_untrusted);
  EXPECT_FALSE(rig.feed.hash_check_due(rig.now, Duration(0))) << "its hash was made with the old tick";
}

TEST(TokenFeed, ABookMayCarryTickAndTrade) {
  Rig rig;
  model::MarketEvent event;
  event.timestamp_ms = 1000;
  event.tick = Price(10);
  event.last_trade = Price(4900);
  EXPECT_TRUE(rig.book(event, {}, {}).tick_changed);
  EXPECT_EQ(rig.feed.tick(), Price(10));
  EXPECT_EQ(rig.feed.last_trade(), Price(4900));
  rig.standard_book(1001);
  EXPECT_EQ(rig.feed.tick(), Price(10)) << "a book after a trade omits both";
  EXPECT_EQ(rig.feed.last_trade(), Price(4900));
}

TEST(TokenFeed, TradesMoveNoQuote) {
  Rig rig;
  rig.standard_book(1000);
  const model::Quote before = rig.feed.book().quote();
  rig.feed.on_last_trade(from_ms(5'000), Price(5200));
  EXPECT_EQ(rig.feed.last_trade(), Price(5200));
  EXPECT_EQ(rig.feed.book().quote(), before);
  EXPECT_EQ(rig.feed.received(), from_ms(5'000));
}

// --- trust -----------------------------------------------------------------------------------------------------------

TEST(TokenFeed, DistrustKeepsItsFirstReasonAndBeginning) {
  Rig rig;
  rig.standard_book(1000);
  rig.feed.distrust(UntrustedReason::reconnect, from_ms(2'000));
  rig.feed.distrust(UntrustedReason::gap, from_ms(3'000));
  EXPECT_EQ(rig.feed.untrusted_reason(), UntrustedReason::reconnect);
  EXPECT_EQ(rig.feed.untrusted_since(), from_ms(2'000));
  rig.standard_book(1000);
  EXPECT_TRUE(rig.feed.trusted());
  EXPECT_FALSE(rig.feed.untrusted_since().is_set());
}

TEST(TokenFeed, ALostLinkEmptiesTheBuffer) {
  Rig rig;
  rig.changes(1005, {bid(4900, 5)});
  rig.feed.distrust(UntrustedReason::reconnect, rig.now);
  EXPECT_EQ(rig.feed.untrusted_reason(), UntrustedReason::no_snapshot);
  rig.standard_book(1000);
  EXPECT_EQ(rig.bid_at(4900), Shares{}) << "what lay between the two is missing";
}

// Scenario D7 as rules 11 restates it.
TEST(TokenFeed, ScenarioD7BestPricesThatDisagreeAtGroupEnd) {
  Rig rig;
  rig.book(1000, {{Price(2000), shares_of(1)}}, {{Price(9900), shares_of(1)}});
  rig.now = from_ms(5'000);
  EXPECT_FALSE(rig.changes(1001, {claiming(bid(1900, 5), 4400, 4600)}).became_untrusted) << "the group is still open";
  rig.now = from_ms(5'010);
  const FeedResult verdict = rig.changes(1002, {bid(1800, 5)});
  EXPECT_TRUE(verdict.became_untrusted);
  EXPECT_EQ(rig.feed.untrusted_reason(), UntrustedReason::best_price_mismatch);
  EXPECT_EQ(rig.feed.untrusted_since(), from_ms(5'010));
  EXPECT_EQ(rig.feed.stats().distrusted, 1U);
  EXPECT_EQ(rig.bid_at(1800), shares_of(5)) << "the message itself is not lost";
  EXPECT_EQ(rig.feed.stats().before_snapshot, 1U);
}

TEST(TokenFeed, EachClaimIsChecked) {
  const auto verdict = [](int best_bid, int best_ask) {
    Rig rig;
    rig.standard_book(1000);
    rig.changes(1001, {claiming(bid(4600, 5), best_bid, best_ask)});
    return rig.changes(1002, {bid(4600, 6)}).became_untrusted;
  };
  EXPECT_FALSE(verdict(4800, 5200));
  EXPECT_FALSE(verdict(-1, -1));
  EXPECT_TRUE(verdict(4900, 5200));
  EXPECT_TRUE(verdict(4800, 5300));
  EXPECT_TRUE(verdict(0, 5200)) << "claims an empty side that is not";
  EXPECT_TRUE(verdict(4800, 10'000));
}

TEST(TokenFeed, OnlyTheEndOfAGroupCounts) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1001, {claiming(bid(4900, 5), 4950, 5200)});  // half of a millisecond
  rig.changes(1001, {claiming(bid(4950, 5), 4950, 5200)});
  EXPECT_FALSE(rig.changes(1002, {bid(4600, 6)}).became_untrusted);
  EXPECT_TRUE(rig.feed.trusted());
}

TEST(TokenFeed, TheVerdictIsOnTheBookBeforeTheNextMessage) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1001, {claiming(bid(4900, 5), 4900, 5200)});
  EXPECT_FALSE(rig.changes(1002, {bid(4900, 0)}).became_untrusted);
}

TEST(TokenFeed, TheTimerClosesAQuietGroup) {
  Rig rig;
  rig.standard_book(1000);
  rig.now = from_ms(5'000);
  rig.changes(1001, {claiming(bid(4600, 5), 4400, 5200)});
  EXPECT_FALSE(rig.feed.close_group(from_ms(5'999)).became_untrusted);
  EXPECT_TRUE(rig.feed.close_group(from_ms(6'000)).became_untrusted);
  EXPECT_FALSE(rig.feed.close_group(from_ms(9'000)).became_untrusted) << "once";
}

TEST(TokenFeed, ASnapshotRepairsABadGroupAtOnce) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1001, {claiming(bid(4600, 5), 4400, 5200)});
  const FeedResult result = rig.standard_book(1002);
  EXPECT_TRUE(rig.feed.trusted());
  EXPECT_FALSE(result.became_untrusted);
  EXPECT_FALSE(result.became_trusted);
  EXPECT_EQ(rig.feed.stats().distrusted, 1U);
}

TEST(TokenFeed, ASnapshotInTheGroupReplacesItsClaims) {
  Rig rig;
  rig.standard_book(1000);
  rig.changes(1001, {claiming(bid(4600, 5), 4700, 5200)});
  rig.standard_book(1001);
  EXPECT_FALSE(rig.changes(1002, {bid(4600, 5)}).became_untrusted);
}

// --- hashes ----------------------------------------------------------------------------------------------------------

TEST(TokenFeed, HashIsDueFirstAfterASnapshotThenByBudget) {
  Rig rig;
  EXPECT_FALSE(rig.feed.hash_check_due(rig.now, Duration(0))) << "no group";
  rig.standard_book(1000, hex("aa"));
  EXPECT_TRUE(rig.feed.hash_check_due(rig.now, kBudget));
  rig.feed.on_hash(digest(0xaa), rig.now);
  EXPECT_FALSE(rig.feed.hash_check_due(rig.now, kBudget)) << "hashed as it is";

  rig.changes(1001, {bid(4600, 1, hex("bb"))});
  EXPECT_TRUE(rig.feed.hash_check_due(rig.now, kBudget)) << "the first group of changes after the snapshot";
  rig.feed.on_hash(digest(0xbb), rig.now);
  rig.changes(1002, {bid(4600, 2, hex("cc"))});
  EXPECT_FALSE(rig.feed.hash_check_due(rig.now, kBudget));
  EXPECT_TRUE(rig.feed.hash_check_due(rig.now + kBudget, kBudget));
  EXPECT_TRUE(rig.feed.hash_check_due(rig.now, Duration(0)));
  EXPECT_EQ(rig.feed.stats().hash_checked, 2U);
  EXPECT_EQ(rig.feed.stats().hash_mismatch, 0U);
}

TEST(TokenFeed, ASnapshotUnderNewerChangesIsNotHashed) {
  const auto due = [](LevelChange early, std::int64_t ms) {
    Rig rig;
    rig.changes(ms, {early});
    rig.first_book(1000, hex("aa"));
    return rig.feed.hash_check_due(rig.now, Duration(0));
  };
  EXPECT_FALSE(due(bid(4900, 5), 1000)) << "the book is not the snapshot any more";
  EXPECT_FALSE(due(bid(4800, 10), 1001)) << "nor is its time";
  EXPECT_TRUE(due(bid(4900, 5), 999));
  EXPECT_TRUE(due(bid(4800, 10), 1000));

  Rig rig;
  rig.changes(1001, {bid(4900, 5)});
  rig.standard_book(1000, hex("aa"));
  rig.changes(1002, {bid(4900, 6, hex("bb"))});
  EXPECT_TRUE(rig.feed.hash_check_due(rig.now, kBudget)) << "the next group is";
}

/// A feed whose first group after the snapshot was verified: nothing is due before the budget.
Rig verified_rig() {
  Rig rig;
  rig.standard_book(1000, hex("aa"));
  rig.feed.on_hash(digest(0xaa), rig.now);
  rig.changes(1001, {bid(4600, 1, hex("bb"))});
  rig.feed.on_hash(digest(0xbb), rig.now);
  rig.changes(1002, {bid(4600, 2, hex("cc"))});
  return rig;
}

TEST(TokenFeed, HashIsDueAfterEveryAnomaly) {
  const auto due_after = [](auto&& anomaly) {
    Rig rig = verified_rig();
    EXPECT_FALSE(rig.feed.hash_check_due(rig.now, kBudget));
    anomaly(rig);
    rig.changes(2000, {bid(4600, 9, hex("dd"))});
    return rig.feed.hash_check_due(rig.now, kBudget);
  };
  EXPECT_FALSE(due_after([](Rig&) {}));
  EXPECT_TRUE(due_after([](Rig& rig) { rig.changes(1001, {bid(4600, 3)}); })) << "out of order";
  EXPECT_TRUE(due_after([](Rig& rig) { rig.changes(1003, {bid(100, 0)}); })) << "absent removal";
  EXPECT_TRUE(due_after([](Rig& rig) { rig.standard_book(1003); })) << "snapshot";
  EXPECT_TRUE(due_after([](Rig& rig) { rig.standard_book(900); })) << "old snapshot";
  EXPECT_TRUE(due_after([](Rig& rig) { rig.feed.on_tick_size(rig.now, Price(10)); })) << "new tick";
  EXPECT_TRUE(due_after([](Rig& rig) {
    rig.feed.distrust(UntrustedReason::reconnect, rig.now);
    rig.standard_book(1003);
  })) << "reconnect";
}

TEST(TokenFeed, NoHashIsDueWithoutHashesOrTrust) {
  Rig rig;
  rig.standard_book(1000);
  EXPECT_FALSE(rig.feed.hash_check_due(rig.now, Duration(0)));
  rig.changes(1001, {bid(4600, 1, "not a hash")});
  rig.changes(1001, {bid(4600, 2, hex("zz"))});
  EXPECT_FALSE(rig.feed.hash_check_due(rig.now, Duration(0)));
  rig.feed.distrust(UntrustedReason::gap, rig.now);
  rig.changes(1002, {bid(4600, 3, hex("aa"))});
  EXPECT_FALSE(rig.feed.hash_check_due(rig.now, Duration(0)));
  rig.feed.on_hash(digest(0xaa), rig.now);
  EXPECT_EQ(rig.feed.stats().hash_checked, 0U);
}

TEST(TokenFeed, AGroupVerifiesWithAnyOfItsHashes) {
  Rig rig = verified_rig();
  const auto checked = rig.feed.stats().hash_checked;
  rig.changes(1003, {bid(4600, 3, hex("a1")), bid(4500, 3, hex("a2"))});
  rig.changes(1003, {bid(4400, 3, hex("A3"))});
  rig.feed.on_hash(digest(0xa1), rig.now);
  EXPECT_EQ(rig.feed.stats().hash_checked, checked) << "open";
  rig.changes(1004, {bid(4400, 4)});
  EXPECT_EQ(rig.feed.stats().hash_checked, checked + 1);
  EXPECT_EQ(rig.feed.stats().hash_mismatch, 0U);
}

TEST(TokenFeed, TheLastDigestOfAGroupCounts) {
  Rig rig = verified_rig();
  rig.changes(1003, {bid(4600, 3, hex("a1"))});
  rig.feed.on_hash(digest(0x77), rig.now);  // taken in the middle of the millisecond
  rig.changes(1003, {bid(4600, 4, hex("a2"))});
  EXPECT_TRUE(rig.feed.hash_check_due(rig.now, kBudget)) << "a group that is being checked is checked at its end";
  rig.feed.on_hash(digest(0xa2), rig.now);
  rig.changes(1004, {bid(4600, 5)});
  EXPECT_EQ(rig.feed.stats().hash_mismatch, 0U);
}

TEST(TokenFeed, UpperAndLowerCaseHexAreTheSame) {
  Rig rig = verified_rig();
  rig.changes(1003, {bid(4600, 3, hex("aF"))});
  rig.feed.on_hash(digest(0xaf), rig.now);
  rig.changes(1004, {bid(4600, 5)});
  EXPECT_EQ(rig.feed.stats().hash_checked, 3U);
  EXPECT_EQ(rig.feed.stats().hash_mismatch, 0U);
}

TEST(TokenFeed, AGroupMayHaveManyHashes) {
  Rig rig = verified_rig();
  static const char* const kTwo[] = {"10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
                                     "20", "21", "22", "23", "24", "25", "26", "27", "28", "29"};
  int size = 100;
  for (const char* two : kTwo) rig.changes(1003, {bid(4600, ++size, hex(two))});
  rig.feed.on_hash(digest(0x29), rig.now);
  rig.changes(1004, {bid(4600, 5)});
  EXPECT_EQ(rig.feed.stats().hash_mismatch, 0U);
}

/// Plays groups with a wrong digest at the given receive times (ms); the time at which trust was lost, if it was.
std::optional<std::int64_t> lost_trust_at(Rig& rig, std::vector<std::int64_t> times) {
  std::int64_t ms = 1100;
  for (const std::int64_t time : times) {
    rig.now = from_ms(time);
    ++ms;
    if (rig.changes(ms, {bid(4600, ms, hex("ee"))}).became_untrusted) return time;
    rig.feed.on_hash(digest(0x01), rig.now);
  }
  rig.now = rig.now + seconds(2);
  if (rig.feed.close_group(rig.now).became_untrusted) return rig.now.ms();
  return std::nullopt;
}

TEST(TokenFeed, PersistentMismatchesLoseTrust) {
  {
    Rig rig = verified_rig();
    EXPECT_EQ(lost_trust_at(rig, {10'000, 11'000}), std::nullopt) << "two groups are not three";
    EXPECT_EQ(rig.feed.stats().hash_mismatch, 2U);
  }
  {
    Rig rig = verified_rig();
    EXPECT_EQ(lost_trust_at(rig, {10'000, 10'500, 11'000, 11'999}), std::nullopt) << "not over 2 s";
    EXPECT_TRUE(rig.feed.trusted());
  }
  {
    Rig rig = verified_rig();
    EXPECT_EQ(lost_trust_at(rig, {10'000, 11'000, 12'000, 12'100}), 12'100);
    EXPECT_EQ(rig.feed.untrusted_reason(), UntrustedReason::hash_mismatch);
    EXPECT_EQ(rig.feed.stats().hash_mismatch, 3U);
    EXPECT_EQ(rig.feed.stats().distrusted, 1U);
    rig.standard_book(1200);
    EXPECT_TRUE(rig.feed.trusted());
    EXPECT_EQ(lost_trust_at(rig, {20'000}), std::nullopt) << "the count starts anew";
  }
}

TEST(TokenFeed, AVerifiedGroupEndsTheSpell) {
  Rig rig = verified_rig();
  EXPECT_EQ(lost_trust_at(rig, {10'000, 11'000}), std::nullopt);
  rig.changes(1190, {bid(4600, 5, hex("dd"))});
  rig.feed.on_hash(digest(0xdd), rig.now);
  rig.changes(1191, {bid(4600, 6)});
  std::int64_t ms = 1200;
  for (int i = 0; i < 2; ++i) {
    rig.now = rig.now + seconds(5);
    ++ms;
    rig.changes(ms, {bid(4600, ms, hex("ee"))});
    rig.feed.on_hash(digest(0x01), rig.now);
  }
  EXPECT_FALSE(rig.changes(1300, {bid(4600, 9)}).became_untrusted);
  EXPECT_EQ(rig.feed.stats().hash_mismatch, 4U);
}

TEST(TokenFeed, AMismatchIsFollowedByACheck) {
  Rig rig = verified_rig();
  rig.changes(1003, {bid(4600, 3, hex("ee"))});
  rig.feed.on_hash(digest(0x01), rig.now);
  rig.changes(1004, {bid(4600, 4, hex("ef"))});
  EXPECT_TRUE(rig.feed.hash_check_due(rig.now, kBudget));
}

TEST(TokenFeed, NamesOfReasons) {
  EXPECT_EQ(to_text(UntrustedReason::hash_mismatch), "HASH_MISMATCH");
  EXPECT_EQ(to_text(UntrustedReason::none), "NONE");
  EXPECT_EQ(to_text(Sanity::far_from_last), "FAR_FROM_LAST");
}

}  // namespace
}  // namespace ebb::book
