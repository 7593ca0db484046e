// For tests only: the text of scenario files (tests/scenarios/README.md) as lines, words and values.
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "strategy/params.hpp"

namespace ebb::engine::testing {

/// A line of a scenario that does not say what can be understood.
struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ScenarioLine {
  std::string file;
  int number = 0;
  std::string text;
  std::vector<std::string> words;
};

struct Scenario {
  std::string name;      ///< first word after `scenario`: letters, digits, '_', '.', '-'
  std::string title;
  ScenarioLine at;
  std::vector<ScenarioLine> lines;
};

/// How GoogleTest names a scenario.
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name << ": " << scenario.title; }

/// Words at blanks; "..." is one word without its quotes; from '#' on it is a comment (but `#1` names an order).
[[nodiscard]] inline std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  std::size_t i = 0;
  while (i < text.size()) {
    if (std::isspace(static_cast<unsigned char>(text[i])) != 0) {
      ++i;
      continue;
    }
    if (text[i] == '#' && (i + 1 == text.size() || std::isdigit(static_cast<unsigned char>(text[i + 1])) == 0)) break;
    const bool string = text[i] == '"';
    const std::size_t start = string ? i + 1 : i;
    std::size_t end = string ? text.find('"', start) : text.find_first_of(" \t\r", start);
    if (string && end == std::string_view::npos) throw ScenarioError("a \" without its end");
    end = std::min(end, text.size());
    words.emplace_back(text.substr(start, end - start));
    i = string ? end + 1 : end;
  }
  return words;
}

/// The scenarios of one file, in order.
[[nodiscard]] inline std::vector<Scenario> read_scenarios(const std::filesystem::path& path) {
  std::vector<Scenario> scenarios;
  std::ifstream file(path);
  std::string text;
  for (int number = 1; std::getline(file, text); ++number) {
    ScenarioLine line{path.string(), number, text, split_words(text)};
    if (line.words.empty()) continue;
    if (line.words[0] == "scenario") {
      if (line.words.size() < 2) throw ScenarioError(path.string() + ": a scenario without a name");
      std::string title;
      for (std::size_t i = 2; i < line.words.size(); ++i) title += (i > 2 ? " " : "") + line.words[i];
      const std::string name = line.words[1];
      scenarios.push_back({name, title, line, {}});
    } else if (scenarios.empty()) {
      throw ScenarioError(path.string() + ":" + std::to_string(number) + ": before the first `scenario`");
    } else {
      scenarios.back().lines.push_back(std::move(line));
    }
  }
  return scenarios;
}

[[nodiscard]] inline Price price_value(const std::string& text) {
  const auto price = parse_price(text);
  if (!price) throw ScenarioError("'" + text + "' is no price on the 0.0001 grid");
  return *price;
}
[[nodiscard]] inline Shares shares_value(const std::string& text) {
  const auto shares = parse_shares(text);
  if (!shares) throw ScenarioError("'" + text + "' is no size");
  return *shares;
}
[[nodiscard]] inline Usdc dollars_value(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  const auto usdc = parse_usdc(negative ? text.substr(1) : text);
  if (!usdc) throw ScenarioError("'" + text + "' is no amount of dollars");
  return negative ? -*usdc : *usdc;
}
[[nodiscard]] inline std::int64_t integer_value(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  const auto value = parse_scaled(negative ? text.substr(1) : text, 0);
  if (!value) throw ScenarioError("'" + text + "' is no whole number");
  return negative ? -*value : *value;
}
/// "5%" or "0.05", in millionths.
[[nodiscard]] inline strategy::Ratio ratio_value(const std::string& text) {
  const bool percent = text.ends_with('%');
  const auto value = parse_scaled(percent ? text.substr(0, text.size() - 1) : text, percent ? 4 : 6);
  if (!value) throw ScenarioError("'" + text + "' is no ratio: 5% or 0.05");
  return strategy::Ratio(*value);
}
/// "10m", "4h", "1.5s", "250ms", or plain seconds.
[[nodiscard]] inline Duration duration_value(const std::string& text) {
  std::size_t end = text.size();
  while (end > 0 && std::isalpha(static_cast<unsigned char>(text[end - 1])) != 0) --end;
  const std::string unit = text.substr(end);
  const auto value = parse_scaled(text.substr(0, end), 9);
  static const std::map<std::string, std::int64_t> kMillis = {
      {"ms", 1}, {"s", 1000}, {"", 1000}, {"m", 60'000}, {"h", 3'600'000}};
  const auto it = kMillis.find(unit);
  if (!value || it == kMillis.end()) throw ScenarioError("'" + text + "' is no time: 1.5, 250ms, 10m, 4h");
  return Duration(static_cast<std::int64_t>(static_cast<__int128>(*value) * it->second / 1000));
}
[[nodiscard]] inline bool switch_value(const std::string& text) {
  if (text == "on" || text == "yes") return true;
  if (text == "off" || text == "no") return false;
  throw ScenarioError("'" + text + "' is neither on nor off");
}

/// key=value
[[nodiscard]] inline std::pair<std::string, std::string> key_value(const std::string& word) {
  const std::size_t at = word.find('=');
  if (at == std::string::npos) throw ScenarioError("'" + word + "' is not key=value");
  return {word.substr(0, at), word.substr(at + 1)};
}

/// What `params` may set.
[[nodiscard]] inline const std::map<std::string, std::function<void(strategy::Params&, const std::string&)>>&
param_keys() {
  using P = strategy::Params;
  using S = const std::string&;
  static const std::map<std::string, std::function<void(P&, S)>> kKeys = {
      {"window", [](P& p, S v) { p.window = duration_value(v); }},
      {"drop", [](P& p, S v) { p.drop = ratio_value(v); }},
      {"min_drop_ticks", [](P& p, S v) { p.min_drop_ticks = static_cast<std::int32_t>(integer_value(v)); }},
      {"threshold", [](P& p, S v) { p.buy_price_threshold = price_value(v); }},
      {"min_buy_price", [](P& p, S v) { p.min_buy_price = price_value(v); }},
      {"cap", [](P& p, S v) { p.max_buy_price = price_value(v); }},
      {"min_price", [](P& p, S v) { p.min_price = price_value(v); }},
      {"max_price", [](P& p, S v) { p.max_price = price_value(v); }},
      {"incremental_drop", [](P& p, S v) { p.incremental_drop = switch_value(v); }},
      {"drop_step", [](P& p, S v) { p.drop_step = ratio_value(v); }},
      {"drop_cap", [](P& p, S v) { p.drop_cap = ratio_value(v); }},
      {"profit", [](P& p, S v) { p.profit = ratio_value(v); }},
      {"min_profit", [](P& p, S v) { p.min_profit = price_value(v); }},
      {"min_profit_ticks", [](P& p, S v) { p.min_profit_ticks = static_cast<std::int32_t>(integer_value(v)); }},
      {"order_size", [](P& p, S v) { p.order_size = shares_value(v); }},
      {"min_factor", [](P& p, S v) { p.order_size_min_factor = static_cast<std::int32_t>(integer_value(v)); }},
      {"buy_ttl", [](P& p, S v) { p.buy_ttl = duration_value(v); }},
      {"max_chase_ticks", [](P& p, S v) { p.max_chase_ticks = static_cast<std::int32_t>(integer_value(v)); }},
      {"signal_grace", [](P& p, S v) { p.signal_grace = duration_value(v); }},
      {"pull", [](P& p, S v) { p.buy_pull = switch_value(v); }},
      {"pull_cooldown", [](P& p, S v) { p.pull_cooldown = duration_value(v); }},
      {"limit_spread", [](P& p, S v) { p.limit_spread = switch_value(v); }},
      {"max_spread_ticks", [](P& p, S v) { p.max_spread_ticks = static_cast<std::int32_t>(integer_value(v)); }},
      {"max_spread", [](P& p, S v) { p.max_spread = ratio_value(v); }},
      {"no_bid_timeout", [](P& p, S v) { p.no_bid_timeout = duration_value(v); }},
      {"requote_min_ticks", [](P& p, S v) { p.requote_min_ticks = static_cast<std::int32_t>(integer_value(v)); }},
      {"buy_requote", [](P& p, S v) { p.buy_requote_interval = duration_value(v); }},
      {"sell_requote", [](P& p, S v) { p.sell_requote_interval = duration_value(v); }},
      {"conservative",
       [](P& p, S v) {
         p.sell_mode = switch_value(v) ? strategy::SellMode::conservative : strategy::SellMode::aggressive;
       }},
      {"unknown_cost_floor", [](P& p, S v) { p.unknown_cost_floor = price_value(v); }},
      {"step", [](P& p, S v) { p.aggressive_step = price_value(v); }},
      {"step_timeout", [](P& p, S v) { p.aggressive_timeout = duration_value(v); }},
      {"idle_timeout", [](P& p, S v) { p.sell_idle_timeout = duration_value(v); }},
      {"idle_by_entry", [](P& p, S v) { p.idle_by_entry = switch_value(v); }},
      {"countdown", [](P& p, S v) { p.countdown = duration_value(v); }},
      {"min_life", [](P& p, S v) { p.min_life = duration_value(v); }},
      {"cap_window_to_life", [](P& p, S v) { p.cap_window_to_life = switch_value(v); }},
      {"exit_at_end",
       [](P& p, S v) {
         p.market_end_action = switch_value(v) ? strategy::MarketEndAction::exit : strategy::MarketEndAction::hold;
       }},
  };
  return kKeys;
}

/// The tier of `rules.md` 11: the predecessor's rules with the thresholds of scenario group A, no tick floors, no pull, no
/// TTL, no chase limit below the cap.
[[nodiscard]] inline strategy::Params scenario_params() {
  strategy::Params p = strategy::predecessor_params();
  p.window = minutes(10);
  p.drop = strategy::Ratio(50'000);
  p.profit = strategy::Ratio(50'000);
  p.profit_floor_coarse = p.profit_floor_fine = strategy::Ratio(0);
  p.incremental_drop = false;
  p.idle_by_entry = false;
  return p;
}

}  // namespace ebb::engine::testing
