// A vector with a fixed capacity and no heap. Overflow is a bug (CHECK); ask full() first where input decides.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/check.hpp"

namespace ebb {

template <class T, std::size_t Capacity>
class InlineVector {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] bool full() const { return size_ == Capacity; }
  [[nodiscard]] static constexpr std::size_t capacity() { return Capacity; }
  void push_back(const T& value) {
    CHECK(size_ < Capacity);
    items_[size_++] = value;
  }
  /// Removes by keeping the order of the rest.
  void erase(std::size_t index) {
    CHECK(index < size_);
    for (std::size_t i = index + 1; i < size_; ++i) items_[i - 1] = items_[i];
    --size_;
  }
  void clear() { size_ = 0; }
  T& operator[](std::size_t i) { return items_[i]; }
  const T& operator[](std::size_t i) const { return items_[i]; }
  T* begin() { return items_.data(); }
  T* end() { return items_.data() + size_; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }

 private:
  std::array<T, Capacity> items_{};
  std::size_t size_ = 0;
};

}  // namespace ebb
