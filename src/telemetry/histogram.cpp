#include "telemetry/histogram.hpp"

#include <cmath>

namespace ebb::telemetry {

Duration Histogram::percentile(double q) const {
  if (count_ == 0) return Duration();
  const double wanted = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return Duration(static_cast<std::int64_t>(std::min(upper_edge(bucket), max_)));
  }
  return max();
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) buckets_[bucket] += other.buckets_[bucket];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
  min_ = std::min(min_, other.min_);
}

Histogram Histogram::since(const Histogram& earlier) const {
  Histogram later;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const std::uint64_t count = buckets_[bucket] - earlier.buckets_[bucket];
    if (count == 0) continue;
    later.buckets_[bucket] = count;
    later.count_ += count;
    later.max_ = std::min(upper_edge(bucket), max_);
    later.min_ = std::min(later.min_, upper_edge(bucket));
  }
  later.sum_ = sum_ - earlier.sum_;
  return later;
}

}  // namespace ebb::telemetry
