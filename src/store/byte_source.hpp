// A file as a stream of plain bytes, whether it is compressed with zstd or not (told by its content, not its name).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/expected.hpp"

namespace ebb::store {

class ByteSource {
 public:
  /// Errors: `capture.not_found`, `capture.unreadable` (a directory, no permission).
  static Expected<ByteSource> open(const std::string& path);
  ByteSource(ByteSource&&) noexcept;
  ByteSource& operator=(ByteSource&&) noexcept;
  ~ByteSource();

  /// Up to `size` bytes into `out`; 0 = the end. Errors: `capture.truncated` (the compressed stream ends in the middle;
  /// everything before the cut was delivered), `capture.corrupt`, `capture.unreadable`.
  Expected<std::size_t> read(char* out, std::size_t size);

  [[nodiscard]] std::uint64_t bytes_consumed() const;  ///< of the file, for progress
  [[nodiscard]] std::uint64_t file_size() const;

 private:
  struct Impl;
  explicit ByteSource(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::store
