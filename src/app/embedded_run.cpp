#include "app/embedded_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "app/account_check.hpp"
#include "app/books.hpp"
#include "app/engine_config.hpp"
#include "app/exit_code.hpp"
#include "app/run_end.hpp"
#include "app/run_file.hpp"
#include "app/stop.hpp"
#include "app/time_text.hpp"
#include "app/trading_run.hpp"
#include "app/venue_setup.hpp"
#include "base/random.hpp"
#include "crypto/hash.hpp"
#include "gateway/exchange_host.hpp"

namespace ebb::app {
namespace {

constexpr std::string_view kNote =
    "an exchange of our own with invented participants, whose prices return by assumption: it shows that the machine "
    "works, "
    "not that the strategy earns";

/// What both commands want.
struct EmbeddedOptions {
  CommonOptions common;
  std::string command;
  std::string title;
  std::string tier;  ///< empty: the configuration's choice
  std::string tokens_file;
  std::uint64_t seed = 1;
  std::uint32_t markets = 20;
  std::uint16_t port = 0;
  std::optional<Duration> duration;
  bool live_view = false;
  bool verbose = false;
  Loss loss = Loss::refuse;
};

Timestamp now_of_the_machine() {
  return Timestamp(std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count());
}

/// The exchange on a thread of its own.
class ExchangeThread {
 public:
  static Expected<std::unique_ptr<ExchangeThread>> start(const gateway::ExchangeHostConfig& config) {
    std::unique_ptr<ExchangeThread> exchange(new ExchangeThread);
    TRY(host, gateway::ExchangeHost::start(exchange->loop_, config));
    exchange->host_ = std::move(host);
    exchange->addresses_ = exchange->host_->addresses();
    const model::MarketTable& table = exchange->host_->venue().exchange().markets();
    for (std::uint32_t i = 0; i < table.market_count(); ++i)
      exchange->markets_.push_back(table.market(model::MarketIndex(i)));
    exchange->thread_ = std::thread([e = exchange.get()] { e->loop_.run(); });
    return exchange;
  }
  ~ExchangeThread() {
    loop_.stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] const gateway::ExchangeHost::Addresses& addresses() const { return addresses_; }
  [[nodiscard]] const std::vector<model::MarketSpec>& markets() const { return markets_; }

 private:
  ExchangeThread() = default;
  net::Loop loop_;
  std::unique_ptr<gateway::ExchangeHost> host_;
  gateway::ExchangeHost::Addresses addresses_;
  std::vector<model::MarketSpec> markets_;
  std::thread thread_;
};

/// A wallet that is worth nothing anywhere else.
Expected<Wallet> toy_wallet(std::uint64_t seed) {
  const std::string key = crypto::to_hex(crypto::keccak256(crypto::bytes_of(fmt::format("ebb embedded {}", seed))));
  return Wallet::load({}, [&key](const std::string& name) { return name == "EBB_PRIVATE_KEY" ? key : std::string(); });
}

Expected<gateway::TraderConfig> prepare(const EmbeddedOptions& options, const Config& config,
                                        const ExchangeThread& exchange, const std::string& ca_file, Wallet& wallet) {
  const auto& at = exchange.addresses();
  TRY(venue, gateway::parse_venue({at.rest, at.ws_market, at.ws_user, at.gamma, at.data, at.geoblock, ca_file}));
  TRY(engine, make_engine_config(config, options.tier));
  engine.seed = options.seed;
  gateway::TraderConfig trader{.venue = std::move(venue), .engine = std::move(engine)};
  trader.feed = feed_of(config);
  set_threads(config.execution, trader);
  if (options.tokens_file.empty()) {
    trader.markets = exchange.markets();
  } else {
    TRY(choice, choose_markets(trader.venue, config, options.tokens_file, 0));
    trader.markets = std::move(choice.markets);
    trader.tokens = std::move(choice.tokens);
  }
  TRY(credentials, gateway::obtain_credentials(trader.venue, {}, wallet.key(), nullptr));
  wallet.set_credentials(std::move(credentials));
  TRY(l2, l2_signer(wallet));
  const auto checks = gateway::run_preflight(trader.venue, preflight_options(wallet, trader.markets), &l2);
  if (!checks.passed)
    return fail("preflight.failed", "the embedded exchange is not ready:\n" + checks_text(checks.lines));
  use_wallet(wallet, trader.engine);
  trader.engine.starting_cash = checks.cash.value_or(Usdc(0));
  TRY(live, live_config(config, wallet, checks.clock_offset.value_or(Duration(0))));
  trader.engine.builder = live.orders.desk.sender.builder;
  trader.live = std::move(live);
  return trader;
}

int run_on_own_exchange(const EmbeddedOptions& options, const Config& config) {
  const auto directory = run_directory(options.common);
  if (!directory) return report_error(options.command, options.common, directory.error(), kExitBadUsage);
  const auto run_file = RunFile::create(*directory);
  if (!run_file) return report_error(options.command, options.common, run_file.error(), kExitRefused);
  const std::filesystem::path folder = *directory ? **directory : std::filesystem::temp_directory_path();
  gateway::ExchangeHostConfig host;
  host.venue.seed = options.seed;
  host.venue.markets = static_cast<int>(options.markets);
  host.venue.exchange.settlement.scale = 0.2;
  host.port = options.port;
  host.ca_file = (folder / "exchange-ca.pem").string();
  const auto exchange = ExchangeThread::start(host);
  if (!exchange) return report_error(options.command, options.common, exchange.error(), kExitFailed);
  auto wallet = toy_wallet(options.seed);
  if (!wallet) return report_error(options.command, options.common, wallet.error(), kExitFailed);
  auto trader = prepare(options, config, **exchange, host.ca_file, *wallet);
  if (!trader) {
    const int code = trader.error().code.starts_with("tokens.") ? kExitBadUsage : kExitFailed;
    return report_error(options.command, options.common, trader.error(), code);
  }
  std::optional<Books> books;
  if (*directory) {
    // The account ends with its exchange: each run is one of its own, which nobody goes on with.
    const std::string venue = fmt::format("embedded {}", iso_text(now_of_the_machine()));
    auto opened = Books::open_private(**directory, config.journal, {venue, trader->engine.maker_address}, options.loss);
    if (!opened) return report_error(options.command, options.common, opened.error(), kExitRefused);
    books = std::move(*opened);
    trader->books = books->for_trader(options.seed);
  }
  const OwnParams own(config, options.tier);
  trader->own_params = [&own](const std::string& token_id) { return own.find(token_id); };
  const TradingRun run{.command = options.command,
                       .title = options.title,
                       .venue = "embedded",
                       .note = std::string(kNote),
                       .duration = options.duration,
                       .live_view = options.live_view,
                       .seed = options.seed,
                       .settlement_scale = host.venue.exchange.settlement.scale,
                       .directory = *directory,
                       .input_log = config.input_log};
  const gateway::VenueAddress venue = trader->venue;
  const std::string account_url = (*exchange)->addresses().admin + "/accounts/" + trader->engine.maker_address;
  auto summary = trade(std::move(*trader), run, [&](const engine::Engine& engine, runner::RunSummary& result) {
    compare_with_account(account_url, venue.tls, engine, result);
  });
  if (!summary) return report_error(options.command, options.common, summary.error(), kExitFailed);
  leave_explain(*directory, options.common, *summary);
  print_summary(*summary, options.common, options.verbose);
  return run_exit_code(*summary, stop_requested() ? Stopped::by_signal : Stopped::no);
}

}  // namespace

int run_embedded(const RunOptions& options, const Config& config) {
  return run_on_own_exchange({.common = options.common,
                              .command = "run",
                              .title = "ebb run, embedded exchange",
                              .tokens_file = options.tokens_file,
                              .duration = options.duration,
                              .live_view = !options.headless && !options.common.json,
                              .verbose = options.verbose,
                              .loss = options.accept_lost_journal ? Loss::accept : Loss::refuse},
                             config);
}

int run_demo_on_wire(const DemoOptions& options, const Config& config) {
  return run_on_own_exchange({.common = options.common,
                              .command = "demo",
                              .title = fmt::format("ebb demo on the wire, seed {}", options.seed),
                              .tier = "demo",
                              .seed = options.seed,
                              .markets = options.markets,
                              .port = options.port,
                              .duration = options.duration,
                              .live_view = !options.headless && !options.common.json,
                              .verbose = options.verbose},
                             config);
}

}  // namespace ebb::app
