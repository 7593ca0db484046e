// What the journal's tests share: markets, records, a directory of their own.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "model/record.hpp"
#include "store/journal.hpp"

namespace ebb::store::testing {

inline const JournalAccount kAccount{"paper", "0x00000000000000000000000000000000000000A1"};
inline const Timestamp kStart = from_ms(1'790'000'000'000);

inline Timestamp at(std::int64_t ms) { return kStart + milliseconds(ms); }

inline model::OrderId order_id(int n) {
  model::OrderId id;
  id.bytes[0] = 0xEB;
  id.bytes[28] = static_cast<std::uint8_t>(n >> 24);
  id.bytes[29] = static_cast<std::uint8_t>(n >> 16);
  id.bytes[30] = static_cast<std::uint8_t>(n >> 8);
  id.bytes[31] = static_cast<std::uint8_t>(n);
  return id;
}

inline model::TradeId trade_id(int n) { return *model::make_trade_id("trade-" + std::to_string(n)); }

/// Market `n` has the tokens 2n (YES) and 2n + 1 (NO).
inline MarketRegistration market(int n) {
  MarketRegistration r;
  r.time = kStart;
  r.spec.condition_id = "0x" + std::string(60, 'c') + std::to_string(1000 + n);
  r.spec.slug = "market-" + std::to_string(n);
  r.spec.question = "Will it?";
  r.spec.event = n % 2 == 0 ? "" : "event";
  r.spec.tokens = {model::TokenSpec{std::to_string(70000 + 2 * n), "Yes"},
                   model::TokenSpec{std::to_string(70001 + 2 * n), "No"}};
  r.spec.tick = Price(10);
  r.spec.min_order_size = shares_of(7);
  r.spec.neg_risk = n % 2 == 1;
  r.spec.version = model::ProtocolVersion::v2;
  r.spec.fees = {700, 2};
  r.spec.start = kStart - hours(1);
  r.spec.end = kStart + hours(5);
  r.spec.end_precision = model::EndPrecision::exact;
  r.tokens = {model::TokenIndex(static_cast<std::uint32_t>(2 * n)),
              model::TokenIndex(static_cast<std::uint32_t>(2 * n + 1))};
  return r;
}
inline std::string token_text(std::uint32_t index) { return std::to_string(70000 + index); }

inline model::IntentRecord intent(int order, std::uint32_t token, model::Side side = model::Side::buy) {
  model::IntentRecord r;
  r.order.id = order_id(order);
  r.order.token = model::TokenIndex(token);
  r.order.side = side;
  r.order.type = model::OrderType::gtd;
  r.order.crossing = model::Crossing::post_only;
  r.order.purpose = side == model::Side::buy ? model::OrderPurpose::dip_buy : model::OrderPurpose::take_profit;
  r.order.price = Price(4800);
  r.order.size = shares_of(10);
  r.order.maker_amount = 4'800'000;
  r.order.taker_amount = 10'000'000;
  r.order.salt = 9'007'199'254'740'991ULL;
  r.order.time = kStart;
  r.order.expiration = kStart + minutes(10);
  r.order.drop_after = kStart + seconds(2);
  r.reference = Price(4700);
  r.cycle = 3;
  return r;
}

inline model::OrderRecord step(int order, std::uint32_t token, model::OrderStep what, model::OrderState state) {
  model::OrderRecord r;
  r.id = order_id(order);
  r.token = model::TokenIndex(token);
  r.step = what;
  r.state = state;
  return r;
}

inline model::FillRecord fill(int trade, int order, std::uint32_t token, model::TradeStatus status,
                              Timestamp matched = kStart) {
  model::FillRecord r;
  r.trade.trade = trade_id(trade);
  r.trade.order = order_id(order);
  r.trade.token = model::TokenIndex(token);
  r.trade.price = Price(4800);
  r.trade.size = shares_of(10);
  r.trade.status = status;
  r.trade.time = matched;
  r.dollars = Usdc(4'800'000);
  r.fee = Usdc(1'234);
  return r;
}

inline model::LedgerRecord deposit(Usdc dollars) {
  model::LedgerRecord r;
  r.change = model::LedgerChange::deposited;
  r.dollars = dollars;
  return r;
}

inline model::PositionRecord position(std::uint32_t token, Shares size, Usdc cost) {
  model::PositionRecord r;
  r.token = model::TokenIndex(token);
  r.size = size;
  r.cost = cost;
  r.realized = Usdc(-77);
  r.fees = Usdc(5);
  r.cash_flow = Usdc(-4'800'000);
  r.adopted = Usdc(12);
  r.buy_fills = 2;
  r.sell_fills = 1;
  r.round_trips = 4;
  r.trip_open = size.raw() != 0;
  return r;
}

inline RunStart run_start(Timestamp time = kStart) { return {time, kAccount, "0.1.0", 4711, 42}; }

/// A directory that is gone after the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "ebb-journal-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A journal in memory with a run and two markets (tokens 0 to 3).
inline Journal journal_in_memory(const Retention& retention = {}) {
  auto journal = Journal::in_memory(retention);
  EXPECT_TRUE(journal.has_value());
  EXPECT_TRUE(journal->db().begin_run(run_start()));
  EXPECT_TRUE(journal->db().add_market(market(0)));
  EXPECT_TRUE(journal->db().add_market(market(1)));
  return std::move(*journal);
}

/// Ends a test that cannot go on without a value.
template <class T>
T value(Expected<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().code << ": " << result.error().message;
    std::abort();
  }
  return std::move(*result);
}

}  // namespace ebb::store::testing
