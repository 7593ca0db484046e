#include "polymarket/user_decoder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/decimal.hpp"
#include "polymarket/market_decoder.hpp"

namespace ebb::polymarket {
namespace {

using model::UserOrder;
using model::UserOrderType;
using model::UserTrade;

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool equals_any_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return upper(x) == upper(y); });
}
bool starts_any_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && equals_any_case(text.substr(0, start.size()), start);
}
std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  return starts_any_case(text, prefix) ? text.substr(prefix.size()) : text;
}

std::optional<UserOrderType> order_type_of(std::string_view text) {
  if (equals_any_case(text, "PLACEMENT")) return UserOrderType::placement;
  if (equals_any_case(text, "UPDATE")) return UserOrderType::update;
  if (equals_any_case(text, "CANCELLATION")) return UserOrderType::cancellation;
  return std::nullopt;
}

/// CANCELED, CANCELED_MARKET_RESOLVED, "CANCELED_order couldn't ...", INVALID: nothing of the order rests any more.
bool says_canceled(std::string_view status) {
  status = without_prefix(status, "ORDER_STATUS_");
  return starts_any_case(status, "CANCELED") || starts_any_case(status, "INVALID");
}

std::optional<model::TradeStatus> trade_status_of(std::string_view text) {
  text = without_prefix(text, "TRADE_STATUS_");
  if (equals_any_case(text, "MATCHED") || equals_any_case(text, "MATCHED_NOT_BROADCASTED"))
    return model::TradeStatus::matched;
  if (equals_any_case(text, "MINED")) return model::TradeStatus::mined;
  if (equals_any_case(text, "CONFIRMED")) return model::TradeStatus::confirmed;
  if (equals_any_case(text, "RETRYING")) return model::TradeStatus::retrying;
  if (equals_any_case(text, "FAILED")) return model::TradeStatus::failed;
  return std::nullopt;
}

/// A size that may be left out (then 0). False = there is one, and it is no size.
bool optional_size(std::string_view text, Shares& out) {
  if (text.empty()) return true;
  const auto raw = parse_scaled_rounded(text, 6);
  if (!raw || *raw > kMaxShares.raw()) return false;
  out = Shares(*raw);
  return true;
}

/// A price that may be left out (then 0), rounded to the grid: averages lie on none.
bool optional_price(std::string_view text, Price& out) {
  if (text.empty()) return true;
  const auto raw = parse_scaled_rounded(text, 4);
  if (!raw || *raw > kPriceScale) return false;
  out = Price(static_cast<std::int32_t>(*raw));
  return true;
}

}  // namespace

void UserFrameContent::clear() {
  orders.clear();
  trades.clear();
  non_json = malformed = unknown_types = unknown_tokens = not_ours = 0;
}

UserDecoder::UserDecoder(const model::MarketTable& markets, UserIdentity identity)
    : markets_(markets), identity_(std::move(identity)) {}

std::string_view UserDecoder::text(std::uint32_t object, std::string_view key) const {
  return plain_text(tree_.member(object, key));
}

void UserDecoder::decode(std::string_view frame, UserFrameContent& out) {
  out.clear();
  const std::size_t start = frame.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (frame[start] != '{' && frame[start] != '[')) {
    out.non_json = 1;
    return;
  }
  if (!tree_.parse(frame)) {
    out.malformed = 1;
    return;
  }
  if (tree_[0].kind == JsonKind::object) return read_event(0, out);
  for (std::uint32_t i = 1; i < tree_[0].end; i = tree_[i].end) {
    if (tree_[i].kind == JsonKind::object) {
      read_event(i, out);
    } else {
      ++out.malformed;
    }
  }
}

bool UserDecoder::decode_trades_page(std::string_view body, UserFrameContent& out, std::string& next) {
  out.clear();
  next.clear();
  if (!tree_.parse(body)) return false;
  const std::uint32_t data = tree_.find(0, "data");
  const std::uint32_t cursor = tree_.find(0, "next_cursor");
  if (data == 0 || tree_[data].kind != JsonKind::array || cursor == 0) return false;
  if (!is_blank(tree_[cursor])) {
    next = plain_text(tree_[cursor]);
    if (next.empty()) return false;
    if (next == "LTE=") next.clear();
  }
  for (std::uint32_t i = data + 1; i < tree_[data].end; i = tree_[i].end) {
    if (tree_[i].kind == JsonKind::object) {
      read_trade(i, out);
    } else {
      ++out.malformed;
    }
  }
  return true;
}

void UserDecoder::read_event(std::uint32_t object, UserFrameContent& out) const {
  std::string_view type = text(object, "event_type");
  if (type.empty() && tree_.find(object, "taker_order_id") != 0) type = "trade";
  if (type.empty() && tree_.find(object, "original_size") != 0) type = "order";
  if (equals_any_case(type, "order")) {
    read_order(object, out);
  } else if (equals_any_case(type, "trade")) {
    read_trade(object, out);
  } else {
    ++out.unknown_types;
  }
}

void UserDecoder::read_order(std::uint32_t object, UserFrameContent& out) const {
  UserOrder order;
  const auto id = model::parse_order_id(text(object, "id"));
  const auto type = order_type_of(text(object, "type"));
  if (!id || !type || !parse_side(text(object, "side"), order.side) ||
      !optional_price(text(object, "price"), order.price) ||
      !optional_size(text(object, "original_size"), order.original_size) ||
      !optional_size(text(object, "size_matched"), order.size_matched)) {
    ++out.malformed;
    return;
  }
  order.id = *id;
  order.type = *type;
  order.token = markets_.find_token(text(object, "asset_id"));
  if (!order.token.valid()) {
    ++out.unknown_tokens;
    return;
  }
  // A FAK or FOK BUY is signed for dollars, and its original_size says dollars (protocol section 3).
  const std::string_view order_type = text(object, "order_type");
  const bool for_dollars = equals_any_case(order_type, "FAK") || equals_any_case(order_type, "FOK");
  if (for_dollars && order.side == model::Side::buy && order.price.raw() > 0) {
    const __int128 scaled = static_cast<__int128>(order.original_size.raw()) * kPriceScale;
    order.original_size =
        std::min(kMaxShares,
                 Shares(static_cast<std::int64_t>(std::min<__int128>(scaled / order.price.raw(), kMaxShares.raw()))));
  }
  const std::string_view status = tree_.member(object, "status").text;
  order.canceled = order.type == UserOrderType::cancellation || says_canceled(status);
  order.invalid = starts_any_case(without_prefix(status, "ORDER_STATUS_"), "INVALID");
  std::int64_t ms = parse_exchange_ms(text(object, "timestamp"));
  if (ms == 0) ms = parse_exchange_ms(text(object, "created_at"));
  order.time = from_ms(ms);
  out.orders.push_back(order);
}

bool UserDecoder::is_ours(std::uint32_t object) const {
  const std::string_view owner = text(object, "owner");
  const std::string_view address = text(object, "maker_address");
  return (!owner.empty() && owner == identity_.owner) ||
         (!address.empty() && equals_any_case(address, identity_.maker_address));
}

/// One leg: the trade's top level (we are the taker) or an entry of maker_orders.
void UserDecoder::read_leg(std::uint32_t leg, std::uint32_t trade, UserTrade base, UserFrameContent& out) const {
  const bool maker = leg != trade;
  const auto order = model::parse_order_id(text(leg, maker ? "order_id" : "taker_order_id"));
  const std::string_view size = text(leg, maker ? "matched_amount" : "size");
  const std::string_view asset = text(leg, "asset_id");
  const std::string_view price = text(leg, "price");
  bool good =
      order && !size.empty() && optional_size(size, base.size) && !price.empty() && optional_price(price, base.price);
  if (!parse_side(text(leg, "side"), base.side)) {
    // Old entries have no side: on the taker's asset we took the other one, across mint and merge the same.
    model::Side taker = model::Side::buy;
    good = good && maker && parse_side(text(trade, "side"), taker);
    base.side = asset == text(trade, "asset_id") ? model::opposite(taker) : taker;
  }
  if (!good) {
    ++out.malformed;
    return;
  }
  base.order = *order;
  base.maker = maker;
  base.token = markets_.find_token(asset);
  if (!base.token.valid()) {
    ++out.unknown_tokens;
    return;
  }
  out.trades.push_back(base);
}

void UserDecoder::read_trade(std::uint32_t object, UserFrameContent& out) const {
  UserTrade base;
  const auto id = model::make_trade_id(text(object, "id"));
  const auto status = trade_status_of(text(object, "status"));
  if (!id || !status) {
    ++out.malformed;
    return;
  }
  base.trade = *id;
  base.status = *status;
  std::int64_t ms = 0;
  for (const std::string_view key : {"match_time", "matchtime", "timestamp", "last_update"}) {
    if (ms == 0) ms = parse_exchange_ms(text(object, key));
  }
  base.time = from_ms(ms);
  const std::string_view trader_side = text(object, "trader_side");
  const bool told_maker = equals_any_case(trader_side, "MAKER");
  bool found = false;
  if (const std::uint32_t makers = tree_.find(object, "maker_orders");
      makers != 0 && tree_[makers].kind == JsonKind::array) {
    for (std::uint32_t i = makers + 1; i < tree_[makers].end; i = tree_[i].end) {
      if (!is_ours(i)) continue;
      found = true;
      read_leg(i, object, base, out);
    }
  }
  // The top level is the taker's. On trades that we made its maker_address may still be ours, so trader_side decides.
  const bool told_taker = equals_any_case(trader_side, "TAKER");
  if (told_taker || (!told_maker && !found && is_ours(object))) {
    found = true;
    read_leg(object, object, base, out);
  }
  if (!found) ++out.not_ours;
}

}  // namespace ebb::polymarket
