// Markets that come and go while the trader runs.
#include <algorithm>
#include <future>

#include "gateway/trader.hpp"

namespace ebb::gateway {
namespace {

constexpr Duration kFlushBound = seconds(5);

}  // namespace

Expected<void> Trader::add_market(const model::MarketSpec& spec, const std::vector<std::string>& tokens) {
  const std::lock_guard lock(adding_);
  model::MarketIndex market;
  call([&](engine::Engine& engine) { market = engine.markets().find_market(spec.condition_id); });
  if (!market.valid()) {
    TRY_VOID(tell_gateway(spec));  // before the engine can want to trade it
    Expected<model::MarketIndex> added = market;
    call([&](engine::Engine&) { added = open_market(spec); });
    TRY(opened, added);
    market = opened;
  }
  // A restart must know the market of every intent.
  if (journal_) TRY_VOID(journal_->flush(kFlushBound));
  call([&](engine::Engine&) { take_up(market, tokens); });
  return {};
}

Expected<void> Trader::tell_gateway(const model::MarketSpec& spec) {
  if (!orders_) return {};
  std::promise<Expected<void>> added;
  gateway_loop_.post([&] { added.set_value(orders_->add_market(spec)); });
  return added.get_future().get();
}

// Both tables have the same markets: what the gateway's took, the engine's takes. Nothing of it is traded yet.
Expected<model::MarketIndex> Trader::open_market(const model::MarketSpec& spec) {
  const auto mode = config_.watch_only ? engine::Follow::watch : engine::Follow::trade;
  TRY(market, engine_.add_market(spec, mode, engine_loop_.now()));
  if (paper_) TRY_VOID(paper_->add_market(spec));
  if (journal_) journal_->add_market(engine_.markets(), market, engine_loop_.now());
  if (config_.observer != nullptr) config_.observer->on_market_added(engine_, market);
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = engine_.markets().token_of(market, outcome);
    if (token.valid()) follow_token(token, false);
  }
  return market;
}

void Trader::take_up(model::MarketIndex market, const std::vector<std::string>& tokens) {
  const Timestamp now = engine_loop_.now();
  const bool was_retired = engine_.retired(market);
  if (was_retired) {
    engine_.revive(market, now);
    --retired_;
  }
  std::erase(leaving_, market);
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = engine_.markets().token_of(market, outcome);
    if (!token.valid()) continue;
    const std::string& id = engine_.markets().token_id(token);
    const bool wanted = tokens.empty() || std::find(tokens.begin(), tokens.end(), id) != tokens.end();
    follow_token(token, wanted || engine_.trader(token).traded());
    if (!wanted) continue;
    const bool given_up = std::erase(removed_, token) > 0 || was_retired;
    if (given_up) take_own({now, model::OperatorRequest{model::OperatorAction::trade, token}});
  }
}

void Trader::follow_token(model::TokenIndex token, bool traded) {
  engine_.set_traded(token, traded && !config_.watch_only);
  if (config_.own_params) {
    if (const strategy::Params* own = config_.own_params(engine_.markets().token_id(token)))
      engine_.set_params(token, *own, engine_loop_.now());
  }
  market_->follow(token);
}

Expected<void> Trader::remove_token(const std::string& token_id, Leaving how) {
  Expected<void> done;
  call([&](engine::Engine& engine) {
    const model::TokenIndex token = engine.markets().find_token(token_id);
    if (!token.valid() || engine.retired(engine.markets().token(token).market)) {
      done = fail("trader.unknown_token", "token " + token_id + " is not followed");
      return;
    }
    if (std::find(removed_.begin(), removed_.end(), token) == removed_.end()) removed_.push_back(token);
    take_own({engine_loop_.now(), model::OperatorRequest{model::OperatorAction::sell_only, token}});
    if (how == Leaving::exit)
      take_own({engine_loop_.now(), model::OperatorRequest{model::OperatorAction::exit_token, token}});
    const model::MarketIndex market = engine.markets().token(token).market;
    const auto stays = [&](int outcome) {
      const model::TokenIndex t = engine.markets().token_of(market, outcome);
      return t.valid() && engine.trader(t).traded() && std::find(removed_.begin(), removed_.end(), t) == removed_.end();
    };
    if (!stays(0) && !stays(1) && std::find(leaving_.begin(), leaving_.end(), market) == leaving_.end())
      leaving_.push_back(market);
  });
  return done;
}

// Something is at stake: the market is followed. A fill of a retired one was told late, and puts it back on the way out.
void Trader::follow_leaving_markets() {
  for (const model::TokenIndex token : engine_.ledger().touched()) {
    const model::MarketIndex market = engine_.markets().token(token).market;
    if (engine_.trader(token).blocked(engine::Block::retired) && engine_.at_stake(market)) {
      engine_.revive(market, engine_loop_.now());
      engine_.set_traded(token, true);  // as it was left: no BUY
      --retired_;
      leaving_.push_back(market);
    }
  }
  for (const model::MarketIndex market : leaving_) {
    if (!engine_.at_stake(market)) continue;
    for (int outcome = 0; outcome < 2; ++outcome) {
      const model::TokenIndex token = engine_.markets().token_of(market, outcome);
      if (token.valid()) market_->follow(token);
    }
  }
}

// First the subscription ends, which takes its grace; then nobody hears of the market any more.
void Trader::retire_leaving_markets() {
  std::erase_if(leaving_, [&](model::MarketIndex market) {
    if (engine_.at_stake(market)) return false;
    bool heard = false;
    for (int outcome = 0; outcome < 2; ++outcome) {
      const model::TokenIndex token = engine_.markets().token_of(market, outcome);
      if (!token.valid()) continue;
      market_->unfollow(token);
      heard = heard || market_->feed().connection_of(token).valid();
    }
    if (heard || !engine_.retire(market, engine_loop_.now())) return false;
    std::erase_if(removed_, [&](model::TokenIndex token) { return engine_.markets().token(token).market == market; });
    ++retired_;
    return true;
  });
}

}  // namespace ebb::gateway
