// The way of a request: its route, its proof of identity, faults, its answer.
#include <fmt/format.h>

#include <algorithm>

#include "exchange/venue_server_impl.hpp"

namespace ebb::exchange {
namespace {

constexpr std::string_view kUnauthorized = "Unauthorized/Invalid api key";
constexpr std::string_view kHtml =
    "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Something is in the way</h1></body></html>";

std::string_view status_words(int code) {
  switch (code) {
    case 425: return "the matching engine is restarting";
    case 429: return "Too Many Requests";
    case 500: return "Internal server error";
    case 503: return "Service Unavailable";
    default: return "request failed";
  }
}

}  // namespace

HttpResponse VenueServer::Impl::ok(std::string body) {
  return {200, {{"Content-Type", "application/json"}}, std::move(body)};
}

HttpResponse VenueServer::Impl::error(int status, std::string_view text) {
  JsonText json;
  json.open('{').field("error", text).close('}');
  return {status, {{"Content-Type", "application/json"}}, json.take()};
}

Timestamp VenueServer::Impl::told_time() const {
  const FaultSettings* skew = plan.active(FaultKind::clock_skew);
  return skew == nullptr ? now : now + skew->skew;
}

const std::vector<VenueServer::Impl::Route>& VenueServer::Impl::routes() {
  using enum HttpMethod;
  using I = Impl;
  constexpr Access open = Access::open, l1 = Access::l1, l2 = Access::l2, operators = Access::operators;
  constexpr FaultPath reads = FaultPath::reads, orders = FaultPath::orders, cancels = FaultPath::cancels;
  constexpr FaultPath data = FaultPath::data, gamma = FaultPath::gamma, none = FaultPath::all;
  static const std::vector<Route> kRoutes = {
      {get, "/ok", open, reads, &I::get_ok},
      {get, "/", open, reads, &I::get_ok},
      {get, "/version", open, reads, &I::get_version},
      {get, "/time", open, reads, &I::get_time},
      {get, "/book", open, reads, &I::get_book},
      {get, "/books", open, reads, &I::get_books},
      {post, "/books", open, reads, &I::post_books},
      {get, "/price", open, reads, &I::get_price},
      {post, "/prices", open, reads, &I::post_prices},
      {get, "/midpoint", open, reads, &I::get_midpoint},
      {post, "/midpoints", open, reads, &I::post_midpoints},
      {get, "/spread", open, reads, &I::get_spread},
      {post, "/spreads", open, reads, &I::post_spreads},
      {get, "/last-trade-price", open, reads, &I::get_last_trade},
      {post, "/last-trades-prices", open, reads, &I::post_last_trades},
      {get, "/tick-size", open, reads, &I::get_tick_size},
      {get, "/tick-size/", open, reads, &I::get_tick_size},
      {get, "/neg-risk", open, reads, &I::get_neg_risk},
      {get, "/neg-risk/", open, reads, &I::get_neg_risk},
      {get, "/fee-rate", open, reads, &I::get_fee_rate},
      {get, "/fee-rate/", open, reads, &I::get_fee_rate},
      {get, "/prices-history", open, reads, &I::get_prices_history},
      {get, "/clob-markets/", open, reads, &I::get_clob_market},
      {get, "/markets-by-token/", open, reads, &I::get_market_by_token},
      {get, "/markets", open, reads, &I::get_markets},
      {get, "/sampling-markets", open, reads, &I::get_markets},
      {get, "/simplified-markets", open, reads, &I::get_simplified_markets},
      {get, "/sampling-simplified-markets", open, reads, &I::get_simplified_markets},
      {get, "/markets/", open, reads, &I::get_market},
      {get, "/markets/live-activity/", open, reads, &I::get_empty_list},
      {get, "/fees/builder-fees/", open, reads, &I::get_builder_fees},
      {get, "/builder/trades", open, reads, &I::get_empty_page},
      {get, "/rewards/markets/current", open, reads, &I::get_empty_page},
      {get, "/rewards/markets/", open, reads, &I::get_empty_page},
      {get, "/api/geoblock", open, reads, &I::get_geoblock},
      {post, "/auth/api-key", l1, reads, &I::create_key},
      {get, "/auth/derive-api-key", l1, reads, &I::derive_key},
      {get, "/auth/api-keys", l2, reads, &I::list_keys},
      {del, "/auth/api-key", l2, reads, &I::delete_key},
      {post, "/auth/readonly-api-key", l2, reads, &I::create_read_only_key},
      {get, "/auth/readonly-api-keys", l2, reads, &I::list_read_only_keys},
      {del, "/auth/readonly-api-key", l2, reads, &I::delete_read_only_key},
      {post, "/auth/builder-api-key", l2, reads, &I::create_builder_key},
      {get, "/auth/builder-api-key", l2, reads, &I::list_builder_keys},
      {del, "/auth/builder-api-key", l2, reads, &I::delete_builder_key},
      {get, "/auth/ban-status/closed-only", l2, reads, &I::get_closed_only},
      {post, "/order", l2, orders, &I::post_order},
      {post, "/orders", l2, orders, &I::post_orders},
      {del, "/order", l2, cancels, &I::delete_order},
      {del, "/orders", l2, cancels, &I::delete_orders},
      {del, "/cancel-all", l2, cancels, &I::delete_all},
      {del, "/cancel-market-orders", l2, cancels, &I::delete_market_orders},
      {get, "/data/order/", l2, reads, &I::get_order},
      {get, "/data/orders", l2, reads, &I::get_orders},
      {get, "/data/trades", l2, reads, &I::get_trades},
      {get, "/data/pre-migration-orders", l2, reads, &I::get_empty_page},
      {get, "/balance-allowance", l2, reads, &I::get_balance},
      {get, "/balance-allowance/update", l2, reads, &I::update_balance},
      {get, "/notifications", l2, reads, &I::get_notifications},
      {del, "/notifications", l2, reads, &I::delete_notifications},
      {get, "/order-scoring", l2, reads, &I::get_order_scoring},
      {post, "/orders-scoring", l2, reads, &I::post_orders_scoring},
      {post, "/v1/heartbeats", l2, reads, &I::post_heartbeat},
      {post, "/heartbeats", l2, reads, &I::post_plain_heartbeat},
      {get, "/rewards/user", l2, reads, &I::get_empty_page},
      {get, "/rewards/user/markets", l2, reads, &I::get_empty_page},
      {get, "/rewards/user/total", l2, reads, &I::get_empty_list},
      {get, "/rewards/user/percentages", l2, reads, &I::get_no_percentages},
      {get, "/gamma/markets", open, gamma, &I::get_gamma_markets},
      {get, "/gamma/markets/", open, gamma, &I::get_gamma_market},
      {get, "/gamma/events", open, gamma, &I::get_gamma_events},
      {get, "/data-api/v2/positions", open, data, &I::get_positions},
      {get, "/data-api/v2/trades", open, data, &I::get_data_trades},
      {get, "/data-api/v2/activity", open, data, &I::get_activity},
      {get, "/data-api/v2/value", open, data, &I::get_value},
      {get, "/data-api/v2/resolutions", open, data, &I::get_resolutions},
      {get, "/admin/accounts/", operators, none, &I::get_admin_account},
      {get, "/admin/log", operators, none, &I::get_admin_log},
      {get, "/admin/stats", operators, none, &I::get_admin_stats},
      {post, "/admin/faults", operators, none, &I::post_admin_faults},
      {post, "/admin/step", operators, none, &I::post_admin_step},
  };
  return kRoutes;
}

const VenueServer::Impl::Route* VenueServer::Impl::find_route(const HttpRequest& request, std::string_view& rest) {
  const std::string_view path = request.path();
  for (const Route& route : routes()) {
    if (route.method != request.method) continue;
    if (route.path == path) return &route;
    const bool below = route.path.size() > 1 && route.path.back() == '/' && path.size() > route.path.size();
    if (!below || !path.starts_with(route.path)) continue;
    rest = path.substr(route.path.size());
    if (rest.find('/') == std::string_view::npos) return &route;
  }
  return nullptr;
}

bool VenueServer::Impl::fault_covers(const FaultSettings& fault, FaultPath path) {
  return fault.path == FaultPath::all || fault.path == path;
}

VenueServer::Impl::Answer VenueServer::Impl::check_access(const Route& route, Call& call, bool loopback) {
  if (route.access == Access::operators && !loopback) return error(403, "operators only, from this machine");
  // The venue's clock is the one that it shows: a client that follows /time is right.
  const ClockRule rule{told_time(), config.auth_skew, !config.manual_clock};
  if (route.access == Access::l1) {
    const auto claim = keys.check_l1(*call.request, rule);
    if (!claim) return error(401, "Invalid L1 Request headers");
    call.claim = *claim;
  }
  if (route.access == Access::l2) {
    call.key = keys.check_l2(*call.request, rule);
    if (call.key == nullptr) return error(401, kUnauthorized);
    if (call.key->read_only && route.handle != &Impl::get_trades) return error(401, kUnauthorized);
    (void)user_of(*call.key);
    (void)wallet_of(call.key->address_text, 0, *call.key);  // the signer's own account (signature type 0)
  }
  return std::nullopt;
}

VenueServer::Impl::Answer VenueServer::Impl::carry_out(const Route& route, Call& call, bool loopback) {
  if (Answer refused = check_access(route, call, loopback); refused) return refused;
  return (this->*route.handle)(call);
}

bool VenueServer::Impl::spoil(const Route* route, ReplyToken token, const HttpRequest& request, bool loopback) {
  if (route == nullptr || route->access == Access::operators) return false;
  const FaultSettings* timeout = plan.active(FaultKind::timeout);
  const FaultSettings* status = plan.active(FaultKind::status);
  const bool times_out = timeout != nullptr && fault_covers(*timeout, route->fault) && plan.roll(timeout->share);
  const bool fails = !times_out && status != nullptr && fault_covers(*status, route->fault) && plan.roll(status->share);
  if (!times_out && !fails) return false;
  const FaultSettings& fault = times_out ? *timeout : *status;
  if (fault.applied) {
    Call call;
    call.token = ReplyToken(0);  // what it is answered with is lost
    call.request = &request;
    std::string_view rest;
    (void)find_route(request, rest);
    call.rest = rest;
    (void)carry_out(*route, call, loopback);
    deliver();
  }
  if (times_out) {
    later(now + fault.wait, LateDrop{token});
    return true;
  }
  HttpResponse response = error(fault.code, status_words(fault.code));
  if (fault.html) response = {fault.code, {{"Content-Type", "text/html"}}, std::string(kHtml)};
  if (fault.retry_after > 0) response.headers.push_back({"Retry-After", fmt::format("{}", fault.retry_after)});
  respond(token, route, std::move(response));
  return true;
}

void VenueServer::Impl::respond(ReplyToken token, const Route* route, Answer answer) {
  if (!answer) return;
  const FaultSettings* slow = plan.active(FaultKind::slow);
  if (slow != nullptr && route != nullptr && route->access != Access::operators && fault_covers(*slow, route->fault)) {
    later(now + slow->wait + plan.draw(slow->jitter), LateReply{token, std::move(*answer)});
    return;
  }
  sink.reply(token, std::move(*answer));
}

void VenueServer::Impl::serve(ReplyToken token, const HttpRequest& request, bool loopback) {
  std::string_view rest;
  const Route* route = find_route(request, rest);
  if (spoil(route, token, request, loopback)) return;
  if (route == nullptr) {
    sink.reply(token, error(404, "not found"));
    return;
  }
  Call call;
  call.token = token;
  call.request = &request;
  call.rest = rest;
  Answer answer = carry_out(*route, call, loopback);
  deliver();  // frames before the answer (rules 7.6)
  respond(token, route, std::move(answer));
}

}  // namespace ebb::exchange
