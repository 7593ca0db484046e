#include "polymarket/book_hash.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <span>

#include "base/decimal.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::size_t kLevelBytes = 80;   // longest text of a level
constexpr std::size_t kFrameBytes = 400;  // keys and decimals beside levels and ids

char* put(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_levels(char* out, std::span<const std::uint16_t> prices, std::span<const std::int64_t> sizes) {
  for (std::size_t i = 0; i < prices.size(); ++i) {
    if (i != 0) *out++ = ',';
    out = write_scaled(put(out, "{\"price\":\""), prices[i], 4);
    out = write_scaled(put(out, "\",\"size\":\""), sizes[i], 6);
    out = put(out, "\"}");
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

char* write_last_trade(char* out, Price price, int decimals) {
  if (price == model::kNoPrice) return out;
  const char* const start = out;
  out = write_scaled(out, price.raw(), 4);
  const char* const point = std::find(start, static_cast<const char*>(out), '.');
  int written = point == out ? 0 : static_cast<int>(out - point) - 1;
  if (written == 0 && decimals > 0) *out++ = '.';
  for (; written < decimals; ++written) *out++ = '0';
  return out;
}

crypto::Sha1Digest BookHasher::hash(const model::BookView& book, const BookHashFields& fields) {
  const std::size_t levels = book.bid_prices.size() + book.ask_prices.size();
  const std::size_t needed = levels * kLevelBytes + kFrameBytes + fields.market.size() + fields.asset_id.size();
  if (buffer_.size() < needed) buffer_.resize(needed);
  char* out = buffer_.data();
  out = put(put(out, "{\"market\":\""), fields.market);
  out = put(put(out, "\",\"asset_id\":\""), fields.asset_id);
  out = put(out, "\",\"timestamp\":\"");
  if (fields.timestamp_ms != 0) out = std::to_chars(out, out + 20, fields.timestamp_ms).ptr;
  out = put_levels(put(out, "\",\"hash\":\"\",\"bids\":["), book.bid_prices, book.bid_sizes);
  out = put_levels(put(out, "],\"asks\":["), book.ask_prices, book.ask_sizes);
  out = write_scaled(put(out, "],\"min_order_size\":\""), fields.min_order_size.raw(), 6);
  out = write_scaled(put(out, "\",\"tick_size\":\""), fields.tick.raw(), 4);
  out = put(put(out, "\",\"neg_risk\":"), fields.neg_risk ? "true" : "false");
  out = put(out, ",\"last_trade_price\":\"");
  out = write_last_trade(out, fields.last_trade, fields.last_trade_decimals);
  out = put(out, "\"}");
  size_ = static_cast<std::size_t>(out - buffer_.data());
  return crypto::sha1(crypto::bytes_of(text()));
}

std::optional<crypto::Sha1Digest> parse_book_hash(std::string_view text) {
  crypto::Sha1Digest digest;
  if (text.size() != 2 * digest.size()) return std::nullopt;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return digest;
}

}  // namespace ebb::polymarket
