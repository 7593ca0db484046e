// The engine: events in, commands out, deterministic (architecture, principle 3).
//
//   Engine engine(config, sink);
//   engine.add_market(spec, Follow::trade, now);
//   engine.on_event({now, model::MarketFrame{connection, text}});   // commands arrive at the sink meanwhile
//   engine.advance(now);                                            // timers due until now
//
// One thread. Time comes in with each event and never goes back (an earlier time counts as the latest one seen).
// on_event() runs the timers due until the event's time first, so how often advance() is called changes nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/archived.hpp"
#include "base/expected.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/timer_wheel.hpp"
#include "book/token_feed.hpp"
#include "engine/config.hpp"
#include "engine/input.hpp"
#include "engine/listener.hpp"
#include "engine/report.hpp"
#include "engine/stats.hpp"
#include "engine/token_trader.hpp"
#include "execution/order.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "model/market.hpp"
#include "model/market_data.hpp"
#include "model/record.hpp"
#include "polymarket/book_hash.hpp"
#include "polymarket/market_decoder.hpp"
#include "polymarket/order_digest.hpp"
#include "polymarket/user_decoder.hpp"
#include "portfolio/evidence.hpp"
#include "portfolio/ledger.hpp"
#include "portfolio/markout.hpp"
#include "risk/gate.hpp"

namespace ebb::engine {

class Engine : private risk::PositionSource {
 public:
  Engine(EngineConfig config, CommandSink& sink, Timestamp start);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void set_listener(EngineListener* listener) { listener_ = listener; }

  /// Goes on where an earlier run ended (model::Recovery). Call once, after the markets of the configuration AND those of the
  /// recovery were added (the latter with Follow::work_off where they are not configured) and before anything else; no
  /// effect after a first run. The ledger becomes what it was; orders are UNKNOWN until the venue was asked for their ids;
  /// mandates, frozen floors and the mark of the last complete sweep are kept. Then the restart phase: nothing is placed
  /// until every order is resolved (or named), a sweep since that mark is complete, and what we hold was compared.
  /// It is no input of the input log: the first checkpoint follows it.
  /// Errors: `restore.unknown_token` (a market was not added), `restore.inconsistent` (bookings that do not fit together).
  Expected<void> restore(const model::Recovery& recovery, Timestamp now);
  /// Whether the restart phase still holds back every placement.
  [[nodiscard]] bool restarting() const { return reconcile_.restarting; }
  /// Sees every input and every command from now on; nullptr = nobody does.
  void set_input_observer(InputObserver* observer) { observer_ = observer; }

  /// Adds a market at run time; its tokens are UNTRUSTED until their first snapshot. Errors: those of MarketTable::add.
  Expected<model::MarketIndex> add_market(model::MarketSpec spec, Follow follow, Timestamp now);
  /// The sibling's token id became known (a recording showed it later). Errors: those of MarketTable::add_sibling.
  Expected<model::TokenIndex> add_sibling(model::MarketIndex market, std::string token_id, std::string outcome,
                                          Timestamp now);
  /// Whether the market could still cost or bring something that we would miss: a position that can be sold, a live order or
  /// routine, a leg that has not settled. DUST does not count: no order could sell it.
  [[nodiscard]] bool at_stake(model::MarketIndex market) const;
  /// The market is not followed any more: its frames are ignored, nothing is evaluated, its books' memory is given back. What
  /// stays is its slot in the tables (indices are never used twice), about 4 KB a token. False while at_stake().
  bool retire(model::MarketIndex market, Timestamp now);
  /// Follows a retired market again: UNTRUSTED until the next snapshot, not traded before set_traded(). No effect on others.
  void revive(model::MarketIndex market, Timestamp now);
  [[nodiscard]] bool retired(model::MarketIndex market) const;
  /// Trades one token only: the others of its market are followed. Call before the first event of the token.
  void set_traded(model::TokenIndex token, bool traded);
  /// A token's own parameters, from now on (live parameter change).
  void set_params(model::TokenIndex token, const strategy::Params& params, Timestamp now);
  void set_limits(const risk::Limits& limits);

  void on_event(const model::Event& event);
  /// The same as on_event with a MarketFrame; the hot path.
  void on_market_frame(Timestamp time, model::ConnectionIndex connection, std::string_view text);
  /// Runs the timers due until `now`.
  void advance(Timestamp now);
  /// When the next timer is due; kNever if none.
  [[nodiscard]] Timestamp next_timer() const { return wheel_.next_due(); }

  /// Orderly stop: no new orders, cancels by the stop policy. The run goes on until open_orders() is empty or a bound.
  void begin_stop(Timestamp now);
  [[nodiscard]] bool stopping() const { return stopping_; }
  /// A recording ended: the market's orders are canceled, its position stays open and is marked at the last bid.
  void end_of_feed(Timestamp now);

  [[nodiscard]] const model::MarketTable& markets() const { return markets_; }
  [[nodiscard]] const EngineStats& stats() const { return stats_; }
  [[nodiscard]] const polymarket::DecoderStats& decoder_stats() const { return decoder_.stats(); }
  [[nodiscard]] const portfolio::Ledger& ledger() const { return ledger_; }
  [[nodiscard]] const portfolio::Markouts& markouts() const { return markouts_; }
  [[nodiscard]] const risk::Gate& gate() const { return gate_; }
  [[nodiscard]] const execution::OrderStore& orders() const { return orders_; }
  [[nodiscard]] const book::TokenFeed& feed(model::TokenIndex token) const { return feeds_[token.value()]; }
  [[nodiscard]] const TokenTrader& trader(model::TokenIndex token) const { return traders_[token.value()]; }
  [[nodiscard]] const EngineConfig& config() const { return config_; }
  [[nodiscard]] Timestamp now() const { return now_; }

  [[nodiscard]] Phase phase(model::TokenIndex token) const;
  [[nodiscard]] Money money() const;
  [[nodiscard]] TokenReport report(model::TokenIndex token) const;
  /// Tokens that trade, in order of registration.
  [[nodiscard]] const std::vector<model::TokenIndex>& traded() const { return traded_; }
  /// Markets of which the venue should be asked what they pay: resolved ones in which we hold something and whose payout is
  /// not known (the resolution named no winner: 50/50), and those of which a reading shows less than we hold or the venue
  /// refused an order because they are closed: they may have resolved while nobody listened.
  [[nodiscard]] std::vector<model::MarketIndex> unpaid_markets() const;
  [[nodiscard]] std::uint64_t pool_exhausted() const { return pool_.exhausted(); }

 private:
  template <class T>
  friend struct ebb::Archived;

  enum class TimerKind : std::uint8_t { reevaluate, recheck, sell_only, exit_start, market_end, housekeeping, warm };
  struct Connection {
    book::Link link;
    Timestamp last_frame;
    std::uint32_t frames_this_second = 0;
    std::uint32_t frames_last_minute = 0;
    std::array<std::uint32_t, 60> per_second{};
    std::uint32_t second = 0;
    bool in_gap = false;
  };
  struct MarketState {
    Price tick{100};
    bool resolved = false;
    std::array<Price, 2> payout{model::kNoPrice,
                                model::kNoPrice};  ///< a share, by outcome, once the winner or the payout was told
    polymarket::ExchangeContract contract = polymarket::ExchangeContract::standard;
    Timestamp less_seen;  ///< first reading that showed less than we hold: it may have been paid out unheard
    Timestamp refused_as_closed;  ///< an order, last: it may have resolved unheard
    Timestamp told_open;  ///< the venue last said that it has not resolved
  };
  enum class Cause : std::uint8_t { event, timer, answer };
  /// A sweep reaches so far behind the mark: trades are told late, and their times are of the venue's clock, not of ours.
  static constexpr Duration kSweepOverlap = minutes(5);
  /// What comparing with the venue remembers beside the tokens' notes.
  struct Reconcile {
    bool records_open = false;  ///< the starting cash was told
    bool restarting = false;
    Timestamp restart_since;
    Timestamp restart_told;  ///< the operator was last told that it takes long
    Timestamp sweep_since;  ///< what the sweep that is under way was asked for
    Timestamp proved_at;  ///< the newest complete sweep was asked for at this time
    Timestamp retry_sweep_at = kNever;
    std::uint32_t sweep_tries = 0;
    std::uint32_t fold_turn = 0;
    Timestamp round_at;  ///< the last round of questions
    portfolio::CashMemory cash;
    std::array<model::OrderId, 16> foreign{};  ///< orders of other hands that were reported
    std::uint32_t foreign_next = 0;
  };

  [[nodiscard]] Connection& connection(model::ConnectionIndex index);

  // risk::PositionSource
  [[nodiscard]] risk::Exposure exposure(model::TokenIndex token) const override;
  [[nodiscard]] Usdc cash() const override;

  // Feed (engine_feed.cpp)
  /// A frame proves that its connection lives; a REST answer does not (rules 1.3).
  void on_frame(model::ConnectionIndex index, std::string_view text);
  void decode_and_apply(model::ConnectionIndex index, std::string_view text);
  [[nodiscard]] model::TokenIndex find_followed(std::string_view asset_id) const;
  void on_book(const model::MarketEvent& event);
  void on_price_change(const model::MarketEvent& event);
  void on_last_trade(const model::MarketEvent& event);
  void on_tick_size(const model::MarketEvent& event);
  void on_resolved(const model::MarketEvent& event);
  void resolve(model::MarketIndex market, const std::array<Price, 2>& payout);
  void on_payout(const model::PayoutReading& reading);
  void redeem(model::TokenIndex token);
  void after_feed(model::TokenIndex token, const book::FeedResult& result, bool was_trusted);
  void on_trust_lost(model::TokenIndex token);
  void apply_tick(model::TokenIndex token, Price tick);
  void check_hash(model::TokenIndex token);
  void distrust_connection(model::ConnectionIndex connection, book::UntrustedReason reason);
  void note_connection(model::TokenIndex token) { traders_[token.value()].connection = current_connection_; }
  void distrust(model::TokenIndex token, book::UntrustedReason reason);
  void count_frame(model::ConnectionIndex index);
  void note_silence(model::ConnectionIndex index);
  void detect_gaps();
  bool refresh_net(model::TokenIndex token);

  // Own orders in the books (engine_own.cpp)
  struct LevelSizes {
    std::array<Shares, 8> before{};
  };
  void remember_levels(model::TokenIndex token, LevelSizes& sizes) const;
  void update_shown(model::TokenIndex token, const LevelSizes& sizes);
  void add_own(const model::PlaceOrder& order);
  void reduce_own(const execution::Order& order);
  void reduce_own(const execution::Order& order, Shares remaining);
  void settle_own(model::TokenIndex token);

  // Deciding (engine_trade.cpp)
  void evaluate(model::TokenIndex token, Cause cause);
  void evaluate_deferred();
  void step_signal(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market);
  void step_work(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market);
  bool step_buy(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market, bool signal_holds);
  bool step_sell(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market);
  bool step_exit(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market);
  void raise_signal(model::TokenIndex token, TokenTrader& trader, const execution::MarketState& market,
                    strategy::BandVerdict band);
  [[nodiscard]] int guard(model::TokenIndex token, const TokenTrader& trader,
                          const execution::MarketState& market) const;
  void refuse_signal(model::TokenIndex token, TokenTrader& trader, int refusal);
  [[nodiscard]] Usdc mark_of(model::TokenIndex token) const;  ///< of the whole position
  [[nodiscard]] bool daily_loss_stops() const { return gate_.daily_loss_hit() && gate_.limits().stop_on_daily_loss; }
  [[nodiscard]] Price tick_of(model::TokenIndex token) const {
    return market_states_[markets_.token(token).market.value()].tick;
  }
  [[nodiscard]] execution::MarketState market_state(model::TokenIndex token, const TokenTrader& trader) const;
  [[nodiscard]] std::optional<model::CancelReason> buy_forbidden(const TokenTrader& trader) const;
  [[nodiscard]] std::optional<model::CancelReason> sell_forbidden(const TokenTrader& trader) const;
  [[nodiscard]] execution::BuyRules buy_rules(model::TokenIndex token, const TokenTrader& trader) const;
  [[nodiscard]] execution::SellRules sell_rules(model::TokenIndex token, const TokenTrader& trader) const;
  [[nodiscard]] execution::Holding holding(model::TokenIndex token, const TokenTrader& trader) const;
  [[nodiscard]] Price floor_of(model::TokenIndex token, const TokenTrader& trader) const;
  void wait_with(model::TokenIndex token, TokenTrader& trader, const execution::Action& action);
  void recheck(model::TokenIndex token, TokenTrader& trader, Timestamp at);
  void update_work(model::TokenIndex token);
  void start_exit(model::TokenIndex token, execution::ExitReason reason);
  void routine_ended(model::TokenIndex token, TokenTrader& trader, execution::Result result, model::Side side);

  // Orders (engine_orders.cpp)
  struct Placement {
    execution::OrderHandle order;
    risk::Refusal refusal = risk::Refusal::none;
  };
  Placement place(model::TokenIndex token, model::Side side, Price price, Shares size, model::OrderPurpose purpose,
                  Price reference, std::uint32_t cycle);
  void cancel(execution::OrderHandle order, model::CancelReason reason);
  void cancel_all_of(model::TokenIndex token, model::CancelReason reason);
  void cancel_uncovered_sells(model::TokenIndex token);
  void ask(execution::OrderHandle order);
  void try_close(execution::OrderHandle order);
  void true_up(const execution::Order& order);
  void mark_ended(execution::Order& order);
  void accept(execution::OrderHandle order);
  void lose_sight(execution::OrderHandle order);
  void close(execution::OrderHandle order, execution::OrderInput input);
  void on_place_answer(const model::PlaceAnswer& answer);
  void on_cancel_answer(const model::CancelAnswer& answer);
  void on_status_answer(const model::OrderStatusAnswer& answer);
  void on_user_frame(std::string_view text);
  void on_user_order(const model::UserOrder& event);
  void on_user_trade(const model::UserTrade& trade);
  void claim(execution::OrderHandle order, Shares matched);
  void explained(execution::Order& order);
  void take_leg(execution::OrderHandle order, const model::UserTrade& trade);
  void on_position_reading(const model::PositionReading& reading);
  void on_balance_reading(const model::BalanceReading& reading);
  void check_orders();
  void sweep_trades();
  void forget_sweep();
  void sweep_done(Timestamp since);
  [[nodiscard]] bool waits_for_trades(model::TokenIndex token) const;
  [[nodiscard]] bool has_open_buy(model::TokenIndex token) const;
  [[nodiscard]] bool is_true_shortage(const execution::Order& order) const;
  [[nodiscard]] Timestamp expiration_for(model::TokenIndex token, const TokenTrader& trader) const;

  // Records (engine_records.cpp)
  template <class Body>
  void record(const Body& body) {
    listener_->on_record(model::Record{now_, body});
  }
  /// The first input without a restore before it: what the books begin with is told.
  void open_records() {
    if (!reconcile_.records_open) [[unlikely]]
      tell_opening();
  }
  void tell_opening();
  void note(const execution::Order& order, model::OrderStep step);
  void note_token(model::TokenIndex token);
  void note_incident(std::string_view kind, model::TokenIndex token, std::int64_t value,
                     model::ConnectionIndex connection = model::ConnectionIndex::none());
  void note_difference(const model::DifferenceRecord& difference);
  void note_refusal(model::TokenIndex token, model::Side side, Price price, Shares size, risk::Refusal refusal);
  // Every change of the ledger goes through these (and on_user_trade).
  void book_fill(const model::UserTrade& trade, Usdc fee);
  void book_adoption(model::TokenIndex token, Shares size, Usdc cost, bool cost_known);
  void book_cost(model::TokenIndex token, Usdc cost);
  void book_write_off(model::TokenIndex token, Shares size);
  void book_payout(model::TokenIndex token, Price payout);
  void book_true_up(model::TokenIndex token, Usdc delta);
  void book_deposit(Usdc amount);
  void ledger_changed(model::TokenIndex token);
  void fold_quiet_tokens();
  void watch_daily_loss();
  [[nodiscard]] bool marks_are_known() const;

  // Comparing with the venue (engine_reconcile.cpp)
  void count_absence(execution::OrderHandle order, const portfolio::OrderDecision& decision);
  void meet_zombie(execution::Order& order, const portfolio::OrderDecision& decision);
  void report_foreign(const model::OrderId& id);
  void tell_order_difference(const execution::Order& order, const portfolio::OrderDecision& decision,
                             std::string_view action);
  [[nodiscard]] portfolio::FillOrigin origin_of(const model::UserTrade& trade) const;
  void tell_external(const model::UserTrade& trade);
  void refuse_leg(const model::UserTrade& trade, std::string_view verdict);
  [[nodiscard]] bool awaits_payout(model::TokenIndex token) const;
  void doubt(model::TokenIndex token, const model::PositionReading& reading);
  void settle_doubt(model::TokenIndex token, const model::BalanceReading& balance);
  void end_swept_doubts();
  void act_on_reading(model::TokenIndex token, const model::PositionReading& reading,
                      const portfolio::ReadingMerge& merge);
  void tell_position_difference(model::TokenIndex token, Shares ours, Shares theirs, portfolio::ReadingVerdict verdict);
  void raise_sell_floor(model::TokenIndex token);
  void on_cash_reading(const model::BalanceReading& reading);
  void reconcile_now();
  void step_reconcile();
  void name_bare_positions();

  // Restart (engine_restore.cpp)
  [[nodiscard]] Expected<std::vector<model::TokenIndex>> find_tokens(const model::Recovery& recovery) const;
  Expected<void> restore_ledger(const model::Recovery& recovery, const std::vector<model::TokenIndex>& tokens);
  Expected<void> restore_booking(const model::RecoveredBooking& booking, const std::vector<model::TokenIndex>& tokens);
  void restore_order(const model::RecoveredOrder& recovered, model::TokenIndex token, Shares filled);
  void restore_token(const model::TokenRecord& record, model::TokenIndex token);
  void resume_sell(model::TokenIndex token, const model::TokenRecord* record);
  void begin_restart();
  void step_restart();
  void ask_position(model::TokenIndex token);
  void cancel_leftovers();
  [[nodiscard]] bool compared(model::TokenIndex token) const;

  // Running (engine.cpp)
  void run_timers(Timestamp now);
  /// Tells the observer of a call. What it tells must be complete before the engine acts on it.
  template <class Input>
  void observe(Timestamp now, const Input& input) {
    if (observer_ != nullptr) [[unlikely]]
      observer_->on_call(std::max(now, now_), input);
  }
  [[nodiscard]] static const strategy::Params& parameters_of_no_tier();
  void init_token(model::TokenIndex token, Follow follow);
  void init_market(model::MarketIndex market);
  void keep_reevaluating(model::TokenIndex token);
  [[nodiscard]] const strategy::TierRule* pick_tier(model::TokenIndex token) const;
  void choose_params(model::TokenIndex token);
  void adopt_params(model::TokenIndex token, const strategy::Params& params);
  void review_tier(model::TokenIndex token);
  void on_timer(TimerKind kind, std::uint32_t index);
  void housekeeping();
  void end_warm_up();
  void on_operator(const model::OperatorRequest& request);
  void apply_operator(const model::OperatorRequest& request, model::TokenIndex token);
  void emit(const model::Command& command) {
    if (observer_ != nullptr) observer_->on_command(command, now_);
    sink_->on_command(command, now_);
  }
  void alert(model::AlertKind kind, model::TokenIndex token, std::int64_t value);
  void schedule(Timestamp at, TimerKind kind, std::uint32_t index);

  EngineConfig config_;
  CommandSink* sink_;
  EngineListener* listener_;
  InputObserver* observer_ = nullptr;
  Timestamp now_;
  Timestamp arrived_;  ///< of the input that is handled: timers that were due before it run late, each at its own time
  Random salts_;
  model::MarketTable markets_;
  strategy::HighPool pool_;
  std::vector<book::TokenFeed> feeds_;
  std::vector<TokenTrader> traders_;
  std::vector<crypto::Word> token_words_;  // token ids as 32-byte words, for the digests
  std::vector<std::unique_ptr<strategy::Params>> own_params_;
  std::vector<strategy::TierRule> tiers_;
  std::vector<MarketState> market_states_;
  std::vector<Connection> connections_;
  std::vector<model::TokenIndex> traded_;
  execution::OrderStore orders_;
  portfolio::Ledger ledger_;
  portfolio::Markouts markouts_;
  risk::Gate gate_;
  TimerWheel wheel_;
  polymarket::MarketDecoder decoder_;
  polymarket::UserDecoder user_decoder_;
  polymarket::OrderDigester digester_;
  crypto::Address maker_{};
  crypto::Address signer_{};
  polymarket::BookHasher hasher_;
  model::DecodedFrame frame_;
  polymarket::UserFrameContent user_events_;
  bool deferring_ = false;  ///< one event with several parts is being applied: decisions wait for the last one
  std::vector<model::TokenIndex> deferred_;  ///< and are about these
  EngineStats stats_;
  EngineListener no_listener_;
  model::ConnectionIndex current_connection_{0};
  model::VenueMode venue_mode_ = model::VenueMode::normal;
  Usdc unsettled_sell_proceeds_;
  Timestamp last_sweep_;
  Timestamp sweep_asked_;
  Reconcile reconcile_;
  bool warming_up_ = false;
  bool stopping_ = false;
  bool feed_ended_ = false;
  std::set<std::string, std::less<>> read_names_;  // what texts of a checkpoint point to: their own are static
};

}  // namespace ebb::engine
