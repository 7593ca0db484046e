// Everything that can happen to the engine. Each input carries the time at which it was received; the engine knows no
// other time. Texts point into buffers of the caller and are valid during the call only.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/order.hpp"

namespace ebb::model {

/// A text frame of a market WebSocket (or of a recording), as received.
struct MarketFrame {
  ConnectionIndex connection;
  std::string_view text;
};
/// A text frame of the user WebSocket, as received.
struct UserFrame {
  std::string_view text;
};
/// The connection is up; its books are UNTRUSTED until their snapshots arrive.
struct ConnectionOpened {
  ConnectionIndex connection;
};
struct ConnectionClosed {
  ConnectionIndex connection;
};
/// The input lost something on this connection (an overflow or gap record).
struct FeedGap {
  ConnectionIndex connection;
};
/// PONG or any other proof that the connection lives, without market data in it.
struct LinkAlive {
  ConnectionIndex connection;
};
/// The answer to a book request: a REST book, or an error (`ok` false).
struct BookAnswer {
  TokenIndex token;
  bool ok = true;
  std::string_view text;
  /// The market connection that carries the token's stream; none() = the one that brought its last frame.
  ConnectionIndex connection = ConnectionIndex::none();
};
/// The answer to PlaceOrder. UNKNOWN for a time-out, 5xx, 425 or a broken connection.
struct PlaceAnswer {
  OrderId id;
  PlaceOutcome outcome = PlaceOutcome::unknown;
  RejectKind reject = RejectKind::none;
  std::string_view text;  ///< the venue's words, for the operator
  Shares matched;         ///< with outcome matched: shares that the answer says were matched
  Usdc dollars{-1};       ///< with outcome matched: dollars that moved for them, fees apart; -1 = not told
  /// A balance refusal that names its sums proves whether the shortage is true (exchange model, rules 7.2):
  /// balance - active - matched as told; -1 when the text does not say.
  std::int64_t free_micros = -1;
};
struct CancelAnswer {
  OrderId id;
  CancelOutcome outcome = CancelOutcome::unknown;
  std::string_view text;
};
/// The answer to QueryOrder.
struct OrderStatusAnswer {
  OrderId id;
  VenueOrderStatus status = VenueOrderStatus::unknown;
  Shares size_matched;
};
/// The answer to SweepTrades: our legs since the asked time. `complete` false = a page is missing (unknown is not zero).
struct TradesAnswer {
  std::span<const UserTrade> trades;
  bool complete = true;
  Timestamp since{};  ///< of the request it answers; unset = of the newest one that the engine made
};
/// A reading of our position in one token (Data API). Errors and stale pages are named, never zero.
enum class ReadingQuality : std::uint8_t { fresh, stale, error };
struct PositionReading {
  TokenIndex token;
  ReadingQuality quality = ReadingQuality::error;
  Shares size;
  Price average = Price(-1);  ///< -1 = not given
};
/// The venue's balance cache was refreshed: what we hold by its account, in millionths.
struct BalanceReading {
  TokenIndex token;  ///< none() = cash
  bool ok = false;
  std::int64_t micros = 0;
};

/// What a share of each outcome of a resolved market pays (Data API): told where the resolution named no winner, or was not
/// heard of. Both -1: it has not resolved.
struct PayoutReading {
  MarketIndex market;
  std::array<Price, 2> payouts{Price(-1), Price(-1)};  ///< by outcome; together 1
};

/// `reconcile`: compare everything with the venue now, not only when its time has come.
enum class OperatorAction : std::uint8_t {
  pause,
  resume,
  exit_token,
  flatten,
  cancel_all,
  kill,
  sell_only,
  trade,
  reconcile
};
struct OperatorRequest {
  OperatorAction action = OperatorAction::pause;
  TokenIndex token;  ///< none() = all
};
/// Buy this token now, whatever the dip rule says (copy-trade and scripts go through the same sizing and gate).
struct BuyRequest {
  TokenIndex token;
  Shares size;
};
/// The venue's mode for new orders (rules 5.1).
enum class VenueMode : std::uint8_t { normal, post_only, cancel_only, disabled, restarting };
struct VenueModeChange {
  VenueMode mode = VenueMode::normal;
};

using EventBody = std::variant<MarketFrame, UserFrame, ConnectionOpened, ConnectionClosed, FeedGap, LinkAlive,
                               BookAnswer, PlaceAnswer, CancelAnswer, OrderStatusAnswer, TradesAnswer, PositionReading,
                               BalanceReading, OperatorRequest, BuyRequest, VenueModeChange, PayoutReading>;

struct Event {
  Timestamp time;  ///< when it was received
  EventBody body;
};

}  // namespace ebb::model
