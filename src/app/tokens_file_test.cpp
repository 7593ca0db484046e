#include "app/tokens_file.hpp"

#include <gtest/gtest.h>

namespace ebb::app {
namespace {

using Ids = std::vector<std::string>;

std::string code_of(std::string_view text) {
  const auto ids = parse_tokens(text, "list");
  return ids ? "" : ids.error().code;
}

TEST(TokensFile, OneIdALineWithComments) {
  EXPECT_EQ(*parse_tokens("# mine\n123\n\n  456 # the other\r\n789", "list"), (Ids{"123", "456", "789"}));
  EXPECT_EQ(*parse_tokens("\xEF\xBB\xBF"
                          "123\n",
                          "list"),
            Ids{"123"})
      << "a byte order mark is no part of an id";
  EXPECT_EQ(*parse_tokens("5\n7\n5\n", "list"), (Ids{"5", "7"})) << "each id once";
}

TEST(TokensFile, RefusesWhatIsNoId) {
  for (const char* text : {"0x12", "12a", "-5", "1 2", "1.0"}) EXPECT_EQ(code_of(text), "tokens.invalid") << text;
  EXPECT_EQ(code_of(std::string(78, '9')), "");
  EXPECT_EQ(code_of(std::string(79, '9')), "tokens.invalid");
  const auto ids = parse_tokens("1\n\nx\n", "list");
  ASSERT_FALSE(ids.has_value());
  EXPECT_NE(ids.error().message.find("list:3"), std::string::npos) << ids.error().message;
}

TEST(TokensFile, AnEmptyListIsAnError) {
  EXPECT_EQ(code_of(""), "tokens.empty");
  EXPECT_EQ(code_of("# nothing\n\n"), "tokens.empty");
}

TEST(TokensFile, UnreadableFilesAreErrors) {
  EXPECT_EQ(read_tokens_file("/nonexistent/list").error().code, "tokens.unreadable");
  EXPECT_EQ(read_tokens_file("/").error().code, "tokens.unreadable");
}

}  // namespace
}  // namespace ebb::app
