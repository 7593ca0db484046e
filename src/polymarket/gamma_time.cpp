#include <charconv>
#include <optional>

#include "polymarket/gamma.hpp"

namespace ebb::polymarket {
namespace {

/// Takes exactly `digits` digits off the front.
std::optional<int> take(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || text.front() == '-') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool skip(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// Days from 1970-01-01 of a date of the Gregorian calendar.
std::int64_t days_from_civil(int year, int month, int day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = y / 400;
  const int year_of_era = y - era * 400;
  const int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return std::int64_t{era} * 146'097 + day_of_era - 719'468;
}

bool valid_date(int year, int month, int day) {
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1970 || year > 2200 || month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

/// "Z", "+00", "-05:00", "+0530" or nothing (UTC): seconds to subtract.
std::optional<std::int64_t> take_offset(std::string_view& text) {
  if (text.empty() || skip(text, 'Z') || skip(text, 'z')) return 0;
  const bool west = text.starts_with('-');
  if (!skip(text, '+') && !skip(text, '-')) return std::nullopt;
  const auto hours_off = take(text, 2);
  if (!hours_off || *hours_off > 14) return std::nullopt;
  int minutes_off = 0;
  if (!text.empty()) {
    skip(text, ':');
    const auto value = take(text, 2);
    if (!value || *value > 59) return std::nullopt;
    minutes_off = *value;
  }
  const std::int64_t offset = *hours_off * 3600 + minutes_off * 60;
  return west ? -offset : offset;
}

/// "hh:mm[:ss[.fraction]]" -> milliseconds of the day.
std::optional<std::int64_t> take_clock(std::string_view& text) {
  const auto hour = take(text, 2);
  if (!hour || *hour > 23 || !skip(text, ':')) return std::nullopt;
  const auto minute = take(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t ms = (*hour * 60LL + *minute) * 60'000;
  if (!skip(text, ':')) return ms;
  const auto second = take(text, 2);
  if (!second || *second > 60) return std::nullopt;
  ms += *second * 1'000LL;
  if (!skip(text, '.')) return ms;
  int scale = 100;
  bool any = false;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    ms += (text.front() - '0') * scale;
    scale /= 10;
    any = true;
    text.remove_prefix(1);
  }
  return any ? std::optional(ms) : std::nullopt;
}

}  // namespace

std::optional<EndTime> parse_end_time(std::string_view text) {
  const auto year = take(text, 4);
  if (!year || !skip(text, '-')) return std::nullopt;
  const auto month = take(text, 2);
  if (!month || !skip(text, '-')) return std::nullopt;
  const auto day = take(text, 2);
  if (!day || !valid_date(*year, *month, *day)) return std::nullopt;
  const Timestamp midnight = Timestamp{} + hours(24 * days_from_civil(*year, *month, *day));
  if (text.empty()) return EndTime{midnight, model::EndPrecision::date_only};
  if (!skip(text, 'T') && !skip(text, ' ')) return std::nullopt;
  const auto clock = take_clock(text);
  const auto offset = clock ? take_offset(text) : std::nullopt;
  if (!offset || !text.empty()) return std::nullopt;
  const bool dateless_hour = *clock == 0 && *offset == 0;
  return EndTime{midnight + milliseconds(*clock) - seconds(*offset),
                 dateless_hour ? model::EndPrecision::date_only : model::EndPrecision::exact};
}

}  // namespace ebb::polymarket
