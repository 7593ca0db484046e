#include "app/commands.hpp"
#include "app/exit_code.hpp"

namespace ebb::app {

int run_backtest(const BacktestOptions& options) {
  return report_error("backtest", options.common, {"backtest.not_linked", "this build has no backtest", ""},
                      kExitFailed);
}

}  // namespace ebb::app
