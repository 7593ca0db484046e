#include "simulation/sim_trader.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "session/take_over.hpp"
#include "simulation/cheap_signature.hpp"

namespace ebb::simulation {
namespace {

constexpr Duration kTick = milliseconds(5);  // as gateway::Trader
constexpr Duration kAskPayouts = seconds(5);
constexpr Duration kJournalLook = milliseconds(50);
constexpr Duration kHandOver = nanoseconds(20'000);  // from one thread to the other
constexpr std::uint64_t kStream = 0x7DE4;

crypto::PrivateKey key_of(const Account& account) {
  auto key = crypto::PrivateKey::parse(account.private_key);
  CHECK(key.has_value());
  return std::move(*key);
}

std::unique_ptr<const polymarket::OrderSignatures> signatures_of(const Scenario& scenario, const Account& account) {
  if (!scenario.real_signatures) return std::make_unique<CheapSignatures>();
  return std::make_unique<polymarket::OrderSigner>(key_of(account), scenario.venue.chain_id);
}

}  // namespace

TraderCounts& TraderCounts::operator+=(const TraderCounts& other) {
  market_events += other.market_events;
  private_events += other.private_events;
  timer_evaluations += other.timer_evaluations;
  orders += other.orders;
  fills += other.fills;
  return *this;
}

/// Commands and claims of the engine.
class SimTrader::EngineSide final : public engine::CommandSink, public engine::EngineListener {
 public:
  explicit EngineSide(SimTrader& trader) : t_(trader) {}

  void on_command(const model::Command& command, Timestamp now) override {
    if (t_.dead_) return;
    t_.watch_.on_command(command, now);
    t_.claims_->on_command(command, t_.now_);
    if (const auto* book = std::get_if<model::RequestBook>(&command)) {
      t_.feed_->request_book(now, *book);
      return;
    }
    if (std::holds_alternative<model::Alert>(command)) return;
    t_.commands_.push_back({t_.now_ + kHandOver, command});
  }
  void on_signal(Timestamp, model::TokenIndex token, int refusal) override {
    if (!t_.dead_) t_.claims_->on_signal(t_.now_, token, refusal);
  }
  void on_order_placed(Timestamp, const execution::Order& order) override {
    if (!t_.dead_) t_.claims_->on_order_placed(t_.now_, order);
  }
  void on_order_closed(Timestamp, const execution::Order& order) override { t_.closed_.push_back(order.intent.id); }
  void on_fill(Timestamp, const model::UserTrade& trade) override {
    if (!t_.dead_) t_.claims_->on_fill(t_.now_, trade);
  }
  void on_record(const model::Record& record) override {
    if (t_.dead_) return;
    if (const auto* intent = std::get_if<model::IntentRecord>(&record.body)) t_.intents_[intent->order.id] = *intent;
    t_.disk_.record(t_.now_, record);
    t_.watch_.on_record(record, *t_.engine_);
    if (const auto* order = std::get_if<model::OrderRecord>(&record.body);
        order != nullptr && model::is_terminal(order->state))
      t_.checker_.on_over(t_.now_.ns(), model::to_text(order->id));
    if (const auto* change = std::get_if<model::LedgerRecord>(&record.body))
      t_.claims_->on_ledger_change(t_.now_, *change);
  }
  void on_params(Timestamp, model::TokenIndex token) override {
    if (t_.claims_) t_.claims_->on_params(t_.now_, token);
  }

 private:
  SimTrader& t_;
};

/// Market sockets, REST books, and the engine's books as the feed sees them.
class SimTrader::FeedSide final : public session::FeedSink, public session::BookSource {
 public:
  explicit FeedSide(SimTrader& trader) : t_(trader) {}

  void open(session::SocketIndex socket) override {
    if (t_.dead_) return;
    if (t_.market_links_.size() <= socket.value()) t_.market_links_.resize(socket.value() + 1u, kNone);
    t_.market_links_[socket.value()] = t_.network_.connect(t_.now_, LinkKind::market);
  }
  void send(session::SocketIndex socket, std::string text) override {
    if (!t_.dead_) t_.network_.send(t_.now_, t_.market_links_[socket.value()], std::move(text));
  }
  void close(session::SocketIndex socket) override {
    if (t_.dead_ || socket.value() >= t_.market_links_.size()) return;
    t_.network_.close(t_.now_, std::exchange(t_.market_links_[socket.value()], kNone));
  }
  void request(session::RequestTag tag, HttpRequest request, Duration timeout) override {
    if (!t_.dead_)
      t_.network_.request(t_.now_, {static_cast<std::uint8_t>(Owner::feed), tag.value()}, std::move(request), timeout);
  }
  void frame(Timestamp received, model::ConnectionIndex connection, std::string_view text) override {
    t_.engine_->advance(received);
    t_.checker_.on_market_frame(t_.now_.ns(), connection.value(), text);
    t_.engine_->on_market_frame(received, connection, text);
  }
  void deliver(const model::Event& event) override {
    ++t_.private_events_;
    t_.engine_->advance(event.time);
    t_.tell_checker(event);
    t_.engine_->on_event(event);
  }
  [[nodiscard]] session::BookState state(model::TokenIndex token) const override {
    const book::TokenFeed& feed = t_.engine_->feed(token);
    return {.trusted = feed.trusted(),
            .exchange_ms = feed.exchange_ms(),
            .updates = feed.stats().snapshots + feed.stats().changes};
  }
  [[nodiscard]] model::BookView view(model::TokenIndex token) const override {
    return t_.engine_->feed(token).book().view();
  }

 private:
  SimTrader& t_;
};

class SimTrader::UserSide final : public session::UserStreamSink {
 public:
  explicit UserSide(SimTrader& trader) : t_(trader) {}

  void open_user() override {
    if (!t_.dead_) t_.user_link_ = t_.network_.connect(t_.now_, LinkKind::user);
  }
  void send_user(std::string text) override {
    if (!t_.dead_) t_.network_.send(t_.now_, t_.user_link_, std::move(text));
  }
  void close_user() override {
    if (!t_.dead_) t_.network_.close(t_.now_, std::exchange(t_.user_link_, kNone));
  }
  void user_frame(Timestamp received, std::string_view text) override {
    t_.take_own({received, model::UserFrame{text}});
    t_.reach(CrashMoment::fill);
  }
  void sweep_needed(Timestamp, Timestamp since) override {
    const Timestamp from = since.is_set() ? since : t_.sweep_from_;
    t_.to_desk(t_.now_, [this, from](Timestamp now) { t_.desk_->resync(now, from); });
  }
  void user_stream_up(Timestamp, bool up) override {
    t_.to_desk(t_.now_, [this, up](Timestamp now) { t_.desk_->on_user_stream(now, up); });
  }

 private:
  SimTrader& t_;
};

class SimTrader::DeskSide final : public session::OrderDeskSink {
 public:
  explicit DeskSide(SimTrader& trader) : t_(trader) {}

  void send(session::DeskMachine machine, session::RequestId id, session::Origin origin, HttpRequest request,
            Duration timeout) override {
    if (t_.dead_) return;
    const bool places = request.method == HttpMethod::post && request.path().starts_with("/order");
    const bool lists_trades = request.path() == "/data/trades";
    if (origin == session::Origin::data) request.target = "/data-api" + request.target;
    const Owner owner = machine == session::DeskMachine::orders ? Owner::orders : Owner::heartbeat;
    if (owner == Owner::heartbeat) t_.checker_.on_beat(t_.now_.ns());
    t_.network_.request(t_.now_, {static_cast<std::uint8_t>(owner), id.value()}, std::move(request), timeout);
    if (lists_trades) t_.trades_requests_.insert(id.value());
    if (places) t_.reach(CrashMoment::sent);
  }
  Expected<void> on_leaving(std::span<const model::PlaceOrder* const> orders) override {
    for (const model::PlaceOrder* order : orders) {
      const auto known = t_.intents_.find(order->id);
      const model::IntentRecord intent = known != t_.intents_.end()
                                             ? known->second
                                             : model::IntentRecord{.order = *order, .reference = {}, .cycle = 0};
      if (!t_.dead_ && !t_.disk_.keep(intent, t_.engine_->markets().token_id(order->token))) {
        t_.intent_refused_ = true;
        return fail("journal.no_intent", "the intent log takes nothing");
      }
    }
    t_.reach(CrashMoment::send);
    return {};
  }
  bool on_event(const model::EventBody& event) override {
    constexpr std::size_t kQueue = 16'384;  // as gateway::OrderLink::EventQueue
    if (t_.events_.size() >= kQueue) return false;
    if (const auto* answer = std::get_if<model::PlaceAnswer>(&event)) t_.intents_.erase(answer->id);
    t_.events_.push_back({t_.now_ + kHandOver, std::make_unique<model::OwnedEvent>(t_.own(t_.now_), event)});
    return true;
  }
  void on_note(std::string) override {}

 private:
  SimTrader& t_;
};

SimTrader::SimTrader(const Scenario& scenario, const Account& account, const std::vector<model::MarketSpec>& markets,
                     Network& network, Disk& disk, checker::Checker& checker, TraderWatch& watch,
                     const model::Recovery& recovery, Timestamp now, Duration clock)
    : scenario_(scenario),
      network_(network),
      checker_(checker),
      disk_(disk),
      watch_(watch),
      now_(now),
      clock_(clock),
      random_(Random::stream(scenario.seed, kStream + static_cast<std::uint64_t>(now.ns()))),
      engine_side_(std::make_unique<EngineSide>(*this)),
      feed_side_(std::make_unique<FeedSide>(*this)),
      user_side_(std::make_unique<UserSide>(*this)),
      desk_side_(std::make_unique<DeskSide>(*this)),
      begun_(own(now)) {
  engine::EngineConfig config = scenario.engine;
  config.trades_from = own(now);
  engine_ = std::make_unique<engine::Engine>(std::move(config), *engine_side_, own(now));
  for (const model::MarketSpec& market : markets)
    CHECK(engine_->add_market(market, engine::Follow::trade, own(now)).has_value());
  claims_ = std::make_unique<runner::CheckerFeed>(checker_, *engine_);
  engine_->set_listener(engine_side_.get());
  session::FeedConfig feed;
  feed.seed = scenario.seed;
  feed_ = std::make_unique<session::MarketFeed>(feed, engine_->markets(), *feed_side_, *feed_side_);
  session::UserStreamConfig user;
  user.seed = scenario.seed;
  user_ = std::make_unique<session::UserStream>(user, account.credentials, *user_side_);
  const auto l2 = [&] {
    auto signer = polymarket::L2Signer::create(account.credentials, account.address);
    CHECK(signer.has_value());
    return std::move(*signer);
  };
  session::OrderDeskConfig desk = scenario.desk;
  desk.sender.maker = desk.sender.signer = account.address;
  desk.sender.chain_id = scenario.venue.chain_id;
  desk.clock_offset = Duration(-clock.raw());  // as preflight measures it
  desk.known = session::known_orders(recovery);
  desk_ = std::make_unique<session::OrderDesk>(std::move(desk), signatures_of(scenario, account), l2(), l2(),
                                               account.credentials.key, engine_->markets(), *desk_side_);
}

SimTrader::~SimTrader() = default;

void SimTrader::start(Timestamp now, const model::Recovery& recovery) {
  now_ = now;
  network_.attach(this);
  sweep_from_ = session::sweep_from(recovery, begun_);
  CHECK(engine_->restore(recovery, own(now)).has_value());
  for (std::uint32_t i = 0; i < engine_->markets().token_count(); ++i) feed_->follow(own(now), model::TokenIndex(i));
  desk_->start(own(now));
  user_->start(own(now));
  next_tick_ = next_second_ = next_payouts_ = next_journal_look_ = now;
}

// ---- the two threads ----

void SimTrader::to_engine(Timestamp now, std::function<void(Timestamp)> work) {
  if (engine_stands_) {
    engine_backlog_.push_back(std::move(work));
  } else {
    work(now);
  }
}

void SimTrader::to_desk(Timestamp now, std::function<void(Timestamp)> work) {
  if (desk_stands_) {
    desk_backlog_.push_back(std::move(work));
  } else {
    work(own(now));
  }
}

void SimTrader::hang(HangPart part, bool stands_still, Timestamp now) {
  now_ = now;
  checker_.on_stall(now.ns(), part == HangPart::engine ? checker::Thread::engine : checker::Thread::desk, stands_still);
  if (part == HangPart::engine) {
    engine_stands_ = stands_still;
    if (stands_still) return;
    for (auto& work : std::exchange(engine_backlog_, {})) work(now);
    next_tick_ = now;
  } else {
    desk_stands_ = stands_still;
    if (stands_still) return;
    for (auto& work : std::exchange(desk_backlog_, {})) work(own(now));
  }
}

Timestamp SimTrader::next_time() const {
  if (engine_stands_ && desk_stands_) return kNever;
  Timestamp next = next_tick_;
  if (!engine_stands_ && !events_.empty()) next = std::min(next, events_.front().at);
  if (!desk_stands_ && !commands_.empty()) next = std::min(next, commands_.front().at);
  return next;
}

void SimTrader::on_time(Timestamp now) {
  if (dead_) return;
  now_ = now;
  while (!desk_stands_ && !commands_.empty() && commands_.front().at <= now) {
    const model::Command command = commands_.front().command;
    commands_.pop_front();
    desk_->submit(own(now), command);
  }
  while (!engine_stands_ && !events_.empty() && events_.front().at <= now) {
    const std::unique_ptr<model::OwnedEvent> event = std::move(events_.front().event);
    events_.pop_front();
    event->set_time(own(now));
    take_own(event->event());
  }
  if (now >= next_tick_) {
    if (!engine_stands_) tick_engine(now);
    if (!desk_stands_ && desk_->next_timer() <= own(now)) desk_->on_timer(own(now));
    if (!desk_stands_ && (now >= next_journal_look_ || intent_refused_)) look_at_journal(now);
    next_tick_ = now + kTick;
  }
}

void SimTrader::look_at_journal(Timestamp now) {
  next_journal_look_ = now + kJournalLook;
  std::string trouble = disk_.trouble(now);
  if (std::exchange(intent_refused_, false) && trouble.empty()) trouble = "the intent log takes nothing";
  desk_->on_journal(own(now), trouble);
}

void SimTrader::reach(CrashMoment moment) {
  if (!dead_ && watch_.dies_at(moment)) dead_ = true;
}

void SimTrader::tick_engine(Timestamp now) {
  feed_->on_beat(own(now));
  engine_->advance(own(now));
  if (feed_->next_timer() <= own(now)) feed_->on_timer(own(now));
  if (user_->next_timer() <= own(now)) user_->on_timer(own(now));
  if (now >= next_second_) {
    next_second_ = now + seconds(1);
    every_second(now);
  }
}

void SimTrader::every_second(Timestamp now) {
  to_desk(now, [this, closed = std::exchange(closed_, {}), tokens = tokens_at_stake()](Timestamp at) {
    desk_->on_engine_alive(at);
    desk_->on_engine_news(closed, tokens);
  });
  if (now < next_payouts_) return;
  next_payouts_ = now + kAskPayouts;
  for (const model::MarketIndex market : engine_->unpaid_markets())
    to_desk(now, [this, market](Timestamp at) { desk_->ask_payout(at, market); });
}

std::vector<model::TokenIndex> SimTrader::tokens_at_stake() const {
  std::vector<model::TokenIndex> tokens;
  for (const model::TokenIndex token : engine_->ledger().touched()) {
    if (engine_->ledger().position(token).matched.raw() > 0) tokens.push_back(token);
  }
  for (const execution::OrderHandle handle : engine_->orders().open())
    tokens.push_back(engine_->orders()[handle].intent.token);
  std::sort(tokens.begin(), tokens.end());
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
  return tokens;
}

// ---- what arrives ----

void SimTrader::on_link_open(Timestamp now, LinkId link) {
  if (dead_) return;
  now_ = now;
  to_engine(now, [this, link](Timestamp at) {
    if (link == user_link_) return user_->on_open(own(at));
    for (std::size_t i = 0; i < market_links_.size(); ++i) {
      if (market_links_[i] == link) feed_->on_open(session::SocketIndex(static_cast<std::uint16_t>(i)), own(at));
    }
  });
}

void SimTrader::on_link_text(Timestamp now, LinkId link, const std::shared_ptr<const std::string>& text) {
  if (dead_) return;
  now_ = now;
  if (engine_stands_) {
    engine_backlog_.push_back([this, link, text](Timestamp at) { on_link_text(at, link, text); });
    return;
  }
  if (link == user_link_) return user_->on_text(own(now), *text);
  for (std::size_t i = 0; i < market_links_.size(); ++i) {
    if (market_links_[i] != link) continue;
    feed_->on_text(session::SocketIndex(static_cast<std::uint16_t>(i)), own(now), *text);
    return;
  }
}

void SimTrader::on_link_closed(Timestamp now, LinkId link) {
  if (dead_) return;
  now_ = now;
  to_engine(now, [this, link](Timestamp at) {
    if (link == user_link_) {
      user_link_ = kNone;
      return user_->on_closed(own(at));
    }
    for (std::size_t i = 0; i < market_links_.size(); ++i) {
      if (market_links_[i] != link) continue;
      market_links_[i] = kNone;
      feed_->on_closed(session::SocketIndex(static_cast<std::uint16_t>(i)), own(at));
    }
  });
}

void SimTrader::on_answer(Timestamp now, RequestName name, Expected<HttpResponse> response) {
  now_ = now;
  if (name.owner == static_cast<std::uint8_t>(Owner::feed)) {
    to_engine(now, [this, name, response = std::move(response)](Timestamp at) {
      feed_->on_response(session::RequestTag(name.id), own(at), response);
    });
    return;
  }
  to_desk(now, [this, name, response = std::move(response)](Timestamp at) {
    const auto machine = name.owner == static_cast<std::uint8_t>(Owner::orders) ? session::DeskMachine::orders
                                                                                : session::DeskMachine::heartbeat;
    if (machine == session::DeskMachine::orders && trades_requests_.erase(name.id) > 0 && response &&
        response->status == 200) {
      checker_.on_trades_page(now_.ns(), response->body.find(R"("next_cursor":"LTE=")") != std::string::npos);
    }
    desk_->on_answer(at, machine, session::RequestId(name.id), response);
  });
}

void SimTrader::operate(Timestamp now, const model::OperatorRequest& request) {
  now_ = now;
  to_engine(now, [this, request](Timestamp at) { take_own({own(at), request}); });
}

void SimTrader::begin_stop(Timestamp now) {
  now_ = now;
  to_engine(now, [this](Timestamp at) { engine_->begin_stop(own(at)); });
  to_desk(now, [this](Timestamp at) { desk_->close_for_orders(at); });
}

void SimTrader::cancel_all(Timestamp now) {
  now_ = now;
  to_desk(now, [this](Timestamp at) { desk_->cancel_all(at); });
}

void SimTrader::take_own(const model::Event& event) {
  feed_->on_beat(own(now_));
  ++private_events_;
  engine_->advance(event.time);  // what was due before is decided before anybody hears of this
  tell_checker(event);
  engine_->on_event(event);
}

void SimTrader::tell_checker(const model::Event& event) {
  const std::int64_t at = now_.ns();
  struct Teller {
    SimTrader& t;
    std::int64_t at;
    void operator()(const model::UserFrame& e) const { t.checker_.on_user_frame(at, e.text); }
    void operator()(const model::ConnectionOpened& e) const {
      t.checker_.on_connection(at, e.connection.value(), checker::ConnectionState::open);
    }
    void operator()(const model::ConnectionClosed& e) const {
      t.checker_.on_connection(at, e.connection.value(), checker::ConnectionState::closed);
    }
    void operator()(const model::FeedGap& e) const { t.checker_.on_gap(at, e.connection.value()); }
    void operator()(const model::LinkAlive& e) const { t.checker_.on_link_alive(at, e.connection.value()); }
    void operator()(const model::BookAnswer& e) const {
      t.checker_.on_book_answer(at, t.engine_->markets().token_id(e.token), e.ok, e.text);
    }
    void operator()(const model::PlaceAnswer& e) const { t.claims_->on_place_answer(t.now_, e); }
    void operator()(const model::CancelAnswer& e) const { t.claims_->on_cancel_answer(t.now_, e); }
    void operator()(const model::OrderStatusAnswer& e) const { t.claims_->on_status_answer(t.now_, e); }
    void operator()(const model::TradesAnswer& e) const { t.claims_->on_trades_answer(t.now_, e); }
    void operator()(const model::OperatorRequest& e) const { t.claims_->on_operator(t.now_, e); }
    void operator()(const model::MarketFrame&) const {}
    void operator()(const model::PositionReading&) const {}
    void operator()(const model::BalanceReading&) const {}
    void operator()(const model::BuyRequest&) const {}
    void operator()(const model::VenueModeChange&) const {}
    void operator()(const model::PayoutReading&) const {}
  };
  std::visit(Teller{*this, at}, event.body);
}

TraderCounts SimTrader::counts() const {
  TraderCounts counts;
  counts.market_events = engine_->stats().events_total;
  counts.private_events = private_events_;
  counts.timer_evaluations = engine_->stats().evaluations_on_timer;
  counts.orders = engine_->stats().orders_placed;
  counts.fills = engine_->ledger().fills();
  return counts;
}

}  // namespace ebb::simulation
