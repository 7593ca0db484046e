// Who is connected and what they asked for (protocol 2.1, 3). Knows nothing of frames' contents; markets have lists of their
// subscribers, so that a frame costs only those who get it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "exchange/messages.hpp"
#include "model/ids.hpp"
#include "polymarket/json_tree.hpp"

namespace ebb::exchange {

enum class SocketKind : std::uint8_t { market, user };

struct VenueSocket {
  std::uint64_t ref = 0;
  SocketKind kind = SocketKind::market;
  bool custom = false;  ///< custom_feature_enabled
  bool frozen = false;  ///< a fault: it gets no data
  Timestamp opened;
  Timestamp last_due;  ///< when the last delayed frame leaves: later ones do not overtake it
  std::vector<model::TokenIndex> tokens;  ///< market channel
  std::string user;  ///< user channel: signer's address once authenticated
  std::vector<model::MarketIndex> conditions;  ///< user channel: its filter; empty = everything
  bool everything = true;  ///< user channel: no filter
  std::uint64_t frames = 0;
  std::uint64_t events = 0;
  std::uint64_t bytes = 0;
};

/// One market's interest: whose socket, and which of the two tokens (bit 0 = YES).
struct Subscriber {
  VenueSocket* socket = nullptr;
  std::uint8_t outcomes = 0;
};

class SocketTable {
 public:
  explicit SocketTable(std::size_t markets) : subscribers_(markets) {}

  VenueSocket& open(std::uint64_t ref, SocketKind kind, Timestamp now);
  /// nullptr when it is closed or unknown.
  [[nodiscard]] VenueSocket* find(std::uint64_t ref);
  void close(std::uint64_t ref);

  /// Adds an asset; false if the socket had it.
  bool subscribe(VenueSocket& socket, model::TokenIndex token, model::MarketIndex market, std::uint8_t outcome);
  void unsubscribe(VenueSocket& socket, model::TokenIndex token, model::MarketIndex market, std::uint8_t outcome);

  [[nodiscard]] const std::vector<Subscriber>& subscribers(model::MarketIndex market) const {
    return subscribers_[market.value()];
  }
  /// Every socket, by reference number.
  [[nodiscard]] std::map<std::uint64_t, VenueSocket>& all() { return sockets_; }
  [[nodiscard]] const std::map<std::uint64_t, VenueSocket>& all() const { return sockets_; }

 private:
  std::map<std::uint64_t, VenueSocket> sockets_;  // nodes stay where they are: subscribers point at them
  std::vector<std::vector<Subscriber>> subscribers_;
};

/// What a client asks for in one text (protocol 2.1, 3).
struct SocketRequest {
  enum class Kind : std::uint8_t { ping, subscribe, unsubscribe, user, invalid } kind = Kind::invalid;
  std::vector<std::string> assets;
  std::vector<std::string> markets;
  bool custom = false;
  bool says_custom = false;  ///< custom_feature_enabled stood in it
  bool initial_dump = true;
  std::string key, secret, passphrase;
};
[[nodiscard]] SocketRequest read_socket_text(std::string_view text, polymarket::JsonTree& tree);

}  // namespace ebb::exchange
