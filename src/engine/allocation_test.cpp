// A warm engine lives without the heap: from a frame's bytes to the decision, with timers and hash checks, nothing is
// allocated (house rule 6). This program counts every allocation.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/random.hpp"
#include "engine/engine.hpp"
#include "polymarket/book_hash.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EBB_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EBB_SANITIZED 1
#endif
#endif

namespace {
std::size_t allocations = 0;

#ifndef EBB_SANITIZED
void* counted(std::size_t size, std::size_t alignment) {
  ++allocations;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  if (void* memory = std::aligned_alloc(alignment, std::max(rounded, alignment))) return memory;
  throw std::bad_alloc();
}
#endif
}  // namespace

#ifndef EBB_SANITIZED
void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return counted(size, static_cast<std::size_t>(alignment));
}
// Not inline: GCC would take free() for a mismatch of the operators.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
#endif

namespace ebb::engine {
namespace {

constexpr std::int64_t kStartMs = 1'767'225'600'000;
constexpr int kLevels = 20;
constexpr Price kTick{100};

std::string digits(Random& random, std::size_t count, std::string_view alphabet) {
  std::string text;
  while (text.size() < count)
    text += alphabet[text.empty() ? 1 + random.below(alphabet.size() - 1) : random.below(alphabet.size())];
  return text;
}

struct CountingSink : CommandSink {
  void on_command(const model::Command& command, Timestamp) override {
    if (std::holds_alternative<model::PlaceOrder>(command)) ++orders;
  }
  std::uint64_t orders = 0;
};

/// Many markets whose touches move by one tick and back: every event is evaluated, none is a dip.
class Crowd {
 public:
  explicit Crowd(int markets) : engine_(EngineConfig{}, sink_, from_ms(kStartMs)) {
    engine_.on_event({now(), model::ConnectionOpened{model::ConnectionIndex(0)}});
    for (int i = 0; i < markets; ++i) add_market();
  }

  /// Feeds `count` frames and returns how many allocations happened inside the engine.
  std::size_t run(int count) {
    std::size_t inside = 0;
    for (int i = 0; i < count; ++i) {
      const std::string frame = next_frame();
      const std::size_t before = allocations;
      engine_.on_market_frame(now(), model::ConnectionIndex(0), frame);
      inside += allocations - before;
    }
    return inside;
  }
  [[nodiscard]] const Engine& engine() const { return engine_; }
  [[nodiscard]] std::uint64_t orders() const { return sink_.orders; }

 private:
  struct Market {
    model::MarketSpec spec;
    std::array<book::Book, 2> books;
    Price bid, ask;   // of YES, where they stand by default
    bool better = false;
  };
  [[nodiscard]] Timestamp now() const { return from_ms(ms_); }

  void add_market() {
    Market market;
    market.spec.condition_id = "0x" + digits(random_, 64, "0123456789abcdef");
    market.spec.slug = "market-" + std::to_string(markets_.size());
    market.spec.tokens = {model::TokenSpec{digits(random_, 77, "0123456789"), "Yes"},
                          model::TokenSpec{digits(random_, 77, "0123456789"), "No"}};
    market.bid = kTick * static_cast<std::int32_t>(random_.between(30, 60));
    market.ask = market.bid + kTick * 3;
    ASSERT_TRUE(engine_.add_market(market.spec, Follow::trade, now()));
    for (int outcome = 0; outcome < 2; ++outcome) send_snapshot(market, outcome);
    markets_.push_back(std::move(market));
  }
  void send_snapshot(Market& market, int outcome) {
    const Price best_bid = outcome == 0 ? market.bid : complement(market.ask);
    const Price best_ask = outcome == 0 ? market.ask : complement(market.bid);
    std::vector<model::Level> bids, asks;  // best last
    for (int i = kLevels - 1; i >= 0; --i) {
      bids.push_back({best_bid - Price(20 * i), shares_of(100 + i)});
      asks.push_back({best_ask + Price(20 * i), shares_of(100 + i)});
    }
    book::Book& book = market.books[static_cast<std::size_t>(outcome)];
    (void)book.apply_snapshot(ms_, bids, asks);
    const auto side = [](const std::vector<model::Level>& levels) {
      std::string text;
      for (const model::Level& level : levels) {
        text += (text.empty() ? R"({"price":")" : R"(,{"price":")") + to_text(level.price) + R"(","size":")" +
                to_text(level.size) + R"("})";
      }
      return text;
    };
    engine_.on_market_frame(now(), model::ConnectionIndex(0),
                            R"({"market":")" + market.spec.condition_id + R"(","asset_id":")" +
                                market.spec.tokens[static_cast<std::size_t>(outcome)].token_id + R"(","timestamp":")" +
                                std::to_string(ms_) + R"(","hash":")" + hash_of(market, outcome) + R"(","bids":[)" +
                                side(bids) + R"(],"asks":[)" + side(asks) +
                                R"(],"tick_size":"0.01","event_type":"book","last_trade_price":""})");
  }
  [[nodiscard]] std::string hash_of(const Market& market, int outcome) {
    const auto digest = hasher_.hash(market.books[static_cast<std::size_t>(outcome)].view(),
                                     {.market = market.spec.condition_id,
                                      .asset_id = market.spec.tokens[static_cast<std::size_t>(outcome)].token_id,
                                      .timestamp_ms = ms_});
    std::string text;
    for (const std::uint8_t byte : digest) {
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    return text;
  }

  /// A price_change with an entry for each token and true hashes: a size at the touch, or a better bid that comes and goes.
  std::string next_frame() {
    ms_ += 2;
    Market& market = markets_[random_.below(markets_.size())];
    Price price = random_.below(2) == 0 ? market.bid : market.ask;
    Shares size = shares_of(random_.between(50, 500));
    const bool bid = price == market.bid;
    Price best = market.better ? market.bid + kTick : market.bid;
    if (bid && random_.below(3) == 0) {
      price = market.bid + kTick;
      size = market.better ? Shares(0) : size;
      market.better = !market.better;
      best = market.better ? price : market.bid;
    }
    std::string entries;
    for (int outcome = 0; outcome < 2; ++outcome) {
      const bool yes = outcome == 0;
      const model::Side side = bid == yes ? model::Side::buy : model::Side::sell;
      const Price at = yes ? price : complement(price);
      (void)market.books[static_cast<std::size_t>(outcome)].apply_change(ms_, side, at, size);
      entries += std::string(yes ? "" : ",") + R"({"asset_id":")" +
                 market.spec.tokens[static_cast<std::size_t>(outcome)].token_id + R"(","price":")" + to_text(at) +
                 R"(","size":")" + to_text(size) + R"(","side":")" + std::string(to_text(side)) + R"(","hash":")" +
                 hash_of(market, outcome) + R"(","best_bid":")" + to_text(yes ? best : complement(market.ask)) +
                 R"(","best_ask":")" + to_text(yes ? market.ask : complement(best)) + R"("})";
    }
    return R"({"market":")" + market.spec.condition_id + R"(","price_changes":[)" + entries + R"(],"timestamp":")" +
           std::to_string(ms_) + R"(","event_type":"price_change"})";
  }

  Random random_{11};
  CountingSink sink_;
  std::int64_t ms_ = kStartMs;
  std::vector<Market> markets_;
  polymarket::BookHasher hasher_;
  Engine engine_;
};

TEST(Allocation, TheCounterCounts) {
#ifdef EBB_SANITIZED
  GTEST_SKIP() << "the sanitizer owns operator new";
#endif
  const std::size_t before = allocations;
  ::operator delete(::operator new(1));
  EXPECT_EQ(allocations, before + 1);
}

TEST(Allocation, AWarmEngineDecidesWithoutTheHeap) {
#ifdef EBB_SANITIZED
  GTEST_SKIP() << "the sanitizer owns operator new";
#endif
  constexpr int kFrames = 100'000;
  Crowd crowd(100);
  (void)crowd.run(20'000);
  const EngineStats warm = crowd.engine().stats();
  const std::uint64_t fast = crowd.engine().decoder_stats().fast_path;
  EXPECT_EQ(crowd.run(kFrames), 0U);
  const EngineStats& after = crowd.engine().stats();
  EXPECT_EQ(after.events_total - warm.events_total, 2U * kFrames);
  EXPECT_EQ(after.quote_changes_traded, after.evaluations_on_event)
      << "every quote change is evaluated, and there is nothing else";
  EXPECT_GT(after.evaluations_on_event - warm.evaluations_on_event, 1.5 * kFrames);
  EXPECT_GT(after.evaluations_on_timer - warm.evaluations_on_timer, 30'000U) << "200 tokens, 200 seconds";
  EXPECT_EQ(crowd.engine().decoder_stats().fast_path - fast, static_cast<std::uint64_t>(kFrames));
  EXPECT_EQ(crowd.orders(), 0U);
  std::uint64_t checked = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    const book::FeedStats& feed = crowd.engine().feed(model::TokenIndex(i)).stats();
    checked += feed.hash_checked;
    EXPECT_EQ(feed.hash_mismatch, 0U);
    EXPECT_TRUE(crowd.engine().feed(model::TokenIndex(i)).trusted());
  }
  EXPECT_GT(checked, 2'000U) << "each token every ten seconds";
}

}  // namespace
}  // namespace ebb::engine
