#include "polymarket/errors.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace ebb::polymarket {
namespace {

using model::CancelOutcome;
using model::RejectKind;
using model::VenueMode;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Case is not to be relied on. `part` is lower case.
bool contains(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}
bool equals(std::string_view text, std::string_view expected) {
  return text.size() == expected.size() && contains(text, expected);
}

struct Phrase {
  std::string_view part;
  RejectKind kind;
  Decision decision;
};

/// In order: the first that occurs in the text decides.
constexpr Phrase kPhrases[] = {
    {"post-only mode", RejectKind::post_only_mode, Decision::wait},
    {"cancel-only", RejectKind::cancel_only_mode, Decision::wait},
    {"trading is disabled", RejectKind::cancel_only_mode, Decision::wait},
    {"trading is currently disabled", RejectKind::cancel_only_mode, Decision::wait},
    {"not enough balance", RejectKind::not_enough_balance, Decision::refresh_balance},
    {"not enough fund", RejectKind::not_enough_balance, Decision::refresh_balance},
    {"not enough allowance", RejectKind::not_enough_balance, Decision::refresh_balance},
    {"insufficient balance", RejectKind::not_enough_balance, Decision::refresh_balance},
    {"insufficient fund", RejectKind::not_enough_balance, Decision::refresh_balance},
    {"insufficient allowance", RejectKind::not_enough_balance, Decision::refresh_balance},
    {"crosses the book", RejectKind::post_only_crosses, Decision::refuse},
    {"invalid post-only order", RejectKind::post_only_crosses, Decision::refuse},
    {"order crosses book", RejectKind::post_only_crosses, Decision::refuse},
    {"breaks minimum tick size", RejectKind::tick_size, Decision::refresh_tick},
    {"invalid amount for a marketable", RejectKind::marketable_minimum, Decision::refuse},
    {"min size: $", RejectKind::marketable_minimum, Decision::refuse},
    {"lower than the minimum", RejectKind::minimum_size, Decision::refuse},
    {"duplicated", RejectKind::duplicate, Decision::ask},
    {"no orders found to match with fak", RejectKind::no_match, Decision::refuse},
    {"there are no matching orders", RejectKind::no_match, Decision::refuse},
    {"fok orders are fully filled or killed", RejectKind::fok_killed, Decision::refuse},
    {"rate limit exceeded", RejectKind::rate_limited, Decision::wait},
    {"too many requests", RejectKind::rate_limited, Decision::wait},
    {"too many orders in payload", RejectKind::rate_limited, Decision::retry},
    {"payload exceeds the limit", RejectKind::rate_limited, Decision::retry},
    {"invalid expiration", RejectKind::invalid_expiration, Decision::refuse},
    {"self trade", RejectKind::self_trade, Decision::refuse},
    {"self-trade", RejectKind::self_trade, Decision::refuse},
    {"banned", RejectKind::banned, Decision::stop},
    {"closed only mode", RejectKind::banned, Decision::stop},
    {"order_version_mismatch", RejectKind::version_mismatch, Decision::refresh_version},
    {"invalid order version", RejectKind::version_mismatch, Decision::refresh_version},
    {"invalid nonce", RejectKind::other, Decision::stop},
    {"no orderbook exists", RejectKind::market_closed, Decision::refuse},
    {"market not found", RejectKind::market_closed, Decision::refuse},
    {"not yet ready to process new orders", RejectKind::restarting, Decision::wait},
    {"market is closed", RejectKind::market_closed, Decision::refuse},
    {"not accepting orders", RejectKind::market_closed, Decision::refuse},
    {"order owner has to be the owner", RejectKind::banned, Decision::stop},
    {"order signer address has to be", RejectKind::banned, Decision::stop},
    {"invalid signature_type", RejectKind::other, Decision::stop},
    {"invalid signature", RejectKind::banned, Decision::stop},
    {"unauthorized", RejectKind::banned, Decision::stop},
    {"invalid api key", RejectKind::banned, Decision::stop},
    {"invalid l1 request headers", RejectKind::banned, Decision::stop},
    {"match delayed due to market conditions", RejectKind::other, Decision::ask},
    {"rounding issues", RejectKind::other, Decision::refuse},
    {"discrepancy greater than allowed", RejectKind::other, Decision::refuse},
    {"could not insert order", RejectKind::other, Decision::ask},
    {"internal server error", RejectKind::other, Decision::ask},
    {"context canceled", RejectKind::other, Decision::ask},
    {"invalid order payload", RejectKind::other, Decision::refuse},
    {"invalid orderid", RejectKind::other, Decision::refuse},
    {"invalid token id", RejectKind::other, Decision::refuse},
    {"invalid side", RejectKind::other, Decision::refuse},
    {"invalid payload", RejectKind::other, Decision::refuse},
    {"invalid asset type", RejectKind::other, Decision::refuse},
    {"order not found", RejectKind::other, Decision::ask},
};

const Phrase* find_phrase(std::string_view text) {
  const auto* const known =
      std::find_if(std::begin(kPhrases), std::end(kPhrases), [&](const Phrase& p) { return contains(text, p.part); });
  return known == std::end(kPhrases) ? nullptr : known;
}

constexpr int kTooEarly = 425;
constexpr int kTooManyRequests = 429;
constexpr int kUnauthorized = 401;
constexpr int kForbidden = 403;

bool is_success(int status) { return status >= 200 && status < 300; }

}  // namespace

VenueMode venue_mode(const Refusal& refusal) {
  if (refusal.http_status == kTooEarly) return VenueMode::restarting;
  if (equals(refusal.code, "post_only_mode") || contains(refusal.text, "post-only mode")) return VenueMode::post_only;
  if (contains(refusal.text, "cancel-only")) return VenueMode::cancel_only;
  if (contains(refusal.text, "trading is disabled") || contains(refusal.text, "trading is currently disabled")) {
    return VenueMode::disabled;
  }
  return VenueMode::normal;
}

RejectKind classify_refusal(const Refusal& refusal) {
  if (refusal.http_status == kTooEarly) return RejectKind::restarting;
  if (refusal.http_status == kTooManyRequests) return RejectKind::rate_limited;
  if (equals(refusal.code, "post_only_mode")) return RejectKind::post_only_mode;
  if (refusal.text.empty()) return is_success(refusal.http_status) ? RejectKind::none : RejectKind::other;
  const Phrase* known = find_phrase(refusal.text);
  return known == nullptr ? RejectKind::other : known->kind;
}

std::string_view to_text(Decision decision) {
  static constexpr std::string_view kNames[] = {"accept",       "refuse",          "retry",           "wait", "shrink",
                                                "refresh_tick", "refresh_balance", "refresh_version", "stop", "ask"};
  return kNames[static_cast<std::size_t>(decision)];
}

Decision decide(const Refusal& refusal, bool has_retry_headers) {
  if (venue_mode(refusal) != VenueMode::normal && refusal.http_status != kTooEarly) return Decision::wait;
  if (is_outcome_unknown(refusal, has_retry_headers)) return Decision::ask;
  if (refusal.http_status == kTooManyRequests) return Decision::wait;
  if (refusal.http_status == kUnauthorized) return Decision::stop;
  if (refusal.text.empty()) {
    if (is_success(refusal.http_status)) return Decision::accept;
    return refusal.http_status == kForbidden ? Decision::stop : Decision::refuse;
  }
  const Phrase* known = find_phrase(refusal.text);
  if (known == nullptr) return refusal.http_status == kForbidden ? Decision::stop : Decision::refuse;
  if (known->decision == Decision::refresh_balance && free_of_refusal(refusal.text) >= 0) return Decision::shrink;
  return known->decision;
}

bool is_outcome_unknown(const Refusal& refusal, bool has_retry_headers) {
  if (refusal.http_status == 0 || refusal.http_status == kTooEarly) return true;
  if (refusal.http_status == kTooManyRequests) return !has_retry_headers;
  return refusal.http_status >= 500 && venue_mode(refusal) == VenueMode::normal;
}

std::int64_t free_of_refusal(std::string_view text) {
  const auto sum = [&](std::string_view label) -> std::int64_t {
    const auto* const at =
        std::search(text.begin(), text.end(), label.begin(), label.end(), [](char a, char b) { return lower(a) == b; });
    if (at == text.end()) return -1;
    const char* digits = at + label.size();
    while (digits != text.end() && (*digits == ' ' || *digits == ':')) ++digits;
    std::int64_t value = -1;
    const auto [end, error] = std::from_chars(digits, text.end(), value);
    return error == std::errc() && value >= 0 && (end == text.end() || *end != '.') ? value : -1;
  };
  const std::int64_t balance = sum("-> balance:");
  if (balance < 0) return -1;
  // A text without active or matched orders has none.
  const std::int64_t active = sum("sum of active orders:");
  const std::int64_t matched = sum("sum of matched orders:");
  const std::int64_t taken = std::max<std::int64_t>(active, 0) + std::max<std::int64_t>(matched, 0);
  return std::max<std::int64_t>(balance - taken, 0);
}

CancelOutcome classify_not_canceled(std::string_view reason) {
  // "Order not found or already canceled" does not say which: the order has to be asked for.
  if (contains(reason, "not found")) return CancelOutcome::not_found;
  if (contains(reason, "already") || contains(reason, "matched")) return CancelOutcome::already_done;
  return CancelOutcome::unknown;
}

model::PlaceOutcome place_outcome(std::string_view status) {
  if (equals(status, "live")) return model::PlaceOutcome::live;
  if (equals(status, "matched")) return model::PlaceOutcome::matched;
  if (equals(status, "delayed")) return model::PlaceOutcome::delayed;
  if (equals(status, "unmatched")) return model::PlaceOutcome::unmatched;
  return model::PlaceOutcome::unknown;
}

}  // namespace ebb::polymarket
