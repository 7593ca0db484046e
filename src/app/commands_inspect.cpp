#include "app/commands.hpp"
#include "app/exit_code.hpp"

namespace ebb::app {

int run_inspect(const InspectOptions& options) {
  return report_error("inspect", options.common, {"inspect.not_linked", "this build has no inspect", ""}, kExitFailed);
}

}  // namespace ebb::app
