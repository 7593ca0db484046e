// The venue's rate limits as a table (protocol 6.7): sliding windows per address, token buckets per order signer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.hpp"

namespace ebb::polymarket {

/// Requests that have a limit of their own. Every one counts in the window of all CLOB requests, too.
enum class Endpoint : std::uint8_t {
  post_order,
  post_orders,
  delete_order,
  delete_orders,
  cancel_all,
  cancel_market,
  order_status,    ///< GET /data/order/{id}
  open_orders,     ///< GET /data/orders
  trades,          ///< GET /data/trades
  balance,         ///< GET /balance-allowance
  balance_update,  ///< GET /balance-allowance/update
  auth,            ///< /auth/...
  other            ///< /time, /version, /v1/heartbeats: no limit of their own
};
inline constexpr std::size_t kEndpoints = static_cast<std::size_t>(Endpoint::other) + 1;

/// At most `requests` within any stretch of `span`.
struct RateWindow {
  std::int32_t requests = 0;
  Duration span;
};
/// Windows of one endpoint; empty for `other`.
[[nodiscard]] std::span<const RateWindow> endpoint_windows(Endpoint endpoint);
/// All requests to the CLOB host together.
inline constexpr RateWindow kClobWindow{9000, seconds(10)};
/// Ledger reads (/data/order, /data/orders, /data/trades) share one window, too.
inline constexpr RateWindow kLedgerWindow{900, seconds(10)};
[[nodiscard]] constexpr bool is_ledger_read(Endpoint endpoint) {
  return endpoint == Endpoint::order_status || endpoint == Endpoint::open_orders || endpoint == Endpoint::trades;
}
/// GET /v2/positions of the Data API.
inline constexpr RateWindow kPositionsWindow{150, seconds(10)};

/// What the venue grants a signer, by his maker volume of 30 days.
struct SignerTier {
  std::string_view name;           ///< as in `Poly-RateLimit-Tier`, any case
  std::int32_t orders_per_second;
  std::int32_t order_burst;
  std::int32_t cancels_per_second;
  std::int32_t cancel_burst;
  bool cancels_may_go_negative;
};
/// Standard first.
[[nodiscard]] std::span<const SignerTier> signer_tiers();
/// The tier of that name, whatever its case; nullopt for one that the table does not know.
[[nodiscard]] std::optional<SignerTier> find_tier(std::string_view name);

inline constexpr int kMostOrdersPerRequest = 15;     ///< POST /orders
inline constexpr int kMostCancelsPerRequest = 1000;  ///< DELETE /orders

}  // namespace ebb::polymarket
