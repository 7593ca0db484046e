#include "checker/frames.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace ebb::checker {
namespace {

namespace dom = simdjson::dom;

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
           return lower(x) == lower(y);
         });
}

std::string_view text_at(dom::object object, std::string_view key) {
  std::string_view value;
  if (object[key].get_string().get(value) != simdjson::SUCCESS) return {};
  return value;
}

/// A decimal given as text, or as a JSON number (liberal: polymarket.md 1.3).
std::optional<std::int64_t> fixed_at(dom::object object, std::string_view key, int decimals, bool round = false) {
  dom::element element;
  if (object[key].get(element) != simdjson::SUCCESS) return std::nullopt;
  if (std::string_view text; element.get_string().get(text) == simdjson::SUCCESS)
    return read_fixed(text, decimals, round);
  if (element.is_number()) {
    const std::string number = simdjson::minify(element);
    return read_fixed(number, decimals, round);
  }
  return std::nullopt;
}

PriceRaw price_at(dom::object object, std::string_view key, bool round = false) {
  const auto raw = fixed_at(object, key, 4, round);
  return raw && *raw <= kOne ? static_cast<PriceRaw>(*raw) : kAbsentPrice;
}
Micros size_at(dom::object object, std::string_view key) {
  const auto raw = fixed_at(object, key, 6);
  return raw && *raw <= kHugeSize ? *raw : kAbsentSize;
}
std::optional<Side> side_at(dom::object object, std::string_view key) {
  const auto text = text_at(object, key);
  if (same_word(text, "BUY")) return Side::buy;
  if (same_word(text, "SELL")) return Side::sell;
  return std::nullopt;
}

void read_levels(dom::object object, std::string_view key, std::vector<LevelText>& out) {
  dom::array levels;
  if (object[key].get_array().get(levels) != simdjson::SUCCESS) return;
  for (const dom::element element : levels) {
    dom::object level;
    if (element.get_object().get(level) != simdjson::SUCCESS) continue;
    const PriceRaw price = price_at(level, "price");
    const Micros size = size_at(level, "size");
    if (price <= 0 || price >= kOne || size <= 0) continue;
    out.push_back({price, size});
  }
}

void read_book(dom::object object, MarketText& out) {
  out.kind = MarketKind::book;
  read_levels(object, "bids", out.bids);
  read_levels(object, "asks", out.asks);
  out.tick = price_at(object, "tick_size");
  out.has_last_trade = object["last_trade_price"].error() == simdjson::SUCCESS;
  out.last_trade = text_at(object, "last_trade_price");
  out.price = price_at(object, "last_trade_price", true);
}

void read_change(dom::object entry, std::string_view token_id, MarketText& out) {
  ChangeText change;
  change.token_id = token_id;
  change.hash = text_at(entry, "hash");
  const auto side = side_at(entry, "side");
  change.price = price_at(entry, "price");
  change.size = size_at(entry, "size");
  change.best_bid = price_at(entry, "best_bid");
  change.best_ask = price_at(entry, "best_ask");
  if (!side || token_id.empty() || change.price <= 0 || change.price >= kOne || change.size < 0) return;
  change.side = *side;
  out.changes.push_back(change);
}

void read_changes(dom::object object, MarketText& out) {
  out.kind = MarketKind::change;
  dom::array entries;
  const bool current = object["price_changes"].get_array().get(entries) == simdjson::SUCCESS;
  if (!current && object["changes"].get_array().get(entries) != simdjson::SUCCESS) return;
  const auto outer = text_at(object, "asset_id");
  for (const dom::element element : entries) {
    dom::object entry;
    if (element.get_object().get(entry) == simdjson::SUCCESS) {
      read_change(entry, current ? text_at(entry, "asset_id") : outer, out);
    }
  }
}

/// Reads a text from its beginning; after the first thing that is not as expected everything fails.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  Cursor& expect(std::string_view words) {
    ok_ = ok_ && rest_.starts_with(words);
    if (ok_) rest_.remove_prefix(words.size());
    return *this;
  }
  /// Up to the closing quote.
  Cursor& text(std::string_view& out) {
    const std::size_t end = ok_ ? rest_.find('"') : std::string_view::npos;
    ok_ = end != std::string_view::npos;
    if (!ok_) return *this;
    out = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return *this;
  }
  [[nodiscard]] bool next_is(char c) const { return ok_ && !rest_.empty() && rest_.front() == c; }
  [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }
  explicit operator bool() const { return ok_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

PriceRaw price_of(std::string_view text) {
  const auto raw = read_fixed(text, 4, false);
  return raw && *raw <= kOne ? static_cast<PriceRaw>(*raw) : kAbsentPrice;
}

/// The frequent frame, exactly as the exchange of the simulation writes it. False: it is another one, or written otherwise.
bool read_plain_changes(std::string_view frame, MarketText& out) {
  if (frame.find('\\') != std::string_view::npos) return false;  // an escape is not for this reader
  Cursor cursor(frame);
  cursor.expect(R"({"market":")").text(out.condition_id).expect(R"(,"price_changes":[)");
  while (cursor) {
    ChangeText change;
    std::string_view price, size, side, bid, ask;
    cursor.expect(R"({"asset_id":")").text(change.token_id).expect(R"(,"price":")").text(price);
    cursor.expect(R"(,"size":")").text(size).expect(R"(,"side":")").text(side);
    cursor.expect(R"(,"hash":")").text(change.hash).expect(R"(,"best_bid":")").text(bid);
    cursor.expect(R"(,"best_ask":")").text(ask).expect("}");
    if (!cursor || (side != "BUY" && side != "SELL")) return false;
    change.side = side == "BUY" ? Side::buy : Side::sell;
    change.price = price_of(price);
    const auto shares = read_fixed(size, 6, false);
    change.size = shares && *shares <= kHugeSize ? *shares : kAbsentSize;
    change.best_bid = price_of(bid);
    change.best_ask = price_of(ask);
    if (!change.token_id.empty() && change.price > 0 && change.price < kOne && change.size >= 0)
      out.changes.push_back(change);
    if (!cursor.next_is(',')) break;
    cursor.expect(",");
  }
  std::string_view ms;
  cursor.expect(R"(],"timestamp":")").text(ms).expect(R"(,"event_type":"price_change"})");
  if (!cursor.at_end()) return false;
  out.kind = MarketKind::change;
  out.ms = read_fixed(ms, 0, true).value_or(0);
  return true;
}

bool read_market(dom::object object, MarketText& out) {
  const auto type = text_at(object, "event_type");
  out.condition_id = text_at(object, "market");
  out.token_id = text_at(object, "asset_id");
  out.ms = fixed_at(object, "timestamp", 0, true).value_or(0);
  if (type == "book") {
    read_book(object, out);
  } else if (type == "price_change" || (type.empty() && object["price_changes"].error() == simdjson::SUCCESS)) {
    read_changes(object, out);
  } else if (type == "last_trade_price") {
    out.kind = MarketKind::trade;
    out.last_trade = text_at(object, "price");
    out.price = price_at(object, "price", true);
    out.size = size_at(object, "size");
  } else if (type == "tick_size_change") {
    out.kind = MarketKind::tick;
    out.tick = price_at(object, "new_tick_size");
  } else if (type == "market_resolved") {
    out.kind = MarketKind::resolved;
    out.winner = text_at(object, "winning_asset_id");
  } else {
    return false;
  }
  return true;
}

bool says_canceled(std::string_view status) {
  if (status.starts_with("ORDER_STATUS_")) status.remove_prefix(13);
  return status.starts_with("CANCEL") || status.starts_with("INVALID");
}

LegStatus leg_status(std::string_view status) {
  if (status.starts_with("TRADE_STATUS_")) status.remove_prefix(13);
  if (same_word(status, "MINED")) return LegStatus::mined;
  if (same_word(status, "CONFIRMED")) return LegStatus::confirmed;
  if (same_word(status, "FAILED")) return LegStatus::failed;
  if (same_word(status, "RETRYING")) return LegStatus::retrying;
  return LegStatus::matched;
}

std::optional<UserOrderText> read_order(dom::object object) {
  UserOrderText out;
  out.id = text_at(object, "id");
  if (out.id.empty()) return std::nullopt;
  const auto type = text_at(object, "type");
  out.kind = same_word(type, "CANCELLATION") ? UserOrderKind::cancellation
             : same_word(type, "UPDATE")     ? UserOrderKind::update
                                             : UserOrderKind::placement;
  out.canceled = out.kind == UserOrderKind::cancellation || says_canceled(text_at(object, "status"));
  out.original = size_at(object, "original_size");
  out.matched = size_at(object, "size_matched");
  return out;
}

std::optional<UserTradeText> read_trade(dom::object object) {
  UserTradeText out;
  out.id = text_at(object, "id");
  out.taker_order_id = text_at(object, "taker_order_id");
  out.token_id = text_at(object, "asset_id");
  out.side = side_at(object, "side").value_or(Side::buy);
  out.price = price_at(object, "price", true);
  out.size = size_at(object, "size");
  out.status = leg_status(text_at(object, "status"));
  if (out.id.empty()) return std::nullopt;
  dom::array makers;
  if (object["maker_orders"].get_array().get(makers) != simdjson::SUCCESS) return out;
  for (const dom::element element : makers) {
    dom::object entry;
    if (element.get_object().get(entry) != simdjson::SUCCESS) continue;
    MakerText maker{text_at(entry, "order_id"), text_at(entry, "asset_id"), price_at(entry, "price", true),
                    size_at(entry, "matched_amount")};
    if (!maker.order_id.empty() && maker.price >= 0 && maker.size > 0) out.makers.push_back(maker);
  }
  return out;
}

}  // namespace

std::optional<std::int64_t> read_fixed(std::string_view text, int decimals, bool round) {
  if (text.empty() || text.size() > 60) return std::nullopt;
  std::int64_t value = 0;
  int fraction = -1;  // digits after the point so far; -1 = before it
  bool any = false;
  bool up = false;
  for (const char c : text) {
    if (c == '.') {
      if (fraction >= 0) return std::nullopt;
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9') return std::nullopt;
    any = true;
    if (fraction >= decimals) {
      if (!round && c != '0') return std::nullopt;
      if (fraction == decimals) up = c >= '5';
      ++fraction;
      continue;
    }
    if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value))
      return std::nullopt;
    if (fraction >= 0) ++fraction;
  }
  if (!any) return std::nullopt;
  for (int i = std::max(fraction, 0); i < decimals; ++i) {
    if (__builtin_mul_overflow(value, 10, &value)) return std::nullopt;
  }
  return up && value < INT64_MAX ? value + 1 : value;
}

class FrameReader::Impl {
 public:
  /// Calls `use` for each object of the frame (one object, or an array of them). False when it is not JSON.
  template <class Use>
  bool each(std::string_view text, Use&& use) {
    if (text.empty() || (text.front() != '{' && text.front() != '[')) return false;
    keep(text);
    dom::element root;
    if (parser_.parse(buffer_.data(), text.size(), false).get(root) != simdjson::SUCCESS) return false;
    dom::object object;
    if (root.get_object().get(object) == simdjson::SUCCESS) {
      use(object);
      return true;
    }
    dom::array array;
    if (root.get_array().get(array) != simdjson::SUCCESS) return false;
    for (const dom::element element : array) {
      if (element.get_object().get(object) == simdjson::SUCCESS) use(object);
    }
    return true;
  }

  /// A copy in the reader's buffer.
  std::string_view keep(std::string_view text) {
    const std::size_t room = text.size() + simdjson::SIMDJSON_PADDING;
    if (buffer_.size() < room) buffer_.resize(room);
    std::memcpy(buffer_.data(), text.data(), text.size());
    return {buffer_.data(), text.size()};
  }

  std::vector<MarketText> events;
  UserFrameText user_frame;

 private:
  dom::parser parser_;
  std::vector<char> buffer_;
};

FrameReader::FrameReader() : impl_(std::make_unique<Impl>()) {}
FrameReader::~FrameReader() = default;
FrameReader::FrameReader(FrameReader&&) noexcept = default;
FrameReader& FrameReader::operator=(FrameReader&&) noexcept = default;

const std::vector<MarketText>& FrameReader::market(std::string_view frame) {
  auto& events = impl_->events;
  if (frame.starts_with(R"({"market":")")) {
    const std::string_view text = impl_->keep(frame);
    events.resize(1);
    events[0].reset();
    if (read_plain_changes(text, events[0])) return events;
  }
  events.clear();
  impl_->each(frame, [&](dom::object object) {
    if (MarketText event; read_market(object, event)) events.push_back(std::move(event));
  });
  return events;
}

const MarketText* FrameReader::rest_book(std::string_view text) {
  auto& events = impl_->events;
  events.clear();
  impl_->each(text, [&](dom::object object) {
    dom::array bids;
    if (object["bids"].get_array().get(bids) != simdjson::SUCCESS || !events.empty()) return;
    MarketText event;
    event.condition_id = text_at(object, "market");
    event.token_id = text_at(object, "asset_id");
    event.ms = fixed_at(object, "timestamp", 0, true).value_or(0);
    read_book(object, event);
    events.push_back(std::move(event));
  });
  return events.empty() ? nullptr : &events.front();
}

const UserFrameText& FrameReader::user(std::string_view frame) {
  auto& out = impl_->user_frame;
  out.orders.clear();
  out.trades.clear();
  out.is_trade.clear();
  impl_->each(frame, [&](dom::object object) {
    const auto type = text_at(object, "event_type");
    if (type == "order") {
      if (auto order = read_order(object)) {
        out.orders.push_back(*order);
        out.is_trade.push_back(false);
      }
    } else if (type == "trade") {
      if (auto trade = read_trade(object)) {
        out.trades.push_back(std::move(*trade));
        out.is_trade.push_back(true);
      }
    }
  });
  return out;
}

}  // namespace ebb::checker
