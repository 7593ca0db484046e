// The end of the trader's process and the beginning of the next one (rules 10 across restarts).
#include <fmt/format.h>

#include <algorithm>

#include "checker/watch.hpp"

namespace ebb::checker {

namespace {

constexpr SpanNs kBeatsOn = 5 * kSecond;  // until a thread that stands still must have been noticed

}  // namespace

void Checker::Impl::stall(Thread thread, bool stands) {
  if (thread == Thread::engine) {
    engine_stands_ = stands ? now : 0;
    if (!stands) engine_went_on_ = engine_stalled_until_ = now;
  } else if (!stands) {
    desk_went_on_ = now;
  }
}

void Checker::Impl::beat() {
  const TimeNs since = std::max(engine_stands_, desk_went_on_);
  report.check(Rule::beat_of_dead, engine_stands_ == 0 || now - since <= kBeatsOn, now, {}, [&] {
    return fmt::format("a heartbeat {} ms after the engine stood still", (now - engine_stands_) / kMillisecond);
  });
}

void Checker::Impl::crash() {
  stall(Thread::engine, true);
  for (auto& [number, link] : links_) {
    link.open = false;
    link.silent = true;
    distrust_connection(number);
  }
  for (auto& token : tokens_) {
    for (DropWindow& window : token->window) window.clear();
    token->answered = false;
    token->due_since = 0;
    token->refused = false;
    token->reprice_due = -1;
  }
  placements_.clear();
  loss_hit_ = false;
  loss_since_ = 0;
}

/// What the trader had not written down did not happen for it. An order of which it knows nothing had no effect, or its
/// intent was not kept before it left.
void Checker::Impl::restart(const RestartClaim& claim) {
  stall(Thread::engine, false);
  engine_stalled_until_ = 0;
  const std::set<std::string, std::less<>> known(claim.orders.begin(), claim.orders.end());
  for (const std::size_t index : touched_) {
    TokenWatch& token = *tokens_[index];
    for (OrderWatch* order : token.orders) {
      if (order->unexplained_clock >= 0)
        order->unexplained_clock = venue_clock_;  // the trader's clock may have gone back
      if (!order->open()) continue;
      if (!order->resting) vague_.insert(order->claim.id);
      const bool recovered = known.contains(order->claim.id);
      check(Rule::order_forgotten, recovered || !order->truth_alive, token, [&] {
        return fmt::format("{} is alive at the venue, and the restarted trader does not know it", order->claim.id);
      });
      if (recovered) {
        order->phase = Phase::unknown;
        order->phase_clock = venue_clock_;
        order->cancel_at = 0;
        order->recovered = true;
        if (order->told > order->fills && !claim.claimed.contains(order->claim.id)) order->told = order->fills;
        after_order_change(*order);
        token.above_floor = -1;
        order->pull_for = 0;
      } else {
        set_phase(*order, Phase::done);
      }
    }
    if (token.exit_clock >= 0) token.exit_clock = venue_clock_;
    token.sell_quiet = now;
  }
  if (killed_) {
    report.check(Rule::kill_forgotten, claim.killed || killed_at_ >= claim.written_until, now, {}, [&] {
      return fmt::format("killed {} ms before the restart, and the restarted trader does not know it",
                         (now - killed_at_) / kMillisecond);
    });
    killed_ = claim.killed;
  }
  restarted_at_ = now;
  trades_listed = false;
  ledger_legs_.clear();
  for (const auto& [trade, order] : claim.legs) ledger_leg(trade, order);
  lost_legs_.clear();
  received_.each_leg([&](std::size_t, const Leg& leg) {
    if (!ledger_legs_.contains({leg.trade_id, leg.order_id})) lost_legs_.emplace(leg.trade_id, leg.order_id);
  });
}

}  // namespace ebb::checker
