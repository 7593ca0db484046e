#include "exchange/paper_gap.hpp"

namespace ebb::exchange {

bool GapWatch::on_frame(model::ConnectionIndex connection, Timestamp now) {
  const bool gap = running(connection, now);
  if (connection.value() >= clocks_.size()) clocks_.resize(connection.value() + std::size_t{1});
  Clock& clock = clocks_[connection.value()];
  clock.last = now;
  const std::int64_t second = now.ns() / seconds(1).raw();
  const auto slot = static_cast<std::size_t>(second % kSeconds);
  if (clock.second[slot] != second) {
    clock.second[slot] = second;
    clock.frames[slot] = 0;
  }
  ++clock.frames[slot];
  return gap;
}

bool GapWatch::running(model::ConnectionIndex connection, Timestamp now) const {
  if (connection.value() >= clocks_.size()) return false;
  const Clock& clock = clocks_[connection.value()];
  if (!clock.last.is_set() || now - clock.last <= after_) return false;
  const std::int64_t last_second = clock.last.ns() / seconds(1).raw();
  std::uint32_t frames = 0;
  for (std::size_t slot = 0; slot < clock.frames.size(); ++slot) {
    if (clock.second[slot] > last_second - kSeconds) frames += clock.frames[slot];
  }
  return frames > min_frames_;
}

}  // namespace ebb::exchange
