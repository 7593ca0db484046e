#include "app/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace ebb::app {

namespace {
constexpr std::uint64_t kBarWidth = 30;
constexpr std::chrono::milliseconds kRedraw{100};
}  // namespace

ProgressBar::ProgressBar(std::string title) : title_(std::move(title)), terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total, std::string_view detail) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now < next_) return;
  next_ = now + kRedraw;
  drawn_ = true;
  const std::uint64_t part = total == 0 ? 0 : std::min(done, total);
  const std::uint64_t filled = total == 0 ? 0 : kBarWidth * part / total;
  fmt::print(stderr, "\r\x1b[K{} [{}{}] {:3d} %  {}", title_, std::string(filled, '#'),
             std::string(kBarWidth - filled, '.'), total == 0 ? 0 : 100 * part / total, detail);
  std::fflush(stderr);
}

}  // namespace ebb::app
