#include "gateway/venue_address.hpp"

#include <utility>

namespace ebb::gateway {
namespace {

Expected<net::Url> parse(const char* key, const std::string& text) {
  auto url = net::parse_url(text);
  if (!url) {
    Error error = std::move(url).error();
    error.message = "[venue] " + std::string(key) + " = \"" + text + "\": " + error.message;
    return std::unexpected(std::move(error));
  }
  return std::move(*url);
}

}  // namespace

Expected<VenueAddress> parse_venue(const VenueTexts& texts) {
  TRY(clob, parse("clob_rest", texts.clob_rest));
  TRY(ws_market, parse("ws_market", texts.ws_market));
  TRY(ws_user, parse("ws_user", texts.ws_user));
  TRY(gamma, parse("gamma", texts.gamma));
  TRY(data, parse("data", texts.data));
  TRY(geoblock, parse("geoblock", texts.geoblock));
  TRY(tls, net::TlsClientContext::create(texts.ca_file));
  return VenueAddress{std::move(clob), std::move(ws_market), std::move(ws_user), std::move(gamma),
                      std::move(data), std::move(geoblock),  std::move(tls)};
}

std::string base_path(const net::Url& url) {
  std::string path = url.target.substr(0, url.target.find('?'));
  while (!path.empty() && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace ebb::gateway
