// The embedded exchange: the venue's behaviour in one process, on the time that is passed in (rules 7).
//
//   Exchange exchange({.seed = 7});
//   auto market = exchange.add_market(spec, t0);
//   AccountIndex me = exchange.open_account({.deposit = dollars(10'000)}, t0);
//   PlaceResult r = exchange.place(now, request);          // REST answer, at once
//   exchange.advance(exchange.next_event_time());          // settlement, expiry, resolution, participants
//   for (Outgoing& frame : exchange.take_outgoing()) ...   // WebSocket frames, in order of sending
//
// Latency is the caller's business: `now` is the moment at which the request reaches the matching engine. Time never goes
// back. Single-threaded. The same configuration and the same calls give byte-identical frames.
//
// Order of frames of one operation: rules 7.6; with `emit_order` they are permuted by that seed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "exchange/matching.hpp"
#include "exchange/messages.hpp"
#include "exchange/truth.hpp"
#include "model/event.hpp"
#include "model/market.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"

namespace ebb::exchange {

/// What open BUYs count against the balance at placement (rules 7.2).
enum class CashGate : std::uint8_t { per_market, global };

struct SettlementConfig {
  double scale = 1.0;  ///< multiplies every delay of settlement; shown with each result
  Duration median = seconds(3);  ///< MATCHED -> MINED
  Duration p99 = seconds(30);
  Duration confirm_median = seconds(2);  ///< MINED -> CONFIRMED, same spread
  double failure_probability = 0.0;  ///< a trade ends FAILED (from MATCHED or RETRYING)
  double retry_probability = 0.0;  ///< a trade that will be MINED passes RETRYING first
  Duration payout_delay = seconds(10);  ///< resolution -> cash of the winners
};

struct ExchangeConfig {
  std::uint64_t seed = 1;
  SelfTrade self_trade = SelfTrade::cancel_maker;
  CashGate cash_gate = CashGate::per_market;
  SettlementConfig settlement;
  std::uint64_t emit_order = 0;  ///< 0 = the order of rules 7.6; otherwise the seed of a permutation
  bool emit_best_bid_ask = false;  ///< the custom best_bid_ask event after a change of the touch
  bool book_hashes = true;  ///< false: zeros in place of hashes, for simulations in which nobody checks them
  bool auto_tick = true;  ///< tick 0.01 becomes 0.001 once a trade is above 0.96 or below 0.04
};

/// Shares that an account starts with. The house mints the pair and keeps the other side, so the books balance.
struct ShareGrant {
  model::TokenIndex token;
  Shares size;
};
/// Who an account is on the user channel.
struct Identity {
  std::string owner;  ///< API key: a UUID
  std::string address;  ///< maker address: 0x + 40 hex digits
};
struct AccountSpec {
  Usdc deposit;
  std::vector<ShareGrant> shares;
  bool streamed = true;  ///< has a user connection and a place in the truth record (agents: false)
  std::optional<Identity> identity = {};  ///< none: drawn from the seed
};

/// An order as `/data/orders` lists it.
struct OpenOrder {
  model::OrderId id;
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  model::OrderType type = model::OrderType::gtc;
  Price price;
  Shares original_size;
  Shares size_matched;
  Timestamp created;
  Timestamp expiration;
};

/// Everything about one order, in any state.
struct OrderView {
  OpenOrder order;
  AccountIndex account;
  model::VenueOrderStatus status = model::VenueOrderStatus::live;
  std::string_view status_text;  ///< LIVE, MATCHED, CANCELED, INVALID, CANCELED_MARKET_RESOLVED (protocol 1.4)
  bool post_only = false;
  std::vector<std::string> trades;  ///< ids
};

/// One participant's part of a trade.
struct TradeLeg {
  model::OrderId order;
  AccountIndex account;
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  Price price;
  Shares size;
  Usdc cash;  ///< paid or received, fee apart
  Usdc fee;
};
/// A trade as all who took part see it. legs[0] is the taker's.
struct TradeView {
  model::TradeId id;
  model::MarketIndex market;
  model::TradeStatus status = model::TradeStatus::matched;
  Timestamp matched;
  Timestamp updated;
  std::vector<TradeLeg> legs;
};

/// What an order would meet if it were placed now.
struct Preview {
  PlaceResult refusal;  ///< with `success` false and the venue's words when form, mode or funds refuse it
  bool refused = false;
  bool marketable = false;  ///< something would match
};

/// What an account has, in three layers: settled, minus matched, minus open.
struct AccountView {
  Usdc cash;  ///< settled
  Usdc matched_buys;  ///< cost and fees of matched, unsettled BUYs
  Usdc open_buys;  ///< over all markets
  [[nodiscard]] Usdc free_globally() const { return cash - matched_buys - open_buys; }
};
struct HoldingView {
  Shares settled;
  Shares matched_sells;  ///< matched, unsettled
  Shares open_sells;
  Shares matched_buys;  ///< on their way in
  [[nodiscard]] Shares sellable() const { return settled - matched_sells - open_sells; }
};

/// Sums over everything, for the conservation rule (7.1). All on the settled axis.
struct Audit {
  Usdc cash;  ///< of all accounts, the house included
  Usdc collateral;  ///< locked in all conditions
  Usdc fees;
  Usdc deposits;  ///< less withdrawals
  bool supplies_equal = true;  ///< YES supply = NO supply = collateral in every unresolved condition
  bool no_negative = true;  ///< no account with negative cash, shares, or available amounts
  [[nodiscard]] bool holds() const { return supplies_equal && no_negative && cash + collateral + fees == deposits; }
};

class Exchange;

/// Somebody who acts by himself at times of his own choice: the seeded agents.
class Participant {
 public:
  virtual ~Participant() = default;
  /// When he next wants to act; kNever if not at all.
  [[nodiscard]] virtual Timestamp next_time() const = 0;
  /// Acts through the exchange's ordinary interface. Called when next_time() has come.
  virtual void act(Exchange& exchange, Timestamp now) = 0;
};

class Exchange {
 public:
  explicit Exchange(ExchangeConfig config);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // ---- markets ----
  /// Opens a market. `announce` sends the global new_market frame. Errors: those of MarketTable::add, and
  /// `market.invalid` if it has not two tokens.
  Expected<model::MarketIndex> add_market(model::MarketSpec spec, Timestamp now, bool announce = false);
  [[nodiscard]] const model::MarketTable& markets() const;
  /// Resolves at `at` (on advance): every order is canceled, winners are paid after `payout_delay`.
  /// `yes_payout_micros` per share: 0, 500'000 (50/50) or 1'000'000.
  void schedule_resolution(model::MarketIndex market, Timestamp at, std::int64_t yes_payout_micros);
  [[nodiscard]] bool is_open(model::MarketIndex market) const;
  /// Sends tick_size_change for both tokens. Orders off the new grid stay.
  void change_tick(Timestamp now, model::MarketIndex market, Price new_tick);
  [[nodiscard]] Price tick(model::MarketIndex market) const;
  /// What the venue accepts from now on (protocol 6.4).
  void set_mode(model::VenueMode mode);
  [[nodiscard]] model::VenueMode mode() const;

  // ---- faults ----
  /// Permutes the frames of each operation by this seed from now on; 0 = the order of rules 7.6.
  void set_emit_order(std::uint64_t seed);
  /// The share of the trades matched from now on that end FAILED; SettlementConfig's at first.
  void set_failure_probability(double probability);
  /// While positive, this share of what settles stays in "sum of matched orders" of the balance check; 0 forgets what
  /// has leaked.
  void set_matched_leak(double share);

  // ---- accounts ----
  AccountIndex open_account(const AccountSpec& spec, Timestamp now);
  [[nodiscard]] const Identity& identity(AccountIndex account) const;
  void deposit(Timestamp now, AccountIndex account, Usdc amount);
  /// Takes cash off the account (at most what is not matched); the newest uncovered BUYs become INVALID. Returns what
  /// was taken.
  Usdc withdraw(Timestamp now, AccountIndex account, Usdc amount);
  /// Turns cash into pairs (YES and NO) at 1 dollar each. False if the cash is not free.
  bool split(Timestamp now, AccountIndex account, model::MarketIndex market, Shares size);
  /// Moves settled shares to the house; the newest uncovered SELLs become INVALID. Returns what was taken.
  Shares take_shares(Timestamp now, AccountIndex account, model::TokenIndex token, Shares size);

  // ---- orders: the REST interface ----
  PlaceResult place(Timestamp now, const OrderRequest& request);
  /// The checks of place() without its effects: nothing changes and nothing is recorded.
  [[nodiscard]] Preview preview(Timestamp now, const OrderRequest& request);
  CancelResult cancel(Timestamp now, AccountIndex account, const model::OrderId& id);
  std::vector<CancelResult> cancel_all(Timestamp now, AccountIndex account);
  std::vector<CancelResult> cancel_market(Timestamp now, AccountIndex account, model::MarketIndex market);
  /// By id, whatever its state; not_found for ids never accepted (a refused order does not exist).
  [[nodiscard]] OrderStatus status(AccountIndex account, const model::OrderId& id) const;
  [[nodiscard]] std::vector<OpenOrder> open_orders(AccountIndex account) const;
  /// The account's legs of all trades whose status last changed at or after `since`, oldest trade first.
  [[nodiscard]] std::vector<model::UserTrade> trades_since(AccountIndex account, Timestamp since) const;
  /// Whoever's it is; nullopt for ids never accepted, and for orders of accounts without a stream that are over.
  [[nodiscard]] std::optional<OrderView> find_order(const model::OrderId& id) const;
  /// Every trade with a leg of the account, oldest first (accounts with a stream only).
  [[nodiscard]] std::vector<TradeView> trades_of(AccountIndex account) const;
  /// Settled shares, as the chain and the Data API show them.
  [[nodiscard]] Shares position(AccountIndex account, model::TokenIndex token) const;
  /// Settled cash.
  [[nodiscard]] Usdc balance(AccountIndex account) const;
  [[nodiscard]] AccountView account(AccountIndex account) const;
  [[nodiscard]] HoldingView holding(AccountIndex account, model::TokenIndex token) const;

  // ---- market data ----
  /// GET /book: all ten fields (protocol 1.3).
  [[nodiscard]] std::string book_json(model::TokenIndex token) const;
  /// The first frame after a subscription: an array of `book` events (protocol 2.2).
  [[nodiscard]] std::string snapshot_frame(std::span<const model::TokenIndex> tokens) const;
  [[nodiscard]] model::Quote quote(model::TokenIndex token) const;
  /// Displayed size of a level of the token's own ladder.
  [[nodiscard]] Shares level_size(model::TokenIndex token, model::Side side, Price price) const;
  /// kNoPrice before the token's first trade.
  [[nodiscard]] Price last_trade(model::TokenIndex token) const;
  [[nodiscard]] const OrderBook& book(model::MarketIndex market) const;

  // ---- time ----
  void attach(std::unique_ptr<Participant> participant);
  /// Does everything that is due up to and including `now`, in order of time.
  void advance(Timestamp now);
  /// When advance() next has something to do; kNever if nothing is pending.
  [[nodiscard]] Timestamp next_event_time() const;
  [[nodiscard]] Timestamp now() const;

  // ---- results ----
  /// Frames since the last call, in order of sending.
  [[nodiscard]] std::vector<Outgoing> take_outgoing();
  [[nodiscard]] const Truth& truth() const;
  [[nodiscard]] Audit audit() const;
  /// Market-channel events so far: one (message, asset) pair each.
  [[nodiscard]] std::uint64_t market_events() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::exchange
