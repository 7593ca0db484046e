// A warm decoder allocates nothing, whichever path it takes.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "polymarket/book_hash.hpp"
#include "polymarket/market_decoder.hpp"
#include "polymarket/order_digest.hpp"
#include "polymarket/order_signing.hpp"
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

TEST(Allocation, signing_into_a_warm_buffer_allocates_nothing) {
#ifdef EBB_SANITIZED
  GTEST_SKIP() << "the sanitizer owns operator new";
#endif
  const OrderSigner signer(
      crypto::PrivateKey::parse("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80").value(), kPolygon);
  std::string signature, body;
  OrderFields order{.maker_amount = 5'000'000, .taker_amount = 10'000'000};
  const auto everything = [&] {
    for (const auto type : {SignatureType::eoa, SignatureType::poly_1271}) {
      ++order.salt;
      order.signature_type = type;
      signature.clear();
      body.clear();
      signer.sign(ExchangeContract::v3, order, signer.digester().digest(ExchangeContract::v3, order), signature);
      append_order_body(order, {.token_id = "1", .maker = "0x", .signer = "0x", .signature = signature, .owner = "o"},
                        body);
    }
  };
  everything();
  body.reserve(2 * body.size());
  const long before = allocations.load();
  for (int i = 0; i < 20; ++i) everything();
  EXPECT_EQ(allocations.load(), before);
}

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
