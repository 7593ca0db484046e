// REST books and prices (protocol 1.3): requests, and answers read defensively. An error, an HTML page or a wrong shape is
// an Error, never an empty book.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/http_message.hpp"
#include "model/market_data.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/market_decoder.hpp"

namespace ebb::polymarket {

/// Most tokens in one POST /books (protocol 1.3).
inline constexpr std::size_t kMaxBooksPerRequest = 500;

[[nodiscard]] HttpRequest book_request(std::string_view token_id);
/// At most kMaxBooksPerRequest tokens.
[[nodiscard]] HttpRequest books_request(std::span<const std::string_view> token_ids);
/// Both sides of each token: POST /prices.
[[nodiscard]] HttpRequest prices_request(std::span<const std::string_view> token_ids);
/// BUY asks for the best bid, SELL for the best ask (protocol 1.3).
[[nodiscard]] HttpRequest price_request(std::string_view token_id, model::Side side);

/// One book of an answer. Texts and spans point into the answer and the reader: valid until its next call.
struct RestBook {
  std::string_view text;  ///< the book's own JSON object, as a BookAnswer carries it
  std::string_view asset_id;
  std::int64_t timestamp_ms = 0;
  std::span<const model::Level> bids;  ///< best last
  std::span<const model::Level> asks;  ///< best last
  [[nodiscard]] model::Quote quote() const;
};

/// Reads the answers of GET /book and POST /books. Keeps its buffers. Not thread-safe.
class RestBookReader {
 public:
  /// `books` gets what the answer holds; a broken book among good ones is left out and counted. Errors: `book.status`
  /// (the HTTP status and the venue's words), `book.not_json`, `book.shape` (JSON, but no book in it where one was due).
  Expected<void> read(const HttpResponse& response, std::vector<RestBook>& books);
  /// The same for a body, or for the text of one book in it.
  Expected<void> read_body(std::string_view body, std::vector<RestBook>& books);
  [[nodiscard]] std::uint64_t malformed() const { return malformed_; }

 private:
  MarketDecoder decoder_;
  model::DecodedFrame frame_;
  std::vector<std::string_view> objects_;
  std::uint64_t malformed_ = 0;
};

/// One book as a glance tells it: its levels are skipped, not read.
struct RestBookHead {
  std::string_view text;
  std::string_view asset_id;
  std::int64_t timestamp_ms = 0;
};
/// Heads of an answer's books at a small part of the price of reading them; for samples, most of which say nothing new.
/// False when the body is no list of books as the venue writes them: then it has to be read. Validates nothing else.
[[nodiscard]] bool glance_at_books(std::string_view body, std::vector<RestBookHead>& heads);

/// Both touches of one token as /prices tells them. kNoPrice = the answer has none for that side.
struct TokenPrices {
  std::string_view asset_id;
  Price bid = model::kNoPrice;
  Price ask = model::kNoPrice;
};
/// The map of POST /prices, values as text or number. `tree` holds the parsed answer. Errors: as above, `price.`.
Expected<std::vector<TokenPrices>> read_prices(const HttpResponse& response, JsonTree& tree);
/// GET /price: `{"price":0.45}`, number or text. Errors: `price.status`, `price.not_json`, `price.shape`.
Expected<Price> read_price(const HttpResponse& response, JsonTree& tree);
/// GET /midpoint, both spellings of the key. Rounded half up to the 1e-4 grid.
Expected<Price> read_midpoint(const HttpResponse& response, JsonTree& tree);

/// The venue's words in an error body (`error`, `errorMsg`, `error_msg`, `message`), or the first characters of what came
/// instead, printable and at most 120 bytes: an HTML page is recognisable in a message. Never used where bodies hold secrets.
[[nodiscard]] std::string error_words(std::string_view body);

/// The members of a JSON array of objects as slices of `text`; one object gives itself. Whoever calls has parsed the text.
void split_objects(std::string_view text, std::vector<std::string_view>& objects);

}  // namespace ebb::polymarket
