// The operator's endpoints (spec/cli.md), for this machine only: the exchange's own truth, its log, faults and the clock.
#include <fmt/format.h>

#include <algorithm>

#include "base/decimal.hpp"
#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kLogPage = 10'000;
constexpr std::size_t kMostOfLog = 100'000;
constexpr Duration kLongestStep = hours(24 * 30);

}  // namespace

using Answer = std::optional<HttpResponse>;

void VenueServer::Impl::write_admin_orders(JsonText& json, AccountIndex account) const {
  json.key("open_orders").open('[');
  for (const OpenOrder& order : exchange.open_orders(account)) {
    json.open('{').field("id", order.id).field("token_id", exchange.markets().token_id(order.token));
    json.field("side", to_text(order.side)).field("type", to_text(order.type)).field("price", order.price);
    json.field("size", order.original_size).field("size_matched", order.size_matched).close('}');
  }
  FlatMap<model::OrderId, Timestamp, std::hash<model::OrderId>> ended;
  for (const TruthOrder& truth : exchange.truth().orders) {
    const bool happened = truth.kind != TruthOrderKind::refused && truth.kind != TruthOrderKind::cancel_refused;
    if (truth.account == account && happened && !truth.live) ended.try_emplace(truth.id, truth.at);
  }
  json.close(']').key("orders").open('[');
  for (const TruthOrder& truth : exchange.truth().orders) {
    if (truth.account != account || truth.kind != TruthOrderKind::accepted) continue;
    const auto view = exchange.find_order(truth.id);
    json.open('{').field("id", truth.id).field("token_id", exchange.markets().token_id(truth.token));
    json.field("side", to_text(truth.side)).field("type", to_text(truth.type)).field("price", truth.price);
    json.field("size", truth.size).field("size_matched", view ? view->order.size_matched : truth.size_matched);
    json.field("status", view ? view->status_text : std::string_view("LIVE")).count("at", truth.at.ms());
    const auto end = ended.find(truth.id);
    if (end != ended.end()) json.count("ended", end->second.ms());
    json.flag("post_only", truth.crossing == model::Crossing::post_only).close('}');
  }
  json.close(']');
}

void VenueServer::Impl::write_admin_fills(JsonText& json, AccountIndex account) const {
  FlatMap<std::string_view, model::TradeStatus> status;  // the last one of each
  for (const TruthTradeStatus& step : exchange.truth().trade_statuses) status[step.trade.view()] = step.status;
  json.key("fills").open('[');
  for (const TruthFill& fill : exchange.truth().fills) {
    if (fill.account != account) continue;
    json.open('{').field("trade_id", fill.trade.view()).field("order_id", fill.order);
    json.field("token_id", exchange.markets().token_id(fill.token)).field("side", to_text(fill.side));
    json.field("price", fill.price).field("size", fill.size).field("cash", fill.cash).field("fee", fill.fee);
    json.field("role", fill.maker ? "maker" : "taker").field("status", to_text(status[fill.trade.view()]));
    json.count("at", fill.at.ms()).close('}');
  }
  json.close(']');
}

/// What this account did or became that must never be, as far as an exchange can see.
void VenueServer::Impl::write_violations(JsonText& json, const Wallet& wallet) const {
  json.key("violations").open('[');
  const auto write = [&](std::string_view rule, std::string_view detail, Timestamp at) {
    json.open('{').field("rule", rule).field("detail", detail).count("at", at.ms()).close('}');
  };
  for (const Violation& violation : violations) {
    if (violation.account == wallet.account) write(violation.rule, violation.detail, violation.at);
  }
  for (const TruthFill& fill : exchange.truth().fills) {
    if (fill.account == wallet.account && fill.counterparty == wallet.account) {
      write("own_trade", fill.trade.view(), fill.at);
    }
  }
  const AccountView account = exchange.account(wallet.account);
  if (account.cash.raw() < 0) write("negative_cash", to_text(account.cash), now);
  const bool global = config.exchange.cash_gate == CashGate::global;
  if (global && account.free_globally().raw() < 0) write("above_balance", to_text(account.open_buys), now);
  for (std::uint32_t t = 0; t < exchange.markets().token_count(); ++t) {
    const HoldingView holding = exchange.holding(wallet.account, model::TokenIndex(t));
    const std::string& id = exchange.markets().token_id(model::TokenIndex(t));
    if (holding.settled.raw() < 0) write("negative_position", id, now);
    if (holding.sellable().raw() < 0) write("above_position", id, now);
  }
  json.close(']');
}

Answer VenueServer::Impl::get_admin_account(Call& call) {
  const Wallet* wallet = find_wallet(call.rest);
  if (wallet == nullptr) return error(404, "account not found: it opens with its first authenticated request or order");
  const AccountView account = exchange.account(wallet->account);
  JsonText json;
  json.open('{').field("address", wallet->maker).field("signer", wallet->signer);
  json.count("signature_type", wallet->signature_type).field("cash", account.cash);
  json.field("reserved", account.open_buys).field("matched_buys", account.matched_buys).key("positions").open('[');
  for (std::uint32_t t = 0; t < exchange.markets().token_count(); ++t) {
    const HoldingView holding = exchange.holding(wallet->account, model::TokenIndex(t));
    if (holding.settled.raw() == 0 && holding.matched_buys.raw() == 0) continue;
    json.open('{').field("token_id", exchange.markets().token_id(model::TokenIndex(t)));
    json.field("size", holding.settled).field("open_sells", holding.open_sells);
    json.field("matched_buys", holding.matched_buys).field("matched_sells", holding.matched_sells).close('}');
  }
  json.close(']');
  write_admin_orders(json, wallet->account);
  write_admin_fills(json, wallet->account);
  write_violations(json, *wallet);
  json.close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::get_admin_log(Call& call) {
  if (!call.query("seconds").empty()) return ok(log.seconds_json());
  const auto after = parse_scaled(call.query("after"), 0);
  const auto limit = parse_scaled(call.query("limit"), 0);
  if (!call.query("after").empty() && !after) return error(400, "after is no number");
  const std::size_t most = limit ? std::min(static_cast<std::size_t>(*limit), kMostOfLog) : kLogPage;
  return ok(log.json(exchange.markets(), static_cast<std::uint64_t>(after.value_or(0)), most));
}

Answer VenueServer::Impl::get_admin_stats(Call&) {
  JsonText json;
  json.open('{').count("now", now.ms()).count("market_events", static_cast<std::int64_t>(exchange.market_events()));
  json.count("log_last", static_cast<std::int64_t>(log.last())).key("sockets").open('[');
  for (const auto& [ref, socket] : sockets.all()) {
    json.open('{').count("socket", static_cast<std::int64_t>(ref));
    json.field("channel", socket.kind == SocketKind::market ? "market" : "user");
    json.count("assets", static_cast<std::int64_t>(socket.tokens.size()));
    json.count("frames", static_cast<std::int64_t>(socket.frames));
    json.count("events", static_cast<std::int64_t>(socket.events));
    json.count("bytes", static_cast<std::int64_t>(socket.bytes)).flag("frozen", socket.frozen).close('}');
  }
  json.close(']').close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::post_admin_faults(Call& call) {
  auto script = parse_faults(call.request->body, "request");
  if (!script) return error(400, script.error().message);
  for (const FaultLine& line : script->lines) {
    const bool needs_market = line.kind == FaultKind::tick_change || line.kind == FaultKind::resolve;
    if (needs_market && !fault_market(line.settings).valid()) return error(400, "there is no such market");
  }
  plan.add(*script, now);
  run_own_timers();
  JsonText json;
  json.open('{').flag("ok", true).count("faults", static_cast<std::int64_t>(script->lines.size())).close('}');
  return ok(json.take());
}

Answer VenueServer::Impl::post_admin_step(Call& call) {
  if (!config.manual_clock) return error(400, "the clock is the wall's: start with --manual-clock");
  std::string text = call.query("seconds");
  if (text.empty() && tree.parse(call.request->body)) text = polymarket::plain_text(tree.member(0, "seconds"));
  const auto nanoseconds = parse_scaled(text, 9);
  if (!nanoseconds || Duration(*nanoseconds) > kLongestStep) return error(400, "seconds: a number from 0 to 2592000");
  advance_to(now + Duration(*nanoseconds));
  JsonText json;
  json.open('{').flag("ok", true).count("now", now.ms());
  json.count("market_events", static_cast<std::int64_t>(exchange.market_events())).close('}');
  return ok(json.take());
}

}  // namespace ebb::exchange
