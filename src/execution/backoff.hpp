// Retry delays that double: first, 2 x first, ... up to a limit. Success resets.
#pragma once

#include <algorithm>

#include "base/archived.hpp"
#include "base/time.hpp"

namespace ebb::execution {

class Backoff {
 public:
  constexpr Backoff(Duration first, Duration limit) : first_(first), limit_(limit) {}
  /// The delay before the next try; counts it.
  Duration next() {
    const Duration delay = std::min(first_ * (std::int64_t{1} << std::min(tries_, 20)), limit_);
    ++tries_;
    return delay;
  }
  void reset() { tries_ = 0; }
  [[nodiscard]] int tries() const { return tries_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  Duration first_;
  Duration limit_;
  int tries_ = 0;
};

}  // namespace ebb::execution
