// For every rule one sequence that breaks it and one, as near to it as can be, that does not.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "checker/rules.hpp"
#include "checker/scene.hpp"

namespace ebb::checker {
namespace {

struct Case {
  const char* rule;
  const char* name;
  Scene::Setup setup;
  std::function<void(Scene&)> bad;
  std::function<void(Scene&)> good;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.rule << " " << c.name; }

TokenParams& yes(CheckerConfig& c) { return c.markets[0].tokens[0].params; }

/// Sends, and takes the answer "rejected", so that the order leaves no trace.
void send_and_forget(Scene& s, const PlaceClaim& c) {
  s.send(c);
  s.checker->on_place_answer(s.now, c.id, PlaceAnswer::rejected, "");
}
PlaceClaim exit_of(Scene& s, const std::string& id, PriceRaw price, Micros size) {
  PlaceClaim c = s.claim(id, Side::sell, price, size);
  c.type = OrderType::fak;
  c.post_only = false;
  c.purpose = "EXIT";
  return c;
}
LedgerClaim ledger(Micros size, Micros cost, Micros cash) {
  LedgerClaim claim;
  claim.tokens = {{"111", size, cost, 0, 0}};
  claim.cash = cash;
  return claim;
}
void signals(CheckerConfig& c) { yes(c).traded = true; }
void fall(Scene& s) {
  s.pass(30);
  s.book(4400, 4600);
}

std::vector<Case> position_cases() {
  return {
      {"position.negative",
       "sold what is not held",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(10));
         s.truth_fill(s.leg("T1", "S1", shares(11), LegStatus::matched));
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(10));
         s.fill("T1", "S1", shares(10));
       }},
      {"sellable.negative",
       "more sold than has settled",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(10));
         s.told_fill(s.leg("T1", "S1", shares(12), LegStatus::matched));
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(10));
         s.told_order("S1", "UPDATE", shares(4));
         s.fill("T1", "S1", shares(4));
         s.fill("T1", "S1", shares(4), LegStatus::failed);
       }},
      {"settlement.shortfall_unnamed", "a BUY failed after its shares were sold",
       [](CheckerConfig& c) { c.sell_after = SellAfter::matched; },
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(10));
         s.sell("S1", 5300, shares(10));
         s.fill("T2", "S1", shares(10));
         s.fill("T1", "B1", shares(10), LegStatus::failed);
         s.pass(10);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(10));
         s.sell("S1", 5300, shares(10));
         s.fill("T2", "S1", shares(10));
         s.fill("T1", "B1", shares(10), LegStatus::failed);
         s.checker->on_named(s.now, "111", "SETTLEMENT_FAILED");
         s.pass(10);
       }},
      {"sell.exceeds_free",
       "the BUY has not settled",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(10));
         send_and_forget(s, s.claim("S1", Side::sell, 5300, shares(10)));
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(10));
         s.fill("T1", "B1", shares(10), LegStatus::mined);
         send_and_forget(s, s.claim("S1", Side::sell, 5300, shares(10)));
       }},
      {"sell.exceeds_free",
       "a cancel-pending SELL holds its shares",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5400, shares(10));
         s.cancel("S1", "REQUOTE");
         send_and_forget(s, s.claim("S2", Side::sell, 5300, shares(10)));
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5400, shares(10));
         s.cancel("S1", "REQUOTE");
         s.canceled("S1");
         send_and_forget(s, s.claim("S2", Side::sell, 5300, shares(10)));
       }},
      {"sell.exceeds_free",
       "sold by an order that ended, its trade not seen yet",
       {},
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.sell("S1", 5400, shares(10));
         s.told_order("S1", "CANCELLATION", shares(6));
         send_and_forget(s, s.claim("S2", Side::sell, 5300, shares(20)));
       },
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.sell("S1", 5400, shares(10));
         s.told_order("S1", "CANCELLATION", shares(6));
         send_and_forget(s, s.claim("S2", Side::sell, 5300, shares(14)));
       }},
      {"buy.two_live",
       "a second BUY before the first is terminal",
       {},
       [](Scene& s) {
         s.buy("B1", 4700, shares(5));
         s.cancel("B1", "REQUOTE");
         s.buy("B2", 4800, shares(5));
       },
       [](Scene& s) {
         s.buy("B1", 4700, shares(5));
         s.cancel("B1", "REQUOTE");
         s.canceled("B1");
         s.buy("B2", 4800, shares(5));
       }},
      {"buy.two_live",
       "UNKNOWN counts as live",
       {},
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4700, shares(5)));
         s.checker->on_place_answer(s.now, "B1", PlaceAnswer::unknown, "");
         s.buy("B2", 4800, shares(5));
       },
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4700, shares(5)));
         s.checker->on_place_answer(s.now, "B1", PlaceAnswer::unknown, "");
         s.checker->on_status_answer(s.now, "B1", StatusAnswer::not_found, -1);
         s.checker->on_status_answer(s.now, "B1", StatusAnswer::not_found, -1);
         s.buy("B2", 4800, shares(5));
       }},
      {"sell.two_live",
       "a second SELL before the first is terminal",
       {},
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.sell("S1", 5300, shares(10));
         s.sell("S2", 5400, shares(10));
       },
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.sell("S1", 5300, shares(10));
         s.fill("T1", "S1", shares(10));
         s.sell("S2", 5400, shares(10));
       }},
  };
}

std::vector<Case> limit_cases() {
  const auto wide = [](CheckerConfig& c) {
    c.limits = {};
    c.limits.per_order = c.limits.per_token = c.limits.per_market = c.limits.per_event = c.limits.total = 0;
  };
  return {
      {"limit.order",
       "$10 an order",
       {},
       [](Scene& s) { s.buy("B1", 4800, shares(21)); },
       [](Scene& s) { s.buy("B1", 4800, shares(20)); }},
      {"limit.token",
       "position and BUY",
       {},
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.buy("B1", 4800, shares(12));
       },
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.buy("B1", 4800, shares(11));
       }},
      {"limit.token",
       "sold shares count until MINED",
       {},
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.sell("S1", 5300, shares(20));
         s.fill("T1", "S1", shares(20));
         s.buy("B1", 4800, shares(20));
       },
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.sell("S1", 5300, shares(20));
         s.fill("T1", "S1", shares(20));
         s.fill("T1", "S1", shares(20), LegStatus::mined);
         s.buy("B1", 4800, shares(20));
       }},
      {"limit.market", "worst loss over both outcomes",
       [&](CheckerConfig& c) {
         wide(c);
         c.limits.per_market = 10'000'000;
         c.limits.one_active_token_per_condition = false;
       },
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.buy("B1", 4700, shares(10));
       },
       [](Scene& s) {  // NO pays when YES does not: only the smaller leg is lost
         s.hold(shares(20), 4800);
         s.buy("B1", 4700, shares(20), "222");
         s.fill("T9", "B1", shares(20));
         s.pass(5);
         s.buy("B2", 4700, shares(20));
       }},
      {"limit.event", "two markets of one event",
       [&](CheckerConfig& c) {
         wide(c);
         c.limits.per_event = 10'000'000;
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(12));
         s.buy("B2", 4800, shares(12), "333");
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.buy("B2", 4800, shares(10), "333");
       }},
      {"limit.total", "all markets",
       [&](CheckerConfig& c) {
         wide(c);
         c.markets[1].event = "another";
         c.limits.total = 10'000'000;
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(12));
         s.buy("B2", 4800, shares(12), "333");
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.buy("B2", 4800, shares(10), "333");
       }},
      {"limit.open_orders", "two at most", [](CheckerConfig& c) { c.limits.open_orders = 1; },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.buy("B2", 4800, shares(5), "333");
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.cancel("B1", "BUY_TTL");
         s.canceled("B1");
         s.buy("B2", 4800, shares(5), "333");
       }},
      {"limit.rate", "two a second", [](CheckerConfig& c) { c.limits.orders_per_second = 2; },
       [](Scene& s) {
         for (const char* id : {"B1", "B2", "B3"}) send_and_forget(s, s.claim(id, Side::buy, 4700, shares(5)));
       },
       [](Scene& s) {
         for (const char* id : {"B1", "B2", "B3"}) {
           send_and_forget(s, s.claim(id, Side::buy, 4700, shares(5)));
           s.now += kSecond / 2;
         }
       }},
      {"limit.daily_loss", "a BUY after the trigger", [](CheckerConfig& c) { c.limits.daily_loss = 2'000'000; },
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.book(3700, 3800);
         s.pass(10);
         s.buy("B1", 3700, shares(5));
       },
       [](Scene& s) {
         s.hold(shares(20), 4800);
         s.book(3900, 4000);
         s.pass(10);
         s.buy("B1", 3900, shares(5));
       }},
      {"limit.cash", "open BUYs above cash", [](CheckerConfig& c) { c.starting_cash = 5'000'000; },
       [](Scene& s) {
         s.buy("B1", 4800, shares(6));
         s.buy("B2", 4800, shares(6), "333");
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.buy("B2", 4800, shares(5), "333");
       }},
      {"buy.sibling_active",
       "both outcomes of a market",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.buy("B1", 4700, shares(5), "222");
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.buy("B1", 4700, shares(5), "333");
       }},
  };
}

std::vector<Case> ledger_cases() {
  return {
      {"ledger.leg_twice",
       "booked twice",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_leg(s.now, "Thold1111", "hold1111");
         s.checker->on_ledger_leg(s.now, "Thold1111", "hold1111");
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_leg(s.now, "Thold1111", "hold1111");
       }},
      {"ledger.leg_unknown",
       "no such trade",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_leg(s.now, "Tphantom", "hold1111");
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_leg(s.now, "Thold1111", "hold1111");
       }},
      {"ledger.leg_missing",
       "one of two booked",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.hold(shares(10), 4800);
         s.checker->on_ledger_leg(s.now, "Thold1111", "hold1111");
         s.checker->on_ledger_claim(s.now, ledger(shares(20), 9'600'000, 990'400'000));
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.hold(shares(10), 4800);
         s.checker->on_ledger_leg(s.now, "Thold1111", "hold1111");
         s.checker->on_ledger_leg(s.now, "Thold2111", "hold2111");
         LedgerClaim claim = ledger(shares(20), 9'600'000, 990'400'000);
         claim.legs = 2;
         s.checker->on_ledger_claim(s.now, claim);
       }},
      {"ledger.mismatch",
       "a millionth too much cash",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_claim(s.now, ledger(shares(10), 4'800'000, 995'200'001));
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_claim(s.now, ledger(shares(10), 4'800'000, 995'200'000));
       }},
      {"ledger.mismatch",
       "realised profit and total after a sale",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(5));
         s.fill("T1", "S1", shares(5));
         LedgerClaim claim = ledger(shares(5), 2'400'000, 997'850'000);
         claim.tokens[0].realized = claim.realized = 260'000;
         s.checker->on_ledger_claim(s.now, claim);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(5));
         s.fill("T1", "S1", shares(5));
         LedgerClaim claim = ledger(shares(5), 2'400'000, 997'850'000);
         claim.tokens[0].realized = claim.realized = 250'000;
         claim.total_given = true;
         claim.total = 250'000;  // the rest is marked at the bid, which is its cost
         s.checker->on_ledger_claim(s.now, claim);
       }},
      {"ledger.mismatch",
       "a FAILED leg is undone",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(10));
         s.fill("T1", "B1", shares(10), LegStatus::failed);
         s.checker->on_ledger_claim(s.now, ledger(shares(10), 4'800'000, 995'200'000));
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(10));
         s.fill("T1", "B1", shares(10), LegStatus::failed);
         s.checker->on_ledger_claim(s.now, ledger(0, 0, shares(1000)));
       }},
      {"quiescence.mismatch",
       "the venue holds less",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_truth_account(s.now, {995'200'000, {{"111", shares(9)}}, {}});
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_claim(s.now, ledger(shares(10), 4'800'000, 995'200'000));
         s.checker->on_truth_account(s.now, {995'200'000, {{"111", shares(10)}}, {}});
       }},
      {"restart.order_forgotten",
       "an order whose intent was not kept",
       {},
       [](Scene& s) {
         s.buy("B1", 4700, shares(10));
         s.checker->on_truth_order(s.now, "B1", TruthOrderEvent::accepted, shares(10));
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {});
       },
       [](Scene& s) {
         s.buy("B1", 4700, shares(10));
         s.checker->on_truth_order(s.now, "B1", TruthOrderEvent::accepted, shares(10));
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {.orders = {"B1"}});
       }},
      {"ledger.leg_unknown",
       "a restarted ledger that holds what never was",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {.legs = {{"T99", "B99"}}});
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {});
         s.checker->on_tick(s.now + kSecond);
       }},
      {"restart.order_too_early",
       "an order of before is not told about yet",
       {},
       [](Scene& s) {
         s.buy("B1", 4700, shares(10));
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {.orders = {"B1"}});
         s.book(4800, 5200);
         s.book(4800, 5200, "333", "444", "0xc2");
         s.send(s.claim("B2", Side::buy, 4700, shares(10), "333"));
       },
       [](Scene& s) {
         s.buy("B1", 4700, shares(10));
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {.orders = {"B1"}});
         s.checker->on_status_answer(s.now, "B1", StatusAnswer::live, 0);
         s.checker->on_trades_page(s.now, true);
         s.checker->on_connection(s.now, 0, ConnectionState::open);
         s.book(4800, 5200);
         s.book(4800, 5200, "333", "444", "0xc2");
         s.send(s.claim("B2", Side::buy, 4700, shares(10), "333"));
       }},
      {"restart.order_before_trades",
       "only a page that another one follows has come",
       {},
       [](Scene& s) {
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {});
         s.checker->on_trades_page(s.now, false);
         s.checker->on_connection(s.now, 0, ConnectionState::open);
         s.book(4800, 5200);
         s.buy("B1", 4700, shares(10));
       },
       [](Scene& s) {
         s.checker->on_crash(s.now);
         s.checker->on_restart(s.now, {});
         s.checker->on_trades_page(s.now, false);
         s.checker->on_trades_page(s.now, true);
         s.checker->on_connection(s.now, 0, ConnectionState::open);
         s.book(4800, 5200);
         s.buy("B1", 4700, shares(10));
       }},
      {"order.over_too_early",
       "it arrives after one word that it is not there",
       {},
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4700, shares(10)));
         s.checker->on_place_answer(s.now, "B1", PlaceAnswer::unknown, "timeout");
         s.checker->on_over(s.now, "B1");
         s.checker->on_truth_order(s.now, "B1", TruthOrderEvent::accepted, shares(10));
       },
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4700, shares(10)));
         s.checker->on_place_answer(s.now, "B1", PlaceAnswer::unknown, "timeout");
         s.checker->on_truth_order(s.now, "B1", TruthOrderEvent::accepted, shares(10));
         s.checker->on_truth_order(s.now, "B1", TruthOrderEvent::canceled, 0);
         s.checker->on_over(s.now, "B1");
       }},
      {"restart.kill_forgotten",
       "it was killed before the last group was written",
       {},
       [](Scene& s) {
         s.checker->on_operator(s.now, OperatorAction::kill, {});
         s.checker->on_tick(s.now + kSecond);
         s.checker->on_crash(s.now + kSecond);
         s.checker->on_restart(s.now + 2 * kSecond, {.written_until = s.now + kSecond});
       },
       [](Scene& s) {
         s.checker->on_operator(s.now, OperatorAction::kill, {});
         s.checker->on_tick(s.now + kSecond);
         s.checker->on_crash(s.now + kSecond);
         s.checker->on_restart(s.now + 2 * kSecond, {.killed = true, .written_until = s.now + kSecond});
       }},
      {"heartbeat.beat_of_dead",
       "the engine has stood still for long",
       {},
       [](Scene& s) {
         s.checker->on_stall(s.now, Thread::engine, true);
         s.pass(6);
         s.checker->on_beat(s.now);
       },
       [](Scene& s) {
         s.checker->on_stall(s.now, Thread::engine, true);
         s.pass(4);
         s.checker->on_beat(s.now);
         s.pass(4);
         s.checker->on_stall(s.now, Thread::engine, false);
         s.checker->on_beat(s.now);
       }},
      {"heartbeat.beat_of_dead",
       "what the other thread decided before it stood still, too",
       {},
       [](Scene& s) {
         s.checker->on_stall(s.now, Thread::desk, true);
         s.checker->on_stall(s.now, Thread::engine, true);
         s.pass(6);
         s.checker->on_stall(s.now, Thread::desk, false);
         s.pass(6);
         s.checker->on_beat(s.now);
       },
       [](Scene& s) {
         s.checker->on_stall(s.now, Thread::desk, true);
         s.checker->on_stall(s.now, Thread::engine, true);
         s.pass(6);
         s.checker->on_stall(s.now, Thread::desk, false);
         s.checker->on_beat(s.now);
       }},
      {"idle.not_parked", "it rests above its floor", [](CheckerConfig& c) { yes(c).sell_idle_timeout = 30 * kSecond; },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = s.claim("S1", Side::sell, 5300, shares(10));
         c.floor = 5000;
         s.send(c);
         s.live("S1");
         s.pass(55);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = s.claim("S1", Side::sell, 5300, shares(10));
         c.floor = 5000;
         s.send(c);
         s.live("S1");
         s.pass(36);
         s.cancel("S1", "IDLE_TIMEOUT");
         s.canceled("S1");
         c.id = "S2";
         c.price = 5000;
         s.send(c);
         s.live("S2");
         s.pass(60);
       }},
      {"quiescence.mismatch",
       "an order that only the venue knows",
       {},
       [](Scene& s) { s.checker->on_truth_account(s.now, {shares(1000), {}, {"B7"}}); },
       [](Scene& s) {
         s.buy("B7", 4700, shares(5));
         s.checker->on_truth_account(s.now, {shares(1000), {}, {"B7"}});
       }},
      {"quiescence.mismatch",
       "a payout that the account waits for",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_ledger_claim(s.now, ledger(0, 0, 1'005'200'000));
         s.checker->on_truth_account(s.now, {995'200'000, {{"111", shares(10)}}, {}});
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_market_resolved(s.now, "0xc1", "111");
         LedgerClaim claim = ledger(0, 0, 1'005'200'000);
         claim.tokens[0].realized = claim.realized = 5'200'000;
         s.checker->on_ledger_claim(s.now, claim);
         s.checker->on_truth_account(s.now, {995'200'000, {{"111", shares(10)}}, {}});
         s.checker->on_truth_redeemed(s.now, "0xc1");
         s.checker->on_ledger_claim(s.now, claim);
         s.checker->on_truth_account(s.now, {1'005'200'000, {}, {}});
       }},
      {"determinism.commands_differ",
       "two runs",
       {},
       [](Scene& s) {
         s.checker->on_commands_digest(s.now, "aa");
         s.checker->on_commands_digest(s.now, "bb");
       },
       [](Scene& s) {
         s.checker->on_commands_digest(s.now, "aa");
         s.checker->on_commands_digest(s.now, "aa");
       }},
  };
}

std::vector<Case> price_cases() {
  return {
      {"own.trade",
       "our taker met our maker",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.buy("B1", 4700, shares(5));
         s.send(exit_of(s, "S1", 4700, shares(5)));
         s.live("S1");
         s.truth_fill(s.leg("T1", "B1", shares(5), LegStatus::matched));
         s.truth_fill(s.leg("T1", "S1", shares(5), LegStatus::matched));
       },
       [](Scene& s) {  // one taker took two makers of ours: no trade with ourselves
         s.buy("B1", 4800, shares(5));
         s.buy("B2", 4800, shares(5), "333");
         s.truth_fill(s.leg("T1", "B1", shares(5), LegStatus::matched));
         s.truth_fill(s.leg("T1", "B2", shares(5), LegStatus::matched));
       }},
      {"own.cross_placed", "BUY NO at 1 - p against our BUY YES",
       [](CheckerConfig& c) { c.limits.one_active_token_per_condition = false; },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.buy("B2", 5200, shares(5), "222");
       },
       [](Scene& s) {
         s.buy("B1", 4700, shares(5));
         s.buy("B2", 4700, shares(5), "222");
       }},
      {"maker.fill_was_taker",
       "a dip BUY that took",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         Leg l = s.leg("T1", "B1", shares(5), LegStatus::matched);
         l.role = Role::taker;
         s.truth_fill(l);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.send(exit_of(s, "S1", 4700, shares(10)));
         s.live("S1");
         s.fill("T1", "S1", shares(10));
       }},
      {"cross.not_whitelisted",
       "a SELL that may cross",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = s.claim("S1", Side::sell, 5300, shares(10));
         c.post_only = false;
         s.send(c);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.send(s.claim("S1", Side::sell, 5300, shares(10)));
       }},
      {"floor.sell_below",
       "below cost and profit",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 4800, shares(10));
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 4900, shares(10));  // one tick, the largest of 1 %, a tick and 0.003
       }},
      {"floor.sell_below",
       "below the claimed floor",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = s.claim("S1", Side::sell, 5200, shares(10));
         c.floor = 5300;
         s.send(c);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = s.claim("S1", Side::sell, 5300, shares(10));
         c.floor = 5300;
         s.send(c);
       }},
      {"floor.sell_below",
       "an exit may",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = exit_of(s, "S1", 4500, shares(10));
         c.purpose = "REQUOTE_SELL";
         s.send(c);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.send(exit_of(s, "S1", 4500, shares(10)));
       }},
      {"floor.claim_too_low",
       "the floor forgets the profit",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = s.claim("S1", Side::sell, 5300, shares(10));
         c.floor = 4800;
         s.send(c);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         PlaceClaim c = s.claim("S1", Side::sell, 5300, shares(10));
         c.floor = 4900;
         s.send(c);
       }},
      {"cap.buy_above", "above max_buy_price", [](CheckerConfig& c) { yes(c).max_buy_price = 4800; },
       [](Scene& s) { s.buy("B1", 4900, shares(5)); }, [](Scene& s) { s.buy("B1", 4800, shares(5)); }},
      {"chase.buy_above",
       "two ticks above the reference",
       {},
       [](Scene& s) {
         PlaceClaim c = s.claim("B1", Side::buy, 5000, shares(5));
         c.reference_bid = 4800;
         s.send(c);
       },
       [](Scene& s) {
         PlaceClaim c = s.claim("B1", Side::buy, 4900, shares(5));
         c.reference_bid = 4800;
         s.send(c);
       }},
      {"chase.reference_wrong",
       "the bid never stood there",
       {},
       [](Scene& s) {
         PlaceClaim c = s.claim("B1", Side::buy, 4900, shares(5));
         c.reference_bid = 4900;
         s.send(c);
       },
       [](Scene& s) {  // the bid at the signal, a requote later
         s.pass(1);
         PlaceClaim c = s.claim("B1", Side::buy, 4800, shares(5));
         c.reference_bid = 4800;
         c.signal_time = s.now;
         send_and_forget(s, c);
         s.pass(3);
         for (const PriceRaw bid : {4700, 4600, 4900}) s.book(bid, 5200);
         c.id = "B2";
         c.price = 4900;
         c.purpose = "REQUOTE_BUY";
         s.send(c);
       }},
      {"order.off_tick",
       "a price between ticks",
       {},
       [](Scene& s) { s.buy("B1", 4750, shares(5)); },
       [](Scene& s) {
         s.tick_size(10);
         s.buy("B1", 4750, shares(5));
       }},
      {"order.below_minimum",
       "four shares",
       {},
       [](Scene& s) { s.buy("B1", 4800, shares(4)); },
       [](Scene& s) { s.buy("B1", 4800, shares(5)); }},
  };
}

std::vector<Case> life_cases() {
  return {
      {"order.after_end", "at the end", [](CheckerConfig& c) { c.markets[0].end = kNoon + 60 * kSecond; },
       [](Scene& s) {
         s.pass(59);
         s.buy("B1", 4800, shares(5));
       },
       [](Scene& s) {
         s.pass(58);
         send_and_forget(s, s.claim("B1", Side::buy, 4800, shares(5)));
       }},
      {"order.after_close",
       "two seconds later",
       {},
       [](Scene& s) {
         s.checker->on_market_closed(s.now, "0xc1");
         s.pass(2);
         s.buy("B1", 4800, shares(5));
       },
       [](Scene& s) {
         s.checker->on_market_closed(s.now, "0xc1");
         s.now += kSecond / 2;  // the trader cannot know yet
         s.buy("B1", 4800, shares(5));
       }},
      {"order.after_resolution",
       "the trader was told",
       {},
       [](Scene& s) {
         s.frame(R"({"event_type":"market_resolved","market":"0xc1","winning_asset_id":"111","timestamp":"1"})");
         s.buy("B1", 4800, shares(5));
       },
       [](Scene& s) {
         s.frame(R"({"event_type":"market_resolved","market":"0xc2","winning_asset_id":"333","timestamp":"1"})");
         s.buy("B1", 4800, shares(5));
       }},
      {"requote.below_minimum",
       "a SELL's remainder of 4",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(10));
         s.fill("T1", "S1", shares(6));
         s.cancel("S1", "REQUOTE");
       },
       [](Scene& s) {  // 4 and 5 free shares make 9
         s.hold(shares(15), 4800);
         s.sell("S1", 5300, shares(10));
         s.fill("T1", "S1", shares(6));
         s.cancel("S1", "REQUOTE");
       }},
      {"requote.below_minimum",
       "a BUY's remainder of 4",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(6));
         s.cancel("B1", "REQUOTE");
         s.canceled("B1");
         s.pass(70);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(10));
         s.fill("T1", "B1", shares(6));
         s.cancel("B1", "SIGNAL_GONE");
         s.canceled("B1");
         s.pass(70);
       }},
      {"requote.too_often",
       "a second after the last",
       {},
       [](Scene& s) {
         for (const char* id : {"B1", "B2"}) {
           s.buy(id, 4800, shares(5));
           s.cancel(id, "REQUOTE");
           s.canceled(id);
           s.pass(1);
         }
       },
       [](Scene& s) {
         for (const char* id : {"B1", "B2"}) {
           s.buy(id, 4800, shares(5));
           s.cancel(id, "REQUOTE");
           s.canceled(id);
           s.pass(2);
         }
       }},
      {"bound.pull",
       "the best other bid fell two ticks",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.book(4600, 5000);
         s.pass(7);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.book(4600, 5000);
         s.pass(4);
         s.cancel("B1", "PULLED");
         s.canceled("B1");
         s.pass(7);
       }},
      {"bound.pull",
       "our own order is not another's bid",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.change(Side::buy, 4800, shares(5));
         s.change(Side::buy, 4600, shares(50));
         s.pass(12);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.change(Side::buy, 4800, shares(6));
         s.change(Side::buy, 4600, shares(50));
         s.pass(12);
       }},
      {"bound.pull", "the spread", [](CheckerConfig& c) { yes(c).limit_spread = true; },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.book(4800, 5300);
         s.pass(7);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.book(4800, 5300);
         s.pass(3);
         s.book(4800, 5000);
         s.pass(7);
       }},
      {"bound.intent",
       "no answer for a minute",
       {},
       [](Scene& s) {
         s.send(s.claim("S0", Side::buy, 4800, shares(5), "333"));
         s.pass(62);
       },
       [](Scene& s) {
         s.send(s.claim("S0", Side::buy, 4800, shares(5), "333"));
         s.checker->on_venue_mode(s.now, VenueMode::restarting);
         s.pass(62);
       }},
      {"bound.unknown",
       "not resolved",
       {},
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4800, shares(5)));
         s.checker->on_place_answer(s.now, "B1", PlaceAnswer::unknown, "");
         s.pass(62);
       },
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4800, shares(5)));
         s.checker->on_place_answer(s.now, "B1", PlaceAnswer::unknown, "");
         s.pass(55);
         s.checker->on_status_answer(s.now, "B1", StatusAnswer::live, 0);
         s.pass(10);
       }},
      {"bound.cancel_pending",
       "the cancel is never answered",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.cancel("B1", "BUY_TTL");
         s.pass(62);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.cancel("B1", "BUY_TTL");
         s.pass(55);
         s.told_order("B1", "CANCELLATION", 0);
         s.pass(10);
       }},
      {"bound.buy", "older than its TTL and a minute", [](CheckerConfig& c) { yes(c).buy_ttl = kMinute; },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.pass(122);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.pass(110);
         s.cancel("B1", "BUY_TTL");
         s.canceled("B1");
         s.pass(20);
       }},
      {"bound.buy", "past the market's end",
       [](CheckerConfig& c) {
         yes(c).buy_ttl = 0;
         c.markets[0].end = kNoon + 30 * kSecond;
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.pass(33);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.pass(20);
         s.cancel("B1", "MARKET_END");
         s.canceled("B1");
         s.pass(20);
       }},
      {"bound.sell", "a minute past the market's end",
       [](CheckerConfig& c) { c.markets[0].end = kNoon + 30 * kSecond; },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(10));
         s.pass(100);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.sell("S1", 5300, shares(10));
         s.pass(70);
         s.canceled("S1");
         s.pass(30);
       }},
      {"bound.exit",
       "neither out nor MANUAL after five minutes",
       {},
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_operator(s.now, OperatorAction::flatten, "");
         s.pass(303);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_operator(s.now, OperatorAction::flatten, "");
         s.pass(290);
         s.checker->on_named(s.now, "111", "MANUAL_INTERVENTION");
         s.pass(20);
       }},
      {"bound.exit", "the market's end ends it", [](CheckerConfig& c) { c.markets[0].end = kNoon + 400 * kSecond; },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.checker->on_named(s.now, "111", "EXIT_STARTED");
         s.pass(310);
       },
       [](Scene& s) {
         s.hold(shares(10), 4800);
         s.pass(380);
         s.checker->on_named(s.now, "111", "EXIT_STARTED");
         s.pass(400);
       }},
      {"match.unexplained_unnamed",
       "told matched, no trade",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.told_order("B1", "UPDATE", shares(5));
         s.checker->on_sweep(s.now);
         s.checker->on_sweep(s.now);
         s.pass(67);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.told_order("B1", "UPDATE", shares(5));
         s.checker->on_sweep(s.now);
         s.checker->on_sweep(s.now);
         s.pass(61);
         s.checker->on_named(s.now, "111", "UNEXPLAINED_MATCH");
         s.pass(10);
       }},
      {"match.order_while_unexplained",
       "an order after the name",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.told_order("B1", "UPDATE", shares(5));
         s.checker->on_named(s.now, "111", "UNEXPLAINED_MATCH");
         s.buy("B2", 4800, shares(5));
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.told_order("B1", "UPDATE", shares(5));
         s.checker->on_named(s.now, "111", "UNEXPLAINED_MATCH");
         s.truth_fill(s.leg("T1", "B1", shares(5), LegStatus::matched));
         s.checker->on_trade_answer(s.now, s.leg("T1", "B1", shares(5), LegStatus::matched));
         s.buy("B2", 4800, shares(5));
       }},
      {"heartbeat.order_alive", "16 s after the last beat", [](CheckerConfig& c) { c.heartbeat = true; },
       [](Scene& s) {
         s.checker->on_heartbeat(s.now);
         s.buy("B1", 4800, shares(5));
         s.pass(17);
       },
       [](Scene& s) {
         s.checker->on_heartbeat(s.now);
         s.buy("B1", 4800, shares(5));
         s.pass(14);
         s.canceled("B1");
         s.pass(10);
       }},
      {"kill.buy_placed",
       "after the kill switch",
       {},
       [](Scene& s) {
         s.checker->on_operator(s.now, OperatorAction::kill, "");
         s.send(s.claim("B1", Side::buy, 4800, shares(5)));
       },
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4800, shares(5)));
         s.checker->on_operator(s.now, OperatorAction::kill, "");
       }},
      {"kill.buy_accepted",
       "later than a round trip",
       {},
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4800, shares(5)));
         s.checker->on_operator(s.now, OperatorAction::kill, "");
         s.pass(2);
         s.live("B1");
       },
       [](Scene& s) {
         s.send(s.claim("B1", Side::buy, 4800, shares(5)));
         s.checker->on_operator(s.now, OperatorAction::kill, "");
         s.now += kSecond / 2;
         s.live("B1");
       }},
      {"order.alive_after_stop",
       "left on the book",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.checker->finish(s.now, Ending::orderly);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.canceled("B1");
         s.checker->finish(s.now, Ending::orderly);
       }},
  };
}

std::vector<Case> trust_cases() {
  const auto one_buy = [](Scene& s) { send_and_forget(s, s.claim("B1", Side::buy, 4800, shares(5))); };
  return {
      {"trust.order_while_untrusted",
       "after a reconnect, before the snapshot",
       {},
       [=](Scene& s) {
         s.checker->on_connection(s.now, 0, ConnectionState::closed);
         s.checker->on_connection(s.now, 0, ConnectionState::open);
         one_buy(s);
       },
       [=](Scene& s) {
         s.checker->on_connection(s.now, 0, ConnectionState::closed);
         s.checker->on_connection(s.now, 0, ConnectionState::open);
         s.book(4800, 5200);
         one_buy(s);
       }},
      {"trust.order_while_untrusted",
       "after a gap record",
       {},
       [=](Scene& s) {
         s.checker->on_gap(s.now, 0);
         s.change(Side::buy, 4700, shares(3));  // a delta heals nothing
         one_buy(s);
       },
       [=](Scene& s) {
         s.checker->on_gap(s.now, 0);
         s.checker->on_book_answer(
             s.now, "111", true,
             R"({"market":"0xc1","asset_id":"111","timestamp":")" + std::to_string(s.ms()) +
                 R"(","bids":[{"price":"0.48","size":"9"}],"asks":[{"price":"0.52","size":"9"}]})");
         one_buy(s);
       }},
      {"trust.order_while_untrusted",
       "explicit best prices differ at group end",
       {},
       [=](Scene& s) {
         s.change(Side::buy, 4700, shares(3), R"(,"best_bid":"0.49","best_ask":"0.52")");
         s.pass(1);
         s.change(Side::buy, 4700, shares(4), R"(,"best_bid":"0.48","best_ask":"0.52")");
         one_buy(s);
       },
       [=](Scene& s) {
         s.change(Side::buy, 4700, shares(3), R"(,"best_bid":"0.48","best_ask":"0.52")");
         s.pass(1);
         s.change(Side::buy, 4700, shares(4), R"(,"best_bid":"0.48","best_ask":"0.52")");
         one_buy(s);
       }},
      {"trust.order_while_untrusted",
       "a busy connection fell silent",
       {},
       [=](Scene& s) {
         for (int i = 0; i < 120; ++i) {
           s.now += kSecond / 4;
           s.change(Side::buy, 4700, shares(i + 1));
         }
         s.now += 7 * kSecond;
         s.change(Side::buy, 4700, shares(3));
         one_buy(s);
       },
       [=](Scene& s) {  // less than a frame a second before
         for (int i = 0; i < 50; ++i) {
           s.now += 3 * kSecond / 2;
           s.change(Side::buy, 4700, shares(i + 1));
         }
         s.now += 7 * kSecond;
         s.change(Side::buy, 4700, shares(3));
         one_buy(s);
       }},
      {"trust.order_while_stale",
       "31 s without a frame",
       {},
       [=](Scene& s) {
         s.frame("PONG");
         s.pass(31, false);
         one_buy(s);
       },
       [=](Scene& s) {
         s.frame("PONG");
         s.pass(31, false);
         s.frame("PONG");
         one_buy(s);
       }},
      {"trust.buy_while_soft_stale",
       "16 s without a frame",
       {},
       [=](Scene& s) {
         s.frame("PONG");
         s.pass(16, false);
         one_buy(s);
       },
       [=](Scene& s) {
         s.hold(shares(10), 4800);
         s.frame("PONG");
         s.pass(16, false);
         s.sell("S1", 5300, shares(10));  // a SELL above its floor may leave
       }},
      {"trust.crossing_while_soft_stale",
       "an exit's FAK",
       {},
       [=](Scene& s) {
         s.hold(shares(10), 4800);
         s.frame("PONG");
         s.pass(16, false);
         s.send(exit_of(s, "S1", 4700, shares(10)));
       },
       [=](Scene& s) {
         s.hold(shares(10), 4800);
         s.frame("PONG");
         s.pass(14, false);
         s.send(exit_of(s, "S1", 4700, shares(10)));
       }},
      {"trust.buy_kept",
       "UNTRUSTED for 4 s",
       {},
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.pass(1);
         s.checker->on_gap(s.now, 0);
         s.pass(5);
       },
       [](Scene& s) {
         s.buy("B1", 4800, shares(5));
         s.pass(1);
         s.checker->on_gap(s.now, 0);
         s.pass(2);
         s.cancel("B1", "UNTRUSTED");
         s.pass(5);
       }},
      {"signal.unanswered", "a dip that nobody speaks of", signals,
       [](Scene& s) {
         fall(s);
         s.pass(3);
       },
       [](Scene& s) {
         fall(s);
         s.now += kSecond;
         s.checker->on_signal(s.now, "111", "limit");
         s.pass(5);
       }},
      {"signal.unanswered", "an order is an answer", signals,
       [](Scene& s) {
         fall(s);
         s.pass(3);
         s.buy("B1", 4400, shares(5));
       },
       [](Scene& s) {
         fall(s);
         s.buy("B1", 4400, shares(5));
         s.pass(5);
       }},
      {"signal.unanswered", "one tick is not two", signals,
       [](Scene& s) {
         s.book(4000, 4100);
         s.pass(30);
         s.book(3800, 3900);
         s.pass(3);
       },
       [](Scene& s) {
         s.book(2000, 2100);
         s.pass(1);
         s.checker->on_signal(s.now, "111", "SPREAD");
         s.book(2000, 2100);
         s.pass(1900);  // the first book has left the window
         s.book(1900, 2000);
         s.pass(3);
       }},
  };
}

PaperGrant print_unit(std::uint64_t unit, Micros size) { return {unit, PaperUnitKind::print, "111", 4800, size}; }

std::vector<Case> paper_cases() {
  const auto paper = [](CheckerConfig& c) { c.mode = Mode::paper; };
  return {
      {"paper.unit_used_twice", "the same shares twice", paper,
       [](Scene& s) {
         s.print(4800, shares(5));
         s.checker->on_paper_grant(s.now, print_unit(1, shares(5)));
         s.checker->on_paper_used(s.now, {1, PaperUse::queue, PaperUnitKind::print, "B1", shares(3)});
         s.checker->on_paper_used(s.now, {1, PaperUse::fill, PaperUnitKind::print, "B1", shares(3)});
       },
       [](Scene& s) {
         s.print(4800, shares(5));
         s.checker->on_paper_grant(s.now, print_unit(1, shares(5)));
         s.checker->on_paper_used(s.now, {1, PaperUse::queue, PaperUnitKind::print, "B1", shares(3)});
         s.checker->on_paper_used(s.now, {1, PaperUse::fill, PaperUnitKind::print, "B1", shares(2)});
       }},
      {"paper.fills_exceed_grants", "a print used as a displayed size", paper,
       [](Scene& s) {
         s.print(4800, shares(5));
         s.checker->on_paper_grant(s.now, print_unit(1, shares(5)));
         s.checker->on_paper_used(s.now, {1, PaperUse::fill, PaperUnitKind::displayed, "B1", shares(2)});
       },
       [](Scene& s) {
         s.checker->on_paper_grant(s.now, {1, PaperUnitKind::displayed, "111", 5200, shares(100)});
         s.checker->on_paper_used(s.now, {1, PaperUse::fill, PaperUnitKind::displayed, "B1", shares(2)});
       }},
      {"paper.grant_unfounded", "one print granted as two units", paper,
       [](Scene& s) {
         s.print(4800, shares(5));
         s.checker->on_paper_grant(s.now, print_unit(1, shares(5)));
         s.checker->on_paper_grant(s.now, print_unit(2, shares(5)));
         s.pass(5);
       },
       [](Scene& s) {
         s.checker->on_paper_grant(s.now, print_unit(1, shares(5)));
         s.print(4800, shares(5));  // the trader receives it after the venue has seen it
         s.pass(5);
       }},
      {"paper.grant_unfounded", "more than is displayed", paper,
       [](Scene& s) {
         s.checker->on_paper_grant(s.now, {1, PaperUnitKind::displayed, "111", 5200, shares(101)});
         s.pass(5);
       },
       [](Scene& s) {
         s.checker->on_paper_grant(s.now, {1, PaperUnitKind::taken, "111", 4800, shares(100)});
         s.pass(5);
       }},
      {"paper.fill_unexplained", "a fill from nowhere", paper,
       [](Scene& s) {
         s.print(4800, shares(5));
         s.checker->on_paper_grant(s.now, print_unit(1, shares(5)));
         s.buy("B1", 4800, shares(5));
         s.fill("T1", "B1", shares(5));
         s.checker->on_paper_used(s.now, {1, PaperUse::fill, PaperUnitKind::print, "B1", shares(4)});
         s.checker->finish(s.now, Ending::cut);
       },
       [](Scene& s) {
         s.print(4800, shares(5));
         s.checker->on_paper_grant(s.now, print_unit(1, shares(5)));
         s.buy("B1", 4800, shares(5));
         s.fill("T1", "B1", shares(5));
         s.checker->on_paper_grant(s.now, {2, PaperUnitKind::fall, "111", 4800, shares(9)});
         s.checker->on_paper_used(s.now, {2, PaperUse::fill, PaperUnitKind::fall, "B1", shares(5)});
         s.checker->on_paper_used(s.now, {1, PaperUse::fill, PaperUnitKind::print, "B1", shares(5)});
         s.checker->finish(s.now, Ending::cut);
       }},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (auto group : {position_cases, limit_cases, ledger_cases, price_cases, life_cases, trust_cases, paper_cases}) {
    for (auto& c : group()) all.push_back(std::move(c));
  }
  return all;
}

class RuleTest : public testing::TestWithParam<Case> {};

TEST_P(RuleTest, IsCaughtWhenBroken) {
  Scene s(GetParam().setup);
  ASSERT_EQ(s.complaints(), "");
  GetParam().bad(s);
  EXPECT_GE(s.broken(GetParam().rule), 1u) << s.complaints();
}

TEST_P(RuleTest, IsSilentWhenKept) {
  Scene s(GetParam().setup);
  const std::uint64_t before = s.checker->checks();
  GetParam().good(s);
  EXPECT_EQ(s.complaints(), "");
  EXPECT_GT(s.checker->checks(), before) << "nothing was asserted";
}

INSTANTIATE_TEST_SUITE_P(Rules, RuleTest, testing::ValuesIn(all_cases()));

TEST(RuleTable, EveryRuleHasACaseAndAText) {
  std::set<std::string> tested;
  for (const auto& c : all_cases()) tested.insert(c.rule);
  std::set<std::string> known;
  for (const auto& text : rule_texts()) {
    EXPECT_TRUE(known.insert(std::string(text.id)).second) << text.id << " stands twice";
    EXPECT_FALSE(text.sentence.empty()) << text.id;
  }
  EXPECT_EQ(tested, known);
}

TEST(RuleTable, TheReadmeNamesEveryRule) {
  std::ifstream file("src/checker/README.md");
  if (!file) GTEST_SKIP() << "run from the project's root";
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  for (const auto& rule : rule_texts()) {
    EXPECT_NE(text.find("`" + std::string(rule.id) + "`"), std::string::npos) << rule.id;
  }
}

}  // namespace
}  // namespace ebb::checker
