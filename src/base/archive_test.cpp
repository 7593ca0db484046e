#include "base/archive.hpp"

#include <gtest/gtest.h>

#include <map>

#include "base/checksum.hpp"
#include "base/flat_map.hpp"
#include "base/state_archive.hpp"
#include "base/units.hpp"

namespace ebb {
namespace {

using Index = Id<struct IndexTag>;
enum class Colour : std::uint8_t { red, green, blue };

struct Inner {
  std::int32_t a = 1;
  double b = 2.0;
};
struct Outer {
  std::string text;
  std::array<Inner, 2> pair{};
  std::vector<std::unique_ptr<Inner>> owned;
  InlineVector<Price, 3> prices;
  std::variant<Inner, std::string> either;
  Timestamp time;
  Index index;
  Colour colour = Colour::red;
  bool flag = false;
};

Outer sample() {
  Outer x;
  x.text = "tide";
  x.pair[1].a = -7;
  x.owned.push_back(nullptr);
  x.owned.push_back(std::make_unique<Inner>(Inner{3, 4.5}));
  x.prices.push_back(Price(4800));
  x.either = "ebb";
  x.time = Timestamp(123);
  x.index = Index(4);
  x.colour = Colour::blue;
  x.flag = true;
  return x;
}

template <class T>
std::string bytes_of_value(const T& x) {
  std::string bytes;
  ArchiveWriter writer(bytes);
  writer(x);
  return bytes;
}

TEST(Fields, AreCountedByTheCompiler) {
  EXPECT_EQ(kFieldCount<Inner>, 2U);
  EXPECT_EQ(kFieldCount<Outer>, 9U);
  EXPECT_EQ(kEnumerators<Colour>, 3);
}

TEST(Archive, WhatIsWrittenComesBack) {
  const std::string bytes = bytes_of_value(sample());
  Outer x;
  ArchiveReader reader(bytes);
  reader(x);
  ASSERT_TRUE(reader.finished()) << reader.why();
  EXPECT_EQ(x.text, "tide");
  EXPECT_EQ(x.pair[0].a, 1);
  EXPECT_EQ(x.pair[1].a, -7);
  ASSERT_EQ(x.owned.size(), 2U);
  EXPECT_EQ(x.owned[0], nullptr);
  EXPECT_EQ(x.owned[1]->b, 4.5);
  ASSERT_EQ(x.prices.size(), 1U);
  EXPECT_EQ(x.prices[0], Price(4800));
  EXPECT_EQ(std::get<std::string>(x.either), "ebb");
  EXPECT_EQ(x.time, Timestamp(123));
  EXPECT_EQ(x.index, Index(4));
  EXPECT_EQ(x.colour, Colour::blue);
  EXPECT_TRUE(x.flag);
  EXPECT_EQ(bytes_of_value(x), bytes);
}

TEST(Archive, EveryShorterTextIsRefused) {
  const std::string bytes = bytes_of_value(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Outer x;
    ArchiveReader reader(std::string_view(bytes).substr(0, size));
    reader(x);
    EXPECT_FALSE(reader.finished()) << size;
    EXPECT_FALSE(reader.why().empty());
  }
}

TEST(Archive, WhatIsNotAValueIsRefused) {
  const auto refuses = [](std::string bytes, auto value) {
    ArchiveReader reader(bytes);
    reader(value);
    return !reader.ok();
  };
  EXPECT_TRUE(refuses("\x02", false));
  EXPECT_TRUE(refuses("\x03", Colour::red));
  EXPECT_FALSE(refuses("\x02", Colour::red));
  EXPECT_TRUE(refuses(std::string("\xFF\xFF\xFF\xFF", 4), std::vector<int>{}));
  EXPECT_TRUE(refuses(std::string("\x02", 1), std::variant<std::int8_t, std::uint8_t>{}));
  EXPECT_TRUE(refuses(std::string("\x04\0\0\0", 4) + std::string(64, 'x'), InlineVector<std::int8_t, 3>{}));
}

TEST(Archive, TimesAndQuantitiesCanBeAddedToEachOther) {
  const auto refuses = [](auto value) {
    std::string bytes;
    ArchiveWriter out(bytes);
    out(value);
    ArchiveReader in(bytes);
    auto read = value;
    in(read);
    return !in.finished();
  };
  EXPECT_FALSE(refuses(kNever));
  EXPECT_FALSE(refuses(Timestamp(std::int64_t{1} << 62)));
  EXPECT_TRUE(refuses(Timestamp((std::int64_t{1} << 62) + 1)));
  EXPECT_TRUE(refuses(Timestamp(INT64_MIN)));
  EXPECT_FALSE(refuses(kMaxShares));
  EXPECT_FALSE(refuses(Duration(INT64_MAX)));
  EXPECT_TRUE(refuses(Duration(INT64_MAX - 1)));
  EXPECT_TRUE(refuses(Usdc(INT64_MIN)));
}

TEST(Archive, IdsStayBelowTheirLimit) {
  const std::string bytes = bytes_of_value(std::vector{Index(3), Index::none()});
  for (const std::size_t limit : {3U, 4U}) {
    std::vector<Index> ids;
    ArchiveReader reader(bytes);
    reader.limit<Index>(1);
    reader.limit<Index>(limit);
    reader(ids);
    EXPECT_EQ(reader.finished(), limit == 4);
  }
}

TEST(Archive, MapsAreWrittenInOrder) {
  const auto write = [](FlatMap<int, int> map) {
    std::string bytes;
    ArchiveWriter writer(bytes);
    archive_map(writer, map, [](const auto& a, const auto& b) { return a.first < b.first; });
    return bytes;
  };
  FlatMap<int, int> up;
  FlatMap<int, int> down;
  for (int i = 0; i < 100; ++i) up[i] = i * i;
  for (int i = 99; i >= 0; --i) down[i] = i * i;
  const std::string bytes = write(up);
  EXPECT_EQ(write(down), bytes);
  FlatMap<int, int> read;
  ArchiveReader reader(bytes);
  archive_map(reader, read, [](const auto&, const auto&) { return false; });
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(read, up);
}

TEST(StateArchive, ARandomStreamGoesOn) {
  Random random(5);
  (void)random.next();
  const std::string bytes = bytes_of_value(random);
  Random copy(0);
  ArchiveReader reader(bytes);
  reader(copy);
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(copy.next(), random.next());
}

TEST(StateArchive, TimersFireAsTheyWouldHave) {
  const Timestamp now{1'767'225'600'000'000'000};
  TimerWheel wheel(now);
  Random random(3);
  for (std::uint32_t i = 0; i < 500; ++i)
    (void)wheel.schedule(now + Duration(static_cast<std::int64_t>(random.below(1ULL << (10 + i % 40)))), i % 5, i);
  wheel.advance(now + seconds(1), [](const Timer&) {});
  const Timestamp later = wheel.now();
  std::string bytes;
  ArchiveWriter writer(bytes);
  const auto any = [](const Timer&) { return true; };
  Archived<TimerWheel>::visit(writer, wheel, any);
  TimerWheel copy(later);
  ArchiveReader reader(bytes);
  Archived<TimerWheel>::visit(reader, copy, any);
  ASSERT_TRUE(reader.finished());
  ASSERT_EQ(copy.size(), wheel.size());
  std::vector<std::uint64_t> fired[2];
  for (int step = 1; step < 40; ++step) {
    const Timestamp at = later + Duration(std::int64_t{1} << step);
    wheel.advance(at, [&](const Timer& t) { fired[0].push_back(t.payload); });
    copy.advance(at, [&](const Timer& t) { fired[1].push_back(t.payload); });
  }
  EXPECT_GT(fired[0].size(), 100U);
  EXPECT_EQ(fired[0], fired[1]);
}

// The published values of XXH64.
TEST(Checksum, IsXxh64) {
  EXPECT_EQ(checksum64(""), 0xEF46DB3751D8E999ULL);
  EXPECT_EQ(checksum64("a"), 0xD24EC4F1A98C6E5BULL);
  EXPECT_EQ(checksum64("abc"), 0x44BC2CF5AD770999ULL);
  EXPECT_EQ(checksum64("Nobody inspects the spammish repetition"), 0xFBCEA83C8A378BF1ULL);
}

}  // namespace
}  // namespace ebb
