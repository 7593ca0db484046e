// The gate in a checkpoint.
#pragma once

#include <vector>

#include "base/archive.hpp"
#include "risk/gate.hpp"

namespace ebb {

template <>
struct Archived<risk::Gate> {
  /// Reads into a gate that was made with the same markets and has grown with them.
  template <class A>
  static void visit(A& archive, risk::Gate& x) {
    auto& [markets, positions, limits, refusals, open_buys_total, open_fees_total, open_orders, killed, paused,
           daily_loss_hit, day_known, killed_at, day, day_start_pnl, worst_daily_loss, tokens, market_worst,
           event_worst, total_worst, pool, free, open_by_id, recent, oldest] = x;
    auto next = static_cast<std::uint64_t>(oldest);
    archive(limits, refusals, open_buys_total, open_fees_total, open_orders, killed, paused, daily_loss_hit, day_known,
            killed_at, day, day_start_pnl, worst_daily_loss, tokens, market_worst, event_worst, total_worst, pool, free,
            recent, next);
    oldest = next;
    archive_map(archive, open_by_id, [](const auto& a, const auto& b) { return a.second < b.second; });
    if constexpr (A::kReading) archive.require(is_sound(x), "a gate that contradicts itself");
  }

 private:
  static bool is_sound(const risk::Gate& x) {
    if (x.tokens_.size() != x.markets_->token_count() || x.market_worst_.size() != x.markets_->market_count() ||
        x.event_worst_.size() != x.markets_->group_count() || x.oldest_ >= x.recent_.size())
      return false;
    std::vector<bool> seen(x.pool_.size());
    const auto walk = [&](std::uint32_t first, auto&& belongs) {
      for (std::uint32_t i = first; i != risk::Gate::kNone; i = x.pool_[i].next) {
        if (i >= x.pool_.size() || seen[i] || !belongs(x.pool_[i])) return false;
        seen[i] = true;
      }
      return true;
    };
    for (std::uint32_t token = 0; token < x.tokens_.size(); ++token) {
      if (!walk(x.tokens_[token].first_open, [&](const auto& open) { return open.token.value() == token; }))
        return false;
    }
    for (const auto& [id, index] : x.open_by_id_) {
      if (index >= x.pool_.size() || !seen[index]) return false;  // open orders are those of the tokens
    }
    return x.open_by_id_.size() == x.open_orders_ && walk(x.free_, [](const auto&) { return true; });
  }
};

}  // namespace ebb
