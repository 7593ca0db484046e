#include "base/timer_wheel.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <tuple>

#include "base/random.hpp"

namespace ebb {
namespace {

const Timestamp kStart = from_ms(1'776'153'600'000);

std::vector<std::uint64_t> payloads_until(TimerWheel& wheel, Timestamp now) {
  std::vector<std::uint64_t> fired;
  wheel.advance(now, [&](const Timer& timer) { fired.push_back(timer.payload); });
  return fired;
}

TEST(TimerWheel, FiresAtItsTimeToTheNanosecond) {
  TimerWheel wheel(kStart);
  const Timestamp due = kStart + milliseconds(3) + nanoseconds(500);
  wheel.schedule(due, 7, 42);
  EXPECT_EQ(wheel.next_due(), due);
  EXPECT_TRUE(payloads_until(wheel, due - nanoseconds(1)).empty());
  Timer seen;
  wheel.advance(due, [&](const Timer& timer) { seen = timer; });
  EXPECT_EQ(seen.due, due);
  EXPECT_EQ(seen.kind, 7u);
  EXPECT_EQ(seen.payload, 42u);
  EXPECT_TRUE(wheel.empty());
  EXPECT_EQ(wheel.next_due(), kNever);
}

TEST(TimerWheel, FiresByDueTimeThenByOrderOfScheduling) {
  TimerWheel wheel(kStart);
  wheel.schedule(kStart + seconds(2), 0, 1);
  wheel.schedule(kStart + milliseconds(1) + nanoseconds(9), 0, 2);
  wheel.schedule(kStart + seconds(2), 0, 3);
  wheel.schedule(kStart + milliseconds(1) + nanoseconds(5), 0, 4);
  wheel.schedule(kStart + minutes(90), 0, 5);
  wheel.schedule(kStart + seconds(2), 0, 6);
  EXPECT_EQ(payloads_until(wheel, kStart + hours(2)), (std::vector<std::uint64_t>{4, 2, 1, 3, 6, 5}));
}

TEST(TimerWheel, ATimeThatHasComeFiresWithTheNextAdvance) {
  TimerWheel wheel(kStart);
  wheel.schedule(kStart - hours(1), 0, 1);
  wheel.schedule(kStart, 0, 2);
  EXPECT_EQ(payloads_until(wheel, kStart), (std::vector<std::uint64_t>{1, 2}));
}

TEST(TimerWheel, ACanceledTimerNeverFiresAndItsHandleIsDead) {
  TimerWheel wheel(kStart);
  const TimerHandle first = wheel.schedule(kStart + seconds(1), 0, 1);
  wheel.schedule(kStart + seconds(1), 0, 2);
  EXPECT_TRUE(wheel.cancel(first));
  EXPECT_FALSE(wheel.cancel(first));
  const TimerHandle reused = wheel.schedule(kStart + seconds(1), 0, 3);
  EXPECT_FALSE(wheel.cancel(first)) << "the handle does not name the timer that took its place";
  EXPECT_TRUE(wheel.is_waiting(reused));
  EXPECT_FALSE(wheel.cancel(TimerHandle()));
  EXPECT_EQ(payloads_until(wheel, kStart + seconds(1)), (std::vector<std::uint64_t>{2, 3}));
  EXPECT_FALSE(wheel.cancel(reused)) << "it has fired";
}

TEST(TimerWheel, CallbacksMayScheduleAndCancel) {
  TimerWheel wheel(kStart);
  std::vector<std::uint64_t> fired;
  TimerHandle victim;
  wheel.schedule(kStart + seconds(1), 0, 1);
  victim = wheel.schedule(kStart + seconds(1), 0, 2);
  wheel.advance(kStart + seconds(3), [&](const Timer& timer) {
    fired.push_back(timer.payload);
    if (timer.payload == 1) {
      EXPECT_TRUE(wheel.cancel(victim)) << "due in the same slot, not fired yet";
      EXPECT_FALSE(wheel.cancel(victim));
      wheel.schedule(kStart + seconds(2), 0, 3);
      wheel.schedule(kStart + seconds(1), 0, 4);
      wheel.schedule(kStart + seconds(9), 0, 5);
    }
  });
  EXPECT_EQ(fired, (std::vector<std::uint64_t>{1, 4, 3}));
  EXPECT_EQ(wheel.size(), 1u);
}

TEST(TimerWheel, HoldsDeadlinesOfYearsAndTheEndOfTime) {
  TimerWheel wheel(kStart);
  wheel.schedule(kStart + hours(24 * 365 * 40), 0, 1);
  wheel.schedule(kNever, 0, 2);
  EXPECT_TRUE(payloads_until(wheel, kStart + hours(24 * 365 * 40) - nanoseconds(1)).empty());
  EXPECT_EQ(payloads_until(wheel, kStart + hours(24 * 365 * 40)), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(payloads_until(wheel, kNever), (std::vector<std::uint64_t>{2}));
}

TEST(TimerWheel, NextDueNeverOversleepsAndGetsThereInAFewSteps) {
  TimerWheel wheel(kStart);
  const Timestamp due = kStart + hours(31) + milliseconds(1234) + nanoseconds(77);
  wheel.schedule(due, 0, 1);
  int steps = 0;
  Timestamp now = kStart;
  while (!wheel.empty()) {
    const Timestamp next = wheel.next_due();
    ASSERT_LE(next, due);
    ASSERT_GT(next, now);
    now = next;
    payloads_until(wheel, now);
    ++steps;
  }
  EXPECT_EQ(now, due);
  EXPECT_LE(steps, 6);
}

TEST(TimerWheel, AllocatesNothingOnceWarm) {
  TimerWheel wheel(kStart);
  Random random(1);
  Timestamp now = kStart;
  std::vector<TimerHandle> handles(1000);
  std::size_t capacity = 0;
  for (int round = 0; round < 200; ++round) {
    for (TimerHandle& handle : handles) {
      wheel.cancel(handle);
      handle = wheel.schedule(now + milliseconds(random.between(0, 5'000'000)), 0, 0);
    }
    now = now + seconds(7);
    payloads_until(wheel, now);
    if (round == 0) capacity = wheel.capacity();
  }
  EXPECT_EQ(wheel.capacity(), capacity);
}

using Step = std::tuple<int, std::uint32_t, std::uint32_t>;  // what, which or how far, scale

TEST(TimerWheelProperty, AgreesWithASortedMap) {
  EXPECT_TRUE(rc::check("same timers in the same order", [](const std::vector<Step>& steps) {
    TimerWheel wheel(kStart);
    std::multimap<std::pair<Timestamp, std::uint64_t>, TimerHandle> model;  // (due, order of scheduling)
    std::uint64_t scheduled = 0;
    Timestamp now = kStart;
    const auto far = [](std::uint32_t n, std::uint32_t scale) {
      return nanoseconds(static_cast<std::int64_t>(n % 1'000) * 300'007 << (scale % 26));
    };
    for (const auto& [what, n, scale] : steps) {
      const int action = ((what % 4) + 4) % 4;
      if (action <= 1) {
        const Timestamp due = now + far(n, scale);
        const TimerHandle handle = wheel.schedule(due, 0, ++scheduled);
        model.emplace(std::pair(due, scheduled), handle);
      } else if (action == 2 && !model.empty()) {
        const auto victim = std::next(model.begin(), static_cast<std::ptrdiff_t>(n % model.size()));
        RC_ASSERT(wheel.cancel(victim->second));
        model.erase(victim);
      } else {
        const Timestamp first = model.empty() ? kNever : model.begin()->first.first;
        RC_ASSERT(wheel.next_due() <= first);
        RC_ASSERT((wheel.next_due() == kNever) == model.empty());
        now = now + far(n, scale);
        std::vector<std::uint64_t> expected;
        while (!model.empty() && model.begin()->first.first <= now) {
          expected.push_back(model.begin()->first.second);
          model.erase(model.begin());
        }
        RC_ASSERT(payloads_until(wheel, now) == expected);
      }
      RC_ASSERT(wheel.size() == model.size());
    }
  }));
}

}  // namespace
}  // namespace ebb
