// Random streams and timers in a checkpoint.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/archive.hpp"
#include "base/check.hpp"
#include "base/random.hpp"
#include "base/timer_wheel.hpp"

namespace ebb {

template <>
struct Archived<Random> {
  template <class A>
  static void visit(A& archive, Random& x) {
    auto& [state] = x;
    for (std::uint64_t& word : state) archive(word);
  }
};

/// The waiting timers in order of scheduling; where they stand in the wheel follows from the present. Handles from before
/// are not kept. A wheel is read into a new one, made with the present of the one that was written.
template <>
struct Archived<TimerWheel> {
  /// `sound(timer)`: whether a timer that was read can be one of the owner's.
  template <class A, class Sound>
  static void visit(A& archive, TimerWheel& x, Sound&& sound) {
    auto& [now, tick, advancing, earliest, loose, sequence, size, free, capacity, heads, occupied, chunks, due] = x;
    CHECK(!advancing);
    if constexpr (A::kReading) {
      const std::size_t n = archive.count();
      for (std::size_t i = 0; i < n && archive.ok(); ++i) {
        Timer timer;
        archive(timer);
        archive.require(sound(timer), "a timer of nobody");
        if (archive.ok()) (void)x.schedule(timer.due, timer.kind, timer.payload);
      }
    } else {
      std::vector<const TimerWheel::Node*> waiting;
      waiting.reserve(size);
      for (const auto& level : heads) {
        for (const std::uint32_t head : level) {
          for (std::uint32_t i = head; i != TimerWheel::kNone; i = x.at(i).next) waiting.push_back(&x.at(i));
        }
      }
      std::sort(waiting.begin(), waiting.end(), [](const auto* a, const auto* b) { return a->sequence < b->sequence; });
      archive.count(waiting.size());
      for (const TimerWheel::Node* node : waiting) archive(node->timer);
    }
  }
};

}  // namespace ebb
