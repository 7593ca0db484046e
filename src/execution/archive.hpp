// Orders and routines in a checkpoint.
#pragma once

#include <algorithm>

#include "base/archive.hpp"
#include "execution/exit.hpp"
#include "execution/maker_buy.hpp"
#include "execution/maker_sell.hpp"
#include "execution/order.hpp"

namespace ebb {

template <>
struct Archived<execution::Backoff> {
  template <class A>
  static void visit(A& archive, execution::Backoff& x) {
    auto& [first, limit, tries] = x;
    archive(first, limit, tries);
    archive.require(tries >= 0, "a number of tries below zero");
  }
};

template <>
struct Archived<execution::MakerBuy> {
  template <class A>
  static void visit(A& archive, execution::MakerBuy& x) {
    auto& [active, follow, ending, last_result, goal, bought, reference, ask_at_placement, started, signal_lost,
           no_bid_since, placed_at, not_before, rejected_version, cycle, post_only_rejects, halvings, want_balance,
           want_book, settlement_backoff] = x;
    archive(active, follow, ending, last_result, goal, bought, reference, ask_at_placement, started, signal_lost,
            no_bid_since, placed_at, not_before, rejected_version, cycle, post_only_rejects, halvings, want_balance,
            want_book, settlement_backoff);
  }
};

template <>
struct Archived<execution::MakerSell> {
  template <class A>
  static void visit(A& archive, execution::MakerSell& x) {
    auto& [active, parked, floor_locked, last_result, ending, floor, tick_at_start, override_price, sold, cap, started,
           last_fill, step_since, placed_at, not_before, read_at, rejected_version, cycle, post_only_rejects, shortages,
           unknown_readings, want_balance, want_position, want_book, waits_for_reading, settlement_backoff,
           reading_backoff] = x;
    archive(active, parked, floor_locked, last_result, ending, floor, tick_at_start, override_price, sold, cap, started,
            last_fill, step_since, placed_at, not_before, read_at, rejected_version, cycle, post_only_rejects,
            shortages, unknown_readings, want_balance, want_position, want_book, waits_for_reading, settlement_backoff,
            reading_backoff);
  }
};

template <>
struct Archived<execution::Exit> {
  template <class A>
  static void visit(A& archive, execution::Exit& x) {
    auto& [active, reason, result, started, not_before, rung, tries] = x;
    archive(active, reason, result, started, not_before, rung, tries);
    archive.require(rung >= 0 && tries >= 0, "an exit out of order");
    if (!archive.ok()) rung = 0;
  }
};

/// After reading, the archive takes handles of these orders only.
template <>
struct Archived<execution::OrderStore> {
  template <class A>
  static void visit(A& archive, execution::OrderStore& x) {
    auto& [orders, by_id, open, capacity, next_reuse, given_up] = x;
    auto reuse = static_cast<std::uint64_t>(next_reuse);
    archive(orders, reuse, given_up);
    if constexpr (A::kReading) archive.template limit<execution::OrderHandle>(orders.size());
    archive(open);
    if constexpr (A::kReading) {
      next_reuse = reuse;
      archive.require(orders.size() <= capacity && reuse <= orders.size(), "more orders than there is room for");
      for (std::uint32_t i = 0; i < orders.size() && archive.ok(); ++i) {
        archive.require(by_id.emplace(orders[i].intent.id, execution::OrderHandle(i)).second, "an order twice");
        archive.require(orders[i].intent.token.valid(), "an order of no token");
      }
      archive.require(is_open_list(x), "a list of open orders that is none");
    }
  }

 private:
  static bool is_open_list(const execution::OrderStore& x) {
    std::vector<bool> listed(x.orders_.size());
    for (const execution::OrderHandle handle : x.open_) {
      if (!handle.valid() || x.orders_[handle.value()].terminal() || listed[handle.value()]) return false;
      listed[handle.value()] = true;
    }
    const auto open = std::count_if(x.orders_.begin(), x.orders_.end(), [](const auto& o) { return !o.terminal(); });
    return static_cast<std::size_t>(open) == x.open_.size();
  }
};

}  // namespace ebb
