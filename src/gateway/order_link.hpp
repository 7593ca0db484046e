// Authenticated REST on the gateway's thread: session::OrderDesk tied to HTTPS connections, and the clock of every stage from
// a decision to the bytes on the wire.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/flat_map.hpp"
#include "gateway/handover.hpp"
#include "gateway/journal_link.hpp"
#include "gateway/venue_address.hpp"
#include "model/command.hpp"
#include "model/market.hpp"
#include "model/owned_event.hpp"
#include "net/http_client.hpp"
#include "net/loop.hpp"
#include "session/order_desk.hpp"
#include "telemetry/histogram.hpp"

namespace ebb::gateway {

/// A command on its way to the gateway's thread, and what led to it.
struct TimedCommand {
  model::Command command;
  Timestamp received;  ///< of the frame that was being handled
  Timestamp decided;
  Price reference;  ///< of an order: what its intent keeps beside it (model::IntentRecord)
  std::uint32_t cycle = 0;
};

/// Time spent by orders in each stage (wall clock; never an input of anything). Orders that had to wait (budget, lane,
/// mode) are left out: they measure the wait, not the machine.
/// `intent`: keeping the intent before the order leaves.
enum class Stage : std::uint8_t { decide, hand_over, sign, intent, write, total };
inline constexpr std::size_t kStages = 6;
[[nodiscard]] std::string_view to_text(Stage stage);
using StageTimes = std::array<telemetry::Histogram, kStages>;

/// What the operator should know of the venue's side.
struct OrderLinkState {
  model::VenueMode mode = model::VenueMode::normal;
  bool gate_open = false;
  std::string gate_reasons;
  session::OrderSenderStats sender;
  std::size_t queued = 0;  ///< commands that wait for a lane or a budget
  std::size_t in_flight = 0;  ///< requests under way
  session::HeartbeatState heartbeat = session::HeartbeatState::off;
  std::uint64_t beats = 0;
  std::uint64_t missed_beats = 0;
  std::uint64_t rate_refusals = 0;
  std::vector<std::string> notices;  ///< newest last, bounded
  std::uint64_t notices_total = 0;
};

struct OrderLinkConfig {
  session::OrderDeskConfig desk;
  /// > 0: the signing code is kept warm by a throw-away order so often; for a thread that polls anyway.
  Duration keep_warm{0};
  JournalLink* journal =
      nullptr;  ///< keeps intents; outlives the link. None: nothing is kept (recordings of frames, benchmarks)
};

class OrderLink {
 public:
  using EventQueue = Handover<model::OwnedEvent*, 16'384>;
  /// Everything outlives the link. `signing_key` goes to the order signer.
  OrderLink(net::Loop& loop, const VenueAddress& venue, OrderLinkConfig config, crypto::PrivateKey signing_key,
            const polymarket::ApiCredentials& credentials, polymarket::L2Signer order_auth,
            polymarket::L2Signer beat_auth, const model::MarketTable& markets, EventQueue& to_engine);
  ~OrderLink();
  OrderLink(const OrderLink&) = delete;
  OrderLink& operator=(const OrderLink&) = delete;

  // On the gateway's thread:
  void start();
  /// OrderLinkConfig::keep_warm from now on; 0 = not at all.
  void set_keep_warm(Duration every);
  void submit(const TimedCommand& command);
  void on_user_stream(bool up);
  void on_engine_alive();
  /// Reads every open order and the trades since then, again and again until nothing is missing. The first one opens the gate.
  void resync(Timestamp since);
  /// One more market, in the order in which the engine gets them. Errors: those of MarketTable::add.
  [[nodiscard]] Expected<void> add_market(const model::MarketSpec& spec) { return desk_.sender().add_market(spec); }
  /// Cancels every order of the account in one request.
  void cancel_all();
  /// What the resolved market pays, of the Data API.
  void ask_payout(model::MarketIndex market);
  /// The engine closed these orders; these tokens have a position or an order.
  void on_engine_news(const std::vector<model::OrderId>& closed, std::vector<model::TokenIndex> tokens);
  /// No new orders; cancels still leave.
  void close_for_orders();
  void stop();
  [[nodiscard]] OrderLinkState state() const;
  [[nodiscard]] const StageTimes& stages() const { return stages_; }

 private:
  class DeskSide;
  void send(session::DeskMachine machine, session::RequestId id, session::Origin origin, HttpRequest request,
            Duration timeout);
  Expected<void> keep_intents(std::span<const model::PlaceOrder* const> orders);
  void look_at_journal(Timestamp now);
  void on_timer();
  void rearm();
  void note(std::string text);

  net::Loop& loop_;
  const VenueAddress& venue_;
  OrderLinkConfig config_;
  EventQueue& to_engine_;
  net::HttpPool clob_;
  net::HttpPool data_;
  std::unique_ptr<DeskSide> desk_side_;
  session::OrderDesk desk_;
  net::Loop::Timer timer_;
  Timestamp armed_ = kNever;
  Timestamp next_warm_ = kNever;
  bool started_ = false;
  const TimedCommand* submitting_ = nullptr;
  Timestamp taken_;
  Duration keeping_;  // the intents of the order that is being submitted
  /// What the intents of orders that wait for a budget or a lane keep beside the order.
  struct Reason {
    Price reference;
    std::uint32_t cycle = 0;
  };
  FlatMap<model::OrderId, Reason, std::hash<model::OrderId>> waiting_;
  Timestamp next_journal_look_ = kNever;
  bool intent_refused_ = false;
  StageTimes stages_;
  std::vector<std::string> notices_;
  std::uint64_t notices_total_ = 0;
};

}  // namespace ebb::gateway
