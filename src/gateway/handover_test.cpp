#include "gateway/handover.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ebb::gateway {
namespace {

TEST(Handover, BringsEverythingInOrderToTheOtherThread) {
  constexpr int kItems = 20'000;
  net::Loop loop;
  std::vector<int> taken;
  Handover<int, 1024> queue(loop, [&](int& item) {
    taken.push_back(item);
    if (item == kItems - 1) loop.stop();
  });
  std::thread taker([&] { loop.run(); });
  for (int i = 0; i < kItems; ++i) {
    while (!queue.push(i)) std::this_thread::yield();
  }
  taker.join();
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(kItems));
  for (int i = 0; i < kItems; ++i) ASSERT_EQ(taken[static_cast<std::size_t>(i)], i);
}

TEST(Handover, SaysWhenItIsFullAndLosesNothingOfWhatItTook) {
  net::Loop loop;
  std::vector<int> taken;
  Handover<int, 4> queue(loop, [&](int& item) { taken.push_back(item); });
  int pushed = 0;
  while (queue.push(pushed)) ++pushed;
  EXPECT_GE(pushed, 4);
  EXPECT_EQ(queue.overflows(), 1U);
  queue.drain();
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(pushed));
  EXPECT_TRUE(queue.push(99));
}

}  // namespace
}  // namespace ebb::gateway
