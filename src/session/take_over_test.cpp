#include "session/take_over.hpp"

#include <gtest/gtest.h>

namespace ebb::session {
namespace {

constexpr Timestamp kStarted = from_ms(1'790'000'000'000);

model::RecoveredOrder order(std::uint8_t name, Timestamp at) {
  model::RecoveredOrder out;
  out.last.id.bytes[0] = name;
  out.intent.order.size = shares_of(10);
  out.time = at;
  return out;
}

TEST(TakeOver, EveryOrderThatMayBeAtTheVenueIsKnown) {
  model::Recovery recovery;
  recovery.orders = {order(1, kStarted - minutes(3)), order(2, kStarted - minutes(1))};
  const auto known = known_orders(recovery);
  ASSERT_EQ(known.size(), 2u);
  EXPECT_EQ(known[1].id, recovery.orders[1].last.id);
  EXPECT_EQ(known[1].size, shares_of(10));
  EXPECT_EQ(known[1].placed, kStarted - minutes(1));
}

TEST(TakeOver, AFirstRunReadsTradesFromItsStart) { EXPECT_EQ(sweep_from({}, kStarted), kStarted); }

TEST(TakeOver, TradesAreReadFromBeforeTheLastProof) {
  model::Recovery recovery;
  recovery.first_run = false;
  recovery.last_record = kStarted - minutes(1);
  EXPECT_LT(sweep_from(recovery, kStarted), recovery.last_record);
  recovery.trades_complete_until = kStarted - minutes(20);
  EXPECT_LE(sweep_from(recovery, kStarted), kStarted - minutes(30));
}

TEST(TakeOver, AnOrderOlderThanTheProofPullsTheSweepBack) {
  model::Recovery recovery;
  recovery.first_run = false;
  recovery.trades_complete_until = kStarted - minutes(2);
  recovery.orders = {order(1, kStarted - hours(2))};
  EXPECT_LT(sweep_from(recovery, kStarted), kStarted - hours(2));
}

TEST(TakeOver, AClockThatWentBackReadsFromBeforeThisRun) {
  model::Recovery recovery;
  recovery.first_run = false;
  recovery.trades_complete_until = kStarted + minutes(5);
  EXPECT_LT(sweep_from(recovery, kStarted), kStarted);
}

}  // namespace
}  // namespace ebb::session
