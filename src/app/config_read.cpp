// Reads the configuration from TOML. The only file that knows toml++.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>

#include "app/config.hpp"
#include "app/config_fields.hpp"
#include "app/values.hpp"
#include "base/decimal.hpp"

namespace ebb::app {

namespace {

/// Number of single-character edits between two words.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string_view type_name(toml::node_type type) {
  switch (type) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "true or false";
    default: return "a date or time";
  }
}

/// What all readers of one file share: its name and what is wrong with it.
struct Findings {
  std::string_view file;
  ConfigErrors errors;

  void add(const char* code, const toml::source_position& at, const std::string& message, std::string hint) {
    errors.push_back({code, fmt::format("{}:{}:{}: {}", file, at.line, at.column, message), std::move(hint)});
  }
};

/// A visitor that takes the fields of one table, remembers which keys there are, and reports the others.
class Reader {
 public:
  Reader(Findings& findings, const toml::table* table, std::string section)
      : findings_(findings), table_(table), section_(std::move(section)) {}

  void group(std::string_view) {}

  void field(std::string_view key, std::string& value, std::string_view) {
    if (const auto text = string_at(key, "a string")) value = *text;
  }
  void field(std::string_view key, bool& value, std::string_view) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    if (const auto flag = node->value_exact<bool>()) {
      value = *flag;
    } else {
      wrong_type(*node, key, "true or false");
    }
  }
  void field(std::string_view key, Url url, std::string_view) {
    const auto text = string_at(key, "an address in quotes");
    if (!text) return;
    const std::string plain = std::string(url.scheme) + "://";
    const std::string secure = std::string(url.scheme) + "s://";
    if (!(text->starts_with(plain) && text->size() > plain.size()) &&
        !(text->starts_with(secure) && text->size() > secure.size())) {
      bad_value(*find(key), key, fmt::format("\"{}\" is not an address", *text),
                fmt::format("write {}HOST or {}HOST", secure, plain));
      return;
    }
    *url.value = *text;
  }
  template <class E, std::size_t N>
  void field(std::string_view key, Choice<E, N> choice, std::string_view) {
    const auto text = string_at(key, "one of its names in quotes");
    if (!text) return;
    std::string names;
    for (const auto& [name, value] : *choice.names) {
      names += (names.empty() ? "" : ", ") + std::string(name);
      if (name != *text) continue;
      *choice.value = value;
      return;
    }
    bad_value(*find(key), key, fmt::format("\"{}\" is none of its values", *text), "one of: " + names);
  }
  void field(std::string_view key, Duration& value, Range<Duration> range, std::string_view) {
    const auto text = string_at(key, "a duration in quotes, such as \"30s\"");
    if (!text) return;
    if (*text == "unlimited" && range.most == Duration(INT64_MAX)) {
      value = range.most;
      return;
    }
    const auto duration = parse_duration(*text);
    if (!duration) return bad_value(*find(key), key, duration.error().message, duration.error().hint);
    store(key, value, *duration, range, duration_text(range.least), duration_text(range.most));
  }
  void field(std::string_view key, Milliseconds ms, Range<Duration> range, std::string_view) {
    std::int64_t number = ms.value->raw() / 1'000'000;
    integer(key, number, Range<std::int64_t>{range.least.raw() / 1'000'000, range.most.raw() / 1'000'000});
    if (find(key) != nullptr) *ms.value = milliseconds(number);
  }
  void field(std::string_view key, std::int32_t& value, Range<std::int32_t> range, std::string_view) {
    integer(key, value, range);
  }
  void field(std::string_view key, std::uint32_t& value, Range<std::uint32_t> range, std::string_view) {
    integer(key, value, range);
  }
  void field(std::string_view key, double& value, Range<double> range, std::string_view) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto number = node->value<double>();
    if (!node->is_number() || !number) return wrong_type(*node, key, "a number");
    if (!std::isfinite(*number)) return bad_value(*node, key, "not a finite number", "");
    store(key, value, *number, range, fmt::format("{}", range.least), fmt::format("{}", range.most));
  }
  void field(std::string_view key, Price& value, Range<Price> range, std::string_view) {
    decimal(key, value, range, 4);
  }
  void field(std::string_view key, Shares& value, Range<Shares> range, std::string_view) {
    decimal(key, value, range, 6);
  }
  void field(std::string_view key, Usdc& value, Range<Usdc> range, std::string_view) { decimal(key, value, range, 6); }
  void field(std::string_view key, Percent percent, Range<strategy::Ratio> range, std::string_view) {
    decimal(key, *percent.value, range, 4);
  }

  /// The sub-table of that name; nullptr when absent (or not a table, which is reported).
  const toml::table* table(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return nullptr;
    if (!node->is_table()) wrong_type(*node, key, "a section");
    return node->as_table();
  }

  /// Reports the keys that nobody asked for.
  void finish() {
    if (table_ == nullptr) return;
    for (const auto& [key, node] : *table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      findings_.add("config.unknown_key", key.source().begin,
                    fmt::format("unknown key `{}`{}", key.str(), in_section()), nearest(key.str()));
    }
  }

  [[nodiscard]] const toml::node* find(std::string_view key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
    return table_ == nullptr ? nullptr : table_->get(key);
  }

  void bad_value(const toml::node& node, std::string_view key, const std::string& what, std::string hint) {
    findings_.add("config.value", node.source().begin, fmt::format("`{}`{}: {}", key, in_section(), what),
                  std::move(hint));
  }
  void wrong_type(const toml::node& node, std::string_view key, std::string_view wanted) {
    findings_.add("config.type", node.source().begin,
                  fmt::format("`{}`{} must be {}, not {}", key, in_section(), wanted, type_name(node.type())), "");
  }

 private:
  [[nodiscard]] std::string in_section() const { return section_.empty() ? "" : fmt::format(" in [{}]", section_); }

  [[nodiscard]] std::string nearest(std::string_view key) const {
    const std::string* best = nullptr;
    std::size_t best_distance = key.size() / 2 + 1;
    for (const std::string& name : known_) {
      const std::size_t distance = edit_distance(key, name);
      if (distance < best_distance) {
        best = &name;
        best_distance = distance;
      }
    }
    return best == nullptr ? "`ebb config default` prints every key" : fmt::format("did you mean `{}`?", *best);
  }

  std::optional<std::string> string_at(std::string_view key, std::string_view wanted) {
    const toml::node* node = find(key);
    if (node == nullptr) return std::nullopt;
    auto text = node->value_exact<std::string>();
    if (!text) wrong_type(*node, key, wanted);
    return text;
  }

  template <class T>
  void integer(std::string_view key, T& value, Range<T> range) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    const auto number = node->value_exact<std::int64_t>();
    if (!number) return wrong_type(*node, key, "an integer");
    if (*number < static_cast<std::int64_t>(range.least) || *number > static_cast<std::int64_t>(range.most)) {
      return bad_value(*node, key, fmt::format("{} is out of range", *number),
                       fmt::format("between {} and {}", range.least, range.most));
    }
    value = static_cast<T>(*number);
  }

  /// A decimal number, as a number or in quotes. A TOML float is taken by its shortest text, which for what a person
  /// writes is what was written: no arithmetic in binary fractions.
  template <class Amount>
  void decimal(std::string_view key, Amount& value, Range<Amount> range, int decimals) {
    const toml::node* node = find(key);
    if (node == nullptr) return;
    std::string text;
    if (const auto quoted = node->value_exact<std::string>()) {
      text = *quoted;
    } else if (const auto whole = node->value_exact<std::int64_t>()) {
      text = std::to_string(*whole);
    } else if (const auto fraction = node->value_exact<double>()) {
      text = fmt::format("{}", *fraction);
    } else {
      return wrong_type(*node, key, "a decimal number");
    }
    const auto raw = parse_scaled(text, decimals);
    if (!raw || *raw < static_cast<std::int64_t>(range.least.raw()) ||
        *raw > static_cast<std::int64_t>(range.most.raw())) {
      bad_value(*node, key, fmt::format("{} is out of range or has too many decimals", text),
                fmt::format("between {} and {}, at most {} decimals", plain(range.least.raw(), decimals),
                            plain(range.most.raw(), decimals), decimals));
      return;
    }
    value = Amount(static_cast<decltype(value.raw())>(*raw));
  }

  static std::string plain(std::int64_t raw, int decimals) {
    std::array<char, 32> buffer;
    return std::string(buffer.data(), write_scaled(buffer.data(), raw, decimals));
  }

  template <class T>
  void store(std::string_view key, T& value, T read, Range<T> range, const std::string& least,
             const std::string& most) {
    if (read < range.least || range.most < read) {
      bad_value(*find(key), key, "out of range", fmt::format("between {} and {}", least, most));
    } else {
      value = read;
    }
  }

  Findings& findings_;
  const toml::table* table_;
  std::string section_;
  std::vector<std::string> known_;
};

/// Notes which parameters a table names, by their order in config_fields.hpp.
class Presence {
 public:
  Presence(const toml::table& table, std::bitset<kMostParams>& set) : table_(table), set_(set) {}
  void group(std::string_view) {}
  template <class... Arguments>
  void field(std::string_view key, Arguments&&...) {
    set_[index_++] = table_.contains(key);
  }

 private:
  const toml::table& table_;
  std::bitset<kMostParams>& set_;
  std::size_t index_ = 0;
};

template <class Section>
void read_section(Findings& findings, Reader& top, const char* name, Section& section) {
  Reader reader(findings, top.table(name), name);
  visit_fields(reader, section);
  reader.finish();
}

strategy::TierRule* find_tier(std::vector<strategy::TierRule>& tiers, std::string_view name) {
  const auto found = std::find_if(tiers.begin(), tiers.end(), [&](const auto& tier) { return tier.name == name; });
  return found == tiers.end() ? nullptr : &*found;
}

std::string tier_names(const std::vector<strategy::TierRule>& tiers) {
  std::string names;
  for (const strategy::TierRule& tier : tiers) names += (names.empty() ? "" : ", ") + tier.name;
  return names;
}

/// Keys of a table in the order in which the file has them (toml++ sorts them by name).
std::vector<std::string> keys_in_file_order(const toml::table& table) {
  std::vector<std::pair<toml::source_position, std::string>> keys;
  for (const auto& [key, node] : table) keys.emplace_back(key.source().begin, std::string(key.str()));
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
  });
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (auto& [position, name] : keys) names.push_back(std::move(name));
  return names;
}

void check_consistency(Reader& reader, const toml::table& table, const strategy::Params& params) {
  if (params.min_buy_price > params.max_buy_price) {
    const char* key = table.contains("min_buy_price") ? "min_buy_price" : "max_buy_price";
    if (table.contains(key)) reader.bad_value(*table.get(key), key, "min_buy_price is above max_buy_price", "");
  }
}

void read_tier(Findings& findings, const std::string& name, const toml::table& table, Config& config) {
  strategy::TierRule* existing = find_tier(config.tiers, name);
  strategy::TierRule tier;
  Reader reader(findings, &table, "tiers." + name);
  std::string base;
  reader.field("base", base, "");
  if (existing != nullptr) {
    tier = *existing;
    if (!base.empty())
      reader.bad_value(*table.get("base"), "base", "a built-in tier has no base", "give the tier a name of its own");
  } else if (const strategy::TierRule* model = find_tier(config.tiers, base.empty() ? "default" : base)) {
    tier.params = model->params;
  } else {
    reader.bad_value(*table.get("base"), "base", fmt::format("there is no tier \"{}\"", base),
                     "there are: " + tier_names(config.tiers));
  }
  tier.name = name;
  reader.field("enabled", tier.enabled, "");
  visit_fields(reader, tier.params);
  check_consistency(reader, table, tier.params);
  Reader match(findings, reader.table("match"), "tiers." + name + ".match");
  visit_match(match, tier);
  match.finish();
  reader.finish();
  if (existing != nullptr) {
    *existing = std::move(tier);
  } else {
    config.tiers.push_back(std::move(tier));
  }
}

/// `order = ["a", "b"]`: those first, the others after them as they are.
void read_tier_order(Findings& findings, Reader& reader, Config& config) {
  const toml::node* node = reader.find("order");
  if (node == nullptr) return;
  const toml::array* names = node->as_array();
  if (names == nullptr) return reader.wrong_type(*node, "order", "an array of tier names");
  std::vector<strategy::TierRule> ordered;
  for (const toml::node& element : *names) {
    const auto name = element.value_exact<std::string>();
    if (!name) {
      reader.wrong_type(element, "order", "an array of tier names");
      continue;
    }
    strategy::TierRule* tier = find_tier(config.tiers, *name);
    if (tier == nullptr || find_tier(ordered, *name) != nullptr) {
      findings.add(
          "config.tier", element.source().begin,
          fmt::format("`order` in [tiers]: {} tier \"{}\"", tier == nullptr ? "there is no" : "twice the", *name),
          "there are: " + tier_names(config.tiers));
      continue;
    }
    ordered.push_back(*tier);
  }
  for (const strategy::TierRule& tier : config.tiers) {
    if (find_tier(ordered, tier.name) == nullptr) ordered.push_back(tier);
  }
  config.tiers = std::move(ordered);
}

/// Tiers of the file's own come before the built-in ones, so that they can win; `order` decides otherwise.
void read_tiers(Findings& findings, Reader& top, Config& config) {
  const toml::table* tiers = top.table("tiers");
  if (tiers == nullptr) return;
  Reader reader(findings, tiers, "tiers");
  const std::size_t built_in = config.tiers.size();
  for (const std::string& name : keys_in_file_order(*tiers)) {
    if (name == "order") continue;
    if (const toml::table* table = reader.table(name)) read_tier(findings, name, *table, config);
  }
  std::rotate(config.tiers.begin(), config.tiers.begin() + static_cast<std::ptrdiff_t>(built_in), config.tiers.end());
  read_tier_order(findings, reader, config);
}

void read_tokens(Findings& findings, Reader& top, Config& config) {
  const toml::table* tokens = top.table("tokens");
  if (tokens == nullptr) return;
  Reader sections(findings, tokens, "tokens");
  for (const std::string& id : keys_in_file_order(*tokens)) {
    const toml::table* table = sections.table(id);
    if (table == nullptr) continue;
    TokenOverride token;
    token.token_id = id;
    Reader reader(findings, table, fmt::format("tokens.\"{}\"", id));
    if (id.empty() || id.find_first_not_of("0123456789") != std::string::npos) {
      findings.add("config.value", table->source().begin, fmt::format("\"{}\" is not a token id", id),
                   "a token id has digits only");
    }
    reader.field("trade", token.trade, "");
    reader.field("tier", token.tier, "");
    if (!token.tier.empty() && find_tier(config.tiers, token.tier) == nullptr) {
      findings.add("config.tier", table->get("tier")->source().begin,
                   fmt::format("there is no tier \"{}\"", token.tier), "there are: " + tier_names(config.tiers));
    }
    visit_fields(reader, token.values);
    Presence presence(*table, token.set);
    visit_fields(presence, token.values);
    reader.finish();
    config.tokens.push_back(std::move(token));
  }
}

void check_whole(Findings& findings, const toml::table& root, const Config& config) {
  if (config.feed.freshness.soft_stale_after > config.feed.freshness.link_stale) {
    const auto node = root["feed"].node();
    findings.add("config.value", node == nullptr ? toml::source_position{1, 1} : node->source().begin,
                 "`soft_stale_after_ms` in [feed] is above `link_stale_ms`", "");
  }
}

}  // namespace

std::expected<Config, ConfigErrors> parse_config(std::string_view text, std::string_view name) {
  Findings findings{name, {}};
  toml::table root;
  try {
    root = toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    findings.add("config.syntax", error.source().begin, std::string(error.description()), "this is not valid TOML");
    return std::unexpected(std::move(findings.errors));
  }
  Config config;
  Reader top(findings, &root, "");
  read_section(findings, top, "venue", config.venue);
  read_section(findings, top, "wallet", config.wallet);
  read_section(findings, top, "risk", config.limits);
  read_section(findings, top, "feed", config.feed);
  read_section(findings, top, "execution", config.execution);
  read_section(findings, top, "journal", config.journal);
  read_section(findings, top, "input_log", config.input_log);
  read_tiers(findings, top, config);
  read_tokens(findings, top, config);
  top.finish();
  check_whole(findings, root, config);
  if (!findings.errors.empty()) return std::unexpected(std::move(findings.errors));
  return config;
}

}  // namespace ebb::app
