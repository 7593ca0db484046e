#include "app/run_end.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "app/data_dir.hpp"
#include "app/exit_code.hpp"
#include "app/explain_file.hpp"
#include "app/summary_json.hpp"
#include "app/summary_text.hpp"

namespace ebb::app {

Expected<std::optional<std::filesystem::path>> run_directory(const CommonOptions& common) {
  auto directory = open_data_dir(common.data_dir);
  if (directory) return std::optional(std::move(*directory));
  if (!common.data_dir.empty()) return std::unexpected(directory.error());
  fmt::print(stderr, "ebb: {}; `ebb explain` will not know this run\n", directory.error().message);
  return std::optional<std::filesystem::path>();
}

void leave_explain(const std::optional<std::filesystem::path>& directory, const CommonOptions& common,
                   runner::RunSummary& summary) {
  if (!directory) return;
  const auto written = write_explain(*directory, summary);
  if (written) return;
  if (!common.data_dir.empty()) {
    summary.errors.push_back(written.error());
  } else {
    fmt::print(stderr, "ebb: {}\n", written.error().message);
  }
}

void print_summary(const runner::RunSummary& summary, const CommonOptions& common, bool verbose) {
  for (const Error& error : problems_of(summary)) fmt::print(stderr, "ebb: {}\n", error.message);
  if (common.json) {
    print(summary_json(summary, verbose ? Detail::verbose : Detail::brief) + "\n");
  } else {
    print(summary_text(summary, colour_of_stdout()));
    if (verbose) print(orders_text(summary));
  }
}

int run_exit_code(const runner::RunSummary& summary, Stopped stopped) {
  if (summary.invariants_violated > 0) return kExitFailed;
  const auto of_the_stop = [](const Error& error) {
    return error.code.starts_with("stop.") || error.code.starts_with("journal.");
  };
  if (std::any_of(summary.errors.begin(), summary.errors.end(), of_the_stop)) return kExitFailed;
  if (stopped == Stopped::by_signal) return kExitStopped;
  return summary.errors.empty() ? kExitDone : kExitFailed;
}

}  // namespace ebb::app
