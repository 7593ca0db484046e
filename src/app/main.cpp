#include <string>
#include <vector>

#include "app/cli.hpp"
#include "app/commands.hpp"
#include "app/exit_code.hpp"
#include "app/stop.hpp"

int main(int argc, char** argv) {
  ebb::app::install_stop_handlers();
  const int code = ebb::app::run_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  return code == ebb::app::kExitDone && ebb::app::output_lost() ? ebb::app::kExitFailed : code;
}
