#include "checker/drop_window.hpp"

namespace ebb::checker {

void DropWindow::withdraw(TimeNs now) {
  if (!points_.empty() && points_.back().open) {
    points_.back().open = false;
    points_.back().end = now;
  }
  current_ = 0;
}

void DropWindow::set(TimeNs now, std::int32_t mid2) {
  if (mid2 == current_) return;
  withdraw(now);
  while (!points_.empty() && points_.back().mid2 <= mid2) points_.pop_back();
  points_.push_back({mid2, now, true});
  current_ = mid2;
}

void DropWindow::age(SpanNs span) {
  for (Point& point : points_) point.end -= span;
}

void DropWindow::clear() {
  points_.clear();
  current_ = 0;
}

std::int32_t DropWindow::high(TimeNs now, SpanNs window) {
  while (!points_.empty() && !points_.front().open && points_.front().end < now - window) points_.pop_front();
  return points_.empty() ? 0 : points_.front().mid2;
}

}  // namespace ebb::checker
