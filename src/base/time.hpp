// Time as integers in nanoseconds. Nothing below `gateway` and `app` reads a clock: time comes in with each event.
#pragma once

#include <cstdint>

#include "base/strong.hpp"

namespace ebb {

using Duration = Quantity<struct DurationTag, std::int64_t>;

/// Nanoseconds since the Unix epoch (UTC). Timestamp{} (0) means "never".
class Timestamp {
 public:
  constexpr Timestamp() = default;
  constexpr explicit Timestamp(std::int64_t ns) : ns_(ns) {}
  [[nodiscard]] constexpr std::int64_t ns() const { return ns_; }
  [[nodiscard]] constexpr std::int64_t ms() const { return ns_ / 1'000'000; }
  [[nodiscard]] constexpr bool is_set() const { return ns_ != 0; }
  friend constexpr auto operator<=>(Timestamp, Timestamp) = default;
  friend constexpr Duration operator-(Timestamp a, Timestamp b) { return Duration(a.ns_ - b.ns_); }
  friend constexpr Timestamp operator+(Timestamp t, Duration d) { return Timestamp(t.ns_ + d.raw()); }
  friend constexpr Timestamp operator-(Timestamp t, Duration d) { return Timestamp(t.ns_ - d.raw()); }

 private:
  std::int64_t ns_ = 0;
};

[[nodiscard]] constexpr Duration nanoseconds(std::int64_t n) { return Duration(n); }
[[nodiscard]] constexpr Duration milliseconds(std::int64_t n) { return Duration(n * 1'000'000); }
[[nodiscard]] constexpr Duration seconds(std::int64_t n) { return Duration(n * 1'000'000'000); }
[[nodiscard]] constexpr Duration minutes(std::int64_t n) { return seconds(n * 60); }
[[nodiscard]] constexpr Duration hours(std::int64_t n) { return seconds(n * 3600); }
[[nodiscard]] constexpr Timestamp from_ms(std::int64_t ms) { return Timestamp(ms * 1'000'000); }
[[nodiscard]] constexpr double to_seconds(Duration d) { return static_cast<double>(d.raw()) * 1e-9; }

/// The end of time: for deadlines that do not exist.
inline constexpr Timestamp kNever{INT64_MAX};

}  // namespace ebb
