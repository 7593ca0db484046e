// For tests only: files that lie outside the project. A test that needs one is skipped when it is not there.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace ebb::polymarket {

/// Content of a file of test vectors (environment EBB_SPEC_VECTORS, default ../shared/spec/vectors relative to
/// the source root, where tests run); empty when absent.
inline std::string read_vectors(const std::string& name) {
  const char* folder = std::getenv("EBB_SPEC_VECTORS");
  std::ifstream file((folder != nullptr ? std::string(folder) : std::string("../shared/spec/vectors")) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Content of a recorded file (environment EBB_RECORDED_DATA, default ../shared/data); empty when absent.
inline std::string read_recorded(const std::string& name) {
  const char* folder = std::getenv("EBB_RECORDED_DATA");
  std::ifstream file((folder != nullptr ? std::string(folder) : std::string("../shared/data")) + "/" + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace ebb::polymarket

/// Binds a recorded file's text to `variable` or skips the test.
#define EBB_RECORDED_OR_SKIP(variable, name)                           \
  const std::string variable = ::ebb::polymarket::read_recorded(name); \
  if (variable.empty()) GTEST_SKIP() << name << " not found: set EBB_RECORDED_DATA to the folder of recorded data"

/// Binds the vectors' text to `variable` or skips the test.
#define EBB_VECTORS_OR_SKIP(variable, name)                           \
  const std::string variable = ::ebb::polymarket::read_vectors(name); \
  if (variable.empty()) GTEST_SKIP() << name << " not found: set EBB_SPEC_VECTORS to the folder of test vectors"
