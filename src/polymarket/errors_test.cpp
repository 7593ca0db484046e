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
};

/// Every text of protocol 6.2 to 6.4 that answers a placement.
constexpr TextCase kTexts[] = {
    {200, "", RejectKind::none},
    {400, "", RejectKind::other},
    {400, "Invalid order payload", RejectKind::other},
    {400, "the order owner has to be the owner of the API KEY", RejectKind::other},
    {400, "the order signer address has to be the address of the API KEY", RejectKind::other},
    {400, "'0xabc' address banned", RejectKind::banned},
    {400, "'0xabc' address in closed only mode", RejectKind::banned},
    {400, "order 0xab is invalid. Price (0.123) breaks minimum tick size rule: 0.01", RejectKind::tick_size},
    {400, "order 0xab is invalid. Size (1) lower than the minimum: 5", RejectKind::minimum_size},
    {400, "order 0xab is invalid. Duplicated.", RejectKind::duplicate},
    {400, "order 0xab crosses the book", RejectKind::post_only_crosses},
    {200, "invalid post-only order: order crosses book", RejectKind::post_only_crosses},
    {400, "not enough balance / allowance", RejectKind::not_enough_balance},
    {400, "not enough balance / allowance: the balance is not enough -> balance: 10, sum of active orders: 4",
     RejectKind::not_enough_balance},
    {400, "insufficient balance", RejectKind::not_enough_balance},
    {400, "Insufficient funds for this order", RejectKind::not_enough_balance},
    {400, "invalid expiration", RejectKind::invalid_expiration},
    {400, "invalid nonce", RejectKind::other},
    {400, "invalid signature", RejectKind::other},
    {400, "order_version_mismatch", RejectKind::version_mismatch},
    {400, "invalid order version, please use the latest clob-client", RejectKind::version_mismatch},
    {400, "order match delayed due to market conditions", RejectKind::other},
    {400, "the market is not yet ready to process new orders", RejectKind::market_closed},
    {400, "there are no matching orders", RejectKind::no_match},
    {400, "the trade contains rounding issues", RejectKind::other},
    {400, "the price of the taker's order has a discrepancy greater than allowed with the worst maker order",
     RejectKind::other},
    {400, "Too many orders in payload: 20, max allowed: 15", RejectKind::other},
    {400, "Invalid token id", RejectKind::other},
    {400, "invalid amount for a marketable BUY order ($0.5), min size: $1", RejectKind::marketable_minimum},
    {400, "order couldn't be fully filled. FOK orders are fully filled or killed.", RejectKind::fok_killed},
    {400, "no orders found to match with FAK order. FAK orders are partially filled or killed if no match is found.",
     RejectKind::no_match},
    {404, "No orderbook exists for the requested token id", RejectKind::market_closed},
    {404, "market not found", RejectKind::market_closed},
    {500, "could not insert order", RejectKind::other},
    {500, "Internal server error", RejectKind::other},
    {200, "Rate limit exceeded for tokenId: 12", RejectKind::rate_limited},
    {429, "", RejectKind::rate_limited},
    {425, "", RejectKind::restarting},
    {503, "post-only mode: only post-only orders and cancels are allowed", RejectKind::post_only_mode},
    {200, "post-only mode: only post-only orders and cancels are allowed", RejectKind::post_only_mode},
    {503, "trading is disabled", RejectKind::cancel_only_mode},
    {503, "Trading is currently cancel-only. New orders are not accepted, but cancels are allowed.",
     RejectKind::cancel_only_mode},
    {503, "Trading is currently disabled. Check polymarket.com for updates", RejectKind::cancel_only_mode},
    {400, "something that nobody has seen", RejectKind::other},
};

TEST(Errors, every_text_of_the_catalogue) {
  for (const auto& c : kTexts) {
    EXPECT_EQ(classify_refusal({.http_status = c.status, .text = c.text}), c.kind) << c.text;
  }
}

TEST(Errors, the_code_wins_over_the_text) {
  EXPECT_EQ(classify_refusal({.http_status = 503, .text = "busy", .code = "post_only_mode"}),
            RejectKind::post_only_mode);
  EXPECT_EQ(venue_mode({.http_status = 503, .text = "busy", .code = "post_only_mode"}), VenueMode::post_only);
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
