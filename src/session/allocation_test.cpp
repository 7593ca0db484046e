// The way of a data frame through the market feed allocates nothing once everything is confirmed.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "session/market_feed.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EBB_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EBB_SANITIZED 1
#endif
#endif

namespace {
std::atomic<long> allocations{0};
}

#ifndef EBB_SANITIZED
void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace ebb::session {
namespace {

struct Quiet final : FeedSink, BookSource {
  void open(SocketIndex) override {}
  void send(SocketIndex, std::string) override {}
  void close(SocketIndex) override {}
  void request(RequestTag, HttpRequest, Duration) override {}
  void frame(Timestamp, model::ConnectionIndex, std::string_view) override { ++frames; }
  void deliver(const model::Event&) override { ++events; }
  [[nodiscard]] BookState state(model::TokenIndex) const override { return {.trusted = true}; }
  [[nodiscard]] model::BookView view(model::TokenIndex) const override { return {}; }
  std::uint64_t frames = 0, events = 0;
};

TEST(FeedAllocation, DataFramesAndPongsTouchNoHeap) {
#ifdef EBB_SANITIZED
  GTEST_SKIP() << "the sanitizer owns operator new";
#endif
  for (const bool twin : {false, true}) {
    model::MarketTable table;
    model::MarketSpec spec;
    spec.condition_id = "0xc";
    spec.tokens[0].token_id = "111";
    ASSERT_TRUE(table.add(spec));
    Quiet quiet;
    FeedConfig config;
    config.twin = twin;
    MarketFeed feed(config, table, quiet, quiet);
    Timestamp now = from_ms(1'790'000'000'000);
    feed.follow(now, model::TokenIndex(0));
    for (int i = 0; i < 3; ++i) {
      feed.on_timer(now);
      now = now + milliseconds(100);
    }
    for (std::uint16_t s = 0; s < (twin ? 2 : 1); ++s) {
      feed.on_open(SocketIndex(s), now);
      feed.on_text(SocketIndex(s), now, R"([{"market":"0xc","asset_id":"111","timestamp":"1","bids":[],"asks":[]}])");
    }
    ASSERT_EQ(feed.unconfirmed(), 0U);
    std::string frame =
        R"({"market":"0xc","price_changes":[{"asset_id":"111","price":"0.5","size":"1","side":"BUY"}],"timestamp":"000000"})";
    const std::uint64_t frames = quiet.frames;
    const long before = allocations.load();
    for (int i = 0; i < 10'000; ++i) {
      now = now + milliseconds(1);
      frame[frame.size() - 3] = static_cast<char>('0' + i % 10);
      frame[frame.size() - 4] = static_cast<char>('0' + i / 10 % 10);
      feed.on_text(SocketIndex(0), now, frame);
      feed.on_text(SocketIndex(0), now, "PONG");
      if (twin) feed.on_text(SocketIndex(1), now, frame);
    }
    EXPECT_EQ(allocations.load() - before, 0) << (twin ? "twin" : "single");
    EXPECT_EQ(quiet.frames - frames, 10'000U);
  }
}

}  // namespace
}  // namespace ebb::session
