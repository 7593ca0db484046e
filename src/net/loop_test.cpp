#include "net/loop.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <thread>
#include <vector>

namespace ebb::net {
namespace {

TEST(Loop, RunsPostedWorkInOrderUntilStopped) {
  Loop loop;
  std::vector<int> order;
  loop.post([&] { order.push_back(1); });
  loop.post([&] {
    order.push_back(2);
    loop.stop();
  });
  loop.run();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

TEST(Loop, StopBeforeRunIsNotLostAndRunWorksAgain) {
  Loop loop;
  loop.stop();
  loop.run();
  bool ran = false;
  loop.post([&] {
    ran = true;
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(ran);
}

TEST(Loop, TakesWorkFromOtherThreadsWhileSpinningAndSleeping) {
  for (const Duration spin : {Duration(0), milliseconds(1), seconds(10)}) {
    Loop loop;
    loop.set_spin(spin);
    int sum = 0;
    std::thread other([&] {
      for (int i = 0; i < 1000; ++i) loop.post([&] { ++sum; });
      loop.post([&] { loop.stop(); });
    });
    loop.run();
    other.join();
    EXPECT_EQ(sum, 1000);
  }
}

TEST(Loop, TimeNeverGoesBack) {
  const Loop loop;
  Timestamp last = loop.now();
  for (int i = 0; i < 10'000; ++i) {
    const Timestamp now = loop.now();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(LoopTimer, FiresOnceNotBeforeItsTime) {
  Loop loop;
  int fired = 0;
  Timestamp at;
  Loop::Timer timer(loop, [&] {
    ++fired;
    at = loop.now();
    loop.stop();
  });
  const Timestamp due = loop.now() + milliseconds(5);
  timer.arm(due);
  loop.run();
  EXPECT_EQ(fired, 1);
  EXPECT_GE(at, due);
  loop.run_for(milliseconds(5));
  EXPECT_EQ(fired, 1);
}

TEST(LoopTimer, LaterEarlierAndNeverReplaceTheTime) {
  Loop loop;
  std::optional<Timestamp> moved;
  Loop::Timer later(loop, [&] { moved = loop.now(); });
  Loop::Timer disarmed(loop, [&] { FAIL() << "a disarmed timer fired"; });
  Loop::Timer end(loop, [&] { loop.stop(); });
  const Timestamp start = loop.now();
  later.arm(start + milliseconds(1));
  later.arm(start + milliseconds(10));
  disarmed.arm(start + milliseconds(1));
  disarmed.arm(kNever);
  end.arm(start + hours(24 * 365 * 200));
  end.arm(start + milliseconds(20));
  loop.run();
  ASSERT_TRUE(moved);
  EXPECT_GE(*moved, start + milliseconds(10));
}

TEST(LoopTimer, MayBeRearmedAndDestroyedInItsOwnCall) {
  Loop loop;
  int fired = 0;
  std::unique_ptr<Loop::Timer> timer;
  timer = std::make_unique<Loop::Timer>(loop, [&] {
    if (++fired < 3) return timer->arm(Timestamp(1));
    timer.reset();
    loop.stop();
  });
  timer->arm(loop.now());
  loop.run();
  EXPECT_EQ(fired, 3);
}

TEST(LoopTimer, IsSilentOnceDestroyed) {
  Loop loop;
  {
    Loop::Timer timer(loop, [] { FAIL(); });
    timer.arm(loop.now());
  }
  loop.run_for(milliseconds(1));
}

}  // namespace
}  // namespace ebb::net
