// Names of things. Indices are dense, assigned in order of registration, and mean nothing outside one engine.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/strong.hpp"

namespace ebb::model {

using TokenIndex = Id<struct TokenTag>;            ///< one outcome token
using MarketIndex = Id<struct MarketTag>;          ///< one condition (two tokens)
using EventGroupIndex = Id<struct EventGroupTag>;  ///< one (neg-risk) event: several markets
using ConnectionIndex = Id<struct ConnectionTag, std::uint16_t>;  ///< one market WebSocket (or one recording)

/// An order's id: the EIP-712 digest of the order (protocol 5.1), known before it is sent.
struct OrderId {
  std::array<std::uint8_t, 32> bytes{};
  friend constexpr auto operator<=>(const OrderId&, const OrderId&) = default;
  [[nodiscard]] bool is_set() const { return *this != OrderId{}; }
};

/// "0x" and 64 lower-case hex digits.
[[nodiscard]] std::string to_text(const OrderId& id);
/// nullopt unless `text` is "0x" and 64 hex digits of either case.
[[nodiscard]] std::optional<OrderId> parse_order_id(std::string_view text);

/// The venue's id of a trade (a UUID); at most 64 characters, longer texts are refused by the decoders.
struct TradeId {
  std::array<char, 64> text{};
  std::uint8_t size = 0;
  [[nodiscard]] std::string_view view() const { return {text.data(), size}; }
  friend bool operator==(const TradeId& a, const TradeId& b) { return a.view() == b.view(); }
};
[[nodiscard]] std::optional<TradeId> make_trade_id(std::string_view text);

enum class Side : std::uint8_t { buy, sell };
[[nodiscard]] constexpr Side opposite(Side side) { return side == Side::buy ? Side::sell : Side::buy; }
[[nodiscard]] constexpr std::string_view to_text(Side side) { return side == Side::buy ? "BUY" : "SELL"; }

/// Protocol 6.1. `post_only` orders are GTC or GTD that the venue refuses when they would cross.
enum class OrderType : std::uint8_t { gtc, gtd, fok, fak };
[[nodiscard]] constexpr std::string_view to_text(OrderType type) {
  constexpr std::string_view names[] = {"GTC", "GTD", "FOK", "FAK"};
  return names[static_cast<int>(type)];
}
enum class Crossing : std::uint8_t { post_only, allowed };

}  // namespace ebb::model

template <>
struct std::hash<ebb::model::OrderId> {
  std::size_t operator()(const ebb::model::OrderId& id) const noexcept {
    std::size_t h;  // a digest is already uniform
    std::memcpy(&h, id.bytes.data(), sizeof h);
    return h;
  }
};
