#include "store/journal_sql.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <iterator>

namespace ebb::store {
namespace {

constexpr const char* kWayOut =
    "keep a copy; `sqlite3 journal.db .recover` saves what can be read. To go on without it: start with "
    "--accept-lost-journal, which sets it aside and asks the venue for orders and positions";

/// The value whose name it is among the first `count` of an enumeration.
template <class Enum>
Enum value_of(std::string_view name, int count, const char* what) {
  for (int i = 0; i < count; ++i) {
    if (to_text(static_cast<Enum>(i)) == name) return static_cast<Enum>(i);
  }
  throw DamagedRow{fmt::format("\"{}\" is not {}", name, what)};
}

/// The last value + 1 of enumerations whose names are all known to to_text().
template <class Enum>
int count_of() {
  static const int count = [] {
    int n = 0;
    while (to_text(static_cast<Enum>(n)) != "?") ++n;
    return n;
  }();
  return count;
}

template <class Enum, std::size_t N>
Enum value_in(const std::string_view (&names)[N], std::string_view name, const char* what) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  throw DamagedRow{fmt::format("\"{}\" is not {}", name, what)};
}

constexpr std::string_view kCrossings[] = {"POST_ONLY", "MAY_CROSS"};
constexpr std::string_view kPrecisions[] = {"UNKNOWN", "DATE_ONLY", "EXACT"};
constexpr std::string_view kActions[] = {"PAUSE", "RESUME",    "EXIT",  "FLATTEN",  "CANCEL_ALL",
                                         "KILL",  "SELL_ONLY", "TRADE", "RECONCILE"};
static_assert(std::size(kActions) == static_cast<std::size_t>(model::OperatorAction::reconcile) + 1);
constexpr std::string_view kPhases[] = {"IDLE", "BUYING", "HOLDING", "SELLING", "EXITING", "PARKED"};  // engine::Phase

}  // namespace

Error to_error(const SQLite::Exception& exception) {
  const std::string text = exception.what();
  switch (exception.getErrorCode() & 0xFF) {
    case SQLITE_FULL:
      return {"journal.full", "no room for the journal: " + text, "make room on the disk of the data directory"};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {"journal.busy", "another program holds the journal's write lock: " + text,
              "end transactions that write to journal.db; reading it is always possible"};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return {"journal.damaged", "journal.db is damaged: " + text, kWayOut};
    default:
      return {"journal.io", "the journal cannot be used: " + text,
              "check the disk and the permissions of the data directory"};
  }
}

Error to_error(const DamagedRow& row) {
  return {"journal.damaged", "journal.db has a row that no ebb wrote: " + row.what, kWayOut};
}

std::string_view name_of(model::Crossing crossing) { return kCrossings[static_cast<int>(crossing)]; }
std::string_view name_of(model::EndPrecision precision) { return kPrecisions[static_cast<int>(precision)]; }
std::string_view phase_of(std::string_view name) {
  const auto it = std::ranges::find(kPhases, name);
  return it == std::end(kPhases) ? std::string_view() : *it;
}
std::string_view name_of(model::OperatorAction action) { return kActions[static_cast<int>(action)]; }

model::Side side_of(std::string_view name) { return value_of<model::Side>(name, 2, "a side"); }
model::OrderType order_type_of(std::string_view name) { return value_of<model::OrderType>(name, 4, "an order type"); }
model::Crossing crossing_of(std::string_view name) {
  return value_in<model::Crossing>(kCrossings, name, "a way to cross");
}
model::OrderPurpose purpose_of(std::string_view name) {
  return value_of<model::OrderPurpose>(name, count_of<model::OrderPurpose>(), "a purpose");
}
model::OrderState state_of(std::string_view name) {
  return value_of<model::OrderState>(name, count_of<model::OrderState>(), "an order state");
}
model::OrderStep step_of(std::string_view name) {
  return value_of<model::OrderStep>(name, count_of<model::OrderStep>(), "an order step");
}
model::CancelReason cancel_reason_of(std::string_view name) {
  return value_of<model::CancelReason>(name, count_of<model::CancelReason>(), "a reason to cancel");
}
model::RejectKind reject_of(std::string_view name) {
  return value_of<model::RejectKind>(name, count_of<model::RejectKind>(), "a kind of refusal");
}
model::TradeStatus trade_status_of(std::string_view name) {
  return value_of<model::TradeStatus>(name, count_of<model::TradeStatus>(), "a trade status");
}
model::LedgerChange ledger_change_of(std::string_view name) {
  return value_of<model::LedgerChange>(name, count_of<model::LedgerChange>(), "a ledger change");
}
model::EndPrecision end_precision_of(std::string_view name) {
  return value_in<model::EndPrecision>(kPrecisions, name, "a precision");
}
model::OrderId order_id_of(std::string_view text) {
  const auto id = model::parse_order_id(text);
  if (!id) throw DamagedRow{fmt::format("\"{}\" is not an order id", text)};
  return *id;
}
model::TradeId trade_id_of(std::string_view text) {
  const auto id = model::make_trade_id(text);
  if (!id) throw DamagedRow{fmt::format("\"{}\" is not a trade id", text)};
  return *id;
}

}  // namespace ebb::store
