// For tests, fuzzing and benchmarks only: frames of our own making in the venue's shapes, and their mutations.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "model/market_data.hpp"

namespace ebb::polymarket::test {

inline constexpr std::string_view kCondition = "0x5fd1c2a70b3e48d6917a2c4e6f8091b3d5a7c9ebfd0f21436587a9cbedf01234";
inline constexpr std::string_view kYesToken =
    "71523498760123456789012345678901234567890123456789012345678901234567890123456";
inline constexpr std::string_view kNoToken =
    "10987654321098765432109876543210987654321098765432109876543210987654321098765";
inline constexpr std::string_view kBookHash = "3f786850e387550fdab836ed7e6dc881de23001b";

inline std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// `count` levels of one side, best last: bids rise to 0.49, asks fall to 0.51.
inline std::string levels(int count, model::Side side, Random& random) {
  std::string out = "[";
  for (int i = count; i > 0; --i) {
    const std::int64_t ticks =
        side == model::Side::buy ? 500 - 7 * i : 500 + 7 * i;  // 0.001 units: one to three decimals
    std::string price = std::to_string(1000 + ticks).replace(0, 1, "0.");
    while (price.back() == '0') price.pop_back();
    std::string size = std::to_string(random.between(1, 20'000));
    const auto cents = random.below(3);
    if (cents > 0) size += "." + std::to_string(cents == 1 ? random.between(1, 9) : random.between(11, 99));
    out += (out.size() > 1 ? ",{\"price\":" : "{\"price\":") + in_quotes(price) + ",\"size\":" + in_quotes(size) + "}";
  }
  return out + "]";
}

/// A `book` as it follows a trade, or (initial) as it answers a subscription.
inline std::string book_frame(int levels_a_side, bool initial, std::uint64_t seed, std::string_view token = kYesToken) {
  Random random(seed);
  const std::string bids = levels(levels_a_side, model::Side::buy, random);
  const std::string asks = levels(levels_a_side, model::Side::sell, random);
  const std::string head = "{\"market\":" + in_quotes(kCondition) + ",\"asset_id\":" + in_quotes(token);
  const std::string hash = ",\"hash\":" + in_quotes(kBookHash);
  const std::string time = ",\"timestamp\":\"1790000000123\"";
  const std::string ladders = ",\"bids\":" + bids + ",\"asks\":" + asks;
  if (!initial) return head + ladders + hash + time + ",\"event_type\":\"book\"}";
  return head + time + hash + ladders +
         ",\"tick_size\":\"0.001\",\"event_type\":\"book\",\"last_trade_price\":\"0.500\"}";
}

/// A price_change of one order seen from both tokens; `gap` is what follows a comma ("" or " ").
inline std::string change_frame(std::string_view price, std::string_view mirrored, std::string_view size,
                                std::string_view gap, std::string_view yes = kYesToken,
                                std::string_view no = kNoToken) {
  const std::string comma = "," + std::string(gap);
  const auto entry = [&](std::string_view token, std::string_view at, std::string_view side, std::string_view bid,
                         std::string_view ask) {
    return "{\"asset_id\":" + in_quotes(token) + comma + "\"price\":" + in_quotes(at) + comma +
           "\"size\":" + in_quotes(size) + comma + "\"side\":" + in_quotes(side) + comma +
           "\"hash\":" + in_quotes(kBookHash) + comma + "\"best_bid\":" + in_quotes(bid) + comma +
           "\"best_ask\":" + in_quotes(ask) + "}";
  };
  return "{\"market\":" + in_quotes(kCondition) + comma + "\"price_changes\":[" +
         entry(yes, price, "BUY", "0.49", "0.52") + comma + entry(no, mirrored, "SELL", "0.48", "0.51") + "]" + comma +
         "\"timestamp\":\"1790000000456\"" + comma + "\"event_type\":\"price_change\"}";
}

/// One frame of every kind and spelling that the decoder distinguishes.
inline std::vector<std::string> seed_frames() {
  return {
      book_frame(0, false, 1),
      book_frame(1, false, 2),
      book_frame(12, false, 3),
      book_frame(0, true, 4),
      book_frame(3, true, 5),
      change_frame("0.49", "0.51", "90.25", ""),
      change_frame("0.4", "0.6", "31045290", " "),
      change_frame("0.0005", "0.9995", "0", " "),
      "[" + book_frame(1, true, 6) + "," + book_frame(2, true, 7, kNoToken) + "]",
      R"({"event_type":"last_trade_price","market":"0xc1","asset_id":"111","price":"0.52","size":"25","side":"BUY","fee_rate_bps":"0","timestamp":"1790000000789","transaction_hash":""})",
      R"({"event_type":"tick_size_change","market":"0xc1","asset_id":"111","old_tick_size":"0.01","new_tick_size":"0.001","timestamp":"1790000001000"})",
      R"({"event_type":"best_bid_ask","market":"0xc1","asset_id":"111","best_bid":"0.49","best_ask":"","spread":"0.03","timestamp":"1790000001000"})",
      R"({"event_type":"new_market","id":"1","question":"Up \"or\" down?","market":"0xc1","assets_ids":["1","2"],"order_price_min_tick_size":"0.01","timestamp":"1790000001000","active":true,"fee_schedule":{"rate":0.07}})",
      R"({"event_type":"market_resolved","id":"1","market":"0xc1","assets_ids":["1","2"],"winning_asset_id":"1","winning_outcome":"Yes","timestamp":"1790000001000"})",
      R"({"asset_id":"111","market":"0xc1","timestamp":"1737825347925","hash":"ab","event_type":"price_change","changes":[{"side":"SELL","size":"300","price":".23"}]})",
      R"({"market":"0xc1","asset_id":"111","timestamp":"1790000000","hash":"ab","bids":[{"price":"0.48","size":"30"}],"asks":[],"min_order_size":"5","tick_size":"0.01","neg_risk":false,"last_trade_price":""})",
      "[]",
      "PONG",
  };
}

/// Changes a few bytes: flips, digits, insertions, deletions, copies of parts, and words that matter to a decoder.
inline std::string mutated(std::string text, Random& random) {
  static constexpr std::string_view kWords[] = {"\"",   "\\",  "{",     "}",     "[",    "]",  ",",        ", ",
                                                ":",    "0",   "1",     "9",     ".",    "-1", "NaN",      "null",
                                                "true", "1e5", "\"0\"", "\"1\"", "\"\"", "0.", "00000000", "\\u0030",
                                                "\xff", "\n",  " ",     "BUY",   "sell"};
  const auto position = [&] { return static_cast<std::size_t>(random.below(text.size() + 1)); };
  const std::uint64_t edits = 1 + random.below(3);
  for (std::uint64_t i = 0; i < edits; ++i) {
    const std::size_t at = position();
    switch (random.below(8)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(random.below(256));
        break;
      case 1: text.insert(at, kWords[random.below(std::size(kWords))]); break;
      case 2: text.erase(at, 1 + random.below(4)); break;
      case 3: text.resize(at); break;
      case 4: text.insert(position(), text.substr(at, random.below(40))); break;
      case 5: text += kWords[random.below(std::size(kWords))]; break;
      default: {  // another digit: most of these stay in the shapes that the fast path knows
        const auto digit = std::find_if(text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size())),
                                        text.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (digit != text.end()) *digit = static_cast<char>('0' + random.below(10));
      }
    }
  }
  return text;
}

inline bool same_text(std::string_view a, std::string_view b) { return a == b && (a.empty() || a.data() == b.data()); }

/// What differs between two results for one frame (texts must be the same bytes of it); empty if nothing does.
inline std::string difference(const model::DecodedFrame& a, const model::DecodedFrame& b) {
  if (a.malformed != b.malformed || a.unknown_types != b.unknown_types) return "counts of what was left out";
  if (a.events.size() != b.events.size()) return "number of events";
  if (a.levels.size() != b.levels.size()) return "number of levels";
  if (a.changes.size() != b.changes.size()) return "number of changes";
  for (std::size_t i = 0; i < a.events.size(); ++i) {
    const auto& x = a.events[i];
    const auto& y = b.events[i];
    if (x.kind != y.kind) return "kind";
    if (!same_text(x.market, y.market) || !same_text(x.asset_id, y.asset_id) || !same_text(x.hash, y.hash) ||
        !same_text(x.winning_asset_id, y.winning_asset_id))
      return "a text of an event";
    if (x.timestamp_ms != y.timestamp_ms) return "timestamp";
    if (x.first != y.first || x.bid_count != y.bid_count || x.ask_count != y.ask_count ||
        x.change_count != y.change_count)
      return "counts of an event";
    if (x.tick != y.tick || x.last_trade != y.last_trade || x.has_last_trade_field != y.has_last_trade_field ||
        x.min_order_size != y.min_order_size || x.neg_risk != y.neg_risk)
      return "a field of a book";
    if (x.price != y.price || x.size != y.size || x.side != y.side || x.best_bid != y.best_bid ||
        x.best_ask != y.best_ask)
      return "a field of an event";
  }
  for (std::size_t i = 0; i < a.levels.size(); ++i) {
    if (a.levels[i].price != b.levels[i].price || a.levels[i].size != b.levels[i].size) return "a level";
  }
  for (std::size_t i = 0; i < a.changes.size(); ++i) {
    const auto& x = a.changes[i];
    const auto& y = b.changes[i];
    if (!same_text(x.asset_id, y.asset_id) || !same_text(x.hash, y.hash)) return "a text of a change";
    if (x.price != y.price || x.size != y.size || x.side != y.side || x.best_bid != y.best_bid ||
        x.best_ask != y.best_ask)
      return "a change";
  }
  return {};
}

}  // namespace ebb::polymarket::test
