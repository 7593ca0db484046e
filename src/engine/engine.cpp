// Construction, registration, timers, operator requests.
#include "engine/engine.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace ebb::engine {
namespace {

constexpr std::int64_t kLifeUnknown = INT64_MAX;
constexpr Duration kTraitsNeed = seconds(60);  // of quotes, before spread and update rate are taken for the market's
constexpr Duration kTierReview = minutes(10);

Duration life_of(const model::MarketSpec& spec) {
  if (!spec.end.is_set() || !spec.start.is_set() || spec.end_precision != model::EndPrecision::exact)
    return Duration(kLifeUnknown);
  return spec.end - spec.start;
}

// Nothing is left to look at: the market is over and we have nothing at stake in it.
bool over(const TokenTrader& trader) {
  return (trader.blocked(Block::resolved) || trader.blocked(Block::ended)) && !trader.has_work;
}

crypto::Address address_of(const std::string& text) {
  const auto address = crypto::parse_address(text);
  CHECK(address.has_value());
  return *address;
}

}  // namespace

Engine::Engine(EngineConfig config, CommandSink& sink, Timestamp start)
    : config_(std::move(config)),
      sink_(&sink),
      listener_(&no_listener_),
      now_(start),
      salts_(Random::stream(config_.seed, 0x5A17)),
      pool_(0),
      ledger_(markets_, config_.sell_after, config_.starting_cash),
      gate_(markets_, *this, config_.limits),
      wheel_(start),
      user_decoder_(markets_, polymarket::UserIdentity{.maker_address = config_.maker_address}),
      digester_(config_.chain_id),
      maker_(address_of(config_.maker_address)),
      signer_(config_.signer_address.empty() ? maker_ : address_of(config_.signer_address)),
      last_sweep_(start) {
  tiers_ = config_.tiers.empty() ? strategy::builtin_tiers() : config_.tiers;
  connections_.resize(1);
  connections_[0].link.last_alive = start;
  schedule(start + seconds(1), TimerKind::housekeeping, 0);
  warming_up_ = config_.warm_up.raw() > 0;
  if (warming_up_) schedule(start + config_.warm_up, TimerKind::warm, 0);
}

Engine::~Engine() = default;

Expected<model::MarketIndex> Engine::add_market(model::MarketSpec spec, Follow follow, Timestamp now) {
  observe(now, AddMarket{spec, follow});
  run_timers(now);
  TRY(market, markets_.add(std::move(spec)));
  init_market(market);
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = markets_.token_of(market, outcome);
    if (token.valid()) init_token(token, follow);
  }
  return market;
}

Expected<model::TokenIndex> Engine::add_sibling(model::MarketIndex market, std::string token_id, std::string outcome,
                                                Timestamp now) {
  observe(now, AddSibling{market, token_id, outcome});
  run_timers(now);
  TRY(token, markets_.add_sibling(market, std::move(token_id), std::move(outcome)));
  init_token(token, Follow::trade);
  return token;
}

void Engine::init_market(model::MarketIndex market) {
  const model::MarketSpec& spec = markets_.market(market);
  market_states_.push_back({.tick = spec.tick, .contract = polymarket::exchange_of(spec)});
  if (spec.end_precision == model::EndPrecision::exact && spec.end.is_set()) {
    schedule(spec.end, TimerKind::market_end, market.value());
  }
}

const strategy::Params& Engine::parameters_of_no_tier() {
  static const strategy::Params kDefaults = strategy::default_params();
  return kDefaults;
}

void Engine::init_token(model::TokenIndex token, Follow follow) {
  CHECK(token.value() == feeds_.size());
  pool_.grow(1);
  feeds_.emplace_back();
  feeds_.back().set_tick(markets_.market_of(token).tick);
  traders_.emplace_back(pool_, parameters_of_no_tier());
  token_words_.push_back(crypto::word_from_decimal(markets_.token_id(token)).value_or(crypto::Word{}));
  own_params_.emplace_back();
  ledger_.grow();
  gate_.grow();
  TokenTrader& trader = traders_.back();
  trader.set(Block::not_traded, follow == Follow::watch);
  trader.set(Block::work_off, follow == Follow::work_off);
  trader.untrusted_from = now_;
  choose_params(token);
  if (trader.traded()) traded_.push_back(token);
  keep_reevaluating(token);
}

// Spread over the interval, so that 5,000 tokens do not all wake at once.
void Engine::keep_reevaluating(model::TokenIndex token) {
  const std::int64_t share = config_.reevaluate_interval.raw() * (token.value() % 64) / 64;
  schedule(now_ + config_.reevaluate_interval + Duration(share), TimerKind::reevaluate, token.value());
}

void Engine::set_traded(model::TokenIndex token, bool traded) {
  observe(now_, SetTraded{token, traded});
  TokenTrader& trader = traders_[token.value()];
  if (trader.traded() == traded) return;
  trader.set(Block::not_traded, !traded);
  if (traded) {
    traded_.push_back(token);
  } else {
    traded_.erase(std::find(traded_.begin(), traded_.end(), token));
  }
}

// What the tiers look at. Spread and update rate count from the first minute of quotes on; before that they are unknown,
// and only tick and life speak.
const strategy::TierRule* Engine::pick_tier(model::TokenIndex token) const {
  if (!config_.forced_tier.empty()) {
    const auto forced = [&](const strategy::TierRule& tier) { return tier.name == config_.forced_tier; };
    const auto it = std::find_if(tiers_.begin(), tiers_.end(), forced);
    return it == tiers_.end() ? nullptr : &*it;
  }
  const TokenTrader& trader = traders_[token.value()];
  const model::MarketSpec& spec = markets_.market_of(token);
  strategy::MarketTraits traits{.tick = spec.tick, .life = life_of(spec)};
  const Duration seen = trader.quoted_since.is_set() ? now_ - trader.quoted_since : Duration(0);
  if (seen >= kTraitsNeed) {
    traits.updates_per_minute = static_cast<double>(trader.net_version) * 60.0 / to_seconds(seen);
    if (trader.net.two_sided()) traits.spread_ticks = (trader.net.ask - trader.net.bid).raw() / spec.tick.raw();
  }
  return strategy::choose_tier(tiers_, traits);
}

// The tier's parameters or the token's own, and what follows from the market's end (rules 5.3).
void Engine::choose_params(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  const strategy::TierRule* tier = pick_tier(token);
  trader.tier = tier == nullptr ? std::string_view("none") : std::string_view(tier->name);
  const strategy::Params* own = own_params_[token.value()].get();
  trader.set(Block::no_tier, tier == nullptr && own == nullptr);
  if (tier == nullptr && own == nullptr) return;
  adopt_params(token, own != nullptr ? *own : tier->params);
}

void Engine::adopt_params(model::TokenIndex token, const strategy::Params& params) {
  TokenTrader& trader = traders_[token.value()];
  const model::MarketSpec& spec = markets_.market_of(token);
  const Duration life = life_of(spec);
  const bool life_known = life.raw() != kLifeUnknown;
  if (trader.params->drop != params.drop) trader.notes.signal_round_trips = 0;
  trader.signal.on_params(*trader.params, params);
  trader.params = &params;
  trader.window = params.cap_window_to_life && life_known ? std::min(params.window, life / 5) : params.window;
  trader.set(Block::short_life, life_known && life < params.min_life);
  trader.sell_only_at = trader.exit_at = kNever;
  if (spec.end_precision == model::EndPrecision::exact && spec.end.is_set()) {
    trader.sell_only_at = spec.end - (life_known ? std::min(params.countdown, life * 3 / 10) : params.countdown);
    schedule(trader.sell_only_at, TimerKind::sell_only, token.value());
    if (params.market_end_action == strategy::MarketEndAction::exit) {
      trader.exit_at = spec.end - (life_known ? std::min(seconds(60), life / 20) : seconds(60));
      schedule(trader.exit_at, TimerKind::exit_start, token.value());
    }
  }
  trader.set(Block::deadline_sell_only, now_ >= trader.sell_only_at);
  listener_->on_params(now_, token);
}

// A flat token whose market turned out to be of another kind changes its tier.
void Engine::review_tier(model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  if (!trader.quoted_since.is_set() && trader.net.two_sided()) trader.quoted_since = now_;
  if (!config_.forced_tier.empty() || trader.has_work || now_ < trader.tier_review_at || !trader.quoted_since.is_set())
    return;
  if (now_ - trader.quoted_since < kTraitsNeed) return;
  trader.tier_review_at = now_ + kTierReview;
  const strategy::TierRule* tier = pick_tier(token);
  const std::string_view name = tier == nullptr ? std::string_view("none") : std::string_view(tier->name);
  if (name != trader.tier) choose_params(token);
}

void Engine::set_limits(const risk::Limits& limits) {
  observe(now_, SetLimits{limits});
  gate_.set_limits(limits);
}

void Engine::set_params(model::TokenIndex token, const strategy::Params& params, Timestamp now) {
  observe(now, SetParams{token, params});
  run_timers(now);
  auto fresh = std::make_unique<strategy::Params>(params);
  traders_[token.value()].set(Block::no_tier, false);
  adopt_params(token, *fresh);
  own_params_[token.value()] = std::move(fresh);
  evaluate(token, Cause::answer);
}

void Engine::on_market_frame(Timestamp time, model::ConnectionIndex connection, std::string_view text) {
  if (observer_ != nullptr) observer_->on_market_frame(std::max(time, now_), connection, text);
  open_records();
  run_timers(time);
  on_frame(connection, text);
}

void Engine::on_event(const model::Event& event) {
  if (observer_ != nullptr) observer_->on_event(std::max(event.time, now_), event.body);
  open_records();
  run_timers(event.time);
  struct Visitor {
    Engine& engine;
    void operator()(const model::MarketFrame& e) { engine.on_frame(e.connection, e.text); }
    void operator()(const model::UserFrame& e) { engine.on_user_frame(e.text); }
    void operator()(const model::ConnectionOpened& e) {
      Connection& c = engine.connection(e.connection);
      c.link = {.open = true, .last_alive = engine.now_};
      engine.note_incident("CONNECTION_OPENED", model::TokenIndex::none(), 0, e.connection);
      engine.distrust_connection(e.connection, book::UntrustedReason::reconnect);
    }
    void operator()(const model::ConnectionClosed& e) {
      engine.connection(e.connection).link.open = false;
      ++engine.stats_.reconnects;
      engine.note_incident("CONNECTION_CLOSED", model::TokenIndex::none(), 0, e.connection);
      engine.distrust_connection(e.connection, book::UntrustedReason::reconnect);
    }
    void operator()(const model::FeedGap& e) {
      ++engine.stats_.gaps;
      engine.note_incident("GAP", model::TokenIndex::none(), 0, e.connection);
      engine.distrust_connection(e.connection, book::UntrustedReason::gap);
    }
    void operator()(const model::LinkAlive& e) { engine.connection(e.connection).link.last_alive = engine.now_; }
    void operator()(const model::BookAnswer& e) {
      const model::ConnectionIndex known = engine.traders_[e.token.value()].connection;
      if (e.ok) engine.decode_and_apply(e.connection.valid() ? e.connection : known, e.text);
    }
    void operator()(const model::PlaceAnswer& e) { engine.on_place_answer(e); }
    void operator()(const model::CancelAnswer& e) { engine.on_cancel_answer(e); }
    void operator()(const model::OrderStatusAnswer& e) { engine.on_status_answer(e); }
    void operator()(const model::TradesAnswer& e) {
      engine.deferring_ = true;
      for (const model::UserTrade& trade : e.trades) engine.on_user_trade(trade);
      engine.evaluate_deferred();
      e.complete ? engine.sweep_done(e.since) : engine.forget_sweep();
    }
    void operator()(const model::PositionReading& e) { engine.on_position_reading(e); }
    void operator()(const model::BalanceReading& e) { engine.on_balance_reading(e); }
    void operator()(const model::OperatorRequest& e) { engine.on_operator(e); }
    void operator()(const model::BuyRequest& e) {
      engine.traders_[e.token.value()].operator_goal = e.size;
      engine.evaluate(e.token, Cause::answer);
    }
    void operator()(const model::VenueModeChange& e) { engine.venue_mode_ = e.mode; }
    void operator()(const model::PayoutReading& e) { engine.on_payout(e); }
  };
  std::visit(Visitor{*this}, event.body);
}

Engine::Connection& Engine::connection(model::ConnectionIndex index) {
  if (index.value() >= connections_.size()) connections_.resize(index.value() + 1u);
  return connections_[index.value()];
}

void Engine::advance(Timestamp now) {
  if (wheel_.next_due() <= now) observe(now, Advance{});
  open_records();
  run_timers(now);
}

void Engine::run_timers(Timestamp now) {
  if (now < now_) now = now_;
  arrived_ = now;
  if (wheel_.next_due() <= now) {
    wheel_.advance(now, [this](const Timer& timer) {
      if (timer.due > now_) now_ = timer.due;
      on_timer(static_cast<TimerKind>(timer.kind), static_cast<std::uint32_t>(timer.payload));
    });
  }
  now_ = now;
}

void Engine::schedule(Timestamp at, TimerKind kind, std::uint32_t index) {
  (void)wheel_.schedule(std::max(at, now_), static_cast<std::uint32_t>(kind), index);
}

void Engine::on_timer(TimerKind kind, std::uint32_t index) {
  const model::TokenIndex token(index);
  switch (kind) {
    case TimerKind::reevaluate:
      if (traders_[index].blocked(Block::retired)) {
        traders_[index].set(Block::asleep, true);
        return;
      }
      schedule(now_ + config_.reevaluate_interval, TimerKind::reevaluate, index);
      if (feeds_[index].close_group(now_).became_untrusted) on_trust_lost(token);
      // What is only followed may still have to be left: a routine that nobody wakes would never end.
      if ((traders_[index].traded() || traders_[index].has_work) && !over(traders_[index])) {
        if (refresh_net(token)) evaluate(token, Cause::event);
        if (feeds_[index].received().is_set()) traders_[index].stats.ages.add(now_ - feeds_[index].received());
        evaluate(token, Cause::timer);
        review_tier(token);
      }
      return;
    case TimerKind::recheck:
      if (traders_[index].recheck_at != now_) return;  // an older wish
      traders_[index].recheck_at = kNever;
      evaluate(token, Cause::timer);
      return;
    case TimerKind::sell_only:
      if (now_ < traders_[index].sell_only_at) return;  // the parameters changed meanwhile
      traders_[index].set(Block::deadline_sell_only, true);
      evaluate(token, Cause::timer);
      return;
    case TimerKind::exit_start:
      if (now_ < traders_[index].exit_at) return;
      if (traders_[index].has_work && !traders_[index].exit.active())
        start_exit(token, execution::ExitReason::market_end);
      return;
    case TimerKind::market_end:
      for (int outcome = 0; outcome < 2; ++outcome) {
        const model::TokenIndex t = markets_.token_of(model::MarketIndex(index), outcome);
        if (!t.valid()) continue;
        traders_[t.value()].set(Block::ended, true);
        cancel_all_of(t, model::CancelReason::market_end);
        evaluate(t, Cause::timer);
      }
      return;
    case TimerKind::warm: end_warm_up(); return;
    case TimerKind::housekeeping:
      schedule(now_ + seconds(1), TimerKind::housekeeping, 0);
      housekeeping();
      return;
  }
}

void Engine::housekeeping() {
  detect_gaps();
  check_orders();
  cancel_leftovers();
  if (reconcile_.restarting) step_restart();
  step_reconcile();
  fold_quiet_tokens();
  markouts_.advance(now_, [this](model::TokenIndex token) -> std::int32_t {
    const TokenTrader& trader = traders_[token.value()];
    return trader.usable && trader.net.two_sided() ? trader.net.mid2() : -1;
  });
  watch_daily_loss();
}

void Engine::end_warm_up() {
  warming_up_ = false;
  stats_ = {};
  for (TokenTrader& trader : traders_) trader.stats = {};
}

void Engine::alert(model::AlertKind kind, model::TokenIndex token, std::int64_t value) {
  ++stats_.alerts;
  emit(model::Alert{kind, token, value});
}

void Engine::on_operator(const model::OperatorRequest& request) {
  record(model::OperatorRecord{request});
  switch (request.action) {
    case model::OperatorAction::pause:
      if (!request.token.valid()) gate_.pause(true);
      break;
    case model::OperatorAction::resume:
      if (!request.token.valid()) {
        gate_.pause(false);
        gate_.reset_kill();
      }
      break;
    case model::OperatorAction::kill:
      gate_.kill(now_);
      alert(model::AlertKind::kill_switch, request.token, 0);
      break;
    case model::OperatorAction::reconcile:
      if (request.token.valid()) break;
      reconcile_now();
      return;
    default: break;
  }
  if (request.token.valid()) {
    apply_operator(request, request.token);
    return;
  }
  for (const model::TokenIndex token : traded_) apply_operator(request, token);
}

void Engine::apply_operator(const model::OperatorRequest& request, model::TokenIndex token) {
  TokenTrader& trader = traders_[token.value()];
  switch (request.action) {
    case model::OperatorAction::pause:
      if (request.token.valid()) trader.set(Block::operator_paused, true);  // otherwise the gate keeps it
      break;
    case model::OperatorAction::resume:
    case model::OperatorAction::trade:
      trader.set(Block::operator_paused, false);
      trader.set(Block::operator_sell_only, false);
      trader.set(Block::parked_idle, false);
      trader.set(Block::manual, false);
      trader.set(Block::exited, false);
      break;
    case model::OperatorAction::reconcile: ask_position(token); return;
    case model::OperatorAction::sell_only: trader.set(Block::operator_sell_only, true); break;
    case model::OperatorAction::exit_token: start_exit(token, execution::ExitReason::operator_exit); return;
    case model::OperatorAction::flatten: start_exit(token, execution::ExitReason::flatten); return;
    case model::OperatorAction::kill: start_exit(token, execution::ExitReason::kill_switch); return;
    case model::OperatorAction::cancel_all:
      trader.set(Block::operator_sell_only, true);
      cancel_all_of(token, model::CancelReason::operator_request);
      break;
  }
  evaluate(token, Cause::answer);
}

void Engine::begin_stop(Timestamp now) {
  observe(now, BeginStop{});
  run_timers(now);
  stopping_ = true;
  for (std::uint32_t i = 0; i < traders_.size(); ++i) evaluate(model::TokenIndex(i), Cause::answer);
  const std::vector<execution::OrderHandle> open = orders_.open();
  for (const execution::OrderHandle handle : open) {
    if (config_.stop_policy == StopPolicy::keep_sells && orders_[handle].intent.side == model::Side::sell) continue;
    cancel(handle, model::CancelReason::stopped);
  }
}

void Engine::end_of_feed(Timestamp now) {
  observe(now, EndOfFeed{});
  run_timers(now);
  feed_ended_ = true;
  stopping_ = true;
  const std::vector<execution::OrderHandle> open = orders_.open();
  for (const execution::OrderHandle handle : open) cancel(handle, model::CancelReason::stopped);
}

risk::Exposure Engine::exposure(model::TokenIndex token) const {
  const portfolio::Position& position = ledger_.position(token);
  return {.cost = ledger_.at_risk(token), .size = position.matched, .sellable = position.settled};
}

// Proceeds of SELLs that have not settled cannot pay for anything yet.
Usdc Engine::cash() const { return ledger_.cash() - unsettled_sell_proceeds_; }

}  // namespace ebb::engine
