// A counter with one writer and any number of readers.
//
// The writer adds without a locked instruction (a plain load, add and store): about the price of an ordinary integer.
// Readers on other threads see a value that was true a moment ago.
#pragma once

#include <atomic>
#include <cstdint>

namespace ebb::telemetry {

class Counter {
 public:
  Counter() = default;
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  /// Only on the owning thread.
  void add(std::uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed); }
  /// On any thread.
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace ebb::telemetry
