// What a client says on the two WebSockets (protocol 2.1, 3). Pure functions over texts.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ebb::polymarket {

/// Keep-alive of both sockets: plain text, every 10 s; the server answers kPong (protocol 2.1).
inline constexpr std::string_view kPing = "PING";
inline constexpr std::string_view kPong = "PONG";

/// Whether the market channel should also send best_bid_ask, new_market and market_resolved; to be said anew on every
/// connection (protocol 2.1).
enum class CustomFeatures : bool { off, on };

/// The first frame of a market connection. `assets` may be empty: later frames subscribe.
[[nodiscard]] std::string market_hello(std::span<const std::string_view> assets, CustomFeatures features);
/// Adds or removes assets on an open connection.
[[nodiscard]] std::string market_subscribe(std::span<const std::string_view> assets, CustomFeatures features);
[[nodiscard]] std::string market_unsubscribe(std::span<const std::string_view> assets);

/// Credentials as the user channel wants them: the raw secret travels in the message. Never logged.
struct UserAuth {
  std::string_view key;
  std::string_view secret;
  std::string_view passphrase;
};
/// The first frame of a user connection. No conditions = all events of the account (protocol 3).
[[nodiscard]] std::string user_hello(const UserAuth& auth, std::span<const std::string_view> conditions);
[[nodiscard]] std::string user_subscribe(std::span<const std::string_view> conditions);
[[nodiscard]] std::string user_unsubscribe(std::span<const std::string_view> conditions);

}  // namespace ebb::polymarket
