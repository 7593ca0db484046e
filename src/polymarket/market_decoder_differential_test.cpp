// The fast path and the fallback are two implementations of one meaning: whatever the fast path accepts, the fallback
// decodes to the same.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "polymarket/market_decoder.hpp"
#include "polymarket/test_frames.hpp"

namespace ebb::polymarket {
namespace {

/// A copy that ends where its buffer ends, so that AddressSanitizer sees every read beyond it.
struct ExactCopy {
  std::unique_ptr<char[]> bytes;
  std::string_view view;
  explicit ExactCopy(const std::string& text) : bytes(new char[text.size()]), view(bytes.get(), text.size()) {
    std::memcpy(bytes.get(), text.data(), text.size());
  }
};

TEST(MarketDecoderDifferential, seeds_in_the_venues_shapes_take_the_fast_path_and_agree) {
  MarketDecoder decoder;
  model::DecodedFrame fast, slow;
  int taken = 0;
  for (const std::string& seed : test::seed_frames()) {
    const ExactCopy copy(seed);
    if (!MarketDecoder::decode_fast(copy.view, fast)) continue;
    ++taken;
    decoder.decode_fallback(copy.view, slow);
    EXPECT_EQ(test::difference(fast, slow), "") << seed;
  }
  EXPECT_EQ(taken, 8) << "five books and three price changes";
}

TEST(MarketDecoderDifferential, mutations_agree) {
  MarketDecoder decoder;
  model::DecodedFrame fast, slow, both;
  const auto seeds = test::seed_frames();
  Random random(20261120);
  int taken = 0;
  constexpr int kRounds = 200'000;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = test::mutated(seeds[random.below(seeds.size())], random);
    const ExactCopy copy(text);
    const bool accepted = MarketDecoder::decode_fast(copy.view, fast);
    if (!accepted && round % 8 != 0) continue;  // the fallback alone is exercised, too, but it is slow
    decoder.decode_fallback(copy.view, slow);
    if (!accepted) continue;
    ++taken;
    ASSERT_EQ(test::difference(fast, slow), "") << text;
    decoder.decode(copy.view, both);
    ASSERT_EQ(test::difference(fast, both), "") << text;
  }
  EXPECT_GT(taken, kRounds / 50) << "the fast path was hardly ever tried";
}

TEST(MarketDecoderDifferential, sizes_and_prices_of_every_length_agree) {
  MarketDecoder decoder;
  model::DecodedFrame fast, slow;
  Random random(7);
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string price = round % 3 == 0 ? "0." : "0.0";
    for (auto n = random.below(6); n > 0; --n) price += static_cast<char>('0' + random.below(10));
    std::string size;
    for (auto n = random.below(14); n > 0; --n) size += static_cast<char>('0' + random.below(10));
    if (random.chance(0.6)) size += '.';
    for (auto n = random.below(9); n > 0; --n) size += static_cast<char>('0' + random.below(10));
    const std::string text = test::change_frame(price, price, size, round % 2 == 0 ? "" : " ");
    const ExactCopy copy(text);
    if (!MarketDecoder::decode_fast(copy.view, fast)) continue;
    ++taken;
    decoder.decode_fallback(copy.view, slow);
    ASSERT_EQ(test::difference(fast, slow), "") << text;
    ASSERT_EQ(slow.malformed, 0u) << text;
  }
  EXPECT_GT(taken, 2'000);
}

}  // namespace
}  // namespace ebb::polymarket
