// A histogram of durations in fixed memory: log-linear buckets, each at most 1/32 (3.1 %) wide of its value.
//
// Values up to 63 ns have a bucket each; every doubling above has 32. The whole range of a 63-bit count of nanoseconds
// fits, so nothing is ever clipped. record() is a bit scan and an add. One thread owns a histogram; another may have a
// copy of it.
//
//   Histogram decision;
//   decision.record(end - begin);
//   decision.percentile(0.99);
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "base/time.hpp"

namespace ebb::telemetry {

class Histogram {
 public:
  /// Counts one duration; a negative one counts as 0.
  void record(Duration duration) { record_n(duration, 1); }
  /// Counts the same duration `n` times.
  void record_n(Duration duration, std::uint64_t n) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.raw(), 0));
    buckets_[bucket_of(value)] += n;
    count_ += n;
    sum_ += value * n;
    max_ = std::max(max_, value);
    min_ = std::min(min_, value);
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The largest, exactly; 0 when empty.
  [[nodiscard]] Duration max() const { return Duration(static_cast<std::int64_t>(max_)); }
  /// The smallest, exactly; 0 when empty.
  [[nodiscard]] Duration min() const { return Duration(count_ == 0 ? 0 : static_cast<std::int64_t>(min_)); }
  /// Exact as long as the sum of all stays below 2^64 ns (584 years).
  [[nodiscard]] Duration mean() const { return Duration(count_ == 0 ? 0 : static_cast<std::int64_t>(sum_ / count_)); }
  /// The duration that the fraction `q` (0 to 1) of all do not exceed: the upper edge of its bucket, never above max().
  /// 0 when empty.
  [[nodiscard]] Duration percentile(double q) const;

  /// Adds everything that `other` counted.
  void merge(const Histogram& other);
  /// What was counted since `earlier`, a copy of this histogram's past. Its max() and min() are those of the buckets.
  [[nodiscard]] Histogram since(const Histogram& earlier) const;
  void clear() { *this = Histogram(); }

  static constexpr int kSubBits = 5;
  static constexpr std::size_t kBuckets = (64 - kSubBits) << kSubBits;
  /// Bucket of a value, and the largest value in a bucket. Public for the exporters.
  [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t value) {
    const int width = 64 - std::countl_zero(value);
    const int shift = std::max(width - (kSubBits + 1), 0);
    return (static_cast<std::size_t>(shift) << kSubBits) + static_cast<std::size_t>(value >> shift);
  }
  [[nodiscard]] static constexpr std::uint64_t upper_edge(std::size_t bucket) {
    if (bucket < (std::size_t{2} << kSubBits)) return bucket;
    const std::size_t shift = (bucket >> kSubBits) - 1;
    const std::uint64_t mantissa = bucket - (shift << kSubBits);
    return ((mantissa + 1) << shift) - 1;
  }
  [[nodiscard]] std::uint64_t bucket_count(std::size_t bucket) const { return buckets_[bucket]; }

 private:
  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t min_ = UINT64_MAX;
};

}  // namespace ebb::telemetry
