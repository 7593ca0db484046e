// Prints the configuration as commented TOML.
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "app/config.hpp"
#include "app/config_fields.hpp"
#include "app/json.hpp"
#include "app/values.hpp"
#include "base/decimal.hpp"

namespace ebb::app {

namespace {

constexpr std::size_t kCommentColumn = 52;

std::string scaled_text(std::int64_t raw, int decimals) {
  std::array<char, 32> buffer;
  return std::string(buffer.data(), write_scaled(buffer.data(), raw, decimals));
}

/// Basic TOML strings share JSON's escapes.
std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// A key as it stands in a section header: bare where TOML allows it.
std::string bare_or_quoted(std::string_view key) {
  constexpr std::string_view kBare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  return !key.empty() && key.find_first_not_of(kBare) == std::string_view::npos ? std::string(key) : quoted(key);
}

std::string life_text(Duration duration) {
  return quoted(duration.raw() == INT64_MAX ? "unlimited" : duration_text(duration));
}

class Printer {
 public:
  void section(std::string_view header, std::string_view comment = {}) {
    out_ += '\n';
    if (!comment.empty()) out_ += fmt::format("# {}\n", comment);
    out_ += fmt::format("[{}]\n", header);
  }
  void comment(std::string_view text) { out_ += fmt::format("# {}\n", text); }
  void group(std::string_view title) { out_ += fmt::format("# {}\n", title); }

  void field(std::string_view key, const std::string& value, std::string_view comment) {
    line(key, quoted(value), comment);
  }
  void field(std::string_view key, bool value, std::string_view comment) {
    line(key, value ? "true" : "false", comment);
  }
  void field(std::string_view key, const Url& url, std::string_view comment) { line(key, quoted(*url.value), comment); }
  template <class E, std::size_t N>
  void field(std::string_view key, const Choice<E, N>& choice, std::string_view comment) {
    std::string names;
    std::string_view current;
    for (const auto& [name, value] : *choice.names) {
      names += (names.empty() ? "" : " | ") + std::string(name);
      if (value == *choice.value) current = name;
    }
    line(key, quoted(current), fmt::format("{} ({})", comment, names));
  }
  template <class T, class Bounds>
  void field(std::string_view key, const T& value, const Bounds&, std::string_view comment) {
    line(key, number(value), comment);
  }

  void list(std::string_view key, std::string_view elements, std::string_view comment) {
    line(key, fmt::format("[{}]", elements), comment);
  }

  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  static std::string number(Price price) { return scaled_text(price.raw(), 4); }
  static std::string number(Shares shares) { return scaled_text(shares.raw(), 6); }
  static std::string number(Usdc usdc) { return scaled_text(usdc.raw(), 6); }
  static std::string number(Duration duration) { return life_text(duration); }
  static std::string number(const Percent& percent) { return scaled_text(percent.value->raw(), 4); }
  static std::string number(const Milliseconds& ms) { return fmt::format("{}", ms.value->raw() / 1'000'000); }
  template <class T>
  static std::string number(T value) {
    return fmt::format("{}", value);
  }

  void line(std::string_view key, std::string_view value, std::string_view comment) {
    const std::size_t start = out_.size();
    out_ += fmt::format("{} = {}", key, value);
    const std::size_t length = out_.size() - start;
    out_.append(length < kCommentColumn ? kCommentColumn - length : 1, ' ');
    out_ += fmt::format("# {}\n", comment);
  }

  std::string out_;
};

/// Prints only the fields whose bit is set.
class OverridePrinter {
 public:
  OverridePrinter(Printer& printer, const std::bitset<kMostParams>& set) : printer_(printer), set_(set) {}
  void group(std::string_view) {}
  template <class... Arguments>
  void field(std::string_view key, Arguments&&... arguments) {
    if (set_[index_++]) printer_.field(key, std::forward<Arguments>(arguments)...);
  }

 private:
  Printer& printer_;
  const std::bitset<kMostParams>& set_;
  std::size_t index_ = 0;
};

void print_tier(Printer& printer, strategy::TierRule& tier) {
  printer.section(fmt::format("tiers.{}", bare_or_quoted(tier.name)));
  printer.field("enabled", tier.enabled, "disabled tiers are used by --tier only");
  visit_fields(printer, tier.params);
  printer.section(fmt::format("tiers.{}.match", bare_or_quoted(tier.name)));
  visit_match(printer, tier);
}

void print_token(Printer& printer, TokenOverride& token) {
  printer.section(fmt::format("tokens.{}", quoted(token.token_id)));
  printer.field("trade", token.trade, "false: leave this token alone");
  printer.field("tier", token.tier, "this tier, whatever its match says; empty = the first that fits");
  OverridePrinter some(printer, token.set);
  visit_fields(some, token.values);
}

}  // namespace

std::string config_text(const Config& config) {
  Config copy = config;  // the visitors want something that they could change
  Printer printer;
  printer.comment("Configuration of ebb. Whatever is left out has the value that stands here by default.");
  printer.comment("Durations: \"250ms\", \"30s\", \"5m\", \"1h30m\". Prices, shares and dollars are decimal numbers.");
  printer.section("venue", "Where the venue is.");
  visit_fields(printer, copy.venue);
  printer.section("wallet");
  visit_fields(printer, copy.wallet);
  printer.section("risk", "What can be lost at most. Open orders count in full.");
  visit_fields(printer, copy.limits);
  printer.section("feed", "When market data is too old to act on.");
  visit_fields(printer, copy.feed);
  printer.section("execution");
  visit_fields(printer, copy.execution);
  printer.section("journal", "What every run leaves in the data directory, and a restart begins with.");
  visit_fields(printer, copy.journal);
  printer.section("input_log", "What `ebb replay` reads; in the data directory, under input/.");
  visit_fields(printer, copy.input_log);
  printer.section("tiers", "A token gets the parameters of the first enabled tier that fits its market.");
  std::string order;
  for (const strategy::TierRule& tier : copy.tiers) order += (order.empty() ? "" : ", ") + quoted(tier.name);
  printer.list("order", order, "tiers that are not named come after, in the order of the file");
  for (strategy::TierRule& tier : copy.tiers) print_tier(printer, tier);
  for (TokenOverride& token : copy.tokens) print_token(printer, token);
  std::string text = printer.take();
  if (copy.tokens.empty()) {
    text +=
        "\n# One token's own values, on top of its tier's:\n#   [tokens.\"713210...\"]\n#   tier = \"default\"\n"
        "#   order_size = 20\n";
  }
  return text;
}

}  // namespace ebb::app
