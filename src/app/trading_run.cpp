#include "app/trading_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

#include "app/input_log_setup.hpp"
#include "app/live_view.hpp"
#include "app/run_watch.hpp"
#include "app/stop.hpp"
#include "app/summary_text.hpp"

namespace ebb::app {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr Duration kRedraw = milliseconds(200);
constexpr Duration kProgressLine = seconds(1);
constexpr Duration kLastResort = seconds(12);       // then one request cancels whatever is left
constexpr Duration kOrdersBound = seconds(20);      // of an orderly stop: until every order is terminal
constexpr Duration kSettlementBound = seconds(45);  // and until matched trades have settled

Duration since(Clock::time_point start) { return Duration(std::chrono::nanoseconds(Clock::now() - start).count()); }

runner::LatencySummary latency_of(const telemetry::Histogram& times) {
  const auto us = [](Duration d) { return static_cast<double>(d.raw()) / 1e3; };
  return {.p50 = us(times.percentile(0.50)),
          .p99 = us(times.percentile(0.99)),
          .p999 = us(times.percentile(0.999)),
          .max = us(times.max()),
          .samples = times.count()};
}

/// The run under way: progress on stderr, or the live view.
class Watching {
 public:
  Watching(gateway::Trader& trader, const TradingRun& run) : trader_(trader), run_(run) {
    if (run.live_view) view_ = LiveView::open();
    progress_ = view_ == nullptr && isatty(STDERR_FILENO) == 1;
    status_.title = run.title;
    status_.length = run.duration;
    trader_.call([&](engine::Engine& engine) { status_.start = engine.now(); });
  }
  ~Watching() {
    if (drawn_) fmt::print(stderr, "\r\x1b[K");
  }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

  /// Until the end, a signal, or the operator's wish. Returns whether the end was reached.
  bool watch() {
    while (!quit_ && !stop_requested()) {
      if (run_.duration && since(started_) >= *run_.duration) return true;
      std::this_thread::sleep_for(kLook);
      look("");
    }
    return false;
  }

  void look(std::string_view doing) {
    const Duration now = since(started_);
    if (view_ != nullptr) obey(view_->poll());
    if (now < next_) return;
    next_ = now + (view_ != nullptr ? kRedraw : kProgressLine);
    tell_notices();
    if (view_ != nullptr) {
      trader_.call([&](engine::Engine& engine) {  // a terminal that stands still must not hold up the engine
        rates(now, engine);
        view_->prepare(engine, status_);
      });
      view_->show();
    } else if (progress_) {
      show_progress(now, doing);
    }
  }

 private:
  /// What the operator should hear at once.
  void tell_notices() {
    const auto orders = trader_.order_state();
    if (!orders) return;
    const std::size_t fresh = std::min<std::size_t>(orders->notices_total - noticed_, orders->notices.size());
    noticed_ = orders->notices_total;
    if (fresh > 0 && drawn_) fmt::print(stderr, "\r\x1b[K");
    for (std::size_t i = orders->notices.size() - fresh; i < orders->notices.size(); ++i)
      fmt::print(stderr, "ebb: {}\n", orders->notices[i]);
  }

  void rates(Duration now, const engine::Engine& engine) {
    const std::uint64_t events = engine.stats().events_total;
    const double span = to_seconds(now - rated_);
    if (span < 1.0) return;
    status_.events_per_second = static_cast<double>(events - events_) / span;
    status_.speed_reached = 1.0;
    rated_ = now;
    events_ = events;
  }

  void obey(LiveKey key) {
    switch (key) {
      case LiveKey::none: return;
      case LiveKey::quit: quit_ = true; return;
      case LiveKey::flatten: trader_.operate({model::OperatorAction::flatten, {}}); return;
      case LiveKey::pause: {
        bool paused = false;
        trader_.call([&](engine::Engine& engine) { paused = engine.gate().paused(); });
        trader_.operate({paused ? model::OperatorAction::resume : model::OperatorAction::pause, {}});
        return;
      }
    }
  }

  void show_progress(Duration now, std::string_view doing) {
    const gateway::TraderState state = trader_.state();
    std::string money;
    trader_.call([&](engine::Engine& engine) {
      rates(now, engine);
      money = fmt::format("PnL {}  {} fills", signed_money(engine.money().total), engine.ledger().fills());
    });
    fmt::print(stderr, "\r\x1b[K{}  {}{}  {} of {} books trusted  {:.0f} events/s  {}  {} open orders", run_.title,
               span_text(now), doing, state.tokens - state.untrusted, state.tokens, status_.events_per_second, money,
               state.open_orders);
    std::fflush(stderr);
    drawn_ = true;
  }

  gateway::Trader& trader_;
  const TradingRun& run_;
  Clock::time_point started_ = Clock::now();
  std::unique_ptr<LiveView> view_;
  LiveStatus status_;
  Duration next_;
  Duration rated_;
  std::uint64_t events_ = 0;
  std::uint64_t noticed_ = 0;
  bool progress_ = false;
  bool drawn_ = false;
  bool quit_ = false;
};

/// Orderly stop: orders first, then what has matched.
void stop_in_order(gateway::Trader& trader, Watching& watching) {
  trader.begin_stop();
  const auto begun = Clock::now();
  bool asked = trader.engine().config().stop_policy != engine::StopPolicy::cancel_all;
  for (;;) {
    const gateway::TraderState state = trader.state();
    const Duration spent = since(begun);
    const bool orders_done = state.open_orders == state.kept_orders || spent >= kOrdersBound;
    if (!orders_done && spent >= kLastResort && !std::exchange(asked, true)) trader.cancel_all_at_venue();
    if (orders_done && (!state.unsettled || spent >= kSettlementBound)) return;
    std::this_thread::sleep_for(kLook);
    watching.look(orders_done ? "  stopping: trades settle" : "  stopping: orders end");
  }
}

runner::ReconnectSpan span_of(const session::SpanFigures& figures) {
  return {.seconds = to_seconds(figures.length),
          .missing_share = figures.missing_share,
          .orders = figures.orders,
          .fills = figures.fills};
}

runner::WireSummary wire_summary(const gateway::Trader& trader, const gateway::TraderState& state,
                                 const std::optional<gateway::OrderLinkState>& orders, const std::string& venue) {
  runner::WireSummary wire;
  wire.venue = venue;
  wire.connections = state.connections;
  wire.reconnects = state.reconnects;
  for (const auto reason : {session::CloseReason::frozen, session::CloseReason::blind_silence,
                            session::CloseReason::twin_frozen, session::CloseReason::no_data}) {
    wire.frozen += state.feed.closes[static_cast<std::size_t>(reason)];
  }
  for (const session::ReconnectEffect& effect : trader.reconnect_report().effects()) {
    wire.reconnects_detail.push_back(
        {.at = effect.time,
         .connection = effect.connection.value(),
         .before = span_of(effect.before),
         .after = span_of(effect.after),
         .recovered_seconds = effect.recovered ? std::optional(to_seconds(*effect.recovered)) : std::nullopt});
  }
  for (const gateway::Reopening& reopening : state.reopenings) {
    wire.reopened.push_back({.at = reopening.opened,
                             .connection = reopening.connection.value(),
                             .books = reopening.books,
                             .down_seconds = to_seconds(reopening.opened - reopening.lost),
                             .trusted_seconds = reopening.trusted
                                                    ? std::optional(to_seconds(*reopening.trusted - reopening.opened))
                                                    : std::nullopt});
  }
  wire.lost_commands = trader.lost_commands();
  wire.left_on_book = state.open_orders;
  if (orders) {
    wire.requests = orders->sender.requests;
    wire.unknown_outcomes = orders->sender.unknown;
    wire.resent = orders->sender.resent;
    wire.beats = orders->beats;
    wire.missed_beats = orders->missed_beats;
    wire.notices = orders->notices;
  }
  if (const gateway::StageTimes* stages = trader.stages()) {
    for (std::size_t i = 0; i < gateway::kStages; ++i)
      wire.stages.emplace_back(gateway::to_text(static_cast<gateway::Stage>(i)), latency_of((*stages)[i]));
  }
  return wire;
}

void end_input_log(runner::InputRecorder& recorder, const store::InputLogWriter& log, runner::RunSummary& summary) {
  if (const auto kept = recorder.finish(); !kept) summary.errors.push_back(kept.error());
  if (log.stats().gaps == 0) return;
  summary.errors.push_back(
      {"input_log.gap", fmt::format("the input log lost something {} times; no order left meanwhile", log.stats().gaps),
       "the disk was too slow or full: `ebb replay` shows where"});
}

}  // namespace

Expected<runner::RunSummary> trade(gateway::TraderConfig config, const TradingRun& run, const AfterTrading& after) {
  const auto started = Clock::now();
  const bool continued = config.books && !config.books->recovery.first_run;
  RunWatch watch(config.live ? RunWatch::Money::real : continued ? RunWatch::Money::continued : RunWatch::Money::paper);
  config.observer = &watch;
  config.listener = &watch.listener();
  TRY(input_log, open_input_log(run.directory, run.input_log, store::WhenFull::gap));
  const runner::InputRecorder* recording = nullptr;
  config.may_order = [&recording] { return recording == nullptr || recording->recording(); };
  gateway::Trader trader(std::move(config));
  std::optional<runner::InputRecorder> recorder;
  if (input_log) recording = &recorder.emplace(*input_log, trader.engine(), run_identity(run.command));
  watch.attach(trader);
  TRY_VOID(trader.start());
  for (const std::string& market : trader.worked_off())
    fmt::print(stderr, "ebb: {} is not configured any more: what is held there is sold, nothing is bought\n", market);
  bool complete = false;
  gateway::TraderState state;
  std::optional<gateway::OrderLinkState> orders;
  runner::RunSummary summary;
  {
    Watching watching(trader, run);
    complete = watching.watch();
    trader.call([&](engine::Engine&) { watch.end_of_trading(summary); });
    stop_in_order(trader, watching);
    state = trader.state();
    orders = trader.order_state();
  }
  trader.finish();
  if (recorder) end_input_log(*recorder, *input_log, summary);
  summary.command = run.command;
  summary.note = run.note;
  summary.seed = run.seed;
  summary.settlement_scale = run.settlement_scale;
  runner::summarize(trader.engine(), summary);
  watch.finish(summary);
  if (after) after(trader.engine(), summary);
  summary.bytes_to_decision = latency_of(trader.bytes_to_decision());
  summary.wire = wire_summary(trader, state, orders, run.venue);
  for (const Error& error : trader.book_errors()) summary.errors.push_back(error);
  summary.interrupted = !complete && run.duration.has_value();
  summary.wall_seconds = to_seconds(since(started));
  if (state.open_orders > state.kept_orders) {
    summary.errors.push_back(
        {"stop.orders_left",
         fmt::format("{} orders were still open when the stop ended", state.open_orders - state.kept_orders),
         "look at the account, and cancel what is left; the heartbeat's end cancels it, too"});
  }
  return summary;
}

}  // namespace ebb::app
