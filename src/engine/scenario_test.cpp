// Runs the behaviour tests of tests/scenarios: market tape in, expected orders out. One test for each `scenario` line.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "engine/testing/scenario_runner.hpp"

namespace ebb::engine::testing {
namespace {

/// tests/scenarios beside src: from this file, or from the working directory (the source root when ctest runs it).
std::filesystem::path scenario_folder() {
  const auto beside = std::filesystem::path(__FILE__).parent_path() / "../../tests/scenarios";
  if (std::filesystem::is_directory(beside)) return beside.lexically_normal();
  return "tests/scenarios";
}

std::vector<Scenario> all_scenarios() {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(scenario_folder())) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(scenario_folder())) {
      if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  std::vector<Scenario> scenarios;
  for (const auto& file : files) {
    for (Scenario& scenario : read_scenarios(file)) scenarios.push_back(std::move(scenario));
  }
  return scenarios;
}

std::string test_name(const ::testing::TestParamInfo<Scenario>& info) {
  std::string name;
  for (const char c : info.param.name) name += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

class ScenarioTest : public ::testing::TestWithParam<Scenario> {};

TEST_P(ScenarioTest, BehavesAsWritten) {
  ScenarioRun run(GetParam());
  for (const Difference& difference : run.run()) {
    ADD_FAILURE_AT(difference.line.file.c_str(), difference.line.number) << difference.line.text << "\n"
                                                                         << difference.what;
  }
}

INSTANTIATE_TEST_SUITE_P(Text, ScenarioTest, ::testing::ValuesIn(all_scenarios()), test_name);

TEST(Scenarios, AreFound) { EXPECT_GE(all_scenarios().size(), 200U) << "in " << scenario_folder(); }

// The rows of the acceptance lists A, C and E, and those of D, G and H that show in orders.
TEST(Scenarios, CoverTheirLists) {
  std::set<std::string> names;
  for (const Scenario& scenario : all_scenarios()) names.insert(scenario.name);
  for (const char* row :
       {"A1",  "A2",       "A4",  "A5",  "A5_default", "A7",  "A8",  "A10",         "A11", "A13", "A14",
        "A16", "A17",      "A19", "A20", "A22",        "A23", "A25", "A26",         "A28", "A29", "C1",
        "C2",  "C4",       "C5",  "C7",  "C8",         "C10", "C11", "C11_default", "C13", "C14", "C16",
        "C17", "D7_group", "E1",  "E2",  "E4",         "E5",  "E7",  "E8",          "E10", "E11", "E13",
        "E14", "E16",      "G7",  "G8",  "G13",        "G14", "G16", "H7",          "H17"}) {
    EXPECT_TRUE(names.contains(row)) << row;
  }
}

TEST(Scenarios, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const Scenario& scenario : all_scenarios()) EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
}

// A runner that finds nothing wrong would pass everything: each of these lines must be told.
TEST(Scenarios, TellWhatDiffers) {
  const auto differences = [](std::vector<std::string> lines) {
    Scenario scenario{"x", "", {}, {}};
    for (const std::string& line : lines) scenario.lines.push_back({"x.txt", 1, line, split_words(line)});
    return ScenarioRun(scenario).run().size();
  };
  EXPECT_EQ(differences({"0 quote .50/.52", "1 quote .40/.42", "expect buy 10 @ .40"}), 0U);
  EXPECT_EQ(differences({"0 quote .50/.52", "1 quote .40/.42", "expect buy 10 @ .41"}), 1U);
  EXPECT_EQ(differences({"0 quote .50/.52", "1 quote .40/.42", "expect buy 10 @ .40 at 2"}), 1U);
  EXPECT_EQ(differences({"0 quote .50/.52", "1 quote .40/.42", "expect none"}), 1U);
  EXPECT_EQ(differences({"0 quote .50/.52", "1 quote .40/.42"}), 1U) << "an order that nobody expected";
  EXPECT_EQ(differences({"0 quote .50/.52", "expect cancel REQUOTE"}), 1U);
  EXPECT_EQ(differences({"0 quote .50/.52", "expect ask status"}), 1U);
  EXPECT_EQ(differences({"0 quote .50/.52", "expect result FILLED"}), 1U);
  EXPECT_EQ(differences({"0 quote .50/.52", "expect phase BUYING"}), 1U);
  EXPECT_EQ(differences({"0 quote .50/.52", "expect phase IDLE", "expect trusted", "expect points 1"}), 0U);
  EXPECT_EQ(differences({"0 qoute .50/.52"}), 1U) << "a word that nobody knows";
  EXPECT_EQ(differences({"params dorp=5%", "0 quote .50/.52"}), 1U);
}

}  // namespace
}  // namespace ebb::engine::testing
