#include "store/wallet_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace ebb::store {
namespace {

std::string holder_of(int descriptor) {
  char text[32];
  const ssize_t size = pread(descriptor, text, sizeof text - 1, 0);
  std::string pid;
  for (ssize_t i = 0; i < size && std::isdigit(static_cast<unsigned char>(text[i])) != 0; ++i) pid += text[i];
  return pid.empty() ? "unknown" : pid;
}

bool is_address(std::string_view text) {
  if (text.size() != 42 || text[0] != '0' || (text[1] != 'x' && text[1] != 'X')) return false;
  for (const char c : text.substr(2)) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return false;
  }
  return true;
}

}  // namespace

Expected<FileLock> FileLock::acquire(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return fail("lock.unwritable", fmt::format("{}: {}", path.string(), std::strerror(errno)));
  FileLock lock(descriptor);
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fail("lock.unwritable", fmt::format("{}: {}", path.string(), std::strerror(errno)));
    return fail("lock.held", fmt::format("{} is held by process {}", path.string(), holder_of(descriptor)));
  }
  const std::string pid = fmt::format("{}\n", getpid());
  if (ftruncate(descriptor, 0) != 0 ||
      pwrite(descriptor, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return fail("lock.unwritable", fmt::format("{}: {}", path.string(), std::strerror(errno)));
  }
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) (void)close(descriptor_);
}
FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

Expected<FileLock> lock_wallet(const std::filesystem::path& directory, std::string_view venue,
                               std::string_view wallet) {
  if (!is_address(wallet)) return fail("lock.invalid", fmt::format("\"{}\" is not a wallet address", wallet));
  const std::filesystem::path folder = directory / "wallets";
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail("lock.unwritable", fmt::format("{}: {}", folder.string(), error.message()));
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  std::string name = fmt::format("{}-{}.lock", venue, wallet);
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  auto lock = FileLock::acquire(folder / name);
  if (!lock && lock.error().code == "lock.held") {
    return fail("run.wallet_locked",
                fmt::format("another ebb trades with the wallet {}: {}", wallet, lock.error().message),
                "stop it first, or give this one a wallet of its own");
  }
  return lock;
}

}  // namespace ebb::store
