// Small helpers between JSON nodes, query strings and plain texts.
#pragma once

#include <string>
#include <string_view>

#include "polymarket/json_tree.hpp"

namespace ebb::polymarket {

/// The value of a string with its escapes resolved, or a number's text; empty for everything else. Broken escapes and lone
/// surrogates become '?'.
[[nodiscard]] std::string string_value(const JsonNode& node);

/// Appends with everything but letters, digits and "-._~" percent-encoded.
void append_query_value(std::string& target, std::string_view value);

}  // namespace ebb::polymarket
