// One running trader per wallet: two of them would take each other's orders and fills for strangers'.
//
// An advisory lock on a file named after the wallet in a directory that all data directories of the user share. The kernel lets
// go of it when the process ends, however it ends; the pid in the file names the holder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/expected.hpp"

namespace ebb::store {

/// A file that one process at a time may hold.
class FileLock {
 public:
  /// Creates `path` if need be, locks it and writes this process's id into it. Errors: `lock.held` (the message names the
  /// holder's pid), `lock.unwritable`.
  [[nodiscard]] static Expected<FileLock> acquire(const std::filesystem::path& path);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

/// `directory`/wallets/VENUE-ADDRESS.lock, in lower case. Directories are created (mode 0700). Errors: `run.wallet_locked` (another
/// trader runs with this wallet: its pid), `lock.unwritable`, `lock.invalid` (not an address: 0x and 40 hex digits).
[[nodiscard]] Expected<FileLock> lock_wallet(const std::filesystem::path& directory, std::string_view venue,
                                             std::string_view wallet);

}  // namespace ebb::store
