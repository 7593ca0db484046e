#include "checker/rules.hpp"

namespace ebb::checker {
namespace {

constexpr std::array<RuleText, kRuleCount> kTexts{{
    {"position.negative", "position never negative (settled axis)"},
    {"sellable.negative", "sellable never negative, with sell_after mined or confirmed"},
    {"settlement.shortfall_unnamed", "with sell_after matched, a shortfall is exactly the named state of 4.2"},
    {"sell.exceeds_free", "open SELL remainders <= what may be sold"},
    {"buy.two_live", "never two live BUYs of a token"},
    {"sell.two_live", "a new order of the same token and side only when the old one is terminal (2.6)"},
    {"limit.order", "no order leaves that would break the limit of an order"},
    {"limit.token", "no order leaves that would break the limit of a token"},
    {"limit.market", "no order leaves that would break the limit of a market (worst loss over both outcomes, 3.3)"},
    {"limit.event", "no order leaves that would break the limit of an event"},
    {"limit.total", "no order leaves that would break the total limit"},
    {"limit.open_orders", "no order leaves that would break the number of open orders"},
    {"limit.rate", "no order leaves that would break the number of orders per second"},
    {"limit.daily_loss", "daily loss is a trigger: from it on no BUY leaves"},
    {"limit.cash", "the allocator always reserves globally: open BUYs and this one are covered by cash (7.2)"},
    {"buy.sibling_active", "one active token per condition (3.3)"},
    {"ledger.leg_twice", "every trade leg in the ledger exactly once: booked twice"},
    {"ledger.leg_unknown", "every trade leg in the ledger exactly once: booked without a trade"},
    {"ledger.leg_missing", "every trade leg in the ledger exactly once: not booked"},
    {"ledger.mismatch", "PnL recomputed by other code"},
    {"own.trade", "no own-to-own trade in either token"},
    {"own.cross_placed", "the risk gate refuses SELF_CROSS over both tokens (3.3)"},
    {"maker.fill_was_taker", "every fill is a maker fill unless its reason is an exit"},
    {"cross.not_whitelisted", "only whitelisted reasons may cross the spread (4.5)"},
    {"floor.sell_below", "no SELL below its floor without a whitelisted reason"},
    {"floor.claim_too_low", "the claimed floor covers average cost and profit"},
    {"cap.buy_above", "no BUY above cap"},
    {"chase.buy_above", "no BUY above reference + chase (where the tier limits it)"},
    {"chase.reference_wrong", "the reference bid is the net best bid at the signal"},
    {"order.after_end", "no order after end"},
    {"order.after_close", "no order after close"},
    {"order.after_resolution", "no order after resolution"},
    {"order.off_tick", "prices within [tick, 1 - tick] on the market's current tick (2.1)"},
    {"order.below_minimum", "min_order_size holds for GTC and GTD at their original size; sizes in 0.01 shares (2.3)"},
    {"requote.below_minimum", "no cancel-to-reprice against 2.4"},
    {"requote.too_often", "cancels to re-price per token-minute and side: 60 s / interval"},
    {"bound.pull", "pull 5 s of TRUSTED time (where the tier pulls)"},
    {"bound.intent", "INTENT and SENT 60 s"},
    {"bound.unknown", "UNKNOWN 60 s"},
    {"bound.cancel_pending", "cancel-pending 60 s"},
    {"bound.buy", "BUY buy_ttl + 60 s, or the market's end where the tier has none"},
    {"bound.sell", "SELL market end + 60 s"},
    {"bound.exit", "exit 5 min, then MANUAL"},
    {"match.unexplained_unnamed", "a matched sum that no trade explains after 60 s and two sweeps is named"},
    {"match.order_while_unexplained", "UNEXPLAINED_MATCH: no further order of the token"},
    {"heartbeat.order_alive", "none of our orders alive 15 s after the last heartbeat"},
    {"kill.buy_placed", "no BUY leaves after the kill switch"},
    {"kill.buy_accepted", "no accepted BUY later than one round trip after the kill switch"},
    {"trust.order_while_untrusted", "no new order while UNTRUSTED"},
    {"trust.order_while_stale", "no new order while STALE"},
    {"trust.buy_while_soft_stale", "soft-stale: no BUY (1.3)"},
    {"trust.crossing_while_soft_stale", "soft-stale: nothing that crosses (1.3)"},
    {"trust.buy_kept", "after 2 s UNTRUSTED our BUYs are canceled (1.4)"},
    {"order.alive_after_stop", "every order terminal within its bound: none is left by the stop policy"},
    {"signal.unanswered", "every signal becomes an order or a counted refusal"},
    {"paper.unit_used_twice", "no recorded unit used twice"},
    {"paper.fills_exceed_grants", "fills by rule <= the units that rule grants"},
    {"paper.grant_unfounded", "each recorded share counts once: a granted unit stands in the recording (8.3)"},
    {"paper.fill_unexplained", "every paper fill comes from recorded units"},
    {"determinism.commands_differ", "the same input gives the same commands"},
    {"quiescence.mismatch", "after quiescence ledger = venue to the unit"},
    {"restart.order_forgotten", "a restarted trader knows every order of its own that is alive at the venue"},
    {"restart.order_too_early",
     "after a restart no order leaves before the venue has told what became of the earlier ones"},
    {"restart.order_before_trades", "after a restart no order leaves before the trades have been listed to their end"},
    {"order.over_too_early", "an order that counts as over is not alive at the venue, and does not arrive there later"},
    {"restart.kill_forgotten", "a restarted trader knows that the kill switch is on"},
    {"heartbeat.beat_of_dead", "the heartbeat beats only while the engine loop is alive (5.1)"},
    {"idle.not_parked", "a SELL without a fill for the idle timeout rests at its floor (4.4)"},
}};

}  // namespace

std::span<const RuleText> rule_texts() { return kTexts; }
const RuleText& text_of(Rule rule) { return kTexts[static_cast<std::size_t>(rule)]; }

std::uint64_t Report::checks() const {
  std::uint64_t sum = 0;
  for (const auto n : checks_) sum += n;
  return sum;
}

const std::map<std::string, std::uint64_t>& Report::checks_by_rule() const {
  for (std::size_t i = 0; i < kRuleCount; ++i) checks_by_rule_[std::string(kTexts[i].id)] = checks_[i];
  return checks_by_rule_;
}

void Report::add(Rule rule, TimeNs time, std::string_view token_id, std::string detail) {
  ++count_;
  std::string id(text_of(rule).id);
  ++by_rule_[id];
  if (kept_.size() < max_kept_) kept_.push_back({std::move(id), time, std::string(token_id), std::move(detail)});
}

}  // namespace ebb::checker
