// What a run leaves behind, one fact a record: the engine says it, the journal keeps it, a restart begins with it.
//
// A record names tokens and markets by index; the journal knows from MarketSpec which token id that is. Texts are static
// names. Everything is a plain value that crosses threads by copy.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/command.hpp"
#include "model/event.hpp"
#include "model/ids.hpp"
#include "model/market.hpp"
#include "model/order.hpp"

namespace ebb::model {

/// An order that is about to leave: durable before it does (architecture, principle 6).
struct IntentRecord {
  PlaceOrder order;
  Price reference;  ///< BUY: bid at the signal; SELL: profit floor
  std::uint32_t cycle = 0;  ///< buy or sell routine it belongs to
};

/// A step in the life of an order, and how it stands afterwards.
enum class OrderStep : std::uint8_t {
  sent,
  accepted,
  refused,
  outcome_unknown,
  claimed,  ///< the venue says that more of it is matched than our trades explain
  filled,  ///< a trade took a part or all of it
  cancel_requested,
  ended,  ///< it works no more at the venue; trades may still be missing
  closed,  ///< terminal
  unexplained
};
[[nodiscard]] std::string_view to_text(OrderStep step);
struct OrderRecord {
  OrderId id;
  TokenIndex token;
  OrderStep step = OrderStep::sent;
  OrderState state = OrderState::intent;
  Shares filled;
  Shares claimed;
  bool ended_at_venue = false;
  bool cancel_requested = false;
  bool unexplained = false;
  CancelReason cancel_reason = CancelReason::requote;
  RejectKind reject = RejectKind::none;
};

/// One leg of one trade as the ledger booked it, or its newer status. Key: (trade, order).
struct FillRecord {
  UserTrade trade;
  Usdc dollars;
  Usdc fee;
};

/// Everything else that changes the ledger.
enum class LedgerChange : std::uint8_t {
  deposited,  ///< cash came in or went out by other hands (also the starting cash); no token
  adopted,
  cost_learned,
  written_off,
  redeemed,
  trued_up
};
[[nodiscard]] std::string_view to_text(LedgerChange change);
struct LedgerRecord {
  LedgerChange change = LedgerChange::deposited;
  TokenIndex token;
  Shares size;  ///< adopted, written_off
  Usdc dollars;  ///< deposited (negative = withdrawn), adopted and cost_learned: cost; written_off: proceeds; trued_up
  Price payout;  ///< redeemed: a share
  bool cost_known = true;
};

/// A token's position with everything that is final folded into it, and no leg in flight: what a ledger can start from.
/// Replaces all earlier fills and ledger records of the token. Out of the journal (never into it) one may come with the
/// token none(): the sums of tokens that were closed long ago and are not named any more; they count in cash, capital,
/// realised PnL, fees and fills, and in no position.
struct PositionRecord {
  TokenIndex token;
  Shares size;
  Usdc cost;
  bool cost_known = true;
  Usdc realized;
  Usdc fees;
  Usdc cash_flow;  ///< what the token did to cash
  Usdc adopted;  ///< and to capital
  std::uint32_t buy_fills = 0;
  std::uint32_t sell_fills = 0;
  std::uint32_t round_trips = 0;
  bool trip_open = false;
};

/// A signal, and what became of it: an order, or a refusal with its reason ("" = acted on).
struct SignalRecord {
  TokenIndex token;
  Price bid;
  Price ask;
  std::string_view refusal;
};

/// What a token may do and what its next routine has to know; a restart goes on with it.
struct TokenRecord {
  TokenIndex token;
  std::uint16_t blocks = 0;  ///< engine::Block bits
  std::string_view phase;
  std::uint32_t round_trips = 0;  ///< of the signal: raises the drop that the next BUY needs
  Price floor{0};  ///< frozen profit floor of the position; 0 = none
};

/// An order that the gate, or a rule before it, refused.
struct RefusalRecord {
  TokenIndex token;
  Side side = Side::buy;
  Price price;
  Shares size;
  std::string_view reason;
};

/// The venue's evidence and our state differ, and what was done about it (docs/reconciliation.md).
enum class DifferenceKind : std::uint8_t { order, fill, position, cash };
[[nodiscard]] std::string_view to_text(DifferenceKind kind);
struct DifferenceRecord {
  DifferenceKind kind = DifferenceKind::order;
  TokenIndex token;
  OrderId order;  ///< order, fill
  std::int64_t ours = 0;  ///< millionths of a share or dollar
  std::int64_t theirs = 0;
  std::string_view verdict;
  std::string_view action;
};

struct OperatorRecord {
  OperatorRequest request;
};

/// Something went wrong with what we see or can do: connections, gaps, lost trust, a full disk, ...
struct IncidentRecord {
  std::string_view kind;
  TokenIndex token;
  ConnectionIndex connection = ConnectionIndex::none();
  std::int64_t value = 0;
};

/// All our trades until then are in the ledger: a sweep proved it. The next one starts there, less its overlap.
struct SweepRecord {
  Timestamp complete_until;
};

struct Record {
  Timestamp time;
  std::variant<IntentRecord, OrderRecord, FillRecord, LedgerRecord, PositionRecord, SignalRecord, TokenRecord,
               RefusalRecord, DifferenceRecord, OperatorRecord, IncidentRecord, SweepRecord>
      body;
};

// --- What a restart begins with -----------------------------------------------------------------------------------------

/// An order that was not terminal when the last run ended. Token indices in here count in `Recovery::tokens`.
struct RecoveredOrder {
  IntentRecord intent;  ///< size 0: its intent is not known (a bug or a loss), only that it exists
  OrderRecord last;  ///< state intent: it may or may not have left
  Timestamp time;  ///< of `last`
};

/// One step of the ledger, in the order in which it was booked.
struct RecoveredBooking {
  Timestamp time;
  std::variant<PositionRecord, FillRecord, LedgerRecord> body;
  /// Fill: it is contained in its token's PositionRecord already and only known, so that it is not booked twice.
  bool folded = false;
};

struct Recovery {
  bool first_run = true;  ///< the journal knows no earlier run of this wallet
  bool ended_in_order = false;
  bool paused = false;  ///< by the last OperatorRecord of pause or resume without a token
  bool killed = false;  ///< likewise of kill or resume
  /// The last incident DAY_BEGINS (its time and value), and whether a DAILY_LOSS followed it: a restart is no new day.
  Timestamp day_began;
  Usdc day_start_pnl;
  bool daily_loss_hit = false;
  Timestamp last_record;  ///< of the last run
  Timestamp trades_complete_until;  ///< the last SweepRecord; unset = never
  std::vector<MarketSpec> markets;  ///< of every token named here
  std::vector<std::string> tokens;  ///< token id by index
  std::vector<RecoveredOrder> orders;
  std::vector<RecoveredBooking> bookings;
  std::vector<TokenRecord> token_states;
};

}  // namespace ebb::model
