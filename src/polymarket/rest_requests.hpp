// The CLOB's authenticated requests as plain values (protocol 1.4), without authentication: L1 or L2 headers are added by
// whoever sends them, after the body is final.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/http_message.hpp"
#include "model/ids.hpp"
#include "polymarket/order_digest.hpp"

namespace ebb::polymarket {

inline constexpr std::string_view kFirstCursor = "MA==";
inline constexpr std::string_view kLastCursor = "LTE=";

/// POST /order and POST /orders; the body is appended by append_order_body(), for the latter as elements of an array.
[[nodiscard]] HttpRequest post_order_request();
[[nodiscard]] HttpRequest post_orders_request();
/// DELETE /order and DELETE /orders (at most kMostCancelsPerRequest ids).
[[nodiscard]] HttpRequest cancel_request(const model::OrderId& id);
[[nodiscard]] HttpRequest cancel_request(std::span<const model::OrderId> ids);
[[nodiscard]] HttpRequest cancel_all_request();
/// DELETE /cancel-market-orders: both are required by the venue's description.
[[nodiscard]] HttpRequest cancel_market_request(std::string_view condition_id, std::string_view token_id);
/// GET /data/order/{id}.
[[nodiscard]] HttpRequest order_request(const model::OrderId& id);
/// GET /data/orders: a page of our live orders.
[[nodiscard]] HttpRequest open_orders_request(std::string_view cursor);
/// GET /data/trades: a page of our trades matched after that second (0 = all).
[[nodiscard]] HttpRequest trades_request(std::string_view maker_address, std::int64_t after_unix_seconds,
                                         std::string_view cursor);

/// What a balance is asked for. CONDITIONAL-V2 for positions that settle on ExchangeV3.
enum class AssetType : std::uint8_t { collateral, conditional, conditional_v2 };
[[nodiscard]] std::string_view to_text(AssetType type);
/// GET /balance-allowance; with `update`, the request that refreshes the venue's cache. `token_id` is empty for collateral.
enum class BalanceCall : std::uint8_t { read, update };
[[nodiscard]] HttpRequest balance_request(BalanceCall call, AssetType type, std::string_view token_id,
                                          SignatureType signature_type);

[[nodiscard]] HttpRequest derive_key_request();  ///< L1
[[nodiscard]] HttpRequest create_key_request();  ///< L1
[[nodiscard]] HttpRequest closed_only_request();  ///< L2
/// POST /v1/heartbeats with the id that the last answer gave; empty the first time (protocol 6.5).
[[nodiscard]] HttpRequest heartbeat_request(std::string_view id);
[[nodiscard]] HttpRequest geoblock_request();  ///< no authentication, of an address of its own

}  // namespace ebb::polymarket
