// Books and their trust in a checkpoint.
#pragma once

#include "base/archive.hpp"
#include "book/token_feed.hpp"

namespace ebb {

/// The levels. How much room a ladder has is not part of its state.
template <>
struct Archived<book::Ladder> {
  template <class A>
  static void visit(A& archive, book::Ladder& x) {
    auto& [block, newest_ms, levels, capacity, side] = x;
    std::uint16_t n = levels;
    archive(n, newest_ms);
    archive.require(n < kPriceScale, "more levels than prices");
    if constexpr (A::kReading) {
      if (archive.left() < n * book::Ladder::kLevelBytes) archive.require(false, "the end came too early");
      if (!archive.ok()) return;
      if (n > 0) x.grow(n);
      levels = n;
    }
    if (n == 0) return;
    archive.raw(x.price_data(), n * sizeof(std::uint16_t));
    archive.raw(x.stamp_data(), n * sizeof(std::uint32_t));
    archive.raw(x.size_data(), n * sizeof(std::int64_t));
    if constexpr (A::kReading) {
      archive.require(is_sound(x), "a book out of order");
      if (!archive.ok()) levels = 0;
    }
  }

 private:
  static bool is_sound(const book::Ladder& x) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::uint16_t price = x.prices()[i];
      if (price == 0 || price >= kPriceScale || x.sizes()[i] <= 0) return false;
      if (i == 0) continue;
      const std::uint16_t before = x.prices()[i - 1];
      if (x.side_ == model::Side::buy ? price <= before : price >= before) return false;
    }
    return true;
  }
};

template <>
struct Archived<book::Book> {
  template <class A>
  static void visit(A& archive, book::Book& x) {
    auto& [bids, asks] = x;
    archive(bids, asks);
  }
};

template <>
struct Archived<book::TokenFeed> {
  template <class A>
  static void visit(A& archive, book::TokenFeed& x) {
    auto& [book, exchange_ms, group_ms, snapshot_ms, received, group_received, reason, hash_count, group_digested,
           digest_current, group_has_changes, best_agrees, check_next, late_in_row, mismatches, last_check, stats,
           hashes, removals, forgotten_ms, digest, snapshot_hash, first_mismatch, untrusted_since, tick, last_trade,
           pending] = x;
    archive(book, exchange_ms, group_ms, snapshot_ms, received, group_received, reason, hash_count, group_digested,
            digest_current, group_has_changes, best_agrees, check_next, late_in_row, mismatches, last_check, stats,
            hashes, removals, forgotten_ms, digest, snapshot_hash, first_mismatch, untrusted_since, tick, last_trade,
            pending);
    archive.require(tick.raw() > 0 && tick.raw() <= kPriceScale, "a tick that is none");
    if (!archive.ok()) tick = Price(100);
  }
};

}  // namespace ebb
