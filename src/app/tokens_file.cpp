#include "app/tokens_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace ebb::app {

namespace {

constexpr std::size_t kMostDigits = 78;  // of a number with 256 bits
constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::size_t first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

bool is_token_id(std::string_view text) {
  return text.size() <= kMostDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::unexpected<Error> unreadable(const std::string& path, const std::string& why) {
  return fail("tokens.unreadable", fmt::format("{} cannot be read: {}", path, why),
              "--tokens FILE: one token id a line");
}

}  // namespace

Expected<std::vector<std::string>> parse_tokens(std::string_view text, std::string_view name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string> ids;
  std::set<std::string_view> seen;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    const std::string_view id = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (id.empty()) continue;
    if (!is_token_id(id)) {
      return fail("tokens.invalid", fmt::format("{}:{}: \"{}\" is not a token id", name, line, id.substr(0, 100)),
                  "a token id is a decimal number; one a line, # starts a comment");
    }
    if (seen.insert(id).second) ids.emplace_back(id);
  }
  if (ids.empty())
    return fail("tokens.empty", fmt::format("{} names no token", name), "one token id a line, # starts a comment");
  return ids;
}

Expected<std::vector<std::string>> read_tokens_file(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return unreadable(path, "it is a directory");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return unreadable(path, std::strerror(errno));
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return parse_tokens(text, path);
}

}  // namespace ebb::app
