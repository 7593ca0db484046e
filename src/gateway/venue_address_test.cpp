#include "gateway/venue_address.hpp"

#include <gtest/gtest.h>

namespace ebb::gateway {
namespace {

VenueTexts local() {
  return {"http://127.0.0.1:8000",
          "ws://127.0.0.1:8000/ws/market",
          "ws://127.0.0.1:8000/ws/user",
          "http://127.0.0.1:8000/gamma",
          "http://127.0.0.1:8000/data-api/",
          "http://127.0.0.1:8000/api/geoblock",
          ""};
}

TEST(VenueAddress, KnowsThePathsInFrontOfEveryTarget) {
  const auto venue = parse_venue(local());
  ASSERT_TRUE(venue) << venue.error().message;
  EXPECT_EQ(base_path(venue->clob), "");
  EXPECT_EQ(base_path(venue->gamma), "/gamma");
  EXPECT_EQ(base_path(venue->data), "/data-api");
}

TEST(VenueAddress, AnAddressElsewhereWithoutTlsIsRefusedByItsKey) {
  VenueTexts texts = local();
  texts.ws_user = "ws://venue.example/ws/user";
  const auto venue = parse_venue(texts);
  ASSERT_FALSE(venue);
  EXPECT_EQ(venue.error().code, "net.plain_refused");
  EXPECT_NE(venue.error().message.find("ws_user"), std::string::npos);
  texts.ws_user = "wss://venue.example/ws/user";
  const auto remote = parse_venue(texts);
  ASSERT_TRUE(remote) << remote.error().message;
}

TEST(VenueAddress, AMissingAuthorityIsAnError) {
  VenueTexts texts = local();
  texts.ca_file = "/nowhere/ca.pem";
  EXPECT_EQ(parse_venue(texts).error().code, "net.ca_file");
}

}  // namespace
}  // namespace ebb::gateway
