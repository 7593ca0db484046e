#include "exchange/paper_venue.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <queue>
#include <utility>

#include "base/check.hpp"
#include "base/flat_map.hpp"
#include "base/random.hpp"
#include "exchange/paper_account.hpp"
#include "exchange/paper_feed.hpp"
#include "exchange/paper_fills.hpp"
#include "exchange/paper_gap.hpp"
#include "exchange/paper_texts.hpp"
#include "exchange/user_frames.hpp"
#include "model/fees.hpp"

namespace ebb::exchange {
namespace {

using model::OrderId;
using model::Side;

enum class Due : std::uint8_t { arrival, cancel, query, expiry, mined, confirmed, payout };
struct Pending {
  Timestamp at;
  std::uint64_t sequence;
  Due kind;
  std::uint32_t index;  // into requests_, asked_, orders_, trades_ or markets_, by kind
  friend bool operator>(const Pending& a, const Pending& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }
};

struct Market {
  MarketFeed feed;
  FillModel fills;
  model::ConnectionIndex connection;
  Price tick;
  Shares min_order_size;
  std::vector<std::uint32_t> open;  // resting orders in order of arrival
  bool ended = false;
  bool resolved = false;
  std::uint8_t winner = 2;          // outcome; 2 = not known
};

struct Order {
  OrderRequest request;
  model::MarketIndex market;
  model::VenueOrderStatus status = model::VenueOrderStatus::live;
  Shares size;           // original, in shares
  Shares matched;
  Usdc paid;             // BUY: spent so far at our signed amounts
  Usdc reserved;         // BUY: of the cash, for the remainder
  Timestamp created;
  bool rested = false;
  std::vector<std::string> trades;
};

struct Trade {
  std::string id;
  std::uint32_t order;
  PaperLeg leg;
  Price price;
  bool maker = true;
  OrderId counterparty;
  model::TradeStatus status = model::TradeStatus::matched;
  Timestamp matched_at;
  Timestamp updated_at;
};

struct Refusal {
  std::string text;
  int http_status = 400;
  std::int64_t free_micros = -1;
};

struct Taking {
  Price price;  // YES
  Shares size;
};
/// What a marketable order would take now.
struct Plan {
  std::vector<Taking> takes;
  Shares shares;
  Usdc cost;
  Usdc fees;
  bool complete = false;
};

struct Place {
  model::MarketIndex market;
  std::uint8_t outcome = 0;
  model::TokenIndex token;  // none() if this token of the market was never named to us
};

constexpr std::string_view kStranger = "00000000-0000-4000-8000-00000000feed";
constexpr std::string_view kStrangerAddress = "0x000000000000000000000000000000000000feed";

bool immediate(model::OrderType type) { return type == model::OrderType::fak || type == model::OrderType::fok; }

}  // namespace

class PaperVenue::Impl {
 public:
  explicit Impl(PaperConfig config);

  Expected<model::MarketIndex> add_market(const model::MarketSpec& spec);
  Expected<model::TokenIndex> add_sibling(model::MarketIndex market, std::string token_id, std::string outcome);

  void on_frame(Timestamp received, const model::DecodedFrame& frame, model::ConnectionIndex connection);
  void lose(model::ConnectionIndex connection);
  void distrust(Market& market);
  void end_market(model::MarketIndex index);

  void schedule(Timestamp at, Due kind, std::size_t index);
  void enter(Timestamp now);
  void advance(Timestamp now);
  [[nodiscard]] Timestamp delay(Random& random, const LatencyConfig& latency) const;
  [[nodiscard]] OrderStatus status(const OrderId& id) const;
  [[nodiscard]] std::vector<model::UserTrade> trades_since(Timestamp since) const;
  [[nodiscard]] model::Quote quote(model::TokenIndex token) const;
  [[nodiscard]] PaperReport report();

  PaperConfig config_;
  model::MarketTable table_;
  std::vector<Market> markets_;
  PaperAccount account_;
  UnitLog log_;
  Timestamp now_;
  std::vector<OrderRequest> requests_;
  std::vector<OrderId> asked_;
  std::vector<PaperOutput> outputs_;
  std::vector<PaperFill> fills_;
  Random placement_random_;
  Random cancel_random_;

  std::priority_queue<Pending, std::vector<Pending>, std::greater<>> pending_;

 private:
  [[nodiscard]] std::optional<Place> locate(std::string_view asset_id, std::string_view market) const;
  void on_book(const model::DecodedFrame& frame, const model::MarketEvent& event, model::ConnectionIndex connection);
  void on_changes(const model::DecodedFrame& frame, const model::MarketEvent& event, model::ConnectionIndex connection);
  void on_print(const model::MarketEvent& event, model::ConnectionIndex connection);
  void on_tick_change(const model::MarketEvent& event);
  void on_resolved(const model::MarketEvent& event);
  void set_tick(Market& market, Price tick);
  void after_feed(model::MarketIndex index, FeedEffect effect);
  [[nodiscard]] Place nameable(model::MarketIndex market, std::uint8_t outcome) const;

  void run(const Pending& event);
  void arrive(const OrderRequest& request);
  [[nodiscard]] std::optional<Refusal> refuse(const OrderRequest& request) const;
  [[nodiscard]] bool crosses_anything(const OrderRequest& request) const;
  [[nodiscard]] Plan make_plan(const OrderRequest& request);
  [[nodiscard]] std::optional<Refusal> refuse_money(const OrderRequest& request, const Plan& plan) const;
  void refused(const OrderRequest& request, Refusal refusal);
  void cancel_own_opposite(const OrderRequest& request);
  std::uint32_t accept(const OrderRequest& request);
  PlaceResult take(std::uint32_t index, const Plan& plan);
  void rest(std::uint32_t index);
  void apply_matches();
  void fill(std::uint32_t index, const PaperMatch& match, Price price, bool maker);
  void settle_later(std::uint32_t trade);
  void close(std::uint32_t index, model::VenueOrderStatus status);
  void cancel_order(std::uint32_t index, std::string_view words, std::uint64_t& counter);
  void cancel_all(Market& market, std::string_view words);
  void answer_cancel(const OrderId& id);
  void expire(std::uint32_t index);
  void advance_trade(std::uint32_t index, model::TradeStatus status);
  void pay_out(std::uint32_t market);
  void drop_uncovered();
  [[nodiscard]] Usdc reserve_for(const Order& order) const;
  void re_reserve(Order& order);

  void order_frame(const Order& order, model::UserOrderType type, std::string_view words);
  void trade_frame(const Trade& trade);
  template <class Body>
  void answer(Body body) {
    outputs_.push_back({now_ + config_.answer_latency, std::move(body)});
  }
  [[nodiscard]] std::string new_uuid();
  [[nodiscard]] OrderId new_stranger_order();
  [[nodiscard]] UserIdentity identity() const { return {config_.owner, config_.maker_address}; }
  [[nodiscard]] Duration settlement_delay(Duration median);
  [[nodiscard]] std::string_view outcome_text(model::TokenIndex token) const { return table_.outcome(token); }
  [[nodiscard]] Side yes_side(const OrderRequest& r) const { return in_yes(table_.token(r.token).outcome, r.side); }
  [[nodiscard]] Price yes_price(const OrderRequest& r) const { return in_yes(table_.token(r.token).outcome, r.price); }
  [[nodiscard]] bool readable(const Market& market) const;

  Random settlement_random_;
  Random id_random_;
  GapWatch gaps_;
  std::uint64_t sequence_ = 0;
  std::vector<Order> orders_;
  FlatMap<OrderId, std::uint32_t, std::hash<OrderId>> orders_by_id_;
  std::vector<Trade> trades_;
  std::vector<PaperMatch> matches_;
  std::vector<PaperTake> levels_;
  std::vector<std::uint8_t> outcomes_;
  std::vector<std::int64_t> queues_;
  PaperReport count_;
};

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
  markets_.push_back({MarketFeed(), FillModel(config_, log_), model::ConnectionIndex::none(), spec.tick,
                      spec.min_order_size, {}});
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

// ---- the feed ----

void PaperVenue::Impl::on_frame(Timestamp received, const model::DecodedFrame& frame,
                                model::ConnectionIndex connection) {
  enter(received);
  ++count_.frames;
  if (gaps_.on_frame(connection, now_)) {
    ++count_.gaps;
    lose(connection);
  }
  for (const model::MarketEvent& event : frame.events) {
    switch (event.kind) {
      case model::MarketEventKind::book: on_book(frame, event, connection); break;
      case model::MarketEventKind::price_change: on_changes(frame, event, connection); break;
      case model::MarketEventKind::last_trade_price: on_print(event, connection); break;
      case model::MarketEventKind::tick_size_change: on_tick_change(event); break;
      case model::MarketEventKind::market_resolved: on_resolved(event); break;
      case model::MarketEventKind::best_bid_ask:
      case model::MarketEventKind::new_market: break;
    }
  }
}

void PaperVenue::Impl::on_book(const model::DecodedFrame& frame, const model::MarketEvent& event,
                               model::ConnectionIndex connection) {
  const std::optional<Place> place = locate(event.asset_id, event.market);
  if (!place) {
    ++count_.unknown_tokens;
    return;
  }
  Market& market = markets_[place->market.value()];
  market.connection = connection;
  if (event.tick != model::kNoPrice) set_tick(market, event.tick);
  if (event.min_order_size.raw() >= 0) market.min_order_size = event.min_order_size;
  after_feed(place->market,
             market.feed.on_book(place->outcome, event.timestamp_ms, frame.bids(event), frame.asks(event)));
}

void PaperVenue::Impl::on_changes(const model::DecodedFrame& frame, const model::MarketEvent& event,
                                  model::ConnectionIndex connection) {
  const auto changes = frame.changes_of(event);
  outcomes_.assign(changes.size(), MarketFeed::kForeign);
  model::MarketIndex index = model::MarketIndex::none();
  std::string_view last_asset;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (i > 0 && changes[i].asset_id == last_asset) {
      outcomes_[i] = outcomes_[i - 1];
      continue;
    }
    last_asset = changes[i].asset_id;
    const std::optional<Place> place = locate(last_asset, event.market);
    if (!place || (index.valid() && place->market != index)) continue;  // one message speaks of one market
    index = place->market;
    outcomes_[i] = place->outcome;
  }
  if (!index.valid()) {
    ++count_.unknown_tokens;
    return;
  }
  Market& market = markets_[index.value()];
  market.connection = connection;
  after_feed(index, market.feed.on_changes(event.timestamp_ms, changes, outcomes_));
}

/// The token of that outcome, or its sibling where nobody has named it.
Place PaperVenue::Impl::nameable(model::MarketIndex market, std::uint8_t outcome) const {
  if (!table_.token_of(market, outcome).valid()) outcome = outcome == 0 ? 1 : 0;
  return {market, outcome, table_.token_of(market, outcome)};
}

void PaperVenue::Impl::after_feed(model::MarketIndex index, FeedEffect effect) {
  Market& market = markets_[index.value()];
  if (effect == FeedEffect::distrusted) ++count_.distrusted;
  if (effect == FeedEffect::none || effect == FeedEffect::distrusted || !market.fills.active()) return;
  const Place shown = nameable(index, market.feed.shown_by());
  market.fills.name_units(shown.token, shown.outcome);
  if (effect == FeedEffect::resynced) market.fills.resync(now_, market.feed.book());
  market.fills.on_book(now_, market.feed.book(), effect != FeedEffect::late, matches_);
  apply_matches();
}

void PaperVenue::Impl::on_print(const model::MarketEvent& event, model::ConnectionIndex connection) {
  const std::optional<Place> place = locate(event.asset_id, event.market);
  if (!place) {
    ++count_.unknown_tokens;
    return;
  }
  Market& market = markets_[place->market.value()];
  market.connection = connection;
  if (event.size.raw() <= 0 || event.price.raw() <= 0 || event.price >= kPriceOne) return;
  const YesPrint print{in_yes(place->outcome, event.price), event.size, in_yes(place->outcome, event.side),
                       event.timestamp_ms};
  if (!market.feed.on_print(print)) {
    ++count_.repeated_prints;
    return;
  }
  ++count_.prints;
  if (!market.feed.trusted()) return;
  const Place named = nameable(place->market, place->outcome);
  market.fills.on_print(now_, print, market.feed.book(), named.token, named.outcome, matches_);
  apply_matches();
}

void PaperVenue::Impl::on_tick_change(const model::MarketEvent& event) {
  const std::optional<Place> place = locate(event.asset_id, event.market);
  if (place && event.tick != model::kNoPrice) set_tick(markets_[place->market.value()], event.tick);
}

void PaperVenue::Impl::set_tick(Market& market, Price tick) {
  if (tick == market.tick || tick.raw() < 1) return;
  market.tick = tick;
  if (market.fills.active()) market.fills.resync(now_, market.feed.book());
}

void PaperVenue::Impl::lose(model::ConnectionIndex connection) {
  for (Market& market : markets_) {
    if (market.connection == connection) distrust(market);
  }
}

void PaperVenue::Impl::distrust(Market& market) {
  if (!market.feed.trusted()) return;
  market.feed.distrust();
  ++count_.distrusted;
}

/// Whether the market's book can be acted on at this moment (no gap is running).
bool PaperVenue::Impl::readable(const Market& market) const {
  return market.feed.trusted() && !gaps_.running(market.connection, now_);
}

void PaperVenue::Impl::end_market(model::MarketIndex index) {
  Market& market = markets_[index.value()];
  if (market.ended) return;
  market.ended = true;
  cancel_all(market, "CANCELED");
  if (market.resolved) return;
  FeedEnded ended{index, {}};
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = table_.token_of(index, outcome);
    auto& open = ended.positions[outcome];
    open.token = token;
    if (!token.valid()) continue;
    open.size = account_.position(token);
    open.last_bid = quote(token).bid;
  }
  if (market.feed.seen() || ended.positions[0].size != Shares() || ended.positions[1].size != Shares()) {
    count_.feed_ended.push_back(ended);
  }
}

void PaperVenue::Impl::on_resolved(const model::MarketEvent& event) {
  const model::MarketIndex index = table_.find_market(event.market);
  if (!index.valid()) return;
  Market& market = markets_[index.value()];
  if (market.resolved) return;
  market.resolved = true;
  cancel_all(market, "CANCELED_MARKET_RESOLVED");
  market.ended = true;
  const std::optional<Place> winner = locate(event.winning_asset_id, event.market);
  if (!winner || winner->market != index) return;
  market.winner = winner->outcome;
  const double delay = static_cast<double>(config_.settlement.payout_delay.raw()) * config_.settlement.scale;
  schedule(now_ + Duration(static_cast<std::int64_t>(delay)), Due::payout, index.value());
}

void PaperVenue::Impl::pay_out(std::uint32_t index) {
  const Market& market = markets_[index];
  bool waits = false;
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = table_.token_of(model::MarketIndex(index), outcome);
    waits |= token.valid() && account_.unsettled(token);
  }
  if (waits) return schedule(now_ + seconds(1), Due::payout, index);
  for (std::uint8_t outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = table_.token_of(model::MarketIndex(index), outcome);
    if (token.valid()) account_.redeem(token, outcome == market.winner ? kUsdcScale : 0);
  }
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

// ---- an order arrives ----

void PaperVenue::Impl::arrive(const OrderRequest& request) {
  ++count_.placed;
  if (std::optional<Refusal> refusal = refuse(request)) return refused(request, std::move(*refusal));
  const bool may_take = request.crossing == model::Crossing::allowed || immediate(request.type);
  const Plan taking = may_take ? make_plan(request) : Plan();
  if (std::optional<Refusal> refusal = refuse_money(request, taking)) return refused(request, std::move(*refusal));
  if (may_take) cancel_own_opposite(request);
  if (request.type == model::OrderType::fok && !taking.complete) return refused(request, {std::string(kFokKilled)});
  if (request.type == model::OrderType::fak && taking.takes.empty()) {
    return refused(request, {std::string(kFakNoMatch)});
  }
  const std::uint32_t index = accept(request);
  PlaceResult result = take(index, taking);
  if (orders_[index].status == model::VenueOrderStatus::live) {
    if (immediate(request.type)) {
      cancel_order(index, "CANCELED", count_.canceled);
    } else {
      rest(index);
    }
  }
  answer(std::move(result));
  if (!taking.takes.empty()) drop_uncovered();
}

std::optional<Refusal> PaperVenue::Impl::refuse(const OrderRequest& r) const {
  if (!r.token.valid() || r.token.value() >= table_.token_count()) return Refusal{std::string(kNoOrderbook), 404};
  const Market& market = markets_[table_.token(r.token).market.value()];
  if (market.ended) return Refusal{std::string(kNoOrderbook), 404};
  if (orders_by_id_.contains(r.id)) return Refusal{duplicated_text(r.id)};
  const bool in_range = r.price >= market.tick && r.price <= kPriceOne - market.tick;
  if (!in_range || !on_tick(r.price, market.tick)) return Refusal{tick_text(r.id, r.price, market.tick)};
  if (!immediate(r.type) && r.size < market.min_order_size) {
    return Refusal{minimum_text(r.id, r.size, market.min_order_size)};
  }
  if (r.size.raw() <= 0 && r.maker_amount <= 0) return Refusal{minimum_text(r.id, r.size, market.min_order_size)};
  if (r.type == model::OrderType::gtd && r.expiration < now_ + config_.gtd_minimum) {
    return Refusal{std::string(kInvalidExpiration)};
  }
  if (immediate(r.type) && r.side == Side::buy) {
    const Usdc budget = r.maker_amount > 0 ? Usdc(r.maker_amount) : notional(r.price, r.size);
    if (budget < dollars(1)) return Refusal{marketable_minimum_text(budget)};
  }
  if (r.crossing == model::Crossing::post_only && !immediate(r.type) && crosses_anything(r)) {
    return Refusal{std::string(kPostOnlyCrosses)};
  }
  return std::nullopt;
}

/// Whether a post-only order meets the displayed book or an order of our own, in either token (rules 7.4, 8.1).
bool PaperVenue::Impl::crosses_anything(const OrderRequest& request) const {
  const Market& market = markets_[table_.token(request.token).market.value()];
  const Side side = yes_side(request);
  const Price price = yes_price(request);
  const auto meets = [&](Price other) { return side == Side::buy ? price >= other : price <= other; };
  const book::Ladder& opposite = market.feed.book().ladder(model::opposite(side));
  if (!opposite.empty() && meets(opposite.best_price())) return true;
  return std::ranges::any_of(market.open, [&](std::uint32_t index) {
    const OrderRequest& own = orders_[index].request;
    return yes_side(own) != side && meets(yes_price(own));
  });
}

Plan PaperVenue::Impl::make_plan(const OrderRequest& request) {
  Plan plan;
  const model::TokenEntry& token = table_.token(request.token);
  Market& market = markets_[token.market.value()];
  if (!readable(market)) return plan;
  levels_.clear();
  market.fills.takeable(market.feed.book(), yes_side(request), yes_price(request), levels_);
  const bool by_budget = immediate(request.type) && request.side == Side::buy && request.maker_amount > 0;
  const model::FeeSchedule& fees = table_.market(token.market).fees;
  for (const PaperTake& level : levels_) {
    const Price price = in_yes(token.outcome, level.price);
    const Shares wanted =
        by_budget ? Shares(divide(static_cast<__int128>(request.maker_amount - plan.cost.raw()) * kPriceScale,
                                  price.raw(), Rounding::down))
                  : request.size - plan.shares;
    const Shares size = std::min(wanted, level.available);
    if (size.raw() > 0) {
      plan.takes.push_back({level.price, size});
      plan.shares += size;
      plan.cost += notional(price, size, request.side == Side::buy ? Rounding::up : Rounding::down);
      plan.fees += model::taker_fee(price, size, fees);
    }
    plan.complete = wanted <= level.available;
    if (plan.complete) break;
  }
  return plan;
}

std::optional<Refusal> PaperVenue::Impl::refuse_money(const OrderRequest& r, const Plan& plan) const {
  const model::MarketIndex market = table_.token(r.token).market;
  GateSums sums;
  std::int64_t wanted = 0;
  if (r.side == Side::buy) {
    sums = account_.cash_sums(config_.cash_gate, market);
    Usdc amount = r.maker_amount > 0 ? Usdc(r.maker_amount) : notional(r.price, r.size, Rounding::up);
    if (!plan.takes.empty() || immediate(r.type)) {
      const Shares size = std::max(r.size, plan.shares);
      amount += std::max(plan.fees, model::taker_fee(r.price, size, table_.market(market).fees));
    }
    wanted = std::max(amount, plan.cost + plan.fees).raw();
  } else {
    sums = account_.share_sums(r.token);
    wanted = r.size.raw();
  }
  if (sums.free() >= wanted) return std::nullopt;
  return Refusal{not_enough_text(sums, wanted), 400, sums.free()};
}

void PaperVenue::Impl::refused(const OrderRequest& request, Refusal refusal) {
  ++count_.rejected;
  PlaceResult result;
  result.id = request.id;
  result.http_status = refusal.http_status;
  result.error = std::move(refusal.text);
  result.outcome = model::PlaceOutcome::rejected;
  result.free_micros = refusal.free_micros;
  answer(std::move(result));
}

/// A taker that would meet our own resting orders cancels them (rules 7.4, CancelMaker).
void PaperVenue::Impl::cancel_own_opposite(const OrderRequest& request) {
  Market& market = markets_[table_.token(request.token).market.value()];
  const Side side = yes_side(request);
  const Price price = yes_price(request);
  const std::vector<std::uint32_t> open = market.open;
  for (const std::uint32_t index : open) {
    const OrderRequest& own = orders_[index].request;
    if (yes_side(own) == side) continue;
    const bool meets = side == Side::buy ? price >= yes_price(own) : price <= yes_price(own);
    if (meets) cancel_order(index, "CANCELED", count_.canceled);
  }
}

std::uint32_t PaperVenue::Impl::accept(const OrderRequest& request) {
  const auto index = static_cast<std::uint32_t>(orders_.size());
  Order order;
  order.request = request;
  order.market = table_.token(request.token).market;
  order.created = now_;
  order.size = request.size;
  if (order.size.raw() <= 0) {  // a BUY by budget: what it would buy at its limit
    order.size = Shares(divide(static_cast<__int128>(request.maker_amount) * kPriceScale, request.price.raw(),
                               Rounding::down));
  }
  orders_.push_back(std::move(order));
  orders_by_id_.emplace(request.id, index);
  return index;
}

PlaceResult PaperVenue::Impl::take(std::uint32_t index, const Plan& plan) {
  const OrderRequest request = orders_[index].request;
  PlaceResult result;
  result.id = request.id;
  result.success = true;
  result.outcome = plan.takes.empty() ? model::PlaceOutcome::live : model::PlaceOutcome::matched;
  if (plan.takes.empty()) return result;
  const model::MarketIndex where = orders_[index].market;
  Market& market = markets_[where.value()];
  const Place shown = nameable(where, market.feed.shown_by());
  market.fills.name_units(shown.token, shown.outcome);
  // By budget and at better prices than the limit there may be more shares than first computed.
  orders_[index].size = std::max(orders_[index].size, plan.shares);
  for (const Taking& taking : plan.takes) {
    const std::uint64_t unit =
        market.fills.take(now_, market.feed.book(), yes_side(request), taking.price, taking.size, request.id);
    fill(index, {index, FillRule::taken, taking.size, unit}, in_yes(table_.token(request.token).outcome, taking.price),
         false);
  }
  Order& order = orders_[index];
  const bool spent = plan.complete && immediate(request.type);
  if (spent || order.matched == order.size) close(index, model::VenueOrderStatus::matched);
  order_frame(order, model::UserOrderType::update,
              order.status == model::VenueOrderStatus::matched ? "MATCHED" : "LIVE");
  const bool buy = request.side == Side::buy;
  result.making_micros = buy ? plan.cost.raw() : plan.shares.raw();
  result.taking_micros = buy ? plan.shares.raw() : plan.cost.raw();
  result.trade_ids = order.trades;
  return result;
}

void PaperVenue::Impl::rest(std::uint32_t index) {
  Order& order = orders_[index];
  Market& market = markets_[order.market.value()];
  order.rested = true;
  ++count_.live;
  re_reserve(order);
  if (order.request.side == Side::sell) account_.reserve_shares(order.request.token, order.size - order.matched);
  market.open.push_back(index);
  const Shares queue =
      market.fills.add({index, order.request.id, yes_side(order.request), yes_price(order.request),
                        order.size - order.matched, now_, market.feed.last_ms()},
                       market.feed.book());
  queues_.push_back(queue.raw());
  if (order.request.type == model::OrderType::gtd) {
    schedule(order.request.expiration - config_.gtd_early, Due::expiry, index);
  }
  order_frame(order, model::UserOrderType::placement, "LIVE");
}

// ---- fills ----

void PaperVenue::Impl::apply_matches() {
  if (matches_.empty()) return;
  for (const PaperMatch& match : matches_) {
    Order& order = orders_[match.handle];
    fill(match.handle, match, order.request.price, true);
    const bool complete = order.matched == order.size;
    if (complete) close(match.handle, model::VenueOrderStatus::matched);
    order_frame(order, model::UserOrderType::update, complete ? "MATCHED" : "LIVE");
  }
  matches_.clear();
  drop_uncovered();
}

/// Cash that the remainder of a resting BUY can still cost at its signed amounts.
Usdc PaperVenue::Impl::reserve_for(const Order& order) const {
  const Usdc total = order.request.maker_amount > 0 ? Usdc(order.request.maker_amount)
                                                    : notional(order.request.price, order.size, Rounding::up);
  return std::min(std::max(Usdc(), total - order.paid),
                  notional(order.request.price, order.size - order.matched, Rounding::up));
}

void PaperVenue::Impl::re_reserve(Order& order) {
  if (order.request.side != Side::buy) return;
  const Usdc wanted = order.status == model::VenueOrderStatus::live && order.rested ? reserve_for(order) : Usdc();
  account_.reserve_cash(order.market, wanted - order.reserved);
  order.reserved = wanted;
}

void PaperVenue::Impl::fill(std::uint32_t index, const PaperMatch& match, Price price, bool maker) {
  Order& order = orders_[index];
  const OrderRequest& request = order.request;
  PaperLeg leg{request.token, request.side, match.size, Usdc(), Usdc()};
  const bool buy = request.side == Side::buy;
  if (maker && request.maker_amount > 0 && request.taker_amount > 0) {  // counter amount by the signed amounts (5.5)
    leg.cash = buy ? Usdc(divide(static_cast<__int128>(match.size.raw()) * request.maker_amount, request.taker_amount,
                                 Rounding::up))
                   : Usdc(divide(static_cast<__int128>(match.size.raw()) * request.taker_amount, request.maker_amount,
                                 Rounding::down));
  } else {
    leg.cash = notional(price, match.size, buy ? Rounding::up : Rounding::down);
  }
  if (buy && maker) leg.cash = std::min(leg.cash, order.reserved);
  if (!maker) {
    leg.fee = model::taker_fee(price, match.size, table_.market(order.market).fees);
    if (!buy) leg.fee = std::min(leg.fee, leg.cash);
  }
  order.matched += match.size;
  order.paid += buy ? leg.cash : Usdc();
  re_reserve(order);
  if (!buy && maker) account_.reserve_shares(request.token, -match.size);
  account_.matched(leg);

  const auto trade_index = static_cast<std::uint32_t>(trades_.size());
  trades_.push_back({new_uuid(), index, leg, price, maker, new_stranger_order(), model::TradeStatus::matched, now_, now_});
  const Trade& trade = trades_.back();
  order.trades.push_back(trade.id);
  fills_.push_back({now_, trade.id, request.id, request.token, request.side, match.rule, price, match.size, leg.cash,
                    leg.fee, match.unit});
  trade_frame(trade);
  settle_later(trade_index);
}

Duration PaperVenue::Impl::settlement_delay(Duration median) {
  const PaperSettlement& s = config_.settlement;
  const double ratio = static_cast<double>(s.p99.raw()) / static_cast<double>(std::max<std::int64_t>(1, s.median.raw()));
  const double sigma = ratio > 1.0 ? portable_log(ratio) / 2.3263478740408408 : 0.0;  // the normal's 99 % point
  const double ns = settlement_random_.lognormal(static_cast<double>(median.raw()) * s.scale, sigma);
  return Duration(static_cast<std::int64_t>(ns));
}

void PaperVenue::Impl::settle_later(std::uint32_t trade) {
  const Timestamp mined = now_ + settlement_delay(config_.settlement.median);
  schedule(mined, Due::mined, trade);
  schedule(mined + settlement_delay(config_.settlement.confirm_median), Due::confirmed, trade);
}

void PaperVenue::Impl::advance_trade(std::uint32_t index, model::TradeStatus status) {
  Trade& trade = trades_[index];
  trade.status = status;
  trade.updated_at = now_;
  if (status == model::TradeStatus::mined) account_.mined(trade.leg);
  trade_frame(trade);
}

// ---- orders end ----

void PaperVenue::Impl::close(std::uint32_t index, model::VenueOrderStatus status) {
  Order& order = orders_[index];
  order.status = status;
  re_reserve(order);
  if (!order.rested) return;
  if (order.request.side == Side::sell) account_.reserve_shares(order.request.token, order.matched - order.size);
  Market& market = markets_[order.market.value()];
  std::erase(market.open, index);
  market.fills.remove(now_, index);
}

void PaperVenue::Impl::cancel_order(std::uint32_t index, std::string_view words, std::uint64_t& counter) {
  ++counter;
  close(index, model::VenueOrderStatus::canceled);
  order_frame(orders_[index], model::UserOrderType::cancellation, words);
}

void PaperVenue::Impl::cancel_all(Market& market, std::string_view words) {
  const std::vector<std::uint32_t> open = market.open;
  for (const std::uint32_t index : open) cancel_order(index, words, count_.ended);
}

void PaperVenue::Impl::answer_cancel(const OrderId& id) {
  CancelResult result;
  result.id = id;
  const auto it = orders_by_id_.find(id);
  if (it == orders_by_id_.end()) {
    result.reason = kCancelUnknown;
  } else if (orders_[it->second].status != model::VenueOrderStatus::live) {
    result.reason = orders_[it->second].status == model::VenueOrderStatus::matched ? kCancelMatched : kCancelCanceled;
  } else {
    cancel_order(it->second, "CANCELED", count_.canceled);
    result.canceled = true;
  }
  answer(std::move(result));
}

void PaperVenue::Impl::expire(std::uint32_t index) {
  if (orders_[index].status == model::VenueOrderStatus::live) cancel_order(index, "CANCELED", count_.expired);
}

/// When cash has fallen, the newest BUYs that it no longer covers become INVALID (rules 7.2).
void PaperVenue::Impl::drop_uncovered() {
  for (std::uint32_t m = 0; m < markets_.size(); ++m) {
    const model::MarketIndex market(m);
    while (account_.cash_sums(config_.cash_gate, market).free() < 0) {
      // Under the global gate the newest of all markets, else of this one.
      std::uint32_t newest = 0;
      bool found = false;
      const auto look = [&](const Market& where) {
        for (const std::uint32_t index : where.open) {
          if (orders_[index].request.side != Side::buy || (found && index < newest)) continue;
          newest = index;
          found = true;
        }
      };
      if (config_.cash_gate == PaperCashGate::global) {
        for (const Market& each : markets_) look(each);
      } else {
        look(markets_[m]);
      }
      CHECK(found);
      cancel_order(newest, "INVALID", count_.invalid);
    }
  }
}

// ---- frames ----

void PaperVenue::Impl::order_frame(const Order& order, model::UserOrderType type, std::string_view words) {
  UserOrderFrame frame;
  frame.type = type;
  frame.status = words;
  frame.id = order.request.id;
  frame.identity = identity();
  frame.market = table_.market(order.market).condition_id;
  frame.asset_id = table_.token_id(order.request.token);
  frame.outcome = outcome_text(order.request.token);
  frame.side = order.request.side;
  frame.order_type = order.request.type;
  frame.price = order.request.price;
  frame.original_size = order.size;
  frame.size_matched = order.matched;
  frame.associate_trades = order.trades;
  frame.created = order.created;
  frame.expiration = order.request.expiration;
  frame.time = now_;
  UserFrameText text;
  append_order_frame(text.text, frame);
  outputs_.push_back({now_ + config_.user_latency, std::move(text)});
}

void PaperVenue::Impl::trade_frame(const Trade& trade) {
  const Order& order = orders_[trade.order];
  const model::TokenIndex token = trade.leg.token;
  MakerOrderFrame maker;
  maker.id = trade.maker ? order.request.id : trade.counterparty;
  maker.identity = trade.maker ? identity() : UserIdentity{kStranger, kStrangerAddress};
  maker.asset_id = table_.token_id(token);
  maker.outcome = outcome_text(token);
  maker.outcome_index = table_.token(token).outcome;
  maker.side = trade.maker ? trade.leg.side : model::opposite(trade.leg.side);
  maker.price = trade.price;
  maker.matched = trade.leg.size;

  UserTradeFrame frame;
  frame.id = trade.id;
  frame.status = trade.status;
  frame.taker_order = trade.maker ? trade.counterparty : order.request.id;
  frame.taker = trade.maker ? UserIdentity{kStranger, kStrangerAddress} : identity();
  frame.trade_owner = config_.owner;
  frame.trader_side = trade.maker ? TraderSide::maker : TraderSide::taker;
  frame.market = table_.market(order.market).condition_id;
  frame.asset_id = maker.asset_id;
  frame.outcome = maker.outcome;
  frame.side = model::opposite(maker.side);
  frame.price = trade.price;
  frame.size = trade.leg.size;
  frame.makers = {&maker, 1};
  frame.match_time = trade.matched_at;
  frame.last_update = trade.updated_at;
  UserFrameText text;
  append_trade_frame(text.text, frame);
  outputs_.push_back({now_ + config_.user_latency, std::move(text)});
}

std::string PaperVenue::Impl::new_uuid() {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  std::uint64_t word = 0;
  for (int i = 0; i < 32; ++i) {
    if (i % 16 == 0) word = id_random_.next();
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += i == 12 ? '4' : kHex[word & 15];
    word >>= 4;
  }
  return text;
}

OrderId PaperVenue::Impl::new_stranger_order() {
  OrderId id;
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    if (i % 8 == 0) word = id_random_.next();
    id.bytes[i] = static_cast<std::uint8_t>(word);
    word >>= 8;
  }
  return id;
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
  constexpr std::string_view kCrypto[] = {"btc", "eth-", "ethereum", "bitcoin", "solana", "sol-", "xrp", "doge", "crypto"};
  const bool crypto = std::ranges::any_of(kCrypto, [&](std::string_view word) {
    return slug.find(word) != std::string_view::npos;
  });
  return {crypto ? 700 : 500, 1};
}

}  // namespace ebb::exchange
