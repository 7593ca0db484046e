#include "model/ids.hpp"

#include <algorithm>

namespace ebb::model {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_text(const OrderId& id) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text = "0x";
  text.reserve(66);
  for (const std::uint8_t byte : id.bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

std::optional<OrderId> parse_order_id(std::string_view text) {
  if (text.size() != 66 || text[0] != '0' || text[1] != 'x') return std::nullopt;
  OrderId id;
  for (std::size_t i = 0; i < 32; ++i) {
    const int high = hex_value(text[2 + 2 * i]);
    const int low = hex_value(text[3 + 2 * i]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return id;
}

std::optional<TradeId> make_trade_id(std::string_view text) {
  TradeId id;
  if (text.empty() || text.size() > id.text.size()) return std::nullopt;
  std::copy(text.begin(), text.end(), id.text.begin());
  id.size = static_cast<std::uint8_t>(text.size());
  return id;
}

}  // namespace ebb::model
