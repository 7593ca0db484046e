#include "exchange/paper_feed.hpp"

#include <algorithm>

namespace ebb::exchange {
namespace {

constexpr std::size_t kMaxPending = 4096;

void complement_levels(std::span<const model::Level> from, std::vector<model::Level>& to) {
  to.clear();
  for (const model::Level& level : from) to.push_back({complement(level.price), level.size});
}

bool same(const YesPrint& a, const YesPrint& b) {
  return a.ms == b.ms && a.price == b.price && a.size == b.size && a.taker == b.taker;
}

}  // namespace

FeedEffect MarketFeed::on_book(std::uint8_t outcome, std::int64_t ms, std::span<const model::Level> bids,
                               std::span<const model::Level> asks) {
  seen_ = true;
  if (trusted_ && ms > 0 && (ms < last_ms_ || (ms == last_ms_ && outcome != last_outcome_))) {
    ++stale_;
    return FeedEffect::none;
  }
  if (outcome == 1) {
    complement_levels(asks, scratch_bids_);
    complement_levels(bids, scratch_asks_);
    bids = scratch_bids_;
    asks = scratch_asks_;
  }
  const book::Effect effect = book_.apply_snapshot(ms, bids, asks);
  claims_.clear();
  last_ms_ = trusted_ ? std::max(last_ms_, ms) : ms;
  snapshot_ms_ = ms;
  last_outcome_ = outcome;
  if (trusted_) return effect == book::Effect::none ? FeedEffect::none : FeedEffect::changed;
  trusted_ = true;
  replay_pending(ms);
  return FeedEffect::resynced;
}

FeedEffect MarketFeed::on_changes(std::int64_t ms, std::span<const model::LevelChange> changes,
                                  std::span<const std::uint8_t> outcomes) {
  // One token is followed per message; the entries of the other are its mirror image.
  const auto first = std::ranges::find_if(outcomes, [](std::uint8_t o) { return o != kForeign; });
  if (first == outcomes.end()) return FeedEffect::none;
  const std::uint8_t outcome = *first;
  seen_ = true;
  if (trusted_) {
    const bool repeat_of_sibling = outcome != last_outcome_ && ms <= last_ms_;
    if (ms > 0 && (ms < snapshot_ms_ || repeat_of_sibling)) {
      ++stale_;
      return FeedEffect::none;
    }
  }
  bool contradicted = false;
  if (ms != last_ms_) {  // a new group begins: the verdict on the one before
    contradicted = trusted_ && !claims_hold();
    if (contradicted) distrust();
    claims_.clear();
  }
  const bool late = ms > 0 && ms < last_ms_;
  bool changed = false;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (outcomes[i] != outcome) continue;
    const model::LevelChange& change = changes[i];
    if (!trusted_) {
      if (pending_.size() < kMaxPending) {
        pending_.push_back({ms, in_yes(outcome, change.side), in_yes(outcome, change.price), change.size});
      }
      continue;
    }
    changed |= book_.apply_change(ms, in_yes(outcome, change.side), in_yes(outcome, change.price), change.size) !=
               book::Effect::none;
    if (!late) remember(outcome, change);
  }
  if (!trusted_) return contradicted ? FeedEffect::distrusted : FeedEffect::none;
  if (ms >= last_ms_) {
    last_ms_ = ms;
    last_outcome_ = outcome;
  }
  if (!changed) return FeedEffect::none;
  return late ? FeedEffect::late : FeedEffect::changed;
}

bool MarketFeed::on_print(const YesPrint& print) {
  if (print.ms <= 0) return true;
  if (std::ranges::any_of(prints_, [&](const YesPrint& old) { return same(old, print); })) return false;
  prints_[next_print_] = print;
  next_print_ = (next_print_ + 1) % prints_.size();
  return true;
}

void MarketFeed::distrust() {
  trusted_ = false;
  pending_.clear();
}

void MarketFeed::remember(std::uint8_t outcome, const model::LevelChange& change) {
  if (change.best_bid == model::kNoPrice || change.best_ask == model::kNoPrice) return;
  const Claim claim = outcome == 0 ? Claim{change.best_bid, change.best_ask}
                                   : Claim{complement(change.best_ask), complement(change.best_bid)};
  claims_.push_back(claim);
}

bool MarketFeed::claims_hold() const {
  if (claims_.empty()) return true;
  const model::Quote quote = book_.quote();
  // Inside one millisecond the order of messages is not guaranteed: any of the group's claims may be the last one.
  return std::ranges::any_of(claims_, [&](const Claim& c) { return c.bid == quote.bid && c.ask == quote.ask; });
}

void MarketFeed::replay_pending(std::int64_t snapshot_ms) {
  for (const Pending& change : pending_) {
    if (change.ms <= snapshot_ms) continue;
    (void)book_.apply_change(change.ms, change.side, change.price, change.size);
    last_ms_ = std::max(last_ms_, change.ms);
  }
  pending_.clear();
}

}  // namespace ebb::exchange
