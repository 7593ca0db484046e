// The venue's words for what it refuses (protocol 6.2, 6.3), as the paper venue says them.
#pragma once

#include <string>
#include <string_view>

#include "base/units.hpp"
#include "exchange/paper_account.hpp"
#include "model/ids.hpp"

namespace ebb::exchange {

inline constexpr std::string_view kNoOrderbook = "No orderbook exists for the requested token id";
inline constexpr std::string_view kPostOnlyCrosses = "invalid post-only order: order crosses book";
inline constexpr std::string_view kInvalidExpiration = "invalid expiration";
inline constexpr std::string_view kFokKilled = "order couldn't be fully filled. FOK orders are fully filled or killed.";
inline constexpr std::string_view kFakNoMatch =
    "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.";
inline constexpr std::string_view kCancelUnknown = "Order not found or already canceled";
inline constexpr std::string_view kCancelMatched = "Order already matched";
inline constexpr std::string_view kCancelCanceled = "Order already canceled";

[[nodiscard]] std::string duplicated_text(const model::OrderId& id);
[[nodiscard]] std::string tick_text(const model::OrderId& id, Price price, Price tick);
[[nodiscard]] std::string minimum_text(const model::OrderId& id, Shares size, Shares minimum);
[[nodiscard]] std::string marketable_minimum_text(Usdc amount);
/// Names balance, sum of active and sum of matched orders (rules 7.2), in millionths.
[[nodiscard]] std::string not_enough_text(const GateSums& sums, std::int64_t wanted);

}  // namespace ebb::exchange
