// The inside of PaperVenue: what it keeps of markets, orders and trades. Included by its own .cpp files only:
// paper_venue (interface, time, questions), paper_follow (the feed), paper_orders (arrival and end of orders),
// paper_trades (fills, settlement, frames).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/flat_map.hpp"
#include "base/random.hpp"
#include "exchange/paper_account.hpp"
#include "exchange/paper_feed.hpp"
#include "exchange/paper_fills.hpp"
#include "exchange/paper_gap.hpp"
#include "exchange/paper_venue.hpp"
#include "exchange/user_frames.hpp"

namespace ebb::exchange {
namespace paper {

using model::OrderId;
using model::Side;

/// What can be due at a time. Ties are done in the order in which they were scheduled.
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

/// A market as the venue follows it.
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

/// An order that was accepted. `live` while it rests, also when part of it has matched.
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

/// One match of ours with a stranger: as maker by a rule of the model, as taker with a displayed level.
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

/// Why an order was refused; the fields of PlaceResult that say so.
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

/// Where a token of a message belongs.
struct Place {
  model::MarketIndex market;
  std::uint8_t outcome = 0;
  model::TokenIndex token;  // none() if this token of the market was never named to us
};

/// Whom our trades name as their other side: the recording does not say who it was.
inline constexpr std::string_view kStranger = "00000000-0000-4000-8000-00000000feed";
inline constexpr std::string_view kStrangerAddress = "0x000000000000000000000000000000000000feed";

/// FAK and FOK never rest.
[[nodiscard]] constexpr bool immediate(model::OrderType type) {
  return type == model::OrderType::fak || type == model::OrderType::fok;
}

}  // namespace paper

class PaperVenue::Impl {
 public:
  using Market = paper::Market;
  using Order = paper::Order;
  using OrderId = model::OrderId;
  using Side = model::Side;
  using Due = paper::Due;
  using Pending = paper::Pending;
  using Trade = paper::Trade;
  using Refusal = paper::Refusal;
  using Plan = paper::Plan;
  using Place = paper::Place;

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

}  // namespace ebb::exchange
