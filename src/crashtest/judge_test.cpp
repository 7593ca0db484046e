#include "crashtest/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ebb::crashtest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Shares kLargest = shares_of(15);

TruthOrder buy(std::string id, std::int64_t placed_ms, std::int64_t ended_ms, std::int64_t matched = 0) {
  TruthOrder order{.id = std::move(id), .token = "7", .size = shares_of(10), .matched = shares_of(matched)};
  order.placed = from_ms(placed_ms);
  order.live = ended_ms == 0;
  order.ended = order.live ? kNever : from_ms(ended_ms);
  order.status = order.live ? "LIVE" : "CANCELED";
  return order;
}

TruthFill bought(std::string trade, std::string order, std::int64_t at_ms, std::int64_t size) {
  return {.trade = std::move(trade),
          .order = std::move(order),
          .token = "7",
          .size = shares_of(size),
          .at = from_ms(at_ms),
          .status = "CONFIRMED"};
}

TEST(Judge, one_buy_after_the_other_is_fine) {
  const Truth truth{.exists = true, .orders = {buy("a", 100, 200), buy("b", 200, 300), buy("c", 300, 0)}};
  EXPECT_THAT(judge_history(truth, kLargest).violations, IsEmpty());
}

TEST(Judge, two_live_buys_of_a_token_are_seen) {
  const Truth truth{.exists = true, .orders = {buy("a", 100, 900), buy("b", 200, 300)}};
  const Verdict verdict = judge_history(truth, shares_of(100));
  EXPECT_EQ(verdict.doubled, 1u);
  EXPECT_THAT(verdict.violations, ElementsAre(HasSubstr("two live BUYs")));
}

TEST(Judge, the_long_one_is_remembered_beyond_the_short_one) {
  const Truth truth{.exists = true, .orders = {buy("a", 100, 0), buy("b", 200, 300), buy("c", 400, 500)}};
  EXPECT_EQ(judge_history(truth, shares_of(100)).doubled, 2u);
}

TEST(Judge, a_buy_repeated_for_a_filled_signal_is_seen) {
  const Truth truth{.exists = true,
                    .orders = {buy("a", 100, 150, 10), buy("b", 200, 250, 10)},
                    .fills = {bought("1", "a", 150, 10), bought("2", "b", 250, 10)}};
  const Verdict verdict = judge_history(truth, kLargest);
  EXPECT_EQ(verdict.doubled, 1u);
  EXPECT_THAT(verdict.violations, ElementsAre(HasSubstr("20 shares of 7")));
}

TEST(Judge, dust_may_join_the_next_buy) {
  const Truth truth{.exists = true,
                    .orders = {buy("a", 100, 150, 4), buy("b", 200, 250, 10)},
                    .fills = {bought("1", "a", 150, 4), bought("2", "b", 250, 10)}};
  EXPECT_THAT(judge_history(truth, kLargest).violations, IsEmpty());
}

TEST(Judge, complaints_and_repeated_ids_are_passed_on) {
  const Truth truth{.exists = true, .orders = {buy("a", 100, 150), buy("a", 200, 250)}, .violations = {"own_trade 1"}};
  const Verdict verdict = judge_history(truth, kLargest);
  EXPECT_EQ(verdict.doubled, 1u);
  EXPECT_EQ(verdict.violations.size(), 2u);
}

TEST(Judge, equal_books_are_equal) {
  const Truth truth{.exists = true,
                    .cash = dollars(90),
                    .positions = {{"7", shares_of(10)}},
                    .orders = {buy("a", 100, 150, 10)},
                    .fills = {bought("1", "a", 150, 10)}};
  const Books books{
      .cash = dollars(90), .positions = {{"7", shares_of(10)}}, .orders = {"a", "refused"}, .fills = {{"1", "a"}}};
  const Verdict verdict = judge_books(truth, books);
  EXPECT_THAT(verdict.violations, IsEmpty());
  EXPECT_EQ(verdict.lost + verdict.doubled, 0u);
}

TEST(Judge, whatever_differs_is_named) {
  const Truth truth{.exists = true,
                    .cash = dollars(90),
                    .positions = {{"7", shares_of(10)}},
                    .orders = {buy("a", 100, 150, 10), buy("b", 200, 0)},
                    .fills = {bought("1", "a", 150, 10)}};
  const Books books{.cash = dollars(89), .positions = {{"8", shares_of(1)}}, .orders = {"a"}, .fills = {{"9", "a"}}};
  const Verdict verdict = judge_books(truth, books);
  EXPECT_EQ(verdict.lost, 3u) << "order b unknown and open, trade 1";
  EXPECT_EQ(verdict.doubled, 1u) << "trade 9";
  EXPECT_EQ(verdict.violations.size(), 4u + 1u + 2u) << "and cash, and two tokens";
}

TEST(Truth, an_account_page_is_read_whole_or_not_at_all) {
  const std::string page =
      R"({"cash":"99.5","positions":[{"token_id":"7","size":"1"},{"token_id":"8","size":"0"}],)"
      R"("orders":[{"id":"0xa","token_id":"7","side":"BUY","size":"10","size_matched":"1","status":"CANCELED",)"
      R"("at":5,"ended":9},{"id":"0xb","token_id":"7","side":"SELL","size":"1","size_matched":"0","status":"LIVE","at":9}],)"
      R"("fills":[{"trade_id":"t","order_id":"0xa","token_id":"7","side":"BUY","size":"1","at":8,"status":"MATCHED"}],)"
      R"("violations":[{"rule":"own_trade","detail":"t"}]})";
  const auto truth = read_truth(page);
  ASSERT_TRUE(truth.has_value());
  EXPECT_EQ(truth->cash, Usdc(99'500'000));
  EXPECT_EQ(truth->positions.size(), 1u);
  ASSERT_EQ(truth->orders.size(), 2u);
  EXPECT_EQ(truth->orders[0].ended, from_ms(9));
  EXPECT_TRUE(truth->orders[1].live);
  EXPECT_EQ(truth->orders[1].ended, kNever);
  EXPECT_FALSE(truth->settled());
  EXPECT_THAT(truth->violations, ElementsAre("own_trade t"));
  EXPECT_FALSE(read_truth(page.substr(0, page.size() - 1)));
  EXPECT_FALSE(read_truth(R"({"cash":"1"})"));
}

}  // namespace
}  // namespace ebb::crashtest
