#include "app/run_file.hpp"

#include <fmt/format.h>
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
  auto held = store::FileLock::acquire(lock);
  if (!held && held.error().code == "lock.held") {
    return fail(
        "run.already",
        fmt::format("another ebb trades with the data directory {}: {}", directory->string(), held.error().message),
        "stop it first, or give this one a --data-dir and a wallet of its own");
  }
  if (!held) return fail("data_dir.unwritable", held.error().message, "choose another one with --data-dir DIR");
  file.lock_ = std::move(*held);
  file.path_ = *directory / "run.json";
  std::ofstream(file.path_) << fmt::format("{{\"pid\": {}, \"url\": null}}\n", getpid());
  return file;
}

RunFile::RunFile(RunFile&& other) noexcept : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

RunFile::~RunFile() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

}  // namespace ebb::app
