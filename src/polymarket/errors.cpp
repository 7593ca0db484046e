#include "polymarket/errors.hpp"

#include <algorithm>
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
};

/// In order: the first that occurs in the text decides.
constexpr Phrase kPhrases[] = {
    {"post-only mode", RejectKind::post_only_mode},
    {"cancel-only", RejectKind::cancel_only_mode},
    {"trading is disabled", RejectKind::cancel_only_mode},
    {"trading is currently disabled", RejectKind::cancel_only_mode},
    {"not enough balance", RejectKind::not_enough_balance},
    {"not enough fund", RejectKind::not_enough_balance},
    {"not enough allowance", RejectKind::not_enough_balance},
    {"insufficient balance", RejectKind::not_enough_balance},
    {"insufficient fund", RejectKind::not_enough_balance},
    {"insufficient allowance", RejectKind::not_enough_balance},
    {"crosses the book", RejectKind::post_only_crosses},
    {"invalid post-only order", RejectKind::post_only_crosses},
    {"order crosses book", RejectKind::post_only_crosses},
    {"breaks minimum tick size", RejectKind::tick_size},
    {"invalid amount for a marketable", RejectKind::marketable_minimum},
    {"min size: $", RejectKind::marketable_minimum},
    {"lower than the minimum", RejectKind::minimum_size},
    {"duplicated", RejectKind::duplicate},
    {"no orders found to match with fak", RejectKind::no_match},
    {"there are no matching orders", RejectKind::no_match},
    {"fok orders are fully filled or killed", RejectKind::fok_killed},
    {"rate limit exceeded", RejectKind::rate_limited},
    {"too many requests", RejectKind::rate_limited},
    {"invalid expiration", RejectKind::invalid_expiration},
    {"self trade", RejectKind::self_trade},
    {"self-trade", RejectKind::self_trade},
    {"banned", RejectKind::banned},
    {"closed only mode", RejectKind::banned},
    {"order_version_mismatch", RejectKind::version_mismatch},
    {"invalid order version", RejectKind::version_mismatch},
    {"no orderbook exists", RejectKind::market_closed},
    {"market not found", RejectKind::market_closed},
    {"not yet ready to process new orders", RejectKind::market_closed},
    {"market is closed", RejectKind::market_closed},
    {"not accepting orders", RejectKind::market_closed},
};

constexpr int kTooEarly = 425;
constexpr int kTooManyRequests = 429;

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
  const auto* const known = std::find_if(std::begin(kPhrases), std::end(kPhrases),
                                         [&](const Phrase& phrase) { return contains(refusal.text, phrase.part); });
  return known == std::end(kPhrases) ? RejectKind::other : known->kind;
}

bool is_outcome_unknown(const Refusal& refusal, bool has_retry_headers) {
  if (refusal.http_status == 0 || refusal.http_status == kTooEarly) return true;
  if (refusal.http_status == kTooManyRequests) return !has_retry_headers;
  return refusal.http_status >= 500 && venue_mode(refusal) == VenueMode::normal;
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
