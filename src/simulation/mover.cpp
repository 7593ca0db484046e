#include "simulation/mover.hpp"

#include <algorithm>

namespace ebb::simulation {
namespace {

using exchange::Direction;
using exchange::Exchange;

constexpr std::uint64_t kStream = 0x30E4;
constexpr Usdc kCashPerMarket = dollars(1'000'000);
constexpr Shares kPairsPerMarket = shares_of(200'000);
constexpr Duration kReturnStep = milliseconds(1'500);

}  // namespace

Mover::Mover(Exchange& exchange, const MoverConfig& config)
    : config_(config), random_(Random::stream(config.seed, kStream)), next_(config.start) {
  const auto markets = static_cast<std::uint32_t>(exchange.markets().market_count());
  maker_ = exchange.open_account({kCashPerMarket * markets, {}, false}, config.start);
  taker_ = exchange.open_account({kCashPerMarket * markets, {}, false}, config.start);
  for (std::uint32_t m = 0; m < markets; ++m) {
    const model::MarketIndex market(m);
    for (const auto account : {maker_, taker_}) (void)exchange.split(config.start, account, market, kPairsPerMarket);
    Pit pit;
    pit.market = market;
    pit.unit = std::max(exchange.markets().market(market).tick, Price(10)) * config.unit_ticks;
    const std::int32_t whole = kPriceScale / pit.unit.raw();
    pit.fair = static_cast<std::int32_t>(random_.between(whole * 3 / 10, whole * 7 / 10));
    pit.next_move = config.start + Duration(random_.between(0, config.between_jumps.raw()));
    pits_.push_back(pit);
    for (const Direction side : {Direction::bid, Direction::ask}) {
      for (int level = 0; level < kDepth; ++level) place(exchange, pits_.back(), side, level);
    }
  }
}

void Mover::act(Exchange& exchange, Timestamp now) {
  while (next_ <= now) {
    step(exchange, next_);
    next_ = next_ + Duration(1 + static_cast<std::int64_t>(random_.exponential(1e9 / config_.steps_per_second)));
  }
}

void Mover::step(Exchange& exchange, Timestamp now) {
  Pit& pit = pits_[random_.below(pits_.size())];
  if (!exchange.is_open(pit.market)) return;
  if (now >= pit.next_move) return move(exchange, pit, now);
  random_.chance(config_.take_share) ? take(exchange, pit) : toggle(exchange, pit);
}

Price Mover::target(const Pit& pit, Direction side, int level) const {
  const std::int32_t away = level + 1;
  return pit.unit * (side == Direction::bid ? pit.fair - away : pit.fair + away);
}

// A level behind the touch comes or goes: one price_change. The touch itself is always restored.
void Mover::toggle(Exchange& exchange, Pit& pit) {
  const Direction side = random_.below(2) == 0 ? Direction::bid : Direction::ask;
  auto& rungs = pit.rungs[static_cast<std::size_t>(side)];
  if (!rungs[0].placed || exchange.status(maker_, rungs[0].id).status != model::VenueOrderStatus::live)
    return place(exchange, pit, side, 0);
  const auto level = static_cast<int>(1 + random_.below(kDepth - 1));
  Rung& rung = rungs[static_cast<std::size_t>(level)];
  rung.placed ? cancel(exchange, rung) : place(exchange, pit, side, level);
}

// Jumps and drifts. What jumped comes back unit by unit, as a rule.
void Mover::move(Exchange& exchange, Pit& pit, Timestamp now) {
  const std::int32_t whole = kPriceScale / pit.unit.raw();
  if (pit.away != 0 && pit.returns) {
    const std::int32_t home = pit.away > 0 ? -1 : 1;
    pit.fair += home;
    pit.away += home;
    pit.next_move = now + Duration(random_.between(kReturnStep.raw() / 3, kReturnStep.raw() * 3));
  } else {
    const auto jump = static_cast<std::int32_t>(random_.between(1, 4)) * (random_.below(2) == 0 ? 1 : -1);
    pit.away = jump;
    pit.returns = !random_.chance(0.2);
    pit.fair += jump;
    pit.next_move = now + Duration(random_.between(kReturnStep.raw(), 2 * config_.between_jumps.raw()));
  }
  const std::int32_t margin = whole * 15 / 100;
  if (pit.fair < margin || pit.fair > whole - margin) {
    pit.fair = std::clamp(pit.fair, margin, whole - margin);
    pit.away = 0;
  }
  follow(exchange, pit);
  if (random_.chance(0.5)) take(exchange, pit);
}

// The whole ladder moves: what stands too near goes first, so that our orders do not meet each other.
void Mover::follow(Exchange& exchange, Pit& pit) {
  for (const Direction side : {Direction::bid, Direction::ask}) {
    for (Rung& rung : pit.rungs[static_cast<std::size_t>(side)]) {
      if (rung.placed) cancel(exchange, rung);
    }
  }
  for (const Direction side : {Direction::bid, Direction::ask}) {
    const auto depth = static_cast<int>(2 + random_.below(kDepth - 1));
    for (int level = 0; level < depth; ++level) place(exchange, pit, side, level);
  }
}

void Mover::take(Exchange& exchange, Pit& pit) {
  const Direction side = random_.below(2) == 0 ? Direction::bid : Direction::ask;
  const auto reach = static_cast<int>(random_.below(2));
  const Price limit = target(pit, side == Direction::bid ? Direction::ask : Direction::bid, reach);
  const Shares size = shares_of(random_.between(3, 60));
  model::OrderId id;
  (void)send(exchange, pit, taker_, side, model::OrderType::fak, limit, size, id);
}

void Mover::place(Exchange& exchange, Pit& pit, Direction side, int level) {
  Rung& rung = pit.rungs[static_cast<std::size_t>(side)][static_cast<std::size_t>(level)];
  rung.price = target(pit, side, level);
  const Shares size = shares_of(random_.between(5, 40));
  rung.placed = send(exchange, pit, maker_, side, model::OrderType::gtc, rung.price, size, rung.id);
}

void Mover::cancel(Exchange& exchange, Rung& rung) {
  (void)exchange.cancel(exchange.now(), maker_, rung.id);
  rung.placed = false;
}

// Asks are SELLs of YES or BUYs of NO, by turns.
bool Mover::send(Exchange& exchange, const Pit& pit, exchange::AccountIndex account, Direction side,
                 model::OrderType type, Price yes_price, Shares size, model::OrderId& id) {
  const Price tick = exchange.tick(pit.market);
  if (yes_price < tick || yes_price > kPriceOne - tick) return false;
  const std::uint8_t outcome = random_.below(3) == 0 ? 1 : 0;
  exchange::OrderRequest request;
  for (std::size_t i = 0; i < 8; ++i) request.id.bytes[i] = static_cast<std::uint8_t>(serial_ >> (8 * i));
  request.id.bytes[31] = 0x30;
  ++serial_;
  request.account = account;
  request.token = exchange.markets().token_of(pit.market, outcome);
  request.side = (side == Direction::bid) == (outcome == 0) ? model::Side::buy : model::Side::sell;
  request.type = type;
  request.crossing = model::Crossing::allowed;
  request.price = exchange::in_terms_of(outcome, yes_price);
  request.size = size;
  if (type == model::OrderType::fak && request.side == model::Side::buy) {
    constexpr std::int64_t kCent = 10'000;  // by budget, at least a dollar (protocol 5.5)
    request.maker_amount = std::max<std::int64_t>(notional(request.price, size).raw() / kCent, 100) * kCent;
  }
  id = request.id;
  const exchange::PlaceResult result = exchange.place(exchange.now(), request);
  return result.success && result.outcome != model::PlaceOutcome::matched;
}

}  // namespace ebb::simulation
