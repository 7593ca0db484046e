#include "polymarket/json_tree.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>

#include "polymarket/test_frames.hpp"

namespace ebb::polymarket {
namespace {

TEST(JsonTree, nodes_are_flat_and_point_into_the_text) {
  const std::string text = R"( {"a": [1, {"b": null}, "x\n"], "c": true, "d": -1.50e3 } )";
  JsonTree tree;
  ASSERT_TRUE(tree.parse(text));
  const std::uint32_t a = tree.find(0, "a");
  ASSERT_EQ(tree[a].kind, JsonKind::array);
  EXPECT_EQ(tree[a + 1].text, "1");
  EXPECT_EQ(tree[a + 2].kind, JsonKind::object);
  EXPECT_EQ(tree.member(a + 2, "b").kind, JsonKind::null);
  const std::uint32_t last = tree[a + 2].end;
  EXPECT_TRUE(tree[last].escaped);
  EXPECT_EQ(plain_text(tree[last]), "");
  EXPECT_EQ(tree[last].end, tree[a].end);
  EXPECT_EQ(tree.member(0, "c").text, "true");
  EXPECT_EQ(plain_text(tree.member(0, "c")), "");
  EXPECT_EQ(plain_text(tree.member(0, "d")), "-1.50e3");
  EXPECT_EQ(tree.member(0, "d").text.data(), text.data() + text.find("-1.50e3"));
  EXPECT_EQ(tree.member(0, "absent").kind, JsonKind::absent);
  EXPECT_TRUE(is_blank(tree.member(0, "absent")));
  EXPECT_EQ(tree.find(a, "a"), 0u);
}

TEST(JsonTree, refuses_whatever_is_not_one_whole_document) {
  JsonTree tree;
  for (const char* text : {"",           " ",          "1",     "\"a\"",      "nul",         "{",
                           "[",          "]",          "{}{}",  "[] x",       "[1,]",        "[,1]",
                           "{\"a\"}",    "{\"a\":}",   "{a:1}", "{\"a\":1,}", "[1 2]",       "{\"a\":1 \"b\":2}",
                           "[01]",       "[1.]",       "[.5]",  "[+1]",       "[--1]",       "[1e]",
                           "[tru]",      "[truee]",    "[NaN]", "[\"a]",      "[\"\x01\"]",  "[\"\xc0\x80\"]",
                           "{\"a\":[1}", "[{\"a\":1]", "[1:2]", "[\"a\":1]",  "[\"a\" :{}]", "[\"a\":1,2]"}) {
    EXPECT_FALSE(tree.parse(text)) << text;
    EXPECT_TRUE(tree.nodes().empty());
  }
  EXPECT_FALSE(tree.parse(std::string(JsonTree::kMaxDepth + 1, '[') + std::string(JsonTree::kMaxDepth + 1, ']')));
  EXPECT_TRUE(tree.parse(std::string(JsonTree::kMaxDepth, '[') + std::string(JsonTree::kMaxDepth, ']')));
}

TEST(JsonTree, agrees_with_a_parser_that_validates_everything) {
  JsonTree tree;
  simdjson::dom::parser parser;
  const auto seeds = test::seed_frames();
  Random random(11);
  int valid = 0;
  for (int round = 0; round < 40'000; ++round) {
    const std::string text = test::mutated(seeds[random.below(seeds.size())], random);
    simdjson::dom::element root;
    const auto error = parser.parse(simdjson::padded_string(text)).get(root);
    const bool dom = error == simdjson::SUCCESS && (root.is_object() || root.is_array());
    const bool ours = tree.parse(text);
    valid += ours ? 1 : 0;
    // We leave escapes inside strings and the range of numbers to whoever reads them.
    const bool lenient = text.find('\\') != std::string::npos || error == simdjson::NUMBER_ERROR;
    if (lenient && ours) continue;
    ASSERT_EQ(ours, dom) << text << "\n" << simdjson::error_message(error);
  }
  EXPECT_GT(valid, 5'000);
}

}  // namespace
}  // namespace ebb::polymarket
