// An order as POST /order carries it (protocol 5.6). Private to the exchange server.
#pragma once

#include <string>

#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {

struct VenueServer::Impl::OrderForm {
  polymarket::OrderFields fields;
  model::TokenIndex token;
  std::string maker;  ///< lower case
  std::string signer;
  std::string signature;
  model::OrderType type = model::OrderType::gtc;
  bool post_only = false;
  bool defer = false;
  std::int64_t expiration = 0;
};

}  // namespace ebb::exchange
