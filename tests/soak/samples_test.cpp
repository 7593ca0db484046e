// The judge of the soak test: it must see a leak, and must not see one where there is none.
#include "samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace ebb::soak {
namespace {

using testing::HasSubstr;

/// 600 s, a sample every 5 s; noise that repeats, so that every run is the same.
Series series(double level, double per_second, double noise) {
  Series out{"memory", "MB", {}, {}};
  for (int i = 0; i <= 120; ++i) {
    const double at = 5.0 * i;
    out.add(at, level + per_second * at + noise * std::sin(i * 2.399963));
  }
  return out;
}

constexpr Bound kMemory{Bound::Kind::level, 4.0, 0.0};
constexpr Bound kLatency{Bound::Kind::latency, 50.0, 0.5};

TEST(SoakSamples, ALevelWithNoiseHolds) { EXPECT_TRUE(judge(series(100, 0, 3), kMemory, 120).holds); }

TEST(SoakSamples, ASlowLeakUnderNoiseIsSeen) {
  const Verdict verdict = judge(series(100, 0.015, 3), kMemory, 120);  // 7 MB in eight minutes
  EXPECT_FALSE(verdict.holds);
  EXPECT_THAT(verdict.text, HasSubstr("memory"));
}

TEST(SoakSamples, WhatFallsHolds) { EXPECT_TRUE(judge(series(100, -1, 3), kMemory, 120).holds); }

TEST(SoakSamples, TheWarmUpIsNotJudged) {
  Series growing = series(100, 0, 1);
  for (std::size_t i = 0; i < growing.at.size(); ++i) {
    if (growing.at[i] < 120) growing.value[i] = growing.at[i];
  }
  EXPECT_TRUE(judge(growing, kMemory, 120).holds);
}

TEST(SoakSamples, AFewOutliersProveNothing) {
  Series bursts = series(100, 0, 1);
  for (std::size_t i = 30; i < bursts.value.size(); i += 8) bursts.value[i] += 1'000;
  EXPECT_TRUE(judge(bursts, kMemory, 120).holds);
  EXPECT_TRUE(judge(bursts, kLatency, 120).holds);
}

TEST(SoakSamples, ALatencyThatDoublesIsSeen) {
  Series latency = series(200, 0, 10);
  for (std::size_t i = 0; i < latency.at.size(); ++i) {
    if (latency.at[i] > 400) latency.value[i] *= 2;
  }
  EXPECT_FALSE(judge(latency, kLatency, 120).holds);
  EXPECT_TRUE(judge(series(200, 0.1, 10), kLatency, 120).holds);  // 20 % in the judged time
}

TEST(SoakSamples, FewSamplesProveNothing) {
  Series few{"x", "", {1, 2, 3}, {1, 1, 1}};
  EXPECT_FALSE(judge(few, kMemory, 0).holds);
}

TEST(SoakSamples, MediansAndSlopes) {
  EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(median({4, 1, 2, 3}), 2.5);
  EXPECT_NEAR(theil_sen(series(5, 0.25, 0)), 0.25, 1e-9);
}

}  // namespace
}  // namespace ebb::soak
