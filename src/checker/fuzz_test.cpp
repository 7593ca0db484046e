// Whatever is told in whatever order: the checker counts, it never crashes and never throws.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "checker/scene.hpp"

namespace ebb::checker {
namespace {

std::string any_id(const char* prefix) { return prefix + std::to_string(*rc::gen::inRange(0, 6)); }
std::string any_token() { return *rc::gen::element<std::string>("111", "222", "333", "444", "999", ""); }
Micros any_size() {
  return *rc::gen::oneOf(rc::gen::inRange<Micros>(0, shares(30)), rc::gen::arbitrary<Micros>(),
                         rc::gen::element<Micros>(INT64_MAX, INT64_MIN, -1));
}
PriceRaw any_price() {
  return *rc::gen::oneOf(rc::gen::map(rc::gen::inRange(0, 101), [](int p) { return p * 100; }),
                         rc::gen::arbitrary<PriceRaw>());
}
template <class Enum>
Enum any_of(int count) {
  return static_cast<Enum>(*rc::gen::inRange(0, count));
}

Leg any_leg() {
  Leg leg;
  leg.trade_id = any_id("T");
  leg.order_id = any_id("O");
  leg.token_id = any_token();
  leg.side = any_of<Side>(2);
  leg.price = any_price();
  leg.size = any_size();
  leg.role = any_of<Role>(2);
  leg.fee = any_size();
  leg.amount = any_size();
  leg.status = any_of<LegStatus>(5);
  return leg;
}

PlaceClaim any_claim() {
  PlaceClaim c;
  c.id = any_id("O");
  c.token_id = any_token();
  c.side = any_of<Side>(2);
  c.type = any_of<OrderType>(4);
  c.post_only = *rc::gen::arbitrary<bool>();
  c.price = any_price();
  c.size = any_size();
  c.purpose = *rc::gen::element<std::string>("DIP_BUY", "TAKE_PROFIT", "EXIT", "");
  c.reference_bid = any_price();
  c.signal_time = *rc::gen::element<TimeNs>(0, kNoon, INT64_MAX, INT64_MIN);
  c.floor = any_price();
  return c;
}

std::string any_frame() {
  const auto garbage = *rc::gen::arbitrary<std::string>();
  return *rc::gen::element<std::string>(
      "PONG", "[]", garbage, "{" + garbage,
      R"({"event_type":"book","asset_id":"111","bids":[{"price":"x"}],"asks":{}})",
      R"({"event_type":"price_change","price_changes":[{"asset_id":"111","price":"0.5","size":"1","side":"BUY"}]})",
      R"({"event_type":"tick_size_change","asset_id":"111","new_tick_size":"0.001"})",
      R"({"event_type":"tick_size_change","asset_id":"111","new_tick_size":"0"})",
      R"({"event_type":"last_trade_price","asset_id":"222","price":"0.5","size":"99999999999999","timestamp":"-"})",
      R"({"event_type":"market_resolved","market":"0xc1"})");
}

std::string any_user_frame() {
  const std::string order = any_id("O");
  return *rc::gen::element<std::string>(
      R"({"event_type":"order","id":")" + order + R"(","type":"UPDATE","size_matched":"1e9"})",
      R"({"event_type":"order","id":")" + order + R"(","type":"CANCELLATION","size_matched":"3"})",
      R"({"event_type":"order","id":")" + order + R"(","type":"UPDATE","size_matched":"100000000"})",
      R"({"event_type":"trade","id":"T1","taker_order_id":")" + order +
          R"(","size":"5","price":"0.5","status":"FAILED"})",
      R"({"event_type":"trade","id":"T2","maker_orders":[{"order_id":")" + order +
          R"(","matched_amount":"5","price":"0.5"}],"status":"MINED"})",
      R"({"event_type":"trade","id":7,"maker_orders":[1,{}]})", "nothing", "");
}

void feed_act(Checker& c, TimeNs now) {
  switch (*rc::gen::inRange(0, 12)) {
    case 0: c.on_market_frame(now, *rc::gen::element<std::uint32_t>(0, 1, UINT32_MAX), any_frame()); break;
    case 1: c.on_user_frame(now, any_user_frame()); break;
    case 2: c.on_place_answer(now, any_id("O"), any_of<PlaceAnswer>(6), ""); break;
    case 3: c.on_cancel_answer(now, any_id("O"), any_of<CancelAnswer>(4), ""); break;
    case 4: c.on_status_answer(now, any_id("O"), any_of<StatusAnswer>(5), any_size()); break;
    case 5: c.on_trade_answer(now, any_leg()); break;
    case 6: c.on_connection(now, 0, any_of<ConnectionState>(2)); break;
    case 7: c.on_gap(now, 0); break;
    case 8: c.on_book_answer(now, any_token(), true, any_frame()); break;
    case 9: c.on_venue_mode(now, any_of<VenueMode>(5)); break;
    case 10: c.on_trades_page(now, *rc::gen::arbitrary<bool>()); break;
    default: c.on_operator(now, any_of<OperatorAction>(9), any_token()); break;
  }
}

void claim_act(Checker& c, TimeNs now) {
  switch (*rc::gen::inRange(0, 10)) {
    case 0:
    case 1: c.on_place(now, any_claim()); break;
    case 2: c.on_cancel(now, any_id("O"), *rc::gen::element<std::string>("REQUOTE", "EXIT", "STEP_DOWN", "")); break;
    case 3: c.on_sweep(now); break;
    case 4: c.on_signal(now, any_token(), ""); break;
    case 5:
      c.on_named(now, any_token(), *rc::gen::element<std::string>("MANUAL", "UNEXPLAINED_MATCH", "EXIT_STARTED"));
      break;
    case 6: c.on_adopt(now, any_token(), any_size(), any_size(), *rc::gen::arbitrary<bool>()); break;
    case 7: c.on_ledger_leg(now, any_id("T"), any_id("O")); break;
    case 8: c.on_over(now, any_id("O")); break;
    default: {
      LedgerClaim claim;
      claim.tokens = {{any_token(), any_size() / 16, any_size() / 16, any_size() / 16, any_size() / 16}};
      claim.cash = any_size() / 16;
      claim.total_given = true;
      c.on_ledger_claim(now, claim);
    }
  }
}

void truth_act(Checker& c, TimeNs now) {
  switch (*rc::gen::inRange(0, 9)) {
    case 0: c.on_truth_order(now, any_id("O"), any_of<TruthOrderEvent>(6), any_size()); break;
    case 1:
    case 2: c.on_truth_fill(now, any_leg()); break;
    case 3: c.on_truth_external(now, any_token(), any_size(), any_size()); break;
    case 4: c.on_truth_account(now, {any_size() / 16, {{any_token(), any_size() / 16}}, {any_id("O")}}); break;
    case 5: c.on_market_resolved(now, "0xc1", any_token()); break;
    case 6: c.on_truth_redeemed(now, *rc::gen::element<std::string>("0xc1", "0xc2", "?")); break;
    case 7:
      c.on_paper_grant(now, {*rc::gen::inRange<std::uint64_t>(0, 5), any_of<PaperUnitKind>(5), any_token(), any_price(),
                             any_size()});
      break;
    default:
      c.on_paper_used(now, {*rc::gen::inRange<std::uint64_t>(0, 5), any_of<PaperUse>(2), any_of<PaperUnitKind>(5),
                            any_id("O"), any_size()});
      break;
  }
}

TEST(Fuzz, NothingThatIsToldCrashesTheChecker) {
  EXPECT_TRUE(rc::check("random calls", [] {
    Scene scene([](CheckerConfig& config) {
      config.mode = any_of<Mode>(2);
      config.sell_after = any_of<SellAfter>(3);
      config.heartbeat = true;
      config.max_violations = 10;
      config.evaluation_interval = *rc::gen::element<SpanNs>(0, kSecond, INT64_MAX, INT64_MIN);
    });
    TimeNs now = scene.now;
    const int steps = *rc::gen::inRange(0, 60);
    for (int i = 0; i < steps; ++i) {
      now += *rc::gen::element<SpanNs>(0, kMillisecond, kSecond, 70 * kSecond, -kSecond);
      const int who = *rc::gen::inRange(0, 3);
      if (who == 0) feed_act(*scene.checker, now);
      if (who == 1) claim_act(*scene.checker, now);
      if (who == 2) truth_act(*scene.checker, now);
    }
    scene.checker->finish(now, any_of<Ending>(2));
    RC_ASSERT(scene.checker->violations().size() <= 10u);
    std::uint64_t sum = 0;
    for (const auto& [rule, count] : scene.checker->violations_by_rule()) sum += count;
    RC_ASSERT(sum == scene.checker->violation_count());
    RC_ASSERT(scene.checker->checks() >= scene.checker->violation_count());
  }));
}

TEST(Fuzz, TheEndOfTimeAndOfNumbers) {
  Scene scene;
  scene.buy("B1", 4800, INT64_MAX);
  scene.checker->on_tick(INT64_MAX);
  scene.checker->on_tick(INT64_MIN);
  scene.checker->finish(INT64_MAX, Ending::orderly);
  EXPECT_GT(scene.checker->violation_count(), 0u);
}

TEST(Fuzz, TheSameCallsGiveTheSameVerdict) {
  const auto run = [] {
    Scene scene;
    scene.buy("B1", 4700, shares(25));
    scene.buy("B2", 4800, shares(4));
    scene.book(4500, 4700);
    scene.pass(90);
    std::string text;
    for (const auto& v : scene.checker->violations())
      text += v.rule + "|" + std::to_string(v.time) + "|" + v.detail + "\n";
    return text;
  };
  EXPECT_EQ(run(), run());
  EXPECT_NE(run(), "");
}

}  // namespace
}  // namespace ebb::checker
