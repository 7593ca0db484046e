// Ctrl-C at any moment: the first one stops in order, the second at once. Each case dies in a process of its own.
#include "app/stop.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "app/commands.hpp"
#include "app/exit_code.hpp"

namespace ebb::app {
namespace {

/// A demo without an end and as fast as it goes; a signal comes after `wait`. Ends the process with its exit code.
[[noreturn]] void interrupted_demo(int signal, std::chrono::milliseconds wait) {
  install_stop_handlers();
  std::thread sender([=] {
    std::this_thread::sleep_for(wait);
    kill(getpid(), signal);
  });
  DemoOptions options;
  options.common = {.data_dir = (std::filesystem::temp_directory_path() / "ebb_stop_test").string(), .json = true};
  options.markets = 2;
  options.speed = 0.0;
  options.headless = true;
  const int code = run_demo(options);
  sender.join();
  _exit(code);
}

TEST(StopDeathTest, ADemoEndsInOrderAtAnyMoment) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const int wait : {0, 1, 7, 40, 200}) {
    EXPECT_EXIT(interrupted_demo(SIGINT, std::chrono::milliseconds(wait)), testing::ExitedWithCode(kExitStopped), "");
  }
  EXPECT_EXIT(interrupted_demo(SIGTERM, std::chrono::milliseconds(20)), testing::ExitedWithCode(kExitStopped), "");
}

TEST(StopDeathTest, TheFirstSignalAsksAndTheSecondEnds) {
  EXPECT_EXIT(
      {
        install_stop_handlers();
        set_stop_clock([] { return std::int64_t{1000}; });
        raise(SIGINT);
        if (!stop_requested()) _exit(9);
        set_stop_clock([] { return std::int64_t{1099}; });
        raise(SIGINT);  // the same one, told twice
        set_stop_clock([] { return std::int64_t{1100}; });
        raise(SIGINT);
        _exit(8);
      },
      testing::ExitedWithCode(kExitStopped), "");
}

}  // namespace
}  // namespace ebb::app
