// Every reader of REST answers, each on every text: it returns, what it accepts is in range, what it refuses it leaves alone,
// and its views stay within the text.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "polymarket/clob_market.hpp"
#include "polymarket/data_api.hpp"
#include "polymarket/errors.hpp"
#include "polymarket/gamma.hpp"
#include "polymarket/rest_answers.hpp"
#include "polymarket/rest_book.hpp"
#include "polymarket/user_decoder.hpp"
#include "polymarket/venue_status.hpp"
#include "require.hpp"

namespace ebb::polymarket {
namespace {

model::MarketTable make_table() {
  model::MarketTable table;
  model::MarketSpec market;
  market.condition_id = "0xc1";
  market.tokens = {model::TokenSpec{"111", "Yes"}, model::TokenSpec{"222", "No"}};
  REQUIRE(table.add(market));
  return table;
}
const model::MarketTable& table() {
  static const model::MarketTable kTable = make_table();
  return kTable;
}

bool within(std::string_view part, std::string_view whole) {
  if (part.data() == nullptr || part.empty()) return true;
  const std::less_equal<> before;
  return before(whole.data(), part.data()) && before(part.data() + part.size(), whole.data() + whole.size());
}
bool is_size(Shares size) { return size >= Shares(0) && size <= kMaxShares; }
bool is_price(Price price) { return price >= Price(0) && price <= kPriceOne; }
bool is_known(model::TokenIndex token) { return !token.valid() || token.value() < table().token_count(); }

void read_placements(AnswerReader& reader, std::string_view body) {
  static std::vector<PlacedEntry> entries;
  (void)reader.placed(body, entries);
  for (const PlacedEntry& entry : entries) {
    REQUIRE(!entry.accepted() || (entry.success && entry.error.empty() && entry.has_id));
    for (const auto side : {model::Side::buy, model::Side::sell}) {
      PlacedOrder order{.side = side, .maker_amount = 5'000'000, .taker_amount = 10'000'000};
      if (entry.id) order.id = *entry.id;
      const model::PlaceAnswer answer = to_place_answer(entry, order);
      REQUIRE(is_size(answer.matched) && answer.dollars >= Usdc(-1));  // -1: not told
      // A refusal, or an answer about another order, says nothing of ours.
      if (!entry.accepted() || entry.id != order.id) REQUIRE(answer.outcome == model::PlaceOutcome::unknown);
      // Nobody gives more than was signed.
      if (side == model::Side::sell) REQUIRE(answer.matched.raw() <= order.maker_amount + 100);
      if (answer.outcome == model::PlaceOutcome::matched) REQUIRE(answer.matched > Shares(0));
    }
  }
}

void read_orders(AnswerReader& reader, std::string_view body) {
  static std::vector<VenueOrder> orders;
  orders.clear();
  const PageEnd end = reader.orders(body, table(), orders);
  REQUIRE(end.ok || (orders.empty() && end.next.empty() && end.skipped == 0));
  for (const VenueOrder& order : orders)
    REQUIRE(is_size(order.original_size) && is_size(order.size_matched) && is_known(order.token));
  if (const auto order = reader.order(body, table()))
    REQUIRE(is_size(order->original_size) && is_size(order->size_matched) && is_known(order->token));
}

void read_account(AnswerReader& reader, std::string_view body) {
  static CancelReport report;
  if (!reader.canceled(body, report)) REQUIRE(report.canceled.empty() && report.not_canceled.empty());
  for (const NotCanceled& left : report.not_canceled) {
    REQUIRE(within(left.reason, body));
    (void)classify_not_canceled(left.reason);
  }
  if (const auto balance = reader.balance(body)) {
    REQUIRE(balance->micros >= 0);
    for (const auto& allowance : balance->allowances) REQUIRE(within(allowance.spender, body));
  }
  if (const auto keys = reader.credentials(body))
    REQUIRE(!keys->key.empty() && !keys->secret.empty() && !keys->passphrase.empty());
  if (const auto beat = reader.heartbeat(body)) REQUIRE(!beat->id.empty());
  (void)reader.closed_only(body);
}

void read_refusal(AnswerReader& reader, std::string_view body) {
  const ErrorBody error = reader.error(body);
  REQUIRE(within(error.text, body) && within(error.code, body) && within(error.heartbeat_id, body));
  REQUIRE(error.retry_after_seconds >= -1 && error.retry_after_seconds < 86'400);
  REQUIRE(error.is_json || error.text.empty());
  for (const int status : {0, 200, 400, 401, 425, 429, 500, 503}) {
    for (const bool headers : {false, true}) {
      const Refusal refusal{status, error.text, error.code};
      const Decision decision = decide(refusal, headers);
      if (status != 200) REQUIRE(decision != Decision::accept);
      if (is_outcome_unknown(refusal, headers)) REQUIRE(decision != Decision::refuse && decision != Decision::accept);
    }
    (void)classify_refusal({status, error.text, error.code});
    (void)venue_mode({status, error.text, error.code});
  }
  REQUIRE(free_of_refusal(error.text) >= -1);
  const std::string words = error_words(body);
  REQUIRE(words.size() <= 120);
  REQUIRE(std::none_of(words.begin(), words.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
}

void read_trades(std::string_view body) {
  static UserDecoder decoder(table(), {"our-key", "0x0000000000000000000000000000000000000001"});
  static UserFrameContent content;
  std::string next;
  content.clear();
  if (!decoder.decode_trades_page(body, content, next)) REQUIRE(content.trades.empty() && content.orders.empty());
  for (const auto& trade : content.trades)
    REQUIRE(trade.token.valid() && is_known(trade.token) && is_price(trade.price) && is_size(trade.size));
}

bool is_condition(std::string_view text) { return text.size() == 66 && text.starts_with("0x"); }

void read_metadata(const HttpResponse& response) {
  if (const auto page = read_gamma_markets(response)) {
    for (const GammaMarket& market : page->markets) {
      const model::MarketSpec& spec = market.spec;
      REQUIRE(is_condition(spec.condition_id) && !spec.tokens[0].token_id.empty() && !spec.tokens[1].token_id.empty());
      REQUIRE(spec.tick > Price(0) && spec.tick < kPriceOne && spec.min_order_size > Shares(0));
      REQUIRE(spec.fees.rate_bps >= 0 && spec.fees.rate_bps <= 10'000);
      REQUIRE(!market.ready_to_trade() || !market.refusal);
    }
  }
  if (const auto market = read_clob_market(response)) {
    REQUIRE(is_condition(market->spec.condition_id));
    REQUIRE(market->spec.tick > Price(0) && market->spec.tick < kPriceOne && market->spec.min_order_size > Shares(0));
  }
  if (const auto market = read_market_by_token(response)) REQUIRE(is_condition(market->condition_id));
  (void)read_version(response);
  (void)read_time(response);
  (void)read_geoblock(response);
}

void read_data_api(const HttpResponse& response) {
  const auto check_end = [](const auto& page) { REQUIRE(!page.has_more || !page.next_cursor.empty()); };
  if (const auto page = read_positions(response)) {
    check_end(*page);
    for (const ApiPosition& row : page->rows) REQUIRE(is_size(row.size) && row.average <= kPriceOne);
  }
  if (const auto page = read_activity(response)) {
    check_end(*page);
    for (const ApiActivity& row : page->rows) REQUIRE(is_size(row.size) && row.price <= kPriceOne && row.time.is_set());
  }
  if (const auto page = read_resolutions(response)) {
    check_end(*page);
    for (const ApiResolution& row : page->rows) REQUIRE(row.payouts[0] + row.payouts[1] == kUsdcScale);
  }
}

void read_books(const HttpResponse& response) {
  static RestBookReader reader;
  static std::vector<RestBook> books;
  static std::vector<RestBookHead> heads;
  static JsonTree tree;
  const bool glanced = glance_at_books(response.body, heads);
  if (glanced) {
    for (const RestBookHead& head : heads)
      REQUIRE(within(head.text, response.body) && within(head.asset_id, response.body));
  }
  if (reader.read(response, books)) {
    for (const RestBook& book : books) {
      REQUIRE(within(book.text, response.body) && book.text.starts_with('{') && book.text.ends_with('}'));
      for (std::size_t i = 1; i < book.bids.size(); ++i) REQUIRE(book.bids[i - 1].price < book.bids[i].price);
      for (std::size_t i = 1; i < book.asks.size(); ++i) REQUIRE(book.asks[i - 1].price > book.asks[i].price);
    }
  }
  if (const auto prices = read_prices(response, tree)) {
    for (const TokenPrices& p : *prices)
      REQUIRE((p.bid == model::kNoPrice || is_price(p.bid)) && (p.ask == model::kNoPrice || is_price(p.ask)));
  }
  if (const auto price = read_price(response, tree)) REQUIRE(is_price(*price));
  if (const auto middle = read_midpoint(response, tree)) REQUIRE(is_price(*middle));
}

}  // namespace
}  // namespace ebb::polymarket

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ebb::polymarket;
  static AnswerReader reader;
  static ebb::HttpResponse response;
  response.body.assign(reinterpret_cast<const char*>(data), size);
  read_placements(reader, response.body);
  read_orders(reader, response.body);
  read_account(reader, response.body);
  read_refusal(reader, response.body);
  read_trades(response.body);
  read_metadata(response);
  read_data_api(response);
  read_books(response);
  return 0;
}
