// The paper venue's side of the counter: gates, answers, user frames, settlement (rules 7.2, 7.3, protocol 3 and 6).
#include "exchange/paper_venue.hpp"

#include <gtest/gtest.h>

#include "exchange/paper_tape.hpp"
#include "exchange/user_frames.hpp"
#include "polymarket/user_decoder.hpp"

namespace ebb::exchange {
namespace {

using model::Side;
using tape::at;
using tape::exact_latency;
using tape::Tape;

PaperConfig with_cash(std::int64_t whole, PaperCashGate gate = PaperCashGate::per_market) {
  PaperConfig config = exact_latency();
  config.starting_cash = dollars(whole);
  config.cash_gate = gate;
  return config;
}

model::MarketIndex second_market(Tape& t) {
  model::MarketSpec spec;
  spec.condition_id = "0xc1";
  spec.tokens[0] = {"333", "Yes"};
  spec.tokens[1] = {"444", "No"};
  return *t.venue.add_market(spec);
}

struct Decoded {
  std::vector<model::UserOrder> orders;
  std::vector<model::UserTrade> trades;
  std::vector<std::string> sequence;  ///< kinds in order
};
Decoded decode_frames(Tape& t) {
  const PaperConfig config;
  polymarket::UserDecoder decoder(t.venue.markets(), {config.owner, config.maker_address});
  polymarket::UserFrameContent content;
  Decoded all;
  for (const auto& [time, frame] : t.all<UserFrameText>()) {
    decoder.decode(frame.text, content);
    EXPECT_EQ(content.malformed + content.unknown_types + content.unknown_tokens + content.not_ours, 0u) << frame.text;
    for (const model::UserOrder& order : content.orders) {
      all.orders.push_back(order);
      all.sequence.push_back(order.type == model::UserOrderType::placement ? "placement"
                             : order.type == model::UserOrderType::update  ? "update"
                                                                           : "cancellation");
    }
    for (const model::UserTrade& trade : content.trades) {
      all.trades.push_back(trade);
      all.sequence.push_back(std::string(to_text(trade.status)));
    }
  }
  return all;
}

TEST(PaperVenue, CashGateNamesItsSums) {
  Tape t(with_cash(10));
  t.book(0, {{4000, 5}}, {{5000, 80}});
  t.buy(0, 4000, 20);                       // 8 dollars
  const auto refused = t.buy(0, 4500, 5);   // 2.25 dollars
  const auto fits = t.buy(0, 4000, 5);      // 2 dollars
  t.run(1000);
  const PlaceResult result = t.place_result(refused);
  EXPECT_EQ(result.http_status, 400);
  EXPECT_EQ(result.error,
            "not enough balance / allowance: the balance is not enough -> balance: 10000000, sum of active orders: "
            "8000000, sum of matched orders: 0, order amount: 2250000 (inc. fees)");
  EXPECT_EQ(result.free_micros, 2'000'000);
  EXPECT_TRUE(t.place_result(fits).success);
  EXPECT_EQ(t.venue.reserved(), dollars(10));
}

TEST(PaperVenue, CashGateIsPerMarketUnlessGlobal) {
  for (const bool global : {false, true}) {
    Tape t(with_cash(10, global ? PaperCashGate::global : PaperCashGate::per_market));
    const model::TokenIndex other = t.venue.markets().token_of(second_market(t), 0);
    t.book(0, {{4000, 5}}, {{5000, 80}});
    t.buy(0, 4000, 20);
    const auto second = t.order(0, other, Side::buy, 4000, 20);
    t.run(1000);
    EXPECT_EQ(t.place_result(second).success, !global);
  }
}

TEST(PaperVenue, NewestUncoveredBuysBecomeInvalidWhenCashFalls) {
  Tape t(with_cash(10));
  const model::TokenIndex other = t.venue.markets().token_of(second_market(t), 0);
  t.book(0, {{3900, 5}}, {{5000, 80}});
  t.buy(0, 4000, 20);                                         // 8 dollars here
  const auto older = t.order(1, other, Side::buy, 1000, 15);  // 1.5 there
  const auto newer = t.order(2, other, Side::buy, 1000, 30);  // and 3 more
  t.run(400);
  t.print(500, Side::sell, 4000, 20);
  EXPECT_EQ(t.venue.status(older).status, model::VenueOrderStatus::live);
  EXPECT_EQ(t.venue.status(newer).status, model::VenueOrderStatus::canceled);
  EXPECT_EQ(t.venue.report().invalid, 1u);
  const Decoded frames = decode_frames(t);
  EXPECT_EQ(frames.orders.back().type, model::UserOrderType::cancellation);
  EXPECT_TRUE(frames.orders.back().canceled);
  EXPECT_EQ(frames.orders.back().id, newer);
}

TEST(PaperVenue, MatchedButUnsettledMoneyIsNotFree) {
  Tape t(with_cash(10));
  t.book(0, {{3900, 5}}, {{5000, 80}});
  t.buy(0, 4000, 20);
  t.run(300);
  t.print(400, Side::sell, 4000, 20);
  const auto refused = t.buy(500, 3000, 10);
  t.run(1000);
  EXPECT_EQ(t.place_result(refused).error,
            "not enough balance / allowance: the balance is not enough -> balance: 10000000, sum of active orders: 0, "
            "sum of matched orders: 8000000, order amount: 3000000 (inc. fees)");
}

TEST(PaperVenue, SharesSoldButUnsettledCannotBeSoldAgain) {
  Tape t;
  t.venue.deposit_shares(t.yes, shares_of(10));
  t.book(0, {{4700, 100}}, {{5000, 80}});
  t.fak(0, Side::sell, 4700, 6);
  const auto refused = t.sell(300, 4900, 5);
  t.run(1000);
  EXPECT_EQ(t.place_result(refused).free_micros, shares_of(4).raw());
}

TEST(PaperVenue, SharesCanBeSoldOnceTheyAreMined) {
  Tape t;
  t.book(0, {{4700, 0}, {4600, 5}}, {{5000, 80}});
  t.buy(0, 4700, 10);
  t.run(300);
  t.print(1000, Side::sell, 4700, 10);   // MINED at 4000
  const auto early = t.sell(1100, 4900, 10);
  const auto later = t.sell(4000, 4900, 10);
  const auto too_much = t.sell(4001, 4900, 5);
  t.run(6000);
  const PlaceResult result = t.place_result(early);
  EXPECT_TRUE(result.error.starts_with("not enough balance / allowance")) << result.error;
  EXPECT_EQ(result.free_micros, 0);
  EXPECT_TRUE(t.place_result(later).success);
  EXPECT_EQ(t.place_result(too_much).free_micros, 0);  // settled 10 - open 10
}

TEST(PaperVenue, TradesAreMatchedThenMinedThenConfirmed) {
  PaperConfig config = exact_latency();
  config.settlement.scale = 0.5;
  Tape t(config);
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.run(300);
  t.print(1000, Side::sell, 4700, 10);
  EXPECT_EQ(t.venue.cash(), dollars(10'000) - Usdc(4'700'000));
  EXPECT_EQ(t.venue.balance(), dollars(10'000));
  EXPECT_EQ(t.venue.position(t.yes), shares_of(10));
  EXPECT_EQ(t.venue.settled(t.yes), shares_of(0));
  t.run(10'000);
  EXPECT_EQ(t.venue.balance(), t.venue.cash());
  EXPECT_EQ(t.venue.settled(t.yes), shares_of(10));
  std::vector<Timestamp> times;
  for (const auto& [time, frame] : t.all<UserFrameText>()) times.push_back(time);
  EXPECT_EQ(times, (std::vector<Timestamp>{at(250), at(1000), at(1000), at(2500), at(3500)}));
  const Decoded frames = decode_frames(t);
  EXPECT_EQ(frames.sequence, (std::vector<std::string>{"placement", "MATCHED", "update", "MINED", "CONFIRMED"}));
  ASSERT_EQ(frames.trades.size(), 3u);
  EXPECT_EQ(frames.trades[0].order, id);
  EXPECT_EQ(frames.trades[0].token, t.yes);
  EXPECT_EQ(frames.trades[0].side, Side::buy);
  EXPECT_EQ(frames.trades[0].price, Price(4700));
  EXPECT_EQ(frames.trades[0].size, shares_of(10));
  EXPECT_TRUE(frames.trades[0].maker);
  EXPECT_EQ(frames.trades[0].trade, frames.trades[2].trade);
  const auto legs = t.venue.trades_since(at(3500));
  ASSERT_EQ(legs.size(), 1u);
  EXPECT_EQ(legs[0].status, model::TradeStatus::confirmed);
  EXPECT_TRUE(t.venue.trades_since(at(3501)).empty());
}

TEST(PaperVenue, TakerTradesAreToldAsTaker) {
  Tape t;
  t.venue.deposit_shares(t.no, shares_of(10));
  t.book(0, {{4700, 100}}, {{5000, 80}});  // NO: bid .50, ask .53
  const auto id = t.order(0, t.no, Side::sell, 5000, 10, model::OrderType::fak, model::Crossing::allowed);
  t.run(1000);
  const Decoded frames = decode_frames(t);
  EXPECT_EQ(frames.sequence, (std::vector<std::string>{"MATCHED", "update"}));
  EXPECT_FALSE(frames.trades[0].maker);
  EXPECT_EQ(frames.trades[0].order, id);
  EXPECT_EQ(frames.trades[0].token, t.no);
  EXPECT_EQ(frames.trades[0].side, Side::sell);
  EXPECT_EQ(frames.trades[0].price, Price(5000));
}

TEST(PaperVenue, FramesComeBeforeTheirAnswers) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.venue.cancel(at(1000), id);
  t.run(2000);
  t.collect();
  ASSERT_EQ(t.outputs.size(), 4u);
  EXPECT_TRUE(std::holds_alternative<UserFrameText>(t.outputs[0].body));
  EXPECT_TRUE(std::holds_alternative<PlaceResult>(t.outputs[1].body));
  EXPECT_TRUE(std::holds_alternative<UserFrameText>(t.outputs[2].body));
  EXPECT_TRUE(std::holds_alternative<CancelResult>(t.outputs[3].body));
}

TEST(PaperVenue, AnswersAndFramesTravelForTheirOwnLatency) {
  PaperConfig config = exact_latency();
  config.answer_latency = milliseconds(40);
  config.user_latency = milliseconds(15);
  Tape t(config);
  t.book(0, {{4600, 5}}, {{5000, 80}});
  t.buy(0, 4700, 10);
  t.run(1000);
  EXPECT_EQ(t.all<PlaceResult>().at(0).first, at(290));
  EXPECT_EQ(t.all<UserFrameText>().at(0).first, at(265));
}

TEST(PaperVenue, CancelsOfWhatIsNotLiveSayWhy) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto filled = t.buy(0, 4700, 10);
  const auto canceled = t.buy(0, 4500, 10);
  t.run(300);
  t.print(400, Side::sell, 4700, 10);
  t.venue.cancel(at(500), canceled);
  t.venue.cancel(at(600), canceled);
  t.venue.cancel(at(600), filled);
  model::OrderId unknown;
  unknown.bytes[3] = 7;
  t.venue.cancel(at(600), unknown);
  t.run(2000);
  const auto answers = t.all<CancelResult>();
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[1].second.reason, "Order already canceled");
  EXPECT_EQ(answers[2].second.reason, "Order already matched");
  EXPECT_EQ(answers[3].second.reason, "Order not found or already canceled");
  for (std::size_t i = 1; i < 4; ++i) EXPECT_FALSE(answers[i].second.canceled);
}

TEST(PaperVenue, ACancelThatOvertakesItsOrderFindsNothing) {
  PaperConfig config = exact_latency();
  config.cancel.median = milliseconds(50);
  Tape t(config);
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.venue.cancel(at(10), id);
  t.run(1000);
  EXPECT_EQ(t.all<CancelResult>().at(0).second.reason, "Order not found or already canceled");
  EXPECT_EQ(t.venue.status(id).status, model::VenueOrderStatus::live);
}

TEST(PaperVenue, QuestionsAreAnsweredAsOfTheirArrival) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.venue.query(at(0), id);   // arrives right after the order
  t.run(300);
  t.venue.query(at(300), id);
  t.print(400, Side::sell, 4700, 4);
  t.run(1000);
  const auto answers = t.all<OrderStatus>();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].first, at(250));
  EXPECT_EQ(answers[0].second.status, model::VenueOrderStatus::live);
  EXPECT_EQ(answers[0].second.size_matched, shares_of(0));
  EXPECT_EQ(answers[1].second.size_matched, shares_of(4));
  EXPECT_EQ(answers[1].second.original_size, shares_of(10));
}

TEST(PaperVenue, GtdOrdersExpireAMinuteEarly) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id =
      t.order(0, t.yes, Side::buy, 4700, 10, model::OrderType::gtd, model::Crossing::post_only, at(200'000));
  const auto too_short =
      t.order(0, t.yes, Side::buy, 4700, 10, model::OrderType::gtd, model::Crossing::post_only, at(180'000));
  t.run(139'999);
  EXPECT_EQ(t.venue.status(id).status, model::VenueOrderStatus::live);
  EXPECT_EQ(t.place_result(too_short).error, "invalid expiration");
  t.run(140'000);
  EXPECT_EQ(t.venue.status(id).status, model::VenueOrderStatus::canceled);
  EXPECT_EQ(t.venue.report().expired, 1u);
  EXPECT_EQ(decode_frames(t).sequence.back(), "cancellation");
}

TEST(PaperVenue, RefusesDuplicatesAndUnknownTokens) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  OrderRequest request;
  request.id.bytes[0] = 4;
  request.token = t.yes;
  request.price = Price(4000);
  request.size = shares_of(10);
  t.venue.place(at(0), request);
  t.venue.place(at(1), request);
  request.id.bytes[0] = 5;
  request.token = model::TokenIndex(99);
  t.venue.place(at(2), request);
  t.run(1000);
  const auto answers = t.all<PlaceResult>();
  EXPECT_TRUE(answers[0].second.success);
  EXPECT_EQ(answers[1].second.error, "order " + model::to_text(answers[1].second.id) + " is invalid. Duplicated.");
  EXPECT_EQ(answers[2].second.http_status, 404);
  EXPECT_EQ(answers[2].second.error, "No orderbook exists for the requested token id");
}

TEST(PaperVenue, MarketableBuysHaveADollarMinimum) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.order(0, t.yes, Side::buy, 5000, 1, model::OrderType::fak, model::Crossing::allowed);
  t.run(1000);
  EXPECT_EQ(t.place_result(id).error, "invalid amount for a marketable BUY order ($0.50), min size: $1");
}

TEST(PaperVenue, FillsInOddPiecesAddUpToTheSignedAmounts) {
  Tape t;
  t.book(0, {{4600, 5}}, {{5000, 80}});
  const auto id = t.buy(0, 4700, 10);
  t.run(300);
  model::MarketEvent print;
  print.kind = model::MarketEventKind::last_trade_price;
  print.asset_id = "111";
  print.price = Price(4700);
  print.side = Side::sell;
  for (const std::int64_t micros : {3'123'457, 3'333'333, 1'111'111, 5'000'000}) {
    t.frame.clear();
    print.size = Shares(micros);
    t.frame.events.push_back(print);
    t.venue.on_frame(at(400), t.frame);
  }
  EXPECT_EQ(t.filled(id), shares_of(10));
  EXPECT_EQ(t.venue.fills().size(), 4u);
  EXPECT_EQ(t.venue.cash(), dollars(10'000) - Usdc(4'700'000));
  EXPECT_EQ(t.venue.reserved(), Usdc(0));
}

TEST(PaperVenue, CrossingGtcTakesAndRestsTheRemainder) {
  Tape t;
  t.book(0, {{4600, 5}}, {{4900, 4}, {4800, 3}});
  const auto id = t.order(0, t.yes, Side::buy, 4800, 10, model::OrderType::gtc, model::Crossing::allowed);
  t.run(1000);
  EXPECT_EQ(t.filled(id), shares_of(3));
  EXPECT_EQ(t.venue.status(id).status, model::VenueOrderStatus::live);
  EXPECT_EQ(t.place_result(id).outcome, model::PlaceOutcome::matched);
  EXPECT_EQ(t.venue.reserved(), Usdc(7 * 480'000));
  t.bid(2000, 4600, 6);  // what it took stays gone while it is still displayed
  EXPECT_EQ(t.filled(id), shares_of(3));
  t.print(3000, Side::sell, 4800, 2);
  EXPECT_EQ(t.filled(id), shares_of(5));
}

TEST(UserFrames, TextsAreEscaped) {
  std::string out;
  append_json_text(out, "a\"b\\c\n");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\u000a\"");
}

}  // namespace
}  // namespace ebb::exchange
