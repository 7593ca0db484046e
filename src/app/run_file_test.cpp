#include "app/run_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace ebb::app {
namespace {

TEST(RunFile, OnlyOneTraderInADirectoryAtATime) {
  std::string name = (std::filesystem::temp_directory_path() / "ebb-run-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  const std::optional<std::filesystem::path> folder = name;
  {
    const auto first = RunFile::create(folder);
    ASSERT_TRUE(first);
    EXPECT_TRUE(std::filesystem::exists(*folder / "run.json"));
    const auto second = RunFile::create(folder);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "run.already");
    EXPECT_NE(second.error().message.find(std::to_string(getpid())), std::string::npos) << second.error().message;
    EXPECT_TRUE(std::filesystem::exists(*folder / "run.json")) << "the first one's file stays";
  }
  EXPECT_FALSE(std::filesystem::exists(*folder / "run.json"));
  EXPECT_TRUE(RunFile::create(folder)) << "the next may come";
  EXPECT_TRUE(RunFile::create(std::nullopt)) << "nothing to guard";
  std::filesystem::remove_all(name);
}

}  // namespace
}  // namespace ebb::app
