#include "store/line_source.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ebb::store {
namespace {

constexpr std::size_t kInitialBuffer = std::size_t{1} << 20;
constexpr std::size_t kArrayLookAhead = std::size_t{4} << 20;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Follows brackets and strings, one character at a time, to the end of a JSON value.
struct Nesting {
  int depth = 0;
  bool in_string = false;
  bool escaped = false;
  /// True when `c` ends the value that began with a bracket.
  bool closes(char c) {
    if (in_string) {
      if (escaped)
        escaped = false;
      else if (c == '\\')
        escaped = true;
      else if (c == '"')
        in_string = false;
      return false;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') return --depth <= 0;
    return false;
  }
};

}  // namespace

LineSource::LineSource(ByteSource bytes, std::size_t longest)
    : bytes_(std::move(bytes)), longest_(longest), buffer_(kInitialBuffer + kSlack) {}

bool LineSource::fill() {
  if (at_end_) return false;
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, available());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kSlack >= buffer_.size()) buffer_.resize(2 * buffer_.size());
  const auto got = bytes_.read(buffer_.data() + end_, buffer_.size() - kSlack - end_);
  if (!got) error_ = got.error();
  at_end_ = !got || *got == 0;
  if (!at_end_) end_ += *got;
  return !at_end_;
}

std::optional<std::size_t> LineSource::skip_blanks(std::size_t offset) {
  while (true) {
    for (; offset < available(); ++offset) {
      if (!is_blank(*at(offset))) return offset;
    }
    if (!fill()) return std::nullopt;
  }
}

Piece LineSource::take(std::size_t size, bool cut) {
  const std::string_view text(at(0), size);
  begin_ += size;
  return {Piece::Kind::text, text, cut, number_};
}

Expected<bool> LineSource::is_one_array() {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  const auto start = skip_blanks(0);
  if (!start) {
    if (error_) return std::unexpected(*error_);
    return false;
  }
  while (available() < *start + kByteOrderMark.size() && fill()) {}
  if (std::string_view(at(*start), std::min(kByteOrderMark.size(), available() - *start)) == kByteOrderMark) {
    begin_ += *start + kByteOrderMark.size();
    return is_one_array();
  }
  if (*at(*start) != '[') return false;
  Nesting nesting;
  std::size_t offset = *start;
  while (offset < kArrayLookAhead) {
    if (offset == available() && !fill()) return true;  // broken off: whatever there is, is elements
    if (nesting.closes(*at(offset++))) return !skip_blanks(offset).has_value();
  }
  return true;
}

Piece LineSource::next_line() {
  const auto start = skip_blanks(0);
  if (!start) return {};
  number_ += static_cast<std::uint64_t>(std::count(at(0), at(*start), '\n')) + (number_ == 0 ? 1 : 0);
  begin_ += *start;
  std::size_t searched = 0;
  bool over = false;
  while (true) {
    const auto* const newline = static_cast<const char*>(std::memchr(at(searched), '\n', available() - searched));
    if (newline != nullptr) {
      const auto size = static_cast<std::size_t>(newline - at(0));
      if (!over && size <= longest_) return take(size, false);
      begin_ += size;
      return too_long();
    }
    searched = available();
    if (searched > longest_) {
      over = true;
      begin_ = end_;
      searched = 0;
    }
    if (!fill()) return over ? too_long() : take(available(), error_.has_value());
  }
}

Piece LineSource::next_element() {
  auto start = skip_blanks(0);
  while (start && (*at(*start) == ',' || (!in_array_ && *at(*start) == '['))) {
    in_array_ = in_array_ || *at(*start) == '[';
    begin_ += *start + 1;
    start = skip_blanks(0);
  }
  if (!start && !error_) {
    error_ = Error{"capture.truncated", "the file ends in the middle of its array",
                   "the frames before the cut were read; fetch or record the file again for the rest"};
  }
  if (!start || *at(*start) == ']') return {};
  ++number_;
  begin_ += *start;
  Nesting nesting;
  bool over = false;
  const bool scalar = *at(0) != '{' && *at(0) != '[';
  for (std::size_t offset = 0;; ++offset) {
    if (offset > longest_) {
      over = true;
      begin_ += offset;
      offset = 0;
    }
    if (offset == available() && !fill()) return over ? too_long() : take(available(), true);
    const char c = *at(offset);
    const bool scalar_ends = scalar && !nesting.in_string && (c == ',' || c == ']');
    if (!scalar_ends && !(nesting.closes(c) && !scalar)) continue;
    const std::size_t size = scalar_ends ? offset : offset + 1;
    if (!over) return take(size, false);
    begin_ += size;
    return too_long();
  }
}

}  // namespace ebb::store
