// The decision tables of reconciliation: what we hold to be true x what the venue says -> verdict and action. Pure: the
// engine carries the action out and records every verdict that is a difference (docs/reconciliation.md, whose tables are
// compared with these by a test). Positions have rules of their own: reconcile.hpp.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/event.hpp"
#include "model/order.hpp"
#include "portfolio/ledger.hpp"

namespace ebb::portfolio {

// --- Orders -------------------------------------------------------------------------------------------------------------

/// How an order stands with us.
enum class OrderView : std::uint8_t {
  intent,
  sent,
  live,
  partial,
  unknown,
  cancel_pending,
  ended,  ///< the venue ended it; trades may still be missing
  terminal,
  foreign  ///< not in our store
};
inline constexpr int kOrderViews = 9;
[[nodiscard]] std::string_view to_text(OrderView view);

/// What the venue says of it: an answer by id, or a complete list of open orders.
enum class OrderEvidence : std::uint8_t { live, matched, canceled, not_found, listed, not_listed, error };
inline constexpr int kOrderEvidence = 7;
[[nodiscard]] std::string_view to_text(OrderEvidence evidence);

enum class OrderVerdict : std::uint8_t {
  unknown,  ///< no evidence: nothing is guessed
  agrees,
  reached,  ///< it did reach the venue
  over,  ///< it works no more; what it matched comes from trades
  absent,  ///< never seen alive, and not there: it did not arrive, if said twice
  vanished,  ///< was seen alive, and nobody knows it: over, if said for a minute
  cancel_lost,  ///< our cancel did not take effect
  zombie,  ///< we hold it for over, and it lives
  foreign  ///< of this wallet, and not ours
};
[[nodiscard]] std::string_view to_text(OrderVerdict verdict);

enum class OrderAction : std::uint8_t {
  none,
  mark_live,
  end,  ///< ended at the venue: closed once trades explain what it matched
  ask,  ///< by its id: a list proves nothing about one order
  count_absence,  ///< and ask again; see kAbsences...
  cancel_again,
  cancel,  ///< once it was said twice
  report
};
[[nodiscard]] std::string_view to_text(OrderAction action);

/// Consecutive answers "not found" that prove that an order never arrived, and that one which lived is over.
inline constexpr std::uint8_t kAbsencesBeforeNeverArrived = 2;
inline constexpr std::uint8_t kAbsencesBeforeVanished = 3;
inline constexpr Duration kAbsentBeforeVanished = seconds(60);  ///< and between the first and the last of them

struct OrderDecision {
  OrderVerdict verdict = OrderVerdict::unknown;
  OrderAction action = OrderAction::none;
  friend bool operator==(const OrderDecision&, const OrderDecision&) = default;
};
[[nodiscard]] OrderDecision decide(OrderView view, OrderEvidence evidence);
[[nodiscard]] OrderEvidence evidence_of(model::VenueOrderStatus status);

// --- Fills --------------------------------------------------------------------------------------------------------------

/// What the ledger knows of a leg.
enum class FillView : std::uint8_t { unknown, matched, retrying, mined, confirmed, failed, folded };
inline constexpr int kFillViews = 7;
[[nodiscard]] std::string_view to_text(FillView view);

/// What is reported of it; `other_content`: the known leg with another token, side or size.
enum class FillEvidence : std::uint8_t { matched, retrying, mined, confirmed, failed, other_content };
inline constexpr int kFillEvidence = 6;
[[nodiscard]] std::string_view to_text(FillEvidence evidence);

enum class FillVerdict : std::uint8_t { book, advance, reverse, duplicate, ignore, stillborn, conflict };
[[nodiscard]] std::string_view to_text(FillVerdict verdict);
[[nodiscard]] FillVerdict decide(FillView view, FillEvidence evidence);

/// Whose trade it is, for legs that the ledger does not know yet.
enum class FillOrigin : std::uint8_t {
  our_order,
  other_order,  ///< of this wallet, placed by other hands
  other_order_before_us,  ///< likewise, matched before the time that our cash and positions contain
  unknown_token
};
inline constexpr int kFillOrigins = 4;
[[nodiscard]] std::string_view to_text(FillOrigin origin);
enum class OriginAction : std::uint8_t { book, adopt, ignore, report };
[[nodiscard]] std::string_view to_text(OriginAction action);
[[nodiscard]] OriginAction decide(FillOrigin origin);

// --- Cash ---------------------------------------------------------------------------------------------------------------

/// Rounding of legs on the chain: never a missing flow.
inline constexpr Usdc kCashTolerance{1'000};

enum class CashVerdict : std::uint8_t {
  unknown,  ///< an error; nothing changes
  agrees,  ///< within what is on its way
  waits,  ///< differs while flows are on their way: they have to settle first
  first_sight,  ///< differs with nothing on its way; a second reading has to differ by the same
  deposit,  ///< Ledger::deposit of the difference
  withdrawal
};
[[nodiscard]] std::string_view to_text(CashVerdict verdict);

/// What is remembered between two readings of the cash.
struct CashMemory {
  bool differs = false;
  Usdc difference;  ///< of the differing reading from our cash of then: trades in between move both
  Usdc unpaid;  ///< payouts that are booked and that the venue has not shown yet: they come when they are claimed
  friend bool operator==(const CashMemory&, const CashMemory&) = default;
};
struct CashMerge {
  CashVerdict verdict = CashVerdict::unknown;
  Usdc difference;  ///< deposit (positive), withdrawal (negative)
  CashMemory memory;
};
/// `ledger`: our cash by matches. Pure: the caller keeps `memory` and applies the verdict.
[[nodiscard]] CashMerge merge_cash(Usdc ledger, const InFlight& flows, const CashMemory& memory,
                                   const model::BalanceReading& reading);

}  // namespace ebb::portfolio
