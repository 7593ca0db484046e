// Bounded single-producer/single-consumer queue between two threads. push() fails when full: the caller names the
// incident, nothing is overwritten.
#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cstddef>

namespace ebb {

template <class T, std::size_t Capacity>
class SpscQueue {
 public:
  [[nodiscard]] bool push(const T& value) { return queue_.push(value); }
  [[nodiscard]] bool pop(T& value) { return queue_.pop(value); }
  [[nodiscard]] std::size_t size() const { return queue_.read_available(); }

 private:
  boost::lockfree::spsc_queue<T, boost::lockfree::capacity<Capacity>> queue_;
};

}  // namespace ebb
