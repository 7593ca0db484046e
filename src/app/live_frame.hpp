// What the live view shows, as lines of styled text: everything of it that needs no terminal.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "engine/engine.hpp"

namespace ebb::app {

enum class Ink : std::uint8_t { plain, strong, faint, good, bad, bar };
struct Piece {
  std::string text;
  Ink ink = Ink::plain;
};
using Line = std::vector<Piece>;

/// What a run knows beside its engine.
struct LiveStatus {
  std::string title;                  ///< "ebb demo, seed 1"
  Timestamp start;                    ///< of market time
  std::optional<Duration> length;     ///< none: until stopped
  double speed = 1.0;                 ///< as asked; 0 = unpaced
  double speed_reached = 0.0;         ///< simulated seconds a wall second
  double events_per_second = 0.0;     ///< wall
  double evaluations_per_second = 0.0;
  std::uint64_t violations = 0;
};

/// A decision as the list shows it: "BUY 10 at 0.48 placed (DIP_BUY)".
[[nodiscard]] std::string decision_words(const engine::Decision& decision);

/// One row of the table of tokens, and its headings.
[[nodiscard]] Line token_line(const engine::TokenReport& token);
[[nodiscard]] Line token_headings();

class LiveFrame {
 public:
  /// Takes note of what was decided since the last call. At most the 8 newest of a token are still known.
  void observe(const engine::Engine& engine);
  /// The whole screen: exactly `rows` lines (cut them at the screen's width). `first_token` scrolls the table; it is
  /// brought back into range.
  [[nodiscard]] std::vector<Line> render(const engine::Engine& engine, const LiveStatus& status, std::size_t rows,
                                         std::size_t& first_token) const;
  /// Newest last.
  [[nodiscard]] const std::deque<std::string>& log() const { return log_; }

 private:
  static constexpr std::size_t kLogLines = 200;
  std::deque<std::string> log_;
  std::vector<std::uint32_t> seen_;  // by token: decisions already in the log
};

}  // namespace ebb::app
