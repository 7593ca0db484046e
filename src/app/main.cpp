#include <string>
#include <vector>

#include "app/cli.hpp"
#include "app/stop.hpp"

int main(int argc, char** argv) {
  ebb::app::install_stop_handlers();
  return ebb::app::run_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
