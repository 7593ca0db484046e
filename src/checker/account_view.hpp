// Positions and money recomputed from trade legs, by code of the checker's own. Used twice: once with the legs that the
// trader has received, once with the exchange's truth.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checker/words.hpp"

namespace ebb::checker {

/// What legs and external changes add up to for one token.
struct PositionView {
  Micros matched = 0;  ///< BUY - SELL, FAILED legs not counted
  Micros cost = 0;  ///< weighted cost of `matched`
  Micros realized = 0;  ///< proceeds - cost of what was sold
  Micros fees = 0;
  Micros spent = 0;  ///< dollars of BUY legs
  Micros received = 0;  ///< dollars of SELL legs and payouts
  Micros bought_matched = 0;  ///< BUY shares not FAILED, and adopted ones
  Micros bought_mined = 0;  ///< of them MINED or further
  Micros bought_confirmed = 0;
  Micros sold = 0;  ///< SELL shares from MATCHED on
  Micros unmined_sold = 0;  ///< of them not MINED yet: still exposure (rules 3.3)
  Micros unmined_sold_cost = 0;
  int sell_legs = 0;
  Micros gone = 0;  ///< written off, and not told to have been sold after all
  Micros gone_cost = 0;
  bool cost_known = true;

  [[nodiscard]] Micros settled(SellAfter after) const {
    switch (after) {
      case SellAfter::matched: return bought_matched - sold;
      case SellAfter::mined: return bought_mined - sold;
      case SellAfter::confirmed: return bought_confirmed - sold;
    }
    return 0;
  }
};

/// Takes `size` shares back that were written off: a trade that was told late explains where they went.
void take_back(PositionView& position, Micros size);

enum class LegEffect : std::uint8_t { fresh, advanced, reversed, repeat };

/// Dollars that a leg moves without its fee.
[[nodiscard]] Micros dollars_of(const Leg& leg);

class AccountView {
 public:
  explicit AccountView(Micros cash) : cash_(cash) {}
  void grow(std::size_t tokens) { tokens_.resize(std::max(tokens, tokens_.size())); }

  /// One leg, or a later status of it. Status only moves forward; FAILED undoes the leg as if it had never been.
  LegEffect apply(std::size_t token, const Leg& leg);
  /// Shares from or to elsewhere at a cost; cash moved beside it.
  void adjust(std::size_t token, Micros size, Micros cost, bool cost_known, Micros cash);
  /// Turns the position into cash at `payout` (1e-4 dollars a share).
  void redeem(std::size_t token, PriceRaw payout);

  [[nodiscard]] const PositionView& position(std::size_t token) const { return tokens_[token].position; }
  [[nodiscard]] Micros cash() const { return cash_; }
  [[nodiscard]] const Leg* find(std::string_view trade_id, std::string_view order_id) const;
  /// (token, leg) of every leg that did not fail, in the order of their ids.
  template <class Use>
  void each_leg(Use&& use) const {
    for (const auto& [key, where] : index_) {
      const Leg& leg = tokens_[where.first].booked[where.second].leg;
      if (leg.status != LegStatus::failed) use(where.first, leg);
    }
  }
  /// Every leg of one trade.
  template <class Use>
  void each_leg_of(const std::string& trade_id, Use&& use) const {
    for (auto it = index_.lower_bound({trade_id, {}}); it != index_.end() && it->first.first == trade_id; ++it) {
      use(tokens_[it->second.first].booked[it->second.second].leg);
    }
  }
  [[nodiscard]] std::int64_t leg_count() const { return static_cast<std::int64_t>(index_.size()); }
  [[nodiscard]] std::int64_t failed_count() const { return failed_; }

 private:
  /// A leg or an external change, in the order in which it was booked.
  struct Booked {
    Leg leg;
    bool external = false;  ///< leg.size (may be negative), leg.amount = its cost
    bool cost_known = true;
    bool payout = false;  ///< a redemption: leg.size shares for leg.amount dollars
    Micros cost_removed = 0;  ///< SELL: what it took from the cost
  };
  struct TokenBook {
    PositionView position;
    std::vector<Booked> booked;
  };

  static void book(PositionView& p, Booked& b);
  static void settle(PositionView& p, const Booked& b, LegStatus from, LegStatus to);
  void rebuild(TokenBook& book);

  std::vector<TokenBook> tokens_;
  std::map<std::pair<std::string, std::string>, std::pair<std::size_t, std::size_t>> index_;
  Micros cash_;
  std::int64_t failed_ = 0;
};

}  // namespace ebb::checker
