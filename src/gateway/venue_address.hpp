// Where a venue is, parsed and with its trust: what the gateway connects to.
#pragma once

#include <optional>
#include <string>

#include "base/expected.hpp"
#include "net/endpoint.hpp"

namespace ebb::gateway {

/// The venue's addresses as texts (configuration, or the ready line of an exchange server).
struct VenueTexts {
  std::string clob_rest;
  std::string ws_market;
  std::string ws_user;
  std::string gamma;
  std::string data;
  std::string geoblock;
  std::string ca_file;
};

struct VenueAddress {
  net::Url clob;
  net::Url ws_market;
  net::Url ws_user;
  net::Url gamma;
  net::Url data;
  net::Url geoblock;
  net::TlsClientContext tls;
};

/// Errors: those of net::parse_url and TlsClientContext::create, with the configuration key in the message.
[[nodiscard]] Expected<VenueAddress> parse_venue(const VenueTexts& texts);

/// The path in front of every target of a base URL ("/gamma" for "https://host/gamma"), without a slash at its end.
[[nodiscard]] std::string base_path(const net::Url& url);

}  // namespace ebb::gateway
