// Ctrl-C and SIGTERM: the first asks for an orderly stop, the second ends the process at once with exit code 130. A signal
// within 100 ms of the first is the same wish told twice (to the process and to its group), not a second one.
#pragma once

#include <atomic>
#include <cstdint>

namespace ebb::app {

/// Installs the handlers for SIGINT and SIGTERM and ignores SIGPIPE. Call once, from the main thread.
void install_stop_handlers();

/// Milliseconds of a steady clock; async-signal-safe. For tests.
using StopClock = std::int64_t (*)();
void set_stop_clock(StopClock clock);

/// Set by the first signal; workers look at it between pieces of work.
[[nodiscard]] const std::atomic<bool>& stop_flag();
[[nodiscard]] inline bool stop_requested() { return stop_flag().load(std::memory_order_relaxed); }

/// What to write to the terminal when the second signal ends the process (show the cursor, leave the alternate screen).
/// The modes that the terminal has at this call are restored, too. `sequence` must live for ever; nullptr for nothing.
void write_on_immediate_stop(const char* sequence);

}  // namespace ebb::app
