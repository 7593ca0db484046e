// Market-channel frames -> model::DecodedFrame (protocol section 2).
//
// Two implementations of one meaning. The fast path knows the exact shapes that the venue sends (current price_change,
// both key orders of `book`) and accepts a frame only if every byte of it is as expected; everything else goes to the
// fallback, which knows every event, order of keys and spelling. For each frame that the fast path accepts, both give
// the same result (differential tests and fuzz target).
//
// What is refused, and how it is counted:
// - text that is not a JSON object or array (PONG, "INVALID OPERATION"): `non_json`, no events;
// - a truncated frame, or one with anything after its end: malformed as a whole, no events;
// - an event without a required field, or a `book` with one bad level: that event (an incomplete book must not be acted
//   on); an entry of a price_change with a bad field: that entry. Level prices lie on the 1e-4 grid strictly within
//   (0, 1), sizes within [0, kMaxShares]; levels of size 0 in a `book` are dropped, two of one price refused;
// - an object whose event_type nobody knows: `unknown_types`. Unknown fields are ignored.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/archived.hpp"
#include "model/market_data.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::polymarket {

/// What the decoder has seen since it was made. `fast_path + fallback + non_json == frames`.
struct DecoderStats {
  std::uint64_t frames = 0;
  std::uint64_t fast_path = 0;
  std::uint64_t fallback = 0;  ///< JSON that the fast path did not take
  std::uint64_t non_json = 0;
  std::uint64_t empty_arrays = 0;  ///< `[]`
  std::uint64_t malformed = 0;  ///< sum of DecodedFrame::malformed
  std::uint64_t unknown_types = 0;  ///< sum of DecodedFrame::unknown_types
};

/// Exchange time as text or number, in s or ms by its magnitude -> ms; 0 when absent, not positive, not an integer or
/// after the year 2100.
[[nodiscard]] std::int64_t parse_exchange_ms(std::string_view text);

/// BUY or SELL in any case; false for anything else.
[[nodiscard]] bool parse_side(std::string_view text, model::Side& side);

/// Reads only what it needs and never beyond the end of the frame.
class MarketDecoder {
 public:
  /// Decodes one frame into `out` (cleared first). Its texts point into `frame`. Never fails: what cannot be used is
  /// counted. A warm decoder allocates nothing.
  void decode(std::string_view frame, model::DecodedFrame& out);

  /// The fast path alone. False = not one of its shapes; `out` is then in no particular state.
  [[nodiscard]] static bool decode_fast(std::string_view frame, model::DecodedFrame& out);
  /// The fallback alone: any frame.
  void decode_fallback(std::string_view frame, model::DecodedFrame& out);

  [[nodiscard]] const DecoderStats& stats() const { return stats_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  struct EventFields;
  void read_event(std::uint32_t object, model::DecodedFrame& out);
  void read_book(const EventFields& fields, model::DecodedFrame& out);
  void read_changes(const EventFields& fields, model::DecodedFrame& out);
  [[nodiscard]] bool read_side_of_book(std::uint32_t array, bool ascending);
  [[nodiscard]] bool read_change(std::uint32_t entry, model::LevelChange& change) const;

  JsonTree tree_;
  std::vector<model::Level> side_;
  DecoderStats stats_;
};

}  // namespace ebb::polymarket
