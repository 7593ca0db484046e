// A warm decoder allocates nothing, whichever path it takes.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "polymarket/book_hash.hpp"
#include "polymarket/market_decoder.hpp"
#include "polymarket/order_digest.hpp"
#include "polymarket/test_frames.hpp"

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

namespace ebb::polymarket {
namespace {

TEST(Allocation, warm_decoders_hashers_and_digesters_allocate_nothing) {
#ifdef EBB_SANITIZED
  GTEST_SKIP() << "the sanitizer owns operator new";
#endif
  MarketDecoder decoder;
  model::DecodedFrame frame;
  const auto frames = test::seed_frames();
  BookHasher hasher;
  const std::uint16_t prices[] = {100, 4900};
  const std::int64_t sizes[] = {5'000'000, 7};
  const OrderDigester digester;
  const auto everything = [&] {
    for (const std::string& text : frames) decoder.decode(text, frame);
    (void)hasher.hash({prices, sizes, {}, {}}, {.market = "m", .asset_id = "a"});
    (void)digester.digest(ExchangeContract::standard, {.salt = 1});
  };
  everything();
  const long before = allocations.load();
  for (int i = 0; i < 100; ++i) everything();
  EXPECT_EQ(allocations.load(), before);
  EXPECT_GT(before, 0) << "the counter counts";
}

}  // namespace
}  // namespace ebb::polymarket
