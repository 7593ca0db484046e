// Books and feeds against models that are too simple to be wrong.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "book/book.hpp"
#include "book/token_feed.hpp"
#include "crypto/hash.hpp"

namespace ebb::book {
namespace {

using model::Level;
using model::LevelChange;
using model::Side;

// A narrow range of prices and times, so that levels meet, vanish and come late.
constexpr int kPrices = 40;

struct Entry {
  Side side;
  Price price;
  Shares size;
};

struct Step {
  bool snapshot = false;
  std::int64_t ms = 0;
  std::vector<Entry> entries;
};

rc::Gen<Entry> any_entry(int smallest_size) {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::arbitrary<bool>(), rc::gen::inRange(1, kPrices), rc::gen::inRange(smallest_size, 5)),
      [](const std::tuple<bool, int, int>& t) {
        return Entry{std::get<0>(t) ? Side::buy : Side::sell, Price(std::get<1>(t) * 250 - 1),
                     shares_of(std::max(0, std::get<2>(t)))};
      });
}

/// At most `limit` of them: what fails is found small, and the buffer of a feed never overflows.
template <class T>
std::vector<T> some(rc::Gen<T> gen, int limit) {
  return *rc::gen::container<std::vector<T>>(static_cast<std::size_t>(*rc::gen::inRange(0, limit)), std::move(gen));
}

Step any_step() {
  Step step;
  step.snapshot = *rc::gen::inRange(0, 6) == 0;
  step.ms = *rc::gen::inRange(-1, 30);
  // Sizes below 1 are removals: about a third.
  step.entries = some(any_entry(step.snapshot ? 1 : -2), 6);
  return step;
}

std::vector<Step> any_steps() {
  std::vector<Step> steps(static_cast<std::size_t>(*rc::gen::inRange(0, 40)));
  for (Step& step : steps) step = any_step();
  return steps;
}

std::string show(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) {
    text += (step.snapshot ? "book @" : "changes @") + std::to_string(step.ms);
    for (const Entry& entry : step.entries) {
      text += std::string(entry.side == Side::buy ? " bid " : " ask ") + std::to_string(entry.price.raw()) + "=" +
              std::to_string(entry.size.raw() / kShareScale);
    }
    text += "\n";
  }
  return text;
}

struct ModelLevel {
  std::int64_t size = 0;
  std::int64_t ms = 0;
};

/// One side as a map. Times are not wrapped.
struct ModelSide {
  std::map<int, ModelLevel> levels;

  void set(std::int64_t ms, Price price, Shares size) {
    const auto found = levels.find(price.raw());
    if (found != levels.end() && ms > 0 && ms < found->second.ms) return;
    if (size.raw() == 0) {
      levels.erase(price.raw());
      return;
    }
    ModelLevel& level = levels[price.raw()];
    level.size = size.raw();
    if (ms > 0) level.ms = ms;
  }
};

struct ModelBook {
  ModelSide bids;
  ModelSide asks;
  ModelSide& side(Side s) { return s == Side::buy ? bids : asks; }
};

/// What a snapshot of these entries looks like on the wire: per side each price once, best last.
std::pair<std::vector<Level>, std::vector<Level>> snapshot_of(const std::vector<Entry>& entries) {
  std::map<int, Shares> bids;
  std::map<int, Shares, std::greater<>> asks;
  for (const Entry& entry : entries) {
    if (entry.side == Side::buy) {
      bids[entry.price.raw()] = entry.size;
    } else {
      asks[entry.price.raw()] = entry.size;
    }
  }
  std::pair<std::vector<Level>, std::vector<Level>> out;
  for (const auto& [price, size] : bids) out.first.push_back({Price(price), size});
  for (const auto& [price, size] : asks) out.second.push_back({Price(price), size});
  return out;
}

void model_snapshot(ModelBook& model, std::int64_t ms, const std::vector<Level>& bids, const std::vector<Level>& asks) {
  model = {};
  for (const Level& level : bids)
    model.bids.levels[level.price.raw()] = {level.size.raw(), std::max<std::int64_t>(ms, 0)};
  for (const Level& level : asks)
    model.asks.levels[level.price.raw()] = {level.size.raw(), std::max<std::int64_t>(ms, 0)};
}

void require_same(const Ladder& ladder, const ModelSide& model, Side side) {
  std::vector<std::pair<int, std::int64_t>> expected;
  for (const auto& [price, level] : model.levels) expected.emplace_back(price, level.size);
  if (side == Side::sell) std::ranges::reverse(expected);
  std::vector<std::pair<int, std::int64_t>> actual;
  for (std::size_t i = 0; i < ladder.size(); ++i) actual.emplace_back(ladder.prices()[i], ladder.sizes()[i]);
  RC_ASSERT(actual == expected);
}

void require_same(const Book& book, const ModelBook& model) {
  require_same(book.ladder(Side::buy), model.bids, Side::buy);
  require_same(book.ladder(Side::sell), model.asks, Side::sell);
}

/// The effect seen from outside: both touches, and whether any level differs.
Effect difference(const Book& before, const Book& after) {
  if (!(before.quote() == after.quote())) return Effect::touch;
  for (const Side side : {Side::buy, Side::sell}) {
    const Ladder& a = before.ladder(side);
    const Ladder& b = after.ladder(side);
    if (!std::ranges::equal(a.prices(), b.prices()) || !std::ranges::equal(a.sizes(), b.sizes())) return Effect::depth;
  }
  return Effect::none;
}

TEST(BookProperty, EqualsTheModel) {
  EXPECT_TRUE(rc::check("any snapshots and changes, in and out of order", [] {
    const auto steps = any_steps();
    RC_LOG() << show(steps);
    Book book;
    ModelBook model;
    for (const Step& step : steps) {
      if (step.snapshot) {
        const auto [bids, asks] = snapshot_of(step.entries);
        const Book before = book;
        const Effect effect = book.apply_snapshot(step.ms, bids, asks);
        RC_ASSERT(effect == difference(before, book));
        model_snapshot(model, step.ms, bids, asks);
      } else {
        for (const Entry& entry : step.entries) {
          const Book before = book;
          const Effect effect = book.apply_change(step.ms, entry.side, entry.price, entry.size);
          RC_ASSERT(effect == difference(before, book));
          model.side(entry.side).set(step.ms, entry.price, entry.size);
        }
      }
      require_same(book, model);
    }
  }));
}

TEST(BookProperty, SnapshotsInAnyShapeKeepTheInvariants) {
  EXPECT_TRUE(rc::check("unsorted, doubled, zero and off-grid levels", [] {
    const auto raw = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(-3, 30), rc::gen::inRange(-1, 4)));
    std::vector<Level> levels;
    std::map<int, std::int64_t> expected;
    for (const auto& [price, size] : raw) {
      levels.push_back({Price(price), shares_of(size)});
      if (price < 1 || size < 0) continue;
      if (size == 0) {
        expected.erase(price);
      } else {
        expected[price] = shares_of(size).raw();
      }
    }
    Ladder bids(Side::buy);
    bids.replace(levels, 1);
    RC_ASSERT(bids.size() == expected.size());
    std::size_t i = 0;
    for (const auto& [price, size] : expected) {
      RC_ASSERT(bids.prices()[i] == price);
      RC_ASSERT(bids.sizes()[i] == size);
      ++i;
    }
  }));
}

TEST(BookProperty, NetQuoteEqualsTheModel) {
  EXPECT_TRUE(rc::check("any book, any own levels", [] {
    const auto entries = some(any_entry(1), 60);
    const auto own_entries = some(any_entry(0), 6);
    const auto [bids, asks] = snapshot_of(entries);
    Book book;
    (void)book.apply_snapshot(1, bids, asks);
    std::vector<OwnLevel> own;
    for (const Entry& entry : own_entries) own.push_back({entry.side, entry.price, entry.size});

    const auto net = [&](const std::vector<Level>& levels, Side side) {
      std::map<int, std::int64_t> left;
      for (const Level& level : levels) left[level.price.raw()] = level.size.raw();
      for (const OwnLevel& mine : own) {
        if (mine.side == side && left.contains(mine.price.raw())) left[mine.price.raw()] -= mine.remaining.raw();
      }
      std::erase_if(left, [](const auto& level) { return level.second <= 0; });
      return left;
    };
    model::Quote expected;
    if (const auto left = net(bids, Side::buy); !left.empty()) {
      expected.bid = Price(left.rbegin()->first);
      expected.bid_size = Shares(left.rbegin()->second);
    }
    if (const auto left = net(asks, Side::sell); !left.empty()) {
      expected.ask = Price(left.begin()->first);
      expected.ask_size = Shares(left.begin()->second);
    }
    RC_ASSERT(net_quote(book, own) == expected);
  }));
}

const std::string kAsset = "100";

/// Tells books apart as the venue's hash does.
std::string hash_of(const std::vector<Level>& bids, const std::vector<Level>& asks) {
  std::string text;
  for (const auto* side : {&bids, &asks}) {
    for (const Level& level : *side)
      text += std::to_string(level.price.raw()) + "=" + std::to_string(level.size.raw()) + " ";
    text += "|";
  }
  return crypto::to_hex(crypto::sha1(crypto::bytes_of(text)));
}

FeedResult play(TokenFeed& feed, const Step& step) {
  const Timestamp now = from_ms(1'000'000 + step.ms);
  if (step.snapshot) {
    model::MarketEvent event;
    event.timestamp_ms = step.ms;
    const auto [bids, asks] = snapshot_of(step.entries);
    const std::string hash = hash_of(bids, asks);
    event.hash = hash;
    return feed.on_book(now, event, bids, asks);
  }
  std::vector<LevelChange> changes;
  for (const Entry& entry : step.entries) {
    LevelChange change;
    change.asset_id = kAsset;
    change.side = entry.side;
    change.price = entry.price;
    change.size = entry.size;
    changes.push_back(change);
  }
  return feed.on_changes(now, step.ms, changes, kAsset);
}

/// The rules of delivery in their plainest form: keep every message and say at the end what the book must be.
struct ModelFeed {
  ModelBook book;
  bool has_book = false;
  std::int64_t newest = 0;
  std::int64_t snapshot_ms = 0;
  std::string snapshot_hash;
  std::vector<Step> waiting;
  std::map<std::pair<Side, int>, std::int64_t> removed;  // when last

  void apply(const Step& step) {
    for (const Entry& entry : step.entries) {
      std::int64_t& gone = removed[{entry.side, entry.price.raw()}];
      if (step.ms > 0 && step.ms < gone) continue;
      book.side(entry.side).set(step.ms, entry.price, entry.size);
      if (entry.size.raw() > 0 || step.ms <= 0) continue;
      gone = step.ms;
    }
  }
  void on(const Step& step) {
    if (!step.snapshot) {
      if (step.entries.empty()) return;
      if (!has_book) {
        waiting.push_back(step);
        return;
      }
      if (step.ms > 0 && step.ms < snapshot_ms) return;
      newest = std::max(newest, step.ms);
      apply(step);
      return;
    }
    const auto [bids, asks] = snapshot_of(step.entries);
    const std::string hash = hash_of(bids, asks);
    if (has_book && step.ms > 0 && step.ms == snapshot_ms && hash == snapshot_hash) return;
    if (has_book && step.ms > 0 && step.ms < newest) return;
    snapshot_hash = hash;
    model_snapshot(book, step.ms, bids, asks);
    if (step.ms > 0) newest = snapshot_ms = step.ms;
    for (const Step& early : waiting) {
      if (step.ms <= 0 || early.ms <= step.ms) continue;  // each of these books follows a trade
      apply(early);
      newest = std::max(newest, early.ms);
    }
    waiting.clear();
    has_book = true;
  }
};

/// Of how many levels these messages tell the end: the feed remembers the last 8.
std::size_t removals_in(const std::vector<Step>& steps) {
  std::set<std::pair<Side, int>> levels;
  for (const Step& step : steps) {
    for (const Entry& entry : step.entries) {
      if (!step.snapshot && entry.size.raw() == 0) levels.emplace(entry.side, entry.price.raw());
    }
  }
  return levels.size();
}
constexpr std::size_t kRemovals = 8;

TEST(FeedProperty, EqualsTheModel) {
  EXPECT_TRUE(rc::check("any messages in any order", [] {
    const auto steps = any_steps();
    RC_LOG() << show(steps);
    if (removals_in(steps) > kRemovals) return;
    TokenFeed feed;
    ModelFeed model;
    std::int64_t late_in_row = 0;
    for (const Step& step : steps) {
      const bool changes = !step.snapshot && !step.entries.empty();
      const bool late = changes && step.ms > 0 && step.ms < feed.exchange_ms();
      if (changes) late_in_row = late ? late_in_row + 1 : 0;
      if (late_in_row >= TokenFeed::kMaxLateInRow) return;  // distrusts by intent: tested apart
      play(feed, step);
      model.on(step);
      RC_ASSERT(feed.trusted() == model.has_book);
      require_same(feed.book(), model.book);
      if (model.has_book) RC_ASSERT(feed.exchange_ms() == model.newest);
    }
  }));
}

TEST(FeedProperty, ASecondDeliveryChangesNothing) {
  EXPECT_TRUE(rc::check("each message twice in a row", [] {
    const auto steps = any_steps();
    RC_LOG() << show(steps);
    if (removals_in(steps) > kRemovals) return;
    TokenFeed once;
    TokenFeed twice;
    for (const Step& step : steps) {
      play(once, step);
      play(twice, step);
      const Book before = twice.book();
      const bool trusted = twice.trusted();
      const FeedResult again = play(twice, step);
      // Late messages count towards the limit that ends a frozen book, so only the copy may lose its trust.
      if (twice.trusted() != trusted) return;
      RC_ASSERT(difference(before, twice.book()) == Effect::none);
      RC_ASSERT(!again.became_trusted);
      RC_ASSERT(difference(once.book(), twice.book()) == Effect::none);
      RC_ASSERT(once.trusted() == twice.trusted());
      RC_ASSERT(once.exchange_ms() == twice.exchange_ms());
    }
  }));
}

}  // namespace
}  // namespace ebb::book
