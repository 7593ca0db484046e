#include "app/live_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "app/summary_text.hpp"
#include "app/time_text.hpp"
#include "base/decimal.hpp"

namespace ebb::app {

namespace {

constexpr std::size_t kNameColumns = 28;
constexpr std::size_t kFixedLines = 6;  // header, headings of both lists, keys
constexpr std::size_t kRoomForBoth = 9;  // below, only the table is shown
constexpr std::size_t kLeastLog = 3;
constexpr std::size_t kMostLog = 12;

Ink ink_of(Usdc money) { return money.raw() == 0 ? Ink::plain : money.raw() > 0 ? Ink::good : Ink::bad; }

std::string market_name(const std::string& question, const std::string& slug, const std::string& outcome) {
  const std::string& what = question.empty() ? slug : question;
  if (outcome.empty()) return fitted(what, kNameColumns);
  const std::string side = outcome.substr(0, 8);
  return fitted(what, kNameColumns - 1 - side.size()) + " " + side;
}

/// "0:01:23.4"
std::string elapsed_text(Duration d) {
  const std::int64_t tenths = d.raw() / 100'000'000;
  return fmt::format("{}:{:02}:{:02}.{}", tenths / 36'000, tenths / 600 % 60, tenths / 10 % 60, tenths % 10);
}

Line clock_line(const engine::Engine& engine, const LiveStatus& status) {
  std::string clock = fmt::format("{}   {}", clock_text(engine.now()), elapsed_text(engine.now() - status.start));
  if (status.length) clock += fmt::format(" of {}", elapsed_text(*status.length));
  const std::string speed = status.speed > 0.0 ? fmt::format("speed {:g}x", status.speed) : std::string("unpaced");
  return {{fmt::format(" {} ", status.title), Ink::bar},
          {fmt::format(" {}   {} ({:.1f}x)   {:.0f} events/s   {:.0f} evaluations/s   {} tokens", clock, speed,
                       status.speed_reached, status.events_per_second, status.evaluations_per_second,
                       engine.traded().size())}};
}

Line money_line(const engine::Engine& engine) {
  const engine::Money money = engine.money();
  return {{" Total PnL ", Ink::strong},
          {signed_money(money.total), money.total.raw() == 0 ? Ink::strong : ink_of(money.total)},
          {"   realised "},
          {signed_money(money.realized), ink_of(money.realized)},
          {"   unrealised "},
          {signed_money(money.unrealized), ink_of(money.unrealized)},
          {fmt::format("   fees {}   cash {}", plain_money(money.fees), plain_money(money.cash))}};
}

Line counts_line(const engine::Engine& engine, const LiveStatus& status) {
  std::uint64_t round_trips = 0;
  for (const model::TokenIndex token : engine.ledger().touched())
    round_trips += engine.ledger().position(token).round_trips;
  const engine::EngineStats& stats = engine.stats();
  Line line{
      {fmt::format(" {} round trips   {} fills   {} open orders   {} signals, {} acted on   ", round_trips,
                   engine.ledger().fills(), engine.orders().open().size(), stats.signals_total, stats.signals_acted)},
      {fmt::format("{} violations", status.violations), status.violations > 0 ? Ink::bad : Ink::plain}};
  if (engine.gate().paused()) line.push_back({"   BUYs PAUSED", Ink::strong});
  if (engine.gate().killed()) line.push_back({"   KILL SWITCH", Ink::bad});
  if (engine.gate().daily_loss_hit()) line.push_back({"   DAILY LOSS LIMIT", Ink::bad});
  if (engine.stopping()) line.push_back({"   STOPPING", Ink::strong});
  return line;
}

/// Those with something to do first, then by orders, then by events.
std::vector<model::TokenIndex> by_activity(const engine::Engine& engine) {
  using Key = std::tuple<bool, std::uint32_t, std::uint64_t>;
  std::vector<std::pair<Key, model::TokenIndex>> keyed;
  keyed.reserve(engine.traded().size());
  for (const model::TokenIndex token : engine.traded()) {
    const engine::TokenTrader& trader = engine.trader(token);
    std::uint64_t events = 0;
    for (const std::uint32_t count : trader.stats.events) events += count;
    keyed.push_back({{trader.has_work, trader.stats.orders_placed, events}, token});
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<model::TokenIndex> tokens;
  tokens.reserve(keyed.size());
  for (const auto& [key, token] : keyed) tokens.push_back(token);
  return tokens;
}

const engine::OrderReport* newest_order(const engine::TokenReport& token) {
  return token.orders.empty() ? nullptr : &token.orders.back();
}

}  // namespace

std::string decision_words(const engine::Decision& d) {
  const std::string side(model::to_text(d.side));
  const std::string price = to_text(d.price);
  switch (d.kind) {
    case engine::DecisionKind::signal: return fmt::format("signal at {} ({})", price, d.reason);
    case engine::DecisionKind::refused: return fmt::format("signal at {} refused: {}", price, d.reason);
    case engine::DecisionKind::placed:
      return fmt::format("{} {} at {} placed ({})", side, to_text(d.size), price, d.reason);
    case engine::DecisionKind::canceled: return fmt::format("{} at {}: cancel ({})", side, price, d.reason);
    case engine::DecisionKind::filled:
      return fmt::format("{} {} at {} filled ({})", side, to_text(d.size), price, d.reason);
    case engine::DecisionKind::closed:
      return fmt::format("{} at {} ended {}, {} filled", side, price, d.reason, to_text(d.size));
    case engine::DecisionKind::exit_started: return fmt::format("exit of {} started ({})", to_text(d.size), d.reason);
    case engine::DecisionKind::routine_ended:
      return fmt::format("{} routine ended: {}, holding {}", side, d.reason, to_text(d.size));
    case engine::DecisionKind::trust_lost: return fmt::format("book not trusted: {}", d.reason);
    case engine::DecisionKind::trust_regained: return fmt::format("book trusted again ({})", d.reason);
  }
  return {};
}

Line token_headings() {
  return {{fmt::format(" {:<{}} {:<8} {:>9} {:>13} {:>9}  {:<24} {:>7} {:>8} {:>7}  {}", "market", kNameColumns,
                       "phase", "PnL", "bid/ask", "position", "order", "drop", "high", "floor", "why"),
           Ink::faint}};
}

Line token_line(const engine::TokenReport& t) {
  const bool quoted = t.trusted && t.quote.two_sided();
  const std::string quote = quoted ? fmt::format("{}/{}", to_text(t.quote.bid), to_text(t.quote.ask))
                                   : std::string(t.trusted ? "one-sided" : "untrusted");
  const std::string high = t.window_high.raw() > 0 ? to_text(t.window_high) : "-";
  const std::string drop = t.window_high.raw() > 0 ? fmt::format("{:.1f}%", t.drop_now * 100.0) : "-";
  const std::string position = t.size.raw() > 0 ? to_text(t.size) : "-";
  const std::string floor = t.size.raw() > 0 ? to_text(t.floor) : "-";
  std::string order = "-";
  if (const engine::OrderReport* o = newest_order(t)) {
    order = fmt::format("{} {} at {} {}", model::to_text(o->side), to_text(o->size - o->filled), to_text(o->price),
                        model::to_text(o->state));
  }
  const Usdc pnl = t.realized + t.unrealized - t.fees;
  const bool triggered = quoted && t.drop_now > 0.0 && t.drop_now >= t.drop_needed;
  const Ink row = t.phase == engine::Phase::idle ? Ink::plain : Ink::strong;
  return {{fmt::format(" {} {:<8}", market_name(t.question, t.slug, t.outcome), engine::to_text(t.phase)), row},
          {fmt::format(" {:>9}", signed_money(pnl)), ink_of(pnl)},  // early: narrow terminals cut the end
          {fmt::format(" {:>13}", quote), quoted ? Ink::plain : Ink::faint},
          {fmt::format(" {:>9}  {}", position, fitted(order, 24))},
          {fmt::format(" {:>7}", drop), triggered ? Ink::strong : Ink::plain},
          {fmt::format(" {:>8} {:>7}", high, floor), quoted ? Ink::plain : Ink::faint},
          {fmt::format("  {}", t.reason), Ink::faint}};
}

void LiveFrame::observe(const engine::Engine& engine) {
  struct News {
    Timestamp at;
    std::string text;
  };
  std::vector<News> news;
  seen_.resize(engine.markets().token_count());
  for (const model::TokenIndex token : engine.traded()) {
    const engine::TokenTrader& trader = engine.trader(token);
    std::uint32_t& seen = seen_[token.value()];
    if (trader.decision_count == seen) continue;
    const auto kept = static_cast<std::uint32_t>(trader.decisions.size());
    const std::uint32_t first = trader.decision_count > kept ? std::max(seen, trader.decision_count - kept) : seen;
    const model::MarketSpec& market = engine.markets().market_of(token);
    const std::string name = market_name(market.question, market.slug, engine.markets().outcome(token));
    for (std::uint32_t i = first; i < trader.decision_count; ++i) {
      const engine::Decision& decision = trader.decisions[i % kept];
      news.push_back({decision.at, fmt::format("{}  {}  {}", clock_text(decision.at), name, decision_words(decision))});
    }
    seen = trader.decision_count;
  }
  std::stable_sort(news.begin(), news.end(), [](const News& a, const News& b) { return a.at < b.at; });
  for (News& item : news) log_.push_back(std::move(item.text));
  while (log_.size() > kLogLines) log_.pop_front();
}

std::vector<Line> LiveFrame::render(const engine::Engine& engine, const LiveStatus& status, std::size_t rows,
                                    std::size_t& first_token) const {
  std::vector<Line> lines{clock_line(engine, status), money_line(engine), counts_line(engine, status),
                          token_headings()};
  const std::size_t room = rows > kFixedLines ? rows - kFixedLines : 0;
  const std::size_t log_rows = room < kRoomForBoth ? 0 : std::clamp(room / 3, kLeastLog, kMostLog);
  const std::size_t table_rows = room - log_rows;
  const std::vector<model::TokenIndex> tokens = by_activity(engine);
  first_token = std::min(first_token, tokens.size() > table_rows ? tokens.size() - table_rows : 0);
  for (std::size_t i = 0; i < table_rows; ++i) {
    const std::size_t at = first_token + i;
    lines.push_back(at < tokens.size() ? token_line(engine.report(tokens[at])) : Line{});
  }
  const std::size_t last = std::min(first_token + table_rows, tokens.size());
  lines.push_back({{fmt::format(" tokens {} to {} of {}; latest decisions, newest first:",
                                std::min(first_token + 1, last), last, tokens.size()),
                    Ink::faint}});
  for (std::size_t i = 0; i < log_rows; ++i) {
    lines.push_back(i < log_.size() ? Line{{" " + log_[log_.size() - 1 - i]}} : Line{});
  }
  lines.push_back({{" q stop   p pause BUYs   f sell everything   arrows scroll ", Ink::bar}});
  if (lines.size() > rows) lines.resize(rows);
  return lines;
}

}  // namespace ebb::app
