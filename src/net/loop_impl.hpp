// What is behind a Loop. For the sources of `net` only: includes Asio.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "net/loop.hpp"

namespace ebb::net {

struct Loop::Impl {
  using Steady = std::chrono::steady_clock;

  /// One thread runs it; others only post.
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
  Steady::time_point steady_start = Steady::now();
  std::int64_t wall_start =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  std::optional<unsigned> core;
  std::atomic<std::int64_t> spin{0};  ///< nanoseconds

  [[nodiscard]] Timestamp now() const {
    return Timestamp(wall_start + std::chrono::nanoseconds(Steady::now() - steady_start).count());
  }
  /// The steady time of a moment; what lies more than a year away is a year away.
  [[nodiscard]] Steady::time_point steady(Timestamp at) const {
    constexpr std::int64_t kYear = 365LL * 86'400 * 1'000'000'000;
    const std::int64_t base = now().ns();
    const std::int64_t wait = at.ns() <= base ? 0 : at.ns() - base;
    if (wait == 0) return Steady::now();
    return wait > kYear ? Steady::now() + std::chrono::nanoseconds(kYear)
                        : steady_start + std::chrono::nanoseconds(at.ns() - wall_start);
  }
};

}  // namespace ebb::net
