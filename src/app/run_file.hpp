// run.json: who is trading in this data directory.
#pragma once

#include <filesystem>
#include <optional>

#include "base/expected.hpp"
#include "store/wallet_lock.hpp"

namespace ebb::app {

/// Writes {pid, url} while it lives, removes it when it dies. Without a directory it does nothing. `url` is null as long as no
/// operator's interface listens. A lock makes it the only one in its directory, also after a crash of another.
class RunFile {
 public:
  /// Error `run.already`: another process trades in this directory; its pid is named.
  [[nodiscard]] static Expected<RunFile> create(const std::optional<std::filesystem::path>& directory);
  ~RunFile();
  RunFile(RunFile&& other) noexcept;
  RunFile& operator=(RunFile&&) = delete;

 private:
  RunFile() = default;
  std::filesystem::path path_;
  std::optional<store::FileLock> lock_;
};

}  // namespace ebb::app
