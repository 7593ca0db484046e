// A signer's own orders, trades, balances, notifications and heartbeats (protocol 1.4, 6.5).
#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"
#include "crypto/hash.hpp"
#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kPage = 100;
constexpr std::size_t kMostNotifications = 100;
constexpr std::string_view kUnlimited =
    "115792089237316195423570985008687907853269984665640564039457584007913129639935";
constexpr std::int64_t kSecond = 1'000'000'000;

std::string_view rest_status(model::TradeStatus status) {
  switch (status) {
    case model::TradeStatus::matched: return "TRADE_STATUS_MATCHED";
    case model::TradeStatus::retrying: return "TRADE_STATUS_RETRYING";
    case model::TradeStatus::mined: return "TRADE_STATUS_MINED";
    case model::TradeStatus::confirmed: return "TRADE_STATUS_CONFIRMED";
    case model::TradeStatus::failed: return "TRADE_STATUS_FAILED";
  }
  return "";
}

/// Follows from the trade; none before it is mined (the venue's pipeline is asynchronous).
std::string transaction_hash(const TradeView& trade) {
  const bool mined = trade.status == model::TradeStatus::mined || trade.status == model::TradeStatus::confirmed;
  return mined ? "0x" + crypto::to_hex(crypto::sha256(crypto::bytes_of(trade.id.view()))) : std::string();
}

std::string seconds_text(Timestamp time) { return fmt::format("{}", time.ns() / kSecond); }

}  // namespace

using Answer = std::optional<HttpResponse>;

const std::string& VenueServer::Impl::owner_of(const model::OrderId& id, AccountIndex account) const {
  const auto it = order_owners.find(id);
  return it == order_owners.end() ? exchange.identity(account).owner : it->second;
}

void VenueServer::Impl::write_order(JsonText& json, const OrderView& view) {
  const OpenOrder& order = view.order;
  const model::MarketSpec& market = exchange.markets().market_of(order.token);
  const bool live = view.status == model::VenueOrderStatus::live;
  json.open('{').field("id", order.id).field("status", view.status_text);
  json.field("owner", owner_of(order.id, view.account));
  json.field("maker_address", exchange.identity(view.account).address).field("market", market.condition_id);
  json.field("asset_id", exchange.markets().token_id(order.token)).field("side", to_text(order.side));
  json.field("original_size", order.original_size);
  json.field("size_matched", live ? claimed_matched(order) : order.size_matched).field("price", order.price);
  json.field("outcome", exchange.markets().outcome(order.token)).field("expiration", seconds_text(order.expiration));
  json.field("order_type", to_text(order.type)).key("associate_trades").open('[');
  for (const std::string& trade : view.trades) json.text(trade);
  json.close(']').count("created_at", order.created.ns() / kSecond).close('}');
}

void VenueServer::Impl::write_held_order(JsonText& json, const OrderRequest& order) {
  OrderView view;
  view.order = {order.id,   order.token, order.side, order.type,      order.price,
                order.size, Shares{},    now,        order.expiration};
  view.account = order.account;
  view.status = model::VenueOrderStatus::unknown;
  view.status_text = "DELAYED";
  write_order(json, view);
}

Answer VenueServer::Impl::get_order(Call& call) {
  const auto id = model::parse_order_id(call.rest);
  if (!id) return error(400, "Invalid orderID");
  JsonText json;
  if (const auto held = held_ids.find(*id); held != held_ids.end() && is_theirs(*call.key, held->second.account)) {
    write_held_order(json, held->second);
    return ok(json.take());
  }
  const auto view = exchange.find_order(*id);
  if (!view || !is_theirs(*call.key, view->account)) return error(404, "Order not found");
  write_order(json, *view);
  return ok(json.take());
}

Answer VenueServer::Impl::get_orders(Call& call) {
  const auto offset = offset_of(call.query("next_cursor"));
  if (!offset) return error(400, "Invalid payload");
  const std::string id = call.query("id"), market = call.query("market"), asset = call.query("asset_id");
  std::vector<model::OrderId> found;
  for (const std::size_t w : user_of(*call.key).wallets) {
    for (const OpenOrder& order : exchange.open_orders(wallets[w].account)) {
      if (!id.empty() && model::to_text(order.id) != id) continue;
      if (!market.empty() && exchange.markets().market_of(order.token).condition_id != market) continue;
      if (asset.empty() || exchange.markets().token_id(order.token) == asset) found.push_back(order.id);
    }
  }
  return ok(page_json(found.size(), *offset, kPage,
                      [&](JsonText& json, std::size_t i) { write_order(json, *exchange.find_order(found[i])); }));
}

void VenueServer::Impl::write_trade(JsonText& json, const TradeView& trade, AccountIndex reader) const {
  const TradeLeg& taker = trade.legs.front();
  const bool is_taker = taker.account == reader;
  json.open('{').field("id", trade.id.view()).field("taker_order_id", taker.order);
  json.field("market", spec(trade.market).condition_id).field("asset_id", exchange.markets().token_id(taker.token));
  json.field("side", to_text(taker.side)).field("size", taker.size).field("fee_rate_bps", "0");
  json.field("price", taker.price).field("status", rest_status(trade.status));
  json.field("match_time", seconds_text(trade.matched)).field("last_update", seconds_text(trade.updated));
  json.field("match_time_nano", fmt::format("{}", trade.matched.ns()));
  json.field("outcome", exchange.markets().outcome(taker.token)).count("bucket_index", 0);
  json.field("owner", owner_of(taker.order, taker.account));
  json.field("maker_address", exchange.identity(taker.account).address);
  json.field("transaction_hash", transaction_hash(trade)).field("trader_side", is_taker ? "TAKER" : "MAKER");
  json.key("maker_orders").open('[');
  for (std::size_t i = 1; i < trade.legs.size(); ++i) {
    const TradeLeg& leg = trade.legs[i];
    json.open('{').field("order_id", leg.order).field("owner", owner_of(leg.order, leg.account));
    json.field("maker_address", exchange.identity(leg.account).address).field("matched_amount", leg.size);
    json.field("price", leg.price).field("fee_rate_bps", "").field("asset_id", exchange.markets().token_id(leg.token));
    json.field("outcome", exchange.markets().outcome(leg.token)).field("side", to_text(leg.side)).close('}');
  }
  json.close(']').close('}');
}

Answer VenueServer::Impl::get_trades(Call& call) {
  const auto offset = offset_of(call.query("next_cursor"));
  if (!offset) return error(400, "Invalid payload");
  const std::string id = call.query("id"), market = call.query("market"), asset = call.query("asset_id");
  const auto maker = crypto::parse_address(call.query("maker_address"));
  const auto after = parse_scaled(call.query("after"), 0).value_or(0);
  const auto before = parse_scaled(call.query("before"), 0).value_or(INT64_MAX);
  std::vector<std::pair<TradeView, AccountIndex>> found;
  for (const std::size_t w : user_of(*call.key).wallets) {
    if (maker && address_text(*maker) != wallets[w].maker) continue;
    for (TradeView& trade : exchange.trades_of(wallets[w].account)) {
      const std::int64_t at = trade.matched.ns() / kSecond;
      if (at < after || at > before || (!id.empty() && trade.id.view() != id)) continue;
      if (!market.empty() && spec(trade.market).condition_id != market) continue;
      const bool has_asset = std::any_of(trade.legs.begin(), trade.legs.end(), [&](const TradeLeg& leg) {
        return leg.account == wallets[w].account && exchange.markets().token_id(leg.token) == asset;
      });
      if (asset.empty() || has_asset) found.emplace_back(std::move(trade), wallets[w].account);
    }
  }
  std::stable_sort(found.begin(), found.end(),  // newest first, as the venue lists them
                   [](const auto& a, const auto& b) { return a.first.matched > b.first.matched; });
  return ok(page_json(found.size(), *offset, kPage,
                      [&](JsonText& json, std::size_t i) { write_trade(json, found[i].first, found[i].second); }));
}

// ---- balances ----

Answer VenueServer::Impl::get_balance(Call& call) {
  const std::string asset = call.query("asset_type");
  const auto type = parse_scaled(call.query("signature_type"), 0).value_or(0);
  const bool cash = asset == "COLLATERAL";
  if (!cash && asset != "CONDITIONAL" && asset != "CONDITIONAL-V2") return error(400, "Invalid asset type");
  if (type > 3) return error(400, "Invalid signature_type");
  const model::TokenIndex token = exchange.markets().find_token(call.query("token_id"));
  if (!cash && !token.valid()) return error(400, "Invalid token id");
  // A wallet that has not traded yet has what every new account has.
  std::int64_t balance = cash ? config.deposit.raw() : 0;
  for (const ShareGrant& grant : given) balance += !cash && grant.token == token ? grant.size.raw() : 0;
  for (const std::size_t w : user_of(*call.key).wallets) {
    if (wallets[w].signature_type != type) continue;
    const bool old = w < stale.size() && !stale[w].balance_refreshed;
    const AccountIndex account = wallets[w].account;
    if (cash)
      balance = old ? stale[w].cash.raw() : exchange.balance(account).raw();
    else
      balance = old ? stale[w].shares[token.value()].raw() : exchange.position(account, token).raw();
  }
  JsonText json;
  json.open('{').field("balance", fmt::format("{}", balance)).key("allowances").open('{');
  using polymarket::ExchangeContract;
  for (const auto contract : {ExchangeContract::standard, ExchangeContract::neg_risk, ExchangeContract::v3}) {
    json.field(address_text(polymarket::exchange_address(contract, config.chain_id)), kUnlimited);
  }
  json.close('}').close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::update_balance(Call& call) {
  for (const std::size_t w : user_of(*call.key).wallets) {
    if (w < stale.size()) stale[w].balance_refreshed = true;
  }
  return get_balance(call);
}

// ---- notifications and scoring ----

Answer VenueServer::Impl::get_notifications(Call& call) {
  const User& user = user_of(*call.key);
  const auto& fills = exchange.truth().fills;
  JsonText json;
  json.open('[');
  std::size_t written = 0;
  for (std::size_t i = fills.size(); i > 0 && written < kMostNotifications; --i) {
    const TruthFill& fill = fills[i - 1];
    const auto& gone = user.dropped_notifications;
    if (!is_theirs(*call.key, fill.account) || std::find(gone.begin(), gone.end(), i) != gone.end()) continue;
    ++written;
    json.open('{').count("id", static_cast<std::int64_t>(i)).count("type", 2).field("owner", call.key->id);
    json.count("timestamp", fill.at.ns() / kSecond).key("payload").open('{').field("order_id", fill.order);
    json.field("asset_id", exchange.markets().token_id(fill.token)).field("side", to_text(fill.side));
    json.field("price", fill.price).field("matched_size", fill.size).close('}').close('}');
  }
  json.close(']');
  return ok(json.take());
}

Answer VenueServer::Impl::delete_notifications(Call& call) {
  std::string ids = call.query("ids");
  while (!ids.empty()) {
    const std::size_t comma = std::min(ids.find(','), ids.size());
    if (const auto id = parse_scaled(ids.substr(0, comma), 0); id) {
      user_of(*call.key).dropped_notifications.push_back(static_cast<std::size_t>(*id));
    }
    ids.erase(0, comma + 1);
  }
  return ok("\"OK\"");
}

/// Nothing here pays rewards: an order scores when it rests (protocol 6.6 without its finer points).
Answer VenueServer::Impl::get_order_scoring(Call& call) {
  const auto id = model::parse_order_id(call.query("order_id"));
  if (!id) return error(400, "Invalid orderID");
  const auto view = exchange.find_order(*id);
  const bool scores = view && view->status == model::VenueOrderStatus::live;
  return ok(scores ? "{\"scoring\":true}" : "{\"scoring\":false}");
}

Answer VenueServer::Impl::post_orders_scoring(Call& call) {
  if (!tree.parse(call.request->body) || tree[0].kind != polymarket::JsonKind::array) {
    return error(400, "Invalid payload");
  }
  JsonText json;
  json.open('{');
  for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) {
    const auto id = model::parse_order_id(polymarket::plain_text(tree[i]));
    const auto view = id ? exchange.find_order(*id) : std::nullopt;
    json.flag(polymarket::plain_text(tree[i]), view && view->status == model::VenueOrderStatus::live);
  }
  json.close('}');
  return ok(json.take());
}

// ---- heartbeats ----

Answer VenueServer::Impl::post_heartbeat(Call& call) {
  std::string_view sent;
  if (!call.request->body.empty()) {
    if (!tree.parse(call.request->body)) return error(400, "Invalid payload");
    sent = polymarket::plain_text(tree.member(0, "heartbeat_id"));
  }
  auto [it, first] = heartbeats.try_emplace(call.key->id);
  Heartbeat& beat = it->second;
  if (!first && sent != beat.expected) {
    JsonText json;
    json.open('{').field("error_msg", "Invalid Heartbeat ID").field("heartbeat_id", beat.expected).close('}');
    return HttpResponse{400, {{"Content-Type", "application/json"}}, json.take()};
  }
  beat.last = now;
  const std::string hex =
      crypto::to_hex(crypto::sha256(crypto::bytes_of(fmt::format("beat {} {}", call.key->id, ++beat.count))));
  beat.expected = fmt::format("{}-{}-4{}-8{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 3),
                              hex.substr(15, 3), hex.substr(18, 12));
  if (next_sweep == kNever) next_sweep = now + seconds(5);
  JsonText json;
  json.open('{').field("heartbeat_id", beat.expected).close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::post_plain_heartbeat(Call& call) {
  Heartbeat& beat = heartbeats[call.key->id];
  beat.last = now;
  beat.expected.clear();
  if (next_sweep == kNever) next_sweep = now + seconds(5);
  return ok("{\"status\":\"ok\"}");
}

}  // namespace ebb::exchange
