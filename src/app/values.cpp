#include "app/values.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <optional>

#include "base/decimal.hpp"

namespace ebb::app {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t ns;
};
// Longest name first where one is the beginning of another.
constexpr std::array<Unit, 5> kUnits{{{"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000},
                                      {"d", 86'400'000'000'000}}};
constexpr std::int64_t kMostSeconds = 3'650LL * 86'400;  // ten years: more is a slip of the pen

constexpr bool is_number_char(char c) { return (c >= '0' && c <= '9') || c == '.'; }

std::unexpected<Error> bad_duration(std::string_view text) {
  return fail("value.duration", fmt::format("\"{}\" is not a duration", text),
              "write a number with a unit: 250ms, 30s, 5m, 1h30m, 2d");
}

/// One "number unit" at the start of `rest`, in nanoseconds; nullopt if there is none.
std::optional<std::int64_t> take_part(std::string_view& rest) {
  std::size_t digits = 0;
  while (digits < rest.size() && is_number_char(rest[digits])) ++digits;
  const auto micro = parse_scaled(rest.substr(0, digits), 6);
  if (!micro) return std::nullopt;
  rest.remove_prefix(digits);
  for (const Unit& unit : kUnits) {
    if (!rest.starts_with(unit.name)) continue;
    rest.remove_prefix(unit.name.size());
    const __int128 ns = static_cast<__int128>(*micro) * unit.ns / 1'000'000;
    if (ns > static_cast<__int128>(kMostSeconds) * 1'000'000'000) return std::nullopt;
    return static_cast<std::int64_t>(ns);
  }
  return std::nullopt;
}

/// Exactly `count` digits at the start of `rest`.
std::optional<int> take_digits(std::string_view& rest, std::size_t count) {
  if (rest.size() < count) return std::nullopt;
  int number = 0;
  for (const char c : rest.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  rest.remove_prefix(count);
  return number;
}

bool take_char(std::string_view& rest, std::string_view any_of) {
  if (rest.empty() || any_of.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

std::optional<Timestamp> parse_iso(std::string_view rest) {
  const auto year = take_digits(rest, 4);
  if (!year || !take_char(rest, "-")) return std::nullopt;
  const auto month = take_digits(rest, 2);
  if (!month || !take_char(rest, "-")) return std::nullopt;
  const auto day = take_digits(rest, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
  std::int64_t ns = std::chrono::sys_days(date).time_since_epoch().count() * 86'400LL * 1'000'000'000;
  if (rest.empty()) return Timestamp(ns);
  if (!take_char(rest, "T ")) return std::nullopt;
  const auto hour = take_digits(rest, 2);
  if (!hour || *hour > 23 || !take_char(rest, ":")) return std::nullopt;
  const auto minute = take_digits(rest, 2);
  if (!minute || *minute > 59) return std::nullopt;
  std::int64_t fraction = 0;
  int second = 0;
  if (take_char(rest, ":")) {
    const auto taken = take_digits(rest, 2);
    if (!taken || *taken > 59) return std::nullopt;
    second = *taken;
    if (rest.starts_with('.')) {
      std::size_t length = 1;
      while (length < rest.size() && rest[length] >= '0' && rest[length] <= '9') ++length;
      const auto parsed = parse_scaled(rest.substr(0, length), 9);
      if (!parsed) return std::nullopt;
      fraction = *parsed;
      rest.remove_prefix(length);
    }
  }
  take_char(rest, "Zz");
  if (!rest.empty()) return std::nullopt;
  return Timestamp(ns + ((*hour * 60LL + *minute) * 60 + second) * 1'000'000'000 + fraction);
}

}  // namespace

Expected<Duration> parse_duration(std::string_view text) {
  if (text == "0") return Duration(0);
  if (text.empty()) return bad_duration(text);
  std::int64_t total = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto part = take_part(rest);
    if (!part) return bad_duration(text);
    total += *part;
    if (total > kMostSeconds * 1'000'000'000) return bad_duration(text);
  }
  return Duration(total);
}

std::string duration_text(Duration duration) {
  if (duration.raw() == 0) return "0";
  for (auto unit = kUnits.rbegin(); unit != kUnits.rend(); ++unit) {
    if (duration.raw() % unit->ns == 0) return fmt::format("{}{}", duration.raw() / unit->ns, unit->name);
  }
  std::array<char, 32> buffer;
  char* end = write_scaled(buffer.data(), duration.raw(), 6);
  return std::string(buffer.data(), end) + "ms";
}

Expected<Duration> parse_seconds(std::string_view text) {
  bool bare = !text.empty();
  for (const char c : text) bare = bare && is_number_char(c);
  return bare ? parse_duration(std::string(text) + "s") : parse_duration(text);
}

Expected<Usdc> parse_money(std::string_view text) {
  if (const auto money = parse_usdc(text)) return *money;
  return fail("value.money", fmt::format("\"{}\" is not an amount of dollars", text),
              "write digits with at most six decimals: 10000 or 12.50");
}

Expected<Timestamp> parse_time(std::string_view text) {
  if (text.find('-') != std::string_view::npos) {
    if (const auto time = parse_iso(text)) return *time;
  } else if (text.size() == 13 && text.find('.') == std::string_view::npos) {
    if (const auto ms = parse_scaled(text, 0)) return from_ms(*ms);
  } else if (const auto ns = parse_scaled(text, 9)) {
    return Timestamp(*ns);
  }
  return fail("value.time", fmt::format("\"{}\" is not a time", text),
              "write Unix seconds or UTC: 1776153600, 2026-04-14, 2026-04-14T08:00:00Z");
}

}  // namespace ebb::app
