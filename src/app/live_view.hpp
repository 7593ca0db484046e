// The live terminal view of a run (ncurses). One at a time, on the thread that runs the engine.
//
// Whatever ends the process (an orderly stop, a second Ctrl-C, a failed CHECK) leaves the terminal as it was. What is
// written to stderr while the view is open appears after it.
#pragma once

#include <cstdint>
#include <memory>

#include "app/live_frame.hpp"

namespace ebb::app {

enum class LiveKey : std::uint8_t { none, quit, pause, flatten };

class LiveView {
 public:
  /// nullptr where stdin and stdout are no terminal, or one that cannot be drawn on.
  [[nodiscard]] static std::unique_ptr<LiveView> open();
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  /// What the operator wants, without waiting. Scrolling is carried out here; `flatten` has been confirmed.
  [[nodiscard]] LiveKey poll();
  void draw(const engine::Engine& engine, const LiveStatus& status) {
    prepare(engine, status);
    show();
  }
  /// The two halves of draw(): the first reads the engine, the second writes to the terminal and may wait for it.
  void prepare(const engine::Engine& engine, const LiveStatus& status);
  void show();

 private:
  class Terminal;
  explicit LiveView(std::unique_ptr<Terminal> terminal);

  std::unique_ptr<Terminal> terminal_;
  LiveFrame frame_;
  std::vector<Line> lines_;
  std::size_t first_token_ = 0;
  bool confirming_ = false;
};

}  // namespace ebb::app
