#include "bench/wire_cases.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "base/check.hpp"
#include "bench/quiet_venue.hpp"
#include "gateway/trader.hpp"
#include "store/journal.hpp"

namespace ebb::bench {
namespace {

constexpr std::uint32_t kMarkets = 1'000;
constexpr auto kBetweenOrders = std::chrono::milliseconds(10);  // 100 orders a second, within the highest tier's budget
constexpr int kFramesBetween = 10;  // other market data meanwhile: 1,000 frames a second
constexpr auto kAnswerBound = std::chrono::milliseconds(500);
constexpr Duration kSpin =
    milliseconds(100);  // both threads stay awake, as a trader with cores of its own would have it
constexpr int kWarmOrders = 50;
constexpr int kOrdersToWakeUp = 4;  // not counted: the other trader had the processor meanwhile
// A key that everybody knows, from the documentation of development chains.
constexpr const char* kTestKey = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// The demo's dip rule; its orders rest for ever, so that each frame gives one order and no other disturbs the figures.
std::vector<strategy::TierRule> patient_tier() {
  std::vector<strategy::TierRule> tiers = strategy::builtin_tiers();
  std::erase_if(tiers, [](const strategy::TierRule& tier) { return tier.name != "demo"; });
  tiers[0].enabled = true;
  tiers[0].params.buy_ttl = Duration(0);
  tiers[0].params.buy_pull = false;
  tiers[0].params.window = hours(1);
  return tiers;
}

double us(Duration d) { return static_cast<double>(d.raw()) / 1e3; }

gateway::LiveConfig test_account() {
  auto key = crypto::PrivateKey::parse(kTestKey);
  CHECK(key.has_value());
  const polymarket::ApiCredentials credentials{"00000000-0000-4000-8000-000000000001", "c2VjcmV0", "passphrase"};
  auto order_auth = polymarket::L2Signer::create(credentials, key->address());
  auto beat_auth = polymarket::L2Signer::create(credentials, key->address());
  CHECK(order_auth.has_value() && beat_auth.has_value());
  gateway::OrderLinkConfig orders;
  orders.desk.sender.maker = orders.desk.sender.signer = key->address();
  orders.desk.sender.budgets.tier = "Elite";
  orders.desk.pollers = {
      .trades = Duration(0), .open_orders = Duration(0), .balance = Duration(0), .positions = Duration(0)};
  return {std::move(*key), credentials, std::move(*order_auth), std::move(*beat_auth), std::move(orders)};
}

enum class Books : std::uint8_t { none, journal };

/// A trader on a quiet venue, both in this process.
class WireBench {
 public:
  static std::unique_ptr<WireBench> start(Books books) {
    auto bench = std::make_unique<WireBench>();
    bench->folder_ = std::filesystem::temp_directory_path() /
                     fmt::format("ebb-bench-{}-{}", getpid(), books == Books::journal ? "journal" : "plain");
    std::filesystem::create_directories(bench->folder_);
    bench->ca_file_ = (bench->folder_ / "ca.pem").string();
    auto venue = QuietVenue::start(2 * kMarkets, bench->ca_file_);
    CHECK(venue.has_value());
    bench->venue_ = std::move(*venue);
    auto address = bench->venue_->address();
    CHECK(address.has_value());
    gateway::TraderConfig config{.venue = std::move(*address)};
    config.engine.tiers = patient_tier();
    config.engine.limits.per_order = config.engine.limits.per_token = dollars(1'000);
    config.engine.limits.per_market = config.engine.limits.per_event = dollars(1'000);
    config.engine.limits.total = dollars(1'000'000);
    config.engine.limits.open_orders = 100'000;
    config.engine.limits.orders_per_second = 1'000;
    config.engine.starting_cash = dollars(1'000'000);
    config.spin = kSpin;
    if (std::thread::hardware_concurrency() > 1) {
      config.engine_core = 0;
      config.gateway_core = QuietVenue::kCore;
    }
    config.markets = bench->venue_->markets();
    for (const model::MarketSpec& market : config.markets) config.tokens.push_back(market.tokens[0].token_id);
    config.live = test_account();
    config.engine.maker_address = crypto::checksum_text(config.live->orders.desk.sender.maker);
    if (books == Books::journal) bench->open_journal(config);
    bench->trader_ = std::make_unique<gateway::Trader>(std::move(config));
    CHECK(bench->trader_->start().has_value());
    while (bench->trader_->state().untrusted > 0 || !bench->trader_->order_state()->gate_open)
      std::this_thread::sleep_for(kBetweenOrders);
    bench->place(kWarmOrders);
    bench->trader_->set_spin(Duration(0));
    return bench;
  }
  ~WireBench() {
    trader_.reset();
    journal_.reset();
    venue_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  /// Median of so many orders, in seconds.
  double run(std::int64_t orders) {
    trader_->set_spin(kSpin);
    place(kOrdersToWakeUp);
    const gateway::StageTimes before = stages();
    std::this_thread::sleep_for(kBetweenOrders);  // the question disturbed the gateway's thread
    place(orders);
    const gateway::StageTimes after = stages();
    trader_->set_spin(Duration(0));  // the other trader has the processor to itself
    for (std::size_t i = 0; i < gateway::kStages; ++i) all_[i].merge(after[i].since(before[i]));
    constexpr auto kTotal = static_cast<std::size_t>(gateway::Stage::total);
    return to_seconds(after[kTotal].since(before[kTotal]).percentile(0.5));
  }

  /// Of all orders that run() measured.
  [[nodiscard]] const telemetry::Histogram& measured(gateway::Stage stage) const {
    return all_[static_cast<std::size_t>(stage)];
  }

 private:
  void open_journal(gateway::TraderConfig& config) {
    auto journal = store::Journal::open({.directory = folder_, .now = from_ms(1'790'000'000'000)});
    CHECK(journal.has_value());
    journal_ = std::make_unique<store::Journal>(std::move(*journal));
    const store::JournalAccount account{.venue = "live", .wallet = config.engine.maker_address};
    auto recovery = journal_->db().recover(account);
    CHECK(recovery.has_value());
    config.books = gateway::BooksConfig{
        .journal = journal_.get(), .run = {.account = account, .version = "bench"}, .recovery = std::move(*recovery)};
  }

  void place(std::int64_t orders) {
    for (std::int64_t i = 0; i < orders; ++i) {
      const std::uint64_t taken = venue_->orders();
      venue_->dip(next_market_);
      next_market_ = (next_market_ + 1) % kMarkets;
      auto waited = std::chrono::milliseconds(0);
      do {
        for (int k = 0; k < kFramesBetween; ++k) {
          std::this_thread::sleep_for(kBetweenOrders / kFramesBetween);
          venue_->breathe(other_market_);
          other_market_ = (other_market_ + 7) % kMarkets;
        }
        waited += kBetweenOrders;
      } while (venue_->orders() == taken && waited < kAnswerBound);
    }
  }

  [[nodiscard]] gateway::StageTimes stages() { return *trader_->stage_times(); }

  std::filesystem::path folder_;
  std::string ca_file_;
  std::unique_ptr<QuietVenue> venue_;
  std::unique_ptr<store::Journal> journal_;
  std::unique_ptr<gateway::Trader> trader_;
  std::uint32_t next_market_ = 0;
  std::uint32_t other_market_ = 3;
  gateway::StageTimes all_;
};

std::vector<Extra> figures_of(const WireBench& with, const WireBench& without) {
  const telemetry::Histogram& total = with.measured(gateway::Stage::total);
  const telemetry::Histogram& plain = without.measured(gateway::Stage::total);
  std::vector<Extra> figures{{"p50_us", us(total.percentile(0.50)), {}},
                             {"p99_us", us(total.percentile(0.99)), {}},
                             {"max_us", us(total.max()), {}},
                             {"orders", static_cast<double>(total.count()), {}},
                             {"without_journal_p50_us", us(plain.percentile(0.50)), {}},
                             {"without_journal_p99_us", us(plain.percentile(0.99)), {}},
                             {"journal_cost_p50_us", us(total.percentile(0.50)) - us(plain.percentile(0.50)), {}}};
  Extra stages{"stages", 0.0, {}};
  for (std::size_t i = 0; i + 1 < gateway::kStages; ++i) {
    const auto stage = static_cast<gateway::Stage>(i);
    const std::string name(gateway::to_text(stage));
    stages.parts.push_back({name + "_p50_us", us(with.measured(stage).percentile(0.50)), {}});
    stages.parts.push_back({name + "_p99_us", us(with.measured(stage).percentile(0.99)), {}});
  }
  figures.push_back(std::move(stages));
  return figures;
}

}  // namespace

void add_wire_cases(std::vector<Case>& cases) {
  struct Fixtures {
    std::unique_ptr<WireBench> with, without;
  };
  auto made = std::make_shared<Fixtures>();
  const auto measure = [](std::unique_ptr<WireBench>& bench, Books books, std::int64_t iterations) {
    if (!bench) bench = WireBench::start(books);
    return bench->run(iterations) * static_cast<double>(iterations);
  };
  Case c;
  c.name = "tick-to-order";
  c.unit = Unit::microseconds;
  c.ours = [made, measure](std::int64_t iterations) { return measure(made->with, Books::journal, iterations); };
  c.reference = "the same without a journal";
  c.reference_run = [made, measure](std::int64_t iterations) {
    return measure(made->without, Books::none, iterations);
  };
  c.extra = [made] { return figures_of(*made->with, *made->without); };
  c.release = [made] { *made = {}; };
  c.min_seconds = 0.004;
  cases.push_back(std::move(c));
}

}  // namespace ebb::bench
