#include "session/budgets.hpp"

#include <algorithm>
#include <charconv>

namespace ebb::session {
namespace {

using polymarket::Endpoint;

constexpr std::int64_t kPerMille = 1'000;
constexpr Duration kDefaultBlock = seconds(1);
constexpr Duration kLongestBlock = minutes(10);

polymarket::SignerTier tier_named(std::string_view name) {
  return polymarket::find_tier(name).value_or(polymarket::signer_tiers().front());
}

std::int64_t part_of(std::int64_t limit, std::int32_t per_mille) {
  return std::max<std::int64_t>(1, limit * per_mille / kPerMille);
}

bool is_order(Endpoint endpoint) { return endpoint == Endpoint::post_order || endpoint == Endpoint::post_orders; }
bool is_cancel(Endpoint endpoint) {
  return endpoint == Endpoint::delete_order || endpoint == Endpoint::delete_orders ||
         endpoint == Endpoint::cancel_all || endpoint == Endpoint::cancel_market;
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Polls leave a tenth of the ledger's window to queries.
std::int64_t ledger_tenths(Urgency urgency) { return urgency == Urgency::poll ? 1 : 0; }

/// Tenths of a shared limit that requests of this urgency leave to the others.
std::int64_t tenths_left(Urgency urgency) {
  switch (urgency) {
    case Urgency::query: return 1;
    case Urgency::poll: return 2;
    default: return 0;
  }
}

}  // namespace

Urgency urgency_of(model::CancelReason reason) {
  switch (reason) {
    case model::CancelReason::untrusted:
    case model::CancelReason::stale:
    case model::CancelReason::exit:
    case model::CancelReason::risk:
    case model::CancelReason::market_end:
    case model::CancelReason::sell_only:
    case model::CancelReason::stopped:
    case model::CancelReason::position_gone:
    case model::CancelReason::shortage:
    case model::CancelReason::operator_request:
    case model::CancelReason::duplicate:
    case model::CancelReason::restarted: return Urgency::risk_cancel;
    case model::CancelReason::requote:
    case model::CancelReason::signal_gone:
    case model::CancelReason::buy_ttl:
    case model::CancelReason::pulled:
    case model::CancelReason::tick_change:
    case model::CancelReason::truncated:
    case model::CancelReason::step_down:
    case model::CancelReason::idle_timeout:
    case model::CancelReason::quote_gone: return Urgency::cancel;
  }
  return Urgency::cancel;
}

Urgency urgency_of(const model::PlaceOrder& order) {
  if (order.purpose == model::OrderPurpose::exit) return Urgency::exit;
  return order.side == model::Side::sell ? Urgency::sell : Urgency::buy;
}

std::optional<Duration> retry_after(const std::vector<HttpHeader>& headers) {
  const auto value = number(find_header(headers, "Retry-After"));
  if (!value || *value < 0) return std::nullopt;
  return std::min(seconds(std::min<std::int64_t>(*value, 86'400)), kLongestBlock);
}

bool has_rate_headers(const std::vector<HttpHeader>& headers) {
  return !find_header(headers, "Retry-After").empty() || !find_header(headers, "Poly-RateLimit-Remaining").empty() ||
         !find_header(headers, "Poly-RateLimit-Reset").empty();
}

Budgets::Budgets(BudgetOptions options)
    : options_(std::move(options)),
      tier_(tier_named(options_.tier)),
      clob_(part_of(polymarket::kClobWindow.requests, options_.share_per_mille), polymarket::kClobWindow.span),
      ledger_(part_of(polymarket::kLedgerWindow.requests, options_.share_per_mille), polymarket::kLedgerWindow.span),
      orders_(part_of(tier_.orders_per_second, options_.share_per_mille),
              part_of(tier_.order_burst, options_.share_per_mille)),
      cancels_(part_of(tier_.cancels_per_second, options_.share_per_mille),
               part_of(tier_.cancel_burst, options_.share_per_mille)) {
  for (std::size_t i = 0; i < polymarket::kEndpoints; ++i) {
    for (const polymarket::RateWindow& window : polymarket::endpoint_windows(static_cast<Endpoint>(i))) {
      endpoints_[i].windows.emplace_back(part_of(window.requests, options_.share_per_mille), window.span);
    }
  }
}

TokenBucket* Budgets::bucket_of(Endpoint endpoint) {
  if (is_order(endpoint)) return &orders_;
  return is_cancel(endpoint) ? &cancels_ : nullptr;
}

/// Tokens that must be left after a request of this urgency; negative = a debt is allowed.
std::int64_t Budgets::floor_of(Endpoint endpoint, Urgency urgency) const {
  if (is_order(endpoint)) {
    if (urgency == Urgency::buy) return orders_.burst() / 5;
    return urgency == Urgency::sell ? orders_.burst() / 10 : 0;
  }
  if (is_cancel(endpoint) && urgency == Urgency::risk_cancel && tier_.cancels_may_go_negative) return -cancels_.burst();
  return 0;
}

std::int64_t Budgets::room(Timestamp now, Endpoint endpoint, std::int64_t wanted, Urgency urgency) {
  if (now < all_blocked_until_) return 0;
  const auto index = static_cast<std::size_t>(endpoint);
  for (SlidingWindow& window : endpoints_[index].windows) {
    if (window.room(now) < 1) return 0;
  }
  const std::int64_t tenths = tenths_left(urgency);
  if (clob_.room(now) < 1 + clob_.limit() * tenths / 10) return 0;
  if (polymarket::is_ledger_read(endpoint) && ledger_.room(now) < 1 + ledger_.limit() * ledger_tenths(urgency) / 10)
    return 0;
  TokenBucket* bucket = bucket_of(endpoint);
  if (bucket == nullptr) return wanted;
  if (now < (is_order(endpoint) ? orders_blocked_until_ : cancels_blocked_until_)) return 0;
  const std::int64_t most = std::min(wanted, bucket->burst());  // a cost above the burst can never pass
  const std::int64_t tokens = bucket->tokens(now);
  if (is_cancel(endpoint) && urgency == Urgency::cancel && tier_.cancels_may_go_negative) return tokens > 0 ? most : 0;
  return std::clamp<std::int64_t>(tokens - floor_of(endpoint, urgency), 0, most);
}

bool Budgets::take(Timestamp now, Endpoint endpoint, std::int64_t cost, Urgency urgency) {
  if (room(now, endpoint, cost, urgency) < cost) return false;
  for (SlidingWindow& window : endpoints_[static_cast<std::size_t>(endpoint)].windows) window.add(now, 1);
  clob_.add(now, 1);
  if (polymarket::is_ledger_read(endpoint)) ledger_.add(now, 1);
  if (TokenBucket* bucket = bucket_of(endpoint); bucket != nullptr) bucket->take(now, cost);
  return true;
}

Timestamp Budgets::when(Timestamp now, Endpoint endpoint, std::int64_t cost, Urgency urgency) {
  Timestamp at = std::max(now, all_blocked_until_);
  for (SlidingWindow& window : endpoints_[static_cast<std::size_t>(endpoint)].windows) {
    at = std::max(at, window.when(now, 1));
  }
  const std::int64_t tenths = tenths_left(urgency);
  at = std::max(at, clob_.when(now, 1 + clob_.limit() * tenths / 10));
  if (polymarket::is_ledger_read(endpoint))
    at = std::max(at, ledger_.when(now, 1 + ledger_.limit() * ledger_tenths(urgency) / 10));
  TokenBucket* bucket = bucket_of(endpoint);
  if (bucket == nullptr) return at;
  at = std::max(at, is_order(endpoint) ? orders_blocked_until_ : cancels_blocked_until_);
  if (cost > bucket->burst()) return kNever;
  const bool may_overdraw = is_cancel(endpoint) && urgency == Urgency::cancel && tier_.cancels_may_go_negative;
  return std::max(at, bucket->when(now, may_overdraw ? 1 : cost + floor_of(endpoint, urgency)));
}

void Budgets::set_tier(Timestamp now, const polymarket::SignerTier& tier) {
  if (tier.name == tier_.name) return;
  tier_ = tier;
  orders_.configure(now, part_of(tier.orders_per_second, options_.share_per_mille),
                    part_of(tier.order_burst, options_.share_per_mille));
  cancels_.configure(now, part_of(tier.cancels_per_second, options_.share_per_mille),
                     part_of(tier.cancel_burst, options_.share_per_mille));
}

void Budgets::on_headers(Timestamp now, Endpoint endpoint, int status, const std::vector<HttpHeader>& headers) {
  if (const auto tier = polymarket::find_tier(find_header(headers, "Poly-RateLimit-Tier"))) set_tier(now, *tier);
  TokenBucket* bucket = bucket_of(endpoint);
  const auto remaining = number(find_header(headers, "Poly-RateLimit-Remaining"));
  if (bucket != nullptr && remaining) {
    // Never believed below one burst of debt: such a number would hold everything back for ever.
    bucket->lower_to(now, std::max(*remaining, -bucket->burst()));
  }
  if (status != 429) return;
  ++refusals_;
  Duration wait = retry_after(headers).value_or(kDefaultBlock);
  if (const auto reset = number(find_header(headers, "Poly-RateLimit-Reset")); reset && !retry_after(headers)) {
    const std::int64_t ahead = *reset - now.ns() / 1'000'000'000;
    if (ahead > 0 && ahead <= 60) wait = seconds(ahead);
  }
  const bool of_signer = remaining.has_value() || !find_header(headers, "Poly-RateLimit-Tier").empty();
  Timestamp& blocked = bucket == nullptr || !of_signer ? all_blocked_until_
                       : is_order(endpoint)            ? orders_blocked_until_
                                                       : cancels_blocked_until_;
  blocked = std::max(blocked, now + wait);
}

void Budgets::charge_cancels(Timestamp now, std::int64_t count) { cancels_.take(now, count); }

}  // namespace ebb::session
