// One condition's book as the feed shows it, in YES terms. Both tokens show the same orders: what the sibling repeats is
// counted once (rules 8.7). Knows when the book can be believed (rules 1.4).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/units.hpp"
#include "book/book.hpp"
#include "model/market_data.hpp"

namespace ebb::exchange {

/// Side and price of outcome 1 (NO) seen as YES, and back: BUY NO at p is SELL YES at 1 - p.
[[nodiscard]] constexpr model::Side in_yes(std::uint8_t outcome, model::Side side) {
  return outcome == 0 ? side : model::opposite(side);
}
[[nodiscard]] constexpr Price in_yes(std::uint8_t outcome, Price price) {
  return outcome == 0 ? price : complement(price);
}

/// What a message did to the book.
enum class FeedEffect : std::uint8_t {
  none,  ///< nothing new: a repeat, older than what we have, or the book is not trusted
  changed,  ///< the book moved
  late,  ///< it moved by a message older than others already applied: must not create fills
  resynced,  ///< the book is trusted again by this snapshot
  distrusted  ///< what the message says shows that our book is wrong
};

/// A trade print in YES terms.
struct YesPrint {
  Price price;
  Shares size;
  model::Side taker = model::Side::buy;
  std::int64_t ms = 0;
};

class MarketFeed {
 public:
  /// A snapshot of the token with this outcome.
  FeedEffect on_book(std::uint8_t outcome, std::int64_t ms, std::span<const model::Level> bids,
                     std::span<const model::Level> asks);
  /// The entries of one message. `outcomes[i]` = outcome of changes[i]'s token, kForeign = another market's.
  FeedEffect on_changes(std::int64_t ms, std::span<const model::LevelChange> changes,
                        std::span<const std::uint8_t> outcomes);
  static constexpr std::uint8_t kForeign = 2;
  /// False if this very print was told before (by either token).
  [[nodiscard]] bool on_print(const YesPrint& print);
  void distrust();

  [[nodiscard]] bool trusted() const { return trusted_; }
  [[nodiscard]] bool seen() const { return seen_; }
  [[nodiscard]] const book::Book& book() const { return book_; }
  /// Exchange time of the newest change; 0 = none yet.
  [[nodiscard]] std::int64_t last_ms() const { return last_ms_; }
  /// Whose message (outcome) showed the book as it is.
  [[nodiscard]] std::uint8_t shown_by() const { return last_outcome_; }
  [[nodiscard]] std::uint64_t stale() const { return stale_; }

 private:
  struct Pending {
    std::int64_t ms;
    model::Side side;
    Price price;
    Shares size;
  };
  struct Claim {
    Price bid, ask;
  };
  [[nodiscard]] bool claims_hold() const;
  void remember(std::uint8_t outcome, const model::LevelChange& change);
  void replay_pending(std::int64_t snapshot_ms);

  book::Book book_;
  std::vector<model::Level> scratch_bids_, scratch_asks_;
  std::vector<Pending> pending_;  // changes seen while untrusted, applied to a snapshot that is older than they are
  std::vector<Claim> claims_;  // best prices told by the messages of the open (market, millisecond) group
  std::array<YesPrint, 32> prints_{};
  std::size_t next_print_ = 0;
  std::int64_t last_ms_ = 0;
  std::int64_t snapshot_ms_ = 0;
  std::uint64_t stale_ = 0;
  std::uint8_t last_outcome_ = 0;  // whose message set last_ms_: the other token's of that instant is a repeat
  bool trusted_ = false;
  bool seen_ = false;
};

}  // namespace ebb::exchange
