#include "exchange/paper_venue.hpp"

#include <algorithm>

#include "exchange/paper_venue_impl.hpp"

namespace ebb::exchange {

using namespace paper;

PaperVenue::Impl::Impl(PaperConfig config)
    : config_(std::move(config)),
      account_(config_.starting_cash),
      log_(config_.keep_audit),
      placement_random_(Random::stream(config_.seed, 1)),
      cancel_random_(Random::stream(config_.seed, 2)),
      settlement_random_(Random::stream(config_.seed, 3)),
      id_random_(Random::stream(config_.seed, 4)),
      gaps_(config_.gap_after, config_.gap_min_frames) {}

// ---- markets ----

Expected<model::MarketIndex> PaperVenue::Impl::add_market(const model::MarketSpec& spec) {
  TRY(index, table_.add(spec));
  markets_.push_back(
      {MarketFeed(), FillModel(config_, log_), model::ConnectionIndex::none(), spec.tick, spec.min_order_size, {}});
  account_.grow(table_.market_count(), table_.token_count());
  return index;
}

Expected<model::TokenIndex> PaperVenue::Impl::add_sibling(model::MarketIndex market, std::string token_id,
                                                          std::string outcome) {
  TRY(token, table_.add_sibling(market, std::move(token_id), std::move(outcome)));
  account_.grow(table_.market_count(), table_.token_count());
  return token;
}

std::optional<Place> PaperVenue::Impl::locate(std::string_view asset_id, std::string_view market) const {
  const model::TokenIndex token = table_.find_token(asset_id);
  if (token.valid()) return Place{table_.token(token).market, table_.token(token).outcome, token};
  const model::MarketIndex index = table_.find_market(market);
  if (!index.valid() || asset_id.empty()) return std::nullopt;
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {  // the one token of the market that nobody has named yet
    if (!table_.token_of(index, outcome).valid()) return Place{index, outcome, model::TokenIndex::none()};
  }
  return std::nullopt;
}

// ---- time ----

void PaperVenue::Impl::schedule(Timestamp at, Due kind, std::size_t index) {
  pending_.push({std::max(at, now_), sequence_++, kind, static_cast<std::uint32_t>(index)});
}

void PaperVenue::Impl::enter(Timestamp now) {
  advance(now);
  now_ = std::max(now_, now);
}

void PaperVenue::Impl::advance(Timestamp now) {
  while (!pending_.empty() && pending_.top().at <= now) {
    const Pending event = pending_.top();
    pending_.pop();
    now_ = std::max(now_, event.at);
    run(event);
  }
}

Timestamp PaperVenue::Impl::delay(Random& random, const LatencyConfig& latency) const {
  if (latency.sigma <= 0.0) return now_ + latency.median;
  const double ns = random.lognormal(static_cast<double>(latency.median.raw()), latency.sigma);
  return now_ + Duration(static_cast<std::int64_t>(ns));
}

void PaperVenue::Impl::run(const Pending& event) {
  switch (event.kind) {
    case Due::arrival: return arrive(OrderRequest(requests_[event.index]));
    case Due::cancel: return answer_cancel(asked_[event.index]);
    case Due::query: return answer(status(asked_[event.index]));
    case Due::expiry: return expire(event.index);
    case Due::mined: return advance_trade(event.index, model::TradeStatus::mined);
    case Due::confirmed: return advance_trade(event.index, model::TradeStatus::confirmed);
    case Due::payout: return pay_out(event.index);
  }
}

// ---- questions ----

OrderStatus PaperVenue::Impl::status(const OrderId& id) const {
  OrderStatus status;
  status.id = id;
  const auto it = orders_by_id_.find(id);
  if (it == orders_by_id_.end()) return status;
  const Order& order = orders_[it->second];
  status.status = order.status;
  status.size_matched = order.matched;
  status.original_size = order.size;
  return status;
}

std::vector<model::UserTrade> PaperVenue::Impl::trades_since(Timestamp since) const {
  std::vector<model::UserTrade> legs;
  for (const Trade& trade : trades_) {
    if (trade.updated_at < since) continue;
    model::UserTrade leg;
    leg.trade = *model::make_trade_id(trade.id);
    leg.order = orders_[trade.order].request.id;
    leg.token = trade.leg.token;
    leg.side = trade.leg.side;
    leg.price = trade.price;
    leg.size = trade.leg.size;
    leg.status = trade.status;
    leg.maker = trade.maker;
    leg.time = trade.matched_at;
    legs.push_back(leg);
  }
  return legs;
}

model::Quote PaperVenue::Impl::quote(model::TokenIndex token) const {
  const model::TokenEntry& entry = table_.token(token);
  const model::Quote yes = markets_[entry.market.value()].feed.book().quote();
  if (entry.outcome == 0) return yes;
  return {complement(yes.ask), complement(yes.bid), yes.ask_size, yes.bid_size};
}

PaperReport PaperVenue::Impl::report() {
  PaperReport report = count_;
  for (Market& market : markets_) {
    market.fills.settle_falls(kNever);
    report.optimistic_fills += market.fills.shadow_fills();
    report.optimistic_shares += market.fills.shadow_shares();
    report.stale_books += market.feed.stale();
    report.open += market.open.size();
  }
  report.by_rule = log_.by_rule();
  report.fills = fills_.size();
  for (const PaperFill& fill : fills_) report.shares += fill.size;
  for (const Order& order : orders_) {
    report.filled += order.status == model::VenueOrderStatus::matched ? 1 : 0;
    report.partially_filled += order.matched.raw() > 0 && order.status != model::VenueOrderStatus::matched ? 1 : 0;
  }
  if (!queues_.empty()) {
    std::vector<std::int64_t> sorted = queues_;
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    report.median_queue = Shares(*middle);
  }
  report.fees = account_.fees();
  return report;
}

// ---- PaperVenue ----

PaperVenue::PaperVenue(PaperConfig config) : impl_(std::make_unique<Impl>(std::move(config))) {}
PaperVenue::~PaperVenue() = default;
PaperVenue::PaperVenue(PaperVenue&&) noexcept = default;
PaperVenue& PaperVenue::operator=(PaperVenue&&) noexcept = default;

Expected<model::MarketIndex> PaperVenue::add_market(const model::MarketSpec& spec) { return impl_->add_market(spec); }
Expected<model::TokenIndex> PaperVenue::add_sibling(model::MarketIndex market, std::string token_id,
                                                    std::string outcome) {
  return impl_->add_sibling(market, std::move(token_id), std::move(outcome));
}
const model::MarketTable& PaperVenue::markets() const { return impl_->table_; }
void PaperVenue::deposit_shares(model::TokenIndex token, Shares size) { impl_->account_.deposit_shares(token, size); }

void PaperVenue::on_frame(Timestamp received, const model::DecodedFrame& frame, model::ConnectionIndex connection) {
  impl_->on_frame(received, frame, connection);
}
void PaperVenue::feed_lost(Timestamp now, model::ConnectionIndex connection) {
  impl_->enter(now);
  impl_->lose(connection);
}
void PaperVenue::distrust(Timestamp now, model::MarketIndex market) {
  impl_->enter(now);
  impl_->distrust(impl_->markets_[market.value()]);
}
void PaperVenue::end_of_feed(Timestamp now, model::MarketIndex market) {
  impl_->enter(now);
  impl_->end_market(market);
}
void PaperVenue::end_of_feed(Timestamp now) {
  impl_->enter(now);
  for (std::uint32_t i = 0; i < impl_->markets_.size(); ++i) impl_->end_market(model::MarketIndex(i));
}

void PaperVenue::place(Timestamp now, const OrderRequest& request) {
  impl_->enter(now);
  impl_->requests_.push_back(request);
  impl_->schedule(impl_->delay(impl_->placement_random_, impl_->config_.placement), Due::arrival,
                  impl_->requests_.size() - 1);
}
void PaperVenue::cancel(Timestamp now, const OrderId& id) {
  impl_->enter(now);
  impl_->asked_.push_back(id);
  impl_->schedule(impl_->delay(impl_->cancel_random_, impl_->config_.cancel), Due::cancel, impl_->asked_.size() - 1);
}
void PaperVenue::query(Timestamp now, const OrderId& id) {
  impl_->enter(now);
  impl_->asked_.push_back(id);
  impl_->schedule(impl_->delay(impl_->cancel_random_, impl_->config_.cancel), Due::query, impl_->asked_.size() - 1);
}

Timestamp PaperVenue::next_event_time() const { return impl_->pending_.empty() ? kNever : impl_->pending_.top().at; }
void PaperVenue::advance(Timestamp now) { impl_->enter(now); }
Timestamp PaperVenue::now() const { return impl_->now_; }
std::vector<PaperOutput> PaperVenue::take_outputs() { return std::exchange(impl_->outputs_, {}); }

Usdc PaperVenue::cash() const { return impl_->account_.cash(); }
Usdc PaperVenue::balance() const { return impl_->account_.balance(); }
Usdc PaperVenue::reserved() const { return impl_->account_.reserved(); }
Shares PaperVenue::position(model::TokenIndex token) const { return impl_->account_.position(token); }
Shares PaperVenue::settled(model::TokenIndex token) const { return impl_->account_.settled(token); }
std::vector<model::UserTrade> PaperVenue::trades_since(Timestamp since) const { return impl_->trades_since(since); }
OrderStatus PaperVenue::status(const OrderId& id) const { return impl_->status(id); }

model::Quote PaperVenue::quote(model::TokenIndex token) const { return impl_->quote(token); }
bool PaperVenue::trusted(model::MarketIndex market) const { return impl_->markets_[market.value()].feed.trusted(); }
Price PaperVenue::tick(model::MarketIndex market) const { return impl_->markets_[market.value()].tick; }
const std::vector<PaperFill>& PaperVenue::fills() const { return impl_->fills_; }
const PaperAudit& PaperVenue::audit() const { return impl_->log_.audit(); }
PaperReport PaperVenue::report() const { return impl_->report(); }

std::string_view to_text(FillRule rule) {
  constexpr std::string_view kNames[] = {"print_at", "print_through", "crossing", "taken", "fall"};
  return kNames[static_cast<std::size_t>(rule)];
}

model::FeeSchedule fees_for_slug(std::string_view slug) {
  constexpr std::string_view kCrypto[] = {"btc",  "eth-", "ethereum", "bitcoin", "solana",
                                          "sol-", "xrp",  "doge",     "crypto"};
  const bool crypto =
      std::ranges::any_of(kCrypto, [&](std::string_view word) { return slug.find(word) != std::string_view::npos; });
  return {crypto ? 700 : 500, 1};
}

}  // namespace ebb::exchange
