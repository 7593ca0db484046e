#include "session/rate_bucket.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/units.hpp"

namespace ebb::session {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kNsPerMicroOfOne = 1'000;  // at one token a second a millionth takes so many ns

}  // namespace

SlidingWindow::SlidingWindow(std::int64_t limit, Duration span)
    : limit_(limit), slot_ns_((span.raw() + kSlots - 1) / kSlots) {
  CHECK(limit > 0 && span.raw() >= kSlots);
}

void SlidingWindow::advance(Timestamp now) {
  const std::int64_t slot = now.ns() / slot_ns_;
  if (!started_) {
    started_ = true;
    head_ = slot;
  }
  if (slot <= head_) return;
  const std::int64_t steps = std::min<std::int64_t>(slot - head_, kSlots + 1);
  for (std::int64_t i = 1; i <= steps; ++i) {
    std::int64_t& count = counts_[static_cast<std::size_t>((slot - steps + i) % (kSlots + 1))];
    total_ -= count;
    count = 0;
  }
  head_ = slot;
}

std::int64_t SlidingWindow::room(Timestamp now) {
  advance(now);
  return limit_ - total_;
}

void SlidingWindow::add(Timestamp now, std::int64_t count) {
  advance(now);
  counts_[static_cast<std::size_t>(head_ % (kSlots + 1))] += count;
  total_ += count;
}

Timestamp SlidingWindow::when(Timestamp now, std::int64_t count) {
  if (count > limit_) return kNever;
  advance(now);
  std::int64_t left = total_;
  if (left + count <= limit_) return now;
  for (std::int64_t slot = head_ - kSlots; slot <= head_; ++slot) {
    if (slot < 0) continue;
    left -= counts_[static_cast<std::size_t>(slot % (kSlots + 1))];
    if (left + count <= limit_) return std::max(now, Timestamp((slot + kSlots + 1) * slot_ns_));
  }
  return kNever;
}

TokenBucket::TokenBucket(std::int64_t per_second, std::int64_t burst)
    : per_second_(per_second), burst_(burst), micros_(burst * kMicros) {
  CHECK(per_second > 0 && burst > 0);
}

void TokenBucket::configure(Timestamp now, std::int64_t per_second, std::int64_t burst) {
  CHECK(per_second > 0 && burst > 0);
  refill(now);
  per_second_ = per_second;
  burst_ = burst;
  micros_ = std::min(micros_, burst * kMicros);
}

void TokenBucket::refill(Timestamp now) {
  if (!at_.is_set()) at_ = now;
  if (now <= at_) return;
  const std::int64_t missing = burst_ * kMicros - micros_;
  const __int128 gained = static_cast<__int128>((now - at_).raw()) * per_second_ / kNsPerMicroOfOne;
  if (gained >= missing) {
    micros_ = burst_ * kMicros;
    at_ = now;
    return;
  }
  micros_ += static_cast<std::int64_t>(gained);
  // What did not make a whole millionth counts next time.
  at_ = at_ + Duration(divide(gained * kNsPerMicroOfOne, per_second_, Rounding::up));
}

std::int64_t TokenBucket::tokens(Timestamp now) {
  refill(now);
  return micros_ >= 0 ? micros_ / kMicros : -((-micros_ + kMicros - 1) / kMicros);
}

void TokenBucket::take(Timestamp now, std::int64_t count) {
  refill(now);
  micros_ -= count * kMicros;
}

void TokenBucket::lower_to(Timestamp now, std::int64_t tokens) {
  refill(now);
  micros_ = std::min(micros_, tokens * kMicros);
}

Timestamp TokenBucket::when(Timestamp now, std::int64_t count) {
  if (count > burst_) return kNever;
  refill(now);
  const std::int64_t missing = count * kMicros - micros_;
  if (missing <= 0) return now;
  const __int128 wait = static_cast<__int128>(missing) * kNsPerMicroOfOne;
  return std::max(now, at_ + Duration(divide(wait, per_second_, Rounding::up) + 1));
}

}  // namespace ebb::session
