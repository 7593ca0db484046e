// Money and shares of the one paper account, in three layers: settled, matched but unsettled, open orders (rules 7.2, 7.3).
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.hpp"
#include "exchange/paper_types.hpp"
#include "model/ids.hpp"

namespace ebb::exchange {

/// What a gate compares: `free() = balance - active - matched`, in millionths.
struct GateSums {
  std::int64_t balance = 0;
  std::int64_t active = 0;
  std::int64_t matched = 0;
  [[nodiscard]] std::int64_t free() const { return balance - active - matched; }
};

/// One leg of a match as money. `cash` without the fee.
struct PaperLeg {
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  Shares size;
  Usdc cash;
  Usdc fee;
};

class PaperAccount {
 public:
  explicit PaperAccount(Usdc cash) : balance_(cash) {}
  void grow(std::size_t markets, std::size_t tokens);
  void deposit_shares(model::TokenIndex token, Shares size);

  /// Open BUYs reserve cash, open SELLs shares; negative amounts give back.
  void reserve_cash(model::MarketIndex market, Usdc amount);
  void reserve_shares(model::TokenIndex token, Shares amount);
  void matched(const PaperLeg& leg);
  void mined(const PaperLeg& leg);
  /// The settled position pays this much a share (millionths of a dollar) and is gone. Nothing of it may be unsettled.
  void redeem(model::TokenIndex token, std::int64_t payout_micros);

  [[nodiscard]] GateSums cash_sums(PaperCashGate gate, model::MarketIndex market) const;
  [[nodiscard]] GateSums share_sums(model::TokenIndex token) const;
  [[nodiscard]] Usdc cash() const { return balance_ - owed_ + due_; }
  [[nodiscard]] Usdc balance() const { return balance_; }
  [[nodiscard]] Usdc reserved() const { return open_buys_; }
  [[nodiscard]] Usdc fees() const { return fees_; }
  [[nodiscard]] Shares position(model::TokenIndex token) const;
  [[nodiscard]] Shares settled(model::TokenIndex token) const { return holdings_[token.value()].settled; }
  /// Whether a match of this token waits for its settlement.
  [[nodiscard]] bool unsettled(model::TokenIndex token) const;

 private:
  struct Holding {
    Shares settled;
    Shares incoming;  // matched BUYs
    Shares outgoing;  // matched SELLs
    Shares open_sells;
  };
  Usdc balance_;  // settled
  Usdc owed_;  // matched BUYs with fees
  Usdc due_;  // matched SELLs less fees
  Usdc open_buys_;
  Usdc fees_;
  std::vector<Usdc> open_buys_by_market_;
  std::vector<Holding> holdings_;
};

}  // namespace ebb::exchange
