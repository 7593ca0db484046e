#include "exchange/frames.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"
#include "crypto/hash.hpp"

namespace ebb::exchange {
namespace {

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
  field(out, key, {});
  out.pop_back();
  append_price(out, price);
  out += '"';
}
void size_field(std::string& out, std::string_view key, Shares size) {
  field(out, key, {});
  out.pop_back();
  append_size(out, size);
  out += '"';
}
void number_field(std::string& out, std::string_view key, std::int64_t value) {
  field(out, key, {});
  out.pop_back();
  fmt::format_to(std::back_inserter(out), "{}\"", value);
}
void last_trade_field(std::string& out, Price last_trade) {
  if (last_trade == model::kNoPrice) {
    field(out, "last_trade_price", {});
  } else {
    price_field(out, "last_trade_price", last_trade);
  }
}
void levels_field(std::string& out, std::string_view key, const std::vector<model::Level>& levels) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  append_levels(out, levels);
}
/// A text of ours (slug, question, outcome) as JSON string content.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out;
}
void assets_fields(std::string& out, const model::MarketSpec& market, std::string_view key) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":[\"{}\",\"{}\"]", key, market.tokens[0].token_id,
                 market.tokens[1].token_id);
}

/// The ten fields in the hash's key order; `hash` is "" for the text that is hashed.
std::string full_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book, std::string_view hash) {
  std::string out;
  out.reserve(512 + 40 * (book.bids.size() + book.asks.size()));
  out += '{';
  field(out, "market", market.condition_id);
  field(out, "asset_id", market.tokens[outcome].token_id);
  number_field(out, "timestamp", book.ms);
  field(out, "hash", hash);
  levels_field(out, "bids", book.bids);
  levels_field(out, "asks", book.asks);
  size_field(out, "min_order_size", market.min_order_size);
  price_field(out, "tick_size", book.tick);
  out += market.neg_risk ? ",\"neg_risk\":true" : ",\"neg_risk\":false";
  last_trade_field(out, book.last_trade);
  out += '}';
  return out;
}

}  // namespace

void append_levels(std::string& out, const std::vector<model::Level>& levels) {
  out += '[';
  for (std::size_t i = 0; i < levels.size(); ++i) {
    out += i == 0 ? "{\"price\":\"" : ",{\"price\":\"";
    append_price(out, levels[i].price);
    out += "\",\"size\":\"";
    append_size(out, levels[i].size);
    out += "\"}";
  }
  out += ']';
}

void read_ladders(const OrderBook& book, std::uint8_t outcome, TokenBook& out) {
  // YES bids ascending and YES asks descending; for NO the sides change places and prices are complemented,
  // which keeps the very same order.
  std::vector<model::Level>& from_bids = outcome == 0 ? out.bids : out.asks;
  std::vector<model::Level>& from_asks = outcome == 0 ? out.asks : out.bids;
  from_bids.clear();
  from_asks.clear();
  const auto collect = [outcome](std::vector<model::Level>& levels) {
    return [outcome, &levels](Price price, Shares size) { levels.push_back({in_terms_of(outcome, price), size}); };
  };
  book.for_each_level(Direction::bid, collect(from_bids));
  book.for_each_level(Direction::ask, collect(from_asks));
  std::reverse(from_asks.begin(), from_asks.end());
}

std::string book_hash(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  return crypto::to_hex(crypto::sha1(crypto::bytes_of(full_book(market, outcome, book, {}))));
}

std::string rest_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  return full_book(market, outcome, book, book_hash(market, outcome, book));
}

std::string initial_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  std::string out = "{";
  field(out, "market", market.condition_id);
  field(out, "asset_id", market.tokens[outcome].token_id);
  number_field(out, "timestamp", book.ms);
  field(out, "hash", book_hash(market, outcome, book));
  levels_field(out, "bids", book.bids);
  levels_field(out, "asks", book.asks);
  price_field(out, "tick_size", book.tick);
  field(out, "event_type", "book");
  last_trade_field(out, book.last_trade);
  out += '}';
  return out;
}

std::string stream_book(const model::MarketSpec& market, std::uint8_t outcome, const TokenBook& book) {
  std::string out = "{";
  field(out, "market", market.condition_id);
  field(out, "asset_id", market.tokens[outcome].token_id);
  levels_field(out, "bids", book.bids);
  levels_field(out, "asks", book.asks);
  field(out, "hash", book_hash(market, outcome, book));
  number_field(out, "timestamp", book.ms);
  field(out, "event_type", "book");
  out += '}';
  return out;
}

std::string price_change(std::string_view condition, std::int64_t ms, const std::array<ChangeEntry, 2>& entries) {
  std::string out = "{";
  field(out, "market", condition);
  out += ",\"price_changes\":[";
  for (const ChangeEntry& entry : entries) {
    out += out.back() == '[' ? "{" : ",{";
    field(out, "asset_id", entry.asset_id);
    price_field(out, "price", entry.price);
    size_field(out, "size", entry.size);
    field(out, "side", model::to_text(entry.side));
    field(out, "hash", entry.hash);
    price_field(out, "best_bid", entry.best_bid);
    price_field(out, "best_ask", entry.best_ask);
    out += '}';
  }
  out += ']';
  number_field(out, "timestamp", ms);
  field(out, "event_type", "price_change");
  out += '}';
  return out;
}

std::string last_trade_price(std::string_view condition, std::string_view asset_id, std::int64_t ms, Price price,
                             Shares size, model::Side taker_side, std::int32_t fee_rate_bps) {
  std::string out = "{";
  field(out, "market", condition);
  field(out, "asset_id", asset_id);
  price_field(out, "price", price);
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
  field(out, "question", escaped(market.question));
  field(out, "market", market.condition_id);
  field(out, "slug", escaped(market.slug));
  field(out, "description", {});
  assets_fields(out, market, "assets_ids");
  fmt::format_to(std::back_inserter(out), ",\"outcomes\":[\"{}\",\"{}\"]", escaped(market.tokens[0].outcome),
                 escaped(market.tokens[1].outcome));
  out += ",\"event_message\":{";
  number_field(out, "id", number);
  field(out, "ticker", escaped(market.event));
  field(out, "slug", escaped(market.event));
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
  field(out, "winning_asset_id", decided ? std::string_view(market.tokens[static_cast<std::size_t>(winner)].token_id)
                                         : std::string_view());
  field(out, "winning_outcome", decided ? escaped(market.tokens[static_cast<std::size_t>(winner)].outcome) : std::string());
  number_field(out, "timestamp", ms);
  out += ",\"tags\":[]";
  field(out, "event_type", "market_resolved");
  out += '}';
  return out;
}

std::string user_order(const OrderText& o) {
  static constexpr std::string_view kTypes[] = {"PLACEMENT", "UPDATE", "CANCELLATION"};
  std::string out = "{";
  out.reserve(640);
  field(out, "asset_id", o.asset_id);
  if (o.trades == nullptr || o.trades->empty()) {
    out += ",\"associate_trades\":null";
  } else {
    out += ",\"associate_trades\":[";
    for (const std::string& id : *o.trades) fmt::format_to(std::back_inserter(out), "{}\"{}\"", out.back() == '[' ? "" : ",", id);
    out += ']';
  }
  number_field(out, "created_at", o.created.ns() / 1'000'000'000);
  field(out, "event_type", "order");
  number_field(out, "expiration", o.expiration.ns() / 1'000'000'000);
  field(out, "id", model::to_text(o.id));
  field(out, "maker_address", o.account->address);
  field(out, "market", o.condition);
  field(out, "order_owner", o.account->owner);
  field(out, "order_type", model::to_text(o.order_type));
  size_field(out, "original_size", o.original_size);
  field(out, "outcome", o.outcome);
  field(out, "owner", o.account->owner);
  price_field(out, "price", o.price);
  field(out, "side", model::to_text(o.side));
  size_field(out, "size_matched", o.size_matched);
  field(out, "status", o.status);
  number_field(out, "timestamp", o.ms);
  field(out, "type", kTypes[static_cast<std::size_t>(o.type)]);
  out += '}';
  return out;
}

std::string user_trade(const TradeText& t) {
  std::string out = "{";
  out.reserve(1024);
  field(out, "asset_id", t.asset_id);
  out += ",\"bucket_index\":0";
  field(out, "event_type", "trade");
  number_field(out, "fee_rate_bps", t.fee_rate_bps);
  field(out, "id", t.id);
  number_field(out, "last_update", t.ms / 1000);
  field(out, "maker_address", t.taker->address);
  out += ",\"maker_orders\":[";
  for (const TradeMakerText& m : t.makers) {
    out += out.back() == '[' ? "{" : ",{";
    field(out, "asset_id", m.asset_id);
    field(out, "fee_rate_bps", {});
    field(out, "maker_address", m.account->address);
    size_field(out, "matched_amount", m.size);
    field(out, "order_id", model::to_text(m.order));
    field(out, "outcome", m.outcome);
    fmt::format_to(std::back_inserter(out), ",\"outcome_index\":{}", m.outcome_index);
    field(out, "owner", m.account->owner);
    price_field(out, "price", m.price);
    field(out, "side", model::to_text(m.side));
    out += '}';
  }
  out += ']';
  field(out, "market", t.condition);
  number_field(out, "match_time", t.matched.ns() / 1'000'000'000);
  field(out, "outcome", t.outcome);
  field(out, "owner", t.taker->owner);
  price_field(out, "price", t.price);
  field(out, "side", model::to_text(t.side));
  size_field(out, "size", t.size);
  field(out, "status", model::to_text(t.status));
  field(out, "taker_order_id", model::to_text(t.taker_order));
  number_field(out, "timestamp", t.ms);
  field(out, "trade_owner", t.receiver->owner);
  field(out, "trader_side", t.receiver_is_taker ? "TAKER" : "MAKER");
  field(out, "transaction_hash", t.transaction_hash);
  field(out, "type", "TRADE");
  out += '}';
  return out;
}

}  // namespace ebb::exchange
