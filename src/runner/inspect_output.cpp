// The report of `inspect` as JSON members and as text.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <string_view>

#include "runner/inspect.hpp"

namespace ebb::runner {
namespace {

std::string iso(Timestamp at) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(at.ms() / 1000)),
                     at.ms() % 1000);
}

/// Texts in the report are ids, slugs and our own words; slugs come from files, so they are escaped.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string object(const std::map<std::string, std::uint64_t>& counts) {
  std::string out = "{";
  for (const auto& [name, count] : counts)
    out += fmt::format("{}{}:{}", out.size() > 1 ? "," : "", quoted(name), count);
  return out + "}";
}

std::string tokens_json(const std::vector<TokenInspection>& tokens) {
  std::string out = "[";
  for (const auto& t : tokens) {
    out += fmt::format(R"({}{{"token_id":{},"market":{},"slug":{},"books":{},"changes":{},"trades":{}}})",
                       out.size() > 1 ? "," : "", quoted(t.token_id), quoted(t.market), quoted(t.slug), t.books,
                       t.changes, t.trades);
  }
  return out + "]";
}

std::string share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

void counts(std::string& out, std::string_view title, const std::map<std::string, std::uint64_t>& items) {
  if (items.empty()) return;
  out += fmt::format("\n{}\n", title);
  for (const auto& [name, count] : items) {
    std::string words = name;
    for (char& c : words) c = c == '_' ? ' ' : c;
    out += fmt::format("  {:<38}{:>12}\n", words, count);
  }
}

}  // namespace

std::vector<std::pair<std::string, std::string>> json_members(const InspectReport& r) {
  std::map<std::string, std::uint64_t> by_type;
  for (int i = 0; i < model::kMarketEventKinds; ++i) {
    const std::uint64_t count = r.events_by_kind[static_cast<std::size_t>(i)];
    if (count > 0) by_type[std::string(to_text(static_cast<model::MarketEventKind>(i)))] = count;
  }
  const auto time = [](Timestamp at) { return at.is_set() ? quoted(iso(at)) : std::string("null"); };
  const HashReport& h = r.hash;
  return {
      {"frames", std::to_string(r.frames)},
      {"events", fmt::format(R"({{"total":{},"by_type":{}}})", r.events, object(by_type))},
      {"tokens", std::to_string(r.tokens.size())},
      {"markets", std::to_string(r.markets)},
      {"first", time(r.first)},
      {"last", time(r.last)},
      {"busiest_minute", std::to_string(r.busiest_minute)},
      {"levels", fmt::format(R"({{"median":{},"max":{}}})", r.levels_median, r.levels_max)},
      {"gaps", fmt::format(R"({{"over_5s":{},"while_busy":{},"longest_seconds":{:.3f}}})", r.gaps.over_5s,
                           r.gaps.while_busy, to_seconds(r.gaps.longest))},
      {"hash", fmt::format(R"({{"checked":{},"verified":{},"mismatched":{},"books_checked":{},"books_verified":{},)"
                           R"("group_checked":{},"group_verified":{},"groups_mismatched_by_class":{}}})",
                           h.checked, h.verified, h.mismatched, h.books_checked, h.books_verified, h.group_checked,
                           h.group_verified, object(h.groups_mismatched_by_class))},
      {"quirks", object(r.quirks)},
      {"decoder",
       fmt::format(
           R"({{"fast_path":{},"fallback":{},"non_json":{},"empty_arrays":{},"malformed":{},"unknown_types":{}}})",
           r.decoder.fast_path, r.decoder.fallback, r.decoder.non_json, r.decoder.empty_arrays, r.decoder.malformed,
           r.decoder.unknown_types)},
      {"lines", std::to_string(r.lines)},
      {"skipped", fmt::format(R"({{"total":{},"by_reason":{}}})", r.skipped, object(r.skipped_by_reason))},
      {"interrupted", r.interrupted ? "true" : "false"},
      {"tokens_detail", tokens_json(r.tokens)},
  };
}

std::string to_table(const InspectReport& r) {
  const HashReport& h = r.hash;
  const Duration span = r.last - r.first;
  std::string out;
  out += fmt::format("frames         {:>12}   of {} lines, {} skipped\n", r.frames, r.lines, r.skipped);
  out += fmt::format("events         {:>12}   {} tokens, {} markets\n", r.events, r.tokens.size(), r.markets);
  if (r.first.is_set()) {
    const double length = to_seconds(span);
    out += fmt::format("from           {}\nto             {}   {:.1f} min, {:.1f} frames/s, busiest minute {}\n",
                       iso(r.first), iso(r.last), length / 60.0,
                       length > 0 ? static_cast<double>(r.frames) / length : 0.0, r.busiest_minute);
    out += fmt::format("gaps over 5 s  {:>12}   {} while busy, longest {:.1f} s\n", r.gaps.over_5s, r.gaps.while_busy,
                       to_seconds(r.gaps.longest));
  }
  out += fmt::format("levels a book  {:>12}   median, at most {}\n", r.levels_median, r.levels_max);
  out += fmt::format("fast path      {:>12}   {} of the frames; {} by the fallback\n", r.decoder.fast_path,
                     share(r.decoder.fast_path, r.frames), r.decoder.fallback);
  out += fmt::format("malformed      {:>12}   {} unknown types, {} not JSON, {} empty arrays\n", r.decoder.malformed,
                     r.decoder.unknown_types, r.decoder.non_json, r.decoder.empty_arrays);
  out += "\nbook hashes                             checked    verified\n";
  out += fmt::format("  books with their preimage        {:>12}{:>12}   {}\n", h.books_checked, h.books_verified,
                     share(h.books_verified, h.books_checked));
  out += fmt::format("  single entries and books         {:>12}{:>12}   {}\n", h.checked, h.verified,
                     share(h.verified, h.checked));
  out += fmt::format("  groups (market, asset, ms)       {:>12}{:>12}   {}\n", h.group_checked, h.group_verified,
                     share(h.group_verified, h.group_checked));
  counts(out, "groups that do not verify", h.groups_mismatched_by_class);
  std::map<std::string, std::uint64_t> by_type;
  for (int i = 0; i < model::kMarketEventKinds; ++i) {
    const std::uint64_t count = r.events_by_kind[static_cast<std::size_t>(i)];
    if (count > 0) by_type[std::string(to_text(static_cast<model::MarketEventKind>(i)))] = count;
  }
  counts(out, "events", by_type);
  counts(out, "quirks", r.quirks);
  counts(out, "skipped lines", r.skipped_by_reason);
  for (const Error& error : r.errors) out += fmt::format("\n{}: {}\n{}\n", error.code, error.message, error.hint);
  if (r.interrupted) out += "\nstopped before the end\n";
  return out;
}

}  // namespace ebb::runner
