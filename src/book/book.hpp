// A token's level-2 book on the 1e-4 grid, as the exchange displays it (raw: our own orders are in it).
//
// Levels off the announced tick are real and are kept. Each side is three parallel arrays sorted so that the best level
// is LAST: changes happen near the touch, so they move few elements, and the venue's hash text needs that very order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/units.hpp"
#include "model/market_data.hpp"

namespace ebb::book {

/// What applying a message did.
enum class Effect : std::uint8_t { none, depth, touch };

/// One side of a book.
class Ladder {
 public:
  explicit Ladder(model::Side side) : side_(side) {}
  /// Sets the level to `size` (0 removes). `stamp_ms` is the exchange time of the change: a change older than the last
  /// one of the same level is ignored (late delivery). Returns whether anything changed.
  bool set(Price price, Shares size, std::int64_t stamp_ms);
  /// Replaces everything. `levels` has its best level last. Returns what changed.
  Effect replace(std::span<const model::Level> levels, std::int64_t stamp_ms);
  void clear();
  [[nodiscard]] Shares size_at(Price price) const;
  [[nodiscard]] std::size_t size() const { return prices_.size(); }
  [[nodiscard]] bool empty() const { return prices_.empty(); }
  [[nodiscard]] Price best_price() const { return Price(prices_.back()); }
  [[nodiscard]] Shares best_size() const { return Shares(sizes_.back()); }
  [[nodiscard]] std::span<const std::uint16_t> prices() const { return prices_; }
  [[nodiscard]] std::span<const std::int64_t> sizes() const { return sizes_; }

 private:
  std::vector<std::uint16_t> prices_;
  std::vector<std::int64_t> sizes_;
  std::vector<std::uint32_t> stamps_;  // exchange ms, low 32 bits
  model::Side side_;
};

class Book {
 public:
  [[nodiscard]] Effect apply_snapshot(std::int64_t ms, std::span<const model::Level> bids,
                                      std::span<const model::Level> asks);
  [[nodiscard]] Effect apply_change(std::int64_t ms, model::Side side, Price price, Shares size);
  [[nodiscard]] model::Quote quote() const;
  [[nodiscard]] Shares size_at(model::Side side, Price price) const;
  [[nodiscard]] const Ladder& ladder(model::Side side) const { return side == model::Side::buy ? bids_ : asks_; }
  [[nodiscard]] model::BookView view() const;
  void clear();

 private:
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
[[nodiscard]] Sanity check_quote(const model::Quote& quote, Price last_trade);
[[nodiscard]] std::string_view to_text(Sanity sanity);

}  // namespace ebb::book
