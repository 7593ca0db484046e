#include "exchange/agents.hpp"

#include <algorithm>
#include <queue>
#include <utility>

#include "base/check.hpp"
#include "exchange/agent_desk.hpp"

namespace ebb::exchange {
namespace {

constexpr std::uint64_t kPitStream = 0x9170'0000;
constexpr double kLn2 = 0.6931471805599453;
constexpr Duration kFinale = seconds(45);  // before a market's end: news only, and more of it

// Flow of a busy market of the default demo, a second. Calibrated so that it makes about kBusyEvents market events.
constexpr double kBusyEvents = 9.0;
constexpr double kNoisePlaceRate = 1.2;
constexpr double kNoiseTakeRate = 0.45;
constexpr double kDriftRate = 0.15;
constexpr double kJumpRate = 1.0 / 5.0;
constexpr double kMartingaleNoise = 1.7;  // more patient orders in place of the missing takers
constexpr double kRequoteRate = 0.4;
constexpr double kNoiseLife = 25.0;       // mean seconds of a noise order
constexpr double kFollowerSize = 24.0;      // median shares
constexpr double kFollowerSpan = 2.0;     // seconds over which a jump's followers come

enum class Action : std::uint8_t {
  open,
  noise_place,
  noise_cancel,
  noise_take,
  drift,
  jump,
  follow,
  pick,
  requote,
  beat,
  finish
};

struct Plan {
  Timestamp at;
  std::uint64_t sequence = 0;
  Action action = Action::open;
  std::uint32_t pit = 0;
  Direction direction = Direction::bid;
  model::OrderId order;
  friend bool operator>(const Plan& a, const Plan& b) { return a.at != b.at ? a.at > b.at : a.sequence > b.sequence; }
};

Duration of_seconds(double s) { return Duration(static_cast<std::int64_t>(s * 1e9) + 1); }
double sign_of(Direction d) { return d == Direction::bid ? 1.0 : -1.0; }

}  // namespace

std::optional<AgentModel> parse_agent_model(std::string_view name) {
  if (name == "reverting") return AgentModel::reverting;
  if (name == "martingale") return AgentModel::martingale;
  return std::nullopt;
}
std::string_view to_text(AgentModel model) { return model == AgentModel::reverting ? "reverting" : "martingale"; }

class Agents::Impl {
 public:
  Impl(Exchange& exchange, const AgentConfig& c) : config(c), desk(exchange, c), ladder(c.levels) {
    const auto count = static_cast<std::uint32_t>(exchange.markets().market_count());
    for (std::uint32_t m = 0; m < count; ++m) add_pit(exchange, m, count);
  }

  void act(Exchange& exchange, Timestamp now) {
    while (!plans.empty() && plans.top().at <= now) {
      const Plan plan = plans.top();
      plans.pop();
      if (exchange.is_open(pits[plan.pit].market)) carry_out(exchange, plan, now);
    }
  }

  [[nodiscard]] double centre(const Pit& pit, Timestamp now) const { return pit.fair + pressure(pit, now); }
  [[nodiscard]] double pressure(const Pit& pit, Timestamp now) const {
    if (pit.pressure == 0.0) return 0.0;
    return pit.pressure * portable_exp(-kLn2 * to_seconds(now - pit.pressure_at) / to_seconds(config.half_life));
  }

  AgentConfig config;
  AgentDesk desk;
  LadderKeeper ladder;
  std::vector<Pit> pits;
  std::priority_queue<Plan, std::vector<Plan>, std::greater<>> plans;
  std::uint64_t sequence = 0;

 private:
  void add_pit(Exchange& exchange, std::uint32_t m, std::uint32_t count) {
    Pit pit(model::MarketIndex(m), Random::stream(config.seed, kPitStream + m));
    const model::MarketSpec& spec = exchange.markets().market(pit.market);
    const auto busy = static_cast<std::uint32_t>(std::max(1.0, config.busy_markets * count + 0.5));
    const bool is_busy = m < busy;
    const std::uint32_t peers = is_busy ? busy : std::max(1U, count - busy);
    const double share = (is_busy ? config.busy_flow : 1.0 - config.busy_flow) / peers;
    // peers differ, but their sum stays what it is: odd ones get what even ones lack
    const double uneven = is_busy ? 0.2 : 0.7;
    const double factor = m + 1 == count && peers % 2 == 1 ? 1.0 : (m % 2 == 0 ? 1.0 + uneven : 1.0 - uneven);
    pit.rate = config.events_per_market_second * count * share * factor / kBusyEvents;
    pit.unit = spec.tick;
    pit.fair = pit.anchor = 0.3 + 0.4 * pit.random.unit();
    pit.margin = is_busy ? 0.15 : 0.4;
    if (spec.end.is_set() && spec.end_precision == model::EndPrecision::exact) pit.end = spec.end;
    pits.push_back(std::move(pit));
    plan(config.start + milliseconds(10 * (m + 1)), Action::open, m);
    if (pits.back().end != kNever) plan(pits.back().end, Action::finish, m);
  }

  void plan(Timestamp at, Action action, std::uint32_t pit, Direction direction = Direction::bid,
            const model::OrderId& order = {}) {
    plans.push({at, ++sequence, action, pit, direction, order});
  }
  void plan_in(double mean_seconds, Timestamp now, Action action, std::uint32_t pit) {
    plan(now + of_seconds(pits[pit].random.exponential(mean_seconds)), action, pit);
  }
  void plan_requote(Timestamp now, std::uint32_t p, double fastest = 0.04, double slowest = 0.3) {
    Pit& pit = pits[p];
    if (pit.requote_pending) return;
    pit.requote_pending = true;
    plan(now + of_seconds(fastest + (slowest - fastest) * pit.random.unit()), Action::requote, p);
  }
  [[nodiscard]] bool martingale() const { return config.model == AgentModel::martingale; }
  [[nodiscard]] double noise_rate(const Pit& pit) const {
    return kNoisePlaceRate * pit.rate * (martingale() ? kMartingaleNoise : 1.0);
  }
  [[nodiscard]] static bool in_finale(const Pit& pit, Timestamp now) {
    return pit.end != kNever && now + kFinale >= pit.end;
  }

  void carry_out(Exchange& exchange, const Plan& plan_now, Timestamp now) {
    const std::uint32_t p = plan_now.pit;
    Pit& pit = pits[p];
    switch (plan_now.action) {
      case Action::open: open(exchange, p, now); break;
      case Action::noise_place:
        noise_place(exchange, p, now);
        plan_in(1.0 / noise_rate(pit), now, Action::noise_place, p);
        break;
      case Action::noise_cancel: desk.cancel(exchange, AgentDesk::noise, plan_now.order); break;
      case Action::noise_take:
        noise_take(exchange, p, now);
        plan_in(1.0 / (kNoiseTakeRate * pit.rate), now, Action::noise_take, p);
        break;
      case Action::drift:
        move_fair(pit, pit.random.normal() * 0.5 * pit.unit.raw() / kPriceScale);
        if (martingale()) plan_pick(p, now);
        plan_requote(now, p);
        plan_in(1.0 / (kDriftRate * pit.rate * (martingale() ? 4.0 : 1.0)), now, Action::drift, p);
        break;
      case Action::jump:
        jump(exchange, p, now);
        plan_in(1.0 / (kJumpRate * pit.rate * (in_finale(pit, now) ? 2.0 : 1.0)), now, Action::jump, p);
        break;
      case Action::follow: take_touch(exchange, p, plan_now.direction, AgentDesk::taker, kFollowerSize, now); break;
      case Action::pick: pick_off(exchange, p); break;
      case Action::requote: requote(exchange, p, now); break;
      case Action::beat:
        plan_requote(now, p);
        plan_in(1.0 / (kRequoteRate * pit.rate), now, Action::beat, p);
        break;
      case Action::finish:
        exchange.schedule_resolution(pit.market, now, pit.random.chance(pit.fair) ? kUsdcScale : 0);
        break;
    }
  }

  void open(Exchange& exchange, std::uint32_t p, Timestamp now) {
    Pit& pit = pits[p];
    ladder.open(exchange, desk, pit, pit.fair);
    plan_in(1.0 / noise_rate(pit), now, Action::noise_place, p);
    if (!martingale()) plan_in(1.0 / (kNoiseTakeRate * pit.rate), now, Action::noise_take, p);
    plan_in(1.0 / (kDriftRate * pit.rate), now, Action::drift, p);
    plan_in(1.0 / (kJumpRate * pit.rate), now, Action::jump, p);
    plan_in(1.0 / (kRequoteRate * pit.rate), now, Action::beat, p);
  }

  void requote(Exchange& exchange, std::uint32_t p, Timestamp now) {
    Pit& pit = pits[p];
    pit.requote_pending = false;
    const bool done = ladder.requote(exchange, desk, pit, centre(pit, now));
    // More to do, or the pressure is still moving the centre: look again soon.
    if (!done) return plan_requote(now, p, 0.03, 0.12);
    const double pressed = pressure(pit, now) * kPriceScale / pit.unit.raw();
    if (pressed > 0.3 || pressed < -0.3) plan_requote(now, p, 0.3, 0.7);
  }

  /// A patient order somewhere behind the touch; withdrawn after a while.
  void noise_place(Exchange& exchange, std::uint32_t p, Timestamp now) {
    Pit& pit = pits[p];
    const Direction side = pit.random.chance(0.5) ? Direction::bid : Direction::ask;
    const Price tick = exchange.tick(pit.market);
    const OrderBook& book = exchange.book(pit.market);
    if (book.empty(side)) return;
    const auto away = static_cast<std::int32_t>(pit.random.exponential(9.0));
    const Price best = floor_to_tick(book.best(side), tick);
    const Price price = side == Direction::bid ? best - tick * away : best + tick * away;
    if (price < tick || price > kPriceOne - tick) return;
    model::OrderId id;
    if (desk.post(exchange, pit, AgentDesk::noise, side, price, draw_size(pit.random, 60.0, 1.3, 5000), id)) {
      plan(now + of_seconds(pit.random.exponential(kNoiseLife / std::max(pit.rate, 0.05))), Action::noise_cancel, p,
           Direction::bid, id);
    }
  }

  /// Somebody wants it now. Under pressure most of these lean against it: they are what lets the price recover.
  void noise_take(Exchange& exchange, std::uint32_t p, Timestamp now) {
    Pit& pit = pits[p];
    const double pressed = pressure(pit, now) * kPriceScale / pit.unit.raw();
    const double up = pressed < -0.5 ? 0.8 : (pressed > 0.5 ? 0.2 : 0.5);
    take_touch(exchange, p, pit.random.chance(up) ? Direction::bid : Direction::ask, AgentDesk::taker, 14.0, now);
  }

  void take_touch(Exchange& exchange, std::uint32_t p, Direction direction, AgentDesk::Role role, double median,
                  Timestamp now) {
    Pit& pit = pits[p];
    const OrderBook& book = exchange.book(pit.market);
    const Direction other = opposite(direction);
    if (book.empty(other)) return;
    const Shares size = draw_size(pit.random, median, 1.1, 2000);
    const Price tick = exchange.tick(pit.market);
    const Price best = book.best(other);
    const Price limit = direction == Direction::bid ? ceil_to_tick(best, tick) : floor_to_tick(best, tick);
    if (limit < tick || limit > kPriceOne - tick) return;
    desk.take(exchange, pit, role, direction, limit, size);
    plan_requote(now, p);
  }

  /// V moves as a martingale: steps are symmetric, fade towards 0 and 1, and never reach them.
  static void move_fair(Pit& pit, double step) {
    const double room = 0.8 * std::min(pit.fair, 1.0 - pit.fair);
    const double damped = step * 4.0 * pit.fair * (1.0 - pit.fair);
    pit.fair += std::clamp(damped, -room, room);
  }

  void jump(Exchange& exchange, std::uint32_t p, Timestamp now) {
    Pit& pit = pits[p];
    const bool finale = in_finale(pit, now);
    int ticks = 2;
    while (ticks < 8 && pit.random.chance(0.45)) ++ticks;
    const bool news = pit.random.chance(config.permanent_share) || martingale() || finale;
    // Reverting markets stay in the middle for hours: news leans back to where the market began (assumed).
    const double up = martingale() || finale ? 0.5 : std::clamp(0.5 + 0.8 * (pit.anchor - pit.fair), 0.2, 0.8);
    const Direction direction = pit.random.chance(up) ? Direction::bid : Direction::ask;
    const double step = sign_of(direction) * ticks * pit.unit.raw() / kPriceScale;
    ++desk.stats.jumps;
    if (news) {
      ++desk.stats.permanent_jumps;
      move_fair(pit, finale ? 2.0 * step : step);
    } else {
      const double most = 10.0 * pit.unit.raw() / kPriceScale;
      pit.pressure = std::clamp(pressure(pit, now) + step, -most, most);
      pit.pressure_at = now;
    }
    if (pit.random.chance(0.6)) sweep(exchange, p, direction, now);
    if (martingale()) {
      plan_pick(p, now);
    } else {
      for (std::uint64_t followers = 2 + pit.random.below(4); followers > 0; --followers) {
        plan(now + of_seconds(kFollowerSpan * pit.random.unit()), Action::follow, p, direction);
      }
    }
    plan_requote(now, p, 0.04, 0.25);
  }

  /// Takes everything that stands on the wrong side of the centre.
  void sweep(Exchange& exchange, std::uint32_t p, Direction direction, Timestamp now) {
    Pit& pit = pits[p];
    const Price tick = exchange.tick(pit.market);
    const double grid = centre(pit, now) * kPriceScale;
    const Price limit = direction == Direction::bid ? floor_to_tick(Price(static_cast<std::int32_t>(grid)), tick)
                                                    : ceil_to_tick(Price(static_cast<std::int32_t>(grid) + 1), tick);
    if (limit < tick || limit > kPriceOne - tick) return;
    const Direction other = opposite(direction);
    std::int64_t size = 0;
    exchange.book(pit.market).for_each_level(other, [&](Price price, Shares level) {
      if (direction == Direction::bid ? price <= limit : price >= limit) size += level.raw();
    });
    if (size == 0) return;
    const Shares wanted = std::max(floor_to_lot(Shares(size)), shares_of(5));
    desk.take(exchange, pit, AgentDesk::informed, direction, limit, wanted);
  }

  void plan_pick(std::uint32_t p, Timestamp now) {
    plan(now + of_seconds(0.02 + 0.28 * pits[p].random.unit()), Action::pick, p);
  }

  /// The martingale's only takers: they hit what V has passed, and nothing else.
  void pick_off(Exchange& exchange, std::uint32_t p) {
    const OrderBook& book = exchange.book(pits[p].market);
    const double grid = pits[p].fair * kPriceScale;
    if (!book.empty(Direction::ask) && book.best(Direction::ask).raw() < grid) {
      sweep(exchange, p, Direction::bid, exchange.now());
    } else if (!book.empty(Direction::bid) && book.best(Direction::bid).raw() > grid) {
      sweep(exchange, p, Direction::ask, exchange.now());
    }
  }
};

Agents::Agents(Exchange& exchange, const AgentConfig& config) : impl_(std::make_unique<Impl>(exchange, config)) {}
Agents::~Agents() = default;

Timestamp Agents::next_time() const { return impl_->plans.empty() ? kNever : impl_->plans.top().at; }
void Agents::act(Exchange& exchange, Timestamp now) { impl_->act(exchange, now); }
const AgentStats& Agents::stats() const { return impl_->desk.stats; }

double Agents::fair(model::MarketIndex market) const { return impl_->pits[market.value()].fair; }
double Agents::centre(model::MarketIndex market, Timestamp now) const {
  return impl_->centre(impl_->pits[market.value()], now);
}

Agents& populate(Exchange& exchange, const DemoMarketsConfig& markets, const AgentConfig& agents) {
  for (model::MarketSpec& spec : demo_markets(markets)) {
    const auto added = exchange.add_market(std::move(spec), agents.start);
    CHECK(added.has_value());
  }
  auto crowd = std::make_unique<Agents>(exchange, agents);
  Agents& reference = *crowd;
  exchange.attach(std::move(crowd));
  return reference;
}

}  // namespace ebb::exchange
