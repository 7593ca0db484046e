// Record streams for the journal's tests, each record made of a few small numbers, so that a failing stream shrinks.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "store/journal_fixture.hpp"

namespace ebb::store::testing {

inline constexpr std::uint32_t kStreamTokens = 6;  ///< of the markets 0 to 2

/// What a record is made of: its kind, which token, order and trade it names, and one more number.
struct Draw {
  std::uint8_t kind = 0;
  std::uint8_t token = 0;
  std::uint8_t order = 0;
  std::uint8_t trade = 0;
  std::uint8_t value = 0;
};

namespace stream_detail {

inline model::OrderRecord order_record(const Draw& d, std::uint32_t token) {
  model::OrderRecord r =
      step(d.order, token, static_cast<model::OrderStep>(d.value % 10), static_cast<model::OrderState>(d.value % 9));
  r.filled = Shares(d.value * 1000);
  r.claimed = Shares(d.value * 1001);
  r.ended_at_venue = (d.value & 1) != 0;
  r.cancel_requested = (d.value & 2) != 0;
  r.unexplained = (d.value & 4) != 0;
  if (r.cancel_requested) r.cancel_reason = static_cast<model::CancelReason>(d.value % 20);
  r.reject = static_cast<model::RejectKind>(d.trade % 20);
  return r;
}

inline model::LedgerRecord ledger_record(const Draw& d, std::uint32_t token) {
  model::LedgerRecord r;
  r.change = static_cast<model::LedgerChange>(d.value % 6);
  if (r.change != model::LedgerChange::deposited) r.token = model::TokenIndex(token);
  r.size = Shares(d.trade * 10'001);
  r.dollars = Usdc(d.order * 999 - 20'000);
  r.payout = Price(d.value);
  r.cost_known = (d.trade & 1) == 0;
  return r;
}

}  // namespace stream_detail

/// The record of a draw. An order and a trade always name the same token, price and size, as they do in life.
inline model::Record record_of(const Draw& d, Timestamp time) {
  const std::uint32_t token = d.token % kStreamTokens;
  const std::uint32_t order_token = d.order % kStreamTokens;
  const auto index = model::TokenIndex(token);
  switch (d.kind % 12) {
    case 0:
    case 1: {
      model::IntentRecord r = intent(d.order, order_token, d.order % 2 == 0 ? model::Side::buy : model::Side::sell);
      r.order.type = static_cast<model::OrderType>(d.order % 4);
      r.order.time = time;
      return {time, r};
    }
    case 2:
    case 3: return {time, stream_detail::order_record(d, order_token)};
    case 4:
    case 5: {
      const std::int64_t age = d.trade % 4;  // days: some are older than any horizon
      model::FillRecord r =
          fill(d.trade, d.order, order_token, static_cast<model::TradeStatus>(d.value % 5), kStart - hours(24) * age);
      return {time, r};
    }
    case 6: return {time, stream_detail::ledger_record(d, token)};
    case 7: return {time, position(token, Shares(d.value * 100), Usdc(d.trade * 10))};
    case 8: return {time, model::TokenRecord{index, d.value, "HOLDING", d.trade, Price(d.order)}};
    case 9: return {time, model::SweepRecord{kStart - hours(d.value % 48)}};
    case 10: return {time, model::SignalRecord{index, Price(d.value), Price(d.trade), "MAX_SPREAD"}};
    default: return {time, model::IncidentRecord{"GAP", index, model::ConnectionIndex(d.order), d.value}};
  }
}

/// The `n`-th record of the stream of a seed.
inline model::Record stream_record(std::uint64_t seed, int n) {
  Random random(seed * 1'000'003 + static_cast<std::uint64_t>(n));
  Draw d;
  d.kind = static_cast<std::uint8_t>(random.below(12));
  d.token = static_cast<std::uint8_t>(random.below(256));
  d.order = static_cast<std::uint8_t>(random.below(40));
  d.trade = static_cast<std::uint8_t>(random.below(60));
  d.value = static_cast<std::uint8_t>(random.below(256));
  return record_of(d, at(n));
}

inline std::vector<std::string> stream_tokens() {
  std::vector<std::string> tokens;
  for (std::uint32_t i = 0; i < kStreamTokens; ++i) tokens.push_back(token_text(i));
  return tokens;
}

}  // namespace ebb::store::testing
