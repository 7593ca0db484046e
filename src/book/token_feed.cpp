#include "book/token_feed.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "base/mutant.hpp"

namespace ebb::book {
namespace {

static_assert(std::endian::native == std::endian::little, "the hex reader below loads little-endian words");

constexpr std::size_t kHashDigits = 40;

/// Four bytes from eight hex digits, all eight at once; false unless all are hex digits.
[[nodiscard]] bool read_hex8(const char* text, std::uint32_t& value) {
  std::uint64_t x;
  std::memcpy(&x, text, sizeof x);
  const std::uint64_t letters = (x >> 6) & 0x0101010101010101U;
  const std::uint64_t nibbles = (x & 0x0F0F0F0F0F0F0F0FU) + 9 * letters;
  // What is not a hex digit does not survive being written out again in lower case.
  const std::uint64_t above_nine = ((nibbles + 0x0606060606060606U) >> 4) & 0x0101010101010101U;
  if (nibbles + 0x3030303030303030U + 39 * above_nine != (x | 0x2020202020202020U)) return false;
  std::uint64_t packed = ((nibbles << 4) | (nibbles >> 8)) & 0x00FF00FF00FF00FFU;
  packed = (packed | (packed >> 8)) & 0x0000FFFF0000FFFFU;
  value = static_cast<std::uint32_t>(packed | (packed >> 16));
  return true;
}

/// The first eight bytes of a hash, in the byte order of memory; nullopt when the text is not a SHA-1 in hex.
[[nodiscard]] std::optional<std::uint64_t> hash_prefix(std::string_view hex) {
  if (hex.size() != kHashDigits) return std::nullopt;
  const char* const digits = hex.data();
  std::uint32_t low, high;
  if (!read_hex8(digits, low) || !read_hex8(digits + 8, high)) [[unlikely]]
    return std::nullopt;
  return static_cast<std::uint64_t>(high) << 32 | low;
}

[[nodiscard]] bool same_text(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.data() == b.data() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

/// An empty side is claimed as 0, 1 or not at all (protocol 2.3).
[[nodiscard]] bool claim_agrees(Price claimed, const Ladder& ladder) {
  if (claimed == model::kNoPrice) return true;
  if (claimed.raw() <= 0 || claimed >= kPriceOne) return ladder.empty();
  return !ladder.empty() && ladder.best_price() == claimed;
}

// A removal in one word: its exchange time, the side, the price.
constexpr int kLevelBits = 16;
constexpr std::uint64_t kLevelMask = (std::uint64_t{1} << kLevelBits) - 1;
std::uint64_t removal_of(std::int64_t ms, model::Side side, Price price) {
  const auto low =
      static_cast<std::uint64_t>(side) << (kLevelBits - 1) | (static_cast<std::uint64_t>(price.raw()) & 0x7FFF);
  return static_cast<std::uint64_t>(ms) << kLevelBits | low;
}

}  // namespace

Freshness freshness(const Link& link, Timestamp now, const FreshnessLimits& limits) {
  if (!link.open || !link.last_alive.is_set()) return Freshness::stale;
  const Duration age = now - link.last_alive;
  if (age > limits.link_stale) return Freshness::stale;
  return age > limits.soft_stale_after ? Freshness::soft_stale : Freshness::fresh;
}

std::string_view to_text(UntrustedReason reason) {
  switch (reason) {
    case UntrustedReason::none: return "NONE";
    case UntrustedReason::no_snapshot: return "NO_SNAPSHOT";
    case UntrustedReason::reconnect: return "RECONNECT";
    case UntrustedReason::gap: return "GAP";
    case UntrustedReason::hash_mismatch: return "HASH_MISMATCH";
    case UntrustedReason::best_price_mismatch: return "BEST_PRICE_MISMATCH";
  }
  return "?";
}

FeedResult TokenFeed::on_book(Timestamp received, const model::MarketEvent& event, std::span<const model::Level> bids,
                              std::span<const model::Level> asks) {
  FeedResult result;
  const bool was_trusted = trusted();
  const std::int64_t ms = event.timestamp_ms;
  if (is_repeat(event)) {
    ++stats_.snapshots;
    ++stats_.repeats;
    received_ = received;
    result.ignored = true;
    return result;
  }
  if (in_group() && ms != group_ms_) end_group(received);
  // Older than what stands here; and where that has just proved wrong, it takes a newer book to set it right.
  if (was_trusted && ms > 0 && ms < exchange_ms_) {
    ++stats_.out_of_order;
    check_next_ = true;
    result.ignored = true;
    result.became_untrusted = !trusted();
    return result;
  }
  const bool repeat_time = was_trusted && ms == exchange_ms_;
  ++stats_.snapshots;
  received_ = received;
  late_in_row_ = 0;
  result.effect = book_.apply_snapshot(ms, bids, asks);
  stats_.malformed +=
      bids.size() + asks.size() - book_.ladder(model::Side::buy).size() - book_.ladder(model::Side::sell).size();
  if (ms > 0 || !trusted()) exchange_ms_ = snapshot_ms_ = std::max<std::int64_t>(ms, 0);
  snapshot_hash_ = hash_prefix(event.hash).value_or(0);
  if (event.tick.raw() > 0 && event.tick != tick_) {
    tick_ = event.tick;
    result.tick_changed = true;
  }
  if (event.last_trade.raw() > 0) last_trade_ = event.last_trade;

  const Effect replayed = replay_pending(event);
  result.effect = std::max(result.effect, replayed);
  if (pending_ != nullptr && ms > 0 && pending_->dropped_ms >= ms) {
    result.became_untrusted = true;  // changes after this snapshot did not fit the buffer: ask for a newer one
    return result;
  }
  pending_.reset();
  restore_trust();
  result.became_trusted = !was_trusted;
  if (result.effect == Effect::none && repeat_time) {
    ++stats_.repeats;
    result.ignored = true;
  } else {
    check_next_ = true;
  }
  if (ms > 0 && ms == exchange_ms_ && replayed == Effect::none) {
    enter_group(received, ms);
    best_agrees_ = true;  // a book claims nothing
    add_hash(event.hash);
  }
  return result;
}

FeedResult TokenFeed::on_changes(Timestamp received, std::int64_t exchange_ms,
                                 std::span<const model::LevelChange> all_changes, std::string_view asset_id) {
  FeedResult result;
  result.ignored = true;
  prefetch();
  const auto first = std::ranges::find_if(
      all_changes, [asset_id](const model::LevelChange& change) { return same_text(change.asset_id, asset_id); });
  if (first == all_changes.end()) return result;

  const bool was_trusted = trusted();
  if (in_group() && exchange_ms != group_ms_) end_group(received);
  const bool late = exchange_ms > 0 && exchange_ms < exchange_ms_;
  if (late) [[unlikely]] {
    note_late_changes(received);
    result.became_untrusted = was_trusted && !trusted();
    if (exchange_ms < snapshot_ms_) return result;
  } else {
    late_in_row_ = 0;
    exchange_ms_ = std::max(exchange_ms_, exchange_ms);
  }
  received_ = received;
  if (trusted() && exchange_ms > 0 && !late) {
    enter_group(received, exchange_ms);
    group_has_changes_ = true;
  }
  const model::LevelChange* last = &*first;
  for (const model::LevelChange& change : std::span(first, all_changes.end())) {
    if (&change != &*first && !same_text(change.asset_id, asset_id)) continue;
    ++stats_.changes;
    if (late && trusted() && may_bring_back(exchange_ms, change)) [[unlikely]] {
      ++stats_.distrusted;
      enter_untrusted(UntrustedReason::gap, received);
    }
    if (!trusted()) [[unlikely]] {
      buffer(exchange_ms, change);
      result.ignored = false;
      if (reason_ == UntrustedReason::no_snapshot) continue;
    }
    result.effect = std::max(result.effect, effect_of(apply(exchange_ms, change)));
    last = &change;
    if (in_group()) add_hash(change.hash);
  }
  if (in_group()) best_agrees_ = best_prices_agree(*last);
  result.ignored = result.ignored && result.effect == Effect::none;
  result.became_untrusted = was_trusted && !trusted();
  return result;
}

FeedResult TokenFeed::on_tick_size(Timestamp received, Price new_tick) {
  FeedResult result;
  if (new_tick.raw() <= 0 || new_tick >= kPriceOne) {
    ++stats_.malformed;
    result.ignored = true;
    return result;
  }
  received_ = received;
  if (new_tick == tick_) {
    result.ignored = true;
    return result;
  }
  // The tick is part of the hash: what is open belongs to the old one.
  const bool was_trusted = trusted();
  if (in_group()) end_group(received);
  result.became_untrusted = was_trusted && !trusted();
  result.tick_changed = true;
  tick_ = new_tick;
  check_next_ = true;
  return result;
}

void TokenFeed::on_last_trade(Timestamp received, Price price) {
  received_ = received;
  if (price.raw() > 0) last_trade_ = price;
}

FeedResult TokenFeed::close_group(Timestamp now) {
  FeedResult result;
  if (!in_group() || now - group_received_ < kGroupQuiet) return result;
  end_group(now);
  result.became_untrusted = !trusted();  // only a trusted book has a group
  return result;
}

void TokenFeed::distrust(UntrustedReason reason, Timestamp now) {
  if (reason == UntrustedReason::none) return;
  pending_.reset();  // from before the loss: what lay between is missing
  if (trusted()) {
    enter_untrusted(reason, now);
  } else if (!untrusted_since_.is_set()) {
    untrusted_since_ = now;
  }
}

void TokenFeed::release(Timestamp now) {
  TokenFeed fresh;
  fresh.stats_ = stats_;
  fresh.tick_ = tick_;
  fresh.last_trade_ = last_trade_;
  fresh.untrusted_since_ = now;
  *this = std::move(fresh);
}

void TokenFeed::on_hash(const HashDigest& digest, Timestamp now) {
  if (hash_count_ == 0) return;
  std::memcpy(&digest_, digest.data(), sizeof digest_);
  group_digested_ = true;
  digest_current_ = true;
  last_check_ = now;
}

bool TokenFeed::is_repeat(const model::MarketEvent& book) const {
  // Changes of the same millisecond may stand on top of that snapshot: applying it again would undo them.
  return trusted() && book.timestamp_ms > 0 && book.timestamp_ms == snapshot_ms_ && snapshot_hash_ != 0 &&
         hash_prefix(book.hash) == snapshot_hash_;
}

void TokenFeed::enter_group(Timestamp received, std::int64_t ms) {
  group_received_ = received;
  digest_current_ = false;
  if (group_ms_ == ms) return;
  group_ms_ = ms;
  hash_count_ = 0;
  group_digested_ = false;
  group_has_changes_ = false;
  best_agrees_ = true;
}

void TokenFeed::add_hash(std::string_view hex) {
  const auto prefix = hash_prefix(hex);
  if (!prefix) return;
  hashes_[hash_count_ % kGroupHashes] = *prefix;
  // Past the end the oldest is overwritten; the counter stays in [8, 15], so that it cannot wrap to "none".
  hash_count_ = static_cast<std::uint8_t>(hash_count_ + 1u == 2 * kGroupHashes ? kGroupHashes : hash_count_ + 1u);
}

bool TokenFeed::best_prices_agree(const model::LevelChange& last) const {
  if (EBB_MUTANT(ignore_best_prices)) return true;
  return claim_agrees(last.best_bid, book_.ladder(model::Side::buy)) &&
         claim_agrees(last.best_ask, book_.ladder(model::Side::sell));
}

void TokenFeed::end_group(Timestamp now) {
  const bool agree = best_agrees_;
  if (group_digested_) judge_hash();
  const bool persistent = mismatches_ >= kMismatchedGroups && last_check_ - first_mismatch_ >= kMismatchSpan;
  drop_group();
  if (agree && !persistent) return;
  ++stats_.distrusted;
  enter_untrusted(agree ? UntrustedReason::hash_mismatch : UntrustedReason::best_price_mismatch, now);
}

void TokenFeed::judge_hash() {
  ++stats_.hash_checked;
  const auto known = std::span(hashes_).first(std::min<std::size_t>(hash_count_, kGroupHashes));
  if (std::ranges::find(known, digest_) != known.end()) {
    mismatches_ = 0;
    if (group_has_changes_) check_next_ = false;
    return;
  }
  ++stats_.hash_mismatch;
  check_next_ = true;
  if (mismatches_ == 0) first_mismatch_ = last_check_;
  if (mismatches_ < kMismatchedGroups) ++mismatches_;
}

void TokenFeed::drop_group() {
  group_ms_ = 0;
  hash_count_ = 0;
  group_digested_ = false;
  digest_current_ = false;
}

void TokenFeed::note_late_changes(Timestamp now) {
  ++stats_.out_of_order;
  check_next_ = true;
  if (!trusted() || ++late_in_row_ < kMaxLateInRow) return;
  ++stats_.distrusted;
  enter_untrusted(UntrustedReason::gap, now);
}

bool TokenFeed::removed_after(std::int64_t ms, model::Side side, Price price) const {
  const std::uint64_t level = removal_of(0, side, price);
  return std::ranges::any_of(removals_, [&](std::uint64_t removal) {
    return (removal & kLevelMask) == level && static_cast<std::int64_t>(removal >> kLevelBits) > ms;
  });
}

bool TokenFeed::may_bring_back(std::int64_t ms, const model::LevelChange& change) const {
  return ms < forgotten_ms_ && change.size.raw() > 0 && book_.size_at(change.side, change.price).raw() == 0;
}

void TokenFeed::note_removal(std::int64_t ms, model::Side side, Price price) {
  const std::uint64_t level = removal_of(0, side, price);
  auto slot = std::ranges::find_if(removals_, [&](std::uint64_t removal) { return (removal & kLevelMask) == level; });
  if (slot == removals_.end()) {
    slot = std::ranges::min_element(removals_);
    forgotten_ms_ = std::max(forgotten_ms_, static_cast<std::int64_t>(*slot >> kLevelBits));
  }
  *slot = removal_of(ms, side, price);
}

LevelOutcome TokenFeed::apply(std::int64_t ms, model::Side side, Price price, Shares size) {
  if (ms > 0 && ms < exchange_ms_ && removed_after(ms, side, price)) [[unlikely]]
    return LevelOutcome::late;
  if (size.raw() == 0 && ms > 0) note_removal(ms, side, price);
  return book_.change(ms, side, price, size);
}

LevelOutcome TokenFeed::apply(std::int64_t ms, const model::LevelChange& change) {
  const LevelOutcome outcome = apply(ms, change.side, change.price, change.size);
  switch (outcome) {
    case LevelOutcome::repeat: ++stats_.repeats; break;
    case LevelOutcome::absent_removal:
      ++stats_.absent_removals;
      check_next_ = true;
      break;
    case LevelOutcome::malformed: ++stats_.malformed; break;
    case LevelOutcome::late:  // its message is counted
    case LevelOutcome::depth:
    case LevelOutcome::touch: break;
  }
  return outcome;
}

void TokenFeed::buffer(std::int64_t ms, const model::LevelChange& change) {
  ++stats_.before_snapshot;
  if (!pending_) pending_ = std::make_unique<Pending>();
  auto& changes = pending_->changes;
  if (changes.size() == kMaxPending) {
    const auto middle = changes.begin() + kMaxPending / 2;
    for (auto it = changes.begin(); it != middle; ++it) pending_->dropped_ms = std::max(pending_->dropped_ms, it->ms);
    changes.erase(changes.begin(), middle);
  }
  changes.push_back({ms, change.size, change.price, change.side});
}

Effect TokenFeed::replay_pending(const model::MarketEvent& book) {
  Effect effect = Effect::none;
  if (!pending_) return effect;
  const std::int64_t snapshot_ms = book.timestamp_ms;
  // The book that follows a trade (it tells no last price, protocol 2.3) comes in the order of the stream: what came before it in its
  // millisecond is in it, and the trade may have taken that away. An answer of REST, or the first book of a subscription, may
  // have been made before.
  const std::int64_t first_ms = book.has_last_trade_field ? snapshot_ms : snapshot_ms + 1;
  // Without times only the order of arrival is left, and by that the snapshot is the newer one.
  for (const PendingChange& change : pending_->changes) {
    if (snapshot_ms <= 0 || change.ms < first_ms) continue;
    effect = std::max(effect, effect_of(apply(change.ms, change.side, change.price, change.size)));
    exchange_ms_ = std::max(exchange_ms_, change.ms);
  }
  return effect;
}

void TokenFeed::enter_untrusted(UntrustedReason reason, Timestamp now) {
  reason_ = reason;
  untrusted_since_ = now;
  check_next_ = true;
  mismatches_ = 0;
  late_in_row_ = 0;
  drop_group();
}

void TokenFeed::restore_trust() {
  if (trusted()) return;
  reason_ = UntrustedReason::none;
  untrusted_since_ = Timestamp{};
  mismatches_ = 0;
}

}  // namespace ebb::book
