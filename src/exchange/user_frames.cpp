#include "exchange/user_frames.hpp"

#include <algorithm>

#include "base/decimal.hpp"
#include "base/utf8.hpp"

namespace ebb::exchange {
namespace {

void append_raw(std::string& out, std::string_view key) {
  out += ",\"";
  out += key;
  out += "\":";
}

void field(std::string& out, std::string_view key, std::string_view text) {
  append_raw(out, key);
  append_json_text(out, text);
}

void number_field(std::string& out, std::string_view key, std::int64_t raw, int decimals) {
  char buffer[32];
  append_raw(out, key);
  out += '"';
  out.append(buffer, write_scaled(buffer, raw, decimals));
  out += '"';
}

void id_field(std::string& out, std::string_view key, const model::OrderId& id) {
  constexpr char kHex[] = "0123456789abcdef";
  append_raw(out, key);
  out += "\"0x";
  for (const std::uint8_t byte : id.bytes) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  out += '"';
}

void seconds_field(std::string& out, std::string_view key, Timestamp time) {
  number_field(out, key, time.ns() / 1'000'000'000, 0);
}

std::string_view type_text(model::UserOrderType type) {
  switch (type) {
    case model::UserOrderType::placement: return "PLACEMENT";
    case model::UserOrderType::update: return "UPDATE";
    case model::UserOrderType::cancellation: return "CANCELLATION";
  }
  return "?";
}

void append_associated(std::string& out, std::span<const std::string> trades) {
  append_raw(out, "associate_trades");
  if (trades.empty()) {
    out += "null";
    return;
  }
  char separator = '[';
  for (const std::string& trade : trades) {
    out += separator;
    append_json_text(out, trade);
    separator = ',';
  }
  out += ']';
}

void append_maker(std::string& out, const MakerOrderFrame& maker) {
  out += '{';
  const std::size_t start = out.size();
  id_field(out, "order_id", maker.id);
  out.erase(start, 1);  // the comma of the first field
  field(out, "owner", maker.identity.owner);
  field(out, "maker_address", maker.identity.maker_address);
  number_field(out, "matched_amount", maker.matched.raw(), 6);
  number_field(out, "price", maker.price.raw(), 4);
  field(out, "fee_rate_bps", "");
  field(out, "asset_id", maker.asset_id);
  field(out, "outcome", maker.outcome);
  append_raw(out, "outcome_index");
  out += static_cast<char>('0' + maker.outcome_index);
  field(out, "side", to_text(maker.side));
  out += '}';
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
  out += '"';
  while (!text.empty()) {
    const auto run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin());
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) break;
    const char c = text.front();
    const auto byte = static_cast<unsigned char>(c);
    const std::size_t length = utf8_length(text);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else if (length == 0) {
      out += "\\ufffd";
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_order_frame(std::string& out, const UserOrderFrame& frame) {
  out += "{\"event_type\":\"order\"";
  field(out, "type", type_text(frame.type));
  id_field(out, "id", frame.id);
  field(out, "owner", frame.identity.owner);
  field(out, "order_owner", frame.identity.owner);
  field(out, "market", frame.market);
  field(out, "asset_id", frame.asset_id);
  field(out, "side", to_text(frame.side));
  number_field(out, "original_size", frame.original_size.raw(), 6);
  number_field(out, "size_matched", frame.size_matched.raw(), 6);
  number_field(out, "price", frame.price.raw(), 4);
  field(out, "outcome", frame.outcome);
  append_associated(out, frame.associate_trades);
  seconds_field(out, "created_at", frame.created);
  seconds_field(out, "expiration", frame.expiration);
  field(out, "order_type", to_text(frame.order_type));
  field(out, "status", frame.status);
  field(out, "maker_address", frame.identity.maker_address);
  number_field(out, "timestamp", frame.time.ms(), 0);
  out += '}';
}

void append_trade_frame(std::string& out, const UserTradeFrame& frame) {
  out += "{\"event_type\":\"trade\",\"type\":\"TRADE\"";
  field(out, "id", frame.id);
  id_field(out, "taker_order_id", frame.taker_order);
  field(out, "market", frame.market);
  field(out, "asset_id", frame.asset_id);
  field(out, "side", to_text(frame.side));
  number_field(out, "size", frame.size.raw(), 6);
  number_field(out, "price", frame.price.raw(), 4);
  field(out, "fee_rate_bps", "0");
  field(out, "status", to_text(frame.status));
  seconds_field(out, "match_time", frame.match_time);
  seconds_field(out, "last_update", frame.last_update);
  field(out, "outcome", frame.outcome);
  field(out, "owner", frame.taker.owner);
  field(out, "trade_owner", frame.trade_owner);
  field(out, "maker_address", frame.taker.maker_address);
  field(out, "transaction_hash", "");
  out += ",\"bucket_index\":0";
  field(out, "trader_side", frame.trader_side == TraderSide::taker ? "TAKER" : "MAKER");
  append_raw(out, "maker_orders");
  out += '[';
  for (std::size_t i = 0; i < frame.makers.size(); ++i) {
    if (i > 0) out += ',';
    append_maker(out, frame.makers[i]);
  }
  out += ']';
  number_field(out, "timestamp", frame.last_update.ms(), 0);
  out += '}';
}

}  // namespace ebb::exchange
