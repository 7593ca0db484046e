// From the engine's commands to signed requests, and from the venue's answers to the engine's events (protocol 1.4, 5, 6;
// rules 5.1). Lives on the gateway thread; no clock, no socket.
//
//   place  -> gate open? mode allows it? in time? budget? a lane free? -> sign, serialise, HMAC over those bytes -> send
//   answer -> accepted | refused, with a kind | unknown (the engine then asks for the id)
//
// Nothing is sent twice unless that is harmless: cancels and reads are repeated, an order only after a definite "it had no
// effect" (`net.not_sent`, 429 with the venue's headers, version mismatch), within its decision TTL, and it is the same bytes'
// order: its id names it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/expected.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "model/market.hpp"
#include "polymarket/auth.hpp"
#include "polymarket/order_signing.hpp"
#include "session/budgets.hpp"
#include "session/rest_sink.hpp"

namespace ebb::session {

/// Who may hold new orders back. Orders leave only while every one of them is open; cancels and reads always do.
enum class GateCause : std::uint8_t {
  start,  ///< closed until the owner opens it: preflight has passed
  heartbeat,
  user_stream,
  engine,  ///< engine loop
  journal,  ///< intents or records cannot be kept
  /// Closed by the sender itself: banned, wrong keys or signature. It asks the venue again after a while, and opens it when the
  /// keys are taken. Opening it lifts halted markets, too.
  account,
  operator_stop
};
inline constexpr std::size_t kGateCauses = 7;
[[nodiscard]] std::string_view to_text(GateCause cause);

/// What the operator should hear of.
enum class Notice : std::uint8_t {
  mode_changed,  ///< the venue restricts orders, or does no longer
  account_stopped,  ///< fail closed: no order of this account can succeed
  account_answers,  ///< the venue takes our keys again
  market_halted,  ///< orders of one token are refused for their version
  version_changed,  ///< /version says another number than at start
  id_differs,  ///< the venue names an accepted order otherwise than we do
  not_json,  ///< HTML or a cut text where JSON was due
  rate_limited,  ///< 429 although the budget allowed it
  foreign_order,  ///< a live order of our account that we did not place
  queue_full
};
[[nodiscard]] std::string_view to_text(Notice notice);

/// Events for the engine, and words for the operator. While the gate is closed, the engine is told that the venue takes cancels
/// only: it would place in vain. Texts are valid during the call only. None of these may call back into
/// the sender.
class OrderSenderSink : public RestSink {
 public:
  virtual void on_event(const model::EventBody& event) = 0;
  virtual void on_notice(Notice notice, std::string_view text) = 0;
  /// These orders leave in the next moment, in one request, and for the first time: whoever keeps intents keeps them now. An
  /// error: none of them leaves, and the engine hears why.
  virtual Expected<void> on_leaving(std::span<const model::PlaceOrder* const> /*orders*/) { return {}; }
  /// Every order was asked for (resync) and the answers were given before. `complete` false: something is missing, ask again.
  virtual void on_resynced(bool complete) = 0;
};

/// What resync() does with live orders of our account that nobody here placed: by hand, by another program, by an ebb whose
/// journal is elsewhere.
enum class ForeignOrders : std::uint8_t { leave, cancel };

struct OrderSenderOptions {
  polymarket::SignatureType signature_type = polymarket::SignatureType::eoa;
  crypto::Address maker{};  ///< whose funds: the proxy, safe or deposit wallet; the key's own address with type 0
  crypto::Address signer{};  ///< the `signer` field of orders: the key's address; with type 3 the wallet (protocol 5.3)
  std::uint64_t chain_id = 137;
  crypto::Word builder{};  ///< builder code; zero = none
  std::int32_t expected_version = 2;  ///< of /version
  /// Orders wait so long for company before they leave as a batch; 0 = each leaves at once, and a batch is made only of those
  /// that had to wait for a lane or a budget.
  Duration batch_window{0};
  /// Requests under way at once; as many connections should be warm. Reads have lanes of their own, and orders leave one of
  /// the others to cancels.
  std::int32_t lanes = 6;
  std::int32_t read_lanes = 2;
  Duration place_timeout = seconds(5);  ///< then the outcome is unknown
  Duration cancel_timeout = seconds(5);
  Duration read_timeout = seconds(10);
  Duration cancel_retry_for = seconds(10);  ///< a cancel that failed is repeated for so long
  /// A cancel of an order whose placement is under way waits for its answer, at most so long.
  Duration cancel_hold = milliseconds(500);
  /// "No such order" proves nothing before so much has passed since the placement was last under way.
  Duration not_found_proof = seconds(5);
  std::size_t largest_queue = 4096;
  ForeignOrders foreign = ForeignOrders::leave;  ///< named in a notice either way
  BudgetOptions budgets;
  std::uint64_t seed = 1;  ///< of the jitter in back-offs
};

struct OrderSenderStats {
  std::uint64_t placed = 0;  ///< orders sent
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  ///< by the venue
  std::uint64_t not_sent = 0;  ///< TTL, closed gate, mode, canceled before they left
  std::uint64_t unknown = 0;
  std::uint64_t resent = 0;
  std::uint64_t batches = 0;
  std::uint64_t cancels = 0;  ///< ids sent
  std::uint64_t queries = 0;
  std::uint64_t requests = 0;
  std::uint64_t stray_answers = 0;  ///< to no request that is under way
  std::uint64_t unreadable = 0;
};

class OrderSender {
 public:
  /// `markets`: the engine's table at start, with the same indices. `l2` and `api_key` belong together.
  OrderSender(OrderSenderOptions options, std::unique_ptr<const polymarket::OrderSignatures> signer,
              polymarket::L2Signer l2, std::string api_key, model::MarketTable markets, OrderSenderSink& sink);
  ~OrderSender();
  OrderSender(const OrderSender&) = delete;
  OrderSender& operator=(const OrderSender&) = delete;

  /// Adds a market at run time, in the order in which the engine's table got it. Errors: as MarketTable::add.
  [[nodiscard]] Expected<void> add_market(model::MarketSpec spec);
  [[nodiscard]] Expected<void> add_sibling(model::MarketIndex market, std::string token_id, std::string outcome);

  /// Takes a command of the engine. RequestBook and Alert are not for us and ignored. `reads`: how urgent a read is.
  void submit(Timestamp now, const model::Command& command, Urgency reads = Urgency::query);
  /// Asks the Data API what the resolved market pays. Answered by a PayoutReading, or by nothing.
  void request_payout(Timestamp now, model::MarketIndex market);
  /// The operator's: drops what has not left, and cancels every order of the account in one request of highest priority.
  void cancel_all(Timestamp now);
  void cancel_market(Timestamp now, model::MarketIndex market);
  /// After a restart, a missed heartbeat or a user stream that was away: reads every open order and the trades since `since`,
  /// asks for each order that should be open and is not listed, then calls on_resynced().
  void resync(Timestamp now, Timestamp since);
  /// Lists open orders at low priority (pollers): as resync, without on_resynced().
  void poll_open_orders(Timestamp now);
  /// An earlier run's order that may be at the venue: asked for like our own. `placed`: when it may have been sent last, by
  /// the clock of that run; `now`: when this one begins, from which on it counts what time alone proves.
  void know(const model::OrderId& id, Shares size, Timestamp placed, Timestamp now);
  /// The engine closed this order: it need not be asked about any more. Optional; saves requests.
  void forget(const model::OrderId& id);

  /// The clock may have leapt forward: that an order never arrived is to be proved by the time from now on.
  void on_leap(Timestamp now);
  void set_gate(Timestamp now, GateCause cause, bool open, std::string_view reason = {});
  [[nodiscard]] bool gate_open() const;
  /// Why it is closed; empty while it is open.
  [[nodiscard]] std::string gate_reasons() const;
  /// Server time - our time, as preflight measured it: signatures carry the server's seconds.
  void set_clock_offset(Duration offset);

  /// Signs and writes out the last order once more, and throws the bytes away: the processor keeps the code and the tables of
  /// the signature at hand. For owners that poll instead of sleeping; costs as much as an order (about 35 us).
  void keep_warm(Timestamp now);

  void on_answer(Timestamp now, RequestId id, const Expected<HttpResponse>& answer);
  [[nodiscard]] Timestamp next_timer() const;
  void on_timer(Timestamp now);

  [[nodiscard]] model::VenueMode mode() const;
  [[nodiscard]] const OrderSenderStats& stats() const;
  [[nodiscard]] const Budgets& budgets() const;
  /// Commands that wait.
  [[nodiscard]] std::size_t queued() const;
  /// Requests under way.
  [[nodiscard]] std::size_t in_flight() const;
  [[nodiscard]] const model::MarketTable& markets() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::session
