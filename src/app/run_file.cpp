#include "app/run_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>
#include <system_error>
#include <utility>

namespace ebb::app {

Expected<RunFile> RunFile::create(const std::optional<std::filesystem::path>& directory) {
  RunFile file;
  if (!directory) return file;
  // The lock stands beside run.json, which comes and goes; the kernel lets go of it when the process ends, however it ends.
  const std::filesystem::path lock = *directory / "run.lock";
  file.lock_ = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file.lock_ < 0) return fail("data_dir.unwritable", fmt::format("{} cannot be written", lock.string()));
  if (flock(file.lock_, LOCK_EX | LOCK_NB) != 0) {
    return fail("run.already", fmt::format("another ebb trades with the data directory {}", directory->string()),
                "stop it first, or give this one a --data-dir and a wallet of its own");
  }
  file.path_ = *directory / "run.json";
  std::ofstream(file.path_) << fmt::format("{{\"pid\": {}, \"url\": null}}\n", getpid());
  return file;
}

RunFile::RunFile(RunFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

RunFile::~RunFile() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
  if (lock_ >= 0) close(lock_);
}

}  // namespace ebb::app
