#include "app/json.hpp"

#include <fmt/format.h>

#include <cmath>

#include "app/version.hpp"
#include "base/check.hpp"
#include "base/utf8.hpp"

namespace ebb::app {

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t length = utf8_length(text);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else if (length == 0) {
      out += "\\ufffd";
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_elements_.empty()) return;
  if (has_elements_.back()) text_ += ',';
  has_elements_.back() = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  has_elements_.push_back(false);
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  CHECK(!has_elements_.empty() && !after_key_);
  has_elements_.pop_back();
  text_ += bracket;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  CHECK(!has_elements_.empty() && !after_key_);
  separate();
  append_json_string(text_, name);
  text_ += ':';
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(text_, text);
  return *this;
}

JsonWriter& JsonWriter::value(double number) { return std::isfinite(number) ? raw(fmt::format("{}", number)) : null(); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  text_ += json;
  return *this;
}

void write_head(JsonWriter& json, std::string_view command, double wall_seconds, const std::vector<Error>& errors) {
  json.field("version", build_info().version).field("command", command).field("wall_seconds", wall_seconds);
  json.field("ok", errors.empty()).key("errors").begin_array();
  for (const Error& error : errors) {
    json.begin_object()
        .field("code", error.code)
        .field("message", error.message)
        .field("hint", error.hint)
        .end_object();
  }
  json.end_array();
}

}  // namespace ebb::app
