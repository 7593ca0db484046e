#include "model/market_end.hpp"

#include <chrono>
#include <cstdint>

namespace ebb::model {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kLastYear = 2261;  // the last whole one that nanoseconds in 63 bits hold

/// Reads from the front of a text; fails once and for all at the first surprise.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) { ok_ = take(c) && ok_; }
  /// Exactly `count` digits with a value in [low, high].
  std::int64_t number(int count, std::int64_t low, std::int64_t high) {
    std::int64_t value = 0;
    for (int i = 0; i < count; ++i) value = value * 10 + digit();
    ok_ = ok_ && value >= low && value <= high;
    return value;
  }
  /// Digits after a decimal point as nanoseconds; further ones than nine are dropped.
  std::int64_t fraction_ns() {
    std::int64_t ns = digit() * 100'000'000;
    for (std::int64_t unit = 10'000'000; !rest_.empty() && is_digit(rest_.front()); unit /= 10) ns += digit() * unit;
    return ns;
  }
  [[nodiscard]] bool next_is_digit() const { return !rest_.empty() && is_digit(rest_.front()); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  std::int64_t digit() {
    if (!next_is_digit()) {
      ok_ = false;
      return 0;
    }
    const int value = rest_.front() - '0';
    rest_.remove_prefix(1);
    return value;
  }
  std::string_view rest_;
  bool ok_ = true;
};

/// Days since the epoch; nullopt for a date that does not exist.
std::optional<std::int64_t> read_date(Reader& in) {
  const auto year = in.number(4, 1970, kLastYear);
  in.expect('-');
  const auto month = in.number(2, 1, 12);
  in.expect('-');
  const auto day = in.number(2, 1, 31);
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(year)),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!in.ok() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Seconds that the zone is ahead of UTC: "", "Z", "+02", "+0200", "-02:30".
std::int64_t read_zone(Reader& in) {
  if (in.at_end() || in.take('Z')) return 0;
  const bool behind = in.take('-');
  if (!behind) in.expect('+');
  std::int64_t offset = in.number(2, 0, 14) * 3600;
  if (in.take(':') || in.next_is_digit()) offset += in.number(2, 0, 59) * 60;
  return behind ? -offset : offset;
}

/// Time of day with its zone, in nanoseconds after midnight UTC (may be negative).
std::int64_t read_time(Reader& in) {
  std::int64_t time = in.number(2, 0, 23) * 3600;
  in.expect(':');
  time += in.number(2, 0, 59) * 60;
  std::int64_t ns = 0;
  if (in.take(':')) {
    time += in.number(2, 0, 60);
    if (in.take('.')) ns = in.fraction_ns();
  }
  time -= read_zone(in);
  return seconds(time).raw() + ns;
}

std::optional<Duration> read_length(std::string_view text) {
  if (text.size() < 2 || text.size() > 4) return std::nullopt;
  Reader in(text.substr(0, text.size() - 1));
  const std::int64_t count = in.number(static_cast<int>(text.size()) - 1, 1, 999);
  if (!in.ok()) return std::nullopt;
  switch (text.back()) {
    case 'm': return minutes(count);
    case 'h': return hours(count);
    case 'd': return hours(24 * count);
    default: return std::nullopt;
  }
}

}  // namespace

MarketEnd parse_market_end(std::string_view text) {
  Reader in(text);
  const auto days = read_date(in);
  if (!days) return {};
  const Timestamp midnight(seconds(*days * kDaySeconds).raw());
  if (in.at_end()) return {midnight, EndPrecision::date_only};
  if (!in.take('T')) in.expect(' ');
  const Timestamp at = midnight + nanoseconds(read_time(in));
  if (!in.ok() || !in.at_end()) return {};
  const bool at_midnight = at.ns() % seconds(kDaySeconds).raw() == 0;
  return {at, at_midnight ? EndPrecision::date_only : EndPrecision::exact};
}

MarketEnd market_end(std::string_view end_date, std::string_view end_date_iso, Timestamp override_end) {
  if (override_end.is_set()) return {override_end, EndPrecision::exact};
  const MarketEnd first = parse_market_end(end_date);
  if (first.precision == EndPrecision::exact) return first;
  const MarketEnd second = parse_market_end(end_date_iso);
  if (second.precision == EndPrecision::exact || first.precision == EndPrecision::unknown) return second;
  return first;
}

std::optional<MarketLife> life_from_slug(std::string_view slug) {
  constexpr std::size_t kEpochDigits = 10;
  if (slug.size() < kEpochDigits + 2) return std::nullopt;
  const std::size_t dash = slug.size() - kEpochDigits - 1;
  Reader epoch(slug.substr(dash));
  epoch.expect('-');
  const std::int64_t start = epoch.number(kEpochDigits, 1'000'000'000, 9'000'000'000);
  const std::size_t before = slug.substr(0, dash).rfind('-');
  if (!epoch.ok() || before == std::string_view::npos) return std::nullopt;
  const auto length = read_length(slug.substr(before + 1, dash - before - 1));
  if (!length) return std::nullopt;
  const Timestamp begin(seconds(start).raw());
  return MarketLife{begin, begin + *length};
}

}  // namespace ebb::model
