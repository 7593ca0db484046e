#include "exchange/matching.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace ebb::exchange {
namespace {

using model::Side;

TEST(PriceSet, finds_neighbours_across_words_and_blocks) {
  EXPECT_TRUE(rc::check("next and previous agree with a sorted set", [] {
    PriceSet set;
    std::set<int> reference;
    for (const int raw : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 20'002))) {
      const int price = raw / 2;
      if (raw % 2 == 0) {
        set.insert(price);
        reference.insert(price);
      } else {
        set.erase(price);
        reference.erase(price);
      }
    }
    RC_ASSERT(set.empty() == reference.empty());
    for (int i = 0; i < 40; ++i) {
      const int at = *rc::gen::inRange(0, 10'001);
      const auto up = reference.lower_bound(at);
      RC_ASSERT(set.next(at) == (up == reference.end() ? -1 : *up));
      auto down = reference.upper_bound(at);
      RC_ASSERT(set.previous(at) == (down == reference.begin() ? -1 : *--down));
    }
  }));
}

CoreOrder order(std::uint64_t tag, std::uint32_t account, std::uint8_t outcome, Side side, int price,
                std::int64_t shares) {
  return {tag, AccountIndex(account), outcome, side, Price(price), shares_of(shares), Usdc(-1)};
}

TEST(OrderBook, a_makers_signed_amounts_bound_what_it_pays) {
  // BUY 10 at 0.33 signed 3.30 dollars; odd pieces must never make it pay more, and the shares follow from the dollars.
  OrderBook book;
  const OrderHandle handle = book.rest(order(1, 1, 0, Side::buy, 3300, 10), shares_of(10));
  std::vector<Fill> fills;
  std::vector<std::uint64_t> canceled;
  CoreOrder seller = order(2, 2, 0, Side::sell, 3300, 0);
  seller.size = Shares(3'333'333);
  book.match(seller, SelfTrade::cancel_maker, fills, canceled);
  ASSERT_EQ(fills.size(), 1U);
  EXPECT_EQ(fills[0].maker_cash, Usdc(1'099'999));  // floor(3.333333 * 0.33)
  EXPECT_EQ(fills[0].size, Shares(3'333'330));  // floor(1.099999 / 0.33)
  EXPECT_EQ(fills[0].taker_cash, fills[0].maker_cash);
  EXPECT_EQ(book.order(handle).cash_left, Usdc(3'300'000 - 1'099'999));
}

TEST(OrderBook, a_remainder_below_a_lot_leaves_the_book) {
  OrderBook book;
  book.rest(order(1, 1, 0, Side::sell, 5000, 10), shares_of(10));
  std::vector<Fill> fills;
  std::vector<std::uint64_t> canceled;
  CoreOrder buyer = order(2, 2, 0, Side::buy, 5000, 0);
  buyer.budget = Usdc(4'997'500);  // 9.995 shares
  book.match(buyer, SelfTrade::cancel_maker, fills, canceled);
  ASSERT_EQ(fills.size(), 1U);
  EXPECT_TRUE(fills[0].closed);
  EXPECT_EQ(fills[0].left, Shares(5'000));
  EXPECT_EQ(book.order_count(), 0U);
  EXPECT_TRUE(book.empty(Direction::ask));
}

TEST(OrderBook, change_that_buys_less_than_a_lot_is_not_spent_at_the_next_level) {
  OrderBook book;
  book.rest(order(1, 1, 0, Side::sell, 5000, 10), shares_of(10));
  book.rest(order(2, 1, 0, Side::sell, 5100, 10), shares_of(10));
  std::vector<Fill> fills;
  std::vector<std::uint64_t> canceled;
  CoreOrder buyer = order(3, 2, 0, Side::buy, 5200, 0);
  buyer.budget = Usdc(5'004'000);  // 10 shares, and 0.4 cents
  const MatchTotals probed = book.probe(buyer, SelfTrade::cancel_maker, nullptr);
  const MatchTotals totals = book.match(buyer, SelfTrade::cancel_maker, fills, canceled);
  ASSERT_EQ(fills.size(), 1U);
  EXPECT_EQ(fills[0].size, shares_of(10));
  EXPECT_EQ(totals.filled, shares_of(10));
  EXPECT_EQ(probed.filled, totals.filled);
  EXPECT_EQ(totals.budget_left, Usdc(4'000));
  EXPECT_TRUE(totals.complete);
}

TEST(OrderBook, mint_and_merge_cash_makes_a_dollar_a_pair) {
  OrderBook book;
  std::vector<Fill> fills;
  std::vector<std::uint64_t> canceled;
  book.rest(order(1, 1, 1, Side::buy, 4567, 7), shares_of(7));
  CoreOrder buyer = order(2, 2, 0, Side::buy, 6000, 0);
  buyer.size = Shares(1'234'567);
  book.match(buyer, SelfTrade::cancel_maker, fills, canceled);
  ASSERT_EQ(fills.size(), 1U);
  EXPECT_EQ(fills[0].kind, MatchKind::mint);
  EXPECT_EQ(fills[0].taker_price, Price(5433));
  EXPECT_EQ(fills[0].maker_cash.raw() + fills[0].taker_cash.raw(), fills[0].size.raw());
}

/// The slow and obvious matcher: one list, sorted when asked. Works in whole lots, so that no rounding differs.
class NaiveBook {
 public:
  struct Entry {
    CoreOrder order;
    std::int64_t left;
    std::uint64_t sequence;
  };
  struct Hit {
    std::uint64_t maker;
    std::int64_t size;
    int taker_price;
    bool operator==(const Hit&) const = default;
  };

  std::vector<Hit> place(const CoreOrder& taker, SelfTrade mode, bool rests, std::vector<std::uint64_t>& canceled) {
    std::vector<Hit> hits;
    std::int64_t left = taker.size.raw();
    for (const std::uint64_t tag : queue_for(taker)) {
      if (left == 0) break;
      const auto maker =
          std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.order.tag == tag; });
      if (maker->order.account == taker.account) {
        if (mode == SelfTrade::cancel_maker) {
          canceled.push_back(tag);
          entries_.erase(maker);
        }
        continue;
      }
      const std::int64_t size = std::min(left, maker->left);
      const int yes = yes_price(maker->order);
      hits.push_back({tag, size, taker.outcome == 0 ? yes : 10'000 - yes});
      left -= size;
      maker->left -= size;
      if (maker->left == 0) entries_.erase(maker);
    }
    if (rests && left > 0) entries_.push_back({taker, left, ++sequence_});
    return hits;
  }
  void cancel(std::uint64_t tag) {
    std::erase_if(entries_, [&](const Entry& e) { return e.order.tag == tag; });
  }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  static int yes_price(const CoreOrder& o) { return o.outcome == 0 ? o.price.raw() : 10'000 - o.price.raw(); }
  static bool wants_yes(const CoreOrder& o) { return (o.outcome == 0) == (o.side == Side::buy); }

  std::vector<std::uint64_t> queue_for(const CoreOrder& taker) const {
    std::vector<Entry> good;
    for (const Entry& e : entries_) {
      if (wants_yes(e.order) == wants_yes(taker)) continue;
      const bool crossed =
          wants_yes(taker) ? yes_price(e.order) <= yes_price(taker) : yes_price(e.order) >= yes_price(taker);
      if (crossed) good.push_back(e);
    }
    std::sort(good.begin(), good.end(), [&](const Entry& a, const Entry& b) {
      const int pa = yes_price(a.order), pb = yes_price(b.order);
      if (pa != pb) return wants_yes(taker) ? pa < pb : pa > pb;
      return a.sequence < b.sequence;
    });
    std::vector<std::uint64_t> tags;
    for (const Entry& e : good) tags.push_back(e.order.tag);
    return tags;
  }

  std::vector<Entry> entries_;
  std::uint64_t sequence_ = 0;
};

struct Step {
  CoreOrder order;
  bool rests = true;
  int cancel_pick = -1;
};

rc::Gen<Step> step() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange<std::uint32_t>(0, 4), rc::gen::inRange(0, 2), rc::gen::inRange(0, 2),
                     rc::gen::inRange(46, 55), rc::gen::inRange<std::int64_t>(1, 60), rc::gen::inRange(0, 8)),
      [](const auto& t) {
        const auto [account, outcome, side, cents, size, kind] = t;
        Step s;
        s.order = order(0, account, static_cast<std::uint8_t>(outcome), static_cast<Side>(side), cents * 100, size);
        s.rests = kind != 1;
        s.cancel_pick = kind == 0 ? static_cast<int>(size) : -1;
        return s;
      });
}

void compare_with_naive(SelfTrade mode) {
  const auto steps = *rc::gen::container<std::vector<Step>>(step());
  OrderBook book;
  NaiveBook naive;
  std::vector<std::pair<std::uint64_t, OrderHandle>> resting;
  std::uint64_t tag = 0;
  for (const Step& s : steps) {
    if (s.cancel_pick >= 0) {
      if (resting.empty()) continue;
      const auto it = resting.begin() + s.cancel_pick % static_cast<int>(resting.size());
      book.cancel(it->second);
      naive.cancel(it->first);
      resting.erase(it);
      continue;
    }
    CoreOrder o = s.order;
    o.tag = ++tag;
    std::vector<Fill> fills;
    std::vector<std::uint64_t> canceled, expected_canceled;
    std::vector<OrderBook::LevelTake> takes;
    const MatchTotals foreseen = book.probe(o, mode, &takes);
    const MatchTotals totals = book.match(o, mode, fills, canceled);
    RC_ASSERT(foreseen.filled == totals.filled);
    RC_ASSERT(foreseen.cash == totals.cash);
    RC_ASSERT(foreseen.complete == totals.complete);
    const auto expected = naive.place(o, mode, s.rests, expected_canceled);
    std::vector<NaiveBook::Hit> hits;
    for (const Fill& f : fills) {
      hits.push_back({f.maker_tag, f.size.raw(), f.taker_price.raw()});
      RC_ASSERT(f.maker_account != o.account);
      if (f.closed) std::erase_if(resting, [&](const auto& r) { return r.first == f.maker_tag; });
    }
    RC_ASSERT(hits == expected);
    RC_ASSERT(canceled == expected_canceled);
    for (const std::uint64_t gone : canceled) std::erase_if(resting, [&](const auto& r) { return r.first == gone; });
    if (s.rests && totals.left >= kLot) resting.emplace_back(o.tag, book.rest(o, totals.left));
    RC_ASSERT(book.order_count() == naive.entries().size());
    RC_ASSERT((mode == SelfTrade::skip || book.best(Direction::bid) < book.best(Direction::ask)));
  }
  for (const auto& [resting_tag, handle] : resting) {
    const RestingOrder seen = book.order(handle);
    const auto same = std::find_if(naive.entries().begin(), naive.entries().end(),
                                   [&, t = resting_tag](const NaiveBook::Entry& e) { return e.order.tag == t; });
    RC_ASSERT(same != naive.entries().end());
    RC_ASSERT(seen.left.raw() == same->left);
    RC_ASSERT(seen.price == same->order.price);
    RC_ASSERT(seen.side == same->order.side);
  }
}

TEST(OrderBook, price_time_priority_equals_the_naive_matcher) {
  EXPECT_TRUE(rc::check("cancel_maker", [] { compare_with_naive(SelfTrade::cancel_maker); }));
  EXPECT_TRUE(rc::check("skip", [] { compare_with_naive(SelfTrade::skip); }));
}

TEST(OrderBook, rounding_never_hurts_the_taker_and_never_overcharges_the_maker) {
  EXPECT_TRUE(rc::check("fills in odd sizes", [] {
    OrderBook book;
    const auto maker_outcome = *rc::gen::inRange<std::uint8_t>(0, 2);
    const auto maker_side = static_cast<Side>(*rc::gen::inRange(0, 2));
    const int price = *rc::gen::inRange(1, 10'000);
    const CoreOrder maker = order(1, 1, maker_outcome, maker_side, price, 50);
    book.rest(maker, maker.size);
    std::int64_t paid = 0, got = 0;
    for (int i = 0; i < 6 && book.order_count() > 0; ++i) {
      const auto taker_outcome = *rc::gen::inRange<std::uint8_t>(0, 2);
      // the side that meets the maker, in either token
      const Direction wanted = opposite(direction_of(maker_outcome, maker_side));
      const Side side = (wanted == Direction::bid) == (taker_outcome == 0) ? Side::buy : Side::sell;
      CoreOrder taker = order(2, 2, taker_outcome, side,
                              in_terms_of(taker_outcome, in_terms_of(maker_outcome, Price(price))).raw(), 0);
      taker.size = Shares(*rc::gen::inRange<std::int64_t>(kLot.raw(), 30'000'000));
      std::vector<Fill> fills;
      std::vector<std::uint64_t> canceled;
      const MatchTotals totals = book.match(taker, SelfTrade::cancel_maker, fills, canceled);
      for (const Fill& f : fills) {
        paid += f.maker_cash.raw();
        got += f.size.raw();
        const __int128 at_limit = static_cast<__int128>(f.size.raw()) * taker.price.raw();
        const __int128 cash = static_cast<__int128>(f.taker_cash.raw()) * kPriceScale;
        RC_ASSERT((side == Side::buy ? cash <= at_limit : cash >= at_limit));
      }
      RC_ASSERT(totals.filled <= taker.size);
    }
    RC_ASSERT(got <= maker.size.raw());
    RC_ASSERT((maker_side == Side::sell || paid <= notional(maker.price, maker.size).raw()));
  }));
}

}  // namespace
}  // namespace ebb::exchange
