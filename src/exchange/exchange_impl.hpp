// What stands behind Exchange. Private to this folder: placing.cpp, settling.cpp and exchange.cpp implement it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "base/flat_map.hpp"
#include "base/random.hpp"
#include "exchange/bank.hpp"
#include "exchange/exchange.hpp"
#include "exchange/frames.hpp"
#include "exchange/matching.hpp"
#include "exchange/outbox.hpp"
#include "exchange/user_frames.hpp"

namespace ebb::exchange {

/// Why an order leaves the book without a match.
enum class EndCause : std::uint8_t { user, self_trade, dust, expired, invalid, resolved };

class Exchange::Impl {
 public:
  explicit Impl(const ExchangeConfig& config);

  using Slot = std::uint32_t;
  static constexpr Slot kNoSlot = UINT32_MAX;

  enum class OrderEnd : std::uint8_t { live, matched, canceled };
  struct OrderRecord {
    model::OrderId id;
    AccountIndex account;
    model::TokenIndex token;
    model::MarketIndex market;
    model::Side side = model::Side::buy;
    model::OrderType type = model::OrderType::gtc;
    model::Crossing crossing = model::Crossing::post_only;
    OrderEnd end = OrderEnd::live;
    Price price;
    Shares original;
    Shares matched;
    std::int64_t reserved = 0;        ///< cash (BUY) or shares (SELL) while it rests
    OrderHandle handle;               ///< valid while it rests
    Timestamp created;
    Timestamp expiration;
    std::uint64_t serial = 0;         ///< placement order over all accounts; 0 = the slot is free
    Slot previous = kNoSlot;          ///< resting orders of the account, oldest first
    Slot next = kNoSlot;
    std::vector<std::string> trades;  ///< ids, streamed accounts only
    EndCause cause = EndCause::user;  ///< once canceled
  };

  struct AccountRecord {
    Identity identity;
    bool streamed = true;
    Slot oldest = kNoSlot;
    Slot newest = kNoSlot;
    std::vector<Slot> trades;         ///< streamed accounts: every trade with a leg of theirs
  };

  struct Leg {
    model::OrderId order;
    AccountIndex account;
    model::TokenIndex token;
    model::Side side = model::Side::buy;
    Price price;
    Shares size;
    Usdc cash;
    Usdc fee;
    [[nodiscard]] bool is_buy() const { return side == model::Side::buy; }
  };
  /// A taker's match at one price level. legs[0] is the taker's.
  struct Trade {
    model::TradeId id;
    model::MarketIndex market;
    model::TradeStatus status = model::TradeStatus::matched;
    model::TradeStatus next = model::TradeStatus::mined;
    bool fails = false;
    bool streamed = false;
    Timestamp matched;
    Timestamp updated;
    std::vector<Leg> legs;
  };

  struct Listing {
    OrderBook book;
    Price tick{100};
    bool open = true;
    bool paid = false;
    std::int64_t yes_payout = -1;     ///< micros a share once resolved
    std::int64_t changed_ms = 0;
    std::array<Price, 2> last_trade{model::kNoPrice, model::kNoPrice};
    model::Quote told_touch;          ///< last best_bid_ask sent
  };

  enum class TaskKind : std::uint8_t { trade_step, expiry, resolution, payout };
  struct Task {
    Timestamp at;
    std::uint64_t sequence = 0;
    TaskKind kind = TaskKind::trade_step;
    std::uint32_t index = 0;          ///< trade slot, order slot or market
    std::uint64_t detail = 0;         ///< expiry: the order's serial; resolution: the payout
    friend bool operator>(const Task& a, const Task& b) { return a.at != b.at ? a.at > b.at : a.sequence > b.sequence; }
  };

  // ---- exchange.cpp: time, markets, accounts ----
  void catch_up(Timestamp now);
  void run_due(Timestamp now);
  void schedule(Timestamp at, TaskKind kind, std::uint32_t index, std::uint64_t detail = 0);
  void do_task(const Task& task);
  Timestamp next_event_time() const;
  void give_shares(AccountIndex account, model::TokenIndex token, Shares size, TruthBalanceCause cause);
  void mint_pairs(AccountIndex payer, model::MarketIndex market, std::int64_t size);
  void change_cash(AccountIndex account, std::int64_t change, TruthBalanceCause cause);
  void change_shares(AccountIndex account, model::TokenIndex token, std::int64_t change, TruthBalanceCause cause);
  Audit audit() const;

  // ---- placing.cpp ----
  /// An order on its way in.
  struct Draft {
    model::MarketIndex market;
    std::uint8_t outcome = 0;
    bool post_only = false;
    CoreOrder core;
    MatchTotals totals;               ///< what it would match now
    Usdc fee;                         ///< of that match
  };
  PlaceResult place(const OrderRequest& request);
  Preview preview(const OrderRequest& request);
  void probe(const OrderRequest& request, Draft& draft);
  PlaceResult refuse(const OrderRequest& request, int http_status, std::string text, std::int64_t free_micros = -1);
  /// Each check returns the venue's words, or nothing.
  std::string check_mode(const OrderRequest& request, int& http_status) const;
  std::string check_form(const OrderRequest& request, Draft& draft, int& http_status) const;
  std::string check_amounts(const OrderRequest& request, Draft& draft) const;
  std::string check_funds(const OrderRequest& request, const Draft& draft, std::int64_t& free_micros) const;
  std::string check_match(const OrderRequest& request, const Draft& draft) const;
  PlaceResult accept(const OrderRequest& request, const Draft& draft);
  Slot new_order(const OrderRequest& request, const Draft& draft);
  void put_to_rest(Slot slot, const CoreOrder& core, Shares size);
  CancelResult cancel(AccountIndex account, const model::OrderId& id);
  /// Takes a resting order off the book and tells its owner; what the book's readers need is the caller's business.
  void end_order(Slot slot, EndCause cause);
  /// The same as an operation of its own, with its price_change.
  void remove_order(Slot slot, EndCause cause);
  /// Orders of accounts without a stream are forgotten once they are over.
  void forget_if_done(Slot slot);
  void link(Slot slot);
  void unlink(Slot slot);
  void enforce_cover(AccountIndex account);
  void enforce_shares(AccountIndex account, model::TokenIndex token);

  // ---- settling.cpp ----
  /// Turns the scratch `fills` into trades, books their legs and tells everybody but the book's readers.
  void after_match(model::MarketIndex market, const std::vector<Slot>& slots);
  void record_trade(Slot slot);
  std::vector<Slot> apply_match(Slot taker, const Draft& draft, PlaceResult& result);
  Slot open_trade(Slot taker, const Draft& draft, std::size_t first, std::size_t last);
  void apply_maker(const Fill& fill, Trade& trade, Slot taker);
  void tell_makers(Slot trade, std::size_t first);
  void book_matched(const Leg& leg);
  void schedule_settlement(Slot trade);
  void trade_step(Slot slot);
  void settle_leg(const Leg& leg);
  void settle_vault(const Trade& trade);
  void release_leg(const Leg& leg);
  void resolve(model::MarketIndex market, std::int64_t yes_payout);
  void pay_out(model::MarketIndex market);
  void pay_account(AccountIndex account, model::MarketIndex market);
  Duration draw_delay(Duration median);
  std::string draw_hex(int bytes);

  // ---- emitting.cpp ----
  void emit_order(Slot slot, model::UserOrderType type, std::string_view status);
  void emit_trade(Slot trade, AccountIndex receiver);
  void emit_change(model::MarketIndex market, Direction direction, Price yes_price, std::uint8_t first_outcome);
  void emit_books(model::MarketIndex market, std::uint8_t first_outcome);
  void emit_touch(model::MarketIndex market);
  void emit_market(model::MarketIndex market, MarketEventKind kind, model::TokenIndex token, std::string text);
  [[nodiscard]] UserIdentity identity_of(AccountIndex account) const;
  TokenBook token_book(model::MarketIndex market, std::uint8_t outcome) const;
  model::Quote quote(model::MarketIndex market, std::uint8_t outcome) const;
  void change_tick(model::MarketIndex market, Price new_tick);
  void record_order(Slot slot, TruthOrderKind kind, std::string text = {});

  [[nodiscard]] const model::MarketSpec& spec(model::MarketIndex m) const { return markets.market(m); }
  [[nodiscard]] Listing& listing(model::MarketIndex m) { return *listings[m.value()]; }
  [[nodiscard]] const Listing& listing(model::MarketIndex m) const { return *listings[m.value()]; }
  [[nodiscard]] std::uint8_t outcome_of(model::TokenIndex t) const { return markets.token(t).outcome; }
  [[nodiscard]] bool streamed(AccountIndex a) const { return accounts[a.value()].streamed; }

  ExchangeConfig config;
  Timestamp now{};
  model::VenueMode mode = model::VenueMode::normal;
  bool running = false;               ///< inside run_due: requests of participants do not run it again
  model::MarketTable markets;
  std::vector<std::unique_ptr<Listing>> listings;
  Bank bank;
  std::vector<AccountRecord> accounts;
  AccountIndex house;
  std::vector<OrderRecord> orders;
  std::vector<Slot> free_orders;
  FlatMap<model::OrderId, Slot> orders_by_id;
  std::uint64_t serial = 0;
  std::vector<Trade> trades;
  std::vector<Slot> free_trades;
  std::priority_queue<Task, std::vector<Task>, std::greater<>> tasks;
  std::uint64_t task_sequence = 0;
  Random settlement_random;
  Random id_random;
  double settlement_sigma = 1.0;
  Outbox outbox;
  Truth truth;
  std::uint64_t market_events = 0;
  double matched_leak = 0.0;          ///< a fault: see Exchange::set_matched_leak
  std::vector<std::unique_ptr<Participant>> participants;
  Exchange* self = nullptr;
  std::vector<Fill> fills;                    // scratch of place()
  std::vector<std::uint64_t> canceled_tags;   // scratch of place()
  std::vector<OrderBook::LevelTake> takes;  // scratch of place()
};

}  // namespace ebb::exchange
