#include "polymarket/limits.hpp"

#include <algorithm>
#include <array>

#include "base/check.hpp"

namespace ebb::polymarket {
namespace {

constexpr RateWindow kPostOrder[] = {{5'000, seconds(10)}, {120'000, minutes(10)}};
constexpr RateWindow kPostOrders[] = {{2'000, seconds(10)}, {21'000, minutes(10)}};
constexpr RateWindow kDeleteOrder[] = {{5'000, seconds(10)}, {120'000, minutes(10)}};
constexpr RateWindow kDeleteOrders[] = {{2'000, seconds(10)}, {15'000, minutes(10)}};
constexpr RateWindow kCancelAll[] = {{250, seconds(10)}, {6'000, minutes(10)}};
constexpr RateWindow kCancelMarket[] = {{1'500, seconds(10)}, {21'000, minutes(10)}};
constexpr RateWindow kOrderStatus[] = {{900, seconds(10)}};
constexpr RateWindow kLists[] = {{500, seconds(10)}};
constexpr RateWindow kBalance[] = {{200, seconds(10)}};
constexpr RateWindow kBalanceUpdate[] = {{50, seconds(10)}};
constexpr RateWindow kAuth[] = {{100, seconds(10)}};

constexpr SignerTier kTiers[] = {{"Standard", 40, 60, 80, 120, true},      {"Copper", 60, 90, 120, 180, true},
                                 {"Bronze", 80, 120, 160, 240, true},      {"Silver", 200, 300, 400, 600, true},
                                 {"Gold", 400, 600, 800, 1200, true},      {"Platinum", 450, 675, 900, 1350, false},
                                 {"Diamond", 525, 787, 1050, 1575, false}, {"Elite", 600, 900, 1200, 1800, false}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::span<const RateWindow> endpoint_windows(Endpoint endpoint) {
  switch (endpoint) {
    case Endpoint::post_order: return kPostOrder;
    case Endpoint::post_orders: return kPostOrders;
    case Endpoint::delete_order: return kDeleteOrder;
    case Endpoint::delete_orders: return kDeleteOrders;
    case Endpoint::cancel_all: return kCancelAll;
    case Endpoint::cancel_market: return kCancelMarket;
    case Endpoint::order_status: return kOrderStatus;
    case Endpoint::open_orders:
    case Endpoint::trades: return kLists;
    case Endpoint::balance: return kBalance;
    case Endpoint::balance_update: return kBalanceUpdate;
    case Endpoint::auth: return kAuth;
    case Endpoint::other: return {};
  }
  return {};
}

std::span<const SignerTier> signer_tiers() { return kTiers; }

std::optional<SignerTier> find_tier(std::string_view name) {
  for (const SignerTier& tier : kTiers) {
    if (tier.name.size() == name.size() &&
        std::equal(name.begin(), name.end(), tier.name.begin(), [](char a, char b) { return lower(a) == lower(b); })) {
      return tier;
    }
  }
  return std::nullopt;
}

}  // namespace ebb::polymarket
