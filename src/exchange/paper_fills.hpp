// The fill rules of one market (rules 8.2 to 8.8), in YES terms: queue ahead, prints, crossing displays, falls, takes.
// Knows books and prints, nothing of money or accounts. Every recorded unit is given out once; the log shows it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "book/book.hpp"
#include "exchange/paper_feed.hpp"
#include "exchange/paper_types.hpp"

namespace ebb::exchange {

/// Grants and uses of recorded units, and their sums by rule. One for the whole venue.
class UnitLog {
 public:
  explicit UnitLog(bool keep) : keep_(keep) {}
  /// A new unit; returns its number. `side`: of our orders that it can fill, in the terms of `token`.
  std::uint64_t grant(FillRule rule, Timestamp at, model::TokenIndex token, model::Side side, Price price, Shares size);
  void use(std::uint64_t unit, FillRule rule, UnitUse use, Timestamp at, const model::OrderId& order, Shares size);
  [[nodiscard]] const PaperAudit& audit() const { return audit_; }
  /// `fills` and `shares` of FillRule::fall are the shadow's.
  [[nodiscard]] const std::array<RuleCount, kFillRules>& by_rule() const { return by_rule_; }

 private:
  /// The log is in order of time: a fall, whose verdict comes a second later, is logged when it comes.
  [[nodiscard]] Timestamp ordered(Timestamp at) { return newest_ = std::max(newest_, at); }

  bool keep_;
  std::uint64_t next_ = 1;
  Timestamp newest_;
  PaperAudit audit_;
  std::array<RuleCount, kFillRules> by_rule_{};
};

/// A resting order as the rules see it.
struct PaperResting {
  std::uint32_t handle = 0;        ///< the venue's index of the order
  model::OrderId id;
  model::Side side = model::Side::buy;
  Price price;
  Shares remaining;
  Timestamp since;                 ///< live from then on
  std::int64_t feed_ms = 0;        ///< newest exchange time known then: older prints happened before us
};

/// A (strict) fill that a rule gave.
struct PaperMatch {
  std::uint32_t handle = 0;
  FillRule rule = FillRule::print_at;
  Shares size;
  std::uint64_t unit = 0;
};

/// A displayed level that a marketable order can take.
struct PaperTake {
  Price price;
  Shares available;
};

class FillModel {
 public:
  FillModel(const PaperConfig& config, UnitLog& log) : config_(&config), log_(&log) {}
  /// Under whose name displayed units are logged from now on: the token whose message showed them.
  void name_units(model::TokenIndex token, std::uint8_t outcome) {
    token_ = token;
    outcome_ = outcome;
  }

  /// The order comes to rest: Q = displayed size at its price. Returns Q.
  Shares add(const PaperResting& order, const book::Book& book);
  /// The order left the book. What the shadow may still owe it (falls whose second is not over) is kept.
  void remove(Timestamp now, std::uint32_t handle);
  /// The book moved by a message of the feed. `creates_fills` false: late delivery, only the state follows.
  void on_book(Timestamp now, const book::Book& book, bool creates_fills, std::vector<PaperMatch>& out);
  void on_print(Timestamp now, const YesPrint& print, const book::Book& book, model::TokenIndex token,
                std::uint8_t outcome, std::vector<PaperMatch>& out);
  /// After a gap, a reconnect, a distrusted book or a tick change: Q becomes the displayed size (rules 8.7).
  void resync(Timestamp now, const book::Book& book);
  /// Levels of the opposite side that an order of `side` with this limit could take, best first (rules 8.8).
  void takeable(const book::Book& book, model::Side side, Price limit, std::vector<PaperTake>& out) const;
  /// Takes from such a level; counts as gone until the level's size next changes. Returns the unit.
  std::uint64_t take(Timestamp now, const book::Book& book, model::Side side, Price price, Shares size,
                     const model::OrderId& order);
  /// Ends the shadow's open falls whose second is over (all of them with kNever).
  void settle_falls(Timestamp now);

  /// Whether book changes must be told: an order rests, or a used level still stands.
  [[nodiscard]] bool active() const { return !orders_.empty() || !opposites_.empty(); }
  [[nodiscard]] bool has_orders() const { return !orders_.empty(); }
  [[nodiscard]] std::uint64_t shadow_fills() const { return shadow_fills_; }
  /// Shares of the shadow so far, strict rules and falls.
  [[nodiscard]] Shares shadow_shares() const { return shadow_shares_; }

 private:
  enum LaneIndex : std::size_t { kStrict = 0, kShadow = 1 };
  struct Cut {
    Timestamp at;
    Shares size;
  };
  /// One account of the order's luck: the headline's or the shadow's.
  struct Lane {
    Shares queue;
    Shares remaining;
    std::vector<Cut> cuts;  // falls of the last second that shortened Q and may yet turn out to be a print
  };
  struct Order : PaperResting {
    std::array<Lane, 2> lanes;
    Timestamp removed;      // unset = resting
    [[nodiscard]] bool resting() const { return !removed.is_set(); }
  };
  /// A price at which we rest (or did in the last second).
  struct Watch {
    model::Side side = model::Side::buy;
    Price price;
    Shares displayed;
    bool touch = false;     // it is the best displayed price
  };
  struct Fall {
    Timestamp at;
    model::Side side;
    Price price;
    Shares left;            // not explained by a print
  };
  struct Print {
    Timestamp at;
    model::Side side;       // of the orders it hit
    Price price;
    Shares size;
    Shares left;            // not seen as a fall yet
    Shares displayed;       // at its price when it was told
  };
  struct Piece {
    std::uint64_t unit;
    Shares left;
  };
  /// A displayed level of which something was used, or that crosses us.
  struct Opposite {
    model::Side side;       // of the ladder it stands in
    Price price;
    Shares displayed;
    Shares taken;           // by marketable orders, until the size next changes
    Shares used;            // by resting orders that it crossed
    Shares shadow_left;     // what the shadow may still use
    std::vector<Piece> pieces;  // what the headline may still use, by unit
    [[nodiscard]] Shares left() const;
    void limit(Shares size);
  };
  /// What one unit can still give to one lane.
  struct Pool {
    Shares size;
    Shares fills;
    Shares ahead;           // went to the queue or to better levels
    [[nodiscard]] Shares room(Shares better) const;
    /// Consumes what stands before the order, then fills it. Returns the fill.
    Shares consume(Shares better, Shares claimed, Lane& lane);
  };

  void update_watches(Timestamp now, const book::Book& book, bool creates_fills);
  void on_fall(Timestamp now, const Watch& watch, Shares size);
  void shorten(Timestamp now, Lane& lane, Shares old_size, Shares new_size, Shares unexplained) const;
  void clip_shadow(const Watch& watch);
  void update_opposites(Timestamp now, const book::Book& book, bool creates_fills);
  [[nodiscard]] bool crosses_order(const Opposite& level) const;
  void cross(Timestamp now, const book::Book& book, model::Side side, bool creates_fills, std::vector<PaperMatch>& out);
  void spend(Timestamp now, Opposite& level, const Order& order, Shares size, UnitUse use,
             std::vector<PaperMatch>& out);
  Opposite* find_opposite(model::Side ladder, Price price);
  void add_piece(Timestamp now, Opposite& level, Shares size);
  [[nodiscard]] Shares better_displayed(const book::Book& book, const Order& order) const;
  Shares claim(Timestamp now, Lane& lane, Shares room) const;
  void add_shadow(Shares size);
  void settle_fall(const Fall& fall);
  void forget_old(Timestamp now);
  [[nodiscard]] std::uint64_t grant(FillRule rule, Timestamp at, model::TokenIndex token, std::uint8_t outcome,
                                    model::Side side, Price price, Shares size);

  const PaperConfig* config_;
  UnitLog* log_;
  model::TokenIndex token_;
  std::uint8_t outcome_ = 0;
  std::vector<Order> orders_;      // per side in order of priority: better price first, then arrival
  std::vector<Watch> watches_;
  std::vector<Opposite> opposites_;
  std::vector<Fall> falls_;
  std::vector<Print> prints_;
  std::size_t removed_ = 0;        // of orders_: kept for the shadow's open falls
  std::uint64_t shadow_fills_ = 0;
  Shares shadow_shares_;
};

}  // namespace ebb::exchange
