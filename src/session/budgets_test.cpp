#include "session/budgets.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace ebb::session {
namespace {

using polymarket::Endpoint;

const Timestamp kStart = from_ms(1'790'000'000'000);

RC_GTEST_PROP(SlidingWindowProperty, never_more_than_the_limit_in_any_stretch, ()) {
  const auto limit = *rc::gen::inRange<std::int64_t>(1, 40);
  const Duration span = milliseconds(*rc::gen::inRange(10, 20'000));
  const auto steps = *rc::gen::container<std::vector<std::pair<std::int64_t, std::int64_t>>>(
      rc::gen::pair(rc::gen::inRange<std::int64_t>(0, 3'000), rc::gen::inRange<std::int64_t>(1, 8)));
  SlidingWindow window(limit, span);
  std::vector<Timestamp> taken;
  Timestamp now = kStart;
  for (const auto& [wait, count] : steps) {
    now = now + milliseconds(wait);
    if (window.room(now) >= count) {
      window.add(now, count);
      taken.insert(taken.end(), static_cast<std::size_t>(count), now);
    } else {
      const Timestamp at = window.when(now, count);
      RC_ASSERT(at > now);
      if (at != kNever) {
        SlidingWindow later = window;
        RC_ASSERT(later.room(at) >= count);
        RC_ASSERT(at - now <= span + span / 32 + nanoseconds(128));
      } else {
        RC_ASSERT(count > limit);
      }
    }
    for (const Timestamp start : taken) {
      const auto in_span =
          std::count_if(taken.begin(), taken.end(), [&](Timestamp t) { return t >= start && t - start < span; });
      RC_ASSERT(in_span <= limit);
    }
  }
}

RC_GTEST_PROP(TokenBucketProperty, is_never_ahead_of_the_exact_bucket, ()) {
  const auto rate = *rc::gen::inRange<std::int64_t>(1, 600);
  const auto burst = *rc::gen::inRange<std::int64_t>(1, 900);
  const auto steps = *rc::gen::container<std::vector<std::pair<std::int64_t, std::int64_t>>>(
      rc::gen::pair(rc::gen::inRange<std::int64_t>(0, 400'000'000), rc::gen::inRange<std::int64_t>(1, 60)));
  TokenBucket bucket(rate, burst);
  __int128 exact = static_cast<__int128>(burst) * 1'000'000'000;  // in tokens times ns a second
  Timestamp now = kStart;
  for (const auto& [wait, count] : steps) {
    now = now + nanoseconds(wait);
    exact = std::min(exact + static_cast<__int128>(wait) * rate, static_cast<__int128>(burst) * 1'000'000'000);
    if (bucket.tokens(now) >= count) {
      bucket.take(now, count);
      exact -= static_cast<__int128>(count) * 1'000'000'000;
      RC_ASSERT(exact >= 0);
    } else if (const Timestamp at = bucket.when(now, count); at != kNever) {
      TokenBucket later = bucket;
      RC_ASSERT(later.tokens(at) >= count);
      RC_ASSERT((at - now).raw() <= (count * 1'000'000'000 / rate + 2'000));
    } else {
      RC_ASSERT(count > burst);
    }
  }
}

TEST(Budgets, buys_leave_room_for_sells_and_sells_for_exits) {
  Budgets budgets({.share_per_mille = 1000});
  const std::int64_t burst = 60;
  EXPECT_EQ(budgets.room(kStart, Endpoint::post_orders, 1'000, Urgency::buy), burst - 12);
  EXPECT_EQ(budgets.room(kStart, Endpoint::post_orders, 1'000, Urgency::sell), burst - 6);
  EXPECT_EQ(budgets.room(kStart, Endpoint::post_orders, 1'000, Urgency::exit), burst);
  EXPECT_TRUE(budgets.take(kStart, Endpoint::post_orders, 48, Urgency::buy));
  EXPECT_FALSE(budgets.take(kStart, Endpoint::post_order, 1, Urgency::buy));
  EXPECT_TRUE(budgets.take(kStart, Endpoint::post_order, 6, Urgency::sell));
  EXPECT_FALSE(budgets.take(kStart, Endpoint::post_order, 1, Urgency::sell));
  EXPECT_TRUE(budgets.take(kStart, Endpoint::post_order, 6, Urgency::exit));
  EXPECT_FALSE(budgets.take(kStart, Endpoint::post_order, 1, Urgency::exit));
  const Timestamp at = budgets.when(kStart, Endpoint::post_order, 1, Urgency::buy);
  EXPECT_FALSE(budgets.take(at - milliseconds(1), Endpoint::post_order, 1, Urgency::buy));
  EXPECT_TRUE(budgets.take(at, Endpoint::post_order, 1, Urgency::buy))
      << "the reserve is below the burst: nobody starves";
}

TEST(Budgets, a_cost_above_the_burst_can_never_pass) {
  Budgets budgets({.share_per_mille = 1000});
  EXPECT_EQ(budgets.when(kStart, Endpoint::post_orders, 61, Urgency::exit), kNever);
  EXPECT_EQ(budgets.room(kStart, Endpoint::delete_orders, 1'000, Urgency::risk_cancel), 120);
}

TEST(Budgets, cancels_may_go_into_debt_where_the_tier_allows_it) {
  Budgets standard({.share_per_mille = 1000});
  EXPECT_TRUE(standard.take(kStart, Endpoint::delete_orders, 119, Urgency::cancel));
  EXPECT_TRUE(standard.take(kStart, Endpoint::delete_orders, 50, Urgency::cancel)) << "one token was left";
  EXPECT_FALSE(standard.take(kStart, Endpoint::delete_order, 1, Urgency::cancel));
  EXPECT_TRUE(standard.take(kStart, Endpoint::delete_orders, 71, Urgency::risk_cancel)) << "down to one burst of debt";
  EXPECT_FALSE(standard.take(kStart, Endpoint::delete_order, 1, Urgency::risk_cancel));
  Budgets elite({.share_per_mille = 1000, .tier = "Elite"});
  EXPECT_TRUE(elite.take(kStart, Endpoint::delete_orders, 1'000, Urgency::cancel));
  EXPECT_FALSE(elite.take(kStart, Endpoint::delete_orders, 801, Urgency::risk_cancel)) << "no debt in this tier";
  EXPECT_TRUE(elite.take(kStart, Endpoint::delete_orders, 800, Urgency::risk_cancel));
}

TEST(Budgets, headers_name_the_tier_and_what_is_left) {
  Budgets budgets({.share_per_mille = 1000});
  budgets.on_headers(kStart, Endpoint::post_order, 200,
                     {{"poly-ratelimit-tier", "GOLD"}, {"Poly-RateLimit-Remaining", "7"}});
  EXPECT_EQ(budgets.tier().name, "Gold");
  EXPECT_EQ(budgets.room(kStart, Endpoint::post_order, 1'000, Urgency::exit), 7);
  EXPECT_EQ(budgets.room(kStart + seconds(10), Endpoint::post_order, 1'000, Urgency::exit), 600) << "it refills";
  budgets.on_headers(kStart + seconds(10), Endpoint::post_order, 200, {{"Poly-RateLimit-Remaining", "9999"}});
  EXPECT_EQ(budgets.room(kStart + seconds(10), Endpoint::post_order, 1'000, Urgency::exit), 600);
  budgets.on_headers(kStart, Endpoint::post_order, 200, {{"Poly-RateLimit-Tier", "Unobtainium"}});
  EXPECT_EQ(budgets.tier().name, "Gold");
}

TEST(Budgets, retry_after_blocks_the_bucket_of_the_signer_or_everything) {
  Budgets signer({.share_per_mille = 1000});
  signer.on_headers(kStart, Endpoint::post_order, 429, {{"Retry-After", "3"}, {"Poly-RateLimit-Remaining", "-1"}});
  EXPECT_FALSE(signer.take(kStart + milliseconds(2'900), Endpoint::post_orders, 1, Urgency::exit));
  EXPECT_TRUE(signer.take(kStart, Endpoint::delete_order, 1, Urgency::cancel)) << "cancels have a bucket of their own";
  EXPECT_GE(signer.when(kStart, Endpoint::post_order, 1, Urgency::exit), kStart + seconds(3));
  EXPECT_TRUE(signer.take(kStart + seconds(3), Endpoint::post_order, 1, Urgency::exit));
  Budgets address({.share_per_mille = 1000});
  address.on_headers(kStart, Endpoint::trades, 429, {{"Retry-After", "5"}});
  EXPECT_FALSE(address.take(kStart + seconds(4), Endpoint::delete_order, 1, Urgency::risk_cancel));
  EXPECT_TRUE(address.take(kStart + seconds(5), Endpoint::delete_order, 1, Urgency::risk_cancel));
  EXPECT_EQ(address.refusals(), 1u);
}

TEST(Budgets, headers_of_nonsense_hold_nothing_back_for_ever) {
  Budgets budgets;
  budgets.on_headers(kStart, Endpoint::post_order, 429,
                     {{"Retry-After", "99999999999999999999"},
                      {"Poly-RateLimit-Remaining", "-9223372036854775808"},
                      {"Poly-RateLimit-Reset", "soon"}});
  EXPECT_LE(budgets.when(kStart, Endpoint::post_order, 1, Urgency::buy) - kStart, minutes(11));
}

TEST(Budgets, polls_leave_reads_to_queries) {
  Budgets budgets({.share_per_mille = 1000});
  int polls = 0;
  while (budgets.take(kStart, Endpoint::order_status, 1, Urgency::poll)) ++polls;
  EXPECT_EQ(polls, 810) << "a tenth of the ledger's 900 is left";
  EXPECT_TRUE(budgets.take(kStart, Endpoint::trades, 1, Urgency::query));
}

TEST(Budgets, reasons_of_cancels_that_take_risk_away) {
  EXPECT_EQ(urgency_of(model::CancelReason::risk), Urgency::risk_cancel);
  EXPECT_EQ(urgency_of(model::CancelReason::market_end), Urgency::risk_cancel);
  EXPECT_EQ(urgency_of(model::CancelReason::requote), Urgency::cancel);
  EXPECT_EQ(urgency_of(model::CancelReason::buy_ttl), Urgency::cancel);
}

}  // namespace
}  // namespace ebb::session
