// Timers by the thousand: a hierarchical wheel in slots of 1 ms. Time is passed in; nothing here reads a clock.
//
// A timer stands in a slot of the lowest level that separates its due time from the present: level 0 has 256 slots of
// 1 ms, each further level 256 slots of 256 times that width. Six levels cover all of Timestamp. When the present
// enters a slot of a higher level, its timers move down; a bit per slot says which are occupied, so that an idle
// stretch of any length costs a few bit scans.
//
//   TimerWheel wheel(now);
//   auto handle = wheel.schedule(now + seconds(5), kRequote, token);
//   wheel.advance(later, [](const Timer& timer) { ... });   // may schedule and cancel
//
// Order of firing: by due time (to the nanosecond), then by order of scheduling. Nodes come from a pool that grows in
// chunks: nothing is allocated once it is warm.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/archived.hpp"
#include "base/check.hpp"
#include "base/time.hpp"

namespace ebb {

/// What fires. `kind` and `payload` are the caller's.
struct Timer {
  Timestamp due;
  std::uint32_t kind = 0;
  std::uint64_t payload = 0;
};

/// Names a scheduled timer. Stays harmless after the timer has fired or was canceled: such a handle cancels nothing.
class TimerHandle {
 public:
  constexpr TimerHandle() = default;
  [[nodiscard]] constexpr bool is_set() const { return generation_ != 0; }
  friend constexpr bool operator==(TimerHandle, TimerHandle) = default;

 private:
  friend class TimerWheel;
  constexpr TimerHandle(std::uint32_t node, std::uint32_t generation) : node_(node), generation_(generation) {}
  std::uint32_t node_ = 0;
  std::uint32_t generation_ = 0;
};

class TimerWheel {
 public:
  /// `now` is the present until the first advance().
  explicit TimerWheel(Timestamp now = Timestamp()) : now_(now), tick_(tick_of(now)) {
    for (auto& level : heads_) level.fill(kNone);
  }

  /// A time that has come already fires with the next advance(). O(1).
  TimerHandle schedule(Timestamp due, std::uint32_t kind, std::uint64_t payload) {
    const std::uint32_t index = allocate();
    Node& node = at(index);
    node.timer = {due, kind, payload};
    node.sequence = ++sequence_;
    place(index);
    ++size_;
    earliest_ = std::min(earliest_, due);
    return {index, node.generation};
  }

  /// Whether the timer was still waiting. O(1).
  bool cancel(TimerHandle handle) {
    if (!is_waiting(handle)) return false;
    Node& node = at(handle.node_);
    if (node.level == kDue) {
      node.level = kCanceled;  // advance() has it at hand and lets it go
      retire_handles(node);
    } else {
      unlink(handle.node_);
      release(handle.node_);
    }
    --size_;
    earliest_is_loose_ = true;
    return true;
  }

  [[nodiscard]] bool is_waiting(TimerHandle handle) const {
    return handle.is_set() && handle.node_ < capacity_ && at(handle.node_).generation == handle.generation_;
  }

  /// Makes `now` the present (never backwards) and calls `fire(const Timer&)` for everything due at or before it. What
  /// the callback schedules for a time at or before `now` fires in the same call, after what was due in its slot. The
  /// callback must not call advance().
  template <class Fire>
  void advance(Timestamp now, Fire&& fire) {
    CHECK(!advancing_);
    now_ = std::max(now_, now);
    if (now_ < earliest_) return;  // the slots follow when there is something to fire
    advancing_ = true;
    earliest_is_loose_ = true;
    const std::int64_t target = tick_of(now_);
    for (;;) {
      fire_slot(fire);
      const std::int64_t next = next_tick();
      if (next > target) break;
      enter(next);
    }
    enter(target);
    fire_slot(fire);
    advancing_ = false;
    find_earliest();
  }

  /// No timer fires before this; kNever when there is none. Exact for timers within the present 256 ms, otherwise the
  /// beginning of their slot: a caller that sleeps until then and advances comes nearer with each step.
  [[nodiscard]] Timestamp next_due() const {
    if (earliest_is_loose_) find_earliest();
    return earliest_;
  }

  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  /// Nodes in the pool: constant once warm.
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  static constexpr std::int64_t kSlotNs = 1'000'000;
  static constexpr int kBits = 8;
  static constexpr int kSlots = 1 << kBits;
  static constexpr int kLevels = 6;  // 2^48 ms > INT64_MAX ns
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::int64_t kNoTick = INT64_MAX;
  static constexpr std::uint32_t kChunk = 1024;
  static constexpr std::uint8_t kDue = 255, kCanceled = 254;

  struct Node {
    Timer timer;
    std::uint64_t sequence = 0;
    std::uint32_t previous = kNone;
    std::uint32_t next = kNone;
    std::uint32_t generation = 1;
    std::uint8_t level = 0;  ///< or kDue, kCanceled while advance() has it at hand
    std::uint8_t slot = 0;
  };

  static std::int64_t tick_of(Timestamp time) { return time.ns() <= 0 ? 0 : time.ns() / kSlotNs; }
  static std::size_t slot_of(std::int64_t tick, int level) {
    return static_cast<std::size_t>(tick >> (kBits * level)) & (kSlots - 1);
  }
  Node& at(std::uint32_t i) { return chunks_[i / kChunk][i % kChunk]; }
  const Node& at(std::uint32_t i) const { return chunks_[i / kChunk][i % kChunk]; }

  std::uint32_t allocate() {
    if (free_ == kNone) grow();
    const std::uint32_t index = free_;
    free_ = at(index).next;
    return index;
  }

  void grow() {
    CHECK(capacity_ < kNone - kChunk);
    chunks_.push_back(std::make_unique<Node[]>(kChunk));
    for (std::uint32_t i = kChunk; i-- > 0;) {
      at(capacity_ + i).next = free_;
      free_ = capacity_ + i;
    }
    capacity_ += kChunk;
    due_.reserve(capacity_);
  }

  void release(std::uint32_t index) {
    Node& node = at(index);
    retire_handles(node);
    node.next = free_;
    free_ = index;
  }

  static void retire_handles(Node& node) {
    if (++node.generation == 0) node.generation = 1;
  }

  /// Links the node into the slot that its due time has as seen from the present.
  void place(std::uint32_t index) {
    Node& node = at(index);
    const std::int64_t tick = std::max(tick_of(node.timer.due), tick_);
    const auto distance = static_cast<std::uint64_t>(tick ^ tick_);
    const int level = distance == 0 ? 0 : (63 - std::countl_zero(distance)) / kBits;
    const std::size_t slot = slot_of(tick, level);
    node.level = static_cast<std::uint8_t>(level);
    node.slot = static_cast<std::uint8_t>(slot);
    std::uint32_t& head = heads_[static_cast<std::size_t>(level)][slot];
    node.previous = kNone;
    node.next = head;
    if (head != kNone) at(head).previous = index;
    head = index;
    occupied_[static_cast<std::size_t>(level)][slot / 64] |= std::uint64_t{1} << (slot % 64);
  }

  void unlink(std::uint32_t index) {
    Node& node = at(index);
    std::uint32_t& head = heads_[node.level][node.slot];
    if (node.previous == kNone) {
      head = node.next;
    } else {
      at(node.previous).next = node.next;
    }
    if (node.next != kNone) at(node.next).previous = node.previous;
    if (head == kNone) occupied_[node.level][node.slot / 64u] &= ~(std::uint64_t{1} << (node.slot % 64));
  }

  /// First occupied slot of a level after `slot`; -1 if none.
  [[nodiscard]] int next_occupied(int level, std::size_t slot) const {
    const auto& words = occupied_[static_cast<std::size_t>(level)];
    std::size_t word = (slot + 1) / 64;
    if (word >= words.size()) return -1;
    std::uint64_t bits = words[word] & (~std::uint64_t{0} << ((slot + 1) % 64));
    while (bits == 0) {
      if (++word == words.size()) return -1;
      bits = words[word];
    }
    return static_cast<int>(word * 64) + std::countr_zero(bits);
  }

  /// Earliest due time in the lowest level's slot of `tick`; kNever if it is empty.
  [[nodiscard]] Timestamp earliest_in(std::int64_t tick) const {
    Timestamp earliest = kNever;
    for (std::uint32_t i = heads_[0][slot_of(tick, 0)]; i != kNone; i = at(i).next) {
      earliest = std::min(earliest, at(i).timer.due);
    }
    return earliest;
  }

  void find_earliest() const {
    earliest_is_loose_ = false;
    earliest_ = earliest_in(tick_);
    if (earliest_ != kNever || size_ == 0) return;
    const std::int64_t next = next_tick();
    if (next == kNoTick) {
      earliest_ = now_;  // asked by a callback: what waits is due and at hand
    } else {
      earliest_ = (next >> kBits) == (tick_ >> kBits) ? earliest_in(next) : Timestamp(next * kSlotNs);
    }
  }

  /// The first tick after the present at which a slot begins that holds timers; kNoTick when there is none.
  [[nodiscard]] std::int64_t next_tick() const {
    for (int level = 0; level < kLevels; ++level) {
      const int slot = next_occupied(level, slot_of(tick_, level));
      if (slot < 0) continue;
      const int shift = kBits * level;
      const std::int64_t above = tick_ >> (shift + kBits) << (shift + kBits);
      return above + (std::int64_t{slot} << shift);
    }
    return kNoTick;
  }

  /// Makes `tick` the present tick and moves down the timers of the higher slots that begin or are entered with it.
  void enter(std::int64_t tick) {
    const std::int64_t before = tick_;
    if (tick <= before) return;
    tick_ = tick;
    for (int level = kLevels - 1; level > 0; --level) {
      if ((tick >> (kBits * level)) == (before >> (kBits * level))) continue;
      const std::size_t slot = slot_of(tick, level);
      std::uint32_t index = heads_[static_cast<std::size_t>(level)][slot];
      heads_[static_cast<std::size_t>(level)][slot] = kNone;
      occupied_[static_cast<std::size_t>(level)][slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
      while (index != kNone) {
        const std::uint32_t next = at(index).next;
        place(index);
        index = next;
      }
    }
  }

  /// Fires what is due in the present slot, in order, until nothing due is left in it.
  template <class Fire>
  void fire_slot(Fire&& fire) {
    for (;;) {
      if (!collect_due()) return;
      for (std::size_t i = 0; i < due_.size(); ++i) {
        Node& node = at(due_[i].node);
        if (node.level == kCanceled) {
          release(due_[i].node);
          continue;
        }
        const Timer timer = node.timer;
        release(due_[i].node);
        --size_;
        fire(timer);
      }
    }
  }

  bool collect_due() {
    due_.clear();
    std::uint32_t index = heads_[0][slot_of(tick_, 0)];
    while (index != kNone) {
      Node& node = at(index);
      const std::uint32_t next = node.next;
      if (node.timer.due <= now_) {
        unlink(index);
        node.level = kDue;
        due_.push_back({node.timer.due, node.sequence, index});
      }
      index = next;
    }
    std::sort(due_.begin(), due_.end(),
              [](const Due& a, const Due& b) { return a.due != b.due ? a.due < b.due : a.sequence < b.sequence; });
    return !due_.empty();
  }

  struct Due {
    Timestamp due;
    std::uint64_t sequence;
    std::uint32_t node;
  };

  Timestamp now_;
  std::int64_t tick_;
  bool advancing_ = false;
  mutable Timestamp earliest_ = kNever;  ///< nothing is due before; may be too early while `earliest_is_loose_`
  mutable bool earliest_is_loose_ = false;
  std::uint64_t sequence_ = 0;
  std::size_t size_ = 0;
  std::uint32_t free_ = kNone;
  std::uint32_t capacity_ = 0;
  std::array<std::array<std::uint32_t, kSlots>, kLevels> heads_;
  std::array<std::array<std::uint64_t, kSlots / 64>, kLevels> occupied_{};
  std::vector<std::unique_ptr<Node[]>> chunks_;
  std::vector<Due> due_;
};

}  // namespace ebb
