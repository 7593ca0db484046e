#include "app/time_text.hpp"

#include <fmt/format.h>

#include <chrono>

namespace ebb::app {

std::string iso_text(Timestamp time) {
  if (!time.is_set()) return {};
  const std::chrono::sys_time<std::chrono::milliseconds> moment{std::chrono::milliseconds(time.ms())};
  const auto midnight = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{moment - midnight};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string clock_text(Timestamp time) {
  if (!time.is_set()) return "-";
  return iso_text(time).substr(11, 10);
}

}  // namespace ebb::app
