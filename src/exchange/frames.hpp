// The market channel's texts and REST books (protocol 1.3, 2.3), spelled as the venue spells them. Pure functions over
// plain values. The user channel's texts: user_frames.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "exchange/matching.hpp"
#include "model/market.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"

namespace ebb::exchange {

/// One token's book in wire order (best last), with what the hash needs besides (protocol 2.4).
struct TokenBook {
  std::vector<std::uint16_t> bid_prices;
  std::vector<std::int64_t> bid_sizes;
  std::vector<std::uint16_t> ask_prices;
  std::vector<std::int64_t> ask_sizes;
  Price last_trade = model::kNoPrice;  ///< kNoPrice is spelled ""
  std::int64_t ms = 0;                 ///< exchange time of the last change
  Price tick{100};
  bool hashed = true;  ///< false: zeros in place of the hash
  [[nodiscard]] model::BookView view() const { return {bid_prices, bid_sizes, ask_prices, ask_sizes}; }
};
/// Fills both ladders from the condition's book; outcome 1 sees the complement. Reuses the vectors.
void read_ladders(const OrderBook& book, std::uint8_t outcome, TokenBook& out);

/// The hash of protocol 2.4: 40 lower-case hex digits.
[[nodiscard]] std::string book_hash(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book);

/// GET /book: all ten fields.
[[nodiscard]] std::string rest_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book);
/// `book` in the key order of the initial dump (with tick and last price), and of the stream (without).
[[nodiscard]] std::string initial_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book);
[[nodiscard]] std::string stream_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book);

/// One entry of a price_change.
struct ChangeEntry {
  std::string_view asset_id;
  Price price;
  Shares size;   ///< new absolute size; 0 removes
  model::Side side = model::Side::buy;
  std::string_view hash;
  Price best_bid{0};
  Price best_ask{kPriceScale};
};
[[nodiscard]] std::string price_change(std::string_view condition, std::int64_t ms,
                                       const std::array<ChangeEntry, 2>& entries);
[[nodiscard]] std::string last_trade_price(std::string_view condition, std::string_view asset_id, std::int64_t ms,
                                           Price price, Shares size, model::Side taker_side, std::int32_t fee_rate_bps);
[[nodiscard]] std::string tick_size_change(std::string_view condition, std::string_view asset_id, std::int64_t ms,
                                           Price old_tick, Price new_tick);
[[nodiscard]] std::string best_bid_ask(std::string_view condition, std::string_view asset_id, std::int64_t ms,
                                       Price bid, Price ask);
[[nodiscard]] std::string new_market(const model::MarketSpec& market, std::uint32_t number, std::int64_t ms);
/// `winner` 0 or 1; 2 = 50/50 (no winning asset).
[[nodiscard]] std::string market_resolved(const model::MarketSpec& market, std::uint32_t number, int winner,
                                          std::int64_t ms);

}  // namespace ebb::exchange
