#include "base/text_digest.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace ebb {
namespace {

TEST(TextDigest, TellsTextsApartByLengthAndEveryByte) {
  std::set<std::uint64_t> seen;
  std::string text;
  for (int length = 0; length < 40; ++length) {
    EXPECT_TRUE(seen.insert(text_digest(text)).second) << length;
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string other = text;
      ++other[i];
      EXPECT_NE(text_digest(other), text_digest(text)) << length << ' ' << i;
    }
    text += 'a';
  }
}

}  // namespace
}  // namespace ebb
