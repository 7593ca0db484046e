// Hex digits <-> bytes in buffers of the caller: nothing here allocates.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace ebb::crypto {

/// Writes two lower-case digits a byte and returns the end. `out` must hold 2 * bytes.size() characters.
char* write_hex(char* out, std::span<const std::uint8_t> bytes);

/// Reads exactly 2 * out.size() digits of either case, no prefix. False for anything else; `out` is then unspecified.
[[nodiscard]] bool read_hex(std::string_view digits, std::span<std::uint8_t> out);

}  // namespace ebb::crypto
