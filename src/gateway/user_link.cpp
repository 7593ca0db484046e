#include "gateway/user_link.hpp"

#include <utility>

namespace ebb::gateway {

UserLink::UserLink(net::Loop& loop, const VenueAddress& venue, session::UserStreamConfig config,
                   polymarket::ApiCredentials credentials, engine::Engine& engine, UserLinkEvents events)
    : loop_(loop),
      venue_(venue),
      engine_(engine),
      events_(std::move(events)),
      socket_(loop, venue.tls, *this),
      stream_(std::move(config), std::move(credentials), *this) {}

void UserLink::user_frame(Timestamp received, std::string_view text) {
  if (events_.on_frame) events_.on_frame(received, text);
  engine_.on_event({received, model::UserFrame{text}});
}

}  // namespace ebb::gateway
