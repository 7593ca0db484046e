// The ledger: the one owner of fills, positions, cost basis, fees and realised PnL.
//
// Matched and settled are kept apart (rules 4.1): phases use the matched position; what may be sold is what has settled
// on BUY legs (by `sell_after`) less SELL legs from MATCHED on.
//
// A FAILED leg is undone as if it had never been: everything else that happened to the token is booked again in its
// order without it. So shares, weighted cost, realised PnL, fees and cash are those of a ledger that never saw the leg,
// whatever was bought or sold in between. Two consequences worth knowing:
//   - a FAILED BUY whose shares were sold meanwhile (possible only with SellAfter::matched) leaves a `shortfall`:
//     shares sold that never came. It is a named state (rules 4.2); the next BUY covers it before it adds a position;
//   - a FAILED SELL puts its shares back at the cost they would have had, and takes its proceeds out again.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/archived.hpp"
#include "base/expected.hpp"
#include "base/flat_map.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/fees.hpp"
#include "model/market.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"
#include "model/record.hpp"

namespace ebb::portfolio {

/// From which status of a BUY leg on its shares may be sold (rules 4.1).
enum class SellAfter : std::uint8_t { mined, confirmed, matched };

/// What applying a trade leg did.
/// `duplicate`: nothing new in it. `ignored`: a status that may not follow the known one (FAILED after MINED, anything
/// after FAILED).
/// `stillborn`: the leg's first word is FAILED: nothing is booked, but it explains a matched size of its order.
/// `too_old`: unknown by name, but matched when legs were that are folded and no longer known by name: it may be one of
/// them, so nothing is booked.
enum class Applied : std::uint8_t { new_fill, status_advanced, reversed, duplicate, ignored, stillborn, too_old };

/// What the ledger says of one token.
struct Position {
  Shares matched;  ///< what we hold by matches; never negative
  Shares settled;  ///< BUY legs that reached sell_after minus SELL legs from MATCHED on; may be negative only
      ///< with SellAfter::matched after a FAILED buy (rules 4.2)
  Shares unsettled_buys;  ///< matched BUY shares that have not reached sell_after
  Shares
      unmined_buys;  ///< matched BUY shares that are not MINED: the venue may not show them yet, whatever sell_after is
  Shares unmined_sells;  ///< SELL shares matched but not yet MINED: they still count as exposure (rules 3.3)
  Shares shortfall;  ///< sold shares whose BUY FAILED afterwards: alarm (rules 4.2); 0 in all other cases
  Usdc cost;  ///< cost of `matched` (weighted), fees of buys included in `fees`, not here
  Usdc unmined_sell_cost;  ///< cost of unmined_sells at the time they were sold
  bool cost_known = true;  ///< false for an adopted external position without an average
  Usdc realized;  ///< proceeds - cost of what was sold, fees not deducted
  Usdc fees;
  std::uint32_t fills = 0;
  std::uint32_t buy_fills = 0;
  std::uint32_t sell_fills = 0;
  std::uint32_t round_trips = 0;  ///< times the position went from something to ZERO or DUST by sells
  friend bool operator==(const Position&, const Position&) = default;
};

/// What is on its way between a token's trades and the account at the venue: legs that are matched and not MINED.
struct InFlight {
  Usdc buys;  ///< dollars and fees that the venue still shows as ours
  Usdc sells;  ///< dollars less fees that it does not show yet
};

/// One leg of one trade, as it is booked.
struct LegReport {
  model::TradeId trade;
  model::OrderId order;
  model::TokenIndex token;
  model::Side side = model::Side::buy;
  model::TradeStatus status = model::TradeStatus::matched;
  Shares size;
  Usdc dollars;  ///< price x size
  Usdc fee;
};

class Ledger {
 public:
  /// Folded legs that are still known by name: a day of a busy trader. Older ones are told by their time (`too_old`).
  static constexpr std::size_t kFoldedLegs = 65'536;

  Ledger(const model::MarketTable& markets, SellAfter sell_after, Usdc starting_cash);

  /// Makes room for tokens registered so far (call after markets were added).
  void grow();

  /// One leg of one trade. Idempotent by (trade, order); status only moves forward:
  /// MATCHED -> RETRYING -> MINED -> CONFIRMED, FAILED from MATCHED or RETRYING only (rules 7.3). `fee` is what the
  /// taker paid (0 for makers); it counts with the first report of the leg. The dollars of a leg are price x size, which
  /// is exact for sizes on the 0.01 lot (finer: BUYs rounded up, SELLs down).
  /// A SELL that is told only after the payout or write-off of its shares is booked before it.
  /// Errors, all without effect: `ledger.oversold` (a SELL larger than the matched position), `ledger.conflict` (a
  /// known leg with another token, side or size), `ledger.invalid` (size not positive, price outside [0, 1], fee < 0).
  Expected<Applied> apply(const model::UserTrade& trade, Usdc fee);
  /// The same with the dollars that the venue moved, fees apart, where they are known to the unit.
  Expected<Applied> apply(const model::UserTrade& trade, Usdc fee, Usdc dollars);

  /// A position that is not from our trades (found by a reading): adds `size` shares, and their cost if known. They
  /// count as settled. Cash does not move; the cost adds to `capital()`.
  void adopt(model::TokenIndex token, Shares size, Usdc cost, bool cost_known);
  /// The cost of the whole position became known (it was adopted without one). No effect where it is known already.
  void learn_cost(model::TokenIndex token, Usdc cost);
  /// The position is gone although we did not sell it (two valid readings said so): what has settled is removed at its
  /// cost, which is booked as realised loss of `cost - proceeds`. BUY legs still in flight stay.
  void write_off(model::TokenIndex token, Usdc proceeds);
  /// The same for a part of it: at most `size` shares at their share of the cost.
  void write_off(model::TokenIndex token, Shares size, Usdc proceeds);
  /// The venue told the dollars of a taker order as a whole, and they differ by `delta` from the sum of its legs: a leg of
  /// fractional size is rounded on the chain, and frames carry only price and size. Goes to cash and realised PnL, and with
  /// the last leg that was booked before it when that FAILED.
  void true_up(model::TokenIndex token, Usdc delta);
  /// The market resolved: `payout` per share (0 to 1 dollar); moves the position to cash and realised PnL. BUY legs
  /// still in flight are paid, too: a later FAILED takes their payout back.
  void redeem(model::TokenIndex token, Price payout);

  /// Cash came in or went out by other hands (negative); it is no result of ours, so capital moves with it.
  void deposit(Usdc amount);

  // Folding: what is final becomes a sum, so that memory does not grow with history. Totals stay exact.

  /// Folds all of the token's history into its position. False, and no effect, while a leg may still change (not settled or
  /// not MINED), after a shortfall, or where there is nothing to fold. A SELL told after the payout of its shares can no
  /// longer be put before it: fold such a token later.
  bool fold(model::TokenIndex token);
  /// Whether the token's unfolded history has a payout or a write-off.
  [[nodiscard]] bool has_removal(model::TokenIndex token) const;
  /// The token's position as a ledger can start from it. Call right after fold().
  [[nodiscard]] model::PositionRecord snapshot(model::TokenIndex token) const;
  /// Legs whose details are kept.
  [[nodiscard]] std::size_t kept_legs() const { return legs_.size() - known_folded_; }

  // A restart: an empty ledger, then what the journal tells, in its order.

  /// Forgets the starting cash: the journal tells it. Only on a ledger in which nothing is booked.
  void start_empty();
  /// A folded position; token none() adds to the sums only.
  void open(const model::PositionRecord& record);
  /// A leg that is contained in a folded position: known, so that it is not booked twice.
  void know(const model::UserTrade& trade);

  [[nodiscard]] const Position& position(model::TokenIndex token) const { return positions_[token.value()]; }
  [[nodiscard]] model::PositionClass classify(model::TokenIndex token) const;
  /// Weighted average cost in price units rounded UP to 1e-6 (raw millionths of a dollar per share); 0 when flat.
  [[nodiscard]] std::int64_t average_cost_micros(model::TokenIndex token) const;
  /// What is at stake in the token for the limits (rules 3.3): cost of the position and of sold shares that are not
  /// MINED yet; shares of unknown cost count one dollar each, so they can only stop new BUYs.
  [[nodiscard]] Usdc at_risk(model::TokenIndex token) const;
  /// Cash by matches: starting cash - buys + sells - fees + payouts.
  [[nodiscard]] Usdc cash() const { return cash_; }
  /// What was put in: starting cash and the cost of adopted positions. Total PnL = cash + marked positions - capital.
  [[nodiscard]] Usdc capital() const { return capital_; }
  [[nodiscard]] Usdc realized() const { return realized_; }
  [[nodiscard]] Usdc fees() const { return fees_; }
  /// Legs booked and not FAILED, folded ones included.
  [[nodiscard]] std::uint64_t fills() const { return fill_count_; }
  /// What the venue's cash does not show yet.
  [[nodiscard]] InFlight in_flight() const;
  /// Every leg that is not folded, FAILED ones included, in order of their first report.
  [[nodiscard]] std::vector<LegReport> legs() const;
  /// Sum of the fills of one order, matched and not FAILED (rules 2.6); folded ones are forgotten.
  [[nodiscard]] Shares filled(const model::OrderId& order) const;
  /// Tokens that ever had a fill or an adopted position, in order of their first one.
  [[nodiscard]] const std::vector<model::TokenIndex>& touched() const { return touched_; }
  [[nodiscard]] bool is_touched(model::TokenIndex token) const { return histories_[token.value()].touched; }

 private:
  template <class T>
  friend struct ebb::Archived;

  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::uint32_t kFolded = UINT32_MAX - 1;  ///< in place of an entry: contained in a folded position

  struct LegKey {
    model::TradeId trade;
    model::OrderId order;
    friend bool operator==(const LegKey&, const LegKey&) = default;
  };
  struct LegKeyHash {
    std::size_t operator()(const LegKey& key) const noexcept;
  };
  enum class EntryKind : std::uint8_t { leg, adopted, cost_learned, written_off, redeemed, trued_up };
  /// Something that happened to a token, in order; what a reversal books again.
  struct Entry {
    EntryKind kind = EntryKind::leg;
    model::Side side = model::Side::buy;
    model::TradeStatus status = model::TradeStatus::matched;
    bool cost_known = true;
    bool paid_out = false;  ///< leg: redeemed before it settled; it no longer counts as in flight
    model::TokenIndex token;
    Price payout;  ///< redeemed
    std::uint32_t next = kNone;
    Shares size;
    Usdc dollars;  ///< leg: price x size; adopted, cost_learned: cost; written_off: proceeds
    Usdc fee;
    Usdc sold_cost;  ///< SELL leg: the cost it took out of the position
    Shares removed;  ///< redeemed, written_off: what it took out of the position when it was booked last
    LegKey key;  ///< leg
    Timestamp time;  ///< leg: the venue's match time
    std::uint64_t sequence = 0;  ///< order of the first reports
  };
  /// A folded leg that is known by name.
  struct FoldedLeg {
    LegKey key;
    Timestamp time;
  };
  /// Where a token's unfolded history begins.
  struct Opening {
    Position position;
    Usdc cash_flow;
    Usdc adopted;
    bool trip_open = false;
  };
  /// What the token needs beside its position.
  struct History {
    Opening opening;
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
    Usdc cash_flow;  ///< what the token did to cash
    Usdc adopted;  ///< what it did to capital
    bool touched = false;  ///< stands in touched()
    bool trip_open = false;  ///< bought since the last completed round trip
  };

  Expected<Applied> add_leg(const LegKey& key, const model::UserTrade& trade, Usdc fee, Usdc dollars);
  Expected<Applied> advance(Entry& leg, const model::UserTrade& trade);
  [[nodiscard]] bool is_settled(model::TradeStatus status) const;
  std::uint32_t allocate(const Entry& entry);
  std::uint32_t append(const Entry& entry);
  void remember_folded(const LegKey& key, Timestamp time);
  [[nodiscard]] std::uint32_t removal_of(model::TokenIndex token, Shares missing) const;
  std::uint32_t insert_before(std::uint32_t successor, const Entry& entry);
  /// Books one entry into its token's position and keeps the totals in step.
  void book_and_total(Entry& entry);
  void book(Entry& entry);
  [[nodiscard]] bool corrects_failed_leg(const Entry& correction) const;
  void book_buy(const Entry& entry, Position& position, History& history);
  void book_sell(Entry& entry, Position& position, History& history);
  void take_out(Position& position, Shares size, Usdc cost);
  void settle(Position& position) const;
  void replay(model::TokenIndex token);

  const model::MarketTable* markets_;
  SellAfter sell_after_;
  Usdc cash_;
  Usdc capital_;
  Usdc realized_;
  Usdc fees_;
  std::uint64_t fill_count_ = 0;
  std::vector<Position> positions_;
  std::vector<History> histories_;
  std::vector<model::TokenIndex> touched_;
  std::vector<Entry> entries_;
  FlatMap<LegKey, std::uint32_t, LegKeyHash> legs_;
  FlatMap<model::OrderId, Shares, std::hash<model::OrderId>> filled_by_order_;
  std::uint32_t free_entry_ = kNone;  // slots that folding gave back
  std::uint64_t sequence_ = 0;
  std::vector<FoldedLeg> folded_;  // a ring, the oldest at folded_next_ once it is full
  std::size_t folded_next_ = 0;
  std::size_t known_folded_ = 0;
  Timestamp forgotten_until_;  // match time of the newest leg that fell out of the ring
};

/// What `size` shares would bring now by selling into the bids, best first, without fees; what the depth cannot take is
/// worth 0 (rules 5.4). `own`: what of the displayed bids is ours and no buyer (rules 1.7).
[[nodiscard]] Usdc executable_value(const model::BookView& book, Shares size, std::span<const model::Level> own = {});

using model::taker_fee;

}  // namespace ebb::portfolio
