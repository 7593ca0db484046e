#include "app/data_dir.hpp"

#include <gtest/gtest.h>
#include <cstdlib>

#include <fstream>

namespace ebb::app {
namespace {

class DataDir : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-data-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(DataDir, IsCreatedForItsOwnerOnly) {
  const auto opened = open_data_dir(folder_ / "a/b");
  ASSERT_TRUE(opened);
  EXPECT_EQ(std::filesystem::status(*opened).permissions(), std::filesystem::perms::owner_all);
  EXPECT_TRUE(std::filesystem::is_empty(*opened));
}

TEST_F(DataDir, DefaultsFollowTheEnvironment) {
  setenv("XDG_STATE_HOME", "/state", 1);
  EXPECT_EQ(*data_dir_path(""), "/state/ebb");
  unsetenv("XDG_STATE_HOME");
  setenv("HOME", "/home/me", 1);
  EXPECT_EQ(*data_dir_path(""), "/home/me/.local/state/ebb");
  EXPECT_EQ(*data_dir_path("/mine"), "/mine");
  unsetenv("HOME");
  EXPECT_EQ(data_dir_path("").error().code, "data_dir.unknown");
}

TEST_F(DataDir, ReadOnlyIsRefused) {
  // /proc takes no files, not even from root.
  EXPECT_EQ(open_data_dir("/proc/self").error().code, "data_dir.unwritable");
  EXPECT_EQ(open_data_dir("/proc/ebb").error().code, "data_dir.unwritable");
  std::ofstream(folder_ / "file") << "x";
  EXPECT_EQ(open_data_dir(folder_ / "file").error().code, "data_dir.unwritable");
  EXPECT_EQ(open_data_dir(folder_ / "file/below").error().code, "data_dir.unwritable");
}

}  // namespace
}  // namespace ebb::app
