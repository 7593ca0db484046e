// Two ways to count requests: a window that slides over time, and a bucket of tokens that refills (protocol 6.7).
#pragma once

#include <array>
#include <cstdint>

#include "base/time.hpp"

namespace ebb::session {

/// At most `limit` within any stretch of `span`. Time is cut into slots; a slot that is partly outside still counts, so the
/// limit is never exceeded and up to 1/64 of the span is given away. Time that runs backwards counts as standing still.
class SlidingWindow {
 public:
  /// limit > 0, span >= 64 ns.
  SlidingWindow(std::int64_t limit, Duration span);
  /// How many more fit now.
  [[nodiscard]] std::int64_t room(Timestamp now);
  void add(Timestamp now, std::int64_t count);
  /// When `count` fit if nothing else is added; kNever when they exceed the limit. At least `now`.
  [[nodiscard]] Timestamp when(Timestamp now, std::int64_t count);
  [[nodiscard]] std::int64_t limit() const { return limit_; }

 private:
  void advance(Timestamp now);
  static constexpr std::int64_t kSlots = 64;
  std::int64_t limit_;
  std::int64_t slot_ns_;
  std::array<std::int64_t, kSlots + 1> counts_{};
  std::int64_t head_ = 0;  ///< number of the newest slot since the epoch
  std::int64_t total_ = 0;
  bool started_ = false;
};

/// Refills by `per_second` up to `burst`, in millionths of a token. May be driven below zero by what has happened anyway.
class TokenBucket {
 public:
  /// per_second > 0, burst > 0.
  TokenBucket(std::int64_t per_second, std::int64_t burst);
  /// Another rate and burst; what is there now stays, at most the new burst.
  void configure(Timestamp now, std::int64_t per_second, std::int64_t burst);
  /// Whole tokens, rounded down; negative while in debt.
  [[nodiscard]] std::int64_t tokens(Timestamp now);
  void take(Timestamp now, std::int64_t count);
  /// Somebody who knows better says that no more than `tokens` are left.
  void lower_to(Timestamp now, std::int64_t tokens);
  /// When there will be `count` tokens; kNever when that is above the burst.
  [[nodiscard]] Timestamp when(Timestamp now, std::int64_t count);
  [[nodiscard]] std::int64_t burst() const { return burst_; }

 private:
  void refill(Timestamp now);
  std::int64_t per_second_;
  std::int64_t burst_;
  std::int64_t micros_;
  Timestamp at_;
};

}  // namespace ebb::session
