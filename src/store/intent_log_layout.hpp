// How intents.log looks on the disk: a header of one page, then `capacity` records of 256 bytes. All numbers are little-endian
// as the machine writes them; another layout has another version.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include "base/flat_map.hpp"

namespace ebb::store::intent_layout {

static_assert(std::endian::native == std::endian::little);

inline constexpr std::array<char, 8> kMagic{'E', 'B', 'B', 'I', 'N', 'T', 'N', 'T'};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kHeaderSize = 4096;

/// Written once, when the file is created.
struct Identity {
  std::array<char, 8> magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t record_size = 0;
  std::uint32_t capacity = 0;
  std::uint32_t reserved = 0;
  std::uint64_t journal_id = 0;
  std::uint64_t checksum = 0;  ///< of everything before
};

/// The first page. The counters stand in cache lines of their own: two threads write them.
struct Header {
  Identity identity;
  alignas(64) std::uint64_t appended;  ///< sequence of the last append() that returned
  alignas(64) std::uint64_t released;  ///< sequence of the last record that is safe in SQLite
  alignas(64) std::uint64_t noted_commit;
  alignas(64) std::array<char, 64> boot_id;  ///< of the machine when the log was opened last
  std::uint32_t power;  ///< 1 = it was opened with durability `power`
  std::uint32_t in_use;  ///< 1 = opened and not closed in order
};
static_assert(sizeof(Header) <= kHeaderSize);

struct Record {
  std::uint64_t checksum;  ///< of everything after
  std::uint64_t sequence;  ///< from 1; record s stands in slot (s - 1) % capacity
  std::array<std::uint8_t, 32> order_id;
  std::uint8_t side;
  std::uint8_t type;
  std::uint8_t crossing;
  std::uint8_t purpose;
  std::int32_t price;
  std::int32_t reference;
  std::uint32_t cycle;
  std::int64_t size;
  std::int64_t maker_amount;
  std::int64_t taker_amount;
  std::uint64_t salt;
  std::int64_t time;
  std::int64_t expiration;
  std::int64_t drop_after;
  std::uint8_t token_size;
  std::array<char, 80> token_id;
  std::array<std::uint8_t, 55> reserved;
};
static_assert(sizeof(Record) == 256 && std::is_trivially_copyable_v<Record>);

/// hash_text() is deterministic and a part of this format: a test pins its values.
[[nodiscard]] inline std::uint64_t checksum(const void* bytes, std::size_t size) {
  return hash_text({static_cast<const char*>(bytes), size});
}
[[nodiscard]] inline std::uint64_t checksum_of(const Identity& identity) {
  return checksum(&identity, offsetof(Identity, checksum));
}
[[nodiscard]] inline std::uint64_t checksum_of(const Record& record) {
  constexpr std::size_t kFrom = sizeof record.checksum;
  return checksum(reinterpret_cast<const char*>(&record) + kFrom, sizeof record - kFrom);
}

/// Whether its values are among those that the enumerations have, and its text fits.
[[nodiscard]] inline bool in_range(const Record& r) {
  return r.side < 2 && r.type < 4 && r.crossing < 2 && r.purpose < 7 && r.token_size <= r.token_id.size();
}

}  // namespace ebb::store::intent_layout
