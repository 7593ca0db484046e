// ebb-simulate: deterministic fault simulation of the whole trader (spec: docs/simulation.md).
#include <cstdio>

#include "simulation/command_line.hpp"

int main(int argc, char** argv) { return ebb::simulation::run_command_line(argc, argv); }
