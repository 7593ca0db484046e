// Our orders: one record each, one table for their life, one store that owns them.
//
// Fills come from trades only. What the venue claims to be matched (order events, status answers) is kept apart and
// never decreases; an order is closed only when its trades explain the claim (rules 2.6).
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "base/archived.hpp"
#include "base/flat_map.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "model/command.hpp"
#include "model/order.hpp"

namespace ebb::execution {

/// What can happen to an order.
enum class OrderInput : std::uint8_t {
  sent,             ///< handed to the link
  accepted,         ///< answer live / unmatched / delayed, a PLACEMENT, or a status that says live
  refused,          ///< answer rejected, or proven never to have reached the venue
  outcome_unknown,  ///< time-out, 5xx, 425, broken connection
  part_filled,      ///< trades explain a part
  all_filled,       ///< trades explain the whole size
  ended,            ///< the venue ended it (cancel, kill, invalid) and trades explain what it matched
  expired           ///< GTD expiry, explained likewise
};

/// The table of the order life. Terminal states absorb everything.
[[nodiscard]] model::OrderState next_state(model::OrderState state, OrderInput input);

struct Order {
  model::PlaceOrder intent;
  model::OrderState state = model::OrderState::intent;
  Shares filled;                ///< by trades
  Shares claimed;               ///< largest matched size that the venue reported
  Usdc booked;                  ///< dollars of the fills, as the ledger books them
  Usdc told{-1};                ///< dollars that the answer told for the whole order; -1 = not told
  bool ended_at_venue = false;  ///< it is not live any more; trades may still be missing
  bool invalidated = false;     ///< the venue ended it because our cash no longer covered it
  bool cancel_requested = false;
  model::CancelReason cancel_reason = model::CancelReason::requote;
  model::RejectKind reject = model::RejectKind::none;
  std::int64_t free_micros = -1;  ///< what a balance refusal said was free; -1 = it did not say
  Timestamp sent_at;
  Timestamp live_since;
  Timestamp first_fill_at;
  Timestamp ended_at;           ///< terminal, or the venue's end
  Timestamp cancel_at;          ///< last cancel request
  Timestamp claimed_at;         ///< since when more is claimed than the trades explain; unset while they do
  Timestamp asked_at;           ///< last status query
  Timestamp swept_at;           ///< last sweep of trades for it
  std::uint16_t asks = 0;
  std::uint16_t sweeps = 0;
  std::uint8_t not_found = 0;   ///< consecutive answers "not found"
  Timestamp absent_since;       ///< the first of them
  std::uint8_t sights = 0;      ///< answers "live" after it was terminal
  bool unexplained = false;     ///< claimed > filled after 60 s and two sweeps
  bool restored = false;        ///< of an earlier run
  bool told_since = false;      ///< and the venue has said since what became of it
  Price reference{0};           ///< BUY: bid at the signal; SELL: profit floor
  std::uint32_t buy_cycle = 0;  ///< which buy or sell routine it belongs to

  [[nodiscard]] bool terminal() const { return model::is_terminal(state); }
  [[nodiscard]] Shares matched() const { return filled > claimed ? filled : claimed; }
  [[nodiscard]] Shares remaining() const { return intent.size - matched(); }
  /// What no trade of ours has taken yet: the size that every limit counts.
  [[nodiscard]] Shares unfilled() const { return intent.size - filled; }
  /// Whether the venue may still have it working: everything but terminal or ended.
  [[nodiscard]] bool working() const { return !terminal() && !ended_at_venue; }
};

using OrderHandle = Id<struct OrderHandleTag>;

/// All orders of a shard. Handles stay valid until the order was terminal for long and its slot is used again.
class OrderStore {
 public:
  /// `capacity`: how many records are kept at most; the oldest terminal ones are given up first.
  explicit OrderStore(std::size_t capacity = 65'536);

  /// Adds an intent. CHECK: the id is new and some slot is free or terminal.
  OrderHandle add(const model::PlaceOrder& intent);
  [[nodiscard]] OrderHandle find(const model::OrderId& id) const;
  [[nodiscard]] Order& operator[](OrderHandle handle) { return orders_[handle.value()]; }
  [[nodiscard]] const Order& operator[](OrderHandle handle) const { return orders_[handle.value()]; }
  /// Applies an input to the life of the order; removes it from the open list when it becomes terminal.
  /// Returns whether the state changed.
  bool apply(OrderHandle handle, OrderInput input, Timestamp now);
  /// Not terminal, in order of creation.
  [[nodiscard]] const std::vector<OrderHandle>& open() const { return open_; }
  /// All records still kept, in slot order (summaries).
  [[nodiscard]] const std::deque<Order>& all() const { return orders_; }
  [[nodiscard]] std::uint64_t given_up() const { return given_up_; }

 private:
  template <class T>
  friend struct ebb::Archived;

  std::uint32_t free_slot();

  std::deque<Order> orders_;  // grows without moving what is there: no pause on the engine's thread
  FlatMap<model::OrderId, OrderHandle, std::hash<model::OrderId>> by_id_;
  std::vector<OrderHandle> open_;
  std::size_t capacity_;
  std::size_t next_reuse_ = 0;
  std::uint64_t given_up_ = 0;
};

}  // namespace ebb::execution
