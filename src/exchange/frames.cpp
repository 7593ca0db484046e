#include "exchange/frames.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"
#include "crypto/hash.hpp"
#include "exchange/user_frames.hpp"
#include "polymarket/book_hash.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kChangeBytes = 560;  // a price_change without its ids and hashes, at most

void append_price(std::string& out, Price price) {
  char buffer[24];
  out.append(buffer, write_scaled(buffer, price.raw(), 4));
}
void append_size(std::string& out, Shares size) {
  char buffer[24];
  out.append(buffer, write_scaled(buffer, size.raw(), 6));
}
/// `,"key":"value"`; the value must need no escaping.
void field(std::string& out, std::string_view key, std::string_view value) {
  if (out.back() != '{') out += ',';
  out += '"';
  out += key;
  out += "\":\"";
  out += value;
  out += '"';
}
void price_field(std::string& out, std::string_view key, Price price) {
  char buffer[24];
  field(out, key, {buffer, write_scaled(buffer, price.raw(), 4)});
}
void size_field(std::string& out, std::string_view key, Shares size) {
  char buffer[24];
  field(out, key, {buffer, write_scaled(buffer, size.raw(), 6)});
}
void number_field(std::string& out, std::string_view key, std::int64_t value) {
  const fmt::format_int text(value);
  field(out, key, {text.data(), text.size()});
}
/// As the book's hash spells it, so that a reader can rebuild the preimage from the texts it saw.
void last_trade_field(std::string& out, std::string_view key, Price last_trade) {
  char buffer[24];
  field(out, key, {buffer, polymarket::write_last_trade(buffer, last_trade)});
}
void levels_field(std::string& out, std::string_view key, const std::vector<std::uint16_t>& prices,
                  const std::vector<std::int64_t>& sizes) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[", key);
  for (std::size_t i = 0; i < prices.size(); ++i) {
    out += i == 0 ? "{\"price\":\"" : ",{\"price\":\"";
    append_price(out, Price(prices[i]));
    out += "\",\"size\":\"";
    append_size(out, Shares(sizes[i]));
    out += "\"}";
  }
  out += ']';
}
/// A field whose text is not ours to trust: quoted and escaped.
void text_field(std::string& out, std::string_view key, std::string_view text) {
  if (out.back() != '{') out += ',';
  fmt::format_to(std::back_inserter(out), "\"{}\":", key);
  append_json_text(out, text);
}
void assets_fields(std::string& out, const model::MarketSpec& market, std::string_view key) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[\"{}\",\"{}\"]", key, market.tokens[0].token_id,
                 market.tokens[1].token_id);
}

}  // namespace

void read_ladders(const OrderBook& book, std::uint8_t outcome, TokenBook& out) {
  // YES bids ascending and YES asks descending; for NO the sides change places and prices are complemented,
  // which keeps the very same order.
  auto& bid_prices = outcome == 0 ? out.bid_prices : out.ask_prices;
  auto& bid_sizes = outcome == 0 ? out.bid_sizes : out.ask_sizes;
  auto& ask_prices = outcome == 0 ? out.ask_prices : out.bid_prices;
  auto& ask_sizes = outcome == 0 ? out.ask_sizes : out.bid_sizes;
  for (auto* prices : {&bid_prices, &ask_prices}) prices->clear();
  for (auto* sizes : {&bid_sizes, &ask_sizes}) sizes->clear();
  book.for_each_level(Direction::bid, [&](Price price, Shares size) {
    bid_prices.push_back(static_cast<std::uint16_t>(in_terms_of(outcome, price).raw()));
    bid_sizes.push_back(size.raw());
  });
  book.for_each_level(Direction::ask, [&](Price price, Shares size) {
    ask_prices.push_back(static_cast<std::uint16_t>(in_terms_of(outcome, price).raw()));
    ask_sizes.push_back(size.raw());
  });
  std::reverse(ask_prices.begin(), ask_prices.end());
  std::reverse(ask_sizes.begin(), ask_sizes.end());
}

std::string book_hash(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  if (!book.hashed) return std::string(40, '0');
  thread_local polymarket::BookHasher hasher;  // keeps its buffer
  polymarket::BookHashFields fields;
  fields.market = market.condition_id;
  fields.asset_id = market.tokens[outcome].token_id;
  fields.timestamp_ms = book.ms;
  fields.min_order_size = market.min_order_size;
  fields.tick = book.tick;
  fields.neg_risk = market.neg_risk;
  fields.last_trade = book.last_trade;
  return crypto::to_hex(hasher.hash(book.view(), fields));
}

std::string rest_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  std::string out = "{";
  field(out, "market", market.condition_id);
  field(out, "asset_id", market.tokens[outcome].token_id);
  number_field(out, "timestamp", book.ms);
  field(out, "hash", book_hash(market, outcome, book));
  levels_field(out, "bids", book.bid_prices, book.bid_sizes);
  levels_field(out, "asks", book.ask_prices, book.ask_sizes);
  size_field(out, "min_order_size", market.min_order_size);
  price_field(out, "tick_size", book.tick);
  out += market.neg_risk ? ",\"neg_risk\":true" : ",\"neg_risk\":false";
  last_trade_field(out, "last_trade_price", book.last_trade);
  out += '}';
  return out;
}

std::string initial_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  std::string out = "{";
  field(out, "market", market.condition_id);
  field(out, "asset_id", market.tokens[outcome].token_id);
  number_field(out, "timestamp", book.ms);
  field(out, "hash", book_hash(market, outcome, book));
  levels_field(out, "bids", book.bid_prices, book.bid_sizes);
  levels_field(out, "asks", book.ask_prices, book.ask_sizes);
  size_field(out, "min_order_size", market.min_order_size);
  price_field(out, "tick_size", book.tick);
  out += market.neg_risk ? ",\"neg_risk\":true" : ",\"neg_risk\":false";
  field(out, "event_type", "book");
  last_trade_field(out, "last_trade_price", book.last_trade);
  out += '}';
  return out;
}

std::string stream_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  std::string out = "{";
  field(out, "market", market.condition_id);
  field(out, "asset_id", market.tokens[outcome].token_id);
  levels_field(out, "bids", book.bid_prices, book.bid_sizes);
  levels_field(out, "asks", book.ask_prices, book.ask_sizes);
  field(out, "hash", book_hash(market, outcome, book));
  number_field(out, "timestamp", book.ms);
  field(out, "event_type", "book");
  out += '}';
  return out;
}

std::string price_change(std::string_view condition, std::int64_t ms, const std::array<ChangeEntry, 2>& entries) {
  std::string out;
  // The most frequent text of all: written to where it stays.
  std::size_t room = kChangeBytes + condition.size();
  for (const ChangeEntry& entry : entries) room += entry.asset_id.size() + entry.hash.size();
  out.resize_and_overwrite(room, [&](char* begin, std::size_t) {
    char* at = begin;
    const auto put = [&](std::string_view text) { at = std::copy(text.begin(), text.end(), at); };
    const auto put_price = [&](std::string_view key, Price price) {
      put(key);
      at = write_scaled(at, price.raw(), 4);
    };
    put(R"({"market":")");
    put(condition);
    put(R"(","price_changes":[)");
    for (const ChangeEntry& entry : entries) {
      if (at[-1] != '[') put(",");
      put(R"({"asset_id":")");
      put(entry.asset_id);
      put_price(R"(","price":")", entry.price);
      put(R"(","size":")");
      at = write_scaled(at, entry.size.raw(), 6);
      put(R"(","side":")");
      put(model::to_text(entry.side));
      put(R"(","hash":")");
      put(entry.hash);
      put_price(R"(","best_bid":")", entry.best_bid);
      put_price(R"(","best_ask":")", entry.best_ask);
      put(R"("})");
    }
    put(R"(],"timestamp":")");
    put(std::string_view(fmt::format_int(ms).c_str()));
    put(R"(","event_type":"price_change"})");
    return static_cast<std::size_t>(at - begin);
  });
  return out;
}

std::string last_trade_price(std::string_view condition, std::string_view asset_id, std::int64_t ms, Price price,
                             Shares size, model::Side taker_side, std::int32_t fee_rate_bps) {
  std::string out = "{";
  field(out, "market", condition);
  field(out, "asset_id", asset_id);
  last_trade_field(out, "price", price);
  size_field(out, "size", size);
  number_field(out, "fee_rate_bps", fee_rate_bps);
  field(out, "side", model::to_text(taker_side));
  number_field(out, "timestamp", ms);
  field(out, "event_type", "last_trade_price");
  field(out, "transaction_hash", {});
  out += '}';
  return out;
}

std::string tick_size_change(std::string_view condition, std::string_view asset_id, std::int64_t ms, Price old_tick,
                             Price new_tick) {
  std::string out = "{";
  field(out, "market", condition);
  field(out, "asset_id", asset_id);
  price_field(out, "old_tick_size", old_tick);
  price_field(out, "new_tick_size", new_tick);
  number_field(out, "timestamp", ms);
  field(out, "event_type", "tick_size_change");
  out += '}';
  return out;
}

std::string best_bid_ask(std::string_view condition, std::string_view asset_id, std::int64_t ms, Price bid, Price ask) {
  std::string out = "{";
  field(out, "market", condition);
  field(out, "asset_id", asset_id);
  price_field(out, "best_bid", bid);
  price_field(out, "best_ask", ask);
  price_field(out, "spread", ask - bid);
  number_field(out, "timestamp", ms);
  field(out, "event_type", "best_bid_ask");
  out += '}';
  return out;
}

std::string new_market(const model::MarketSpec& market, std::uint32_t number, std::int64_t ms) {
  std::string out = "{";
  number_field(out, "id", number);
  text_field(out, "question", market.question);
  field(out, "market", market.condition_id);
  text_field(out, "slug", market.slug);
  field(out, "description", {});
  assets_fields(out, market, "assets_ids");
  out += ",\"outcomes\":[";
  append_json_text(out, market.tokens[0].outcome);
  out += ',';
  append_json_text(out, market.tokens[1].outcome);
  out += ']';
  out += ",\"event_message\":{";
  number_field(out, "id", number);
  text_field(out, "ticker", market.event);
  text_field(out, "slug", market.event);
  out += '}';
  number_field(out, "timestamp", ms);
  out += ",\"tags\":[]";
  field(out, "condition_id", market.condition_id);
  out += ",\"active\":true";
  assets_fields(out, market, "clob_token_ids");
  field(out, "sports_market_type", {});
  field(out, "line", {});
  field(out, "game_start_time", {});
  price_field(out, "order_price_min_tick_size", market.tick);
  field(out, "group_item_title", {});
  field(out, "taker_base_fee", {});
  out += market.fees.rate_bps > 0 ? ",\"fees_enabled\":true" : ",\"fees_enabled\":false";
  fmt::format_to(std::back_inserter(out), ",\"fee_schedule\":{{\"exponent\":\"{}\",\"rate\":\"", market.fees.exponent);
  append_price(out, Price(market.fees.rate_bps));
  out += "\",\"taker_only\":true}";
  field(out, "event_type", "new_market");
  out += '}';
  return out;
}

std::string market_resolved(const model::MarketSpec& market, std::uint32_t number, int winner, std::int64_t ms) {
  std::string out = "{";
  number_field(out, "id", number);
  field(out, "market", market.condition_id);
  assets_fields(out, market, "assets_ids");
  const bool decided = winner < 2;
  field(out, "winning_asset_id",
        decided ? std::string_view(market.tokens[static_cast<std::size_t>(winner)].token_id) : std::string_view());
  text_field(out, "winning_outcome",
             decided ? std::string_view(market.tokens[static_cast<std::size_t>(winner)].outcome) : std::string_view());
  number_field(out, "timestamp", ms);
  out += ",\"tags\":[]";
  field(out, "event_type", "market_resolved");
  out += '}';
  return out;
}

}  // namespace ebb::exchange
