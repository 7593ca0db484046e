#include "polymarket/data_api.hpp"

#include <optional>
#include <utility>

#include "polymarket/gamma.hpp"
#include "polymarket/json_number.hpp"
#include "polymarket/json_text.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/market_decoder.hpp"
#include "polymarket/rest_book.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::int32_t kUnknownOutcome = 999;

HttpRequest wallet_request(std::string_view path, std::string_view wallet, std::string_view cursor) {
  HttpRequest request{.target = std::string(path) + "?user="};
  append_query_value(request.target, wallet);
  if (!cursor.empty()) {
    request.target += "&cursor=";
    append_query_value(request.target, cursor);
  }
  return request;
}

std::unexpected<Error> status_error(const HttpResponse& response) {
  JsonTree tree;
  std::string message = "HTTP " + std::to_string(response.status) + ": " + error_words(response.body);
  std::string hint;
  if (tree.parse(response.body)) {
    const std::string code = string_value(tree.member(0, "code"));
    const std::string parameter = string_value(tree.member(0, "parameter"));
    if (!code.empty())
      message += " (" + code.substr(0, 60) + (parameter.empty() ? "" : ", " + parameter.substr(0, 60)) + ")";
    const JsonNode& retryable = tree.member(0, "retryable");
    if (retryable.kind == JsonKind::boolean) {
      hint = retryable.text == "true" ? "the venue says: try again" : "the venue says: trying again will not help";
    }
  }
  return fail("data.status", std::move(message), std::move(hint));
}

/// Opens the envelope: the index of the `data` array, and the paging.
template <class Row>
Expected<std::uint32_t> open_page(const HttpResponse& response, JsonTree& tree, DataPage<Row>& page) {
  if (response.status < 200 || response.status > 299) return status_error(response);
  if (!tree.parse(response.body)) {
    return fail("data.not_json", "the answer is not JSON: " + error_words(response.body),
                "a page instead of data: a proxy, a block or a wrong address");
  }
  const std::uint32_t data = tree.find(0, "data");
  const std::uint32_t paging = tree.find(0, "pagination");
  if (data == 0 || tree[data].kind != JsonKind::array || paging == 0 || tree[paging].kind != JsonKind::object) {
    return fail("data.shape", "no data and pagination in the answer: " + error_words(response.body));
  }
  const JsonNode& more = tree.member(paging, "has_more");
  if (more.kind != JsonKind::boolean) return fail("data.shape", "the page does not say whether more follows");
  page.has_more = more.text == "true";
  page.next_cursor = string_value(tree.member(paging, "next_cursor"));
  if (page.has_more && page.next_cursor.empty()) {
    return fail("data.shape", "the page says that more follows and gives no cursor");
  }
  return data;
}

std::optional<std::int64_t> number(const JsonTree& tree, std::uint32_t row, std::string_view key, int decimals) {
  const std::string_view text = plain_text(tree.member(row, key));
  return text.empty() ? std::nullopt : parse_number_scaled(text, decimals);
}

std::optional<Shares> size_of(const JsonTree& tree, std::uint32_t row, std::string_view key) {
  const auto raw = number(tree, row, key, 6);
  if (!raw || *raw < 0 || *raw > kMaxShares.raw()) return std::nullopt;
  return Shares(*raw);
}

/// A price of doubles, on no grid; -1 when it is missing or none.
Price price_of(const JsonTree& tree, std::uint32_t row, std::string_view key) {
  const auto raw = number(tree, row, key, 4);
  return raw && *raw >= 0 && *raw <= kPriceScale ? Price(static_cast<std::int32_t>(*raw)) : Price(-1);
}

bool is_token_id(std::string_view text) {
  return !text.empty() && text.size() <= 78 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string condition_of(const JsonTree& tree, std::uint32_t row) {
  auto condition = padded_condition(plain_text(tree.member(row, "condition_id")));
  return condition ? std::move(*condition) : std::string();
}

bool is_true(const JsonTree& tree, std::uint32_t row, std::string_view key) {
  const JsonNode& node = tree.member(row, key);
  return node.kind == JsonKind::boolean && node.text == "true";
}

bool read_position(const JsonTree& tree, std::uint32_t row, ApiPosition& out) {
  const std::string_view token = plain_text(tree.member(row, "token_id"));
  const auto size = size_of(tree, row, "current_size");
  if (!is_token_id(token) || !size) return false;
  out.token_id = std::string(token);
  out.size = *size;
  out.condition_id = condition_of(tree, row);
  out.average = price_of(tree, row, "avg_price");
  out.status = string_value(tree.member(row, "status"));
  out.redeemable = is_true(tree, row, "redeemable");
  out.mergeable = is_true(tree, row, "mergeable");
  out.negative_risk = is_true(tree, row, "negative_risk");
  return true;
}

bool read_row(const JsonTree& tree, std::uint32_t row, ApiActivity& out) {
  const JsonNode& type = tree.member(row, "type");
  out.type = type.kind == JsonKind::absent ? "TRADE" : string_value(type);
  const auto size = size_of(tree, row, "size");
  const std::int64_t ms = parse_exchange_ms(plain_text(tree.member(row, "timestamp")));
  if (out.type.empty() || !size || ms == 0) return false;
  out.size = *size;
  out.time = from_ms(ms);
  out.condition_id = condition_of(tree, row);
  out.price = price_of(tree, row, "price");
  out.transaction_hash = string_value(tree.member(row, "transaction_hash"));
  const auto outcome = number(tree, row, "outcome_index", 0);
  out.outcome_index =
      outcome && *outcome >= 0 && *outcome < kUnknownOutcome ? static_cast<std::int32_t>(*outcome) : kUnknownOutcome;
  const std::string_view token = plain_text(tree.member(row, "token_id"));
  out.token_id = is_token_id(token) ? std::string(token) : std::string();
  if (out.type != "TRADE") return true;
  return !out.token_id.empty() && parse_side(plain_text(tree.member(row, "side")), out.side);
}

bool read_resolution(const JsonTree& tree, std::uint32_t row, ApiResolution& out) {
  out.condition_id = condition_of(tree, row);
  const std::uint32_t payouts = tree.find(row, "payouts");
  if (out.condition_id.empty() || payouts == 0 || tree[payouts].kind != JsonKind::array) return false;
  std::size_t count = 0;
  for (std::uint32_t i = payouts + 1; i < tree[payouts].end; i = tree[i].end, ++count) {
    const auto micros = parse_number_scaled(plain_text(tree[i]), 0);
    if (count >= out.payouts.size() || !micros || *micros < 0 || *micros > kUsdcScale) return false;
    out.payouts[count] = *micros;
  }
  return count == out.payouts.size() && out.payouts[0] + out.payouts[1] == kUsdcScale;
}

template <class Row, class Read>
Expected<DataPage<Row>> read_page(const HttpResponse& response, Read read) {
  JsonTree tree;
  DataPage<Row> page;
  TRY(data, open_page(response, tree, page));
  for (std::uint32_t i = data + 1; i < tree[data].end; i = tree[i].end) {
    Row row;
    if (read(tree, i, row)) {
      page.rows.push_back(std::move(row));
    } else {
      ++page.malformed;
    }
  }
  return page;
}

}  // namespace

HttpRequest positions_request(std::string_view wallet, std::string_view condition, std::string_view cursor) {
  HttpRequest request = wallet_request("/v2/positions", wallet, cursor);
  request.target += "&filter_type=TOKENS&filter_amount=0";
  if (!condition.empty()) {
    request.target += "&condition=";
    append_query_value(request.target, condition);
  }
  return request;
}

HttpRequest activity_request(std::string_view wallet, std::string_view cursor) {
  return wallet_request("/v2/activity", wallet, cursor);
}

HttpRequest resolutions_request(std::string_view condition) {
  HttpRequest request;
  request.target = "/v2/resolutions?condition=";
  append_query_value(request.target, condition);
  return request;
}

HttpRequest data_trades_request(std::string_view wallet, std::string_view cursor) {
  return wallet_request("/v2/trades", wallet, cursor);
}

Expected<DataPage<ApiPosition>> read_positions(const HttpResponse& response) {
  return read_page<ApiPosition>(response, read_position);
}

Expected<DataPage<ApiActivity>> read_activity(const HttpResponse& response) {
  return read_page<ApiActivity>(response, read_row);
}

Expected<DataPage<ApiResolution>> read_resolutions(const HttpResponse& response) {
  return read_page<ApiResolution>(response, read_resolution);
}

}  // namespace ebb::polymarket
