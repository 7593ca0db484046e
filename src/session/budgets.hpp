// Which request may leave now: the venue's windows per address and buckets per signer (protocol 6.7), with room kept for what
// matters more.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/http_message.hpp"
#include "base/time.hpp"
#include "model/command.hpp"
#include "polymarket/limits.hpp"
#include "session/rate_bucket.hpp"

namespace ebb::session {

/// In the order of their right of way.
enum class Urgency : std::uint8_t { risk_cancel, cancel, exit, sell, buy, query, poll };
inline constexpr std::size_t kUrgencies = 7;
/// Cancels that take risk away; the others only make a better order.
[[nodiscard]] Urgency urgency_of(model::CancelReason reason);
[[nodiscard]] Urgency urgency_of(const model::PlaceOrder& order);

struct BudgetOptions {
  /// Share of each limit that is used, in thousandths: delays on the way bunch requests, and the address may be shared.
  std::int32_t share_per_mille = 900;
  /// Tier until the venue names one.
  std::string tier = "Standard";
};

/// Every request asks here before it leaves. Rules: none exceeds a window or bucket; BUYs leave a tenth of the order bucket to
/// SELLs and exits, SELLs a tenth to exits, queries and polls a tenth of each window they share to the others; in tiers that
/// allow it cancels may start while one token is left, and risk cancels down to a debt of one burst.
class Budgets {
 public:
  explicit Budgets(BudgetOptions options = {});
  /// Takes `cost` (orders or ids in the request) if it fits now.
  [[nodiscard]] bool take(Timestamp now, polymarket::Endpoint endpoint, std::int64_t cost, Urgency urgency);
  /// How many orders or ids of one request fit now, at most `wanted`.
  [[nodiscard]] std::int64_t room(Timestamp now, polymarket::Endpoint endpoint, std::int64_t wanted, Urgency urgency);
  /// When one such request of that cost may fit, if nothing else leaves. kNever: its cost is above what can ever pass.
  [[nodiscard]] Timestamp when(Timestamp now, polymarket::Endpoint endpoint, std::int64_t cost, Urgency urgency);
  /// What the answer's headers say: tier, tokens left, Retry-After of a 429.
  void on_headers(Timestamp now, polymarket::Endpoint endpoint, int status, const std::vector<HttpHeader>& headers);
  /// Cancel-all and cancel-market cost what they canceled, known only afterwards.
  void charge_cancels(Timestamp now, std::int64_t count);
  [[nodiscard]] const polymarket::SignerTier& tier() const { return tier_; }
  /// 429 answers so far.
  [[nodiscard]] std::uint64_t refusals() const { return refusals_; }

 private:
  struct EndpointWindows {
    std::vector<SlidingWindow> windows;
  };
  [[nodiscard]] std::int64_t floor_of(polymarket::Endpoint endpoint, Urgency urgency) const;
  void set_tier(Timestamp now, const polymarket::SignerTier& tier);
  [[nodiscard]] TokenBucket* bucket_of(polymarket::Endpoint endpoint);

  BudgetOptions options_;
  polymarket::SignerTier tier_;
  std::array<EndpointWindows, polymarket::kEndpoints> endpoints_;
  SlidingWindow clob_;
  SlidingWindow ledger_;
  TokenBucket orders_;
  TokenBucket cancels_;
  Timestamp orders_blocked_until_;
  Timestamp cancels_blocked_until_;
  Timestamp all_blocked_until_;
  std::uint64_t refusals_ = 0;
};

/// `Retry-After` in seconds (a number; dates are ignored); nullopt when there is none.
[[nodiscard]] std::optional<Duration> retry_after(const std::vector<HttpHeader>& headers);
/// Whether a 429 carries the venue's own headers: only then it certainly had no effect (protocol 6.2).
[[nodiscard]] bool has_rate_headers(const std::vector<HttpHeader>& headers);

}  // namespace ebb::session
