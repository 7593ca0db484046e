// What clients say on their WebSockets (protocol 2.1, 3).
#include <algorithm>

#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {

void VenueServer::Impl::send_dump(VenueSocket& socket, const std::vector<model::TokenIndex>& tokens) {
  // A snapshot of what is on its way already would be older than the frames that it overtakes: it takes their place in line.
  push(socket, std::make_shared<const std::string>(exchange.snapshot_frame(tokens)), static_cast<int>(tokens.size()));
}

void VenueServer::Impl::on_market_text(VenueSocket& socket, const SocketRequest& request) {
  if (request.kind == SocketRequest::Kind::user) {
    sink.send(socket.ref, std::make_shared<const std::string>("INVALID OPERATION"));
    return;
  }
  if (request.says_custom) socket.custom = request.custom;
  const bool subscribes = request.kind == SocketRequest::Kind::subscribe;
  std::vector<model::TokenIndex> known;
  for (const std::string& asset : request.assets) {
    const model::TokenIndex token = exchange.markets().find_token(asset);
    if (!token.valid()) continue;
    const model::TokenEntry& entry = exchange.markets().token(token);
    if (!subscribes) {
      sockets.unsubscribe(socket, token, entry.market, entry.outcome);
      continue;
    }
    (void)sockets.subscribe(socket, token, entry.market, entry.outcome);
    if (exchange.is_open(entry.market)) known.push_back(token);
  }
  if (subscribes && request.initial_dump) send_dump(socket, known);
}

void VenueServer::Impl::on_user_text(VenueSocket& socket, const SocketRequest& request) {
  if (request.kind == SocketRequest::Kind::user) {
    const ApiKey* key = keys.check_credentials(request.key, request.secret, request.passphrase);
    if (key == nullptr) return close_socket(socket.ref, false);
    socket.user = key->address_text;
    socket.everything = request.markets.empty();
    socket.conditions.clear();
  } else if (socket.user.empty()) {
    return close_socket(socket.ref, false);
  }
  for (const std::string& condition : request.markets) {
    const model::MarketIndex market = exchange.markets().find_market(condition);
    if (!market.valid()) continue;
    std::erase(socket.conditions, market);
    if (request.kind != SocketRequest::Kind::unsubscribe) socket.conditions.push_back(market);
  }
}

}  // namespace ebb::exchange
