// Damage to bytes that are otherwise well-formed, as a fuzz input describes it: where random bytes would never get past a
// checksum or a header.
//
//   edit = u8 kind, u24 where, u8 count, then for `overwrite` that many bytes; numbers little-endian, places modulo the size
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

class Edits {
 public:
  explicit Edits(std::string_view input) : input_(input) {}

  [[nodiscard]] bool done() const { return input_.empty(); }
  std::uint8_t byte() {
    if (input_.empty()) return 0;
    const auto value = static_cast<std::uint8_t>(input_.front());
    input_.remove_prefix(1);
    return value;
  }
  /// Applies the next edit.
  void apply(std::string& bytes) {
    const std::uint8_t kind = byte() % 5;
    std::size_t where = byte();
    where |= static_cast<std::size_t>(byte()) << 8U;
    where |= static_cast<std::size_t>(byte()) << 16U;
    const std::size_t count = byte();
    if (bytes.empty()) return;
    where %= bytes.size();
    const std::size_t length = std::min(count, bytes.size() - where);
    switch (kind) {
      case 0:  // overwrite
        for (std::size_t i = 0; i < length && !done(); ++i) bytes[where + i] = static_cast<char>(byte());
        return;
      case 1: bytes.resize(where); return;  // cut off
      case 2: std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(where), length, '\0'); return;
      case 3: bytes[where] = static_cast<char>(bytes[where] ^ (1U << count % 8)); return;  // a flipped bit
      case 4: bytes.erase(where, length); return;
    }
  }

 private:
  std::string_view input_;
};
