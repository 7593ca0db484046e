// A table of markets as bytes: whatever is damaged in it, what is read can be given to those who make room by its counts.
#include "model/archive.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ebb::model {
namespace {

MarketTable two_markets() {
  MarketTable table;
  for (const std::string name : {"a", "b"}) {
    MarketSpec spec;
    spec.condition_id = "0x" + name;
    spec.event = "event";
    spec.tokens = {TokenSpec{name == "a" ? "1" : "3", "Yes"}, TokenSpec{name == "a" ? "2" : "4", "No"}};
    EXPECT_TRUE(table.add(spec));
  }
  return table;
}

std::string bytes_of(const MarketTable& table) {
  std::string bytes;
  ArchiveWriter out(bytes);
  out(table);
  return bytes;
}

TEST(MarketTableArchive, ComesBack) {
  const std::string bytes = bytes_of(two_markets());
  ArchiveReader in(bytes);
  MarketTable read;
  in(read);
  ASSERT_TRUE(in.finished()) << in.why();
  EXPECT_EQ(read.group_count(), 1U);
  EXPECT_EQ(read.find_token("4"), TokenIndex(3));
  EXPECT_EQ(bytes_of(read), bytes);
}

TEST(MarketTableArchive, NoCountIsBelieved) {
  const std::string bytes = bytes_of(two_markets());
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged.replace(at, 4, "\xFF\xFF\xFF\x7F");
    ArchiveReader in(damaged);
    MarketTable read;
    in(read);
    EXPECT_LE(read.group_count(), read.market_count()) << "at " << at;
  }
}

}  // namespace
}  // namespace ebb::model
