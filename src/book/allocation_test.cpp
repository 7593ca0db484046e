// A warm book lives without the heap: this program counts every allocation.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "book/token_feed.hpp"

namespace {
std::size_t allocations = 0;

void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, std::max(rounded, alignment))) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
// Not inline: GCC would take free() for a mismatch of the operators.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace ebb::book {
namespace {

using model::Level;
using model::LevelChange;
using model::Side;

constexpr int kLevels = 55;
const std::string kAsset = "71321045679252212594626385532706912750332728571942532289631379312455583992563";

/// A side of kLevels levels around the middle, best last.
std::vector<Level> deep_side(Side side) {
  std::vector<Level> levels;
  for (int i = kLevels; i >= 1; --i) {
    levels.push_back({Price(side == Side::buy ? 5000 - 10 * i : 5000 + 10 * i), shares_of(i)});
  }
  return levels;
}

/// Random changes that keep a side between 46 and 64 levels deep: within the first block.
LevelChange random_change(Random& random) {
  LevelChange change;
  change.asset_id = kAsset;
  change.hash = "0123456789abcdef0123456789abcdef01234567";
  change.side = random.below(2) == 0 ? Side::buy : Side::sell;
  const auto distance = static_cast<std::int32_t>(random.between(1, 64)) * 10;
  change.price = Price(change.side == Side::buy ? 5000 - distance : 5000 + distance);
  change.size = random.below(4) == 0 ? Shares{} : shares_of(random.between(1, 500));
  return change;
}

TEST(Allocation, TheCounterCounts) {
  const std::size_t before = allocations;
  ::operator delete(::operator new(1));
  EXPECT_EQ(allocations, before + 1);
}

TEST(Allocation, AWarmBookAppliesChangesWithoutTheHeap) {
  Random random(1);
  Book book;
  const auto bids = deep_side(Side::buy);
  const auto asks = deep_side(Side::sell);
  (void)book.apply_snapshot(1, bids, asks);
  const std::size_t before = allocations;
  int changed = 0;
  for (int i = 0; i < 100'000; ++i) {
    const LevelChange change = random_change(random);
    changed += book.apply_change(2 + i, change.side, change.price, change.size) != Effect::none ? 1 : 0;
    if (i % 1000 == 0) (void)book.apply_snapshot(2 + i, bids, asks);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_GT(changed, 50'000);
}

TEST(Allocation, AWarmFeedTakesMessagesWithoutTheHeap) {
  Random random(2);
  TokenFeed feed;
  const auto bids = deep_side(Side::buy);
  const auto asks = deep_side(Side::sell);
  model::MarketEvent event;
  event.timestamp_ms = 1;
  feed.on_book(from_ms(1), event, bids, asks);
  HashDigest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    static constexpr std::uint8_t kBytes[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
    digest[i] = kBytes[i % 8];
  }
  const std::size_t before = allocations;
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t ms = 2 + i / 2;
    const LevelChange changes[] = {random_change(random), random_change(random)};
    feed.on_changes(from_ms(ms), ms, changes, kAsset);
    const OwnLevel own{changes[0].side, changes[0].price, changes[0].size};
    (void)net_quote(feed.book(), {&own, 1});
    if (feed.hash_check_due(from_ms(ms), seconds(1))) feed.on_hash(digest, from_ms(ms));
    event.timestamp_ms = ms;
    if (i % 1000 == 0) feed.on_book(from_ms(ms), event, bids, asks);
  }
  EXPECT_EQ(allocations, before);
  EXPECT_EQ(feed.stats().changes, 200'000U);
  EXPECT_GT(feed.stats().hash_checked, 40U);
  EXPECT_TRUE(feed.trusted());
}

TEST(Allocation, MemoryOfFiveThousandBooks) {
  constexpr std::size_t kTokens = 5000;
  constexpr std::size_t kBytesPerLevel = 14;
  TokenFeed feed;
  feed.on_book(from_ms(1), {}, deep_side(Side::buy), deep_side(Side::sell));
  const std::size_t ladders =
      (feed.book().ladder(Side::buy).capacity() + feed.book().ladder(Side::sell).capacity()) * kBytesPerLevel;
  EXPECT_LE(kTokens * (sizeof(TokenFeed) + ladders), 12U << 20) << "of the engine's 160 MB";
}

}  // namespace
}  // namespace ebb::book
