// Markouts (rules 5.4): how the mid moved 5, 30 and 300 s after each fill, signed so that positive is good for us.
#pragma once

#include <array>
#include <cstdint>
#include <deque>

#include "base/archived.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"

namespace ebb::portfolio {

inline constexpr std::array<std::int64_t, 3> kMarkoutSeconds{5, 30, 300};

struct Markout {
  std::uint64_t samples = 0;
  Usdc sum;              ///< sum over fills of (mid after - price) * size for buys, the negative for sells
  Shares size;           ///< sum of sizes, to derive the average per share
};

class Markouts {
 public:
  void on_fill(Timestamp now, model::TokenIndex token, model::Side side, Price price, Shares size);
  /// Due samples up to `now`; `mid2_of(token)` gives bid + ask in grid units or -1 when there is no sane quote (then the
  /// sample is dropped and counted).
  template <class MidOf>
  void advance(Timestamp now, MidOf&& mid2_of);
  [[nodiscard]] const Markout& at(int horizon) const { return totals_[static_cast<std::size_t>(horizon)]; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  struct Pending {
    Timestamp due;
    model::TokenIndex token;
    model::Side side;
    Price price;
    Shares size;
  };
  void sample(int horizon, const Pending& fill, std::int32_t mid2);

  std::array<std::deque<Pending>, 3> pending_;
  std::array<Markout, 3> totals_;
  std::uint64_t dropped_ = 0;
};

template <class MidOf>
void Markouts::advance(Timestamp now, MidOf&& mid2_of) {
  for (int horizon = 0; horizon < 3; ++horizon) {
    auto& queue = pending_[static_cast<std::size_t>(horizon)];
    while (!queue.empty() && queue.front().due <= now) {
      sample(horizon, queue.front(), mid2_of(queue.front().token));
      queue.pop_front();
    }
  }
}

}  // namespace ebb::portfolio
