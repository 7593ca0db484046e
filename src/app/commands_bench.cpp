#include <fmt/format.h>

#include <cstdio>

#include "app/commands.hpp"
#include "app/exit_code.hpp"

#ifdef EBB_BENCH
#include "app/json.hpp"
#include "app/stop.hpp"
#include "bench/runner.hpp"
#endif

namespace ebb::app {

#ifdef EBB_BENCH

namespace {

void write_machine(JsonWriter& json, const bench::Machine& machine) {
  json.key("machine").begin_object();
  json.field("cpu", machine.cpu).field("cores", machine.cores).field("memory_mb", machine.memory_mb);
  json.field("kernel", machine.kernel).field("calibration_ms", machine.calibration_ms).end_object();
}

void write_extra(JsonWriter& json, const bench::Extra& extra) {
  if (extra.parts.empty()) {
    json.field(extra.name, extra.value);
    return;
  }
  json.key(extra.name).begin_object();
  for (const bench::Extra& part : extra.parts) write_extra(json, part);
  json.end_object();
}

void write_result(JsonWriter& json, const bench::Result& result) {
  json.begin_object().field("name", result.name);
  json.key("value");
  result.skipped.empty() ? json.value(result.value) : json.null();
  json.field("unit", bench::to_text(result.unit));
  json.key("reference");
  result.reference.empty() ? json.null() : json.value(result.reference);
  json.key("reference_value");
  result.reference_value ? json.value(*result.reference_value) : json.null();
  json.key("ratio");
  result.ratio ? json.value(*result.ratio) : json.null();
  json.field("runs", result.runs).key("extra").begin_object();
  for (const bench::Extra& extra : result.extra) write_extra(json, extra);
  if (!result.skipped.empty()) json.field("skipped", result.skipped);
  json.end_object().end_object();
}

/// Four significant digits, large figures with their thousands: "12.34", "1 234 567".
std::string figure_text(double value) {
  if (value < 10'000.0) return fmt::format("{:.4g}", value);
  std::string digits = fmt::format("{:.0f}", value);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, " ");
  return digits;
}

std::string table_row(const bench::Result& result) {
  if (!result.skipped.empty()) return fmt::format("{:<26} skipped: {}\n", result.name, result.skipped);
  std::string row =
      fmt::format("{:<26} {:>12} {:<6}", result.name, figure_text(result.value), bench::to_text(result.unit));
  if (result.ratio) {
    row += fmt::format(" {:>12} {:>6.3f}  {}", figure_text(*result.reference_value), *result.ratio, result.reference);
  }
  for (const bench::Extra& extra : result.extra) {
    if (extra.parts.empty()) row += fmt::format("\n{:<28}{} = {}", "", extra.name, figure_text(extra.value));
    for (const bench::Extra& part : extra.parts)
      row += fmt::format("\n{:<28}{} {} = {}", "", extra.name, part.name, figure_text(part.value));
  }
  return row + "\n";
}

}  // namespace

int run_bench(const BenchOptions& options) {
  const double start = bench::now_seconds();
  std::vector<bench::Case> wanted;
  for (bench::Case& c : bench::all_cases()) {
    if (bench::is_wanted(c.name, options.names)) wanted.push_back(std::move(c));
  }
  if (wanted.empty()) {
    std::string names;
    for (const bench::Case& c : bench::all_cases()) names += (names.empty() ? "" : ", ") + c.name;
    return report_error("bench", options.common, {"bench.unknown", "no benchmark of that name", "there are: " + names},
                        kExitBadUsage);
  }
  const bench::Machine machine = bench::describe_machine();
  const bool json_wanted = options.common.json;
  if (!json_wanted) {
    print(
        fmt::format("{}, {} cores, calibration loop {:.1f} ms; medians of {} interleaved runs\n\n{:<26} {:>12} {:<6} "
                    "{:>12} {:>6}\n",
                    machine.cpu, machine.cores, machine.calibration_ms, bench::kRuns, "name", "value", "unit",
                    "reference", "ratio"));
  }
  std::vector<bench::Result> results;
  for (const bench::Case& c : wanted) {
    if (stop_requested()) break;
    fmt::print(stderr, "ebb: bench {} ...\n", c.name);
    results.push_back(bench::run_case(c, bench::kRuns, stop_requested));
    if (!json_wanted) print(table_row(results.back()));
  }
  if (json_wanted) {
    JsonWriter json;
    json.begin_object();
    write_head(json, "bench", bench::now_seconds() - start, {});
    write_machine(json, machine);
    json.key("benchmarks").begin_array();
    for (const bench::Result& result : results) write_result(json, result);
    json.end_array().end_object();
    print(json.text() + "\n");
  }
  return stop_requested() ? kExitStopped : kExitDone;
}

#else

int run_bench(const BenchOptions& options) {
  return report_error("bench", options.common,
                      {"bench.not_built", "this build has no benchmarks", "configure with -DEBB_BENCH=ON"},
                      kExitFailed);
}

#endif

}  // namespace ebb::app
