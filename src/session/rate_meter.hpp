// How often something happened in the last minute.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace ebb::session {

/// Counting costs one increment; time moves by tick().
class RateMeter {
 public:
  void restart(Timestamp now) {
    *this = RateMeter();
    started_ = second_ = now;
  }
  void count() { ++current_; }
  /// Closes the seconds that have passed.
  void tick(Timestamp now) {
    while (now - second_ >= seconds(1)) {
      second_ = second_ + seconds(1);
      at_ = (at_ + 1) % kSeconds;
      sum_ += current_ - per_second_[at_];
      per_second_[at_] = current_;
      current_ = 0;
      if (now - second_ > seconds(2 * static_cast<std::int64_t>(kSeconds))) restart(now);
    }
  }
  /// Events a second over the last minute, or since the start if that is shorter (10 s at least).
  [[nodiscard]] double rate(Timestamp now) const {
    const double span = std::clamp(to_seconds(now - started_), 10.0, static_cast<double>(kSeconds));
    return static_cast<double>(sum_ + current_) / span;
  }
  /// The next second's end.
  [[nodiscard]] Timestamp next_tick() const { return second_ + seconds(1); }

 private:
  static constexpr std::size_t kSeconds = 60;
  std::array<std::uint32_t, kSeconds> per_second_{};
  std::size_t at_ = 0;
  std::uint32_t current_ = 0;
  std::uint32_t sum_ = 0;
  Timestamp started_;
  Timestamp second_;
};

}  // namespace ebb::session
