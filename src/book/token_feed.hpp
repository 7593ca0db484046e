// What we know of one token's market: its book, its clocks, and whether it may be traded on.
//
// Trust (rules 1.4): UNTRUSTED until a snapshot arrives, after a reconnect, a gap, persistent hash mismatches (3 groups
// over 2 s or more) or explicit best prices that differ from ours at group end. STALE is not stored: it is the
// link's clock against now (rules 1.3). The link's clock belongs to the connection (class Link).
// A group = the entries of one asset in consecutive messages of one (market, millisecond).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

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

/// Outcome of one message for one token.
struct FeedResult {
  Effect effect = Effect::none;
  bool became_trusted = false;
  bool became_untrusted = false;   ///< ask for a snapshot
  bool ignored = false;            ///< repeat or older than what we have
  bool tick_changed = false;
};

struct FeedStats {
  std::uint64_t snapshots = 0;
  std::uint64_t changes = 0;
  std::uint64_t repeats = 0;          ///< idempotent: nothing changed
  std::uint64_t absent_removals = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t before_snapshot = 0;
  std::uint64_t hash_checked = 0;     ///< groups
  std::uint64_t hash_mismatch = 0;    ///< groups
};

class TokenFeed {
 public:
  /// A full book. `received` stamps the receive clock. A snapshot older than what a TRUSTED book holds is ignored.
  FeedResult on_book(Timestamp received, const model::MarketEvent& event, std::span<const model::Level> bids,
                     std::span<const model::Level> asks);
  /// The entries of ONE message that belong to this token, in order.
  FeedResult on_changes(Timestamp received, std::int64_t exchange_ms, std::span<const model::LevelChange> all_changes,
                        std::string_view asset_id);
  FeedResult on_tick_size(Timestamp received, Price new_tick);
  void on_last_trade(Timestamp received, Price price);
  /// Closes a group whose millisecond has passed (called by the 1 s timer): the verdict of a group needs a later
  /// message or this.
  FeedResult close_group(Timestamp now);
  void distrust(UntrustedReason reason, Timestamp now);

  /// Whether the book should be hashed now, off the decision path: a group is open that carries hashes, and it is the
  /// first after a snapshot, a reconnect or an anomaly, or `min_interval` has passed since the last check (rules 1.5).
  [[nodiscard]] bool hash_check_due(Timestamp now, Duration min_interval) const;
  /// The hash of the book as it is now, computed by the caller (`polymarket`) AFTER the decision. The verdict falls when
  /// the group ends: verified if the last digest of the group equals any hash of the group.
  void on_hash(const HashDigest& digest, Timestamp now);

  [[nodiscard]] bool trusted() const { return reason_ == UntrustedReason::none; }
  [[nodiscard]] UntrustedReason untrusted_reason() const { return reason_; }
  [[nodiscard]] Timestamp untrusted_since() const { return untrusted_since_; }
  [[nodiscard]] const Book& book() const { return book_; }
  [[nodiscard]] std::int64_t exchange_ms() const { return exchange_ms_; }
  [[nodiscard]] Timestamp received() const { return received_; }
  [[nodiscard]] Price tick() const { return tick_; }
  void set_tick(Price tick) { tick_ = tick; }
  [[nodiscard]] Price last_trade() const { return last_trade_; }
  [[nodiscard]] const FeedStats& stats() const { return stats_; }

 private:
  struct PendingChange {
    std::int64_t ms = 0;
    model::Side side = model::Side::buy;
    Price price;
    Shares size;
  };

  Book book_;
  UntrustedReason reason_ = UntrustedReason::no_snapshot;
  Timestamp untrusted_since_;
  Timestamp received_;
  std::int64_t exchange_ms_ = 0;
  Price tick_{100};
  Price last_trade_ = model::kNoPrice;
  FeedStats stats_;
  // the implementation adds: the open group (ms, hashes as bytes, best prices claimed), the mismatch streak, hash budget,
  // and changes buffered before the first snapshot (bounded)
};

}  // namespace ebb::book
