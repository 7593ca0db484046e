#include "crashtest/plan.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace ebb::crashtest {
namespace {

std::set<std::string> points_in_the_sources() {
  std::set<std::string> names;
  const std::regex point("EBB_CRASH_POINT\\(\"([a-z._]+)\"\\)");
  for (const auto& entry : std::filesystem::recursive_directory_iterator("src")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    for (std::sregex_iterator i(text.begin(), text.end(), point), end; i != end; ++i) names.insert((*i)[1]);
  }
  return names;
}

TEST(CrashPlan, every_crash_point_of_the_program_is_planned) {
  std::set<std::string> planned;
  for (const CrashPoint& point : crash_points()) planned.insert(point.name);
  EXPECT_EQ(planned, points_in_the_sources());
}

TEST(CrashPlan, has_so_many_kills_in_directories_of_so_many) {
  Random random(1);
  const auto sessions = plan_kills({.runs = 25, .lives = 10}, random);
  ASSERT_EQ(sessions.size(), 3u);
  EXPECT_EQ(sessions[0].size(), 10u);
  EXPECT_EQ(sessions[2].size(), 5u);
}

TEST(CrashPlan, reaches_every_point_and_falls_between_them) {
  Random random(2);
  std::set<std::string> reached;
  std::uint32_t moments = 0, starting = 0;
  for (const auto& session : plan_kills({.runs = 400, .lives = 10, .power = true}, random)) {
    for (const Kill& kill : session) {
      if (!kill.point.empty()) reached.insert(kill.point);
      moments += kill.point.empty() ? 1 : 0;
      starting += kill.starting ? 1 : 0;
    }
  }
  EXPECT_EQ(reached.size(), crash_points().size());
  EXPECT_EQ(moments, 200u);
  EXPECT_GT(starting, 20u);
  EXPECT_LT(starting, 90u);
}

TEST(CrashPlan, is_the_same_for_the_same_seed) {
  const auto names = [](std::uint64_t seed) {
    Random random(seed);
    std::string all;
    for (const auto& session : plan_kills({.runs = 40}, random)) {
      for (const Kill& kill : session) all += to_text(kill) + "\n";
    }
    return all;
  };
  EXPECT_EQ(names(3), names(3));
  EXPECT_NE(names(3), names(4));
}

}  // namespace
}  // namespace ebb::crashtest
