// The authenticated half of a trader as one state machine: orders, heartbeat, pollers, and what ties them together. It begins
// with a known account, closes the gate while something vital is down, asks for every order after beats were missed or the
// user stream was away, and reads what the account holds.
//
// No clock, no socket: gateway::OrderLink ties it to HTTPS connections, the simulation to a simulated network. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/command.hpp"
#include "model/event.hpp"
#include "model/market.hpp"
#include "session/heartbeat.hpp"
#include "session/order_sender.hpp"
#include "session/pollers.hpp"

namespace ebb::session {

/// Which of the desk's machines a request belongs to: its answer goes back there.
enum class DeskMachine : std::uint8_t { orders, heartbeat };

/// Outputs of OrderDesk. None of these may call back into the desk.
class OrderDeskSink {
 public:
  virtual ~OrderDeskSink() = default;
  /// As RestSink::send; answered once, later, by OrderDesk::on_answer with the same machine and id.
  virtual void send(DeskMachine machine, RequestId id, Origin origin, HttpRequest request, Duration timeout) = 0;
  /// For the engine; texts are valid during the call only. False: it could not be handed over (the desk then counts the engine
  /// as dead until it shows life).
  [[nodiscard]] virtual bool on_event(const model::EventBody& event) = 0;
  /// As OrderSenderSink::on_leaving: whoever keeps intents keeps them now.
  [[nodiscard]] virtual Expected<void> on_leaving(std::span<const model::PlaceOrder* const> /*orders*/) { return {}; }
  /// For the operator.
  virtual void on_note(std::string text) = 0;
};

/// An order of an earlier run that may be at the venue.
struct KnownOrder {
  model::OrderId id;
  Shares size;
  Timestamp placed;  ///< when it may have been sent
};

struct OrderDeskConfig {
  OrderSenderOptions sender;
  HeartbeatOptions heartbeat;
  PollerOptions pollers;
  bool use_heartbeat = true;
  std::vector<KnownOrder> known;  ///< taken over: listed or asked for by the first resync
  Duration clock_offset{0};  ///< server time - our time
};

class OrderDesk {
 public:
  /// `sink` outlives the desk. `order_auth`, `beat_auth` and `api_key` belong together; two signers, so that a beat never waits
  /// for an order.
  OrderDesk(OrderDeskConfig config, std::unique_ptr<const polymarket::OrderSignatures> signer,
            polymarket::L2Signer order_auth, polymarket::L2Signer beat_auth, std::string api_key,
            model::MarketTable markets, OrderDeskSink& sink);
  ~OrderDesk();
  OrderDesk(const OrderDesk&) = delete;
  OrderDesk& operator=(const OrderDesk&) = delete;

  /// No order leaves before resync() has shown the account: what earlier runs left is taken over (`known`), other orders are left
  /// or canceled (`OrderSenderOptions::foreign`).
  void start(Timestamp now);
  void stop(Timestamp now);
  void submit(Timestamp now, const model::Command& command);
  void on_user_stream(Timestamp now, bool up);
  /// A sign of life of the engine's loop: at least every three seconds, or the gate closes.
  void on_engine_alive(Timestamp now);
  /// What keeps the journal from keeping what is told to it; empty = nothing. To be told a few times a second. Trouble closes
  /// the gate and stops the heart at once; both go on when there was none for a while.
  void on_journal(Timestamp now, std::string_view trouble);
  /// Reads every open order and the trades since then, again and again until nothing is missing. The first one opens the gate.
  void resync(Timestamp now, Timestamp since);
  /// Cancels every order of the account in one request.
  void cancel_all(Timestamp now);
  /// What the resolved market pays, of the Data API.
  void ask_payout(Timestamp now, model::MarketIndex market);
  /// The engine closed these orders; these tokens have a position or an order.
  void on_engine_news(const std::vector<model::OrderId>& closed, std::vector<model::TokenIndex> tokens);
  /// No new orders; cancels still leave.
  void close_for_orders(Timestamp now);

  void on_answer(Timestamp now, DeskMachine machine, RequestId id, const Expected<HttpResponse>& answer);
  void on_timer(Timestamp now);
  [[nodiscard]] Timestamp next_timer() const;

  [[nodiscard]] const OrderSender& sender() const { return sender_; }
  [[nodiscard]] OrderSender& sender() { return sender_; }
  [[nodiscard]] const Heartbeat& heartbeat() const { return heartbeat_; }

 private:
  class SenderSide;
  class HeartbeatSide;
  void want_resync(Timestamp now, Timestamp since);
  void on_resynced(Timestamp now, bool complete);
  void take_census(Timestamp now);
  void on_engine_silent(Timestamp now, std::string_view why);
  void settle(Timestamp now);

  OrderDeskConfig config_;
  OrderDeskSink& sink_;
  Timestamp now_;  // of the call under way, for what the machines say meanwhile
  polymarket::L2Signer beat_auth_;
  std::unique_ptr<SenderSide> sender_side_;
  std::unique_ptr<HeartbeatSide> heartbeat_side_;
  OrderSender sender_;
  Heartbeat heartbeat_;
  Pollers pollers_;
  Timestamp engine_seen_;
  std::optional<Timestamp> resync_since_;  // what is still to be read; none = nothing
  Timestamp next_resync_ = kNever;
  bool resyncing_ = false;
  bool resync_again_ = false;
  Timestamp next_census_ = kNever;  // of what the account holds
  int censuses_ = 0;
  bool engine_alive_ = false;
  bool journal_up_ = true;
  Timestamp journal_well_since_;
  bool started_ = false;
  // Said from inside a machine, which must not be entered again before it is done.
  std::optional<bool> told_resynced_;
  bool told_overflow_ = false;
};

}  // namespace ebb::session
