// A progress bar on stderr, drawn only when stderr is a terminal and at most ten times a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace ebb::app {

class ProgressBar {
 public:
  explicit ProgressBar(std::string title);
  /// Clears the line.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `detail` stands behind the bar: "12,345 frames".
  void show(std::uint64_t done, std::uint64_t total, std::string_view detail);

 private:
  std::string title_;
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_;
};

/// Wall seconds since it was made: the field `wall_seconds`.
class WallClock {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace ebb::app
