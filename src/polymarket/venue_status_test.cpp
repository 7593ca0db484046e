#include "polymarket/venue_status.hpp"

#include <gtest/gtest.h>

namespace ebb::polymarket {
namespace {

HttpResponse answer(std::string body, int status = 200) {
  return {.status = status, .headers = {}, .body = std::move(body)};
}

TEST(VenueStatus, Version) {
  EXPECT_EQ(*read_version(answer(R"({"version":2})")), 2);
  EXPECT_EQ(*read_version(answer(R"({"version":"3"})")), 3);
  for (const char* body : {"{}", R"({"version":null})", R"({"version":2.5})", R"({"version":0})", "[2]"}) {
    ASSERT_FALSE(read_version(answer(body))) << body;
    EXPECT_EQ(read_version(answer(body)).error().code, "venue.shape");
  }
  EXPECT_EQ(read_version(answer("<html>")).error().code, "venue.not_json");
  EXPECT_EQ(read_version(answer(R"({"version":2})", 503)).error().code, "venue.status");
}

TEST(VenueStatus, Time) {
  EXPECT_EQ(*read_time(answer("1790000000")), Timestamp(1'790'000'000'000'000'000));
  EXPECT_EQ(*read_time(answer("\"1790000000\"\n")), Timestamp(1'790'000'000'000'000'000));
  for (const char* body : {"", "0", "-5", "1790000000000", "1790000000.5", "{}", "<html>"}) {
    EXPECT_FALSE(read_time(answer(body))) << body;
  }
}

TEST(VenueStatus, GeoblockIsNeverGuessed) {
  const auto free = read_geoblock(answer(R"({"blocked":false,"ip":"192.0.2.1","country":"PT","region":"11"})"));
  ASSERT_TRUE(free);
  EXPECT_FALSE(free->blocked);
  EXPECT_EQ(free->country, "PT");
  EXPECT_TRUE(read_geoblock(answer(R"({"blocked":true})"))->blocked);
  for (const char* body : {"{}", R"({"blocked":"false"})", R"({"blocked":0})", R"({"blocked":null})", "[]"}) {
    ASSERT_FALSE(read_geoblock(answer(body))) << body;
    EXPECT_EQ(read_geoblock(answer(body)).error().code, "venue.shape");
  }
  EXPECT_EQ(read_geoblock(answer("<html>blocked</html>", 403)).error().code, "venue.status");
}

}  // namespace
}  // namespace ebb::polymarket
