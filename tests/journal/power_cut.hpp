// What a power failure leaves of a folder: for each file its contents at its last sync, for mapped files page by page, and the
// names of the folder's own last sync. The harshest disk that keeps its word: nothing survives that was not synced.
#pragma once

#include <filesystem>

namespace ebb::store::testing {

/// Before the process starts: all of `live` is durable.
void power_on(const std::filesystem::path& live, const std::filesystem::path& durable);

/// From now on every fsync, fdatasync and msync of this process on a file of `live` is repeated on
/// `durable`, and so are renames and removals in it with the next sync of the folder. The functions of the C library are replaced in this program: SQLite's calls are seen,
/// too. Once in a process.
void follow_syncs(const std::filesystem::path& live, const std::filesystem::path& durable);

/// After the process has died: `live` becomes what was durable.
void cut_power(const std::filesystem::path& live, const std::filesystem::path& durable);

/// Whether the calls can be seen in this build (not where a sanitizer replaces them itself).
[[nodiscard]] bool can_follow_syncs();

}  // namespace ebb::store::testing
