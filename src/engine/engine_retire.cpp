// Markets that are given up while the engine runs, and taken up again.
#include <algorithm>
#include <array>

#include "engine/engine.hpp"

namespace ebb::engine {
namespace {

std::array<model::TokenIndex, 2> tokens_of(const model::MarketTable& markets, model::MarketIndex market) {
  return {markets.token_of(market, 0), markets.token_of(market, 1)};
}

}  // namespace

bool Engine::at_stake(model::MarketIndex market) const {
  for (const model::TokenIndex token : tokens_of(markets_, market)) {
    if (!token.valid()) continue;
    const portfolio::Position& held = ledger_.position(token);
    if (traders_[token.value()].has_work || ledger_.classify(token) == model::PositionClass::actionable) return true;
    if (held.unsettled_buys.raw() > 0 || held.unmined_buys.raw() > 0 || held.unmined_sells.raw() > 0) return true;
  }
  // A routine may have let go of an order whose fate is not known yet.
  return std::any_of(orders_.open().begin(), orders_.open().end(), [&](execution::OrderHandle handle) {
    return markets_.token(orders_[handle].intent.token).market == market;
  });
}

bool Engine::retire(model::MarketIndex market, Timestamp now) {
  observe(now, Retire{market});
  run_timers(now);
  if (at_stake(market)) return false;
  for (const model::TokenIndex token : tokens_of(markets_, market)) {
    if (!token.valid()) continue;
    TokenTrader& trader = traders_[token.value()];
    if (trader.blocked(Block::retired)) continue;
    if (trader.traded()) std::erase(traded_, token);
    trader.set(Block::not_traded, true);
    trader.set(Block::retired, true);
    trader.signal.release(pool_);
    trader.net = {};
    trader.usable = false;
    trader.own.clear();
    trader.quoted_since = {};
    feeds_[token.value()].release(now_);
  }
  return true;
}

void Engine::revive(model::MarketIndex market, Timestamp now) {
  observe(now, Revive{market});
  run_timers(now);
  for (const model::TokenIndex token : tokens_of(markets_, market)) {
    if (!token.valid()) continue;
    TokenTrader& trader = traders_[token.value()];
    if (!trader.blocked(Block::retired)) continue;
    if (trader.blocked(Block::asleep)) keep_reevaluating(token);
    trader.set(Block::retired, false);
    trader.set(Block::asleep, false);
    trader.untrusted_from = now_;
  }
}

bool Engine::retired(model::MarketIndex market) const {
  const auto tokens = tokens_of(markets_, market);
  return std::all_of(tokens.begin(), tokens.end(), [&](model::TokenIndex token) {
    return !token.valid() || traders_[token.value()].blocked(Block::retired);
  });
}

}  // namespace ebb::engine
