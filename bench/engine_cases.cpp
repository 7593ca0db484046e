#include "bench/engine_cases.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "bench/alloc_counter.hpp"
#include "bench/fanout.hpp"

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
    const std::uint64_t allocations_before = heap_allocations();
    (void)f.run(kWarmFrames);
    const auto events = static_cast<double>(f.engine().stats().events_total - events_before);
    const auto evaluated = static_cast<double>(f.engine().stats().evaluations_on_event - evaluated_before);
    return {{"p50_us", to_seconds(latency.percentile(0.50)) * 1e6},
            {"p99_us", to_seconds(latency.percentile(0.99)) * 1e6},
            {"p999_us", to_seconds(latency.percentile(0.999)) * 1e6},
            {"allocations_per_event", static_cast<double>(heap_allocations() - allocations_before) / events},
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
}

}  // namespace ebb::bench
