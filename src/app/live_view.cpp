#include "app/live_view.hpp"

#include <curses.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "app/stop.hpp"
#include "app/summary_text.hpp"

namespace ebb::app {

namespace {

/// Leaves the alternate screen with the cursor shown, plain text and ordinary cursor keys.
constexpr const char* kFarewell = "\x1b[0m\x1b[?25h\x1b[?1l\x1b>\x1b[?1049l";

constexpr std::array<int, 5> kFatalSignals{SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

// What a fatal signal needs to put the terminal back; set while a view is open.
termios saved_terminal;
int real_stderr = -1;  // -1: stderr was not redirected
int held_back = -1;    // what was written to it meanwhile

void copy_held_back() {
  std::array<char, 4096> buffer;
  off_t at = 0;
  for (ssize_t n = 0; (n = pread(held_back, buffer.data(), buffer.size(), at)) > 0; at += n) {
    if (write(real_stderr, buffer.data(), static_cast<std::size_t>(n)) < 0) return;
  }
}

// Only what is async-signal-safe. SA_RESETHAND: the signal raised again does what it always does.
extern "C" void on_fatal_signal(int signal) {
  [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, kFarewell, std::strlen(kFarewell));
  tcsetattr(STDIN_FILENO, TCSANOW, &saved_terminal);
  if (real_stderr >= 0) copy_held_back();
  raise(signal);
}

void handle_fatal_signals(void (*handler)(int)) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int signal : kFatalSignals) sigaction(signal, &action, nullptr);
}

attr_t attributes_of(Ink ink) {
  switch (ink) {
    case Ink::plain: return A_NORMAL;
    case Ink::strong: return A_BOLD;
    case Ink::faint: return A_DIM;
    case Ink::good: return COLOR_PAIR(1);
    case Ink::bad: return COLOR_PAIR(2);
    case Ink::bar: return A_REVERSE;
  }
  return A_NORMAL;
}

}  // namespace

/// The terminal in the view's hands, from construction to destruction.
class LiveView::Terminal {
 public:
  Terminal() {
    tcgetattr(STDIN_FILENO, &saved_terminal);
    write_on_immediate_stop(kFarewell);
    std::setlocale(LC_CTYPE, "");
    screen_ = newterm(nullptr, stdout, stdin);
    if (screen_ == nullptr) {
      write_on_immediate_stop(nullptr);
      return;
    }
    cbreak();
    noecho();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    if (colour_of_stdout() == Colour::on && has_colors()) {
      start_color();
      use_default_colors();
      init_pair(1, COLOR_GREEN, -1);
      init_pair(2, COLOR_RED, -1);
    }
    hold_stderr_back();
    handle_fatal_signals(on_fatal_signal);
  }
  ~Terminal() {
    if (screen_ == nullptr) return;
    handle_fatal_signals(SIG_DFL);
    endwin();
    delscreen(screen_);
    write_on_immediate_stop(nullptr);
    release_stderr();
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  [[nodiscard]] bool usable() const { return screen_ != nullptr; }

  static void put(const std::vector<Line>& lines) {
    erase();
    const int columns = getmaxx(stdscr);
    for (std::size_t row = 0; row < lines.size(); ++row) {
      move(static_cast<int>(row), 0);
      for (const Piece& piece : lines[row]) {
        const int room = columns - getcurx(stdscr);
        if (room <= 0 || getcury(stdscr) != static_cast<int>(row)) break;
        const std::string text =
            fitted(piece.text, std::min(characters_of(piece.text), static_cast<std::size_t>(room)));
        attrset(static_cast<int>(attributes_of(piece.ink)));
        addstr(text.c_str());
      }
    }
    attrset(A_NORMAL);
    refresh();
  }

 private:
  static std::size_t characters_of(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }

  static void hold_stderr_back() {
    if (isatty(STDERR_FILENO) == 0) return;
    held_back = memfd_create("ebb-stderr", MFD_CLOEXEC);
    if (held_back < 0) return;
    std::fflush(stderr);
    real_stderr = dup(STDERR_FILENO);
    dup2(held_back, STDERR_FILENO);
  }
  static void release_stderr() {
    if (real_stderr < 0) return;
    std::fflush(stderr);
    dup2(real_stderr, STDERR_FILENO);
    copy_held_back();
    close(real_stderr);
    close(held_back);
    real_stderr = held_back = -1;
  }

  SCREEN* screen_ = nullptr;
};

LiveView::LiveView(std::unique_ptr<Terminal> terminal) : terminal_(std::move(terminal)) {}
LiveView::~LiveView() = default;

std::unique_ptr<LiveView> LiveView::open() {
  if (isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0) return nullptr;
  auto terminal = std::make_unique<Terminal>();
  if (!terminal->usable()) return nullptr;
  return std::unique_ptr<LiveView>(new LiveView(std::move(terminal)));
}

LiveKey LiveView::poll() {
  for (;;) {
    const int key = getch();
    if (key == ERR) return LiveKey::none;
    if (confirming_) {
      confirming_ = false;
      if (key == 'y' || key == 'Y') return LiveKey::flatten;
      continue;
    }
    const auto page = static_cast<std::size_t>(std::max(1, getmaxy(stdscr) / 2));
    switch (key) {
      case 'q':
      case 'Q': return LiveKey::quit;
      case 'p':
      case 'P': return LiveKey::pause;
      case 'f':
      case 'F': confirming_ = true; break;
      case KEY_DOWN: ++first_token_; break;
      case KEY_UP: first_token_ -= first_token_ > 0 ? 1 : 0; break;
      case KEY_NPAGE: first_token_ += page; break;
      case KEY_PPAGE: first_token_ -= std::min(first_token_, page); break;
      case KEY_HOME: first_token_ = 0; break;
      default: break;  // KEY_RESIZE: the next drawing has the new size
    }
  }
}

void LiveView::prepare(const engine::Engine& engine, const LiveStatus& status) {
  frame_.observe(engine);
  const auto rows = static_cast<std::size_t>(std::max(0, getmaxy(stdscr)));
  lines_ = frame_.render(engine, status, rows, first_token_);
  if (confirming_ && !lines_.empty()) {
    lines_.back() = {{" Sell every position now, across the spread, and stop buying?  y / n ", Ink::bad}};
  }
}

void LiveView::show() { Terminal::put(lines_); }

}  // namespace ebb::app
