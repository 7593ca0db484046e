// The ledger and the markouts in a checkpoint.
#pragma once

#include <vector>

#include "base/archive.hpp"
#include "model/archive.hpp"
#include "portfolio/ledger.hpp"
#include "portfolio/markout.hpp"

namespace ebb {

template <>
struct Archived<portfolio::Ledger> {
  /// Reads into a ledger that was made with the same markets and settings.
  template <class A>
  static void visit(A& archive, portfolio::Ledger& x) {
    auto& [markets, sell_after, cash, capital, realized, fees, fill_count, positions, histories, touched, entries, legs,
           filled_by_order, free_entry, sequence, folded, folded_next, known_folded, forgotten_until] = x;
    auto next = static_cast<std::uint64_t>(folded_next);
    archive(cash, capital, realized, fees, fill_count, positions, histories, touched, entries);
    archive(free_entry, sequence, folded, next, forgotten_until);
    // The sums of orders in the order of the ids.
    archive_map(archive, filled_by_order, [](const auto& a, const auto& b) { return a.first < b.first; });
    if constexpr (A::kReading) {
      folded_next = next;
      known_folded = folded.size();
      index_legs(archive, x);
    }
    if constexpr (A::kReading) archive.require(archive.ok() && is_sound(x), "a ledger that contradicts itself");
  }

 private:
  static bool is_sound(const portfolio::Ledger& x) {
    const std::size_t tokens = x.markets_->token_count();
    if (x.positions_.size() != tokens || x.histories_.size() != tokens) return false;
    for (const model::TokenIndex token : x.touched_) {
      if (!token.valid()) return false;
    }
    if (x.folded_.size() > portfolio::Ledger::kFoldedLegs || x.folded_next_ > x.folded_.size()) return false;
    return chains_are_sound(x);
  }

  // What is known by name follows from the entries and the folded legs.
  template <class A>
  static void index_legs(A& archive, portfolio::Ledger& x) {
    using Ledger = portfolio::Ledger;
    x.legs_.clear();
    for (const auto& leg : x.folded_)
      archive.require(x.legs_.emplace(leg.key, Ledger::kFolded).second, "a folded leg stands twice");
    std::vector<bool> unused(x.entries_.size());
    for (std::uint32_t i = x.free_entry_; i != Ledger::kNone && archive.ok(); i = x.entries_[i].next) {
      archive.require(i < x.entries_.size() && !unused[i], "a free entry out of order");
      if (!archive.ok()) return;
      unused[i] = true;
    }
    for (std::uint32_t i = 0; i < x.entries_.size() && archive.ok(); ++i) {
      if (unused[i] || x.entries_[i].kind != Ledger::EntryKind::leg) continue;
      archive.require(x.legs_.emplace(x.entries_[i].key, i).second, "a leg stands twice");
    }
  }

  // Every entry that is not free stands in the chain of its token, once.
  static bool chains_are_sound(const portfolio::Ledger& x) {
    std::vector<bool> seen(x.entries_.size());
    std::size_t count = 0;
    for (std::uint32_t token = 0; token < x.histories_.size(); ++token) {
      std::uint32_t last = portfolio::Ledger::kNone;
      for (std::uint32_t i = x.histories_[token].first; i != portfolio::Ledger::kNone; i = x.entries_[i].next) {
        if (i >= x.entries_.size() || seen[i] || x.entries_[i].token.value() != token) return false;
        seen[i] = true;
        last = i;
        ++count;
      }
      if (x.histories_[token].last != last) return false;
    }
    for (std::uint32_t i = x.free_entry_; i != portfolio::Ledger::kNone; i = x.entries_[i].next) ++count;
    return count == x.entries_.size();
  }
};

template <>
struct Archived<portfolio::Markouts> {
  template <class A>
  static void visit(A& archive, portfolio::Markouts& x) {
    auto& [pending, totals, dropped] = x;
    archive(pending, totals, dropped);
    if constexpr (A::kReading) {
      for (const auto& queue : pending) {
        for (const auto& fill : queue) archive.require(fill.token.valid(), "a fill of no token");
      }
    }
  }
};

}  // namespace ebb
