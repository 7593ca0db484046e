#include "polymarket/market_decoder.hpp"

#include <algorithm>
#include <optional>

#include "base/decimal.hpp"

namespace ebb::polymarket {
namespace {

using model::DecodedFrame;
using model::kNoPrice;
using model::LevelChange;
using model::MarketEvent;
using model::MarketEventKind;

constexpr std::int64_t kYear2100Ms = 4'102'444'800'000;
constexpr std::int64_t kSecondsBelow = 100'000'000'000;  // as ms this would be 1973: such a number means seconds

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool equals_any_case(std::string_view text, std::string_view expected) {
  return text.size() == expected.size() &&
         std::equal(text.begin(), text.end(), expected.begin(), [](char a, char b) { return lower(a) == b; });
}

/// A price that may be left out. False = there is one and it is not in [low, high] on the grid.
bool optional_price(const JsonNode& node, Price low, Price high, Price& out) {
  if (is_blank(node)) return true;
  const auto price = parse_price(plain_text(node));
  if (!price || *price < low || *price > high) return false;
  out = *price;
  return true;
}

bool level_price(const JsonNode& node, Price& out) {
  const auto price = parse_price(plain_text(node));
  if (!price || price->raw() <= 0 || *price >= kPriceOne) return false;
  out = *price;
  return true;
}

bool level_size(const JsonNode& node, Shares& out) {
  const auto size = parse_shares(plain_text(node));
  if (!size) return false;
  out = *size;
  return true;
}

constexpr Price kLargestTick{kPriceScale / 2};

std::optional<MarketEventKind> kind_of(std::string_view type) {
  for (int i = 0; i < model::kMarketEventKinds; ++i) {
    const auto kind = static_cast<MarketEventKind>(i);
    if (type == to_text(kind)) return kind;
  }
  return std::nullopt;
}

}  // namespace

std::int64_t parse_exchange_ms(std::string_view text) {
  if (text.empty() || text.size() > 18) return 0;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  if (value < kSecondsBelow) value *= 1000;
  return value > kYear2100Ms ? 0 : value;
}

bool parse_side(std::string_view text, model::Side& side) {
  if (equals_any_case(text, "buy")) {
    side = model::Side::buy;
  } else if (equals_any_case(text, "sell")) {
    side = model::Side::sell;
  } else {
    return false;
  }
  return true;
}

/// The fields of one event object, found in one pass whatever their order; indices of nodes, 0 = absent.
struct MarketDecoder::EventFields {
  const JsonTree& tree;
  std::uint32_t object;
  std::uint32_t event_type = 0, market = 0, asset_id = 0, timestamp = 0, hash = 0, bids = 0, asks = 0, changes = 0;
  bool array_twice = false;  // two `bids`: which one holds?

  EventFields(const JsonTree& t, std::uint32_t index) : tree(t), object(index) {
    for (std::uint32_t i = object + 1; i < tree[object].end; i = tree[i].end) {
      const std::string_view key = tree[i].key;
      if (key == "event_type")
        event_type = i;
      else if (key == "market")
        market = i;
      else if (key == "asset_id")
        asset_id = i;
      else if (key == "timestamp")
        timestamp = i;
      else if (key == "hash")
        hash = i;
      else if (key == "bids")
        take_array(bids, i);
      else if (key == "asks")
        take_array(asks, i);
      else if (key == "price_changes" || key == "changes")
        take_array(changes, i);
    }
  }
  void take_array(std::uint32_t& slot, std::uint32_t i) {
    array_twice |= slot != 0;
    slot = i;
  }
  [[nodiscard]] std::string_view text(std::uint32_t i) const {
    return i == 0 ? std::string_view() : plain_text(tree[i]);
  }
  [[nodiscard]] const JsonNode& other(std::string_view key) const { return tree.member(object, key); }

  /// By its name; REST books and some recordings have none, then by shape.
  [[nodiscard]] std::optional<MarketEventKind> kind() const {
    if (event_type != 0) return kind_of(text(event_type));
    if (bids != 0 || asks != 0) return MarketEventKind::book;
    if (changes != 0) return MarketEventKind::price_change;
    return std::nullopt;
  }
  [[nodiscard]] MarketEvent start(MarketEventKind kind) const {
    MarketEvent event;
    event.kind = kind;
    event.market = text(market);
    event.asset_id = text(asset_id);
    event.timestamp_ms = parse_exchange_ms(text(timestamp));
    return event;
  }
};

void MarketDecoder::decode(std::string_view frame, DecodedFrame& out) {
  ++stats_.frames;
  out.clear();
  if (decode_fast(frame, out)) {
    ++stats_.fast_path;
    return;
  }
  const std::size_t start = frame.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (frame[start] != '{' && frame[start] != '[')) {
    out.clear();
    ++stats_.non_json;
    return;
  }
  ++stats_.fallback;
  decode_fallback(frame, out);
  stats_.malformed += out.malformed;
  stats_.unknown_types += out.unknown_types;
  if (tree_.nodes().size() == 1 && tree_[0].kind == JsonKind::array) ++stats_.empty_arrays;
}

void MarketDecoder::decode_fallback(std::string_view frame, DecodedFrame& out) {
  out.clear();
  if (!tree_.parse(frame)) {
    out.malformed = 1;
    return;
  }
  if (tree_[0].kind == JsonKind::object) {
    read_event(0, out);
    return;
  }
  for (std::uint32_t i = 1; i < tree_[0].end; i = tree_[i].end) {
    if (tree_[i].kind == JsonKind::object) {
      read_event(i, out);
    } else {
      ++out.malformed;
    }
  }
}

void MarketDecoder::read_event(std::uint32_t object, DecodedFrame& out) {
  const EventFields fields(tree_, object);
  const auto kind = fields.kind();
  if (!kind) {
    ++out.unknown_types;
    return;
  }
  MarketEvent event = fields.start(*kind);
  bool good = !fields.array_twice;
  switch (*kind) {
    case MarketEventKind::book: return read_book(fields, out);
    case MarketEventKind::price_change: return read_changes(fields, out);
    case MarketEventKind::last_trade_price: {
      const auto price = parse_scaled_rounded(plain_text(fields.other("price")), 4);
      const auto size = parse_scaled_rounded(plain_text(fields.other("size")), 6);
      good = good && !event.asset_id.empty() && price && *price > 0 && *price < kPriceScale && size &&
             *size <= kMaxShares.raw() && parse_side(plain_text(fields.other("side")), event.side);
      if (good) {
        event.price = Price(static_cast<std::int32_t>(*price));
        event.size = Shares(*size);
      }
      break;
    }
    case MarketEventKind::tick_size_change:
      good = good && !event.asset_id.empty() &&
             optional_price(fields.other("new_tick_size"), Price(1), kLargestTick, event.tick) &&
             event.tick != kNoPrice;
      break;
    case MarketEventKind::best_bid_ask:
      good = good && !event.asset_id.empty() &&
             optional_price(fields.other("best_bid"), Price(0), kPriceOne, event.best_bid) &&
             optional_price(fields.other("best_ask"), Price(0), kPriceOne, event.best_ask);
      break;
    case MarketEventKind::new_market:
      if (event.market.empty()) event.market = plain_text(fields.other("condition_id"));
      event.asset_id = {};
      good = good && !event.market.empty() &&
             optional_price(fields.other("order_price_min_tick_size"), Price(1), kLargestTick, event.tick);
      break;
    case MarketEventKind::market_resolved:
      event.asset_id = {};
      event.winning_asset_id = plain_text(fields.other("winning_asset_id"));
      good = good && !event.market.empty();
      break;
  }
  if (good) {
    out.events.push_back(event);
  } else {
    ++out.malformed;
  }
}

/// Reads one side into side_, best last. Bids rise towards their best, asks fall.
bool MarketDecoder::read_side_of_book(std::uint32_t array, bool ascending) {
  side_.clear();
  const JsonNode& node = tree_[array];
  if (node.kind == JsonKind::null) return true;  // how some servers spell an empty list
  if (node.kind != JsonKind::array) return false;
  for (std::uint32_t i = array + 1; i < node.end; i = tree_[i].end) {
    model::Level level;
    if (!level_price(tree_.member(i, "price"), level.price) || !level_size(tree_.member(i, "size"), level.size)) {
      return false;
    }
    if (level.size.raw() > 0) side_.push_back(level);
  }
  const auto worse = [ascending](const model::Level& a, const model::Level& b) {
    return ascending ? a.price < b.price : a.price > b.price;
  };
  if (!std::is_sorted(side_.begin(), side_.end(), worse)) std::sort(side_.begin(), side_.end(), worse);
  const auto same = [](const model::Level& a, const model::Level& b) { return a.price == b.price; };
  return std::adjacent_find(side_.begin(), side_.end(), same) == side_.end();
}

void MarketDecoder::read_book(const EventFields& fields, DecodedFrame& out) {
  MarketEvent event = fields.start(MarketEventKind::book);
  event.hash = fields.text(fields.hash);
  event.first = static_cast<std::uint32_t>(out.levels.size());
  const auto append = [&](std::uint32_t array, bool ascending, std::uint32_t& count) {
    if (array == 0 || !read_side_of_book(array, ascending)) return false;
    out.levels.insert(out.levels.end(), side_.begin(), side_.end());
    count = static_cast<std::uint32_t>(side_.size());
    return true;
  };
  bool good = !fields.array_twice && !event.asset_id.empty() && append(fields.bids, true, event.bid_count) &&
              append(fields.asks, false, event.ask_count);
  const JsonNode& last = fields.other("last_trade_price");
  event.has_last_trade_field = last.kind != JsonKind::absent;
  if (!is_blank(last)) {  // trades lie on no grid
    const auto price = parse_scaled_rounded(plain_text(last), 4);
    good = good && price && *price <= kPriceScale;
    if (good) event.last_trade = Price(static_cast<std::int32_t>(*price));
  }
  good = good && optional_price(fields.other("tick_size"), Price(1), kLargestTick, event.tick);
  if (const JsonNode& minimum = fields.other("min_order_size"); !is_blank(minimum)) {
    good = good && level_size(minimum, event.min_order_size);
  }
  const std::string_view neg_risk = fields.other("neg_risk").text;
  if (neg_risk == "true" || neg_risk == "false") event.neg_risk = neg_risk == "true" ? 1 : 0;
  if (good) {
    out.events.push_back(event);
  } else {
    out.levels.resize(event.first);
    ++out.malformed;
    if (!event.asset_id.empty()) out.damaged.push_back(event.asset_id);
  }
}

/// One entry, or the whole event in the oldest (flat) schema.
bool MarketDecoder::read_change(std::uint32_t entry, LevelChange& change) const {
  if (tree_[entry].kind != JsonKind::object) return false;
  change.asset_id = plain_text(tree_.member(entry, "asset_id"));
  change.hash = plain_text(tree_.member(entry, "hash"));
  return level_price(tree_.member(entry, "price"), change.price) &&
         level_size(tree_.member(entry, "size"), change.size) &&
         parse_side(plain_text(tree_.member(entry, "side")), change.side) &&
         optional_price(tree_.member(entry, "best_bid"), Price(0), kPriceOne, change.best_bid) &&
         optional_price(tree_.member(entry, "best_ask"), Price(0), kPriceOne, change.best_ask);
}

void MarketDecoder::read_changes(const EventFields& fields, DecodedFrame& out) {
  MarketEvent event = fields.start(MarketEventKind::price_change);
  const std::string_view asset_id = event.asset_id;  // old schema: one asset and one hash for all entries
  const std::string_view hash = fields.text(fields.hash);
  event.asset_id = {};
  event.first = static_cast<std::uint32_t>(out.changes.size());
  const auto take = [&](std::uint32_t entry) {
    LevelChange change;
    const bool good = read_change(entry, change);
    if (change.asset_id.empty()) change.asset_id = asset_id;
    if (change.hash.empty()) change.hash = hash;
    if (good && !change.asset_id.empty()) {
      out.changes.push_back(change);
      ++event.change_count;
    } else {
      ++out.malformed;
      if (!change.asset_id.empty()) out.damaged.push_back(change.asset_id);
    }
  };
  const bool flat = fields.changes == 0;
  if (fields.array_twice || (!flat && tree_[fields.changes].kind != JsonKind::array)) {
    ++out.malformed;
    return;
  }
  if (flat) {
    take(fields.object);
    if (event.change_count == 0) return;
  } else {
    for (std::uint32_t i = fields.changes + 1; i < tree_[fields.changes].end; i = tree_[i].end) take(i);
  }
  out.events.push_back(event);
}

}  // namespace ebb::polymarket
