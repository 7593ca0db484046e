// A validated JSON text as a flat list of nodes whose texts point into the source. For everything that is not hot:
// the decoder's fallback, the user channel, REST answers. Numbers stay text, so that no decimal passes through double.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace ebb::polymarket {

enum class JsonKind : std::uint8_t { absent, null, boolean, number, string, array, object };

/// One value. Children of node i are at i + 1 ... end - 1, each child's sibling at the child's `end`.
struct JsonNode {
  JsonKind kind = JsonKind::absent;
  bool escaped = false;    ///< string with a backslash in it: `text` is not its value
  std::uint32_t end = 0;   ///< index after the last descendant
  std::string_view key;    ///< raw key within its object; empty in an array
  std::string_view text;   ///< scalar: raw text, strings without their quotes; array, object: empty
};

/// Parses whole documents. Reused from text to text: a warm tree allocates nothing. Not thread-safe.
class JsonTree {
 public:
  /// Longest text, largest number of values and deepest nesting accepted: memory stays bounded.
  static constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
  static constexpr std::size_t kMaxNodes = std::size_t{1} << 18;
  static constexpr int kMaxDepth = 64;

  JsonTree();
  ~JsonTree();
  JsonTree(JsonTree&&) noexcept;
  JsonTree& operator=(JsonTree&&) noexcept;

  /// Whether `text` is one complete JSON object or array and nothing else. On success node 0 is the root; the nodes are
  /// valid until the next parse and as long as `text` is. Every value is checked, the ones nobody asks for, too.
  [[nodiscard]] bool parse(std::string_view text);
  [[nodiscard]] const std::vector<JsonNode>& nodes() const { return nodes_; }
  [[nodiscard]] const JsonNode& operator[](std::uint32_t i) const { return nodes_[i]; }

  /// Index of the member `key` of the object at `object`; 0 when there is none (0 is the root and never a member).
  [[nodiscard]] std::uint32_t find(std::uint32_t object, std::string_view key) const;
  /// The member itself; a node of kind `absent` when there is none.
  [[nodiscard]] const JsonNode& member(std::uint32_t object, std::string_view key) const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::vector<JsonNode> nodes_;
};

/// Text of a string or a number; empty for everything else and for strings with escapes.
[[nodiscard]] inline std::string_view plain_text(const JsonNode& node) {
  const bool usable = (node.kind == JsonKind::string && !node.escaped) || node.kind == JsonKind::number;
  return usable ? node.text : std::string_view();
}

/// Whether a decimal field was left out: absent, null or "" (protocol 2.2).
[[nodiscard]] inline bool is_blank(const JsonNode& node) {
  return node.kind == JsonKind::absent || node.kind == JsonKind::null ||
         (node.kind == JsonKind::string && node.text.empty());
}

}  // namespace ebb::polymarket
