// Everything that the engine can ask for. Plain values: the same input gives byte-identical commands.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/order.hpp"

namespace ebb::model {

/// Place this order; its id is already the digest of what will be signed.
struct PlaceOrder {
  OrderId id;
  TokenIndex token;
  Side side = Side::buy;
  OrderType type = OrderType::gtc;
  Crossing crossing = Crossing::post_only;
  OrderPurpose purpose = OrderPurpose::dip_buy;
  Price price;                ///< limit
  Shares size;                ///< on the 0.01 lot
  std::int64_t maker_amount = 0;  ///< signed amounts in millionths (protocol 5.5)
  std::int64_t taker_amount = 0;
  std::uint64_t salt = 0;     ///< <= 2^53 - 1
  Timestamp time;             ///< signed timestamp (ms precision) and moment of the decision
  Timestamp expiration;       ///< GTD only: the `expiration` to send (protocol 6.1); unset otherwise
  Timestamp drop_after;       ///< an order that could not leave by then is dropped
};
struct CancelOrder {
  OrderId id;
  TokenIndex token;
  CancelReason reason = CancelReason::requote;
};
/// Ask for a fresh snapshot of the token's book.
enum class BookRequestReason : std::uint8_t { untrusted, tick_change, post_only_rejects, hash_mismatch };
struct RequestBook {
  TokenIndex token;
  BookRequestReason reason = BookRequestReason::untrusted;
};
/// Ask what became of this order.
struct QueryOrder {
  OrderId id;
};
/// Ask for our trades since `since` (with overlap).
struct SweepTrades {
  Timestamp since;
};
/// Refresh the venue's balance cache for the token (or cash: none()).
struct RefreshBalance {
  TokenIndex token;
};
/// Ask the Data API what we hold of the token.
struct RequestPosition {
  TokenIndex token;
};

enum class AlertKind : std::uint8_t {
  repeated_refusal,
  holding_without_sell,
  manual_intervention,
  unexplained_match,
  settlement_failed,
  pool_exhausted,
  book_untrusted,
  daily_loss,
  kill_switch,
  unknown_cost,
  order_overdue,
  restart_incomplete,  ///< what a restart has to know is not known yet; value: seconds
  difference  ///< our state and the venue's differed; the record says what was done
};
[[nodiscard]] std::string_view to_text(AlertKind kind);
/// Tell the operator. Not sent to the venue; not part of the command hash.
struct Alert {
  AlertKind kind = AlertKind::repeated_refusal;
  TokenIndex token;
  std::int64_t value = 0;  ///< a count or an amount, by kind
};

using Command =
    std::variant<PlaceOrder, CancelOrder, RequestBook, QueryOrder, SweepTrades, RefreshBalance, RequestPosition, Alert>;

/// One line a command, stable for ever: the text whose SHA-256 is `commands_sha256`. Empty for an Alert.
[[nodiscard]] std::string canonical_line(const Command& command, Timestamp time);

}  // namespace ebb::model
