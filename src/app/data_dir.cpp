#include "app/data_dir.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace ebb::app {

namespace {

constexpr const char* kHint = "choose another one with --data-dir DIR";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::unexpected<Error> unwritable(const std::filesystem::path& path, const std::string& why) {
  return fail("data_dir.unwritable", fmt::format("the data directory {} cannot be written: {}", path.string(), why),
              kHint);
}

}  // namespace

Expected<std::filesystem::path> data_dir_path(const std::string& option) {
  if (!option.empty()) return std::filesystem::path(option);
  if (const std::string state = environment("XDG_STATE_HOME"); !state.empty())
    return std::filesystem::path(state) / "ebb";
  if (const std::string home = environment("HOME"); !home.empty()) {
    return std::filesystem::path(home) / ".local/state/ebb";
  }
  return fail("data_dir.unknown", "there is no data directory: neither XDG_STATE_HOME nor HOME is set", kHint);
}

Expected<std::filesystem::path> open_data_dir(const std::string& option) {
  TRY(path, data_dir_path(option));
  std::error_code error;
  const bool existed = std::filesystem::is_directory(path, error);
  std::filesystem::create_directories(path, error);
  if (error) return unwritable(path, error.message());
  if (!existed) std::filesystem::permissions(path, std::filesystem::perms::owner_all, error);
  // Permission bits say little (root, read-only mounts): only writing proves that it can be written.
  std::string probe = (path / ".writable-XXXXXX").string();
  const int fd = mkstemp(probe.data());
  if (fd < 0) return unwritable(path, std::strerror(errno));
  close(fd);
  unlink(probe.c_str());
  return path;
}

}  // namespace ebb::app
