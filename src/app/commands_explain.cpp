#include "app/commands.hpp"
#include "app/exit_code.hpp"

namespace ebb::app {

int run_explain(const ExplainOptions& options) {
  return report_error("explain", options.common, {"explain.not_linked", "this build has no explain", ""}, kExitFailed);
}

}  // namespace ebb::app
