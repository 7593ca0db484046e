// A file in memory with a path, for readers that open files.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "require.hpp"

class ScratchFile {
 public:
  ScratchFile() : file_(::memfd_create("fuzz", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(file_)) {
    REQUIRE(file_ >= 0);
  }
  ~ScratchFile() { ::close(file_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  void set(const void* data, std::size_t size) {
    REQUIRE(::ftruncate(file_, 0) == 0);
    REQUIRE(::pwrite(file_, data, size, 0) == static_cast<ssize_t>(size));
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  int file_;
  std::string path_;
};
