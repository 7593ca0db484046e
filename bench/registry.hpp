// The benchmarks that `ebb bench` runs: plain callables in a table, each beside its reference.
//
// A file bench/x_cases.cpp defines `void add_x_cases(std::vector<Case>&)`, declared in bench/x_cases.hpp and called in
// cases.cpp. Fixtures are made on the first call (keep them in a shared_ptr that the callables capture), so that a case
// which is not asked for costs nothing; `release` gives their memory back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace ebb::bench {

/// Carries out `iterations` operations and returns the wall seconds they took; what it prepares is not counted.
using Workload = std::function<double(std::int64_t iterations)>;

/// How seconds and iterations become a figure; `figure` takes the value of `Case::measured`.
enum class Unit : std::uint8_t {
  ns_per_op,  ///< "ns/op"
  ops_per_second,  ///< "ops/s"
  microseconds,  ///< "us" an operation
  megabytes  ///< "MB", from `measured`
};

struct Extra {
  std::string name;
  double value = 0.0;
  std::vector<Extra> parts;  ///< a breakdown: printed in place of the value
};

struct Case {
  std::string name;  ///< "decode/price_change"
  Unit unit = Unit::ns_per_op;
  std::string reference;  ///< what the reference is: "simdjson on-demand, reads all fields"; empty: none
  Workload ours;
  Workload reference_run;  ///< empty: no reference, ratio is null
  /// Figures beside the value ("p99_us"), asked after the last run.
  std::function<std::vector<Extra>()> extra;
  /// Unit::megabytes: the figure itself, asked after each run.
  std::function<double()> measured;
  /// Why the case cannot run here ("no recorded data: ..."); empty text or no function: it can.
  std::function<std::string()> unavailable;
  std::function<void()> release;  ///< frees the fixtures after the case
  double min_seconds = 0.15;  ///< of each of the interleaved runs
};

/// Every case, in the order in which they are run and printed.
[[nodiscard]] std::vector<Case> all_cases();

/// Wall clock for workloads: seconds since the first call.
[[nodiscard]] double now_seconds();

/// Times `work(i)` for i in [0, iterations).
template <class Work>
double timed(std::int64_t iterations, Work&& work) {
  const double start = now_seconds();
  for (std::int64_t i = 0; i < iterations; ++i) work(i);
  return now_seconds() - start;
}

/// Keeps the compiler from dropping a computation.
template <class T>
inline void keep(const T& value) {
  asm volatile("" : : "r,m"(value) : "memory");
}

}  // namespace ebb::bench
