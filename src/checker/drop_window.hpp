// Highest mid in force inside a time window (rules 1.1): a mid counts from its event until the next one.
#pragma once

#include <cstdint>
#include <deque>

#include "checker/words.hpp"

namespace ebb::checker {

class DropWindow {
 public:
  /// A new mid (times two, 1e-4) is in force from `now` on.
  void set(TimeNs now, std::int32_t mid2);
  /// No mid is in force from `now` on: a side is gone, the quote is not sane, the book not trusted.
  void withdraw(TimeNs now);
  /// Everything becomes older by `span`: the trader's clock leapt.
  void age(SpanNs span);
  /// Forgets everything (a round trip is done).
  void clear();
  /// Maximum over [now - window, now]; 0 when no mid was in force.
  [[nodiscard]] std::int32_t high(TimeNs now, SpanNs window);
  [[nodiscard]] bool in_force() const { return current_ > 0; }
  [[nodiscard]] std::int32_t current() const { return current_; }

 private:
  struct Point {
    std::int32_t mid2 = 0;
    TimeNs end = 0;     ///< until when it was in force; meaningless while it is the current one
    bool open = false;
  };
  std::deque<Point> points_;   ///< strictly decreasing
  std::int32_t current_ = 0;   ///< 0 = none
};

}  // namespace ebb::checker
