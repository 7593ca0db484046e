#include "polymarket/gamma.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/decimal.hpp"
#include "crypto/eip712.hpp"
#include "polymarket/json_number.hpp"
#include "polymarket/json_text.hpp"
#include "polymarket/order_signing.hpp"
#include "polymarket/rest_book.hpp"

namespace ebb::polymarket {
namespace {

constexpr std::size_t kConditionDigits = 64;

bool is_true(const JsonNode& node) {
  return (node.kind == JsonKind::boolean || node.kind == JsonKind::string) && node.text == "true";
}

/// A list that is a real array or, as Gamma sends most of them, JSON inside a string. False = neither.
bool read_list(const JsonTree& tree, std::uint32_t index, std::vector<std::string>& out) {
  out.clear();
  if (index == 0) return false;
  if (tree[index].kind == JsonKind::array) {
    for (std::uint32_t i = index + 1; i < tree[index].end; i = tree[i].end) {
      if (tree[i].kind != JsonKind::string && tree[i].kind != JsonKind::number) return false;
      out.push_back(string_value(tree[i]));
    }
    return true;
  }
  if (tree[index].kind != JsonKind::string) return false;
  const std::string inner = string_value(tree[index]);
  JsonTree list;
  if (!list.parse(inner) || list[0].kind != JsonKind::array) return false;
  for (std::uint32_t i = 1; i < list[0].end; i = list[i].end) {
    if (list[i].kind != JsonKind::string && list[i].kind != JsonKind::number) return false;
    out.push_back(string_value(list[i]));
  }
  return true;
}

bool is_token_id(std::string_view text) {
  return !text.empty() && text.size() <= 78 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Error refuse(std::string code, std::string message, std::string hint) {
  return {std::move(code), std::move(message), std::move(hint)};
}

void read_fees(const JsonTree& tree, std::uint32_t market, GammaMarket& out) {
  model::FeeSchedule& fees = out.spec.fees;
  if (const JsonNode& enabled = tree.member(market, "feesEnabled");
      enabled.kind == JsonKind::boolean && !is_true(enabled)) {
    fees.rate_bps = 0;
    out.fees_told = true;
    return;
  }
  const std::uint32_t schedule = tree.find(market, "feeSchedule");
  if (schedule == 0 || tree[schedule].kind != JsonKind::object) return;
  const auto rate = parse_number_scaled(plain_text(tree.member(schedule, "rate")), 4);
  if (rate && *rate >= 0 && *rate <= 10'000) {
    fees.rate_bps = static_cast<std::int32_t>(*rate);
    out.fees_told = true;
  }
  const auto exponent = parse_number_scaled(plain_text(tree.member(schedule, "exponent")), 0);
  if (exponent && *exponent >= 0 && *exponent <= 8) fees.exponent = static_cast<std::int32_t>(*exponent);
}

/// Tick and minimum size; what is missing forbids trading, not watching.
void read_grid(const JsonTree& tree, std::uint32_t market, GammaMarket& out) {
  const auto tick = parse_number_scaled(plain_text(tree.member(market, "orderPriceMinTickSize")), 4);
  static constexpr std::array<std::int64_t, 6> kTicks{1'000, 100, 50, 25, 10, 1};
  if (tick && std::ranges::find(kTicks, *tick) != kTicks.end()) {
    out.spec.tick = Price(static_cast<std::int32_t>(*tick));
  } else {
    out.refusal = refuse("gamma.tick", "no tick size that the venue knows", "ask GET /tick-size of its tokens");
  }
  const auto minimum = parse_number_scaled(plain_text(tree.member(market, "orderMinSize")), 6);
  if (minimum && *minimum > 0 && *minimum <= kMaxShares.raw()) {
    out.spec.min_order_size = Shares(*minimum);
  } else {
    out.refusal = refuse("gamma.minimum", "no minimum order size", "ask GET /book of its tokens");
  }
}

/// Gamma's `endDate` may have an hour where `endDateIso` never does; a date alone is imprecise.
void read_times(const JsonTree& tree, std::uint32_t market, model::MarketSpec& spec) {
  for (const std::string_view key : {"endDate", "endDateIso"}) {
    if (const auto end = parse_end_time(plain_text(tree.member(market, key)))) {
      spec.end = end->time;
      spec.end_precision = end->precision;
      break;
    }
  }
  if (const auto start = parse_end_time(plain_text(tree.member(market, "startDate")))) spec.start = start->time;
}

/// The version selects which ids are traded, even when both stand there (protocol 1.5); the ids' form must agree.
Expected<void> read_tokens(const JsonTree& tree, std::uint32_t market, GammaMarket& out) {
  const JsonNode& version = tree.member(market, "version");
  const bool v2 = version.text == "v2";
  if (version.kind == JsonKind::string && (v2 || version.text == "v1")) {
    out.spec.version = v2 ? model::ProtocolVersion::v2 : model::ProtocolVersion::v1;
  } else {
    out.refusal = refuse("gamma.version",
                         version.kind == JsonKind::absent ? "Gamma does not tell the market's version"
                                                          : "Gamma tells a version that this program does not know",
                         "the market can be watched; orders for it cannot be signed safely");
  }
  std::vector<std::string> ids;
  std::vector<std::string> outcomes;
  const std::string_view key = v2 ? "positionIds" : "clobTokenIds";
  if (!read_list(tree, tree.find(market, key), ids) || ids.size() != 2 || !is_token_id(ids[0]) ||
      !is_token_id(ids[1]) || ids[0] == ids[1]) {
    return fail("gamma.market", std::string(key) + " does not hold two token ids");
  }
  if (!read_list(tree, tree.find(market, "outcomes"), outcomes) || outcomes.size() != 2) {
    return fail("gamma.market", "outcomes does not hold two names");
  }
  for (std::size_t i = 0; i < 2; ++i) out.spec.tokens[i] = {.token_id = ids[i], .outcome = outcomes[i]};
  if (out.refusal) return {};
  for (const std::string& id : ids) {
    const auto word = crypto::word_from_decimal(id);
    if (!word) return fail("gamma.market", "a token id exceeds 256 bits");
    const auto contract = select_exchange(out.spec.version, out.spec.neg_risk, *word);
    if (!contract) out.refusal = contract.error();
  }
  return {};
}

Expected<GammaMarket> read_market(const JsonTree& tree, std::uint32_t market) {
  GammaMarket out;
  const std::string condition(plain_text(tree.member(market, "conditionId")));
  TRY(padded, padded_condition(condition));
  out.spec.condition_id = std::move(padded);
  out.id = string_value(tree.member(market, "id"));
  out.spec.slug = string_value(tree.member(market, "slug"));
  out.spec.question = string_value(tree.member(market, "question"));
  out.spec.neg_risk = is_true(tree.member(market, "negRisk"));
  out.active = is_true(tree.member(market, "active"));
  out.closed = !(tree.member(market, "closed").kind == JsonKind::boolean && !is_true(tree.member(market, "closed")));
  out.accepting_orders = is_true(tree.member(market, "acceptingOrders"));
  const JsonNode& order_book = tree.member(market, "enableOrderBook");
  out.order_book = is_blank(order_book) || is_true(order_book);
  for (const std::string_view key : {"resolutionStatus", "umaResolutionStatus"}) {
    if (out.resolution.empty()) out.resolution = string_value(tree.member(market, key));
  }
  const std::uint32_t events = tree.find(market, "events");
  if (events != 0 && tree[events].kind == JsonKind::array && tree[events].end > events + 1) {
    out.spec.event = string_value(tree.member(events + 1, "id"));
  }
  read_times(tree, market, out.spec);
  read_fees(tree, market, out);
  read_grid(tree, market, out);
  TRY_VOID(read_tokens(tree, market, out));
  return out;
}

void add_market(const JsonTree& tree, std::uint32_t market, GammaPage& page) {
  auto result = tree[market].kind == JsonKind::object
                    ? read_market(tree, market)
                    : Expected<GammaMarket>(fail("gamma.market", "an entry that is no object"));
  if (result) {
    page.markets.push_back(std::move(*result));
    return;
  }
  UnusableMarket unusable{.name = {}, .error = std::move(result.error())};
  for (const std::string_view key : {"slug", "conditionId", "id"}) {
    if (unusable.name.empty()) unusable.name = string_value(tree.member(market, key));
  }
  unusable.error.code = "gamma.market";
  page.unusable.push_back(std::move(unusable));
}

}  // namespace

Expected<std::string> padded_condition(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  const bool hex = digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  if (digits.size() == text.size() || !hex ||
      (digits.size() != kConditionDigits && digits.size() + 2 != kConditionDigits)) {
    return fail("gamma.condition",
                "a condition id is 0x and 64 (or 62) hex digits, not \"" + std::string(text.substr(0, 70)) + "\"");
  }
  std::string out = "0x" + std::string(digits);
  for (char& c : out) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c + ('a' - 'A'));
  }
  out.resize(2 + kConditionDigits, '0');
  return out;
}

std::vector<HttpRequest> gamma_market_requests(GammaKey key, std::span<const std::string> values, std::size_t chunk) {
  static constexpr std::string_view kNames[] = {"clob_token_ids", "condition_ids", "slug"};
  std::vector<HttpRequest> requests;
  chunk = std::clamp<std::size_t>(chunk, 1, 100);
  for (std::size_t i = 0; i < values.size(); i += chunk) {
    HttpRequest request{.target = "/markets?limit=100"};
    for (std::size_t k = i; k < std::min(i + chunk, values.size()); ++k) {
      request.target += '&';
      request.target += kNames[static_cast<std::size_t>(key)];
      request.target += '=';
      append_query_value(request.target, values[k]);
    }
    requests.push_back(std::move(request));
  }
  return requests;
}

Expected<GammaPage> read_gamma_markets(const HttpResponse& response) {
  if (response.status < 200 || response.status > 299) {
    return fail("gamma.status", "HTTP " + std::to_string(response.status) + ": " + error_words(response.body));
  }
  JsonTree tree;
  if (!tree.parse(response.body)) {
    return fail("gamma.not_json", "the answer is not JSON: " + error_words(response.body),
                "a page instead of data: a proxy, a block or a wrong address");
  }
  GammaPage page;
  std::uint32_t list = 0;
  if (tree[0].kind == JsonKind::object) {
    for (const std::string_view key : {"markets", "data"}) {
      if (list == 0) list = tree.find(0, key);
    }
    if (list == 0 && tree.find(0, "conditionId") != 0) {
      add_market(tree, 0, page);
      return page;
    }
    if (list == 0) return fail("gamma.shape", "no markets in the answer: " + error_words(response.body));
  }
  if (tree[list].kind != JsonKind::array)
    return fail("gamma.shape", "the markets are no list: " + error_words(response.body));
  for (std::uint32_t i = list + 1; i < tree[list].end; i = tree[i].end) add_market(tree, i, page);
  return page;
}

}  // namespace ebb::polymarket
