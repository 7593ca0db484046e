// The list of tokens to trade (`--tokens FILE`): one token id a line, `#` starts a comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"

namespace ebb::app {

/// The ids in the order of the text, each once. Error `tokens.invalid` with the line's number for anything that is not
/// a decimal number of at most 78 digits, `tokens.empty` when there is none. `name` stands for the file in messages.
[[nodiscard]] Expected<std::vector<std::string>> parse_tokens(std::string_view text, std::string_view name);

/// The same from a file. Also `tokens.unreadable`.
[[nodiscard]] Expected<std::vector<std::string>> read_tokens_file(const std::string& path);

}  // namespace ebb::app
