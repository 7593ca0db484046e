// The public face: advances time, then hands each call to the part that judges it.
#include "checker/checker.hpp"

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {
namespace {

constexpr SpanNs kLongest = SpanNs{100'000'000} * kSecond;  // three years: sums of times stay within 64 bits
constexpr PriceRaw kWidest = 10 * kOne;

SpanNs sane_span(SpanNs span) { return std::clamp<SpanNs>(span, -1, kLongest); }
Micros sane_size(Micros size) { return std::clamp(size, -kHugeSize, kHugeSize); }
PriceRaw sane_price(PriceRaw price) { return std::clamp(price, -kWidest, kWidest); }

TokenParams sane(TokenParams p) {
  for (SpanNs* span : {&p.window, &p.buy_ttl, &p.signal_grace, &p.pull_cooldown, &p.buy_requote_interval,
                       &p.sell_requote_interval, &p.sell_only_before_end}) {
    *span = sane_span(*span);
  }
  for (Micros* ratio : {&p.drop, &p.drop_step, &p.drop_cap, &p.profit, &p.max_spread}) {
    *ratio = std::clamp<Micros>(*ratio, 0, 1'000'000'000);
  }
  for (PriceRaw* price :
       {&p.buy_price_threshold, &p.min_buy_price, &p.max_buy_price, &p.min_price, &p.max_price, &p.min_profit}) {
    *price = sane_price(*price);
  }
  for (int* ticks : {&p.min_drop_ticks, &p.min_profit_ticks, &p.max_chase_ticks, &p.max_spread_ticks}) {
    *ticks = std::clamp(*ticks, -1, kOne);
  }
  return p;
}

MarketConfig sane(MarketConfig m) {
  m.tick = std::clamp<PriceRaw>(m.tick, 1, kOne);
  m.min_size = std::clamp<Micros>(m.min_size, 0, kHugeSize);
  m.end = std::clamp<TimeNs>(m.end, 0, TimeNs{4'000'000'000} * kSecond);
  m.fee_rate_bps = std::clamp(m.fee_rate_bps, 0, 10'000);
  m.fee_exponent = std::clamp(m.fee_exponent, 0, 2);
  for (auto& token : m.tokens) token.params = sane(token.params);
  return m;
}

LimitConfig sane(LimitConfig l) {
  for (Micros* limit : {&l.per_order, &l.per_token, &l.per_market, &l.per_event, &l.total, &l.daily_loss}) {
    *limit = std::clamp<Micros>(*limit, 0, INT64_MAX / 4);
  }
  return l;
}

CheckerConfig sane(CheckerConfig c) {
  c.limits = sane(c.limits);
  c.starting_cash = std::clamp<Micros>(c.starting_cash, -INT64_MAX / 8, INT64_MAX / 8);
  for (SpanNs* span :
       {&c.soft_stale_after, &c.link_stale, &c.hash_check_min_interval, &c.evaluation_interval, &c.round_trip}) {
    *span = sane_span(*span);
  }
  c.money_tolerance_per_leg = std::clamp<Micros>(c.money_tolerance_per_leg, 0, 1'000'000);
  return c;
}

PlaceClaim sane(PlaceClaim c) {
  c.price = std::clamp<PriceRaw>(c.price, 0, kWidest);
  c.size = std::clamp<Micros>(c.size, 0, kHugeSize);
  c.reference_bid = sane_price(c.reference_bid);
  c.floor = sane_price(c.floor);
  return c;
}

Leg sane(Leg leg) {
  leg.price = std::clamp<PriceRaw>(leg.price, 0, kOne);
  leg.size = sane_size(leg.size);
  leg.fee = std::clamp<Micros>(leg.fee, 0, kHugeSize);
  leg.amount = std::clamp<Micros>(leg.amount, -1, kHugeSize);
  return leg;
}

}  // namespace

Checker::Impl::Impl(CheckerConfig given)
    : config(sane(std::move(given))),
      report(config.max_violations),
      received_(config.starting_cash),
      truth_(config.starting_cash) {
  for (const MarketConfig& m : config.markets) add_market(m);
}

void Checker::Impl::add_market(const MarketConfig& given) {
  const MarketConfig m = sane(given);
  if (m.condition_id.empty()) return;
  const auto [it, fresh] = market_index_.try_emplace(m.condition_id, markets_.size());
  if (fresh) {
    MarketWatch watch;
    watch.config = m;
    watch.event = m.event.empty() ? "condition " + m.condition_id : "event " + m.event;
    events_[watch.event].push_back(it->second);
    markets_.push_back(std::move(watch));
  }
  MarketWatch& watch = markets_[it->second];
  for (std::size_t i = 0; i < 2; ++i) {
    const TokenConfig& t = m.tokens[i];
    if (t.token_id.empty() || watch.tokens[i] != kNoToken || token_index_.contains(t.token_id)) continue;
    auto token = std::make_unique<TokenWatch>(HashIdentity{m.condition_id, t.token_id, m.min_size, m.neg_risk}, m.tick,
                                              config.hash_check_min_interval);
    token->market = it->second;
    token->connection = m.connection;
    token->params = t.params;
    token->drop = t.params.drop;
    watch.tokens[i] = tokens_.size();
    token_index_.emplace(t.token_id, tokens_.size());
    tokens_.push_back(std::move(token));
  }
  if (watch.tokens[0] != kNoToken && watch.tokens[1] != kNoToken) {
    tokens_[watch.tokens[0]]->sibling = watch.tokens[1];
    tokens_[watch.tokens[1]]->sibling = watch.tokens[0];
  }
  received_.grow(tokens_.size());
  truth_.grow(tokens_.size());
}

void Checker::Impl::set_params(std::string_view token_id, const TokenParams& params) {
  const std::size_t index = token_of(token_id);
  if (index == kNoToken) return;
  TokenWatch& token = *tokens_[index];
  const bool new_drop = params.drop != token.params.drop;
  token.params = sane(params);
  if (new_drop) token.drop = token.params.drop;
  token.due_since = 0;
}

std::size_t Checker::Impl::token_of(std::string_view token_id) const {
  const auto it = token_index_.find(token_id);
  return it == token_index_.end() ? kNoToken : it->second;
}
MarketWatch* Checker::Impl::market_of(std::string_view condition_id) {
  const auto it = market_index_.find(condition_id);
  return it == market_index_.end() ? nullptr : &markets_[it->second];
}
OrderWatch* Checker::Impl::order_of(std::string_view id) {
  const auto it = orders_.find(id);
  return it == orders_.end() ? nullptr : it->second.get();
}
std::size_t Checker::Impl::index_of(const TokenWatch& token) const { return token_of(token.id); }

Checker::Checker(CheckerConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
Checker::~Checker() = default;
Checker::Checker(Checker&&) noexcept = default;
Checker& Checker::operator=(Checker&&) noexcept = default;

void Checker::add_market(TimeNs time, const MarketConfig& market) {
  impl_->advance(time);
  impl_->add_market(market);
}
void Checker::set_params(TimeNs time, std::string_view token_id, const TokenParams& params) {
  impl_->advance(time);
  impl_->set_params(token_id, params);
}
void Checker::set_limits(TimeNs time, const LimitConfig& limits) {
  impl_->advance(time);
  impl_->config.limits = sane(limits);
}
void Checker::on_market_frame(TimeNs time, std::uint32_t connection, std::string_view text) {
  impl_->advance(time);
  impl_->market_frame(connection, text);
}
void Checker::on_link_alive(TimeNs time, std::uint32_t connection) {
  impl_->advance(time);
  impl_->link_alive(connection);
}
void Checker::on_connection(TimeNs time, std::uint32_t connection, ConnectionState state) {
  impl_->advance(time);
  impl_->connection(connection, state);
}
void Checker::on_gap(TimeNs time, std::uint32_t connection) {
  impl_->advance(time);
  impl_->gap(connection);
}
void Checker::on_book_answer(TimeNs time, std::string_view token_id, bool ok, std::string_view text) {
  impl_->advance(time);
  if (ok) impl_->book_answer(token_id, text);
}
void Checker::on_user_frame(TimeNs time, std::string_view text) {
  impl_->advance(time);
  impl_->user_frame(text);
}
void Checker::on_place_answer(TimeNs time, std::string_view id, PlaceAnswer outcome, std::string_view) {
  impl_->advance(time);
  impl_->place_answer(id, outcome);
}
void Checker::on_cancel_answer(TimeNs time, std::string_view id, CancelAnswer outcome, std::string_view) {
  impl_->advance(time);
  impl_->cancel_answer(id, outcome);
}
void Checker::on_status_answer(TimeNs time, std::string_view id, StatusAnswer status, Micros matched) {
  impl_->advance(time);
  impl_->status_answer(id, status, sane_size(matched));
}
void Checker::on_trade_answer(TimeNs time, const Leg& leg) {
  impl_->advance(time);
  impl_->received_leg(sane(leg));
}
void Checker::on_venue_mode(TimeNs time, VenueMode mode) {
  impl_->advance(time);
  impl_->venue_mode = mode;
  impl_->venue_answers = mode != VenueMode::restarting && mode != VenueMode::disabled;
}
void Checker::on_operator(TimeNs time, OperatorAction action, std::string_view token_id) {
  impl_->advance(time);
  impl_->operate(action, token_id);
}
void Checker::on_tick(TimeNs time) { impl_->advance(time); }
void Checker::on_place(TimeNs time, const PlaceClaim& claim) {
  impl_->advance(time);
  impl_->place(sane(claim));
}
void Checker::on_cancel(TimeNs time, std::string_view id, std::string_view reason) {
  impl_->advance(time);
  impl_->cancel(id, reason);
}
void Checker::on_over(TimeNs time, std::string_view id) {
  impl_->advance(time);
  impl_->over(id);
}
void Checker::on_sweep(TimeNs time) {
  impl_->advance(time);
  impl_->sweep();
}
void Checker::on_trades_page(TimeNs time, bool last) {
  impl_->advance(time);
  if (last) impl_->trades_listed = true;
}
void Checker::on_heartbeat(TimeNs time) {
  impl_->advance(time);
  impl_->last_heartbeat = impl_->now;
}
void Checker::on_signal(TimeNs time, std::string_view token_id, std::string_view) {
  impl_->advance(time);
  impl_->signal(token_id);
}
void Checker::on_named(TimeNs time, std::string_view token_id, std::string_view state) {
  impl_->advance(time);
  impl_->named(token_id, state);
}
void Checker::on_adopt(TimeNs time, std::string_view token_id, Micros size, Micros cost, bool cost_known) {
  impl_->advance(time);
  impl_->adopt(token_id, sane_size(size), sane_size(cost), cost_known);
}
void Checker::on_crash(TimeNs time) {
  impl_->advance(time);
  impl_->crash();
}
void Checker::on_disk(TimeNs time, bool takes) {
  impl_->advance(time);
  impl_->disk_takes = takes;
}
void Checker::on_stall(TimeNs time, Thread thread, bool stands) {
  impl_->advance(time);
  impl_->stall(thread, stands);
}
void Checker::on_beat(TimeNs time) {
  impl_->advance(time);
  impl_->beat();
}
void Checker::on_restart(TimeNs time, const RestartClaim& claim) {
  impl_->advance(time);
  impl_->restart(claim);
}
void Checker::on_clock_leap(TimeNs time, SpanNs span) {
  impl_->advance(time);
  impl_->clock_leap(sane_span(span));
}
void Checker::on_ledger_leg(TimeNs time, std::string_view trade_id, std::string_view order_id) {
  impl_->advance(time);
  impl_->ledger_leg(trade_id, order_id);
}
void Checker::on_ledger_claim(TimeNs time, const LedgerClaim& claim) {
  impl_->advance(time);
  impl_->ledger_claim(claim);
}
void Checker::on_commands_digest(TimeNs time, std::string_view digest) {
  impl_->advance(time);
  impl_->commands_digest(digest);
}
void Checker::on_truth_order(TimeNs time, std::string_view id, TruthOrderEvent event, Micros remaining) {
  impl_->advance(time);
  impl_->truth_order(id, event, sane_size(remaining));
}
void Checker::on_truth_fill(TimeNs time, const Leg& leg) {
  impl_->advance(time);
  impl_->truth_fill(sane(leg));
}
void Checker::on_truth_external(TimeNs time, std::string_view token_id, Micros size_change, Micros cash_change) {
  impl_->advance(time);
  impl_->truth_external(token_id, sane_size(size_change), sane_size(cash_change));
}
void Checker::on_truth_account(TimeNs time, const TruthAccount& account) {
  impl_->advance(time);
  impl_->truth_account(account);
}
void Checker::on_market_closed(TimeNs time, std::string_view condition_id) {
  impl_->advance(time);
  impl_->market_closed(condition_id);
}
void Checker::on_market_resolved(TimeNs time, std::string_view condition_id, std::string_view winner) {
  impl_->advance(time);
  impl_->market_resolved(condition_id, winner);
}
void Checker::on_truth_redeemed(TimeNs time, std::string_view condition_id) {
  impl_->advance(time);
  impl_->redeemed(condition_id);
}
void Checker::on_paper_grant(TimeNs time, const PaperGrant& grant) {
  impl_->advance(time);
  PaperGrant g = grant;
  g.size = sane_size(g.size);
  impl_->paper_grant(g);
}
void Checker::on_paper_used(TimeNs time, const PaperUsed& used) {
  impl_->advance(time);
  PaperUsed u = used;
  u.size = sane_size(u.size);
  impl_->paper_used(u);
}
void Checker::finish(TimeNs time, Ending ending) {
  impl_->advance(time);
  impl_->finish(ending);
}

std::uint64_t Checker::checks() const { return impl_->report.checks(); }
const std::map<std::string, std::uint64_t>& Checker::checks_by_rule() const { return impl_->report.checks_by_rule(); }
std::uint64_t Checker::violation_count() const { return impl_->report.count(); }
const std::map<std::string, std::uint64_t>& Checker::violations_by_rule() const { return impl_->report.by_rule(); }
const std::vector<Violation>& Checker::violations() const { return impl_->report.kept(); }

}  // namespace ebb::checker
