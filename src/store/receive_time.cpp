#include "store/receive_time.hpp"

#include <cstdint>

namespace ebb::store {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kEarliest = 31'536'000;       // seconds: 1971-01-01
constexpr std::int64_t kLatest = 4'102'444'800;      // seconds: 2100-01-01

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads forward through a text.
struct Scanner {
  std::string_view rest;
  [[nodiscard]] bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits; -1 if there are fewer.
  [[nodiscard]] std::int64_t digits(std::size_t count) {
    if (rest.size() < count) return -1;
    std::int64_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!is_digit(rest[i])) return -1;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return value;
  }
  /// Any number of decimals as parts of `unit` (a power of ten), further ones cut. At least one digit, else -1.
  [[nodiscard]] std::int64_t decimals(std::int64_t unit) {
    if (rest.empty() || !is_digit(rest.front())) return -1;
    std::int64_t value = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1)) {
      unit /= 10;
      value += (rest.front() - '0') * unit;
    }
    return value;
  }
};

std::optional<Timestamp> checked(std::int64_t seconds, std::int64_t nanoseconds) {
  if (seconds < kEarliest || seconds >= kLatest) return std::nullopt;
  return Timestamp(seconds * kSecond + nanoseconds);
}

/// "1776153610.61": the unit is the one in which the number lies between 1971 and 2100.
std::optional<Timestamp> parse_number(std::string_view text) {
  Scanner in{text};
  std::int64_t value = 0;
  std::size_t count = 0;
  for (; !in.rest.empty() && is_digit(in.rest.front()); in.rest.remove_prefix(1), ++count) {
    if (count == 19) return std::nullopt;
    value = value * 10 + (in.rest.front() - '0');
  }
  if (count == 0) return std::nullopt;
  std::int64_t unit = kSecond;  // nanoseconds in one unit of the number
  while (unit > 1 && value / (kSecond / unit) >= kLatest) unit /= 1000;
  const std::int64_t per_second = kSecond / unit;
  std::int64_t fraction = 0;
  if (in.take('.')) {
    fraction = in.decimals(unit);
    if (fraction < 0) return std::nullopt;
  }
  if (!in.rest.empty()) return std::nullopt;
  return checked(value / per_second, value % per_second * unit + fraction);
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
std::int64_t days_from_civil(std::int64_t year, std::int64_t month, std::int64_t day) {
  // The year starts in March, so that the leap day is its last.
  if (month <= 2) --year;
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year % 400;
  const std::int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

/// Seconds east of UTC; nullopt if the rest is no offset.
std::optional<std::int64_t> parse_offset(Scanner& in) {
  while (in.take(' ')) {}
  if (in.rest.empty() || in.take('Z') || in.take('z'))
    return in.rest.empty() ? std::optional<std::int64_t>(0) : std::nullopt;
  const bool east = in.take('+');
  if (!east && !in.take('-')) return std::nullopt;
  const std::int64_t hours = in.digits(2);
  (void)in.take(':');
  const std::int64_t minutes = in.rest.empty() ? 0 : in.digits(2);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || !in.rest.empty()) return std::nullopt;
  return (hours * 3600 + minutes * 60) * (east ? 1 : -1);
}

std::optional<Timestamp> parse_calendar(std::string_view text) {
  Scanner in{text};
  const std::int64_t year = in.digits(4);
  if (!in.take('-')) return std::nullopt;
  const std::int64_t month = in.digits(2);
  if (!in.take('-')) return std::nullopt;
  const std::int64_t day = in.digits(2);
  if (!in.take('T') && !in.take(' ')) return std::nullopt;
  const std::int64_t hour = in.digits(2);
  if (!in.take(':')) return std::nullopt;
  const std::int64_t minute = in.digits(2);
  if (!in.take(':')) return std::nullopt;
  const std::int64_t second = in.digits(2);
  std::int64_t fraction = 0;
  if (in.take('.')) fraction = in.decimals(kSecond);
  const auto offset = parse_offset(in);
  const bool valid = year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour >= 0 && hour < 24 &&
                     minute >= 0 && minute < 60 && second >= 0 && second <= 60 && fraction >= 0 && offset;
  if (!valid) return std::nullopt;
  return checked(days_from_civil(year, month, day) * 86'400 + hour * 3600 + minute * 60 + second - *offset, fraction);
}

}  // namespace

std::optional<Timestamp> parse_receive_time(std::string_view text) {
  const bool is_calendar = text.size() > 4 && text[4] == '-';
  return is_calendar ? parse_calendar(text) : parse_number(text);
}

}  // namespace ebb::store
