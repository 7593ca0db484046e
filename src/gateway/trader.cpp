#include "gateway/trader.hpp"

#include <algorithm>
#include <future>
#include <utility>

namespace ebb::gateway {
namespace {

constexpr Duration kTick = milliseconds(5);        // timers of engine and sessions; events never wait for it
constexpr Duration kAwakeTick = milliseconds(1);   // of a thread that polls: fewer timers are due when a frame comes
constexpr Duration kKeepWarm = milliseconds(1);

constexpr Duration kAskPayouts = seconds(5);  // of resolved markets in which we hold something

}  // namespace

/// What the feed brings, on its way to the engine: paper venue and observer see it first; decisions are timed.
class Trader::Tap : public FeedTap {
 public:
  explicit Tap(Trader& trader) : trader_(trader) {}
  void on_frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) override {
    if (trader_.paper_) trader_.paper_->on_frame(received, connection, text);
    if (trader_.config_.observer != nullptr) trader_.config_.observer->on_frame(received, connection, text);
    trader_.frame_received_ = received;
  }
  void on_feed_event(const model::Event& event) override {
    if (trader_.paper_) trader_.paper_->on_feed_event(event);
    if (trader_.config_.observer != nullptr) trader_.config_.observer->on_feed_event(event);
    if (const auto* closed = std::get_if<model::ConnectionClosed>(&event.body))
      trader_.reconnects_.on_loss(event.time, closed->connection);
  }
  void after(Timestamp time) override {
    if (trader_.frame_received_.is_set()) {
      trader_.bytes_to_decision_.record(trader_.engine_loop_.now() - trader_.frame_received_);
      trader_.frame_received_ = {};
    }
    if (trader_.config_.observer != nullptr) trader_.config_.observer->after(time);
  }

 private:
  Trader& trader_;
};

engine::EngineConfig Trader::with_start(engine::EngineConfig config, Timestamp start) {
  config.trades_from = start;
  return config;
}

Trader::Trader(TraderConfig config)
    : config_(std::move(config)),
      started_(engine_loop_.now()),
      engine_(with_start(config_.engine, started_), *this, started_),
      tap_(std::make_unique<Tap>(*this)) {
  engine_.set_listener(this);
  spin_.store(config_.spin.raw());
  if (config_.engine_core) engine_loop_.pin_to(*config_.engine_core);
  if (config_.gateway_core) gateway_loop_.pin_to(*config_.gateway_core);
  engine_loop_.set_spin(config_.spin);
  gateway_loop_.set_spin(config_.spin);
}

Trader::~Trader() { finish(); }

void Trader::set_spin(Duration spin) {
  spin_.store(spin.raw(), std::memory_order_relaxed);
  engine_loop_.set_spin(spin);
  gateway_loop_.set_spin(spin);
  if (!config_.live) return;
  gateway_loop_.post([this, spin] { orders_->set_keep_warm(spin.raw() > 0 ? kKeepWarm : Duration(0)); });
}

Expected<void> Trader::start() {
  const auto mode = config_.watch_only ? engine::Follow::watch : engine::Follow::trade;
  for (const model::MarketSpec& spec : config_.markets) {
    auto added = engine_.add_market(spec, mode, engine_loop_.now());
    if (!added) {
      Error error = std::move(added).error();
      error.message = spec.slug + ": " + error.message;
      return std::unexpected(std::move(error));
    }
  }
  for (std::uint32_t i = 0; i < engine_.markets().token_count(); ++i) {
    const model::TokenIndex token(i);
    if (!is_traded(engine_.markets().token_id(token))) engine_.set_traded(token, false);
  }
  TRY_VOID(add_recovered_markets());
  TRY_VOID(open_books());
  if (!config_.live && !config_.watch_only) {
    open_paper();
    for (std::uint32_t i = 0; i < engine_.markets().market_count(); ++i)
      TRY_VOID(paper_->add_market(engine_.markets().market(model::MarketIndex(i))));
  }
  market_ = std::make_unique<MarketLink>(engine_loop_, config_.venue, config_.feed, engine_, tap_.get());
  for (std::uint32_t i = 0; i < engine_.markets().token_count(); ++i) {
    const model::TokenIndex token(i);
    const bool left_over = engine_.trader(token).blocked(engine::Block::work_off);
    follow_token(token, left_over || is_traded(engine_.markets().token_id(token)));
  }
  if (config_.live) {
    events_ = std::make_unique<OrderLink::EventQueue>(engine_loop_, [this](model::OwnedEvent*& item) {
      const std::unique_ptr<model::OwnedEvent> event(item);
      take_own(event->event());
    });
    LiveConfig& live = *config_.live;
    if (config_.spin.raw() > 0) live.orders.keep_warm = kKeepWarm;
    live.orders.journal = journal_.get();
    take_over_orders();
    user_ = std::make_unique<UserLink>(
        engine_loop_, config_.venue, session::UserStreamConfig{}, live.credentials, engine_,
        UserLinkEvents{.on_up = [this](bool up) { gateway_loop_.post([this, up] { orders_->on_user_stream(up); }); },
                       .on_sweep =
                           [this](Timestamp since) {
                             const Timestamp from = since.is_set() ? since : sweep_from();
                             gateway_loop_.post([this, from] { orders_->resync(from); });
                           },
                       .on_frame =
                           [this](Timestamp received, std::string_view text) {
                             market_->on_beat();
                             if (config_.observer != nullptr)
                               config_.observer->on_own_event({received, model::UserFrame{text}});
                           }});
    orders_ =
        std::make_unique<OrderLink>(gateway_loop_, config_.venue, live.orders, std::move(live.key), live.credentials,
                                    std::move(live.order_auth), std::move(live.beat_auth), engine_.markets(), *events_);
    commands_ = std::make_unique<Handover<TimedCommand, 8192>>(
        gateway_loop_, [this](TimedCommand& command) { orders_->submit(command); });
  }
  if (config_.observer != nullptr) config_.observer->on_markets(engine_);
  close_paper_orders();
  tick_ = std::make_unique<net::Loop::Timer>(engine_loop_, [this] { on_tick(); });
  tick_->arm(engine_loop_.now());
  running_ = true;
  if (orders_) {
    gateway_loop_.post([this] { orders_->start(); });
    gateway_thread_ = std::thread([this] { gateway_loop_.run(); });
    user_->start();
  }
  may_ask_ = true;
  for (const model::Command& command : std::exchange(asked_early_, {})) carry_out(command, engine_loop_.now());
  engine_thread_ = std::thread([this] { engine_loop_.run(); });
  return {};
}

void Trader::call(const std::function<void(engine::Engine&)>& work) {
  std::promise<void> done;
  engine_loop_.post([&] {
    work(engine_);
    done.set_value();
  });
  done.get_future().wait();
}

void Trader::operate(const model::OperatorRequest& request) {
  call([&](engine::Engine&) { take_own({engine_loop_.now(), request}); });
}

void Trader::begin_stop() {
  stopped_in_order_ = true;
  call([&](engine::Engine& engine) { engine.begin_stop(engine_loop_.now()); });
  if (orders_) gateway_loop_.post([this] { orders_->close_for_orders(); });
}

TraderState Trader::state() {
  TraderState state;
  call([&](engine::Engine& engine) {
    const session::MarketFeed& feed = market_->feed();
    state.tokens = market_->followed().size();
    state.untrusted = market_->untrusted();
    state.connections = feed.connection_count();
    for (std::uint16_t i = 0; i < feed.connection_count(); ++i) {
      const session::LinkView link = feed.link(model::ConnectionIndex(i));
      state.connections_open += link.open ? 1 : 0;
      state.reconnects += link.reconnects;
    }
    state.reopenings = market_->reopenings();
    state.feed = feed.stats();
    state.books = feed.book_stats();
    if (user_) {
      state.user = user_->stream().stats();
      state.user_error = user_->last_error();
    }
    state.open_orders = engine.orders().open().size();
    state.kept_orders = kept_orders();
    state.leaving_markets = leaving_.size();
    state.retired_markets = retired_;
    state.unsettled = unsettled();
  });
  return state;
}

void Trader::cancel_all_at_venue() {
  if (orders_) gateway_loop_.post([this] { orders_->cancel_all(); });
}

std::optional<OrderLinkState> Trader::order_state() {
  if (!orders_) return std::nullopt;
  std::promise<OrderLinkState> state;
  gateway_loop_.post([&] { state.set_value(orders_->state()); });
  return state.get_future().get();
}

std::optional<StageTimes> Trader::stage_times() {
  if (!orders_) return std::nullopt;
  std::promise<StageTimes> times;
  gateway_loop_.post([&] { times.set_value(orders_->stages()); });
  return times.get_future().get();
}

void Trader::finish() {
  if (!running_) return;
  running_ = false;
  call([&](engine::Engine&) {
    tick_->arm(kNever);
    reconnects_.finish(engine_loop_.now());
    if (user_) user_->stop();
    market_->stop();
  });
  if (orders_) {
    std::promise<void> stopped;
    gateway_loop_.post([&] {
      orders_->stop();
      stopped.set_value();
    });
    stopped.get_future().wait();
    gateway_loop_.stop();
    gateway_thread_.join();
  }
  engine_loop_.stop();
  engine_thread_.join();
  if (events_) events_->drain();
  close_books();
}

void Trader::on_command(const model::Command& command, Timestamp now) {
  carry_out(command, now);  // first: nobody who only watches delays an order
  if (config_.observer != nullptr) config_.observer->on_command(command, now);
}

void Trader::carry_out(const model::Command& command, Timestamp now) {
  if (const auto* request = std::get_if<model::RequestBook>(&command)) {
    if (market_) market_->request_book(*request);
    return;
  }
  if (std::holds_alternative<model::Alert>(command)) return;
  if (!may_ask_) {
    asked_early_.push_back(command);
    return;
  }
  if (std::holds_alternative<model::PlaceOrder>(command) && config_.may_order && !config_.may_order()) {
    refuse_unsent(command);
    return;
  }
  if (paper_) {
    paper_->on_command(command, now);
    return;
  }
  if (!commands_) return;
  const Timestamp decided = engine_loop_.now();
  const Timestamp received = frame_received_.is_set() ? frame_received_ : decided;
  const auto* place = std::get_if<model::PlaceOrder>(&command);
  const bool told = place != nullptr && place->id == last_intent_.order.id;
  if (!commands_->push(
          {command, received, decided, told ? last_intent_.reference : Price(0), told ? last_intent_.cycle : 0})) {
    ++lost_commands_;
    refuse_unsent(command);
  }
}

// The gateway's thread hangs: an order that could not be handed over had no effect, and the engine hears it at once.
void Trader::refuse_unsent(const model::Command& command) {
  const auto* place = std::get_if<model::PlaceOrder>(&command);
  if (place == nullptr) return;  // cancels and questions are repeated by the engine
  engine_loop_.post([this, id = place->id] {
    model::PlaceAnswer answer;
    answer.id = id;
    answer.outcome = model::PlaceOutcome::rejected;
    answer.reject = model::RejectKind::other;
    answer.text = "not sent: the gateway does not take commands";
    take_own({engine_loop_.now(), answer});
  });
}

void Trader::take_own(const model::Event& event) {
  if (market_) market_->on_beat();
  if (config_.observer != nullptr) config_.observer->on_own_event(event);
  engine_.on_event(event);
}

void Trader::on_tick() {
  market_->on_beat();
  const Timestamp now = engine_loop_.now();
  if (paper_) paper_->advance(now);
  engine_.advance(now);
  market_->on_timer();
  if (user_) user_->on_timer();
  if (journal_) journal_->on_tick();
  look_at_paper_journal(now);
  if (now >= next_second_) {
    next_second_ = now + seconds(1);
    every_second(now);
  }
  tick_->arm(now + (spin_.load(std::memory_order_relaxed) > 0 ? kAwakeTick : kTick));
}

void Trader::every_second(Timestamp now) {
  follow_leaving_markets();
  retire_leaving_markets();
  if (orders_) {
    gateway_loop_.post([this, closed = std::exchange(closed_, {}), tokens = tokens_at_stake()]() mutable {
      orders_->on_engine_alive();
      orders_->on_engine_news(closed, std::move(tokens));
    });
  }
  if (orders_ && now >= next_payouts_) {
    next_payouts_ = now + kAskPayouts;
    for (const model::MarketIndex market : engine_.unpaid_markets())
      gateway_loop_.post([this, market] { orders_->ask_payout(market); });
  }
  const engine::EngineStats& stats = engine_.stats();
  reconnects_.observe({.time = now,
                       .tokens = static_cast<std::uint32_t>(market_->followed().size()),
                       .missing = static_cast<std::uint32_t>(market_->untrusted()),
                       .orders = stats.orders_live,
                       .fills = engine_.ledger().fills()});
  if (config_.observer != nullptr) config_.observer->on_tick(now);
}

std::vector<model::TokenIndex> Trader::tokens_at_stake() const {
  std::vector<model::TokenIndex> tokens;
  for (const model::TokenIndex token : engine_.ledger().touched()) {
    if (engine_.ledger().position(token).matched.raw() <= 0) continue;
    if (!engine_.retired(engine_.markets().token(token).market)) tokens.push_back(token);  // the others hold dust
  }
  for (const execution::OrderHandle handle : engine_.orders().open())
    tokens.push_back(engine_.orders()[handle].intent.token);
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  return tokens;
}

void Trader::on_signal(Timestamp now, model::TokenIndex token, int refusal) {
  if (config_.listener != nullptr) config_.listener->on_signal(now, token, refusal);
}
void Trader::on_order_placed(Timestamp now, const execution::Order& order) {
  if (config_.listener != nullptr) config_.listener->on_order_placed(now, order);
}
void Trader::on_order_closed(Timestamp now, const execution::Order& order) {
  if (orders_) closed_.push_back(order.intent.id);
  if (config_.listener != nullptr) config_.listener->on_order_closed(now, order);
}
void Trader::on_fill(Timestamp now, const model::UserTrade& trade) {
  if (config_.listener != nullptr) config_.listener->on_fill(now, trade);
}
void Trader::on_params(Timestamp now, model::TokenIndex token) {
  if (config_.listener != nullptr) config_.listener->on_params(now, token);
}
void Trader::on_round_trip(Timestamp now, model::TokenIndex token) {
  if (config_.listener != nullptr) config_.listener->on_round_trip(now, token);
}

bool Trader::is_traded(const std::string& token_id) const {
  return config_.tokens.empty() ||
         std::find(config_.tokens.begin(), config_.tokens.end(), token_id) != config_.tokens.end();
}

// What the stop policy leaves on the book on purpose.
std::size_t Trader::kept_orders() const {
  if (engine_.config().stop_policy != engine::StopPolicy::keep_sells || !engine_.stopping()) return 0;
  const auto& open = engine_.orders().open();
  return static_cast<std::size_t>(std::count_if(open.begin(), open.end(), [&](execution::OrderHandle handle) {
    const execution::Order& order = engine_.orders()[handle];
    return order.intent.side == model::Side::sell && order.live_since.is_set() && !order.cancel_requested;
  }));
}

bool Trader::unsettled() const {
  const portfolio::Ledger& ledger = engine_.ledger();
  return std::any_of(ledger.touched().begin(), ledger.touched().end(), [&](model::TokenIndex token) {
    const portfolio::Position& held = ledger.position(token);
    return held.unsettled_buys.raw() > 0 || held.unmined_buys.raw() > 0 || held.unmined_sells.raw() > 0;
  });
}

}  // namespace ebb::gateway
