#include "exchange/paper_texts.hpp"

#include "base/decimal.hpp"

namespace ebb::exchange {

std::string duplicated_text(const model::OrderId& id) {
  return "order " + model::to_text(id) + " is invalid. Duplicated.";
}

std::string tick_text(const model::OrderId& id, Price price, Price tick) {
  return "order " + model::to_text(id) + " is invalid. Price (" + to_text(price) +
         ") breaks minimum tick size rule: " + to_text(tick);
}

std::string minimum_text(const model::OrderId& id, Shares size, Shares minimum) {
  return "order " + model::to_text(id) + " is invalid. Size (" + to_text(size) +
         ") lower than the minimum: " + to_text(minimum);
}

std::string marketable_minimum_text(Usdc amount) {
  return "invalid amount for a marketable BUY order ($" + to_text(amount) + "), min size: $1";
}

std::string not_enough_text(const GateSums& sums, std::int64_t wanted) {
  return "not enough balance / allowance: the balance is not enough -> balance: " + std::to_string(sums.balance) +
         ", sum of active orders: " + std::to_string(sums.active) +
         ", sum of matched orders: " + std::to_string(sums.matched) + ", order amount: " + std::to_string(wanted) +
         " (inc. fees)";
}

}  // namespace ebb::exchange
