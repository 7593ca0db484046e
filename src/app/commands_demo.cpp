#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/embedded_run.hpp"
#include "app/engine_config.hpp"
#include "app/exit_code.hpp"
#include "app/input_log_setup.hpp"
#include "app/live_view.hpp"
#include "app/pacer.hpp"
#include "app/run_end.hpp"
#include "app/stop.hpp"
#include "app/summary_text.hpp"
#include "app/venue_setup.hpp"
#include "runner/demo.hpp"

namespace ebb::app {

namespace {

constexpr std::string_view kTier = "demo";  // the simulated market's own (rules 9)
constexpr Duration kRedraw = milliseconds(200);
constexpr Duration kProgressLine = seconds(1);
constexpr Duration kRateSpan = seconds(1);
constexpr Duration kLongestSleep = milliseconds(20);

/// Wall time since the command began. It paces and measures, and decides nothing.
class Wall {
 public:
  [[nodiscard]] Duration now() const {
    return Duration(std::chrono::nanoseconds(std::chrono::steady_clock::now() - start_).count());
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// What happens a wall second, measured over a second or more.
class Rates {
 public:
  void update(Duration wall, const engine::Engine& engine, LiveStatus& status) {
    const Duration span = wall - wall_;
    if (span < kRateSpan && wall_.raw() != 0) return;
    const engine::EngineStats& stats = engine.stats();
    const std::uint64_t evaluations = stats.evaluations_on_event + stats.evaluations_on_timer;
    if (wall_.raw() != 0) {
      const double wall_seconds = to_seconds(span);
      status.events_per_second = static_cast<double>(stats.events_total - events_) / wall_seconds;
      status.evaluations_per_second = static_cast<double>(evaluations - evaluations_) / wall_seconds;
      status.speed_reached = to_seconds(engine.now() - simulated_) / wall_seconds;
    }
    wall_ = wall;
    simulated_ = engine.now();
    events_ = stats.events_total;
    evaluations_ = evaluations;
  }

 private:
  Duration wall_;
  Timestamp simulated_;
  std::uint64_t events_ = 0;
  std::uint64_t evaluations_ = 0;
};

/// The run under way: pace, view, keys.
class DemoSession {
 public:
  DemoSession(const DemoOptions& options, runner::DemoRun& run)
      : run_(run),
        pacer_(options.speed, run.start(), wall_.now()),
        end_(options.duration ? run.start() + *options.duration : kNever) {
    status_.title = fmt::format("ebb demo, seed {}", options.seed);
    status_.start = run.start();
    status_.length = options.duration;
    status_.speed = options.speed;
    if (!options.headless && !options.common.json) view_ = LiveView::open();
    progress_ = view_ == nullptr && isatty(STDERR_FILENO) == 1;
  }
  ~DemoSession() {
    if (progress_drawn_) fmt::print(stderr, "\r\x1b[K");
  }
  DemoSession(const DemoSession&) = delete;
  DemoSession& operator=(const DemoSession&) = delete;

  /// Until the end, a signal, or the operator's wish. Returns whether the end was reached.
  bool run() {
    while (!quit_ && !stop_requested() && run_.now() < end_) {
      const Timestamp due = std::min(pacer_.due(run_.now(), wall_.now()), end_);
      if (run_.now() < due) {
        run_.advance_to(std::min(run_.now() + pacer_.slice(), due));
      } else {
        std::this_thread::sleep_for(std::chrono::nanoseconds(kLongestSleep.raw()));
      }
      look();
    }
    return run_.now() >= end_;
  }

 private:
  void look() {
    const Duration wall = wall_.now();
    rates_.update(wall, run_.engine(), status_);
    if (view_ != nullptr) {
      obey(view_->poll());
      if (wall < next_drawing_) return;
      next_drawing_ = wall + kRedraw;
      status_.violations = run_.violations();
      view_->draw(run_.engine(), status_);
    } else if (progress_ && wall >= next_drawing_) {
      next_drawing_ = wall + kProgressLine;
      show_progress();
    }
  }

  void obey(LiveKey key) {
    switch (key) {
      case LiveKey::none: return;
      case LiveKey::quit: quit_ = true; return;
      case LiveKey::pause:
        run_.operate(
            {run_.engine().gate().paused() ? model::OperatorAction::resume : model::OperatorAction::pause, {}});
        return;
      case LiveKey::flatten: run_.operate({model::OperatorAction::flatten, {}}); return;
    }
  }

  void show_progress() {
    const engine::Engine& engine = run_.engine();
    const std::string length = status_.length ? fmt::format(" of {}", span_text(*status_.length)) : std::string();
    fmt::print(stderr, "\r\x1b[Kebb demo  {}{}  {:.0f} events/s  PnL {}  {} fills  {} open orders",
               span_text(run_.now() - run_.start()), length, status_.events_per_second,
               signed_money(engine.money().total), engine.ledger().fills(), engine.orders().open().size());
    std::fflush(stderr);
    progress_drawn_ = true;
  }

  runner::DemoRun& run_;
  Wall wall_;
  Pacer pacer_;
  Timestamp end_;
  LiveStatus status_;
  Rates rates_;
  std::unique_ptr<LiveView> view_;
  Duration next_drawing_;
  bool progress_ = false;
  bool progress_drawn_ = false;
  bool quit_ = false;
};

}  // namespace

int run_demo(const DemoOptions& options) {
  const Wall wall;
  const auto config = load_config(options.common.config_file);
  if (!config) return report_errors("demo", options.common, config.error(), kExitBadUsage);
  if (options.wire) {
    if (const auto there = check_cores(config->execution); !there)
      return report_error("demo", options.common, there.error(), kExitBadUsage);
    return run_demo_on_wire(options, *config);
  }
  auto engine = make_engine_config(*config, std::string(kTier));
  if (!engine) return report_error("demo", options.common, engine.error(), kExitBadUsage);
  const auto directory = run_directory(options.common);
  if (!directory) return report_error("demo", options.common, directory.error(), kExitBadUsage);

  const auto input_log = open_input_log(*directory, config->input_log, store::WhenFull::wait);
  if (!input_log) return report_error("demo", options.common, input_log.error(), kExitBadUsage);

  const OwnParams own(*config, std::string(kTier));
  runner::DemoConfig demo;
  demo.seed = options.seed;
  demo.markets = options.markets;
  demo.martingale = options.agents == "martingale";
  demo.emit_order = options.emit_order.value_or(0);
  demo.stop = &stop_flag();
  demo.engine = std::move(*engine);
  demo.input_log = input_log->get();
  demo.identity = run_identity("demo");
  demo.own_params = [&own](const std::string& token_id) { return own.find(token_id); };
  const bool terminal = isatty(STDERR_FILENO) == 1;
  if (terminal) fmt::print(stderr, "ebb demo: {} markets trade among themselves first ...", options.markets);
  runner::DemoRun run(std::move(demo));
  if (terminal) fmt::print(stderr, "\r\x1b[K");
  const bool complete = DemoSession(options, run).run();

  const Stopped stopped = stop_requested() ? Stopped::by_signal : Stopped::no;
  runner::RunSummary summary = run.finish();
  summary.interrupted = !complete;
  summary.wall_seconds = to_seconds(wall.now());
  leave_explain(*directory, options.common, summary);
  print_summary(summary, options.common, options.verbose);
  return run_exit_code(summary, stopped);
}

}  // namespace ebb::app
