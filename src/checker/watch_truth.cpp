// The exchange's truth, the ledger's claims about it, and the end of the run.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "checker/watch.hpp"

namespace ebb::checker {

void Checker::Impl::truth_order(std::string_view id, TruthOrderEvent event, Micros remaining) {
  truth_told_ = true;
  OrderWatch* order = order_of(id);
  if (order == nullptr) return;
  TokenWatch& token = *tokens_[order->token];
  order->truth_remaining = std::max<Micros>(remaining, 0);
  const bool standing = event == TruthOrderEvent::accepted || event == TruthOrderEvent::partially_filled;
  const bool alive = standing && remaining > 0;  // a marketable order may match in full at once
  const auto it = std::find(truth_alive_.begin(), truth_alive_.end(), order);
  if (!alive) {
    if (it != truth_alive_.end()) truth_alive_.erase(it);
    order->truth_alive = false;
    return;
  }
  if (it == truth_alive_.end()) truth_alive_.push_back(order);
  order->truth_alive = true;
  if (event != TruthOrderEvent::accepted) return;
  check(Rule::over_too_early, order->over_at == 0, token, [&] {
    return fmt::format("{} was accepted {} ms after the trader took it for over", id,
                       (now - order->over_at) / kMillisecond);
  });
  if (order->claim.side == Side::buy) {
    const auto other = std::find_if(truth_alive_.begin(), truth_alive_.end(), [&](const OrderWatch* o) {
      return o != order && o->token == order->token && o->claim.side == Side::buy;
    });
    check(Rule::buy_two_live, other == truth_alive_.end(), token,
          [&] { return fmt::format("on the exchange: {} and {}", id, (*other)->claim.id); });
    if (killed_) {
      check(Rule::kill_accepted, now - killed_at_ <= config.round_trip, token, [&] {
        return fmt::format("{} accepted {} ms after the kill switch", id, (now - killed_at_) / kMillisecond);
      });
    }
    return;
  }
  if (config.sell_after == SellAfter::matched) return;
  Micros selling = 0;
  for (const OrderWatch* o : truth_alive_) {
    if (o->token == order->token && o->claim.side == Side::sell) selling += o->truth_remaining;
  }
  const Micros settled = truth_.position(order->token).settled(SellAfter::mined);
  check(Rule::sell_exceeds_free, selling <= settled, token,
        [&] { return fmt::format("on the exchange: open SELLs {}, settled {}", selling, settled); });
}

void Checker::Impl::over(std::string_view id) {
  OrderWatch* order = order_of(id);
  if (order == nullptr || order->over_at > 0) return;
  order->over_at = now;
  check(Rule::over_too_early, !order->truth_alive, *tokens_[order->token],
        [&] { return fmt::format("the trader took {} for over, which is alive", id); });
}

void Checker::Impl::truth_fill(const Leg& leg) {
  const std::size_t index = token_of(leg.token_id);
  if (index == kNoToken || leg.size <= 0) return;
  truth_told_ = true;
  touched_.insert(index);
  TokenWatch& token = *tokens_[index];
  const LegEffect effect = truth_.apply(index, leg);
  if (effect == LegEffect::repeat) return;
  have_account_ = false;  // what the venue told of the account is history
  if (effect == LegEffect::fresh) {
    const OrderWatch* order = order_of(leg.order_id);
    // Without any word of the trader's there is no reason to judge by.
    const bool exit = order != nullptr ? order->exit : orders_.empty();
    check(Rule::fill_was_taker, leg.role == Role::maker || exit, token,
          [&] { return fmt::format("trade {} of {}", leg.trade_id, leg.order_id); });
    // One match has one taker. Two legs of ours in it are harmless only when both are makers.
    bool own = false;
    truth_.each_leg_of(leg.trade_id, [&](const Leg& met) { own |= met.role != leg.role; });
    check(Rule::own_trade, !own, token, [&] { return fmt::format("trade {}: both sides are ours", leg.trade_id); });
  }
  if (config.sell_after != SellAfter::matched) {
    const Micros settled = truth_.position(index).settled(SellAfter::mined);
    check(Rule::position_negative, settled >= 0, token, [&] { return fmt::format("settled position {}", settled); });
  } else {
    const Micros matched = truth_.position(index).matched;
    const bool failed = effect == LegEffect::reversed;  // then it is the named state of 4.2
    check(Rule::position_negative, matched >= 0 || failed || token.shortfall_since > 0, token,
          [&] { return fmt::format("matched position {}", matched); });
  }
}

void Checker::Impl::truth_external(std::string_view token_id, Micros size, Micros cash) {
  truth_told_ = true;
  have_account_ = false;
  const std::size_t index = token_of(token_id);
  if (index == kNoToken) {
    if (!tokens_.empty()) truth_.adjust(0, 0, 0, true, cash);
    return;
  }
  touched_.insert(index);
  truth_.adjust(index, size, 0, false, cash);
}

void Checker::Impl::market_closed(std::string_view condition_id) {
  if (auto* m = market_of(condition_id); m != nullptr && m->closed == 0) m->closed = now;
}

void Checker::Impl::market_resolved(std::string_view condition_id, std::string_view winner) {
  auto* m = market_of(condition_id);
  if (m == nullptr || m->resolved > 0) return;
  m->resolved = now;
  m->winner = std::string(winner);
}

PriceRaw Checker::Impl::payout_of(const TokenWatch& token) const {
  const MarketWatch& m = markets_[token.market];
  if (m.winner.empty()) return kOne / 2;
  return token.id == m.winner ? kOne : 0;
}

bool Checker::Impl::is_payout_due(const TokenWatch& token) const {
  const MarketWatch& m = markets_[token.market];
  return m.resolved > 0 && !m.redeemed;
}

void Checker::Impl::redeemed(std::string_view condition_id) {
  auto* m = market_of(condition_id);
  if (m == nullptr || m->redeemed) return;
  m->redeemed = true;
  have_account_ = false;
  for (const std::size_t i : m->tokens) {
    if (i == kNoToken) continue;
    truth_.redeem(i, payout_of(*tokens_[i]));
    received_.redeem(i, payout_of(*tokens_[i]));
  }
}

void Checker::Impl::ledger_leg(std::string_view trade_id, std::string_view order_id) {
  const Leg* leg = truth_.find(trade_id, order_id);
  if (leg == nullptr) leg = received_.find(trade_id, order_id);
  const std::string token_id = leg == nullptr ? std::string() : leg->token_id;
  const bool fresh = ledger_legs_.emplace(trade_id, order_id).second;
  const auto detail = [&] { return fmt::format("trade {} of {}", trade_id, order_id); };
  report.check(Rule::leg_twice, fresh, now, token_id, detail);
  const bool founded = truth_.leg_count() > 0 ? truth_.find(trade_id, order_id) != nullptr : leg != nullptr;
  report.check(Rule::leg_unknown, founded, now, token_id, detail);
}

Micros Checker::Impl::vague_legs(const AccountView& account, std::size_t token) const {
  Micros count = 0;
  if (vague_.empty()) return count;
  account.each_leg([&](std::size_t i, const Leg& leg) {
    if ((token == kNoToken || i == token) && vague_.contains(leg.order_id)) ++count;
  });
  return count;
}

void Checker::Impl::compare_token(const LedgerToken& claim, const AccountView& account) {
  const std::size_t index = token_of(claim.token_id);
  if (index == kNoToken) {
    report.check(Rule::ledger_mismatch, claim.size == 0, now, claim.token_id,
                 [] { return std::string("a position in a token of no market"); });
    return;
  }
  const TokenWatch& token = *tokens_[index];
  const PositionView& p = account.position(index);
  check(Rule::ledger_mismatch, claim.size == p.matched, token,
        [&] { return fmt::format("size {}, recomputed {}", claim.size, p.matched); });
  if (!p.cost_known || token.adjusted) return;
  // Splitting the cost at a sale rounds; what was paid and what was earned together does not.
  const Micros vague = vague_legs(account, index);
  const Micros legs =
      static_cast<Micros>(p.sell_legs) * (1 + config.money_tolerance_per_leg) + config.money_tolerance_per_leg + vague;
  const Micros whole = config.money_tolerance_per_leg * (p.sell_legs + 1) * 2 + vague;
  check(Rule::ledger_mismatch, std::abs(claim.cost - p.cost) <= legs, token,
        [&] { return fmt::format("cost {}, recomputed {}", claim.cost, p.cost); });
  check(Rule::ledger_mismatch, std::abs((claim.realized - claim.cost) - (p.realized - p.cost)) <= whole, token, [&] {
    return fmt::format("realised {} and cost {}, recomputed {} and {}", claim.realized, claim.cost, p.realized, p.cost);
  });
  check(Rule::ledger_mismatch, std::abs(claim.fees - p.fees) <= whole, token,
        [&] { return fmt::format("fees {}, recomputed {}", claim.fees, p.fees); });
}

void Checker::Impl::ledger_claim(const LedgerClaim& claim) {
  have_claim_ = true;
  claim_ = claim;
  claim_at_ = now;
  compare_quiescent();
  AccountView account = truth_known() ? truth_ : received_;
  std::set<std::string> named;
  for (const LedgerToken& t : claim.tokens) {
    named.insert(t.token_id);
    // A resolved position may be in the ledger's cash before the payout has reached the account.
    if (const std::size_t i = token_of(t.token_id); i != kNoToken && t.size == 0) {
      if (is_payout_due(*tokens_[i])) account.redeem(i, payout_of(*tokens_[i]));
    }
    compare_token(t, account);
  }
  Micros realized = 0;
  Micros fees = 0;
  bool known = true;
  Micros rounding = 0;
  for (const std::size_t i : touched_) {
    const PositionView& p = account.position(i);
    if (!named.contains(tokens_[i]->id)) compare_token({.token_id = tokens_[i]->id}, account);
    realized += p.realized;
    fees += p.fees;
    known &= p.cost_known && !tokens_[i]->adjusted;
    rounding += p.sell_legs;
  }
  const Micros allowed = config.money_tolerance_per_leg * account.leg_count() + vague_legs(account);
  const auto sums = [&](std::string_view what, Micros told, Micros mine, Micros slack) {
    report.check(Rule::ledger_mismatch, std::abs(told - mine) <= slack, now, {},
                 [&] { return fmt::format("{} {}, recomputed {}", what, told, mine); });
  };
  sums("cash", claim.cash, account.cash(), allowed);
  sums("fees", claim.fees, fees, allowed);
  if (known) sums("realised", claim.realized, realized, allowed + rounding);
  if (claim.total_given) {
    const Micros low = std::min(total_pnl(account, 0), total_pnl(account, 1));
    const Micros high = std::max(total_pnl(account, 0), total_pnl(account, 1));
    const Micros slack = allowed + static_cast<Micros>(touched_.size());
    report.check(Rule::ledger_mismatch, claim.total >= low - slack && claim.total <= high + slack, now, {},
                 [&] { return fmt::format("total {}, recomputed {} to {}", claim.total, low, high); });
  }
  if (claim.legs >= 0) {
    const std::int64_t all = account.leg_count();
    const bool fits = claim.legs == all || claim.legs == all - account.failed_count();
    report.check(claim.legs > all ? Rule::leg_twice : Rule::leg_missing, fits, now, {},
                 [&] { return fmt::format("{} legs in the ledger, {} trades of ours", claim.legs, all); });
  }
  if (!ledger_legs_.empty()) {
    account.each_leg([&](std::size_t i, const Leg& leg) {
      check(Rule::leg_missing, ledger_legs_.contains({leg.trade_id, leg.order_id}), *tokens_[i],
            [&] { return fmt::format("trade {} of {}", leg.trade_id, leg.order_id); });
    });
  }
}

void Checker::Impl::truth_account(const TruthAccount& account) {
  account_ = account;
  have_account_ = true;
  account_at_ = now;
  compare_quiescent();
  std::map<std::string, Micros> held_there;
  for (const Holding& h : account.holdings) {
    held_there[h.token_id] += h.size;
    const std::size_t i = token_of(h.token_id);
    const bool known = h.size == 0 || (i != kNoToken && touched_.contains(i));
    report.check(Rule::quiescence_mismatch, known, now, h.token_id,
                 [&] { return fmt::format("{} held without any trade", h.size); });
  }
  const auto there = [&](const std::string& id) {
    const auto it = held_there.find(id);
    return it == held_there.end() ? Micros{0} : it->second;
  };
  const Micros slack = config.money_tolerance_per_leg * truth_.leg_count();
  const auto cash = [&](std::string_view who, Micros mine) {
    report.check(Rule::quiescence_mismatch, std::abs(account.cash - mine) <= slack, now, {},
                 [&] { return fmt::format("cash: venue {}, {} {}", account.cash, who, mine); });
  };
  const auto size = [&](const std::string& id, std::string_view who, Micros mine) {
    report.check(Rule::quiescence_mismatch, there(id) == mine, now, id,
                 [&] { return fmt::format("size: venue {}, {} {}", there(id), who, mine); });
  };
  for (const std::size_t i : touched_) size(tokens_[i]->id, "trades", truth_.position(i).matched);
  cash("trades", truth_.cash());
  std::set<std::string> known;
  for (const std::size_t i : touched_) {
    for (const OrderWatch* o : tokens_[i]->orders) {
      if (o->open()) known.insert(o->claim.id);
    }
  }
  const std::set<std::string> open(account.open_orders.begin(), account.open_orders.end());
  report.check(Rule::quiescence_mismatch, known == open, now, {},
               [&] { return fmt::format("open orders: venue {}, trader {}", open.size(), known.size()); });
}

/// The trader's ledger beside the venue's account, whichever of the two was told last.
void Checker::Impl::compare_quiescent() {
  if (!have_claim_ || !have_account_ || claim_at_ != account_at_) return;
  std::map<std::string, Micros> there;
  for (const Holding& h : account_.holdings) there[h.token_id] += h.size;
  Micros coming = 0;  // payouts that the ledger has booked and the account waits for
  for (const LedgerToken& t : claim_.tokens) {
    const std::size_t i = token_of(t.token_id);
    const Micros size = there.contains(t.token_id) ? there[t.token_id] : 0;
    if (i != kNoToken && t.size == 0 && is_payout_due(*tokens_[i])) {
      coming += static_cast<Micros>(static_cast<__int128>(size) * payout_of(*tokens_[i]) / kOne);
      continue;
    }
    report.check(Rule::quiescence_mismatch, size == t.size, now, t.token_id,
                 [&] { return fmt::format("size: venue {}, ledger {}", size, t.size); });
  }
  const Micros slack = config.money_tolerance_per_leg * truth_.leg_count() + vague_legs(truth_);
  report.check(Rule::quiescence_mismatch, std::abs(account_.cash - (claim_.cash - coming)) <= slack, now, {}, [&] {
    return fmt::format("cash: venue {}, ledger {}, payouts to come {}", account_.cash, claim_.cash, coming);
  });
}

void Checker::Impl::commands_digest(std::string_view digest) {
  if (digest_.empty()) {
    digest_ = std::string(digest);
    return;
  }
  report.check(Rule::commands_differ, digest_ == digest, now, {},
               [&] { return fmt::format("{} and {}", digest_, digest); });
}

void Checker::Impl::finish(Ending ending) {
  if (finished_) return;
  periodic();
  finished_ = true;
  finish_paper();
  if (ending != Ending::orderly) return;
  const auto may_stay = [&](const OrderWatch& o) {
    return config.stop_policy == StopPolicy::keep_sells && o.claim.side == Side::sell;
  };
  for (const std::size_t i : touched_) {
    for (OrderWatch* o : tokens_[i]->orders) {
      check_once(Rule::alive_after_stop, !o->open() || may_stay(*o), *o,
                 [&] { return fmt::format("{} is open for the trader", o->claim.id); });
    }
  }
  for (OrderWatch* o : truth_alive_) {
    check_once(Rule::alive_after_stop, may_stay(*o), *o,
               [&] { return fmt::format("{} is alive on the exchange", o->claim.id); });
  }
}

}  // namespace ebb::checker
