// The checker's own arithmetic, against brute force: decimals, frames, books and their hash, windows, accounts.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <rapidcheck.h>

#include <algorithm>

#include "checker/account_view.hpp"
#include "checker/book_view.hpp"
#include "checker/drop_window.hpp"
#include "checker/frames.hpp"
#include "checker/scene.hpp"

namespace ebb::checker {
namespace {

TEST(ReadFixed, TakesEverySpellingOfTheVenue) {
  EXPECT_EQ(read_fixed(".48", 4, false), 4800);
  EXPECT_EQ(read_fixed("0.090", 4, false), 900);
  EXPECT_EQ(read_fixed("150.0", 6, false), 150'000'000);
  EXPECT_EQ(read_fixed("0.48009", 4, true), 4801);
  EXPECT_EQ(read_fixed("0.48004", 4, true), 4800);
  EXPECT_EQ(read_fixed("1790000000123", 0, true), 1'790'000'000'123);
}

TEST(ReadFixed, RefusesWhatIsNoDecimal) {
  for (const char* text : {"", ".", "-1", "+1", "1e3", "NaN", "1.2.3", " 1", "0.48001", "99999999999999999999"}) {
    EXPECT_EQ(read_fixed(text, 4, false), std::nullopt) << text;
  }
}

TEST(Frames, ReadsBothSchemasOfAPriceChange) {
  FrameReader reader;
  const auto& current = reader.market(
      R"({"event_type":"price_change","market":"0xc","timestamp":"7","price_changes":[)"
      R"({"asset_id":"1","price":"0.49","size":"90","side":"buy","hash":"h","best_bid":"0.49","best_ask":""},)"
      R"({"asset_id":"1","price":"1.5","size":"90","side":"BUY","hash":"h"}]})");
  ASSERT_EQ(current.size(), 1u);
  ASSERT_EQ(current[0].changes.size(), 1u) << "a price outside (0, 1) is left out";
  EXPECT_EQ(current[0].changes[0].price, 4900);
  EXPECT_EQ(current[0].changes[0].size, 90'000'000);
  EXPECT_EQ(current[0].changes[0].best_bid, 4900);
  EXPECT_EQ(current[0].changes[0].best_ask, kAbsentPrice);
  EXPECT_EQ(current[0].ms, 7);
  const auto& old = reader.market(R"([{"event_type":"price_change","asset_id":"1","market":"0xc","timestamp":"8",)"
                                  R"("changes":[{"price":"0.5","side":"SELL","size":"0"}]}])");
  ASSERT_EQ(old.size(), 1u);
  ASSERT_EQ(old[0].changes.size(), 1u);
  EXPECT_EQ(old[0].changes[0].token_id, "1");
  EXPECT_EQ(old[0].changes[0].side, Side::sell);
  EXPECT_EQ(old[0].changes[0].size, 0);
}

// In an array the frame takes the other way, through the DOM.
TEST(Frames, ReadsTheUsualSpellingAsItReadsAnyOther) {
  FrameReader plain, dom;
  const auto frame = [](std::string_view entries, std::string_view ms = "1790000000123") {
    return fmt::format(R"({{"market":"0xc","price_changes":[{}],"timestamp":"{}","event_type":"price_change"}})",
                       entries, ms);
  };
  const auto entry = [](std::string_view price, std::string_view size, std::string_view side, std::string_view bid) {
    return fmt::format(
        R"({{"asset_id":"71","price":"{}","size":"{}","side":"{}","hash":"ab","best_bid":"{}","best_ask":"1"}})", price,
        size, side, bid);
  };
  const std::string good = entry("0.48", "12.5", "BUY", "0.48");
  for (const std::string& text :
       {frame(good), frame(good + "," + entry("0.52", "0", "SELL", "0")), frame(""), frame(good, "x"), frame(good, ""),
        frame(entry("0", "1", "BUY", "0.1")), frame(entry("1", "1", "BUY", "0.1")),
        frame(entry("0.00001", "1", "BUY", "")), frame(entry("0.5", "-1", "BUY", "0.1")),
        frame(entry("0.5", "1", "buy", "0.1")), frame(entry("0.5", "1", "?", "0.1")),
        frame(entry("0.5", "99999999999999", "SELL", "0.1")), frame(entry("0.5", "1.0000001", "SELL", "2")),
        frame(good + ","), frame(good) + " ", frame(entry("0.\\u0035", "1", "BUY", "0.1"))}) {
    const auto& a = plain.market(text);
    const auto& b = dom.market("[" + text + "]");
    ASSERT_EQ(a.size(), b.size()) << text;
    for (std::size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].kind, b[i].kind);
      EXPECT_EQ(a[i].condition_id, b[i].condition_id);
      EXPECT_EQ(a[i].ms, b[i].ms) << text;
      ASSERT_EQ(a[i].changes.size(), b[i].changes.size()) << text;
      for (std::size_t k = 0; k < a[i].changes.size(); ++k) {
        const ChangeText &x = a[i].changes[k], &y = b[i].changes[k];
        EXPECT_EQ(x.token_id, y.token_id);
        EXPECT_EQ(x.hash, y.hash);
        EXPECT_EQ(x.side, y.side);
        EXPECT_EQ(x.price, y.price);
        EXPECT_EQ(x.size, y.size);
        EXPECT_EQ(x.best_bid, y.best_bid);
        EXPECT_EQ(x.best_ask, y.best_ask);
      }
    }
  }
}

TEST(Frames, LeavesOutWhatIsNoMarketEvent) {
  FrameReader reader;
  for (const char* text :
       {"", "PONG", "[]", "{}", "INVALID OPERATION", "[1,2]", R"({"event_type":"new_thing"})", "{\"a\":"}) {
    EXPECT_TRUE(reader.market(text).empty()) << text;
  }
}

TEST(Frames, ReadsOrdersAndTradesOfTheUserStreamInTheirOrder) {
  FrameReader reader;
  const auto& frame = reader.user(
      R"([{"event_type":"trade","id":"t","taker_order_id":"x","asset_id":"1","side":"SELL","size":"5","price":"0.4",)"
      R"("status":"TRADE_STATUS_MINED","maker_orders":[{"order_id":"m","asset_id":"2","matched_amount":"5","price":"0.6"}]},)"
      R"({"event_type":"order","id":"m","type":"UPDATE","status":"CANCELED_x","original_size":"10","size_matched":"5"}])");
  ASSERT_EQ(frame.is_trade, (std::vector<bool>{true, false}));
  EXPECT_EQ(frame.trades[0].status, LegStatus::mined);
  ASSERT_EQ(frame.trades[0].makers.size(), 1u);
  EXPECT_EQ(frame.trades[0].makers[0].price, 6000);
  EXPECT_TRUE(frame.orders[0].canceled);
  EXPECT_EQ(frame.orders[0].matched, 5'000'000);
}

TEST(BookView, NetQuoteTakesOurOwnOutAndNeverMoreThanIsShown) {
  BookView book;
  book.replace(1, {{4800, shares(5)}, {4700, shares(7)}}, {{5200, shares(9)}});
  EXPECT_EQ(book.quote().bid, (Touch{4800, shares(5)}));
  EXPECT_EQ(book.quote({{Side::buy, 4800, shares(5)}}).bid, (Touch{4700, shares(7)}));
  EXPECT_EQ(book.quote({{Side::buy, 4800, shares(2)}}).bid, (Touch{4800, shares(3)}));
  EXPECT_EQ(book.quote({{Side::sell, 5200, shares(100)}}).ask, (Touch{kOne, 0}));
  EXPECT_EQ(book.sale_value(shares(10)), 4'750'000);  // 5 x 0.48 + 5 x 0.47
  EXPECT_EQ(book.sale_value(shares(20)), 5'690'000) << "what finds no bid is worth nothing";
}

TEST(BookView, ALateChangeOfALevelIsIgnored) {
  BookView book;
  book.replace(10, {{4800, shares(5)}}, {});
  EXPECT_TRUE(book.set(12, Side::buy, 4900, shares(1)));
  EXPECT_FALSE(book.set(11, Side::buy, 4900, shares(2)));
  EXPECT_FALSE(book.set(9, Side::buy, 4700, shares(2))) << "older than the snapshot";
  EXPECT_TRUE(book.set(13, Side::buy, 4900, 0));
  EXPECT_FALSE(book.set(12, Side::buy, 4900, shares(3))) << "a removal keeps its stamp";
  EXPECT_EQ(book.quote().bid.price, 4800);
}

TEST(BookView, SanityFollowsThePredecessor) {
  const auto quote = [](PriceRaw bid, PriceRaw ask) { return QuoteView{{bid, 1}, {ask, 1}}; };
  EXPECT_TRUE(is_sane(quote(4800, 5200), kAbsentPrice));
  EXPECT_FALSE(is_sane(quote(5200, 5200), kAbsentPrice));
  EXPECT_FALSE(is_sane(quote(200, 9800), kAbsentPrice));
  EXPECT_FALSE(is_sane(quote(100, 2000), kAbsentPrice)) << "spread of 1.81 times the mid";
  EXPECT_FALSE(is_sane(quote(2000, 7000), 9000)) << "spread above the mid, last trade far away";
  EXPECT_TRUE(is_sane(quote(2000, 7000), 5000));
  EXPECT_FALSE(is_sane({{4800, 1}, {kOne, 0}}, kAbsentPrice));
}

std::string sha1(const std::string& text) {
  unsigned char digest[20];
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
  std::string hex;
  for (const unsigned char byte : digest) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

/// A feed whose hashes are right until `broken_from_ms`, one group a second.
bool trusted_after_groups(int groups, std::int64_t broken_from_ms) {
  FeedView feed({"0xc", "1", 5'000'000, false}, 100, 0);
  MarketText snapshot;
  snapshot.ms = 1000;
  snapshot.bids = {{4800, shares(5)}};
  snapshot.asks = {{5200, shares(5)}};
  snapshot.has_last_trade = true;
  snapshot.last_trade = "0.500";
  feed.on_book(kSecond, snapshot);
  for (int i = 0; i < groups; ++i) {
    MarketText message;
    message.ms = 2000 + 1000 * i;
    const std::string size = std::to_string(6 + i);
    const std::string text = R"({"market":"0xc","asset_id":"1","timestamp":")" + std::to_string(message.ms) +
                             R"(","hash":"","bids":[{"price":"0.48","size":")" + size +
                             R"("}],"asks":[{"price":"0.52","size":"5"}],"min_order_size":"5","tick_size":"0.01",)" +
                             R"("neg_risk":false,"last_trade_price":"0.500"})";
    const std::string hash = message.ms >= broken_from_ms ? sha1("something else") : sha1(text);
    ChangeText change;
    change.token_id = "1";
    change.hash = hash;
    change.price = 4800;
    change.size = shares(6 + i);
    message.changes = {change};
    feed.on_changes(message.ms * kMillisecond, message, "1");
  }
  return feed.trusted();
}

TEST(FeedView, ThreeWrongHashesOverTwoSecondsEndTrust) {
  EXPECT_TRUE(trusted_after_groups(20, INT64_MAX));
  EXPECT_FALSE(trusted_after_groups(8, 5000));
  EXPECT_TRUE(trusted_after_groups(6, 5000)) << "two closed groups do not";
  EXPECT_TRUE(trusted_after_groups(20, 0)) << "a preimage that never verified proves nothing";
}

TEST(FeedView, ChangesBeforeTheSnapshotCountWhenTheyAreNotOlder) {
  FeedView feed({"0xc", "1", 5'000'000, false}, 100, -1);
  MarketText message;
  message.ms = 500;
  ChangeText change;
  change.token_id = "1";
  change.price = 4900;
  change.size = shares(1);
  message.changes = {change};
  feed.on_changes(1, message, "1");
  message.ms = 1500;
  message.changes[0].price = 4850;
  feed.on_changes(2, message, "1");
  EXPECT_FALSE(feed.trusted());
  MarketText snapshot;
  snapshot.ms = 1000;
  snapshot.bids = {{4800, shares(5)}};
  feed.on_book(3, snapshot);
  EXPECT_TRUE(feed.trusted());
  EXPECT_EQ(feed.book().quote().bid.price, 4850);
}

TEST(Checker, ASiblingMayBecomeKnownLater) {
  CheckerConfig config;
  MarketConfig market;
  market.condition_id = "0xc1";
  market.tokens[0].token_id = "111";
  config.markets = {market};
  Checker checker(config);
  const auto own_cross = [&](const std::string& first, const std::string& second) {
    PlaceClaim claim;
    claim.id = first;
    claim.token_id = "111";
    claim.price = 4800;
    claim.size = shares(5);
    claim.purpose = "DIP_BUY";
    checker.on_place(kNoon, claim);
    claim.id = second;
    claim.token_id = "222";
    claim.price = 5200;
    checker.on_place(kNoon, claim);
    const auto& rules = checker.violations_by_rule();
    return rules.contains("own.cross_placed") ? rules.at("own.cross_placed") : 0;
  };
  EXPECT_EQ(own_cross("A1", "A2"), 0u);
  market.tokens[1].token_id = "222";
  checker.add_market(kNoon, market);
  EXPECT_EQ(own_cross("B1", "B2"), 1u);
}

TEST(LinkView, BusyMeansMoreThanAFrameASecond) {
  LinkView link;
  for (int i = 0; i < 200; ++i) link.on_frame(kNoon + i * kSecond / 2);
  EXPECT_TRUE(link.was_busy(kNoon + 105 * kSecond));
  EXPECT_FALSE(link.was_busy(kNoon + 150 * kSecond));
}

TEST(DropWindow, EqualsTheMaximumOfAStepFunction) {
  EXPECT_TRUE(rc::check("high = the largest mid in force in [now - window, now]", [] {
    struct Step {
      TimeNs at;
      std::int32_t mid;  // 0 = withdrawn
    };
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 20), rc::gen::inRange(0, 30)));
    const SpanNs window = *rc::gen::inRange(1, 60);
    DropWindow tested;
    std::vector<Step> history;
    TimeNs now = 1000;
    for (const auto& [wait, mid] : steps) {
      now += wait;
      mid == 0 ? tested.withdraw(now) : tested.set(now, mid);
      history.push_back({now, mid});
      std::int32_t high = 0;
      for (std::size_t i = 0; i < history.size(); ++i) {
        const bool last = i + 1 == history.size();
        const TimeNs end = last ? now : history[i + 1].at;
        if (end >= now - window) high = std::max(high, history[i].mid);
      }
      RC_ASSERT(tested.high(now, window) == high);
    }
  }));
}

Leg make_leg(int trade, Side side, PriceRaw price, Micros size, LegStatus status) {
  Leg leg;
  leg.trade_id = "t" + std::to_string(trade);
  leg.order_id = "o";
  leg.token_id = "1";
  leg.side = side;
  leg.price = price;
  leg.size = size;
  leg.status = status;
  return leg;
}

TEST(AccountView, MoneyIsConserved) {
  EXPECT_TRUE(
      rc::check("cash = start - spent + received; cost - realised = spent - received; FAILED leaves no trace", [] {
        AccountView account(shares(1000));
        account.grow(1);
        Micros held = 0;
        Micros cash = shares(1000);
        const int legs = *rc::gen::inRange(0, 30);
        for (int i = 0; i < legs; ++i) {
          const bool buy = held < 10'000 || *rc::gen::arbitrary<bool>();
          const PriceRaw price = *rc::gen::inRange(1, 100) * 100;
          const Micros size =
              buy ? *rc::gen::inRange(1, 3000) * 10'000 : (*rc::gen::inRange<Micros>(1, held / 10'000 + 1)) * 10'000;
          const Leg leg = make_leg(i, buy ? Side::buy : Side::sell, price, size, LegStatus::matched);
          RC_ASSERT(account.apply(0, leg) == LegEffect::fresh);
          RC_ASSERT(account.apply(0, leg) == LegEffect::repeat);
          if (!buy && *rc::gen::inRange(0, 4) == 0) {  // a sale may fail: the shares are back
            Leg failed = leg;
            failed.status = LegStatus::failed;
            RC_ASSERT(account.apply(0, failed) == LegEffect::reversed);
            continue;
          }
          held += buy ? size : -size;
          cash += (buy ? -1 : 1) * price * (size / 10'000);
          Leg mined = leg;
          mined.status = LegStatus::mined;
          RC_ASSERT(account.apply(0, mined) == LegEffect::advanced);
          mined.status = LegStatus::failed;
          RC_ASSERT(account.apply(0, mined) == LegEffect::repeat);
        }
        const PositionView& p = account.position(0);
        RC_ASSERT(p.matched == held);
        RC_ASSERT(p.settled(SellAfter::mined) == held);
        RC_ASSERT(p.unmined_sold == 0 && p.unmined_sold_cost == 0);
        RC_ASSERT(account.cash() == cash);
        RC_ASSERT(p.cost - p.realized == p.spent - p.received);
        RC_ASSERT(p.cost >= 0 && (held > 0 || p.cost == 0));
      }));
}

TEST(AccountView, SoldSharesStayExposureUntilMined) {
  AccountView account(0);
  account.grow(1);
  account.apply(0, make_leg(1, Side::buy, 4000, shares(10), LegStatus::confirmed));
  account.apply(0, make_leg(2, Side::sell, 5000, shares(4), LegStatus::matched));
  EXPECT_EQ(account.position(0).unmined_sold, shares(4));
  EXPECT_EQ(account.position(0).unmined_sold_cost, 1'600'000);
  EXPECT_EQ(account.position(0).settled(SellAfter::confirmed), shares(6));
  account.apply(0, make_leg(2, Side::sell, 5000, shares(4), LegStatus::mined));
  EXPECT_EQ(account.position(0).unmined_sold, 0);
  EXPECT_EQ(account.position(0).realized, 400'000);
}

}  // namespace
}  // namespace ebb::checker
