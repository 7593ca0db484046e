// The program around the simulation: which seeds, what is printed, the exit code.
#pragma once

namespace ebb::simulation {

/// 0 = clean, 1 = a violation, 2 = bad usage.
[[nodiscard]] int run_command_line(int argc, char** argv);

}  // namespace ebb::simulation
