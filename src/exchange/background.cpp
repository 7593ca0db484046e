#include "exchange/background.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/random.hpp"
#include "exchange/agents.hpp"

namespace ebb::exchange {
namespace {

constexpr std::uint64_t kLoadStream = 0x10AD;
constexpr double kPerMarket = 5.0;  // the demo's flow
constexpr double kMostOfCrowd = 1500.0;  // events a second: what a crowd costs grows with its thoughts
constexpr int kLevels = 25;
constexpr int kLevelsOfMany = 8;
constexpr int kMany = 200;  // markets from which ladders are short
constexpr Duration kOpeningStep = milliseconds(10);  // between two markets (the agents' own pace)
constexpr Duration kSettling = seconds(3);
constexpr int kDepth = 6;  // levels behind the touch where the load comes and goes
constexpr Usdc kLoadCash = dollars(1'000);  // a market

/// Places an order behind the touch and takes it away again, market after market, at an even pace. Each step is one
/// price_change: two events.
class LoadFlow final : public Participant {
 public:
  LoadFlow(Exchange& exchange, const BackgroundConfig& config, double events_per_second)
      : random_(Random::stream(config.seed, kLoadStream)),
        step_(std::max<std::int64_t>(1, static_cast<std::int64_t>(2e9 / events_per_second))),
        next_(config.start),
        resting_(exchange.markets().market_count()) {
    const auto markets = static_cast<std::int64_t>(resting_.size());
    account_ = exchange.open_account({kLoadCash * markets, {}, false}, config.opening);
  }

  [[nodiscard]] Timestamp next_time() const override { return next_; }

  void act(Exchange& exchange, Timestamp now) override {
    while (next_ <= now) {
      step(exchange);
      next_ = next_ + step_;
    }
  }

 private:
  void step(Exchange& exchange) {
    const std::size_t at = place_++ % resting_.size();
    const model::MarketIndex market(static_cast<std::uint32_t>(at));
    model::OrderId& resting = resting_[at];
    if (resting.is_set()) {
      (void)exchange.cancel(exchange.now(), account_, resting);
      resting = {};
      return;
    }
    if (!exchange.is_open(market)) return;
    const Price tick = exchange.tick(market);
    const auto outcome = static_cast<int>(random_.below(2));
    const model::TokenIndex token = exchange.markets().token_of(market, outcome);
    const auto away = static_cast<std::int32_t>(1 + random_.below(kDepth));
    const Shares size = shares_of(static_cast<std::int64_t>(5 + random_.below(40)));
    const Price price = floor_to_tick(exchange.quote(token).bid, tick) - tick * away;
    if (price < tick) return;
    OrderRequest request;
    for (std::size_t i = 0; i < 8; ++i) request.id.bytes[i] = static_cast<std::uint8_t>(serial_ >> (8 * i));
    request.id.bytes[31] = 0x10;
    ++serial_;
    request.account = account_;
    request.token = token;
    request.price = price;
    request.size = size;
    if (exchange.place(exchange.now(), request).success) resting = request.id;
  }

  Random random_;
  Duration step_;
  Timestamp next_;
  AccountIndex account_;
  std::vector<model::OrderId> resting_;  // by market
  std::size_t place_ = 0;
  std::uint64_t serial_ = 1;
};

}  // namespace

Duration warm_up_time(int markets) { return kOpeningStep * markets + kSettling; }

void start_background(Exchange& exchange, const BackgroundConfig& config) {
  const auto markets = static_cast<double>(exchange.markets().market_count());
  const double wanted = config.events_per_second > 0.0 ? config.events_per_second : kPerMarket * markets;
  const double crowd = std::min({wanted, kPerMarket * markets, kMostOfCrowd});
  AgentConfig agents;
  agents.seed = config.seed;
  agents.start = config.opening;
  agents.events_per_market_second = crowd / markets;
  agents.levels = markets >= kMany ? kLevelsOfMany : kLevels;
  exchange.attach(std::make_unique<Agents>(exchange, agents));
  const double rest = wanted - crowd;
  if (rest >= 1.0) exchange.attach(std::make_unique<LoadFlow>(exchange, config, rest));
}

}  // namespace ebb::exchange
