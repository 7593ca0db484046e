#include "app/stop.hpp"

#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <ctime>

#include "app/exit_code.hpp"

namespace ebb::app {

namespace {

constexpr std::int64_t kDeadTimeMs = 100;

std::int64_t steady_ms() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::atomic<bool> stop{false};
std::atomic<std::int64_t> stopped_at_ms{0};
std::atomic<StopClock> clock_ms{steady_ms};
std::atomic<const char*> farewell{nullptr};
termios terminal;  // as it was when the farewell was set; only read while there is one
bool terminal_known = false;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<const char*>::is_always_lock_free);

// Only what is async-signal-safe: lock-free atomics, clock_gettime, write, tcsetattr, _exit.
extern "C" void on_stop_signal(int) {
  const std::int64_t now = clock_ms.load()();
  if (!stop.exchange(true)) {
    stopped_at_ms = now;
    return;
  }
  if (now - stopped_at_ms < kDeadTimeMs) return;
  if (const char* sequence = farewell.load()) {
    [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, sequence, std::strlen(sequence));
    if (terminal_known) tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
  }
  _exit(kExitStopped);
}

}  // namespace

void install_stop_handlers() {
  struct sigaction action = {};
  action.sa_handler = on_stop_signal;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
}

void set_stop_clock(StopClock clock) { clock_ms = clock; }

const std::atomic<bool>& stop_flag() { return stop; }

void write_on_immediate_stop(const char* sequence) {
  if (sequence != nullptr) terminal_known = tcgetattr(STDIN_FILENO, &terminal) == 0;
  farewell.store(sequence);
}

}  // namespace ebb::app
