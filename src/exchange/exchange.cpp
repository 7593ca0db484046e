// Time, markets, accounts, and the public face.
#include "exchange/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "exchange/exchange_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::uint64_t kSettlementStream = 0x5E77;
constexpr std::uint64_t kIdStream = 0x1D;
constexpr std::uint64_t kIdentityStream = 0xACC0'0000;
constexpr double kNormalP99 = 2.3263478740408408;  // the 99th percentile of the standard normal

Identity make_identity(std::uint64_t seed, std::uint32_t account) {
  Random random = Random::stream(seed, kIdentityStream + account);
  const std::uint64_t a = random.next(), b = random.next(), c = random.next(), d = random.next(), e = random.next();
  return {
      fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", a >> 32, a & 0xFFFF, b & 0xFFF, (b >> 12) & 0xFFF, b >> 16),
      fmt::format("0x{:016x}{:016x}{:08x}", c, d, e >> 32)};
}

double sigma_of(const SettlementConfig& settlement) {
  const double ratio = static_cast<double>(settlement.p99.raw()) / static_cast<double>(settlement.median.raw());
  return portable_log(std::max(ratio, 1.0)) / kNormalP99;
}

}  // namespace

Exchange::Impl::Impl(const ExchangeConfig& c)
    : config(c),
      settlement_random(Random::stream(c.seed, kSettlementStream)),
      id_random(Random::stream(c.seed, kIdStream)),
      settlement_sigma(sigma_of(c.settlement)),
      outbox(c.emit_order) {
  house = bank.open();
  accounts.push_back({make_identity(config.seed, 0), false, kNoSlot, kNoSlot, {}});
}

// ---- time ----

void Exchange::Impl::schedule(Timestamp at, TaskKind kind, std::uint32_t index, std::uint64_t detail) {
  tasks.push({std::max(at, now), ++task_sequence, kind, index, detail});
}

Timestamp Exchange::Impl::next_event_time() const {
  Timestamp next = tasks.empty() ? kNever : tasks.top().at;
  for (const auto& participant : participants) next = std::min(next, participant->next_time());
  return next;
}

void Exchange::Impl::do_task(const Task& task) {
  switch (task.kind) {
    case TaskKind::trade_step: trade_step(task.index); break;
    case TaskKind::expiry:
      if (orders[task.index].serial == task.detail && orders[task.index].end == OrderEnd::live) {
        remove_order(task.index, EndCause::expired);
      }
      break;
    case TaskKind::resolution: resolve(model::MarketIndex(task.index), static_cast<std::int64_t>(task.detail)); break;
    case TaskKind::payout: pay_out(model::MarketIndex(task.index)); break;
  }
}

void Exchange::Impl::run_due(Timestamp until) {
  running = true;
  for (;;) {
    const Timestamp next = next_event_time();
    if (next > until || next == kNever) break;
    now = std::max(now, next);
    if (!tasks.empty() && tasks.top().at <= next) {
      const Task task = tasks.top();
      tasks.pop();
      do_task(task);
      continue;
    }
    for (const auto& participant : participants) {
      if (participant->next_time() > next) continue;
      participant->act(*self, now);
      CHECK(participant->next_time() > next);
      break;
    }
  }
  running = false;
}

void Exchange::Impl::catch_up(Timestamp to) {
  CHECK(to >= now);
  if (running) return;
  run_due(to);
  now = std::max(now, to);
}

// ---- money ----

void Exchange::Impl::change_cash(AccountIndex account, std::int64_t change, TruthBalanceCause cause) {
  Purse& purse = bank.purse(account);
  purse.cash += change;
  if (streamed(account)) truth.balances.push_back({now, account, model::TokenIndex::none(), cause, change, purse.cash});
}

void Exchange::Impl::change_shares(AccountIndex account, model::TokenIndex token, std::int64_t change,
                                   TruthBalanceCause cause) {
  Holding& holding = bank.holding(account, token);
  holding.settled += change;
  if (streamed(account)) truth.balances.push_back({now, account, token, cause, change, holding.settled});
}

void Exchange::Impl::mint_pairs(AccountIndex payer, model::MarketIndex market, std::int64_t size) {
  change_cash(payer, -size, TruthBalanceCause::split);
  Vault& vault = bank.vault(market);
  vault.collateral += size;
  for (int outcome = 0; outcome < 2; ++outcome) {
    vault.supply[outcome] += size;
    change_shares(payer, markets.token_of(market, outcome), size, TruthBalanceCause::split);
  }
}

void Exchange::Impl::give_shares(AccountIndex account, model::TokenIndex token, Shares size, TruthBalanceCause cause) {
  bank.add_deposits(size.raw());
  change_cash(house, size.raw(), TruthBalanceCause::deposit);
  mint_pairs(house, markets.token(token).market, size.raw());
  change_shares(house, token, -size.raw(), cause);
  change_shares(account, token, size.raw(), cause);
}

Audit Exchange::Impl::audit() const {
  Audit sum;
  for (std::uint32_t a = 0; a < bank.size(); ++a) {
    const Purse& purse = bank.purse(AccountIndex(a));
    sum.cash += Usdc(purse.cash);
    const std::int64_t available = purse.cash - purse.matched_buys;
    sum.no_negative &= purse.cash >= 0 && purse.matched_buys >= 0 && available >= 0 && purse.open_buys >= 0;
    if (config.cash_gate == CashGate::global) sum.no_negative &= purse.open_buys <= available;
    for (const std::int64_t open : purse.open_buys_by_market) sum.no_negative &= open >= 0 && open <= available;
    for (const Holding& h : purse.holdings) {
      sum.no_negative &=
          h.settled >= 0 && h.matched_buys >= 0 && h.matched_sells >= 0 && h.open_sells >= 0 && h.free() >= 0;
    }
  }
  for (std::uint32_t m = 0; m < listings.size(); ++m) {
    const Vault& vault = bank.vault(model::MarketIndex(m));
    sum.collateral += Usdc(vault.collateral);
    std::int64_t held[2] = {0, 0};
    for (std::uint32_t a = 0; a < bank.size(); ++a) {
      for (int o = 0; o < 2; ++o)
        held[o] += bank.holding(AccountIndex(a), markets.token_of(model::MarketIndex(m), o)).settled;
    }
    sum.supplies_equal &= held[0] == vault.supply[0] && held[1] == vault.supply[1];
    if (!listings[m]->paid) {
      sum.supplies_equal &= vault.supply[0] == vault.supply[1] && vault.supply[0] == vault.collateral;
    }
  }
  sum.fees = Usdc(bank.fees());
  sum.deposits = Usdc(bank.deposits());
  return sum;
}

// ---- the public face ----

Exchange::Exchange(ExchangeConfig config) : impl_(std::make_unique<Impl>(config)) { impl_->self = this; }
Exchange::~Exchange() = default;

Expected<model::MarketIndex> Exchange::add_market(model::MarketSpec spec, Timestamp now, bool announce) {
  impl_->catch_up(now);
  if (spec.tokens[0].token_id.empty() || spec.tokens[1].token_id.empty()) {
    return fail("market.invalid", "market " + spec.condition_id + " has not two tokens");
  }
  const Price tick = spec.tick;
  TRY(market, impl_->markets.add(std::move(spec)));
  impl_->listings.push_back(std::make_unique<Impl::Listing>());
  impl_->listings.back()->tick = tick;
  impl_->listings.back()->changed_ms = now.ms();
  impl_->bank.add_market();
  if (announce) {
    impl_->emit_market(market, MarketEventKind::new_market, model::TokenIndex::none(),
                       new_market(impl_->spec(market), market.value() + 1, now.ms()));
    impl_->outbox.flush();
  }
  return market;
}

const model::MarketTable& Exchange::markets() const { return impl_->markets; }

void Exchange::schedule_resolution(model::MarketIndex market, Timestamp at, std::int64_t yes_payout_micros) {
  CHECK(yes_payout_micros >= 0 && yes_payout_micros <= kUsdcScale);
  impl_->schedule(at, Impl::TaskKind::resolution, market.value(), static_cast<std::uint64_t>(yes_payout_micros));
}

bool Exchange::is_open(model::MarketIndex market) const { return impl_->listing(market).open; }

void Exchange::change_tick(Timestamp now, model::MarketIndex market, Price new_tick) {
  impl_->catch_up(now);
  impl_->change_tick(market, new_tick);
}

Price Exchange::tick(model::MarketIndex market) const { return impl_->listing(market).tick; }
void Exchange::set_mode(model::VenueMode mode) { impl_->mode = mode; }
model::VenueMode Exchange::mode() const { return impl_->mode; }
void Exchange::set_emit_order(std::uint64_t seed) { impl_->outbox.set_emit_order(seed); }
void Exchange::set_failure_probability(double probability) {
  impl_->config.settlement.failure_probability = probability;
}
void Exchange::set_matched_leak(double share) {
  impl_->matched_leak = share;
  if (share <= 0.0) impl_->bank.forget_leaks();
}

AccountIndex Exchange::open_account(const AccountSpec& spec, Timestamp now) {
  impl_->catch_up(now);
  const AccountIndex account = impl_->bank.open();
  impl_->accounts.push_back({spec.identity ? *spec.identity : make_identity(impl_->config.seed, account.value()),
                             spec.streamed,
                             Impl::kNoSlot,
                             Impl::kNoSlot,
                             {}});
  deposit(now, account, spec.deposit);
  for (const ShareGrant& grant : spec.shares) {
    impl_->give_shares(account, grant.token, grant.size, TruthBalanceCause::deposit);
  }
  return account;
}

const Identity& Exchange::identity(AccountIndex account) const { return impl_->accounts[account.value()].identity; }

void Exchange::deposit(Timestamp now, AccountIndex account, Usdc amount) {
  CHECK(amount.raw() >= 0);
  impl_->catch_up(now);
  impl_->bank.add_deposits(amount.raw());
  impl_->change_cash(account, amount.raw(), TruthBalanceCause::deposit);
}

Usdc Exchange::withdraw(Timestamp now, AccountIndex account, Usdc amount) {
  impl_->catch_up(now);
  const Purse& purse = impl_->bank.purse(account);
  const Usdc taken(std::min(amount.raw(), purse.cash - purse.matched_buys));
  impl_->bank.add_deposits(-taken.raw());
  impl_->change_cash(account, -taken.raw(), TruthBalanceCause::withdrawal);
  impl_->enforce_cover(account);
  return taken;
}

bool Exchange::split(Timestamp now, AccountIndex account, model::MarketIndex market, Shares size) {
  impl_->catch_up(now);
  const Purse& purse = impl_->bank.purse(account);
  if (size.raw() <= 0 || size.raw() > purse.cash - purse.matched_buys - purse.open_buys) return false;
  impl_->mint_pairs(account, market, size.raw());
  return true;
}

Shares Exchange::take_shares(Timestamp now, AccountIndex account, model::TokenIndex token, Shares size) {
  impl_->catch_up(now);
  const Holding holding = impl_->bank.holding(account, token);
  const Shares taken(std::min(size.raw(), holding.settled - holding.matched_sells));
  impl_->change_shares(account, token, -taken.raw(), TruthBalanceCause::withdrawal);
  impl_->change_shares(impl_->house, token, taken.raw(), TruthBalanceCause::deposit);
  impl_->enforce_shares(account, token);
  return taken;
}

PlaceResult Exchange::place(Timestamp now, const OrderRequest& request) {
  impl_->catch_up(now);
  return impl_->place(request);
}

Preview Exchange::preview(Timestamp now, const OrderRequest& request) {
  impl_->catch_up(now);
  return impl_->preview(request);
}

CancelResult Exchange::cancel(Timestamp now, AccountIndex account, const model::OrderId& id) {
  impl_->catch_up(now);
  return impl_->cancel(account, id);
}

std::vector<CancelResult> Exchange::cancel_all(Timestamp now, AccountIndex account) {
  impl_->catch_up(now);
  std::vector<CancelResult> results;
  for (const OpenOrder& order : open_orders(account)) results.push_back(impl_->cancel(account, order.id));
  return results;
}

std::vector<CancelResult> Exchange::cancel_market(Timestamp now, AccountIndex account, model::MarketIndex market) {
  impl_->catch_up(now);
  std::vector<CancelResult> results;
  for (const OpenOrder& order : open_orders(account)) {
    if (impl_->markets.token(order.token).market == market) results.push_back(impl_->cancel(account, order.id));
  }
  return results;
}

OrderStatus Exchange::status(AccountIndex account, const model::OrderId& id) const {
  OrderStatus result;
  result.id = id;
  const auto it = impl_->orders_by_id.find(id);
  if (it == impl_->orders_by_id.end() || impl_->orders[it->second].account != account) return result;
  const Impl::OrderRecord& order = impl_->orders[it->second];
  static constexpr model::VenueOrderStatus kStatus[] = {model::VenueOrderStatus::live, model::VenueOrderStatus::matched,
                                                        model::VenueOrderStatus::canceled};
  result.status = kStatus[static_cast<std::size_t>(order.end)];
  result.size_matched = order.matched;
  result.original_size = order.original;
  return result;
}

std::vector<OpenOrder> Exchange::open_orders(AccountIndex account) const {
  std::vector<OpenOrder> open;
  for (Impl::Slot slot = impl_->accounts[account.value()].oldest; slot != Impl::kNoSlot;
       slot = impl_->orders[slot].next) {
    const Impl::OrderRecord& o = impl_->orders[slot];
    open.push_back({o.id, o.token, o.side, o.type, o.price, o.original, o.matched, o.created, o.expiration});
  }
  return open;
}

std::vector<model::UserTrade> Exchange::trades_since(AccountIndex account, Timestamp since) const {
  std::vector<model::UserTrade> found;
  for (const Impl::Slot slot : impl_->accounts[account.value()].trades) {
    const Impl::Trade& trade = impl_->trades[slot];
    if (trade.updated < since) continue;
    for (std::size_t i = 0; i < trade.legs.size(); ++i) {
      const Impl::Leg& leg = trade.legs[i];
      if (leg.account != account) continue;
      found.push_back(
          {trade.id, leg.order, leg.token, leg.side, leg.price, leg.size, trade.status, i != 0, trade.matched});
    }
  }
  return found;
}

Shares Exchange::position(AccountIndex account, model::TokenIndex token) const {
  return Shares(impl_->bank.holding(account, token).settled);
}
Usdc Exchange::balance(AccountIndex account) const { return Usdc(impl_->bank.purse(account).cash); }

AccountView Exchange::account(AccountIndex account) const {
  const Purse& purse = impl_->bank.purse(account);
  return {Usdc(purse.cash), Usdc(purse.matched_buys), Usdc(purse.open_buys)};
}

HoldingView Exchange::holding(AccountIndex account, model::TokenIndex token) const {
  const Holding h = impl_->bank.holding(account, token);
  return {Shares(h.settled), Shares(h.matched_sells), Shares(h.open_sells), Shares(h.matched_buys)};
}

std::string Exchange::book_json(model::TokenIndex token) const {
  const model::MarketIndex market = impl_->markets.token(token).market;
  const std::uint8_t outcome = impl_->outcome_of(token);
  return rest_book(impl_->spec(market), outcome, impl_->token_book(market, outcome));
}

std::string Exchange::snapshot_frame(std::span<const model::TokenIndex> tokens) const {
  std::string text = "[";
  for (const model::TokenIndex token : tokens) {
    const model::MarketIndex market = impl_->markets.token(token).market;
    const std::uint8_t outcome = impl_->outcome_of(token);
    if (text.size() > 1) text += ',';
    text += initial_book(impl_->spec(market), outcome, impl_->token_book(market, outcome));
  }
  text += ']';
  return text;
}

model::Quote Exchange::quote(model::TokenIndex token) const {
  return impl_->quote(impl_->markets.token(token).market, impl_->outcome_of(token));
}

Shares Exchange::level_size(model::TokenIndex token, model::Side side, Price price) const {
  const std::uint8_t outcome = impl_->outcome_of(token);
  return impl_->listing(impl_->markets.token(token).market)
      .book.level_size(direction_of(outcome, side), in_terms_of(outcome, price));
}

Price Exchange::last_trade(model::TokenIndex token) const {
  return impl_->listing(impl_->markets.token(token).market).last_trade[impl_->outcome_of(token)];
}

const OrderBook& Exchange::book(model::MarketIndex market) const { return impl_->listing(market).book; }

void Exchange::attach(std::unique_ptr<Participant> participant) {
  impl_->participants.push_back(std::move(participant));
}

void Exchange::advance(Timestamp now) { impl_->catch_up(now); }
Timestamp Exchange::next_event_time() const { return impl_->next_event_time(); }
Timestamp Exchange::now() const { return impl_->now; }
std::vector<Outgoing> Exchange::take_outgoing() { return impl_->outbox.take(); }
const Truth& Exchange::truth() const { return impl_->truth; }
Audit Exchange::audit() const { return impl_->audit(); }
std::uint64_t Exchange::market_events() const { return impl_->market_events; }

}  // namespace ebb::exchange
