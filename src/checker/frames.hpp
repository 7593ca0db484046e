// The checker's own reading of the venue's texts (polymarket.md 1.3, 2.3, 3). Plain on purpose: a DOM, every value
// optional, what cannot be read is left out; only the most frequent frame, in its usual spelling, is read without one.
// Texts point into the reader's buffer until its next call.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "checker/words.hpp"

namespace ebb::checker {

inline constexpr PriceRaw kAbsentPrice = -1;
inline constexpr Micros kAbsentSize = -1;
/// Sizes and amounts beyond this (1e8 shares) are refused, so that sums stay within 64 bits.
inline constexpr Micros kHugeSize = 100'000'000'000'000;

/// Digits with an optional point, scaled by 10^decimals. Surplus digits: rounded half up if `round`, else only zeros.
[[nodiscard]] std::optional<std::int64_t> read_fixed(std::string_view text, int decimals, bool round);

struct LevelText {
  PriceRaw price = 0;
  Micros size = 0;
};
struct ChangeText {
  std::string_view token_id;
  std::string_view hash;
  Side side = Side::buy;
  PriceRaw price = 0;
  Micros size = 0;
  PriceRaw best_bid = kAbsentPrice;  ///< 0 = the side is empty
  PriceRaw best_ask = kAbsentPrice;  ///< 10'000 = the side is empty
};
enum class MarketKind : std::uint8_t { book, change, trade, tick, resolved };
struct MarketText {
  MarketKind kind = MarketKind::book;
  std::string_view condition_id;
  std::string_view token_id;         ///< empty for `change` and `resolved`
  std::int64_t ms = 0;
  std::vector<LevelText> bids;
  std::vector<LevelText> asks;
  std::vector<ChangeText> changes;
  PriceRaw tick = kAbsentPrice;
  PriceRaw price = kAbsentPrice;     ///< trade: its price; book: last trade price when given
  Micros size = kAbsentSize;
  bool has_last_trade = false;       ///< book: the field stands in the text
  std::string_view last_trade;       ///< book, trade: the price as written
  std::string_view winner;

  /// As new, with the room of its lists.
  void reset() {
    std::vector<LevelText> old_bids = std::move(bids), old_asks = std::move(asks);
    std::vector<ChangeText> old_changes = std::move(changes);
    *this = {};
    old_bids.clear();
    old_asks.clear();
    old_changes.clear();
    bids = std::move(old_bids);
    asks = std::move(old_asks);
    changes = std::move(old_changes);
  }
};

enum class UserOrderKind : std::uint8_t { placement, update, cancellation };
struct UserOrderText {
  std::string_view id;
  UserOrderKind kind = UserOrderKind::placement;
  bool canceled = false;             ///< by its status, whatever the kind
  Micros original = kAbsentSize;
  Micros matched = kAbsentSize;
};
struct MakerText {
  std::string_view order_id;
  std::string_view token_id;
  PriceRaw price = 0;
  Micros size = 0;
};
struct UserTradeText {
  std::string_view id;
  std::string_view taker_order_id;
  std::string_view token_id;
  Side side = Side::buy;
  PriceRaw price = 0;
  Micros size = 0;
  LegStatus status = LegStatus::matched;
  std::vector<MakerText> makers;
};
struct UserFrameText {
  std::vector<UserOrderText> orders;
  std::vector<UserTradeText> trades;
  /// In the order of the frame: true = the next of `trades`, false = the next of `orders`.
  std::vector<bool> is_trade;
};

class FrameReader {
 public:
  FrameReader();
  ~FrameReader();
  FrameReader(FrameReader&&) noexcept;
  FrameReader& operator=(FrameReader&&) noexcept;

  /// Events of a market frame, in order. Empty for PONG, other text, unknown types.
  [[nodiscard]] const std::vector<MarketText>& market(std::string_view frame);
  /// A REST book. nullptr when it is not one.
  [[nodiscard]] const MarketText* rest_book(std::string_view text);
  [[nodiscard]] const UserFrameText& user(std::string_view frame);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebb::checker
