// Deliberate defects, to prove that the simulation would notice them (docs/mutants.md).
//
// A mutant breaks one decisive line of the trader:
//
//   if (!EBB_MUTANT(ignore_failed)) reverse(leg);
//
// EBB_MUTANT is the constant false unless EBB_MUTANTS is defined, as it is for the program ebb-simulate-mutants alone: no
// library and no other program contains a trace of any. There one mutant may be selected for the whole process, before
// anything else runs (ebb-simulate --mutant NAME).
#pragma once

#include <cstdint>

// X(name, what it breaks, the rule that should notice): the one list. Rules as in src/checker/README.md.
#define EBB_MUTANT_LIST(X)                                                                                            \
  /* the journal and the restart */                                                                                   \
  X(forget_intent, "an order leaves without its intent in the journal", "restart.order_forgotten")                    \
  X(send_before_intent, "an order leaves before its intent is durable", "restart.order_forgotten")                    \
  X(forget_unanswered, "a restart forgets the orders that had no answer yet", "restart.order_forgotten")              \
  X(forget_fill, "fills are not journaled", "ledger.leg_missing")                                                     \
  X(trade_while_restarting, "orders leave before the venue has told what became of the earlier ones",                 \
    "restart.order_too_early")                                                                                        \
  /* answers of the venue */                                                                                          \
  X(resend_blindly, "an order whose request timed out is sent again", "order.sent_twice")                             \
  X(trust_empty_page, "an open order that one page does not list counts as canceled", "buy.two_live")                 \
  X(not_found_is_gone, "\"no such order\" ends an order at the first word", "buy.two_live")                           \
  X(never_ask, "nobody asks what became of an order without an answer", "bound.unknown")                              \
  X(placement_is_fill, "an accepted BUY counts as bought", "ledger.mismatch")                                         \
  X(cancel_request_is_cancel, "an order counts as over when its cancel is sent", "buy.two_live")                      \
  X(forget_claim, "what an order had matched when it was canceled is not waited for", "quiescence.mismatch")          \
  X(never_unexplained, "a matched sum that no trade explains is never named", "match.unexplained_unnamed")            \
  X(beat_of_hung_engine, "the heartbeat goes on while the engine stands still", "heartbeat.beat_of_dead")             \
  X(drop_post_only, "orders that must not cross are not marked post-only", "maker.fill_was_taker")                    \
  /* trades, positions, cash */                                                                                       \
  X(ignore_failed, "a settlement that FAILED is not reversed", "ledger.mismatch")                                     \
  X(book_duplicates, "a trade that is told twice is booked twice", "ledger.mismatch")                                 \
  X(trust_one_reading, "one differing reading of a position is enough", "ledger.mismatch")                            \
  X(skip_overlap, "sweeps of trades begin exactly where the last one ended", "ledger.leg_missing")                    \
  X(sell_unsettled, "bought shares are offered before they have settled", "sell.exceeds_free")                        \
  X(forget_taker_fee, "fees of exits are not booked", "ledger.mismatch")                                              \
  X(round_in_our_favour, "the cost of a BUY is rounded down", "ledger.mismatch")                                      \
  X(guess_payout, "a market that was resolved without a winner counts as lost", "ledger.mismatch")                    \
  /* books */                                                                                                         \
  X(trade_untrusted, "an UNTRUSTED book counts as TRUSTED", "trust.order_while_untrusted")                            \
  X(keep_untrusted_buys, "BUYs stay while the book is UNTRUSTED", "trust.buy_kept")                                   \
  X(trust_after_reconnect, "a new connection keeps the books of the old one", "trust.order_while_untrusted")          \
  X(ignore_gap, "a busy connection that falls silent keeps its trust", "trust.order_while_untrusted")                 \
  X(ignore_best_prices, "best prices that contradict the book are overlooked", "trust.order_while_untrusted")         \
  X(follow_ourselves, "our own orders are not subtracted from the book", "chase.reference_wrong")                     \
  X(keep_old_tick, "a change of the tick does not change the grid of our orders", "order.off_tick")                   \
  /* the door */                                                                                                      \
  X(unknown_frees_budget, "an order of unknown outcome frees its budget", "limit.token")                              \
  X(cancel_frees_budget, "an order that is being canceled frees its budget", "limit.token")                           \
  X(both_outcomes, "both tokens of a condition are bought", "buy.sibling_active")                                     \
  X(cross_ourselves, "an order may meet another one of ours", "own.cross_placed")                                     \
  X(no_rate_limit, "orders leave as fast as they are wished for", "limit.rate")                                       \
  X(ignore_kill_switch, "the kill switch changes nothing", "kill.buy_placed")                                         \
  /* routines */                                                                                                      \
  X(requote_small_remainder, "a remainder below the minimum is canceled to be placed again", "requote.below_minimum") \
  X(requote_always, "orders are re-priced without a pause", "requote.too_often")                                      \
  X(reset_idle_on_reprice, "placing a SELL again restarts its idle time", "idle.not_parked")                          \
  X(sell_below_floor, "the profit floor of a SELL is forgotten", "floor.sell_below")                                  \
  X(sell_dust, "what is left below the minimum is offered all the same", "order.below_minimum")                       \
  X(chase_the_bid, "a BUY follows the bid without a limit", "chase.buy_above")                                        \
  X(endless_buy, "a BUY has no time limit", "bound.buy")                                                              \
  X(never_pull, "a BUY stays when the market leaves it behind", "bound.pull")

namespace ebb {

enum class Mutant : std::uint8_t {
  none,
#define EBB_MUTANT_NAME(name, breaks, rule) name,
  EBB_MUTANT_LIST(EBB_MUTANT_NAME)
#undef EBB_MUTANT_NAME
};

#ifdef EBB_MUTANTS
inline Mutant selected_mutant = Mutant::none;
#define EBB_MUTANT(name) (::ebb::selected_mutant == ::ebb::Mutant::name)
#else
#define EBB_MUTANT(name) (::ebb::Mutant::name == ::ebb::Mutant::none)
#endif

}  // namespace ebb
