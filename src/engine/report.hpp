// What the engine tells of itself: money, and one report a token (the answer of `explain`).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "engine/stats.hpp"
#include "engine/token_trader.hpp"
#include "model/market_data.hpp"
#include "model/order.hpp"

namespace ebb::engine {

/// Dollars, total first (rules 5.4). total = cash + positions marked at executable bid depth - capital put in.
struct Money {
  Usdc total;
  Usdc realized;     ///< net of nothing: fees stand apart
  Usdc unrealized;   ///< marked value - cost
  Usdc fees;
  Usdc cash;         ///< by matches
  Usdc reserved;     ///< open BUYs
  Usdc marked;       ///< value of all positions at executable bid depth
};

struct OrderReport {
  model::OrderId id;
  model::Side side = model::Side::buy;
  model::OrderState state = model::OrderState::intent;
  Price price;
  Shares size;
  Shares filled;
  Duration age;
};

/// Why a token does what it does, or nothing.
struct TokenReport {
  model::TokenIndex token;
  std::string token_id;
  std::string outcome;
  std::string question;
  std::string slug;
  std::string tier;
  Phase phase = Phase::idle;
  std::string reason;             ///< in words: what it waits for, or what it does
  std::vector<std::string> guards;///< every block and guard that holds now
  model::Quote quote;             ///< net of our orders
  Price tick{100};
  bool trusted = false;
  std::string untrusted_reason;
  Duration data_age;
  Duration link_age;
  // signal
  Price window_high{0};           ///< mid, rounded down to the grid
  double drop_now = 0.0;          ///< (high - mid) / high
  double drop_needed = 0.0;
  std::int32_t drop_ticks_needed = 0;
  double max_drop = 0.0;          ///< since the window's high
  std::uint64_t window_points = 0;
  Duration window;
  Timestamp last_signal;
  std::string last_refusal;
  std::uint64_t refusal_repeats = 0;
  // position
  Shares size;
  Shares sellable;
  Shares settling;
  Usdc cost;
  std::int64_t average_cost_micros = 0;
  Usdc mark;
  Usdc realized;
  Usdc unrealized;
  Usdc fees;
  Price floor{0};
  model::PositionClass position_class = model::PositionClass::zero;
  std::uint32_t fills = 0;
  std::uint32_t round_trips = 0;
  // budget
  Usdc open_buys;
  Usdc market_worst_loss;
  Usdc total_worst_loss;
  std::vector<OrderReport> orders;
  std::vector<Decision> decisions;  ///< oldest first
  TokenStats stats;
};

}  // namespace ebb::engine
