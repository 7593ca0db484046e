#include "bench/runner.hpp"

#include <gtest/gtest.h>

#include <set>

namespace ebb::bench {
namespace {

TEST(IsWanted, WholeNamesAndBeginnings) {
  EXPECT_TRUE(is_wanted("decode/book/64", {}));
  EXPECT_TRUE(is_wanted("decode/book/64", {"decode"}));
  EXPECT_TRUE(is_wanted("decode/book/64", {"decode/book/"}));
  EXPECT_TRUE(is_wanted("decode/book/64", {"engine", "decode/book/64"}));
  EXPECT_FALSE(is_wanted("decode/book/64", {"decode/book/6"}));
  EXPECT_FALSE(is_wanted("decoder/x", {"decode"}));
}

TEST(RunCase, AlternatesAndComparesMedians) {
  std::string order;
  Case c{.name = "x", .unit = Unit::ns_per_op, .reference = "twice as slow"};
  c.min_seconds = 1e-9;
  c.ours = [&](std::int64_t iterations) {
    order += 'o';
    return 1e-6 * static_cast<double>(iterations);
  };
  c.reference_run = [&](std::int64_t iterations) {
    order += 'r';
    return 2e-6 * static_cast<double>(iterations);
  };
  c.extra = [] { return std::vector<Extra>{{"p99_us", 3.5}}; };
  const Result result = run_case(c, kRuns, {});
  EXPECT_EQ(order, "ororororor");
  EXPECT_EQ(result.runs, kRuns);
  EXPECT_NEAR(result.value, 1000.0, 1e-6);
  EXPECT_NEAR(*result.reference_value, 2000.0, 1e-6);
  EXPECT_NEAR(*result.ratio, 0.5, 1e-9);
  ASSERT_EQ(result.extra.size(), 1u);
}

TEST(RunCase, RatesAndNoReference) {
  Case c{.name = "x", .unit = Unit::ops_per_second};
  c.min_seconds = 1e-9;
  c.ours = [](std::int64_t iterations) { return 0.25 * static_cast<double>(iterations); };
  const Result result = run_case(c, 5, {});
  EXPECT_NEAR(result.value, 4.0, 1e-9);
  EXPECT_FALSE(result.reference_value);
  EXPECT_FALSE(result.ratio);
}

TEST(RunCase, SaysWhyItCannotRun) {
  Case c{.name = "x"};
  c.unavailable = [] { return std::string("no recorded data"); };
  c.ours = [](std::int64_t) -> double { throw 1; };
  EXPECT_EQ(run_case(c, 5, {}).skipped, "no recorded data");
}

TEST(RunCase, StopsWhenAsked) {
  Case c{.name = "x"};
  c.min_seconds = 1e-9;
  int calls = 0;
  c.ours = [&](std::int64_t) { return static_cast<double>(++calls); };
  EXPECT_EQ(run_case(c, 5, [&] { return calls >= 2; }).runs, 2);
}

TEST(AllCases, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Case& c : all_cases()) {
    EXPECT_TRUE(names.insert(c.name).second) << c.name;
    EXPECT_TRUE(c.ours) << c.name;
    EXPECT_EQ(c.reference.empty(), !c.reference_run) << c.name;
  }
}

}  // namespace
}  // namespace ebb::bench
