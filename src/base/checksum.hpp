// XXH64 (seed 0): a checksum against damage, the same on every machine. Not against anybody who forges.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace ebb {

namespace checksum_detail {

inline constexpr std::uint64_t kPrime1 = 0x9E37'79B1'85EB'CA87;
inline constexpr std::uint64_t kPrime2 = 0xC2B2'AE3D'27D4'EB4F;
inline constexpr std::uint64_t kPrime3 = 0x1656'67B1'9E37'79F9;
inline constexpr std::uint64_t kPrime4 = 0x85EB'CA77'C2B2'AE63;
inline constexpr std::uint64_t kPrime5 = 0x27D4'EB2F'1656'67C5;

template <class Word>
[[nodiscard]] inline Word load(const char* at) {
  static_assert(std::endian::native == std::endian::little);
  Word word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
[[nodiscard]] constexpr std::uint64_t round(std::uint64_t lane, std::uint64_t word) {
  return std::rotl(lane + word * kPrime2, 31) * kPrime1;
}
[[nodiscard]] constexpr std::uint64_t merge(std::uint64_t hash, std::uint64_t lane) {
  return (hash ^ round(0, lane)) * kPrime1 + kPrime4;
}

}  // namespace checksum_detail

[[nodiscard]] inline std::uint64_t checksum64(std::string_view bytes) {
  using namespace checksum_detail;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t hash = kPrime5;
  if (left >= 32) {
    std::uint64_t lanes[4] = {kPrime1 + kPrime2, kPrime2, 0, 0 - kPrime1};
    for (; left >= 32; left -= 32) {
      for (std::uint64_t& lane : lanes) {
        lane = round(lane, load<std::uint64_t>(at));
        at += 8;
      }
    }
    hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
    for (const std::uint64_t lane : lanes) hash = merge(hash, lane);
  }
  hash += bytes.size();
  for (; left >= 8; left -= 8, at += 8)
    hash = std::rotl(hash ^ round(0, load<std::uint64_t>(at)), 27) * kPrime1 + kPrime4;
  if (left >= 4) {
    hash = std::rotl(hash ^ (load<std::uint32_t>(at) * kPrime1), 23) * kPrime2 + kPrime3;
    at += 4;
    left -= 4;
  }
  for (; left > 0; --left, ++at) hash = std::rotl(hash ^ (static_cast<std::uint8_t>(*at) * kPrime5), 11) * kPrime1;
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}

}  // namespace ebb
