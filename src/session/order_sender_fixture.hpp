// For tests only: an order sender with a test key, a clock of its own, and a venue that says what the test wants.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/command.hpp"
#include "polymarket/amounts.hpp"
#include "polymarket/order_digest.hpp"
#include "session/order_sender.hpp"

namespace ebb::session::test {

inline constexpr std::string_view kTestKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
inline const std::string kTokens[] = {"71321045679252212594626385532706912750332728571942532289631379312455583992563",
                                      "52114319501245915516055106046884209969926127482827954674443846427813813222426",
                                      "21742633143463906290569050155826241533067272736897614950488156847949938836455",
                                      "48331043336612883890938759509493159234755048973500640148014422747788308965732"};
inline const Timestamp kStart = from_ms(1'790'000'000'000);

struct SentRequest {
  RequestId id;
  Origin origin = Origin::clob;
  HttpRequest request;
  Duration timeout{0};
  Timestamp at;
  bool answered = false;
};

/// Copies of what the sink is told; texts are owned.
class RecordingSink : public OrderSenderSink {
 public:
  void send(RequestId id, Origin origin, HttpRequest request, Duration timeout) override {
    sent.push_back({id, origin, std::move(request), timeout, now, false});
  }
  void on_event(const model::EventBody& event) override {
    if (const auto* place = std::get_if<model::PlaceAnswer>(&event)) {
      places.push_back(*place);
      texts.emplace_back(place->text);
      places.back().text = {};
    } else if (const auto* cancel = std::get_if<model::CancelAnswer>(&event)) {
      cancels.push_back(*cancel);
      cancels.back().text = {};
    } else if (const auto* status = std::get_if<model::OrderStatusAnswer>(&event)) {
      statuses.push_back(*status);
    } else if (const auto* trades = std::get_if<model::TradesAnswer>(&event)) {
      sweeps.emplace_back(std::vector<model::UserTrade>(trades->trades.begin(), trades->trades.end()),
                          trades->complete);
    } else if (const auto* balance = std::get_if<model::BalanceReading>(&event)) {
      balances.push_back(*balance);
    } else if (const auto* payout = std::get_if<model::PayoutReading>(&event)) {
      payouts.push_back(*payout);
    } else if (const auto* position = std::get_if<model::PositionReading>(&event)) {
      positions.push_back(*position);
    } else if (const auto* mode = std::get_if<model::VenueModeChange>(&event)) {
      modes.push_back(mode->mode);
    }
  }
  Expected<void> on_leaving(std::span<const model::PlaceOrder* const> orders) override {
    for (const model::PlaceOrder* order : orders) leaving.push_back(order->id);
    if (!keeps_intents) return fail("journal.full", "the disk is full");
    return {};
  }
  void on_notice(Notice notice, std::string_view text) override { notices.emplace_back(notice, text); }
  void on_resynced(bool complete) override { resynced.push_back(complete); }
  [[nodiscard]] bool noticed(Notice notice) const {
    for (const auto& [kind, text] : notices) {
      if (kind == notice) return true;
    }
    return false;
  }

  Timestamp now = kStart;
  bool keeps_intents = true;
  std::vector<model::OrderId> leaving;
  std::vector<SentRequest> sent;
  std::vector<model::PlaceAnswer> places;
  std::vector<std::string> texts;  ///< of the places
  std::vector<model::CancelAnswer> cancels;
  std::vector<model::OrderStatusAnswer> statuses;
  std::vector<std::pair<std::vector<model::UserTrade>, bool>> sweeps;
  std::vector<model::BalanceReading> balances;
  std::vector<model::PositionReading> positions;
  std::vector<model::PayoutReading> payouts;
  std::vector<model::VenueMode> modes;
  std::vector<std::pair<Notice, std::string>> notices;
  std::vector<bool> resynced;
};

inline model::MarketTable two_markets() {
  model::MarketTable markets;
  for (int i = 0; i < 2; ++i) {
    model::MarketSpec spec;
    spec.condition_id = "0x" + std::string(64, static_cast<char>('a' + i));
    spec.tokens[0] = {kTokens[2 * i], "Yes"};
    spec.tokens[1] = {kTokens[2 * i + 1], "No"};
    spec.neg_risk = i == 1;
    EXPECT_TRUE(markets.add(spec));
  }
  return markets;
}

class SenderRig {
 public:
  explicit SenderRig(OrderSenderOptions options = {}) : options_(std::move(options)) {
    auto key = crypto::PrivateKey::parse(kTestKey).value();
    if (options_.maker == crypto::Address{}) options_.maker = options_.signer = key.address();
    polymarket::ApiCredentials credentials{"our-key", "c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "our-pass"};
    auto l2 = polymarket::L2Signer::create(credentials, key.address()).value();
    sender = std::make_unique<OrderSender>(options_,
                                           std::make_unique<polymarket::OrderSigner>(std::move(key), options_.chain_id),
                                           std::move(l2), credentials.key, two_markets(), sink);
    sender->set_gate(sink.now, GateCause::start, true);
  }

  model::PlaceOrder order(std::uint32_t token = 0, model::Side side = model::Side::buy,
                          model::OrderPurpose purpose = model::OrderPurpose::dip_buy) {
    const Price price(4'800);
    model::PlaceOrder o;
    o.token = model::TokenIndex(token);
    o.side = side;
    o.purpose = purpose;
    o.price = price;
    o.size = shares_of(10);
    const bool exit = purpose == model::OrderPurpose::exit;
    if (exit) {
      o.type = model::OrderType::fak;
      o.crossing = model::Crossing::allowed;
    }
    const auto amounts = exit ? polymarket::market_sell_amounts(price, o.size, Price(100))
                              : polymarket::limit_amounts(side, price, o.size, Price(100));
    o.maker_amount = amounts->maker;
    o.taker_amount = amounts->taker;
    o.salt = ++salt_;
    o.time = sink.now;
    o.drop_after = sink.now + milliseconds(500);
    polymarket::OrderFields fields = fields_of(o);
    const auto contract = token >= 2 ? polymarket::ExchangeContract::neg_risk : polymarket::ExchangeContract::standard;
    o.id = digester_.digest(contract, fields);
    return o;
  }
  polymarket::OrderFields fields_of(const model::PlaceOrder& o) const {
    polymarket::OrderFields fields;
    fields.salt = o.salt;
    fields.maker = options_.maker;
    fields.signer = options_.signer;
    fields.token_id = crypto::word_from_decimal(kTokens[o.token.value()]).value();
    fields.maker_amount = o.maker_amount;
    fields.taker_amount = o.taker_amount;
    fields.side = o.side;
    fields.signature_type = options_.signature_type;
    fields.timestamp_ms = o.time.ms();
    fields.builder = options_.builder;
    return fields;
  }

  void submit(const model::Command& command) { sender->submit(sink.now, command); }
  model::PlaceOrder place(std::uint32_t token = 0, model::Side side = model::Side::buy,
                          model::OrderPurpose purpose = model::OrderPurpose::dip_buy) {
    const model::PlaceOrder o = order(token, side, purpose);
    submit(o);
    return o;
  }
  /// Places an order that the venue lets rest.
  model::PlaceOrder resting(std::uint32_t token = 0) {
    const model::PlaceOrder o = place(token);
    answer(accepted(o));
    return o;
  }

  /// Moves the clock, firing every timer on the way.
  void advance(Duration by) {
    const Timestamp end = sink.now + by;
    for (int i = 0; i < 100'000; ++i) {
      const Timestamp due = sender->next_timer();
      if (due > end) break;
      sink.now = std::max(sink.now, due);
      sender->on_timer(sink.now);
    }
    sink.now = end;
    sender->on_timer(end);
  }

  /// Requests without an answer yet.
  std::vector<std::size_t> open() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < sink.sent.size(); ++i) {
      if (!sink.sent[i].answered) out.push_back(i);
    }
    return out;
  }
  HttpRequest& last() { return sink.sent.back().request; }
  /// Answers the oldest open request.
  void answer(std::string body, int status = 200, std::vector<HttpHeader> headers = {}) {
    respond(HttpResponse{status, std::move(headers), std::move(body)});
  }
  void fail_with(std::string code) { respond(std::unexpected(Error{std::move(code), "the link", ""})); }
  void respond(Expected<HttpResponse> response) {
    const auto waiting = open();
    ASSERT_FALSE(waiting.empty()) << "nothing was sent";
    respond_to(waiting.front(), std::move(response));
  }
  void respond_to(std::size_t index, Expected<HttpResponse> response) {
    sink.sent[index].answered = true;
    sender->on_answer(sink.now, sink.sent[index].id, response);
  }

  static std::string accepted(const model::PlaceOrder& o, std::string_view status = "live") {
    return R"({"success":true,"errorMsg":"","orderID":")" + model::to_text(o.id) + R"(","status":")" +
           std::string(status) + R"(","makingAmount":"","takingAmount":""})";
  }
  static std::string canceled(const model::OrderId& id) {
    return R"({"canceled":[")" + model::to_text(id) + R"("],"not_canceled":{}})";
  }
  static std::string not_canceled(const model::OrderId& id, std::string_view reason) {
    return R"({"canceled":[],"not_canceled":{")" + model::to_text(id) + R"(":")" + std::string(reason) + R"("}})";
  }
  static std::string error(std::string_view text) { return R"({"error":")" + std::string(text) + R"("})"; }
  static std::string venue_order(const model::PlaceOrder& o, std::string_view status, std::string_view matched = "0") {
    return R"({"id":")" + model::to_text(o.id) + R"(","status":")" + std::string(status) + R"(","asset_id":")" +
           kTokens[o.token.value()] + R"(","side":"BUY","original_size":"10","size_matched":")" + std::string(matched) +
           R"(","price":"0.48"})";
  }
  static std::string page(std::string_view lines, std::string_view next = "LTE=") {
    return R"({"limit":100,"count":1,"next_cursor":")" + std::string(next) + R"(","data":[)" + std::string(lines) +
           "]}";
  }

  RecordingSink sink;
  std::unique_ptr<OrderSender> sender;

 private:
  OrderSenderOptions options_;
  polymarket::OrderDigester digester_;
  std::uint64_t salt_ = 0;
};

}  // namespace ebb::session::test
