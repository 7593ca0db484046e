#include "power_cut.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace ebb::store::testing {
namespace {

namespace fs = std::filesystem;

struct Follower {
  std::mutex mutex;
  fs::path live, durable;
  // Since the folder's last sync:
  std::vector<std::pair<fs::path, fs::path>> renames;
  std::vector<fs::path> removals;
};
Follower* follower = nullptr;

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::_Exit(6);
}

/// The file's name below the folder that is followed; empty: it lies elsewhere.
fs::path name_in_folder(const fs::path& path) {
  const fs::path relative = path.lexically_relative(follower->live);
  return relative.empty() || *relative.begin() == ".." ? fs::path() : relative;
}

fs::path path_of(int file) {
  std::error_code error;
  return fs::read_symlink("/proc/self/fd/" + std::to_string(file), error);
}

// fs::rename() would come back to the one below.
bool move(const fs::path& from, const fs::path& to) { return ::syscall(SYS_rename, from.c_str(), to.c_str()) == 0; }

// Whole, or not at all: the process may be killed in the middle of the copy.
void file_synced(const fs::path& name) {
  std::erase_if(follower->renames, [&](const auto& rename) { return rename.second == name; });
  std::erase(follower->removals, name);
  const fs::path copy = follower->durable / (name.string() + ".copy");
  std::error_code error;
  fs::copy_file(follower->live / name, copy, fs::copy_options::overwrite_existing, error);
  if (error || !move(copy, follower->durable / name)) give_up("copy of a synced file");
}

void folder_synced() {
  for (const auto& [from, to] : follower->renames) {
    (void)move(follower->durable / from, follower->durable / to);  // one that was never synced has no contents to keep
  }
  for (const fs::path& name : follower->removals) (void)::syscall(SYS_unlink, (follower->durable / name).c_str());
  follower->renames.clear();
  follower->removals.clear();
}

void synced(int file) {
  if (follower == nullptr) return;
  const std::lock_guard lock(follower->mutex);
  const fs::path path = path_of(file);
  if (path == follower->live) return folder_synced();
  const fs::path name = name_in_folder(path);
  if (!name.empty()) file_synced(name);
}

struct Mapping {
  fs::path path;
  std::uint64_t file_offset = 0;
};

Mapping mapping_of(const void* address) {
  std::ifstream maps("/proc/self/maps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0, end = 0, offset = 0;
    int path_at = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx %*s %lx %*s %*s %n", &begin, &end, &offset, &path_at) < 3) continue;
    if (wanted >= begin && wanted < end)
      return {line.substr(static_cast<std::size_t>(path_at)), offset + (wanted - begin)};
  }
  return {};
}

void pages_synced(const void* address, std::size_t size) {
  if (follower == nullptr) return;
  const std::lock_guard lock(follower->mutex);
  const Mapping mapping = mapping_of(address);
  const fs::path name = name_in_folder(mapping.path);
  if (name.empty()) return;
  const int file = ::open((follower->durable / name).c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0) give_up("a mapped file that was never synced as a whole");
  if (::pwrite(file, address, size, static_cast<off_t>(mapping.file_offset)) != static_cast<ssize_t>(size))
    give_up("copy of synced pages");
  (void)::close(file);
}

void renamed(const char* from, const char* to) {
  if (follower == nullptr) return;
  const std::lock_guard lock(follower->mutex);
  const fs::path old_name = name_in_folder(from);
  const fs::path new_name = name_in_folder(to);
  if (!old_name.empty() && !new_name.empty()) follower->renames.emplace_back(old_name, new_name);
}

void removed(const char* path) {
  if (follower == nullptr) return;
  const std::lock_guard lock(follower->mutex);
  const fs::path name = name_in_folder(path);
  if (!name.empty()) follower->removals.push_back(name);
}

}  // namespace

void follow_syncs(const fs::path& live, const fs::path& durable) {
  auto* made = new Follower;  // as long as the process
  made->live = fs::canonical(live);
  made->durable = fs::canonical(durable);
  follower = made;
}

void power_on(const fs::path& live, const fs::path& durable) {
  fs::remove_all(durable);
  fs::copy(live, durable);
}

void cut_power(const fs::path& live, const fs::path& durable) {
  fs::remove_all(live);
  fs::create_directory(live);
  for (const auto& entry : fs::directory_iterator(durable)) {
    const std::string name = entry.path().filename().string();
    // SQLite's shared index is memory, whatever it is called; a copy that was not finished never was.
    if (!name.ends_with("-shm") && !name.ends_with(".copy")) fs::copy_file(entry.path(), live / name);
  }
}

bool can_follow_syncs() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return false;
#endif
#endif
  return true;
}

}  // namespace ebb::store::testing

// In place of the C library's, for this program and for the libraries that it loads.
extern "C" {

int fsync(int file) {
  const auto result = static_cast<int>(::syscall(SYS_fsync, file));
  if (result == 0) ebb::store::testing::synced(file);
  return result;
}

int fdatasync(int file) {
  const auto result = static_cast<int>(::syscall(SYS_fdatasync, file));
  if (result == 0) ebb::store::testing::synced(file);
  return result;
}

int msync(void* address, std::size_t size, int flags) {
  const auto result = static_cast<int>(::syscall(SYS_msync, address, size, flags));
  if (result == 0 && (flags & MS_SYNC) != 0) ebb::store::testing::pages_synced(address, size);
  return result;
}

int rename(const char* from, const char* to) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_rename, from, to));
  if (result == 0) ebb::store::testing::renamed(from, to);
  return result;
}

int unlink(const char* path) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_unlink, path));
  if (result == 0) ebb::store::testing::removed(path);
  return result;
}

}  // extern "C"
