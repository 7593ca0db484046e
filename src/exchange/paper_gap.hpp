// Gaps of a connection (rules 1.4): no frame for 5 s while its rate over the last minute was above 1/s.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "model/ids.hpp"

namespace ebb::exchange {

class GapWatch {
 public:
  GapWatch(Duration after, std::uint32_t min_frames) : after_(after), min_frames_(min_frames) {}
  /// Counts a frame. True if it ends a gap.
  bool on_frame(model::ConnectionIndex connection, Timestamp now);
  /// Whether the connection has been silent for so long that a gap is running.
  [[nodiscard]] bool running(model::ConnectionIndex connection, Timestamp now) const;

 private:
  static constexpr std::int64_t kSeconds = 60;
  struct Clock {
    Timestamp last;
    std::array<std::int64_t, kSeconds> second{};  // which second the slot counts
    std::array<std::uint32_t, kSeconds> frames{};
  };
  std::vector<Clock> clocks_;  // by connection
  Duration after_;
  std::uint32_t min_frames_;
};

}  // namespace ebb::exchange
