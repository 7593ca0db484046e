#include "execution/action.hpp"

namespace ebb::execution {

std::string_view to_text(Result result) {
  static constexpr std::string_view kNames[] = {
      "NONE",        "FILLED",      "FILLED_TRUNCATED", "SKIPPED_TOO_SMALL", "STOPPED",  "PRICE_TIMEOUT",
      "SIGNAL_GONE", "TTL_EXPIRED", "PULLED",           "SHORTAGE",          "REJECTED", "POSITION_GONE",
      "PARKED_IDLE", "FAILED",      "MARKET_ENDED",     "REFUSED",           "FLAT",     "MANUAL"};
  return kNames[static_cast<int>(result)];
}

std::string_view to_text(Waiting waiting) {
  static constexpr std::string_view kNames[] = {
      "NONE",         "ORDER_WORKING", "CANCEL_PENDING",  "OUTCOME_UNKNOWN",  "UNTRUSTED",
      "STALE",        "SOFT_STALE",    "QUOTE_NOT_SANE",  "NO_QUOTE",         "NO_BID",
      "ABOVE_CAP",    "BELOW_BAND",    "SPREAD_TOO_WIDE", "COOLDOWN",         "REQUOTE_INTERVAL",
      "NEWER_BOOK",   "VENUE_MODE",    "SETTLING",        "BELOW_FLOOR",      "DUST",
      "UNKNOWN_COST", "BUYING",        "SHORTAGE_RETRY",  "EXIT_WAITS_BOOK",  "AWAITING_RESOLUTION",
      "PARKED",       "GATE_REFUSED",  "UNEXPLAINED",     "POSITION_UNKNOWN", "MANUAL",
      "RESTARTING"};
  return kNames[static_cast<int>(waiting)];
}

}  // namespace ebb::execution
