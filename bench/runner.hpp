// Runs cases so that ours and the reference alternate: whatever disturbs the machine disturbs both.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/registry.hpp"

namespace ebb::bench {

struct Result {
  std::string name;
  Unit unit = Unit::ns_per_op;
  double value = 0.0;  ///< median of the runs
  std::string reference;
  std::optional<double> reference_value;  ///< median of the runs
  std::optional<double> ratio;            ///< value / reference_value
  int runs = 0;
  std::vector<Extra> extra;
  std::string skipped;  ///< why there is no figure; empty otherwise
};

struct Machine {
  std::string cpu;
  unsigned cores = 0;
  std::uint64_t memory_mb = 0;
  std::string kernel;
  /// Median time of a fixed loop of dependent integer arithmetic: tells how fast this machine was at that moment.
  double calibration_ms = 0.0;
};

inline constexpr int kRuns = 5;

[[nodiscard]] std::string_view to_text(Unit unit);
[[nodiscard]] Machine describe_machine();

/// True when one of `names` is the case's name or the beginning of it up to a '/'. No names: true.
[[nodiscard]] bool is_wanted(const std::string& case_name, const std::vector<std::string>& names);

/// Runs one case `runs` times, ours and reference in turn. Stops early (fewer runs) when `stop` says so.
[[nodiscard]] Result run_case(const Case& c, int runs, const std::function<bool()>& stop);

}  // namespace ebb::bench
