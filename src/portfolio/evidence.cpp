#include "portfolio/evidence.hpp"

#include <algorithm>

namespace ebb::portfolio {
namespace {

template <std::size_t N, class Enum>
std::string_view name_of(const std::string_view (&names)[N], Enum value) {
  const auto index = static_cast<std::size_t>(value);
  return index < N ? names[index] : std::string_view("?");
}

}  // namespace

OrderDecision decide(OrderView view, OrderEvidence evidence) {
  using V = OrderVerdict;
  using A = OrderAction;
  static constexpr OrderDecision kUnknown{V::unknown, A::none};
  static constexpr OrderDecision kAgrees{V::agrees, A::none};
  static constexpr OrderDecision kReached{V::reached, A::mark_live};
  static constexpr OrderDecision kOver{V::over, A::end};
  static constexpr OrderDecision kAbsent{V::absent, A::count_absence};
  static constexpr OrderDecision kVanished{V::vanished, A::count_absence};
  static constexpr OrderDecision kLost{V::cancel_lost, A::cancel_again};
  static constexpr OrderDecision kZombie{V::zombie, A::cancel};
  static constexpr OrderDecision kForeign{V::foreign, A::report};
  static constexpr OrderDecision kAsk{V::unknown, A::ask};
  // Columns: live, matched, canceled, not_found, listed, not_listed, error.
  static constexpr OrderDecision kTable[kOrderViews][kOrderEvidence] = {
      /* INTENT         */ {kReached, kOver, kOver, kAbsent, kReached, kAsk, kUnknown},
      /* SENT           */ {kReached, kOver, kOver, kAbsent, kReached, kAsk, kUnknown},
      /* LIVE           */ {kAgrees, kOver, kOver, kVanished, kAgrees, kAsk, kUnknown},
      /* PARTIAL        */ {kAgrees, kOver, kOver, kVanished, kAgrees, kAsk, kUnknown},
      /* UNKNOWN        */ {kReached, kOver, kOver, kAbsent, kReached, kAsk, kUnknown},
      /* CANCEL_PENDING */ {kLost, kOver, kOver, kVanished, kLost, kAsk, kUnknown},
      /* ENDED          */ {kUnknown, kAgrees, kAgrees, kAgrees, kUnknown, kAgrees, kUnknown},
      /* TERMINAL       */ {kZombie, kAgrees, kAgrees, kAgrees, kZombie, kAgrees, kUnknown},
      /* FOREIGN        */ {kForeign, kUnknown, kUnknown, kUnknown, kForeign, kUnknown, kUnknown},
  };
  return kTable[static_cast<int>(view)][static_cast<int>(evidence)];
}

OrderEvidence evidence_of(model::VenueOrderStatus status) {
  switch (status) {
    case model::VenueOrderStatus::live: return OrderEvidence::live;
    case model::VenueOrderStatus::matched: return OrderEvidence::matched;
    case model::VenueOrderStatus::canceled: return OrderEvidence::canceled;
    case model::VenueOrderStatus::not_found: return OrderEvidence::not_found;
    case model::VenueOrderStatus::unknown: return OrderEvidence::error;
  }
  return OrderEvidence::error;
}

FillVerdict decide(FillView view, FillEvidence evidence) {
  using V = FillVerdict;
  // Columns: matched, retrying, mined, confirmed, failed, other_content.
  static constexpr V kTable[kFillViews][kFillEvidence] = {
      /* unknown   */ {V::book, V::book, V::book, V::book, V::stillborn, V::book},
      /* MATCHED   */ {V::duplicate, V::advance, V::advance, V::advance, V::reverse, V::conflict},
      /* RETRYING  */ {V::duplicate, V::duplicate, V::advance, V::advance, V::reverse, V::conflict},
      /* MINED     */ {V::duplicate, V::duplicate, V::duplicate, V::advance, V::ignore, V::conflict},
      /* CONFIRMED */ {V::duplicate, V::duplicate, V::duplicate, V::duplicate, V::ignore, V::conflict},
      /* FAILED    */ {V::ignore, V::ignore, V::ignore, V::ignore, V::duplicate, V::conflict},
      /* folded    */ {V::duplicate, V::duplicate, V::duplicate, V::duplicate, V::duplicate, V::duplicate},
  };
  return kTable[static_cast<int>(view)][static_cast<int>(evidence)];
}

OriginAction decide(FillOrigin origin) {
  switch (origin) {
    case FillOrigin::our_order: return OriginAction::book;
    case FillOrigin::other_order: return OriginAction::adopt;
    case FillOrigin::other_order_before_us: return OriginAction::ignore;
    case FillOrigin::unknown_token: return OriginAction::report;
  }
  return OriginAction::report;
}

// BUYs that are matched and not MINED still lie in the account; proceeds and payouts on their way do not yet.
CashMerge merge_cash(Usdc ledger, const InFlight& flows, const CashMemory& memory,
                     const model::BalanceReading& reading) {
  if (!reading.ok || reading.micros < 0) return {.verdict = CashVerdict::unknown, .memory = memory};
  const Usdc told(reading.micros);
  const Usdc unpaid = std::max(memory.unpaid, Usdc(0));
  const Usdc least = ledger - flows.sells - unpaid - kCashTolerance;
  const Usdc most = ledger + flows.buys + kCashTolerance;
  CashMerge merge;
  merge.memory.unpaid = unpaid;
  if (told >= least && told <= most) {
    merge.verdict = CashVerdict::agrees;
    merge.memory.unpaid =
        std::clamp(ledger - flows.sells - told, Usdc(0), unpaid);  // what has come is not awaited again
    return merge;
  }
  if (flows.buys.raw() > 0 || flows.sells.raw() > 0) {
    merge.verdict = CashVerdict::waits;
    merge.memory = memory;
    return merge;
  }
  const Usdc difference = told - ledger;
  const Usdc moved = difference - memory.difference;
  if (!memory.differs || moved > kCashTolerance || moved < Usdc(0) - kCashTolerance) {
    merge.verdict = CashVerdict::first_sight;
    merge.memory = {.differs = true, .difference = difference, .unpaid = unpaid};
    return merge;
  }
  merge.verdict = told > most ? CashVerdict::deposit : CashVerdict::withdrawal;
  merge.difference = told > most ? told - ledger : told - (ledger - unpaid);
  return merge;
}

std::string_view to_text(OrderView view) {
  static constexpr std::string_view kNames[] = {"INTENT",         "SENT",  "LIVE",     "PARTIAL", "UNKNOWN",
                                                "CANCEL_PENDING", "ENDED", "TERMINAL", "FOREIGN"};
  return name_of(kNames, view);
}
std::string_view to_text(OrderEvidence evidence) {
  static constexpr std::string_view kNames[] = {"live",   "matched",    "canceled", "not_found",
                                                "listed", "not_listed", "error"};
  return name_of(kNames, evidence);
}
std::string_view to_text(OrderVerdict verdict) {
  static constexpr std::string_view kNames[] = {"UNKNOWN",  "AGREES",      "REACHED", "OVER",   "ABSENT",
                                                "VANISHED", "CANCEL_LOST", "ZOMBIE",  "FOREIGN"};
  return name_of(kNames, verdict);
}
std::string_view to_text(OrderAction action) {
  static constexpr std::string_view kNames[] = {"none",          "mark live",    "end",    "ask by id",
                                                "count absence", "cancel again", "cancel", "report"};
  return name_of(kNames, action);
}
std::string_view to_text(FillView view) {
  static constexpr std::string_view kNames[] = {"unknown",   "MATCHED", "RETRYING", "MINED",
                                                "CONFIRMED", "FAILED",  "folded"};
  return name_of(kNames, view);
}
std::string_view to_text(FillEvidence evidence) {
  static constexpr std::string_view kNames[] = {"MATCHED", "RETRYING", "MINED", "CONFIRMED", "FAILED", "other content"};
  return name_of(kNames, evidence);
}
std::string_view to_text(FillVerdict verdict) {
  static constexpr std::string_view kNames[] = {"book",   "advance",   "reverse", "duplicate",
                                                "ignore", "stillborn", "conflict"};
  return name_of(kNames, verdict);
}
std::string_view to_text(FillOrigin origin) {
  static constexpr std::string_view kNames[] = {"an order of ours", "another order of this wallet",
                                                "another order, before our time", "a token that we do not follow"};
  return name_of(kNames, origin);
}
std::string_view to_text(OriginAction action) {
  static constexpr std::string_view kNames[] = {"book", "adopt", "ignore", "report"};
  return name_of(kNames, action);
}
std::string_view to_text(CashVerdict verdict) {
  static constexpr std::string_view kNames[] = {"UNKNOWN", "AGREES", "WAITS", "FIRST_SIGHT", "DEPOSIT", "WITHDRAWAL"};
  return name_of(kNames, verdict);
}

}  // namespace ebb::portfolio
