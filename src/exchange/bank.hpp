// Money and shares of all accounts, in three layers: settled, less what matched trades will move, less what open orders
// could still move. The bank checks nothing of an order; it answers what is free and books what the exchange decides.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "exchange/messages.hpp"
#include "model/ids.hpp"

namespace ebb::exchange {

/// One account's shares of one token, millionths.
struct Holding {
  std::int64_t settled = 0;
  std::int64_t matched_buys = 0;  ///< on their way in
  std::int64_t matched_sells = 0;  ///< still settled, but sold
  std::int64_t open_sells = 0;  ///< reserved by resting SELLs
  [[nodiscard]] std::int64_t free() const { return settled - matched_sells - open_sells; }
};

struct Purse {
  std::int64_t cash = 0;  ///< settled
  std::int64_t matched_buys = 0;  ///< cost and fees of matched, unsettled BUYs
  std::int64_t open_buys = 0;  ///< reserved by resting BUYs, all markets
  std::int64_t leaked = 0;  ///< settled long ago, but the balance check still counts it as matched (a fault)
  std::vector<std::int64_t> open_buys_by_market;
  std::vector<Holding> holdings;  ///< by token
};

/// One condition's tokens in circulation and the dollars behind them.
struct Vault {
  std::int64_t supply[2] = {0, 0};
  std::int64_t collateral = 0;
};

class Bank {
 public:
  AccountIndex open() {
    purses_.emplace_back();
    return AccountIndex(static_cast<std::uint32_t>(purses_.size() - 1));
  }
  void add_market() { vaults_.emplace_back(); }

  [[nodiscard]] Purse& purse(AccountIndex account) { return purses_[account.value()]; }
  [[nodiscard]] const Purse& purse(AccountIndex account) const { return purses_[account.value()]; }
  [[nodiscard]] Holding& holding(AccountIndex account, model::TokenIndex token);
  [[nodiscard]] Holding holding(AccountIndex account, model::TokenIndex token) const;
  [[nodiscard]] std::int64_t& open_buys(AccountIndex account, model::MarketIndex market);
  [[nodiscard]] std::int64_t open_buys(AccountIndex account, model::MarketIndex market) const;
  [[nodiscard]] Vault& vault(model::MarketIndex market) { return vaults_[market.value()]; }
  [[nodiscard]] const Vault& vault(model::MarketIndex market) const { return vaults_[market.value()]; }

  void reserve_buy(AccountIndex account, model::MarketIndex market, std::int64_t cash) {
    open_buys(account, market) += cash;
    purse(account).open_buys += cash;
  }
  /// Counts money that came from outside (or left): the account's cash is booked by the caller.
  void add_deposits(std::int64_t cash) { deposits_ += cash; }
  void take_fee(std::int64_t cash) { fees_ += cash; }
  [[nodiscard]] std::int64_t deposits() const { return deposits_; }
  [[nodiscard]] std::int64_t fees() const { return fees_; }
  void forget_leaks() {
    for (Purse& purse : purses_) purse.leaked = 0;
  }
  [[nodiscard]] std::size_t size() const { return purses_.size(); }

 private:
  std::vector<Purse> purses_;
  std::vector<Vault> vaults_;
  std::int64_t deposits_ = 0;
  std::int64_t fees_ = 0;
};

}  // namespace ebb::exchange
