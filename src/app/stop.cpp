#include "app/stop.hpp"

#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "app/exit_code.hpp"

namespace ebb::app {

namespace {

std::atomic<bool> stop{false};
std::atomic<const char*> farewell{nullptr};
termios terminal;  // as it was when the farewell was set; only read while there is one
bool terminal_known = false;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<const char*>::is_always_lock_free);

// Only what is async-signal-safe: lock-free atomics, write, tcsetattr, _exit.
extern "C" void on_stop_signal(int) {
  if (!stop.exchange(true)) return;
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

const std::atomic<bool>& stop_flag() { return stop; }

void write_on_immediate_stop(const char* sequence) {
  if (sequence != nullptr) terminal_known = tcgetattr(STDIN_FILENO, &terminal) == 0;
  farewell.store(sequence);
}

}  // namespace ebb::app
