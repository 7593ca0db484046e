#include "model/fees.hpp"

#include <gtest/gtest.h>

namespace ebb::model {
namespace {

struct Row {
  std::int64_t share_micros;
  std::int32_t price;
  std::int32_t rate_bps;
  std::int32_t exponent;
  std::int64_t fee_micros;
};

// The venue's clients compute without rounding; the venue charges in steps of 1e-5, taken upwards here.
TEST(TakerFee, AgreesWithTheClientsVectorsRoundedUp) {
  for (const Row& row : {Row{100'000'000, 5000, 2500, 2, 1'562'500}, Row{100'000'000, 3000, 2500, 2, 1'102'500},
                         Row{100'000'000, 500, 2500, 2, 56'410}, Row{100'000'000, 100, 2500, 2, 2'460},
                         Row{100'000'000, 9900, 2500, 2, 2'460}, Row{125'500'000, 5000, 2500, 2, 1'960'940}}) {
    EXPECT_EQ(taker_fee(Price(row.price), Shares(row.share_micros), {row.rate_bps, row.exponent}).raw(), row.fee_micros)
        << row.price;
  }
}

TEST(TakerFee, KnowsTheCurrentCurve) {
  EXPECT_EQ(taker_fee(Price(5000), shares_of(10), {700, 1}), Usdc(175'000)) << "10 x 0.07 x 0.25";
  EXPECT_EQ(taker_fee(Price(4800), shares_of(10), {500, 1}), Usdc(124'800));
  EXPECT_EQ(taker_fee(Price(4800), Shares(10'000), {500, 1}), Usdc(130)) << "0.0001248 rounds up to 0.00013";
  EXPECT_EQ(taker_fee(Price(5000), shares_of(10), {100, 0}), Usdc(100'000)) << "a flat rate per share";
}

TEST(TakerFee, IsNothingForNothing) {
  EXPECT_EQ(taker_fee(Price(5000), Shares(), {700, 1}), Usdc());
  EXPECT_EQ(taker_fee(Price(5000), shares_of(10), {0, 1}), Usdc());
  EXPECT_EQ(taker_fee(Price(0), shares_of(10), {700, 1}), Usdc());
}

TEST(TakerFee, DoesNotOverflowAtTheLargestSize) {
  EXPECT_EQ(taker_fee(Price(5000), kMaxShares, {10'000, 2}).raw(), kMaxShares.raw() / 16);
}

}  // namespace
}  // namespace ebb::model
