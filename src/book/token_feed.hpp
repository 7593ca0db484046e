// What we know of one token's market: its book, its clocks, and whether it may be traded on.
//
// Trust (rules 1.4): UNTRUSTED until a snapshot arrives, after a reconnect, a gap, persistent hash mismatches (3 groups
// over 2 s or more) or explicit best prices that differ from ours at group end. STALE is not stored: it is the
// link's clock against now (rules 1.3). The link's clock belongs to the connection (class Link).
// A group = the entries of one asset in consecutive messages of one (market, millisecond).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/archived.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "book/book.hpp"
#include "model/market_data.hpp"

namespace ebb::book {

/// Clock of one connection: when anything last proved that it lives.
struct Link {
  bool open = false;
  Timestamp last_alive;
};
/// Rules 1.3: fresh below soft_after, soft-stale up to stale_after, STALE beyond.
enum class Freshness : std::uint8_t { fresh, soft_stale, stale };
struct FreshnessLimits {
  Duration soft_stale_after = milliseconds(15'000);
  Duration link_stale = milliseconds(30'000);
};
[[nodiscard]] Freshness freshness(const Link& link, Timestamp now, const FreshnessLimits& limits);

enum class UntrustedReason : std::uint8_t { none, no_snapshot, reconnect, gap, hash_mismatch, best_price_mismatch };
[[nodiscard]] std::string_view to_text(UntrustedReason reason);

using HashDigest = std::array<std::uint8_t, 20>;  ///< SHA-1 of the venue's book text (protocol 2.4)

/// Outcome of one message for one token. The trust flags compare before and after the whole message: a snapshot that
/// repairs a book whose group just ended badly sets neither.
struct FeedResult {
  Effect effect = Effect::none;
  bool became_trusted = false;
  bool became_untrusted = false;  ///< ask for a snapshot
  bool ignored = false;  ///< nothing in it was new: repeat, or older than what we have
  bool tick_changed = false;
};

struct FeedStats {
  std::uint64_t snapshots = 0;  ///< applied or repeated
  std::uint64_t changes = 0;  ///< entries of price_change
  std::uint64_t repeats = 0;  ///< idempotent: nothing changed (entries and snapshots)
  std::uint64_t absent_removals = 0;  ///< entries
  std::uint64_t out_of_order = 0;  ///< messages older than what we have
  std::uint64_t before_snapshot = 0;  ///< entries buffered while UNTRUSTED
  std::uint64_t hash_checked = 0;  ///< groups
  std::uint64_t hash_mismatch = 0;  ///< groups
  std::uint64_t malformed = 0;  ///< entries and levels off the grid; the decoder lets none through
  std::uint64_t distrusted = 0;  ///< times the book itself gave the reason (hash, best prices, time)
};

class alignas(64) TokenFeed {
 public:
  /// A full book. `received` stamps the receive clock. A snapshot that a TRUSTED book was made of already (same time
  /// and hash), or that is older than what it holds, is ignored; any other one replaces the book and makes it TRUSTED. Exchange times of 0 or less never order anything.
  FeedResult on_book(Timestamp received, const model::MarketEvent& event, std::span<const model::Level> bids,
                     std::span<const model::Level> asks);
  /// The entries of ONE message that belong to this token, in order. Entries of other tokens are passed over.
  FeedResult on_changes(Timestamp received, std::int64_t exchange_ms, std::span<const model::LevelChange> all_changes,
                        std::string_view asset_id);
  /// The book is kept (it is on the 1e-4 grid) and so is its trust; the caller asks for a snapshot (rules 1.4).
  FeedResult on_tick_size(Timestamp received, Price new_tick);
  void on_last_trade(Timestamp received, Price price);
  /// Closes a group that has been quiet for kGroupQuiet (called by the 1 s timer): the verdict of a group needs a later
  /// message or this.
  FeedResult close_group(Timestamp now);
  /// From outside: the link was lost or the input has a gap. What was buffered is dropped; the first reason of a spell
  /// and its beginning are kept.
  void distrust(UntrustedReason reason, Timestamp now);

  /// Nobody follows the token any more: forgets the book and gives its memory back. Tick, last trade and counters stay.
  void release(Timestamp now);

  /// Whether the book should be hashed now, off the decision path: a group is open that carries hashes and has changed
  /// since it was last hashed, and it is the first after a snapshot, a reconnect or an anomaly, or `min_interval` has
  /// passed since the last check (rules 1.5). The preimage's timestamp is exchange_ms().
  [[nodiscard]] bool hash_check_due(Timestamp now, Duration min_interval) const {
    if (hash_count_ == 0 || digest_current_) return false;
    return check_next_ || group_digested_ || now - last_check_ >= min_interval;
  }
  /// The hash of the book as it is now, computed by the caller (`polymarket`) AFTER the decision. Not to be called when
  /// the preimage is incomplete (protocol 2.4). The verdict falls when the group ends: verified if the last digest of
  /// the group equals any hash of the group.
  void on_hash(const HashDigest& digest, Timestamp now);

  [[nodiscard]] bool trusted() const { return reason_ == UntrustedReason::none; }
  [[nodiscard]] UntrustedReason untrusted_reason() const { return reason_; }
  [[nodiscard]] Timestamp untrusted_since() const { return untrusted_since_; }
  [[nodiscard]] const Book& book() const { return book_; }
  /// Exchange time of the newest message applied; 0 = none yet. While a group is open it is the group's.
  [[nodiscard]] std::int64_t exchange_ms() const { return exchange_ms_; }
  /// When the last message that we did not refuse as too old was received.
  [[nodiscard]] Timestamp received() const { return received_; }
  [[nodiscard]] Price tick() const { return tick_; }
  void set_tick(Price tick) { tick_ = tick; }
  [[nodiscard]] Price last_trade() const { return last_trade_; }
  [[nodiscard]] const FeedStats& stats() const { return stats_; }
  /// Starts loading what a message needs: worth calling as soon as a frame's token is known.
  void prefetch() const {
    __builtin_prefetch(&snapshot_ms_, 1);
    __builtin_prefetch(&hashes_, 1);
    book_.ladder(model::Side::buy).prefetch();
    book_.ladder(model::Side::sell).prefetch();
  }

  /// A group without a further message for so long is over.
  static constexpr Duration kGroupQuiet = seconds(1);
  /// Hash mismatches that make the book UNTRUSTED: so many groups, over at least this span, none verified between.
  static constexpr int kMismatchedGroups = 3;
  static constexpr Duration kMismatchSpan = seconds(2);
  /// Changes kept while a snapshot is awaited; of more the older half goes.
  static constexpr std::size_t kMaxPending = 256;
  /// So many old price_changes in a row, and it is our newest time that is wrong: UNTRUSTED (gap). Old books do not
  /// count: REST is known to repeat stale ones (protocol 2.5).
  static constexpr int kMaxLateInRow = 16;

 private:
  template <class T>
  friend struct ebb::Archived;

  struct PendingChange {
    std::int64_t ms = 0;
    Shares size;
    Price price;
    model::Side side = model::Side::buy;
  };
  struct Pending {
    std::vector<PendingChange> changes;
    std::int64_t dropped_ms = 0;  // newest of those that did not fit: a snapshot older than it has a hole
  };
  static constexpr std::size_t kGroupHashes = 8;
  static constexpr std::size_t kRemovals = 8;

  [[nodiscard]] bool is_repeat(const model::MarketEvent& book) const;
  [[nodiscard]] bool in_group() const { return group_ms_ != 0; }
  void enter_group(Timestamp received, std::int64_t ms);
  void add_hash(std::string_view hex);
  [[nodiscard]] bool best_prices_agree(const model::LevelChange& last) const;
  /// Passes the verdict on the open group. Must run before the next message touches the book.
  void end_group(Timestamp now);
  void judge_hash();
  void drop_group();
  void note_late_changes(Timestamp now);
  LevelOutcome apply(std::int64_t ms, const model::LevelChange& change);
  LevelOutcome apply(std::int64_t ms, model::Side side, Price price, Shares size);
  void note_removal(std::int64_t ms, model::Side side, Price price);
  /// Whether the level was removed after `ms`: of levels that are gone the book knows nothing.
  [[nodiscard]] bool removed_after(std::int64_t ms, model::Side side, Price price) const;
  /// Whether a late change shows a level that is not there, and its removal may be one that is forgotten.
  [[nodiscard]] bool may_bring_back(std::int64_t ms, const model::LevelChange& change) const;
  void buffer(std::int64_t ms, const model::LevelChange& change);
  Effect replay_pending(const model::MarketEvent& book);
  void enter_untrusted(UntrustedReason reason, Timestamp now);
  void restore_trust();

  // What every message touches comes first: two cache lines, and a third for the hashes.
  Book book_;
  std::int64_t exchange_ms_ = 0;
  std::int64_t group_ms_ = 0;  // 0 = no open group
  std::int64_t snapshot_ms_ = 0;  // changes older than the snapshot are in it
  Timestamp received_;
  Timestamp group_received_;
  UntrustedReason reason_ = UntrustedReason::no_snapshot;
  std::uint8_t hash_count_ = 0;  // hashes seen in the open group; the last kGroupHashes are kept
  bool group_digested_ = false;  // on_hash was called in this group
  bool digest_current_ = false;  // and no message came after it
  bool group_has_changes_ = false;  // not only a snapshot
  bool best_agrees_ = true;  // the best prices claimed by the group's last entry are ours
  bool check_next_ = true;
  std::uint8_t late_in_row_ = 0;
  std::uint8_t mismatches_ = 0;  // groups since the last verified one
  Timestamp last_check_;
  FeedStats stats_;
  std::array<std::uint64_t, kGroupHashes> hashes_{};  // the first 8 bytes tell 2^64 books apart
  std::array<std::uint64_t, kRemovals> removals_{};  // the last ones, as removal_of has it
  std::int64_t forgotten_ms_ = 0;  // the newest of the removals before them
  std::uint64_t digest_ = 0;
  std::uint64_t snapshot_hash_ = 0;  // with snapshot_ms_ it knows a repeat; 0 = the snapshot had none
  Timestamp first_mismatch_;
  Timestamp untrusted_since_;
  Price tick_{100};
  Price last_trade_ = model::kNoPrice;
  std::unique_ptr<Pending> pending_;  // only while UNTRUSTED
};

}  // namespace ebb::book
