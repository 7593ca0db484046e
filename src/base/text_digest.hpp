// A fast 64-bit digest of a text, the same in every build: for comparing what two sides saw. Not for security.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace ebb {

/// Eight bytes a step. Sums of digests (modulo 2^64) compare collections whatever their order.
[[nodiscard]] inline std::uint64_t text_digest(std::string_view text) {
  constexpr std::uint64_t kMultiplier = 0x9E37'79B9'7F4A'7C15;
  std::uint64_t digest = text.size() * kMultiplier;
  const auto mix = [&](std::uint64_t word) {
    digest = (digest ^ word) * kMultiplier;
    digest ^= digest >> 29U;
  };
  while (text.size() >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    mix(word);
    text.remove_prefix(8);
  }
  std::uint64_t rest = 0;
  if (!text.empty()) std::memcpy(&rest, text.data(), text.size());
  mix(rest);
  return digest ^ (digest >> 32U);
}

}  // namespace ebb
