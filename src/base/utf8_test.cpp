#include "base/utf8.hpp"

#include <gtest/gtest.h>

namespace ebb {
namespace {

TEST(Utf8, KnowsWholeSequences) {
  EXPECT_EQ(utf8_length("a"), 1U);
  EXPECT_EQ(utf8_length("\xC3\xA9 rest"), 2U);
  EXPECT_EQ(utf8_length("\xE2\x82\xAC"), 3U);
  EXPECT_EQ(utf8_length("\xF0\x9F\x98\x80"), 4U);
  EXPECT_EQ(utf8_length(std::string_view("\0", 1)), 1U);
}

TEST(Utf8, RefusesWhatIsNone) {
  EXPECT_EQ(utf8_length("\x80"), 0U);              // a continuation alone
  EXPECT_EQ(utf8_length("\xC3"), 0U);              // cut off
  EXPECT_EQ(utf8_length("\xC3z"), 0U);             // no continuation
  EXPECT_EQ(utf8_length("\xC0\xAF"), 0U);          // overlong
  EXPECT_EQ(utf8_length("\xE0\x80\xAF"), 0U);
  EXPECT_EQ(utf8_length("\xED\xA0\x80"), 0U);      // a surrogate
  EXPECT_EQ(utf8_length("\xF4\x90\x80\x80"), 0U);  // beyond Unicode
  EXPECT_EQ(utf8_length("\xFF"), 0U);
}

}  // namespace
}  // namespace ebb
