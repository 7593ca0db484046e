// The venue's own hash of a book (protocol 2.4): SHA-1 over a compact JSON text with fixed key order.
//
// The hash of a price_change entry is that of the token's book after the change, at the message's timestamp, with the
// latest trade price: the integrity check of a book that was rebuilt from changes. A text of 64 levels a side costs
// several microseconds: never on the decision path (rules 1.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.hpp"
#include "crypto/hash.hpp"
#include "model/market_data.hpp"

namespace ebb::polymarket {

inline constexpr int kLastTradeDecimals = 3;

/// What the hash covers beside the levels.
struct BookHashFields {
  std::string_view market;                      ///< condition id
  std::string_view asset_id;
  std::int64_t timestamp_ms = 0;                ///< of the message; 0 is spelled ""
  Shares min_order_size{5 * kShareScale};
  Price tick{100};
  bool neg_risk = false;
  Price last_trade = model::kNoPrice;           ///< kNoPrice is spelled "": nothing was traded yet
  /// Decimals of last_trade at least: the venue writes "0.500" in every recorded book, whatever the tick, unlike all
  /// other decimals. Its clients' test vectors write "0.5".
  int last_trade_decimals = kLastTradeDecimals;
};

/// Spells a last trade price as the venue does in `book`: "0.500", "0.4825"; "" for kNoPrice. Writes at most 8 bytes.
char* write_last_trade(char* out, Price price, int decimals = kLastTradeDecimals);

/// Writes the text into a buffer that it keeps, so that a warm one allocates nothing. Not thread-safe.
class BookHasher {
 public:
  /// The hash of this book. Prices and sizes are spelled as the venue does: no trailing zeros.
  [[nodiscard]] crypto::Sha1Digest hash(const model::BookView& book, const BookHashFields& fields);
  /// The text of the last hash.
  [[nodiscard]] std::string_view text() const { return {buffer_.data(), size_}; }

 private:
  std::string buffer_;
  std::size_t size_ = 0;
};

/// 40 hex digits as they stand in a message; nullopt for anything else.
[[nodiscard]] std::optional<crypto::Sha1Digest> parse_book_hash(std::string_view text);

}  // namespace ebb::polymarket
