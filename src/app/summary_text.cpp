#include "app/summary_text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <utility>
#include <vector>

#include "app/summary_json.hpp"
#include "app/time_text.hpp"
#include "base/decimal.hpp"

namespace ebb::app {

namespace {

using engine::TokenReport;
using runner::RunSummary;

constexpr std::size_t kColumns = 116;

/// Collects the lines and knows about colours.
class Page {
 public:
  explicit Page(Colour colour) : colour_(colour == Colour::on) {}

  void line(std::string_view text = {}) {
    out_ += text;
    out_ += '\n';
  }
  void title(std::string_view text) {
    out_ += '\n';
    line(bold(text));
  }
  /// Text of any length after a label, broken between words.
  void wrapped(std::string_view label, std::string_view text);

  [[nodiscard]] std::string bold(std::string_view text) const { return paint("1", text); }
  [[nodiscard]] std::string faint(std::string_view text) const { return paint("2", text); }
  [[nodiscard]] std::string alarm(std::string_view text) const { return paint("1;31", text); }
  /// Green when it is a gain, red when it is a loss.
  [[nodiscard]] std::string by_sign(std::int64_t value, std::string_view text) const {
    return value == 0 ? std::string(text) : paint(value > 0 ? "32" : "31", text);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  [[nodiscard]] std::string paint(std::string_view code, std::string_view text) const {
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }

  std::string out_;
  bool colour_;
};

constexpr std::size_t kLabel = 14;

void Page::wrapped(std::string_view label, std::string_view text) {
  std::string row = fmt::format("{:<{}}", label, kLabel);
  std::size_t used = row.size();
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (used + word.size() + 1 > kColumns && used > kLabel) {
      line(row);
      row.assign(kLabel, ' ');
      used = kLabel;
    }
    if (used > kLabel) row += ' ';
    row += word;
    used += word.size() + (used > kLabel ? 1 : 0);
  }
  line(row);
}

/// "REQUOTE 12, SIGNAL_GONE 3", most frequent first.
template <class Counts, class NameOf>
std::string by_count(const Counts& counts, NameOf name_of) {
  std::vector<std::pair<std::uint64_t, std::string_view>> some;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) some.emplace_back(counts[i], name_of(i));
  }
  std::stable_sort(some.begin(), some.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [count, name] : some) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, grouped(count));
  return text;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.0f}%", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

std::string age_text(double ms) {
  return ms < 1000.0      ? fmt::format("{:.0f}ms", ms)
         : ms < 100'000.0 ? fmt::format("{:.1f}s", ms / 1000.0)
                          : fmt::format("{:.0f}min", ms / 60'000.0);
}

/// A count that fits six columns: "123456", "1.2M".
std::string short_count(std::uint64_t n) {
  if (n < 100'000) return fmt::format("{}", n);
  if (n < 1'000'000) return fmt::format("{}k", n / 1000);
  return fmt::format("{:.1f}M", static_cast<double>(n) / 1e6);
}

void write_heading(Page& page, const RunSummary& summary) {
  std::string head = fmt::format("ebb {}", summary.command);
  if (summary.seed) head += fmt::format(", seed {}", *summary.seed);
  if (!summary.agents.empty() && summary.agents != "default") head += fmt::format(", agents {}", summary.agents);
  std::string rest =
      fmt::format(": {} of market time in {:.1f} s", span_text(summary.market_time), summary.wall_seconds);
  if (summary.pre_roll.raw() > 0) rest += fmt::format(", after a pre-roll of {}", span_text(summary.pre_roll));
  if (summary.interrupted) rest += ", stopped early";
  page.line();
  page.line(page.bold(head) + rest);
  page.line();
}

void write_money(Page& page, const RunSummary& summary) {
  const engine::Money& money = summary.money;
  page.line(fmt::format("{}{}   realised {}   fees {}   unrealised {}",
                        page.bold(fmt::format("{:<{}}", "Total PnL", kLabel)),
                        page.bold(page.by_sign(money.total.raw(), signed_money(money.total))),
                        page.by_sign(money.realized.raw(), signed_money(money.realized)), plain_money(money.fees),
                        page.by_sign(money.unrealized.raw(), signed_money(money.unrealized))));
  page.line(fmt::format("{:<{}}cash {}, reserved {}; positions worth {} at the bids", "Account", kLabel,
                        plain_money(summary.account_cash), plain_money(summary.account_reserved),
                        plain_money(money.marked)));
}

void write_daily_loss(Page& page, const RunSummary& summary) {
  if (summary.daily_loss_limit.raw() <= 0 || summary.worst_daily_loss < summary.daily_loss_limit) return;
  page.line(
      fmt::format("{:<{}}{}; {}", "Daily loss", kLabel,
                  page.alarm(fmt::format("{} on the worst day, the limit is {}", plain_money(summary.worst_daily_loss),
                                         plain_money(summary.daily_loss_limit))),
                  summary.stops_on_daily_loss ? "no BUY left after that" : "reported only: --limits stops there"));
}

void write_feed_ended(Page& page, const RunSummary& summary) {
  if (summary.feed_ended.empty()) return;
  Usdc cost;
  Usdc marked;
  for (const runner::FeedEndedSummary& ended : summary.feed_ended) {
    cost += ended.cost;
    marked += ended.marked;
  }
  page.line(
      fmt::format("{:<{}}{} open positions of markets whose feed ended unresolved: cost {}, last bid {}, {} unrealised",
                  "Feed ended", kLabel, summary.feed_ended.size(), plain_money(cost), plain_money(marked),
                  page.by_sign((marked - cost).raw(), signed_money(marked - cost))));
}

/// A backtest whose markets all live too short for their tier would end in a silent zero.
std::string life_hint(const RunSummary& summary) {
  const engine::EngineStats& stats = summary.stats;
  const bool too_short = stats.signals_refused[static_cast<std::size_t>(engine::SignalRefusal::market_life)] > 0;
  if (!summary.paper || stats.orders_placed > 0 || !too_short) return {};
  return "nothing was traded: these markets live shorter than their tier allows (min_life); --tier fast trades them";
}

void write_activity(Page& page, const RunSummary& summary) {
  const engine::EngineStats& stats = summary.stats;
  page.line(fmt::format("{:<{}}{} round trips, {} fills", "Trades", kLabel, grouped(summary.round_trips),
                        grouped(summary.fills)));
  page.line(fmt::format("{:<{}}{} placed: {} live, {} filled, {} filled in part, {} canceled, {} rejected", "Orders",
                        kLabel, grouped(stats.orders_placed), grouped(stats.orders_live), grouped(stats.orders_filled),
                        grouped(stats.orders_partially_filled), grouped(stats.orders_canceled),
                        grouped(stats.orders_rejected)));
  const std::string canceled =
      by_count(stats.canceled_by, [](std::size_t i) { return model::to_text(static_cast<model::CancelReason>(i)); });
  if (!canceled.empty()) page.wrapped("  canceled", canceled);
  const std::string rejected =
      by_count(stats.rejected_by, [](std::size_t i) { return model::to_text(static_cast<model::RejectKind>(i)); });
  if (!rejected.empty()) page.wrapped("  rejected", rejected);
  page.line(fmt::format("{:<{}}{} seen, {} acted on", "Signals", kLabel, grouped(stats.signals_total),
                        grouped(stats.signals_acted)));
  const std::string refused =
      by_count(stats.signals_refused, [](std::size_t i) { return engine::refusal_name(static_cast<int>(i)); });
  if (!refused.empty()) page.wrapped("  refused", refused);
  if (const std::string hint = life_hint(summary); !hint.empty()) page.wrapped("", hint);
  if (stats.exits_started > 0 || stats.markets_resolved > 0) {
    page.line(fmt::format("{:<{}}{} started, {} flat, {} manual; {} markets resolved", "Exits", kLabel,
                          stats.exits_started, stats.exits_flat, stats.exits_manual, stats.markets_resolved));
  }
}

void write_models(Page& page, const RunSummary& summary) {
  if (!summary.paper) return;
  const exchange::PaperReport& paper = *summary.paper;
  page.title("Fills by model");
  page.line(fmt::format("{:<{}}{:>14} {:>14}", "", kLabel, "strict", "optimistic"));
  page.line(
      fmt::format("{:<{}}{:>14} {:>14}", "  fills", kLabel, grouped(paper.fills), grouped(paper.optimistic_fills)));
  page.line(
      fmt::format("{:<{}}{:>14} {:>14}", "  shares", kLabel, to_text(paper.shares), to_text(paper.optimistic_shares)));
  std::string rules;
  for (std::size_t i = 0; i < paper.by_rule.size(); ++i) {
    const auto rule = static_cast<exchange::FillRule>(i);
    const exchange::RuleCount& count = paper.by_rule[i];
    if (rule == exchange::FillRule::fall) continue;
    rules += fmt::format("{}{} {} ({})", rules.empty() ? "" : ", ", exchange::to_text(rule), grouped(count.fills),
                         percent(count.fills, paper.fills));
  }
  page.wrapped("  by rule", rules + "; strict is the headline, optimistic counts falls at the touch as trades");
  page.line(
      fmt::format("{:<{}}{} shares ahead of us at placement (median)", "  queue", kLabel, to_text(paper.median_queue)));
}

std::uint64_t events_of(const TokenReport& token) {
  std::uint64_t sum = 0;
  for (const std::uint32_t count : token.stats.events) sum += count;
  return sum;
}

Usdc total_of(const TokenReport& token) { return token.realized + token.unrealized - token.fees; }

/// A row's figures; those of several tokens add up.
struct Figures {
  std::uint64_t live = 0, live_filled = 0, live_canceled = 0, evaluations = 0, points = 0;
  std::uint64_t books = 0, changes = 0, prints = 0, others = 0;
  Duration time_to_fill;
  engine::AgeBuckets ages;
  Usdc pnl;

  void add(const TokenReport& token) {
    const engine::TokenStats& stats = token.stats;
    const auto of = [&](model::MarketEventKind kind) -> std::uint64_t {
      return stats.events[static_cast<std::size_t>(kind)];
    };
    live += stats.orders_live;
    live_filled += stats.live_filled;
    live_canceled += stats.live_canceled;
    evaluations += stats.evaluations_on_event + stats.evaluations_on_timer;
    points += stats.window_points;
    books += of(model::MarketEventKind::book);
    changes += of(model::MarketEventKind::price_change);
    prints += of(model::MarketEventKind::last_trade_price);
    others = others + events_of(token) - of(model::MarketEventKind::book) - of(model::MarketEventKind::price_change) -
             of(model::MarketEventKind::last_trade_price);
    time_to_fill += stats.time_to_fill;
    ages.merge(stats.ages);
    pnl += total_of(token);
  }
};

std::string token_row(const Page& page, std::string_view id, std::string_view name, std::string_view phase,
                      const Figures& f, double minutes) {
  const std::string fill =
      f.live_filled == 0 ? "-" : span_text(f.time_to_fill / static_cast<std::int64_t>(f.live_filled));
  const std::string age = fmt::format("{}/{}", age_text(f.ages.quantile_ms(0.5)), age_text(f.ages.quantile_ms(0.95)));
  const std::string events = fmt::format("{}/{}/{}/{}", short_count(f.books), short_count(f.changes),
                                         short_count(f.prints), short_count(f.others));
  const double per_minute = minutes > 0.0 ? static_cast<double>(f.evaluations) / minutes : 0.0;
  return fmt::format("{} {} {:<8}{:>5} {:>5} {:>8} {:>13} {:>6.0f} {:>6} {:>18} {}", fitted(id, 10), fitted(name, 22),
                     phase, percent(f.live_filled, f.live), percent(f.live_canceled, f.live), fill, age, per_minute,
                     short_count(f.points), events,
                     page.by_sign(f.pnl.raw(), fmt::format("{:>9}", signed_money(f.pnl))));
}

std::string name_of(const TokenReport& token) {
  const std::string& what = token.question.empty() ? token.slug : token.question;
  if (token.outcome.empty()) return what;
  return fitted(what, 21 - std::min<std::size_t>(token.outcome.size(), 10)) + " " + token.outcome.substr(0, 10);
}

void write_tokens(Page& page, const RunSummary& summary) {
  if (summary.tokens.empty()) return;
  std::vector<const TokenReport*> order;
  for (const TokenReport& token : summary.tokens) order.push_back(&token);
  std::stable_sort(order.begin(), order.end(), [](const TokenReport* a, const TokenReport* b) {
    return std::pair(a->stats.orders_placed, events_of(*a)) > std::pair(b->stats.orders_placed, events_of(*b));
  });
  const std::size_t shown = std::min(order.size(), kTokenRows);
  page.title(order.size() > shown ? fmt::format("Tokens: the {} busiest of {}", shown, order.size())
                                  : fmt::format("Tokens: {}", order.size()));
  page.line(page.faint(fmt::format("{:<10} {:<22} {:<8}{:>5} {:>5} {:>8} {:>13} {:>6} {:>6} {:>18} {:>9}", "token",
                                   "market", "phase", "fill%", "canc%", "to fill", "age p50/p95", "ev/min", "points",
                                   "book/chg/prt/other", "PnL")));
  const double minutes = to_seconds(summary.market_time) / 60.0;
  Figures rest;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i >= shown) {
      rest.add(*order[i]);
      continue;
    }
    Figures figures;
    figures.add(*order[i]);
    page.line(token_row(page, short_id(order[i]->token_id), name_of(*order[i]), engine::to_text(order[i]->phase),
                        figures, minutes));
  }
  if (order.size() > shown) {
    page.line(token_row(page, "others", fmt::format("{} more, together", order.size() - shown), "", rest, minutes));
  }
  page.line(page.faint(
      "fill%, canc%: LIVE orders that ended so; to fill: mean time from LIVE to the first fill; ev/min: evaluations"));
}

/// Lines and frames of which nothing reached the engine, and why; empty when there are none.
std::string unread_text(const RunSummary& summary) {
  std::string text;
  for (const auto& [reason, count] : summary.skipped)
    text += fmt::format("{}{} lines {}", text.empty() ? "" : ", ", grouped(count), reason);
  if (summary.decoder.malformed > 0)
    text += fmt::format("{}{} frames malformed", text.empty() ? "" : ", ", grouped(summary.decoder.malformed));
  return text;
}

void write_quality(Page& page, const RunSummary& summary) {
  static constexpr std::array<std::string_view, 3> kNames{"5 s", "30 s", "300 s"};
  const engine::EngineStats& stats = summary.stats;
  page.title("Quality");
  std::string markouts;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const auto average = markout_per_share(summary.markouts[i]);
    markouts +=
        fmt::format("{}{}: {}", i == 0 ? "" : ",  ", kNames[i],
                    average ? fmt::format("{:+.2f} cents a share ({} fills)", static_cast<double>(average->raw()) / 1e4,
                                          summary.markouts[i].samples)
                            : "none yet");
  }
  page.line(fmt::format("{:<{}}{}", "Markouts", kLabel, markouts));
  const double seconds_run = to_seconds(summary.market_time);
  page.line(fmt::format(
      "{:<{}}{} ({:.0f}/s): {}", "Events", kLabel, grouped(stats.events_total),
      seconds_run > 0.0 ? static_cast<double>(stats.events_total) / seconds_run : 0.0,
      by_count(stats.events, [](std::size_t i) { return model::to_text(static_cast<model::MarketEventKind>(i)); })));
  page.line(fmt::format(
      "{:<{}}{} on events, {} on timers, {} events skipped{}", "Evaluations", kLabel,
      grouped(stats.evaluations_on_event), grouped(stats.evaluations_on_timer), skipped_evaluations(summary),
      stats.evaluations_deferred > 0 ? fmt::format("; {} held back by the cadence", grouped(stats.evaluations_deferred))
                                     : std::string()));
  page.line(fmt::format("{:<{}}age p50 {}, p95 {}; {} of {} tokens silent", "Data", kLabel,
                        age_text(summary.ages.quantile_ms(0.5)), age_text(summary.ages.quantile_ms(0.95)),
                        summary.silent_tokens, summary.tokens.size()));
  page.line(fmt::format(
      "{:<{}}{} reconnects, {} gaps, {} untrusted; book hashes: {} checked, {} wrong; {} of {} frames decoded fast",
      "Feed", kLabel, stats.reconnects, stats.gaps, span_text(stats.untrusted_time), grouped(summary.hash_checked),
      grouped(summary.hash_mismatch), percent(summary.decoder.fast_path, summary.decoder.frames),
      grouped(summary.decoder.frames)));
  if (const std::string unread = unread_text(summary); !unread.empty()) page.wrapped("Not read", unread);
  const runner::LatencySummary& latency = summary.bytes_to_decision;
  if (latency.samples > 0) {
    page.line(fmt::format("{:<{}}bytes to decision: p50 {:.1f} us, p99 {:.1f} us, p99.9 {:.1f} us, max {:.0f} us",
                          "Speed", kLabel, latency.p50, latency.p99, latency.p999, latency.max));
  }
}

void write_verdict(Page& page, const RunSummary& summary) {
  const std::string verdict =
      fmt::format("{} checked, {} violated", grouped(summary.invariants_checked), grouped(summary.invariants_violated));
  page.line(
      fmt::format("{:<{}}{}", "Invariants", kLabel, summary.invariants_violated > 0 ? page.alarm(verdict) : verdict));
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(kShown, summary.violations.size()); ++i) {
    const checker::Violation& violation = summary.violations[i];
    page.wrapped("", fmt::format("{} {} {}: {}", clock_text(Timestamp(violation.time)), violation.rule,
                                 short_id(violation.token_id), violation.detail));
  }
  page.line(fmt::format("{:<{}}{}, sha256 {}", "Commands", kLabel, grouped(summary.commands), summary.commands_sha256));
  for (const Error& error : summary.errors) {
    page.wrapped("Incomplete", error.message);
    if (!error.hint.empty()) page.wrapped("", error.hint);
  }
  std::string assumed = summary.note;
  if (summary.settlement_scale != 1.0) {
    assumed +=
        fmt::format("{}settlement delays are scaled by {:g}", assumed.empty() ? "" : "; ", summary.settlement_scale);
  }
  if (!assumed.empty()) page.wrapped("Assumed", assumed);
  page.line();
}

}  // namespace

Colour colour_of_stdout() {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour != nullptr && *no_colour != '\0') return Colour::off;
  const char* term = std::getenv("TERM");
  if (term == nullptr || std::string_view(term) == "dumb") return Colour::off;
  return isatty(STDOUT_FILENO) != 0 ? Colour::on : Colour::off;
}

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string plain_money(Usdc money) {
  const auto magnitude = static_cast<std::uint64_t>(money.raw() < 0 ? -money.raw() : money.raw());
  const std::uint64_t cents = (magnitude + 5'000) / 10'000;
  return fmt::format("{}${}.{:02}", money.raw() < 0 && cents > 0 ? "-" : "", grouped(cents / 100), cents % 100);
}

std::string signed_money(Usdc money) {
  return fmt::format("{}{}", money.raw() >= 5'000 ? "+" : "", plain_money(money));
}

std::string span_text(Duration span) {
  const double seconds_long = to_seconds(span);
  if (seconds_long < 1.0) return fmt::format("{:.0f} ms", seconds_long * 1000.0);
  if (seconds_long < 100.0) return fmt::format("{:.1f} s", seconds_long);
  if (seconds_long < 6000.0) return fmt::format("{:.1f} min", seconds_long / 60.0);
  return fmt::format("{:.1f} h", seconds_long / 3600.0);
}

std::string short_id(std::string_view token_id) { return std::string(token_id.substr(0, 10)); }

std::string fitted(std::string_view text, std::size_t width) {
  const auto starts_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const auto characters = static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
  if (characters <= width) return std::string(text) + std::string(width - characters, ' ');
  if (width == 0) return {};
  std::size_t bytes = 0;
  for (std::size_t seen = 0; bytes < text.size(); ++bytes) {
    if (starts_character(text[bytes]) && seen++ == width - 1) break;
  }
  return std::string(text.substr(0, bytes)) + "~";
}

std::string summary_text(const RunSummary& summary, Colour colour) {
  Page page(colour);
  write_heading(page, summary);
  write_money(page, summary);
  write_feed_ended(page, summary);
  write_daily_loss(page, summary);
  write_activity(page, summary);
  write_models(page, summary);
  write_tokens(page, summary);
  write_quality(page, summary);
  write_verdict(page, summary);
  return page.take();
}

std::string orders_text(const RunSummary& summary) {
  std::map<std::uint32_t, std::string> ids;
  for (const TokenReport& token : summary.tokens) ids.emplace(token.token.value(), short_id(token.token_id));
  std::string out =
      fmt::format("Orders: {}\n{:<24} {:<10} {:<4} {:>8} {:>10} {:>10} {:<8} {:<14} {}\n", summary.orders.size(),
                  "time", "token", "side", "price", "size", "filled", "state", "purpose", "why it ended");
  for (const execution::Order& order : summary.orders) {
    const model::PlaceOrder& intent = order.intent;
    std::string_view why;
    if (order.cancel_requested) why = model::to_text(order.cancel_reason);
    if (order.reject != model::RejectKind::none) why = model::to_text(order.reject);
    out +=
        fmt::format("{:<24} {:<10} {:<4} {:>8} {:>10} {:>10} {:<8} {:<14} {}\n", iso_text(intent.time),
                    ids[intent.token.value()], model::to_text(intent.side), to_text(intent.price), to_text(intent.size),
                    to_text(order.filled), model::to_text(order.state), model::to_text(intent.purpose), why);
  }
  return out;
}

}  // namespace ebb::app
