// What markets there are: the CLOB's lists and Gamma (protocol 1.3, 1.5).
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/decimal.hpp"
#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kPage = 1000;
constexpr std::size_t kGammaPage = 100;
constexpr std::size_t kGammaDefault = 20;

std::string iso(Timestamp time) {
  const std::time_t seconds = time.ns() / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                     parts.tm_hour, parts.tm_min, parts.tm_sec);
}

/// `["a","b"]` as Gamma hides it in a string.
std::string list_text(std::string_view first, std::string_view second) {
  JsonText json;
  json.open('[').text(first).text(second).close(']');
  return json.take();
}

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

/// Gamma shows V2 conditions with 31 bytes (protocol 1.6).
std::string gamma_condition(const model::MarketSpec& spec) {
  return spec.version == model::ProtocolVersion::v2 ? spec.condition_id.substr(0, 64) : spec.condition_id;
}

}  // namespace

std::string cursor_of(std::size_t offset) { return crypto::base64url(crypto::bytes_of(fmt::format("{}", offset))); }

std::optional<std::size_t> offset_of(std::string_view cursor) {
  if (cursor.empty()) return 0;
  const auto bytes = crypto::parse_base64(cursor);
  if (!bytes) return std::nullopt;
  const std::string text(bytes->begin(), bytes->end());
  const auto number = parse_scaled(text, 0);
  if (!number) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

using Answer = std::optional<HttpResponse>;

Answer VenueServer::Impl::get_geoblock(Call&) {
  return ok("{\"blocked\":false,\"ip\":\"127.0.0.1\",\"country\":\"XX\",\"region\":\"\"}");
}

Answer VenueServer::Impl::get_builder_fees(Call&) {
  return ok("{\"builder_maker_fee_rate_bps\":0,\"builder_taker_fee_rate_bps\":0}");
}

Answer VenueServer::Impl::get_empty_page(Call&) {
  return ok(page_json(0, 0, 100, [](JsonText&, std::size_t) {}));
}

/// What the official client reads as a plain array: rewards of a day, activity of a market.
Answer VenueServer::Impl::get_empty_list(Call&) { return ok("[]"); }
Answer VenueServer::Impl::get_no_percentages(Call&) { return ok("{}"); }

Answer VenueServer::Impl::get_clob_market(Call& call) {
  const model::MarketIndex market = exchange.markets().find_market(call.rest);
  if (!market.valid()) return error(404, "market not found");
  const VenueMarket& traits = markets[market.value()];
  const model::MarketSpec& m = spec(market);
  JsonText json;
  json.open('{').field("c", m.condition_id).key("t").open('[');
  for (const model::TokenSpec& t : m.tokens) json.open('{').field("t", t.token_id).field("o", t.outcome).close('}');
  json.close(']').key("mts").decimal(exchange.tick(market).raw(), 4);
  json.key("mos").decimal(m.min_order_size.raw(), 6);
  if (m.neg_risk) json.flag("nr", true);
  if (m.fees.rate_bps > 0) {
    json.key("fd").open('{').key("r").decimal(m.fees.rate_bps, 4).count("e", m.fees.exponent).flag("to", true);
    json.close('}').count("mbf", 1000).count("tbf", 1000);
  }
  json.key("r").null();
  if (exchange.is_open(market)) json.flag("ao", true);
  json.field("aot", iso(m.start));
  if (traits.seconds_delay > 0) json.count("sd", traits.seconds_delay);
  if (traits.holds_takers) json.flag("itode", true);
  json.field("v", m.version == model::ProtocolVersion::v2 ? "v2" : "v1").close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::get_market_by_token(Call& call) {
  const model::TokenIndex token = exchange.markets().find_token(call.rest);
  if (!token.valid()) return error(404, "market not found");
  const model::MarketSpec& m = exchange.markets().market_of(token);
  std::string_view first = m.tokens[0].token_id, second = m.tokens[1].token_id;
  const bool swapped = first.size() != second.size() ? first.size() > second.size() : first > second;
  if (swapped) std::swap(first, second);  // the smaller number is "primary", not YES (protocol 1.3)
  JsonText json;
  json.open('{').field("condition_id", m.condition_id).field("primary_token_id", first);
  json.field("secondary_token_id", second).close('}');
  return ok(json.take());
}

void VenueServer::Impl::write_market(JsonText& json, model::MarketIndex market) const {
  const model::MarketSpec& m = spec(market);
  const bool open = exchange.is_open(market);
  json.open('{').field("condition_id", m.condition_id).field("question", m.question).field("market_slug", m.slug);
  json.flag("active", true).flag("closed", !open).flag("accepting_orders", open).flag("enable_order_book", open);
  json.flag("archived", false).flag("neg_risk", m.neg_risk).field("end_date_iso", iso(m.end));
  json.key("minimum_order_size").decimal(m.min_order_size.raw(), 6);
  json.key("minimum_tick_size").decimal(exchange.tick(market).raw(), 4);
  json.count("seconds_delay", markets[market.value()].seconds_delay);
  json.count("maker_base_fee", m.fees.rate_bps > 0 ? 1000 : 0).count("taker_base_fee", m.fees.rate_bps > 0 ? 1000 : 0);
  json.key("tokens").open('[');
  for (int outcome = 0; outcome < 2; ++outcome) {
    const model::TokenIndex token = exchange.markets().token_of(market, outcome);
    json.open('{').field("token_id", exchange.markets().token_id(token));
    json.field("outcome", exchange.markets().outcome(token)).key("price").decimal(mid_of(token).raw(), 4);
    json.flag("winner", false).close('}');
  }
  json.close(']').close('}');
}

void VenueServer::Impl::write_simplified(JsonText& json, model::MarketIndex market) const {
  const bool open = exchange.is_open(market);
  json.open('{').field("condition_id", spec(market).condition_id).key("tokens").open('[');
  for (const model::TokenSpec& t : spec(market).tokens) {
    json.open('{').field("token_id", t.token_id).field("outcome", t.outcome).close('}');
  }
  json.close(']').flag("active", true).flag("closed", !open).flag("accepting_orders", open).close('}');
}

Answer VenueServer::Impl::market_page(const Call& call, void (Impl::*write)(JsonText&, model::MarketIndex) const) {
  const auto offset = offset_of(call.query("next_cursor"));
  if (!offset) return error(400, "Invalid payload");
  return ok(page_json(market_count(), *offset, kPage, [&](JsonText& json, std::size_t i) {
    (this->*write)(json, model::MarketIndex(static_cast<std::uint32_t>(i)));
  }));
}

Answer VenueServer::Impl::get_markets(Call& call) { return market_page(call, &Impl::write_market); }
Answer VenueServer::Impl::get_simplified_markets(Call& call) { return market_page(call, &Impl::write_simplified); }

Answer VenueServer::Impl::get_market(Call& call) {
  const model::MarketIndex market = exchange.markets().find_market(call.rest);
  if (!market.valid()) return error(404, "market not found");
  JsonText json;
  write_market(json, market);
  return ok(json.take());
}

// ---- Gamma ----

void VenueServer::Impl::write_gamma_market(JsonText& json, model::MarketIndex market) const {
  const model::MarketSpec& m = spec(market);
  const model::TokenIndex yes = exchange.markets().token_of(market, 0);
  const model::Quote quote = exchange.quote(yes);
  const bool open = exchange.is_open(market), v2 = m.version == model::ProtocolVersion::v2;
  const Price mid = mid_of(yes);
  json.open('{').field("id", fmt::format("{}", market.value() + 1)).field("question", m.question);
  json.field("conditionId", gamma_condition(m)).field("slug", m.slug);
  json.field("outcomes", list_text(m.tokens[0].outcome, m.tokens[1].outcome));
  json.field("outcomePrices", list_text(to_text(mid), to_text(complement(mid))));
  json.field("clobTokenIds", v2 ? std::string() : list_text(m.tokens[0].token_id, m.tokens[1].token_id));
  json.field("version", v2 ? "v2" : "v1");
  if (v2) json.key("positionIds").open('[').text(m.tokens[0].token_id).text(m.tokens[1].token_id).close(']');
  json.key("orderPriceMinTickSize").decimal(exchange.tick(market).raw(), 4);
  json.key("orderMinSize").decimal(m.min_order_size.raw(), 6).flag("negRisk", m.neg_risk).flag("active", true);
  json.flag("closed", !open).flag("acceptingOrders", open).flag("enableOrderBook", true);
  json.field("startDate", iso(m.start)).field("endDate", iso(m.end));
  json.count("secondsDelay", markets[market.value()].seconds_delay).flag("feesEnabled", m.fees.rate_bps > 0);
  json.key("feeSchedule").open('{').key("rate").decimal(m.fees.rate_bps, 4).count("exponent", m.fees.exponent);
  json.flag("takerOnly", true).key("rebateRate").decimal(25, 2).close('}');
  json.count("makerBaseFee", 1000).count("takerBaseFee", 1000);
  json.key("bestBid").decimal(quote.bid.raw(), 4).key("bestAsk").decimal(quote.ask.raw(), 4);
  json.key("spread").decimal((quote.ask - quote.bid).raw(), 4);
  const Price last = exchange.last_trade(yes);
  json.key("lastTradePrice").decimal(last == model::kNoPrice ? mid.raw() : last.raw(), 4);
  json.field(v2 ? "resolutionStatus" : "umaResolutionStatus", open ? (v2 ? "active" : "") : "resolved");
  json.count("rewardsMinSize", 0).count("rewardsMaxSpread", 0).key("events").open('[').open('{');
  json.field("id", fmt::format("{}", exchange.markets().group(market).value() + 1));
  json.field("slug", m.event.empty() ? m.slug : m.event).field("title", m.question).close('}').close(']').close('}');
}

bool VenueServer::Impl::gamma_wants(const Call& call, model::MarketIndex market) const {
  const model::MarketSpec& m = spec(market);
  const auto tokens = call.queries("clob_token_ids");
  const auto conditions = call.queries("condition_ids");
  const auto slugs = call.queries("slug");
  const std::string closed = call.query("closed");
  if (!tokens.empty() && !contains(tokens, m.tokens[0].token_id) && !contains(tokens, m.tokens[1].token_id)) {
    return false;
  }
  if (!conditions.empty() && !contains(conditions, m.condition_id) && !contains(conditions, gamma_condition(m))) {
    return false;
  }
  if (!slugs.empty() && !contains(slugs, m.slug)) return false;
  return closed.empty() || (closed == "true") == !exchange.is_open(market);
}

Answer VenueServer::Impl::get_gamma_markets(Call& call) {
  const auto asked = parse_scaled(call.query("limit"), 0);
  const auto skip = parse_scaled(call.query("offset"), 0).value_or(0);
  const bool filtered = !call.queries("clob_token_ids").empty() || !call.queries("condition_ids").empty();
  const std::size_t standard = filtered ? kGammaPage : kGammaDefault;
  const std::size_t limit = asked ? std::min<std::size_t>(static_cast<std::size_t>(*asked), kGammaPage) : standard;
  JsonText json;
  json.open('[');
  std::size_t found = 0;
  for (std::uint32_t i = 0; i < market_count(); ++i) {
    const model::MarketIndex market(i);
    if (!gamma_wants(call, market)) continue;
    if (found >= static_cast<std::size_t>(skip) && found < static_cast<std::size_t>(skip) + limit) {
      write_gamma_market(json, market);
    }
    ++found;
  }
  json.close(']');
  return ok(json.take());
}

Answer VenueServer::Impl::get_gamma_market(Call& call) {
  const auto number = parse_scaled(call.rest, 0);
  if (!number || *number < 1 || static_cast<std::size_t>(*number) > market_count()) return error(404, "id not found");
  JsonText json;
  write_gamma_market(json, model::MarketIndex(static_cast<std::uint32_t>(*number - 1)));
  return ok(json.take());
}

Answer VenueServer::Impl::get_gamma_events(Call& call) {
  const auto asked = parse_scaled(call.query("limit"), 0);
  const auto skip = static_cast<std::size_t>(parse_scaled(call.query("offset"), 0).value_or(0));
  const std::size_t limit = asked ? std::min<std::size_t>(static_cast<std::size_t>(*asked), kGammaPage) : kGammaDefault;
  const auto slugs = call.queries("slug");
  JsonText json;
  json.open('[');
  std::size_t found = 0;
  for (std::uint32_t g = 0; g < exchange.markets().group_count(); ++g) {
    std::vector<model::MarketIndex> members;
    for (std::uint32_t m = 0; m < market_count(); ++m) {
      if (exchange.markets().group(model::MarketIndex(m)).value() == g) members.push_back(model::MarketIndex(m));
    }
    if (members.empty()) continue;
    const model::MarketSpec& first = spec(members.front());
    const std::string& slug = first.event.empty() ? first.slug : first.event;
    if (!slugs.empty() && !contains(slugs, slug)) continue;
    if (found++ < skip || found > skip + limit) continue;
    json.open('{').field("id", fmt::format("{}", g + 1)).field("slug", slug).field("title", first.question);
    json.flag("active", true).flag("closed", !exchange.is_open(members.front())).flag("negRisk", first.neg_risk);
    json.field("endDate", iso(first.end)).key("markets").open('[');
    for (const model::MarketIndex market : members) write_gamma_market(json, market);
    json.close(']').close('}');
  }
  json.close(']');
  return ok(json.take());
}

}  // namespace ebb::exchange
