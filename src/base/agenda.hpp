// Things that will happen on the clock of a run, in order of time, then of entry.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace ebb {

template <class Item>
class Agenda {
 public:
  void add(Timestamp at, Item item) {
    heap_.push_back({at, next_++, std::move(item)});
    std::push_heap(heap_.begin(), heap_.end(), Later{});
  }
  [[nodiscard]] Timestamp next_time() const { return heap_.empty() ? kNever : heap_.front().at; }
  /// Takes the next item. CHECK-free: call only when next_time() is not kNever.
  Item take() {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    Item item = std::move(heap_.back().item);
    heap_.pop_back();
    return item;
  }
  [[nodiscard]] bool empty() const { return heap_.empty(); }

 private:
  struct Entry {
    Timestamp at;
    std::uint64_t order;
    Item item;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const { return a.at != b.at ? a.at > b.at : a.order > b.order; }
  };
  std::vector<Entry> heap_;
  std::uint64_t next_ = 0;
};

}  // namespace ebb
