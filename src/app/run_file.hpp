// run.json: who is trading in this data directory.
#pragma once

#include <filesystem>
#include <optional>

namespace ebb::app {

/// Writes {pid, url} while it lives, removes it when it dies. Without a directory it does nothing. `url` is null as long as no
/// operator's interface listens.
class RunFile {
 public:
  explicit RunFile(const std::optional<std::filesystem::path>& directory);
  ~RunFile();
  RunFile(const RunFile&) = delete;
  RunFile& operator=(const RunFile&) = delete;

 private:
  std::filesystem::path path_;
};

}  // namespace ebb::app
