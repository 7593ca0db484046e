#include "app/pacer.hpp"

#include <gtest/gtest.h>

namespace ebb::app {
namespace {

constexpr Timestamp kStart{1'000'000'000'000};

TEST(Pacer, FollowsTheWall) {
  Pacer pacer(2.0, kStart, seconds(10));
  EXPECT_EQ(pacer.due(kStart, seconds(10)), kStart);
  EXPECT_EQ(pacer.due(kStart, seconds(10) + milliseconds(100)), kStart + milliseconds(200));
  EXPECT_LE(pacer.slice(), milliseconds(50));
}

TEST(Pacer, DoesNotCatchUpAfterALongPause) {
  Pacer pacer(1.0, kStart, seconds(0));
  const Timestamp now = kStart + seconds(1);
  EXPECT_EQ(pacer.due(now, seconds(100)), now + milliseconds(500));
  EXPECT_EQ(pacer.due(now + milliseconds(500), seconds(101)), now + milliseconds(1000))
      << "one second later it is half a second behind at most";
  EXPECT_EQ(pacer.due(now + seconds(1), seconds(101)), now + milliseconds(1000)) << "and goes on at its pace";
}

TEST(Pacer, UnpacedAlwaysGoesOn) {
  Pacer pacer(0.0, kStart, seconds(0));
  EXPECT_TRUE(pacer.unpaced());
  EXPECT_GT(pacer.due(kStart, seconds(0)), kStart);
}

}  // namespace
}  // namespace ebb::app
