// Orders that cross never rest: what the venue leaves of them is over, and it may say so to nobody (rules 4.5).
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/testing/rig.hpp"

namespace ebb::engine {
namespace {

using testing::Rig;

constexpr model::TokenIndex kYes{0};

TEST(CrossingOrder, IsAskedAboutWhenADelayedOneWasFilledInPart) {
  EngineConfig config;
  config.check_hashes = false;
  Rig rig(config);
  rig.add_market(testing::test_market());
  rig.answer_by_itself(milliseconds(50));
  rig.display(kYes, {model::Side::buy, Price(4'800), shares_of(100)});
  rig.display(kYes, {model::Side::sell, Price(5'000), shares_of(100)});
  rig.send_book(kYes);
  rig.say(model::PositionReading{kYes, model::ReadingQuality::fresh, shares_of(10), Price(4'800)});
  rig.run_for(seconds(2));
  rig.say(model::OperatorRequest{model::OperatorAction::exit_token, kYes});
  rig.run_for(seconds(2));
  const auto exit = std::ranges::find_if(
      rig.orders(), [](const testing::VenueOrder& order) { return order.intent.purpose == model::OrderPurpose::exit; });
  ASSERT_NE(exit, rig.orders().end());
  const auto number = static_cast<std::size_t>(exit - rig.orders().begin());
  rig.answer(number, {.outcome = model::PlaceOutcome::delayed});
  rig.tell_trade(rig.make_trade(number, Price(4'800), shares_of(8)), model::TradeStatus::matched);

  const auto asked = [&] {
    return std::ranges::count_if(rig.commands(), [&](const testing::SentCommand& sent) {
      const auto* query = std::get_if<model::QueryOrder>(&sent.command);
      return query != nullptr && query->id == rig.orders()[number].intent.id;
    });
  };
  rig.run_for(seconds(1));
  EXPECT_EQ(asked(), 0) << "the venue may still be at it";
  rig.run_for(seconds(6));
  EXPECT_GE(asked(), 1);
  EXPECT_LE(asked(), 3);
}

}  // namespace
}  // namespace ebb::engine
