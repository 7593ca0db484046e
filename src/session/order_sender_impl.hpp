// The inside of OrderSender. Three lanes of work share the connections: orders, cancels, reads; each takes what is most
// urgent, when its budget allows.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/flat_map.hpp"
#include "base/inline_vector.hpp"
#include "base/random.hpp"
#include "polymarket/errors.hpp"
#include "polymarket/limits.hpp"
#include "polymarket/order_digest.hpp"
#include "polymarket/rest_answers.hpp"
#include "polymarket/rest_requests.hpp"
#include "polymarket/user_decoder.hpp"
#include "session/order_sender.hpp"

namespace ebb::session {

struct OrderSender::Impl {
  Impl(OrderSenderOptions options, std::unique_ptr<const polymarket::OrderSignatures> signer, polymarket::L2Signer l2,
       std::string api_key, model::MarketTable markets, OrderSenderSink& sink);

  /// What signing needs of a token.
  struct TokenInfo {
    crypto::Word word{};
    polymarket::ExchangeContract contract = polymarket::ExchangeContract::standard;
    bool usable = false;  ///< the two selectors of the contract agree
    bool verified = false;  ///< one order's id was compared with what would be signed
    bool halted = false;  ///< version mismatch
  };
  struct QueuedPlace {
    model::PlaceOrder order;
    Timestamp queued_at;
    Timestamp not_before;
    std::uint8_t tries = 0;
    bool alone = false;  ///< not in a batch again
    bool version_checked = false;  ///< sent once more after /version was asked
  };
  QueuedPlace last_signed;  // for keep_warm()
  HttpRequest warm_request;
  struct QueuedCancel {
    model::OrderId id;
    Urgency urgency = Urgency::cancel;
    Timestamp not_before;
    Timestamp give_up;
    std::uint8_t tries = 0;
    bool alone = false;
  };
  struct HeldCancel {
    QueuedCancel cancel;
    Timestamp until;
  };
  enum class ReadKind : std::uint8_t {
    status,
    trades,
    open_orders,
    balance_update,
    balance,
    position,
    payout,
    version,
    account  ///< whether the venue takes our keys again
  };
  struct Read {
    ReadKind kind = ReadKind::status;
    Urgency urgency = Urgency::query;
    model::OrderId id;  ///< status
    model::TokenIndex token;  ///< balance, position; payout: one of the market's
    std::string cursor;  ///< trades, open_orders, position
    Timestamp not_before;
    std::uint8_t tries = 0;
    bool of_resync = false;
  };
  /// Asked of the Data API: public, and with a rate of its own.
  [[nodiscard]] static bool is_of_data(ReadKind kind) { return kind == ReadKind::position || kind == ReadKind::payout; }
  /// Reads of one kind and urgency draw on the same budget.
  static constexpr std::size_t kBudgetKinds = (static_cast<std::size_t>(ReadKind::account) + 1) * kUrgencies;
  using BudgetSeen = std::array<bool, kBudgetKinds>;
  [[nodiscard]] static std::size_t budget_of(const Read& read) {
    return static_cast<std::size_t>(read.kind) * kUrgencies + static_cast<std::size_t>(read.urgency);
  }
  enum class FlightKind : std::uint8_t { none, place, cancel, cancel_all, cancel_market, probe, read };
  struct Flight {
    FlightKind kind = FlightKind::none;
    RequestId id;
    polymarket::Endpoint endpoint = polymarket::Endpoint::other;
    InlineVector<QueuedPlace, polymarket::kMostOrdersPerRequest> orders;
    std::vector<QueuedCancel> cancels;
    Read read;
    model::MarketIndex market;
    bool cancel_after = false;  ///< cancel_all() came while these orders were under way
  };
  /// An order that may be at the venue.
  struct Known {
    Shares size;
    Timestamp quiet_since;  ///< last moment at which its placement was under way
    bool in_flight = false;
    Duration under_way{0};  ///< since quiet_since it may have been so for this long: of an earlier run
  };
  struct TradeSweep {
    bool active = false;
    bool complete = true;
    bool of_resync = false;
    Timestamp since;
    std::uint32_t pages = 0;
    std::vector<model::UserTrade> trades;
    bool again = false;  ///< another one was asked for meanwhile
    Timestamp again_since;
    bool again_of_resync = false;
  };
  struct OrderListing {
    bool active = false;
    bool of_resync = false;
    bool again_of_resync = false;
    Timestamp started_at;
    std::uint32_t pages = 0;
    std::vector<polymarket::VenueOrder> orders;
  };
  struct Resync {
    bool active = false;
    bool complete = true;
    std::uint32_t open = 0;  ///< parts that have no answer yet
  };

  // order_sender.cpp: gate, modes, lanes, timers
  void pump(Timestamp now);
  Flight& start_flight(FlightKind kind, polymarket::Endpoint endpoint);
  void end_flight(Flight& flight);
  void send(Timestamp now, Flight& flight, Origin origin, HttpRequest request, Duration timeout, bool authenticated);
  Flight* find_flight(RequestId id);
  void set_gate(Timestamp now, GateCause cause, bool open, std::string_view reason);
  void stop_account(Timestamp now, std::string_view why);
  void ask_for_account(Timestamp now);
  void account_answers(Timestamp now);
  void tell_mode();
  void enter_mode(Timestamp now, model::VenueMode mode, std::optional<Duration> wait);
  void leave_mode(std::string_view why);
  void on_mode_timer(Timestamp now);
  void on_probe_answer(Timestamp now, const Expected<HttpResponse>& answer);
  /// Mode and budget news that any answer may carry; what kind of refusal it is.
  struct Verdict {
    polymarket::Refusal refusal;
    polymarket::Decision decision = polymarket::Decision::accept;
    bool is_json = false;
    std::optional<Duration> wait;
  };
  Verdict judge(Timestamp now, polymarket::Endpoint endpoint, const HttpResponse& response);
  [[nodiscard]] Timestamp next_timer();
  Duration backoff(std::uint8_t tries, Duration first, Duration most);

  // order_sender_places.cpp
  void submit_place(Timestamp now, const model::PlaceOrder& order);
  void drop_expired(Timestamp now);
  void drop_places(std::string_view why, model::RejectKind kind);
  bool dispatch_places(Timestamp now);
  bool gather(Timestamp now, Flight& flight);
  bool append_signed(const QueuedPlace& queued, std::string& body);
  void keep_warm(Timestamp now);
  void send_places(Timestamp now, Flight& flight);
  void hold_back(Timestamp now, Flight& flight, std::string_view why);
  Expected<void> tell_leaving(const Flight& flight);
  void requeue(Timestamp now, QueuedPlace queued, Duration wait);
  void on_places_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer);
  void on_placed(Timestamp now, Flight& flight, const HttpResponse& response);
  void on_refusal(Timestamp now, QueuedPlace& queued, const Verdict& verdict, bool of_whole_batch);
  void on_batch_refusal(Timestamp now, Flight& flight, const Verdict& verdict);
  void on_version_mismatch(Timestamp now, QueuedPlace& queued, const Verdict& verdict);
  void on_version_answer(Timestamp now, const Expected<HttpResponse>& answer);
  void halt(model::TokenIndex token, std::string_view why);
  void answer_not_sent(const model::PlaceOrder& order, std::string_view why,
                       model::RejectKind kind = model::RejectKind::not_sent);
  void answer_rejected(const model::PlaceOrder& order, model::RejectKind kind, std::string_view text,
                       std::int64_t free_micros = -1);
  void answer_unknown(Timestamp now, const model::PlaceOrder& order, std::string_view text);
  void settled(Timestamp now, const model::OrderId& id, bool at_venue);
  [[nodiscard]] std::size_t places_queued() const;
  [[nodiscard]] Timestamp places_timer(Timestamp now);

  // order_sender_cancels.cpp
  void submit_cancel(Timestamp now, const model::OrderId& id, Urgency urgency);
  bool remove_queued_place(const model::OrderId& id);
  void cancel_all(Timestamp now);
  bool dispatch_cancels(Timestamp now);
  void dispatch_sweeping_cancels(Timestamp now);
  void release_held(Timestamp now);
  void release_held(const model::OrderId& id, bool at_venue);
  void on_cancels_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer);
  void on_sweeping_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer);
  void report_canceled(Timestamp now, Flight& flight, const HttpResponse& response);
  void retry_cancels(Timestamp now, Flight& flight, Duration wait, std::string_view text);
  void answer_cancel(const QueuedCancel& cancel, model::CancelOutcome outcome, std::string_view text);
  [[nodiscard]] Timestamp cancels_timer(Timestamp now);

  // order_sender_reads.cpp
  void submit_read(Read read);
  void submit_sweep(Timestamp since, Urgency urgency, bool of_resync);
  void list_orders(Timestamp now, Urgency urgency, bool of_resync);
  void resync(Timestamp now, Timestamp since);
  bool dispatch_reads(Timestamp now);
  bool dispatch_read(Timestamp now, std::deque<Read>& queue);
  void send_read(Timestamp now, Read read);
  void on_read_answer(Timestamp now, Flight& flight, const Expected<HttpResponse>& answer);
  bool retry_read(Timestamp now, const Read& read, Duration wait);
  void read_status(Timestamp now, const Read& read, const HttpResponse* response);
  void read_trades(const Read& read, const HttpResponse* response);
  void read_open_orders(Timestamp now, const Read& read, const HttpResponse* response);
  void read_balance(Timestamp now, const Read& read, const HttpResponse* response);
  void read_position(const Read& read, const HttpResponse* response);
  void read_payout(const Read& read, const HttpResponse& response);
  void finish_sweep();
  void finish_listing(Timestamp now, bool complete);
  void on_foreign(Timestamp now, const polymarket::VenueOrder& order, bool of_resync);
  void resync_part(bool of_resync, bool complete);
  void give_up_read(Timestamp now, const Read& read);
  [[nodiscard]] Timestamp reads_timer(Timestamp now);
  [[nodiscard]] static polymarket::Endpoint endpoint_of(ReadKind kind);
  [[nodiscard]] polymarket::AssetType asset_of(model::TokenIndex token) const;

  void learn_tokens();
  void learn_token(model::TokenIndex token);
  void forget(const model::OrderId& id) { known.erase(id); }

  OrderSenderOptions options;
  std::unique_ptr<const polymarket::OrderSignatures> signer;
  polymarket::L2Signer l2;
  std::string api_key;
  model::MarketTable markets;
  OrderSenderSink& sink;
  polymarket::OrderDigester digester;
  std::string maker_text, signer_text;
  std::vector<TokenInfo> tokens;
  Random random;
  Budgets budgets;
  OrderSenderStats stats;

  polymarket::AnswerReader reader;
  polymarket::UserDecoder decoder;
  polymarket::UserFrameContent decoded;
  std::vector<polymarket::PlacedEntry> entries;
  polymarket::CancelReport report;
  std::string signature;

  std::uint32_t closed_gates = 1U << static_cast<unsigned>(GateCause::start);
  std::array<std::string, kGateCauses> gate_reasons;
  model::VenueMode mode = model::VenueMode::normal;
  model::VenueMode told_mode = model::VenueMode::normal;  ///< to the engine
  Timestamp mode_until = kNever;
  std::uint8_t mode_level = 0;
  bool probing = false;
  Timestamp account_check = kNever;
  std::uint8_t account_stops = 0;  ///< since an order was accepted
  Duration clock_offset{0};

  std::array<std::deque<QueuedPlace>, 3> places;  ///< exits, SELLs, BUYs
  std::vector<QueuedPlace> awaiting_version;
  std::size_t batch_limit = polymarket::kMostOrdersPerRequest;
  std::array<std::deque<QueuedCancel>, 2> cancels;  ///< risk, others
  std::vector<HeldCancel> held;
  FlatSet<model::OrderId, std::hash<model::OrderId>> canceling;
  std::size_t cancel_limit = polymarket::kMostCancelsPerRequest;
  std::optional<QueuedCancel> all_wanted;  ///< cancel-all
  std::vector<std::pair<model::MarketIndex, QueuedCancel>> markets_wanted;
  std::array<std::deque<Read>, 2> reads;  ///< queries, polls
  std::uint32_t queries_in_a_row = 0;
  SlidingWindow positions_window;
  TradeSweep sweep;
  OrderListing listing;
  Resync resyncing;

  std::vector<Flight> flights;
  std::uint64_t next_id = 0;
  std::int32_t places_in_flight = 0, cancels_in_flight = 0, reads_in_flight = 0;

  FlatMap<model::OrderId, Known, std::hash<model::OrderId>> known;
  std::vector<model::OrderId> known_list;  ///< in the order of placement; may hold ids that are forgotten
  FlatSet<model::OrderId, std::hash<model::OrderId>> foreign_told;  ///< bounded: what is beyond is not named again
};

}  // namespace ebb::session
