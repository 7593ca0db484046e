// For tests only: the venue's own JSON, so that a test's events pass through the very decoders of the live venue.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/ids.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"

namespace ebb::engine::testing {

[[nodiscard]] inline std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

/// `"name":"value"`
[[nodiscard]] inline std::string field(std::string_view name, std::string_view value) {
  return quoted(name) + ':' + quoted(value);
}

/// A level as a test writes it; `size` 0 removes it.
struct TestLevel {
  model::Side side = model::Side::buy;
  Price price;
  Shares size;
};

/// What a frame says beside its content.
struct FrameHead {
  std::string market;    ///< condition id
  std::string asset_id;
  Timestamp time;        ///< exchange time
};

/// A `book` message with these levels.
[[nodiscard]] inline std::string book_frame(const FrameHead& head, const std::vector<TestLevel>& levels, Price tick) {
  std::string sides[2];
  for (const TestLevel& level : levels) {
    std::string& side = sides[level.side == model::Side::buy ? 0 : 1];
    if (!side.empty()) side += ',';
    side += '{' + field("price", to_text(level.price)) + ',' + field("size", to_text(level.size)) + '}';
  }
  return '{' + field("market", head.market) + ',' + field("asset_id", head.asset_id) + ',' +
         field("timestamp", std::to_string(head.time.ms())) + R"(,"hash":"","bids":[)" + sides[0] + R"(],"asks":[)" +
         sides[1] + "]," + field("tick_size", to_text(tick)) + R"(,"event_type":"book","last_trade_price":""})";
}

/// A `price_change` of one token. `best`: the best prices that the message claims; empty sides as 0 and 1.
[[nodiscard]] inline std::string change_frame(const FrameHead& head, const std::vector<TestLevel>& levels,
                                              const model::Quote& best) {
  std::string entries;
  for (const TestLevel& level : levels) {
    if (!entries.empty()) entries += ',';
    entries += '{' + field("asset_id", head.asset_id) + ',' + field("price", to_text(level.price)) + ',' +
               field("size", to_text(level.size)) + ',' + field("side", to_text(level.side)) + R"(,"hash":"",)" +
               field("best_bid", to_text(best.bid)) + ',' + field("best_ask", to_text(best.ask)) + '}';
  }
  return '{' + field("market", head.market) + R"(,"price_changes":[)" + entries + "]," +
         field("timestamp", std::to_string(head.time.ms())) + R"(,"event_type":"price_change"})";
}

[[nodiscard]] inline std::string last_trade_frame(const FrameHead& head, Price price, Shares size, model::Side taker) {
  return '{' + field("event_type", "last_trade_price") + ',' + field("market", head.market) + ',' +
         field("asset_id", head.asset_id) + ',' + field("price", to_text(price)) + ',' + field("size", to_text(size)) +
         ',' + field("side", to_text(taker)) + ',' + field("fee_rate_bps", "0") + ',' +
         field("timestamp", std::to_string(head.time.ms())) + '}';
}

[[nodiscard]] inline std::string tick_frame(const FrameHead& head, Price from, Price to) {
  return '{' + field("event_type", "tick_size_change") + ',' + field("market", head.market) + ',' +
         field("asset_id", head.asset_id) + ',' + field("old_tick_size", to_text(from)) + ',' +
         field("new_tick_size", to_text(to)) + ',' + field("timestamp", std::to_string(head.time.ms())) + '}';
}

[[nodiscard]] inline std::string resolved_frame(const FrameHead& head, std::string_view winner) {
  return '{' + field("event_type", "market_resolved") + ',' + field("market", head.market) + ',' +
         field("winning_asset_id", winner) + ',' + field("timestamp", std::to_string(head.time.ms())) + '}';
}

/// One of our orders as the user channel names it.
struct FrameOrder {
  model::OrderId id;
  model::Side side = model::Side::buy;
  Price price;
  Shares size;
};

[[nodiscard]] inline std::string user_order_frame(const FrameHead& head, const FrameOrder& order, std::string_view type,
                                                  std::string_view status, Shares matched) {
  return '{' + field("event_type", "order") + ',' + field("type", type) + ',' + field("id", model::to_text(order.id)) +
         ',' + field("market", head.market) + ',' + field("asset_id", head.asset_id) + ',' +
         field("side", to_text(order.side)) + ',' + field("original_size", to_text(order.size)) + ',' +
         field("size_matched", to_text(matched)) + ',' + field("price", to_text(order.price)) + ',' +
         field("status", status) + ',' + field("timestamp", std::to_string(head.time.ms())) + '}';
}

/// Our leg of a trade, as maker (an entry of maker_orders) or as taker (the top level).
struct FrameTrade {
  std::string id;
  FrameOrder order;
  Price price;
  Shares size;
  model::TradeStatus status = model::TradeStatus::matched;
  bool maker = true;
};

[[nodiscard]] inline std::string user_trade_frame(const FrameHead& head, const FrameTrade& trade,
                                                  std::string_view our_address) {
  static constexpr std::string_view kOther = "0x00000000000000000000000000000000000000aa";
  const std::string ours = model::to_text(trade.order.id);
  const std::string other = "0x" + std::string(64, 'a');
  const model::Side taker_side = trade.maker ? model::opposite(trade.order.side) : trade.order.side;
  const std::string maker_order = '{' + field("order_id", trade.maker ? ours : other) + ',' +
                                  field("maker_address", trade.maker ? our_address : kOther) + ',' +
                                  field("matched_amount", to_text(trade.size)) + ',' +
                                  field("price", to_text(trade.price)) + ',' + field("asset_id", head.asset_id) + ',' +
                                  field("side", to_text(model::opposite(taker_side))) + '}';
  return '{' + field("event_type", "trade") + ',' + field("id", trade.id) + ',' +
         field("taker_order_id", trade.maker ? other : ours) + ',' + field("market", head.market) + ',' +
         field("asset_id", head.asset_id) + ',' + field("side", to_text(taker_side)) + ',' +
         field("size", to_text(trade.size)) + ',' + field("price", to_text(trade.price)) + ',' +
         field("status", model::to_text(trade.status)) + ',' +
         field("match_time", std::to_string(head.time.ns() / 1'000'000'000)) + ',' +
         field("maker_address", trade.maker ? kOther : our_address) + ',' +
         field("trader_side", trade.maker ? "MAKER" : "TAKER") + R"(,"maker_orders":[)" + maker_order + "]}";
}

}  // namespace ebb::engine::testing
