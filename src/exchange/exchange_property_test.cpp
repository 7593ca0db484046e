// Arbitrary operations against the conservation rule (7.1), the gates (7.2) and the semantics of the order types (7.5).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <string>
#include <vector>

#include "exchange/exchange_fixture.hpp"

namespace ebb::exchange {
namespace {

using model::OrderType;
using model::Side;

struct Operation {
  int kind = 0;
  std::uint32_t account = 0;
  std::uint32_t token = 0;
  Side side = Side::buy;
  OrderType type = OrderType::gtc;
  int cents = 50;
  int size = 10;
  int pick = 0;
};

rc::Gen<Operation> operation() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::inRange(0, 20), rc::gen::inRange<std::uint32_t>(0, 3),
                     rc::gen::inRange<std::uint32_t>(0, 4), rc::gen::inRange(0, 2), rc::gen::inRange(0, 6),
                     rc::gen::inRange(44, 57), rc::gen::inRange(1, 120), rc::gen::inRange(0, 1000)),
      [](const auto& t) {
        const auto [kind, account, token, side, type, cents, size, pick] = t;
        Operation o{kind, account, token, static_cast<Side>(side), OrderType::gtc, cents, size, pick};
        if (type == 4) o.type = OrderType::fok;
        if (type == 5) o.type = OrderType::fak;
        if (type == 3) o.type = OrderType::gtd;
        return o;
      });
}

/// One exchange under a stream of operations.
class Storm {
 public:
  explicit Storm(const ExchangeConfig& config) : exchange(config), now(kStart) {
    for (int i = 0; i < 2; ++i) exchange.add_market(test_market(i), kStart).value();
    for (int i = 0; i < 3; ++i) {
      accounts.push_back(exchange.open_account(
          {dollars(60), {{model::TokenIndex(0), shares_of(40)}, {model::TokenIndex(3), shares_of(40)}}, true}, kStart));
    }
  }

  void apply(const Operation& op) {
    if (op.kind < 14) return place(op);
    if (op.kind < 16) return cancel(op);
    if (op.kind < 18) return pass(milliseconds(40 * op.pick));
    if (op.kind == 18) {
      (void)exchange.withdraw(now, accounts[op.account], Usdc(op.pick * 10'000));
    } else {
      (void)exchange.take_shares(now, accounts[op.account], model::TokenIndex(op.token), Shares(op.pick * 10'000));
    }
  }

  Exchange exchange;
  std::vector<AccountIndex> accounts;
  Timestamp now;

 private:
  void place(const Operation& op) {
    OrderRequest r;
    r.id.bytes[31] = static_cast<std::uint8_t>(++ids_);
    r.id.bytes[30] = static_cast<std::uint8_t>(ids_ >> 8);
    r.account = accounts[op.account];
    r.token = model::TokenIndex(op.token);
    r.side = op.side;
    r.type = op.type;
    r.crossing = op.pick % 3 == 0 && op.type < OrderType::fok ? model::Crossing::post_only : model::Crossing::allowed;
    r.price = Price(op.cents * 100);
    r.size = Shares(op.size * 1'000'000 + (op.pick % 100) * 10'000);
    if (op.type == OrderType::gtd) r.expiration = now + seconds(180 + op.pick % 60);
    if (op.side == Side::buy && op.type >= OrderType::fok) {
      r.maker_amount = notional(r.price, r.size).raw() / 10'000 * 10'000;
    }
    const std::string before = exchange.book_json(r.token);
    const std::size_t fills = exchange.truth().fills.size();
    const PlaceResult result = exchange.place(now, r);
    if (!result.success) {
      RC_ASSERT(exchange.book_json(r.token) == before);
      RC_ASSERT(exchange.truth().fills.size() == fills);
      RC_ASSERT(!result.error.empty());
      return;
    }
    placed_.emplace_back(r.account, r.id);
    const OrderStatus status = exchange.status(r.account, r.id);
    if (op.type >= OrderType::fok) RC_ASSERT(status.status != model::VenueOrderStatus::live);
    if (op.type == OrderType::fok) RC_ASSERT(status.status == model::VenueOrderStatus::matched);
    if (op.type == OrderType::fak) RC_ASSERT(status.size_matched.raw() > 0);
    if (r.crossing == model::Crossing::post_only) RC_ASSERT(exchange.truth().fills.size() == fills);
    if (op.side == Side::buy && r.maker_amount > 0) RC_ASSERT(result.making_micros <= r.maker_amount);
  }
  void cancel(const Operation& op) {
    if (placed_.empty()) return;
    const auto& [account, id] = placed_[static_cast<std::size_t>(op.pick) % placed_.size()];
    const bool live = exchange.status(account, id).status == model::VenueOrderStatus::live;
    RC_ASSERT(exchange.cancel(now, account, id).canceled == live);
    RC_ASSERT(exchange.status(account, id).status != model::VenueOrderStatus::live);
  }
  void pass(Duration d) {
    now = now + d;
    exchange.advance(now);
  }

  std::uint32_t ids_ = 0;
  std::vector<std::pair<AccountIndex, model::OrderId>> placed_;
};

void check_books(const Storm& storm) {
  const Audit audit = storm.exchange.audit();
  RC_ASSERT(audit.supplies_equal);
  RC_ASSERT(audit.no_negative);
  RC_ASSERT(audit.cash + audit.collateral + audit.fees == audit.deposits);
}

/// The record and the exchange tell the same story: matched sizes are sums of fills, nobody trades with himself, every
/// balance is the sum of its changes.
void check_truth(const Storm& storm) {
  const Truth& truth = storm.exchange.truth();
  std::map<std::string, std::int64_t> filled;
  for (const TruthFill& fill : truth.fills) {
    filled[model::to_text(fill.order)] += fill.size.raw();
    RC_ASSERT(fill.counterparty != fill.account);
    RC_ASSERT((!fill.maker || fill.fee == Usdc()));
  }
  for (const TruthOrder& order : truth.orders) {
    if (order.kind == TruthOrderKind::refused || order.kind == TruthOrderKind::cancel_refused) continue;
    RC_ASSERT(storm.exchange.status(order.account, order.id).size_matched.raw() == filled[model::to_text(order.id)]);
  }
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> sums;
  for (const TruthBalance& b : truth.balances) {
    auto& sum = sums[{b.account.value(), b.token.value()}];
    sum += b.change_micros;
    RC_ASSERT(sum == b.after_micros);
    RC_ASSERT(sum >= 0);
  }
}

void weather(const ExchangeConfig& config) {
  const auto operations = *rc::gen::container<std::vector<Operation>>(operation());
  Storm storm(config);
  for (const Operation& op : operations) {
    storm.apply(op);
    check_books(storm);
  }
  storm.exchange.schedule_resolution(model::MarketIndex(0), storm.now, 500'000);
  storm.exchange.schedule_resolution(model::MarketIndex(1), storm.now, 1'000'000);
  storm.exchange.advance(storm.now + hours(1));
  check_books(storm);
  check_truth(storm);
  for (const AccountIndex account : storm.accounts) {
    RC_ASSERT(storm.exchange.open_orders(account).empty());
    for (std::uint32_t t = 0; t < 4; ++t) RC_ASSERT(storm.exchange.position(account, model::TokenIndex(t)) == Shares());
  }
}

TEST(ExchangeProperty, money_and_shares_are_conserved_and_never_negative) {
  EXPECT_TRUE(rc::check("default", [] { weather({.seed = 5}); }));
  EXPECT_TRUE(rc::check("global gate, skip, failures", [] {
    weather({.seed = 6,
             .self_trade = SelfTrade::skip,
             .cash_gate = CashGate::global,
             .settlement = {.failure_probability = 0.3, .retry_probability = 0.3}});
  }));
  EXPECT_TRUE(rc::check("reject_taker, permuted",
                        [] { weather({.seed = 7, .self_trade = SelfTrade::reject_taker, .emit_order = 9}); }));
}

TEST(ExchangeProperty, the_same_operations_give_the_same_frames) {
  EXPECT_TRUE(rc::check("twice", [] {
    const auto operations = *rc::gen::container<std::vector<Operation>>(operation());
    std::vector<std::string> texts[2];
    for (auto& out : texts) {
      Storm storm({.seed = 8});
      for (const Operation& op : operations) storm.apply(op);
      storm.exchange.advance(storm.now + minutes(5));
      for (const Outgoing& frame : storm.exchange.take_outgoing()) out.push_back(frame.text);
    }
    RC_ASSERT(texts[0] == texts[1]);
  }));
}

}  // namespace
}  // namespace ebb::exchange
