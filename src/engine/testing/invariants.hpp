// For tests only: what must hold between any two events (architecture, "What must stay true").
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "base/decimal.hpp"
#include "engine/engine.hpp"

namespace ebb::engine::testing {

/// The first invariant that the engine breaks now, in words; empty if none.
[[nodiscard]] inline std::string broken_invariant(const Engine& engine) {
  const std::size_t tokens = engine.markets().token_count();
  std::vector<int> live_buys(tokens, 0);
  std::vector<Shares> open_sells(tokens);
  std::vector<int> uncanceled_sells(tokens, 0);
  for (const execution::OrderHandle handle : engine.orders().open()) {
    const execution::Order& order = engine.orders()[handle];
    const std::uint32_t token = order.intent.token.value();
    if (order.terminal()) return "a terminal order stands in the open list";
    if (order.intent.side == model::Side::buy) {
      ++live_buys[token];
    } else {
      open_sells[token] += order.unfilled();
      uncanceled_sells[token] += order.cancel_requested ? 0 : 1;
    }
  }
  for (std::uint32_t i = 0; i < tokens; ++i) {
    const std::string where = " (token " + std::to_string(i) + ")";
    const portfolio::Position& position = engine.ledger().position(model::TokenIndex(i));
    if (live_buys[i] > 1) return "two BUYs of one token are not terminal" + where;
    if (position.matched.raw() < 0) return "a position is negative" + where;
    // Shares may vanish behind our back (a reading, a FAILED trade); then the SELLs that offered them are on their way out.
    const bool may_exceed = position.shortfall.raw() > 0 || uncanceled_sells[i] == 0;
    if (!may_exceed && open_sells[i] > std::max(position.settled, Shares(0))) {
      return "open SELLs offer " + ebb::to_text(open_sells[i]) + " of " +
             ebb::to_text(std::max(position.settled, Shares(0))) + " settled shares" + where;
    }
  }
  const EngineStats& stats = engine.stats();
  std::uint64_t refused = 0;
  for (const std::uint64_t n : stats.signals_refused) refused += n;
  if (stats.signals_total != stats.signals_acted + refused) return "a signal is neither an order nor a counted refusal";
  return {};
}

}  // namespace ebb::engine::testing
