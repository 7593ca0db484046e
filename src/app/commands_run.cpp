#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "app/books.hpp"
#include "app/commands.hpp"
#include "app/config.hpp"
#include "app/embedded_run.hpp"
#include "app/engine_config.hpp"
#include "app/exit_code.hpp"
#include "app/run_end.hpp"
#include "app/run_file.hpp"
#include "app/stop.hpp"
#include "app/trading_run.hpp"
#include "app/venue_setup.hpp"
#include "app/wallet.hpp"

namespace ebb::app {
namespace {

constexpr std::size_t kBusiestMarkets = 20;  // looked at on paper when nobody names tokens
constexpr Duration kFoldAfter = hours(24);    // a token's settled history becomes one line of the books
constexpr std::string_view kPaperNote =
    "paper fills against the live feed: our orders have no impact and nobody reacts to them; strict fills are the "
    "headline, "
    "optimistic ones are shown beside them";

std::uint64_t fresh_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

/// What stops a live run before it begins.
struct Refusal {
  Error error;
  int exit_code = kExitRefused;
};

/// The wallet with credentials, and what the venue says of it.
struct Account {
  Wallet wallet;
  gateway::PreflightResult checks;
};

std::expected<Account, Refusal> open_account(const gateway::VenueAddress& venue, Wallet wallet,
                                             const std::vector<model::MarketSpec>& markets) {
  if (!wallet.credentials()) {
    auto credentials = gateway::obtain_credentials(venue, {}, wallet.key(), nullptr);
    if (!credentials) return std::unexpected(Refusal{credentials.error()});
    wallet.set_credentials(std::move(*credentials));
  }
  const auto l2 = l2_signer(wallet);
  if (!l2) return std::unexpected(Refusal{l2.error()});
  auto checks = gateway::run_preflight(venue, preflight_options(wallet, markets), &*l2);
  fmt::print(stderr, "{}", checks_text(checks.lines));
  if (!checks.passed) {
    return std::unexpected(Refusal{{"preflight.failed", "the venue or the account is not ready for orders (above)",
                                    "mend what failed; `ebb doctor` repeats the checks"}});
  }
  return Account{std::move(wallet), std::move(checks)};
}

/// Before anything is asked of anybody: the wallet, its locks, and what an earlier run left behind.
std::expected<std::optional<Wallet>, Refusal> load_wallet(const RunOptions& options, const Config& config) {
  if (options.venue != RunVenue::live) return std::optional<Wallet>();
  auto loaded = Wallet::load(config.wallet, process_environment());
  if (!loaded) return std::unexpected(Refusal{loaded.error()});
  return std::optional<Wallet>(std::move(*loaded));
}

std::expected<std::optional<Books>, Refusal> open_books(const RunOptions& options, const Config& config,
                                                        const std::optional<Wallet>& wallet,
                                                        const std::optional<std::filesystem::path>& directory) {
  const Loss loss = options.accept_lost_journal ? Loss::accept : Loss::refuse;
  if (!directory && !wallet) return std::optional<Books>();
  if (!directory) {
    return std::unexpected(
        Refusal{{"journal.no_place", "real money is not traded without a journal, and there is no data directory",
                 "name one that can be written with --data-dir DIR"}});
  }
  auto books = wallet ? Books::open_live(*directory, config.journal, crypto::checksum_text(wallet->setup().maker), loss)
                      : Books::open_private(*directory, config.journal,
                                            {.venue = "paper", .wallet = engine::EngineConfig().maker_address}, loss);
  if (!books) return std::unexpected(Refusal{books.error()});
  for (const std::string& line : books->lines()) fmt::print(stderr, "ebb: {}\n", line);
  return std::optional<Books>(std::move(*books));
}

std::expected<gateway::TraderConfig, Refusal> prepare(const RunOptions& options, const Config& config,
                                                      std::optional<Wallet> wallet, const Books* books) {
  const bool live = options.venue == RunVenue::live;
  auto venue = venue_of(config);
  if (!venue) return std::unexpected(Refusal{venue.error(), kExitBadUsage});
  auto engine = make_engine_config(config, "");
  if (!engine) return std::unexpected(Refusal{engine.error(), kExitBadUsage});
  auto choice = choose_markets(*venue, config, options.tokens_file, live ? 0 : kBusiestMarkets);
  if (!choice) {
    const bool ours = choice.error().code.starts_with("tokens.");
    return std::unexpected(Refusal{choice.error(), ours ? kExitBadUsage : kExitFailed});
  }
  for (const std::string& market : choice->left_out) fmt::print(stderr, "ebb: left out: {}\n", market);
  engine->seed = fresh_seed();
  gateway::TraderConfig trader{.venue = std::move(*venue), .engine = std::move(*engine)};
  trader.feed = feed_of(config);
  trader.markets = std::move(choice->markets);
  trader.tokens = std::move(choice->tokens);
  set_threads(config.execution, trader);
  if (live) {
    auto account = open_account(trader.venue, std::move(*wallet), trader.markets);
    if (!account) return std::unexpected(std::move(account.error()));
    use_wallet(account->wallet, trader.engine);
    trader.engine.starting_cash = account->checks.cash.value_or(Usdc(0));
    auto orders = live_config(config, account->wallet, account->checks.clock_offset.value_or(Duration(0)));
    if (!orders) return std::unexpected(Refusal{orders.error()});
    trader.engine.builder = orders->orders.desk.sender.builder;
    trader.live = std::move(*orders);
    // What a lost journal placed cannot be told from what others placed: it goes.
    if (books != nullptr && books->lost_something())
      trader.live->orders.desk.sender.foreign = session::ForeignOrders::cancel;
  }
  if (books != nullptr) {
    trader.books = books->for_trader(trader.engine.seed);
    trader.engine.fold_after = kFoldAfter;
  }
  return trader;
}

}  // namespace

int run_run(const RunOptions& options) {
  const auto config = load_config(options.common.config_file);
  if (!config) return report_errors("run", options.common, config.error(), kExitBadUsage);
  if (const auto there = check_cores(config->execution); !there)
    return report_error("run", options.common, there.error(), kExitBadUsage);
  if (options.venue == RunVenue::live && !options.yes_live) {
    return report_error("run", options.common,
                        {"live.not_confirmed", "live trading moves real money and was not confirmed",
                         "add --yes-live once `ebb doctor` is content"},
                        kExitRefused);
  }
  if (options.venue == RunVenue::embedded) return run_embedded(options, *config);
  const auto directory = run_directory(options.common);
  if (!directory) return report_error("run", options.common, directory.error(), kExitBadUsage);
  const auto run_file = RunFile::create(*directory);
  if (!run_file) return report_error("run", options.common, run_file.error(), kExitRefused);
  auto wallet = load_wallet(options, *config);
  if (!wallet) return report_error("run", options.common, wallet.error().error, wallet.error().exit_code);
  const auto books = open_books(options, *config, *wallet, *directory);
  if (!books) return report_error("run", options.common, books.error().error, books.error().exit_code);
  auto trader = prepare(options, *config, std::move(*wallet), *books ? &**books : nullptr);
  if (!trader) return report_error("run", options.common, trader.error().error, trader.error().exit_code);
  const OwnParams own(*config, "");
  trader->own_params = [&own](const std::string& token_id) { return own.find(token_id); };
  const bool live = options.venue == RunVenue::live;
  const TradingRun run{.command = "run",
                       .title = live ? "ebb run, LIVE" : "ebb run, paper",
                       .venue = live ? "live" : "paper",
                       .note = live ? std::string() : std::string(kPaperNote),
                       .duration = options.duration,
                       .live_view = !options.headless && !options.common.json,
                       .directory = *directory,
                       .input_log = config->input_log};
  auto summary = trade(std::move(*trader), run);
  if (!summary) return report_error("run", options.common, summary.error(), kExitFailed);
  leave_explain(*directory, options.common, *summary);
  print_summary(*summary, options.common, options.verbose);
  return run_exit_code(*summary, stop_requested() ? Stopped::by_signal : Stopped::no);
}

}  // namespace ebb::app
