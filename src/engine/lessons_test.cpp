// docs/lessons.md: every line of the predecessor's list names tests, and each test that it names exists.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace ebb::engine::testing {
namespace {

namespace fs = std::filesystem;

fs::path root() {
  const fs::path beside = fs::path(__FILE__).parent_path() / "../..";
  return fs::exists(beside / "docs/lessons.md") ? beside.lexically_normal() : fs::path(".");
}

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Names of all unit tests (`Suite.Test`) and scenarios.
std::set<std::string> all_tests() {
  std::set<std::string> names;
  const std::regex test(R"(TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\))");
  for (const auto& entry : fs::recursive_directory_iterator(root() / "src")) {
    if (!entry.path().filename().string().ends_with("_test.cpp")) continue;
    const std::string text = text_of(entry.path());
    for (std::sregex_iterator it(text.begin(), text.end(), test), end; it != end; ++it)
      names.insert((*it)[1].str() + "." + (*it)[2].str());
  }
  for (const auto& entry : fs::directory_iterator(root() / "tests/scenarios")) {
    std::istringstream lines(text_of(entry.path()));
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("scenario ")) continue;
      const std::size_t end = line.find(' ', 9);
      names.insert(line.substr(9, end == std::string::npos ? end : end - 9));
    }
  }
  return names;
}

TEST(Lessons, EveryLineHasTestsAndTheyExist) {
  const std::set<std::string> tests = all_tests();
  ASSERT_GT(tests.size(), 500U);
  const std::string text = text_of(root() / "docs/lessons.md");
  std::set<std::string> lines;
  const std::regex row(R"(\| ([FSOBR]\d+) \|[^|\n]*\|([^|\n]*)\|)");
  const std::regex name("`([^`]+)`");
  for (std::sregex_iterator it(text.begin(), text.end(), row), end; it != end; ++it) {
    lines.insert((*it)[1]);
    const std::string cell = (*it)[2];
    int named = 0;
    for (std::sregex_iterator n(cell.begin(), cell.end(), name); n != end; ++n, ++named)
      EXPECT_TRUE(tests.contains((*n)[1])) << (*it)[1] << " names a test that does not exist: " << (*n)[1];
    EXPECT_GT(named, 0) << (*it)[1] << " has no test";
  }
  for (const auto& [letter, count] : {std::pair('F', 21), {'S', 8}, {'O', 11}, {'B', 3}, {'R', 6}}) {
    for (int i = 1; i <= count; ++i) {
      const std::string line = letter + std::to_string(i);
      EXPECT_TRUE(lines.contains(line)) << line << " is missing in docs/lessons.md";
    }
  }
}

}  // namespace
}  // namespace ebb::engine::testing
