#include "app/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace ebb::app {
namespace {

TEST(JsonWriter, NestsAndSeparates) {
  JsonWriter json;
  json.begin_object().field("a", 1).key("b").begin_array().value("x").value(true).null().value(0.5).end_array();
  json.key("c").begin_object().end_object().field("d", std::uint64_t{18'446'744'073'709'551'615ULL}).end_object();
  EXPECT_EQ(json.text(), R"({"a":1,"b":["x",true,null,0.5],"c":{},"d":18446744073709551615})");
}

TEST(JsonWriter, NumbersThatJsonDoesNotHaveAreNull) {
  JsonWriter json;
  json.begin_array()
      .value(std::numeric_limits<double>::quiet_NaN())
      .value(std::numeric_limits<double>::infinity())
      .end_array();
  EXPECT_EQ(json.text(), "[null,null]");
}

std::string escaped(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

TEST(JsonString, EscapesAndRepairs) {
  EXPECT_EQ(escaped("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\u0001")");
  EXPECT_EQ(escaped("\xC3\xA4 \xE6\xB6\xA8 \xF0\x9F\x8C\x8A"), "\"\xC3\xA4 \xE6\xB6\xA8 \xF0\x9F\x8C\x8A\"");
  EXPECT_EQ(escaped("x\xFFy"), R"("x\ufffdy")");
  EXPECT_EQ(escaped("\xC0\x80"), R"("\ufffd\ufffd")");        // overlong
  EXPECT_EQ(escaped("\xED\xA0\x80"), R"("\ufffd\ufffd\ufffd")");  // surrogate
  EXPECT_EQ(escaped("\xE6\xB6"), R"("\ufffd\ufffd")");        // cut short
}

TEST(ResultHead, CarriesErrors) {
  JsonWriter json;
  json.begin_object();
  write_head(json, "demo", 1.5, {{"x.y", "it \"broke\"", "mend it"}});
  json.end_object();
  EXPECT_NE(
      json.text().find(
          R"("command":"demo","wall_seconds":1.5,"ok":false,"errors":[{"code":"x.y","message":"it \"broke\"","hint":"mend it"}]})"),
      std::string::npos)
      << json.text();
}

}  // namespace
}  // namespace ebb::app
