// Paces simulated time by wall time. Pure: the wall time comes in.
#pragma once

#include "base/time.hpp"

namespace ebb::app {

class Pacer {
 public:
  /// `speed`: simulated seconds a wall second; 0 = unpaced. `wall`: any monotonic clock's reading.
  Pacer(double speed, Timestamp simulated, Duration wall) : speed_(speed), simulated_(simulated), wall_(wall) {}

  /// How far the simulation should be at `wall`. What was lost (a busy or suspended machine) beyond half a second is
  /// not caught up: the simulation goes on from where it is.
  [[nodiscard]] Timestamp due(Timestamp simulated, Duration wall) {
    if (unpaced()) return simulated + kUnpacedSlice;
    Timestamp due = simulated_ + scaled(wall - wall_);
    const Timestamp farthest = simulated + scaled(kMostLag);
    if (due > farthest) {
      simulated_ = farthest;
      wall_ = wall;
      due = farthest;
    }
    return due;
  }
  [[nodiscard]] bool unpaced() const { return speed_ <= 0.0; }
  /// The longest piece to simulate before looking at keys and signals again.
  [[nodiscard]] Duration slice() const { return unpaced() ? kUnpacedSlice : kPacedSlice; }

 private:
  static constexpr Duration kMostLag = milliseconds(500);
  static constexpr Duration kPacedSlice = milliseconds(50);
  static constexpr Duration kUnpacedSlice = seconds(1);

  [[nodiscard]] Duration scaled(Duration wall) const {
    return Duration(static_cast<std::int64_t>(static_cast<double>(wall.raw()) * speed_));
  }

  double speed_;
  Timestamp simulated_;
  Duration wall_;
};

}  // namespace ebb::app
