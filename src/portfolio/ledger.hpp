// The ledger: the one owner of fills, positions, cost basis, fees and realised PnL.
//
// Matched and settled are kept apart (rules 4.1): phases use the matched position; what may be sold is what has settled
// on BUY legs (by `sell_after`) less SELL legs from MATCHED on. A FAILED leg is reversed exactly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/expected.hpp"
#include "base/flat_map.hpp"
#include "base/units.hpp"
#include "model/market.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"

namespace ebb::portfolio {

enum class SellAfter : std::uint8_t { mined, confirmed, matched };

/// What applying a trade leg did.
enum class Applied : std::uint8_t { new_fill, status_advanced, reversed, duplicate, ignored };

/// What the ledger says of one token.
struct Position {
  Shares matched;            ///< what we hold by matches; never negative
  Shares settled;            ///< BUY legs that reached sell_after minus SELL legs from MATCHED on; may be negative only
                             ///< with SellAfter::matched after a FAILED buy (rules 4.2)
  Shares unsettled_buys;     ///< matched BUY shares that have not reached sell_after
  Shares unmined_sells;      ///< SELL shares matched but not yet MINED: they still count as exposure (rules 3.3)
  Usdc cost;                 ///< cost of `matched` (weighted), fees of buys included in `fees`, not here
  Usdc unmined_sell_cost;    ///< cost of unmined_sells at the time they were sold
  bool cost_known = true;    ///< false for an adopted external position without an average
  Usdc realized;             ///< proceeds - cost of what was sold, fees not deducted
  Usdc fees;
  std::uint32_t fills = 0;
  std::uint32_t buy_fills = 0;
  std::uint32_t sell_fills = 0;
  std::uint32_t round_trips = 0;  ///< times the position went from something to ZERO or DUST by sells
};

class Ledger {
 public:
  Ledger(const model::MarketTable& markets, SellAfter sell_after, Usdc starting_cash);

  /// Makes room for tokens registered so far (call after markets were added).
  void grow();

  /// One leg of one trade. Idempotent by (trade, order); status only moves forward. `fee` is what the taker paid
  /// (0 for makers). A SELL larger than the matched position is refused: `ledger.oversold`.
  Expected<Applied> apply(const model::UserTrade& trade, Usdc fee);

  /// A position that is not from our trades (found by a reading): size, and its cost if known.
  void adopt(model::TokenIndex token, Shares size, Usdc cost, bool cost_known);
  /// The position is gone although we did not sell it (two valid readings said so): removed at its cost, which is
  /// booked as realised loss of `cost - proceeds`.
  void write_off(model::TokenIndex token, Usdc proceeds);
  /// The market resolved: `payout` per share (0 to 1 dollar); moves the position to cash and realised PnL.
  void redeem(model::TokenIndex token, Price payout);

  [[nodiscard]] const Position& position(model::TokenIndex token) const { return positions_[token.value()]; }
  [[nodiscard]] model::PositionClass classify(model::TokenIndex token) const;
  /// Weighted average cost in price units rounded UP to 1e-6 (raw millionths of a dollar per share); 0 when flat.
  [[nodiscard]] std::int64_t average_cost_micros(model::TokenIndex token) const;
  /// Cash by matches: starting cash - buys + sells - fees + payouts.
  [[nodiscard]] Usdc cash() const { return cash_; }
  [[nodiscard]] Usdc realized() const;
  [[nodiscard]] Usdc fees() const;
  [[nodiscard]] std::uint64_t fills() const { return fill_count_; }
  /// Sum of the fills of one order, matched and not FAILED (rules 2.6).
  [[nodiscard]] Shares filled(const model::OrderId& order) const;
  /// Tokens that ever had a fill or an adopted position, in order of their first one.
  [[nodiscard]] const std::vector<model::TokenIndex>& touched() const { return touched_; }

 private:
  struct Leg;
  const model::MarketTable* markets_;
  SellAfter sell_after_;
  Usdc starting_cash_;
  Usdc cash_;
  std::vector<Position> positions_;
  std::vector<model::TokenIndex> touched_;
  std::uint64_t fill_count_ = 0;
  // the implementation adds: legs by (trade, order), fills by order
};

/// What `size` shares would bring now by selling into the bids, best first, without fees; what the depth cannot take is
/// worth 0 (rules 5.4).
[[nodiscard]] Usdc executable_value(const model::BookView& book, Shares size);

/// Taker fee in dollars: shares * rate * (p (1 - p))^exponent, rounded UP to 1e-5 (protocol 6.8, rules 7.5).
[[nodiscard]] Usdc taker_fee(Price price, Shares shares, const model::FeeSchedule& fees);

}  // namespace ebb::portfolio
