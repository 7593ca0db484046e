// Two sockets bring the same frames; what comes first counts and the slower copy is dropped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/flat_map.hpp"
#include "base/time.hpp"

namespace ebb::session {

/// A bounded window of recent frames by their hash, with a balance: +n = socket 0 brought n copies that socket 1 has not.
/// So a frame that the venue really sent twice passes twice. An entry that nobody asked for during kWindow is forgotten;
/// books and changes are idempotent, so a copy that slips through costs time only.
class TwinFilter {
 public:
  static constexpr Duration kWindow = seconds(10);

  TwinFilter() : entries_(kSets) {}

  /// Whether socket `twin` (0 or 1) brings this frame first.
  [[nodiscard]] bool first(int twin, Timestamp now, std::string_view text) {
    const std::uint64_t hash = digest(text);
    const std::int8_t mine = twin == 0 ? 1 : -1;
    Set& set = entries_[hash % kSets];
    Entry* oldest = &set[0];
    for (Entry& entry : set) {
      if (entry.hash == hash && entry.balance != 0 && now - entry.time <= kWindow) {
        const bool copy = (entry.balance > 0) != (mine > 0);
        if (copy || (entry.balance < kMost && entry.balance > -kMost)) {
          entry.balance = static_cast<std::int8_t>(entry.balance + mine);
        }
        entry.time = now;
        return !copy;
      }
      if (entry.balance == 0 || entry.time < oldest->time) oldest = &entry;
    }
    *oldest = {.hash = hash, .time = now, .balance = mine};
    return true;
  }

  /// A long object is known by its ends: time and hash of a book stand in one of them. A list of events is not.
  [[nodiscard]] static std::uint64_t digest(std::string_view text) {
    if (text.size() <= kHead + kTail || text.front() == '[') return hash_text(text);
    return hash_text(text.substr(0, kHead)) + text.size() * hash_text(text.substr(text.size() - kTail));
  }

 private:
  static constexpr std::size_t kHead = 384;
  static constexpr std::size_t kTail = 128;
  static constexpr std::size_t kSets = 2048;
  static constexpr std::int8_t kMost = 100;
  struct Entry {
    std::uint64_t hash = 0;
    Timestamp time;
    std::int8_t balance = 0;
  };
  using Set = std::array<Entry, 4>;
  std::vector<Set> entries_;
};

}  // namespace ebb::session
