// A program under test: started, looked at, killed, waited for.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"

namespace ebb::crashtest {

/// How a process ended.
struct Ending {
  bool killed = false;  ///< by a signal
  int code = 0;         ///< exit code, or the signal's number
};

/// One child process. Killed when it goes out of scope.
class Process {
 public:
  struct Start {
    std::vector<std::string> command;      ///< program and arguments
    std::vector<std::string> environment;  ///< NAME=VALUE, besides PATH, HOME and TMPDIR of ours
    std::filesystem::path out, err;        ///< appended to
  };
  /// Error `crashtest.start`.
  [[nodiscard]] static Expected<Process> start(const Start& start);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  void signal(int number) const;
  /// nullopt while it runs.
  [[nodiscard]] std::optional<Ending> ending();
  /// Waits at most so long; nullopt if it still runs.
  [[nodiscard]] std::optional<Ending> wait(Duration bound);

 private:
  explicit Process(int pid) : pid_(pid) {}
  int pid_ = -1;
  std::optional<Ending> ending_;
};

/// A moment of the steady clock, for spans of wall time.
[[nodiscard]] Timestamp wall_now();
void sleep_for(Duration span);

}  // namespace ebb::crashtest
