#include "app/commands.hpp"
#include "app/exit_code.hpp"

namespace ebb::app {

int run_demo(const DemoOptions& options) {
  return report_error("demo", options.common, {"demo.not_linked", "this build has no demo", ""}, kExitFailed);
}

}  // namespace ebb::app
