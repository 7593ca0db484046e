#include "app/commands.hpp"
#include "app/exit_code.hpp"

namespace ebb::app {

int run_bench(const BenchOptions& options) {
  return report_error("bench", options.common, {"bench.not_linked", "this build has no benchmarks", ""}, kExitFailed);
}

}  // namespace ebb::app
