#include "app/run_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <system_error>

namespace ebb::app {

RunFile::RunFile(const std::optional<std::filesystem::path>& directory) {
  if (!directory) return;
  path_ = *directory / "run.json";
  std::ofstream(path_) << fmt::format("{{\"pid\": {}, \"url\": null}}\n", getpid());
}

RunFile::~RunFile() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove(path_, ignored);
}

}  // namespace ebb::app
