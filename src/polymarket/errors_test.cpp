#include "polymarket/errors.hpp"

#include <gtest/gtest.h>

namespace ebb::polymarket {
namespace {

using model::CancelOutcome;
using model::RejectKind;
using model::VenueMode;

struct TextCase {
  int status;
  const char* text;
  RejectKind kind;
  Decision decision;  ///< without rate-limit headers
};

/// Every text of protocol 4.2, 6.2 to 6.4.
constexpr TextCase kTexts[] = {
    {200, "", RejectKind::none, Decision::accept},
    {400, "", RejectKind::other, Decision::refuse},
    {400, "Invalid order payload", RejectKind::other, Decision::refuse},
    {400, "the order owner has to be the owner of the API KEY", RejectKind::banned, Decision::stop},
    {400, "the order signer address has to be the address of the API KEY", RejectKind::banned, Decision::stop},
    {400, "'0xabc' address banned", RejectKind::banned, Decision::stop},
    {400, "'0xabc' address in closed only mode", RejectKind::banned, Decision::stop},
    {400, "order 0xab is invalid. Price (0.123) breaks minimum tick size rule: 0.01", RejectKind::tick_size,
     Decision::refresh_tick},
    {400, "order 0xab is invalid. Size (1) lower than the minimum: 5", RejectKind::minimum_size, Decision::refuse},
    {400, "order 0xab is invalid. Duplicated.", RejectKind::duplicate, Decision::ask},
    {400, "order 0xab crosses the book", RejectKind::post_only_crosses, Decision::refuse},
    {200, "invalid post-only order: order crosses book", RejectKind::post_only_crosses, Decision::refuse},
    {400, "not enough balance / allowance", RejectKind::not_enough_balance, Decision::refresh_balance},
    {400, "not enough balance / allowance: the balance is not enough -> balance: 10, sum of active orders: 4",
     RejectKind::not_enough_balance, Decision::shrink},
    {400, "insufficient balance", RejectKind::not_enough_balance, Decision::refresh_balance},
    {400, "Insufficient funds for this order", RejectKind::not_enough_balance, Decision::refresh_balance},
    {400, "invalid expiration", RejectKind::invalid_expiration, Decision::refuse},
    {400, "invalid nonce", RejectKind::other, Decision::stop},
    {400, "invalid signature", RejectKind::banned, Decision::stop},
    {400, "order_version_mismatch", RejectKind::version_mismatch, Decision::refresh_version},
    {400, "invalid order version, please use the latest clob-client", RejectKind::version_mismatch,
     Decision::refresh_version},
    {400, "order match delayed due to market conditions", RejectKind::other, Decision::ask},
    {400, "the market is not yet ready to process new orders", RejectKind::restarting, Decision::wait},
    {400, "there are no matching orders", RejectKind::no_match, Decision::refuse},
    {400, "the trade contains rounding issues", RejectKind::other, Decision::refuse},
    {400, "the price of the taker's order has a discrepancy greater than allowed with the worst maker order",
     RejectKind::other, Decision::refuse},
    {400, "Too many orders in payload: 20, max allowed: 15", RejectKind::rate_limited, Decision::retry},
    {400, "Too many orders in payload, max allowed: 1000", RejectKind::rate_limited, Decision::retry},
    {400, "Payload exceeds the limit", RejectKind::rate_limited, Decision::retry},
    {400, "Invalid orderID", RejectKind::other, Decision::refuse},
    {400, "Invalid token id", RejectKind::other, Decision::refuse},
    {400, "Invalid side", RejectKind::other, Decision::refuse},
    {400, "Invalid payload", RejectKind::other, Decision::refuse},
    {400, "Invalid asset type", RejectKind::other, Decision::refuse},
    {400, "Invalid signature_type", RejectKind::other, Decision::stop},
    {400, "invalid amount for a marketable BUY order ($0.5), min size: $1", RejectKind::marketable_minimum,
     Decision::refuse},
    {400, "order couldn't be fully filled. FOK orders are fully filled or killed.", RejectKind::fok_killed,
     Decision::refuse},
    {400, "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
     RejectKind::no_match, Decision::refuse},
    {401, "Unauthorized/Invalid api key", RejectKind::banned, Decision::stop},
    {401, "Invalid api key", RejectKind::banned, Decision::stop},
    {401, "Invalid L1 Request headers", RejectKind::banned, Decision::stop},
    {401, "", RejectKind::other, Decision::stop},
    {403, "Trading restricted in your region", RejectKind::other, Decision::stop},
    {404, "No orderbook exists for the requested token id", RejectKind::market_closed, Decision::refuse},
    {404, "market not found", RejectKind::market_closed, Decision::refuse},
    {404, "Order not found", RejectKind::other, Decision::ask},
    {500, "could not insert order", RejectKind::other, Decision::ask},
    {500, "Internal server error", RejectKind::other, Decision::ask},
    {502, "", RejectKind::other, Decision::ask},
    {200, "Rate limit exceeded for tokenId: 12", RejectKind::rate_limited, Decision::wait},
    {429, "", RejectKind::rate_limited, Decision::ask},
    {425, "", RejectKind::restarting, Decision::ask},
    {503, "post-only mode: only post-only orders and cancels are allowed", RejectKind::post_only_mode, Decision::wait},
    {200, "post-only mode: only post-only orders and cancels are allowed", RejectKind::post_only_mode, Decision::wait},
    {503, "trading is disabled", RejectKind::cancel_only_mode, Decision::wait},
    {503, "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
     RejectKind::cancel_only_mode, Decision::wait},
    {503, "Trading is currently disabled. Check polymarket.com for updates", RejectKind::cancel_only_mode,
     Decision::wait},
    {503, "", RejectKind::other, Decision::ask},
    {0, "", RejectKind::other, Decision::ask},
    {400, "something that nobody has seen", RejectKind::other, Decision::refuse},
};

TEST(Errors, every_text_of_the_catalogue) {
  for (const auto& c : kTexts) {
    EXPECT_EQ(classify_refusal({.http_status = c.status, .text = c.text}), c.kind) << c.status << ' ' << c.text;
    EXPECT_EQ(to_text(decide({.http_status = c.status, .text = c.text}, false)), to_text(c.decision))
        << c.status << ' ' << c.text;
  }
}

TEST(Errors, the_code_wins_over_the_text) {
  EXPECT_EQ(classify_refusal({.http_status = 503, .text = "busy", .code = "post_only_mode"}),
            RejectKind::post_only_mode);
  EXPECT_EQ(venue_mode({.http_status = 503, .text = "busy", .code = "post_only_mode"}), VenueMode::post_only);
}

TEST(Errors, headers_make_a_429_definite) {
  EXPECT_EQ(decide({.http_status = 429, .text = "Too Many Requests"}, true), Decision::wait);
  EXPECT_EQ(decide({.http_status = 429, .text = "Too Many Requests"}, false), Decision::ask);
}

TEST(Errors, sums_of_a_balance_refusal) {
  EXPECT_EQ(
      free_of_refusal("not enough balance / allowance: the balance is not enough -> balance: 10000000, "
                      "sum of active orders: 4000000, sum of matched orders: 1500000, order amount: 9 (inc. fees)"),
      4'500'000);
  EXPECT_EQ(
      free_of_refusal("not enough balance / allowance: the balance is not enough -> balance: 300, order amount: 900"),
      300);
  EXPECT_EQ(free_of_refusal("the balance is not enough -> balance: 3, sum of active orders: 5"), 0);
  EXPECT_EQ(free_of_refusal("not enough balance / allowance"), -1);
  EXPECT_EQ(free_of_refusal("-> balance: many"), -1);
  EXPECT_EQ(free_of_refusal("-> balance: 1.5"), -1) << "not millionths: not understood";
  EXPECT_EQ(free_of_refusal("-> balance: 99999999999999999999"), -1);
  EXPECT_EQ(free_of_refusal(""), -1);
}

TEST(Errors, modes) {
  EXPECT_EQ(venue_mode({.http_status = 425}), VenueMode::restarting);
  EXPECT_EQ(
      venue_mode({.http_status = 503,
                  .text = "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed."}),
      VenueMode::cancel_only);
  EXPECT_EQ(venue_mode({.http_status = 503, .text = "trading is disabled"}), VenueMode::disabled);
  EXPECT_EQ(venue_mode({.http_status = 503, .text = "Trading is currently disabled. Check polymarket.com for updates"}),
            VenueMode::disabled);
  EXPECT_EQ(venue_mode({.http_status = 200, .text = "post-only mode: only post-only orders and cancels are allowed"}),
            VenueMode::post_only);
  EXPECT_EQ(venue_mode({.http_status = 400, .text = "invalid post-only order: order crosses book"}), VenueMode::normal);
}

TEST(Errors, what_leaves_the_outcome_open) {
  EXPECT_TRUE(is_outcome_unknown({.http_status = 0}, false));
  EXPECT_TRUE(is_outcome_unknown({.http_status = 425}, true));
  EXPECT_TRUE(is_outcome_unknown({.http_status = 502, .text = "Bad gateway"}, false));
  EXPECT_TRUE(is_outcome_unknown({.http_status = 429}, false));
  EXPECT_FALSE(is_outcome_unknown({.http_status = 429}, true));
  EXPECT_FALSE(is_outcome_unknown({.http_status = 503, .text = "trading is disabled"}, false));
  EXPECT_FALSE(is_outcome_unknown({.http_status = 400, .text = "invalid signature"}, false));
}

TEST(Errors, reasons_of_not_canceled) {
  EXPECT_EQ(classify_not_canceled("Order not found or already canceled"), CancelOutcome::not_found);
  EXPECT_EQ(classify_not_canceled("Order not found"), CancelOutcome::not_found);
  EXPECT_EQ(classify_not_canceled("Order already matched"), CancelOutcome::already_done);
  EXPECT_EQ(classify_not_canceled("already canceled or matched"), CancelOutcome::already_done);
  EXPECT_EQ(classify_not_canceled("Order already canceled"), CancelOutcome::already_done);
  EXPECT_EQ(classify_not_canceled("the moon is full"), CancelOutcome::unknown);
  EXPECT_EQ(classify_not_canceled(""), CancelOutcome::unknown);
}

TEST(Errors, statuses_of_accepted_orders) {
  EXPECT_EQ(place_outcome("live"), model::PlaceOutcome::live);
  EXPECT_EQ(place_outcome("MATCHED"), model::PlaceOutcome::matched);
  EXPECT_EQ(place_outcome("delayed"), model::PlaceOutcome::delayed);
  EXPECT_EQ(place_outcome("unmatched"), model::PlaceOutcome::unmatched);
  EXPECT_EQ(place_outcome(""), model::PlaceOutcome::unknown);
}

}  // namespace
}  // namespace ebb::polymarket
