#include "exchange/venue_sockets.hpp"

#include <algorithm>

namespace ebb::exchange {

VenueSocket& SocketTable::open(std::uint64_t ref, SocketKind kind, Timestamp now) {
  VenueSocket& socket = sockets_[ref];
  socket.ref = ref;
  socket.kind = kind;
  socket.opened = now;
  return socket;
}

VenueSocket* SocketTable::find(std::uint64_t ref) {
  const auto it = sockets_.find(ref);
  return it == sockets_.end() ? nullptr : &it->second;
}

void SocketTable::close(std::uint64_t ref) {
  const auto it = sockets_.find(ref);
  if (it == sockets_.end()) return;
  VenueSocket* socket = &it->second;
  if (!socket->tokens.empty()) {
    for (auto& list : subscribers_) std::erase_if(list, [&](const Subscriber& s) { return s.socket == socket; });
  }
  sockets_.erase(it);
}

bool SocketTable::subscribe(VenueSocket& socket, model::TokenIndex token, model::MarketIndex market,
                            std::uint8_t outcome) {
  auto& list = subscribers_[market.value()];
  const auto bit = static_cast<std::uint8_t>(1U << outcome);
  auto it = std::find_if(list.begin(), list.end(), [&](const Subscriber& s) { return s.socket == &socket; });
  if (it == list.end()) it = list.insert(it, Subscriber{&socket, 0});
  if ((it->outcomes & bit) != 0) return false;
  it->outcomes |= bit;
  socket.tokens.push_back(token);
  return true;
}

void SocketTable::unsubscribe(VenueSocket& socket, model::TokenIndex token, model::MarketIndex market,
                              std::uint8_t outcome) {
  auto& list = subscribers_[market.value()];
  const auto it = std::find_if(list.begin(), list.end(), [&](const Subscriber& s) { return s.socket == &socket; });
  if (it == list.end()) return;
  it->outcomes &= static_cast<std::uint8_t>(~(1U << outcome));
  if (it->outcomes == 0) list.erase(it);
  std::erase(socket.tokens, token);
}

namespace {

void read_texts(const polymarket::JsonTree& tree, std::string_view key, std::vector<std::string>& out) {
  const std::uint32_t list = tree.find(0, key);
  if (list == 0 || tree[list].kind != polymarket::JsonKind::array) return;
  for (std::uint32_t i = list + 1; i < tree[list].end; i = tree[i].end) {
    if (const std::string_view text = polymarket::plain_text(tree[i]); !text.empty()) out.emplace_back(text);
  }
}

bool is_true(const polymarket::JsonNode& node) {
  return node.kind == polymarket::JsonKind::boolean && node.text == "true";
}

}  // namespace

SocketRequest read_socket_text(std::string_view text, polymarket::JsonTree& tree) {
  using Kind = SocketRequest::Kind;
  SocketRequest request;
  if (text == "PING") request.kind = Kind::ping;
  if (request.kind == Kind::ping || !tree.parse(text) || tree[0].kind != polymarket::JsonKind::object) return request;
  const std::string_view type = polymarket::plain_text(tree.member(0, "type"));
  const std::string_view operation = polymarket::plain_text(tree.member(0, "operation"));
  if (operation == "unsubscribe")
    request.kind = Kind::unsubscribe;
  else if (operation == "subscribe" || type == "market" || type == "MARKET")
    request.kind = Kind::subscribe;
  else if (type == "user" || type == "USER")
    request.kind = Kind::user;
  read_texts(tree, "assets_ids", request.assets);
  read_texts(tree, "markets", request.markets);
  const auto& custom = tree.member(0, "custom_feature_enabled");
  request.says_custom = custom.kind == polymarket::JsonKind::boolean;
  request.custom = is_true(custom);
  const auto& dump = tree.member(0, "initial_dump");
  request.initial_dump = dump.kind != polymarket::JsonKind::boolean || is_true(dump);
  if (const std::uint32_t auth = tree.find(0, "auth"); auth != 0) {
    request.key = polymarket::plain_text(tree.member(auth, "apiKey"));
    request.secret = polymarket::plain_text(tree.member(auth, "secret"));
    request.passphrase = polymarket::plain_text(tree.member(auth, "passphrase"));
  }
  return request;
}

}  // namespace ebb::exchange
