#include "exchange/bank.hpp"

namespace ebb::exchange {

Holding& Bank::holding(AccountIndex account, model::TokenIndex token) {
  auto& holdings = purse(account).holdings;
  if (holdings.size() <= token.value()) holdings.resize(token.value() + 1);
  return holdings[token.value()];
}

Holding Bank::holding(AccountIndex account, model::TokenIndex token) const {
  const auto& holdings = purse(account).holdings;
  return token.value() < holdings.size() ? holdings[token.value()] : Holding{};
}

std::int64_t& Bank::open_buys(AccountIndex account, model::MarketIndex market) {
  auto& by_market = purse(account).open_buys_by_market;
  if (by_market.size() <= market.value()) by_market.resize(market.value() + 1);
  return by_market[market.value()];
}

std::int64_t Bank::open_buys(AccountIndex account, model::MarketIndex market) const {
  const auto& by_market = purse(account).open_buys_by_market;
  return market.value() < by_market.size() ? by_market[market.value()] : 0;
}

}  // namespace ebb::exchange
