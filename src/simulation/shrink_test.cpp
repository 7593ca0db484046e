#include "simulation/shrink.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace ebb::simulation {
namespace {

using Lines = std::vector<std::string>;

Lines numbered(int count) {
  Lines lines;
  for (int i = 0; i < count; ++i) lines.push_back(std::to_string(i));
  return lines;
}

TEST(Shrink, ALineThatFailsAloneIsLeft) {
  const auto fails = [](const Lines& lines) { return std::find(lines.begin(), lines.end(), "7") != lines.end(); };
  const Shrunk shrunk = shrink(numbered(12), fails);
  EXPECT_EQ(shrunk.lines, Lines{"7"});
  EXPECT_LE(shrunk.runs, 20u);
}

TEST(Shrink, WhatFailsWithoutFaultsNeedsNone) {
  EXPECT_TRUE(shrink(numbered(12), [](const Lines&) { return true; }).lines.empty());
}

TEST(Shrink, ItEndsAfterSoManyRuns) {
  const Lines all = numbered(12);
  const Shrunk shrunk = shrink(all, [&](const Lines& lines) { return lines == all; }, 5);
  EXPECT_EQ(shrunk.lines, all);
  EXPECT_EQ(shrunk.runs, 5u);
}

RC_GTEST_PROP(Shrink, WhatFailsTogetherIsLeftInItsOrder, ()) {
  const int count = *rc::gen::inRange(1, 40);
  const auto needed = *rc::gen::container<std::set<int>>(rc::gen::inRange(0, count));
  const auto fails = [&](const Lines& lines) {
    return std::all_of(needed.begin(), needed.end(), [&](int line) {
      return std::find(lines.begin(), lines.end(), std::to_string(line)) != lines.end();
    });
  };
  Lines expected;
  for (const int line : needed) expected.push_back(std::to_string(line));
  RC_ASSERT(shrink(numbered(count), fails, 100'000).lines == expected);
}

}  // namespace
}  // namespace ebb::simulation
