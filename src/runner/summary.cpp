#include "runner/summary.hpp"

#include <algorithm>

namespace ebb::runner {

void summarize(const engine::Engine& engine, RunSummary& summary) {
  summary.stats = engine.stats();
  summary.decoder = engine.decoder_stats();
  summary.money = engine.money();
  summary.fills = engine.ledger().fills();
  summary.markouts_dropped = engine.markouts().dropped();
  summary.pool_exhausted = engine.pool_exhausted();
  summary.daily_loss_limit = engine.gate().limits().daily_loss;
  summary.worst_daily_loss = engine.gate().worst_daily_loss();
  summary.stops_on_daily_loss = engine.gate().limits().stop_on_daily_loss;
  for (int horizon = 0; horizon < 3; ++horizon) {
    summary.markouts[static_cast<std::size_t>(horizon)] = engine.markouts().at(horizon);
  }
  summary.round_trips = 0;
  for (const model::TokenIndex token : engine.ledger().touched())
    summary.round_trips += engine.ledger().position(token).round_trips;
  summary.tokens.clear();
  summary.ages = {};
  summary.silent_tokens = 0;
  for (const model::TokenIndex token : engine.traded()) {
    summary.tokens.push_back(engine.report(token));
    const engine::TokenStats& stats = engine.trader(token).stats;
    summary.ages.merge(stats.ages);
    std::uint64_t events = 0;
    for (const std::uint32_t count : stats.events) events += count;
    if (events == 0) ++summary.silent_tokens;
  }
  summary.hash_checked = 0;
  summary.hash_mismatch = 0;
  for (std::uint32_t i = 0; i < engine.markets().token_count(); ++i) {
    const book::FeedStats& stats = engine.feed(model::TokenIndex(i)).stats();
    summary.hash_checked += stats.hash_checked;
    summary.hash_mismatch += stats.hash_mismatch;
  }
  summary.legs = engine.ledger().legs();
  summary.orders.clear();
  for (const execution::Order& order : engine.orders().all()) summary.orders.push_back(order);
  std::stable_sort(summary.orders.begin(), summary.orders.end(),
                   [](const execution::Order& a, const execution::Order& b) { return a.intent.time < b.intent.time; });
}

}  // namespace ebb::runner
