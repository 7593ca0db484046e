#include "bench/runner.hpp"

#include <benchmark/benchmark.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

namespace ebb::bench {

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2.0;
}

/// Takes the one run that a call makes and prints nothing.
class OneRun : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred || run.iterations == 0) continue;
      seconds_per_iteration_ = run.real_accumulated_time / static_cast<double>(run.iterations);
    }
  }
  [[nodiscard]] double seconds_per_iteration() const { return seconds_per_iteration_; }

 private:
  double seconds_per_iteration_ = 0.0;
};

/// One run of at least `min_seconds`; Google Benchmark finds the number of iterations. Seconds an operation.
double measure(const std::string& name, const Workload& work, double min_seconds) {
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(
      name.c_str(),
      [&work](benchmark::State& state) {
        while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(state.max_iterations))) {
          state.SetIterationTime(work(static_cast<std::int64_t>(state.max_iterations)));
        }
      })
      ->UseManualTime()
      ->MinTime(min_seconds);
  OneRun reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter, ".");
  benchmark::ClearRegisteredBenchmarks();
  return reporter.seconds_per_iteration();
}

double figure(Unit unit, double seconds_per_operation) {
  switch (unit) {
    case Unit::ns_per_op: return seconds_per_operation * 1e9;
    case Unit::ops_per_second: return seconds_per_operation > 0.0 ? 1.0 / seconds_per_operation : 0.0;
    case Unit::microseconds: return seconds_per_operation * 1e6;
    case Unit::megabytes: return 0.0;
  }
  return 0.0;
}

std::string cpu_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t colon = line.find(": ");
    return colon == std::string::npos ? line : line.substr(colon + 2);
  }
  return "unknown";
}

/// 20 million steps of a dependent multiply and shift: bound by latency, not by memory or vector units.
double calibration_loop() {
  std::uint64_t x = 0x9E3779B97F4A7C15ULL;
  const double start = now_seconds();
  for (int i = 0; i < 20'000'000; ++i) x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9ULL;
  keep(x);
  return (now_seconds() - start) * 1e3;
}

}  // namespace

double now_seconds() {
  static const auto start = std::chrono::steady_clock::now();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string_view to_text(Unit unit) {
  switch (unit) {
    case Unit::ns_per_op: return "ns/op";
    case Unit::ops_per_second: return "ops/s";
    case Unit::microseconds: return "us";
    case Unit::megabytes: return "MB";
  }
  return "";
}

Machine describe_machine() {
  Machine machine;
  machine.cpu = cpu_name();
  machine.cores = std::thread::hardware_concurrency();
  struct sysinfo memory = {};
  if (sysinfo(&memory) == 0)
    machine.memory_mb = static_cast<std::uint64_t>(memory.totalram) * memory.mem_unit / 1'000'000;
  struct utsname system = {};
  if (uname(&system) == 0) machine.kernel = system.release;
  std::vector<double> times(kRuns);
  for (double& time : times) time = calibration_loop();
  machine.calibration_ms = median(times);
  return machine;
}

bool is_wanted(const std::string& case_name, const std::vector<std::string>& names) {
  return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return case_name == name || case_name.starts_with(name.ends_with('/') ? name : name + "/");
         });
}

Result run_case(const Case& c, int runs, const std::function<bool()>& stop) {
  Result result;
  result.name = c.name;
  result.unit = c.unit;
  result.reference = c.reference;
  if (c.unavailable) result.skipped = c.unavailable();
  if (!result.skipped.empty()) return result;
  std::vector<double> ours;
  std::vector<double> reference;
  for (int run = 0; run < runs && !(stop && stop()); ++run) {
    const double seconds = measure(c.name, c.ours, c.min_seconds);
    ours.push_back(c.unit == Unit::megabytes && c.measured ? c.measured() : figure(c.unit, seconds));
    if (c.reference_run)
      reference.push_back(figure(c.unit, measure(c.name + "/reference", c.reference_run, c.min_seconds)));
  }
  result.runs = static_cast<int>(ours.size());
  result.value = median(ours);
  if (!reference.empty()) {
    result.reference_value = median(reference);
    if (*result.reference_value > 0.0) result.ratio = result.value / *result.reference_value;
  }
  if (c.extra && result.runs > 0) result.extra = c.extra();
  if (c.release) c.release();
  return result;
}

}  // namespace ebb::bench
