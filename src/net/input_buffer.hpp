// Bytes that arrived and have not been taken yet, in one piece; grows to what the longest message needs and stays there.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace ebb::net {

class InputBuffer {
 public:
  /// Free space behind what is there, at least so many bytes. Moves what is there: earlier views are void.
  [[nodiscard]] std::span<char> room(std::size_t at_least) {
    if (begin_ == end_) begin_ = end_ = 0;
    if (bytes_.size() - end_ < at_least && begin_ > 0) {
      std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (bytes_.size() - end_ < at_least) bytes_.resize(std::max(end_ + at_least, bytes_.size() * 2));
    return std::span(bytes_).subspan(end_);
  }
  /// So many bytes were written into room().
  void commit(std::size_t size) { end_ += size; }
  /// So many bytes have been taken from the front. Views of them live until the next room().
  void consume(std::size_t size) { begin_ += size; }

  [[nodiscard]] char* data() { return bytes_.data() + begin_; }
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  [[nodiscard]] bool empty() const { return begin_ == end_; }
  [[nodiscard]] std::string_view view() const { return {bytes_.data() + begin_, size()}; }

 private:
  std::vector<char> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace ebb::net
