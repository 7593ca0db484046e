#include "exchange/venue_faults.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/fault_words.hpp"

namespace ebb::exchange {
namespace {

bool touches_frames(FaultKind kind) {
  switch (kind) {
    case FaultKind::freeze:
    case FaultKind::lose:
    case FaultKind::delay:
    case FaultKind::duplicate:
    case FaultKind::reorder:
    case FaultKind::miss_user:
    case FaultKind::false_matched: return true;
    default: return false;
  }
}

/// What a line does when it says nothing else.
FaultSettings defaults_of(FaultKind kind) {
  FaultSettings s;
  switch (kind) {
    case FaultKind::freeze: s.channel = FaultChannel::market; break;
    case FaultKind::lose: s.share = 0.05; break;
    case FaultKind::delay: s.wait = milliseconds(500); break;
    case FaultKind::duplicate: s.share = 0.1; break;
    case FaultKind::reorder:
      s.share = 0.2;
      s.wait = milliseconds(100);
      break;
    case FaultKind::timeout:
      s.applied = true;
      s.wait = seconds(30);
      break;
    case FaultKind::slow:
      s.wait = milliseconds(500);
      s.path = FaultPath::all;
      break;
    default: break;
  }
  return s;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
    words.push_back(line.substr(begin, end - begin));
    line.remove_prefix(end);
  }
}

constexpr const char* kHint = "at SECONDS [for SECONDS] FAULT [key=value ...]; `ebb exchange --list-faults` lists them";

Expected<void> read_setting(std::string_view word, const FaultWord& kind, FaultSettings& settings) {
  const auto equals = word.find('=');
  if (equals == std::string_view::npos) return fail("", fmt::format("\"{}\" is not key=value", word));
  const std::string_view key = word.substr(0, equals);
  for (const FaultParameter& parameter : kind.parameters) {
    if (parameter.name != key) continue;
    if (parameter.read(word.substr(equals + 1), settings)) return {};
    return fail("", fmt::format("\"{}\": {} is {}", word, key, parameter.values));
  }
  return fail("", fmt::format("{} has no parameter \"{}\"", kind.name, key));
}

Expected<FaultLine> read_line(const std::vector<std::string_view>& words) {
  FaultLine line;
  std::size_t i = 0;
  const auto read_seconds = [&](std::string_view keyword) -> std::optional<Duration> {
    if (i + 1 >= words.size() || words[i] != keyword) return std::nullopt;
    const auto value = parse_fault_seconds(words[i + 1]);
    if (value) i += 2;
    return value;
  };
  const auto at = read_seconds("at");
  if (!at) return fail("", "it does not begin with `at SECONDS`");
  line.at = *at;
  if (i < words.size() && words[i] == "for") {
    line.length = read_seconds("for");
    if (!line.length) return fail("", "after `for` stands no number of seconds");
  }
  if (i == words.size()) return fail("", "it names no fault");
  const FaultWord* kind = find_fault(words[i]);
  if (kind == nullptr) return fail("", fmt::format("there is no fault \"{}\"", words[i]));
  if (line.length && !kind->may_last) return fail("", fmt::format("{} happens at once and takes no `for`", kind->name));
  line.kind = kind->kind;
  line.settings = defaults_of(kind->kind);
  for (++i; i < words.size(); ++i) TRY_VOID(read_setting(words[i], *kind, line.settings));
  return line;
}

}  // namespace

Expected<FaultScript> parse_faults(std::string_view text, std::string_view name) {
  FaultScript script;
  int number = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto words = words_of(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (words.empty()) continue;
    const auto refuse = [&](const std::string& why) {
      return fail("faults.invalid", fmt::format("{} line {}: {}", name, number, why), kHint);
    };
    if (words.front() == "seed") {
      const auto seed = words.size() == 2 ? parse_fault_count(words[1]) : std::nullopt;
      if (!seed) return refuse("`seed` takes one whole number");
      script.seed = *seed;
      continue;
    }
    auto line = read_line(words);
    if (!line) return refuse(line.error().message);
    script.lines.push_back(std::move(*line));
  }
  return script;
}

std::string fault_catalogue() {
  std::string out = fmt::format("{}\n`seed N` on a line of its own chooses the dice; # starts a comment.\n\n",
                                "at SECONDS [for SECONDS] FAULT [key=value ...]");
  for (const FaultWord& kind : fault_words()) {
    out += fmt::format("{:<16}{}\n", kind.name, kind.help);
    for (const FaultParameter& p : kind.parameters) {
      out += fmt::format("    {:<14}{} [{}]\n", fmt::format("{}=", p.name), p.values, p.standard);
    }
  }
  return out;
}

namespace {

/// A closing of sockets without `for` is over at once: who comes afterwards is let in.
bool goes_on(const FaultLine& line) {
  if (line.kind == FaultKind::disconnect && !line.length) return false;
  return find_fault(to_text(line.kind))->may_last;
}

}  // namespace

void FaultPlan::add(const FaultScript& script, Timestamp base) {
  if (script.seed) random_ = Random::stream(*script.seed, kStream);
  for (const FaultLine& line : script.lines) {
    const Timestamp begin = base + line.at;
    entries_.push_back({begin, line.length ? begin + *line.length : kNever, line, Entry::State::waiting});
  }
  find_next();
}

void FaultPlan::find_next() {
  next_ = kNever;
  for (const Entry& entry : entries_) {
    if (entry.state == Entry::State::waiting) next_ = std::min(next_, entry.begin);
    if (entry.state == Entry::State::on) next_ = std::min(next_, entry.end);
  }
}

std::optional<FaultPlan::Edge> FaultPlan::take(Timestamp now) {
  const Timestamp next = next_time();
  if (next > now || next == kNever) return std::nullopt;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    const bool lasts = goes_on(entry.line);
    if (entry.state == Entry::State::waiting && entry.begin == next) {
      entry.state = lasts ? Entry::State::on : Entry::State::over;
      if (lasts) on_.push_back(i);
      if (lasts && touches_frames(entry.line.kind)) ++stream_faults_;
      find_next();
      return Edge{true, entry.line};
    }
    if (entry.state == Entry::State::on && entry.end == next) {
      entry.state = Entry::State::over;
      std::erase(on_, i);
      if (touches_frames(entry.line.kind)) --stream_faults_;
      find_next();
      return Edge{false, entry.line};
    }
  }
  return std::nullopt;
}

const FaultSettings* FaultPlan::active(FaultKind kind) const {
  for (auto it = on_.rbegin(); it != on_.rend(); ++it) {
    if (entries_[*it].line.kind == kind) return &entries_[*it].line.settings;
  }
  return nullptr;
}

}  // namespace ebb::exchange
