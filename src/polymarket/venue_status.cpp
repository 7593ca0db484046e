#include "polymarket/venue_status.hpp"

#include <charconv>
#include <optional>
#include <string_view>

#include "polymarket/json_tree.hpp"
#include "polymarket/rest_book.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::int64_t kLatestSecond = 4'102'444'800;  // 2100: a time in ms or ns does not pass for seconds

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::int64_t> whole(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Expected<void> check_status(const HttpResponse& response) {
  if (response.status >= 200 && response.status <= 299) return {};
  return fail("venue.status", "HTTP " + std::to_string(response.status) + ": " + error_words(response.body));
}

Expected<void> parse(const HttpResponse& response, JsonTree& tree) {
  TRY_VOID(check_status(response));
  if (tree.parse(response.body)) return {};
  return fail("venue.not_json", "the answer is not JSON: " + error_words(response.body),
              "a page instead of data: a proxy, a block or a wrong address");
}

}  // namespace

HttpRequest version_request() { return {.target = "/version"}; }
HttpRequest time_request() { return {.target = "/time"}; }

Expected<std::int32_t> read_version(const HttpResponse& response) {
  JsonTree tree;
  TRY_VOID(parse(response, tree));
  const auto version = whole(plain_text(tree.member(0, "version")));
  if (!version || *version < 1 || *version > 1'000) {
    return fail("venue.shape", "no version in the answer: " + error_words(response.body));
  }
  return static_cast<std::int32_t>(*version);
}

Expected<Timestamp> read_time(const HttpResponse& response) {
  TRY_VOID(check_status(response));
  std::string_view text = trimmed(response.body);
  if (text.size() > 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  const auto unix_seconds = whole(text);
  if (!unix_seconds || *unix_seconds <= 0 || *unix_seconds > kLatestSecond) {
    return fail("venue.shape", "no unix time in the answer: " + error_words(response.body));
  }
  return Timestamp{} + seconds(*unix_seconds);
}

Expected<GeoblockAnswer> read_geoblock(const HttpResponse& response) {
  JsonTree tree;
  TRY_VOID(parse(response, tree));
  const JsonNode& blocked = tree.member(0, "blocked");
  if (blocked.kind != JsonKind::boolean) {
    return fail("venue.shape",
                "the geoblock answer does not say whether we are blocked: " + error_words(response.body));
  }
  return GeoblockAnswer{.blocked = blocked.text == "true",
                        .country = std::string(plain_text(tree.member(0, "country"))),
                        .region = std::string(plain_text(tree.member(0, "region")))};
}

}  // namespace ebb::polymarket
