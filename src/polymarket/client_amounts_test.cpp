// Amounts as the venue's own clients compute them, and where ours differ on purpose.
//
// Clients cut the computed side of an order to the tick's decimals; the newest one rounds it up when the order is
// protected by a worst price. Ours round down always and give marketable orders at most four decimals (rules 4.6).
#include <gtest/gtest.h>

#include <map>

#include "base/decimal.hpp"
#include "polymarket/amounts.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

using model::Side;

struct Request {
  bool market = false;
  Side side = Side::buy;
  Price price, tick;
  std::int64_t quantity = 0;  // millionths: shares, or dollars of a market BUY
};

std::int64_t power_of_ten(int exponent) {
  std::int64_t value = 1;
  for (int i = 0; i < exponent; ++i) value *= 10;
  return value;
}

/// The clients' computation, in exact integers: with these the float noise that they fight does not arise.
OrderAmounts client_amounts(const Request& request, Rounding rounding) {
  static const std::map<std::int32_t, int> kAmountDecimals = {{1000, 3}, {100, 4}, {50, 5}, {25, 6}, {10, 5}, {1, 6}};
  const std::int64_t step = power_of_ten(6 - kAmountDecimals.at(request.tick.raw()));
  const std::int64_t given = request.quantity / 10'000 * 10'000;
  const bool divides = request.market && request.side == Side::buy;
  const __int128 numerator = static_cast<__int128>(given) * (divides ? 10'000 : request.price.raw());
  const __int128 denominator = static_cast<__int128>(step) * (divides ? request.price.raw() : 10'000);
  const __int128 extra = rounding == Rounding::up ? denominator - 1 : 0;
  const auto computed = static_cast<std::int64_t>((numerator + extra) / denominator) * step;
  return !request.market && request.side == Side::buy ? OrderAmounts{computed, given} : OrderAmounts{given, computed};
}

/// What ebb signs for the same request; nullopt when it refuses.
std::optional<OrderAmounts> our_amounts(const Request& request) {
  OrderIntent intent{.side = request.side, .price = request.price, .tick = request.tick};
  intent.type = request.market ? model::OrderType::fak : model::OrderType::gtc;
  intent.marketable_minimum = Usdc(0);
  if (request.market && request.side == Side::buy) {
    intent.budget = Usdc(request.quantity);
  } else {
    intent.size = Shares(request.quantity);
  }
  const auto amounts = order_amounts(intent);
  return amounts ? std::optional(*amounts) : std::nullopt;
}

Request request_of(const JsonTree& tree, std::uint32_t at, std::string_view quantity_key) {
  Request request;
  request.market = tree.member(at, "kind").text == "market";
  request.side = tree.member(at, "side").text == "BUY" ? Side::buy : Side::sell;
  request.price = parse_price(tree.member(at, "price").text).value();
  request.tick = parse_price(tree.member(at, "tick").text).value();
  request.quantity = parse_scaled(tree.member(at, quantity_key).text, 6).value();
  return request;
}

OrderAmounts pair_of(std::string_view maker, std::string_view taker) {
  return {parse_scaled(maker, 0).value(), parse_scaled(taker, 0).value()};
}
OrderAmounts pair_of(const JsonTree& tree, std::uint32_t array) {
  return pair_of(tree[array + 1].text, tree[array + 2].text);
}

/// Compares ours with a client's that rounds down: the same, but for the decimals that rules 4.6 leave to a marketable
/// order. Returns whether those made a difference.
bool expect_ours_is_cut(const Request& request, const OrderAmounts& client, std::uint32_t at) {
  OrderAmounts expected = client;
  if (request.market) expected.taker -= expected.taker % 100;
  const auto ours = our_amounts(request);
  if (expected.taker == 0) {
    EXPECT_FALSE(ours) << "node " << at << ": nothing of four decimals is left";
  } else {
    EXPECT_EQ(ours, expected) << "node " << at;
  }
  return expected != client;
}

TEST(ClientAmounts, official_cases) {
  EBB_VECTORS_OR_SKIP(file, "amounts.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int total = 0, down = 0, only_up = 0, cut = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++total) {
    const Request request = request_of(tree, i, tree.find(i, "size") != 0 ? "size" : "amount");
    const OrderAmounts official = pair_of(tree.member(i, "makerAmount").text, tree.member(i, "takerAmount").text);
    bool says_down = false, says_up = false;
    const std::uint32_t rules = tree.find(i, "reproduced_by");
    for (std::uint32_t r = rules + 1; r < tree[rules].end; r = tree[r].end) {
      says_down |= tree[r].text == "legacy";
      says_up |= tree[r].text == "unified_up(protected)";
    }
    EXPECT_EQ(client_amounts(request, Rounding::down) == official, says_down) << "node " << i;
    EXPECT_EQ(client_amounts(request, Rounding::up) == official, says_up) << "node " << i;
    if (says_down) {
      ++down;
      cut += expect_ours_is_cut(request, official, i) ? 1 : 0;
    } else {
      // The documented difference: the newest client's protected market BUY takes one unit more than ours.
      ++only_up;
      EXPECT_TRUE(request.market && request.side == Side::buy);
      const auto ours = our_amounts(request);
      ASSERT_TRUE(ours);
      EXPECT_EQ(ours->maker, official.maker);
      EXPECT_LT(ours->taker, official.taker);
      EXPECT_LT(official.maker * kPriceScale, official.taker * request.price.raw())
          << "below the limit: it would not match";
      EXPECT_GE(ours->maker * kPriceScale, ours->taker * request.price.raw());
    }
  }
  EXPECT_EQ(total, 127);
  EXPECT_EQ(down, 119);
  EXPECT_EQ(only_up, 8);
  EXPECT_EQ(cut, 18) << "marketable orders of ticks finer than 0.01, which clients give five or six decimals";
}

TEST(ClientAmounts, derived_grid) {
  EBB_VECTORS_OR_SKIP(file, "amounts_grid_derived.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int total = 0, cut = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++total) {
    const Request request = request_of(tree, i, "qty");
    const OrderAmounts official = pair_of(tree, tree.find(i, "legacy"));
    EXPECT_EQ(client_amounts(request, Rounding::down), official) << total;
    EXPECT_EQ(pair_of(tree, tree.find(i, "unified_down")), official) << total;
    if (const std::uint32_t up = tree.find(i, "unified_up"); up != 0) {
      EXPECT_EQ(client_amounts(request, Rounding::up), pair_of(tree, up)) << total;
    }
    cut += expect_ours_is_cut(request, official, i) ? 1 : 0;
  }
  EXPECT_EQ(total, 1152);
  EXPECT_EQ(cut, 97);
}

TEST(ClientAmounts, the_table_of_decimals_is_ours) {
  EBB_VECTORS_OR_SKIP(file, "rounding_config.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t table = tree.find(0, "table");
  int rows = 0;
  for (std::uint32_t row = table + 1; row < tree[table].end; row = tree[row].end, ++rows) {
    const Price tick = parse_price(tree[row].key).value();
    ASSERT_TRUE(is_venue_tick(tick)) << tree[row].key;
    EXPECT_EQ(price_decimals(tick), parse_scaled(tree.member(row, "price").text, 0));
    EXPECT_EQ(amount_decimals(tick), parse_scaled(tree.member(row, "amount").text, 0));
    EXPECT_EQ(tree.member(row, "size").text, "2");
  }
  EXPECT_EQ(rows, static_cast<int>(std::size(kVenueTicks)));
}

}  // namespace
}  // namespace ebb::polymarket
