#include "exchange/paper_account.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace ebb::exchange {

void PaperAccount::grow(std::size_t markets, std::size_t tokens) {
  open_buys_by_market_.resize(std::max(markets, open_buys_by_market_.size()));
  holdings_.resize(std::max(tokens, holdings_.size()));
}

void PaperAccount::deposit_shares(model::TokenIndex token, Shares size) { holdings_[token.value()].settled += size; }

void PaperAccount::reserve_cash(model::MarketIndex market, Usdc amount) {
  Usdc& of_market = open_buys_by_market_[market.value()];
  of_market += amount;
  open_buys_ += amount;
  CHECK(of_market.raw() >= 0);
}

void PaperAccount::reserve_shares(model::TokenIndex token, Shares amount) {
  Shares& open = holdings_[token.value()].open_sells;
  open += amount;
  CHECK(open.raw() >= 0);
}

void PaperAccount::matched(const PaperLeg& leg) {
  Holding& holding = holdings_[leg.token.value()];
  fees_ += leg.fee;
  if (leg.side == model::Side::buy) {
    owed_ += leg.cash + leg.fee;
    holding.incoming += leg.size;
  } else {
    due_ += leg.cash - leg.fee;
    holding.outgoing += leg.size;
  }
  CHECK(balance_ - owed_ >= Usdc());
  CHECK(holding.settled - holding.outgoing >= Shares());
}

void PaperAccount::mined(const PaperLeg& leg) {
  Holding& holding = holdings_[leg.token.value()];
  if (leg.side == model::Side::buy) {
    owed_ -= leg.cash + leg.fee;
    balance_ -= leg.cash + leg.fee;
    holding.incoming -= leg.size;
    holding.settled += leg.size;
  } else {
    due_ -= leg.cash - leg.fee;
    balance_ += leg.cash - leg.fee;
    holding.outgoing -= leg.size;
    holding.settled -= leg.size;
  }
}

void PaperAccount::redeem(model::TokenIndex token, std::int64_t payout_micros) {
  CHECK(!unsettled(token));
  Holding& holding = holdings_[token.value()];
  const __int128 micros = static_cast<__int128>(holding.settled.raw()) * payout_micros;
  balance_ += Usdc(divide(micros, kUsdcScale, Rounding::down));
  holding.settled = Shares();
}

GateSums PaperAccount::cash_sums(PaperCashGate gate, model::MarketIndex market) const {
  const Usdc active = gate == PaperCashGate::global ? open_buys_ : open_buys_by_market_[market.value()];
  return {balance_.raw(), active.raw(), owed_.raw()};
}

GateSums PaperAccount::share_sums(model::TokenIndex token) const {
  const Holding& holding = holdings_[token.value()];
  return {holding.settled.raw(), holding.open_sells.raw(), holding.outgoing.raw()};
}

Shares PaperAccount::position(model::TokenIndex token) const {
  const Holding& holding = holdings_[token.value()];
  return holding.settled + holding.incoming - holding.outgoing;
}

bool PaperAccount::unsettled(model::TokenIndex token) const {
  const Holding& holding = holdings_[token.value()];
  return holding.incoming != Shares() || holding.outgoing != Shares();
}

}  // namespace ebb::exchange
