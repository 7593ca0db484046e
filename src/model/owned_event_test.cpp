#include "model/owned_event.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace ebb::model {
namespace {

TEST(OwnedEvent, KeepsTextsWhoseBuffersAreGone) {
  auto text = std::make_unique<std::string>("not enough balance / allowance: the balance is not enough");
  PlaceAnswer answer;
  answer.text = *text;
  const OwnedEvent owned(from_ms(5), answer);
  const std::string expected = *text;
  text->assign(text->size(), '#');
  text.reset();
  const auto& kept = std::get<PlaceAnswer>(owned.event().body);
  EXPECT_EQ(kept.text, expected);
  EXPECT_EQ(owned.event().time, from_ms(5));
}

TEST(OwnedEvent, KeepsTrades) {
  std::vector<UserTrade> trades(3);
  trades[2].size = shares_of(7);
  const OwnedEvent owned(from_ms(5), TradesAnswer{trades, false});
  trades.assign(3, {});
  const auto& kept = std::get<TradesAnswer>(owned.event().body);
  ASSERT_EQ(kept.trades.size(), 3U);
  EXPECT_EQ(kept.trades[2].size, shares_of(7));
  EXPECT_FALSE(kept.complete);
}

TEST(OwnedEvent, LeavesEventsWithoutTextsAsTheyAre) {
  const OwnedEvent owned(from_ms(9), VenueModeChange{VenueMode::cancel_only});
  EXPECT_EQ(std::get<VenueModeChange>(owned.event().body).mode, VenueMode::cancel_only);
}

}  // namespace
}  // namespace ebb::model
