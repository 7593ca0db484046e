// What the checker remembers of the run, and the rules by subject. Private to this folder.
//
//   watch_market.cpp  frames -> books, trust, quotes, signals
//   watch_orders.cpp  the life of our orders as the trader knows it: answers, user frames, fills
//   judge_place.cpp   what must hold when an order leaves
//   judge_cancel.cpp  what must hold when a cancel leaves
//   judge_time.cpp    bounds and everything else that only time breaks
//   watch_truth.cpp   the exchange's truth, the ledger's claims, quiescence, the end
//   watch_restart.cpp the end of a process and the beginning of the next
//   watch_paper.cpp   recorded units of the paper venue
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "checker/account_view.hpp"
#include "checker/book_view.hpp"
#include "checker/checker.hpp"
#include "checker/drop_window.hpp"
#include "checker/frames.hpp"
#include "checker/rules.hpp"

namespace ebb::checker {

inline constexpr std::size_t kNoToken = SIZE_MAX;
inline constexpr int kAbsencesOfNone = 2;  // so often said, an order did not arrive
/// Our order's place in the displayed book is uncertain for so long after a change of it (rules 1.7).
inline constexpr SpanNs kBlur = 2 * kSecond;

struct TextHash {
  using is_transparent = void;
  /// Ids are long, and their last characters tell them apart.
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>()(text.substr(text.size() - std::min<std::size_t>(text.size(), 16)));
  }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;  // never iterated

enum class Phase : std::uint8_t { sent, live, unknown, done };

/// One of the trader's orders, as the trader knows it (and what the truth says beside it).
struct OrderWatch {
  PlaceClaim claim;
  std::size_t token = kNoToken;
  bool exit = false;
  bool resting = true;            ///< GTC or GTD
  Phase phase = Phase::sent;
  TimeNs placed = 0;
  SpanNs phase_clock = 0;         ///< venue clock when the phase began
  TimeNs cancel_at = 0;           ///< 0 = no cancel sent
  SpanNs cancel_clock = 0;
  TimeNs done_at = 0;
  bool end_told = false;  ///< together with what it had matched; the answer to a cancel tells nothing of that
  int absences = 0;  ///< so often in a row nobody knew it
  Micros fills = 0;  ///< sum of the legs received, FAILED ones included: the order does not get them back
  Micros told = 0;  ///< size_matched as told
  SpanNs unexplained_clock = -1;  ///< since when told > fills
  int sweeps = 0;  ///< since then
  TimeNs last_fill = 0;
  TimeNs visible_at = 0;  ///< first change of its level that can contain it
  TimeNs shrunk_at =
      0;  ///< since when its level shows less than it should hold: a fill of which nobody has told; 0 = it does not
  PriceRaw tick = 0;  ///< at placement
  bool ask_was_far = false;  ///< at placement: 2 ticks or more above
  SpanNs pull_for = 0;  ///< TRUSTED time for which a pull condition has held
  TimeNs over_at = 0;  ///< since when the trader counts it as over; 0 = it does not
  bool truth_alive = false;
  Micros truth_remaining = 0;
  bool recovered = false;  ///< of a process that is over
  std::set<Rule> reported;  ///< bounds are reported once an order

  [[nodiscard]] bool open() const { return phase != Phase::done; }
  /// For what it had matched, before its token is bought anew.
  [[nodiscard]] bool waits_for_its_end() const { return resting && !end_told && fills < claim.size; }
  /// What may still become a fill that the trader has not seen.
  [[nodiscard]] Micros reserve() const {
    const Micros top = open() ? claim.size : told;
    return top > fills ? top - fills : 0;
  }
};

struct BidPoint {
  TimeNs time = 0;
  std::vector<PriceRaw> bids;  ///< any of them may have been the best one of others; highest first
};

struct TokenWatch {
  bool fed = false;  ///< some frame has spoken of it
  std::string id;
  std::size_t market = 0;
  std::size_t sibling = kNoToken;
  std::uint32_t connection = 0;
  TimeNs last_book = 0;  ///< the newest whole book
  TokenParams params;
  FeedView feed;
  // Two readings of everything net of our own orders: [0] without those whose display is uncertain, [1] with them.
  std::array<QuoteView, 2> quote{};
  std::array<DropWindow, 3> window{};  ///< [2]: the lowest mid that any reading of our own orders gives
  std::deque<BidPoint> bids;  ///< net best bids, newest last
  Micros drop = 0;  ///< effective, grows with round trips
  std::vector<OrderWatch*> orders;  ///< open, just done, or with a match unexplained; in order of placement
  std::array<std::deque<TimeNs>, 2> reprices;
  std::array<TimeNs, 2> last_requote{};
  TimeNs last_order_event = 0;
  // signal
  std::array<QuoteView, 2> refused_quote{};  ///< what was shown when the venue refused the last order
  bool refused = false;
  bool answered = false;
  TimeNs last_answer = 0;
  TimeNs due_since = 0;
  std::pair<TimeNs, PriceRaw> proven_reference{};
  // floor
  Micros required = 0;  ///< millionths of a dollar a share; 0 = none
  bool sell_placed = false;
  TimeNs sell_quiet = 0;  ///< since when its SELLs have gone without a fill
  SpanNs above_floor = -1;  ///< venue clock since when it should have been parked
  // BUY canceled below the minimum in order to be placed again: the next one must reach it
  SpanNs reprice_due = -1;
  // exits and named states
  SpanNs exit_clock = -1;
  bool exit_reported = false;
  bool manual = false;
  bool sell_only = false;
  bool unexplained_named = false;
  bool shortfall_named = false;
  TimeNs shortfall_since = 0;
  bool kept_reported = false;
  bool adopted = false;                ///< a part of what it holds came by other hands, as it says
  bool adjusted = false;  ///< the trader adopted or wrote off something: its cost is its own affair

  TokenWatch(HashIdentity identity, PriceRaw tick, SpanNs hash_interval)
      : id(identity.token_id), feed(std::move(identity), tick, hash_interval) {}
};

struct MarketWatch {
  MarketConfig config;
  std::array<std::size_t, 2> tokens{kNoToken, kNoToken};
  std::string event;
  TimeNs resolved_seen = 0;  ///< by a frame
  TimeNs closed = 0;  ///< truth
  TimeNs resolved = 0;  ///< truth
  std::string winner;
  bool redeemed = false;
};

struct GrantWatch {
  PaperGrant grant;
  Micros used = 0;
};
struct PrintSeen {
  TimeNs time = 0;
  PriceRaw price = 0;
  Micros size = 0;
};
struct GrantPending {
  TimeNs time = 0;
  PaperGrant grant;
  std::size_t token = kNoToken;
};

class Checker::Impl {
 public:
  explicit Impl(CheckerConfig config);

  void add_market(const MarketConfig& market);
  void set_params(std::string_view token_id, const TokenParams& params);

  // watch_market.cpp
  void market_frame(std::uint32_t connection, std::string_view text);
  void link_alive(std::uint32_t connection);
  void connection(std::uint32_t connection, ConnectionState state);
  void gap(std::uint32_t connection);
  void book_answer(std::string_view token_id, std::string_view text);
  void evaluate(TokenWatch& token);
  void signal(std::string_view token_id);

  // watch_orders.cpp
  void user_frame(std::string_view text);
  void place_answer(std::string_view id, PlaceAnswer outcome);
  void over(std::string_view id);
  /// How many legs of the account belong to them; of one token, or of all.
  [[nodiscard]] Micros vague_legs(const AccountView& account, std::size_t token = kNoToken) const;
  void cancel_answer(std::string_view id, CancelAnswer outcome);
  void status_answer(std::string_view id, StatusAnswer status, Micros matched);
  void received_leg(const Leg& leg);
  void operate(OperatorAction action, std::string_view token_id);
  void named(std::string_view token_id, std::string_view state);
  void clock_leap(SpanNs span);
  void crash();
  void restart(const RestartClaim& claim);
  void stall(Thread thread, bool stands);
  void beat();
  void adopt(std::string_view token_id, Micros size, Micros cost, bool cost_known);
  void sweep();

  // judge_*.cpp
  void place(const PlaceClaim& claim);
  void cancel(std::string_view id, std::string_view reason);
  void advance(TimeNs time);
  void periodic();

  // watch_truth.cpp
  void truth_order(std::string_view id, TruthOrderEvent event, Micros remaining);
  void truth_fill(const Leg& leg);
  void truth_external(std::string_view token_id, Micros size, Micros cash);
  void truth_account(const TruthAccount& account);
  void market_closed(std::string_view condition_id);
  void market_resolved(std::string_view condition_id, std::string_view winner);
  void redeemed(std::string_view condition_id);
  void ledger_leg(std::string_view trade_id, std::string_view order_id);
  void ledger_claim(const LedgerClaim& claim);
  void commands_digest(std::string_view digest);
  void finish(Ending ending);

  // watch_paper.cpp
  void paper_grant(const PaperGrant& grant);
  void paper_used(const PaperUsed& used);
  void paper_print(std::size_t token, PriceRaw price, Micros size);
  void judge_paper(std::size_t token);
  void expire_paper();
  void finish_paper();

  CheckerConfig config;
  Report report;
  TimeNs now = 0;
  bool venue_answers = true;
  bool disk_takes = true;
  VenueMode venue_mode = VenueMode::normal;
  TimeNs last_heartbeat = 0;
  bool trades_listed = false;  ///< to their end, in this process

 private:
  // lookups
  [[nodiscard]] std::size_t token_of(std::string_view token_id) const;
  [[nodiscard]] MarketWatch* market_of(std::string_view condition_id);
  [[nodiscard]] OrderWatch* order_of(std::string_view id);
  [[nodiscard]] MarketWatch& market(const TokenWatch& token) { return markets_[token.market]; }
  [[nodiscard]] std::size_t index_of(const TokenWatch& token) const;
  [[nodiscard]] const PositionView& held(const TokenWatch& token) const;
  [[nodiscard]] Micros fee_of(const TokenWatch& token, const Leg& leg) const;
  template <class Detail>
  bool check(Rule rule, bool holds, const TokenWatch& token, Detail&& detail) {
    return report.check(rule, holds, now, token.id, detail);
  }
  template <class Detail>
  void check_once(Rule rule, bool holds, OrderWatch& order, Detail&& detail) {
    if (!holds && !order.reported.insert(rule).second) return;
    report.check(rule, holds, now, tokens_[order.token]->id, detail);
  }

  // watch_market.cpp
  void market_event(const MarketText& event);
  void apply_book(std::size_t token, const MarketText& event, std::uint32_t connection);
  void share_tick(const TokenWatch& token);
  void apply_changes(const MarketText& event, std::uint32_t connection);
  void mark_visible(TokenWatch& token, const FeedChange& change);
  [[nodiscard]] std::vector<OwnShares> own_shares(const TokenWatch& token, bool with_uncertain) const;
  [[nodiscard]] bool is_firm(const OrderWatch& order) const;
  [[nodiscard]] bool is_disputed(const TokenWatch& token, SpanNs span) const;
  void distrust_connection(std::uint32_t connection);
  void distrust_silent(std::uint32_t connection, const LinkView& link);
  [[nodiscard]] SpanNs link_age(const TokenWatch& token) const;
  void note_bids(TokenWatch& token);
  void judge_signal(TokenWatch& token, bool quote_changed);
  [[nodiscard]] bool drop_holds(TokenWatch& token, std::size_t reading);
  [[nodiscard]] bool drop_is_certain(TokenWatch& token);
  [[nodiscard]] bool drop_is_possible(TokenWatch& token);
  [[nodiscard]] bool window_in_doubt(const TokenWatch& token) const;
  [[nodiscard]] bool is_drop(const TokenWatch& token, std::int64_t high, std::int64_t current) const;
  [[nodiscard]] bool may_buy(TokenWatch& token);
  [[nodiscard]] bool is_flat(const TokenWatch& token) const;
  [[nodiscard]] Micros spread_limit(const TokenWatch& token, const QuoteView& quote) const;

  // watch_orders.cpp
  void set_phase(OrderWatch& order, Phase phase);
  void told_matched(OrderWatch& order, Micros matched);
  void after_order_change(OrderWatch& order);
  void after_position_change(TokenWatch& token, Micros before, const Leg& leg);
  void update_floor(TokenWatch& token, Micros before, bool undone);
  void start_exit(TokenWatch& token);
  void check_sellable(TokenWatch& token);
  [[nodiscard]] Micros reserved_sells(const TokenWatch& token) const;

  // judge_place.cpp
  void judge_restart(const TokenWatch& token, const OrderWatch& order);
  void judge_trust(const TokenWatch& token, const OrderWatch& order);
  void judge_life(TokenWatch& token, const OrderWatch& order);
  void judge_shape(const TokenWatch& token, const OrderWatch& order);
  void judge_exclusive(TokenWatch& token, const OrderWatch& order);
  void judge_rates(const TokenWatch& token, const OrderWatch& order);
  void judge_exposure(const TokenWatch& token, const OrderWatch& order);
  void judge_buy_price(TokenWatch& token, const OrderWatch& order);
  void judge_reference(TokenWatch& token, const OrderWatch& order);
  void judge_sell_price(TokenWatch& token, const OrderWatch& order);
  [[nodiscard]] Micros open_buy_dollars(std::size_t token) const;
  [[nodiscard]] Micros token_exposure(std::size_t token) const;
  [[nodiscard]] Micros market_loss(const MarketWatch& market, std::size_t bought, Micros extra) const;

  // judge_time.cpp
  void judge_token_time(TokenWatch& token);
  void judge_order_bounds(TokenWatch& token, OrderWatch& order);
  void judge_idle(TokenWatch& token, OrderWatch& order);
  void judge_unexplained(TokenWatch& token, OrderWatch& order);
  void judge_exit_bound(TokenWatch& token);
  [[nodiscard]] SpanNs pull_bound() const;
  void accumulate_pull(TokenWatch& token, SpanNs span);
  [[nodiscard]] int pull_state(const TokenWatch& token, const OrderWatch& order) const;
  void judge_daily_loss();
  void judge_links();
  void forget_retired();
  [[nodiscard]] Micros total_pnl(const AccountView& account, std::size_t reading) const;
  [[nodiscard]] Micros payouts_to_come(const AccountView& account) const;
  [[nodiscard]] bool books_are_there() const;

  // watch_truth.cpp
  [[nodiscard]] bool truth_known() const { return truth_.leg_count() > 0 || truth_told_; }
  [[nodiscard]] PriceRaw payout_of(const TokenWatch& token) const;
  [[nodiscard]] bool is_payout_due(const TokenWatch& token) const;
  void compare_token(const LedgerToken& claim, const AccountView& account);
  void compare_quiescent();

  FrameReader reader_;
  std::vector<MarketWatch> markets_;
  std::vector<std::unique_ptr<TokenWatch>> tokens_;
  std::vector<std::size_t> changed_;  ///< by the frame at hand
  ByText<std::size_t> token_index_;
  ByText<std::size_t> market_index_;
  ByText<std::unique_ptr<OrderWatch>> orders_;
  std::map<std::string, std::vector<std::size_t>> events_;
  std::map<std::uint32_t, LinkView> links_;
  AccountView received_;
  AccountView truth_;
  bool truth_told_ = false;
  std::set<std::size_t> touched_;  ///< tokens with a position or an order, ever
  std::vector<OrderWatch*> truth_alive_;
  std::deque<std::pair<TimeNs, std::string>> retired_;  ///< ended without a fill: forgotten after a while
  std::deque<TimeNs> placements_;  ///< of the last second, exits not counted
  /// Orders that crossed and whose answer the trader may never have had: it alone tells the exact sum of a leg, which its trade
  /// tells to the unit.
  std::set<std::string, std::less<>> vague_;
  SpanNs venue_clock_ = 0;  ///< time during which the venue answered
  TimeNs last_periodic_ = 0;
  bool paused_ = false;
  bool killed_ = false;
  TimeNs killed_at_ = 0;
  TimeNs restarted_at_ = 0;
  TimeNs engine_stands_ = 0;  ///< since when, or since the crash; 0 = it goes
  TimeNs engine_went_on_ = 0;
  TimeNs engine_stalled_until_ = 0;  ///< in this process
  TimeNs desk_went_on_ = 0;  ///< what it does now it may have decided before it stood still
  // daily loss
  std::int64_t day_ = -1;
  Micros day_start_ = 0;
  TimeNs loss_since_ = 0;
  bool loss_hit_ = false;
  // ledger
  std::set<std::pair<std::string, std::string>> ledger_legs_;
  /// Received before a crash and not written down: the restarted trader hears of them for the first time.
  std::set<std::pair<std::string, std::string>> lost_legs_;
  bool have_claim_ = false;
  LedgerClaim claim_;
  TimeNs claim_at_ = 0;
  bool have_account_ = false;
  TruthAccount account_;
  TimeNs account_at_ = 0;
  std::string digest_;
  // paper
  std::unordered_map<std::uint64_t, GrantWatch> grants_;
  std::array<Micros, 4> granted_{};
  std::array<Micros, 4> filled_{};
  std::map<std::string, Micros> filled_by_order_;
  std::map<std::string, Micros> shadow_by_order_;
  std::deque<GrantPending> pending_grants_;
  std::map<std::size_t, std::deque<PrintSeen>> prints_;
  bool paper_told_ = false;
  bool finished_ = false;
};

}  // namespace ebb::checker
