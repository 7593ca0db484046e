// Writers of the user channel's frames (protocol 3), shared by the embedded exchange and the paper venue. Each function
// appends one JSON object to a string; the caller owns the buffer, so a warm writer allocates nothing.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/order.hpp"

namespace ebb::exchange {

/// Who an order belongs to, as the user channel names it.
struct UserIdentity {
  std::string_view owner;  ///< API key (a UUID)
  std::string_view maker_address;  ///< 0x + 40 hex digits
};

/// An `order` event. Texts are only read during the call.
struct UserOrderFrame {
  model::UserOrderType type = model::UserOrderType::placement;
  std::string_view status = "LIVE";  ///< LIVE, MATCHED, CANCELED, INVALID, CANCELED_MARKET_RESOLVED ... (protocol 3)
  model::OrderId id;
  UserIdentity identity;
  std::string_view market;  ///< condition id
  std::string_view asset_id;  ///< token id
  std::string_view outcome;
  model::Side side = model::Side::buy;
  model::OrderType order_type = model::OrderType::gtc;
  Price price;
  Shares original_size;
  Shares size_matched;
  std::span<const std::string> associate_trades;  ///< empty is written as null
  Timestamp created;
  Timestamp expiration;  ///< unset is written as "0"
  Timestamp time;
};

/// One entry of `maker_orders`.
struct MakerOrderFrame {
  model::OrderId id;
  UserIdentity identity;
  std::string_view asset_id;
  std::string_view outcome;
  int outcome_index = 0;  ///< 0 = YES
  model::Side side = model::Side::buy;
  Price price;  ///< the maker's own, on its own token
  Shares matched;
};

/// Whose view of the trade the frame is.
enum class TraderSide : std::uint8_t { taker, maker };

/// A `trade` event: top-level fields are the TAKER's, whoever receives it.
struct UserTradeFrame {
  std::string_view id;  ///< the trade's UUID
  model::TradeStatus status = model::TradeStatus::matched;
  model::OrderId taker_order;
  UserIdentity taker;
  std::string_view trade_owner;  ///< API key of whoever receives the frame
  TraderSide trader_side = TraderSide::taker;
  std::string_view market;
  std::string_view asset_id;
  std::string_view outcome;
  model::Side side = model::Side::buy;
  Price price;
  Shares size;
  std::span<const MakerOrderFrame> makers;
  Timestamp match_time;
  Timestamp last_update;  ///< also written as `timestamp`
};

void append_order_frame(std::string& out, const UserOrderFrame& frame);
void append_trade_frame(std::string& out, const UserTradeFrame& frame);

/// Appends `text` as a JSON string with its quotes. What is no UTF-8 (refusals quote what a client sent) becomes U+FFFD.
void append_json_text(std::string& out, std::string_view text);

}  // namespace ebb::exchange
