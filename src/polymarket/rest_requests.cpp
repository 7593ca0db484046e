#include "polymarket/rest_requests.hpp"

#include "crypto/hex.hpp"
#include "polymarket/limits.hpp"

namespace ebb::polymarket {
namespace {

HttpRequest make(HttpMethod method, std::string target) {
  HttpRequest request;
  request.method = method;
  request.target = std::move(target);
  request.headers.reserve(6);  // five of L2 and the content's type
  if (method == HttpMethod::post) request.headers.push_back({"Content-Type", "application/json"});
  return request;
}

HttpRequest with_body(HttpMethod method, std::string target, std::string body) {
  HttpRequest request = make(method, std::move(target));
  if (method != HttpMethod::post) request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::move(body);
  return request;
}

void append_id(std::string& out, const model::OrderId& id) {
  const std::size_t at = out.size() + 2;
  out += "0x";
  out.resize(at + 2 * id.bytes.size());
  crypto::write_hex(out.data() + at, id.bytes);
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

void append_encoded(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

/// Adds name=value to a target; nothing when the value is empty.
void add_query(std::string& target, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  target += target.find('?') == std::string::npos ? '?' : '&';
  target += name;
  target += '=';
  append_encoded(target, value);
}

/// A text that came from configuration or the venue, within quotes.
void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  out += '"';
}

}  // namespace

HttpRequest post_order_request() { return make(HttpMethod::post, "/order"); }
HttpRequest post_orders_request() { return make(HttpMethod::post, "/orders"); }

HttpRequest cancel_request(const model::OrderId& id) {
  std::string body = R"({"orderID":")";
  append_id(body, id);
  body += "\"}";
  return with_body(HttpMethod::del, "/order", std::move(body));
}

HttpRequest cancel_request(std::span<const model::OrderId> ids) {
  std::string body;
  body.reserve(ids.size() * 69 + 2);
  body += '[';
  for (const model::OrderId& id : ids) {
    if (body.size() > 1) body += ',';
    body += '"';
    append_id(body, id);
    body += '"';
  }
  body += ']';
  return with_body(HttpMethod::del, "/orders", std::move(body));
}

HttpRequest cancel_all_request() { return make(HttpMethod::del, "/cancel-all"); }

HttpRequest cancel_market_request(std::string_view condition_id, std::string_view token_id) {
  std::string body = R"({"market":)";
  append_quoted(body, condition_id);
  body += R"(,"asset_id":)";
  append_quoted(body, token_id);
  body += '}';
  return with_body(HttpMethod::del, "/cancel-market-orders", std::move(body));
}

HttpRequest order_request(const model::OrderId& id) {
  std::string target = "/data/order/";
  append_id(target, id);
  return make(HttpMethod::get, std::move(target));
}

HttpRequest open_orders_request(std::string_view cursor) {
  std::string target = "/data/orders";
  add_query(target, "next_cursor", cursor);
  return make(HttpMethod::get, std::move(target));
}

HttpRequest trades_request(std::string_view maker_address, std::int64_t after_unix_seconds, std::string_view cursor) {
  std::string target = "/data/trades";
  add_query(target, "maker_address", maker_address);
  if (after_unix_seconds > 0) add_query(target, "after", std::to_string(after_unix_seconds));
  add_query(target, "next_cursor", cursor);
  return make(HttpMethod::get, std::move(target));
}

std::string_view to_text(AssetType type) {
  switch (type) {
    case AssetType::collateral: return "COLLATERAL";
    case AssetType::conditional: return "CONDITIONAL";
    case AssetType::conditional_v2: return "CONDITIONAL-V2";
  }
  return "COLLATERAL";
}

HttpRequest balance_request(BalanceCall call, AssetType type, std::string_view token_id, SignatureType signature_type) {
  std::string target = call == BalanceCall::update ? "/balance-allowance/update" : "/balance-allowance";
  add_query(target, "asset_type", to_text(type));
  if (type != AssetType::collateral) add_query(target, "token_id", token_id);
  add_query(target, "signature_type", std::to_string(static_cast<int>(signature_type)));
  return make(HttpMethod::get, std::move(target));
}

HttpRequest derive_key_request() { return make(HttpMethod::get, "/auth/derive-api-key"); }
HttpRequest create_key_request() { return make(HttpMethod::post, "/auth/api-key"); }
HttpRequest closed_only_request() { return make(HttpMethod::get, "/auth/ban-status/closed-only"); }

HttpRequest heartbeat_request(std::string_view id) {
  std::string body = R"({"heartbeat_id":)";
  append_quoted(body, id);
  body += '}';
  return with_body(HttpMethod::post, "/v1/heartbeats", std::move(body));
}

HttpRequest geoblock_request() { return make(HttpMethod::get, "/"); }

}  // namespace ebb::polymarket
