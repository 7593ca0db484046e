#include "exchange/agent_desk.hpp"

#include <algorithm>
#include <cstring>

namespace ebb::exchange {
namespace {

constexpr std::uint64_t kIdStream = 0xA6E17;
constexpr Usdc kCashPerMarket = dollars(500'000);
constexpr Shares kPairsPerMarket = shares_of(300'000);
constexpr int kStepsPerPass = 6;
constexpr int kTouchLevels = 3;   // renewed at once; deeper levels one at a time
constexpr double kTouchSize = 40.0;

Price price_at(const Price touch, Direction side, Price tick, int levels_away) {
  return side == Direction::bid ? touch - tick * levels_away : touch + tick * levels_away;
}
bool in_range(Price price, Price tick) { return price >= tick && price <= kPriceOne - tick; }

}  // namespace

Shares draw_size(Random& random, double median_shares, double sigma, std::int64_t max_shares) {
  const double drawn = random.lognormal(median_shares, sigma);
  const auto whole = static_cast<std::int64_t>(std::min(drawn, static_cast<double>(max_shares)));
  Shares size = shares_of(std::max<std::int64_t>(whole, 5));
  if (random.chance(0.3)) size += Shares(random.between(1, 99) * kLot.raw());
  return size;
}

AgentDesk::AgentDesk(Exchange& exchange, const AgentConfig& config) : ids_(Random::stream(config.seed, kIdStream)) {
  const std::size_t markets = exchange.markets().market_count();
  for (AccountIndex& account : accounts_) {
    account = exchange.open_account({kCashPerMarket * static_cast<std::int64_t>(markets), {}, false}, config.start);
    for (std::uint32_t m = 0; m < markets; ++m) {
      (void)exchange.split(config.start, account, model::MarketIndex(m), kPairsPerMarket);
    }
  }
}

model::OrderId AgentDesk::next_id() {
  model::OrderId id;
  for (std::size_t i = 0; i < id.bytes.size(); i += 8) {
    std::uint64_t word = ids_.next();
    for (std::size_t k = 0; k < 8; ++k, word >>= 8) id.bytes[i + k] = static_cast<std::uint8_t>(word);
  }
  return id;
}

bool AgentDesk::post(Exchange& exchange, Pit& pit, Role role, Direction direction, Price yes_price, Shares size,
                     model::OrderId& id) {
  // Half of the crowd says the same in the other token: BUY NO for SELL YES, SELL NO for BUY YES.
  const std::uint8_t outcome = pit.random.chance(0.4) ? 1 : 0;
  OrderRequest request;
  request.id = id = next_id();
  request.account = accounts_[role];
  request.token = exchange.markets().token_of(pit.market, outcome);
  request.side = (direction == Direction::bid) == (outcome == 0) ? model::Side::buy : model::Side::sell;
  request.price = in_terms_of(outcome, yes_price);
  request.size = size;
  const bool placed = exchange.place(exchange.now(), request).success;
  ++(placed ? stats.orders : stats.refused);
  return placed;
}

bool AgentDesk::take(Exchange& exchange, Pit& pit, Role role, Direction direction, Price yes_limit, Shares size) {
  const std::uint8_t outcome = pit.random.chance(0.4) ? 1 : 0;
  OrderRequest request;
  request.id = next_id();
  request.account = accounts_[role];
  request.token = exchange.markets().token_of(pit.market, outcome);
  request.side = (direction == Direction::bid) == (outcome == 0) ? model::Side::buy : model::Side::sell;
  request.type = model::OrderType::fak;
  request.crossing = model::Crossing::allowed;
  request.price = in_terms_of(outcome, yes_limit);
  request.size = size;
  if (request.side == model::Side::buy) {
    // by budget, in whole cents and at least a dollar (protocol 5.5): such fills have six decimals
    constexpr std::int64_t kCent = 10'000;
    const std::int64_t cents = notional(request.price, size).raw() / kCent;
    request.maker_amount = std::max<std::int64_t>(cents, 100) * kCent;
  }
  const bool matched = exchange.place(exchange.now(), request).success;
  ++(matched ? stats.takers : stats.refused);
  return matched;
}

void AgentDesk::cancel(Exchange& exchange, Role role, const model::OrderId& id) {
  if (exchange.cancel(exchange.now(), accounts_[role], id).canceled) ++stats.cancels;
}

bool AgentDesk::is_live(const Exchange& exchange, Role role, const model::OrderId& id) const {
  return exchange.status(accounts_[role], id).status == model::VenueOrderStatus::live;
}

LadderKeeper::Targets LadderKeeper::targets(const Exchange& exchange, const Pit& pit, double centre) {
  const Price tick = exchange.tick(pit.market);
  const double grid = centre * kPriceScale;
  const double margin = pit.margin * tick.raw();
  const Price lowest = tick, highest = kPriceOne - tick;
  Price bid = floor_to_tick(std::clamp(Price(static_cast<std::int32_t>(grid - margin)), lowest, highest), tick);
  Price ask = ceil_to_tick(std::clamp(Price(static_cast<std::int32_t>(grid + margin) + 1), lowest, highest), tick);
  if (ask <= bid) (bid > lowest ? bid : ask) = bid > lowest ? ask - tick : bid + tick;
  return {{bid, ask}, tick};
}

/// Cancels own orders that stand beyond the touch they should have, and those far behind it. Returns the steps left.
int LadderKeeper::withdraw(Exchange& exchange, AgentDesk& desk, Pit& pit, const Targets& t, int budget) const {
  for (const Direction side : {Direction::bid, Direction::ask}) {
    auto& rungs = pit.rungs[static_cast<std::size_t>(side)];
    const Price touch = t.touch[static_cast<std::size_t>(side)];
    const Price far = price_at(touch, side, t.tick, levels_ + 10);
    for (std::size_t i = 0; i < rungs.size();) {
      const Price price = rungs[i].yes_price;
      const bool gone = !desk.is_live(exchange, AgentDesk::maker, rungs[i].id);
      const bool dear = side == Direction::bid ? price > touch : price < touch;
      const bool lost = side == Direction::bid ? price < far : price > far;
      if (!gone && !((dear || lost) && budget > 0)) {
        ++i;
        continue;
      }
      if (!gone) {
        desk.cancel(exchange, AgentDesk::maker, rungs[i].id);
        --budget;
      }
      rungs[i] = rungs.back();
      rungs.pop_back();
    }
  }
  return budget;
}

/// Somebody offers below what makers bid, or bids above what they ask: they take it.
void LadderKeeper::take_mispriced(Exchange& exchange, AgentDesk& desk, Pit& pit, const Targets& t) const {
  const OrderBook& book = exchange.book(pit.market);
  const Price best_ask = book.best(Direction::ask), best_bid = book.best(Direction::bid);
  if (!book.empty(Direction::ask) && best_ask <= t.touch[0]) {
    desk.take(exchange, pit, AgentDesk::informed, Direction::bid, best_ask, book.level_size(Direction::ask, best_ask));
  } else if (!book.empty(Direction::bid) && best_bid >= t.touch[1]) {
    desk.take(exchange, pit, AgentDesk::informed, Direction::ask, best_bid, book.level_size(Direction::bid, best_bid));
  }
}

/// Posts missing levels [first, last) of both sides. Returns the steps left.
int LadderKeeper::renew(Exchange& exchange, AgentDesk& desk, Pit& pit, const Targets& t, int first, int last,
                        int budget) const {
  for (int away = first; away < last; ++away) {
    for (const Direction side : {Direction::bid, Direction::ask}) {
      auto& rungs = pit.rungs[static_cast<std::size_t>(side)];
      const Price price = price_at(t.touch[static_cast<std::size_t>(side)], side, t.tick, away);
      const bool there = std::any_of(rungs.begin(), rungs.end(), [&](const Rung& r) { return r.yes_price == price; });
      if (there || budget <= 0 || !in_range(price, t.tick)) continue;
      const double median = kTouchSize * (away < kTouchLevels ? 1.0 : 1.0 + 0.6 * away);
      Rung rung{price, {}};
      if (desk.post(exchange, pit, AgentDesk::maker, side, price, draw_size(pit.random, median, 0.9, 5000), rung.id)) {
        rungs.push_back(rung);
      }
      --budget;
    }
  }
  return budget;
}

void LadderKeeper::open(Exchange& exchange, AgentDesk& desk, Pit& pit, double centre) const {
  renew(exchange, desk, pit, targets(exchange, pit, centre), 0, levels_, 2 * levels_);
}

bool LadderKeeper::requote(Exchange& exchange, AgentDesk& desk, Pit& pit, double centre) const {
  const Targets t = targets(exchange, pit, centre);
  int budget = withdraw(exchange, desk, pit, t, kStepsPerPass);
  take_mispriced(exchange, desk, pit, t);
  budget = renew(exchange, desk, pit, t, 0, kTouchLevels, budget);
  if (budget > 0) renew(exchange, desk, pit, t, kTouchLevels, levels_, 1);
  return budget > 0;
}

}  // namespace ebb::exchange
