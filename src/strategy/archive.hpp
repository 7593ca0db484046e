// Signals and their windows in a checkpoint.
#pragma once

#include "base/archive.hpp"
#include "strategy/dip_signal.hpp"
#include "strategy/drop_window.hpp"

namespace ebb {

/// Only how much there is of it: the windows take their chunks when they are read. Which chunk is whose changes nothing.
template <>
struct Archived<strategy::HighPool> {
  /// Reads into a pool that has grown by the same tokens.
  template <class A>
  static void visit(A& archive, strategy::HighPool& x) {
    auto& [chunks, free, exhausted] = x;
    auto size = static_cast<std::uint32_t>(chunks.size());
    archive(size, exhausted);
    archive.require(size == chunks.size(), "a pool of another size");
  }
};

/// The highs in order, and where in its first chunk a window begins: that decides when it needs the next chunk.
template <>
struct Archived<strategy::DropWindow> {
  /// Reads into a new window of the pool.
  template <class A>
  static void visit(A& archive, strategy::DropWindow& x, strategy::HighPool& pool) {
    auto& [head, tail, highs, first, last, current2, in_force, points] = x;
    std::uint16_t begin = highs == 0 ? 0 : first;
    std::uint32_t n = highs;
    archive(begin, n, current2, in_force, points);
    archive.require(begin < strategy::HighPool::kChunkEntries && (n > 0 || !in_force), "a window out of order");
    if constexpr (A::kReading) {
      if (!archive.ok()) return;
      first = last = begin;
      for (std::uint32_t i = 0; i < n && archive.ok(); ++i) {
        strategy::HighPool::High high;
        archive(high);
        append(archive, x, pool, high);
      }
    } else {
      std::uint32_t chunk = head;
      std::uint32_t at = first;
      for (std::uint32_t i = 0; i < n; ++i) {
        archive(pool[chunk].highs[at]);
        if (++at < strategy::HighPool::kChunkEntries) continue;
        at = 0;
        chunk = pool[chunk].next;
      }
    }
  }

 private:
  template <class A>
  static void append(A& archive, strategy::DropWindow& x, strategy::HighPool& pool,
                     const strategy::HighPool::High& high) {
    if (x.last_ == strategy::HighPool::kChunkEntries) {
      const std::uint32_t chunk = pool.take();
      archive.require(chunk != strategy::HighPool::kNone, "more highs than the pool has room for");
      if (!archive.ok()) return;
      pool[chunk].previous = x.tail_;
      pool[x.tail_].next = chunk;
      x.tail_ = chunk;
      x.last_ = 0;
    }
    pool[x.tail_].highs[x.last_++] = high;
    ++x.count_;
  }
};

template <>
struct Archived<strategy::DipSignal> {
  template <class A>
  static void visit(A& archive, strategy::DipSignal& x, strategy::HighPool& pool) {
    auto& [window, drop, ignored_quotes] = x;
    Archived<strategy::DropWindow>::visit(archive, window, pool);
    archive(drop, ignored_quotes);
  }
};

}  // namespace ebb
