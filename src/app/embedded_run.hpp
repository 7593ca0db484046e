// The trader on an exchange of our own over real loopback sockets: `run --venue embedded` and `demo --wire`.
#pragma once

#include "app/commands.hpp"
#include "app/config.hpp"

namespace ebb::app {

/// Returns an exit code; everything is reported as the commands do it.
int run_embedded(const RunOptions& options, const Config& config);
int run_demo_on_wire(const DemoOptions& options, const Config& config);

}  // namespace ebb::app
