#include "polymarket/rest_book.hpp"

#include <algorithm>
#include <cstring>

#include "base/decimal.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::size_t kWords = 120;

/// Ids are decimal digits; anything else in one would change the meaning of the request.
void append_id(std::string& out, std::string_view id) {
  for (const char c : id) {
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_') out += c;
  }
}

HttpRequest json_post(std::string target, std::string body) {
  return {.method = HttpMethod::post,
          .target = std::move(target),
          .headers = {{"Content-Type", "application/json"}},
          .body = std::move(body)};
}

Expected<void> check_answer(const HttpResponse& response, JsonTree& tree, const std::string& prefix) {
  if (response.status < 200 || response.status > 299) {
    return fail(prefix + ".status", "HTTP " + std::to_string(response.status) + ": " + error_words(response.body));
  }
  if (!tree.parse(response.body)) {
    return fail(prefix + ".not_json", "the answer is not JSON: " + error_words(response.body),
                "a page instead of data: a proxy, a block or a wrong address");
  }
  return {};
}

/// A price as text or number, rounded to the grid; kNoPrice for anything else.
Price price_of(const JsonNode& node) {
  const std::string_view text = plain_text(node);
  const auto raw = text.empty() ? std::nullopt : parse_scaled_rounded(text, 4);
  return raw && *raw <= kPriceScale ? Price(static_cast<std::int32_t>(*raw)) : model::kNoPrice;
}

}  // namespace

HttpRequest book_request(std::string_view token_id) {
  HttpRequest request{.target = "/book?token_id="};
  append_id(request.target, token_id);
  return request;
}

HttpRequest books_request(std::span<const std::string_view> token_ids) {
  std::string body = "[";
  for (const std::string_view id : token_ids) {
    body += body.size() > 1 ? ",{\"token_id\":\"" : "{\"token_id\":\"";
    append_id(body, id);
    body += "\"}";
  }
  return json_post("/books", body + ']');
}

HttpRequest prices_request(std::span<const std::string_view> token_ids) {
  std::string body = "[";
  for (const std::string_view id : token_ids) {
    for (const model::Side side : {model::Side::buy, model::Side::sell}) {
      body += body.size() > 1 ? ",{\"token_id\":\"" : "{\"token_id\":\"";
      append_id(body, id);
      body += "\",\"side\":\"";
      body += model::to_text(side);
      body += "\"}";
    }
  }
  return json_post("/prices", body + ']');
}

HttpRequest price_request(std::string_view token_id, model::Side side) {
  HttpRequest request{.target = "/price?token_id="};
  append_id(request.target, token_id);
  request.target += "&side=";
  request.target += model::to_text(side);
  return request;
}

model::Quote RestBook::quote() const {
  model::Quote quote;
  if (!bids.empty()) {
    quote.bid = bids.back().price;
    quote.bid_size = bids.back().size;
  }
  if (!asks.empty()) {
    quote.ask = asks.back().price;
    quote.ask_size = asks.back().size;
  }
  return quote;
}

std::string error_words(std::string_view body) {
  JsonTree tree;
  std::string_view words;
  if (tree.parse(body)) {
    for (const std::string_view key : {"error", "errorMsg", "error_msg", "message"}) {
      if (words.empty()) words = plain_text(tree.member(0, key));
    }
  }
  if (words.empty()) words = body;
  std::string out(words.substr(0, kWords));
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
  }
  return out.empty() ? "(no body)" : out;
}

void split_objects(std::string_view text, std::vector<std::string_view>& objects) {
  objects.clear();
  int depth = 0;
  bool in_string = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{') {
      if (depth++ == 0) start = i;
    } else if (c == '}') {
      if (--depth == 0) objects.push_back(text.substr(start, i + 1 - start));
    }
  }
}

Expected<void> RestBookReader::read(const HttpResponse& response, std::vector<RestBook>& books) {
  books.clear();
  if (response.status < 200 || response.status > 299) {
    return fail("book.status", "HTTP " + std::to_string(response.status) + ": " + error_words(response.body));
  }
  return read_body(response.body, books);
}

Expected<void> RestBookReader::read_body(std::string_view body, std::vector<RestBook>& books) {
  books.clear();
  // The decoder checks every byte; a book without an event_type is one of its shapes.
  const std::uint64_t unreadable = decoder_.stats().non_json;
  decoder_.decode(body, frame_);
  if (decoder_.stats().non_json != unreadable || (frame_.events.empty() && frame_.malformed > 0)) {
    return fail("book.not_json", "no book in the answer: " + error_words(body),
                "a page instead of data: a proxy, a block or a wrong address");
  }
  malformed_ += frame_.malformed;
  split_objects(body, objects_);
  if (frame_.events.empty() && !objects_.empty()) {
    return fail("book.shape", "no book in the answer: " + error_words(body));
  }
  std::size_t at = 0;
  for (const model::MarketEvent& event : frame_.events) {
    if (event.kind != model::MarketEventKind::book) continue;
    // Objects and events are in the same order; objects without an event are passed over.
    const char* id = event.asset_id.data();
    while (at < objects_.size() && !(id >= objects_[at].data() && id < objects_[at].data() + objects_[at].size())) ++at;
    if (at == objects_.size()) break;
    books.push_back({.text = objects_[at],
                     .asset_id = event.asset_id,
                     .timestamp_ms = event.timestamp_ms,
                     .bids = frame_.bids(event),
                     .asks = frame_.asks(event)});
  }
  return {};
}

namespace {

/// Walks over one JSON text and jumps over what it need not see.
class Glance {
 public:
  explicit Glance(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t' || *at_ == ',')) ++at_;
  }
  [[nodiscard]] bool done() {
    skip_blanks();
    return at_ == end_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] const char* at() const { return at_; }
  /// A string without escapes.
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const void* quote = std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_));
    if (quote == nullptr) return false;
    out = {at_, static_cast<const char*>(quote)};
    at_ = static_cast<const char*>(quote) + 1;
    return out.find('\\') == std::string_view::npos;
  }
  /// A value: levels (a list without lists in it), a string, or a bare word.
  bool value(std::string_view& out) {
    skip_blanks();
    if (at_ == end_) return false;
    if (*at_ == '"') return string(out);
    const char* start = at_;
    if (*at_ == '[') {
      const void* close = std::memchr(at_, ']', static_cast<std::size_t>(end_ - at_));
      if (close == nullptr) return false;
      at_ = static_cast<const char*>(close) + 1;
    } else {
      while (at_ != end_ && *at_ != ',' && *at_ != '}' && *at_ != '{') ++at_;
    }
    out = {start, at_};
    return at_ != end_ && *at_ != '{';
  }

 private:
  const char* at_;
  const char* end_;
};

bool glance_at_book(Glance& glance, RestBookHead& head) {
  glance.skip_blanks();
  const char* start = glance.at();
  if (!glance.take('{')) return false;
  bool bids = false;
  std::string_view key, value;
  while (!glance.take('}')) {
    if (!glance.string(key) || !glance.take(':') || !glance.value(value)) return false;
    if (key == "asset_id") head.asset_id = value;
    if (key == "timestamp") head.timestamp_ms = parse_exchange_ms(value);
    if (key == "bids") bids = true;
  }
  head.text = {start, glance.at()};
  return bids && !head.asset_id.empty();
}

}  // namespace

bool glance_at_books(std::string_view body, std::vector<RestBookHead>& heads) {
  heads.clear();
  Glance glance(body);
  const bool list = glance.take('[');
  while (!(list && glance.take(']'))) {
    RestBookHead head;
    if (!glance_at_book(glance, head)) return false;
    heads.push_back(head);
    if (!list) break;
  }
  return glance.done();
}

Expected<std::vector<TokenPrices>> read_prices(const HttpResponse& response, JsonTree& tree) {
  TRY_VOID(check_answer(response, tree, "price"));
  if (tree[0].kind != JsonKind::object || tree.find(0, "error") != 0) {
    return fail("price.shape", "no map of tokens: " + error_words(response.body));
  }
  std::vector<TokenPrices> prices;
  for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) {
    if (tree[i].kind != JsonKind::object) continue;
    prices.push_back(
        {.asset_id = tree[i].key, .bid = price_of(tree.member(i, "BUY")), .ask = price_of(tree.member(i, "SELL"))});
  }
  return prices;
}

Expected<Price> read_price(const HttpResponse& response, JsonTree& tree) {
  TRY_VOID(check_answer(response, tree, "price"));
  const Price price = price_of(tree.member(0, "price"));
  if (price == model::kNoPrice) return fail("price.shape", "no price in the answer: " + error_words(response.body));
  return price;
}

Expected<Price> read_midpoint(const HttpResponse& response, JsonTree& tree) {
  TRY_VOID(check_answer(response, tree, "price"));
  for (const std::string_view key : {"mid_price", "mid"}) {
    const Price price = price_of(tree.member(0, key));
    if (price != model::kNoPrice) return price;
  }
  return fail("price.shape", "no midpoint in the answer: " + error_words(response.body));
}

}  // namespace ebb::polymarket
