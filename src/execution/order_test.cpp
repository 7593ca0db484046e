// The life of an order, cell by cell, and the store that keeps the records.
#include "execution/order.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <array>
#include <vector>

namespace ebb::execution {
namespace {

using model::OrderState;
using S = OrderState;
using I = OrderInput;

constexpr std::array kInputs = {I::sent,        I::accepted,   I::refused, I::outcome_unknown,
                                I::part_filled, I::all_filled, I::ended,   I::expired};
constexpr std::array kStates = {S::intent, S::sent,     S::live,     S::partial, S::unknown,
                                S::filled, S::canceled, S::rejected, S::expired};

struct Row {
  S from;
  std::array<S, 8> to;  // in the order of kInputs
};

// Written from the architecture ("order life"), not from the code. A late or repeated word never takes an order back: what
// was seen alive is not refused or unknown any more, what is terminal stays as it is.
constexpr Row kRows[] = {
    //             sent        accepted    refused      unknown     part        all        ended        expired
    {S::intent, {S::sent, S::live, S::rejected, S::unknown, S::partial, S::filled, S::canceled, S::expired}},
    {S::sent, {S::sent, S::live, S::rejected, S::unknown, S::partial, S::filled, S::canceled, S::expired}},
    {S::live, {S::live, S::live, S::live, S::live, S::partial, S::filled, S::canceled, S::expired}},
    {S::partial, {S::partial, S::partial, S::partial, S::partial, S::partial, S::filled, S::canceled, S::expired}},
    {S::unknown, {S::unknown, S::live, S::rejected, S::unknown, S::partial, S::filled, S::canceled, S::expired}},
    {S::filled, {S::filled, S::filled, S::filled, S::filled, S::filled, S::filled, S::filled, S::filled}},
    {S::canceled,
     {S::canceled, S::canceled, S::canceled, S::canceled, S::canceled, S::canceled, S::canceled, S::canceled}},
    {S::rejected,
     {S::rejected, S::rejected, S::rejected, S::rejected, S::rejected, S::rejected, S::rejected, S::rejected}},
    {S::expired, {S::expired, S::expired, S::expired, S::expired, S::expired, S::expired, S::expired, S::expired}},
};

TEST(OrderLife, EveryCell) {
  std::size_t cells = 0;
  for (const Row& row : kRows) {
    for (std::size_t i = 0; i < kInputs.size(); ++i, ++cells) {
      EXPECT_EQ(next_state(row.from, kInputs[i]), row.to[i])
          << model::to_text(row.from) << " with input " << static_cast<int>(kInputs[i]) << " became "
          << model::to_text(next_state(row.from, kInputs[i]));
    }
  }
  EXPECT_EQ(cells, kStates.size() * kInputs.size());
}

TEST(OrderLife, EndsAndStaysEnded) {
  EXPECT_TRUE(rc::check("an order that ended keeps its end", [] {
    S state = S::intent;
    bool ended = false;
    S end = S::intent;
    for (int i = 0; i < 20; ++i) {
      state = next_state(state, *rc::gen::elementOf(kInputs));
      if (ended) RC_ASSERT(state == end);
      if (!ended && model::is_terminal(state)) {
        ended = true;
        end = state;
      }
    }
  }));
}

model::PlaceOrder intent(std::uint8_t number) {
  model::PlaceOrder order;
  order.id.bytes[0] = number;
  order.id.bytes[31] = 1;
  order.size = shares_of(10);
  return order;
}

TEST(OrderStore, FindsByIdAndListsWhatIsOpen) {
  OrderStore store;
  const OrderHandle first = store.add(intent(1));
  const OrderHandle second = store.add(intent(2));
  EXPECT_EQ(store.find(intent(2).id), second);
  EXPECT_FALSE(store.find(intent(3).id).valid());
  EXPECT_EQ(store.open(), (std::vector<OrderHandle>{first, second}));
  EXPECT_TRUE(store.apply(first, I::accepted, Timestamp(5)));
  EXPECT_EQ(store[first].live_since, Timestamp(5));
  EXPECT_FALSE(store.apply(first, I::accepted, Timestamp(6)));
  EXPECT_TRUE(store.apply(first, I::ended, Timestamp(7)));
  EXPECT_EQ(store[first].ended_at, Timestamp(7));
  EXPECT_EQ(store.open(), std::vector<OrderHandle>{second});
  EXPECT_EQ(store.find(intent(1).id), first) << "late words about an ended order still find it";
}

TEST(OrderStore, GivesUpTheOldestEndedRecordOnly) {
  OrderStore store(3);
  const OrderHandle kept = store.add(intent(1));
  const OrderHandle ended = store.add(intent(2));
  store.add(intent(3));
  store.apply(ended, I::refused, Timestamp(1));
  const OrderHandle fourth = store.add(intent(4));
  EXPECT_EQ(fourth, ended) << "its slot is used again";
  EXPECT_FALSE(store.find(intent(2).id).valid());
  EXPECT_EQ(store.find(intent(1).id), kept);
  EXPECT_EQ(store.given_up(), 1U);
  EXPECT_EQ(store.open().size(), 3U);
}

TEST(OrderStore, RefusesTheSameIdTwice) {
  OrderStore store;
  store.add(intent(1));
  EXPECT_DEATH(store.add(intent(1)), "");
}

TEST(Order, CountsWhatIsMatchedAndWhatIsNot) {
  Order order;
  order.intent.size = shares_of(10);
  order.filled = shares_of(3);
  order.claimed = shares_of(4);
  EXPECT_EQ(order.matched(), shares_of(4));
  EXPECT_EQ(order.remaining(), shares_of(6));
  EXPECT_EQ(order.unfilled(), shares_of(7)) << "limits count what no trade has taken";
  EXPECT_TRUE(order.working());
  order.ended_at_venue = true;
  EXPECT_FALSE(order.working());
}

}  // namespace
}  // namespace ebb::execution
