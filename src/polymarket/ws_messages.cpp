#include "polymarket/ws_messages.hpp"

namespace ebb::polymarket {
namespace {

/// Ids and keys come from configuration and answers: whatever they hold, the message stays JSON.
void append_string(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_list(std::string& out, std::string_view key, std::span<const std::string_view> values) {
  std::size_t bytes = key.size() + 6;
  for (const std::string_view value : values) bytes += value.size() + 3;
  out.reserve(out.size() + bytes + 64);
  out += '"';
  out += key;
  out += "\":[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) out += ',';
    append_string(out, values[i]);
  }
  out += ']';
}

std::string operation(std::string_view what, std::string_view key, std::span<const std::string_view> values) {
  std::string out = "{\"operation\":\"";
  out += what;
  out += "\",";
  append_list(out, key, values);
  return out;
}

}  // namespace

std::string market_hello(std::span<const std::string_view> assets, CustomFeatures features) {
  std::string out = "{";
  append_list(out, "assets_ids", assets);
  out += ",\"type\":\"market\",\"initial_dump\":true";
  if (features == CustomFeatures::on) out += ",\"custom_feature_enabled\":true";
  out += '}';
  return out;
}

std::string market_subscribe(std::span<const std::string_view> assets, CustomFeatures features) {
  std::string out = operation("subscribe", "assets_ids", assets);
  if (features == CustomFeatures::on) out += ",\"custom_feature_enabled\":true";
  out += '}';
  return out;
}

std::string market_unsubscribe(std::span<const std::string_view> assets) {
  return operation("unsubscribe", "assets_ids", assets) + '}';
}

std::string user_hello(const UserAuth& auth, std::span<const std::string_view> conditions) {
  std::string out = "{\"auth\":{\"apiKey\":";
  append_string(out, auth.key);
  out += ",\"secret\":";
  append_string(out, auth.secret);
  out += ",\"passphrase\":";
  append_string(out, auth.passphrase);
  out += "},\"type\":\"user\"";
  if (!conditions.empty()) {
    out += ',';
    append_list(out, "markets", conditions);
  }
  out += '}';
  return out;
}

std::string user_subscribe(std::span<const std::string_view> conditions) {
  return operation("subscribe", "markets", conditions) + '}';
}

std::string user_unsubscribe(std::span<const std::string_view> conditions) {
  return operation("unsubscribe", "markets", conditions) + '}';
}

}  // namespace ebb::polymarket
