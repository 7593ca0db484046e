#include "base/random.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>

namespace ebb {
namespace {

// The very bits: a seed must mean the same run with every compiler, preset and machine.
TEST(Random, GivesTheSameStreamEverywhere) {
  Random random(42);
  EXPECT_EQ(random.next(), 1546998764402558742u);
  EXPECT_EQ(random.next(), 6990951692964543102u);
  EXPECT_EQ(random.next(), 12544586762248559009u);
  EXPECT_EQ(random.unit(), 0x1.d9715a8e0766cp-1);
  EXPECT_EQ(random.normal(), 0x1.db514bfac5b4ep-2);
  EXPECT_EQ(random.exponential(2.0), 0x1.6ecfdfb35fb5bp+1);
  EXPECT_EQ(random.lognormal(250.0, 0.5), 0x1.73e1555ef331fp+8);
  EXPECT_EQ(Random::stream(42, 7).next(), 4298996129710247653u);
}

TEST(Random, ACopyContinuesTheSameStream) {
  Random random(1);
  (void)random.next();
  Random copy = random;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(copy.next(), random.next());
}

TEST(Random, StreamsOfOneSeedDiffer) {
  EXPECT_NE(Random::stream(1, 1).next(), Random::stream(1, 2).next());
  EXPECT_NE(Random::stream(1, 1).next(), Random::stream(2, 1).next());
  EXPECT_EQ(Random::stream(1, 1).next(), Random::stream(1, 1).next());
}

TEST(Random, StaysWithinItsBounds) {
  EXPECT_TRUE(rc::check("below, between, unit", [](std::uint64_t seed) {
    Random random(seed);
    const auto bound = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
    const auto low = *rc::gen::inRange<std::int64_t>(-1000, 1000);
    const auto high = low + *rc::gen::inRange<std::int64_t>(0, 1000);
    for (int i = 0; i < 100; ++i) {
      RC_ASSERT(random.below(bound) < bound);
      const std::int64_t value = random.between(low, high);
      RC_ASSERT(value >= low);
      RC_ASSERT(value <= high);
      const double unit = random.unit();
      RC_ASSERT(unit >= 0.0);
      RC_ASSERT(unit < 1.0);
      RC_ASSERT(random.exponential(3.0) >= 0.0);
      RC_ASSERT(random.lognormal(3.0, 2.0) > 0.0);
    }
  }));
}

TEST(Random, ReachesBothEndsOfARange) {
  Random random(3);
  int low = 0, high = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto value = random.between(0, 3);
    low += value == 0 ? 1 : 0;
    high += value == 3 ? 1 : 0;
  }
  EXPECT_NEAR(low, 250, 60);
  EXPECT_NEAR(high, 250, 60);
}

TEST(Random, HasTheMomentsOfItsDistributions) {
  Random random(5);
  constexpr int kDraws = 100'000;
  double normal_sum = 0, normal_squares = 0, exponential_sum = 0, uniform_sum = 0;
  int above_median = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double n = random.normal();
    normal_sum += n;
    normal_squares += n * n;
    exponential_sum += random.exponential(2.0);
    uniform_sum += random.unit();
    above_median += random.lognormal(250.0, 0.5) > 250.0 ? 1 : 0;
  }
  EXPECT_NEAR(normal_sum / kDraws, 0.0, 0.015);
  EXPECT_NEAR(normal_squares / kDraws, 1.0, 0.02);
  EXPECT_NEAR(exponential_sum / kDraws, 2.0, 0.03);
  EXPECT_NEAR(uniform_sum / kDraws, 0.5, 0.005);
  EXPECT_NEAR(above_median, kDraws / 2, 800);
}

TEST(PortableMath, AgreesWithTheLibraryToTheLastDigits) {
  EXPECT_EQ(portable_log(10.0), 0x1.26bb1bbb55515p+1);
  EXPECT_EQ(portable_exp(1.0), 0x1.5bf0a8b14576ap+1);
  EXPECT_EQ(portable_log(1.0), 0.0);
  EXPECT_EQ(portable_exp(0.0), 1.0);
  Random random(9);
  for (int i = 0; i < 10'000; ++i) {
    const double x = random.lognormal(1.0, 20.0);
    EXPECT_NEAR(portable_log(x), std::log(x), 1e-13 * (1.0 + std::abs(std::log(x)))) << x;
    const double y = (random.unit() - 0.5) * 200.0;
    EXPECT_NEAR(portable_exp(y) / std::exp(y), 1.0, 1e-13) << y;
  }
}

TEST(PortableMath, SaturatesOutsideTheRange) {
  EXPECT_EQ(portable_exp(-1000.0), 0.0);
  EXPECT_TRUE(std::isfinite(portable_exp(1000.0)));
}

}  // namespace
}  // namespace ebb
