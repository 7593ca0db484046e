// Market-channel events as the decoder hands them on (protocol section 2). Texts point into the frame: they live as
// long as the frame does. The containers are reused from frame to frame, so a warm decoder allocates nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "model/ids.hpp"

namespace ebb::model {

struct Level {
  Price price;
  Shares size;
};

/// Marks a price that the message did not carry.
inline constexpr Price kNoPrice{-1};

/// One entry of a price_change: the level's NEW absolute size; 0 removes it.
struct LevelChange {
  std::string_view asset_id;
  std::string_view hash;      ///< the token's book hash after the change (protocol 2.4); may be empty
  Price price;
  Shares size;
  Side side = Side::buy;      ///< buy = bid ladder
  Price best_bid = kNoPrice;  ///< after the change; 0 = the side is empty; kNoPrice = not in the message
  Price best_ask = kNoPrice;  ///< 1 = the side is empty
};

enum class MarketEventKind : std::uint8_t {
  book,
  price_change,
  last_trade_price,
  tick_size_change,
  best_bid_ask,
  new_market,
  market_resolved
};
inline constexpr int kMarketEventKinds = 7;
[[nodiscard]] std::string_view to_text(MarketEventKind kind);

/// One event of a frame. Which fields count depends on `kind`.
struct MarketEvent {
  MarketEventKind kind = MarketEventKind::book;
  std::string_view market;            ///< condition id
  std::string_view asset_id;          ///< empty for price_change (each entry has its own) and new_market
  std::int64_t timestamp_ms = 0;      ///< exchange time; 0 = none or implausible
  std::string_view hash;              ///< book only
  std::uint32_t first = 0;            ///< book: bids are levels[first, first + bid_count), asks follow
  std::uint32_t bid_count = 0;        ///< best is LAST in both, whatever the wire order was
  std::uint32_t ask_count = 0;
  std::uint32_t change_count = 0;     ///< price_change: changes[first, first + change_count)
  Price tick = kNoPrice;              ///< book (when present), tick_size_change (new), new_market
  Price last_trade = kNoPrice;        ///< book: last_trade_price when present
  bool has_last_trade_field = false;  ///< book: the field was there, even if ""
  Shares min_order_size{-1};          ///< book: when present (REST); -1 = absent
  std::int8_t neg_risk = -1;          ///< book: 0, 1, or -1 when absent
  Price price = kNoPrice;             ///< last_trade_price: rounded to the grid
  Shares size;                        ///< last_trade_price
  Side side = Side::buy;              ///< last_trade_price: the taker's
  Price best_bid = kNoPrice;          ///< best_bid_ask
  Price best_ask = kNoPrice;          ///< best_bid_ask
  std::string_view winning_asset_id;  ///< market_resolved
};

/// A decoded frame: its events in order, and what had to be left out and why.
struct DecodedFrame {
  std::vector<MarketEvent> events;
  std::vector<Level> levels;
  std::vector<LevelChange> changes;
  std::uint32_t unknown_types = 0;    ///< objects with an event_type that we do not know
  std::uint32_t malformed = 0;        ///< events or entries dropped: a required field missing or out of range
  std::vector<std::string_view> damaged;  ///< assets whose book or change was dropped: their books miss something
  void clear() {
    events.clear();
    levels.clear();
    changes.clear();
    unknown_types = 0;
    malformed = 0;
    damaged.clear();
  }
  [[nodiscard]] std::span<const Level> bids(const MarketEvent& e) const {
    return {levels.data() + e.first, e.bid_count};
  }
  [[nodiscard]] std::span<const Level> asks(const MarketEvent& e) const {
    return {levels.data() + e.first + e.bid_count, e.ask_count};
  }
  [[nodiscard]] std::span<const LevelChange> changes_of(const MarketEvent& e) const {
    return {changes.data() + e.first, e.change_count};
  }
};

/// Read-only view of a token's book for the hash, the paper venue and displays. Prices are raw 1e-4 units, sizes raw
/// millionths; in both sides the best level is LAST.
struct BookView {
  std::span<const std::uint16_t> bid_prices;
  std::span<const std::int64_t> bid_sizes;
  std::span<const std::uint16_t> ask_prices;
  std::span<const std::int64_t> ask_sizes;
};

/// Both touches of a book. A missing side has size 0 and price 0 (bid) or 1 (ask).
struct Quote {
  Price bid{0};
  Price ask{kPriceScale};
  Shares bid_size;
  Shares ask_size;
  friend bool operator==(const Quote&, const Quote&) = default;
  [[nodiscard]] bool two_sided() const { return bid_size.raw() > 0 && ask_size.raw() > 0; }
  /// bid + ask: the mid in half grid units, exact.
  [[nodiscard]] std::int32_t mid2() const { return bid.raw() + ask.raw(); }
};

}  // namespace ebb::model
