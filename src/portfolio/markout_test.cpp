#include "portfolio/markout.hpp"

#include <gtest/gtest.h>

namespace ebb::portfolio {
namespace {

const Timestamp kStart = from_ms(1'000'000);
const model::TokenIndex kToken(0);

TEST(Markouts, SamplesTheMidAtEachHorizonSignedInOurFavour) {
  Markouts markouts;
  markouts.on_fill(kStart, kToken, model::Side::buy, Price(4800), shares_of(10));
  markouts.on_fill(kStart, kToken, model::Side::sell, Price(5200), shares_of(4));
  const auto mid = [](model::TokenIndex) { return 4900 + 5000; };  // 0.495
  markouts.advance(kStart + seconds(4), mid);
  EXPECT_EQ(markouts.at(0).samples, 0u);
  markouts.advance(kStart + seconds(5), mid);
  EXPECT_EQ(markouts.at(0).samples, 2u);
  EXPECT_EQ(markouts.at(0).sum, Usdc(150'000 + 100'000)) << "10 x 0.015 and 4 x 0.025";
  EXPECT_EQ(markouts.at(0).size, shares_of(14));
  EXPECT_EQ(markouts.at(1).samples, 0u);
  markouts.advance(kStart + seconds(300), [](model::TokenIndex) { return 2 * 4700; });
  EXPECT_EQ(markouts.at(1).samples, 2u);
  EXPECT_EQ(markouts.at(2).sum, Usdc(-100'000 + 200'000));
}

TEST(Markouts, DropsASampleWithoutAQuoteAndCountsIt) {
  Markouts markouts;
  markouts.on_fill(kStart, kToken, model::Side::buy, Price(4800), shares_of(10));
  markouts.advance(kStart + seconds(5), [](model::TokenIndex) { return -1; });
  EXPECT_EQ(markouts.at(0).samples, 0u);
  EXPECT_EQ(markouts.dropped(), 1u);
}

}  // namespace
}  // namespace ebb::portfolio
