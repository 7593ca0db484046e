#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "checker/checker.hpp"
#include "crypto/hash.hpp"
#include "crypto/hex.hpp"
#include "exchange/venue_auth.hpp"
#include "runner/checker_feed.hpp"
#include "runner/command_log.hpp"
#include "simulation/explain.hpp"
#include "simulation/fault_clock.hpp"

namespace ebb::simulation {
namespace {

constexpr Duration kSettling = seconds(180);  // of an orderly stop, at most
constexpr Duration kLastResort = seconds(12);  // as `ebb run`: then one request cancels whatever is left
constexpr Duration kCheckerTick = milliseconds(500);
constexpr Duration kRoundTrip = seconds(8);  // command to venue and back under every lag that a script may bring

Account account_of(const Scenario& scenario) {
  Account account;
  account.private_key =
      crypto::to_hex(crypto::keccak256(crypto::bytes_of(fmt::format("ebb simulation {}", scenario.seed))));
  auto key = crypto::PrivateKey::parse(account.private_key);
  CHECK(key.has_value());
  account.address = key->address();
  exchange::KeyRing ring(scenario.venue.seed, scenario.venue.chain_id);
  const exchange::ApiKey& api = ring.issue(account.address, 0);
  account.credentials = {api.id, api.secret, api.passphrase};
  return account;
}

class World final : public CommandWatch {
 public:
  World(const Scenario& scenario, const Script& script, Telling telling)
      : scenario_(scenario),
        telling_(telling),
        account_(account_of(scenario)),
        network_(scenario.network, Random::stream(scenario.seed, 0x2E7)),
        now_(kBeginning),
        faults_(script.side, kBeginning, scenario.length) {
    exchange::VenueConfig venue = scenario.venue;
    venue.faults = within(script.venue, scenario.length);
    auto server = exchange::VenueServer::create(venue, network_, kBeginning);
    CHECK(server.has_value());
    venue_ = std::move(*server);
    network_.attach(venue_.get());
    MoverConfig mover = scenario.mover;
    mover.start = kBeginning;
    venue_->exchange().attach(std::make_unique<Mover>(venue_->exchange(), mover));
    const model::MarketTable& table = venue_->exchange().markets();
    for (std::uint32_t i = 0; i < table.market_count(); ++i) markets_.push_back(table.market(model::MarketIndex(i)));
    faults_.count_venue(venue.faults);
    silences_ = silences_of(venue.faults, script.side, scenario.length);
  }

  SeedResult run() {
    engine_config_ = scenario_.engine;
    engine_config_.maker_address = crypto::checksum_text(account_.address);
    engine_config_.signer_address = engine_config_.maker_address;
    engine_config_.starting_cash = scenario_.venue.deposit;
    trading_ = scenario_;
    trading_.engine = engine_config_;
    // The account is opened as preflight opens it: by its first authenticated request.
    checker::CheckerConfig config = runner::checker_config(engine_config_, checker::Mode::embedded);
    config.heartbeat = scenario_.desk.use_heartbeat;
    config.round_trip = kRoundTrip.raw();
    checker_ = std::make_unique<checker::Checker>(std::move(config));
    begin_trading();
    advance_to(kBeginning + scenario_.length);
    advance_to(now_ + scenario_.calm);
    stop_in_order();
    return result();
  }

 private:
  /// A fault that would outlast the run ends with it: afterwards everything must come right.
  static exchange::FaultScript within(exchange::FaultScript script, Duration length) {
    std::erase_if(script.lines, [&](const exchange::FaultLine& line) { return line.at >= length; });
    for (exchange::FaultLine& line : script.lines) {
      const bool instant = line.kind == exchange::FaultKind::resolve || line.kind == exchange::FaultKind::tick_change ||
                           line.kind == exchange::FaultKind::disconnect;
      if (line.length ? line.at + *line.length > length : !instant) line.length = length - line.at;
    }
    return script;
  }

  void begin_trading() {
    trader_ = std::make_unique<SimTrader>(trading_, account_, markets_, network_, *checker_, *this, now_, clock_);
    trader_->claims().set_clock(now_ + clock_, clock_);
    if (!truth_) {
      truth_ = std::make_unique<runner::CheckerFeed>(*checker_, trader_->engine());
      for (std::uint32_t i = 0; i < markets_.size(); ++i)
        checker_->add_market(now_.ns(), runner::checker_market(trader_->engine(), model::MarketIndex(i)));
    }
    trader_->start(now_);
  }

  void advance_to(Timestamp until) {
    for (;;) {
      const Timestamp next = std::min({venue_->next_event_time(), network_.next_time(),
                                       trader_ ? trader_->next_time() : kNever, faults_.next_time(), next_tick_});
      if (next > until) break;
      now_ = std::max(now_, next);
      step();
    }
    now_ = until;
  }

  void step() {
    while (const auto edge = faults_.take(now_)) apply(*edge);
    if (venue_->next_event_time() <= now_) {
      venue_->advance(now_);
      copy_truth();
    }
    if (network_.next_time() <= now_) {
      network_.run(now_);
      copy_truth();
    }
    if (trader_ && trader_->next_time() <= now_) trader_->on_time(now_);
    if (next_tick_ <= now_) {
      next_tick_ = now_ + kCheckerTick;
      tell_whether_the_venue_answers();
      checker_->on_tick(now_.ns());
    }
    if (telling_ == Telling::explain) tell_violations();
  }

  void tell_violations() {
    for (; told_ < checker_->violations().size(); ++told_) {
      const checker::Violation& v = checker_->violations()[told_];
      fmt::print(stderr, "{:.3f} s {} {}\n", to_seconds(Timestamp(v.time) - kBeginning), v.rule, v.detail);
      if (trader_) fmt::print(stderr, "{}", explain(trader_->engine(), trader_->desk(), v.token_id, kBeginning));
    }
  }

  void copy_truth() {
    if (!account_index_.valid()) find_account();
    if (account_index_.valid()) truth_->copy_truth(venue_->exchange(), account_index_);
  }

  // The account exists from the trader's first authenticated request on.
  void find_account() {
    const auto account = venue_->account_of(engine_config_.maker_address);
    if (account) account_index_ = *account;
  }

  void tell_whether_the_venue_answers() {
    const bool answers = trader_ != nullptr && !silences_.covers(now_);
    if (answers == answers_) return;
    answers_ = answers;
    checker_->on_venue_mode(now_.ns(), answers ? checker::VenueMode::normal : checker::VenueMode::disabled);
  }

  void apply(const SideEdge& edge) {
    const SideLine& line = edge.line;
    switch (line.kind) {
      case SideFault::cut:
        if (edge.begins) network_.break_links(now_, line.channels);
        network_.set_down(edge.begins && line.length.raw() > 0 ? line.channels : Channels{});
        return;
      case SideFault::lag:
        if (edge.begins) {
          network_.set_lag(line.wait, line.jitter, line.channels);
        } else {
          network_.set_lag(Duration(0), Duration(0), {});
        }
        return;
      case SideFault::hang:
        if (trader_) trader_->hang(line.part, edge.begins, now_);
        return;
      case SideFault::clock_jump:
        clock_ += line.jump;
        checker_->on_clock_leap(now_.ns(), line.jump.raw());
        if (trader_) {
          trader_->jump(line.jump);
          trader_->claims().set_clock(now_ + clock_, clock_);
        }
        return;
      case SideFault::operate:
        if (trader_ && (!line.token || *line.token < 2 * markets_.size())) {
          trader_->operate(now_,
                           {line.action, line.token ? model::TokenIndex(*line.token) : model::TokenIndex::none()});
        }
        return;
      case SideFault::crash:
      case SideFault::disk_full:
      case SideFault::disk_slow: return;
    }
  }

  // CommandWatch
  void on_command(const model::Command& command, Timestamp now) override { commands_.add(command, now); }

  [[nodiscard]] bool quiescent() const {
    const engine::Engine& engine = trader_->engine();
    if (!engine.orders().open().empty()) return false;
    const exchange::Exchange& exchange = venue_->exchange();
    for (std::uint32_t i = 0; i < exchange.markets().token_count(); ++i) {
      const model::TokenIndex token(i);
      const portfolio::Position& position = engine.ledger().position(token);
      if (position.unsettled_buys.raw() > 0 || position.unmined_buys.raw() > 0 || position.unmined_sells.raw() > 0)
        return false;
      const exchange::HoldingView holding = exchange.holding(account_index_, token);
      if (holding.matched_buys.raw() > 0 || holding.matched_sells.raw() > 0) return false;
      if (!exchange.is_open(exchange.markets().token(token).market) && holding.settled.raw() > 0) return false;
      if (position.matched != holding.settled) return false;
    }
    return true;
  }

  void stop_in_order() {
    trader_->begin_stop(now_);
    const Timestamp begun = now_;
    bool asked = false;
    while (now_ < begun + kSettling && !quiescent()) {
      advance_to(now_ + seconds(1));
      if (!asked && now_ - begun >= kLastResort && !trader_->engine().orders().open().empty()) {
        asked = true;
        trader_->cancel_all(now_);
      }
    }
    copy_truth();
    if (account_index_.valid()) truth_->claim_account(now_, venue_->exchange(), account_index_);
    trader_->claims().claim_ledger(now_);
    checker_->finish(now_.ns(), checker::Ending::orderly);
    if (telling_ == Telling::explain) tell_violations();
  }

  SeedResult result() {
    SeedResult out;
    out.seed = scenario_.seed;
    out.simulated = now_ - kBeginning;
    out.counts = counts_;
    out.counts += trader_->counts();
    out.restarts = restarts_;
    out.faults = faults_.counts();
    out.checks = checker_->checks();
    out.violations = checker_->violations();
    out.violation_count = checker_->violation_count();
    if (!venue_->exchange().audit().holds()) {
      ++out.violation_count;
      out.violations.push_back(
          {"exchange.conservation", now_.ns(), "", "cash + collateral + fees differ from the deposits"});
    }
    out.digest = commands_.hex();
    return out;
  }

  const Scenario& scenario_;
  Telling telling_;
  std::uint64_t told_ = 0;
  Scenario trading_;
  engine::EngineConfig engine_config_;
  Account account_;
  Network network_;
  Timestamp now_;
  Timestamp next_tick_ = kBeginning;
  FaultClock faults_;
  Silences silences_;
  bool answers_ = true;
  std::unique_ptr<exchange::VenueServer> venue_;
  std::vector<model::MarketSpec> markets_;
  std::unique_ptr<checker::Checker> checker_;
  std::unique_ptr<runner::CheckerFeed> truth_;
  std::unique_ptr<SimTrader> trader_;
  exchange::AccountIndex account_index_;
  Duration clock_{0};
  TraderCounts counts_;
  std::uint64_t restarts_ = 0;
  runner::CommandDigest commands_;
};

}  // namespace

SeedResult run_world(const Scenario& scenario, const Script& script, Telling telling) {
  return World(scenario, script, telling).run();
}

}  // namespace ebb::simulation
