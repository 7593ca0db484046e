#include "base/flat_map.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ebb {
namespace {

TEST(HashText, DiffersWithEveryByteAndLength) {
  FlatSet<std::uint64_t> seen;
  std::string text;
  for (int size = 0; size < 100; ++size) {
    EXPECT_TRUE(seen.insert(hash_text(text)).second) << size;
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::string other = text;
      other[i] = '7';
      EXPECT_TRUE(seen.insert(hash_text(other)).second) << size << ' ' << i;
    }
    text += '1';
  }
}

TEST(HashText, SpreadsTokenIdsOverTheLowBits) {
  // A power-of-two table takes its bucket from some of the bits: none may be constant.
  std::uint64_t ones = 0;
  std::uint64_t zeros = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t hash = hash_text("10447237650997698834671647512051114501151775590634450166937778316519" +
                                         std::to_string(100'000'000 + i));
    ones |= hash;
    zeros |= ~hash;
  }
  EXPECT_EQ(ones, ~std::uint64_t{0});
  EXPECT_EQ(zeros, ~std::uint64_t{0});
}

TEST(HashText, TakesAViewThatPointsNowhere) { EXPECT_EQ(hash_text(std::string_view()), hash_text("")); }

TEST(TextMap, IsAskedWithViews) {
  TextMap<int> map;
  map.emplace("token", 3);
  EXPECT_EQ(map.find(std::string_view("token"))->second, 3);
  EXPECT_FALSE(map.contains(std::string_view("tokens")));
}

}  // namespace
}  // namespace ebb
