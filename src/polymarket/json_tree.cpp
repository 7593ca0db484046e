#include "polymarket/json_tree.hpp"

#include <simdjson.h>

#include <cstring>
#include <string>
#include <utility>

namespace ebb::polymarket {
namespace {

namespace ondemand = simdjson::ondemand;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The number grammar of JSON: on-demand parsing leaves what nobody reads unchecked.
bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const std::size_t first = i;
  if (!digits() || (text[first] == '0' && i > first + 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

std::string_view trimmed(std::string_view token) {
  while (!token.empty() &&
         (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' || token.back() == '\t')) {
    token.remove_suffix(1);
  }
  return token;
}

}  // namespace

struct JsonTree::Parser {
  ondemand::parser parser;
  std::string buffer;             // the text and its padding
  std::string_view source;        // what the caller gave
  std::vector<JsonNode>* nodes = nullptr;

  std::string_view in_source(std::string_view copied) const {
    return source.substr(static_cast<std::size_t>(copied.data() - buffer.data()), copied.size());
  }

  bool scalar(std::string_view token, JsonNode& node) const {
    // The token reaches to the next structural character. What is not consumed is skipped without a look at what
    // follows: in ["a":1] it would pass for a key.
    const char next = token.data()[token.size()];
    if (next != ',' && next != ']' && next != '}') return false;
    token = trimmed(token);
    if (token.empty()) return false;
    switch (token.front()) {
      case '"':
        if (token.size() < 2 || token.back() != '"') return false;
        node.kind = JsonKind::string;
        token = token.substr(1, token.size() - 2);
        node.escaped = token.find('\\') != std::string_view::npos;
        break;
      case 't':
      case 'f':
        if (token != "true" && token != "false") return false;
        node.kind = JsonKind::boolean;
        break;
      case 'n':
        if (token != "null") return false;
        node.kind = JsonKind::null;
        break;
      default:
        if (!is_json_number(token)) return false;
        node.kind = JsonKind::number;
    }
    node.text = in_source(token);
    return true;
  }

  std::uint32_t open(JsonKind kind, std::string_view key) {
    nodes->push_back({.kind = kind, .key = key});
    return static_cast<std::uint32_t>(nodes->size() - 1);
  }
  void close(std::uint32_t index) { (*nodes)[index].end = static_cast<std::uint32_t>(nodes->size()); }

  bool object(ondemand::object object, std::string_view key, int depth) {
    const std::uint32_t index = open(JsonKind::object, key);
    for (auto result : object) {
      ondemand::field field;
      if (std::move(result).get(field) != simdjson::SUCCESS) return false;
      const char* name = field.key().raw();
      const char* name_end = name;  // the quote exists: stage 1 found it; the padding stops a broken text
      while (*name_end != '"' && *name_end != '\0') name_end += *name_end == '\\' ? 2 : 1;
      if (name_end >= buffer.data() + source.size()) return false;
      if (!value(field.value(), in_source({name, static_cast<std::size_t>(name_end - name)}), depth)) return false;
    }
    close(index);
    return true;
  }

  bool array(ondemand::array array, std::string_view key, int depth) {
    const std::uint32_t index = open(JsonKind::array, key);
    for (auto result : array) {
      ondemand::value item;
      if (std::move(result).get(item) != simdjson::SUCCESS) return false;
      if (!value(item, {}, depth)) return false;
    }
    close(index);
    return true;
  }

  bool value(ondemand::value value, std::string_view key, int depth) {
    if (nodes->size() >= kMaxNodes || depth >= kMaxDepth) return false;
    ondemand::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    if (type == ondemand::json_type::object) {
      ondemand::object inner;
      return value.get_object().get(inner) == simdjson::SUCCESS && object(inner, key, depth + 1);
    }
    if (type == ondemand::json_type::array) {
      ondemand::array inner;
      return value.get_array().get(inner) == simdjson::SUCCESS && array(inner, key, depth + 1);
    }
    const std::uint32_t index = open(JsonKind::null, key);
    if (!scalar(value.raw_json_token(), (*nodes)[index])) return false;
    close(index);
    return true;
  }

  bool document() {
    ondemand::document doc;
    if (parser.iterate(buffer.data(), source.size(), buffer.size()).get(doc) != simdjson::SUCCESS) return false;
    ondemand::json_type type;
    if (doc.type().get(type) != simdjson::SUCCESS) return false;
    bool whole = false;
    if (type == ondemand::json_type::object) {
      ondemand::object root;
      whole = doc.get_object().get(root) == simdjson::SUCCESS && object(root, {}, 1);
    } else if (type == ondemand::json_type::array) {
      ondemand::array root;
      whole = doc.get_array().get(root) == simdjson::SUCCESS && array(root, {}, 1);
    }
    return whole && doc.current_location().error() == simdjson::OUT_OF_BOUNDS;
  }
};

JsonTree::JsonTree() : parser_(std::make_unique<Parser>()) {}
JsonTree::~JsonTree() = default;
JsonTree::JsonTree(JsonTree&&) noexcept = default;
JsonTree& JsonTree::operator=(JsonTree&&) noexcept = default;

bool JsonTree::parse(std::string_view text) {
  nodes_.clear();
  if (text.empty() || text.size() > kMaxBytes) return false;
  Parser& p = *parser_;
  p.source = text;
  p.nodes = &nodes_;
  const std::size_t needed = text.size() + simdjson::SIMDJSON_PADDING;
  if (p.buffer.size() < needed) p.buffer.resize(needed);
  std::memcpy(p.buffer.data(), text.data(), text.size());
  std::memset(p.buffer.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
  if (p.document()) return true;
  nodes_.clear();
  return false;
}

std::uint32_t JsonTree::find(std::uint32_t object, std::string_view key) const {
  if (object >= nodes_.size() || nodes_[object].kind != JsonKind::object) return 0;
  for (std::uint32_t i = object + 1; i < nodes_[object].end; i = nodes_[i].end) {
    if (nodes_[i].key == key) return i;
  }
  return 0;
}

const JsonNode& JsonTree::member(std::uint32_t object, std::string_view key) const {
  static constexpr JsonNode kAbsent{};
  const std::uint32_t i = find(object, key);
  return i == 0 ? kAbsent : nodes_[i];
}

}  // namespace ebb::polymarket
