// Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends the process at once with exit code 130.
#pragma once

#include <atomic>

namespace ebb::app {

/// Installs the handlers for SIGINT and SIGTERM and ignores SIGPIPE. Call once, from the main thread.
void install_stop_handlers();

/// Set by the first signal; workers look at it between pieces of work.
[[nodiscard]] const std::atomic<bool>& stop_flag();
[[nodiscard]] inline bool stop_requested() { return stop_flag().load(std::memory_order_relaxed); }

/// What to write to the terminal when the second signal ends the process (show the cursor, leave the alternate screen).
/// The modes that the terminal has at this call are restored, too. `sequence` must live for ever; nullptr for nothing.
void write_on_immediate_stop(const char* sequence);

}  // namespace ebb::app
