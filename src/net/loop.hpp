// An event loop: one thread runs it, sockets and timers call back on that thread. Asio stays behind it.
//
//   Loop loop;
//   Loop::Timer tick(loop, [&] { ...; tick.arm(loop.now() + seconds(1)); });
//   tick.arm(loop.now() + seconds(1));
//   loop.run();
#pragma once

#include <functional>
#include <memory>

#include "base/time.hpp"

namespace ebb::net {

/// Whether a thread of this process may run on that core: it is there, and nothing keeps the process away from it.
[[nodiscard]] bool may_run_on(unsigned core);

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs until stop(). The calling thread becomes the loop's.
  void run();
  /// Runs what is ready, and waits at most `longest` for something to be (tests, loops that have other work, too).
  void run_for(Duration longest);
  /// run() binds its thread to this core; to be called before. One that does not exist: the thread stays free.
  void pin_to(unsigned core);
  /// From every thread.
  void stop();
  /// Calls `work` on the loop's thread, after what is queued already. From every thread.
  void post(std::function<void()> work);
  /// Wall-clock time that never goes back: the system's clock at construction plus steady time since. From every thread.
  [[nodiscard]] Timestamp now() const;
  /// Polls for so long after the last event before it sleeps (a wake-up costs 5 to 50 us); 0 = sleeps at once. From every thread.
  void set_spin(Duration spin);

  class Timer {
   public:
    Timer(Loop& loop, std::function<void()> on_due);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    /// Calls back once at `at` (soon, if that is past); replaces an earlier time. kNever disarms.
    void arm(Timestamp at);

   private:
    struct State;
    std::shared_ptr<State> state_;
  };

  struct Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::net
