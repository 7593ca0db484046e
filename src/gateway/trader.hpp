// A trader on a real clock: engine and feed on one thread, authenticated REST on another (architecture, data flow).
//
//   Trader trader(std::move(config));
//   trader.start();
//   trader.call([](engine::Engine& engine) { ... });   // on the engine's thread, while it runs
//   trader.begin_stop();                               // orderly: no new orders, cancels by the stop policy
//   ... until trader.at_rest() ...
//   trader.finish();                                   // ends the threads; then engine() may be read
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.hpp"
#include "exchange/paper_venue.hpp"
#include "gateway/journal_link.hpp"
#include "gateway/market_link.hpp"
#include "gateway/order_link.hpp"
#include "gateway/paper_link.hpp"
#include "gateway/user_link.hpp"
#include "gateway/venue_address.hpp"
#include "session/reconnect_report.hpp"
#include "strategy/params.hpp"

namespace ebb::gateway {

/// Watches a run on the engine's thread, before the engine acts on what it sees.
class TraderObserver : public FeedTap {
 public:
  /// The markets are known; nothing has happened yet.
  virtual void on_markets(const engine::Engine&) {}
  /// One more market, while the trader runs; nothing of it has happened yet.
  virtual void on_market_added(const engine::Engine&, model::MarketIndex) {}
  virtual void on_command(const model::Command&, Timestamp) {}
  /// User frames, answers, readings, modes: everything that is not of the feed.
  virtual void on_own_event(const model::Event&) {}
  /// About once a second.
  virtual void on_tick(Timestamp) {}
};

/// What trading with real orders needs.
struct LiveConfig {
  crypto::PrivateKey key;
  polymarket::ApiCredentials credentials;
  polymarket::L2Signer order_auth;
  polymarket::L2Signer beat_auth;
  OrderLinkConfig orders;
};

/// Where a trader's books are kept, and what an earlier run left in them.
struct BooksConfig {
  store::Journal* journal = nullptr;  ///< open, outlives the trader; the run is begun and ended by the trader
  store::RunStart run;                ///< its time is set at start()
  model::Recovery recovery;           ///< of the same account
};

struct TraderConfig {
  VenueAddress venue;
  engine::EngineConfig engine;
  session::FeedConfig feed;
  std::vector<model::MarketSpec> markets;
  std::vector<std::string> tokens;  ///< to trade, of these markets; empty = all
  std::function<const strategy::Params*(const std::string& token_id)> own_params;  ///< may be empty, may return nullptr
  bool watch_only = false;  ///< books and frames, no trading at all
  exchange::PaperConfig paper;  ///< used without `live`
  std::optional<LiveConfig> live;  ///< real orders; none = paper fills
  std::optional<BooksConfig> books;  ///< none: nothing is kept
  engine::EngineListener* listener = nullptr;
  TraderObserver* observer = nullptr;
  /// Asked before an order leaves, on the engine's thread; false: it is told that it was not sent. Empty = always.
  std::function<bool()> may_order;
  Duration spin{0};  ///< both threads poll so long after the last event before they sleep
  std::optional<unsigned> engine_core;  ///< the thread is bound to it; none = the scheduler's choice
  std::optional<unsigned> gateway_core;  ///< the same
};

struct TraderState {
  std::size_t tokens = 0;
  std::size_t untrusted = 0;
  std::size_t connections = 0;
  std::size_t connections_open = 0;
  session::FeedStats feed;
  session::BookPollStats books;
  std::optional<session::UserStreamStats> user;
  std::string user_error;
  std::uint64_t reconnects = 0;
  std::vector<Reopening> reopenings;
  std::size_t open_orders = 0;
  std::size_t kept_orders = 0;  ///< of them: SELLs that the stop policy leaves on the book
  std::size_t leaving_markets = 0;  ///< given up, and followed as long as something is at stake
  std::size_t retired_markets = 0;
  bool unsettled = false;  ///< matched legs whose settlement is on its way
};

/// How a token is given up.
enum class Leaving : std::uint8_t {
  sell_only,  ///< no BUY any more; what is held is sold at its profit, and followed until then
  exit  ///< everything is canceled and sold now
};

class Trader : private engine::CommandSink, private engine::EngineListener {
 public:
  explicit Trader(TraderConfig config);
  ~Trader() override;
  Trader(const Trader&) = delete;
  Trader& operator=(const Trader&) = delete;

  /// Errors: those of Engine::add_market, named by the market.
  /// With books, also those of the journal and of Engine::restore. Recovered markets that are not configured are followed and
  /// worked off. No order leaves before the venue has told what became of the recovered ones.
  [[nodiscard]] Expected<void> start();
  /// Runs `work` on the engine's thread and waits for it. From another thread, between start() and finish().
  void call(const std::function<void(engine::Engine&)>& work);
  void operate(const model::OperatorRequest& request);
  /// Trades `tokens` of one more market (empty = all of it) from now on; the others do not notice. A market that was removed is
  /// taken up again. From other threads, between start() and finish(). Errors: those of Engine::add_market, and of a journal that
  /// cannot keep the market (then it is followed, and not traded before another call).
  [[nodiscard]] Expected<void> add_market(const model::MarketSpec& spec, const std::vector<std::string>& tokens = {});
  /// Gives a token up. Once no traded token of its market is left and nothing is at stake in it, the market is unsubscribed and
  /// its books are forgotten; a fill that is told later takes it up again. Slots in the engine's tables stay. Error:
  /// `trader.unknown_token`.
  [[nodiscard]] Expected<void> remove_token(const std::string& token_id, Leaving how);
  void begin_stop();
  /// TraderConfig::spin from now on. From another thread, between start() and finish().
  void set_spin(Duration spin);
  [[nodiscard]] TraderState state();
  /// The last resort of a stop: one request that cancels every order of the account. Nothing on paper.
  void cancel_all_at_venue();
  /// Of the gateway's thread; nullopt on paper.
  [[nodiscard]] std::optional<OrderLinkState> order_state();
  /// Where orders spent their time so far; nullopt on paper.
  [[nodiscard]] std::optional<StageTimes> stage_times();
  void finish();
  /// What went wrong with the books; after finish().
  [[nodiscard]] const std::vector<Error>& book_errors() const { return book_errors_; }
  /// Markets of an earlier run that are not configured any more: nothing is bought there. After start().
  [[nodiscard]] const std::vector<std::string>& worked_off() const { return worked_off_; }

  [[nodiscard]] engine::Engine& engine() { return engine_; }
  [[nodiscard]] const PaperLink* paper() const { return paper_.get(); }
  /// After finish().
  [[nodiscard]] const session::ReconnectReport& reconnect_report() const { return reconnects_; }
  [[nodiscard]] const StageTimes* stages() const { return orders_ ? &orders_->stages() : nullptr; }
  /// Frame read from the socket -> decided, of every frame.
  [[nodiscard]] const telemetry::Histogram& bytes_to_decision() const { return bytes_to_decision_; }
  /// Commands for the venue that could not be handed over (0 unless the gateway's thread hangs).
  [[nodiscard]] std::uint64_t lost_commands() const { return lost_commands_; }

 private:
  class Tap;
  // engine::CommandSink
  void on_command(const model::Command& command, Timestamp now) override;
  // engine::EngineListener
  void on_signal(Timestamp now, model::TokenIndex token, int refusal) override;
  void on_order_placed(Timestamp now, const execution::Order& order) override;
  void on_order_closed(Timestamp now, const execution::Order& order) override;
  void on_fill(Timestamp now, const model::UserTrade& trade) override;
  void on_params(Timestamp now, model::TokenIndex token) override;
  void on_round_trip(Timestamp now, model::TokenIndex token) override;
  void on_record(const model::Record& record) override;
  // Books (trader_books.cpp)
  [[nodiscard]] Expected<void> add_recovered_markets();
  [[nodiscard]] Expected<void> open_books();
  void take_over_orders();
  void open_paper();
  void close_paper_orders();
  void look_at_paper_journal(Timestamp now);
  void close_books();
  [[nodiscard]] Timestamp sweep_from() const;
  void on_tick();
  void take_own(const model::Event& event);
  void every_second(Timestamp now);
  void refuse_unsent(const model::Command& command);
  [[nodiscard]] bool is_traded(const std::string& token_id) const;
  [[nodiscard]] bool unsettled() const;
  [[nodiscard]] std::size_t kept_orders() const;
  [[nodiscard]] static engine::EngineConfig with_start(engine::EngineConfig config, Timestamp start);
  void carry_out(const model::Command& command, Timestamp now);
  [[nodiscard]] std::vector<model::TokenIndex> tokens_at_stake() const;
  // Markets at run time (trader_markets.cpp); on the engine's thread, but for the first.
  [[nodiscard]] Expected<void> tell_gateway(const model::MarketSpec& spec);
  [[nodiscard]] Expected<model::MarketIndex> open_market(const model::MarketSpec& spec);
  void take_up(model::MarketIndex market, const std::vector<std::string>& tokens);
  void follow_token(model::TokenIndex token, bool traded);
  void follow_leaving_markets();
  void retire_leaving_markets();

  TraderConfig config_;
  net::Loop engine_loop_;
  net::Loop gateway_loop_;
  Timestamp started_;
  engine::Engine engine_;
  std::unique_ptr<Tap> tap_;
  std::unique_ptr<PaperLink> paper_;
  std::unique_ptr<MarketLink> market_;
  std::unique_ptr<UserLink> user_;
  std::unique_ptr<OrderLink> orders_;
  std::unique_ptr<Handover<TimedCommand, 8192>> commands_;
  std::unique_ptr<OrderLink::EventQueue> events_;
  std::unique_ptr<JournalLink> journal_;
  model::IntentRecord last_intent_;  // of the command that comes next
  bool may_ask_ = false;  // set before the threads start
  std::vector<model::Command> asked_early_;  // by the engine's restore, before there was anybody to ask
  bool paper_gate_open_ = true;
  bool stopped_in_order_ = false;
  std::vector<Error> book_errors_;
  std::vector<std::string> worked_off_;
  std::unique_ptr<net::Loop::Timer> tick_;
  Timestamp next_second_;
  std::atomic<std::int64_t> spin_{0};  ///< nanoseconds
  Timestamp next_payouts_;
  Timestamp frame_received_;  // of the frame that is being handled; unset outside of one
  session::ReconnectReport reconnects_;
  telemetry::Histogram bytes_to_decision_;
  std::vector<model::OrderId> closed_;  // since the gateway's thread was told
  std::mutex adding_;  // markets get the same indices in the engine's table and in the gateway's
  std::vector<model::TokenIndex> removed_;  // given up, their market is not retired yet
  std::vector<model::MarketIndex> leaving_;  // every traded token of them is removed
  std::size_t retired_ = 0;
  std::uint64_t lost_commands_ = 0;
  std::thread engine_thread_;
  std::thread gateway_thread_;
  bool running_ = false;
};

}  // namespace ebb::gateway
