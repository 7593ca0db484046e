// What an engine is built with. Limits, tiers and clocks come from the configuration; nothing here is read from outside.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "base/units.hpp"
#include "book/token_feed.hpp"
#include "polymarket/order_digest.hpp"
#include "portfolio/ledger.hpp"
#include "risk/gate.hpp"
#include "strategy/params.hpp"

namespace ebb::engine {

/// What an orderly stop leaves on the book (rules 5.2).
enum class StopPolicy : std::uint8_t { cancel_all, keep_sells };

struct EngineConfig {
  std::uint64_t seed = 1;  ///< of the salts
  /// Maker of the orders: 20 bytes in hex. Paper and embedded venues use this fixed paper address.
  std::string maker_address = "0x00000000000000000000000000000000000eBb00";
  std::string signer_address;  ///< `signer` field of the orders; empty = the maker (protocol 5.3)
  polymarket::SignatureType signature_type = polymarket::SignatureType::eoa;
  crypto::Word builder{};  ///< builder code that orders carry; zero = none (protocol 4.3)
  std::uint64_t chain_id = polymarket::kPolygon;
  Usdc starting_cash = dollars(10'000);
  /// Trades of unknown orders that were matched before this are an earlier run's: the starting cash contains them. Unset = all
  /// trades count.
  Timestamp trades_from;
  portfolio::SellAfter sell_after = portfolio::SellAfter::mined;
  StopPolicy stop_policy = StopPolicy::cancel_all;
  risk::Limits limits;
  book::FreshnessLimits freshness;
  std::vector<strategy::TierRule> tiers;  ///< empty = strategy::builtin_tiers()
  std::string forced_tier;  ///< for every token, enabled or not; empty = choose
  Duration hash_check_min_interval = seconds(10);  ///< a token's; 0 = every group
  bool check_hashes = true;
  bool own_orders_in_book = true;  ///< false for recorded feeds: we are absent there (rules 1.7)
  Duration reevaluate_interval = seconds(1);
  /// For so long after the start the engine only watches: books and windows fill, no signal is raised, nothing is counted.
  Duration warm_up{0};
  Duration decision_ttl = milliseconds(500);  ///< an order that could not leave by then is dropped
  Duration answer_timeout = seconds(5);  ///< then the outcome is UNKNOWN and the venue is asked
  /// Every so often positions, cash and trades are compared with the venue's; 0 = only at start, on demand, and with what
  /// others ask for (the live pollers do).
  Duration reconcile_interval{0};
  Duration rearm_interval = seconds(60);  ///< a failed sell routine starts again after this
  /// > 0: decide only when this much has passed since the token's last decision (the predecessor's cadence, for
  /// comparison in a backtest). 0 = every event.
  Duration evaluate_every{0};
  /// A token whose last trade was so long ago has its history folded into its position; 0 = never (short runs whose summary
  /// lists every leg). After a payout or write-off it takes an hour, in which a late SELL still finds its place before it.
  Duration fold_after{0};
  std::uint32_t refusal_alert_every = 100;  ///< repeats of the same refusal between two alerts
};

}  // namespace ebb::engine
