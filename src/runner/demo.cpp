#include "runner/demo.hpp"

#include <algorithm>
#include <chrono>
#include <variant>
#include <vector>

#include "base/agenda.hpp"
#include "base/check.hpp"
#include "base/random.hpp"
#include "checker/checker.hpp"
#include "exchange/agents.hpp"
#include "exchange/demo_markets.hpp"
#include "exchange/engine_words.hpp"
#include "exchange/exchange.hpp"
#include "runner/checker_feed.hpp"
#include "runner/command_log.hpp"
#include "telemetry/histogram.hpp"

namespace ebb::runner {
namespace {

using Clock = std::chrono::steady_clock;

double in_microseconds(Duration d) { return static_cast<double>(d.raw()) / 1e3; }

constexpr std::int64_t kEpochMs = 1'767'225'600'000;        // 2026-01-01T00:00:00Z: the simulated clock's zero
constexpr Duration kMarketLatency = milliseconds(10);       // a frame's way to the trader
constexpr Duration kUserLatency = milliseconds(12);
constexpr Duration kOrderLatencyLow = milliseconds(15);     // one way, seeded uniform
constexpr Duration kOrderLatencyHigh = milliseconds(40);
constexpr Duration kQuiescenceBound = seconds(180);
constexpr Duration kOperatorExitAfter = seconds(25);        // of market time: the script's exit
constexpr Duration kWarmUp = seconds(30);  // of the pre-roll: the trader watches and fills its windows
constexpr std::uint32_t kMarketsAConnection = 100;  // 200 assets (protocol 2.5)
constexpr double kSettlementScale = 0.1;  // shown with the result (rules 9)

// What is on its way between the trader and the exchange.
struct ToVenue {
  model::Command command;
};
struct ToTrader {
  std::variant<exchange::PlaceResult, exchange::CancelResult, exchange::OrderStatus> answer;
  model::Side side = model::Side::buy;
};
struct MarketText {
  model::ConnectionIndex connection;
  std::string text;
};
struct UserText {
  std::string text;
};
struct BookText {
  model::TokenIndex token;  // the engine's
  std::string text;
};
struct TradeList {
  std::vector<model::UserTrade> trades;
};
struct PositionTold {
  model::TokenIndex token;
  Shares size;
};
struct BalanceTold {
  model::TokenIndex token;
  std::int64_t micros;
};
struct OperatorActs {};

using Message =
    std::variant<ToVenue, ToTrader, MarketText, UserText, BookText, TradeList, PositionTold, BalanceTold, OperatorActs>;

}  // namespace

class DemoRun::Impl : public engine::CommandSink {
 public:
  explicit Impl(DemoConfig config)
      : config_(std::move(config)),
        latency_random_(Random::stream(config_.seed, 0x1A7E)),
        exchange_(exchange_config(config_)),
        now_(from_ms(kEpochMs)) {
    const exchange::DemoMarketsConfig markets{
        .seed = config_.seed, .markets = static_cast<int>(config_.markets), .start = now_};
    const exchange::AgentConfig agents{
        .seed = config_.seed,
        .model = config_.martingale ? exchange::AgentModel::martingale : exchange::AgentModel::reverting,
        .start = now_};
    exchange::populate(exchange_, markets, agents);
    account_ = exchange_.open_account({.deposit = config_.engine.starting_cash}, now_);
    start_ = now_ + config_.pre_roll;
    Duration warm_up = std::min(kWarmUp, config_.pre_roll);
    const Timestamp watch_from = start_ - warm_up;
    while (now_ < watch_from && !stop_asked()) {
      now_ = std::min(now_ + seconds(1), watch_from);
      exchange_.advance(now_);
      (void)exchange_.take_outgoing();
    }
    if (stop_asked()) {
      warm_up = Duration(0);
      start_ = now_;
    }
    connect(warm_up);
    advance_to(start_);
    if (warm_up.raw() > 0) feed_->on_operator(now_, {model::OperatorAction::resume, model::TokenIndex::none()});
    latency_.clear();
    events_before_ = exchange_.market_events();
  }

  [[nodiscard]] bool stop_asked() const {
    return config_.stop != nullptr && config_.stop->load(std::memory_order_relaxed);
  }

  void advance_to(Timestamp until) {
    for (;;) {
      const Timestamp next = std::min({exchange_.next_event_time(), agenda_.next_time(), engine_->next_timer()});
      if (next > until) break;
      step(std::max(next, now_));
    }
    now_ = std::max(now_, until);
    engine_->advance(now_);
    checker_->on_tick(now_.ns());
  }

  RunSummary finish() {
    RunSummary summary;
    summary.command = "demo";
    summary.seed = config_.seed;
    summary.agents = config_.martingale ? "martingale" : "default";
    summary.commands_sha256 = digest_.hex();
    summary.commands = digest_.count();
    summary.market_time = now_ - start_;
    summary.pre_roll = config_.pre_roll;
    summary.settlement_scale = kSettlementScale;
    summary.note = config_.martingale
                       ? "control: the agents' prices are a martingale, no dip has to recover; what is left is cost"
                       : "the agents' dips recover by assumption: this shows the trader at work, it promises nothing";
    summarize(*engine_, summary);  // as of the end of market time, and so the account
    summary.account_cash = config_.engine.starting_cash + summary.money.total - marked(summary);
    summary.account_reserved = exchange_.account(account_).open_buys;
    stopping_ = true;
    engine_->begin_stop(now_);
    const Timestamp bound = now_ + kQuiescenceBound;
    while (now_ < bound && !quiescent()) advance_to(now_ + seconds(1));
    feed_->copy_truth(exchange_, account_);
    feed_->claim_account(now_, exchange_, account_);
    feed_->claim_ledger(now_);
    checker_->finish(now_.ns(), checker::Ending::orderly);
    take_verdict(*checker_, summary);
    finish_summary(summary);
    if (recorder_) {
      const auto kept = recorder_->finish();
      if (!kept) summary.errors.push_back(kept.error());
    }
    return summary;
  }

  void operate(const model::OperatorRequest& request) {
    feed_->on_operator(now_, request);
    engine_->on_event({now_, request});
  }

  // engine::CommandSink
  void on_command(const model::Command& command, Timestamp now) override {
    if (!stopping_) digest_.add(command, now);
    feed_->on_command(command, now);
    if (std::holds_alternative<model::Alert>(command)) return;
    agenda_.add(now + order_latency(), ToVenue{command});
  }

  [[nodiscard]] LatencySummary latency() const {
    return {.p50 = in_microseconds(latency_.percentile(0.50)),
            .p99 = in_microseconds(latency_.percentile(0.99)),
            .p999 = in_microseconds(latency_.percentile(0.999)),
            .max = in_microseconds(latency_.max()),
            .samples = latency_.count()};
  }

  DemoConfig config_;
  Random latency_random_;
  exchange::Exchange exchange_;
  exchange::AccountIndex account_;
  Timestamp start_;
  Timestamp now_;
  std::uint64_t events_before_ = 0;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<InputRecorder> recorder_;
  std::unique_ptr<checker::Checker> checker_;
  std::unique_ptr<CheckerFeed> feed_;
  CommandDigest digest_;
  bool stopping_ = false;

 private:
  static exchange::ExchangeConfig exchange_config(const DemoConfig& config) {
    exchange::ExchangeConfig out;
    out.seed = config.seed;
    out.emit_order = config.emit_order;
    out.settlement.scale = kSettlementScale;
    return out;
  }

  void connect(Duration warm_up) {
    engine::EngineConfig engine = config_.engine;
    engine.warm_up = warm_up;
    engine.seed = config_.seed;
    engine.maker_address = exchange_.identity(account_).address;
    engine_ = std::make_unique<engine::Engine>(std::move(engine), *this, now_);
    checker::CheckerConfig check = checker_config(engine_->config(), checker::Mode::embedded);
    checker_ = std::make_unique<checker::Checker>(std::move(check));
    feed_ = std::make_unique<CheckerFeed>(*checker_, *engine_);
    engine_->set_listener(feed_.get());
    if (config_.input_log != nullptr)
      recorder_ = std::make_unique<InputRecorder>(*config_.input_log, *engine_, config_.identity);
    for (std::uint32_t i = 0; i < exchange_.markets().market_count(); ++i) {
      const auto market =
          engine_->add_market(exchange_.markets().market(model::MarketIndex(i)), engine::Follow::trade, now_);
      CHECK(market.has_value());
      use_own_params(*market);
      checker_->add_market(now_.ns(), checker_market(*engine_, *market));
    }
    open_connections();
    // To the outside a trader that only watches is a paused one.
    if (warm_up.raw() > 0) feed_->on_operator(now_, {model::OperatorAction::pause, model::TokenIndex::none()});
    if (config_.operator_exit) agenda_.add(start_ + kOperatorExitAfter, OperatorActs{});
  }

  void use_own_params(model::MarketIndex market) {
    if (!config_.own_params) return;
    for (int outcome = 0; outcome < 2; ++outcome) {
      const model::TokenIndex token = engine_->markets().token_of(market, outcome);
      if (!token.valid()) continue;
      const strategy::Params* params = config_.own_params(engine_->markets().token_id(token));
      if (params != nullptr) engine_->set_params(token, *params, now_);
    }
  }

  // Market connections as the venue wants them: a bounded number of assets each, the whole market on one.
  void open_connections() {
    const auto markets = static_cast<std::uint32_t>(exchange_.markets().market_count());
    for (std::uint32_t first = 0; first < markets; first += kMarketsAConnection) {
      const model::ConnectionIndex connection = connection_of(model::MarketIndex(first));
      engine_->on_event({now_, model::ConnectionOpened{connection}});
      checker_->on_connection(now_.ns(), connection.value(), checker::ConnectionState::open);
      std::vector<model::TokenIndex> tokens;
      for (std::uint32_t i = first; i < std::min(first + kMarketsAConnection, markets); ++i) {
        for (int outcome = 0; outcome < 2; ++outcome)
          tokens.push_back(exchange_.markets().token_of(model::MarketIndex(i), outcome));
      }
      agenda_.add(now_ + kMarketLatency, MarketText{connection, exchange_.snapshot_frame(tokens)});
    }
  }

  static model::ConnectionIndex connection_of(model::MarketIndex market) {
    return model::ConnectionIndex(static_cast<std::uint16_t>(market.value() / kMarketsAConnection));
  }

  void step(Timestamp at) {
    now_ = at;
    if (exchange_.next_event_time() <= now_) {
      exchange_.advance(now_);
      collect();
    }
    while (agenda_.next_time() <= now_) {
      deliver(agenda_.take());
      collect();
    }
    engine_->advance(now_);
    if (now_ - last_tick_ >= milliseconds(500)) {
      checker_->on_tick(now_.ns());
      last_tick_ = now_;
    }
  }

  void collect() {
    for (exchange::Outgoing& frame : exchange_.take_outgoing()) {
      if (frame.channel == exchange::Channel::market) {
        agenda_.add(frame.at + kMarketLatency, MarketText{connection_of(frame.market), std::move(frame.text)});
      } else if (frame.account == account_) {
        agenda_.add(frame.at + kUserLatency, UserText{std::move(frame.text)});
      }
    }
    feed_->copy_truth(exchange_, account_);
  }

  void deliver(Message message) {
    std::visit([this](auto& m) { on(m); }, message);
  }

  void on(ToVenue& message) {
    struct Visitor {
      Impl& run;
      void operator()(const model::PlaceOrder& c) const {
        const auto result =
            run.exchange_.place(run.now_, exchange::to_request(c, run.venue_token(c.token), run.account_));
        run.reply(ToTrader{result, c.side});
      }
      void operator()(const model::CancelOrder& c) const {
        run.reply(ToTrader{run.exchange_.cancel(run.now_, run.account_, c.id), model::Side::buy});
      }
      void operator()(const model::QueryOrder& c) const {
        run.reply(ToTrader{run.exchange_.status(run.account_, c.id), model::Side::buy});
      }
      void operator()(const model::RequestBook& c) const {
        run.reply(BookText{c.token, run.exchange_.book_json(run.venue_token(c.token))});
      }
      void operator()(const model::SweepTrades& c) const {
        run.reply(TradeList{run.exchange_.trades_since(run.account_, c.since)});
      }
      void operator()(const model::RefreshBalance& c) const {
        const bool cash = !c.token.valid();
        run.reply(BalanceTold{c.token, cash ? run.exchange_.balance(run.account_).raw()
                                            : run.exchange_.position(run.account_, run.venue_token(c.token)).raw()});
      }
      void operator()(const model::RequestPosition& c) const {
        run.reply(PositionTold{c.token, run.exchange_.position(run.account_, run.venue_token(c.token))});
      }
      void operator()(const model::Alert&) const {}
    };
    std::visit(Visitor{*this}, message.command);
  }

  template <class Reply>
  void reply(Reply message) {
    agenda_.add(now_ + order_latency(), Message(std::move(message)));
  }

  void on(ToTrader& message) {
    if (const auto* placed = std::get_if<exchange::PlaceResult>(&message.answer)) {
      const model::PlaceAnswer answer = to_answer(*placed, message.side);
      feed_->on_place_answer(now_, answer);
      engine_->on_event({now_, answer});
    } else if (const auto* canceled = std::get_if<exchange::CancelResult>(&message.answer)) {
      const model::CancelAnswer answer = to_answer(*canceled);
      feed_->on_cancel_answer(now_, answer);
      engine_->on_event({now_, answer});
    } else if (const auto* status = std::get_if<exchange::OrderStatus>(&message.answer)) {
      const model::OrderStatusAnswer answer = to_answer(*status);
      feed_->on_status_answer(now_, answer);
      engine_->on_event({now_, answer});
    }
  }

  void on(MarketText& message) {
    if (config_.on_market_frame) config_.on_market_frame(now_, message.text);
    checker_->on_market_frame(now_.ns(), message.connection.value(), message.text);
    const auto before = Clock::now();
    engine_->on_market_frame(now_, message.connection, message.text);
    latency_.record(Duration(std::chrono::nanoseconds(Clock::now() - before).count()));
  }

  void on(UserText& message) {
    checker_->on_user_frame(now_.ns(), message.text);
    engine_->on_event({now_, model::UserFrame{message.text}});
  }

  void on(BookText& message) {
    checker_->on_book_answer(now_.ns(), engine_->markets().token_id(message.token), true, message.text);
    engine_->on_event({now_, model::BookAnswer{message.token, true, message.text}});
  }

  void on(TradeList& message) {
    const model::TradesAnswer answer{message.trades, true};
    feed_->on_trades_answer(now_, answer);
    engine_->on_event({now_, answer});
  }

  void on(PositionTold& message) {
    engine_->on_event(
        {now_, model::PositionReading{
                   .token = message.token, .quality = model::ReadingQuality::fresh, .size = message.size}});
  }

  void on(BalanceTold& message) {
    engine_->on_event({now_, model::BalanceReading{.token = message.token, .ok = true, .micros = message.micros}});
  }

  // The script: the operator leaves the token with the largest position, and comes back until he finds one.
  void on(OperatorActs&) {
    model::TokenIndex largest;
    Usdc cost;
    for (const model::TokenIndex token : engine_->traded()) {
      const portfolio::Position& position = engine_->ledger().position(token);
      if (engine_->ledger().classify(token) == model::PositionClass::actionable && position.cost > cost) {
        largest = token;
        cost = position.cost;
      }
    }
    if (!largest.valid()) {
      agenda_.add(now_ + seconds(1), Message(OperatorActs{}));
      return;
    }
    operate({model::OperatorAction::exit_token, largest});
  }

  [[nodiscard]] model::TokenIndex venue_token(model::TokenIndex token) const {
    return exchange_.markets().find_token(engine_->markets().token_id(token));
  }

  [[nodiscard]] Duration order_latency() {
    return Duration(latency_random_.between(kOrderLatencyLow.raw(), kOrderLatencyHigh.raw()));
  }

  // Nothing open, nothing in flight, everything settled.
  [[nodiscard]] bool quiescent() const {
    if (!engine_->orders().open().empty()) return false;
    for (const model::TokenIndex token : engine_->ledger().touched()) {
      const portfolio::Position& position = engine_->ledger().position(token);
      if (position.unsettled_buys.raw() > 0 || position.unmined_sells.raw() > 0) return false;
      const exchange::HoldingView holding = exchange_.holding(account_, venue_token(token));
      if (holding.matched_buys.raw() > 0 || holding.matched_sells.raw() > 0) return false;
      if (!exchange_.is_open(exchange_.markets().token(venue_token(token)).market) && holding.settled.raw() > 0)
        return false;
    }
    return true;
  }

  static Usdc marked(const RunSummary& summary) {
    Usdc sum;
    for (const engine::TokenReport& token : summary.tokens) sum += token.mark;
    return sum;
  }

  void finish_summary(RunSummary& summary) const {
    summary.bytes_to_decision = latency();
    if (!exchange_.audit().holds()) {
      ++summary.invariants_violated;
      summary.violations.push_back(
          {"exchange.conservation", now_.ns(), "", "cash + collateral + fees differ from the deposits"});
    }
    ++summary.invariants_checked;
  }

  Agenda<Message> agenda_;
  telemetry::Histogram latency_;
  Timestamp last_tick_;
};

DemoRun::DemoRun(DemoConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
DemoRun::~DemoRun() = default;
Timestamp DemoRun::start() const { return impl_->start_; }
Timestamp DemoRun::now() const { return impl_->now_; }
void DemoRun::advance_to(Timestamp until) { impl_->advance_to(until); }
void DemoRun::operate(const model::OperatorRequest& request) { impl_->operate(request); }
std::string DemoRun::commands_sha256() const { return impl_->digest_.hex(); }
RunSummary DemoRun::finish() { return impl_->finish(); }
const engine::Engine& DemoRun::engine() const { return *impl_->engine_; }
engine::Engine& DemoRun::engine() { return *impl_->engine_; }
LatencySummary DemoRun::latency() const { return impl_->latency(); }
std::uint64_t DemoRun::market_events() const { return impl_->exchange_.market_events() - impl_->events_before_; }
std::uint64_t DemoRun::violations() const { return impl_->checker_->violation_count(); }

}  // namespace ebb::runner
