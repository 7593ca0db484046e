#include "simulation/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <utility>

#include "base/check.hpp"
#include "checker/checker.hpp"
#include "crypto/hash.hpp"
#include "crypto/hex.hpp"
#include "exchange/venue_auth.hpp"
#include "runner/checker_feed.hpp"
#include "runner/command_log.hpp"
#include "simulation/disk.hpp"
#include "simulation/explain.hpp"
#include "simulation/fault_clock.hpp"

namespace ebb::simulation {
namespace {

constexpr Duration kSettling = seconds(180);  // of an orderly stop, at most
constexpr Duration kLastResort = seconds(12);  // as `ebb run`: then one request cancels whatever is left
constexpr Duration kCrashWithin = seconds(20);  // when its moment does not come, a crash comes anyway
constexpr Duration kRecovery = seconds(150);  // after the last fault and the calm, until orders may leave again
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

class World final : public TraderWatch {
 public:
  World(const Scenario& scenario, const Script& script, Telling telling)
      : scenario_(scenario),
        telling_(telling),
        account_(account_of(scenario)),
        network_(scenario.network, Random::stream(scenario.seed, 0x2E7)),
        disk_(scenario.commit_delay),
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
    while (!trader_) advance_to(now_ + seconds(1));
    advance_to(now_ + scenario_.calm);
    expect_trading();
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
    const store::JournalAccount account{"embedded", engine_config_.maker_address};
    const model::Recovery recovery = disk_.recover(account);
    trader_ = std::make_unique<SimTrader>(trading_, account_, markets_, network_, disk_, *checker_, *this, recovery,
                                          now_, clock_);
    trader_->claims().set_clock(now_ + clock_, clock_);
    disk_.begin_run({.time = now_ + clock_, .account = account, .version = "simulation", .seed = scenario_.seed},
                    trader_->engine().markets());
    if (!truth_) {
      truth_ = std::make_unique<runner::CheckerFeed>(*checker_, trader_->engine());
      for (std::uint32_t i = 0; i < markets_.size(); ++i)
        checker_->add_market(now_.ns(), runner::checker_market(trader_->engine(), model::MarketIndex(i)));
    }
    if (!recovery.first_run) {
      tell_restart(recovery);
      ++restarts_;
    }
    trader_->start(now_, recovery);
  }

  void tell_restart(const model::Recovery& recovery) {
    checker::RestartClaim claim;
    for (const model::RecoveredOrder& order : recovery.orders) {
      claim.orders.push_back(model::to_text(order.last.id));
      if (order.last.claimed > order.last.filled) claim.claimed.insert(claim.orders.back());
    }
    claim.killed = recovery.killed;
    claim.written_until = disk_.written_until().ns();
    std::set<std::pair<std::string, std::string>> legs;  // a leg is booked again with every status
    for (const model::RecoveredBooking& booking : recovery.bookings) {
      const auto* fill = std::get_if<model::FillRecord>(&booking.body);
      if (fill == nullptr) continue;
      legs.emplace(std::string(fill->trade.trade.view()), model::to_text(fill->trade.order));
    }
    claim.legs.assign(legs.begin(), legs.end());
    checker_->on_restart(now_.ns(), claim);
  }

  // ---- crashes ----

  bool dies_at(CrashMoment moment) override {
    if (!crash_ || crash_->moment != moment || !trader_ || trader_->dead()) return false;
    kill();
    return true;
  }

  void begin_crash(const SideLine& line) {
    if (!trader_ || trader_->dead()) return;  // it is down already
    crash_ = line;
    crash_by_ = now_ + kCrashWithin;
    if (line.moment == CrashMoment::now) kill();
  }

  // What the process had in memory is gone; its sockets close; what it had sent arrives.
  void kill() {
    trader_->die();
    network_.vanish(now_);
    restart_at_ = now_ + crash_->wait;
    if (crash_->clock) clock_ = *crash_->clock;
    crash_by_ = kNever;
    crash_.reset();
  }

  void bury() {
    counts_ += trader_->counts();
    trader_.reset();
    disk_.crash();
    checker_->on_crash(now_.ns());
  }

  void restart_if_due() {
    if (restart_at_ > now_) return;
    if (disk_full_) {  // it says so and ends; somebody makes room and starts it again
      restart_at_ = now_ + seconds(1);
      return;
    }
    restart_at_ = kNever;
    begin_trading();
  }

  // After the faults everything comes right by itself: orders may leave again.
  void expect_trading() {
    const Timestamp bound = now_ + kRecovery;
    const auto trades = [&] { return trader_->desk().sender().gate_open() && !trader_->engine().restarting(); };
    while (!trades() && now_ < bound) advance_to(now_ + seconds(1));
    if (trades()) return;
    own_violations_.push_back(
        {"recovery.gate_closed", now_.ns(), "",
         fmt::format("{:.0f} s after the last fault: {}{}", to_seconds(now_ - kBeginning - scenario_.length),
                     trader_->desk().sender().gate_reasons(),
                     trader_->engine().restarting() ? "; the engine is restarting" : "")});
  }

  void advance_to(Timestamp until) {
    for (;;) {
      const Timestamp venue_next = venue_->next_event_time();
      const Timestamp next = std::min({venue_next, network_.next_time(), trader_ ? trader_->next_time() : kNever,
                                       faults_.next_time(), disk_.next_time(), restart_at_, crash_by_, next_tick_});
      if (next > until) break;
      now_ = std::max(now_, next);
      step(venue_next);
    }
    now_ = until;
  }

  void step(Timestamp venue_next) {
    bool changed = false;
    while (const auto edge = faults_.take(now_)) {
      apply(*edge);
      changed = true;
    }
    if ((changed ? venue_->next_event_time() : venue_next) <= now_) {
      venue_->advance(now_);
      copy_truth();
    }
    if (network_.next_time() <= now_) {
      network_.run(now_);
      copy_truth();
    }
    if (trader_ && trader_->next_time() <= now_) trader_->on_time(now_);
    if (disk_.next_time() <= now_ && disk_.run(now_)) (void)dies_at(CrashMoment::commit);
    if (crash_by_ <= now_) kill();
    if (trader_ && trader_->dead()) bury();
    restart_if_due();
    if (next_tick_ <= now_) {
      next_tick_ = now_ + kCheckerTick;
      tell_whether_the_venue_answers();
      checker_->on_tick(now_.ns());
    }
    if (telling_ != Telling::verdict) tell_violations();
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
      case SideFault::crash: begin_crash(line); return;
      case SideFault::disk_full:
        disk_full_ = edge.begins;
        disk_.set_full(edge.begins);
        checker_->on_disk(now_.ns(), !edge.begins);
        return;
      case SideFault::disk_slow: disk_.set_slow(edge.begins ? line.wait : Duration(0)); return;
    }
  }

  // TraderWatch
  void on_record(const model::Record& record, const engine::Engine& engine) override {
    if (telling_ == Telling::trace) fmt::print(stderr, "{}", describe(record, engine.markets(), now_, kBeginning));
  }
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
    disk_.flush(now_);
    disk_.end_run(now_ + clock_);
    copy_truth();
    if (account_index_.valid()) truth_->claim_account(now_, venue_->exchange(), account_index_);
    trader_->claims().claim_ledger(now_);
    checker_->finish(now_.ns(), checker::Ending::orderly);
    if (telling_ != Telling::verdict) tell_violations();
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
    for (const checker::Violation& v : own_violations_) out.violations.push_back(v);
    out.violation_count += own_violations_.size();
    if (const std::size_t twice = venue_->orders_sent_twice(); twice > 0) {
      ++out.violation_count;
      out.violations.push_back({"order.sent_twice", now_.ns(), "", fmt::format("{} orders", twice)});
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
  Disk disk_;
  bool disk_full_ = false;
  Timestamp now_;
  Timestamp next_tick_ = kBeginning;
  std::optional<SideLine> crash_;  ///< waits for its moment
  Timestamp crash_by_ = kNever;
  Timestamp restart_at_ = kNever;
  std::vector<checker::Violation> own_violations_;
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
