// The Data API, version 2 (protocol 1.6): positions, trades and activity of a wallet, without proof of identity.
#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"
#include "crypto/hash.hpp"
#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kPage = 100;
constexpr std::size_t kMostOfPage = 500;
constexpr Shares kHidden{100'000};  // holdings below 0.1 share are not shown by default

HttpResponse data_error(int status, std::string_view text, std::string_view parameter) {
  JsonText json;
  json.open('{').field("error", text).field("code", "INVALID_PARAMETER").flag("retryable", false);
  json.field("trace_id", "0").field("parameter", parameter).close('}');
  return {status, {{"Content-Type", "application/json"}}, json.take()};
}

/// `{"data":[...],"pagination":{...}}` of items [0, total).
template <class Write>
std::string data_page(std::size_t total, std::size_t offset, std::size_t limit, Write write) {
  const std::size_t begin = std::min(offset, total), end = std::min(total, begin + limit);
  JsonText json;
  json.open('{').key("data").open('[');
  for (std::size_t i = begin; i < end; ++i) write(json, i);
  json.close(']').key("pagination").open('{').count("limit", static_cast<std::int64_t>(limit));
  json.count("offset", static_cast<std::int64_t>(begin)).flag("has_more", end < total);
  // The page's size travels with the cursor: `limit` only counts on the first page.
  json.field("next_cursor", end < total ? fmt::format("{}.{}", cursor_of(end), limit) : "").close('}').close('}');
  return json.take();
}

struct Page {
  std::size_t offset = 0;
  std::size_t limit = kPage;
};
std::optional<Page> page_of(const std::string& cursor, const std::string& limit) {
  Page page;
  if (!cursor.empty()) {
    const auto dot = cursor.find('.');
    const auto offset = offset_of(cursor.substr(0, dot));
    const auto size = dot == std::string::npos ? std::nullopt : parse_scaled(cursor.substr(dot + 1), 0);
    if (!offset || !size || *size == 0) return std::nullopt;
    page.offset = *offset;
    page.limit = static_cast<std::size_t>(*size);
  } else if (!limit.empty()) {
    const auto size = parse_scaled(limit, 0);
    if (!size || *size == 0) return std::nullopt;
    page.limit = std::min(static_cast<std::size_t>(*size), kMostOfPage);
  }
  return page;
}

/// Repeated or joined by commas.
std::vector<std::string> split(const std::vector<std::string>& values) {
  std::vector<std::string> out;
  for (std::string value : values) {
    while (!value.empty()) {
      const std::size_t comma = std::min(value.find(','), value.size());
      out.push_back(value.substr(0, comma));
      value.erase(0, comma + 1);
    }
  }
  return out;
}

bool wants(const std::vector<std::string>& conditions, std::string_view condition) {
  return conditions.empty() || std::find(conditions.begin(), conditions.end(), condition) != conditions.end();
}

}  // namespace

using Answer = std::optional<HttpResponse>;

Shares VenueServer::Impl::shown_position(const Wallet& wallet, model::TokenIndex token) const {
  const auto place = static_cast<std::size_t>(wallet_by_account[wallet.account.value()]);
  if (plan.active(FaultKind::stale_positions) != nullptr && place < stale.size()) {
    return stale[place].shares[token.value()];
  }
  return exchange.position(wallet.account, token);
}

Answer VenueServer::Impl::get_positions(Call& call) {
  const std::string user = call.query("user");
  if (!crypto::parse_address(user)) return data_error(400, "user is required", "user");
  const auto page = page_of(call.query("cursor"), call.query("limit"));
  if (!page) return data_error(400, "invalid cursor or limit", "cursor");
  const auto conditions = split(call.queries("condition"));
  const std::string status = call.query("status");
  Shares least = kHidden;
  if (call.query("filter_type") == "TOKENS") least = parse_shares(call.query("filter_amount")).value_or(kHidden);
  const Wallet* wallet = find_wallet(user);
  std::vector<model::TokenIndex> held;
  for (std::uint32_t t = 0; wallet != nullptr && t < exchange.markets().token_count(); ++t) {
    const model::TokenIndex token(t);
    const Shares size = shown_position(*wallet, token);
    const bool open = exchange.is_open(exchange.markets().token(token).market);
    if (size.raw() <= 0 || size < least || !wants(conditions, exchange.markets().market_of(token).condition_id))
      continue;
    if (status.empty() || (status == "OPEN") == open) held.push_back(token);
  }
  return ok(data_page(held.size(), page->offset, page->limit, [&](JsonText& json, std::size_t i) {
    const model::TokenIndex token = held[i];
    const model::TokenEntry& entry = exchange.markets().token(token);
    const model::MarketSpec& market = spec(entry.market);
    const Shares size = shown_position(*wallet, token);
    __int128 cost = 0, bought = 0;
    std::int64_t fees = 0;
    for (const TruthFill& fill : exchange.truth().fills) {
      if (fill.account != wallet->account || fill.token != token || fill.side != model::Side::buy) continue;
      cost += fill.cash.raw();
      bought += fill.size.raw();
      fees += fill.fee.raw();
    }
    const auto average = bought > 0 ? static_cast<std::int64_t>(cost * kShareScale / bought) : 0;
    const auto entry_cost = static_cast<std::int64_t>(static_cast<__int128>(average) * size.raw() / kShareScale);
    const bool open = exchange.is_open(entry.market);
    const Price price = mid_of(token);
    json.open('{').field("proxy_wallet", wallet->maker).field("token_id", exchange.markets().token_id(token));
    json.field("condition_id", market.condition_id).key("current_size").decimal(size.raw(), 6);
    json.key("avg_price").decimal(average, 6).key("entry_cost_usdc").decimal(entry_cost, 6);
    json.key("entry_fees_usdc").decimal(fees, 6).key("current_price").decimal(price.raw(), 4);
    json.key("current_value").decimal(notional(price, size).raw(), 6).key("total_size");
    json.decimal(size.raw(), 6).key("realized_pnl").number(0).key("unrealized_pnl");
    json.decimal(notional(price, size).raw() - entry_cost, 6).field("status", open ? "OPEN" : "REDEEMABLE");
    json.flag("redeemable", !open).flag("mergeable", false).flag("negative_risk", market.neg_risk);
    json.field("outcome", market.tokens[entry.outcome].outcome).count("outcome_index", entry.outcome);
    json.field("opposite_token_id", market.tokens[1 - entry.outcome].token_id);
    json.count("last_event_at", now.ns() / 1'000'000'000).close('}');
  }));
}

Answer VenueServer::Impl::data_trades(Call& call, bool activity) {
  const std::string user = call.query("user");
  const auto conditions = split(call.queries("condition"));
  if (!crypto::parse_address(user) && conditions.empty())
    return data_error(400, "user or condition is required", "user");
  const auto page = page_of(call.query("cursor"), call.query("limit"));
  if (!page) return data_error(400, "invalid cursor or limit", "cursor");
  const Wallet* wallet = find_wallet(user);
  std::vector<const TruthFill*> found;
  const auto& fills = exchange.truth().fills;
  for (auto fill = fills.rbegin(); fill != fills.rend(); ++fill) {
    if (!user.empty() && (wallet == nullptr || fill->account != wallet->account)) continue;
    if (wants(conditions, exchange.markets().market_of(fill->token).condition_id)) found.push_back(&*fill);
  }
  return ok(data_page(found.size(), page->offset, page->limit, [&](JsonText& json, std::size_t i) {
    const TruthFill& fill = *found[i];
    const model::MarketSpec& market = exchange.markets().market_of(fill.token);
    json.open('{').field("proxy_wallet", exchange.identity(fill.account).address);
    if (activity) json.field("type", "TRADE");
    json.field("side", to_text(fill.side)).field("token_id", exchange.markets().token_id(fill.token));
    json.field("condition_id", market.condition_id).key("size").decimal(fill.size.raw(), 6);
    json.key("price").decimal(fill.price.raw(), 4).count("timestamp", fill.at.ns() / 1'000'000'000);
    json.key("usdc_size").decimal(fill.cash.raw(), 6);
    json.field("transaction_hash", "0x" + crypto::to_hex(crypto::sha256(crypto::bytes_of(fill.trade.view()))));
    json.field("outcome", exchange.markets().outcome(fill.token));
    json.count("outcome_index", exchange.markets().token(fill.token).outcome).close('}');
  }));
}

Answer VenueServer::Impl::get_data_trades(Call& call) { return data_trades(call, false); }
Answer VenueServer::Impl::get_activity(Call& call) { return data_trades(call, true); }

Answer VenueServer::Impl::get_value(Call& call) {
  const std::string user = call.query("user");
  if (!crypto::parse_address(user)) return data_error(400, "user is required", "user");
  const Wallet* wallet = find_wallet(user);
  Usdc value;
  for (std::uint32_t t = 0; wallet != nullptr && t < exchange.markets().token_count(); ++t) {
    value += notional(mid_of(model::TokenIndex(t)), shown_position(*wallet, model::TokenIndex(t)));
  }
  return ok(data_page(1, 0, 1, [&](JsonText& json, std::size_t) {
    json.open('{').field("user", user).key("value").decimal(value.raw(), 6).close('}');
  }));
}

Answer VenueServer::Impl::get_resolutions(Call& call) {
  const auto conditions = split(call.queries("condition"));
  std::vector<const TruthResolution*> found;
  for (const TruthResolution& resolution : exchange.truth().resolutions) {
    if (wants(conditions, spec(resolution.market).condition_id)) found.push_back(&resolution);
  }
  return ok(data_page(found.size(), 0, kMostOfPage, [&](JsonText& json, std::size_t i) {
    json.open('{').field("condition_id", spec(found[i]->market).condition_id).key("payouts").open('[');
    json.number(found[i]->yes_payout_micros).number(kUsdcScale - found[i]->yes_payout_micros).close(']');
    json.count("resolved_at", found[i]->at.ns() / 1'000'000'000).close('}');
  }));
}

}  // namespace ebb::exchange
