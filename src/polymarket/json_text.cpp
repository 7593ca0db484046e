#include "polymarket/json_text.hpp"

#include <charconv>
#include <cstdint>

namespace ebb::polymarket {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

/// Four hex digits at `at`; false when they are not there.
bool hex4(std::string_view text, std::size_t at, std::uint32_t& value) {
  if (at + 4 > text.size()) return false;
  const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + 4, value, 16);
  return error == std::errc() && end == text.data() + at + 4;
}

/// `at` stands behind "\u"; returns how many characters were used.
std::size_t append_unicode(std::string& out, std::string_view text, std::size_t at) {
  std::uint32_t code = 0;
  if (!hex4(text, at, code)) {
    out += '?';
    return 0;
  }
  if (code < 0xD800 || code > 0xDFFF) {
    append_utf8(out, code);
    return 4;
  }
  std::uint32_t low = 0;
  const bool pair = code < 0xDC00 && text.substr(at + 4).starts_with("\\u") && hex4(text, at + 6, low) &&
                    low >= 0xDC00 && low <= 0xDFFF;
  if (!pair) {
    out += '?';
    return 4;
  }
  append_utf8(out, 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00));
  return 10;
}

}  // namespace

std::string string_value(const JsonNode& node) {
  if (node.kind != JsonKind::string && node.kind != JsonKind::number) return {};
  if (!node.escaped) return std::string(node.text);
  std::string out;
  for (std::size_t i = 0; i < node.text.size(); ++i) {
    const char c = node.text[i];
    if (c != '\\' || i + 1 == node.text.size()) {
      out += c;
      continue;
    }
    switch (node.text[++i]) {
      case 'n': out += '\n'; break;
      case 't': out += '\t'; break;
      case 'r': out += '\r'; break;
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'u': i += append_unicode(out, node.text, i + 1); break;
      default: out += node.text[i];
    }
  }
  return out;
}

void append_query_value(std::string& target, std::string_view value) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : value) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      target += c;
    } else {
      target += '%';
      target += kHex[static_cast<unsigned char>(c) >> 4];
      target += kHex[static_cast<unsigned char>(c) & 15];
    }
  }
}

}  // namespace ebb::polymarket
