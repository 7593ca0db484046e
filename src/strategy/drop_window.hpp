// The time-true price window behind the dip signal (rules 1.1, 1.2).
//
// A mid is in force until the next one, or until it is withdrawn: a step function of time. The window's high is the
// maximum of the mids in force in [now - window, now]. Kept as a strictly decreasing deque of highs, each with the end
// of the time in which it was in force; amortised O(1) an update, exact, never cut by a count.
//
// Mids are handled as bid + ask in grid units (`mid2`, 2 to 19998), so they are exact integers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/archived.hpp"
#include "base/time.hpp"

namespace ebb::strategy {

/// Chunks of highs for all tokens of one shard, allocated once. One chunk belongs to each window for good, the others
/// (64 highs a token on average) go where the prices fall in long staircases.
class HighPool {
 public:
  static constexpr std::uint32_t kChunkEntries = 16;
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct High {
    std::int64_t end = 0;     ///< ns at which the mid stopped to be in force; INT64_MAX while it is
    std::uint16_t mid2 = 0;
    std::uint16_t low2 = 0;   ///< lowest mid since this high and before the next one in the deque
  };
  struct Chunk {
    std::array<High, kChunkEntries> highs;
    std::uint32_t next = kNone;
    std::uint32_t previous = kNone;
  };

  explicit HighPool(std::size_t tokens);
  /// More tokens: adds their share of chunks (not on the hot path).
  void grow(std::size_t more_tokens);
  [[nodiscard]] std::uint32_t take();
  void give_back(std::uint32_t chunk);
  Chunk& operator[](std::uint32_t index) { return chunks_[index]; }
  const Chunk& operator[](std::uint32_t index) const { return chunks_[index]; }
  /// How often a window lost resolution because the pool was empty.
  [[nodiscard]] std::uint64_t exhausted() const { return exhausted_; }
  void count_exhausted() { ++exhausted_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  std::vector<Chunk> chunks_;
  std::uint32_t free_ = kNone;
  std::uint64_t exhausted_ = 0;
};

class DropWindow {
 public:
  /// Takes the window's own chunk. The pool must outlive the window.
  explicit DropWindow(HighPool& pool);

  /// A new mid is in force from `now` on. Repeating the mid in force changes nothing.
  void on_mid(HighPool& pool, Timestamp now, std::int32_t mid2);
  /// No mid is in force from `now` on (a side withdrawn, quote not sane, book not TRUSTED).
  void withdraw(HighPool& pool, Timestamp now);
  /// Forgets highs whose time ended before now - window.
  void expire(HighPool& pool, Timestamp now, Duration window);
  /// Forgets everything (a round trip is complete).
  void clear(HighPool& pool);

  [[nodiscard]] bool in_force() const { return in_force_; }
  /// Highest mid of the window, 0 when empty. Call expire() first.
  [[nodiscard]] std::int32_t high2(const HighPool& pool) const { return count_ == 0 ? 0 : front(pool).mid2; }
  [[nodiscard]] std::int32_t current2() const { return current2_; }
  /// Lowest mid since the window's high; for displays, walks the deque.
  [[nodiscard]] std::int32_t low_since_high2(const HighPool& pool) const;
  /// Mids that came into force since the last clear().
  [[nodiscard]] std::uint64_t points() const { return points_; }
  [[nodiscard]] std::uint32_t highs() const { return count_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  [[nodiscard]] const HighPool::High& front(const HighPool& pool) const { return pool[head_].highs[first_]; }
  [[nodiscard]] HighPool::High& back(HighPool& pool) const { return pool[tail_].highs[last_ - 1]; }
  void pop_front(HighPool& pool);
  void pop_back(HighPool& pool);
  void push_back(HighPool& pool, const HighPool::High& high);
  bool extend(HighPool& pool);

  std::uint32_t head_;
  std::uint32_t tail_;
  std::uint32_t count_ = 0;
  std::uint16_t first_ = 0;  // index of the front in chunk head_
  std::uint16_t last_ = 0;   // one past the back in chunk tail_
  std::int32_t current2_ = 0;
  bool in_force_ = false;
  std::uint64_t points_ = 0;
};

}  // namespace ebb::strategy
