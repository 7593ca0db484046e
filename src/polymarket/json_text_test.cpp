#include "polymarket/json_text.hpp"

#include <gtest/gtest.h>

namespace ebb::polymarket {
namespace {

std::string value_of(std::string_view json) {
  JsonTree tree;
  const std::string text = "[" + std::string(json) + "]";
  EXPECT_TRUE(tree.parse(text)) << text;
  return string_value(tree[1]);
}

TEST(JsonText, EscapesAreResolved) {
  EXPECT_EQ(value_of(R"("a\"b\\c\/d\n\t")"), "a\"b\\c/d\n\t");
  EXPECT_EQ(value_of(R"("\u0041\u00e9\u20ac")"), "A\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(value_of(R"("\ud83d\ude00")"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(value_of("12.5"), "12.5");
  EXPECT_EQ(value_of("null"), "");
  EXPECT_EQ(value_of("true"), "");
}

TEST(JsonText, BrokenEscapesDoNotBreakTheText) {
  JsonNode node{.kind = JsonKind::string, .escaped = true};
  for (const auto& [text, expected] : {std::pair{R"(\ud83dx)", "?x"},
                                       {R"(\u12)", "?12"},
                                       {R"(\ude00)", "?"},
                                       {R"(a\)", "a\\"},
                                       {R"(\ud83d\u0041)", "?A"}}) {
    node.text = text;
    EXPECT_EQ(string_value(node), expected) << text;
  }
}

TEST(JsonText, QueryValuesAreEncoded) {
  std::string target = "/x?a=";
  append_query_value(target, "A-z_0.~ &=+%\xc3\xa9");
  EXPECT_EQ(target, "/x?a=A-z_0.~%20%26%3D%2B%25%C3%A9");
}

}  // namespace
}  // namespace ebb::polymarket
