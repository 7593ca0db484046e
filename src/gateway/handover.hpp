// One direction between two threads: a bounded queue and a wake-up of the loop that empties it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <utility>

#include "base/spsc.hpp"
#include "net/loop.hpp"

namespace ebb::gateway {

/// T is copied: keep it small, or a pointer. push() on the one thread, `take` is called on the loop's, once for each item in
/// order. Wakes the loop only when it is not awake for this queue already.
template <class T, std::size_t Capacity>
class Handover {
 public:
  Handover(net::Loop& to, std::function<void(T&)> take) : loop_(to), take_(std::move(take)) {}
  Handover(const Handover&) = delete;
  Handover& operator=(const Handover&) = delete;

  /// False when the queue is full: nothing was queued, and the caller names the incident.
  [[nodiscard]] bool push(const T& item) {
    if (!queue_.push(item)) {
      ++overflows_;
      return false;
    }
    if (!woken_.exchange(true, std::memory_order_acq_rel)) loop_.post([this] { drain(); });
    return true;
  }
  /// Takes what is queued, on the loop's thread.
  void drain() {
    woken_.exchange(false, std::memory_order_acq_rel);
    T item{};
    while (queue_.pop(item)) take_(item);
  }
  [[nodiscard]] std::uint64_t overflows() const { return overflows_; }

 private:
  SpscQueue<T, Capacity> queue_;
  net::Loop& loop_;
  std::function<void(T&)> take_;
  std::atomic<bool> woken_{false};
  std::atomic<std::uint64_t> overflows_{0};
};

}  // namespace ebb::gateway
