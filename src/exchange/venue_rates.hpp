// The venue's per-signer budgets: two token buckets, one for orders and one for cancels (protocol 6.7).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/http_message.hpp"
#include "base/time.hpp"

namespace ebb::exchange {

/// One row of the venue's table.
struct RateTier {
  std::string_view name = "Standard";
  int orders_per_second = 40;
  int order_burst = 60;
  int cancels_per_second = 80;
  int cancel_burst = 120;
  bool cancels_may_go_negative = true;
};
[[nodiscard]] constexpr RateTier standard_tier() { return {}; }
/// By name, whatever the case; nullopt for a name that the table has not.
[[nodiscard]] std::optional<RateTier> find_tier(std::string_view name);

/// A bucket that refills evenly. Units: requests, kept in millionths so that refilling is exact enough at any pace.
class TokenBucket {
 public:
  TokenBucket(int per_second, int burst, bool may_go_negative);
  /// Takes `cost` if it is there (or, where debts are allowed, if anything is there). False: nothing was taken.
  [[nodiscard]] bool take(Timestamp now, std::int64_t cost);
  /// Whole requests left; negative when in debt.
  [[nodiscard]] std::int64_t remaining(Timestamp now);
  /// When the bucket is full again.
  [[nodiscard]] Timestamp full_at(Timestamp now);
  /// How long until one request is there.
  [[nodiscard]] Duration wait(Timestamp now);

 private:
  void refill(Timestamp now);

  std::int64_t rate_;  ///< millionths a second
  std::int64_t burst_;
  bool may_go_negative_;
  std::int64_t level_;
  Timestamp at_;
};

/// The two buckets of one signer.
class SignerBudget {
 public:
  explicit SignerBudget(const RateTier& tier);
  [[nodiscard]] bool take_orders(Timestamp now, std::int64_t count) { return orders_.take(now, count); }
  [[nodiscard]] bool take_cancels(Timestamp now, std::int64_t count) { return cancels_.take(now, count); }
  /// Poly-RateLimit-Remaining, -Reset and -Tier, and Retry-After when `refused`.
  void add_headers(Timestamp now, bool cancels, bool refused, std::vector<HttpHeader>& headers);

 private:
  RateTier tier_;
  TokenBucket orders_;
  TokenBucket cancels_;
};

}  // namespace ebb::exchange
