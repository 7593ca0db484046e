#include "simulation/script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/decimal.hpp"

namespace ebb::simulation {
namespace {

struct Word {
  std::string_view name;
  bool may_last;
  std::string_view help;
};
constexpr std::array<Word, kSideFaults> kWords{{
    {"cut", true, "connections break; with `for` none can be made: channel=market, user, rest or all [all]"},
    {"lag", true, "latency rises: ms= [300] jitter= [100] channel= [all]"},
    {"hang", true, "a part of the trader stands still: part=engine or desk [engine]"},
    {"crash", false,
     "the trader dies and is started again: down=SECONDS [2] when=now, send, sent, fill or commit [now] "
     "clock=SECONDS that its clock is ahead then [as it was]"},
    {"clock_jump", false, "the trader's clock leaps forward: seconds= [30]"},
    {"disk_full", true, "the journal's disk takes nothing more"},
    {"disk_slow", true, "the journal's disk takes its time: ms= [400]"},
    {"operate", false,
     "the operator: action=pause, resume, exit, flatten, cancel_all, kill, sell_only or trade [pause] token=N [all]"},
}};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  for (;;) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

std::optional<Duration> read_scaled(std::string_view text, int decimals) {
  const auto value = parse_scaled(text, decimals);
  if (!value) return std::nullopt;
  return Duration(*value);
}

std::optional<SideFault> find_word(std::string_view name) {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords[i].name == name) return static_cast<SideFault>(i);
  }
  return std::nullopt;
}

bool read_channel(std::string_view text, Channels& out) {
  if (text == "all") return out = {true, true, true}, true;
  if (text == "market") return out = {.market = true}, true;
  if (text == "user") return out = {.user = true}, true;
  if (text == "rest") return out = {.rest = true}, true;
  return false;
}

template <class Value, std::size_t Count>
bool read_name(std::string_view text, const std::array<std::pair<std::string_view, Value>, Count>& names, Value& out) {
  for (const auto& [name, value] : names) {
    if (name == text) return out = value, true;
  }
  return false;
}

constexpr std::array<std::pair<std::string_view, HangPart>, 2> kParts{
    {{"engine", HangPart::engine}, {"desk", HangPart::desk}}};
constexpr std::array<std::pair<std::string_view, CrashMoment>, 5> kMoments{{{"now", CrashMoment::now},
                                                                            {"send", CrashMoment::send},
                                                                            {"sent", CrashMoment::sent},
                                                                            {"fill", CrashMoment::fill},
                                                                            {"commit", CrashMoment::commit}}};
constexpr std::array<std::pair<std::string_view, model::OperatorAction>, 8> kActions{
    {{"pause", model::OperatorAction::pause},
     {"resume", model::OperatorAction::resume},
     {"exit", model::OperatorAction::exit_token},
     {"flatten", model::OperatorAction::flatten},
     {"cancel_all", model::OperatorAction::cancel_all},
     {"kill", model::OperatorAction::kill},
     {"sell_only", model::OperatorAction::sell_only},
     {"trade", model::OperatorAction::trade}}};

bool read_duration(std::string_view text, int decimals, Duration& out) {
  const auto value = read_scaled(text, decimals);
  if (value) out = *value;
  return value.has_value();
}

bool read_setting(std::string_view key, std::string_view value, SideLine& line) {
  using enum SideFault;
  switch (line.kind) {
    case cut: return key == "channel" && read_channel(value, line.channels);
    case lag:
      if (key == "channel") return read_channel(value, line.channels);
      if (key == "ms") return read_duration(value, 6, line.wait);
      return key == "jitter" && read_duration(value, 6, line.jitter);
    case hang: return key == "part" && read_name(value, kParts, line.part);
    case crash:
      if (key == "down") return read_duration(value, 9, line.wait);
      if (key == "clock") {
        const bool behind = value.starts_with('-');
        const auto ahead = read_scaled(behind ? value.substr(1) : value, 9);
        if (ahead) line.clock = behind ? Duration(-ahead->raw()) : *ahead;
        return ahead.has_value();
      }
      return key == "when" && read_name(value, kMoments, line.moment);
    case clock_jump: return key == "seconds" && read_duration(value, 9, line.jump);
    case disk_full: return false;
    case disk_slow: return key == "ms" && read_duration(value, 6, line.wait);
    case operate: {
      if (key == "action") return read_name(value, kActions, line.action);
      const auto token = parse_scaled(value, 0);
      if (key != "token" || !token) return false;
      line.token = static_cast<std::uint32_t>(*token);
      return true;
    }
  }
  return false;
}

SideLine standard(SideFault kind) {
  SideLine line;
  line.kind = kind;
  if (kind == SideFault::lag) {
    line.wait = milliseconds(300);
    line.jitter = milliseconds(100);
  }
  if (kind == SideFault::crash) line.wait = seconds(2);
  if (kind == SideFault::clock_jump) line.jump = seconds(30);
  if (kind == SideFault::disk_slow) line.wait = milliseconds(400);
  return line;
}

/// nullopt: not of the trader's side.
Expected<std::optional<SideLine>> read_line(const std::vector<std::string_view>& words) {
  const bool lasts = words.size() > 4 && words[2] == "for";
  const std::size_t at = lasts ? 4 : 2;
  if (words.size() <= at || words[0] != "at") return std::optional<SideLine>();
  const auto kind = find_word(words[at]);
  if (!kind) return std::optional<SideLine>();
  SideLine line = standard(*kind);
  const auto begin = read_scaled(words[1], 9);
  const auto length = lasts ? read_scaled(words[3], 9) : Duration(0);
  if (!begin || !length) return fail("", "after `at` and `for` stands a number of seconds");
  if (lasts && !kWords[static_cast<std::size_t>(*kind)].may_last)
    return fail("", fmt::format("{} happens at once and takes no `for`", words[at]));
  line.at = *begin;
  line.length = *length;
  for (std::size_t i = at + 1; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (equals == std::string_view::npos ||
        !read_setting(words[i].substr(0, equals), words[i].substr(equals + 1), line))
      return fail("", fmt::format("{} does not take \"{}\"", words[at], words[i]));
  }
  return std::optional(line);
}

}  // namespace

std::string_view to_text(SideFault kind) { return kWords[static_cast<std::size_t>(kind)].name; }

std::string_view fault_of(std::string_view line) {
  const auto words = words_of(line);
  const std::size_t at = words.size() > 4 && words[2] == "for" ? 4 : 2;
  return words.size() > at && words[0] == "at" ? words[at] : std::string_view();
}

Expected<Script> parse_script(std::string_view text, std::string_view name) {
  Script script;
  std::string venue;  // the other lines stay empty, so that errors name the right ones
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const auto words = words_of(line);
    if (!words.empty()) script.lines.emplace_back(line);
    auto side = read_line(words);
    if (!side) return fail("faults.invalid", fmt::format("{} line {}: {}", name, number, side.error().message));
    if (*side) {
      script.side.push_back(**side);
    } else {
      venue += line;
    }
    venue += '\n';
  }
  TRY(faults, exchange::parse_faults(venue, name));
  script.venue = std::move(faults);
  return script;
}

std::string side_catalogue() {
  std::string out;
  for (const Word& word : kWords) out += fmt::format("{:<16}{}\n", word.name, word.help);
  return out;
}

}  // namespace ebb::simulation
