#include "simulation/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "simulation/cheap_signature.hpp"
#include "strategy/params.hpp"

namespace ebb::simulation {
namespace {

constexpr std::uint64_t kWorldStream = 0x5CE7;
constexpr std::uint64_t kFaultStream = 0xFA01;
constexpr std::uint64_t kRareStream = 0x4A4E;
constexpr Duration kQuiet = seconds(25);  // before the first fault: books and windows fill

/// Writes one fault a call, each by its own dice.
class FaultWriter {
 public:
  FaultWriter(Random& random, const Scenario& scenario) : random_(random), scenario_(scenario) {}

  std::string draw() {
    at_ = pick(to_seconds(kQuiet), to_seconds(scenario_.length) - 5.0);
    switch (random_.below(36)) {
      case 0: return line(short_or_none(), "disconnect", fmt::format("channel={} share={}", channel(), share()));
      case 1: return line(pick(3, 25), "freeze", fmt::format("channel={} share={}", channel(), share()));
      case 2: return line(pick(3, 20), "lose", fmt::format("channel={} share=0.{:02}", channel(), whole(1, 30)));
      case 3:
        return line(pick(3, 20), "delay",
                    fmt::format("channel={} ms={} jitter={}", channel(), whole(50, 3000), whole(0, 1000)));
      case 4: return line(pick(3, 20), "duplicate", fmt::format("channel={} share=0.{:02}", channel(), whole(5, 90)));
      case 5:
        return line(pick(3, 20), "reorder",
                    fmt::format("channel={} share=0.{:02} ms={}", channel(), whole(5, 60), whole(5, 400)));
      case 6: return line(pick(5, 60), "permute", fmt::format("seed={}", whole(1, 1'000'000)));
      case 7:
        return line(pick(3, 25), "timeout",
                    fmt::format("path={} share={} applied={} ms={}", path(), share(), whole(0, 1), whole(500, 12'000)));
      case 8:
        return line(pick(3, 20), "timeout",
                    fmt::format("path=orders applied=1 share={} ms={}", share(), whole(500, 12'000)));
      case 9:
        return line(pick(3, 20), "status",
                    fmt::format("code={} path={} share={} applied={} body={}", code(), path(), share(), whole(0, 1),
                                random_.below(3) == 0 ? "html" : "json"));
      case 10:
        return line(pick(3, 20), "status",
                    fmt::format("code=429 path={} share={} retry_after={}", path(), share(), whole(0, 5)));
      case 11: return line(pick(5, 40), "mode", fmt::format("mode={}", mode()));
      case 12: return restart_of_the_venue();
      case 13: return line(pick(5, 30), "ghost_book", fmt::format("share={}", share()));
      case 14: return line(pick(3, 30), "miss_user", fmt::format("share={}", share()));
      case 15: return line(pick(10, 90), "stale_positions", "");
      case 16: return line(pick(5, 40), "fail_settlement", fmt::format("share={}", share()));
      case 17: return line(pick(5, 40), "leak", fmt::format("share={}", share()));
      case 18: return line(pick(3, 15), "false_matched", fmt::format("share=0.{:02}", whole(5, 60)));
      case 19:
        return line(random_.below(2) == 0 ? 0.0 : pick(5, 60), "tick_change",
                    fmt::format("market={} tick={}", market(), random_.below(2) == 0 ? "0.001" : "0.01"));
      case 20: return line(0, "resolve", fmt::format("market={} payout={}", market(), payout()));
      case 21:
        return line(pick(5, 60), "clock_skew",
                    fmt::format("seconds={}{}", random_.below(2) == 0 ? "-" : "", whole(1, 20)));
      case 22:
        return line(pick(3, 30), "slow",
                    fmt::format("path={} ms={} jitter={}", path(), whole(50, 4'000), whole(0, 1'000)));
      case 23: return line(random_.below(2) == 0 ? 0.0 : pick(1, 15), "cut", fmt::format("channel={}", link()));
      case 24:
        return line(pick(3, 20), "lag",
                    fmt::format("channel={} ms={} jitter={}", link(), whole(50, 1'500), whole(0, 800)));
      case 25: return line(pick(1, 12), "hang", fmt::format("part={}", random_.below(3) == 0 ? "desk" : "engine"));
      case 26: return line(0, "clock_jump", fmt::format("seconds={}", whole(1, 90)));
      case 27: return line(0, "cut", fmt::format("channel={}", link()));
      case 28: return line(pick(2, 10), "disconnect", "channel=user");
      case 29: return line(pick(2, 25), "disk_full", "");
      case 30: return line(pick(2, 25), "disk_slow", fmt::format("ms={}", whole(20, 3'000)));
      case 31:
      case 32:
      case 33:
      case 34:
      case 35: return line(0, "crash", crash());
      default: return line(0, "operate", operation());
    }
  }

 private:
  [[nodiscard]] double pick(double low, double high) { return low + random_.unit() * (high - low); }
  [[nodiscard]] std::int64_t whole(std::int64_t low, std::int64_t high) { return random_.between(low, high); }
  template <std::size_t Count>
  [[nodiscard]] std::string_view one_of(const std::string_view (&words)[Count]) {
    return words[random_.below(Count)];
  }
  std::string_view channel() {
    static constexpr std::string_view kNames[] = {"market", "user", "all"};
    return one_of(kNames);
  }
  std::string_view link() {
    static constexpr std::string_view kNames[] = {"market", "user", "rest", "all"};
    return one_of(kNames);
  }
  std::string_view share() {
    static constexpr std::string_view kShares[] = {"1", "1", "0.5", "0.2"};
    return one_of(kShares);
  }
  std::string_view path() {
    static constexpr std::string_view kPaths[] = {"orders", "cancels", "reads", "data", "all"};
    return one_of(kPaths);
  }
  int code() {
    static constexpr int kCodes[] = {425, 500, 502, 503, 504};
    return kCodes[random_.below(5)];
  }
  std::string_view mode() {
    static constexpr std::string_view kModes[] = {"post_only", "cancel_only", "disabled", "restarting"};
    return one_of(kModes);
  }
  std::string_view payout() {
    static constexpr std::string_view kPayouts[] = {"yes", "no", "half"};
    return one_of(kPayouts);
  }
  std::int64_t market() { return whole(0, scenario_.venue.markets - 1); }
  double short_or_none() { return random_.below(2) == 0 ? 0.0 : pick(1, 15); }
  std::string operation() {
    static constexpr std::string_view kActions[] = {"pause", "resume", "cancel_all", "sell_only",
                                                    "trade", "exit",   "exit"};
    const std::string_view action = one_of(kActions);
    if (action == "exit") return fmt::format("action=exit token={}", whole(0, 2 * scenario_.venue.markets - 1));
    if (random_.below(8) == 0) return "action=flatten";
    return fmt::format("action={}", action);
  }
  std::string crash() {
    static constexpr std::string_view kMoments[] = {"now", "send", "sent", "fill", "commit"};
    std::string text = fmt::format("down={:.3f} when={}", pick(0.3, 20.0), one_of(kMoments));
    if (random_.below(4) == 0) text += fmt::format(" clock={}{}", random_.below(3) == 0 ? "-" : "", whole(0, 40));
    return text;
  }
  /// The engine restarts and everybody is thrown out.
  std::string restart_of_the_venue() {
    const double length = pick(4, 30);
    return line(length, "mode", "mode=restarting") + line(std::min(3.0, length), "disconnect", "channel=all");
  }
  std::string line(double length, std::string_view fault, const std::string& settings) const {
    std::string text = fmt::format("at {:.3f}", at_);
    if (length > 0.0) text += fmt::format(" for {:.3f}", std::min(length, to_seconds(scenario_.length) - at_));
    text += fmt::format(" {}", fault);
    if (!settings.empty()) text += fmt::format(" {}", settings);
    return text + "\n";
  }

  Random& random_;
  const Scenario& scenario_;
  double at_ = 0.0;
};

/// What is rare or lasts, from a stream of its own: a kill switch after which the operator trades on, an engine that stands
/// still for longer than anybody may overlook, requests that arrive after the question what became of them.
std::string draw_rare(const Scenario& scenario) {
  Random random = Random::stream(scenario.seed, kRareStream);
  const double last = to_seconds(scenario.length) - 30.0;
  std::string text;
  if (random.below(8) == 0) {
    const double at = 20.0 + random.unit() * (last - 20.0);
    text += fmt::format("at {:.3f} operate action=kill\nat {:.3f} operate action=trade\n", at, at + 10.0);
  }
  if (random.below(8) == 0) {
    const double at = 20.0 + random.unit() * (last - 20.0);
    text += fmt::format("at {:.3f} for {:.3f} hang part=engine\n", at, 12.0 + random.unit() * 13.0);
  }
  if (random.below(4) == 0) {
    const double at = 20.0 + random.unit() * (last - 20.0);
    text += fmt::format("at {:.3f} for {:.3f} lag channel=rest ms={} jitter=0\n", at, 1.0 + random.unit() * 3.0,
                        random.between(5'100, 7'000));
  }
  return text;
}

/// Short idle times; a tight rate; both tokens of a condition at once, so that only the gate keeps them from meeting.
void draw_rare(engine::EngineConfig& config) {
  Random random = Random::stream(config.seed, kRareStream + 1);
  if (random.below(3) == 0) {
    config.tiers = strategy::builtin_tiers();
    const Duration idle = seconds(random.between(5, 25));
    const bool follows = Random::stream(config.seed, kRareStream + 3).below(2) == 0;
    for (strategy::TierRule& tier : config.tiers) {
      tier.params.sell_idle_timeout = idle;
      tier.params.max_spread = strategy::Ratio{300'000};
      if (follows) tier.params.sell_mode = strategy::SellMode::conservative;
    }
  }
  config.limits.one_active_token_per_condition = random.below(5) != 0;
  if (random.below(4) == 0) config.limits.orders_per_second = 1;
}

engine::EngineConfig engine_of(std::uint64_t seed, Random& random) {
  engine::EngineConfig config;
  config.seed = seed;
  config.forced_tier = "demo";
  const auto draw = random.below(10);
  config.sell_after = draw < 8 ? portfolio::SellAfter::mined : portfolio::SellAfter::confirmed;
  draw_rare(config);
  return config;
}

}  // namespace

Scenario scenario_of(std::uint64_t seed, double days) {
  Random random = Random::stream(seed, kWorldStream);
  Scenario s;
  s.seed = seed;
  s.length = days > 0.0 ? Duration(static_cast<std::int64_t>(days * 86'400e9)) : seconds(random.between(200, 420));
  s.hashes = seed % 10 == 3;
  s.real_signatures = seed % 10 == 7;

  s.venue.seed = seed;
  s.venue.markets = static_cast<int>(random.between(3, 8));
  s.venue.background = false;
  s.venue.keep_log = false;
  s.venue.deposit = dollars(1'000);
  auto& exchange = s.venue.exchange;
  exchange.book_hashes = s.hashes;
  exchange.self_trade = static_cast<exchange::SelfTrade>(random.below(3));
  exchange.cash_gate = random.below(3) == 0 ? exchange::CashGate::global : exchange::CashGate::per_market;
  exchange.settlement.scale = random.below(3) == 0 ? 1.0 : 0.2;
  exchange.settlement.retry_probability = random.below(2) == 0 ? 0.0 : 0.3;
  exchange.settlement.failure_probability = random.below(4) == 0 ? 0.05 : 0.0;
  exchange.emit_order = random.below(4) == 0 ? 1 + random.below(1'000'000) : 0;
  if (!s.real_signatures) s.venue.verify = check_cheap_signature;

  // At least 20,000 events in the shortest run; a step of the crowd is about two.
  s.mover.seed = seed;
  s.mover.steps_per_second = 55.0 + 45.0 * random.unit();
  s.mover.take_share = 0.005 + 0.02 * random.unit();
  s.mover.between_jumps = seconds(random.between(5, 25));

  s.network.stream_latency = milliseconds(random.between(1, 60));
  s.network.rest_latency = milliseconds(random.between(2, 80));
  s.network.jitter = milliseconds(random.between(0, 20));

  s.engine = engine_of(seed, random);
  // Short idle times mean something where few buyers come, and where the floor is far from the best ask.
  const auto& tiers = s.engine.tiers;
  const bool idles_soon = !tiers.empty() && tiers.front().params.sell_idle_timeout < minutes(1);
  if (idles_soon && Random::stream(seed, kRareStream + 2).below(2) == 0) {
    s.mover.take_share = 0.0004;
    s.mover.unit_ticks = 3;
  }
  s.engine.check_hashes = s.hashes;
  s.desk.sender.seed = s.desk.pollers.seed = seed;
  s.desk.sender.batch_window = random.below(4) == 0 ? milliseconds(5) : Duration(0);
  s.commit_delay = milliseconds(random.between(1, 20));
  return s;
}

std::string draw_script(const Scenario& scenario) {
  Random random = Random::stream(scenario.seed, kFaultStream);
  const double minutes = to_seconds(scenario.length) / 60.0;
  const auto count = std::max<std::int64_t>(10, static_cast<std::int64_t>(minutes * (1.5 + 2.0 * random.unit())));
  FaultWriter writer(random, scenario);
  std::string text = fmt::format("seed {}\n", scenario.seed);
  for (std::int64_t i = 0; i < count; ++i) text += writer.draw();
  text += draw_rare(scenario);
  return text;
}

}  // namespace ebb::simulation
