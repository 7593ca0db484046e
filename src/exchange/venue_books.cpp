// Public reads about one token or several (protocol 1.3).
#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"
#include "exchange/frames.hpp"
#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kMostTokens = 500;
constexpr std::string_view kNoBook = "No orderbook exists for the requested token id";
constexpr std::int64_t kHalf = kPriceScale / 2;

bool has_bid(const model::Quote& quote) { return quote.bid.raw() > 0; }
bool has_ask(const model::Quote& quote) { return quote.ask.raw() < kPriceScale; }

}  // namespace

using Answer = std::optional<HttpResponse>;

Answer VenueServer::Impl::get_ok(Call&) { return ok("\"OK\""); }
Answer VenueServer::Impl::get_version(Call&) { return ok("{\"version\":2}"); }
Answer VenueServer::Impl::get_time(Call&) { return ok(fmt::format("{}", told_time().ns() / 1'000'000'000)); }

std::optional<model::TokenIndex> VenueServer::Impl::asked_token(const Call& call) const {
  const std::string id = call.rest.empty() ? call.query("token_id") : std::string(call.rest);
  const model::TokenIndex token = exchange.markets().find_token(id);
  if (!token.valid() || !exchange.is_open(exchange.markets().token(token).market)) return std::nullopt;
  return token;
}

/// The tokens of a body `[{"token_id","side"?}, ...]`; unknown ones are left out. nullopt when it is not of that form.
std::optional<std::vector<std::pair<model::TokenIndex, std::string>>> VenueServer::Impl::asked_tokens(
    const Call& call) {
  if (!tree.parse(call.request->body) || tree[0].kind != polymarket::JsonKind::array) return std::nullopt;
  std::vector<std::pair<model::TokenIndex, std::string>> tokens;
  std::size_t count = 0;
  for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) {
    if (tree[i].kind != polymarket::JsonKind::object || ++count > kMostTokens) return std::nullopt;
    const auto token = exchange.markets().find_token(polymarket::plain_text(tree.member(i, "token_id")));
    if (!token.valid() || !exchange.is_open(exchange.markets().token(token).market)) continue;
    tokens.emplace_back(token, std::string(polymarket::plain_text(tree.member(i, "side"))));
  }
  return tokens;
}

std::string VenueServer::Impl::book_text(model::TokenIndex token) {
  const FaultSettings* ghost = plan.active(FaultKind::ghost_book);
  std::string text = exchange.book_json(token);
  const model::MarketIndex market = exchange.markets().token(token).market;
  if (ghost != nullptr && plan.roll(ghost->share)) {  // a stale book at the ends of the scale (protocol 2.5)
    TokenBook book;
    book.bid_prices = {100};
    book.bid_sizes = {shares_of(1000).raw()};
    book.ask_prices = {9900};
    book.ask_sizes = {shares_of(1000).raw()};
    book.ms = now.ms();
    book.tick = exchange.tick(market);
    text = rest_book(spec(market), exchange.markets().token(token).outcome, book);
  }
  if (spec(market).version == model::ProtocolVersion::v2) {
    text.pop_back();
    text += ",\"version\":\"v2\"}";
  }
  return text;
}

Answer VenueServer::Impl::get_book(Call& call) {
  const auto token = asked_token(call);
  return token ? ok(book_text(*token)) : error(404, kNoBook);
}

Answer VenueServer::Impl::get_books(Call& call) {
  std::string ids = call.query("token_ids");
  std::string text = "[";
  while (!ids.empty()) {
    const std::size_t comma = std::min(ids.find(','), ids.size());
    const auto token = exchange.markets().find_token(ids.substr(0, comma));
    ids.erase(0, comma + 1);
    if (!token.valid()) continue;
    if (text.size() > 1) text += ',';
    text += book_text(token);
  }
  return ok(text + "]");
}

Answer VenueServer::Impl::post_books(Call& call) {
  const auto tokens = asked_tokens(call);
  if (!tokens) return error(400, "Invalid payload");
  std::string text = "[";
  for (const auto& [token, side] : *tokens) {
    if (text.size() > 1) text += ',';
    text += book_text(token);
  }
  return ok(text + "]");
}

Answer VenueServer::Impl::get_price(Call& call) {
  const auto token = asked_token(call);
  const std::string side = call.query("side");
  if (!token) return error(404, kNoBook);
  if (side != "BUY" && side != "SELL" && side != "buy" && side != "sell") return error(400, "Invalid side");
  const model::Quote quote = exchange.quote(*token);
  const bool buy = side == "BUY" || side == "buy";
  const Price price = buy ? quote.bid : (has_ask(quote) ? quote.ask : Price(0));
  JsonText json;
  json.open('{').field("price", price).close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::post_prices(Call& call) {
  const auto tokens = asked_tokens(call);
  if (!tokens) return error(400, "Invalid payload");
  JsonText json;
  json.open('{');
  for (std::size_t i = 0; i < tokens->size(); ++i) {
    const auto [token, first_side] = (*tokens)[i];
    const auto earlier = std::find_if(tokens->begin(), tokens->begin() + static_cast<std::ptrdiff_t>(i),
                                      [&, t = token](const auto& other) { return other.first == t; });
    if (earlier != tokens->begin() + static_cast<std::ptrdiff_t>(i)) continue;
    json.key(exchange.markets().token_id(token)).open('{');
    const model::Quote quote = exchange.quote(token);
    for (const auto& [other, side] : *tokens) {
      if (other != token) continue;
      json.field(side == "SELL" ? "SELL" : "BUY", side == "SELL" ? quote.ask : quote.bid);
    }
    json.close('}');
  }
  json.close('}');
  return ok(json.take());
}

Price VenueServer::Impl::mid_of(model::TokenIndex token) const {
  const model::Quote quote = exchange.quote(token);
  if (has_bid(quote) && has_ask(quote)) return (quote.bid + quote.ask) / 2;
  const Price last = exchange.last_trade(token);
  return last == model::kNoPrice ? Price(static_cast<std::int32_t>(kHalf)) : last;
}

Answer VenueServer::Impl::get_midpoint(Call& call) {
  const auto token = asked_token(call);
  if (!token) return error(404, kNoBook);
  JsonText json;
  json.open('{').field("mid", mid_of(*token)).field("mid_price", mid_of(*token)).close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::post_midpoints(Call& call) {
  const auto tokens = asked_tokens(call);
  if (!tokens) return error(400, "Invalid payload");
  JsonText json;
  json.open('{');
  for (const auto& [token, side] : *tokens) json.field(exchange.markets().token_id(token), mid_of(token));
  json.close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::get_spread(Call& call) {
  const auto token = asked_token(call);
  if (!token) return error(404, kNoBook);
  const model::Quote quote = exchange.quote(*token);
  JsonText json;
  json.open('{').field("spread", quote.ask - quote.bid).close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::post_spreads(Call& call) {
  const auto tokens = asked_tokens(call);
  if (!tokens) return error(400, "Invalid payload");
  JsonText json;
  json.open('{');
  for (const auto& [token, side] : *tokens) {
    const model::Quote quote = exchange.quote(token);
    json.field(exchange.markets().token_id(token), quote.ask - quote.bid);
  }
  json.close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::get_last_trade(Call& call) {
  const auto token = asked_token(call);
  if (!token) return error(404, kNoBook);
  const Price price = exchange.last_trade(*token);
  JsonText json;
  json.open('{').field("price", price == model::kNoPrice ? Price(static_cast<std::int32_t>(kHalf)) : price);
  json.field("side", price == model::kNoPrice ? "" : "BUY").close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::post_last_trades(Call& call) {
  const auto tokens = asked_tokens(call);
  if (!tokens) return error(400, "Invalid payload");
  JsonText json;
  json.open('[');
  for (const auto& [token, side] : *tokens) {
    const Price price = exchange.last_trade(token);
    json.open('{').field("token_id", exchange.markets().token_id(token));
    json.field("price", price == model::kNoPrice ? Price(static_cast<std::int32_t>(kHalf)) : price);
    json.field("side", price == model::kNoPrice ? "" : "BUY").close('}');
  }
  json.close(']');
  return ok(json.take());
}

Answer VenueServer::Impl::get_tick_size(Call& call) {
  const auto token = asked_token(call);
  if (!token) return error(404, "market not found");
  JsonText json;
  const Price tick = exchange.tick(exchange.markets().token(*token).market);
  json.open('{').key("minimum_tick_size").decimal(tick.raw(), 4).close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::get_neg_risk(Call& call) {
  const auto token = asked_token(call);
  if (!token) return error(404, "market not found");
  JsonText json;
  json.open('{').flag("neg_risk", exchange.markets().market_of(*token).neg_risk).close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::get_fee_rate(Call& call) {
  const auto token = asked_token(call);
  if (!token) return error(404, "market not found");
  const bool fees = exchange.markets().market_of(*token).fees.rate_bps > 0;
  return ok(fees ? "{\"base_fee\":1000}" : "{\"base_fee\":0}");
}

Answer VenueServer::Impl::get_prices_history(Call& call) {
  const model::TokenIndex token = exchange.markets().find_token(call.query("market"));
  if (!token.valid()) return error(404, "market not found");
  const auto from = parse_scaled(call.query("startTs"), 0).value_or(0);
  const auto to = parse_scaled(call.query("endTs"), 0).value_or(INT64_MAX);
  const model::TokenEntry& entry = exchange.markets().token(token);
  JsonText json;
  json.open('{').key("history").open('[');
  for (const auto& [at, yes] : history[entry.market.value()]) {
    if (at < from || at > to) continue;
    json.open('{').count("t", at).key("p").decimal(in_terms_of(entry.outcome, yes).raw(), 4).close('}');
  }
  json.close(']').close('}');
  return ok(json.take());
}

}  // namespace ebb::exchange
