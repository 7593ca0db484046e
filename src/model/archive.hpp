// Ids and the market table in a checkpoint.
#pragma once

#include "base/archive.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"

namespace ebb {

template <>
struct Archived<model::TradeId> {
  template <class A>
  static void visit(A& archive, model::TradeId& x) {
    auto& [text, size] = x;
    archive(text, size);
    archive.require(size <= text.size(), "a trade id that is too long");
    if (!archive.ok()) size = 0;
  }
};

/// After reading, the archive takes indices of these markets, tokens and groups only.
template <>
struct Archived<model::MarketTable> {
  template <class A>
  static void visit(A& archive, model::MarketTable& x) {
    auto& [tokens_by_id, markets_by_id, groups_by_event, entries, token_ids, markets, market_tokens, groups,
           group_count] = x;
    auto all_groups = static_cast<std::uint32_t>(group_count);
    archive(markets, token_ids, all_groups);
    if constexpr (A::kReading) archive.require(all_groups <= markets.size(), "more groups than markets");
    group_count = archive.ok() ? all_groups : 0;
    if constexpr (A::kReading) {
      archive.template limit<model::TokenIndex>(token_ids.size());
      archive.template limit<model::MarketIndex>(markets.size());
      archive.template limit<model::EventGroupIndex>(group_count);
    }
    archive(entries, market_tokens, groups);
    if constexpr (A::kReading) {
      archive.require(is_sound(x), "a market table that contradicts itself");
      if (archive.ok()) index(archive, x);
    }
  }

 private:
  static bool is_sound(const model::MarketTable& x) {
    if (x.entries_.size() != x.token_ids_.size() || x.market_tokens_.size() != x.markets_.size() ||
        x.groups_.size() != x.markets_.size() || x.group_count_ > x.markets_.size())
      return false;
    for (std::size_t i = 0; i < x.entries_.size(); ++i) {
      const model::TokenEntry& entry = x.entries_[i];
      if (!entry.market.valid() || entry.outcome > 1) return false;
      const auto& tokens = x.market_tokens_[entry.market.value()];
      if (tokens[entry.outcome].value() != i || tokens[1u - entry.outcome] != entry.sibling) return false;
      if (x.markets_[entry.market.value()].tokens[entry.outcome].token_id != x.token_ids_[i]) return false;
    }
    for (std::size_t i = 0; i < x.markets_.size(); ++i) {
      const model::MarketSpec& spec = x.markets_[i];
      if (spec.tick.raw() < 1 || spec.tick.raw() > kPriceScale / 2 || !x.groups_[i].valid()) return false;
      if (spec.min_order_size.raw() < 0 || spec.min_order_size > kMaxShares) return false;
      for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
        const model::TokenIndex token = x.market_tokens_[i][outcome];
        if (!token.valid()) continue;
        const model::TokenEntry& entry = x.entries_[token.value()];
        if (entry.market.value() != i || entry.outcome != outcome) return false;
      }
    }
    return true;
  }

  template <class A>
  static void index(A& archive, model::MarketTable& x) {
    for (std::uint32_t i = 0; i < x.token_ids_.size(); ++i)
      archive.require(x.tokens_by_id_.emplace(x.token_ids_[i], i).second, "a token twice");
    for (std::uint32_t i = 0; i < x.markets_.size(); ++i) {
      archive.require(x.markets_by_id_.emplace(x.markets_[i].condition_id, i).second, "a market twice");
      if (x.markets_[i].event.empty()) continue;
      const auto [it, added] = x.groups_by_event_.try_emplace(x.markets_[i].event, x.groups_[i]);
      archive.require(it->second == x.groups_[i], "an event with two groups");
    }
  }
};

}  // namespace ebb
