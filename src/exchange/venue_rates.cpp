#include "exchange/venue_rates.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ebb::exchange {
namespace {

constexpr std::int64_t kOne = 1'000'000;
constexpr RateTier kTiers[] = {{"Standard", 40, 60, 80, 120, true},      {"Copper", 60, 90, 120, 180, true},
                               {"Bronze", 80, 120, 160, 240, true},      {"Silver", 200, 300, 400, 600, true},
                               {"Gold", 400, 600, 800, 1200, true},      {"Platinum", 450, 675, 900, 1350, false},
                               {"Diamond", 525, 787, 1050, 1575, false}, {"Elite", 600, 900, 1200, 1800, false}};

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<RateTier> find_tier(std::string_view name) {
  for (const RateTier& tier : kTiers) {
    if (same_word(tier.name, name)) return tier;
  }
  return std::nullopt;
}

TokenBucket::TokenBucket(int per_second, int burst, bool may_go_negative)
    : rate_(per_second * kOne), burst_(burst * kOne), may_go_negative_(may_go_negative), level_(burst_) {}

void TokenBucket::refill(Timestamp now) {
  if (!at_.is_set()) at_ = now;
  if (now <= at_) return;
  const __int128 grown = static_cast<__int128>((now - at_).raw()) * rate_ / 1'000'000'000;
  level_ = static_cast<std::int64_t>(std::min<__int128>(burst_, level_ + grown));
  at_ = now;
}

bool TokenBucket::take(Timestamp now, std::int64_t cost) {
  refill(now);
  const std::int64_t needed = may_go_negative_ ? std::min(cost * kOne, kOne) : cost * kOne;
  if (level_ < needed) return false;
  level_ -= cost * kOne;
  return true;
}

std::int64_t TokenBucket::remaining(Timestamp now) {
  refill(now);
  return level_ >= 0 ? level_ / kOne : -((-level_ + kOne - 1) / kOne);
}

Timestamp TokenBucket::full_at(Timestamp now) {
  refill(now);
  return now + Duration(static_cast<std::int64_t>(static_cast<__int128>(burst_ - level_) * 1'000'000'000 / rate_));
}

Duration TokenBucket::wait(Timestamp now) {
  refill(now);
  if (level_ >= kOne) return Duration(0);
  return Duration(static_cast<std::int64_t>(static_cast<__int128>(kOne - level_) * 1'000'000'000 / rate_));
}

SignerBudget::SignerBudget(const RateTier& tier)
    : tier_(tier),
      orders_(tier.orders_per_second, tier.order_burst, false),
      cancels_(tier.cancels_per_second, tier.cancel_burst, tier.cancels_may_go_negative) {}

void SignerBudget::add_headers(Timestamp now, bool cancels, bool refused, std::vector<HttpHeader>& headers) {
  TokenBucket& bucket = cancels ? cancels_ : orders_;
  constexpr std::int64_t kSecond = 1'000'000'000;
  headers.push_back({"Poly-RateLimit-Remaining", fmt::format("{}", bucket.remaining(now))});
  headers.push_back({"Poly-RateLimit-Reset", fmt::format("{}", (bucket.full_at(now).ns() + kSecond - 1) / kSecond)});
  headers.push_back({"Poly-RateLimit-Tier", std::string(tier_.name)});
  if (!refused) return;
  const std::int64_t wait = (bucket.wait(now).raw() + kSecond - 1) / kSecond;
  headers.push_back({"Retry-After", fmt::format("{}", std::max<std::int64_t>(wait, 1))});
}

}  // namespace ebb::exchange
