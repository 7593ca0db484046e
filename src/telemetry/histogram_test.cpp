#include "telemetry/histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "telemetry/counter.hpp"

namespace ebb::telemetry {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram h;
  EXPECT_EQ(h.count(), 0u);
  EXPECT_EQ(h.percentile(0.5), Duration());
  EXPECT_EQ(h.max(), Duration());
  EXPECT_EQ(h.min(), Duration());
  EXPECT_EQ(h.mean(), Duration());
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram h;
  for (int i = 1; i <= 60; ++i) h.record(nanoseconds(i));
  EXPECT_EQ(h.percentile(0.5), nanoseconds(30));
  EXPECT_EQ(h.percentile(0.0), nanoseconds(1));
  EXPECT_EQ(h.percentile(1.0), nanoseconds(60));
  EXPECT_EQ(h.min(), nanoseconds(1));
  EXPECT_EQ(h.mean(), nanoseconds(30));
}

TEST(Histogram, TheTailIsSeen) {
  Histogram h;
  h.record_n(nanoseconds(1'000), 990);
  h.record_n(milliseconds(5), 10);
  EXPECT_NEAR(static_cast<double>(h.percentile(0.99).raw()), 1'000.0, 32.0);
  EXPECT_EQ(h.percentile(0.999), milliseconds(5)) << "the upper edge of the last bucket is cut to the maximum";
  EXPECT_EQ(h.max(), milliseconds(5));
  EXPECT_EQ(h.count(), 1'000u);
}

TEST(Histogram, TakesAnyDuration) {
  Histogram h;
  h.record(nanoseconds(-5));
  h.record(Duration(INT64_MAX));
  EXPECT_EQ(h.min(), Duration());
  EXPECT_EQ(h.max(), Duration(INT64_MAX));
  EXPECT_EQ(h.percentile(1.0), Duration(INT64_MAX));
}

TEST(Histogram, EveryValueLiesInItsBucket) {
  EXPECT_TRUE(rc::check("edges enclose the value within 1/32", [](std::uint64_t value) {
    value >>= *rc::gen::inRange(1, 63);
    const std::size_t bucket = Histogram::bucket_of(value);
    RC_ASSERT(bucket < Histogram::kBuckets);
    RC_ASSERT(value <= Histogram::upper_edge(bucket));
    if (bucket > 0) RC_ASSERT(value > Histogram::upper_edge(bucket - 1));
    RC_ASSERT((Histogram::upper_edge(bucket) - value) * 32 <= value);
  }));
}

TEST(Histogram, PercentilesAgreeWithASortedList) {
  EXPECT_TRUE(rc::check("within a bucket above the true value", [] {
    const auto values = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 1'000'000'000)));
    const double q = *rc::gen::inRange(0, 1001) / 1000.0;
    Histogram h;
    for (const std::int64_t value : values) h.record(nanoseconds(value));
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto rank = static_cast<std::size_t>(std::max(std::ceil(q * static_cast<double>(sorted.size())), 1.0));
    const std::int64_t truth = sorted[rank - 1];
    RC_ASSERT(h.percentile(q).raw() >= truth);
    RC_ASSERT(h.percentile(q).raw() <= truth + truth / 32);
  }));
}

TEST(Histogram, MergingIsRecordingBoth) {
  EXPECT_TRUE(rc::check("same buckets, count, mean and extremes",
                        [](const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
                          Histogram left, right, both;
                          for (const std::uint32_t value : a)
                            left.record(nanoseconds(value)), both.record(nanoseconds(value));
                          for (const std::uint32_t value : b)
                            right.record(nanoseconds(value)), both.record(nanoseconds(value));
                          left.merge(right);
                          RC_ASSERT(left.count() == both.count());
                          RC_ASSERT(left.mean() == both.mean());
                          RC_ASSERT(left.min() == both.min());
                          RC_ASSERT(left.max() == both.max());
                          for (std::size_t i = 0; i < Histogram::kBuckets; ++i)
                            RC_ASSERT(left.bucket_count(i) == both.bucket_count(i));
                        }));
}

TEST(Histogram, SinceIsWhatCameAfterACopy) {
  Histogram all;
  for (int i = 1; i <= 100; ++i) all.record(nanoseconds(i * 1000));
  const Histogram before = all;
  EXPECT_EQ(all.since(before).count(), 0u);
  Histogram after;
  for (int i = 1; i <= 50; ++i) {
    all.record(milliseconds(i));
    after.record(milliseconds(i));
  }
  const Histogram since = all.since(before);
  EXPECT_EQ(since.count(), 50u);
  EXPECT_EQ(since.mean(), after.mean());
  EXPECT_EQ(since.percentile(0.5), after.percentile(0.5));
}

TEST(Counter, Adds) {
  Counter counter;
  counter.add();
  counter.add(41);
  EXPECT_EQ(counter.value(), 42u);
}

}  // namespace
}  // namespace ebb::telemetry
