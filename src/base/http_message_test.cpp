#include "base/http_message.hpp"

#include <gtest/gtest.h>

namespace ebb {
namespace {

TEST(HttpMessage, SplitsPathAndQuery) {
  const HttpRequest request{.target = "/data/orders?id=0x1&next_cursor=MA%3D%3D"};
  EXPECT_EQ(request.path(), "/data/orders");
  EXPECT_EQ(query_value(request.query(), "next_cursor"), "MA==");
  EXPECT_EQ(query_value(request.query(), "market"), "");
  EXPECT_EQ(HttpRequest{.target = "/time"}.query(), "");
}

TEST(HttpMessage, KeepsRepeatedValuesInOrderAndBadEscapesAsTheyAre) {
  EXPECT_EQ(query_values("ids=a&x=1&ids=b+c", "ids"), (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(query_value("q=100%", "q"), "100%");
  EXPECT_EQ(query_value("q=%zz", "q"), "%zz");
}

TEST(HttpMessage, FindsHeadersWhateverTheirCase) {
  const std::vector<HttpHeader> headers{{"Retry-After", "7"}, {"POLY_ADDRESS", "0x1"}};
  EXPECT_EQ(find_header(headers, "retry-after"), "7");
  EXPECT_EQ(find_header(headers, "poly_address"), "0x1");
  EXPECT_EQ(find_header(headers, "Date"), "");
}

}  // namespace
}  // namespace ebb
