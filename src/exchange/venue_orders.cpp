// POST /order and POST /orders (protocol 6.1, 6.2): budgets, placing, orders that are held or delayed.
#include <fmt/format.h>

#include "base/decimal.hpp"
#include "exchange/venue_order_form.hpp"

namespace ebb::exchange {
namespace {

constexpr std::size_t kMostOrders = 15;
constexpr Duration kTakerHold = milliseconds(250);  // itode
constexpr int kPostOnlyRetry = 120;

std::string_view status_text(model::PlaceOutcome outcome) {
  switch (outcome) {
    case model::PlaceOutcome::live: return "live";
    case model::PlaceOutcome::matched: return "matched";
    case model::PlaceOutcome::delayed: return "delayed";
    case model::PlaceOutcome::unmatched: return "unmatched";
    default: return "";
  }
}

bool is_mode_refusal(const PlaceResult& result) { return result.http_status == 503 || result.http_status == 425; }

}  // namespace

using Answer = std::optional<HttpResponse>;

void VenueServer::Impl::add_budget_headers(const ApiKey& key, bool cancels, HttpResponse& response) {
  user_of(key).budget.add_headers(now, cancels, response.status == 429, response.headers);
}

Answer VenueServer::Impl::charge(Call& call, bool cancels, std::int64_t cost) {
  SignerBudget& budget = user_of(*call.key).budget;
  if (cancels ? budget.take_cancels(now, cost) : budget.take_orders(now, cost)) return std::nullopt;
  HttpResponse response = error(429, "Too Many Requests");
  add_budget_headers(*call.key, cancels, response);
  return response;
}

std::expected<VenueServer::Impl::Submission, VenueServer::Impl::Refusal> VenueServer::Impl::read_submission(
    const ApiKey& key, std::uint32_t node) {
  auto form = read_form(key, node);
  if (!form) return std::unexpected(form.error());
  if (auto refusal = check_addresses(*form, key); refusal) return std::unexpected(*refusal);
  Submission submission;
  submission.key = &key;
  submission.defer = form->defer;
  OrderRequest& order = submission.order;
  order.id = digester.digest(polymarket::exchange_of(exchange.markets().market_of(form->token)), form->fields);
  if (auto refusal = check_signature(*form, key, order.id); refusal) return std::unexpected(*refusal);
  Wallet* wallet = wallet_of(form->maker, static_cast<int>(form->fields.signature_type), key);
  if (wallet == nullptr) return std::unexpected(Refusal{400, "invalid signature", order.id});
  order.account = wallet->account;
  order.token = form->token;
  order.side = form->fields.side;
  order.type = form->type;
  order.crossing = form->post_only ? model::Crossing::post_only : model::Crossing::allowed;
  if ((form->expiration != 0) != (form->type == model::OrderType::gtd)) {
    return std::unexpected(Refusal{400, "invalid expiration", order.id});
  }
  if (form->expiration != 0) {
    if (form->expiration > 4'000'000'000) return std::unexpected(Refusal{400, "invalid expiration", order.id});
    order.expiration = Timestamp(form->expiration * 1'000'000'000);
  }
  if (auto refusal = price_order(*form, order); refusal) return std::unexpected(*refusal);
  return submission;
}

std::optional<PlaceResult> VenueServer::Impl::submit(const Submission& submission, std::optional<ReplyToken> token) {
  const OrderRequest& order = submission.order;
  const bool known = is_held(order.id) || exchange.find_order(order.id).has_value();
  if (known) {
    violations.push_back({now, order.account, "duplicate_id", model::to_text(order.id) + " was sent twice"});
  }
  if (is_held(order.id)) {
    PlaceResult twice;
    twice.id = order.id;
    twice.http_status = 400;
    twice.error = fmt::format("order {} is invalid. Duplicated.", model::to_text(order.id));
    return twice;
  }
  const VenueMarket& market = markets[exchange.markets().token(order.token).market.value()];
  const bool waits = market.holds_takers || market.seconds_delay > 0;
  if (waits && order.crossing == model::Crossing::allowed) {
    const Preview seen = exchange.preview(now, order);
    if (!seen.refused && seen.marketable) {
      const bool held = market.holds_takers && token.has_value();
      const Duration wait = market.holds_takers ? kTakerHold : seconds(market.seconds_delay);
      held_ids.emplace(order.id, order);
      later(now + wait, LateOrder{order, held ? token : std::nullopt, submission.key->id});
      if (held) return std::nullopt;
      PlaceResult delayed;
      delayed.id = order.id;
      delayed.success = true;
      delayed.outcome = model::PlaceOutcome::delayed;
      return delayed;
    }
  }
  PlaceResult result = exchange.place(now, order);
  if (result.success) order_owners.emplace(order.id, submission.key->id);
  return result;
}

void VenueServer::Impl::finish_held(const LateOrder& held) {
  held_ids.erase(held.order.id);
  PlaceResult result = exchange.place(now, held.order);
  if (result.success) order_owners.emplace(held.order.id, held.owner);
  deliver();
  if (held.token) {
    if (*held.token != 0) sink.reply(*held.token, place_response(result));
    return;
  }
  if (result.success) return;  // the channel has told
  JsonText json;  // a delayed order that came to nothing: composite status (protocol 3)
  json.open('{').field("event_type", "order").field("type", "CANCELLATION").field("id", held.order.id);
  json.field("owner", held.owner).field("market", exchange.markets().market_of(held.order.token).condition_id);
  json.field("asset_id", exchange.markets().token_id(held.order.token)).field("side", to_text(held.order.side));
  json.field("original_size", held.order.size).field("size_matched", "").field("price", held.order.price);
  json.field("status", "CANCELED_" + result.error).field("timestamp", fmt::format("{}", now.ms())).close('}');
  Outgoing frame;
  frame.channel = Channel::user;
  frame.account = held.order.account;
  frame.market = exchange.markets().token(held.order.token).market;
  frame.at = now;
  frame.text = json.take();
  deliver_user(frame);
}

std::string VenueServer::Impl::accepted_body(const PlaceResult& result) const {
  const bool moved = result.making_micros > 0 || result.taking_micros > 0;
  const bool delayed = result.outcome == model::PlaceOutcome::delayed;
  JsonText json;
  json.open('{').flag("success", true).field("errorMsg", "").field("orderID", result.id);
  json.field("status", status_text(result.outcome));
  json.key("makingAmount");
  moved || delayed ? json.decimal_text(result.making_micros, 6) : json.text("");
  json.key("takingAmount");
  moved || delayed ? json.decimal_text(result.taking_micros, 6) : json.text("");
  json.key("transactionsHashes").open('[').close(']').key("tradeIDs").open('[');
  for (const std::string& trade : result.trade_ids) json.text(trade);
  json.close(']').close('}');
  return json.take();
}

HttpResponse VenueServer::Impl::place_response(const PlaceResult& result) {
  if (result.success) return ok(accepted_body(result));
  JsonText json;
  json.open('{').field("error", result.error);
  HttpResponse response{result.http_status, {{"Content-Type", "application/json"}}, {}};
  if (result.error.starts_with("post-only mode")) {
    json.field("code", "post_only_mode").count("retry_after_seconds", kPostOnlyRetry);
    response.headers.push_back({"Retry-After", fmt::format("{}", kPostOnlyRetry)});
  }
  const bool killed = result.error.find("FOK") != std::string::npos || result.error.find("FAK") != std::string::npos;
  if (killed) json.field("orderID", result.id);
  json.close('}');
  response.body = json.take();
  return response;
}

Answer VenueServer::Impl::post_order(Call& call) {
  if (Answer refused = charge(call, false, 1); refused) return refused;
  if (!tree.parse(call.request->body)) return error(400, "Invalid order payload");
  const auto submission = read_submission(*call.key, 0);
  HttpResponse response;
  if (!submission) {
    response = error(submission.error().status, submission.error().text);
  } else {
    const auto result = submit(*submission, call.token);
    if (!result) return std::nullopt;
    response = place_response(*result);
  }
  add_budget_headers(*call.key, false, response);
  return response;
}

Answer VenueServer::Impl::post_orders(Call& call) {
  if (!tree.parse(call.request->body) || tree[0].kind != polymarket::JsonKind::array) {
    return error(400, "Invalid order payload");
  }
  std::vector<std::uint32_t> nodes;
  for (std::uint32_t i = 1; i < tree[0].end; i = tree[i].end) nodes.push_back(i);
  if (nodes.empty()) return error(400, "Invalid order payload");
  if (nodes.size() > kMostOrders) {
    return error(400, fmt::format("Too many orders in payload: {}, max allowed: {}", nodes.size(), kMostOrders));
  }
  if (Answer refused = charge(call, false, static_cast<std::int64_t>(nodes.size())); refused) return refused;
  JsonText json;
  json.open('[');
  for (const std::uint32_t node : nodes) {
    const auto submission = read_submission(*call.key, node);
    PlaceResult result;
    if (submission)
      result = *submit(*submission, std::nullopt);  // a batch never waits: held orders are `delayed`
    else
      result.error = submission.error().text;
    if (result.success) {
      json.raw(accepted_body(result));
      continue;
    }
    if (result.http_status == 425) return place_response(result);
    // The restricted modes answer with success and a text (protocol 6.4).
    json.open('{').flag("success", is_mode_refusal(result)).field("errorMsg", result.error).field("orderID", "");
    json.field("status", "").field("makingAmount", "").field("takingAmount", "").close('}');
  }
  json.close(']');
  HttpResponse response = ok(json.take());
  add_budget_headers(*call.key, false, response);
  return response;
}

}  // namespace ebb::exchange
