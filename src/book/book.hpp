// A token's level-2 book on the 1e-4 grid, as the exchange displays it (raw: our own orders are in it).
//
// Levels off the announced tick are real and are kept. Each side is three parallel arrays sorted so that the best level
// is LAST: changes happen near the touch, so they move few elements, and the venue's hash text needs that very order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/archived.hpp"
#include "base/units.hpp"
#include "model/market_data.hpp"

namespace ebb::book {

/// What applying a message did. `depth`: some level changed; `touch`: the best price or its size did.
enum class Effect : std::uint8_t { none, depth, touch };

/// What one change did to one level.
enum class LevelOutcome : std::uint8_t {
  repeat,  ///< the level had this size already
  absent_removal,  ///< size 0 for a level that is not there (seen in real data)
  late,  ///< older than the last change of this level: ignored
  malformed,  ///< price outside [1, 9999] or negative size: ignored
  depth,  ///< changed behind the touch
  touch  ///< changed the best price or its size
};
[[nodiscard]] constexpr Effect effect_of(LevelOutcome outcome) {
  if (outcome == LevelOutcome::touch) return Effect::touch;
  return outcome == LevelOutcome::depth ? Effect::depth : Effect::none;
}

/// One side of a book. Invariants: strictly sorted with the best level last, every size above 0, every price in
/// [1, 9999]. All arrays live in one block that doubles when full and is never given back: a warm ladder does not
/// allocate.
class Ladder {
 public:
  explicit Ladder(model::Side side) : side_(side) {}
  Ladder(const Ladder& other);
  Ladder(Ladder&& other) noexcept;
  Ladder& operator=(Ladder other) noexcept;
  ~Ladder() = default;

  /// Sets the level to `size` (0 removes). `stamp_ms` is the exchange time of the change, 0 or less = unknown: a change
  /// older than the last one of the same level is ignored (late delivery). Returns whether anything changed.
  bool set(Price price, Shares size, std::int64_t stamp_ms) {
    return effect_of(update(price, size, stamp_ms)) != Effect::none;
  }
  /// The same, saying what happened.
  LevelOutcome update(Price price, Shares size, std::int64_t stamp_ms);
  /// Replaces everything. `levels` has its best level last; levels that break the invariants are left out, of two with
  /// one price the later counts. Returns what changed.
  Effect replace(std::span<const model::Level> levels, std::int64_t stamp_ms);
  void clear();
  [[nodiscard]] Shares size_at(Price price) const;
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] bool empty() const { return count_ == 0; }
  /// Not for an empty ladder.
  [[nodiscard]] Price best_price() const { return Price(price_data()[count_ - 1]); }
  [[nodiscard]] Shares best_size() const { return Shares(size_data()[count_ - 1]); }
  [[nodiscard]] std::span<const std::uint16_t> prices() const { return {price_data(), count_}; }
  [[nodiscard]] std::span<const std::int64_t> sizes() const { return {size_data(), count_}; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  /// Starts loading what a change near the touch needs.
  void prefetch() const {
    if (count_ == 0) return;
    __builtin_prefetch(price_data() + count_ / 2);
    __builtin_prefetch(price_data() + count_ - 1);
    __builtin_prefetch(stamp_data() + count_ - 1, 1);
    __builtin_prefetch(size_data() + count_ - 1, 1);
  }

 private:
  template <class T>
  friend struct ebb::Archived;

  /// The block is counted in cache lines: capacity_ prices, then stamps, then sizes, each array on lines of its own.
  struct alignas(64) CacheLine {
    std::byte bytes[64];
  };
  static constexpr std::size_t kLevelBytes = sizeof(std::uint16_t) + sizeof(std::uint32_t) + sizeof(std::int64_t);
  [[nodiscard]] std::byte* bytes() const { return reinterpret_cast<std::byte*>(block_.get()); }
  [[nodiscard]] std::uint16_t* price_data() const { return reinterpret_cast<std::uint16_t*>(bytes()); }
  [[nodiscard]] std::uint32_t* stamp_data() const {
    return reinterpret_cast<std::uint32_t*>(bytes() + sizeof(std::uint16_t) * capacity_);
  }
  [[nodiscard]] std::int64_t* size_data() const {
    return reinterpret_cast<std::int64_t*>(bytes() + (sizeof(std::uint16_t) + sizeof(std::uint32_t)) * capacity_);
  }
  /// Index of the first level that is not worse than `price` (count_ when all are worse).
  [[nodiscard]] std::size_t find(std::uint16_t price) const;
  void insert(std::size_t index, std::uint16_t price, std::int64_t size, std::uint32_t stamp);
  void erase(std::size_t index);
  /// Makes room for `wanted` levels, keeping what is there.
  void grow(std::size_t wanted);
  Effect replace_unclean(std::span<const model::Level> levels, std::int64_t stamp_ms);

  std::unique_ptr<CacheLine[]> block_;
  std::int64_t newest_ms_ = 0;  // no stamp is later: what is at least this old cannot be late
  std::uint16_t count_ = 0;
  std::uint16_t capacity_ = 0;
  model::Side side_;
};

class Book {
 public:
  /// Replaces both sides. `ms`: exchange time, 0 or less = unknown.
  [[nodiscard]] Effect apply_snapshot(std::int64_t ms, std::span<const model::Level> bids,
                                      std::span<const model::Level> asks);
  /// Sets one level to an absolute size, 0 removes it. Side::buy = bids.
  [[nodiscard]] Effect apply_change(std::int64_t ms, model::Side side, Price price, Shares size) {
    return effect_of(change(ms, side, price, size));
  }
  /// The same, saying what happened.
  LevelOutcome change(std::int64_t ms, model::Side side, Price price, Shares size) {
    return (side == model::Side::buy ? bids_ : asks_).update(price, size, ms);
  }
  [[nodiscard]] model::Quote quote() const;
  [[nodiscard]] Shares size_at(model::Side side, Price price) const { return ladder(side).size_at(price); }
  [[nodiscard]] const Ladder& ladder(model::Side side) const { return side == model::Side::buy ? bids_ : asks_; }
  [[nodiscard]] model::BookView view() const;
  void clear();

 private:
  template <class T>
  friend struct ebb::Archived;

  Ladder bids_{model::Side::buy};
  Ladder asks_{model::Side::sell};
};

/// One of our orders as it stands in a displayed book.
struct OwnLevel {
  model::Side side = model::Side::buy;
  Price price;
  Shares remaining;
};
/// The touch without our own live remainders (rules 1.7): never more is subtracted than is displayed. At most a
/// handful of own levels; walks only as deep as they reach.
[[nodiscard]] model::Quote net_quote(const Book& book, std::span<const OwnLevel> own);

/// Quote sanity (predecessor 4.2, "later"): both sides quoted, bid < ask, spread / mid < 1.8, not the 0.02 / 0.98
/// emptiness, and with a spread of the mid's size the last trade near the mid.
enum class Sanity : std::uint8_t { sane, one_sided, crossed, too_wide, empty_market, far_from_last };
/// `last_trade` may be kNoPrice. A quote that is both empty_market and too_wide is empty_market.
[[nodiscard]] Sanity check_quote(const model::Quote& quote, Price last_trade);
[[nodiscard]] std::string_view to_text(Sanity sanity);

}  // namespace ebb::book
