// The matching core: one condition's book in YES terms, price-time priority over direct, mint and merge interest
// (rules 7.1). It knows orders as dense handles and nothing of accounts' money, JSON or time; the exchange and the
// benchmark use this very class.
//
//   YES terms: a BUY of NO at q is an ask for YES at 1 - q (both buyers together mint a pair); a SELL of NO at q is a
//   bid for YES at 1 - q (both sellers together merge one). So every order is a YES bid or a YES ask at one grid price.
//
// Fill arithmetic (protocol 5.5): counterAmount = floor(makerAssetFill * takerAmount / makerAmount) at the maker's signed
// amounts. On the grid these amounts are exact, so the ratio is the maker's own price. The remainder of a rounding goes to
// the taker, never to a third party.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/strong.hpp"
#include "base/units.hpp"
#include "exchange/messages.hpp"
#include "exchange/price_set.hpp"
#include "model/ids.hpp"

namespace ebb::exchange {

/// What happens when an account would trade with itself, over mint and merge too (rules 7.4).
enum class SelfTrade : std::uint8_t { cancel_maker, skip, reject_taker };

using OrderHandle = Id<struct OrderHandleTag>;

/// Which way an order points in YES terms.
enum class Direction : std::uint8_t { bid, ask };
[[nodiscard]] constexpr Direction opposite(Direction d) {
  return d == Direction::bid ? Direction::ask : Direction::bid;
}
/// BUY YES and SELL NO are bids, SELL YES and BUY NO are asks.
[[nodiscard]] constexpr Direction direction_of(std::uint8_t outcome, model::Side side) {
  return (outcome == 0) == (side == model::Side::buy) ? Direction::bid : Direction::ask;
}
/// The price of `outcome`'s token for a YES price, and back (its own inverse).
[[nodiscard]] constexpr Price in_terms_of(std::uint8_t outcome, Price price) {
  return outcome == 0 ? price : complement(price);
}

/// How two orders meet (protocol 6.9).
enum class MatchKind : std::uint8_t { complementary, mint, merge };

/// An order as the core sees it. `price` is in the order's own token.
struct CoreOrder {
  std::uint64_t tag = 0;  ///< the caller's reference, handed back in fills
  AccountIndex account;
  std::uint8_t outcome = 0;  ///< 0 = YES, 1 = NO
  model::Side side = model::Side::buy;
  Price price;
  Shares size;  ///< shares wanted; ignored where a budget is given
  Usdc budget{-1};  ///< BUY by budget (FAK/FOK): dollars to spend; -1 = none
};

/// One maker's part of a match.
struct Fill {
  OrderHandle maker;  ///< no longer valid if `closed`
  std::uint64_t maker_tag = 0;
  AccountIndex maker_account;
  std::uint8_t maker_outcome = 0;
  model::Side maker_side = model::Side::buy;
  MatchKind kind = MatchKind::complementary;
  Price maker_price;  ///< in the maker's token
  Price taker_price;  ///< in the taker's token: equal, or 1 - maker_price for mint and merge
  Shares size;
  Usdc maker_cash;  ///< paid (BUY) or received (SELL)
  Usdc taker_cash;
  Shares left;  ///< the maker's remainder after this fill
  bool closed = false;  ///< the maker left the book: filled, or its remainder is dust
};

/// What a taker got, or would get.
struct MatchTotals {
  Shares filled;
  Usdc cash;  ///< paid (BUY) or received (SELL), fees apart
  Shares left;  ///< of `size`; 0 for an order by budget
  Usdc budget_left;
  bool complete = false;  ///< nothing worth trading is left: less than a lot, or less than a lot's price
  bool met_own = false;  ///< one of the account's own orders stood in the way
};

/// An order at rest, for whoever lists the book.
struct RestingOrder {
  std::uint64_t tag = 0;
  AccountIndex account;
  std::uint8_t outcome = 0;
  model::Side side = model::Side::buy;
  Price price;  ///< in its own token
  Shares left;
  Usdc cash_left;  ///< BUY: what its signed amounts still allow to spend
};

class OrderBook {
 public:
  OrderBook();
  OrderBook(OrderBook&&) noexcept = default;
  OrderBook& operator=(OrderBook&&) noexcept = default;

  /// Reserves nodes, so that the first `orders` placements allocate nothing.
  void reserve(std::size_t orders) { nodes_.reserve(orders + 1); }

  /// Whether the order would meet anything, its own account's orders included (the post-only question).
  [[nodiscard]] bool crosses(const CoreOrder& order) const;
  /// What match() would do, without doing it. Levels are reported to `takes` (one entry a price level) if not null.
  struct LevelTake {
    Price taker_price;
    Shares size;
    Usdc cash;
  };
  [[nodiscard]] MatchTotals probe(const CoreOrder& taker, SelfTrade mode,
                                  std::vector<LevelTake>* takes = nullptr) const;
  /// Trades the order against the book, best price first, oldest first. Appends one Fill a maker; appends the tags of
  /// the account's own makers that were canceled (cancel_maker). The remainder is NOT put to rest.
  /// With reject_taker the caller probes first and does not call this when `met_own`.
  MatchTotals match(const CoreOrder& taker, SelfTrade mode, std::vector<Fill>& fills,
                    std::vector<std::uint64_t>& canceled);
  /// Puts `size` shares of the order at the end of its price level's queue.
  OrderHandle rest(const CoreOrder& order, Shares size);
  /// Takes the order off the book. The handle must be valid (it was returned by rest and not closed since).
  void cancel(OrderHandle handle);

  [[nodiscard]] RestingOrder order(OrderHandle handle) const;
  /// Best YES price of a side; raw 0 (bid) or 10000 (ask) when empty.
  [[nodiscard]] Price best(Direction side) const { return Price(best_[index(side)]); }
  [[nodiscard]] bool empty(Direction side) const { return occupied_[index(side)].empty(); }
  /// Displayed size of a level, YES terms.
  [[nodiscard]] Shares level_size(Direction side, Price yes_price) const;
  [[nodiscard]] std::size_t order_count() const { return live_; }
  /// Calls f(price, size) for each level of a side in ascending YES price.
  template <class F>
  void for_each_level(Direction side, F&& f) const {
    const std::size_t s = index(side);
    for (int p = occupied_[s].next(0); p >= 0; p = occupied_[s].next(p + 1)) f(Price(p), Shares(level(s, p).total));
  }
  /// Calls f(tag) for each order of a side, ascending YES price, oldest first.
  template <class F>
  void for_each_order(Direction side, F&& f) const {
    const std::size_t s = index(side);
    for (int p = occupied_[s].next(0); p >= 0; p = occupied_[s].next(p + 1)) {
      for (std::uint32_t n = level(s, p).head; n != kNil; n = nodes_[n].next) f(nodes_[n].tag);
    }
  }

 private:
  // A level without orders is all zeros: the levels of a thousand markets cost no memory until somebody stands there.
  static constexpr std::uint32_t kNil = 0;
  struct Node {
    std::uint64_t tag = 0;
    std::int64_t left = 0;
    std::int64_t cash_left = 0;
    std::uint32_t prev = kNil;
    std::uint32_t next = kNil;
    std::uint32_t account = 0;
    std::uint16_t yes_price = 0;
    std::uint8_t outcome = 0;
    std::uint8_t direction = 0;
  };
  struct Level {
    std::uint32_t head = kNil;
    std::uint32_t tail = kNil;
    std::int64_t total = 0;
  };
  struct Part;  // one maker's share of a match, before it is applied

  static constexpr std::size_t index(Direction d) { return static_cast<std::size_t>(d); }
  [[nodiscard]] Level& level(std::size_t side, int price) { return levels_[side][static_cast<std::size_t>(price)]; }
  [[nodiscard]] const Level& level(std::size_t side, int price) const {
    return levels_[side][static_cast<std::size_t>(price)];
  }
  [[nodiscard]] int next_level(std::size_t side, int price) const;
  [[nodiscard]] static bool within(std::size_t side, int price, int limit);
  [[nodiscard]] static Part part_of(const Node& maker, const CoreOrder& taker, std::int64_t left, std::int64_t budget);
  [[nodiscard]] static MatchTotals totals_of(const CoreOrder& taker, std::int64_t left, std::int64_t budget,
                                             std::int64_t filled, std::int64_t cash);
  void unlink(std::uint32_t node);

  std::vector<Node> nodes_{1};  ///< the first is kNil
  std::uint32_t free_ = kNil;
  std::size_t live_ = 0;
  static constexpr std::size_t kLevelBytes = (static_cast<std::size_t>(kPriceScale) + 1) * sizeof(Level);
  struct FreeLevels {
    void operator()(Level* levels) const;
  };
  std::array<std::unique_ptr<Level[], FreeLevels>, 2> levels_;
  std::array<PriceSet, 2> occupied_;
  std::array<std::int32_t, 2> best_{0, kPriceScale};
};

}  // namespace ebb::exchange
