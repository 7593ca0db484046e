#include "bench/engine_cases.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/check.hpp"
#include "bench/alloc_counter.hpp"
#include "bench/fanout.hpp"
#include "runner/backtest.hpp"
#include "runner/demo.hpp"

namespace ebb::bench {
namespace {

constexpr std::uint32_t kTokens = 5'000;
constexpr std::int64_t kWarmFrames = 100'000;
constexpr std::int64_t kMeasuredFrames = 500'000;

// Resident memory of this process in MB, from the kernel.
double resident_mb() {
  double kb = 0.0;
  if (std::FILE* file = std::fopen("/proc/self/status", "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file) != nullptr) {
      if (std::sscanf(line, "VmRSS: %lf kB", &kb) == 1) break;
    }
    std::fclose(file);
  }
  return kb / 1024.0;
}

struct FanoutFixture {
  std::unique_ptr<Fanout> fanout;
  double rss_before = 0.0;
  double rss_after = 0.0;

  Fanout& get() {
    if (!fanout) {
      rss_before = resident_mb();
      fanout = std::make_unique<Fanout>(kTokens);
      (void)fanout->run(kWarmFrames);
      rss_after = resident_mb();
    }
    return *fanout;
  }

  std::vector<Extra> extra() {
    Fanout& f = get();
    telemetry::Histogram latency;
    f.run_measured(kMeasuredFrames, latency);
    const std::uint64_t evaluated_before = f.engine().stats().evaluations_on_event;
    const std::uint64_t events_before = f.engine().stats().events_total;
    const std::uint64_t allocations = f.run_counted(kWarmFrames, heap_allocations);
    const auto events = static_cast<double>(f.engine().stats().events_total - events_before);
    const auto evaluated = static_cast<double>(f.engine().stats().evaluations_on_event - evaluated_before);
    return {{"p50_us", to_seconds(latency.percentile(0.50)) * 1e6},
            {"p99_us", to_seconds(latency.percentile(0.99)) * 1e6},
            {"p999_us", to_seconds(latency.percentile(0.999)) * 1e6},
            {"allocations_per_event", static_cast<double>(allocations) / events},
            {"evaluations_per_event", evaluated / events},
            {"rss_mb", rss_after},
            {"tokens", kTokens},
            {"frame_bytes", static_cast<double>(f.frame_bytes())},
            {"fast_path_share", static_cast<double>(f.engine().decoder_stats().fast_path) /
                                    static_cast<double>(f.engine().decoder_stats().frames)},
            {"hash_checked", static_cast<double>(hash_checks().first)},
            {"hash_mismatch", static_cast<double>(hash_checks().second)},
            {"hash_budget_s", to_seconds(f.engine().config().hash_check_min_interval)}};
  }

  std::pair<std::uint64_t, std::uint64_t> hash_checks() {
    std::pair<std::uint64_t, std::uint64_t> sum;
    for (std::uint32_t i = 0; i < kTokens; ++i) {
      sum.first += get().engine().feed(model::TokenIndex(i)).stats().hash_checked;
      sum.second += get().engine().feed(model::TokenIndex(i)).stats().hash_mismatch;
    }
    return sum;
  }
};

// A capture of our own making in the venue's shapes: the demo's market frames, as the trader received them.
class ReplayFixture {
 public:
  const std::string& capture() {
    if (path_.empty()) write();
    return path_;
  }
  double run(std::int64_t events) {
    const std::string& path = capture();
    double seconds = 0.0;
    for (std::int64_t done = 0; done < events; done += static_cast<std::int64_t>(events_)) {
      runner::BacktestConfig config;
      config.captures = {path};
      config.engine.forced_tier = "demo";
      config.check = false;
      const std::atomic<bool> stop{false};
      const double start = now_seconds();
      const auto summary = runner::backtest(config, {}, stop);
      seconds += now_seconds() - start;
      CHECK(summary.has_value());
      fills_ = summary->fills;
    }
    // A whole number of passes was made: what was asked for is its share.
    const auto passes =
        static_cast<double>((events + static_cast<std::int64_t>(events_) - 1) / static_cast<std::int64_t>(events_));
    return seconds * static_cast<double>(events) / (passes * static_cast<double>(events_));
  }
  std::vector<Extra> extra() const {
    return {{"events", static_cast<double>(events_)}, {"fills", static_cast<double>(fills_)}};
  }
  void release() {
    if (!path_.empty()) std::remove(path_.c_str());
    path_.clear();
  }

 private:
  void write() {
    path_ = (std::filesystem::temp_directory_path() / fmt::format("ebb-replay-{}.ndjson", ::getpid())).string();
    std::ofstream file(path_);
    runner::DemoConfig config;
    config.on_market_frame = [&](Timestamp at, std::string_view text) {
      file << "{\"recv_ts\":" << fmt::format("{:.6f}", static_cast<double>(at.ns()) * 1e-9) << ",\"data\":" << text
           << "}\n";
    };
    config.engine.forced_tier = "demo";
    runner::DemoRun run(config);
    run.advance_to(run.start() + seconds(120));
    events_ = run.engine().stats().events_total;
  }

  std::string path_;
  std::uint64_t events_ = 1;
  std::uint64_t fills_ = 0;
};

void add_replay_case(std::vector<Case>& cases) {
  auto fixture = std::make_shared<ReplayFixture>();
  Case replay;
  replay.name = "backtest/replay";
  replay.unit = Unit::ops_per_second;
  replay.ours = [fixture](std::int64_t iterations) { return fixture->run(iterations); };
  replay.extra = [fixture] { return fixture->extra(); };
  replay.release = [fixture] { fixture->release(); };
  cases.push_back(std::move(replay));
}

}  // namespace

void add_engine_cases(std::vector<Case>& cases) {
  auto fixture = std::make_shared<FanoutFixture>();
  Case fanout;
  fanout.name = "engine/fanout";
  fanout.unit = Unit::ops_per_second;
  fanout.ours = [fixture](std::int64_t iterations) {
    const std::int64_t frames = std::max<std::int64_t>(1, iterations / Fanout::kEventsPerFrame);
    return fixture->get().run(frames) * static_cast<double>(iterations) /
           static_cast<double>(frames * Fanout::kEventsPerFrame);
  };
  fanout.extra = [fixture] { return fixture->extra(); };
  fanout.release = [fixture] { fixture->fanout.reset(); };
  fanout.min_seconds = 0.5;
  cases.push_back(std::move(fanout));
  add_replay_case(cases);
}

}  // namespace ebb::bench
