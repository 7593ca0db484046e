#include <fmt/format.h>

#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/json.hpp"
#include "app/progress.hpp"
#include "app/stop.hpp"
#include "runner/inspect.hpp"

namespace ebb::app {

int run_inspect(const InspectOptions& options) {
  const WallClock clock;
  const auto report = [&] {
    ProgressBar bar("inspect");
    return runner::inspect(options.captures, [&](const runner::InspectProgress& progress) {
      bar.show(progress.bytes_done, progress.bytes_total, fmt::format("{} frames", progress.frames));
      return !stop_requested();
    });
  }();
  if (!report) return report_error("inspect", options.common, report.error(), kExitBadUsage);
  if (options.common.json) {
    JsonWriter json;
    json.begin_object();
    write_head(json, "inspect", clock.seconds(), report->errors);
    for (const auto& [key, value] : runner::json_members(*report)) json.key(key).raw(value);
    json.end_object();
    print(json.text() + "\n");
  } else {
    print(runner::to_table(*report));
  }
  for (const Error& error : report->errors) fmt::print(stderr, "ebb: {}\n", error.message);
  if (report->interrupted) return kExitStopped;
  return report->errors.empty() ? kExitDone : kExitFailed;
}

}  // namespace ebb::app
