// Cancels of every kind (protocol 1.4). They answer for the orders of all accounts of the signer.
#include <algorithm>

#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kMostCancels = 1000;

}  // namespace

using Answer = std::optional<HttpResponse>;

/// In a restart nothing is heard, and while trading is disabled cancels are refused, too (protocol 6.4).
Answer VenueServer::Impl::cancel_refusal() const {
  if (exchange.mode() == model::VenueMode::restarting) return error(425, "the matching engine is restarting");
  if (exchange.mode() == model::VenueMode::disabled) {
    return error(503, "Trading is currently disabled. Check polymarket.com for updates");
  }
  return std::nullopt;
}

bool VenueServer::Impl::is_theirs(const ApiKey& key, AccountIndex account) {
  const auto& own = user_of(key).wallets;
  return std::any_of(own.begin(), own.end(), [&](std::size_t w) { return wallets[w].account == account; });
}

CancelResult VenueServer::Impl::cancel_one(const ApiKey& key, const model::OrderId& id) {
  if (const auto held = held_ids.find(id); held != held_ids.end() && is_theirs(key, held->second.account)) {
    return {id, false, "the order is delayed and cannot be canceled"};
  }
  const auto order = exchange.find_order(id);
  if (!order || !is_theirs(key, order->account)) return {id, false, "Order not found or already canceled"};
  return exchange.cancel(now, order->account, id);
}

HttpResponse VenueServer::Impl::cancel_answer(const ApiKey& key, const std::vector<CancelResult>& results,
                                              const std::vector<std::pair<std::string, std::string>>& odd) {
  JsonText json;
  json.open('{').key("canceled").open('[');
  for (const CancelResult& result : results) {
    if (result.canceled) json.text(model::to_text(result.id));
  }
  json.close(']').key("not_canceled").open('{');
  for (const auto& [id, reason] : odd) json.field(id, reason);
  for (const CancelResult& result : results) {
    if (!result.canceled) json.field(model::to_text(result.id), result.reason);
  }
  json.close('}').close('}');
  HttpResponse response = ok(json.take());
  add_budget_headers(key, true, response);
  return response;
}

Answer VenueServer::Impl::delete_order(Call& call) {
  if (Answer refused = cancel_refusal(); refused) return refused;
  if (Answer refused = charge(call, true, 1); refused) return refused;
  if (!tree.parse(call.request->body)) return error(400, "Invalid order payload");
  const auto id = model::parse_order_id(polymarket::plain_text(tree.member(0, "orderID")));
  if (!id) return error(400, "Invalid orderID");
  return cancel_answer(*call.key, {cancel_one(*call.key, *id)});
}

Answer VenueServer::Impl::delete_orders(Call& call) {
  if (Answer refused = cancel_refusal(); refused) return refused;
  if (!tree.parse(call.request->body) || tree[0].kind != polymarket::JsonKind::array) {
    return error(400, "Invalid order payload");
  }
  std::vector<model::OrderId> ids;
  std::vector<std::pair<std::string, std::string>> odd;
  for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) {
    const std::string_view text = polymarket::plain_text(tree[i]);
    const auto id = model::parse_order_id(text);
    if (!id)
      odd.emplace_back(std::string(text), "Invalid orderID");
    else if (std::find(ids.begin(), ids.end(), *id) == ids.end())
      ids.push_back(*id);
    if (ids.size() + odd.size() > kMostCancels) return error(400, "Too many orders in payload, max allowed: 1000");
  }
  if (ids.empty() && odd.empty()) return error(400, "Invalid order payload");
  if (Answer refused = charge(call, true, static_cast<std::int64_t>(ids.size() + odd.size())); refused) return refused;
  std::vector<CancelResult> results;
  for (const model::OrderId& id : ids) results.push_back(cancel_one(*call.key, id));
  return cancel_answer(*call.key, results, odd);
}

Answer VenueServer::Impl::delete_all(Call& call) {
  if (Answer refused = cancel_refusal(); refused) return refused;
  std::int64_t cost = 1;
  for (const std::size_t w : user_of(*call.key).wallets) {
    cost += static_cast<std::int64_t>(exchange.open_orders(wallets[w].account).size());
  }
  if (Answer refused = charge(call, true, cost); refused) return refused;
  std::vector<CancelResult> results;
  for (const std::size_t w : user_of(*call.key).wallets) {
    for (CancelResult& result : exchange.cancel_all(now, wallets[w].account)) results.push_back(std::move(result));
  }
  return cancel_answer(*call.key, results);
}

Answer VenueServer::Impl::delete_market_orders(Call& call) {
  if (Answer refused = cancel_refusal(); refused) return refused;
  if (!tree.parse(call.request->body)) return error(400, "Invalid order payload");
  const std::string_view condition = polymarket::plain_text(tree.member(0, "market"));
  const std::string_view asset = polymarket::plain_text(tree.member(0, "asset_id"));
  if (condition.empty() && asset.empty()) return error(400, "Invalid order payload");
  const model::MarketIndex market = exchange.markets().find_market(condition);
  const model::TokenIndex token = exchange.markets().find_token(asset);
  if ((!condition.empty() && !market.valid()) || (!asset.empty() && !token.valid())) {
    return error(404, "market not found");
  }
  std::vector<std::pair<AccountIndex, model::OrderId>> wanted;
  for (const std::size_t w : user_of(*call.key).wallets) {
    for (const OpenOrder& order : exchange.open_orders(wallets[w].account)) {
      if (market.valid() && exchange.markets().token(order.token).market != market) continue;
      if (!token.valid() || order.token == token) wanted.emplace_back(wallets[w].account, order.id);
    }
  }
  if (Answer refused = charge(call, true, 1 + static_cast<std::int64_t>(wanted.size())); refused) return refused;
  std::vector<CancelResult> results;
  for (const auto& [account, id] : wanted) results.push_back(exchange.cancel(now, account, id));
  return cancel_answer(*call.key, results);
}

}  // namespace ebb::exchange
