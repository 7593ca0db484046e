// The official clients' walk of a book to the worst price of a market order. Test-only: ebb never derives a price that
// way. Its marketable orders are exits, whose prices come from the ladder of rules 4.5, not from the depth.
#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/decimal.hpp"
#include "model/ids.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/test_files.hpp"

namespace ebb::polymarket {
namespace {

struct Level {
  Price price;
  Shares size;
};

/// From the last level, the best, backwards until `amount` is covered: dollars (millionths) for a BUY, shares for a SELL.
/// Not covered: nothing for FOK, the first level for FAK. nullopt = "no match".
std::optional<Price> worst_price(model::Side side, const std::vector<Level>& levels, std::int64_t amount,
                                 model::OrderType type) {
  if (levels.empty()) return std::nullopt;
  std::int64_t covered = 0;
  for (auto level = levels.rbegin(); level != levels.rend(); ++level) {
    covered += side == model::Side::buy ? notional(level->price, level->size).raw() : level->size.raw();
    if (covered >= amount) return level->price;
  }
  if (type == model::OrderType::fok) return std::nullopt;
  return levels.front().price;
}

TEST(MarketPrice, official_cases) {
  EBB_VECTORS_OR_SKIP(file, "market_price.json");
  JsonTree tree;
  ASSERT_TRUE(tree.parse(file));
  const std::uint32_t cases = tree.find(0, "cases");
  int checked = 0, without = 0;
  for (std::uint32_t i = cases + 1; i < tree[cases].end; i = tree[i].end, ++checked) {
    std::vector<Level> levels;
    const std::uint32_t array = tree.find(i, "levels_in_server_order");
    for (std::uint32_t level = array + 1; level < tree[array].end; level = tree[level].end)
      levels.push_back({parse_price(tree[level + 1].text).value(), parse_shares(tree[level + 2].text).value()});
    const auto side = tree.member(i, "side").text == "BUY" ? model::Side::buy : model::Side::sell;
    const auto type = tree.member(i, "order_type").text == "FOK" ? model::OrderType::fok : model::OrderType::fak;
    const auto price = worst_price(side, levels, parse_scaled(tree.member(i, "amount").text, 6).value(), type);
    if (tree.find(i, "expect_error") != 0) {
      EXPECT_EQ(tree.member(i, "expect_error").text, "no match");
      EXPECT_FALSE(price) << checked;
      ++without;
    } else {
      EXPECT_EQ(price, parse_price(tree.member(i, "expect_price").text)) << checked;
    }
  }
  EXPECT_EQ(checked, 25);
  EXPECT_EQ(without, 6);
}

}  // namespace
}  // namespace ebb::polymarket
