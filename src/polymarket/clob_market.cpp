#include "polymarket/clob_market.hpp"

#include <string_view>
#include <utility>

#include "polymarket/gamma.hpp"
#include "polymarket/json_number.hpp"
#include "polymarket/json_text.hpp"
#include "polymarket/json_tree.hpp"
#include "polymarket/rest_book.hpp"

namespace ebb::polymarket {
namespace {

Expected<void> parse(const HttpResponse& response, JsonTree& tree) {
  if (response.status < 200 || response.status > 299) {
    return fail("clob.status", "HTTP " + std::to_string(response.status) + ": " + error_words(response.body));
  }
  if (tree.parse(response.body)) return {};
  return fail("clob.not_json", "the answer is not JSON: " + error_words(response.body),
              "a page instead of data: a proxy, a block or a wrong address");
}

std::unexpected<Error> bad(std::string_view field) {
  return fail("clob.market", "field \"" + std::string(field) + "\" of the market is missing or has a wrong type");
}

/// Booleans are omitted when false; one of another type is an error.
Expected<bool> flag(const JsonTree& tree, std::string_view key) {
  const JsonNode& node = tree.member(0, key);
  if (node.kind == JsonKind::absent || node.kind == JsonKind::null) return false;
  if (node.kind != JsonKind::boolean) return bad(key);
  return node.text == "true";
}

Expected<void> read_tokens(const JsonTree& tree, model::MarketSpec& spec) {
  const std::uint32_t list = tree.find(0, "t");
  if (list == 0 || tree[list].kind != JsonKind::array) return bad("t");
  std::size_t count = 0;
  for (std::uint32_t i = list + 1; i < tree[list].end; i = tree[i].end) {
    if (count == spec.tokens.size()) return bad("t");
    const std::string_view id = plain_text(tree.member(i, "t"));
    if (id.empty() || id.find_first_not_of("0123456789") != std::string_view::npos) return bad("t");
    spec.tokens[count++] = {.token_id = std::string(id), .outcome = string_value(tree.member(i, "o"))};
  }
  if (count != spec.tokens.size()) return bad("t");
  return {};
}

Expected<void> read_fees(const JsonTree& tree, model::FeeSchedule& fees) {
  const std::uint32_t details = tree.find(0, "fd");
  if (details == 0 || tree[details].kind == JsonKind::null) {
    fees.rate_bps = 0;
    return {};
  }
  const auto rate = parse_number_scaled(plain_text(tree.member(details, "r")), 4);
  const auto exponent = parse_number_scaled(plain_text(tree.member(details, "e")), 0);
  if (!rate || *rate < 0 || *rate > 10'000 || !exponent || *exponent < 0 || *exponent > 8) return bad("fd");
  fees = {.rate_bps = static_cast<std::int32_t>(*rate), .exponent = static_cast<std::int32_t>(*exponent)};
  return {};
}

}  // namespace

HttpRequest clob_market_request(std::string_view condition_id) {
  HttpRequest request{.target = "/clob-markets/"};
  append_query_value(request.target, condition_id);
  return request;
}

HttpRequest market_by_token_request(std::string_view token_id) {
  HttpRequest request{.target = "/markets-by-token/"};
  append_query_value(request.target, token_id);
  return request;
}

Expected<ClobMarket> read_clob_market(const HttpResponse& response) {
  JsonTree tree;
  TRY_VOID(parse(response, tree));
  ClobMarket out;
  auto condition = padded_condition(plain_text(tree.member(0, "c")));
  if (!condition) return bad("c");
  out.spec.condition_id = std::move(*condition);
  TRY_VOID(read_tokens(tree, out.spec));
  const auto tick = parse_number_scaled(plain_text(tree.member(0, "mts")), 4);
  if (!tick || *tick <= 0 || *tick >= kPriceScale) return bad("mts");
  out.spec.tick = Price(static_cast<std::int32_t>(*tick));
  const auto minimum = parse_number_scaled(plain_text(tree.member(0, "mos")), 6);
  if (!minimum || *minimum <= 0 || *minimum > kMaxShares.raw()) return bad("mos");
  out.spec.min_order_size = Shares(*minimum);
  TRY(neg_risk, flag(tree, "nr"));
  TRY(accepting, flag(tree, "ao"));
  TRY(taker_delay, flag(tree, "itode"));
  TRY(clear_book, flag(tree, "cbos"));
  TRY_VOID(read_fees(tree, out.spec.fees));
  out.spec.neg_risk = neg_risk;
  out.accepting_orders = accepting;
  out.taker_delay = taker_delay;
  out.clear_book_on_start = clear_book;
  if (const auto delay = parse_number_scaled(plain_text(tree.member(0, "sd")), 0);
      delay && *delay > 0 && *delay < 3600) {
    out.seconds_delay = static_cast<std::int32_t>(*delay);
  }
  const std::string_view version = plain_text(tree.member(0, "v"));
  if (version == "v1") out.version = model::ProtocolVersion::v1;
  if (version == "v2") out.version = model::ProtocolVersion::v2;
  if (out.version) out.spec.version = *out.version;
  return out;
}

Expected<MarketByToken> read_market_by_token(const HttpResponse& response) {
  JsonTree tree;
  TRY_VOID(parse(response, tree));
  auto condition = padded_condition(plain_text(tree.member(0, "condition_id")));
  if (!condition) return bad("condition_id");
  MarketByToken out{.condition_id = std::move(*condition),
                    .primary = std::string(plain_text(tree.member(0, "primary_token_id"))),
                    .secondary = std::string(plain_text(tree.member(0, "secondary_token_id")))};
  if (out.primary.empty()) return bad("primary_token_id");
  if (out.secondary.empty()) return bad("secondary_token_id");
  return out;
}

}  // namespace ebb::polymarket
