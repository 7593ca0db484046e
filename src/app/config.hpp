// The configuration: defaults < file < per-token section < command line (the commands apply their own options last).
//
// A file is TOML. Unknown keys, wrong types and values out of range are errors with file, line and column; all of them
// are reported at once. Secrets never stand in the configuration: only the path of a key file does.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

#include "base/expected.hpp"
#include "base/time.hpp"
#include "book/token_feed.hpp"
#include "engine/config.hpp"
#include "portfolio/ledger.hpp"
#include "risk/gate.hpp"
#include "session/order_sender.hpp"
#include "store/journal_options.hpp"
#include "strategy/params.hpp"

namespace ebb::app {

/// Where the venue is (protocol 1.1). `ca_file` replaces the system's certificate authorities when set.
struct VenueConfig {
  std::string clob_rest = "https://clob.polymarket.com";
  std::string ws_market = "wss://ws-subscriptions-clob.polymarket.com/ws/market";
  std::string ws_user = "wss://ws-subscriptions-clob.polymarket.com/ws/user";
  std::string gamma = "https://gamma-api.polymarket.com";
  std::string data = "https://data-api.polymarket.com";
  std::string geoblock = "https://polymarket.com/api/geoblock";
  std::string ca_file;
};

struct WalletConfig {
  std::string builder_code;  ///< bytes32 in hex that orders carry (protocol 4.3); empty = none
  std::string key_file;  ///< must be readable by its owner only (mode 0600); empty: keys come from the environment
};

struct FeedConfig {
  book::FreshnessLimits freshness;                  ///< rules 1.3
  /// Between two hash checks of one token (rules 1.5).
  Duration hash_check_min_interval = engine::EngineConfig().hash_check_min_interval;
  std::uint32_t assets_per_connection = 200;  ///< of one market WebSocket (protocol 2.5)
  bool twin = false;  ///< two sockets for each connection; what comes first counts
};

/// What an orderly stop does with our orders (rules 5.2).
using StopPolicy = engine::StopPolicy;

struct ExecutionConfig {
  portfolio::SellAfter sell_after = portfolio::SellAfter::mined;  ///< rules 4.1
  StopPolicy stop_policy = StopPolicy::cancel_all;  ///< rules 5.2
  bool heartbeat = true;  ///< the venue cancels our orders when we fall silent (rules 5.2)
  session::ForeignOrders foreign_orders = session::ForeignOrders::leave;
  Duration spin{0};  ///< both threads poll so long after the last event before they sleep
  std::int32_t engine_core = -1;   ///< the engine's thread is bound to it; -1 = the scheduler's choice
  std::int32_t gateway_core = -1;  ///< the same for the thread that signs and sends
};

/// How the journal in the data directory is kept (docs/journal.md).
struct JournalConfig {
  store::Durability durability = store::Durability::process;
  store::Retention retention;
};

/// Everything that a run consumes, for `ebb replay` (docs/input-log.md).
struct InputLogSettings {
  bool enabled = true;
  std::uint32_t segment_mb = 64;
  std::uint32_t segments = 16;
};

inline constexpr std::size_t kMostParams = 64;

/// What a [tokens."ID"] section changes for one token, on top of its tier.
struct TokenOverride {
  std::string token_id;
  bool trade = true;               ///< false: leave it alone
  std::string tier;                ///< forced tier; empty: the first that fits
  strategy::Params values;         ///< only the fields in `set` mean anything
  std::bitset<kMostParams> set;    ///< by the order in which config_fields.hpp names them
};

struct Config {
  VenueConfig venue;
  WalletConfig wallet;
  risk::Limits limits;
  FeedConfig feed;
  ExecutionConfig execution;
  InputLogSettings input_log;
  JournalConfig journal;
  std::vector<strategy::TierRule> tiers = strategy::builtin_tiers();  ///< first match wins
  std::vector<TokenOverride> tokens;                                  ///< in the order of the file
};

using ConfigErrors = std::vector<Error>;

/// Reads `text`; `name` stands for the file in messages. Codes: config.syntax, config.unknown_key, config.type,
/// config.value, config.tier.
[[nodiscard]] std::expected<Config, ConfigErrors> parse_config(std::string_view text, std::string_view name);

/// The configuration of `--config FILE`; the defaults when `file` is empty. Also checks that a key file is private.
/// Codes as above, and config.unreadable, config.key_file.
[[nodiscard]] std::expected<Config, ConfigErrors> load_config(const std::string& file);

/// Every setting with its comment, as TOML that parse_config reads back to the same configuration.
[[nodiscard]] std::string config_text(const Config& config);

/// nullptr when no section names the token.
[[nodiscard]] const TokenOverride* find_override(const Config& config, std::string_view token_id);
/// `params` with the token's own values on top.
[[nodiscard]] strategy::Params with_override(strategy::Params params, const TokenOverride& changes);

/// Forces and enables one tier for every token (`--tier`). Error config.tier with the names there are.
[[nodiscard]] Expected<void> force_tier(Config& config, std::string_view tier);

}  // namespace ebb::app
