// Cuts a byte stream into lines or into the elements of one JSON array. Memory: the longest line, at most the limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "store/byte_source.hpp"

namespace ebb::store {

/// A piece of the stream, or why there is none.
struct Piece {
  enum class Kind : std::uint8_t { text, too_long, end };
  Kind kind = Kind::end;
  std::string_view text;  ///< kind text: valid until the next call. At least kSlack bytes behind it are readable.
  bool cut = false;       ///< kind text: the stream broke off in it (see error())
  std::uint64_t number = 0;  ///< of the line or element, from 1
};

class LineSource {
 public:
  static constexpr std::size_t kSlack = 64;  ///< what simdjson reads beyond a text

  LineSource(ByteSource bytes, std::size_t longest);

  /// Whether the stream is one JSON array and nothing behind it: it then is to be read by next_element(). Looks ahead,
  /// consumes nothing. Errors: those of the stream, if nothing could be read at all.
  Expected<bool> is_one_array();
  /// The next line without its end; blank lines are passed over.
  Piece next_line();
  /// The next element of the array. The first call passes its bracket.
  Piece next_element();

  /// Why the stream broke off (an array without its end: `capture.truncated`), once next_*() has returned `end` or a cut piece.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] const ByteSource& bytes() const { return bytes_; }

 private:
  /// Reads more behind what is there; false at the end of the stream. Moves begin_ to 0, grows the buffer if needed.
  bool fill();
  [[nodiscard]] char* at(std::size_t offset) { return buffer_.data() + begin_ + offset; }
  [[nodiscard]] std::size_t available() const { return end_ - begin_; }
  /// Offset of the first character from `offset` on that is no blank; reads as needed. nullopt at the end.
  std::optional<std::size_t> skip_blanks(std::size_t offset);
  Piece take(std::size_t size, bool cut);
  Piece too_long() const { return {Piece::Kind::too_long, {}, false, number_}; }

  ByteSource bytes_;
  std::size_t longest_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  bool in_array_ = false;
  std::uint64_t number_ = 0;
  std::optional<Error> error_;
};

}  // namespace ebb::store
