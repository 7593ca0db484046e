// The routines under arbitrary event orders: whatever the market, the venue and the operator do, a routine keeps to its
// prices and sizes, has at most one live order, cancels it before it ends, and ends once it must.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "execution/exit.hpp"
#include "execution/maker_buy.hpp"
#include "execution/maker_sell.hpp"
#include "execution/pricing.hpp"

namespace ebb::execution {
namespace {

using model::OrderState;
using model::RejectKind;

constexpr Timestamp kStart{1'000'000'000'000};
constexpr Price kTick{100};
constexpr Shares kMin{5'000'000};

/// One step of a tape: what happens, and a number for its details. Shrinks towards "time passes".
struct Happening {
  std::uint32_t kind = 0;
  std::uint32_t detail = 0;
};

rc::Gen<std::vector<Happening>> tapes() {
  const auto happening = rc::gen::construct<Happening>(rc::gen::inRange<std::uint32_t>(0, 16),
                                                       rc::gen::inRange<std::uint32_t>(0, 1u << 20));
  return rc::gen::resize(300, rc::gen::container<std::vector<Happening>>(happening));
}

std::ostream& operator<<(std::ostream& out, const Happening& h) {
  return out << '{' << h.kind << ',' << h.detail << '}';
}

/// The market, the newest order and the clock that all three routines need.
struct Desk {
  MarketState market{.now = kStart,
                     .trusted = true,
                     .untrusted_since = {},
                     .fresh = true,
                     .stale = false,
                     .sane = true,
                     .book_version = 1};
  model::Quote quote{Price(5000), Price(5200), shares_of(100), shares_of(100)};
  std::optional<Order> order;
  bool canceling = false;  // the venue has a cancel to carry out

  [[nodiscard]] const Order* newest() const { return order ? &*order : nullptr; }
  [[nodiscard]] bool live() const { return order && !order->terminal(); }

  void place(const Action& action, model::Side side) {
    Order fresh;
    fresh.intent.side = side;
    fresh.intent.price = action.price;
    fresh.intent.size = action.size;
    fresh.intent.purpose = action.purpose;
    fresh.state = OrderState::sent;
    fresh.sent_at = market.now;
    order = fresh;
    canceling = false;
  }
  void end(OrderState state) {
    order->state = state;
    order->ended_at = market.now;
  }
  /// Time, quotes, trust, modes. Returns false for happenings that are not of the market.
  bool happen(const Happening& h) {
    switch (h.kind) {
      case 0: market.now = market.now + milliseconds(h.detail % 3000); return true;
      case 1: market.now = market.now + seconds(h.detail % 120); return true;
      case 2: {
        const auto bid = static_cast<std::int32_t>(1 + h.detail % 97) * 100;
        const auto ask = bid + static_cast<std::int32_t>(1 + h.detail / 128 % 6) * 100;
        quote = {Price(bid), Price(std::min(ask, 9900)), shares_of(50), shares_of(50)};
        if (h.detail % 11 == 0) quote.bid = Price(0), quote.bid_size = Shares(0);
        if (h.detail % 13 == 0) quote.ask = kPriceOne, quote.ask_size = Shares(0);
        market.sane = quote.two_sided() && quote.bid < quote.ask;
        ++market.book_version;
        return true;
      }
      case 3:
        market.trusted = h.detail % 3 != 0;
        market.untrusted_since = market.trusted ? Timestamp{} : market.now;
        return true;
      case 4:
        market.fresh = h.detail % 4 != 0;
        market.stale = !market.fresh && h.detail % 8 == 0;
        return true;
      case 5:
        market.post_only_allowed = h.detail % 3 != 0;
        market.crossing_allowed = market.post_only_allowed && h.detail % 2 == 0;
        market.reprice_allowed = market.post_only_allowed;
        return true;
      default: return false;
    }
  }
  void heal() {
    market.trusted = market.fresh = market.post_only_allowed = market.crossing_allowed = market.reprice_allowed = true;
    market.stale = false;
    market.untrusted_since = {};
  }
};

constexpr std::array kRejects = {RejectKind::post_only_crosses, RejectKind::not_enough_balance, RejectKind::tick_size,
                                 RejectKind::post_only_mode,    RejectKind::rate_limited,       RejectKind::other};

// The maker BUY.

struct BuyRun {
  Desk desk;
  MakerBuy buy;
  BuyRules rules{.tick = kTick, .min_order = kMin, .cap = Price(9000), .max_chase_ticks = 2, .ttl = minutes(30)};
  Shares goal;
  Shares bought;
  bool signal = true;
  std::optional<model::CancelReason> forbidden;

  explicit BuyRun(Shares size) : goal(size) { buy.start(desk.market.now, size, Price(5000), MakerBuy::Follow::signal); }

  void closed(bool true_shortage) { buy.on_closed(desk.market.now, *desk.order, true_shortage, desk.market, rules); }

  void fill(std::uint32_t detail) {
    if (!desk.live() || desk.order->state == OrderState::sent) return;
    Order& order = *desk.order;
    const std::int64_t lots = order.remaining().raw() / kLot.raw();
    const Shares part = kLot * (1 + static_cast<std::int64_t>(detail) % lots);
    order.filled += part;
    bought += part;
    if (order.filled == order.intent.size) {
      desk.end(OrderState::filled);
      closed(false);
    } else {
      order.state = OrderState::partial;
    }
  }

  void answer(const Happening& h) {
    if (!desk.live()) return;
    Order& order = *desk.order;
    const bool open_outcome = order.state == OrderState::sent || order.state == OrderState::unknown;
    if (h.kind == 6 && open_outcome) order.state = OrderState::live;
    if (h.kind == 7 && open_outcome) {
      order.reject = kRejects[h.detail % kRejects.size()];
      desk.end(OrderState::rejected);
      closed(h.detail % 2 == 0);
    }
    if (h.kind == 8 && order.state == OrderState::sent) order.state = OrderState::unknown;
    if (h.kind == 9 && (order.cancel_requested || h.detail % 5 == 0)) {
      desk.end(OrderState::canceled);
      closed(false);
    }
  }

  void check_place(const Action& action) {
    RC_ASSERT(!desk.live());
    RC_ASSERT((desk.market.trusted && desk.market.fresh && desk.market.sane && desk.market.post_only_allowed));
    RC_ASSERT(!forbidden.has_value());
    RC_ASSERT(on_tick(action.price, kTick));
    RC_ASSERT(action.price >= kTick);
    RC_ASSERT(action.price <= rules.cap);
    RC_ASSERT(action.price <= buy.reference() + kTick * rules.max_chase_ticks);
    RC_ASSERT((desk.quote.ask_size.raw() == 0 || action.price < desk.quote.ask));
    RC_ASSERT(action.price <= desk.quote.bid);
    RC_ASSERT(action.size >= kMin);
    RC_ASSERT(action.size == floor_to_lot(action.size));
    RC_ASSERT(bought + action.size <= goal);
  }

  /// Steps until nothing more is to be done now.
  void step() {
    for (int i = 0; i < 10 && buy.active(); ++i) {
      const Action action = buy.step(desk.market, desk.quote, rules, signal, forbidden, desk.newest());
      switch (action.kind) {
        case Action::Kind::none: return;
        case Action::Kind::place:
          check_place(action);
          desk.place(action, model::Side::buy);
          buy.on_placed(desk.market.now, desk.quote);
          return;
        case Action::Kind::cancel:
          RC_ASSERT(desk.live());
          RC_ASSERT(!desk.order->cancel_requested);
          if (action.cancel == model::CancelReason::requote) RC_ASSERT(desk.order->remaining() >= kMin);
          desk.order->cancel_requested = true;
          desk.order->cancel_reason = action.cancel;
          return;
        case Action::Kind::finish:
          RC_ASSERT(!desk.live());
          RC_ASSERT(action.result != Result::none);
          buy.finish(action.result);
          return;
        default: break;  // a request: the next step goes on
      }
    }
    RC_ASSERT(!buy.active());  // ten requests in a row would be a loop
  }

  void happen(const Happening& h) {
    if (desk.happen(h)) {
    } else if (h.kind <= 9) {
      answer(h);
    } else if (h.kind <= 11) {
      fill(h.detail);
    } else if (h.kind == 12) {
      signal = h.detail % 3 != 0;
    } else if (h.kind == 13 && h.detail % 9 == 0) {
      forbidden = model::CancelReason::sell_only;
    }
    if (desk.order) RC_ASSERT(desk.order->filled <= desk.order->intent.size);
    RC_ASSERT(bought <= goal);
    step();
  }

  /// From here on the venue answers everything, and no BUY is wanted any more.
  void must_end() {
    desk.heal();
    forbidden = model::CancelReason::stopped;
    for (int i = 0; i < 12 && (buy.active() || desk.live()); ++i) {
      desk.market.now = desk.market.now + seconds(1);
      if (desk.live() && desk.order->cancel_requested) {
        answer({9, 0});
      } else if (desk.live()) {
        answer({6, 0});
      }
      step();
    }
    RC_ASSERT(!desk.live());
    RC_ASSERT(!buy.active());
    RC_ASSERT(buy.last_result() != Result::none);
    RC_ASSERT(buy.bought() == bought);
  }
};

TEST(MakerBuyProperty, KeepsItsPromisesUnderAnyOrderOfEvents) {
  EXPECT_TRUE(rc::check("maker BUY", [] {
    BuyRun run(kMin * *rc::gen::inRange<std::int64_t>(1, 7));
    const auto tape = *tapes();
    run.step();
    for (const Happening& h : tape) run.happen(h);
    run.must_end();
  }));
}

TEST(MakerBuyProperty, EndsWithItsTime) {
  EXPECT_TRUE(rc::check("no BUY lives longer than its TTL", [] {
    BuyRun run(shares_of(10));
    for (const Happening& h : *tapes()) run.happen(h);
    run.desk.heal();
    run.desk.market.now = run.desk.market.now + run.rules.ttl;
    run.step();
    const Order* order = run.desk.newest();
    const bool leaving = run.desk.live() && (order->cancel_requested || order->state == OrderState::sent ||
                                             order->state == OrderState::unknown);
    RC_ASSERT(leaving != !run.buy.active());
  }));
}

// The maker SELL.

struct SellRun {
  Desk desk;
  MakerSell sell;
  SellRules rules{.tick = kTick, .min_order = kMin, .step_timeout = seconds(60), .idle_timeout = minutes(20)};
  Price floor{5500};
  Holding held{.matched = shares_of(20), .sellable = shares_of(20)};
  std::optional<model::CancelReason> forbidden;

  explicit SellRun(bool aggressive) {
    rules.aggressive = aggressive;
    sell.start(desk.market.now, floor, kTick);
  }

  void closed(bool true_shortage) {
    held.sellable += desk.order->unfilled();
    sell.on_closed(desk.market.now, *desk.order, true_shortage, desk.market, rules);
  }

  void fill(std::uint32_t detail) {
    if (!desk.live() || desk.order->state == OrderState::sent) return;
    Order& order = *desk.order;
    const std::int64_t lots = order.remaining().raw() / kLot.raw();
    const Shares part = kLot * (1 + static_cast<std::int64_t>(detail) % lots);
    order.filled += part;
    held.matched -= part;
    sell.on_fill(desk.market.now);
    if (order.filled == order.intent.size) {
      desk.end(OrderState::filled);
      closed(false);
    } else {
      order.state = OrderState::partial;
    }
  }

  void answer(const Happening& h) {
    if (!desk.live()) return;
    Order& order = *desk.order;
    const bool open_outcome = order.state == OrderState::sent || order.state == OrderState::unknown;
    if (h.kind == 6 && open_outcome) order.state = OrderState::live;
    if (h.kind == 7 && open_outcome) {
      order.reject = kRejects[h.detail % kRejects.size()];
      desk.end(OrderState::rejected);
      closed(h.detail % 2 == 0);
    }
    if (h.kind == 8 && order.state == OrderState::sent) order.state = OrderState::unknown;
    if (h.kind == 9 && (order.cancel_requested || h.detail % 5 == 0)) {
      desk.end(OrderState::canceled);
      closed(false);
    }
  }

  void check_place(const Action& action) {
    RC_ASSERT(!desk.live());
    RC_ASSERT((desk.market.trusted && !desk.market.stale && desk.market.post_only_allowed));
    RC_ASSERT((!forbidden.has_value() && held.cost_known && !held.buying));
    RC_ASSERT(action.purpose != model::OrderPurpose::exit);
    RC_ASSERT(on_tick(action.price, kTick));
    RC_ASSERT(action.price >= floor);
    RC_ASSERT(action.price <= kPriceOne - kTick);
    RC_ASSERT((desk.quote.bid_size.raw() == 0 || action.price > desk.quote.bid));
    RC_ASSERT(action.size >= kMin);
    RC_ASSERT(action.size <= held.sellable);
    RC_ASSERT(action.size == floor_to_lot(action.size));
  }

  void check_cancel(const Action& action) {
    RC_ASSERT(desk.live());
    RC_ASSERT(!desk.order->cancel_requested);
    const bool replaces = action.cancel == model::CancelReason::requote ||
                          action.cancel == model::CancelReason::step_down ||
                          action.cancel == model::CancelReason::idle_timeout;
    if (replaces) {
      RC_ASSERT(desk.order->remaining() + held.sellable >= kMin);  // rules 2.4
      RC_ASSERT((desk.market.trusted && desk.market.fresh));
    }
  }

  void step() {
    for (int i = 0; i < 10 && sell.active(); ++i) {
      const Action action = sell.step(desk.market, desk.quote, rules, held, forbidden, desk.newest());
      switch (action.kind) {
        case Action::Kind::none: return;
        case Action::Kind::place:
          check_place(action);
          desk.place(action, model::Side::sell);
          held.sellable -= action.size;
          sell.on_placed(desk.market.now, desk.order->intent);
          return;
        case Action::Kind::cancel:
          check_cancel(action);
          desk.order->cancel_requested = true;
          desk.order->cancel_reason = action.cancel;
          return;
        case Action::Kind::finish:
          RC_ASSERT(!desk.live());
          RC_ASSERT(action.result != Result::none);
          sell.finish(action.result);
          return;
        default: break;
      }
    }
    RC_ASSERT(!sell.active());
  }

  void happen(const Happening& h) {
    if (desk.happen(h)) {
    } else if (h.kind <= 9) {
      answer(h);
    } else if (h.kind <= 11) {
      fill(h.detail);
    } else if (h.kind == 12) {
      sell.on_holding_reading(desk.market.now, h.detail % 3 != 0, shares_of(h.detail % 24));
    } else if (h.kind == 13) {
      held.buying = h.detail % 3 == 0;
    } else if (h.kind == 14 && h.detail % 9 == 0) {
      forbidden = model::CancelReason::exit;
    } else if (h.kind == 15) {  // some of what is held has not settled yet
      const Shares offered = desk.live() ? desk.order->unfilled() : Shares(0);
      held.unsettled = std::min(shares_of(h.detail % 21), held.matched - offered);
      held.sellable = held.matched - offered - held.unsettled;
    }
    RC_ASSERT(held.sellable.raw() >= 0);
    RC_ASSERT(held.matched.raw() >= 0);
    step();
  }

  void must_end() {
    desk.heal();
    forbidden = model::CancelReason::stopped;
    for (int i = 0; i < 12 && (sell.active() || desk.live()); ++i) {
      desk.market.now = desk.market.now + seconds(1);
      if (desk.live() && desk.order->cancel_requested) {
        answer({9, 0});
      } else if (desk.live()) {
        answer({6, 0});
      }
      step();
    }
    RC_ASSERT(!desk.live());
    RC_ASSERT(!sell.active());
    RC_ASSERT(sell.last_result() != Result::none);
  }
};

TEST(MakerSellProperty, KeepsItsPromisesUnderAnyOrderOfEvents) {
  EXPECT_TRUE(rc::check("maker SELL", [] {
    SellRun run(*rc::gen::arbitrary<bool>());
    const auto tape = *tapes();
    run.step();
    for (const Happening& h : tape) run.happen(h);
    run.must_end();
  }));
}

TEST(MakerSellProperty, IsNeverWithoutAnOrderOrAReason) {
  EXPECT_TRUE(rc::check("a position has a live SELL or a named reason", [] {
    SellRun run(*rc::gen::arbitrary<bool>());
    for (const Happening& h : *tapes()) {
      run.happen(h);
      if (!run.sell.active() || run.desk.live()) continue;
      const Action action =
          run.sell.step(run.desk.market, run.desk.quote, run.rules, run.held, run.forbidden, run.desk.newest());
      RC_ASSERT((action.kind != Action::Kind::none || action.waiting != Waiting::none));
      if (action.kind != Action::Kind::none) return;  // the routine went on: this tape has told enough
    }
  }));
}

// The exit.

struct ExitRun {
  Desk desk;
  Exit exit;
  ExitRules rules{.tick = kTick, .min_order = kMin, .bound = minutes(5)};
  ExitHolding held{.matched = shares_of(20),
                   .sellable = shares_of(20),
                   .unsettled_buys = {},
                   .unsettled_sells = {},
                   .orders_open = true};
  int placed = 0;

  ExitRun() { exit.start(desk.market.now, ExitReason::operator_exit); }

  void answer(const Happening& h) {
    if (!desk.live()) return;
    Order& order = *desk.order;
    if (h.kind == 6) {  // the FAK takes what it finds, the rest is gone
      const std::int64_t lots = order.intent.size.raw() / kLot.raw();
      const Shares part =
          h.detail % 3 == 0 ? order.intent.size : kLot * (static_cast<std::int64_t>(h.detail) % (lots + 1));
      order.filled = part;
      held.matched -= part;
      held.unsettled_sells += part;
      desk.end(part == order.intent.size ? OrderState::filled : OrderState::canceled);
    } else if (h.kind == 7) {
      order.reject = h.detail % 3 == 0 ? RejectKind::no_match : kRejects[h.detail % kRejects.size()];
      desk.end(OrderState::rejected);
    } else if (h.kind == 8) {
      if (order.state == OrderState::sent) order.state = OrderState::unknown;
      return;
    } else {
      return;
    }
    held.sellable += order.unfilled();
    exit.on_closed(desk.market.now, order, rules);
  }

  void check_place(const Action& action) {
    RC_ASSERT(!desk.live());
    RC_ASSERT(!held.orders_open);
    RC_ASSERT((desk.market.trusted && desk.market.fresh && !desk.market.stale && desk.market.crossing_allowed));
    RC_ASSERT(desk.market.now < rules.market_end);
    RC_ASSERT(desk.market.now < exit.started() + rules.bound);
    RC_ASSERT(action.purpose == model::OrderPurpose::exit);
    RC_ASSERT(action.size >= kLot);
    RC_ASSERT(action.size <= held.sellable);
    RC_ASSERT(on_tick(action.price, kTick));
    RC_ASSERT(action.price >= kTick);
    RC_ASSERT(action.price <= std::max(desk.quote.bid, kTick));
    RC_ASSERT(++placed <= rules.max_tries);
  }

  void step() {
    if (!exit.active()) return;
    const Action action = exit.step(desk.market, desk.quote, rules, held, desk.newest());
    switch (action.kind) {
      case Action::Kind::none: RC_ASSERT(action.waiting != Waiting::none); break;
      case Action::Kind::place:
        check_place(action);
        desk.place(action, model::Side::sell);
        held.sellable -= action.size;
        exit.on_placed(desk.market.now);
        break;
      case Action::Kind::finish:
        RC_ASSERT((action.result == Result::flat || action.result == Result::manual));
        if (action.result == Result::flat) {
          RC_ASSERT(held.matched < kMin);
          RC_ASSERT(held.unsettled_sells.raw() == 0);
          RC_ASSERT((!held.orders_open && !desk.live()));
        }
        exit.finish(action.result);
        break;
      default: RC_FAIL("an exit places or ends");
    }
  }

  void happen(const Happening& h) {
    if (desk.happen(h)) {
    } else if (h.kind <= 9) {
      answer(h);
    } else if (h.kind == 10) {
      held.orders_open = h.detail % 4 == 0;
    } else if (h.kind == 11) {  // what is sold becomes final
      held.unsettled_sells = Shares(0);
    } else if (h.kind == 12 && !desk.live()) {  // or comes back
      held.matched += held.unsettled_sells;
      held.sellable += held.unsettled_sells;
      held.unsettled_sells = Shares(0);
    }
    step();
  }
};

TEST(ExitProperty, KeepsItsPromisesUnderAnyOrderOfEvents) {
  EXPECT_TRUE(rc::check("exit", [] {
    ExitRun run;
    for (const Happening& h : *tapes()) run.happen(h);
    run.desk.market.now = std::max(run.desk.market.now, run.exit.started() + run.rules.bound);
    run.step();
    RC_ASSERT(!run.exit.active());  // at its bound it has ended, whatever is missing
  }));
}

TEST(ExitProperty, SendsNothingFromTheEndOn) {
  EXPECT_TRUE(rc::check("market end", [] {
    ExitRun run;
    run.rules.market_end = kStart + seconds(60);
    for (const Happening& h : *tapes()) run.happen(h);
  }));
}

}  // namespace
}  // namespace ebb::execution
