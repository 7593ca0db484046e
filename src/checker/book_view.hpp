// A token's book and whether it may be traded on, as the checker derives them from the frames (rules 1.3, 1.4, 1.7).
//
// What can be read in two ways is decided in the trader's favour: `trusted()` turns false only when every reading of
// the rule says so.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "checker/frames.hpp"
#include "checker/words.hpp"

namespace ebb::checker {

struct Touch {
  PriceRaw price = 0;   ///< 0 (bid) or 10'000 (ask) when the side is empty
  Micros size = 0;
  friend bool operator==(const Touch&, const Touch&) = default;
};
struct QuoteView {
  Touch bid{0, 0};
  Touch ask{kOne, 0};
  friend bool operator==(const QuoteView&, const QuoteView&) = default;
  [[nodiscard]] bool two_sided() const { return bid.size > 0 && ask.size > 0; }
  [[nodiscard]] std::int32_t mid2() const { return bid.price + ask.price; }
};
/// Predecessor 4.2 ("later"): fit to trigger a BUY and to be a mid.
[[nodiscard]] bool is_sane(const QuoteView& quote, PriceRaw last_trade);

/// Shares of ours at one level of this token's book.
struct OwnShares {
  Side side = Side::buy;
  PriceRaw price = 0;
  Micros size = 0;
};

class BookView {
 public:
  struct Level {
    Micros size = 0;        ///< 0 = removed: kept for its stamp until the next snapshot
    std::int64_t ms = 0;
  };
  using Bids = std::map<PriceRaw, Level, std::greater<>>;
  using Asks = std::map<PriceRaw, Level, std::less<>>;

  void replace(std::int64_t ms, const std::vector<LevelText>& bids, const std::vector<LevelText>& asks);
  /// Absolute size; false when the change is older than what the level holds.
  bool set(std::int64_t ms, Side side, PriceRaw price, Micros size);
  [[nodiscard]] QuoteView quote(const std::vector<OwnShares>& own = {}) const;
  [[nodiscard]] Micros size_at(Side side, PriceRaw price) const;
  /// What `size` shares bring now by selling into the bids; what finds no bid is worth nothing (rules 5.4).
  [[nodiscard]] Micros sale_value(Micros size, const std::vector<OwnShares>& own = {}) const;
  [[nodiscard]] const Bids& bids() const { return bids_; }
  [[nodiscard]] const Asks& asks() const { return asks_; }
  [[nodiscard]] std::int64_t ms() const { return ms_; }

 private:
  Bids bids_;
  Asks asks_;
  std::int64_t snapshot_ms_ = 0;
  std::int64_t ms_ = 0;
};

/// What one message did to a token.
struct FeedChange {
  bool changed = false;      ///< some level, or the trust
  std::vector<std::pair<Side, PriceRaw>> levels;  ///< price_change: the levels that it named
  bool snapshot = false;     ///< the whole book was replaced
};

/// Identity of the book for its hash (polymarket.md 2.4).
struct HashIdentity {
  std::string condition_id;
  std::string token_id;
  Micros min_size = 5'000'000;
  bool neg_risk = false;
};

class FeedView {
 public:
  FeedView(HashIdentity identity, PriceRaw tick, SpanNs hash_interval);

  FeedChange on_book(TimeNs now, const MarketText& book);
  /// The entries of one message that belong to `token_id`.
  FeedChange on_changes(TimeNs now, const MarketText& message, std::string_view token_id);
  void on_tick(PriceRaw tick) { tick_ = tick; }
  void on_trade(PriceRaw price, std::string text);
  /// Closes a group that nothing has followed for a while.
  void on_time(TimeNs now);
  void distrust(TimeNs now);

  [[nodiscard]] bool trusted() const { return trusted_; }
  /// When an older message last came after a newer one: whether a level that is gone comes back with it, and whether its sender
  /// is believed at all, books answer differently, until their best prices are compared.
  [[nodiscard]] TimeNs disputed() const { return disputed_; }
  /// When a hash last did not fit: whether that is enough to distrust the book depends on when it was looked at.
  [[nodiscard]] TimeNs hash_doubted() const { return hash_doubted_; }
  /// When trust was last gained or lost.
  [[nodiscard]] TimeNs since() const { return since_; }
  [[nodiscard]] const BookView& book() const { return book_; }
  [[nodiscard]] PriceRaw tick() const { return tick_; }
  [[nodiscard]] PriceRaw last_trade() const { return last_trade_; }

 private:
  struct Group {
    bool open = false;
    std::int64_t ms = 0;
    TimeNs last = 0;
    PriceRaw claimed_bid = kAbsentPrice;
    PriceRaw claimed_ask = kAbsentPrice;
    std::vector<std::string> hashes;
    bool late = false;  ///< holds entries older than the book, or a book older than itself: no verdict
  };
  struct Buffered {
    std::int64_t ms = 0;
    Side side = Side::buy;
    PriceRaw price = 0;
    Micros size = 0;
  };

  void close_group(TimeNs now);
  void judge_hash(TimeNs now);
  [[nodiscard]] std::string hash_text() const;

  HashIdentity identity_;
  PriceRaw tick_;
  SpanNs hash_interval_;
  BookView book_;
  bool trusted_ = false;
  TimeNs since_ = 0;
  TimeNs disputed_ = 0;
  PriceRaw last_trade_ = kAbsentPrice;
  std::string last_trade_text_;
  Group group_;
  std::vector<Buffered> buffered_;
  // Hash mismatches count only once a group has verified since the snapshot: then the preimage is surely known.
  bool hash_proven_ = false;
  TimeNs hash_doubted_ = 0;  // before one has verified it may be for a field that nobody told
  int mismatches_ = 0;
  TimeNs first_mismatch_ = 0;
  TimeNs last_hash_check_ = 0;
};

/// One market connection.
struct LinkView {
  bool open = false;
  TimeNs last_alive = 0;
  TimeNs last_frame = 0;
  TimeNs closed_at = 0;
  std::vector<TimeNs> ring;  ///< times of the last frames, to know their rate
  std::size_t next = 0;
  bool silent = false;  ///< the present silence has been taken for a gap

  static constexpr std::size_t kRing = 70;
  static constexpr SpanNs kSilence = 5 * kSecond;

  void on_frame(TimeNs now);
  /// More than a frame a second over the minute before `now` (with a margin of ten per cent).
  [[nodiscard]] bool was_busy(TimeNs now) const;
};

}  // namespace ebb::checker
